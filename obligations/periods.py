"""Periods of the calendar, in any zone: months, quarters, half-years, years, weeks, days.

A `Period` runs from its first to its last day, both inclusive; `bounds(zone)` are its instants, the second
one exclusive. Adding months clamps to the end of a shorter month and is always done from the anchor in one
step: month by month, 31 August would drift to the 28th for good. What would leave the calendar (years 1 to
9999) raises CalendarError.
"""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

from obligations.errors import CalendarError, TermsError
from obligations.quantities import Duration
from obligations.terms import Per

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""Length in months of the periods that are made of months."""

RECURRING: frozenset[str] = frozenset({"day", "week", *MONTHS})
"""The cadences that have periods; once, event and request have none."""

_LABEL = re.compile(r"^(\d{4})(?:-(?:Q([1-4])|H([12])|W(\d{2})|(\d{2})(?:-(\d{2}))?))?$")
MONTH_NAMES = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class Period(NamedTuple):
    """`start` and `end` are its first and last day; `label` is "2026-10", "2026-Q3", "2026-H2", "2026",
    "2026-W40" or "2026-10-05"."""

    start: date
    end: date
    label: str

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Its first instant and the first instant after it, in UTC, by the clocks of `zone`."""
        return midnight_of(self.start, zone), midnight_of(self.end + timedelta(days=1), zone)

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end

    @property
    def words(self) -> str:
        """How a person says it: "October 2026", "Q3 2026", "week 40 of 2026"."""
        year, _, part = self.label.partition("-")
        if not part:
            return year
        if part[0] in "QH":
            return f"{part} {year}"
        if part[0] == "W":
            return f"week {int(part[1:])} of {year}"
        return f"{MONTH_NAMES[int(part) - 1]} {year}" if len(part) == 2 else self.label


def midnight_of(day: date, zone: tzinfo) -> datetime:
    """The first instant of `day` by the clocks of `zone`, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def add_months(anchor: date, months: int) -> date:
    """`anchor` moved by `months`, clamped to the last day of a shorter month.

    >>> add_months(date(2025, 8, 31), 7)
    datetime.date(2026, 3, 31)
    """
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise CalendarError(f"{months} months from {anchor} is outside the calendar")
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def shift(anchor: date, length: Duration, times: int = 1) -> date:
    """`anchor` moved by `times` lengths of months and calendar days (negative: back), months first."""
    moved = add_months(anchor, length.months * times)
    try:
        return moved + timedelta(days=length.days * times)
    except OverflowError as error:
        raise CalendarError(f"{length} from {anchor} is outside the calendar") from error


def last_day(starts_on: date, length: Duration, times: int = 1) -> date:
    """The last day, inclusive, of something that runs `times` lengths from `starts_on`.

    >>> last_day(date(2024, 3, 1), Duration(iso="P36M"))
    datetime.date(2027, 2, 28)
    """
    return shift(starts_on, length, times) - timedelta(days=1)


def month_end(day: date) -> date:
    """The last day of the month that holds `day`."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def day_of_month(year_and_month: date, day: int) -> date:
    """Day `day` of the month of `year_and_month`, clamped to its last."""
    return year_and_month.replace(day=min(day, monthrange(year_and_month.year, year_and_month.month)[1]))


def containing(per: Per, day: date) -> Period:
    """The period of cadence `per` that holds `day`. Raises TermsError for a cadence without periods."""
    if per == "day":
        return Period(day, day, day.isoformat())
    if per == "week":
        year, week, weekday = day.isocalendar()
        monday = day - timedelta(days=weekday - 1)
        return Period(monday, monday + timedelta(days=6), f"{year:04d}-W{week:02d}")
    if per not in MONTHS:
        raise TermsError(f"there is no period for {per!r}", remedy=f"one of {', '.join(sorted(RECURRING))}")
    length = MONTHS[per]
    number = (day.month - 1) // length
    start = date(day.year, number * length + 1, 1)
    part = {1: f"-{number + 1:02d}", 3: f"-Q{number + 1}", 6: f"-H{number + 1}", 12: ""}[length]
    return Period(start, add_months(start, length) - timedelta(days=1), f"{day.year:04d}{part}")


def anchored(per: Per, anchor: date, day: date) -> Period:
    """The period of cadence `per` that holds `day` (not before `anchor`), counted from `anchor`: contract
    months, quarters and years. Always counted from the anchor, so that the 31st never drifts.

    >>> anchored("month", date(2026, 1, 31), date(2026, 3, 1)).label
    '2026-02-28 to 2026-03-30'
    """
    if per in MONTHS:
        months = MONTHS[per]
        number = ((day.year - anchor.year) * 12 + day.month - anchor.month) // months
        if add_months(anchor, number * months) > day:
            number -= 1
        start = add_months(anchor, number * months)
        end = add_months(anchor, (number + 1) * months) - timedelta(days=1)
    else:
        length = {"day": 1, "week": 7}.get(per)
        if length is None:
            raise TermsError(
                f"there is no period for {per!r}", remedy=f"one of {', '.join(sorted(RECURRING))}"
            )
        start = day - timedelta(days=(day - anchor).days % length)
        end = start + timedelta(days=length - 1)
    return Period(start, end, f"{start} to {end}")


def periods(per: Per, first: date, last: date) -> tuple[Period, ...]:
    """Every period of cadence `per` that holds a day from `first` to `last`, in order."""
    found = []
    day = first
    while day <= last:
        period = containing(per, day)
        found.append(period)
        day = period.end + timedelta(days=1)
    return tuple(found)


def period(label: str) -> Period | None:
    """The period that a label names, None where it names none ("2026-13", "autumn")."""
    match = _LABEL.match(label.strip().upper())
    if not match:
        return None
    year, quarter, half, week, month, day = (int(part) if part else None for part in match.groups())
    assert year is not None
    try:
        if week:
            return containing("week", date.fromisocalendar(year, week, 1))
        if day is not None:
            return containing("day", date(year, month or 0, day))
        if month is not None:
            return containing("month", date(year, month, 1))
        if quarter:
            return containing("quarter", date(year, quarter * 3, 1))
        return (
            containing("half_year", date(year, half * 6, 1)) if half else containing("year", date(year, 1, 1))
        )
    except ValueError:
        return None


def month(label: str) -> Period:
    """The month "2026-10". Raises TermsError for anything else."""
    return _of(label, "month", "2026-10")


def quarter(label: str) -> Period:
    """The quarter "2026-Q3". Raises TermsError for anything else."""
    return _of(label, "quarter", "2026-Q3")


def _of(label: str, per: Per, example: str) -> Period:
    found = period(label)
    if found is None or containing(per, found.start) != found:
        raise TermsError(f"{label!r} is no {per}", remedy=f"write it like {example}")
    return found
