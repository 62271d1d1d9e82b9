"""From the records of Ariba's reporting to facts, pure: orders, invoices, receipts, payments.

A report tells a document's present state only. What the document itself proves is told twice: as it was
when it was made, without an end that came later, and as it stands since its last change. A changed order
is a document of its own there; its versions are one order here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from obligations.facts import (
    Credit,
    Delivery,
    Fact,
    FactData,
    Invoice,
    InvoiceLine,
    Milestone,
    MilestoneEvent,
    OrderLine,
    Payment,
    PurchaseOrder,
    Source,
)
from obligations.quantities import Money
from tools.ariba.fields import day, inner, instant, money, rows, service_period, text
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact, start_of
from tools.kit.paging import Row
from tools.kit.values import count, decimal, only, tidy
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.ariba.settings import AribaSettings

_VERSION = re.compile(r"-V\d+$")
_CANCELLED = ("Canceled", "Cancelled")


class Document:
    """One record of a report. Every method raises Skippable or ValueError for a bad field."""

    def __init__(self, settings: AribaSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._raw = raw
        self._row: Row = raw.data.get("row") or {}
        self._zone = ZoneInfo(settings.zone)

    def facts(self) -> tuple[Fact, ...]:
        """What the record says, oldest version first; nothing for contracts and for what is not issued."""
        found: dict[str, Callable[[], Iterator[Fact]]] = {
            "purchase_order": self._order,
            "invoice": self._invoice,
            "receipt": self._receipt,
            "payment": self._payment,
        }
        return tuple(found[self._raw.kind]()) if self._raw.kind in found else ()

    # -- orders -------------------------------------------------------------------------------------

    def _order(self) -> Iterator[Fact]:
        row, status = self._row, text(self._row, "StatusString")
        if status in self._settings.unissued_statuses:
            return
        number = text(row, "OrderID") or _VERSION.sub("", text(row, "InitialUniqueName", "UniqueName"))
        ordered_at = instant(row.get("OrderedDate")) or self._created()
        ordered_on = day(row.get("OrderedDate"), self._zone) or ordered_at.astimezone(self._zone).date()
        lines = [self._order_line(each) for each in rows(row, "LineItems")]
        cancelled = status in _CANCELLED
        now = PurchaseOrder(
            number=number or self._fail("OrderID"),
            ordered_on=ordered_on,
            amount=money(row.get("TotalCost")) or self._sum(),
            contract_reference=self._contract(),
            category=only(text(each, "CommodityCode") for each in rows(row, "LineItems")),
            cancelled_on=self._changed().astimezone(self._zone).date() if cancelled else None,
            lines=tuple(lines),
        )
        then = now.model_copy(update={"cancelled_on": None})
        superseded = row.get("Active") is False and text(row, "NextVersion")
        source = self._source(f"purchase_order/{number}", number)
        hints = self._hints(now.contract_reference)
        if superseded or self._settings.history:
            yield make_fact(source, then, ordered_at, ordered_at, hints)
        if not superseded and (not self._settings.history or cancelled or self._changed() > ordered_at):
            yield make_fact(source, now, ordered_at, self._changed(), hints)

    def _sum(self) -> Money:
        """What all lines together come to, where the order does not say it."""
        amounts = [held for each in rows(self._row, "LineItems") if (held := money(each.get("Amount")))]
        currencies = {held.currency for held in amounts}
        if len(currencies) != 1:
            raise self._skip("no total, and lines without one currency")
        total = sum((held.amount for held in amounts), Decimal())
        return Money(amount=tidy(total), currency=currencies.pop())

    def _order_line(self, row: Row) -> OrderLine:
        price = inner(row, "Description.Price")
        return OrderLine(
            number=text(row, "NumberInCollection", "Numberincollection"),
            item=text(row, "Description.SupplierPartNumber", "Description.Description"),
            quantity=count(decimal(row.get("Quantity")) or Decimal(1), "Quantity"),
            unit=text(row, "Description.UnitOfMeasure"),
            unit_price=money(price),
            requested_on=day(row.get("NeedBy"), self._zone),
            category=text(row, "CommodityCode"),
        )

    # -- invoices -----------------------------------------------------------------------------------

    def _invoice(self) -> Iterator[Fact]:
        row, status = self._row, text(self._row, "StatusString")
        if status in self._settings.draft_statuses:
            return
        number = text(row, "InvoiceNumber") or self._fail("InvoiceNumber")
        gross = money(row.get("TotalInvoiced")) or money(row.get("TotalCost"))
        invoiced_on = day(row.get("InvoiceDate"), self._zone)
        if gross is None or invoiced_on is None:
            raise self._skip("no total or no InvoiceDate")
        occurred_at = start_of(invoiced_on, self._zone)
        source = self._source(f"invoice/{text(row, 'UniqueName')}", number)
        hints = self._hints(self._contract())
        purpose = text(row, "InvoicePurpose").casefold()
        if "credit" in purpose or gross.amount < 0:
            yield make_fact(
                source, self._credit(number, gross, invoiced_on), occurred_at, self._changed(), hints
            )
            return
        now = self._bill(number, gross, invoiced_on, status)
        then = now.model_copy(update={"blocked": False, "returned_on": None})
        yield from self._versions(source, then, now, occurred_at, hints)

    def _bill(self, number: str, gross: Money, invoiced_on: date, status: str) -> Invoice:
        row = self._row
        tax = money(row.get("TotalTax")) or money(row.get("TaxAmount"))
        net = money(row.get("TotalInvoicedLessTax"))
        if net is None and tax is not None:
            net = Money(amount=tidy(gross.amount - tax.amount), currency=gross.currency)
        held_till = instant(row.get("HoldTillDate"))
        lines = tuple(self._line(each) for each in rows(row, "LineItems"))
        returned = status in self._settings.returned_statuses
        rejected_on = day(row.get("RejectedDate"), self._zone)
        return Invoice(
            number=number,
            direction="payable",
            gross=gross,
            net=net,
            tax=tax,
            invoiced_on=invoiced_on,
            received_on=self._created().astimezone(self._zone).date(),
            returned_on=(rejected_on or self._changed().astimezone(self._zone).date()) if returned else None,
            period=self._period(),
            order=text(row, "Order") or only(line.order for line in lines),
            blocked=held_till is not None and held_till > self._changed(),
            lines=lines,
        )

    def _line(self, row: Row) -> InvoiceLine:
        amount = money(row.get("Amount"))
        if amount is None:
            raise self._skip(f"line {text(row, 'InvoiceLineNumber', 'NumberInCollection')} has no amount")
        quantity = decimal(row.get("Quantity"))
        kind = self._settings.line_categories.get(text(row, "Category"))
        return InvoiceLine(
            number=text(row, "InvoiceLineNumber", "NumberInCollection"),
            item=text(row, "Description.SupplierPartNumber", "Description.Description"),
            # A line that takes something back has a negative amount; its quantity is not one of goods.
            quantity=quantity if quantity is not None and quantity >= 0 else None,
            unit=text(row, "Description.UnitOfMeasure"),
            unit_price=money(inner(row, "Description.Price")),
            amount=amount,
            category=kind or "goods",
            supplied_on=day(row.get("ReferenceDate"), self._zone),
            order=text(row, "Order", "SupplierOrderInfo.OrderNumber"),
            order_line=text(row, "OrderLineItem.NumberInCollection", "OrderLineNumber"),
        )

    def _credit(self, number: str, gross: Money, credited_on: date) -> Credit:
        """A credit memo. Ariba writes its amounts with either sign; it always takes something off."""
        net = money(self._row.get("TotalInvoicedLessTax"))
        return Credit(
            number=number,
            amount=Money(amount=abs(gross.amount), currency=gross.currency),
            net=Money(amount=abs(net.amount), currency=net.currency) if net else None,
            credited_on=credited_on,
            period=self._period(),
            reason=text(self._row, "InvoicePurpose"),
        )

    def _period(self) -> str:
        """The service period that the header states, else the one on which its lines agree."""
        stated = service_period(self._row.get("ServicePeriod"), self._zone)
        lines = rows(self._row, "LineItems")
        return stated or only(service_period(each.get("ServicePeriod"), self._zone) for each in lines)

    # -- receipts -----------------------------------------------------------------------------------

    def _receipt(self) -> Iterator[Fact]:
        """A delivery for each item that was received; a milestone beside it where the item is one."""
        if text(self._row, "StatusString") in self._settings.pending_statuses:
            return
        number = text(self._row, "UniqueName") or self._fail("UniqueName")
        for index, item in enumerate(rows(self._row, "ReceiptItems"), 1):
            line = text(item, "LineItem.NumberInCollection", "NumberInCollection") or str(index)
            order = text(self._row, "Order") or text(item, "ERPPONumber")
            delivery = self._delivery(item, number, order, line)
            source = self._source(f"receipt/{number}/{line}", number)
            received_on = delivery.delivered_on
            occurred_at = start_of(received_on, self._zone) if received_on else self._created()
            yield make_fact(source, delivery, occurred_at, self._changed(), self._hints(self._contract()))
            if item.get("IsMilestone") is True:
                yield self._milestone(item, f"{order} {line}".strip(), source)

    def _delivery(self, item: Row, number: str, order: str, line: str) -> Delivery:
        """What was accepted, in units, else in money; what was taken back is negative there."""
        quantity, unit = decimal(item.get("NumberAccepted")), text(item, "UnitOfMeasure")
        if quantity is None or (quantity == 0 and inner(item, "AmountAccepted.Amount")):
            accepted = money(item.get("AmountAccepted"))
            if accepted is None:
                raise self._skip(f"item {line} accepts neither units nor an amount")
            quantity, unit = accepted.amount, accepted.currency
        stated = (self._row.get(name) for name in self._settings.received_fields)
        received = item.get("Date") or next((held for held in stated if held), None)
        return Delivery(
            number=number,
            order=order,
            order_line=line,
            item=text(item, "LineItem.Description.Description", "Description.Description"),
            quantity=max(quantity, Decimal()),
            unit=unit,
            delivered_on=day(received, self._zone),
            returned=max(-quantity, Decimal()),
        )

    def _milestone(self, item: Row, name: str, source: Source) -> Fact:
        on = day(item.get("MilestoneCompletionDate"), self._zone)
        done = item.get("IsMilestoneComplete") is True and on is not None
        events = (MilestoneEvent(on=on, change="completed"),) if done and on else ()
        at = start_of(on, self._zone) if on else self._created()
        milestone = Milestone(name=name, amount=money(item.get("AmountAccepted")), events=events)
        return make_fact(source, milestone, at, self._changed(), self._hints(self._contract()))

    # -- payments -----------------------------------------------------------------------------------

    def _payment(self) -> Iterator[Fact]:
        """A payment that was made. Planned ones, and those of credit memos, give nothing."""
        row, names = self._row, self._settings.payments
        amount = self._sum_paid(names.amount)
        paid_on = next((on for name in names.paid_on if (on := day(row.get(name), self._zone))), None)
        paid = text(row, *names.status) in self._settings.paid_statuses
        if not paid or paid_on is None or amount is None or amount.amount <= 0:
            return
        discount = self._sum_paid(names.discount)
        invoice = text(row, *names.invoice) or self._fail(names.invoice[0])
        payment = Payment(
            invoice=invoice,
            amount=amount,
            paid_on=paid_on,
            direction="payable",
            discount=discount if discount and discount.amount else None,
        )
        source = self._source(f"payment/{text(row, *names.id)}", invoice)
        hints = self._hints(self._contract())
        yield make_fact(source, payment, start_of(paid_on, self._zone), self._changed(), hints)

    def _sum_paid(self, names: Sequence[str]) -> Money | None:
        """The first filled sum: with its currency, or a figure in the currency that stands beside it."""
        for name in names:
            held = self._row.get(name)
            if isinstance(held, dict):
                return money(held)
            amount = decimal(held)
            if amount is not None:
                currency = text(self._row, "OrigCurrencyCode") or self._fail("OrigCurrencyCode")
                return Money(amount=tidy(amount), currency=currency)
        return None

    # -- shared -------------------------------------------------------------------------------------

    def _versions(
        self, source: Source, then: FactData, now: FactData, at: datetime, hints: Hints
    ) -> Iterator[Fact]:
        """The document as made, where that is told and differs in time, and as it stands."""
        if self._settings.history and self._created() < self._changed():
            yield make_fact(source, then, at, self._created(), hints)
        yield make_fact(source, now, at, self._changed(), hints)

    def _contract(self) -> str:
        """The contract that the document or its lines name, where they agree on one."""
        lines, names = rows(self._row, "LineItems"), self._settings.agreement_fields
        return text(self._row, *names) or only(text(each, *names) for each in lines)

    def _hints(self, contract: str) -> Hints:
        return Hints(text(self._row, *self._settings.party_fields), contract)

    def _source(self, record: str, label: str) -> Source:
        return Source(system=self._system, record=record, label=label)

    def _created(self) -> datetime:
        stated = (instant(self._row.get(name)) for name in ("TimeCreated", "CreateDate"))
        return next((held for held in stated if held is not None), None) or self._changed()

    def _changed(self) -> datetime:
        if self._raw.updated_at is None:
            raise self._skip("it does not say when it changed")
        return self._raw.updated_at

    def _fail(self, field: str) -> str:
        raise self._skip(f"{field} is empty")

    def _skip(self, what: str) -> Skippable:
        place = f"{self._raw.kind}/{self._raw.id}"
        return Skippable(self._system, what, place=place, remedy="Complete the document, or its view.")
