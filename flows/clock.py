"""The only place that reads the wall clock; everything else is told what time it is."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flows.errors import SettingsError

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def fixed(instant: datetime) -> Clock:
    """A clock that stands still: for demos, evals and tests."""
    return lambda: instant


def parse_as_of(text: str, zone: str) -> datetime:
    """An `--as-of`: a date means the end of that day in `zone`, an instant must carry its offset.

    Raises SettingsError for an impossible date or a naive instant.
    """
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)) - timedelta(seconds=1)
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingsError(
            f"{text!r} is not a date or instant: {error}", remedy="write 2026-11-10 or 2026-11-10T12:00+01:00"
        ) from error
    if instant.tzinfo is None:
        raise SettingsError(f"{text!r} has no time zone", remedy=f"add an offset, such as {text}+01:00")
    return instant
