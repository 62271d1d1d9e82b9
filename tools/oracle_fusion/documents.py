"""From Oracle Fusion's orders and invoices to facts, pure.

A document is kept as it stands, and told as created and as it stands since its last change. Its holds have
a history of their own: with them an invoice is rebuilt as it was, held or not, at any time between.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from obligations.facts import Credit, Fact, FactData, Invoice, InvoiceLine, OrderLine, PurchaseOrder, Source
from obligations.quantities import Money
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact, start_of
from tools.kit.paging import Row
from tools.kit.periods import period_in
from tools.kit.values import count, day, decimal, only, tidy
from tools.kit.verbs import RawRecord
from tools.oracle_fusion.fields import among, children, flag, instant, of_kind, text, word

if TYPE_CHECKING:
    from tools.oracle_fusion.connector import OracleFusionSettings

Category = Literal["goods", "service", "tax", "freight", "fee", "other"]

PATHS = {
    "supplier": "suppliers",
    "purchase_order": "purchaseOrders",
    "invoice": "invoices",
    "payment": "payablesPayments",
    "receipt": "receivingTransactionsHistory",
}
IDS = {
    "supplier": "SupplierId",
    "purchase_order": "POHeaderId",
    "invoice": "InvoiceId",
    "payment": "CheckId",
    "receipt": "TransactionId",
}
_NAMES = {"payment": "Payee", "receipt": "VendorName"}
_CATEGORIES: dict[str, Category] = {
    "tax": "tax",
    "freight": "freight",
    "miscellaneous": "fee",
    "prepayment": "other",
    "withholding tax": "other",
}


def line_number(line: str, schedule: str) -> str:
    """What a schedule of an order's line is called: the first as the line itself, the others "1.2"."""
    return line if schedule in ("", "1") else f"{line}.{schedule}"


class Document:
    """One record. Every method raises Skippable or ValueError for a bad field."""

    def __init__(self, settings: OracleFusionSettings, system: str, raw: RawRecord) -> None:
        self.settings = settings
        self.raw = raw
        self.row: Row = raw.data.get("row") or {}
        self.zone = ZoneInfo(settings.zone)
        self._system = system

    def created(self) -> datetime:
        return instant(self.row.get("CreationDate")) or self.changed()

    def changed(self) -> datetime:
        if self.raw.updated_at is None:
            raise self.skip("it does not say when it changed")
        return self.raw.updated_at

    def versions(self, source: Source, told: list[tuple[datetime, FactData]], at: datetime) -> Iterator[Fact]:
        """What is told of one thing, oldest first; without `history` only the last of it."""
        hints = self.hints()
        for known_at, data in told if self.settings.history else told[-1:]:
            yield make_fact(source, data, at, known_at, hints)

    def hints(self, contract: str = "") -> Hints:
        name = text(self.row, _NAMES.get(self.raw.kind, "Supplier"))
        number = text(self.row, "SupplierNumber") if self.settings.party == "number" else ""
        return Hints(number or name, contract or self.contract())

    def contract(self) -> str:
        """The contract that the configured fields name: of the document, else of its lines if they agree."""
        fields = of_kind(self.settings.contract_fields, self.raw.kind, ())
        own = next((found for each in fields if (found := text(self.row, each))), "")
        lines = (*children(self.row, "lines"), *children(self.row, "invoiceLines"))
        return own or only(
            next((found for each in fields if (found := text(line, each))), "") for line in lines
        )

    def source(self, label: str, part: str = "") -> Source:
        record = f"{PATHS[self.raw.kind]}/{self.raw.id}" + (f"/{part}" if part else "")
        url = of_kind(self.settings.pages, self.raw.kind, "").replace("{id}", self.raw.id)
        return Source(system=self._system, record=record, url=url, label=label)

    def need(self, field: str) -> str:
        held = text(self.row, field)
        if not held:
            raise self.skip(f"{field} is empty")
        return held

    def day_needed(self, field: str) -> date:
        held = day(self.row.get(field))
        if held is None:
            raise self.skip(f"{field} is empty")
        return held

    def money(self, row: Row, field: str, currency: str) -> Money | None:
        held = decimal(row.get(field))
        return Money(amount=tidy(held), currency=currency) if held is not None else None

    def skip(self, what: str) -> Skippable:
        place = f"{PATHS.get(self.raw.kind, self.raw.kind)}/{self.raw.id}"
        return Skippable(self._system, what, place=place, remedy="Complete the document, or the settings.")


# -- orders -----------------------------------------------------------------------------------------


def order_facts(doc: Document) -> Iterator[Fact]:
    """An order, each schedule of its lines as a line; nothing for one that was not issued yet."""
    status = text(doc.row, "StatusCode") or text(doc.row, "Status")
    if among(status, doc.settings.unissued_statuses):
        return
    gone = among(status, doc.settings.cancelled_statuses)
    number, currency = doc.need("OrderNumber"), text(doc.row, "CurrencyCode") or doc.need("Currency")
    ordered_on = day(doc.row.get("OrderDate")) or doc.created().astimezone(doc.zone).date()
    lines = [part for row in children(doc.row, "lines") for part in _order_lines(doc, row, currency)]
    total = sum((amount for _, amount in lines), Decimal())
    if not lines:
        total = decimal(doc.row.get("Ordered")) or Decimal()
    left = total - sum((amount for line, amount in lines if line.cancelled_by), Decimal())
    now = PurchaseOrder(
        number=number,
        ordered_on=ordered_on,
        amount=Money(amount=tidy(left), currency=currency),
        contract_reference=doc.contract(),
        category=only(text(row, "Category") for row in children(doc.row, "lines")),
        cancelled_on=doc.changed().astimezone(doc.zone).date() if gone else None,
        lines=tuple(line for line, _ in lines),
    )
    then = now.model_copy(
        update={
            "amount": Money(amount=tidy(total), currency=currency),
            "cancelled_on": None,
            "lines": tuple(
                line.model_copy(update={"cancelled": Decimal(), "cancelled_by": ""}) for line in now.lines
            ),
        }
    )
    told: list[tuple[datetime, FactData]] = [(doc.changed(), now)]
    if doc.created() < doc.changed():
        told.insert(0, (doc.created(), then))
    yield from doc.versions(doc.source(number), told, start_of(ordered_on, doc.zone))


def _order_lines(doc: Document, row: Row, currency: str) -> Iterator[tuple[OrderLine, Decimal]]:
    """The schedules of a line with their totals; the line itself where none came with it."""
    schedules = children(row, "schedules")
    for part in schedules or [row]:
        ordered, price = decimal(part.get("Ordered")), decimal(row.get("Price"))
        quantity = decimal(part.get("Quantity"))
        if quantity is None:  # bought by amount: it is one
            quantity, price = Decimal(1), ordered if ordered is not None else price
        status = text(part, "StatusCode") or text(row, "StatusCode")
        gone = among(status, doc.settings.cancelled_statuses)
        line = OrderLine(
            number=line_number(text(row, "LineNumber"), text(part, "ScheduleNumber")),
            item=text(row, "Item") or text(row, "Description"),
            quantity=count(quantity, "Quantity"),
            unit=text(row, "UOM"),
            unit_price=Money(amount=tidy(price), currency=currency) if price is not None else None,
            requested_on=day(part.get("RequestedDeliveryDate")),
            promised_on=day(part.get("PromisedDeliveryDate")),
            cancelled=quantity if gone else Decimal(),
            cancelled_by="buyer" if gone else "",
            category=text(row, "Category"),
        )
        yield line, ordered if ordered is not None else (price or Decimal()) * quantity


# -- invoices ---------------------------------------------------------------------------------------


def invoice_facts(doc: Document) -> Iterator[Fact]:
    """An invoice in its versions, or a credit; nothing for drafts and for types that are left out."""
    kind = text(doc.row, "InvoiceType")
    if among(kind, doc.settings.ignored_types) or among(
        text(doc.row, "ValidationStatus"), doc.settings.draft_statuses
    ):
        return
    number, currency = doc.need("InvoiceNumber"), doc.need("InvoiceCurrency")
    gross = doc.money(doc.row, "InvoiceAmount", currency)
    if gross is None:
        raise doc.skip("InvoiceAmount is empty")
    invoiced_on = doc.day_needed("InvoiceDate")
    at, source = start_of(invoiced_on, doc.zone), doc.source(number)
    gone = flag(doc.row, "CanceledFlag") or bool(text(doc.row, "CanceledDate"))
    gone_on = (
        (day(doc.row.get("CanceledDate")) or doc.changed().astimezone(doc.zone).date()) if gone else None
    )
    if gross.amount < 0 or among(kind, doc.settings.credit_types):
        told: list[tuple[datetime, FactData]] = [(doc.created(), _credit(doc, number, gross, invoiced_on))]
        if gone:  # a cancelled memo takes nothing off any more
            nothing = Money(amount=Decimal(), currency=currency)
            told.append((doc.changed(), _credit(doc, number, nothing, invoiced_on)))
        yield from doc.versions(source, told, at)
        return
    yield from doc.versions(
        source, _held(doc, _bill(doc, number, gross, invoiced_on), gone_on if gone else None), at
    )


def _bill(doc: Document, number: str, gross: Money, invoiced_on: date) -> Invoice:
    lines = tuple(_lines(doc, gross.currency))
    taxes = [line.amount.amount for line in lines if line.category == "tax"]
    freight = sum((line.amount.amount for line in lines if line.category == "freight"), Decimal())
    tax = Money(amount=tidy(sum(taxes, Decimal())), currency=gross.currency) if taxes else None
    return Invoice(
        number=number,
        direction="payable",
        gross=gross,
        net=Money(amount=tidy(gross.amount - tax.amount), currency=gross.currency) if tax else None,
        tax=tax,
        freight=Money(amount=tidy(freight), currency=gross.currency) if freight else None,
        invoiced_on=invoiced_on,
        received_on=day(doc.row.get("InvoiceReceivedDate")),
        supplied_on=day(doc.row.get("GoodsReceivedDate")),
        period=_period(doc),
        order=text(doc.row, "PurchaseOrderNumber") or next((each.order for each in lines if each.order), ""),
        lines=lines,
    )


def _lines(doc: Document, currency: str) -> Iterator[InvoiceLine]:
    for row in children(doc.row, "invoiceLines"):
        if flag(row, "DiscardedFlag") or flag(row, "CanceledFlag"):
            continue
        amount, price = doc.money(row, "LineAmount", currency), doc.money(row, "UnitPrice", currency)
        if amount is None:
            raise doc.skip(f"line {text(row, 'LineNumber')} has no LineAmount")
        quantity = decimal(row.get("Quantity"))
        goods: Category = "goods" if quantity is not None else "service"
        yield InvoiceLine(
            number=text(row, "LineNumber"),
            item=text(row, "Item") or text(row, "ItemDescription") or text(row, "Description"),
            quantity=quantity if quantity is not None and quantity >= 0 else None,
            unit=text(row, "UOM"),
            unit_price=price,
            amount=amount,
            category=_CATEGORIES.get(word(text(row, "LineType")), goods),
            order=text(row, "PurchaseOrderNumber"),
            order_line=line_number(
                text(row, "PurchaseOrderLineNumber"), text(row, "PurchaseOrderScheduleLineNumber")
            ),
        )


def _held(doc: Document, bill: Invoice, gone_on: date | None) -> list[tuple[datetime, FactData]]:
    """The invoice each time it was held or let go, and as it stands since its last change."""
    holds = [_span(row) for row in doc.raw.data.get("holds") or []]
    first, last = doc.created(), doc.changed()
    moments = sorted({at for span in holds for at in span if at is not None and at > first})
    stands = any(flag(row, "HoldFlag") for row in children(doc.row, "invoiceInstallments")) or among(
        text(doc.row, "ApprovalStatus"), doc.settings.held_approvals
    )

    def at(moment: datetime) -> Invoice:
        held = any(began <= moment and (ended is None or ended > moment) for began, ended in holds)
        final = moment >= last
        update: dict[str, Any] = {"blocked": held or (final and stands)}
        return bill.model_copy(update={**update, "returned_on": gone_on if final else None})

    told: list[tuple[datetime, FactData]] = []
    for moment in sorted({first, *moments, max(first, last)}):
        version = at(moment)
        if not told or told[-1][1] != version or moment == last:
            told.append((moment, version))
    return told


def _span(hold: Row) -> tuple[datetime, datetime | None]:
    """From when to when a hold stood. A release without its time counts from the hold's last change."""
    began = instant(hold.get("HoldDate")) or instant(hold.get("CreationDate"))
    if began is None:
        raise ValueError(f"hold {text(hold, 'HoldId')} has no HoldDate")
    ended = instant(hold.get("ReleaseDate"))
    if ended is None and text(hold, "ReleaseName"):
        ended = instant(hold.get("LastUpdateDate")) or began
    return began, ended


def _credit(doc: Document, number: str, gross: Money, credited_on: date) -> Credit:
    """A credit or debit memo: its amounts are negative, it takes something off."""
    taxes = [line.amount.amount for line in _lines(doc, gross.currency) if line.category == "tax"]
    net = abs(gross.amount) - abs(sum(taxes, Decimal())) if taxes and gross.amount else None
    return Credit(
        number=number,
        amount=Money(amount=abs(gross.amount), currency=gross.currency),
        net=Money(amount=tidy(net), currency=gross.currency) if net is not None else None,
        credited_on=credited_on,
        period=_period(doc),
        reason=text(doc.row, "Description"),
        invoice=next((found for f in doc.settings.corrects_fields if (found := text(doc.row, f))), ""),
    )


def _period(doc: Document) -> str:
    """The service period that the configured fields or the lines name, where they agree on one."""
    texts = [text(doc.row, field) for field in doc.settings.period_fields]
    texts += [text(row, "Description") for row in children(doc.row, "invoiceLines")]
    return only(period_in(part) for part in texts if part)
