"""Terms of paying: what is refused, and what promises of paying take from each other."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from obligations.cascade import resolve
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.rules import assess
from obligations.terms import EarlyPaymentDiscount, Holdback, LateInterest, PaymentDue, Terms
from tests.obligations.golden_cases import contracts_of, reader_of

READER = reader_of({})
TYPED: TypeAdapter[Any] = TypeAdapter(Terms)

REFUSED = [
    ({"kind": "payment_due", "cut_off": 25}, "`cut_off` is about the `day`"),
    ({"kind": "payment_due", "within": "P30D", "cut_off": 25}, "`cut_off` is about the `day`"),
    ({"kind": "payment_due", "within": "P9D", "in_advance": True, "day": 3}, "`in_advance` counts back"),
    (
        {"kind": "payment_due", "instalments": [{"percent": 50, "within": "P9D"}]},
        "add up to 50 percent, not 100",
    ),
    (
        {
            "kind": "payment_due",
            "instalments": [
                {"percent": 50, "within": "P9D"},
                {"amount": {"amount": 1, "currency": "EUR"}, "within": "P9D"},
            ],
        },
        "all in `percent` or all in `amount`",
    ),
    ({"kind": "payment_due", "instalments": [{"within": "P9D"}]}, "states `percent` or `amount`"),
    ({"kind": "payment_due", "instalments": [{"percent": 100}]}, "states `within` or `due_on`"),
    ({"kind": "early_payment_discount", "within": "P9D", "day": 3}, "`within` a time or on a `day`"),
    (
        {
            "kind": "early_payment_discount",
            "percent": 1,
            "within": "P10D",
            "steps": [{"percent": 3, "within": "P20D"}],
        },
        "a later step of a discount must give less",
    ),
    ({"kind": "late_interest", "percent": 8, "over": "ECB", "per": "month"}, "so `per` is year"),
    ({"kind": "late_interest", "percent": -1}, "greater than or equal to 0"),
    ({"kind": "late_interest", "percent": 1, "per": "event"}, "no rate per event"),
    ({"kind": "late_interest", "percent": 1, "per": "year", "whole_months": True}, "a rate per month"),
    (
        {
            "kind": "late_interest",
            "percent": 1,
            "per": "month",
            "whole_months": True,
            "compounding": "month",
        },
        "contradict each other",
    ),
    ({"kind": "late_interest", "percent": 1, "reset": "day"}, "none is named in `over`"),
    ({"kind": "late_interest", "times": 3}, "none is named in `over`"),
    ({"kind": "late_interest", "percent": 1, "after_grace": "from_due"}, "none is stated"),
    ({"kind": "late_interest", "fixed": {"amount": -40, "currency": "EUR"}}, "`fixed` is negative"),
    ({"kind": "late_interest", "fixed": {"amount": 40, "currency": "XEU"}}, "unknown currency 'XEU'"),
    ({"kind": "holdback", "cap": {"amount": -1, "currency": "EUR"}}, "`cap` is negative"),
    (
        {
            "kind": "holdback",
            "cap": {"amount": 1, "currency": "EUR"},
            "contract_price": {"amount": 1, "currency": "USD"},
        },
        "different currencies",
    ),
    ({"kind": "holdback", "releases": [{"percent": 60}, {"percent": 50}]}, "give back 110 percent"),
    ({"kind": "holdback", "percent": 101}, "less than or equal to 100"),
]


@pytest.mark.parametrize(("terms", "reason"), REFUSED)
def test_terms_that_contradict_themselves_are_refused(terms: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(reason)):
        TYPED.validate_python(terms)


CONTRACTS = contracts_of(
    {
        "contracts": [
            {
                "id": "M",
                "title": "MSA",
                "type": "msa",
                "relation": "master",
                "us": "us",
                "counterparty": "vendor",
            },
            {"id": "S", "title": "SOW", "type": "sow", "relation": "sow", "parent": "M", "us": "us"},
            {
                "id": "A",
                "title": "Amendment",
                "type": "amendment",
                "relation": "amendment",
                "parent": "M",
                "effective_on": "2026-06-01",
            },
        ]
    }
)


def promise(contract: str, kind: str, we_owe: bool, **terms: Any) -> Obligation:
    sides = {"debtor": "us", "creditor": "vendor"} if we_owe else {"debtor": "vendor", "creditor": "us"}
    quote = f"{kind} of {contract}"
    return READER.obligation({"contract": contract, "kind": kind, "quote": quote, "terms": terms, **sides})


PAYING = [
    promise("M", "payment_due", True, within="P30D", starts="invoice_date"),
    promise("S", "payment_due", True, within="P45D", starts="invoice_date"),
    promise("A", "payment_due", True, within="P60D"),
    promise("M", "early_payment_discount", False, percent="2", within="P10D", base="gross"),
    promise("M", "late_interest", True, percent="10", per="year", day_count="act/365"),
    promise("M", "holdback", True, percent="5", base="gross"),
]


def bound(kind: str, contract: str = "M") -> Obligation:
    found = resolve(CONTRACTS, PAYING)
    return next(o for o in found if o.kind == kind and o.contract == contract)


def test_payment_takes_the_discount_and_the_holdback_of_the_contract() -> None:
    for contract in ("M", "S"):
        due = bound("payment_due", contract)
        terms = due.terms[-1].terms
        assert isinstance(terms, PaymentDue)
        assert terms.discount is not None
        assert terms.discount.percent == 2
        assert terms.holdback is not None
        assert {s.quote for s in due.terms[-1].basis} >= {"early_payment_discount of M", "holdback of M"}


def test_interest_and_discount_follow_the_day_on_which_the_whole_is_due() -> None:
    for kind in ("late_interest", "early_payment_discount"):
        obligation = bound(kind)
        before, after = (obligation.in_force(on) for on in (date(2026, 5, 1), date(2026, 6, 1)))
        assert before is not None
        assert after is not None
        assert isinstance(before.terms, LateInterest | EarlyPaymentDiscount)
        assert isinstance(after.terms, LateInterest | EarlyPaymentDiscount)
        lengths = [d.terms.payment_under("M").within.days for d in (before, after)]  # type: ignore[union-attr]
        assert lengths == [30, 60]
        under = after.terms.payment_under("S")
        assert under is not None
        assert under.within is not None
        assert under.within.days == 45
        assert "payment_due of M" in {s.quote for s in before.basis}


def test_resolving_twice_gives_the_same() -> None:
    once = resolve(CONTRACTS, PAYING)
    assert resolve(CONTRACTS, once) == once


def judged(kind: str, contract: str | None, paid: str, amount: str) -> Assessment:
    at = AsOf.at(READER.instant("2026-12-01 12:00"))
    facts = [
        READER.fact(
            {
                "kind": "invoice",
                "record": "A1",
                "gross": "EUR 36500",
                "invoiced_on": "2026-03-02",
                "contract": contract,
            }
        ),
        READER.fact({"kind": "payment", "record": "P1", "invoice": "A1", "amount": amount, "paid_on": paid}),
    ]
    found = [a for o in resolve(CONTRACTS, PAYING) if o.kind == kind for a in assess(o, facts, at)]
    (only,) = found
    return only


@pytest.mark.parametrize(
    ("contract", "paid", "outcome", "interest"),
    [
        ("M", "2026-04-01", Outcome.NOT_APPLICABLE, None),
        ("M", "2026-04-02", Outcome.PENDING, "10"),
        ("M", "2026-04-16", Outcome.PENDING, "150"),
        ("S", "2026-04-16", Outcome.NOT_APPLICABLE, None),
        ("S", "2026-04-17", Outcome.PENDING, "10"),
        (None, "2026-04-16", Outcome.PENDING, "150"),
    ],
)
def test_interest_is_counted_from_the_due_day_of_the_document_an_invoice_is_under(
    contract: str | None, paid: str, outcome: Outcome, interest: str | None
) -> None:
    found = judged("late_interest", contract, paid, "EUR 36500")
    assert found.outcome is outcome
    assert (found.money.amount if found.money else None) == (Decimal(interest) if interest else None)


def test_one_payment_in_time_is_seen_alike_by_every_promise_of_paying() -> None:
    """Paid on the tenth day less the discount: paid in full, the discount taken, no interest."""
    assert judged("payment_due", "M", "2026-03-12", "EUR 35770").outcome is Outcome.MET
    assert judged("early_payment_discount", "M", "2026-03-12", "EUR 35770").outcome is Outcome.MET
    assert judged("late_interest", "M", "2026-03-12", "EUR 35770").outcome is Outcome.NOT_APPLICABLE


def test_a_discount_taken_too_late_leaves_the_rest_open_and_bearing_interest() -> None:
    assert judged("payment_due", "M", "2026-03-13", "EUR 35770").outcome is Outcome.BREACHED
    assert judged("early_payment_discount", "M", "2026-03-13", "EUR 35770").outcome is Outcome.NOT_APPLICABLE
    owed = judged("late_interest", "M", "2026-03-13", "EUR 35770")
    # EUR 730 at 10 % for the 244 days after 2026-04-01 up to 2026-12-01.
    assert owed.money is not None
    assert owed.money.amount == Decimal("48.80")


def test_signature_and_business_days_come_from_the_contract() -> None:
    signed = contracts_of(
        {"contracts": [{"id": "M", "title": "MSA", "type": "msa", "us": "us", "agreed_on": "2026-01-15"}]}
    )
    calendar = {"zone": "Europe/Berlin", "holiday_region": "DE-BY"}
    stated = [
        promise(
            "M", "payment_due", True, within="P5D", starts="signature", clock="business", calendar=calendar
        ),
        promise("M", "early_payment_discount", False, percent="2", within="P2D", clock="business"),
        promise("M", "holdback", True, percent="5", releases=[{"within": "P5D", "clock": "business"}]),
    ]
    due, discount, kept = (o.terms[-1].terms for o in resolve(signed, stated))
    assert isinstance(due, PaymentDue)
    assert due.signed_on == date(2026, 1, 15)
    assert isinstance(discount, EarlyPaymentDiscount)
    assert isinstance(kept, Holdback)
    for bound_calendar in (discount.calendar, kept.calendar):
        assert bound_calendar is not None
        assert bound_calendar.holiday_region == "DE-BY"
