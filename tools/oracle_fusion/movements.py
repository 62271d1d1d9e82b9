"""From Oracle Fusion's payments and receiving transactions to facts, pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal

from obligations.facts import Delivery, Fact, FactData, Payment
from obligations.quantities import Money
from tools.kit.facts import start_of
from tools.kit.paging import Row
from tools.kit.values import day, decimal, tidy
from tools.oracle_fusion.documents import Document, line_number
from tools.oracle_fusion.fields import among, children, instant, text

CORRECTS = "CORRECT"


def type_of(row: Row) -> str:
    """What a receiving transaction is: its code, which does not depend on a language."""
    return text(row, "TransactionTypeCode") or text(row, "TransactionType")


def payment_facts(doc: Document) -> Iterator[Fact]:
    """What a payment settled: one fact for each invoice. A voided one settled nothing since it was voided."""
    paid_on = doc.day_needed("PaymentDate")
    voided = bool(text(doc.row, "VoidDate")) or among(
        text(doc.row, "PaymentStatus"), doc.settings.voided_statuses
    )
    settled = next((found for f in doc.settings.settled_fields if (found := day(doc.row.get(f)))), None)
    for row in children(doc.row, "relatedInvoices"):
        amount, currency = decimal(row.get("AmountPaidInvoiceCurrency")), text(row, "InvoiceCurrency")
        if amount is None or not currency:
            amount, currency = decimal(row.get("AmountPaidPaymentCurrency")), doc.need("PaymentCurrency")
        number = text(row, "InvoiceNumber")
        if amount is None or not number:
            raise doc.skip("an invoice it pays has no number or no amount")
        discount = doc.money(row, "DiscountTaken", currency)
        sent = Payment(
            invoice=number,
            amount=Money(amount=tidy(amount), currency=currency),
            paid_on=paid_on,
            direction="payable",
            discount=discount if discount and discount.amount else None,
        )
        known_at = instant(row.get("CreationDate")) or doc.created()
        now = sent.model_copy(update={"settled_on": settled})
        if voided:
            nothing = Money(amount=Decimal(), currency=currency)
            now = sent.model_copy(update={"amount": nothing, "discount": None})
        told: list[tuple[datetime, FactData]] = [(known_at, sent)]
        if now != sent:
            told.append((max(doc.changed(), known_at), now))
        label = text(doc.row, "PaymentNumber") or doc.raw.id
        part = text(row, "InvoicePaymentId") or f"{text(row, 'InvoiceId')}-{text(row, 'InstallmentNumber')}"
        yield from doc.versions(doc.source(label, part), told, start_of(paid_on, doc.zone))


def receipt_facts(doc: Document) -> Iterator[Fact]:
    """Goods received or sent back, again after each correction; other transactions move goods inside."""
    kind = type_of(doc.row)
    back = among(kind, doc.settings.returned_types)
    if not back and not among(kind, doc.settings.received_types):
        return
    received_at = instant(doc.row.get("TransactionDate"))
    if received_at is None:
        raise doc.skip("TransactionDate is empty")
    quantity = _quantity(doc, doc.row)
    local = received_at.astimezone(doc.zone)
    first = Delivery(
        number=doc.raw.id,
        order=text(doc.row, "PONumber"),
        order_line=line_number(text(doc.row, "POLineNumber"), text(doc.row, "POShipmentNumber")),
        item=text(doc.row, "ItemNumber") or text(doc.row, "ItemDescription"),
        quantity=Decimal() if back else quantity,
        returned=quantity if back else Decimal(),
        unit=text(doc.row, "UnitOfMeasure") or text(doc.row, "UOMCode"),
        delivered_on=local.date(),
        delivered_at=received_at if _tells_hour(received_at, local) else None,
    )
    told: list[tuple[datetime, FactData]] = [(doc.created(), first)]
    corrections = [(_corrected_at(row), _signed(doc, row)) for row in doc.raw.data.get("corrections") or []]
    for at, change in sorted(corrections):
        quantity = max(quantity + change, Decimal())
        field = "returned" if back else "quantity"
        told.append((max(at, told[-1][0]), first.model_copy(update={field: quantity})))
    label = text(doc.row, "ReceiptNumber") or doc.raw.id
    yield from doc.versions(doc.source(label), told, received_at)


def _tells_hour(moment: datetime, local: datetime) -> bool:
    """Does it tell an hour? A day alone is written as its first instant, here or by the world's clock."""
    return time() not in (moment.time(), local.time())


def _quantity(doc: Document, row: Row) -> Decimal:
    """How much, in the transaction's unit; a service received by amount counts its money."""
    held = decimal(row.get("Quantity"))
    held = held if held is not None else decimal(row.get("Amount"))
    if held is None:
        raise doc.skip("neither Quantity nor Amount is filled")
    return abs(held)


def _signed(doc: Document, row: Row) -> Decimal:
    held = decimal(row.get("Quantity"))
    held = held if held is not None else decimal(row.get("Amount"))
    if held is None:
        raise doc.skip(f"correction {text(row, 'TransactionId')} has no quantity")
    return held


def _corrected_at(row: Row) -> datetime:
    at = instant(row.get("CreationDate")) or instant(row.get("TransactionDate"))
    if at is None:
        raise ValueError(f"correction {text(row, 'TransactionId')} has no date")
    return at
