"""From SAP's rows to facts, pure: which rows are what, and how SAP writes days, numbers and sums."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from obligations.facts import Credit, Fact, FactData, Invoice, Payment, PurchaseOrder, Source
from obligations.quantities import Money
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact, start_of
from tools.kit.odata import moment_of
from tools.kit.paging import Row
from tools.kit.periods import period_in
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.sap_s4hana.connector import SapSettings

Names = tuple[str, ...]

INVOICES = "API_SUPPLIERINVOICE_PROCESS_SRV"
ORDERS = "API_PURCHASEORDER_PROCESS_SRV"
ITEMS = "API_OPLACCTGDOCITEMCUBE_SRV"

SETS = {
    "purchase_order": (ORDERS, "A_PurchaseOrder"),
    "invoice": (INVOICES, "A_SupplierInvoice"),
    "accounting_item": (ITEMS, "A_OperationalAcctgDocItemCube"),
}
KEYS: dict[str, Names] = {
    "purchase_order": ("PurchaseOrder",),
    "invoice": ("SupplierInvoice", "FiscalYear"),
    "accounting_item": ("CompanyCode", "FiscalYear", "AccountingDocument", "AccountingDocumentItem"),
}
ITEM_DAYS = ("AccountingDocumentCreationDate", "LastChangeDate", "ClearingCreationDate")
STAMPS: dict[str, Names] = {
    "purchase_order": ("CreationDate", "LastChangeDateTime"),
    "invoice": ("CreationDate",),
    "accounting_item": ITEM_DAYS,
}


class Document:
    """One row of SAP, read into facts. Every method raises Skippable or ValueError for a bad field."""

    def __init__(self, settings: SapSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._raw = raw
        self._row: Row = raw.data.get("row") or {}
        self._zone = ZoneInfo(settings.zone)

    def purchase_order(self) -> tuple[Fact, ...]:
        if self._text("PurchasingDocumentDeletionCode"):
            return ()
        number, ordered_on = self._need("PurchaseOrder"), self._day_needed("PurchaseOrderDate")
        contract = self._text(self._settings.contract_field)
        order = PurchaseOrder(
            number=number,
            ordered_on=ordered_on,
            amount=Money(amount=_tidy(self._order_total()), currency=self._need("DocumentCurrency")),
            contract_reference=contract,
        )
        occurred_at = start_of(ordered_on, self._zone)
        hints = Hints(_number(self._text("Supplier")), contract)
        return (self._fact(order, number, occurred_at, self._known(occurred_at), hints),)

    def invoice(self) -> tuple[Fact, ...]:
        """An invoice or credit memo; nothing for one deleted, reversed or itself a reversal."""
        row = self._row
        if row.get("IsReversed") is True or row.get("IsReversal") is True:
            return ()
        if self._text("SupplierInvoiceStatus") == "2" or self._text("ReverseDocument"):
            return ()
        number = self._text("SupplierInvoiceIDByInvcgParty") or self._need("SupplierInvoice")
        gross = self._money("InvoiceGrossAmount", "DocumentCurrency")
        invoiced_on = self._day_needed("DocumentDate")
        occurred_at = start_of(invoiced_on, self._zone)
        hints = Hints(_number(self._need("InvoicingParty")), self._contract())
        blocked = bool(self._text("PaymentBlockingReason"))
        data = self._credit(number, gross) if self._is_credit() else self._bill(number, gross, invoiced_on)
        # Two versions may be known from the same day: blocked first, released later.
        return (self._fact(data, number, occurred_at, self._known(occurred_at), hints, int(not blocked)),)

    def accounting_item(self) -> tuple[Fact, ...]:
        """The payment that cleared a supplier's or customer's invoice; a customer's invoice itself."""
        row = self._row
        if row.get("IsReversed") is True or row.get("IsReversal") is True or self._text("SpecialGLCode"):
            return ()
        side = (self._text("FinancialAccountType"), self._text("DebitCreditCode"))
        if side not in (("K", "H"), ("D", "S")):
            return ()
        payable = side[0] == "K"
        number = self._text("DocumentReferenceID") or self._need("AccountingDocument")
        party = _number(self._need("Supplier" if payable else "Customer"))
        field = self._settings.receivable_contract_field
        hints = Hints(party, self._text(field) if field and not payable else "")
        amount = self._money("AmountInTransactionCurrency", "TransactionCurrency")
        facts = [] if payable else [self._receivable(number, amount, hints)]
        paid_on = self._day("ClearingDate")
        cleared = row.get("IsCleared") is not False and row.get("ClearingIsReversed") is not True
        if paid_on is not None and cleared:
            payment = Payment(
                invoice=number,
                amount=amount,
                paid_on=paid_on,
                direction="payable" if payable else "receivable",
            )
            known_at = self._instant("ClearingCreationDate") or start_of(paid_on, self._zone)
            facts.append(self._fact(payment, number, start_of(paid_on, self._zone), known_at, hints))
        return tuple(facts)

    def _bill(self, number: str, gross: Money, invoiced_on: date) -> Invoice:
        taxes = _expanded(self._row, "to_SupplierInvoiceTax")
        net = None
        if taxes is not None:
            tax = sum((_decimal(row.get("TaxAmount")) for row in taxes), Decimal())
            net = Money(amount=_tidy(gross.amount - abs(tax)), currency=gross.currency)
        return Invoice(
            number=number,
            direction="payable",
            gross=gross,
            net=net,
            invoiced_on=invoiced_on,
            received_on=self._first_day(self._settings.received_fields),
            period=self._period(),
            order=next(iter(order_numbers(self._row)), ""),
            blocked=bool(self._text("PaymentBlockingReason")),
        )

    def _credit(self, number: str, amount: Money) -> Credit:
        credited_on = self._first_day(self._settings.credited_fields)
        if credited_on is None:
            raise self._skip(f"none of {', '.join(self._settings.credited_fields)} is filled")
        return Credit(
            number=number,
            amount=amount,
            credited_on=credited_on,
            period=self._period(),
            reason=self._text("DocumentHeaderText"),
        )

    def _receivable(self, number: str, amount: Money, hints: Hints) -> Fact:
        invoiced_on = self._day_needed("DocumentDate")
        data = Invoice(
            number=number,
            direction="receivable",
            gross=amount,
            invoiced_on=invoiced_on,
            period=self._period(),
            order=self._text("SalesDocument"),
            blocked=False,
        )
        occurred_at = start_of(invoiced_on, self._zone)
        known_at = self._instant("AccountingDocumentCreationDate") or occurred_at
        return self._fact(data, number, occurred_at, known_at, hints)

    def _fact(
        self,
        data: FactData,
        label: str,
        occurred_at: datetime,
        known_at: datetime,
        hints: Hints,
        rank: int = 0,
    ) -> Fact:
        service, entity = SETS[self._raw.kind]
        keys = ",".join(f"{field}='{self._text(field)}'" for field in KEYS[self._raw.kind])
        url = f"{self._settings.base_url.rstrip('/')}/{service}/{entity}({keys})"
        source = Source(system=self._system, record=self._raw.id, url=url, label=label)
        return make_fact(source, data, occurred_at, known_at, hints, rank)

    def _is_credit(self) -> bool:
        return self._text("SupplierInvoiceIsCreditMemo").lower() in ("x", "1", "true")

    def _contract(self) -> str:
        """The contract reference of the invoice's orders, if they agree on one."""
        references = set((self._raw.data.get("contracts") or {}).values())
        return references.pop() if len(references) == 1 else ""

    def _period(self) -> str:
        return next((p for f in self._settings.period_fields if (p := period_in(self._text(f)))), "")

    def _order_total(self) -> Decimal:
        """The sum of the order's items: price times quantity, or the expected value of a limit item."""
        total = Decimal()
        for item in _expanded(self._row, "to_PurchaseOrderItem") or ():
            if item.get("PurchasingDocumentDeletionCode"):
                continue
            per = _decimal(item.get("NetPriceQuantity")) or Decimal(1)
            value = _decimal(item.get("NetPriceAmount")) * _decimal(item.get("OrderQuantity")) / per
            total += value or _decimal(item.get("ExpectedOverallLimitAmount"))
        return total

    def _known(self, otherwise: datetime) -> datetime:
        return self._raw.updated_at or otherwise

    def _text(self, field: str) -> str:
        value = self._row.get(field)
        return value.strip() if isinstance(value, str) else ""

    def _need(self, field: str) -> str:
        return self._text(field) or self._fail(field)

    def _fail(self, field: str) -> str:
        raise self._skip(f"{field} is empty")

    def _day(self, field: str) -> date | None:
        moment = moment_of(self._row.get(field), self._zone)
        return moment.astimezone(self._zone).date() if moment else None

    def _instant(self, field: str) -> datetime | None:
        return moment_of(self._row.get(field), self._zone)

    def _first_day(self, fields: Names) -> date | None:
        return next((day for field in fields if (day := self._day(field)) is not None), None)

    def _day_needed(self, field: str) -> date:
        day = self._day(field)
        if day is None:
            raise self._skip(f"{field} is empty")
        return day

    def _money(self, amount: str, currency: str) -> Money:
        if self._row.get(amount) in (None, ""):
            raise self._skip(f"{amount} is empty")
        return Money(amount=_tidy(abs(_decimal(self._row[amount]))), currency=self._need(currency))

    def _skip(self, what: str) -> Skippable:
        place = f"{self._raw.kind} {self._raw.id}"
        return Skippable(self._system, what, place=place, remedy="Complete the document in SAP.")


def _decimal(value: Any) -> Decimal:
    """A decimal that SAP sends as text; nothing is zero; ValueError for other text."""
    if value in (None, ""):
        return Decimal()
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise ValueError(f"{str(value)[:40]!r} is no number") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is no number")
    return number


def _tidy(amount: Decimal) -> Decimal:
    """Without the zeros beyond cents that SAP's fixed scale adds: 57120.000 is 57120.00."""
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount.normalize()


def _number(text: str) -> str:
    """A supplier or customer number without the zeros that pad it."""
    return text.lstrip("0") if text.isdigit() else text


def _expanded(row: Row, name: str) -> list[Row] | None:
    """The rows of an expanded navigation; None where it was not expanded."""
    held = row.get(name)
    rows = held.get("results") if isinstance(held, Mapping) else held
    return [r for r in rows if isinstance(r, dict)] if isinstance(rows, list) else None


def order_numbers(row: Row) -> list[str]:
    """The purchase orders an invoice refers to, each once, in the order of its items."""
    items = _expanded(row, "to_SuplrInvcItemPurOrdRef") or []
    numbers = (str(item.get("PurchaseOrder") or "").strip() for item in items)
    return list(dict.fromkeys(number for number in numbers if number))


def contract_of(row: Row, field: str) -> dict[str, str]:
    number = row.get("PurchaseOrder")
    return {str(number): str(row.get(field) or "").strip()} if number else {}
