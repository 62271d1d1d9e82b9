"""Local days of many instants, and business days counted for many days, as `BusinessDays` does for one."""

from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache

import numpy as np

from obligations.bulk.arrays import NONE, Flags, Ints, date_of, day_of, instant_of
from obligations.calendars import BusinessDays
from obligations.calendars.spec import LONGEST_CLOSURE
from obligations.calendars.wall_clock import DAY, offset_at, offset_change
from obligations.errors import CalendarError

_END_OF_DAY = time(23, 59, 59)
_MARGIN = 400
"""Days compiled around those asked for, so that most counts stay inside."""


def local_days(zone: tzinfo, at: Ints) -> Ints:
    """The day that the clocks of `zone` show at each instant. Changes of its offset are looked for from day
    to day; two within one day that cancel out would go unseen, and no zone has had such."""
    if not len(at):
        return at
    first, last = (date_of(int(end) // DAY).year for end in (at.min(), at.max()))
    changes, offsets = _offsets(zone, first, last)
    found: Ints = (at + offsets[np.searchsorted(changes, at, side="right") - 1]) // DAY
    return found


def ends_of_days(zone: tzinfo, days: Ints) -> Ints:
    """The last second of each local day, as an instant."""
    each, place = np.unique(days, return_inverse=True)
    ends = [instant_of(datetime.combine(date_of(int(day)), _END_OF_DAY, zone)) for day in each]
    return np.array(ends, np.int64)[place]


@lru_cache(maxsize=256)
def _offsets(zone: tzinfo, first: int, last: int) -> tuple[Ints, Ints]:
    """When the offset from UTC changes in the years `first` to `last`, and the offset from then on."""
    day, end = day_of(date(first, 1, 1)), day_of(date(last, 12, 31)) + 1
    held = offset_at(zone, day * DAY)
    changes, offsets = [NONE], [held]
    while day < end:
        day += 1
        now = offset_at(zone, day * DAY)
        if now != held:
            changes.append(offset_change(zone, (day - 1) * DAY, day * DAY))
            offsets.append(now)
            held = now
    return np.array(changes, np.int64), np.array(offsets, np.int64)


class BusinessDayTable:
    """The business days of a calendar around the days asked for. Every count excludes the day it starts
    from, as in `BusinessDays`."""

    def __init__(self, business_days: BusinessDays, first: int, last: int) -> None:
        self._of = business_days
        self._compile(first, last)

    def between(self, first: Ints, last: Ints) -> Ints:
        """Business days after each first day up to and with the last; negative where that is the earlier."""
        self._cover(int(min(first.min(), last.min())), int(max(first.max(), last.max())))
        counted: Ints = self._through(last) - self._through(first)
        return counted

    def add(self, days: Ints, counts: Ints) -> Ints:
        """The business day so many after each day, before it where the count is negative; with a count of
        nothing the day itself, or the next business day where it is none."""
        if not len(days):
            return days
        self._cover(int(days.min()), int(days.max()))
        while True:
            backward = np.searchsorted(self._open, days, side="left") + counts
            forward = np.searchsorted(self._open, days, side="right") + counts - 1
            place = np.where(counts > 0, forward, backward)
            if place.min() >= 0 and place.max() < len(self._open):
                return self._open[place]
            self._grow()

    def is_business_day(self, days: Ints) -> Flags:
        self._cover(int(days.min()), int(days.max()))
        return self._through(days) > self._through(days - 1)

    def _through(self, days: Ints) -> Ints:
        return np.searchsorted(self._open, days, side="right")

    def _cover(self, first: int, last: int) -> None:
        if first < self._first or last > self._last:
            self._compile(min(first, self._first), max(last, self._last))

    def _grow(self) -> None:
        """Thrice as many days: a long count takes few rounds."""
        size = max(self._last - self._first, _MARGIN)
        self._compile(self._first - size, self._last + size)

    def _compile(self, first: int, last: int) -> None:
        try:
            low, high = date_of(first - _MARGIN), date_of(last + _MARGIN)
        except (ValueError, OverflowError) as error:
            raise CalendarError("business days are counted in the years 1 to 9999 only") from error
        self._first, self._last = first, last
        days = (low + timedelta(days=n) for n in range((high - low).days + 1))
        self._open: Ints = np.array([day_of(d) for d in days if self._of.is_business_day(d)], np.int64)
        if not len(self._open) or np.diff(self._open).max(initial=0) > LONGEST_CLOSURE:
            raise self._of.closed_around(low)
