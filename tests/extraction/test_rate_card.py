"""Tables of prices: what is read of each row; and what a rebate counts as when it is scored."""

from decimal import Decimal

from evals.promises import of_terms
from extraction import read
from extraction.labels import labels
from obligations.terms import RateCard, Rebate
from tests.extraction.conftest import document


def card(text: str) -> RateCard:
    found = [d.terms for d in read(document(text)).drafts if isinstance(d.terms, RateCard)]
    assert len(found) == 1
    return found[0]


def test_every_row_is_a_price_with_its_unit_and_code() -> None:
    prices = card(
        "Article | Code | Unit | Price\n\n"
        "Pump head | A-100 | each | USD 1,480\n\n"
        "Hose | A-200 | metre | USD 2.50"
    ).prices
    assert [(p.item, p.code, p.unit, p.price.amount, p.price.currency) for p in prices] == [
        ("Pump head", "A-100", "each", Decimal(1480), "USD"),
        ("Hose", "A-200", "metre", Decimal("2.50"), "USD"),
    ]


def test_the_currency_may_stand_in_the_head() -> None:
    prices = card("Role | Rate per hour in EUR\n\nFitter | 61.50\n\nForeman | 84").prices
    assert [(p.unit, p.price.currency) for p in prices] == [("hour", "EUR"), ("hour", "EUR")]


def test_totals_are_no_prices() -> None:
    prices = card("Item | Price\n\nCrate | EUR 12\n\nBarrel | EUR 44\n\nTotal | EUR 56").prices
    assert [p.item for p in prices] == ["Crate", "Barrel"]


def test_one_item_with_two_prices_is_not_guessed_at() -> None:
    text = "Item | Price\n\nCrate | EUR 12\n\nCrate | EUR 11\n\nBarrel | EUR 44"
    assert not [d for d in read(document(text)).drafts if d.kind == "rate_card"]


def test_a_rebate_counts_by_tier_as_a_volume_discount() -> None:
    extraction = read(
        document("The yearly bonus is 2% once turnover reaches EUR 100,000 and 5% from EUR 500,000 on.")
    )
    rows = [row for row in labels(extraction) if row["kind"] == "volume_discount"]
    assert [row["terms"] for row in rows] == [
        {"percent": 2.0, "threshold": 100000.0},
        {"percent": 5.0, "threshold": 500000.0},
    ]
    draft = next(d for d in extraction.drafts if isinstance(d.terms, Rebate))
    promises = of_terms(draft.terms, draft.span)
    assert [(p.kind, p.terms["percent"], p.terms["threshold"]) for p in promises] == [
        ("volume_discount", Decimal(2), Decimal(100000)),
        ("volume_discount", Decimal(5), Decimal(500000)),
    ]
