"""Deadlines that are days, sometimes with an hour.

A deadline without an hour is kept until the end of its day. That is why it is compared by days: there is no
last instant of a day to compare with. `instant` is the last second of the day, for showing and sorting.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from obligations.calendars import BusinessDays, Calendar
from obligations.periods import shift
from obligations.quantities import Duration

_LAST_SECOND = time(23, 59, 59)

WEEKENDS_ONLY = Calendar(name="Monday to Friday, holidays not stated", zone="UTC")
"""Rolling without a stated calendar knows weekends only; the trail says so."""


@dataclass(frozen=True)
class Deadline:
    """A due day in a zone, with an hour where one is stated; `before` excludes the deadline itself."""

    on: date
    zone: tzinfo
    at: time | None = None
    before: bool = False

    @property
    def instant(self) -> datetime:
        return datetime.combine(self.on, self.at or _LAST_SECOND, self.zone)

    def kept_by(self, moment: datetime) -> bool:
        """Whether something done at an instant was in time."""
        if self.at is None:
            return self.kept_on(moment.astimezone(self.zone).date())
        due, done = self.instant.astimezone(UTC), moment.astimezone(UTC)
        return done < due if self.before else done <= due

    def kept_on(self, day: date) -> bool:
        """Whether something done on a day was in time, its hour unknown."""
        return day < self.on if self.before else day <= self.on

    def passed(self, now: datetime) -> bool:
        """True once nothing done from now on could be in time."""
        return not self.kept_by(now)

    @property
    def text(self) -> str:
        return f"{self.on.isoformat()} {self.at:%H:%M}" if self.at else self.on.isoformat()


@lru_cache(maxsize=512)
def business_days_of(calendar: Calendar) -> BusinessDays:
    """The business days of a calendar, made once."""
    return BusinessDays(calendar)


def days_after(start: date, length: Duration, calendar: Calendar | None) -> date:
    """The last day of a period of `length` that begins after `start`.

    With a `calendar` its days are business days. Months are always calendar months; hours count as the
    days they fill, since nothing finer than a day is known of an invoice or a period.
    """
    whole = length.days + -(-length.seconds // 86_400)
    if calendar is None:
        return shift(start, length) + timedelta(days=whole - length.days)
    from_day = shift(start, Duration(iso=f"P{length.months}M")) if length.months else start
    return business_days_of(calendar).add(from_day, whole) if whole else from_day


def days_late(due: date, done: date, calendar: Calendar | None) -> int:
    """Days after `due` up to `done`, business days where a `calendar` is given."""
    return business_days_of(calendar).between(due, done) if calendar else (done - due).days
