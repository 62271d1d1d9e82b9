"""Arithmetic on spans of time: (start, end) pairs of UTC instants, end-exclusive.

Every instant must be UTC: Python compares two instants of one zone by their wall clocks, which goes wrong
in the hour that is repeated when the clocks go back.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Interval = tuple[datetime, datetime]


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The union, in order and without overlaps; empty and reversed ones vanish."""
    union: list[Interval] = []
    for start, end in sorted(i for i in intervals if i[0] < i[1]):
        if union and start <= union[-1][1]:
            union[-1] = (union[-1][0], max(end, union[-1][1]))
        else:
            union.append((start, end))
    return union


def clipped(intervals: Iterable[Interval], start: datetime, end: datetime) -> list[Interval]:
    """The parts from `start` to `end`."""
    cut = ((max(a, start), min(b, end)) for a, b in intervals)
    return [(a, b) for a, b in cut if a < b]


def without(intervals: Sequence[Interval], taken: Sequence[Interval]) -> list[Interval]:
    """The parts of `intervals` that lie outside `taken`. Both must be merged."""
    left: list[Interval] = []
    for start, end in intervals:
        at = start
        for a, b in taken:
            if b <= at or a >= end:
                continue
            if a > at:
                left.append((at, a))
            at = max(at, b)
        if at < end:
            left.append((at, end))
    return left


def common(first: Sequence[Interval], second: Sequence[Interval]) -> list[Interval]:
    """The parts that both have. Both must be merged."""
    return [part for start, end in second for part in clipped(first, start, end)]


def first_part(intervals: Sequence[Interval], most: timedelta) -> list[Interval]:
    """The earliest parts of merged `intervals`, `most` long in all."""
    kept: list[Interval] = []
    for start, end in intervals:
        end = min(end, start + most)
        if start >= end:
            break
        kept.append((start, end))
        most -= end - start
    return kept


def total(intervals: Iterable[Interval]) -> timedelta:
    """The length of all together."""
    return sum((end - start for start, end in intervals), timedelta())
