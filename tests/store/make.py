"""Small nouns for the store's tests."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from obligations.document import Chunk, Document, Page, Span
from obligations.facts import Fact, Invoice, Source
from obligations.model import (
    Action,
    Assessment,
    Contract,
    DatedTerms,
    Obligation,
    Occurrence,
    Outcome,
    Party,
)
from obligations.quantities import Money
from obligations.terms import PaymentDue
from store import ReadContract, Store

NOW = datetime(2026, 11, 10, 11, tzinfo=UTC)
TEXT = "Invoices are payable within thirty (30) days after receipt."


def party(key: str) -> Party:
    return Party(id=key, name=key.title())


def contract(key: str, counterparty: str, unit: str) -> Contract:
    return Contract(
        id=key, title=f"Agreement {key}", type="msa", counterparty=counterparty, business_unit=unit
    )


def document(key: str, text: str = TEXT) -> Document:
    return Document(
        id=f"d-{key}",
        name=f"{key}.txt",
        media_type="text/plain",
        text=text,
        pages=(Page(number=1, start=0, end=len(text)),),
    )


def obligation(key: str, contract_id: str, within: str = "P30D") -> Obligation:
    span = Span(document_id=f"d-{contract_id}", start=0, end=len(TEXT), quote=TEXT)
    terms = PaymentDue(within=within, starts="invoice_receipt")  # type: ignore[arg-type]
    return Obligation(
        id=key,
        contract=contract_id,
        kind="payment_due",
        debtor="us",
        creditor="acme",
        terms=(DatedTerms(terms=terms, span=span, contract=contract_id),),
    )


def ingest(store: Store, key: str, counterparty: str, unit: str, *obligations: Obligation) -> None:
    chunk = Chunk(id=f"c-{key}", document_id=f"d-{key}", start=0, end=len(TEXT), text=TEXT)
    store.put_party(party(counterparty), by="t", at=NOW)
    read = ReadContract([chunk], obligations or [obligation(f"o-{key}", key)])
    store.put_reading(contract(key, counterparty, unit), document(key), b"bytes", read, by="t", at=NOW)


def fact(key: str, party_id: str | None, contract_id: str | None = None, *, minutes: int = 0) -> Fact:
    at = NOW - timedelta(days=1) + timedelta(minutes=minutes)
    data = Invoice(
        number=key,
        direction="payable",
        gross=Money(amount=Decimal("119.00"), currency="EUR"),
        invoiced_on=date(2026, 11, 9),
    )
    source = Source(system="sap_s4hana", record=key)
    return Fact(
        id=f"f-{key}-{minutes}",
        source=source,
        occurred_at=at,
        known_at=at,
        data=data,
        party=party_id,
        contract=contract_id,
    )


def assessment(key: str, contract_id: str, outcome: Outcome, as_of: datetime = NOW) -> Assessment:
    return Assessment(
        id=key,
        obligation=f"o-{contract_id}",
        contract=contract_id,
        kind="payment_due",
        occurrence=Occurrence(key=key, label=key, counts_on=NOW.date()),
        outcome=outcome,
        as_of=as_of,
        known_at=as_of,
    )


def action(reference: str, contract_id: str = "A") -> Action:
    return Action(
        id=f"a-{reference}",
        system="servicenow",
        verb="comment",
        target="INC1",
        payload={"text": "late"},
        reference=reference,
        reason="breach",
        contract=contract_id,
        proposed_at=NOW,
        proposed_by="t",
    )
