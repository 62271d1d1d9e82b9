"""What Tryton's records mean: purchases to orders, invoices to invoices, credits and payments, moves of goods
to deliveries. Pure.

Tryton writes dates, instants and decimals as objects with their class (`value`), a record's related fields
under a key that ends in a dot, and a reference to any model as "model,id". Instants are UTC without a zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from obligations.facts import (
    Credit,
    Delivery,
    Fact,
    FactData,
    Invoice,
    InvoiceLine,
    OrderLine,
    Payment,
    Source,
)
from obligations.facts import PurchaseOrder as Order
from obligations.quantities import Money
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact, start_of
from tools.kit.periods import period_in
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.tryton.connector import TrytonSettings

Row = Mapping[str, Any]

_ORDERED = frozenset({"confirmed", "processing", "done", "cancelled"})
_POSTED = frozenset({"posted", "paid"})


def value(given: Any) -> Any:
    """A value of Tryton's JSON as date, instant (UTC), decimal or what it is."""
    if not isinstance(given, Mapping) or "__class__" not in given:
        return given
    match given["__class__"]:
        case "date":
            return date(given["year"], given["month"], given["day"])
        case "datetime":
            day = value({**given, "__class__": "date"})
            hour, minute, second = given["hour"], given["minute"], given["second"]
            micro = given.get("microsecond", 0)
            return datetime.combine(day, time(hour, minute, second, micro), UTC)
        case "Decimal":
            return Decimal(given["decimal"])
    return given


def field(row: Row, path: str) -> Any:
    """The value at a path such as "party.code"; None where something on the way is empty."""
    *steps, last = path.split(".")
    at: Any = row
    for step in steps:
        at = at.get(f"{step}.") if isinstance(at, Mapping) else None
    return value(at.get(last)) if isinstance(at, Mapping) else None


def rows(row: Row, name: str) -> list[Row]:
    """The related records of a field that holds several."""
    found = row.get(f"{name}.")
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def first(row: Row, paths: tuple[str, ...]) -> str:
    """The first filled one of some fields, as text."""
    found = (field(row, path) for path in paths)
    return next((str(each).strip() for each in found if each not in (None, "", False)), "")


class Documents:
    """Facts from the records of one Tryton."""

    def __init__(self, settings: TrytonSettings, system: str) -> None:
        self.settings = settings
        self.system = system
        self.zone = ZoneInfo(settings.zone)

    def facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts in a record. Raises Skippable for one that lacks what it must have."""
        read = {"purchase": self._purchase, "invoice": self._invoice, "delivery": self._delivery}[raw.kind]
        try:
            return read(raw.id, raw.data)
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, Skippable):
                raise
            raise self._bad(raw.id, f"cannot be read: {error}") from error

    # -- orders ------------------------------------------------------------------------------------

    def _purchase(self, record: str, row: Row) -> tuple[Fact, ...]:
        if field(row, "state") not in _ORDERED or field(row, "purchase_date") is None:
            return ()
        changed = self._instant(record, row, "last_modified_at")
        currency = self._needed(record, row, "currency.code")
        cancelled = field(row, "state") == "cancelled"
        order = Order(
            number=str(self._needed(record, row, "number")),
            ordered_on=field(row, "purchase_date"),
            amount=Money(amount=field(row, "untaxed_amount") or Decimal(0), currency=currency),
            contract_reference=first(row, self.settings.contract_fields),
            cancelled_on=changed.astimezone(self.zone).date() if cancelled else None,
            lines=tuple(
                self._order_line(line, currency, field(row, "delivery_date"))
                for line in rows(row, "lines")
                if _is_billed(line)
            ),
        )
        return (self._fact(record, row, order, order.ordered_on, changed),)

    def _order_line(self, line: Row, currency: str, agreed: date | None) -> OrderLine:
        price = field(line, "unit_price")
        return OrderLine(
            number=str(line["id"]),
            item=first(line, ("product.code", "product.name", "description")),
            quantity=abs(Decimal(str(field(line, "quantity") or 0))),
            unit=first(line, ("unit.name",)),
            unit_price=None if price is None else Money(amount=price, currency=currency),
            # `delivery_date` of a line turns into the day of receipt; what was agreed stays in the store.
            promised_on=field(line, "delivery_date_store") or agreed,
        )

    # -- invoices and what settled them ------------------------------------------------------------

    def _invoice(self, record: str, row: Row) -> tuple[Fact, ...]:
        if field(row, "state") not in _POSTED:
            return ()
        currency = self._needed(record, row, "currency.code")
        total = Decimal(self._needed(record, row, "total_amount"))
        posted = self._instant(record, row, "move.create_date", "create_date")
        issued = self._needed(record, row, "invoice_date")
        made = self._credit(record, row, currency) if total < 0 else self._bill(record, row, currency)
        facts = [self._fact(record, row, made, issued, posted)]
        if total >= 0:
            facts += [
                self._payment(record, row, line, currency)
                for line in rows(row, "payment_lines")
                if field(line, "date")
            ]
        return tuple(facts)

    def _bill(self, record: str, row: Row, currency: str) -> Invoice:
        amounts = {
            name: Money(amount=field(row, f"{ours}_amount"), currency=currency)
            for name, ours in (("gross", "total"), ("net", "untaxed"), ("tax", "tax"))
            if field(row, f"{ours}_amount") is not None
        }
        orders = {str(field(each, "number")) for each in rows(row, "purchases")}
        lines = (self._invoice_line(line, currency) for line in rows(row, "lines") if _is_billed(line))
        return Invoice(
            number=self._number(record, row),
            direction="payable" if field(row, "type") == "in" else "receivable",
            **amounts,
            invoiced_on=field(row, "invoice_date"),
            received_on=next((d for f in self.settings.received_fields if (d := field(row, f))), None),
            posted_on=field(row, "accounting_date") or field(row, "invoice_date"),
            period=self._period(row),
            order=orders.pop() if len(orders) == 1 else "",
            lines=tuple(lines),
        )

    def _invoice_line(self, line: Row, currency: str) -> InvoiceLine:
        price, quantity = field(line, "unit_price"), field(line, "quantity")
        origin = str(line.get("origin") or "")
        model, _, key = origin.partition(",")
        return InvoiceLine(
            number=str(line["id"]),
            item=first(line, ("product.code", "product.name", "description")),
            quantity=None if quantity is None or quantity < 0 else Decimal(str(quantity)),
            unit=first(line, ("unit.name",)),
            unit_price=None if price is None else Money(amount=price, currency=currency),
            amount=Money(amount=field(line, "amount") or Decimal(0), currency=currency),
            order_line=key if model == "purchase.line" else "",
        )

    def _credit(self, record: str, row: Row, currency: str) -> Credit:
        net = field(row, "untaxed_amount")
        return Credit(
            number=self._number(record, row),
            amount=Money(amount=-field(row, "total_amount"), currency=currency),
            net=None if net is None else Money(amount=-net, currency=currency),
            credited_on=field(row, "invoice_date"),
            period=self._period(row),
            reason=first(row, ("description",)),
        )

    def _payment(self, record: str, row: Row, line: Row, currency: str) -> Fact:
        paid = field(line, "amount_second_currency")
        if paid is None or field(line, "second_currency.code") != currency:
            paid = (field(line, "debit") or Decimal(0)) - (field(line, "credit") or Decimal(0))
        incoming = field(row, "type") == "out"
        payment = Payment(
            invoice=self._number(record, row),
            amount=Money(amount=-paid if incoming and paid < 0 else abs(paid), currency=currency),
            paid_on=field(line, "date"),
            direction="receivable" if incoming else "payable",
        )
        known = self._instant(record, line, "create_date")
        source = f"account.move.line,{line['id']}"
        return self._fact(source, row, payment, payment.paid_on, known)

    def _number(self, record: str, row: Row) -> str:
        """A supplier's own number of his invoice, ours of ours; Tryton's where there is none."""
        supplier = field(row, "type") == "in"
        number = first(row, ("reference", "number") if supplier else ("number", "reference"))
        if not number:
            raise self._bad(record, "has no number")
        return number

    def _period(self, row: Row) -> str:
        return next((p for f in self.settings.period_fields if (p := period_in(first(row, (f,))))), "")

    # -- goods -------------------------------------------------------------------------------------

    def _delivery(self, record: str, row: Row) -> tuple[Fact, ...]:
        """A move of goods from a supplier into stock; the other way it is a return."""
        if field(row, "state") != "done" or field(row, "effective_date") is None:
            return ()
        quantity = Decimal(str(field(row, "quantity") or 0))
        back = field(row, "to_location.type") == "supplier"
        _, _, order_line = str(row.get("origin") or "").partition(",")
        delivery = Delivery(
            number=first(row, ("shipment.number",)) or record,
            order=str(self._needed(record, row, "purchase.number")),
            order_line=order_line,
            item=first(row, ("product.code", "product.name")),
            quantity=Decimal(0) if back else quantity,
            returned=quantity if back else Decimal(0),
            unit=first(row, ("unit.name",)),
            delivered_on=field(row, "effective_date"),
        )
        changed = self._instant(record, row, "last_modified_at")
        return (self._fact(record, row, delivery, field(row, "effective_date"), changed),)

    # -- common ------------------------------------------------------------------------------------

    def _fact(self, record: str, row: Row, data: FactData, day: date, known: datetime) -> Fact:
        """A fact of a record. Only a purchase says what it is bought under; the rest follows from it."""
        bought = "purchase." if isinstance(data, Delivery) else ""
        hints = Hints(
            party=first(row, tuple(f"{bought}party.{name}" for name in self.settings.party_fields)),
            contract=first(row, self.settings.contract_fields) if isinstance(data, Order) else "",
        )
        label = str(getattr(data, "number", "") or getattr(data, "invoice", ""))
        source = Source(system=self.system, record=record, url=self.settings.page(record), label=label)
        return make_fact(source, data, start_of(day, self.zone), known, hints)

    def _instant(self, record: str, row: Row, *paths: str) -> datetime:
        for path in paths:
            if isinstance(found := field(row, path), datetime):
                return found
        raise self._bad(record, f"has no {paths[0]}")

    def _needed(self, record: str, row: Row, path: str) -> Any:
        found = field(row, path)
        if found in (None, ""):
            raise self._bad(record, f"has no {path}")
        return found

    def _bad(self, record: str, what: str) -> Skippable:
        remedy = "Correct the record in Tryton, or the settings."
        return Skippable(self.system, what, place=record, remedy=remedy)


def _is_billed(line: Row) -> bool:
    """Lines of text, titles and subtotals bill nothing."""
    return field(line, "type") in (None, "line")
