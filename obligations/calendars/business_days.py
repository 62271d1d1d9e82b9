"""Counting business days of a calendar.

A business day is a day on which the calendar has a window and that is no holiday; a calendar without
windows (always open) has Monday to Friday as its business days. `working_days` are business days whatever
else they are. A window that runs over midnight belongs to the day on which it opens.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from obligations.calendars.holiday_table import public_holidays
from obligations.calendars.spec import LONGEST_CLOSURE, WEEKDAYS, Calendar
from obligations.errors import CalendarError

Roll = Literal["following", "preceding", "modified_following"]

_ONE_DAY = timedelta(days=1)


class BusinessDays:
    """The business days of one calendar. Every count excludes the day it starts from."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar
        named = {weekday for window in calendar.windows for weekday in window.days}
        self._weekdays = frozenset(
            number for number, name in enumerate(WEEKDAYS) if (name in named if named else number < 5)
        )
        self._holidays = frozenset(calendar.holidays)
        self._working_days = frozenset(calendar.working_days)

    def is_holiday(self, day: date) -> bool:
        """True for the calendar's own, its site's and its region's holidays, unless made a working day."""
        if day in self._working_days:
            return False
        region = self.calendar.holiday_region
        return (
            day in self._holidays
            or any(local.falls_on(day) for local in self.calendar.local_holidays)
            or (region is not None and day in public_holidays(region, day.year))
        )

    def is_business_day(self, day: date) -> bool:
        if day in self._working_days:
            return True
        return day.weekday() in self._weekdays and not self.is_holiday(day)

    def add(self, day: date, count: int) -> date:
        """The `count`-th business day after `day` (before it where `count` is negative).

        With `count` 0 it is `day` itself, or the next business day where `day` is none.
        """
        if count == 0:
            return self.roll(day, "following")
        days = self._walk(day, 1 if count > 0 else -1)
        for _ in range(abs(count) - 1):
            next(days)
        return next(days)

    def between(self, first: date, last: date) -> int:
        """Business days after `first` up to and with `last`; negative where `last` is the earlier."""
        if last < first:
            return -self.between(last, first)
        days = (last - first).days
        return sum(self.is_business_day(first + timedelta(days=n)) for n in range(1, days + 1))

    def roll(self, day: date, how: Roll) -> date:
        """`day` itself where it is a business day, else the next, the last before, or the next unless
        that is in another month (`modified_following`)."""
        if self.is_business_day(day):
            return day
        following = next(self._walk(day, 1))
        if how == "following" or (how == "modified_following" and following.month == day.month):
            return following
        return next(self._walk(day, -1))

    def _walk(self, day: date, step: int) -> Iterator[date]:
        closed = 0
        while closed < LONGEST_CLOSURE and date.min < day < date.max:
            day += step * _ONE_DAY
            if self.is_business_day(day):
                closed = 0
                yield day
            else:
                closed += 1
        raise self.closed_around(day)

    def closed_around(self, day: date) -> CalendarError:
        """What is raised where there is no business day to be found."""
        return CalendarError(
            f"calendar {self.calendar.name or self.calendar.zone!r} has no business day for over a year "
            f"around {day}",
            remedy="check its windows and holidays",
        )
