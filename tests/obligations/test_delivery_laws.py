"""Deliveries against a count made one by one, and laws that hold for any records of orders."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from obligations.facts import Delivery, Fact, OrderLine, PurchaseOrder, Source
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.quantities import Money
from obligations.rules import assess
from tests.obligations.golden_cases import reader_of

READER = reader_of({})
NOW = AsOf.at(datetime(2026, 11, 20, 12, tzinfo=UTC))
KNOWN = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = date(2026, 10, 1)
PROMISE = {"kind": "delivery", "date_kind": "requested", "evidence": "receipt"}


def fact(data: Any, record: str, known: datetime = KNOWN) -> Fact:
    return Fact(
        id=f"{data.kind}/{record}/{known.isoformat()}",
        source=Source(system="s", record=record),
        occurred_at=KNOWN,
        known_at=known,
        data=data,
        party="vendor",
    )


def promise(kind: str, terms: dict[str, Any]) -> Obligation:
    sides = {"debtor": "vendor", "creditor": "us", "us": "us", "zone": "UTC"}
    return READER.obligation({"kind": kind, "terms": terms, "ends_on": date(2026, 10, 31), **sides})


# A line: ordered cases, due day of October, cases cancelled by the buyer; its parts: day of October, cases.
PARTS = st.lists(st.tuples(st.integers(1, 45), st.integers(0, 12)), max_size=3)
LINES = st.tuples(st.integers(0, 12), st.integers(1, 31), st.integers(0, 4), PARTS)
ORDERS = st.lists(st.lists(LINES, min_size=1, max_size=3), max_size=4)
Line = tuple[int, int, int, list[tuple[int, int]]]


def records(orders: list[list[Line]]) -> list[Fact]:
    found = []
    for number, lines in enumerate(orders):
        made = tuple(
            OrderLine(
                number=str(n),
                quantity=Decimal(ordered),
                requested_on=FIRST + timedelta(days=due - 1),
                cancelled=Decimal(cancelled),
                cancelled_by="buyer",
            )
            for n, (ordered, due, cancelled, _) in enumerate(lines, start=1)
        )
        order = PurchaseOrder(
            number=f"PO{number}",
            ordered_on=date(2026, 9, 1),
            amount=Money(amount=Decimal(1), currency="EUR"),
            lines=made,
        )
        found.append(fact(order, f"PO{number}"))
        for n, (*_, parts) in enumerate(lines, start=1):
            for part, (day, quantity) in enumerate(parts):
                came = Delivery(
                    number=f"D{number}-{n}-{part}",
                    order=f"PO{number}",
                    order_line=str(n),
                    quantity=Decimal(quantity),
                    delivered_on=FIRST + timedelta(days=day - 1),
                )
                found.append(fact(came, came.number))
    return found


def share_of(level: str, measure: str, facts: list[Fact]) -> Assessment:
    terms = {"level": level, "measure": measure, "percent": "50", "excused": "counted", "promise": PROMISE}
    found = assess(promise("delivery_performance", terms), facts, NOW, date(2026, 10, 1))
    (only,) = found
    return only


def line_by_line(measure: str, line: Line) -> bool | None:
    """One line counted by hand, piece by piece: None where it does not count."""
    ordered, due, cancelled, parts = line
    needed = max(ordered - cancelled, 0)
    if not needed:
        return None
    pieces = sorted(day for day, quantity in parts for _ in range(quantity))[:needed]
    all_came, none_late = len(pieces) == needed, all(day <= due for day in pieces)
    return {"in_full": all_came, "otif": all_came and none_late, "on_time": bool(pieces) and none_late}[
        measure
    ]


def by_hand(level: str, measure: str, orders: list[list[Line]]) -> tuple[int, int]:
    """Good and counted, the slow way: every case, line or order on its own."""
    if level == "case":
        good = counted = 0
        for ordered, due, cancelled, parts in (line for lines in orders for line in lines):
            needed = max(ordered - cancelled, 0)
            last = 45 if measure == "in_full" else due
            came = [day for day, quantity in parts for _ in range(quantity) if day <= last]
            counted += needed
            good += len(came[:needed])
        return good, counted
    if level == "line":
        verdicts = [line_by_line(measure, line) for lines in orders for line in lines]
    else:
        verdicts = []
        for lines in orders:
            own = [verdict for line in lines if (verdict := line_by_line(measure, line)) is not None]
            verdicts.append(all(own) if own else None)
    return sum(v is True for v in verdicts), sum(v is not None for v in verdicts)


@given(ORDERS, st.sampled_from(["order", "line", "case"]), st.sampled_from(["on_time", "in_full", "otif"]))
@settings(max_examples=150, deadline=None)
def test_the_share_is_what_a_count_one_by_one_gives(orders: Any, level: str, measure: str) -> None:
    found = share_of(level, measure, records(orders))
    good, counted = by_hand(level, measure, orders)
    if not counted:
        assert found.outcome is Outcome.NOT_APPLICABLE
        return
    assert found.measured is not None
    assert found.measured.value == round(Decimal(good) / Decimal(counted) * 100, 8)
    assert (found.outcome is Outcome.MET) == (2 * good >= counted)


@given(ORDERS, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_order_duplicates_and_versions_of_records_change_nothing(orders: Any, draw: Any) -> None:
    facts = records(orders)
    mixed = [*facts, *facts]
    draw.shuffle(mixed)
    later = [f.model_copy(update={"known_at": NOW.known_at + timedelta(seconds=1)}) for f in facts]
    for made in (promise("delivery", PROMISE), promise("delivery_performance", {"promise": PROMISE})):
        assert assess(made, mixed, NOW) == assess(made, facts, NOW)
        assert assess(made, [*facts, *later], NOW) == assess(made, facts, NOW)


@given(LINES, st.integers(1, 45))
@settings(max_examples=80, deadline=None)
def test_what_comes_later_is_never_better(line: Line, shift: int) -> None:
    ordered, due, cancelled, parts = line
    delayed = (ordered, due, cancelled, [(day + shift, quantity) for day, quantity in parts])
    before, after = (assess(promise("delivery", PROMISE), records([[each]]), NOW) for each in (line, delayed))
    if before and before[0].outcome is Outcome.BREACHED:
        assert after[0].outcome is not Outcome.MET


@given(ORDERS, st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_no_order_makes_a_rule_raise_or_hide_why(orders: Any, day: int) -> None:
    at = AsOf.at(datetime(2026, 10, 1, 12, tzinfo=UTC) + timedelta(days=day))
    for kind, terms in (
        ("delivery", PROMISE),
        ("delivery_performance", {"percent": "90", "promise": PROMISE}),
    ):
        for found in assess(promise(kind, terms), records(orders), at, FIRST):
            assert found.summary
            assert found.spans
            assert bool(found.missing) == (found.outcome is Outcome.UNDETERMINED)


DAMAGES = st.fixed_dictionaries(
    {
        "percent": st.sampled_from(["0.2", "0.5", "2"]),
        "per": st.sampled_from(["day", "week", "month", "once"]),
    },
    optional={
        "counts": st.sampled_from(["started", "full"]),
        "grace": st.sampled_from(["P3D", "P1W"]),
        "grace_counts": st.booleans(),
        "base": st.sampled_from(["late_part", "whole"]),
        "cap_percent": st.sampled_from(["5", "10"]),
    },
)


def owed(terms: dict[str, Any], parts: list[tuple[int, int]], day: int) -> Decimal:
    """What is owed on a day for a line of 12 cases at EUR 100, due on 1 October."""
    line = OrderLine(
        number="1",
        quantity=Decimal(12),
        requested_on=FIRST,
        unit_price=Money(amount=Decimal(100), currency="EUR"),
    )
    amount = Money(amount=Decimal(1200), currency="EUR")
    order = PurchaseOrder(number="PO", ordered_on=date(2026, 9, 1), amount=amount, lines=(line,))
    facts = [fact(order, "PO")]
    for n, (on, quantity) in enumerate(parts):
        when = FIRST + timedelta(days=on)
        came = Delivery(number=f"D{n}", order="PO", quantity=Decimal(quantity), delivered_on=when)
        facts.append(fact(came, f"D{n}"))
    at = AsOf.at(datetime(2026, 10, 1, 12, tzinfo=UTC) + timedelta(days=day))
    (found,) = assess(promise("liquidated_damages", {**terms, "promises": [PROMISE]}), facts, at, FIRST)
    assert found.outcome is not Outcome.UNDETERMINED
    return found.money.amount if found.money else Decimal(0)


@given(DAMAGES, st.integers(0, 120), st.integers(0, 120), st.integers(1, 11))
@settings(max_examples=120, deadline=None)
def test_damages_never_fall_with_the_days(terms: dict[str, Any], one: int, other: int, part: int) -> None:
    sooner, later = sorted((one, other))
    assert owed(terms, [], sooner) <= owed(terms, [], later)
    assert owed(terms, [(sooner, 12)], 130) <= owed(terms, [(later, 12)], 130)
    assert owed(terms, [(0, part), (sooner, 12)], 130) <= owed(terms, [(0, part), (later, 12)], 130)
    if "cap_percent" in terms:
        assert owed(terms, [], later) <= Decimal(1200) * Decimal(terms["cap_percent"]) / 100


@given(st.integers(1, 60), st.integers(1, 12))
@settings(max_examples=60, deadline=None)
def test_damages_by_the_day_are_a_sum_over_the_late_cases(days: int, late: int) -> None:
    terms = {"percent": "0.5", "per": "day", "base": "late_part", "counts": "full"}
    found = owed(terms, [(0, 12 - late), (days, late)], 70)
    assert found == sum(Decimal("0.5") for _ in range(late) for _ in range(days))
