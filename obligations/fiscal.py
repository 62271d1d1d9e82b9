"""Periods of a business year: months, quarters and halves that do not begin with the calendar's.

Their labels begin with FY: "FY2027", "FY2027-H1", "FY2027-Q3", "FY2027-P04".
"""

from datetime import date, timedelta
from itertools import accumulate
from typing import NamedTuple

from obligations.calendars import WEEKDAYS
from obligations.periods import MONTHS, Period, add_months, containing, month_end
from obligations.terms import Per
from obligations.terms.duties import FiscalYear

_DAY = timedelta(days=1)


class _Year(NamedTuple):
    """First and last day, and the number that names it."""

    start: date
    end: date
    number: int


def fiscal_containing(per: Per, day: date, fiscal: FiscalYear | None) -> Period:
    """The period of cadence `per` that holds `day`: of the business year, or of the calendar without one."""
    if fiscal is None or per not in MONTHS:
        return containing(per, day)
    year = _year(day, fiscal)
    starts = _month_starts(year, fiscal)
    length = MONTHS[per]
    part = next(n for n in range(12 // length - 1, -1, -1) if starts[n * length] <= day)
    last = (part + 1) * length
    end = starts[last] - _DAY if last < 12 else year.end
    name = {1: f"-P{part + 1:02d}", 3: f"-Q{part + 1}", 6: f"-H{part + 1}", 12: ""}[length]
    return Period(starts[part * length], end, f"FY{year.number}{name}")


def fiscal_words(period: Period) -> str:
    """How a person says it: "Q3 of FY2027", "period 4 of FY2027"; a period of the calendar as ever."""
    year, _, part = period.label.partition("-")
    if not year.startswith("FY"):
        return period.words
    if not part:
        return year
    return f"period {int(part[1:])} of {year}" if part[0] == "P" else f"{part} of {year}"


def _year(day: date, fiscal: FiscalYear) -> _Year:
    """The business year that holds a day."""
    closing = fiscal.starts - 1 or 12
    for year in (day.year - 1, day.year, day.year + 1):
        end = _year_end(year, closing, fiscal)
        if day <= end:
            break
    start = _year_end(year - 1, closing, fiscal) + _DAY
    begun = year if closing == 12 else year - 1
    return _Year(start, end, year if fiscal.named_by == "end" else begun)


def _year_end(year: int, month: int, fiscal: FiscalYear) -> date:
    """The last day of the business year that closes with a month."""
    last = month_end(date(year, month, 1))
    if fiscal.weeks is None:
        return last
    back = (last.weekday() - WEEKDAYS.index(fiscal.ends_on)) % 7
    if fiscal.ends == "nearest" and back > 3:
        return last + timedelta(days=7 - back)
    return last - timedelta(days=back)


def _month_starts(year: _Year, fiscal: FiscalYear) -> list[date]:
    """The first days of its twelve months."""
    if fiscal.weeks is None:
        return [add_months(year.start, n) for n in range(12)]
    weeks = [int(number) for number in fiscal.weeks.split("-")] * 4
    return [year.start + timedelta(weeks=passed) for passed in accumulate([0, *weeks[:-1]])]
