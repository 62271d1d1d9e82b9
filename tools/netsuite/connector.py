"""NetSuite: vendors, purchase orders, vendor bills and credits, payments with what they settle, and item
receipts in, by SuiteQL; bills with their payment hold, tasks, and fields or records that are configured
out, by the REST record service.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator

from obligations.document import Problem
from obligations.facts import Fact
from obligations.quantities import Frozen
from tools.kit.errors import Skippable
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, unknown_kind
from tools.kit.watermark import furthest, resume_at
from tools.netsuite.documents import Document
from tools.netsuite.query import (
    MOST,
    PATH,
    SuiteQL,
    as_day,
    as_moment,
    instant,
    literal,
    quoted,
    select,
    text,
)
from tools.netsuite.writer import NetSuiteWriter

if TYPE_CHECKING:
    from tools.kit.http import Client

Names = tuple[str, ...]
Column = Annotated[str, StringConstraints(pattern=r"^[a-z]\w*$")]
Columns = tuple[Column, ...]


class Entity(Frozen):
    """A record type that we write: its name there, and our field names with theirs."""

    record: str = Field(pattern=r"^[A-Za-z]\w*$")
    fields: dict[str, str] = Field(default={})


_MORE: dict[str, tuple[str, ...]] = {
    "vendor": ("legalname", "externalid"),
    "transaction": ("transactionnumber", "externalid"),
    "vendor_bill": ("paymenthold",),
    "line": ("taxline", "accountinglinetype", "itemtype", "units", "expectedreceiptdate"),
}
"""By kind, for every `transaction` and for every `line`."""


class NetSuiteSettings(VendorSettings):
    """Settings of the NetSuite connector; `base_url` ends in /services/rest.

    The account tells times on its own clock, so an overlap of less than an hour would miss what was
    changed in the hour that clocks show twice.
    """

    kind: Literal["netsuite"] = "netsuite"
    overlap: timedelta = Field(default=timedelta(minutes=65), ge=timedelta())
    page_size: int = Field(default=500, ge=1, le=MOST)
    zone: Zone = Field(default="UTC", description="IANA zone in which SuiteQL tells times to our user")
    party_fields: Columns = Field(
        default=("companyname", "entityid"), description="of the vendor, the first filled one"
    )
    contract_fields: Columns = Field(default=(), description="of the transaction, a contract reference")
    received_fields: Columns = Field(default=(), description="of a bill, the day it was received")
    more_columns: dict[str, Columns] = Field(
        default=_MORE, description="columns that features and roles may hide, in place of the usual ones"
    )
    period_fields: Columns = Field(default=("memo",), description="texts that may name the service period")
    unissued_statuses: Names = ("A", "C")
    held_statuses: Names = Field(default=("D",), description="of a bill: approval is pending")
    returned_statuses: Names = Field(default=("C", "E"), description="of a bill: cancelled, rejected")
    voided_statuses: Names = ("V",)
    hidden_lines: Names = Field(default=("COGS", "ASSET", "DROPSHIP"), description="accountinglinetype")
    history: bool = Field(default=True, description="also the version as created")
    deleted: bool = Field(default=True, description="tell of transactions that were deleted")
    expense_account: str = Field(default="", description="number of the account of bill lines without one")
    by_idempotency_key: bool = Field(
        default=False, description="create bills asynchronously under X-NetSuite-Idempotency-Key"
    )
    job_wait: timedelta = Field(default=timedelta(seconds=20), ge=timedelta())
    installments: bool = Field(default=False, description="the account has instalments of vendor bills")
    hold_reason_field: str = Field(default="", pattern=r"^(cust\w+)?$")
    entities: dict[str, Entity] = Field(default={}, description="our word -> record type that we write")
    bill_fields: dict[str, str] = Field(default={}, description="our field -> field of a vendor bill")

    @field_validator("more_columns")
    @classmethod
    def _with_usual(cls, given: dict[str, Columns]) -> dict[str, Columns]:
        return {**_MORE, **given}

    def page(self, record_id: str) -> str:
        """Where people see a transaction."""
        host = self.base_url.partition("/services/rest")[0].replace(".suitetalk.api.", ".app.")
        return f"{host}/app/accounting/transactions/transaction.nl?id={record_id}"


_TYPES: dict[str, Names] = {
    "purchase_order": ("PurchOrd",),
    "vendor_bill": ("VendBill", "VendCred"),
    "payment": ("VendPymt",),
    "item_receipt": ("ItemRcpt",),
}
_SCRIPTS: dict[str, Names] = {
    "purchase_order": ("PURCHASEORDER",),
    "vendor_bill": ("VENDORBILL", "VENDORCREDIT"),
    "payment": ("VENDORPAYMENT",),
    "item_receipt": ("ITEMRECEIPT",),
}
"""What DeletedRecord calls them."""
_FACTS: dict[str, Names] = {
    "vendor": (),
    "purchase_order": ("purchase_order",),
    "vendor_bill": ("invoice", "credit"),
    "payment": ("payment",),
    "item_receipt": ("delivery",),
}
_LABELS = {
    "vendor": "Vendors",
    "purchase_order": "Purchase orders",
    "vendor_bill": "Vendor bills and credits",
    "payment": "Bill payments and the bills they settle",
    "item_receipt": "Item receipts",
}
_CHANGED = as_moment("lastmodifieddate", "changed")
_VENDOR: Names = ("id", "entityid", "companyname", _CHANGED)
_TRANSACTION: Names = (
    *("id", "tranid", "type", "status", "entity", "currency", "foreigntotal", "memo", "voided"),
    *(as_day("trandate", "trandate"), as_day("duedate", "duedate")),
    *(as_moment("createddate", "created"), _CHANGED),
)
_LINE: Names = (
    *(
        "transaction",
        "id",
        "linesequencenumber",
        "mainline",
        "BUILTIN.DF(item) AS itemname",
        "memo",
        "quantity",
    ),
    *("rate", "foreignamount", "isclosed", "quantityshiprecv"),
)
_TOLD = {
    "units": "BUILTIN.DF(units) AS unit",
    "expectedreceiptdate": as_day("expectedreceiptdate", "expectedreceiptdate"),
}
"""How a column is asked for, where its plain value would not do."""
_LINK: Names = (
    *("previousdoc", "previousline", "previoustype", "nextdoc", "nextline", "nexttype", "linktype"),
    "foreignamount",
)


class NetSuite:
    """Reads one account."""

    def __init__(self, settings: NetSuiteSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._sql = SuiteQL(self.name, http)
        self._currencies: dict[str, str] | None = None

    def check(self) -> Health:
        def trial(column: str, table: str) -> Any:
            return lambda: self._sql.page(select([column], table), 1, 0)

        tables = {"vendor": "id", "transaction": "id", "transactionline": "id", "currency": "id"}
        tables["NextTransactionLineLink"] = "nextdoc"
        if self.settings.deleted:
            tables["deletedrecord"] = "recordid"
        return probe(self.name, {table: trial(column, table) for table, column in tables.items()})

    def discover(self) -> tuple[Stream, ...]:
        return tuple(
            Stream(kind=kind, label=_LABELS[kind], facts=facts, watermark="lastmodifieddate")
            for kind, facts in _FACTS.items()
        )

    def writer(self) -> NetSuiteWriter:
        return NetSuiteWriter(self.settings, self._sql)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Transactions changed since the cursor, oldest change first, with their lines and links."""
        if kind not in _FACTS:
            raise unknown_kind(self.name, kind, self.discover())
        size = self.settings.page_size

        def fetch(since: datetime | None, offset: int) -> Page:
            return self._sql.page(self._query(kind, since), size, offset)

        since = resume_at(self.name, cursor, self.settings.overlap)
        deleted = self._deleted(kind, since)
        order = Order(lambda row: text(row, "id"), self._changed_at, size)
        for part in by_change(fetch, since, order, LoopGuard(self.name, f"POST {PATH}")):
            records = self._records(kind, part.rows)
            cursor = furthest(cursor, part.reached)
            yield Batch(records=records, cursor=cursor, problems=(*part.problems, *deleted))
            deleted = ()

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts in a transaction, pure. Raises Skippable for missing or unreadable fields."""
        with readable(self.name, f"{raw.kind} {raw.id}", "Correct it in NetSuite, or the settings."):
            return Document(self.settings, self.name, raw).facts()

    def _query(self, kind: str, since: datetime | None) -> str:
        """A moving filter instead of large offsets: a query gives 100,000 rows at most."""
        own = self.settings
        types = _TYPES.get(kind)
        conditions = [f"type IN ({','.join(map(quoted, types))})"] if types else []
        if since is not None:
            conditions.append(f"lastmodifieddate >= {literal(since, own.zone)}")
        more = own.more_columns.get(kind, ())
        columns = (*_VENDOR, *more, *own.party_fields)
        if types:
            days = [as_day(field, field) for field in own.received_fields] if kind == "vendor_bill" else []
            extra = (*own.more_columns["transaction"], *more, *own.contract_fields, *own.period_fields)
            columns = (*_TRANSACTION, *days, *extra)
        table = "transaction" if types else "vendor"
        return select(_once(columns), table, " AND ".join(conditions), "lastmodifieddate, id")

    def _records(self, kind: str, rows: Sequence[Row]) -> tuple[RawRecord, ...]:
        if kind not in _TYPES:
            return tuple(self._raw(kind, row, {"row": row}) for row in rows)
        ids = [held for row in rows if (held := text(row, "id")).isdigit()]
        if not ids:
            return ()
        asked = _once((*_LINE, *(_TOLD.get(c, c) for c in self.settings.more_columns["line"])))
        lines = _grouped(self._sql.among(asked, "transactionline", "transaction", ids), "transaction")
        vendors = self._vendors(rows)
        links = self._links(ids)
        codes = self._codes()
        return tuple(
            self._raw(
                kind,
                row,
                {
                    "row": row,
                    "lines": lines.get(text(row, "id"), []),
                    "links": links.get(text(row, "id"), []),
                    "currency": codes.get(text(row, "currency"), ""),
                    "vendor": vendors.get(text(row, "entity"), {}),
                },
            )
            for row in rows
        )

    def _links(self, ids: Sequence[str]) -> dict[str, list[Row]]:
        """What stands before some transactions, each with that document's number."""
        found = self._sql.among(_LINK, "NextTransactionLineLink", "nextdoc", ids)
        before = sorted({held for row in found if (held := text(row, "previousdoc")).isdigit()})
        spare = [c for c in self.settings.more_columns["transaction"] if c == "transactionnumber"]
        known = self._sql.among(["id", "tranid", *spare], "transaction", "id", before)
        numbers = {text(row, "id"): text(row, "tranid") or text(row, "transactionnumber") for row in known}
        return _grouped(
            [{**row, "tranid": numbers.get(text(row, "previousdoc"), "")} for row in found], "nextdoc"
        )

    def _deleted(self, kind: str, since: datetime | None) -> tuple[Problem, ...]:
        """Transactions deleted since the last read, told to a person: nothing of them is left to read, so
        the facts of before still count. A first read has none to take back."""
        scripts = _SCRIPTS.get(kind, ())
        if since is None or not scripts or not self.settings.deleted:
            return ()
        among = f"scriptid IN ({', '.join(map(quoted, scripts))})"
        where = f"{among} AND deleteddate >= {literal(since, self.settings.zone)}"
        columns = ["recordid", "name", as_moment("deleteddate", "deleted")]
        rows = self._sql.rows(select(columns, "deletedrecord", where, "deleteddate, recordid"))
        return tuple(
            Problem(
                stage="sync",
                what=f"{self.name}: {text(row, 'name')} was deleted at {text(row, 'deleted')}",
                place=f"{kind} {text(row, 'recordid')}",
                remedy="What was read of it still counts: decide what becomes of it.",
            )
            for row in rows
        )

    def _vendors(self, rows: Sequence[Row]) -> dict[str, Row]:
        """The vendors of some transactions, by internal id."""
        ids = sorted({held for row in rows if (held := text(row, "entity")).isdigit()})
        found = self._sql.among(_once(("id", *self.settings.party_fields)), "vendor", "id", ids)
        return {text(row, "id"): row for row in found}

    def _codes(self) -> dict[str, str]:
        """Currencies by internal id, as ISO codes."""
        if self._currencies is None:
            rows = self._sql.rows(select(["id", "symbol"], "currency", order="id"))
            self._currencies = {text(row, "id"): text(row, "symbol") for row in rows}
        return self._currencies

    def _raw(self, kind: str, row: Row, data: dict[str, Any]) -> RawRecord:
        return RawRecord(kind=kind, id=text(row, "id"), data=data, updated_at=self._changed_at(row))

    def _changed_at(self, row: Row) -> datetime:
        try:
            moment = instant(row, "changed", self.settings.zone)
        except ValueError:
            moment = None
        if moment is None or not text(row, "id"):
            raise Skippable(
                self.name, "a record without id or readable lastmodifieddate", place=text(row, "id")
            )
        return moment.astimezone(UTC)


def _once(columns: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(columns))


def _grouped(rows: Sequence[Row], key: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(text(row, key), []).append(row)
    return groups


PROFILE = Profile(
    kind="netsuite",
    title="NetSuite",
    area="ERP and procurement",
    settings=NetSuiteSettings,
    make=NetSuite,
    reads=(
        "vendors",
        "purchase orders with lines",
        "vendor bills and credits with lines",
        "bill payments with the bills they settle",
        "item receipts",
    ),
    writes=(
        "vendor bills, held for payment or not, by external id or idempotency key",
        "payment holds and their release",
        "instalments of a bill, where the account has them",
        "tasks",
        "configured records and fields",
    ),
    proved=(
        ("own client", "the client netsuite drives the same stand-in, queries and writes"),
        ("documentation", "stand-in written from the vendor's documentation, reads, writes and faults"),
    ),
    waits=(
        "in which zone SuiteQL tells times to an integration's user",
        "which columns an account's features and roles hide",
        "how a bill's payment is linked in NextTransactionLineLink where it settles several",
        "the code of a throttled request",
        "instalments: tried against mocks only",
        "what a deleted transaction had said: it is told to a person",
    ),
)
