"""From Coupa's documents to facts, pure: orders, invoices with their payments, receipts, contracts.

Coupa keeps a document's present state only. What the document itself proves is told twice: as it was when
it was created, without a hold or an end that came later, and as it stands since its last change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
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
from tools.coupa.contracts import contract_number
from tools.coupa.fields import inner, instant, only_day, rows, text, told
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact, start_of
from tools.kit.paging import Row
from tools.kit.periods import period_in
from tools.kit.values import count, day, decimal, only, tidy
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.coupa.connector import CoupaSettings

Category = Literal["goods", "service", "tax", "freight", "fee", "other"]

PATHS = {
    "supplier": "suppliers",
    "contract": "contracts",
    "purchase_order": "purchase_orders",
    "invoice": "invoices",
    "receipt": "receiving_transactions",
}
_CHARGES: dict[str, Category] = {
    "InvoiceShippingCharge": "freight",
    "InvoiceHandlingCharge": "fee",
    "InvoiceMiscCharge": "other",
    "InvoiceTaxCharge": "tax",
}
_RECEIVED = ("InventoryReceipt", "ReceivingQuantityConsumption", "ReceivingAmountConsumption")
_RETURNED = ("ReceivingQuantityReturnToSupplier", "ReceivingAmountReturnToSupplier")


class Document:
    """One document. Every method raises Skippable or ValueError for a bad field."""

    def __init__(self, settings: CoupaSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._raw = raw
        self._row: Row = raw.data.get("row") or {}
        self._zone = ZoneInfo(settings.zone)

    def facts(self) -> tuple[Fact, ...]:
        """What the document says, oldest version first; nothing for suppliers, contracts and drafts."""
        found: dict[str, Callable[[], Iterator[Fact]]] = {
            "purchase_order": self._order,
            "invoice": self._invoice,
            "receipt": self._receipt,
        }
        return tuple(found[self._raw.kind]()) if self._raw.kind in found else ()

    # -- orders -------------------------------------------------------------------------------------

    def _order(self) -> Iterator[Fact]:
        status = text(self._row, "status")
        if status in self._settings.unissued_statuses:
            return
        number = self._need("po-number")
        ordered_on = self._created().astimezone(self._zone).date()
        currency = self._currency(self._row)
        lines = [self._order_line(row, currency) for row in rows(self._row, "order-lines")]
        total = sum((total for _, total in lines), Decimal())
        left = sum((total for line, total in lines if not line.cancelled_by), Decimal())
        now = PurchaseOrder(
            number=number,
            ordered_on=ordered_on,
            amount=Money(amount=tidy(left), currency=currency),
            contract_reference=self._contract("order-lines"),
            category=only(text(row, "commodity.name") for row in rows(self._row, "order-lines")),
            cancelled_on=self._changed_on() if status in ("cancelled", "canceled") else None,
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
        hints = self._hints(now.contract_reference)
        yield from self._versions(number, then, now, start_of(ordered_on, self._zone), hints)
        yield from self._milestones(number, currency, hints)

    def _milestones(self, number: str, currency: str, hints: Hints) -> Iterator[Fact]:
        """Milestones of the order and its lines, as they stand."""
        held = [
            row for line in (self._row, *rows(self._row, "order-lines")) for row in rows(line, "milestones")
        ]
        for row in held:
            changed_at = instant(row.get("updated-at")) or self._changed()
            done = text(row, "status") in self._settings.milestone_done
            on = changed_at.astimezone(self._zone).date()
            amount = decimal(row.get("amount"))
            milestone = Milestone(
                name=text(row, "external-reference-code") or text(row, "description") or text(row, "id"),
                planned_on=day(row.get("due-date")),
                amount=Money(amount=tidy(amount), currency=currency) if amount is not None else None,
                events=(MilestoneEvent(on=on, change="completed"),) if done else (),
            )
            yield self._part(number, f"milestones/{text(row, 'id')}", milestone, changed_at, hints)

    def _order_line(self, row: Row, currency: str) -> tuple[OrderLine, Decimal]:
        """A line and its total. A line bought by amount has no quantity: it is one."""
        price = decimal(row.get("price"))
        quantity = decimal(row.get("quantity"))
        total = decimal(row.get("total"))
        if quantity is None:
            quantity, price = Decimal(1), total if total is not None else price
        if total is None:
            total = (price or Decimal()) * quantity
        gone = text(row, "status") in ("cancelled", "canceled")
        line = OrderLine(
            number=text(row, "line-num"),
            item=text(row, "source-part-num") or text(row, "item.name") or text(row, "description"),
            quantity=count(quantity, "quantity"),
            unit=text(row, "uom.code"),
            unit_price=Money(amount=tidy(price), currency=currency) if price is not None else None,
            requested_on=day(row.get("need-by-date")),
            promised_on=only_day(rows(row, "supplier-schedule-lines"), "delivery-date"),
            cancelled=quantity if gone else Decimal(),
            cancelled_by="buyer" if gone else "",
            category=text(row, "commodity.name"),
        )
        return line, total

    # -- invoices -----------------------------------------------------------------------------------

    def _invoice(self) -> Iterator[Fact]:
        status = text(self._row, "status")
        if status in self._settings.draft_statuses:
            return
        number = self._need("invoice-number")
        currency = self._currency(self._row)
        gross = self._gross(currency)
        invoiced_on = self._day_needed("invoice-date")
        hints = self._hints(self._contract("invoice-lines"))
        occurred_at = start_of(invoiced_on, self._zone)
        if text(self._row, "document-type") == "Credit Note" or self._row.get("is-credit-note") is True:
            credit = self._credit(number, gross, invoiced_on)
            yield from self._versions(number, credit, credit, occurred_at, hints)
            return
        now = self._bill(number, gross, invoiced_on, status)
        then = now.model_copy(update={"blocked": False, "returned_on": None})
        yield from self._versions(number, then, now, occurred_at, hints)
        yield from self._payments(number, gross, hints)

    def _bill(self, number: str, gross: Money, invoiced_on: date, status: str) -> Invoice:
        tax = self._tax(gross.currency)
        freight = decimal(self._row.get("shipping-amount"))
        lines = (*self._lines(gross.currency), *self._charges(gross.currency))
        return Invoice(
            number=number,
            direction="payable",
            gross=gross,
            net=Money(amount=tidy(gross.amount - tax.amount), currency=gross.currency) if tax else None,
            tax=tax,
            freight=Money(amount=tidy(freight), currency=gross.currency) if freight else None,
            invoiced_on=invoiced_on,
            received_on=day(self._row.get("date-received")),
            supplied_on=day(self._row.get("delivery-date")),
            returned_on=self._changed_on() if status in self._settings.returned_statuses else None,
            period=self._period(),
            order=next((line.order for line in lines if line.order), ""),
            blocked=status in self._settings.held_statuses,
            lines=lines,
        )

    def _lines(self, currency: str) -> Iterator[InvoiceLine]:
        for row in rows(self._row, "invoice-lines"):
            price, quantity = decimal(row.get("price")), decimal(row.get("quantity"))
            total = decimal(row.get("total"))
            if total is None:
                if price is None:
                    raise self._skip(f"line {text(row, 'line-num')} has no total and no price")
                total = price * (quantity if quantity is not None else 1)
            # A line that takes something back has a negative amount; its quantity is not one of goods.
            counted = quantity if quantity is not None and quantity >= 0 else None
            yield InvoiceLine(
                number=text(row, "line-num"),
                item=text(row, "item.name") or text(row, "description"),
                quantity=counted,
                unit=text(row, "uom.code"),
                unit_price=Money(amount=tidy(price), currency=currency) if price is not None else None,
                amount=Money(amount=tidy(total), currency=currency),
                category="goods" if quantity is not None else "service",
                supplied_on=day(row.get("original-date-of-supply")),
                order=text(row, "po-number") or text(row, "order-header-num"),
                order_line=text(row, "order-line-num"),
            )

    def _charges(self, currency: str) -> Iterator[InvoiceLine]:
        for row in rows(self._row, "invoice-charges"):
            total = decimal(row.get("total"))
            if total is not None:
                yield InvoiceLine(
                    number=text(row, "line-num"),
                    item=text(row, "description"),
                    amount=Money(amount=tidy(total), currency=currency),
                    category=_CHARGES.get(text(row, "type"), "other"),
                )

    def _credit(self, number: str, gross: Money, credited_on: date) -> Credit:
        """A credit note. Coupa writes its amounts with either sign; it always takes something off."""
        tax = self._tax(gross.currency)
        net = abs(gross.amount) - abs(tax.amount) if tax else None
        return Credit(
            number=number,
            amount=Money(amount=abs(gross.amount), currency=gross.currency),
            net=Money(amount=tidy(net), currency=gross.currency) if net is not None else None,
            credited_on=credited_on,
            period=self._period(),
            reason=text(self._row, "credit-reason"),
            invoice=text(self._row, "original-invoice-number"),
        )

    def _payments(self, number: str, gross: Money, hints: Hints) -> Iterator[Fact]:
        """What was paid: each payment of the list; without one, all of an invoice marked as paid."""
        listed = rows(self._row, "payments")
        for row in listed:
            amount = decimal(row.get("amount-paid"))
            paid_on = day(row.get("payment-date"))
            if amount is None or paid_on is None:
                raise self._skip(f"payment {text(row, 'id')} has no amount or no date")
            known_at = instant(row.get("created-at")) or self._changed()
            payment = _payment(number, amount, gross.currency, paid_on)
            yield self._part(number, f"payments/{text(row, 'id')}", payment, known_at, hints)
        paid_on = day(self._row.get("payment-date"))
        if not listed and self._row.get("paid") in (True, "true") and paid_on is not None:
            payment = _payment(number, gross.amount, gross.currency, paid_on)
            yield self._part(number, "paid", payment, self._changed(), hints)

    def _part(self, label: str, part: str, data: Payment | Milestone, at: datetime, hints: Hints) -> Fact:
        """A fact about a part of the document, known since `at`."""
        source = self._source(label)
        source = source.model_copy(update={"record": f"{source.record}/{part}"})
        on = data.paid_on if isinstance(data, Payment) else data.planned_on
        return make_fact(source, data, start_of(on, self._zone) if on else at, at, hints)

    def _gross(self, currency: str) -> Money:
        for field in self._settings.gross_fields:
            amount = decimal(self._row.get(field))
            if amount is not None:
                return Money(amount=tidy(amount), currency=currency)
        raise self._skip(f"none of {', '.join(self._settings.gross_fields)} is filled")

    def _tax(self, currency: str) -> Money | None:
        """The tax of the header, else that of all lines together; None where neither says it."""
        tax = decimal(self._row.get("tax-amount"))
        if tax is None:
            stated = [decimal(row.get("tax-amount")) for row in rows(self._row, "invoice-lines")]
            if not stated or any(part is None for part in stated):
                return None
            tax = sum((part for part in stated if part is not None), Decimal())
        return Money(amount=tidy(tax), currency=currency)

    def _period(self) -> str:
        """The service period that notes or lines name, where they agree on one."""
        texts = [text(self._row, field) for field in self._settings.period_fields]
        texts += [text(row, "description") for row in rows(self._row, "invoice-lines")]
        return only(period_in(part) for part in texts if part)

    # -- receipts -----------------------------------------------------------------------------------

    def _receipt(self) -> Iterator[Fact]:
        """Goods received, sent back, or a receipt taken back: then the first record counts nothing."""
        kind = text(self._row, "type")
        voids = kind.startswith("Void")
        kind = kind.removeprefix("Void")
        if kind not in (*_RECEIVED, *_RETURNED):
            return
        original = text(self._row, "original-transaction-id") or text(self._row, "original-transaction.id")
        number = (original if voids else "") or text(self._row, "id")
        quantity, unit = self._quantity()
        gone = Decimal() if voids else quantity - min(self._voided(), quantity)
        received_at = instant(self._row.get("transaction-date"))
        line: Row = held if isinstance(held := self._row.get("order-line"), dict) else {}
        delivered_on = self._day_needed("transaction-date")
        now = Delivery(
            number=number,
            order=text(line, "order-header-number") or text(line, "order-header-id"),
            order_line=text(line, "line-num"),
            item=text(self._row, "item.name") or text(line, "description"),
            quantity=gone if kind in _RECEIVED else Decimal(),
            unit=unit,
            shipped_on=day(inner(self._row, "asn-header.ship-date")),
            delivered_on=delivered_on,
            delivered_at=received_at if received_at and told(received_at) else None,
            returned=gone if kind in _RETURNED else Decimal(),
        )
        field = "quantity" if kind in _RECEIVED else "returned"
        then = now if voids else now.model_copy(update={field: quantity})
        hints = Hints(self._party(line.get("supplier")), "")
        occurred_at = received_at or start_of(delivered_on, self._zone)
        yield from self._versions(number, then, now, occurred_at, hints, record=number)

    def _quantity(self) -> tuple[Decimal, str]:
        """How much: units, or money where a service is received by amount."""
        quantity = decimal(self._row.get("quantity"))
        if quantity is not None:
            return count(abs(quantity), "quantity"), text(self._row, "uom.code")
        total = decimal(self._row.get("total"))
        if total is None:
            raise self._skip("no quantity and no total")
        return abs(total), text(self._row, "currency.code") or text(self._row, "order-line.currency.code")

    def _voided(self) -> Decimal:
        """What was taken back of it: all where the status says so, else what the record counts."""
        if text(self._row, "status") == "voided":
            return self._quantity()[0]
        return abs(decimal(self._row.get("voided-value")) or Decimal())

    # -- shared -------------------------------------------------------------------------------------

    def _versions(
        self, label: str, then: FactData, now: FactData, at: datetime, hints: Hints, record: str = ""
    ) -> Iterator[Fact]:
        """The document as created, where that is told and differs in time, and as it stands."""
        source = self._source(label, record)
        created, changed = self._created(), self._changed()
        if self._settings.history and created < changed:
            yield make_fact(source, then, at, created, hints)
        yield make_fact(source, now, at, changed, hints)

    def _contract(self, lines: str) -> str:
        """The contract that the document or its lines name, where they agree on one."""
        held = [self._row.get("contract"), *(row.get("contract") for row in rows(self._row, lines))]
        return only(contract_number(self._settings, each) for each in held if isinstance(each, dict))

    def _hints(self, contract: str) -> Hints:
        return Hints(self._party(self._row.get("supplier")), contract)

    def _party(self, supplier: Any) -> str:
        held = supplier if isinstance(supplier, dict) else {}
        return next((found for field in self._settings.party_fields if (found := text(held, field))), "")

    def _source(self, label: str, record: str = "") -> Source:
        path = f"{PATHS[self._raw.kind]}/{record or self._raw.id}"
        return Source(system=self._system, record=path, url=self._settings.page(path), label=label)

    def _currency(self, row: Row) -> str:
        return text(row, "currency.code") or self._fail("currency")

    def _need(self, field: str) -> str:
        return text(self._row, field) or self._fail(field)

    def _fail(self, field: str) -> str:
        raise self._skip(f"{field} is empty")

    def _day_needed(self, field: str) -> date:
        held = day(self._row.get(field))
        if held is None:
            raise self._skip(f"{field} is empty")
        return held

    def _created(self) -> datetime:
        return instant(self._row.get("created-at")) or self._changed()

    def _changed(self) -> datetime:
        if self._raw.updated_at is None:
            raise self._skip("updated-at is empty")
        return self._raw.updated_at

    def _changed_on(self) -> date:
        return self._changed().astimezone(self._zone).date()

    def _skip(self, what: str) -> Skippable:
        place = f"{PATHS.get(self._raw.kind, self._raw.kind)}/{self._raw.id}"
        return Skippable(self._system, what, place=place, remedy="Complete the document, or the settings.")


def _payment(number: str, amount: Decimal, currency: str, paid_on: date) -> Payment:
    money = Money(amount=tidy(amount), currency=currency)
    return Payment(invoice=number, amount=money, paid_on=paid_on, direction="payable")
