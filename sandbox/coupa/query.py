"""Coupa's query parameters: conditions on attributes and on those of associated records, order, shape."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.coupa.world import ZONE, Fields
from sandbox.errors import QuerySyntax

PAGE = 50
CONTROL = frozenset({"limit", "offset", "order-by", "dir", "return-object", "fields", "filter"})
OPERATORS = frozenset(
    {
        "contains",
        "starts-with",
        "ends-with",
        "gt",
        "lt",
        "gt-or-eq",
        "lt-or-eq",
        "not-eq",
        "in",
        "not-in",
        "blank",
    }
)
TEXT_ONLY = frozenset({"contains", "starts-with", "ends-with"})
NATURAL = ("id", "code", "name", "number", "login", "po-number", "invoice-number", "external-contract-id")
Test = Callable[[Fields], bool]


def asked(pairs: Sequence[tuple[str, str]]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The parameters that steer the answer, and those that narrow it down."""
    steering, conditions = {}, []
    for name, value in pairs:
        plain = name.replace("_", "-")
        if plain in CONTROL:
            steering[plain] = value
        else:
            conditions.append((plain, value))
    return steering, conditions


def condition(name: str, value: str, sample: Fields) -> Test:
    """A test of one condition such as `supplier[name][contains]`. Raises QuerySyntax where `sample`, a row
    of the resource, does not have the attribute."""
    found = re.fullmatch(r"([a-z0-9-]+)((?:\[[a-z0-9-]+\])*)", name)
    if found is None:
        raise QuerySyntax(f"{name} is not a valid query parameter")
    path = [found[1], *re.findall(r"\[([a-z0-9-]+)\]", found[2])]
    operator = path.pop() if len(path) > 1 and path[-1] in OPERATORS else ""
    if not _known(sample, path):
        raise QuerySyntax(f"{path[0]}{''.join(f'[{one}]' for one in path[1:])} is not a queryable attribute")
    test = _test(operator, value, name)
    if operator in ("not-eq", "not-in"):
        return lambda row: all(test(one) for one in _values(row, path))
    return lambda row: any(test(one) for one in _values(row, path))


def _known(sample: Any, path: list[str]) -> bool:
    if not path:
        return True
    if isinstance(sample, list):
        return not sample or _known(sample[0], path)
    if sample is None:
        return True
    return isinstance(sample, Mapping) and path[0] in sample and _known(sample[path[0]], path[1:])


def _values(row: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(row, list):
        for one in row:
            yield from _values(one, path)
    elif not path:
        yield row
    elif isinstance(row, Mapping):
        yield from _values(row.get(path[0]), path[1:])
    else:
        yield None


def _test(operator: str, text: str, name: str) -> Callable[[Any], bool]:
    if operator == "blank":
        blank = text == "true"
        return lambda value: (value in (None, "", [])) is blank
    if operator in ("in", "not-in"):
        several = text.split(",")
        return lambda value: any(_same(value, one) for one in several) is (operator == "in")
    if operator in TEXT_ONLY:
        how = {"contains": str.__contains__, "starts-with": str.startswith, "ends-with": str.endswith}[
            operator
        ]

        def look(value: Any) -> bool:
            if isinstance(value, datetime | date):
                raise QuerySyntax(f"{name}: not available for datetime fields")
            return value is not None and how(str(value).casefold(), text.casefold())

        return look
    if operator in ("", "not-eq"):
        return lambda value: _same(value, text) is (operator == "")
    return lambda value: _ordered(operator, value, text)


def _same(value: Any, text: str) -> bool:
    if value is None:
        return text in ("", "null")
    given = _like(value, text)
    return bool(given == (value.casefold() if isinstance(value, str) else value))


def _ordered(operator: str, value: Any, text: str) -> bool:
    if value is None:
        return False
    if isinstance(value, Mapping | list | bool):
        raise QuerySyntax("only numbers, dates and text can be compared")
    given = _like(value, text)
    mine = value.casefold() if isinstance(value, str) else value
    results = {"gt": mine > given, "lt": mine < given, "gt-or-eq": mine >= given, "lt-or-eq": mine <= given}
    return bool(results[operator])


def _like(value: Any, text: str) -> Any:
    """The text as the type of the value: a day without time is midnight UTC, as documented."""
    try:
        if isinstance(value, bool):
            return text.lower() in ("true", "1")
        if isinstance(value, int | Decimal):
            return Decimal(text)
        if isinstance(value, datetime):
            return moment(text)
        if isinstance(value, date):
            return date.fromisoformat(text[:10])
    except (ValueError, InvalidOperation):
        raise QuerySyntax(f"{text} is not a valid value") from None
    return text.casefold()


def moment(text: str) -> datetime:
    """An instant as somebody gave it. Raises ValueError; a plus sign that came as a space is one too."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def whole(steering: Mapping[str, str], name: str, default: int) -> int:
    text = steering.get(name, "")
    if not text:
        return default
    if not text.isdigit():
        raise QuerySyntax(f"{name} has to be a whole number")
    return int(text)


def ordered(rows: list[Fields], steering: Mapping[str, str]) -> list[Fields]:
    """By id unless `order_by` says otherwise; `dir` is asc or desc."""
    name = steering.get("order-by", "id").replace("_", "-")
    if rows and name not in rows[0]:
        raise QuerySyntax(f"{name} cannot be ordered by")
    descending = steering.get("dir", "asc") == "desc"
    some = [row for row in rows if row[name] is not None]
    none = [row for row in rows if row[name] is None]
    some.sort(key=lambda row: row["id"])
    some.sort(key=lambda row: row[name], reverse=descending)
    return some + none


# -- what of a record is shown ------------------------------------------------------------------------


def shaper(steering: Mapping[str, str]) -> Callable[[Fields], Any]:
    """What the answer keeps of a record. Raises QuerySyntax for fields that are no JSON."""
    if "fields" in steering:
        try:
            wanted = json.loads(steering["fields"])
        except ValueError:
            wanted = None
        if not isinstance(wanted, list):
            raise QuerySyntax("fields has to be a JSON list")
        return lambda row: _picked(row, wanted)
    how = steering.get("return-object", "")
    if how == "limited":
        return lambda row: {"id": row["id"]}
    if how == "shallow":
        return _shallow
    if how not in ("", "none"):
        raise QuerySyntax(f"return_object {how} is not supported")
    return lambda row: row


def _picked(row: Any, wanted: list[Any]) -> Any:
    if isinstance(row, list):
        return [_picked(one, wanted) for one in row]
    if not isinstance(row, Mapping):
        return row
    found: Fields = {}
    for one in wanted:
        if isinstance(one, str):
            name = one.replace("_", "-")
            if name in row:
                found[name] = row[name]
        elif isinstance(one, Mapping):
            for key, inner in one.items():
                name = str(key).replace("_", "-")
                if name in row:
                    found[name] = _picked(row[name], inner if isinstance(inner, list) else [])
    return found


def _shallow(row: Fields) -> Fields:
    """Own fields, and of associated records only what identifies them."""

    def short(value: Any) -> Any:
        if isinstance(value, list):
            return [short(one) for one in value]
        if isinstance(value, Mapping):
            return {name: value[name] for name in NATURAL if name in value}
        return value

    return {name: short(value) for name, value in row.items()}


def company_day(day: date) -> datetime:
    """Midnight of a day in the company's zone."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
