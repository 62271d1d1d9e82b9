"""The clocks of `ticket_clock` for many tickets at once."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Protocol

import numpy as np

from obligations.bulk.arrays import Flags, Ints, day_of, runs_before, span_of
from obligations.bulk.days import BusinessDayTable, ends_of_days, local_days
from obligations.bulk.open_time import due, elapsed
from obligations.calendars import Calendar, OpenTime
from obligations.calendars.wall_clock import DAY
from obligations.deadlines import business_days_of
from obligations.service.ticket_clock import DaysClock, HoursClock, TicketClock


@dataclass(frozen=True)
class Stretches:
    """The clock of each row from `opened` to `until`, and when it stood still in between: pauses in order of
    time, those of row `n` from `pauses_from[n]` to before `pauses_from[n + 1]`."""

    opened: Ints
    until: Ints
    pauses_from: Ints
    pause_start: Ints
    pause_end: Ints

    @property
    def row(self) -> Ints:
        """The row of each pause."""
        return np.repeat(np.arange(len(self.opened)), np.diff(self.pauses_from))

    def summed(self, amounts: Ints) -> Ints:
        """Amounts of the pauses added up for each row."""
        before = runs_before(amounts)
        return before[self.pauses_from[1:]] - before[self.pauses_from[:-1]]


class BulkClock(Protocol):
    """`TicketClock` for the rows of `Stretches`; amounts are microseconds or days, as the clock has it."""

    def used(self, rows: Stretches) -> Ints: ...

    def allowance(self, rows: Stretches) -> Ints: ...

    def in_time(self, rows: Stretches, used: Ints) -> Flags: ...

    def due_at(self, rows: Stretches) -> Ints: ...


def bulk_clock(clock: TicketClock | str) -> BulkClock | None:
    """The same clock for many tickets, None where only the full rule can count it."""
    if isinstance(clock, HoursClock):
        return BulkHours(clock)
    if isinstance(clock, DaysClock) and not clock.within.months:
        return BulkDays(clock)
    return None


@dataclass(frozen=True)
class BulkHours:
    """Elapsed time, in the windows of a calendar or around the clock."""

    clock: HoursClock

    def used(self, rows: Stretches) -> Ints:
        return self._counted(rows.opened, rows.until) - rows.summed(self._stood_still(rows))

    def allowance(self, rows: Stretches) -> Ints:
        return np.full(len(rows.opened), self._within, np.int64)

    def in_time(self, rows: Stretches, used: Ints) -> Flags:
        return used < self._within if self.clock.before else used <= self._within

    def due_at(self, rows: Stretches) -> Ints:
        """Pauses after the allowance has run out no longer move it."""
        row, stood_still = rows.row, self._stood_still(rows)
        before = runs_before(stood_still)
        earlier = before[:-1] - before[rows.pauses_from[:-1]][row]
        run = self._counted(rows.opened[row], rows.pause_start) - earlier
        allowed = self._within + rows.summed(np.where(run < self._within, stood_still, 0))
        open_time = self._open_time
        return due(open_time, rows.opened, allowed) if open_time else rows.opened + allowed

    @property
    def _open_time(self) -> OpenTime | None:
        return self.clock.open_time

    @property
    def _within(self) -> int:
        within = self.clock.within
        return within.days * DAY + span_of(within.elapsed)

    def _stood_still(self, rows: Stretches) -> Ints:
        return self._counted(rows.pause_start, rows.pause_end)

    def _counted(self, start: Ints, end: Ints) -> Ints:
        return elapsed(self._open_time, start, end) if self._open_time else end - start


@dataclass(frozen=True)
class BulkDays:
    """Whole days after the day of opening, business days where the clock has a calendar."""

    clock: DaysClock

    def used(self, rows: Stretches) -> Ints:
        run = self._days(self._day(rows.opened), self._day(rows.until))
        return run - rows.summed(self._days(self._day(rows.pause_start), self._day(rows.pause_end)))

    def allowance(self, rows: Stretches) -> Ints:
        first = self._day(rows.opened)
        return self._days(first, self._later(first, self._within(first)))

    def in_time(self, rows: Stretches, used: Ints) -> Flags:
        on, until = self._due_on(rows), self._day(rows.until)
        return until < on if self.clock.before else until <= on

    def due_at(self, rows: Stretches) -> Ints:
        return ends_of_days(self.clock.zone, self._due_on(rows))

    def _due_on(self, rows: Stretches) -> Ints:
        """Pauses that begin after the due day no longer move it."""
        first = self._day(rows.opened)
        on = self._later(first, self._within(first))
        start, end = self._day(rows.pause_start), self._day(rows.pause_end)
        left = np.flatnonzero(np.diff(rows.pauses_from))
        at = rows.pauses_from[left]
        while len(left):
            moves = start[at] <= on[left]
            left, at = left[moves], at[moves]
            days = self._days(start[at], end[at])
            longer = np.flatnonzero(days)
            on[left[longer]] = self._later(on[left[longer]], days[longer])
            more = at + 1 < rows.pauses_from[left + 1]
            left, at = left[more], at[more] + 1
        return on

    def _within(self, first: Ints) -> Ints:
        return np.full(len(first), self.clock.within.days, np.int64)

    def _later(self, days: Ints, counts: Ints) -> Ints:
        calendar = self.clock.calendar
        return _business_days(calendar).add(days, counts) if calendar and len(days) else days + counts

    def _days(self, first: Ints, last: Ints) -> Ints:
        calendar = self.clock.calendar
        return _business_days(calendar).between(first, last) if calendar and len(first) else last - first

    def _day(self, at: Ints) -> Ints:
        return local_days(self.clock.zone, at)


@lru_cache(maxsize=64)
def _business_days(calendar: Calendar) -> BusinessDayTable:
    """The business days of a calendar, made once; the table grows with what is asked."""
    today = day_of(date(2026, 1, 1))
    return BusinessDayTable(business_days_of(calendar), today, today)
