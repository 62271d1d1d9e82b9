"""Typed terms as a person reads them in the list of a contract's promises."""

from decimal import Decimal

from obligations.quantities import Duration, Money
from obligations.terms import Availability, EarlyPaymentDiscount, ServiceCredit
from obligations.terms.service import CreditTier
from obligations.terms.words import each_in_words, in_words


def test_each_stated_term_is_told_by_its_name() -> None:
    terms = EarlyPaymentDiscount(percent=Decimal(2), within=Duration(iso="P10D"), base="gross")
    assert each_in_words(terms) == {"percent": "2", "within": "10 days", "base": "gross"}
    assert in_words(terms) == "percent 2, within 10 days, base gross"


def test_what_the_row_or_another_promise_says_is_left_out() -> None:
    credit = ServiceCredit(level=Availability(percent=Decimal("99.9")), paid_as="credit")
    assert each_in_words(credit) == {"paid_as": "credit"}


def test_the_tiers_of_a_credit_are_told_by_what_they_give() -> None:
    tiers = (
        CreditTier(below=Decimal("99.9"), at_least=Decimal("99.5"), percent=Decimal(5)),
        CreditTier(below=Decimal("99.5"), amount=Money(currency="EUR", amount=Decimal(1200))),
    )
    assert in_words(ServiceCredit(tiers=tiers)) == "tiers <99.9 to 99.5: 5%; <99.5: EUR 1,200.00"
