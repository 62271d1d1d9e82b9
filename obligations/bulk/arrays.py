"""Instants, days and spans as arrays of whole numbers, and the way there and back."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from obligations.calendars.wall_clock import EPOCH, micros

Ints: TypeAlias = NDArray[np.int64]
"""Microseconds since 1970-01-01T00:00Z, microseconds of a span, days since 1970-01-01, or positions."""

Codes: TypeAlias = NDArray[np.integer[Any]]
Flags: TypeAlias = NDArray[np.bool_]

NONE = int(np.iinfo(np.int64).min)
"""Stands for an instant that is not there."""

_EPOCH_DAY = EPOCH.date().toordinal()


def instant_of(moment: datetime) -> int:
    """A zone-aware instant as a whole number."""
    return micros(moment - EPOCH)


def span_of(length: timedelta) -> int:
    return micros(length)


def moment_of(instant: int) -> datetime:
    """The UTC instant that a whole number stands for."""
    return EPOCH + timedelta(microseconds=instant)


def instants(moments: Iterable[datetime | None]) -> Ints:
    """Zone-aware instants as an array; None becomes `NONE`."""
    return np.array([NONE if moment is None else instant_of(moment) for moment in moments], np.int64)


def day_of(day: date) -> int:
    return day.toordinal() - _EPOCH_DAY


def date_of(day: int) -> date:
    return date.fromordinal(day + _EPOCH_DAY)


def runs_before(lengths: Ints) -> Ints:
    """Where each of several runs laid end to end begins, and after the last one where all end."""
    ends = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    return ends
