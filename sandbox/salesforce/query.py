"""A SOQL tree run over the store: names and types are checked first, as Salesforce does, then rows are kept.

Text is compared without regard to case, ids in either length; nothing compares with null except `=` and `!=`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.salesforce.schema import CHILDREN, OBJECTS, Field, SObject, known_id, sobject
from sandbox.salesforce.soql import (
    Among,
    Compare,
    Condition,
    Logic,
    Path,
    Query,
    SoqlError,
    Value,
    pointed,
)
from sandbox.salesforce.store import Row, Store, disorder, shown

# The zone of the user who asks: TODAY and its like are days of that zone.
USER_ZONE = ZoneInfo("Europe/Berlin")
NUMBERS = ("int", "double", "currency")
TEXTS = ("string", "picklist", "textarea", "anyType")
HINT = (
    " If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
    "Please reference your WSDL or the describe call for the appropriate names."
)
Test = Callable[[Row], bool]


@dataclass
class Runner:
    """Runs queries as of one instant. `base` is the path under which records are found."""

    store: Store
    now: datetime
    base: str
    deleted: bool = False
    _rows: dict[str, dict[str, Row]] = field(default_factory=dict)

    def rows(self, kind: str) -> dict[str, Row]:
        if kind not in self._rows:
            self._rows[kind] = self.store.rows(kind, self.now, deleted=True)
        return self._rows[kind]

    def found(self, query: Query) -> list[Row]:
        """The raw rows that a query selects, in its order. Raises SoqlError."""
        schema = _source(query)
        rows = disorder(self.rows(schema.name))
        rows = [row for row in rows if self.deleted or not row["IsDeleted"]]
        return self._narrowed(query, schema, rows)

    def run(self, query: Query) -> tuple[list[Row], list[dict[str, Any]]]:
        """The rows a query selects, raw and as its SELECT shows them."""
        schema = _source(query)
        show = self.shower(query, schema)
        rows = self.found(query)
        return rows, [show(row) for row in rows]

    def _narrowed(self, query: Query, schema: SObject, rows: list[Row]) -> list[Row]:
        if query.offset > 2000:
            raise SoqlError("Maximum SOQL offset allowed is 2000", "NUMBER_OUTSIDE_VALID_RANGE")
        scope = _Scope(query, schema)
        if query.where is not None:
            test = self._test(query.where, scope)
            rows = [row for row in rows if test(row)]
        for each in reversed(query.order):
            path = scope.resolve(each.path)
            if not path[-1].filterable:
                raise scope.wrong(each.path, f"field '{each.path}' can not be sorted in a query call")
            value = partial(self.value, path=path)
            none = [row for row in rows if value(row) is None]
            some = [row for row in rows if value(row) is not None]
            some.sort(key=lambda row, value=value: _sortable(value(row)), reverse=each.descending)  # type: ignore[misc]
            rows = none + some if each.nulls_first else some + none
        rows = rows[query.offset :]
        return rows if query.limit is None else rows[: query.limit]

    # -- what a row holds -----------------------------------------------------------------------------

    def value(self, row: Row | None, path: "tuple[Field, ...]") -> Any:
        for step in path[:-1]:
            row = self.referred(row, step) if row is not None else None
        return None if row is None else row.get(path[-1].name)

    def referred(self, row: Row, step: Field) -> Row | None:
        key = row.get(step.name)
        for target in step.targets:
            if key and key in self.rows(target):
                return self.rows(target)[key]
        return None

    def shower(self, query: Query, schema: SObject) -> Callable[[Row], dict[str, Any]]:
        scope = _Scope(query, schema)
        if query.every:
            if query.every not in ("ALL", "STANDARD", "CUSTOM"):
                raise SoqlError(f"unexpected token: '{query.every}'")
            if query.limit is None or query.limit > 200:
                raise SoqlError("The SOQL FIELDS function must have a LIMIT of at most 200")
            names = [(name,) for name in schema.fields if _wanted(name, query.every)]
            select: list[Path | Query] = [Path(name, 0) for name in names]
        else:
            select = list(query.select)
        seen: set[str] = set()
        for each in select:
            if isinstance(each, Path):
                if str(each).lower() in seen:
                    raise SoqlError(f"duplicate field selected: {each}")
                seen.add(str(each).lower())
        makers = [self._maker(each, scope) for each in select]

        def show(row: Row) -> dict[str, Any]:
            made = {"attributes": self.attributes(schema.name, row["Id"])}
            for make in makers:
                make(row, made)
            return made

        return show

    def attributes(self, kind: str, key: str) -> dict[str, str]:
        return {"type": kind, "url": f"{self.base}/sobjects/{kind}/{key}"}

    def _maker(self, each: "Path | Query", scope: "_Scope") -> Callable[[Row, dict[str, Any]], None]:
        if isinstance(each, Query):
            return self._child(each, scope)
        path = scope.resolve(each)

        def put(row: Row, made: dict[str, Any]) -> None:
            at: dict[str, Any] | None = made
            inner: Row | None = row
            for step in path[:-1]:
                inner = self.referred(inner, step) if inner is not None else None
                if at is None:
                    continue
                if inner is None:
                    at[step.relationship] = None
                    at = None
                    continue
                kind = self._kind(inner, step)
                at = at.setdefault(step.relationship, {"attributes": self.attributes(kind, inner["Id"])})
            if at is not None and inner is not None:
                kind = self._kind(inner, path[-2]) if len(path) > 1 else scope.schema.name
                at[path[-1].name] = shown(inner.get(path[-1].name), OBJECTS[kind], path[-1].name)

        return put

    def _kind(self, row: Row, step: Field) -> str:
        return next(target for target in step.targets if row["Id"] in self.rows(target))

    def _child(self, query: Query, scope: "_Scope") -> Callable[[Row, dict[str, Any]], None]:
        name = str(query.source)
        known = {key: found for (kind, key), found in CHILDREN.items() if kind == scope.schema.name}
        real = next((key for key in known if key.lower() == name.lower()), None)
        if real is None:
            text = f"Didn't understand relationship '{name}' in FROM part of query call."
            raise SoqlError(pointed(query.text, query.source.at) + text + HINT, "INVALID_TYPE")
        kind, link = known[real]
        schema = OBJECTS[kind]
        inner = replace(query, source=Path((kind,), query.source.at))
        show = self.shower(inner, schema)

        def put(row: Row, made: dict[str, Any]) -> None:
            own = [
                one for one in disorder(self.rows(kind)) if one[link] == row["Id"] and not one["IsDeleted"]
            ]
            records = [show(one) for one in self._narrowed(inner, schema, own)]
            made[real] = {"totalSize": len(records), "done": True, "records": records} if records else None

        return put

    # -- conditions -----------------------------------------------------------------------------------

    def _test(self, condition: Condition, scope: "_Scope") -> Test:
        if isinstance(condition, Logic):
            parts = [self._test(part, scope) for part in condition.parts]
            if condition.how == "not":
                return lambda row: not parts[0](row)
            every = all if condition.how == "and" else any
            return lambda row: every(part(row) for part in parts)
        path = scope.resolve(condition.path)
        if not path[-1].filterable:
            raise scope.wrong(condition.path, f"field '{condition.path}' can not be filtered in a query call")
        value = partial(self.value, path=path)
        if isinstance(condition, Compare):
            return _compared(condition, path[-1], value, scope, self.now)
        return self._among(condition, path[-1], value, scope)

    def _among(self, condition: Among, each: Field, value: Callable[[Row], Any], scope: "_Scope") -> Test:
        if isinstance(condition.values, Query):
            inner = condition.values
            schema = _source(inner)
            if len(inner.select) != 1 or not isinstance(inner.select[0], Path):
                raise SoqlError("semi join sub-selects must select one field", "INVALID_FIELD")
            path = _Scope(inner, schema).resolve(inner.select[0])
            rows = replace(self, deleted=False).found(inner)
            wanted = {_sortable(self.value(row, path)) for row in rows}
        else:
            wanted = {_sortable(_given(one, each, condition.path, scope)) for one in condition.values}
        return lambda row: (_sortable(value(row)) in wanted) is condition.inside


@dataclass(frozen=True)
class _Scope:
    query: Query
    schema: SObject

    def wrong(self, path: Path, text: str, code: str = "INVALID_FIELD") -> SoqlError:
        return SoqlError(pointed(self.query.text, path.at) + text, code)

    def resolve(self, path: Path) -> tuple[Field, ...]:
        """The fields a path walks through. Raises SoqlError for one that is not there."""
        steps = path.steps
        own = {self.query.alias.lower(), self.schema.name.lower()} - {""}
        if len(steps) > 1 and steps[0].lower() in own and steps[0].lower() not in self.schema.relationships:
            steps = steps[1:]
        if len(steps) > 6:
            raise self.wrong(path, "SOQL relationships cannot be walked over more than five levels")
        schema, found = self.schema, []
        for step in steps[:-1]:
            link = schema.relationships.get(step.lower())
            if link is None:
                text = f"Didn't understand relationship '{step}' in field path." + HINT
                raise self.wrong(path, text)
            found.append(link)
            # Over a reference to several objects only what they have in common is known: the name.
            schema = OBJECTS[link.targets[0]]
        last = schema.find(steps[-1])
        if last is None:
            text = f"No such column '{steps[-1]}' on entity '{schema.name}'." + HINT
            raise self.wrong(path, text)
        return (*found, last)


def _source(query: Query) -> SObject:
    found = sobject(str(query.source))
    if found is None:
        text = f"sObject type '{query.source}' is not supported."
        raise SoqlError(pointed(query.text, query.source.at) + text + HINT, "INVALID_TYPE")
    return found


def _wanted(name: str, every: str) -> bool:
    return every == "ALL" or name.endswith("__c") is (every == "CUSTOM")


def _sortable(value: Any) -> Any:
    """A value as it is compared: text without regard to case, numbers exactly."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, float | int) and not isinstance(value, bool):
        return Decimal(str(value))
    return value


def _given(value: Value, each: Field, path: Path, scope: _Scope) -> Any:
    """A literal as the field's type wants it. Raises SoqlError where Salesforce would."""
    if value.kind == "null":
        return None
    if each.type in ("id", "reference"):
        full = known_id(str(value.value)) if value.kind == "string" else None
        if full is None:
            raise scope.wrong(path, f"invalid ID field: {value.value}", "INVALID_QUERY_FILTER_OPERATOR")
        return full
    wanted = {"datetime": "datetime", "date": "date", "boolean": "boolean"}.get(each.type)
    wanted = wanted or ("number" if each.type in NUMBERS else "string")
    if value.kind != wanted:
        name = {"datetime": "dateTime", "number": each.type, "string": "string"}.get(wanted, wanted)
        quotes = "should be" if wanted == "string" else "should not be"
        text = (
            f"value of filter criterion for field '{path.steps[-1]}' must be of type {name} and {quotes} "
            "enclosed in quotes"
        )
        raise scope.wrong(path, text)
    return value.value


def _compared(
    condition: Compare, each: Field, value: Callable[[Row], Any], scope: _Scope, now: datetime
) -> Test:
    operator = condition.operator
    if operator == "like":
        if each.type not in TEXTS or condition.value.kind != "string":
            raise scope.wrong(condition.path, "invalid operator", "INVALID_QUERY_FILTER_OPERATOR")
        pattern = _like(str(condition.value.value))
        return lambda row: pattern.fullmatch(value(row) or "") is not None
    if condition.value.kind == "range":
        return _in_range(condition, each, value, scope, now)
    if each.type in ("id", "reference", "boolean") and operator not in ("=", "!="):
        raise scope.wrong(condition.path, "invalid operator", "INVALID_QUERY_FILTER_OPERATOR")
    given = _sortable(_given(condition.value, each, condition.path, scope))
    if operator == "=":
        return lambda row: bool(_sortable(value(row)) == given)
    if operator == "!=":
        return lambda row: bool(_sortable(value(row)) != given)
    return lambda row: _ordered(operator, _sortable(value(row)), given)


def _ordered(operator: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return False
    if operator in ("<", "<="):
        return bool(left < right or (operator == "<=" and left == right))
    return bool(left > right or (operator == ">=" and left == right))


def _like(text: str) -> re.Pattern[str]:
    parts = re.findall(r"\\[%_]|[%_]|[^%_\\]+|\\", text)
    signs = {"%": ".*", "_": "."}
    body = "".join(signs.get(part) or re.escape(part.removeprefix("\\") or part) for part in parts)
    return re.compile(body, re.IGNORECASE | re.DOTALL)


def _in_range(
    condition: Compare, each: Field, value: Callable[[Row], Any], scope: _Scope, now: datetime
) -> Test:
    """A comparison with TODAY and its like: each is a span of days in the user's zone."""
    if each.type not in ("date", "datetime"):
        raise scope.wrong(condition.path, "invalid operator", "INVALID_QUERY_FILTER_OPERATOR")
    today = now.astimezone(USER_ZONE).date()
    try:
        first, after = span(str(condition.value.value), condition.value.count, today)
    except OverflowError:
        raise scope.wrong(condition.path, "invalid date literal", "MALFORMED_QUERY") from None
    begin: Any = first
    end: Any = after
    if each.type == "datetime":
        begin, end = (datetime.combine(day, time(), USER_ZONE).astimezone(UTC) for day in (first, after))
    tests: Mapping[str, Callable[[Any], bool]] = {
        "=": lambda at: bool(begin <= at < end),
        "!=": lambda at: not begin <= at < end,
        "<": lambda at: bool(at < begin),
        "<=": lambda at: bool(at < end),
        ">": lambda at: bool(at >= end),
        ">=": lambda at: bool(at >= begin),
    }
    test = tests[condition.operator]
    return lambda row: value(row) is not None and test(value(row))


def span(name: str, count: int, today: date) -> tuple[date, date]:
    """The first day of a date literal and the day after its last."""
    day = timedelta(days=1)
    week = today - timedelta(days=(today.weekday() + 1) % 7)
    month, year = today.replace(day=1), today.replace(month=1, day=1)
    spans: Mapping[str, Callable[[], tuple[date, date]]] = {
        "TODAY": lambda: (today, today + day),
        "YESTERDAY": lambda: (today - day, today),
        "TOMORROW": lambda: (today + day, today + 2 * day),
        "THIS_WEEK": lambda: (week, week + 7 * day),
        "LAST_WEEK": lambda: (week - 7 * day, week),
        "NEXT_WEEK": lambda: (week + 7 * day, week + 14 * day),
        "THIS_MONTH": lambda: (month, _months(month, 1)),
        "LAST_MONTH": lambda: (_months(month, -1), month),
        "NEXT_MONTH": lambda: (_months(month, 1), _months(month, 2)),
        "THIS_YEAR": lambda: (year, _months(year, 12)),
        "LAST_YEAR": lambda: (_months(year, -12), year),
        "NEXT_YEAR": lambda: (_months(year, 12), _months(year, 24)),
        "LAST_90_DAYS": lambda: (today - 90 * day, today + day),
        "NEXT_90_DAYS": lambda: (today + day, today + 91 * day),
        "LAST_N_DAYS": lambda: (today - count * day, today + day),
        "NEXT_N_DAYS": lambda: (today + day, today + (count + 1) * day),
        "N_DAYS_AGO": lambda: (today - count * day, today - (count - 1) * day),
    }
    return spans[name]()


def _months(first: date, more: int) -> date:
    years, month = divmod(first.month - 1 + more, 12)
    return date(first.year + years, month + 1, 1)
