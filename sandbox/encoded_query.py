"""ServiceNow's encoded queries: `active=true^priority<3^ORDERBYDESCopened_at`.

Conditions of unknown fields, and conditions that cannot be read, are left out, as an instance does by
default. Names, operators and values are case-sensitive.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

Lookup = Callable[[str], str]
SortKey = tuple[int, Decimal, str]
_NONE = Decimal(0)

_CONDITION = re.compile(
    r"(?P<field>[a-z0-9_.]+)"
    r"(?P<operator>ISNOTEMPTY|ISEMPTY|NOT LIKE|STARTSWITH|ENDSWITH|NOT IN|BETWEEN|LIKE|IN|>=|<=|!=|=|>|<)"
    r"(?P<value>.*)",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# Day and time apart as documented, or in one text as some clients write them.
_GENERATED = re.compile(
    r"""javascript:\s*gs\.dateGenerate\(\s*["']([\d-]+)(?:["']\s*,\s*["']|\s)([\d:]+)["']\s*\)"""
)


@dataclass(frozen=True)
class Condition:
    field: str
    operator: str
    value: str


@dataclass(frozen=True)
class Query:
    """Alternatives (^NQ) of requirements (^) of choices (^OR), and the order of the answer."""

    alternatives: tuple[tuple[tuple[Condition, ...], ...], ...]
    order: tuple[tuple[str, bool], ...] = ()

    def matches(self, lookup: Lookup) -> bool:
        return any(_all_met(requirements, lookup) for requirements in self.alternatives)

    def sort_key(self, lookup: Lookup, field: str) -> SortKey:
        return self.key(lookup(field))

    @staticmethod
    def key(value: str, text: bool = False) -> SortKey:
        """Where a value stands: numbers first and by size, then texts; `text` takes it for one anyhow."""
        if not text and _NUMBER.fullmatch(value):
            return 0, Decimal(value), ""
        return 1, _NONE, value


def parse(text: str, knows: Callable[[str], bool], user_zone: ZoneInfo) -> Query:
    """Read an encoded query; `knows` tells which (dot-walked) fields the table has."""
    alternatives: list[list[list[Condition]]] = [[]]
    order: list[tuple[str, bool]] = []
    for part in _parts(text):
        if part in ("", "EQ"):
            continue
        if part.startswith("ORDERBY"):
            descending = part.startswith("ORDERBYDESC")
            field = part.removeprefix("ORDERBYDESC" if descending else "ORDERBY")
            if knows(field):
                order.append((field, descending))
            continue
        joins = part.startswith("OR")
        if part.startswith("NQ"):
            alternatives.append([])
            part = part[2:]
        condition = _condition(part[2:] if joins else part, user_zone)
        if condition is None or not knows(condition.field):
            continue
        if joins and alternatives[-1]:
            alternatives[-1][-1].append(condition)
        else:
            alternatives[-1].append([condition])
    groups = tuple(tuple(tuple(choices) for choices in group) for group in alternatives)
    return Query(groups, tuple(order))


def _parts(text: str) -> list[str]:
    # A doubled caret is a caret in a value.
    return [part.replace("\0", "^") for part in text.replace("^^", "\0").split("^")]


def _condition(text: str, user_zone: ZoneInfo) -> Condition | None:
    found = _CONDITION.fullmatch(text)
    if found is None:
        return None
    between = found["operator"] == "BETWEEN"
    ends = [_value(one, user_zone) for one in (found["value"].split("@") if between else [found["value"]])]
    if None in ends or len(ends) != 1 + between:
        return None
    return Condition(found["field"], found["operator"], "@".join(end for end in ends if end is not None))


def _value(text: str, user_zone: ZoneInfo) -> str | None:
    """A value as it is written, a generated time worked out; None where it cannot be read."""
    if not text.startswith("javascript:"):
        return text
    generated = _GENERATED.fullmatch(text)
    return _local_to_utc(f"{generated[1]} {generated[2]}", user_zone) if generated else None


def _local_to_utc(text: str, zone: ZoneInfo) -> str | None:
    """`gs.dateGenerate` takes the user's own time; the database holds UTC. None for no such day or hour."""
    try:
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)
    except ValueError:
        return None
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def from_utc(text: str) -> datetime:
    """A time of the database as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _all_met(requirements: tuple[tuple[Condition, ...], ...], lookup: Lookup) -> bool:
    # Loops, not expressions within expressions: this runs for every row of a large table.
    for choices in requirements:
        for choice in choices:
            if _holds(choice, lookup(choice.field)):
                break
        else:
            return False
    return True


@lru_cache(maxsize=64)
def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split(","))


def _holds(condition: Condition, actual: str) -> bool:
    wanted = condition.value
    match condition.operator:
        case "=":
            return actual == wanted
        case "!=":
            return actual != wanted
        case "LIKE":
            return wanted in actual
        case "NOT LIKE":
            return wanted not in actual
        case "STARTSWITH":
            return actual.startswith(wanted)
        case "ENDSWITH":
            return actual.endswith(wanted)
        case "IN":
            return actual in _listed(wanted)
        case "NOT IN":
            return actual not in _listed(wanted)
        case "ISEMPTY":
            return actual == ""
        case "ISNOTEMPTY":
            return actual != ""
        case "BETWEEN":
            low, _, high = wanted.partition("@")
            return actual != "" and _compares(">=", actual, low) and _compares("<=", actual, high)
    return actual != "" and _compares(condition.operator, actual, wanted)


def _compares(operator: str, actual: str, wanted: str) -> bool:
    if _NUMBER.fullmatch(actual) and _NUMBER.fullmatch(wanted):
        sign = (Decimal(actual) > Decimal(wanted)) - (Decimal(actual) < Decimal(wanted))
    else:
        sign = (actual > wanted) - (actual < wanted)
    return {">": sign > 0, "<": sign < 0, ">=": sign >= 0, "<=": sign <= 0}[operator]
