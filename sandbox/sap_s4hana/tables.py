"""The rows of SAP's entity sets as they stand at an instant.

Company code 1010, client 100. An invoice is known from the day it was entered, its clearing from the
payment run. Amounts on accounts carry the sign of the posting: what we owe is negative (H, credit).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sandbox import volume as volumes
from sandbox.listing import Kept
from sandbox.sap_s4hana.entered import PARKED, POSTED, Entered
from sandbox.sap_s4hana.model import INVOICE_ACCOUNT_ITEM, INVOICE_ORDER_ITEM, EntitySet, Row
from sandbox.volume import Volume
from sandbox.world import World
from sandbox.world.records import Invoice, PurchaseOrder, Receivable

COMPANY_CODE = "1010"
Part = Invoice | PurchaseOrder | Receivable
SOURCES = {
    "A_SupplierInvoice": "invoices",
    "A_SuplrInvcItemPurOrdRef": "invoices",
    "A_SupplierInvoiceItemGLAcct": "invoices",
    "A_PurchaseOrder": "orders",
    "A_PurchaseOrderItem": "orders",
    "A_PurchaseOrderNote": "orders",
    "A_OperationalAcctgDocItemCube": "items",
}
KEYED: Mapping[str, Callable[[Any], tuple[str, ...]]] = {
    "invoices": lambda one: (one.document, one.fiscal_year),
    "orders": lambda one: (one.number,),
}
"""By which key fields the rows of an invoice or an order are found."""
# Share of tax in the gross amount, by currency: the tax line itself is not exposed.
TAX = {"EUR": Decimal("1.19"), "GBP": Decimal("1.20")}


class Tables:
    """The entity sets; `volume` is everyday business besides the story's.

    A row belongs to the order, invoice or receivable it is made from: `of` gives the rows of one of them.
    """

    def __init__(
        self,
        world: World,
        posted: Sequence[Invoice],
        released: Callable[[Invoice, datetime], bool],
        volume: Volume | None = None,
        parked: Callable[[Invoice, datetime], bool] = lambda _, __: False,
        notes: Callable[[str], Iterator[Row]] = lambda _: iter(()),
    ) -> None:
        self.world = world
        self.posted = posted
        self.released = released
        self.parked = parked
        self.notes = notes
        self.writes = 0
        self._orders_held = (*world.orders, *volumes.orders(volume or Volume(), world))
        self._invoices_held = (*world.invoices, *volumes.invoices(volume or Volume(), world))
        self._kept = Kept(len(SOURCES))
        self._builders: dict[str, Callable[[Any, datetime], Iterator[Row]]] = {
            "A_SupplierInvoice": self._invoice,
            "A_SuplrInvcItemPurOrdRef": self._invoice_items,
            "A_SupplierInvoiceItemGLAcct": self._account_items,
            "A_PurchaseOrder": self._order,
            "A_PurchaseOrderItem": self._order_items,
            "A_PurchaseOrderNote": lambda order, _: self.notes(order.number),
            "A_OperationalAcctgDocItemCube": self._accounting,
        }

    def rows(self, name: str, now: datetime) -> list[Row]:
        """Every record of the entity set known at `now`, in order of entry."""
        return [row for part in self.parts(name, now) for row in self.of(name, part, now)]

    def of(self, name: str, part: Part, now: datetime) -> list[Row]:
        """The rows of one order, invoice or receivable."""
        return list(self._builders[name](part, now))

    def written(self) -> None:
        """Something was created, changed, or taken back."""
        self.writes += 1

    def parts(self, name: str, now: datetime) -> list[Any]:
        """What the rows of an entity set are made from, as far as known at `now`, in order of entry."""
        source = SOURCES[name]
        found: list[Any] = self._kept.get((self.writes, now), source, lambda: self._known(source, now))
        return found

    def by_key(self, name: str, now: datetime) -> Mapping[tuple[str, ...], int]:
        """Where among the parts each is, by what its rows are found by (`KEYED`)."""
        source = SOURCES[name]
        parts, key = self.parts(name, now), KEYED[source]
        found: Mapping[tuple[str, ...], int] = self._kept.get(
            (self.writes, now),
            ("by key", source),
            lambda: {key(part): place for place, part in enumerate(parts)},
        )
        return found

    def invoices(self, now: datetime) -> list[Invoice]:
        found: list[Invoice] = self.parts("A_SupplierInvoice", now)
        return found

    def _known(self, source: str, now: datetime) -> list[Any]:
        if source == "orders":
            return [order for order in self._orders_held if order.recorded_at <= now]
        known = [one for one in (*self._invoices_held, *self.posted) if one.known_at <= now]
        if source == "invoices":
            return known
        return [*known, *(one for one in self.world.receivables if one.known_at <= now)]

    def _supplier(self, key: str) -> str:
        return self.world.party(key).supplier or ""

    def _block(self, invoice: Invoice, now: datetime) -> str:
        return "" if self.released(invoice, now) else invoice.block

    def _invoice(self, one: Invoice, now: datetime) -> Iterator[Row]:
        yield {
            "SupplierInvoice": one.document,
            "FiscalYear": one.fiscal_year,
            "CompanyCode": COMPANY_CODE,
            "DocumentDate": midnight(one.invoiced_on),
            "PostingDate": midnight(one.received_on),
            "CreationDate": midnight(one.received_on),
            "SupplierInvoiceIDByInvcgParty": one.number,
            "InvoicingParty": self._supplier(one.party),
            "DocumentCurrency": one.currency,
            "InvoiceGrossAmount": one.gross,
            "DocumentHeaderText": _header(one),
            "PaymentTerms": one.terms,
            "DueCalculationBaseDate": midnight(one.baseline_on),
            "NetPaymentDays": Decimal(one.net_days),
            "PaymentBlockingReason": self._block(one, now),
            "AccountingDocumentType": "KG" if one.credit_memo else "RE",
            "SupplierInvoiceStatus": PARKED if self.parked(one, now) else POSTED,
            "PaymentMethod": "T",
            "PaymentReference": one.payment_reference if isinstance(one, Entered) else "",
            "TaxIsCalculatedAutomatically": False,
            "InvoiceReference": "",
            "AssignmentReference": one.contract,
            "SupplierPostingLineItemText": _line_text(one),
            "SupplierInvoiceIsCreditMemo": "X" if one.credit_memo else "",
            "InvoiceReceiptDate": midnight(one.received_on),
            "IsReversal": False,
            "IsReversed": False,
        }

    def _invoice_items(self, one: Invoice, now: datetime) -> Iterator[Row]:
        if isinstance(one, Entered):
            yield from _as_entered(one, one.order_lines, INVOICE_ORDER_ITEM, 6)
        elif one.order:
            yield {
                "SupplierInvoice": one.document,
                "FiscalYear": one.fiscal_year,
                "SupplierInvoiceItem": "000001",
                "PurchaseOrder": one.order,
                "PurchaseOrderItem": "10",
                "TaxCode": "V1" if one.currency in TAX else "V0",
                "DocumentCurrency": one.currency,
                "SupplierInvoiceItemAmount": _net(one),
                "SupplierInvoiceItemText": _line_text(one),
            }

    def _account_items(self, one: Invoice, now: datetime) -> Iterator[Row]:
        if isinstance(one, Entered):
            yield from _as_entered(one, one.account_lines, INVOICE_ACCOUNT_ITEM, 4)

    def _order(self, order: PurchaseOrder, now: datetime) -> Iterator[Row]:
        supplier = self._supplier(order.party)
        yield {
            "PurchaseOrder": order.number,
            "CompanyCode": COMPANY_CODE,
            "PurchaseOrderType": "NB",
            "CreatedByUser": "LHARTMANN",
            "CreationDate": midnight(order.ordered_on),
            "LastChangeDateTime": order.recorded_at,
            "Supplier": supplier,
            "Language": "EN",
            "PaymentTerms": order.terms,
            "NetPaymentDays": Decimal(order.net_days),
            "PurchasingOrganization": COMPANY_CODE,
            "PurchasingGroup": "001",
            "PurchaseOrderDate": midnight(order.ordered_on),
            "DocumentCurrency": order.currency,
            "CorrespncExternalReference": "",
            "CorrespncInternalReference": order.contract,
            "InvoicingParty": supplier,
            "PurchasingProcessingStatus": "05",
            "PurchasingCompletenessStatus": True,
        }

    def _order_items(self, order: PurchaseOrder, now: datetime) -> Iterator[Row]:
        for place, item in enumerate(order.items, start=1):
            yield {
                "PurchaseOrder": order.number,
                "PurchaseOrderItem": str(place * 10),
                "PurchaseOrderItemText": item.text,
                "Plant": COMPANY_CODE,
                "OrderQuantity": item.quantity,
                "PurchaseOrderQuantityUnit": item.unit,
                "DocumentCurrency": order.currency,
                "NetPriceAmount": item.price,
                "NetPriceQuantity": Decimal(1),
                "TaxCode": "V1" if order.currency in TAX else "V0",
                "IsCompletelyDelivered": False,
                "IsFinallyInvoiced": False,
                "InvoiceIsExpected": True,
            }

    def _accounting(self, one: Invoice | Receivable, now: datetime) -> Iterator[Row]:
        if isinstance(one, Receivable):
            yield self._receivable(one)
            return
        if self.parked(one, now):
            return
        cleared = one.cleared_at is not None and one.cleared_at <= now
        yield self._open_item(one, cleared, now)
        if cleared:
            yield self._payment(one)

    def _open_item(self, one: Invoice, cleared: bool, now: datetime) -> Row:
        sign = Decimal(1) if one.credit_memo else Decimal(-1)
        row = _item(one.journal, one.received_on, one.invoiced_on, one.currency, sign * one.gross)
        row |= {
            "FiscalYear": one.fiscal_year,
            "AccountingDocumentType": "KG" if one.credit_memo else "RE",
            "FinancialAccountType": "K",
            "PostingKey": "21" if one.credit_memo else "31",
            "Supplier": self._supplier(one.party),
            "SupplierName": self.world.party(one.party).name,
            "DocumentReferenceID": one.number,
            "InvoiceReceiptDate": midnight(one.received_on),
            "ReferenceDocumentType": "RMRP",
            "OriginalReferenceDocument": one.document + one.fiscal_year,
            "PurchasingDocument": one.order,
            "AssignmentReference": one.contract,
            "DocumentItemText": _line_text(one),
            "PaymentTerms": one.terms,
            "DueCalculationBaseDate": midnight(one.baseline_on),
            "NetPaymentDays": Decimal(one.net_days),
            "NetDueDate": midnight(one.baseline_on + timedelta(days=one.net_days)),
            "PaymentMethod": "T",
            "PaymentBlockingReason": self._block(one, now),
        }
        if cleared and one.cleared_on is not None:
            row |= _clearing(one.cleared_on, _payment_number(one))
        return row

    def _payment(self, one: Invoice) -> Row:
        day = one.cleared_on or one.received_on
        number = _payment_number(one)
        sign = Decimal(-1) if one.credit_memo else Decimal(1)
        row = _item(number, day, day, one.currency, sign * one.gross)
        row |= {
            "AccountingDocumentType": "KZ",
            "FinancialAccountType": "K",
            "PostingKey": "35" if one.credit_memo else "25",
            "Supplier": self._supplier(one.party),
            "SupplierName": self.world.party(one.party).name,
            "InvoiceReference": one.journal,
            "ReferenceDocumentType": "BKPF",
            "OriginalReferenceDocument": f"{number}{COMPANY_CODE}{day.year}",
            "DocumentItemText": f"Payment of {one.number}",
            "PaymentMethod": "T",
            **_clearing(day, number),
        }
        return row

    def _receivable(self, one: Receivable) -> Row:
        row = _item(one.journal, one.invoiced_on, one.invoiced_on, one.currency, one.gross)
        row |= {
            "AccountingDocumentType": "RV",
            "FinancialAccountType": "D",
            "PostingKey": "01",
            "Customer": self.world.party(one.party).customer or "",
            "CustomerName": self.world.party(one.party).name,
            "DocumentReferenceID": one.number,
            "ReferenceDocumentType": "VBRK",
            "OriginalReferenceDocument": f"0090{one.journal[-6:]}",
            "AssignmentReference": one.contract,
            "DocumentItemText": one.text,
            "PaymentTerms": one.terms,
            "DueCalculationBaseDate": midnight(one.invoiced_on),
            "NetPaymentDays": Decimal(one.net_days),
            "NetDueDate": midnight(one.invoiced_on + timedelta(days=one.net_days)),
        }
        return row


@lru_cache(maxsize=5_000)
def midnight(day: date) -> datetime:
    """A date as OData V2 carries it: midnight without a zone, counted as UTC."""
    return datetime.combine(day, time(), UTC)


_TEXTS = [
    "Supplier",
    "SupplierName",
    "Customer",
    "CustomerName",
    "DocumentReferenceID",
    "InvoiceReference",
    "PurchasingDocument",
    "AssignmentReference",
    "PaymentTerms",
    "PaymentMethod",
    "PaymentBlockingReason",
    "ClearingAccountingDocument",
    "ClearingDocFiscalYear",
]


def _item(number: str, posted_on: date, dated: date, currency: str, amount: Decimal) -> Row:
    """The fields every item has; texts empty and the item open unless told otherwise."""
    row: Row = dict.fromkeys(_TEXTS, "")
    return row | {
        "CompanyCode": COMPANY_CODE,
        "FiscalYear": str(posted_on.year),
        "AccountingDocument": number,
        "AccountingDocumentItem": "001",
        "DebitCreditCode": "S" if amount > 0 else "H",
        "DocumentDate": midnight(dated),
        "PostingDate": midnight(posted_on),
        "AccountingDocumentCreationDate": midnight(posted_on),
        "CreationTime": "PT09H00M00S",
        "LastChangeDate": midnight(posted_on),
        "TransactionCurrency": currency,
        "AmountInTransactionCurrency": amount,
        "NetPaymentDays": Decimal(0),
        "IsCleared": False,
        "IsUsedInPaymentTransaction": False,
        "IsReversal": False,
        "IsReversed": False,
    }


def _clearing(day: date, number: str) -> Row:
    return {
        "IsCleared": True,
        "ClearingDate": midnight(day),
        "ClearingCreationDate": midnight(day),
        "ClearingAccountingDocument": number,
        "ClearingDocFiscalYear": str(day.year),
        "IsUsedInPaymentTransaction": True,
        "LastChangeDate": midnight(day),
    }


def _payment_number(one: Invoice) -> str:
    return f"15{one.journal[2:]}"


def _net(one: Invoice) -> Decimal:
    return (one.gross / TAX.get(one.currency, Decimal(1))).quantize(Decimal("0.01"))


def _header(one: Invoice) -> str:
    return (one.text or (f"Service period {one.period}" if one.period else ""))[:25]


def _as_entered(
    one: Entered, lines: Sequence[Mapping[str, Any]], each: EntitySet, digits: int
) -> Iterator[Row]:
    """The items of an invoice as a client gave them."""
    for place, line in enumerate(lines, 1):
        row: Row = {name: None if field.type == "Decimal" else "" for name, field in each.fields.items()}
        row |= {name: value for name, value in line.items() if name in each.fields}
        amount = Decimal(str(line.get("SupplierInvoiceItemAmount", "0")))
        number = str(line.get("SupplierInvoiceItem", place)).zfill(digits)
        row |= {"SupplierInvoice": one.document, "FiscalYear": one.fiscal_year}
        yield row | {"SupplierInvoiceItem": number, "SupplierInvoiceItemAmount": amount}


def _line_text(one: Invoice) -> str:
    if isinstance(one, Entered):
        return one.line_text
    return " ".join(part for part in (one.contract, one.text or one.period) if part)
