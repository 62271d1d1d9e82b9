"""Open time, due times and business days: golden figures, laws that hold for any calendar, and bad input."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from obligations.calendars import (
    WEEKDAYS,
    BusinessDays,
    Calendar,
    CalendarVersions,
    DatedCalendar,
    OpenTime,
    Window,
    additions_of,
    compile,
    with_additions,
)
from obligations.errors import CalendarError
from obligations.local_holidays import with_local_holidays
from obligations.terms import DeliveryPerformance
from tests.obligations.any_calendar import (
    ANY_CALENDAR,
    DAYS_OF_CHANGE,
    INSTANTS,
    YEAR,
    counted_by_the_minute,
)
from tests.obligations.golden_cases import load, reader_of

CONTENT = load("calendars")
CALENDARS = reader_of(CONTENT).calendars


def _named(section: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in CONTENT[section]]


def _span(text: str) -> timedelta:
    hours, minutes = text.removeprefix("-").split(":")
    span = timedelta(hours=int(hours), minutes=int(minutes))
    return -span if text.startswith("-") else span


def _instant(text: str, calendar: Calendar) -> datetime:
    """On the calendar's own clocks unless the text has an offset."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=calendar.tz)


@pytest.mark.parametrize("case", _named("elapsed"))
def test_elapsed(case: dict[str, str]) -> None:
    calendar = CALENDARS[case["calendar"]]
    start, end = (_instant(case[name], calendar) for name in ("start", "end"))
    open_time = compile(calendar, start.date(), end.date())
    assert open_time.elapsed(start, end) == _span(case["open"])
    assert open_time.elapsed(start.astimezone(UTC), end.astimezone(UTC)) == _span(case["open"])


@pytest.mark.parametrize("case", _named("due"))
def test_due(case: dict[str, str]) -> None:
    calendar = CALENDARS[case["calendar"]]
    start = _instant(case["start"], calendar)
    due = compile(calendar, *YEAR).due(start, _span(case["allow"]))
    assert due.isoformat() == case["due"]
    assert due.tzinfo == calendar.tz


@pytest.mark.parametrize("case", _named("business_days"))
def test_business_days(case: dict[str, str]) -> None:
    open_time = compile(CALENDARS[case["calendar"]], *YEAR)
    found = open_time.add_business_days(date.fromisoformat(case["day"]), int(case["count"]))
    assert found == date.fromisoformat(case["is"])
    assert open_time.is_business_day(found)


def test_next_and_previous_business_day_exclude_the_day_itself() -> None:
    open_time = compile(CALENDARS["day"], *YEAR)
    friday, monday = date(2026, 6, 5), date(2026, 6, 8)
    assert open_time.next_business_day(friday) == monday
    assert open_time.previous_business_day(monday) == friday
    assert open_time.business_days_between(friday, monday) == 1
    assert open_time.business_days_between(monday, friday) == -1


def test_rolling_a_sunday() -> None:
    open_time = compile(CALENDARS["day"], *YEAR)
    assert open_time.roll(date(2026, 2, 8), "following") == date(2026, 2, 9)
    assert open_time.roll(date(2026, 2, 8), "preceding") == date(2026, 2, 6)
    assert open_time.roll(date(2026, 2, 8), "modified_following") == date(2026, 2, 9)
    assert open_time.roll(date(2026, 2, 28), "modified_following") == date(2026, 2, 27)
    assert open_time.roll(date(2026, 2, 9), "preceding") == date(2026, 2, 9)


def test_a_question_outside_the_compiled_years_extends_them() -> None:
    open_time = OpenTime(CALENDARS["day"], 2026, 2026)
    start, end = datetime(2019, 1, 7, 8, tzinfo=UTC), datetime(2031, 1, 6, 8, tzinfo=UTC)
    whole = open_time.elapsed(start, end)
    assert whole == OpenTime(CALENDARS["day"], 2010, 2040).elapsed(start, end)
    assert open_time.due(start, whole + timedelta(hours=1)) == end + timedelta(hours=1)


def test_a_question_that_begins_or_ends_outside_extends_them() -> None:
    inside, whole = datetime(2026, 6, 8, 8, tzinfo=UTC), OpenTime(CALENDARS["day"], 2010, 2040)
    for outside in (datetime(2019, 1, 7, 8, tzinfo=UTC), datetime(2031, 1, 6, 8, tzinfo=UTC)):
        for a, b in ((inside, outside), (outside, inside)):
            assert OpenTime(CALENDARS["day"], 2026, 2026).elapsed(a, b) == whole.elapsed(a, b)
    start = datetime(2019, 1, 7, 8, tzinfo=UTC)
    assert OpenTime(CALENDARS["day"], 2026, 2026).due(start, timedelta(hours=9)) == start + timedelta(
        hours=24
    )


def test_years_that_are_too_many_or_none_are_refused() -> None:
    mondays = Calendar(zone="UTC", windows=(Window(days=("mon",), opens=time(9), closes=time(10)),))
    for first, last in ((2, 202), (9798, 9998)):
        OpenTime(mondays, first, last)
    for first, last in ((2, 203), (1, 100), (9900, 9999), (2030, 2029)):
        with pytest.raises(CalendarError, match=f"cannot be compiled for the years {first} to {last}"):
            OpenTime(mondays, first, last)


def test_open_intervals_are_clipped() -> None:
    def at(day: int, hour: int) -> datetime:
        return datetime(2026, 6, day, hour, tzinfo=UTC)

    hours = OpenTime(CALENDARS["day"], 2026, 2026)  # 06:00 to 15:00 in UTC, the 8th is a Monday
    assert list(hours.intervals(at(8, 9), at(9, 8))) == [(at(8, 9), at(8, 15)), (at(9, 6), at(9, 8))]
    assert list(hours.intervals(at(8, 6), at(8, 15))) == [(at(8, 6), at(8, 15))]
    assert list(hours.intervals(at(8, 15), at(9, 6))) == []
    assert list(hours.intervals(at(6, 1), at(7, 1))) == []
    always = OpenTime(CALENDARS["always"], 2026, 2026)
    assert list(always.intervals(at(6, 1), at(7, 1))) == [(at(6, 1), at(7, 1))]
    assert list(always.intervals(at(6, 1), at(6, 1))) == []


def test_the_same_calendar_is_compiled_once() -> None:
    again = Calendar.model_validate(CALENDARS["office"].model_dump())
    assert compile(CALENDARS["office"], *YEAR) is compile(again, *YEAR)


def test_a_naive_instant_is_refused() -> None:
    open_time = compile(CALENDARS["day"], *YEAR)
    naive = datetime(2026, 6, 8, 9)
    with pytest.raises(CalendarError, match="naive"):
        open_time.elapsed(naive, naive)
    with pytest.raises(CalendarError, match="naive"):
        open_time.due(naive, timedelta(hours=1))


VERSIONS = CalendarVersions(
    versions=tuple(
        DatedCalendar(**{**version, "calendar": CALENDARS[version["calendar"]]})
        for version in CONTENT["versions"]
    )
)


@pytest.mark.parametrize("case", _named("edited"))
def test_a_calendar_edited_while_the_clock_runs(case: dict[str, str]) -> None:
    calendar = CALENDARS["day"]
    start, as_of = (_instant(case[name], calendar) for name in ("start", "as_of"))
    if "allow" in case:
        due = VERSIONS.due(start, _span(case["allow"]), as_of)
        assert due.pinned == _instant(case["pinned"], calendar)
        assert due.recomputed == _instant(case["recomputed"], calendar)
        assert due.agree == (case["pinned"] == case["recomputed"])
    else:
        elapsed = VERSIONS.elapsed(start, _instant(case["end"], calendar), as_of)
        assert (elapsed.pinned, elapsed.recomputed) == (_span(case["pinned"]), _span(case["recomputed"]))


def test_versions_are_in_order_and_say_by_what() -> None:
    later = VERSIONS.at(datetime(2026, 7, 1, 12, tzinfo=UTC))
    assert (later.from_on, later.source) == (date(2026, 7, 1), "amendment 2")
    assert VERSIONS.at(datetime(2020, 1, 1, tzinfo=UTC)) == VERSIONS.versions[0]
    with pytest.raises(ValidationError, match="rising"):
        CalendarVersions(versions=tuple(reversed(VERSIONS.versions)))
    with pytest.raises(ValidationError, match="rising"):
        CalendarVersions(versions=(VERSIONS.versions[1], VERSIONS.versions[1]))
    with pytest.raises(ValidationError, match="at least 1 item"):
        CalendarVersions(versions=())


ADDED = additions_of(yaml.safe_load((Path(__file__).parents[2] / "corpus/holidays.yaml").read_text("utf-8")))


@pytest.mark.parametrize("case", _named("added"))
def test_holidays_that_the_tables_lack(case: dict[str, str]) -> None:
    plain = Calendar(
        zone="Europe/Berlin",
        holiday_region=case["region"],
        site=case.get("site"),
        windows=CALENDARS["day"].windows,
    )
    calendar = with_additions(plain, ADDED)
    assert BusinessDays(calendar).is_holiday(date.fromisoformat(case["day"])) == (case["holiday"] == "yes")
    assert with_additions(calendar, ADDED) == calendar
    assert all(holiday.source for holiday in calendar.local_holidays)


def test_additions_for_a_country_and_for_some_years() -> None:
    parsed = {
        "DE": [{"name": "jubilee", "source": "federal act", "yearly": "06-08", "first": 2026, "last": 2027}]
    }
    plain = Calendar(zone="Europe/Berlin", holiday_region="DE-BY", windows=CALENDARS["day"].windows)
    days = BusinessDays(with_additions(plain, additions_of(parsed)))
    assert [days.is_holiday(date(year, 6, 8)) for year in (2025, 2026, 2027, 2028)] == [
        False,
        True,
        True,
        False,
    ]
    nowhere = plain.model_copy(update={"holiday_region": None})
    assert with_additions(nowhere, additions_of(parsed)) is nowhere
    with pytest.raises(CalendarError, match="source"):
        additions_of({"DE": [{"name": "jubilee", "yearly": "06-08"}]})


@pytest.mark.parametrize("case", _named("refused"))
def test_refused_when_made(case: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=case["because"]):
        Calendar.model_validate(case["calendar"])


MONDAYS = tuple(date(2026, 1, 5) + timedelta(weeks=n) for n in range(-60, 160))
MONDAY = Window(days=("mon",), opens=time(9), closes=time(10))


def test_a_calendar_that_is_never_open_is_refused() -> None:
    with pytest.raises(ValidationError, match="no open time for over a year from 2024-11-10"):
        Calendar(zone="UTC", windows=(MONDAY,), holidays=MONDAYS)
    with pytest.raises(ValidationError, match="no open time"):
        Calendar(zone="UTC", holidays=tuple(date(2026, 1, 1) + timedelta(days=n) for n in range(500)))
    one_open = tuple(day for n, day in enumerate(MONDAYS) if n % 50)
    Calendar(zone="UTC", windows=(MONDAY,), holidays=one_open)
    made_up = tuple(MONDAYS[n] + timedelta(days=1) for n in range(0, len(MONDAYS), 50))
    Calendar(zone="UTC", windows=(MONDAY,), holidays=MONDAYS, working_days=made_up)


def test_shut_for_as_long_as_may_be() -> None:
    """399 days in a row are a long closure; 400 are no open time at all, as where days are counted."""
    first = date(2026, 1, 1)
    weekdays = [day for n in range(400) if (day := first + timedelta(days=n)).weekday() < 5]
    longest = Calendar(zone="UTC", holidays=tuple(weekdays[:-1]))
    assert BusinessDays(longest).add(first, 1) == weekdays[-1] == first + timedelta(days=399)
    with pytest.raises(ValidationError, match="no open time for over a year from 2025-12-31"):
        Calendar(zone="UTC", holidays=tuple(weekdays))
    unchecked = Calendar.model_construct(zone="UTC", holidays=tuple(weekdays))
    with pytest.raises(CalendarError, match="no business day for over a year around 2027-02-04"):
        BusinessDays(unchecked).add(date(2025, 12, 31), 1)
    again = [day for n in range(1, 400) if (day := weekdays[-1] + timedelta(days=n)).weekday() < 5]
    twice = BusinessDays(Calendar(zone="UTC", holidays=(*weekdays[:-1], *again)))
    assert twice.add(first, 2) == weekdays[-1] + timedelta(days=400)
    made_up = Calendar(zone="UTC", holidays=tuple(weekdays), working_days=(date(2026, 7, 4),))
    assert BusinessDays(made_up).add(first, 1) == date(2026, 7, 4)


def test_one_that_was_made_elsewhere_is_not_searched_for_ever() -> None:
    """What is read without being checked errs when it is used."""
    shut = Calendar.model_construct(zone="UTC", windows=(MONDAY,), holidays=MONDAYS)
    with pytest.raises(CalendarError, match="never open from 2025 to 2027"):
        compile(shut, *YEAR)
    with pytest.raises(CalendarError, match="no business day"):
        OpenTime(shut, 2020, 2030).add_business_days(date(2026, 1, 5), 1)


def test_a_calendar_that_is_shut_is_called_by_its_name_or_else_its_zone() -> None:
    for name, called in (("night desk", "calendar 'night desk' has"), ("", "calendar 'UTC' has")):
        shut = Calendar.model_construct(name=name, zone="UTC", windows=(MONDAY,), holidays=MONDAYS)
        with pytest.raises(CalendarError, match=called):
            BusinessDays(shut).add(date(2026, 1, 5), 1)


def test_a_region_without_known_holidays_is_refused() -> None:
    calendar = Calendar(zone="UTC", windows=CALENDARS["day"].windows, holiday_region="QX-ZZ")
    with pytest.raises(CalendarError, match="QX-ZZ"):
        compile(calendar, *YEAR)


def test_no_time_is_due_in_the_past() -> None:
    with pytest.raises(CalendarError, match="negative"):
        compile(CALENDARS["day"], *YEAR).due(datetime(2026, 6, 8, 9, tzinfo=UTC), timedelta(hours=-1))


@given(ANY_CALENDAR, INSTANTS, INSTANTS, INSTANTS)
@settings(max_examples=40, deadline=None)
def test_elapsed_adds_up(calendar: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    open_time = compile(calendar, *YEAR)
    assert open_time.elapsed(a, b) + open_time.elapsed(b, c) == open_time.elapsed(a, c)
    assert timedelta() <= open_time.elapsed(min(a, b), max(a, b)) <= max(a, b) - min(a, b)


@given(ANY_CALENDAR, INSTANTS, st.integers(1, 20_000))
@settings(max_examples=40, deadline=None)
def test_due_is_when_the_allowance_has_elapsed_and_no_earlier(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    open_time = compile(calendar, *YEAR)
    allowance = timedelta(minutes=minutes)
    due = open_time.due(start, allowance)
    assert open_time.elapsed(start, due) == allowance
    assert open_time.elapsed(start, due - timedelta(microseconds=1)) < allowance


@given(ANY_CALENDAR, DAYS_OF_CHANGE, st.integers(0, 1440), st.integers(0, 2500))
@settings(max_examples=30, deadline=None)
def test_elapsed_is_what_a_look_at_every_minute_gives(
    calendar: Calendar, day: date, first: int, length: int
) -> None:
    start = datetime.combine(day, time(), UTC) + timedelta(minutes=first)
    end = start + timedelta(minutes=length)
    found = compile(calendar, *YEAR).elapsed(start, end)
    assert found == timedelta(minutes=counted_by_the_minute(calendar, start, end))


@given(ANY_CALENDAR, st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_business_days_count_back_what_they_count_forward(calendar: Calendar, day: date, count: int) -> None:
    open_time = compile(calendar, *YEAR)
    later = open_time.add_business_days(day, count)
    assert open_time.business_days_between(day, later) == count
    if open_time.is_business_day(day):
        assert open_time.add_business_days(later, -count) == day


def test_lord_howe_moves_its_clocks_by_half_an_hour() -> None:
    calendar = Calendar(
        zone="Australia/Lord_Howe", windows=(Window(days=WEEKDAYS, opens=time(0), closes=time(6)),)
    )
    open_time = compile(calendar, *YEAR)
    zone = ZoneInfo("Australia/Lord_Howe")
    hours = [
        open_time.elapsed(datetime(2026, m, d, 0, tzinfo=zone), datetime(2026, m, d, 12, tzinfo=zone))
        for m, d in ((4, 5), (10, 4))
    ]
    assert hours == [timedelta(hours=6, minutes=30), timedelta(hours=5, minutes=30)]


def test_added_holidays_reach_a_calendar_that_lies_deep_in_the_terms() -> None:
    calendars = {"bavaria": {"zone": "Europe/Berlin", "holiday_region": "DE-BY"}}
    delivery = {"kind": "delivery", "within": "P5D", "clock": "business", "calendar": "bavaria"}
    promised = reader_of({"calendars": calendars}).obligation(
        {"kind": "delivery_performance", "terms": {"percent": "95", "promise": delivery}}
    )
    additions = additions_of({"DE-BY": [{"name": "fair", "source": "notice", "on": "2026-08-14"}]})
    terms = promised.terms[0].terms
    assert isinstance(terms, DeliveryPerformance)
    assert terms.promise is not None
    assert terms.promise.calendar is not None
    added = with_additions(terms.promise.calendar, additions)
    assert [holiday.name for holiday in added.local_holidays] == ["fair"]
    wanted = terms.model_copy(update={"promise": terms.promise.model_copy(update={"calendar": added})})
    assert with_local_holidays(promised, additions).terms[0].terms == wanted


def test_an_error_without_a_remedy_of_its_own_has_that_of_its_kind() -> None:
    assert CalendarError("it never opens").remedy == ""
    assert CalendarError("it never opens", remedy="state hours").remedy == "state hours"
