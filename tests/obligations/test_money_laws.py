"""Laws of paying: interest equals a sheet with a row for each day, records may come in any order, and no
record makes a rule raise or speak without evidence."""

from calendar import isleap, monthrange
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obligations.facts import Credit, Fact, Invoice, Notice, Payment, ReferenceRate
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.quantities import Money
from obligations.rules import assess
from tests.obligations.golden_cases import as_of, load, posed, reader_of

READER = reader_of({})
KINDS = ("payment_due", "early_payment_discount", "late_interest", "holdback")
CASES = [
    pytest.param(load(kind), case, id=f"{kind}: {case['name']}")
    for kind in KINDS
    for case in load(kind)["cases"]
]
DUE = date(2027, 12, 10)
INVOICED = DUE - timedelta(days=30)
CENT = Decimal("0.01")
DAYS = st.integers(-20, 120).map(lambda n: DUE + timedelta(days=n))
AMOUNTS = st.decimals(1, 60_000, places=2)
DAY_COUNTS = st.sampled_from(["act/360", "act/365", "act/act", "30/360"])
COMPOUNDING = st.sampled_from(["simple", "month", "quarter", "year"])


def euro(amount: Decimal) -> Money:
    return Money(amount=amount, currency="EUR")


def fact(data: Any, record: str, known: date = date(2020, 1, 1)) -> Fact:
    spec = {"kind": "event", "record": record, "name": "x", "on": "2020-01-01", "known": f"{known} 00:00"}
    return READER.fact(spec).model_copy(update={"data": data, "id": f"{record}/{known}"})


def invoice(gross: Decimal) -> Fact:
    bill = Invoice(number="A1", direction="payable", gross=euro(gross), invoiced_on=INVOICED)
    return fact(bill, "A1")


def payment(amount: Decimal, on: date, record: str) -> Fact:
    return fact(Payment(invoice="A1", amount=euro(amount), paid_on=on, direction="payable"), record)


def promise(kind: str, **terms: Any) -> Obligation:
    payer, paid = ("creditor", "debtor") if kind == "early_payment_discount" else ("debtor", "creditor")
    sides = {payer: "us", paid: "vendor", "us": "us", "zone": "Europe/Berlin"}
    return READER.obligation({"kind": kind, "terms": terms, **sides})


def noon(day: date) -> AsOf:
    return AsOf.at(READER.instant(f"{day} 12:00"))


PAYMENT = {"kind": "payment_due", "within": "P30D", "starts": "invoice_date"}


def year_of_the_day(day: date, day_count: str) -> Fraction:
    """What one day is of a year, as a sheet has it in the row of that day."""
    if day_count == "30/360":
        before = day - timedelta(days=1)
        months = (day.year - before.year) * 12 + day.month - before.month
        return Fraction(months * 30 + min(day.day, 30) - min(before.day, 30), 360)
    return Fraction(
        1, {"act/360": 360, "act/365": 365, "act/act": 366 if isleap(day.year) else 365}[day_count]
    )


def months_after(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def sheet(
    gross: Decimal,
    paid: list[tuple[date, Decimal]],
    end: date,
    rate: Any,
    day_count: str,
    compounding: str = "simple",
) -> Fraction:
    """Interest by a row for each day after the due day: what was open that morning, at its rate."""
    total, waiting, added = Fraction(0), Fraction(0), Fraction(0)
    months = {"month": 1, "quarter": 3, "year": 12}.get(compounding)
    settled = None
    day = DUE
    while day < end:
        if months and day > DUE and day in {months_after(DUE, n * months) for n in range(1, 60)}:
            added, waiting = added + waiting, Fraction(0)
        day += timedelta(days=1)
        open_ = max(gross - sum((amount for on, amount in paid if on < day), Decimal(0)), Decimal(0))
        if open_ == 0:
            settled = settled or day
            break
        today = (Fraction(open_) + added) * Fraction(rate(day)) / 100 * year_of_the_day(day, day_count)
        total, waiting = total + today, waiting + today
    return total


def cents(amount: Fraction) -> Decimal:
    return (Decimal(amount.numerator) / Decimal(amount.denominator)).quantize(CENT, rounding=ROUND_HALF_UP)


def interest(found: Assessment) -> Decimal:
    return found.measured.value if found.measured and found.measured.value is not None else Decimal(0)


@given(AMOUNTS, st.lists(st.tuples(DAYS, AMOUNTS), max_size=5), DAYS, DAY_COUNTS, COMPOUNDING)
@settings(max_examples=150, deadline=None)
def test_interest_is_that_of_a_sheet_with_a_row_a_day(
    gross: Decimal, paid: list[tuple[date, Decimal]], end: date, day_count: str, compounding: str
) -> None:
    terms = {"percent": "9", "per": "year", "day_count": day_count, "compounding": compounding}
    interest_owed = promise("late_interest", **terms, payment=PAYMENT)
    facts = [invoice(gross), *(payment(amount, on, f"P{n}") for n, (on, amount) in enumerate(paid))]
    (found,) = assess(interest_owed, facts, noon(end))
    seen = [(on, amount) for on, amount in paid if on <= end]
    wanted = sheet(gross, seen, end, lambda _: 9, day_count, compounding)
    assert interest(found) == cents(wanted)


@given(
    AMOUNTS,
    st.lists(st.tuples(DAYS, st.decimals(-1, 5, places=2)), max_size=4, unique_by=lambda r: r[0]),
    st.sampled_from(["day", "half_year"]),
    DAY_COUNTS,
)
@settings(max_examples=100, deadline=None)
def test_interest_over_a_reference_rate_is_that_of_the_sheet(
    gross: Decimal, changes: list[tuple[date, Decimal]], reset: str, day_count: str
) -> None:
    published = [(date(2026, 1, 1), Decimal("2.15")), *sorted(changes)]
    end = DUE + timedelta(days=100)

    def rate(day: date) -> Decimal:
        looked_up = day if reset == "day" else date(day.year, 1 if day.month < 7 else 7, 1)
        return [percent for on, percent in published if on <= looked_up][-1] + 8

    terms = {"percent": "8", "over": "ECB", "reset": reset, "day_count": day_count, "payment": PAYMENT}
    facts = [invoice(gross)]
    for number, (on, percent) in enumerate(published):
        facts.append(fact(ReferenceRate(rate="ECB", percent=percent, from_on=on), f"R{number}"))
    (found,) = assess(promise("late_interest", **terms), facts, noon(end))
    assert interest(found) == cents(sheet(gross, [], end, rate, day_count))


@given(AMOUNTS, st.integers(1, 300), st.integers(1, 300))
@settings(max_examples=50, deadline=None)
def test_a_later_payment_never_bears_less(gross: Decimal, one: int, other: int) -> None:
    terms = {"percent": "9", "per": "year", "day_count": "30/360", "payment": PAYMENT}
    found = []
    for days in sorted((one, other)):
        paid = payment(gross, DUE + timedelta(days=days), "P")
        (assessment,) = assess(
            promise("late_interest", **terms), [invoice(gross), paid], noon(date(2029, 1, 1))
        )
        found.append(interest(assessment))
    assert found == sorted(found)


@pytest.mark.parametrize(("content", "case"), CASES)
def test_every_record_cut_off_at_the_instant_tells_the_same(
    content: dict[str, Any], case: dict[str, Any]
) -> None:
    """What is dated after the day judged changes nothing, whichever record says it."""
    reader = reader_of(content)
    obligation, facts = posed(reader, content, case)
    at = as_of(reader, case)
    future = at.as_of.date() + timedelta(days=1)
    number = next((f.data.number for f in facts if isinstance(f.data, Invoice)), "A1")
    more = [
        fact(Payment(invoice=number, amount=euro(Decimal(1)), paid_on=future, direction=way), f"X{way}")
        for way in ("payable", "receivable")
    ]
    more.append(
        fact(Invoice(number="X", direction="payable", gross=euro(Decimal(1)), invoiced_on=future), "X")
    )
    assert assess(obligation, [*facts, *more], at) == assess(obligation, facts, at)


NEAR = st.integers(-10, 90).map(lambda n: INVOICED + timedelta(days=n))
MAYBE = st.none() | NEAR
CURRENCIES = st.sampled_from(["EUR", "EUR", "EUR", "USD"])
SUMS = st.builds(
    lambda amount, currency: Money(amount=amount, currency=currency),
    st.decimals(-100, 3000, places=2),
    CURRENCIES,
)
NUMBERS = st.sampled_from(["A1", "A2", "a-1"])
INVOICES = st.builds(
    Invoice,
    number=NUMBERS,
    direction=st.just("payable"),
    gross=SUMS,
    net=st.none() | SUMS,
    tax=st.none() | SUMS,
    freight=st.none() | SUMS,
    invoiced_on=NEAR,
    received_on=MAYBE,
    posted_on=MAYBE,
    accepted_on=MAYBE,
    supplied_on=MAYBE,
    returned_on=MAYBE,
    replaces=st.sampled_from(["", "A1"]),
)
PAYMENTS = st.builds(
    Payment,
    invoice=NUMBERS,
    amount=SUMS,
    paid_on=NEAR,
    settled_on=MAYBE,
    direction=st.just("payable"),
    discount=st.none() | SUMS,
    withheld=st.none() | SUMS,
)
CREDITS = st.builds(
    Credit,
    number=st.just("C"),
    amount=SUMS,
    credited_on=NEAR,
    invoice=NUMBERS,
    type=st.sampled_from(["return", "set_off", "holdback"]),
)
NOTICES = st.builds(
    Notice,
    subject=st.just(""),
    about=NUMBERS,
    effect=st.sampled_from(["dispute", "claim", "termination"]),
    sent_on=NEAR,
    received_on=MAYBE,
    withdrawn_on=MAYBE,
    effective_on=MAYBE,
    amount=st.none() | SUMS,
)
RECORDS = st.lists(st.one_of(INVOICES, INVOICES, PAYMENTS, PAYMENTS, CREDITS, NOTICES), max_size=8)
DISCOUNT = {"percent": "2", "within": "P10D", "steps": [{"percent": "1", "within": "P20D"}]}
HELD = {"percent": "5", "releases": [{"percent": "50", "within": "P9D"}, {"within": "P2Y"}]}
RICH = {
    "within": "P30D",
    "starts": "invoice_receipt",
    "later_of": ["acceptance"],
    "deemed_acceptance": "P7D",
    "return_within": "P7D",
    "paid_when": "settled",
    "dispute": "amount",
    "set_off": "allowed",
    "discount": DISCOUNT,
    "holdback": HELD,
}
PLAIN = {**PAYMENT, "dispute": "amount", "discount": DISCOUNT}
PARTS = {"instalments": [{"percent": "40", "within": "P30D"}, {"percent": "60", "due_on": f"{DUE}"}]}
PROMISES = [
    promise("payment_due", **RICH),
    promise("payment_due", **{k: v for k, v in PLAIN.items() if k != "kind"}),
    promise("payment_due", **PARTS),
    promise("early_payment_discount", **DISCOUNT, base="goods", payment=PAYMENT),
    promise("early_payment_discount", **DISCOUNT, parts="true"),
    promise(
        "late_interest",
        percent="9",
        compounding="month",
        grace="P3D",
        payment={"kind": "payment_due", **RICH},
    ),
    promise("late_interest", percent="1", per="month", whole_months="true", payment=PLAIN),
    promise("holdback", **HELD, cap_percent="1", contract_price="EUR 5000"),
]


@given(st.sampled_from(PROMISES), RECORDS, NEAR)
@settings(max_examples=400, deadline=None)
def test_no_record_makes_a_rule_of_paying_raise_or_hide_why(
    promised: Obligation, data: list[Any], now: date
) -> None:
    facts = [fact(record, f"R{n}") for n, record in enumerate(data)]
    found = assess(promised, facts, noon(now))
    assert len({a.id for a in found}) == len(found)
    assert assess(promised, facts[::-1], noon(now)) == found
    for assessment in found:
        assert assessment.summary
        assert assessment.records
        assert bool(assessment.missing) == (assessment.outcome is Outcome.UNDETERMINED)
        assert bool(assessment.money) == bool(assessment.money_is)


@given(AMOUNTS, st.lists(st.tuples(DAYS, AMOUNTS), max_size=4), DAYS, AMOUNTS, DAYS)
@settings(max_examples=150, deadline=None)
def test_another_payment_never_makes_it_worse(
    gross: Decimal, paid: list[tuple[date, Decimal]], on: date, more: Decimal, now: date
) -> None:
    due = promise("payment_due", within="P30D", starts="invoice_date")
    facts = [invoice(gross), *(payment(amount, day, f"P{n}") for n, (day, amount) in enumerate(paid))]
    (before,) = assess(due, facts, noon(now))
    (after,) = assess(due, [*facts, payment(more, on, "M")], noon(now))
    if before.outcome is Outcome.MET:
        assert after.outcome is Outcome.MET
    if after.outcome is Outcome.BREACHED:
        assert before.outcome is Outcome.BREACHED
    reached = sum((amount for day, amount in paid if day <= min(DUE, now)), Decimal(0))
    assert (before.outcome is Outcome.MET) == (reached >= gross)
