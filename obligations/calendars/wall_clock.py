"""From wall-clock windows to instants, exact across daylight-saving changes.

Instants are whole microseconds since 1970-01-01T00:00Z, because integers of one unit sort, subtract and
bisect fast and lose nothing.
"""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
DAY = 86_400 * SECOND

_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock time is naive on purpose
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def micros(span: timedelta) -> int:
    """A time span as whole microseconds."""
    return (span.days * 86_400 + span.seconds) * SECOND + span.microseconds


def midnight(day: date) -> int:
    """Microseconds from the epoch to midnight of `day` on a wall clock (no zone applied)."""
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY


def open_intervals(zone: ZoneInfo, opens: int, closes: int) -> list[tuple[int, int]]:
    """The instants at which the wall clock in `zone` shows a time from `opens` to before `closes`.

    Both are wall-clock microseconds (`midnight(day)` plus the time of day). One interval on most days;
    where the clocks go forward the missing hour is not counted, where they go back the repeated one is
    counted twice, and a window that touches only a part of it can yield two intervals.
    """
    offsets = {offset for wall in (opens, closes) for offset in _offsets(zone, wall)}
    if len(offsets) == 1:
        offset = offsets.pop()
        return [(opens - offset, closes - offset)]
    low, high = opens - max(offsets), closes - min(offsets)
    before, after = offset_at(zone, low), offset_at(zone, high)
    if before == after:
        return [(opens - before, closes - before)]
    change = offset_change(zone, low, high)
    pieces = [
        (opens - before, min(closes - before, change)),
        (max(opens - after, change), closes - after),
    ]
    return [(start, end) for start, end in pieces if start < end]


def _offsets(zone: ZoneInfo, wall: int) -> tuple[int, int]:
    """UTC offsets of a wall-clock time: twice the same, or two where it is missing or repeated."""
    local = (_NAIVE_EPOCH + timedelta(microseconds=wall)).replace(tzinfo=zone)
    first, second = local.utcoffset(), local.replace(fold=1).utcoffset()
    return micros(first or timedelta()), micros(second or timedelta())


def offset_at(zone: tzinfo, instant: int) -> int:
    """What the clocks of `zone` are ahead of UTC at an instant."""
    local = (EPOCH + timedelta(microseconds=instant)).astimezone(zone)
    return micros(local.utcoffset() or timedelta())


def offset_change(zone: tzinfo, low: int, high: int) -> int:
    """The instant in (low, high] from which the offset is that of `high`. Changes fall on whole seconds."""
    before = offset_at(zone, low)
    low, high = low // SECOND, -(-high // SECOND)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_at(zone, middle * SECOND) == before:
            low = middle
        else:
            high = middle
    return high * SECOND
