"""Laws of milestones and revenue: periods add up to the price, silence accepts as a look at every day does,
no record makes a rule raise, and their order changes nothing."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from obligations.facts import Fact, Milestone, MilestoneEvent, Progress, Source
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.rules import assess
from tests.obligations.golden_cases import reader_of

READER = reader_of({})
KNOWN = datetime(2025, 1, 1, tzinfo=UTC)
FIRST = date(2026, 1, 1)


def fact(data: Any, record: str) -> Fact:
    source = Source(system="s", record=record)
    return Fact(
        id=f"{data.kind}/{record}",
        source=source,
        occurred_at=KNOWN,
        known_at=KNOWN,
        data=data,
        party="vendor",
    )


def sold(kind: str, terms: dict[str, Any]) -> Obligation:
    debtor, creditor = ("us", "vendor") if kind == "performance_obligation" else ("vendor", "us")
    sides = {"debtor": debtor, "creditor": creditor, "us": "us", "zone": "UTC"}
    return READER.obligation({"kind": kind, "key": "work", "terms": terms, **sides})


def at(day: int) -> AsOf:
    return AsOf.at(datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day))


def total(found: tuple[Assessment, ...]) -> Decimal:
    return sum((a.money.amount for a in found if a.money is not None), Decimal(0))


PRICES = st.decimals("0.01", "99999.99", places=2)


@given(PRICES, st.integers(0, 400), st.integers(0, 700), st.sampled_from(["month", "quarter", "year"]))
@settings(max_examples=60, deadline=None)
def test_the_periods_of_a_service_add_up_to_its_price(
    price: Decimal, start: int, length: int, per: str
) -> None:
    starts_on = FIRST + timedelta(days=start)
    terms = {
        "price": {"amount": price, "currency": "EUR"},
        "method": "straight_line",
        "starts_on": starts_on,
        "ends_on": starts_on + timedelta(days=length),
        "per": per,
    }
    found = assess(sold("performance_obligation", terms), [], at(1600))
    assert total(found) == price
    assert all(a.money is None or a.money.amount >= 0 for a in found)


STEPS = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 100)), min_size=1, max_size=6, unique_by=lambda s: s[0]
)


@given(PRICES, STEPS, st.integers(0, 330))
@settings(max_examples=80, deadline=None)
def test_revenue_to_date_is_the_price_times_the_newest_progress(
    price: Decimal, steps: list[tuple[int, int]], day: int
) -> None:
    facts = [
        fact(Progress(of="work", on=FIRST + timedelta(days=on), percent=Decimal(percent)), f"G{on}")
        for on, percent in steps
    ]
    terms = {"price": {"amount": price, "currency": "EUR"}, "method": "output"}
    found = assess(sold("performance_obligation", terms), facts, at(day))
    known = [(on, percent) for on, percent in steps if on <= day]
    expected = round(price * max(known)[1] / 100, 2) if known else Decimal(0)
    measured = [a.measured.value for a in found if a.measured is not None]
    if known and measured and found[-1].measured is not None:
        assert measured[-1] == expected
    assert assess(sold("performance_obligation", terms), facts[::-1] * 2, at(day)) == found


CHANGES = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(["submitted", "rejected", "accepted"])),
    max_size=6,
    unique_by=lambda c: c[0],
)


def accepted_on(changes: list[tuple[int, str]], silence: int, today: int) -> int | None:
    """The day of acceptance, by a look at every day."""
    told = dict(changes)
    waiting: int | None = None
    for day in range(today + 1):
        if waiting is not None and day > waiting + silence:
            return waiting + silence
        change = told.get(day)
        if change == "accepted":
            return day
        if change == "rejected":
            waiting = None
        if change == "submitted" and waiting is None:
            waiting = day
    return None


@given(CHANGES, st.integers(1, 20), st.integers(0, 90))
@settings(max_examples=200, deadline=None)
def test_silence_accepts_as_a_look_at_every_day_does(
    changes: list[tuple[int, str]], silence: int, today: int
) -> None:
    told = [
        {"on": FIRST + timedelta(days=on), "change": change, "evidence": "signed"} for on, change in changes
    ]
    events = tuple(MilestoneEvent.model_validate(step) for step in told)
    terms = {"amount": "10", "currency": "EUR", "on": "accepted", "deemed_after": f"P{silence}D"}
    milestone = fact(Milestone(name="work", events=events), "M")
    (found,) = assess(sold("milestone_payment", terms), [milestone], at(today))
    day = accepted_on(changes, silence, today)
    assert found.summary
    assert bool(found.missing) == (found.outcome is Outcome.UNDETERMINED)
    assert (found.money is not None) == (day is not None)
    if day is not None:
        assert found.occurrence.counts_on == FIRST + timedelta(days=day)
