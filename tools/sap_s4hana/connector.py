"""SAP S/4HANA: supplier invoices, credit memos, purchase orders and cleared items in; order notes, supplier
invoices, releases from payment blocks and invoicing plans out.

An invoice names its purchase order, and the order names the contract (`contract_field`), so invoices
come with a contract. SAP states most changes by day only: such a day counts as known from its start in
the company's zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from obligations.facts import Fact
from tools.kit.odata import moment_of
from tools.kit.paging import Row
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, unknown_kind
from tools.kit.watermark import furthest, resume_at
from tools.sap_s4hana.documents import (
    ITEM_DAYS,
    KEYS,
    ORDERS,
    SETS,
    STAMPS,
    Document,
    contract_of,
    order_numbers,
)
from tools.sap_s4hana.odata import Names, OData, any_of
from tools.sap_s4hana.writer import SapWriter

if TYPE_CHECKING:
    from tools.kit.http import Client


class SapSettings(VendorSettings):
    """Settings of the SAP connector; `base_url` ends in /sap/opu/odata/sap.

    `lookback` is how far back supplier invoices are read again each time: SAP does not say when a
    payment block was lifted.
    """

    kind: Literal["sap_s4hana"] = "sap_s4hana"
    sap_client: str = ""
    zone: Zone = Field(default="UTC", description="IANA zone of the company code's calendar days")
    company_codes: Names = ()
    page_size: int = Field(default=500, ge=1, le=5000)
    overlap: timedelta = Field(default=timedelta(days=2), ge=timedelta(days=1))
    lookback: timedelta = Field(default=timedelta(days=45), ge=timedelta())
    received_fields: Names = ("InvoiceReceiptDate",)
    credited_fields: Names = ("DocumentDate",)
    period_fields: Names = ("AssignmentReference", "DocumentHeaderText", "SupplierPostingLineItemText")
    contract_field: str = Field(default="CorrespncInternalReference", description="on the purchase order")
    receivable_contract_field: str = Field(default="", description="on the customer's accounting item")
    read_tax: bool = Field(default=False, description="also read taxes, for net amounts")
    note_type: str = Field(default="F01", description="text id of order notes that we write")
    note_language: str = "EN"
    company_code: str = Field(default="", description="of invoices that we enter")
    enter_as: Literal["posted", "parked"] = Field(default="posted", description="what becomes of them")
    parked_status: str = Field(default="A", pattern=r"^.$", description="SupplierInvoiceStatus of those")
    block_reason: str = Field(default="A", pattern=r"^\S$", description="payment block of one entered held")
    tax_code: str = Field(default="", max_length=2, description="of the lines of invoices that we enter")
    tax_rate: Decimal = Field(default=Decimal(0), ge=0, lt=100, description="per cent, by which net is gross")
    invoice_values: dict[str, str] = Field(default={}, description="further header fields -> their value")
    reference_field: Literal["SupplierPostingLineItemText", "PaymentReference", "DocumentHeaderText"] = Field(
        default="SupplierPostingLineItemText", description="of an invoice, in which our reference stands"
    )
    shift_discount_days: bool = Field(default=False, description="when a payment block is lifted")
    plan_type: str = Field(default="", max_length=2, description="type of invoicing plans that we make")
    orders_v4: str = Field(
        default="/sap/opu/odata4/sap/api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001",
        pattern=r"^/\S+[^/]$",
        description="path of the purchase order service in OData V4, on the same host",
    )

    def headers(self) -> dict[str, str]:
        return {"sap-client": self.sap_client} if self.sap_client else {}


class SapS4Hana:
    """Reads invoices, orders and accounting items of one system."""

    def __init__(self, settings: SapSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._odata = OData(self.name, http, settings.page_size)
        self._contracts: dict[str, str] = {}

    def check(self) -> Health:
        def trial(service: str, entity: str) -> Any:
            return lambda: self._odata.http.get(f"/{service}/{entity}", {"$top": 1, "$format": "json"})

        trials = {entity: trial(service, entity) for service, entity in SETS.values()}
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        return (
            Stream(
                kind="purchase_order",
                label="Purchase orders",
                facts=("purchase_order",),
                watermark="LastChangeDateTime",
            ),
            Stream(
                kind="invoice",
                label="Supplier invoices and credit memos",
                facts=("invoice", "credit"),
                watermark="CreationDate",
            ),
            Stream(
                kind="accounting_item",
                label="Cleared supplier items, customer items",
                facts=("payment", "invoice"),
                watermark="creation, change or clearing day",
            ),
        )

    def writer(self) -> SapWriter:
        return SapWriter(self.settings, self._odata)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Records created or changed since the cursor. The cursor moves with the last batch only: pages
        come in order of key, so that changes meanwhile shift nothing."""
        if kind not in SETS:
            raise unknown_kind(self.name, kind, self.discover())
        service, entity = SETS[kind]
        overlap = max(self.settings.overlap, self.settings.lookback if kind == "invoice" else timedelta())
        since = resume_at(self.name, cursor, overlap)
        reached = cursor
        for rows in self._odata.pages(service, entity, self._params(kind, since), KEYS[kind]):
            records = self._records(kind, rows)
            for record in records:
                reached = furthest(reached, record.updated_at)
            yield Batch(records=records, cursor=cursor or "")
        yield Batch(records=(), cursor=reached or "")

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts in a record, pure. Raises Skippable for missing or unreadable fields."""
        reader = Document(self.settings, self.name, raw)
        with readable(
            self.name, f"{raw.kind} {raw.id}", "Correct the record in the source, or the settings."
        ):
            return {
                "purchase_order": reader.purchase_order,
                "invoice": reader.invoice,
                "accounting_item": reader.accounting_item,
            }[raw.kind]()

    def _params(self, kind: str, since: datetime | None) -> dict[str, str | int]:
        """Filter, order and expansions of a kind."""
        conditions = []
        if self.settings.company_codes:
            conditions.append(any_of("CompanyCode", self.settings.company_codes))
        if kind == "accounting_item":
            conditions.append(any_of("FinancialAccountType", ("K", "D")))
        if since is not None:
            day = since.astimezone(ZoneInfo(self.settings.zone)).strftime("datetime'%Y-%m-%dT00:00:00'")
            moment = since.strftime("datetimeoffset'%Y-%m-%dT%H:%M:%SZ'")
            changed = {
                "purchase_order": f"LastChangeDateTime ge {moment}",
                "invoice": f"CreationDate ge {day}",
                "accounting_item": " or ".join(f"{field} ge {day}" for field in ITEM_DAYS),
            }[kind]
            conditions.append(f"({changed})")
        params: dict[str, str | int] = {"$orderby": ",".join(KEYS[kind])}
        if kind in _EXPAND:
            taxes = ",to_SupplierInvoiceTax" if kind == "invoice" and self.settings.read_tax else ""
            params["$expand"] = _EXPAND[kind] + taxes
        return {**params, "$filter": " and ".join(conditions)} if conditions else params

    def _records(self, kind: str, rows: Sequence[Row]) -> tuple[RawRecord, ...]:
        if kind == "invoice":
            self._learn_contracts(number for row in rows for number in order_numbers(row))
        return tuple(self._raw(kind, row) for row in rows)

    def _raw(self, kind: str, row: Row) -> RawRecord:
        data: dict[str, Any] = {"row": row}
        if kind == "invoice":
            numbers = order_numbers(row)
            data["contracts"] = {n: self._contracts[n] for n in numbers if self._contracts.get(n)}
        else:
            self._contracts.update(contract_of(row, self.settings.contract_field))
        zone = ZoneInfo(self.settings.zone)
        moments = (_stamp(row.get(field), zone) for field in STAMPS[kind])
        known = [moment for moment in moments if moment is not None]
        key = "/".join(str(row.get(field, "")) for field in KEYS[kind])
        return RawRecord(kind=kind, id=key, data=data, updated_at=max(known, default=None))

    def _learn_contracts(self, numbers: Iterable[str]) -> None:
        """Look up the contract references of orders not met before, some at a time."""
        new = sorted({number for number in numbers if number not in self._contracts})
        field = self.settings.contract_field
        for start in range(0, len(new), 40):
            some = new[start : start + 40]
            params = {"$filter": any_of("PurchaseOrder", some), "$select": f"PurchaseOrder,{field}"}
            rows = self._odata.rows(ORDERS, "A_PurchaseOrder", params, ("PurchaseOrder",))
            self._contracts |= dict.fromkeys(some, "")
            for row in rows:
                self._contracts |= contract_of(row, field)


_EXPAND = {
    "purchase_order": "to_PurchaseOrderItem",
    "invoice": "to_SuplrInvcItemPurOrdRef",
}


def _stamp(value: Any, zone: ZoneInfo) -> datetime | None:
    """A time as far as it can be read; `to_facts` tells of one that cannot."""
    try:
        return moment_of(value, zone)
    except (ValueError, OverflowError):
        return None


PROFILE = Profile(
    kind="sap_s4hana",
    title="SAP S/4HANA",
    area="ERP and procurement",
    settings=SapSettings,
    make=SapS4Hana,
    reads=(
        "purchase orders",
        "supplier invoices and credit memos",
        "cleared supplier items",
        "customer items",
    ),
    writes=(
        "notes on purchase orders",
        "supplier invoices and credit memos, posted or parked, held for payment or not",
        "release of a payment block, after posting one that is parked",
        "invoicing plans of order items",
    ),
    proved=(
        ("own client", "pyodata 1.12 drives the same stand-in: reads, an invoice and its release"),
        ("specification", "sets and fields of requests and stand-in against the vendor's metadata"),
        ("documentation", "reads, writes and faults against that stand-in"),
    ),
    waits=(
        "which values SupplierInvoiceIsCreditMemo takes",
        "whether a clearing always moves LastChangeDate",
        "which SupplierInvoiceStatus parks an invoice, and which keys block its payment",
        "how an invoicing plan is numbered, and which rows of one may still be changed",
        "OAuth: tried against mocks only",
        "the rate limits",
    ),
)
