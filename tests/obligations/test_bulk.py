"""Many at once gives exactly what one at a time gives: open time, due times, business days, tickets."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obligations.bulk.arrays import date_of, day_of, instant_of, instants, moment_of, span_of
from obligations.bulk.days import BusinessDayTable, ends_of_days, local_days
from obligations.bulk.open_time import due, elapsed
from obligations.calendars import BusinessDays, Calendar, OpenTime, Window, compile
from obligations.errors import CalendarError
from tests.obligations.any_calendar import ANY_CALENDAR, DAYS_OF_CHANGE, INSTANTS, YEAR, counted_by_the_minute

ALWAYS = Calendar(zone="Europe/Berlin")
EVER = st.datetimes(datetime(1995, 1, 1), datetime(2060, 1, 1)).map(lambda at: at.replace(tzinfo=UTC))
SPANS = st.integers(0, 200_000_000_000).map(lambda n: timedelta(microseconds=n)) | st.just(timedelta())
PAIRS = st.lists(st.tuples(INSTANTS | EVER, INSTANTS | EVER), min_size=1, max_size=12)


@given(ANY_CALENDAR | st.just(ALWAYS), PAIRS)
@settings(max_examples=60, deadline=None)
def test_elapsed(calendar: Calendar, pairs: list[tuple[datetime, datetime]]) -> None:
    open_time = OpenTime(calendar, 2025, 2027)
    starts, ends = (instants(column) for column in zip(*pairs, strict=True))
    found = elapsed(open_time, starts, ends)
    assert found.tolist() == [span_of(open_time.elapsed(a, b)) for a, b in pairs]
    assert elapsed(OpenTime(calendar, 2025, 2027), starts, ends).tolist() == found.tolist()


@given(ANY_CALENDAR | st.just(ALWAYS), st.lists(st.tuples(INSTANTS | EVER, SPANS), min_size=1, max_size=12))
@settings(max_examples=60, deadline=None)
def test_due(calendar: Calendar, asked: list[tuple[datetime, timedelta]]) -> None:
    open_time = OpenTime(calendar, 2025, 2027)
    starts = instants(start for start, _ in asked)
    allowed = np.array([span_of(allowance) for _, allowance in asked], np.int64)
    wanted = [instant_of(OpenTime(calendar, 2025, 2027).due(start, allowed)) for start, allowed in asked]
    assert due(open_time, starts, allowed).tolist() == wanted


def test_nothing_asked_is_nothing_found() -> None:
    none = instants([])
    open_time = compile(ALWAYS, *YEAR)
    assert not len(elapsed(open_time, none, none))
    assert not len(due(open_time, none, none))
    assert not len(local_days(UTC, none))


def test_what_one_refuses_many_refuse() -> None:
    mornings = Calendar(zone="UTC", windows=(Window(days=("mon",), opens=time(8), closes=time(12)),))
    open_time = compile(mornings, *YEAR)
    now = instants([datetime(2026, 6, 8, 9, tzinfo=UTC)])
    with pytest.raises(CalendarError, match="negative"):
        due(open_time, now, np.array([-1], np.int64))
    with pytest.raises(CalendarError, match="years 1 to 9999"):
        elapsed(open_time, now, np.array([2**62], np.int64))


@given(
    ANY_CALENDAR, DAYS_OF_CHANGE, st.lists(st.tuples(st.integers(0, 1440), st.integers(0, 1500)), min_size=1)
)
@settings(max_examples=15, deadline=None)
def test_elapsed_is_what_a_look_at_every_minute_gives(
    calendar: Calendar, day: date, asked: list[tuple[int, int]]
) -> None:
    begin = datetime.combine(day, time(), UTC)
    pairs = [
        (begin + timedelta(minutes=first), begin + timedelta(minutes=first + length))
        for first, length in asked[:4]
    ]
    starts, ends = (instants(column) for column in zip(*pairs, strict=True))
    found = elapsed(compile(calendar, *YEAR), starts, ends)
    assert found.tolist() == [counted_by_the_minute(calendar, a, b) * 60_000_000 for a, b in pairs]


ZONES = [
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "UTC",
]


@given(st.sampled_from(ZONES), st.lists(EVER, min_size=1, max_size=20))
@settings(max_examples=60, deadline=None)
def test_local_days(name: str, moments: list[datetime]) -> None:
    zone = ZoneInfo(name)
    days = [moment.astimezone(zone).date() for moment in moments]
    assert [date_of(day) for day in local_days(zone, instants(moments)).tolist()] == days
    ends = [datetime.combine(day, time(23, 59, 59), zone) for day in days]
    found = ends_of_days(zone, np.array([day_of(day) for day in days], np.int64))
    assert found.tolist() == [instant_of(end) for end in ends]


def test_a_day_that_shows_twice_and_a_day_that_is_skipped() -> None:
    newfoundland, samoa = ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Apia")
    minute = timedelta(minutes=1)
    back = datetime(2006, 10, 29, 2, 31, tzinfo=UTC)
    shown = [date_of(day) for day in local_days(newfoundland, instants([back - minute, back])).tolist()]
    assert shown == [date(2006, 10, 29), date(2006, 10, 28)]
    skip = datetime(2011, 12, 30, 10, tzinfo=UTC)
    shown = [date_of(day) for day in local_days(samoa, instants([skip - minute, skip])).tolist()]
    assert shown == [date(2011, 12, 29), date(2011, 12, 31)]
    assert moment_of(instant_of(skip)) == skip


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(ANY_CALENDAR, st.lists(st.tuples(DAYS, DAYS, st.integers(-300, 300)), min_size=1, max_size=10))
@settings(max_examples=60, deadline=None)
def test_business_days(calendar: Calendar, asked: list[tuple[date, date, int]]) -> None:
    one = BusinessDays(calendar)
    first, last = (np.array([day_of(row[n]) for row in asked], np.int64) for n in (0, 1))
    counts = np.array([row[2] for row in asked], np.int64)
    table = BusinessDayTable(one, int(first.min()), int(first.min()))
    assert table.between(first, last).tolist() == [one.between(a, b) for a, b, _ in asked]
    assert _dates(table.add(first, counts)) == [one.add(a, n) for a, _, n in asked]
    assert table.is_business_day(last).tolist() == [one.is_business_day(b) for _, b, _ in asked]


def _dates(days: Sequence[int]) -> list[date]:
    return [date_of(int(day)) for day in days]


def test_a_calendar_without_business_days_is_refused() -> None:
    mondays = tuple(date(2026, 1, 5) + timedelta(weeks=n) for n in range(-200, 200))
    shut = Calendar(
        zone="UTC", windows=(Window(days=("mon",), opens=time(9), closes=time(10)),), holidays=mondays
    )
    day = day_of(date(2026, 1, 5))
    with pytest.raises(CalendarError, match="no business day"):
        BusinessDayTable(BusinessDays(shut), day, day)
