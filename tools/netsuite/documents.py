"""From NetSuite's transactions to facts, pure: orders, bills, credits, payments, receipts.

A transaction keeps its present state only. It is told twice: as it was created, without a hold or an end
that came later, and as it stands since its last change. Signs follow the ledger, so amounts are turned to
read as on the document: what the lines add up to is positive.
"""

from __future__ import annotations

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
    OrderLine,
    Payment,
    PurchaseOrder,
    Source,
)
from obligations.quantities import Money
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact, start_of
from tools.kit.paging import Row
from tools.kit.periods import period_in
from tools.kit.values import tidy
from tools.kit.verbs import RawRecord
from tools.netsuite.query import day, decimal, instant, text, yes

if TYPE_CHECKING:
    from tools.netsuite.connector import NetSuiteSettings

_FREIGHT = ("ShipItem", "Shipping", "ShippingCost")


class Document:
    """One transaction. Every method raises Skippable or ValueError for a bad field."""

    def __init__(self, settings: NetSuiteSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._raw = raw
        self._row: Row = raw.data.get("row") or {}
        self._zone = ZoneInfo(settings.zone)

    def facts(self) -> tuple[Fact, ...]:
        """What the transaction says, oldest version first; nothing for vendors and unissued documents."""
        found: dict[str, Callable[[], Iterator[Fact]]] = {
            "purchase_order": self._order,
            "vendor_bill": self._bill,
            "payment": self._payment,
            "item_receipt": self._receipt,
        }
        return tuple(found[self._raw.kind]()) if self._raw.kind in found else ()

    # -- orders -------------------------------------------------------------------------------------

    def _order(self) -> Iterator[Fact]:
        if self._status() in self._settings.unissued_statuses:
            return
        number, ordered_on = self._number(), self._day_needed("trandate")
        currency = self._currency()
        now = PurchaseOrder(
            number=number,
            ordered_on=ordered_on,
            amount=self._total(currency),
            contract_reference=self._contract(),
            lines=tuple(self._order_line(row, currency) for row in self._lines()),
        )
        whole = tuple(
            line.model_copy(update={"cancelled": Decimal(), "cancelled_by": ""}) for line in now.lines
        )
        yield from self._versions(number, now.model_copy(update={"lines": whole}), now, ordered_on)

    def _order_line(self, row: Row, currency: str) -> OrderLine:
        """A line. One bought by amount has no quantity: it is one. A closed line is cancelled by us, as far
        as nothing came."""
        amount = abs(decimal(row, "foreignamount") or Decimal())
        quantity = decimal(row, "quantity")
        price = decimal(row, "rate") if quantity is not None else amount
        quantity = abs(quantity) if quantity is not None else Decimal(1)
        came = abs(decimal(row, "quantityshiprecv") or Decimal())
        gone = max(quantity - came, Decimal()) if yes(row, "isclosed") else Decimal()
        return OrderLine(
            number=self._line_number(row),
            item=text(row, "itemname") or text(row, "memo"),
            quantity=quantity,
            unit=text(row, "unit"),
            unit_price=_money(abs(price), currency) if price is not None else None,
            requested_on=day(row, "expectedreceiptdate"),
            cancelled=gone,
            cancelled_by="buyer" if gone else "",
        )

    # -- bills and credits --------------------------------------------------------------------------

    def _bill(self) -> Iterator[Fact]:
        number, invoiced_on = self._number(), self._day_needed("trandate")
        currency = self._currency()
        gross = self._total(currency)
        tax = self._tax(currency)
        net = _money(gross.amount - tax.amount, currency) if tax is not None else None
        if text(self._row, "type") == "VendCred":
            if not self._gone():
                yield from self._credit(number, invoiced_on, gross, net)
            return
        returned = self._status() in self._settings.returned_statuses or yes(self._row, "voided")
        lines = tuple(self._bill_lines(currency))
        now = Invoice(
            number=number,
            direction="payable",
            gross=gross,
            net=net,
            tax=tax,
            invoiced_on=invoiced_on,
            received_on=self._first_day(self._settings.received_fields),
            returned_on=self._changed().astimezone(self._zone).date() if returned else None,
            period=self._period(),
            order=next((line.order for line in lines if line.order), ""),
            blocked=yes(self._row, "paymenthold") or self._status() in self._settings.held_statuses,
            lines=lines,
        )
        then = now.model_copy(update={"blocked": False, "returned_on": None})
        yield from self._versions(number, then, now, invoiced_on)

    def _credit(self, number: str, on: date, gross: Money, net: Money | None) -> Iterator[Fact]:
        """A vendor's credit; it reduces the bill it is applied to, where that is one."""
        bills = {text(link, "tranid") for link in self._links("VendBill")}
        now = Credit(
            number=number,
            amount=gross,
            net=net,
            credited_on=on,
            period=self._period(),
            reason=text(self._row, "memo"),
            invoice=bills.pop() if len(bills) == 1 else "",
        )
        yield from self._versions(number, now.model_copy(update={"invoice": ""}), now, on)

    def _bill_lines(self, currency: str) -> Iterator[InvoiceLine]:
        """The lines that are no tax, with the order's line that each of them bills."""
        held = self._lines()
        sign = _sign(held)
        orders = {text(link, "nextline"): link for link in self._links("PurchOrd")}
        alone = (
            next(iter(orders.values())) if len({text(li, "tranid") for li in orders.values()}) == 1 else {}
        )
        for row in held:
            quantity, rate = decimal(row, "quantity"), decimal(row, "rate")
            quantity = quantity * sign if quantity is not None else None
            link = orders.get(text(row, "id"), {})
            yield InvoiceLine(
                number=self._line_number(row),
                item=text(row, "itemname") or text(row, "memo"),
                quantity=quantity if quantity is not None and quantity >= 0 else None,
                unit=text(row, "unit"),
                unit_price=_money(abs(rate), currency) if rate is not None else None,
                amount=_money((decimal(row, "foreignamount") or Decimal()) * sign, currency),
                category="freight"
                if text(row, "itemtype") in _FREIGHT
                else ("goods" if quantity is not None else "service"),
                order=text(link or alone, "tranid"),
                order_line=text(link, "previousline"),
            )

    def _tax(self, currency: str) -> Money | None:
        """The sum of the tax lines; None where the transaction has none."""
        taxes = [
            decimal(row, "foreignamount") or Decimal() for row in self._all_lines() if yes(row, "taxline")
        ]
        return _money(abs(sum(taxes, Decimal())), currency) if taxes else None

    # -- payments and receipts ----------------------------------------------------------------------

    def _payment(self) -> Iterator[Fact]:
        """What a payment settled: one fact for each bill it is applied to; nothing of a voided one.

        Raises Skippable for a voided one that has lost its links: what was read of it before still counts.
        """
        paid_on, currency = self._day_needed("trandate"), self._currency()
        void = self._gone()
        if void and not self._links("VendBill"):
            raise self._skip(
                "was voided, and what it had settled is no longer told: it counts as it was read"
            )
        for link in _summed(self._links("VendBill")):
            amount = decimal(link, "foreignamount")
            bill = text(link, "tranid")
            if amount is None or not bill:
                raise self._skip("applied to a bill without number or amount")
            then = Payment(
                invoice=bill, amount=_money(abs(amount), currency), paid_on=paid_on, direction="payable"
            )
            now = then.model_copy(update={"amount": _money(Decimal(), currency)}) if void else then
            yield from self._versions(bill, then, now, paid_on, f"/{text(link, 'previousdoc')}")

    def _receipt(self) -> Iterator[Fact]:
        """Goods received: one delivery for each line."""
        received_on = self._day_needed("trandate")
        orders = {text(link, "nextline"): link for link in self._links("PurchOrd")}
        for row in self._lines():
            quantity = decimal(row, "quantity")
            if quantity is None:
                continue
            link = orders.get(text(row, "id"), {})
            then = Delivery(
                number=self._number(),
                order=text(link, "tranid"),
                order_line=text(link, "previousline"),
                item=text(row, "itemname") or text(row, "memo"),
                quantity=abs(quantity),
                unit=text(row, "unit"),
                delivered_on=received_on,
            )
            now = then.model_copy(update={"quantity": Decimal()}) if self._gone() else then
            yield from self._versions(self._number(), then, now, received_on, f"/{text(row, 'id')}")

    # -- shared -------------------------------------------------------------------------------------

    def _versions(
        self, label: str, then: FactData, now: FactData, on: date, part: str = ""
    ) -> Iterator[Fact]:
        """As created, where that is told and differs in time, and as it stands."""
        source = self._source(label, part)
        hints = Hints(self._party(), self._contract())
        at = start_of(on, self._zone)
        created = instant(self._row, "created", self._settings.zone)
        if self._settings.history and created is not None and created < self._changed():
            yield make_fact(source, then, at, created, hints)
        yield make_fact(source, now, at, self._changed(), hints)

    def _all_lines(self) -> Sequence[Row]:
        held = self._raw.data.get("lines")
        found = [row for row in held if isinstance(row, dict)] if isinstance(held, list) else []
        return [row for row in found if not yes(row, "mainline")]

    def _lines(self) -> Sequence[Row]:
        """The lines people see, each once and in order: no tax, no entries of cost or inventory."""
        seen = {text(row, "id"): row for row in self._all_lines() if not yes(row, "taxline")}
        shown = [
            row for row in seen.values() if text(row, "accountinglinetype") not in self._settings.hidden_lines
        ]
        return sorted(
            shown, key=lambda row: (decimal(row, "linesequencenumber") or Decimal(), text(row, "id"))
        )

    def _links(self, previous: str) -> Sequence[Row]:
        """What stands before this transaction, of one type."""
        held = self._raw.data.get("links")
        rows = [row for row in held if isinstance(row, dict)] if isinstance(held, list) else []
        return [row for row in rows if text(row, "previoustype") == previous]

    def _line_number(self, row: Row) -> str:
        """The id of a line within its transaction, by which links name it."""
        return text(row, "id") or text(row, "linesequencenumber")

    def _status(self) -> str:
        """The status by its letter: NetSuite writes "B" or "PurchOrd:B"."""
        return text(self._row, "status").rpartition(":")[2]

    def _gone(self) -> bool:
        return yes(self._row, "voided") or self._status() in self._settings.voided_statuses

    def _total(self, currency: str) -> Money:
        amount = decimal(self._row, "foreigntotal")
        if amount is None:
            raise self._skip("foreigntotal is empty")
        return _money(abs(amount), currency)

    def _currency(self) -> str:
        code = self._raw.data.get("currency")
        if not isinstance(code, str) or not code:
            raise self._skip("its currency is unknown")
        return code

    def _number(self) -> str:
        """The vendor's number of a bill, ours of an order."""
        number = text(self._row, "tranid") or text(self._row, "transactionnumber")
        if not number:
            raise self._skip("tranid is empty")
        return number

    def _party(self) -> str:
        held = self._raw.data.get("vendor")
        vendor = held if isinstance(held, dict) else {}
        return next((found for f in self._settings.party_fields if (found := text(vendor, f))), "")

    def _contract(self) -> str:
        return next((found for f in self._settings.contract_fields if (found := text(self._row, f))), "")

    def _period(self) -> str:
        return next((p for f in self._settings.period_fields if (p := period_in(text(self._row, f)))), "")

    def _first_day(self, fields: Sequence[str]) -> date | None:
        return next((found for f in fields if (found := day(self._row, f)) is not None), None)

    def _day_needed(self, field: str) -> date:
        held = day(self._row, field)
        if held is None:
            raise self._skip(f"{field} is empty")
        return held

    def _changed(self) -> datetime:
        if self._raw.updated_at is None:
            raise self._skip("lastmodifieddate is empty")
        return self._raw.updated_at

    def _source(self, label: str, part: str = "") -> Source:
        url = self._settings.page(self._raw.id)
        return Source(system=self._system, record=f"{self._raw.id}{part}", url=url, label=label)

    def _skip(self, what: str) -> Skippable:
        place = f"{self._raw.kind} {self._raw.id}"
        return Skippable(self._system, what, place=place, remedy="Complete it in NetSuite, or the settings.")


def _money(amount: Decimal, currency: str) -> Money:
    return Money(amount=tidy(amount), currency=currency)


def _sign(lines: Sequence[Row]) -> int:
    """What to multiply the lines by, so that together they are positive."""
    total = sum((decimal(row, "foreignamount") or Decimal() for row in lines), Decimal())
    return -1 if total < 0 else 1


def _summed(links: Sequence[Row]) -> Sequence[Row]:
    """Links to the same document as one, with the sum of their amounts."""
    found: dict[str, Row] = {}
    for link in links:
        key = text(link, "previousdoc")
        amount = decimal(link, "foreignamount")
        held = found.get(key)
        if held is not None and amount is not None:
            amount += decimal(held, "foreignamount") or Decimal()
        found[key] = {**link, "foreignamount": amount}
    return list(found.values())
