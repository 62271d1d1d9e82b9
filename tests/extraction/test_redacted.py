"""Figures that are blacked out, and percentages and amounts in the forms that older filings use."""

from decimal import Decimal

import pytest

from extraction import read
from extraction.quantities import money, percents
from extraction.redacted import redacted_money, redacted_percents
from tests.extraction.conftest import document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("at 1-1/2% per month", "1.5"),
        ("at 2 1/4 percent", "2.25"),
        ("at 3½% a year", "3.5"),
        ("one and one-half percent per month", "1.5"),
        ("one half percent of the price", "0.5"),
        ("forty (40)% of the income", "40"),
        ("one percent (I%) per month", "1"),
    ],
)
def test_percentages_in_fractions(text: str, value: str) -> None:
    assert [p.value for p in percents(text)] == [Decimal(value)]


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$40 CAD per hour", "40", "CAD"),
        ("RMB five thousand (5,000) in cash", "5000", "CNY"),
        ("0.30 RMB for each unit", "0.30", "CNY"),
        ("$.25 per page", "0.25", "USD"),
        ("$150,000,00 in all", "150000.00", "USD"),
        ("Two Thousand and No/100 Dollars ($2,000.00)", "2000", "USD"),
    ],
)
def test_amounts_as_filings_write_them(text: str, amount: str, currency: str) -> None:
    assert [(m.amount, m.currency) for m in money(text)] == [(Decimal(amount), currency)]


def test_redacted_out_figures_have_their_place() -> None:
    assert [m.text for m in redacted_percents("a royalty of [***] percent ([***]%) of sales")] == [
        "[***] percent ([***]%)"
    ]
    assert [m.text for m in redacted_money("the sum of $[*] on signing")] == ["$[*]"]
    assert not list(redacted_percents("a royalty of 5 percent")) and not list(redacted_money("$5"))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("revenue_share", "The Licensee shall pay a royalty of [***]% of Net Sales."),
        ("late_interest", "Overdue amounts bear interest at [***] percent ([***]%) per year."),
        ("late_interest", "Interest on late payments accrues at the Default Rate until they are made."),
        ("revenue_share", "The Agent's share of revenues for direct visitors is ***%."),
        (
            "revenue_share",
            "The Average Daily Assets shall be multiplied by [ ] ([ ] basis points) for the fee.",
        ),
        ("milestone_payment", "The Sponsor shall pay $[***] upon approval of the product."),
        ("warranty", "All mended looms shall carry a warranty [*] that the mending holds."),
        ("warranty", "The remaining shelf life of each bale on delivery shall be at least [***]."),
        ("late_interest", "Any late payment bears a late payment fee of [***] per month."),
        ("payment_due", "Payment terms for all these invoices shall be [***]."),
        ("payment_due", "All payments under this Agreement shall be made in the [***] following the [***]."),
        ("payment_due", "The fee of the servicer shall be payable on each Payment Date."),
        ("payment_due", "The Buyer shall pay each invoice within [***] days after receipt."),
    ],
)
def test_a_promise_without_its_figure_is_reported(kind: str, text: str) -> None:
    found = read(document(text))
    assert not [draft for draft in found.drafts if draft.kind == kind]
    assert [unread.kind for unread in found.unread if unread.kind == kind] == [kind]
