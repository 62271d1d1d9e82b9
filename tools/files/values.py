"""Reading single values: days, instants, amounts. Nothing is guessed: what is unclear is refused."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from tools.files.columns import VENDOR, DateOrder
from tools.kit.errors import Misconfigured
from tools.kit.periods import month_number

NOTHING = frozenset({"", "?", "-", "n/a", "na", "none", "null", "nan"})

_DATE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})")
_NAMED = re.compile(r"(?:(\d{1,2})[ .-]+([^\W\d_]{3,9})\.?|([^\W\d_]{3,9})\.? (\d{1,2})),?[ -]+(\d{4}|\d{2})")
_COMPACT = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp][Mm])?\s*(Z|UTC|[+-]\d{2}:?\d{2})?")
_AMOUNT = re.compile(r"[+-]?\d[\d.,' \u00a0\u202f]*|[+-]?\d")
_SYMBOLS = {"€": "EUR", "£": "GBP"}


def is_nothing(text: str) -> bool:
    """An empty cell, or one of the signs that stand for it."""
    return text.strip().casefold() in NOTHING


@dataclass(frozen=True)
class When:
    """A day, perhaps with a time of day, perhaps with an offset: as written, before any zone."""

    day: date
    at: time | None = None
    aware: bool = False


@dataclass(frozen=True)
class Clock:
    """How naive times become instants."""

    zone: str | None
    ambiguous: Literal["refuse", "earlier", "later"] = "refuse"

    def instant(self, when: When, place: str) -> datetime:
        """The instant; a day without time is its start. ValueError for an hour that does not exist or
        comes twice; Misconfigured without zone."""
        moment = datetime.combine(when.day, when.at or time())
        if when.aware:
            return moment
        if self.zone is None:
            raise Misconfigured(
                VENDOR,
                "a time without zone",
                place=place,
                remedy="Set `zone` in the column map, such as Europe/Berlin.",
            )
        local = moment.replace(tzinfo=ZoneInfo(self.zone))
        other = local.replace(fold=1)
        if local.utcoffset() == other.utcoffset():
            return local
        if local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != moment:
            raise ValueError(f"{moment} does not exist in {self.zone}: the clocks were put forward")
        if self.ambiguous == "refuse":
            raise ValueError(
                f"{moment} comes twice in {self.zone}: give the offset, or set `ambiguous` in the map"
            )
        return local if self.ambiguous == "earlier" else other


def when(text: str, order: DateOrder) -> When:
    """A date or time as written. ValueError where it is none, or contradicts the order of dates."""
    text = text.strip()
    found = _DATE.match(text)
    if found:
        day = _numeric(found, order)
    elif named := _NAMED.match(text):
        found, day = named, _named(named)
    elif compact := _COMPACT.match(text):
        found, day = compact, date(*(int(part) for part in compact.groups()))
    else:
        raise ValueError(f"{text[:40]!r} is no date")
    rest = text[found.end() :].lstrip(" T,").strip()
    if not rest:
        return When(day)
    clock = _TIME.fullmatch(rest)
    if clock is None:
        raise ValueError(f"{text[:40]!r} is no date")
    return _with_time(day, clock)


def _numeric(found: re.Match[str], order: DateOrder) -> date:
    first, second, third = int(found.group(1)), int(found.group(3)), found.group(4)
    if len(found.group(1)) == 4:
        return date(first, second, int(third))
    if order == "year_first":
        raise ValueError(f"{found.group()!r} does not begin with the year: set `date_order`")
    day, month = (first, second) if order == "day_first" else (second, first)
    return date(_year(third), month, day)


def _named(found: re.Match[str]) -> date:
    day, name = found.group(1) or found.group(4), found.group(2) or found.group(3)
    month = month_number(name)
    if not month:
        raise ValueError(f"{name!r} is no month")
    return date(_year(found.group(5)), month, int(day))


def _year(text: str) -> int:
    """A year; two digits mean 1970 to 2069."""
    if len(text) == 4:
        return int(text)
    if len(text) == 2:
        return int(text) + (1900 if int(text) >= 70 else 2000)
    raise ValueError(f"{text!r} is no year")


def _with_time(day: date, clock: re.Match[str]) -> When:
    hour, minute, second, half, offset = clock.groups()
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            raise ValueError(f"{clock.group()!r} is no time")
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    at = time(hours, int(minute), int(second or 0))
    if offset is None:
        return When(day, at)
    zone = UTC if offset in ("Z", "UTC") else datetime.strptime(offset.replace(":", ""), "%z").tzinfo
    return When(day, at.replace(tzinfo=zone), aware=True)


def amount(text: str, decimal: Literal["point", "comma"]) -> tuple[Decimal, str]:
    """An amount and the currency written beside it ("" for none): "57.120,00 €", "(USD 100.00)".

    ValueError where it is none or its separators contradict the map.
    """
    plain = text.strip()
    negative = plain.startswith("(") and plain.endswith(")")
    plain = plain.strip("()")
    found = _AMOUNT.search(plain)
    if found is None:
        raise ValueError(f"{text[:40]!r} is no amount")
    beside = (plain[: found.start()] + plain[found.end() :]).strip()
    currency = _SYMBOLS.get(beside, beside.upper())
    if currency and not re.fullmatch(r"[A-Z]{3}", currency):
        raise ValueError(f"{text[:40]!r} is no amount: {beside!r} is no currency code")
    mark, group = (".", ",") if decimal == "point" else (",", ".")
    digits = re.sub(r"['\s\u00a0\u202f]", "", found.group())
    if not re.fullmatch(rf"[+-]?(\d+|\d{{1,3}}(\{group}\d{{3}})+)(\{mark}\d+)?", digits):
        raise ValueError(f"{text[:40]!r} does not fit decimal {decimal}")
    value = Decimal(digits.replace(group, "").replace(mark, "."))
    return (-value if negative else value), currency


@dataclass(frozen=True)
class OrderFound:
    """What the data say about the order of dates: `order` None where they don't decide."""

    order: DateOrder | None
    evidence: str


def order_of(texts: Iterable[str]) -> OrderFound:
    """Day first or month first, from values that can only be read one way."""
    day = month = year = dotted = other = 0
    example = {"day": "", "month": ""}
    for text in texts:
        found = _DATE.match(text.strip())
        if found is None or len(found.group(1)) == 4:
            year += found is not None
            continue
        first, second = int(found.group(1)), int(found.group(3))
        dotted += found.group(2) == "."
        if first > 12:
            day += 1
            example["day"] = text.strip()
        elif second > 12:
            month += 1
            example["month"] = text.strip()
        else:
            other += 1
    if day and month:
        said = f"{day} dates can only be day first ({example['day']}), {month} only month first"
        return OrderFound(None, f"contradictory: {said} ({example['month']})")
    if day:
        return OrderFound("day_first", f"{day} dates such as {example['day']} can only be day first")
    if month:
        return OrderFound("month_first", f"{month} dates such as {example['month']} can only be month first")
    if dotted:
        return OrderFound("day_first", "dates with points are written day first")
    if other:
        return OrderFound(None, f"all {other} dates can be read both ways")
    return OrderFound("year_first", "dates begin with the year" if year else "dates are written out")


def decimal_of(texts: Iterable[str]) -> tuple[Literal["point", "comma"] | None, str]:
    """The decimal mark, from amounts that can only be read one way; None where they don't decide."""
    point = comma = unclear = 0
    example = {"point": "", "comma": ""}
    for text in texts:
        digits = re.sub(r"[^\d.,]", "", text)
        marks = [char for char in digits if char in ".,"]
        if not marks:
            continue
        after = len(digits) - digits.rindex(marks[-1]) - 1
        if len(set(marks)) == 1 and after == 3:
            # 1,234 or 1.234: thousands or decimals. Repeated, the mark can only group thousands.
            if len(marks) == 1:
                unclear += 1
                continue
            which: Literal["point", "comma"] = "comma" if marks[0] == "." else "point"
        else:
            which = "point" if marks[-1] == "." else "comma"
        point, comma = point + (which == "point"), comma + (which == "comma")
        example[which] = text.strip()
    if point and comma:
        return None, f"contradictory: {example['point']} and {example['comma']}"
    if comma:
        return "comma", f"{comma} amounts such as {example['comma']}"
    if point or not unclear:
        return "point", f"{point} amounts such as {example['point']}" if point else "whole amounts"
    return None, f"all {unclear} amounts can be read both ways"
