"""Calendars drawn at random, and the naive way to count their open time: a look at every minute."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from obligations.calendars import WEEKDAYS, Calendar, Window

YEAR = (date(2026, 1, 1), date(2026, 12, 31))

HOURS = st.integers(0, 23)
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
WINDOWS = st.builds(
    Window,
    days=st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=5, unique=True).map(tuple),
    opens=st.builds(time, HOURS, st.sampled_from([0, 15, 30])),
    closes=st.builds(time, HOURS, st.sampled_from([0, 30, 45])),
)
ANY_CALENDAR = st.builds(
    Calendar,
    zone=ZONES,
    windows=st.lists(WINDOWS, min_size=1, max_size=3).map(tuple),
    holidays=st.lists(st.dates(date(2026, 3, 1), date(2026, 11, 30)), max_size=3, unique=True).map(tuple),
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


def counted_by_the_minute(calendar: Calendar, start: datetime, end: datetime) -> int:
    """The naive way: look at the wall clock of every minute."""
    minutes = 0
    while start < end:
        local = start.astimezone(calendar.tz)
        minutes += any(_shows(window, local, calendar) for window in calendar.windows)
        start += timedelta(minutes=1)
    return minutes


def _shows(window: Window, local: datetime, calendar: Calendar) -> bool:
    """Whether the wall clock stands in a window that opened today, or yesterday and runs over midnight."""
    overnight = window.closes <= window.opens
    now, today = local.time().replace(tzinfo=None), local.date()
    yesterday = today - timedelta(days=1)

    def opened(day: date) -> bool:
        return WEEKDAYS[day.weekday()] in window.days and day not in calendar.holidays

    if opened(today) and now >= window.opens and (overnight or now < window.closes):
        return True
    return overnight and opened(yesterday) and now < window.closes
