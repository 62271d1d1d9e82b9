"""OneTrust's ways of narrowing a list down: filters by field, full text, order, chosen fields."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from fastapi.responses import JSONResponse

from sandbox.errors import Refusal
from sandbox.onetrust.records import Fields

BOTH = frozenset({"EQUAL_TO", "NOT_EQUAL_TO", "GREATER_THAN", "LESS_THAN", "BETWEEN"})
OPERATORS = BOTH | {"GREATER_THAN_EQUAL_TO", "LESS_THAN_EQUAL_TO"}
CONTRACT_OPERATORS = BOTH | {
    *("GREATER_THAN_EQUAL", "LESS_THAN_EQUAL", "LIKE", "NOT_LIKE", "IN", "NOT_IN", "IS_NULL", "IS_NOT_NULL")
}
CRITERIA = {"EQ": "EQUAL_TO", "LT": "LESS_THAN", "GT": "GREATER_THAN", "LE": "LESS_THAN_EQUAL_TO"}
SYSTEM = frozenset({"id", "name", "number", "createdDate", "lastModifiedDate", "organization"})
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")
Test = Callable[[list[Any]], bool]


def refusal(message: str) -> Refusal:
    return Refusal(JSONResponse({"status": 400, "error": "Bad Request", "message": message}, 400))


def by_filters(
    rows: list[Fields], filters: Any, operators: frozenset[str], known: frozenset[str] | None = None
) -> list[Fields]:
    """The rows that meet every filter. `known` are the fields beside those that every object has."""
    if not isinstance(filters, list) or not all(isinstance(one, dict) for one in filters):
        raise refusal("filters is no list of objects")
    for one in filters:
        field, operator = one.get("field"), one.get("operator", "EQUAL_TO")
        if not isinstance(field, str) or (known is not None and field not in known | SYSTEM):
            raise refusal(f"{field!r} is no field to filter by")
        if operator not in operators:
            raise refusal(f"{operator!r} is no operator here")
        test = _test(operator, one.get("value"), one.get("toValue"))
        rows = [row for row in rows if test(_told(row, field))]
    return rows


def by_criteria(rows: list[Fields], filters: Any) -> list[Fields]:
    """The inventory's filters: several values are alternatives."""
    if not isinstance(filters, list) or not all(isinstance(one, dict) for one in filters):
        raise refusal("filters is no list of objects")
    for one in filters:
        operator = CRITERIA.get(str(one.get("operator")), one.get("operator"))
        values = one.get("values") or []
        if operator not in ("EQUAL_TO", "LESS_THAN", "GREATER_THAN", "LESS_THAN_EQUAL_TO") or not values:
            raise refusal("a filter lacks its operator or its values")
        tests = [_test(operator, value, None) for value in values]
        steps = str(one.get("attributeKey", "")).split(".")
        rows = [row for row in rows if any(test(_walked(row, steps)) for test in tests)]
    return rows


def by_text(rows: list[Fields], text: str) -> list[Fields]:
    """`searchText=word`, as the inventory's list takes it."""
    name, _, wanted = text.partition("=")
    if name != "searchText":
        raise refusal("a filter is searchText=...")
    return full_text(rows, wanted)


def full_text(rows: list[Fields], text: Any) -> list[Fields]:
    """The rows whose name holds the text."""
    wanted = str(text or "").casefold()
    return [row for row in rows if wanted in str(row["name"]).casefold()]


def ordered(rows: list[Fields], sort: str) -> list[Fields]:
    """By `name,asc` or `name,desc`; otherwise as they were entered."""
    if not sort:
        return rows
    field, _, way = sort.partition(",")
    if field != "name" or way not in ("asc", "desc", ""):
        raise refusal("only the name can be sorted by")
    return sorted(rows, key=lambda row: str(row["name"]), reverse=way == "desc")


def picked(rows: list[Fields], requested: Any, known: frozenset[str]) -> list[Fields]:
    """The rows with the attributes that were asked for; what every object has stays."""
    if requested is None:
        return rows
    mode = requested.get("mode") if isinstance(requested, Mapping) else None
    if mode not in ("select_all", "ignore_all", "specific"):
        raise refusal("requestedFields lacks its mode")
    wanted = set(requested.get("fields") or ()) if mode == "specific" else set()
    dropped = frozenset() if mode == "select_all" else known - wanted
    return [{name: value for name, value in row.items() if name not in dropped} for row in rows]


def _told(row: Fields, field: str) -> list[Any]:
    """What a field says: each value of an attribute and its id."""
    value = row.get(field)
    if isinstance(value, list):
        return [one[name] for one in value for name in ("value", "id") if one.get(name) is not None]
    if isinstance(value, Mapping):
        return [value[name] for name in ("id", "name") if name in value]
    return [] if value is None else [value]


def _walked(row: Fields, steps: Sequence[str]) -> list[Any]:
    found: Any = row
    for step in steps:
        found = found.get(step) if isinstance(found, Mapping) else None
    return [] if found is None else [found]


def _test(operator: str, value: Any, to: Any) -> Test:
    if operator in ("IS_NULL", "IS_NOT_NULL"):
        return lambda told: bool(told) is (operator == "IS_NOT_NULL")
    wanted = [_like(one) for one in (value if isinstance(value, list) else [value])]
    if operator in ("EQUAL_TO", "IN", "NOT_EQUAL_TO", "NOT_IN"):
        alike = operator in ("EQUAL_TO", "IN")
        return lambda told: any(_like(one) in wanted for one in told) is alike
    if operator in ("LIKE", "NOT_LIKE"):
        part = str(value).casefold()
        return lambda told: any(part in str(one).casefold() for one in told) is (operator == "LIKE")
    if len(wanted) != 1:
        raise refusal("one value is compared")
    if operator == "BETWEEN":
        return lambda told: any(_sign(one, wanted[0]) >= 0 >= _sign(one, _like(to)) for one in told)
    signs = {"GREATER": (1,), "LESS": (-1,)}[operator.split("_")[0]]
    allowed = (*signs, 0) if "EQUAL" in operator else signs
    return lambda told: any(_sign(one, wanted[0]) in allowed for one in told)


def _sign(told: Any, wanted: Any) -> int:
    mine = _like(told)
    if type(mine) is not type(wanted):
        return -2
    return int(mine > wanted) - int(mine < wanted)


def _like(value: Any) -> Any:
    """A value as what it is: an instant, a number, or a text."""
    text = str(value)
    if _TIME.fullmatch(text):
        try:
            if len(text) == 10:
                return datetime.combine(date.fromisoformat(text), time(), UTC)
            at = datetime.fromisoformat(text)
            return at if at.tzinfo else at.replace(tzinfo=UTC)
        except ValueError:
            raise refusal(f"{text[:40]!r} is no time") from None
    try:
        return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text
    except InvalidOperation:
        return text
