"""The two filter languages: the network's (`name eq 'value' and …`) and that of contract workspaces."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sandbox.ariba.world import ZONE
from sandbox.errors import QuerySyntax

Test = Callable[[Mapping[str, Any]], bool]
_PART = re.compile(r"\s*(\w+)\s+(eq|ne|gt|ge|lt|le)\s+(?:'((?:[^']|'')*)'|([^\s()']+))\s*", re.IGNORECASE)
_IN = re.compile(r"\s*(\w+)\s+in\s+\(([^)]*)\)\s*", re.IGNORECASE)
_ORDER: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
}


def network(text: str, plain: Mapping[str, str], ranges: Mapping[str, tuple[str, bool]]) -> Test:
    """Every part is an `eq`: of a field, or a bound of a range of time.

    `plain` names the field behind a parameter; `ranges` the field behind a bound, and whether it is the end
    (a day without a time is then the whole day). Raises QuerySyntax."""
    tests: list[Test] = []
    for name, operator, value in _parts(text):
        if operator != "eq":
            raise QuerySyntax(f"operator {operator} is not supported")
        if name in ranges:
            column, ends = ranges[name]
            tests.append(_bound(column, moment(value, ends), ends))
        elif name in plain:
            tests.append(lambda row, c=plain[name], v=value: str(row.get(c)).casefold() == v.casefold())  # type: ignore[misc]
        else:
            raise QuerySyntax(f"{name} cannot be filtered by")
    return lambda row: all(test(row) for test in tests)


def _bound(column: str, at: datetime, ends: bool) -> Test:
    def test(row: Mapping[str, Any]) -> bool:
        value = moment(str(row[column]))
        return value <= at if ends else value >= at

    return test


def workspaces(text: str) -> Test:
    """contractId eq, contractStatus eq or in, lastModified with any order. Raises QuerySyntax."""
    tests: list[Test] = []
    for part in re.split(r"\s+and\s+", text.strip(), flags=re.IGNORECASE) if text.strip() else ():
        several = _IN.fullmatch(part)
        if several is not None and several[1] == "contractStatus":
            wanted = {one.strip().strip("'") for one in several[2].split(",")}
            tests.append(lambda row, w=wanted: row["contractStatus"] in w)  # type: ignore[misc]
            continue
        ((name, operator, value),) = _parts(part)
        if name == "lastModified":
            compare, at = _ORDER[operator], moment(value)
            tests.append(lambda row, c=compare, a=at: c(moment(row["lastModified"]), a))  # type: ignore[misc]
        elif name in ("contractId", "contractStatus") and operator == "eq":
            tests.append(lambda row, n=name, v=value: row[n] == v)  # type: ignore[misc]
        else:
            raise QuerySyntax(f"{name} {operator} is not supported")
    return lambda row: all(test(row) for test in tests)


def _parts(text: str) -> list[tuple[str, str, str]]:
    inner = text.strip()
    while inner.startswith("(") and inner.endswith(")"):
        inner = inner[1:-1].strip()
    found = []
    for part in re.split(r"\s+and\s+", inner, flags=re.IGNORECASE) if inner else ():
        match = _PART.fullmatch(part.strip().strip("()"))
        if match is None:
            raise QuerySyntax(f"{part.strip()} cannot be read")
        quoted = match[3]
        found.append((match[1], match[2].lower(), match[4] if quoted is None else quoted.replace("''", "'")))
    return found


def moment(text: str, ends: bool = False) -> datetime:
    """An instant as somebody gave it; a day is its first moment, or its last where it `ends` a range."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = datetime.combine(date.fromisoformat(text), time(), ZONE)
            return (day + timedelta(days=1, microseconds=-1) if ends else day).astimezone(UTC)
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise QuerySyntax(f"{text} is no date") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
