"""Calendars drawn at random, and the naive way to count their open time: a look at every minute."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast

from hypothesis import strategies as st
from pydantic import ValidationError

from obligations.calendars import WEEKDAYS, Calendar, LocalHoliday, PartialDay, Window

YEAR = (date(2026, 1, 1), date(2026, 12, 31))

HOURS = st.integers(0, 23)
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
WINDOWS = st.builds(
    Window,
    days=st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=5, unique=True).map(tuple),
    opens=st.builds(time, HOURS, st.sampled_from([0, 15, 30])),
    closes=st.builds(time, HOURS, st.sampled_from([0, 30, 45])),
)
DAYS = st.dates(date(2026, 3, 1), date(2026, 11, 30)) | st.sampled_from([date(2026, 3, 8), date(2026, 3, 29)])
LOCAL = st.builds(LocalHoliday, name=st.just("fair"), source=st.just("bylaw"), on=DAYS) | st.builds(
    LocalHoliday, name=st.just("feast"), source=st.just("bylaw"), yearly=st.sampled_from(["03-08", "06-10"])
)


def _part(day: date, hour: int, late: bool) -> PartialDay:
    return PartialDay(on=day, opens=time(hour, 15)) if late else PartialDay(on=day, closes=time(hour, 15))


def _calendar(**given: Any) -> Calendar | None:
    """None where the parts contradict each other: such calendars are refused, as other tests show."""
    try:
        return Calendar(**given)
    except ValidationError:
        return None


ANY_CALENDAR = (
    st.builds(
        _calendar,
        zone=ZONES,
        windows=st.lists(WINDOWS, min_size=1, max_size=3).map(tuple),
        holidays=st.lists(DAYS, max_size=3, unique=True).map(tuple),
        working_days=st.lists(DAYS, max_size=2, unique=True).map(tuple),
        local_holidays=st.lists(LOCAL, max_size=2).map(tuple),
        partial_days=st.lists(st.builds(_part, DAYS, HOURS, st.booleans()), max_size=2).map(tuple),
    )
    .filter(lambda calendar: calendar is not None)
    .map(lambda calendar: cast(Calendar, calendar))
)
INSTANTS = st.integers(0, 400 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)

DAYS_OF_CHANGE = st.sampled_from(
    [
        date(2026, 3, 7),
        date(2026, 3, 28),
        date(2026, 4, 4),
        date(2026, 10, 3),
        date(2026, 10, 24),
        date(2026, 10, 31),
        date(2026, 6, 10),
    ]
)


def open_minutes(calendar: Calendar, start: datetime, minutes: int) -> list[bool]:
    """The naive way: look at the wall clock of every minute from `start` on."""
    moments = ((start + timedelta(minutes=n)).astimezone(calendar.tz) for n in range(minutes))
    return [any(_shows(window, local, calendar) for window in calendar.windows) for local in moments]


def counted_by_the_minute(calendar: Calendar, start: datetime, end: datetime) -> int:
    return sum(open_minutes(calendar, start, (end - start) // timedelta(minutes=1)))


def _shows(window: Window, local: datetime, calendar: Calendar) -> bool:
    """Whether the wall clock stands in a window that opened today, or yesterday and runs over midnight."""
    overnight = window.closes <= window.opens
    now, today = local.time().replace(tzinfo=None), local.date()
    yesterday = today - timedelta(days=1)
    if _opens_on(window, today, calendar) and now >= window.opens and (overnight or now < window.closes):
        parts = [part for part in calendar.partial_days if part.on == today]
        late = any(part.opens is not None and now < part.opens for part in parts)
        return not late and not any(part.closes is not None and now >= part.closes for part in parts)
    if overnight and _opens_on(window, yesterday, calendar) and now < window.closes:
        return not any(part.closes for part in calendar.partial_days if part.on == yesterday)
    return False


def _opens_on(window: Window, day: date, calendar: Calendar) -> bool:
    named = {weekday for w in calendar.windows for weekday in w.days}
    weekday = WEEKDAYS[day.weekday()]
    if day in calendar.working_days:
        return (weekday if weekday in named else min(named, key=WEEKDAYS.index)) in window.days
    local = any(h.on == day or h.yearly == day.isoformat()[5:] for h in calendar.local_holidays)
    return weekday in window.days and day not in calendar.holidays and not local
