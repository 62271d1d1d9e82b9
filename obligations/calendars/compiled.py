"""A calendar compiled to its cumulative open time, so that elapsed and due are two binary searches.

The open intervals of a span of years are sorted integers (microseconds UTC) beside the open time before
each of them. A question outside the years compiled so far extends the table; it never fails for it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from obligations.calendars.business_days import BusinessDays, Roll
from obligations.calendars.spec import WEEKDAYS, Calendar, Weekday, cut
from obligations.calendars.wall_clock import DAY, EPOCH, SECOND, micros, midnight, open_intervals
from obligations.errors import CalendarError

_MOST_YEARS = 200
_BEFORE_ALL_TIME = -(10**18)
_MICROSECOND = timedelta(microseconds=1)

Lookup = tuple[int, int, list[int], list[int], list[int]]
"""(low, high, starts, base, through): the instants it answers for, and for each open interval its start, its
start less the open time before it, and the open time up to its end. The first interval is a closed one that
begins before all time."""


class _Table(NamedTuple):
    """The open intervals of the years `first` to `last`."""

    first: int
    last: int
    lookup: Lookup

    def holds(self, low: int, high: int) -> bool:
        return self.lookup[0] <= low and high < self.lookup[1]

    def position(self, instant: int) -> int:
        """Open time from the start of the table to `instant`."""
        _, _, starts, base, through = self.lookup
        at = bisect_right(starts, instant) - 1
        return min(instant - base[at], through[at])


class OpenTime:
    """Open time of one calendar between any two instants. Make it with `calendars.compile`.

    All instants are zone-aware; a naive one raises CalendarError.
    """

    def __init__(self, calendar: Calendar, first: int, last: int) -> None:
        self.calendar = calendar
        self.business_days = BusinessDays(calendar)
        self._always = calendar.always_open
        self._zone = calendar.tz
        self._table = _Table(first, last, (0, 0, [], [], [])) if self._always else self._build(first, last)

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """Open time from `start` to `end`; negative where `end` is the earlier."""
        try:
            after, until = start - EPOCH, end - EPOCH
        except TypeError as error:
            raise CalendarError("a naive instant has no open time; give it a time zone") from error
        if self._always:
            return until - after
        a = (after.days * 86_400 + after.seconds) * 1_000_000 + after.microseconds
        b = (until.days * 86_400 + until.seconds) * 1_000_000 + until.microseconds
        low, high, starts, base, through = self._table.lookup
        if not (low <= a < high and low <= b < high):
            low, high, starts, base, through = self._extended(min(a, b), max(a, b)).lookup
        # `_position` twice, written out: this is the innermost step of every clock.
        at = bisect_right(starts, a) - 1
        opened = a - base[at]
        if opened > through[at]:
            opened = through[at]
        at = bisect_right(starts, b) - 1
        closed = b - base[at]
        if closed > through[at]:
            closed = through[at]
        return _MICROSECOND * (closed - opened)

    def due(self, start: datetime, allowance: timedelta) -> datetime:
        """The instant, in the calendar's zone, at which `allowance` of open time has run since `start`.

        An allowance that ends with a window is due when that window closes, not when the next opens;
        no allowance is due at `start`. Raises CalendarError for a negative allowance.
        """
        try:
            since = start - EPOCH
        except TypeError as error:
            raise CalendarError("a naive instant has no due time; give it a time zone") from error
        length = (allowance.days * 86_400 + allowance.seconds) * 1_000_000 + allowance.microseconds
        if length < 0:
            raise CalendarError(f"a negative allowance ({allowance}) has no due time")
        if self._always or not length:
            return (EPOCH + since + allowance).astimezone(self._zone)
        begin = (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
        low, high, starts, base, through = self._table.lookup
        if not low <= begin < high:
            low, high, starts, base, through = self._extended(begin, begin).lookup
        at = bisect_right(starts, begin) - 1
        target = begin - base[at]
        if target > through[at]:
            target = through[at]
        target += length
        if target > through[-1]:
            target, base, through = self._longer(begin, length)
        opened = base[bisect_left(through, target)] + target
        return (EPOCH + _MICROSECOND * opened).astimezone(self._zone)

    def _longer(self, begin: int, length: int) -> tuple[int, list[int], list[int]]:
        """The open time at which a long allowance ends, in a table that reaches so far, and that table."""
        table = self._extended(begin, begin)
        while table.lookup[4][-1] < table.position(begin) + length:
            # As many years again: the table doubles, so that a long allowance takes few rounds.
            low, high = table.lookup[:2]
            table = self._extended(begin, high + (high - low))
        return table.position(begin) + length, table.lookup[3], table.lookup[4]

    def is_business_day(self, day: date) -> bool:
        return self.business_days.is_business_day(day)

    def add_business_days(self, day: date, count: int) -> date:
        """The `count`-th business day after `day`; see `BusinessDays.add`."""
        return self.business_days.add(day, count)

    def next_business_day(self, day: date) -> date:
        """The first business day after `day`."""
        return self.business_days.add(day, 1)

    def previous_business_day(self, day: date) -> date:
        """The last business day before `day`."""
        return self.business_days.add(day, -1)

    def business_days_between(self, first: date, last: date) -> int:
        """Business days after `first` up to and with `last`."""
        return self.business_days.between(first, last)

    def roll(self, day: date, how: Roll) -> date:
        """`day` moved to a business day where it is none; see `BusinessDays.roll`."""
        return self.business_days.roll(day, how)

    def intervals(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open intervals between two instants, clipped to them, as UTC instants."""
        if self._always:
            if start < end:
                yield EPOCH + (start - EPOCH), EPOCH + (end - EPOCH)
            return
        low, high = micros(start - EPOCH), micros(end - EPOCH)
        _, _, starts, base, through = self._extended(low, high).lookup
        at = max(bisect_right(starts, low) - 1, 1)
        while at < len(starts) and starts[at] < high:
            opens, closes = max(starts[at], low), min(base[at] + through[at], high)
            if opens < closes:
                yield _instant(opens), _instant(closes)
            at += 1

    def lookup(self, low: int, high: int) -> Lookup:
        """The compiled arrays for instants from `low` to `high` (microseconds UTC), for whoever asks about
        many at once. A calendar that is always open has none."""
        return self._extended(low, high).lookup

    def cover(self, first: int, last: int) -> None:
        """Compile the years `first` to `last` now rather than at the first question about them."""
        if not self._always and (first < self._table.first or last > self._table.last):
            self._table = self._build(min(first, self._table.first), max(last, self._table.last))

    def _extended(self, low: int, high: int) -> _Table:
        table = self._table
        if table.holds(low, high):
            return table
        self.cover(_instant(low).year - 1, _instant(high).year + 1)
        return self._table

    def _build(self, first: int, last: int) -> _Table:
        if not 1 < first <= last < 9999 or last - first > _MOST_YEARS:
            raise CalendarError(f"{self._name} cannot be compiled for the years {first} to {last}")
        starts, base, through = [_BEFORE_ALL_TIME], [_BEFORE_ALL_TIME], [0]
        total = 0
        for start, end in _merged(self._windows(first, last)):
            starts.append(start)
            base.append(start - total)
            total += end - start
            through.append(total)
        if not total:
            raise CalendarError(
                f"{self._name} is never open from {first} to {last}",
                remedy="check its windows, holidays and working days",
            )
        # A day's margin on both ends: the zone's offset from UTC, and windows that run over midnight.
        low, high = midnight(date(first, 1, 1)) + DAY, midnight(date(last, 12, 31)) - DAY
        return _Table(first, last, (low, high, starts, base, through))

    def _windows(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        zone, day, end = self.calendar.tz, date(first, 1, 1), date(last, 12, 31)
        by_weekday = {name: [w for w in self.calendar.windows if name in w.days] for name in WEEKDAYS}
        model: Weekday = next(name for name in WEEKDAYS if by_weekday[name])
        partial = {part.on: part for part in self.calendar.partial_days}
        while day <= end:
            if self.business_days.is_business_day(day):
                start = midnight(day)
                # A working day on a weekday without windows is open like the first weekday that has some.
                for window in by_weekday[WEEKDAYS[day.weekday()]] or by_weekday[model]:
                    hours = cut(window, partial.get(day))
                    if hours is not None:
                        opens, closes = _wall_span(*hours)
                        yield from open_intervals(zone, start + opens, start + closes)
            day += timedelta(days=1)

    @property
    def _name(self) -> str:
        return f"calendar {self.calendar.name!r} ({self.calendar.zone})"


_MOST_CALENDARS = 512
_compiled: dict[Calendar, OpenTime] = {}


def compile(calendar: Calendar, first: date, last: date) -> OpenTime:
    """The open time of `calendar`, compiled at least for the years of `first` to `last`, cached.

    Raises CalendarError for a calendar that is never open or names an unknown holiday region.
    """
    known = _compiled.get(calendar)
    if known is None:
        known = OpenTime(calendar, first.year - 1, last.year + 1)
        if len(_compiled) >= _MOST_CALENDARS:
            _compiled.clear()
        _compiled[calendar] = known
    else:
        known.cover(first.year - 1, last.year + 1)
    return known


def _instant(value: int) -> datetime:
    return EPOCH + timedelta(microseconds=value)


def _wall_span(opening: time, closing: time) -> tuple[int, int]:
    """Opening and closing as microseconds after midnight of the day of the opening."""
    opens, closes = (
        ((t.hour * 60 + t.minute) * 60 + t.second) * SECOND + t.microsecond for t in (opening, closing)
    )
    return opens, closes if closes > opens else closes + DAY


def _merged(intervals: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
