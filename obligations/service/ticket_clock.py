"""The clocks that run on a ticket: hours of open time, or whole days.

- Hours run around the clock, or only in the windows of a calendar. A pause takes away only the time that
  would have counted.
- Days exclude the day the ticket was opened and end with the end of the last one; with a business clock
  they are business days. A pause takes away the days that begin while it lasts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Protocol

from obligations.calendars import Calendar, OpenTime
from obligations.calendars import compile as compile_calendar
from obligations.deadlines import Deadline, business_days_of, days_after, days_late
from obligations.intervals import Interval
from obligations.periods import midnight_of
from obligations.quantities import Duration, Quantity
from obligations.terms import ResolutionTime, ResponseTime, UpdateTime
from obligations.wording import allowance_text, count_text, days_quantity, span_quantity

TicketTerms = ResponseTime | ResolutionTime
"""Terms of the promises that one event on a ticket fulfils."""

ClockTerms = TicketTerms | UpdateTime
"""Terms of every promise on a single ticket."""

_MICRO = timedelta(microseconds=1)


class TicketClock(Protocol):
    """What a promise on a ticket counts in. Amounts are microseconds or days, as the clock has it."""

    @property
    def reading(self) -> str: ...

    @property
    def target(self) -> Quantity: ...

    def used(self, opened: datetime, until: datetime, pauses: Sequence[Interval]) -> int: ...

    def allowance(self, opened: datetime) -> int: ...

    def in_time(self, opened: datetime, until: datetime, pauses: Sequence[Interval]) -> bool: ...

    def due_at(self, opened: datetime, pauses: Sequence[Interval]) -> datetime: ...

    def quantity(self, amount: int) -> Quantity: ...


@dataclass(frozen=True)
class HoursClock:
    """Counts elapsed time, in the windows of `open_time` or, where that is None, around the clock."""

    within: Duration
    zone: tzinfo
    open_time: OpenTime | None
    reading: str
    before: bool = False

    @property
    def target(self) -> Quantity:
        return span_quantity(self.length, allowance_text(self.within, business=False))

    @property
    def length(self) -> timedelta:
        return timedelta(days=self.within.days) + self.within.elapsed

    def used(self, opened: datetime, until: datetime, pauses: Sequence[Interval]) -> int:
        run = self._counted(opened, until) - sum((self._counted(a, b) for a, b in pauses), timedelta())
        return run // _MICRO

    def allowance(self, opened: datetime) -> int:
        return self.length // _MICRO

    def in_time(self, opened: datetime, until: datetime, pauses: Sequence[Interval]) -> bool:
        used, allowed = self.used(opened, until, pauses), self.allowance(opened)
        return used < allowed if self.before else used <= allowed

    def due_at(self, opened: datetime, pauses: Sequence[Interval]) -> datetime:
        """When the allowance runs out, if the clock does not pause again.

        Pauses after the allowance has run out no longer move it.
        """
        allowed = self.length
        for start, end in pauses:
            if self._counted(opened, start) >= allowed:
                break
            allowed += self._counted(start, end)
        due = self.open_time.due(opened, allowed) if self.open_time else opened + allowed
        return due.astimezone(self.zone)

    def quantity(self, amount: int) -> Quantity:
        return span_quantity(amount * _MICRO)

    def _counted(self, start: datetime, end: datetime) -> timedelta:
        return self.open_time.elapsed(start, end) if self.open_time else end - start


@dataclass(frozen=True)
class DaysClock:
    """Counts whole days after the day of opening, business days where a calendar is given."""

    within: Duration
    zone: tzinfo
    calendar: Calendar | None
    reading: str
    before: bool = False

    @property
    def target(self) -> Quantity:
        text = allowance_text(self.within, business=self.calendar is not None)
        unit = "business_days" if self.calendar else "days"
        value = None if self.within.months else Decimal(self.within.days)
        return Quantity(value=value, unit=unit, text=text)

    def used(self, opened: datetime, until: datetime, pauses: Sequence[Interval]) -> int:
        return self._days(opened, until) - sum(self._days(a, b) for a, b in pauses)

    def allowance(self, opened: datetime) -> int:
        first = self._day(opened)
        return days_late(first, days_after(first, self.within, self.calendar), self.calendar)

    def in_time(self, opened: datetime, until: datetime, pauses: Sequence[Interval]) -> bool:
        return self._deadline(opened, pauses).kept_by(until)

    def due_at(self, opened: datetime, pauses: Sequence[Interval]) -> datetime:
        return self._deadline(opened, pauses).instant

    def quantity(self, amount: int) -> Quantity:
        return days_quantity(amount, business=self.calendar is not None)

    def _deadline(self, opened: datetime, pauses: Sequence[Interval]) -> Deadline:
        due = days_after(self._day(opened), self.within, self.calendar)
        for start, end in pauses:
            if self._day(start) > due:
                break
            due = self._later(due, self._days(start, end))
        return Deadline(due, self.zone, before=self.before)

    def _later(self, day: date, days: int) -> date:
        if not days:
            return day
        return business_days_of(self.calendar).add(day, days) if self.calendar else day + timedelta(days=days)

    def _days(self, start: datetime, end: datetime) -> int:
        return days_late(self._day(start), self._day(end), self.calendar)

    def _day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()


def ticket_clock(terms: ClockTerms, zone: tzinfo) -> TicketClock | str:
    """The clock that the terms ask for, or what they lack for one."""
    within, business, before = terms.within, _is_business(terms), terms.due == "before"
    if within is None:
        return "the time between two updates, which the text leaves open"
    if business and terms.calendar is None:
        return "the calendar of the business clock (support hours, business days)"
    if within.in_days and not within.seconds:
        calendar = terms.calendar if business else None
        return DaysClock(within, zone, calendar, _days_reading(within, business), before)
    if within.in_days and (business or within.months):
        return f"how {within.words()} are counted together"
    if not business:
        said = "around the clock" if terms.clock else "around the clock, since the text states no hours"
        return HoursClock(within, zone, None, f"The clock runs {said}.", before)
    assert terms.calendar is not None
    if terms.calendar.always_open and terms.clock == "business":
        return "the hours of day in which the business clock runs"
    reading = _hours_reading(terms.calendar)
    return HoursClock(within, zone, _compiled(terms.calendar), reading, before)


def runs_until(start: datetime, length: Duration, terms: ClockTerms, zone: tzinfo) -> datetime:
    """The UTC instant at which a length other than the promised one has run, counted like it: hours in open
    time, days to the end of the last one."""
    calendar = terms.calendar if _is_business(terms) else None
    if length.in_days:
        last = days_after(start.astimezone(zone).date(), length, calendar)
        return midnight_of(last + timedelta(days=1), zone)
    if calendar is None or calendar.always_open:
        return start.astimezone(UTC) + length.elapsed
    return _compiled(calendar).due(start, length.elapsed).astimezone(UTC)


def _is_business(terms: ClockTerms) -> bool:
    return terms.clock == "business" or (terms.clock is None and terms.calendar is not None)


def _compiled(calendar: Calendar) -> OpenTime:
    # Two years to begin with; a ticket outside them extends the table.
    first = date(2025, 1, 1)
    return compile_calendar(calendar, first, first)


def _hours_reading(calendar: Calendar) -> str:
    name = calendar.name or "the stated hours"
    without = f", without public holidays in {calendar.holiday_region}" if calendar.holiday_region else ""
    return f"The clock runs in {name} only ({calendar.zone}{without})."


def _days_reading(within: Duration, business: bool) -> str:
    kind = "business day" if business else "calendar day"
    number = count_text(within.days, kind) if not within.months else within.words()
    return f"Counted in days: {number} after the day of opening, until the end of the last day."
