"""Oracle Fusion Cloud ERP: suppliers, purchase orders, invoices with their holds, payments and receipts in;
invoices, their holds, instalments and fields out.

Lists come by `q` in order of the last update. A hold changes without its invoice: the changed holds are
read beside the invoices, and the invoices they stand on are read again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, JsonValue

from obligations.document import Problem
from obligations.facts import Fact
from tools.kit.errors import Skippable
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, unknown_kind
from tools.kit.watermark import as_cursor, furthest, marks, marks_cursor, resume_at
from tools.oracle_fusion.documents import IDS, PATHS, Document, invoice_facts, order_facts
from tools.oracle_fusion.fields import instant, of_kind, text
from tools.oracle_fusion.movements import CORRECTS, payment_facts, receipt_facts, type_of
from tools.oracle_fusion.rest import Resources, is_one_of, quoted
from tools.oracle_fusion.writer import OracleFusionWriter

if TYPE_CHECKING:
    from tools.kit.http import Client

Names = tuple[str, ...]
Kind = Literal["supplier", "purchase_order", "invoice", "payment", "receipt"]
_STAMP = "LastUpdateDate"
_HOLDS = "invoiceHolds"


class OracleFusionSettings(VendorSettings):
    """Settings of the Oracle Fusion connector; `base_url` ends in /fscmRestApi/resources/11.13.18.05."""

    kind: Literal["oracle_fusion"] = "oracle_fusion"
    page_size: int = Field(default=100, ge=1, le=500)
    framework: int = Field(default=4, ge=3, le=9, description="REST-Framework-Version")
    zone: Zone = Field(default="UTC", description="IANA zone of days")
    stamp_format: str = Field(
        default="%Y-%m-%dT%H:%M:%S+00:00", description="of a time in `q`, as strftime writes it"
    )
    stamp_zone: Zone = Field(default="UTC", description="in which `stamp_format` tells the time")
    filter_slack: timedelta = Field(
        default=timedelta(seconds=1), ge=timedelta(), description="what `stamp_format` leaves out of a time"
    )
    wildcard: Literal["%", "*"] = Field(default="%", description="of `like` in `q`")
    watermarks: dict[Kind, str] = Field(default={}, description="where it is not LastUpdateDate")
    filters: dict[Kind, str] = Field(default={}, description="further condition of `q`")
    expand: dict[Kind, Names] = Field(default={}, description="further rows below, such as flexfields")
    holds: bool = Field(default=True, description="read the holds of invoices")
    party: Literal["name", "number"] = "name"
    contract_fields: dict[Kind, Names] = Field(default={"purchase_order": ("SourceAgreementNumber",)})
    period_fields: Names = ("Description",)
    corrects_fields: Names = Field(default=(), description="of a memo: the invoice that it corrects")
    settled_fields: Names = ("ClearingValueDate", "ClearingDate")
    unissued_statuses: Names = ("INCOMPLETE", "PENDING APPROVAL", "REJECTED")
    cancelled_statuses: Names = ("CANCELED", "CANCELLED")
    draft_statuses: Names = Field(default=("Incomplete",), description="ValidationStatus of no invoice yet")
    held_approvals: Names = Field(default=("Rejected",), description="ApprovalStatus that stops the payment")
    credit_types: Names = ("Credit memo", "Debit memo")
    ignored_types: Names = ("Expense report",)
    voided_statuses: Names = ("Voided",)
    received_types: Names = ("RECEIVE", "MATCH")
    returned_types: Names = ("RETURN TO VENDOR", "RETURN TO SUPPLIER")
    pages: dict[Kind, str] = Field(default={}, description="address for people, with {id}")
    history: bool = Field(default=True, description="also the versions before the present one")
    business_unit: str = Field(default="", description="of invoices that we enter")
    supplier_sites: dict[str, str] = Field(default={}, description="supplier -> site; * for all others")
    reference_field: str = Field(default="Description", description="of invoices that we enter")
    invoice_values: dict[str, JsonValue] = Field(default={}, description="further attributes of them")
    invoice_fields: dict[str, str] = Field(default={}, description="our field -> attribute of an invoice")
    hold_name: str = Field(default="", description="of the holds that we place")
    release_name: str = Field(default="", description="by which our holds are released")

    def headers(self) -> dict[str, str]:
        return {"REST-Framework-Version": str(self.framework)}


_FACTS: dict[str, Names] = {
    "supplier": (),
    "purchase_order": ("purchase_order",),
    "invoice": ("invoice", "credit"),
    "payment": ("payment",),
    "receipt": ("delivery",),
}
_LABELS = {
    "supplier": "Suppliers",
    "purchase_order": "Purchase orders with lines and schedules",
    "invoice": "Invoices and memos with lines, instalments and holds",
    "payment": "Payments with the invoices they settle",
    "receipt": "Receipts, returns and their corrections",
}
_EXPANDS: dict[str, Names] = {
    "purchase_order": ("lines", "lines.schedules"),
    "invoice": ("invoiceLines", "invoiceInstallments"),
    "payment": ("relatedInvoices",),
}
_TELL = {
    "purchase_order": order_facts,
    "invoice": invoice_facts,
    "payment": payment_facts,
    "receipt": receipt_facts,
}


class OracleFusion:
    """Reads one environment."""

    def __init__(self, settings: OracleFusionSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._rest = Resources(self.name, http)

    def check(self) -> Health:
        def trial(path: str) -> Any:
            return lambda: self._rest.page(path, {"limit": 1, "onlyData": "true"})

        paths = (*PATHS.values(), *([_HOLDS] if self.settings.holds else []))
        return probe(self.name, {path: trial(path) for path in paths})

    def discover(self) -> tuple[Stream, ...]:
        return tuple(
            Stream(kind=kind, label=_LABELS[kind], facts=facts, watermark=self._stamp(kind))
            for kind, facts in _FACTS.items()
        )

    def writer(self) -> OracleFusionWriter:
        return OracleFusionWriter(self.settings, self._rest)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Records changed since the cursor, oldest change first."""
        if kind not in PATHS:
            raise unknown_kind(self.name, kind, self.discover())
        if kind == "invoice" and self.settings.holds:
            yield from self._with_holds(cursor)
        else:
            yield from self._changed(kind, cursor)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts in a record, pure. Raises Skippable for missing or unreadable fields."""
        if raw.kind not in _TELL:
            return ()
        doc = Document(self.settings, self.name, raw)
        try:
            return tuple(_TELL[raw.kind](doc))
        except ValueError as error:
            if isinstance(error, Skippable):
                raise
            raise doc.skip(f"cannot be read: {error}") from error

    # -- lists --------------------------------------------------------------------------------------

    def _changed(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        path, stamp, size = PATHS[kind], self._stamp(kind), self.settings.page_size
        also = of_kind(self.settings.filters, kind, "")

        def fetch(since: datetime | None, offset: int) -> Page:
            asked: dict[str, str | int] = {**self._shape(kind), "orderBy": f"{stamp}:asc"}
            conditions = [f"{stamp} >= {self._time(since)}"] if since is not None else []
            if also:
                conditions.append(f"({also})")
            if conditions:
                asked["q"] = " and ".join(conditions)
            return self._rest.page(path, {**asked, "limit": size, "offset": offset})

        since = resume_at(self.name, cursor, self.settings.overlap)
        order = Order(
            lambda row: text(row, IDS[kind]),
            lambda row: self._changed_at(kind, row),
            size,
            slack=self.settings.filter_slack,
        )
        for part in by_change(fetch, since, order, LoopGuard(self.name, f"GET /{path}")):
            records, problems = self._records(kind, part.rows)
            cursor = furthest(cursor, part.reached)
            yield Batch(records=records, cursor=cursor, problems=(*part.problems, *problems))

    def _with_holds(self, cursor: str | None) -> Iterator[Batch]:
        """Invoices that changed, then those on which a hold changed. Before the first read the newest hold
        is noted: whatever changes from then on is found the next time."""
        held = marks(self.name, cursor)
        since = held.get(_HOLDS, "") or self._newest_hold()
        known = held.get("invoices", "")
        for batch in self._changed("invoice", known):
            known = batch.cursor
            yield batch.model_copy(update={"cursor": marks_cursor({"invoices": known, _HOLDS: since})})
        if _HOLDS not in held:
            return
        for rows, reached, problems in self._changed_holds(since):
            numbers = is_one_of("InvoiceNumber", (text(row, "InvoiceNumber") for row in rows))
            found = self._rest.where(PATHS["invoice"], numbers, self._shape("invoice"))
            records, more = self._records("invoice", found)
            since = furthest(since, reached)
            after = marks_cursor({"invoices": known, _HOLDS: since})
            yield Batch(records=records, cursor=after, problems=(*problems, *more))

    def _newest_hold(self) -> str:
        asked: dict[str, str | int] = {"orderBy": f"{_STAMP}:desc", "limit": 1, "onlyData": "true"}
        moments = [instant(row.get(_STAMP)) for row in self._rest.page(_HOLDS, asked).rows[:1]]
        return as_cursor(next((at for at in moments if at), datetime(1970, 1, 1, tzinfo=UTC)))

    def _changed_holds(self, cursor: str) -> Iterator[tuple[list[Row], datetime | None, tuple[Problem, ...]]]:
        size = self.settings.page_size

        def fetch(since: datetime | None, offset: int) -> Page:
            asked: dict[str, str | int] = {"onlyData": "true", "orderBy": f"{_STAMP}:asc"}
            if since is not None:
                asked["q"] = f"{_STAMP} >= {self._time(since)}"
            return self._rest.page(_HOLDS, {**asked, "limit": size, "offset": offset})

        order = Order(
            lambda row: text(row, "HoldId"),
            lambda row: self._stamped(row, _STAMP, "HoldId"),
            size,
            slack=self.settings.filter_slack,
        )
        since = resume_at(self.name, cursor, self.settings.overlap)
        for part in by_change(fetch, since, order, LoopGuard(self.name, f"GET /{_HOLDS}")):
            yield part.rows, part.reached, part.problems

    # -- records ------------------------------------------------------------------------------------

    def _records(self, kind: str, rows: Sequence[Row]) -> tuple[tuple[RawRecord, ...], tuple[Problem, ...]]:
        """The records of some rows, with everything that stands elsewhere and is needed to read them."""
        beside: dict[str, list[Row]] = {}
        if kind == "receipt":
            rows, beside = self._corrected(rows)
        if kind == "invoice" and self.settings.holds:
            beside = self._holds_on(rows)
        records: list[RawRecord] = []
        problems: list[Problem] = []
        for row in rows:
            try:
                whole = self._rest.completed(PATHS[kind], row, self._expands(kind))
                at, number = self._changed_at(kind, row), text(row, IDS[kind])
            except Skippable as error:
                problems.append(error.problem())
                continue
            extra = {"receipt": "corrections", "invoice": "holds"}.get(kind)
            data: dict[str, Any] = {"row": whole}
            if extra:
                data[extra] = beside.get(_of(row) if kind == "invoice" else number, [])
            records.append(RawRecord(kind=kind, id=number, data=data, updated_at=at))
        return tuple(records), tuple(problems)

    def _holds_on(self, rows: Sequence[Row]) -> dict[str, list[Row]]:
        """The holds on some invoices. A hold names its invoice by number, supplier and business unit."""
        numbers = is_one_of("InvoiceNumber", (text(row, "InvoiceNumber") for row in rows))
        found: dict[str, list[Row]] = {}
        for hold in self._rest.where(_HOLDS, numbers, {"onlyData": "true"}):
            found.setdefault(_of(hold), []).append(hold)
        return found

    def _corrected(self, rows: Sequence[Row]) -> tuple[list[Row], dict[str, list[Row]]]:
        """Each transaction once with its corrections: a correction is read as what it corrects."""
        path, shape = PATHS["receipt"], self._shape("receipt")
        first = {text(row, "TransactionId"): row for row in rows if type_of(row) != CORRECTS}
        parents = {text(row, "ParentTransactionId") for row in rows if type_of(row) == CORRECTS}
        for row in self._rest.where(path, _numbered("TransactionId", parents - set(first)), shape):
            first[text(row, "TransactionId")] = row
        kinds = (*self.settings.received_types, *self.settings.returned_types)
        counted = {number for number, row in first.items() if type_of(row) in kinds}
        found: dict[str, list[Row]] = {}
        for row in self._rest.where(path, _numbered("ParentTransactionId", counted), shape):
            if type_of(row) == CORRECTS:
                found.setdefault(text(row, "ParentTransactionId"), []).append(row)
        return list(first.values()), found

    def _expands(self, kind: str) -> Names:
        return (*_EXPANDS.get(kind, ()), *of_kind(self.settings.expand, kind, ()))

    def _shape(self, kind: str) -> dict[str, str | int]:
        """What is asked of each row: the rows below it with the links that lead to more, or data alone."""
        expands = self._expands(kind)
        return {"expand": ",".join(expands), "links": "self"} if expands else {"onlyData": "true"}

    def _stamp(self, kind: str) -> str:
        return of_kind(self.settings.watermarks, kind, _STAMP)

    def _time(self, moment: datetime) -> str:
        zone = ZoneInfo(self.settings.stamp_zone)
        return quoted(moment.astimezone(zone).strftime(self.settings.stamp_format))

    def _changed_at(self, kind: str, row: Row) -> datetime:
        return self._stamped(row, self._stamp(kind), IDS[kind])

    def _stamped(self, row: Row, field: str, key: str) -> datetime:
        try:
            moment = instant(row.get(field))
        except ValueError:
            moment = None
        if moment is None or not text(row, key):
            what = f"a row without {key} or a readable {field}"
            raise Skippable(self.name, what, place=text(row, key), remedy="Correct it in Oracle Fusion.")
        return moment


def _of(row: Row) -> str:
    """What a hold and its invoice have in common."""
    return "\n".join(text(row, field) for field in ("InvoiceNumber", "Supplier", "BusinessUnit"))


def _numbered(field: str, numbers: set[str]) -> Iterator[str]:
    """Conditions for a field that holds numbers."""
    for each in is_one_of(field, (number for number in numbers if number.isdigit())):
        yield each.replace("'", "")


PROFILE = Profile(
    kind="oracle_fusion",
    title="Oracle Fusion Cloud ERP",
    area="ERP and procurement",
    settings=OracleFusionSettings,
    make=OracleFusion,
    reads=(
        "suppliers",
        "purchase orders with lines and schedules",
        "invoices and memos with lines, instalments and holds",
        "payments with the invoices they settle",
        "receipts, returns and their corrections",
    ),
    writes=(
        "invoices and credit memos with lines and an instalment",
        "holds on invoices and the release of our own",
        "instalments of an unpaid invoice",
        "configured attributes of invoices",
    ),
    proved=(("documentation", "reads, writes and faults against a stand-in written from it"),),
    waits=(
        "everything here, on a real environment",
        "which resources let LastUpdateDate be searched and sorted",
        "how `q` takes a time, `in` and `like`",
        "whether every payment, clearing and validation moves LastUpdateDate",
        "the attributes of lines, schedules and receiving transactions in the tenant's release",
        "whether instalments may be changed one by one",
    ),
)
