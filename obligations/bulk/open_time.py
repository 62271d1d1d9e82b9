"""Open time between many instants, and many due times: what `OpenTime` tells of one, by one search."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from obligations.bulk.arrays import Ints
from obligations.calendars import OpenTime
from obligations.calendars.compiled import Lookup
from obligations.errors import CalendarError


class _Table(NamedTuple):
    """The compiled table of a calendar as arrays; `high` is the first instant after it."""

    lookup: Lookup
    starts: Ints
    base: Ints
    through: Ints

    def positions(self, at: Ints) -> Ints:
        """Open time from the start of the table to each instant."""
        place = np.searchsorted(self.starts, at, side="right") - 1
        found: Ints = np.minimum(at - self.base[place], self.through[place])
        return found


_tables: "WeakKeyDictionary[OpenTime, _Table]" = WeakKeyDictionary()


def elapsed(open_time: OpenTime, starts: Ints, ends: Ints) -> Ints:
    """Open microseconds from each start to its end; negative where the end is the earlier."""
    table = _table(open_time, starts, ends) if len(starts) else None
    if table is None:
        return ends - starts
    return table.positions(ends) - table.positions(starts)


def due(open_time: OpenTime, starts: Ints, allowances: Ints) -> Ints:
    """The instant at which each allowance of open time has run since its start.

    An allowance that ends with a window is due when that window closes; no allowance is due at its start.
    Raises CalendarError where one is negative.
    """
    allowances = np.broadcast_to(allowances, starts.shape)
    if (allowances < 0).any():
        raise CalendarError(f"a negative allowance ({allowances.min()} µs) has no due time")
    table = _table(open_time, starts, starts) if len(starts) else None
    if table is None:
        return starts + allowances
    targets = table.positions(starts) + allowances
    while table.through[-1] < targets.max():
        low, high = table.lookup[:2]
        # As many years again, as for a single instant.
        table = _as_arrays(open_time, int(starts.min()), high + (high - low))
        targets = table.positions(starts) + allowances
    found = table.base[np.searchsorted(table.through, targets, side="left")] + targets
    return np.where(allowances == 0, starts, found)


def _table(open_time: OpenTime, starts: Ints, ends: Ints) -> _Table | None:
    """The table that holds all instants, None for a calendar that is always open."""
    if open_time.calendar.always_open:
        return None
    low, high = min(starts.min(), ends.min()), max(starts.max(), ends.max())
    return _as_arrays(open_time, int(low), int(high))


def _as_arrays(open_time: OpenTime, low: int, high: int) -> _Table:
    try:
        lookup = open_time.lookup(low, high)
    except OverflowError as error:
        raise CalendarError(f"{low} and {high} are not both instants of the years 1 to 9999") from error
    held = _tables.get(open_time)
    if held is None or held.lookup is not lookup:
        starts, base, through = (np.array(column, np.int64) for column in lookup[2:])
        held = _tables[open_time] = _Table(lookup, starts, base, through)
    return held
