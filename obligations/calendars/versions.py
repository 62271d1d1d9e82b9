"""A calendar that is edited: dated versions, and what a clock gives under each that can be meant.

A clock that runs while its calendar is edited has two readings. It may be pinned: the version in force when
it started holds to its end. Or it is recomputed: the version in force at the instant judged holds from its
start. Texts seldom say which, so both are worked out and shown; where they agree there is nothing to decide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from pydantic import Field, model_validator

from obligations.calendars.compiled import OpenTime, compile
from obligations.calendars.spec import Calendar
from obligations.quantities import Frozen

Found = TypeVar("Found")


class DatedCalendar(Frozen):
    """A calendar from a day on (of its own zone); None is from the start. `source` says by what."""

    from_on: date | None = None
    calendar: Calendar
    source: str = ""


@dataclass(frozen=True)
class Readings(Generic[Found]):
    """What a clock gives under the version it started with, and under the one in force now."""

    pinned: Found
    recomputed: Found

    @property
    def agree(self) -> bool:
        return self.pinned == self.recomputed


class CalendarVersions(Frozen):
    """The versions of one calendar in order of `from_on`. Before the first of them the first one holds."""

    versions: tuple[DatedCalendar, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> "CalendarVersions":
        days = [version.from_on or date.min for version in self.versions]
        if days != sorted(set(days)):
            raise ValueError("versions of a calendar must have rising, distinct `from_on` days")
        return self

    def at(self, instant: datetime) -> DatedCalendar:
        """The version in force at a zone-aware instant."""
        held = self.versions[0]
        for version in self.versions[1:]:
            if (
                version.from_on is not None
                and instant.astimezone(version.calendar.tz).date() >= version.from_on
            ):
                held = version
        return held

    def read(self, start: datetime, as_of: datetime, ask: Callable[[OpenTime], Found]) -> Readings[Found]:
        """What `ask` finds under the version in force at `start` and under that in force at `as_of`."""
        pinned, current = self.at(start).calendar, self.at(as_of).calendar
        found = ask(_compiled(pinned, start, as_of))
        return Readings(found, found if current == pinned else ask(_compiled(current, start, as_of)))

    def elapsed(self, start: datetime, end: datetime, as_of: datetime) -> Readings[timedelta]:
        """Open time from `start` to `end`, both ways."""
        return self.read(start, as_of, lambda open_time: open_time.elapsed(start, end))

    def due(self, start: datetime, allowance: timedelta, as_of: datetime) -> Readings[datetime]:
        """When `allowance` of open time has run since `start`, both ways."""
        return self.read(start, as_of, lambda open_time: open_time.due(start, allowance))


def _compiled(calendar: Calendar, start: datetime, as_of: datetime) -> OpenTime:
    first, last = sorted((start.astimezone(calendar.tz).date(), as_of.astimezone(calendar.tz).date()))
    return compile(calendar, first, last)
