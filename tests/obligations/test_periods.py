"""Periods, months and intervals."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obligations.errors import CalendarError, TermsError
from obligations.intervals import clipped, common, first_part, merged, total, without
from obligations.periods import (
    RECURRING,
    add_months,
    containing,
    last_day,
    month,
    period,
    periods,
    quarter,
    shift,
)
from obligations.quantities import Duration
from tests.obligations.golden_cases import load

CONTENT = load("calendars")


@pytest.mark.parametrize("case", CONTENT["minutes"], ids=lambda c: f"{c['period']} {c['zone']}")
def test_minutes_of_a_month_and_what_three_nines_allow(case: dict[str, str]) -> None:
    start, end = month(case["period"]).bounds(ZoneInfo(case["zone"]))
    minutes = Decimal((end - start) // timedelta(minutes=1))
    assert minutes == Decimal(case["minutes"])
    assert minutes * (100 - Decimal("99.9")) / 100 == Decimal(case["allowed"])


@pytest.mark.parametrize("case", CONTENT["months"], ids=lambda c: c["name"])
def test_months_clamp_from_their_anchor(case: dict[str, str]) -> None:
    assert add_months(date.fromisoformat(case["anchor"]), int(case["add"])) == date.fromisoformat(case["is"])


@pytest.mark.parametrize("case", CONTENT["periods"], ids=lambda c: c["label"])
def test_the_period_that_holds_a_day(case: dict[str, Any]) -> None:
    day = date.fromisoformat(case["day"])
    found = containing(case["per"], day)
    assert (found.label, found.words) == (case["label"], case["words"])
    assert (found.start.isoformat(), found.end.isoformat()) == (case["start"], case["end"])
    assert period(case["label"]) == found
    assert day in found
    assert found.end + timedelta(days=1) not in found


def test_twelve_month_ends_in_a_year_and_none_skipped() -> None:
    ends = [p.end for p in periods("month", date(2026, 1, 1), date(2026, 12, 31))]
    assert [day.day for day in ends] == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert [add_months(date(2026, 1, 31), n) for n in range(12)] == ends


@pytest.mark.parametrize("label", ["2026-13", "autumn", "2026-Q5", "2026-W54", "2026-02-30", "26-10", ""])
def test_what_is_no_period(label: str) -> None:
    assert period(label) is None
    with pytest.raises(TermsError, match="is no month"):
        month(label)


def test_a_month_is_no_quarter() -> None:
    assert quarter("2026-Q3") == containing("quarter", date(2026, 8, 1))
    with pytest.raises(TermsError, match="2026-10") as refused:
        quarter("2026-10")
    assert refused.value.remedy == "write it like 2026-Q3"
    with pytest.raises(TermsError, match="there is no period for 'event'"):
        containing("event", date(2026, 1, 1))


def test_the_last_day_is_inclusive() -> None:
    assert last_day(date(2023, 3, 1), Duration(iso="P36M")) == date(2026, 2, 28)
    assert last_day(date(2024, 2, 29), Duration(iso="P1Y")) == date(2025, 2, 27)
    assert last_day(date(2026, 1, 1), Duration(iso="P90D")) == date(2026, 3, 31)


def test_outside_the_calendar() -> None:
    assert add_months(date(1, 2, 28), -1) == date(1, 1, 28)
    assert add_months(date(9999, 11, 30), 1) == date(9999, 12, 30)
    with pytest.raises(CalendarError, match="outside the calendar"):
        add_months(date(9999, 12, 1), 1)
    with pytest.raises(CalendarError, match="outside the calendar"):
        shift(date(9999, 12, 1), Duration(iso="P90D"))


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.sampled_from(sorted(RECURRING)), st.integers(0, 800))
@settings(max_examples=100, deadline=None)
def test_periods_tile_the_days(first: date, per: Any, days: int) -> None:
    last = first + timedelta(days=days)
    found = periods(per, first, last)
    assert found[0].start <= first
    assert found[-1].end >= last
    assert all(a.end + timedelta(days=1) == b.start for a, b in pairwise(found))


EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
INTERVALS = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 60)).map(
        lambda p: (EPOCH + timedelta(minutes=p[0]), EPOCH + timedelta(minutes=p[0] + p[1]))
    ),
    max_size=8,
)


def _minutes(intervals: list[tuple[datetime, datetime]]) -> set[int]:
    """The minutes that lie in any of the intervals."""
    minute = timedelta(minutes=1)
    return {n for a, b in intervals for n in range((a - EPOCH) // minute, (b - EPOCH) // minute)}


@given(INTERVALS, INTERVALS)
@settings(max_examples=100, deadline=None)
def test_intervals_are_sets_of_minutes(one: list[Any], two: list[Any]) -> None:
    a, b = merged(one), merged(two)
    assert _minutes(a) == _minutes(one)
    assert total(a) == timedelta(minutes=len(_minutes(one)))
    assert _minutes(without(a, b)) == _minutes(one) - _minutes(two)
    assert _minutes(common(a, b)) == _minutes(one) & _minutes(two)
    low, high = EPOCH + timedelta(minutes=50), EPOCH + timedelta(minutes=150)
    assert _minutes(clipped(a, low, high)) == _minutes(one) & set(range(50, 150))
    assert _minutes(first_part(a, timedelta(minutes=30))) == set(sorted(_minutes(one))[:30])
