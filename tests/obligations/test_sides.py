"""On which side of a contract we are."""

import pytest

from obligations.document import Span
from obligations.model import Contract, DatedTerms, Obligation
from obligations.sides import we_sell, we_sell_by
from obligations.terms import PaymentDue, Terms, Warranty


def contract(key: str, *, role: str = "", kind: str = "msa", parent: str | None = None) -> Contract:
    return Contract(id=key, title=key, type=kind, our_role=role, parent=parent)


@pytest.mark.parametrize(
    ("held", "sells"),
    [
        ([contract("c", role="Supplier")], True),
        ([contract("c", role="Buyer")], False),
        ([contract("c", kind="sales")], True),
        ([contract("c", role="Company")], None),
        ([contract("c", parent="m"), contract("m", role="Licensor")], True),
        ([contract("c", role="Customer", parent="m"), contract("m", role="Licensor")], False),
        ([contract("c", parent="m"), contract("m", parent="c")], None),
        ([], None),
    ],
)
def test_by_role_type_and_the_contract_above(held: list[Contract], sells: bool | None) -> None:
    assert we_sell("c", {each.id: each for each in held}) is sells


def promise(terms: Terms, debtor: str, creditor: str) -> Obligation:
    span = Span(document_id="d", start=0, end=1, quote="x")
    dated = (DatedTerms(terms=terms, span=span, contract="c"),)
    return Obligation(id="o", contract="c", kind=terms.kind, debtor=debtor, creditor=creditor, terms=dated)


def test_whoever_owes_a_payment_buys() -> None:
    payment = PaymentDue.model_validate({"within": "P30D"})
    assert we_sell_by(promise(payment, "us", "them"), "us") is False
    assert we_sell_by(promise(payment, "them", "us"), "us") is True
    assert we_sell_by(promise(payment, "them", "others"), "us") is None
    assert we_sell_by(promise(payment, "us", "them"), None) is None
    assert we_sell_by(promise(Warranty.model_validate({"within": "P1Y"}), "us", "them"), "us") is None
