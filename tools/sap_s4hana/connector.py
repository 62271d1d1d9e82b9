"""SAP S/4HANA: supplier invoices, credit memos, purchase orders and cleared items in; order notes out.

An invoice names its purchase order, and the order names the contract (`contract_field`), so invoices
come with a contract. SAP states most changes by day only: such a day counts as known from its start in
the company's zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field

from obligations.facts import Fact, Source
from obligations.model import Action
from tools.kit import reference as ref
from tools.kit.call import Call, Params
from tools.kit.csrf import Csrf
from tools.kit.errors import Fatal, WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_token
from tools.kit.payloads import Comment, payload, refused
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
    moment_of,
    order_numbers,
)

if TYPE_CHECKING:
    from tools.kit.http import Client

Names = tuple[str, ...]


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

    def headers(self) -> dict[str, str]:
        return {"sap-client": self.sap_client} if self.sap_client else {}


class OData:
    """OData V2 of one system: lists with server-driven or client-driven paging."""

    def __init__(self, name: str, http: Client, page_size: int) -> None:
        self.name = name
        self.http = http
        self._size = page_size

    def pages(self, service: str, entity: str, params: Params, keys: Names) -> Iterator[Sequence[Row]]:
        """Pages of an entity set, new rows only. `__next` is followed by its query only, never to another
        host; without it, `$skip` goes on behind the rows that we have."""
        path = f"/{service}/{entity}"
        first = {"$format": "json", "$inlinecount": "allpages", "$top": self._size, **params}
        seen: set[str] = set()

        def fetch(token: str | None) -> Page:
            asked = first if token is None else {**first, **dict(parse_qsl(token))}
            rows, following, count = self._page(path, asked)
            fresh = {"\n".join([str(row.get(key)) for key in keys]): row for row in rows}
            fresh = {key: row for key, row in fresh.items() if key not in seen}
            seen.update(fresh)
            more = bool(rows) and count is not None and len(seen) < count
            token = urlsplit(following).query if following else f"$skip={len(seen)}" if more else None
            return Page(list(fresh.values()), token=token)

        for page in by_token(fetch, LoopGuard(self.name, f"GET {path}")):
            yield page.rows

    def rows(self, service: str, entity: str, params: Params, keys: Names) -> list[Row]:
        return [row for page in self.pages(service, entity, params, keys) for row in page]

    def _page(self, path: str, params: Params) -> tuple[list[Row], str, int | None]:
        """Rows, the address of the next page and the count of all rows."""
        data = self.http.get(path, params).data
        held = data.get("d") if isinstance(data, dict) else None
        rows = held.get("results") if isinstance(held, dict) else held
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self.name, "no OData results in the answer", place=f"GET {path}")
        outer = held if isinstance(held, dict) else {}
        count = str(outer.get("__count", ""))
        return rows, str(outer.get("__next") or ""), int(count) if count.isdigit() else None


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
            conditions.append(_any_of("CompanyCode", self.settings.company_codes))
        if kind == "accounting_item":
            conditions.append(_any_of("FinancialAccountType", ("K", "D")))
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
            params = {"$filter": _any_of("PurchaseOrder", some), "$select": f"PurchaseOrder,{field}"}
            rows = self._odata.rows(ORDERS, "A_PurchaseOrder", params, ("PurchaseOrder",))
            self._contracts |= dict.fromkeys(some, "")
            for row in rows:
                self._contracts |= contract_of(row, field)


class SapWriter:
    """Writes notes on purchase orders. SAP has no tasks for us, and posted invoices cannot be changed."""

    def __init__(self, settings: SapSettings, odata: OData) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._odata = odata
        self._csrf = Csrf(odata.http, f"/{ORDERS}/")

    def find(self, reference: str, target: str = "") -> Source | None:
        """The note on order `target` that carries our reference. SAP cannot search in note texts, so the
        order must be named."""
        wanted = ref.checked(self.name, reference)
        for row in self._notes(target):
            if ref.is_marked(str(row.get("PlainLongText") or ""), wanted):
                return self._source(target)
        return None

    def create(self, action: Action) -> Source:
        """Carry out a comment on a purchase order."""
        if action.verb != "comment":
            raise refused(self.name, action, ("comment",))
        found = self.find(action.reference, action.target)
        if found is not None:
            return found
        text = ref.mark(payload(self.name, action, Comment).text, action.reference)
        note = self._own_note(action.target)
        call = self._append(action.target, note, text) if note else self._new(action.target, text)
        self._csrf.send(call)
        return self._source(action.target)

    def _notes(self, order: str) -> list[Row]:
        if not re.fullmatch(r"\d{1,10}", order):
            raise Fatal(self.name, f"{order[:40]!r} is no purchase order number", remedy="Name the order.")
        params = {"$filter": f"PurchaseOrder eq '{order}'"}
        return self._odata.rows(ORDERS, "A_PurchaseOrderNote", params, ("TextObjectType", "Language"))

    def _own_note(self, order: str) -> Row | None:
        """The note of our text type and language, if the order has one."""
        own = (self.settings.note_type, self.settings.note_language)
        notes = self._notes(order)
        return next((n for n in notes if (n.get("TextObjectType"), n.get("Language")) == own), None)

    def _new(self, order: str, text: str) -> Call:
        body = {
            "PurchaseOrder": order,
            "TextObjectType": self.settings.note_type,
            "Language": self.settings.note_language,
            "PlainLongText": text,
        }
        return Call("POST", f"/{ORDERS}/A_PurchaseOrderNote", body=body)

    def _append(self, order: str, note: Row, text: str) -> Call:
        """An order has one note of a type and language: ours goes below what is there."""
        kind, language = self.settings.note_type, self.settings.note_language
        key = f"PurchaseOrder='{order}',TextObjectType='{kind}',Language='{language}'"
        etag = (note.get("__metadata") or {}).get("etag")
        return Call(
            "PATCH",
            f"/{ORDERS}/A_PurchaseOrderNote({key})",
            body={"PlainLongText": f"{note.get('PlainLongText') or ''}\n\n{text}".strip()},
            etag=etag if isinstance(etag, str) else "",
        )

    def _source(self, order: str) -> Source:
        record = f"{order}/notes/{self.settings.note_type}"
        url = f"{self.settings.base_url.rstrip('/')}/{ORDERS}/A_PurchaseOrder('{order}')"
        return Source(system=self.name, record=record, url=url, label=f"note on order {order}")


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


def _any_of(field: str, values: Sequence[str]) -> str:
    """An OData condition: the field is one of some values (quotes doubled, as OData asks)."""
    quoted = (value.replace("'", "''") for value in values)
    return "(" + " or ".join(f"{field} eq '{value}'" for value in quoted) + ")"


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
    writes=("notes on purchase orders",),
    proved=(("specification", "sets and fields of the stand-in against the vendor's metadata"),),
    waits=(
        "which values SupplierInvoiceIsCreditMemo takes",
        "whether a clearing always moves LastChangeDate",
        "notes on orders and OAuth: tried against mocks only",
        "the rate limits",
    ),
)
