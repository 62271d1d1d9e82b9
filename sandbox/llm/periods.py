"""Periods in a question as first and last day, by a few patterns of the stand-in's own."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

MONTHS = tuple(name for name in calendar.month_name if name)
_MONTH = re.compile(rf"\b(?:(\d{{1,2}}) )?({'|'.join(MONTHS)})\b(?: (20\d\d))?")
_QUARTER = re.compile(r"\b(?:q([1-4])|(first|second|third|fourth) quarter)(?: of)?(?: (20\d\d))?", re.I)
_ORDER = ("first", "second", "third", "fourth")


@dataclass(frozen=True)
class Period:
    start: date | None
    end: date | None


def periods(text: str, today: date) -> list[Period]:
    """The periods a text names, in its order."""
    found = [(m.start(), _quarter(m, today)) for m in _QUARTER.finditer(text)]
    found += [(m.start(), _month(m, today)) for m in _MONTH.finditer(text)]
    if not found:
        found = [(0, period) for period in _relative(text, today)]
    if re.search(r"\bso far\b|\bsince\b", text, re.I):
        found = [(at, Period(p.start, today)) for at, p in found]
    if len(found) == 2 and not re.search(r"20\d\d", text[: found[1][0]]) and re.search(r"20\d\d", text):
        year = found[1][1].start
        found[0] = (found[0][0], _in_year(found[0][1], year.year if year else today.year))
    return [period for _, period in sorted(found, key=lambda pair: pair[0])]


def _in_year(period: Period, year: int) -> Period:
    if period.start is None or period.end is None:
        return period
    month = period.start.month
    return Period(date(year, month, 1), _last(year, period.end.month))


def _last(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])


def _month(match: re.Match[str], today: date) -> Period:
    month = MONTHS.index(match[2]) + 1
    year = int(match[3]) if match[3] else today.year - (month > today.month)
    if match[1]:
        day = date(year, month, min(int(match[1]), _last(year, month).day))
        return Period(day, day)
    return Period(date(year, month, 1), _last(year, month))


def _quarter(match: re.Match[str], today: date) -> Period:
    quarter = int(match[1]) if match[1] else _ORDER.index(match[2].lower()) + 1
    year = int(match[3]) if match[3] else today.year - (quarter * 3 - 2 > today.month)
    return Period(date(year, quarter * 3 - 2, 1), _last(year, quarter * 3))


def _relative(text: str, today: date) -> list[Period]:
    first = today.replace(day=1)
    before = first - timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    after = _last(first.year, first.month) + timedelta(days=1)
    named = {
        r"\blast month\b": Period(before.replace(day=1), before),
        r"\bthis month\b": Period(first, _last(first.year, first.month)),
        r"\bnext month\b": Period(after, _last(after.year, after.month)),
        r"\bthis week\b": Period(monday, monday + timedelta(days=6)),
        r"\b(?:in|this) (?:20\d\d|year)\b": _year(text, today),
    }
    return [period for pattern, period in named.items() if re.search(pattern, text, re.I)]


def _year(text: str, today: date) -> Period:
    match = re.search(r"\b20\d\d\b", text)
    year = int(match[0]) if match else today.year
    return Period(date(year, 1, 1), date(year, 12, 31))
