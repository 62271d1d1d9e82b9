"""Coupa: suppliers, contracts, purchase orders, invoices with their payments, and receipts in; comments,
tasks, disputes, invoices and fields of contracts out.

Lists come in pages of at most fifty, in order of `updated-at`. Spend is what the lines of orders and
invoices say, with their commodity.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from obligations.facts import Fact
from obligations.model import Relation
from tools.coupa.contracts import contract_of
from tools.coupa.documents import PATHS, Document
from tools.coupa.fields import instant, text
from tools.coupa.writer import CoupaWriter
from tools.kit.call import Call, segment
from tools.kit.contracts import RawContract
from tools.kit.downloads import file_name
from tools.kit.errors import NotFound, Skippable, WrongAnswer
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, shaped, unknown_kind
from tools.kit.watermark import furthest, resume_at

if TYPE_CHECKING:
    from tools.kit.http import Client

Names = tuple[str, ...]


class CoupaSettings(VendorSettings):
    """Settings of the Coupa connector; `base_url` ends in /api."""

    kind: Literal["coupa"] = "coupa"
    page_size: int = Field(default=50, ge=1, le=50)
    zone: Zone = Field(default="UTC", description="IANA zone of days on which something was recorded")
    party_fields: Names = Field(default=("name",), description="of the supplier; the first filled one")
    contract_fields: Names = Field(
        default=("external-contract-id", "number"), description="of the contract; the first filled one"
    )
    gross_fields: Names = ("total-with-taxes", "gross-total")
    period_fields: Names = Field(
        default=("supplier-note", "internal-note", "comments"), description="texts that may name the period"
    )
    unissued_statuses: Names = ("draft", "buyer_hold", "currency_hold", "supplier_window_hold", "error")
    draft_statuses: Names = ("new", "draft", "save_as_draft", "processing", "invalid")
    held_statuses: Names = ("ap_hold", "on_hold", "booking_hold", "disputed")
    returned_statuses: Names = ("rejected", "abandoned", "voided")
    milestone_done: Names = Field(default=("completed",), description="statuses of a milestone of an order")
    types: dict[str, str] = Field(default={}, description="Coupa's contract type -> ours")
    relations: dict[str, Relation] = Field(default={}, description="Coupa's contract type -> our relation")
    max_document: int = Field(default=50_000_000, gt=0, description="bytes")
    history: bool = Field(default=True, description="also the version as created")
    reference_field: str = Field(default="internal-note", description="of invoices that we enter")
    account_type: str = Field(default="", description="name of the chart of accounts of invoices we enter")
    dispute: bool = Field(
        default=False, description="hold invoices by disputing them, which notifies the supplier"
    )
    dispute_reason: str = Field(default="", description="code of an active dispute reason")
    tasks_of: str = Field(default="", pattern=r"^((projects|user_groups)/\d+)?$")
    task_owner: int | None = Field(default=None, description="id of the user to whom tasks are assigned")
    contract_fields_written: dict[str, str] = Field(
        default={}, description="our field -> custom field of a contract"
    )

    def page(self, path: str) -> str:
        """Where people see a document."""
        return f"{self.base_url.rstrip('/').removesuffix('/api')}/{path}"


_FACTS: dict[str, Names] = {
    "supplier": (),
    "contract": (),
    "purchase_order": ("purchase_order", "milestone"),
    "invoice": ("invoice", "credit", "payment"),
    "receipt": ("delivery",),
}
_LABELS = {
    "supplier": "Suppliers",
    "contract": "Contracts",
    "purchase_order": "Purchase orders",
    "invoice": "Invoices and credit notes with their payments",
    "receipt": "Receipts, returns and voids",
}


class Coupa:
    """Reads one instance."""

    def __init__(self, settings: CoupaSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http

    def check(self) -> Health:
        def trial(path: str) -> Any:
            return lambda: self._page(path, {"limit": 1})

        return probe(self.name, {path: trial(path) for path in PATHS.values()})

    def discover(self) -> tuple[Stream, ...]:
        return tuple(
            Stream(kind=kind, label=_LABELS[kind], facts=facts, watermark="updated-at")
            for kind, facts in _FACTS.items()
        )

    def writer(self) -> CoupaWriter:
        return CoupaWriter(self.settings, self._http)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Documents changed since the cursor, oldest change first."""
        if kind not in PATHS:
            raise unknown_kind(self.name, kind, self.discover())
        path, size = PATHS[kind], self.settings.page_size

        def fetch(since: datetime | None, offset: int) -> Page:
            asked: dict[str, str | int] = {"order_by": "updated_at", "dir": "asc"}
            if since is not None:
                asked["updated-at[gt_or_eq]"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            rows = self._page(path, {**asked, "limit": size, "offset": offset})
            return Page(rows, more=len(rows) >= size)

        since = resume_at(self.name, cursor, self.settings.overlap)
        order = Order(lambda row: text(row, "id"), self._changed_at, size)
        for part in by_change(fetch, since, order, LoopGuard(self.name, f"GET /{path}")):
            records = tuple(self._raw(kind, row) for row in part.rows)
            cursor = furthest(cursor, part.reached)
            yield Batch(records=records, cursor=cursor, problems=part.problems)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts in a document, pure. Raises Skippable for missing or unreadable fields."""
        with readable(
            self.name,
            f"{PATHS.get(raw.kind, raw.kind)}/{raw.id}",
            "Correct the document in the source, or the settings.",
        ):
            return Document(self.settings, self.name, raw).facts()

    def to_contract(self, raw: RawRecord) -> RawContract:
        """The contract in a raw record, pure. Raises Skippable where number or name is missing."""
        with shaped(self.name, f"contracts/{raw.id}"):
            return contract_of(self.settings, self.name, raw)

    def contract(self, contract_id: str) -> RawContract:
        """One contract by Coupa's id, its number or its external id. Raises NotFound."""
        return self.to_contract(self._raw("contract", self._contract(contract_id)))

    def document(self, contract_id: str) -> tuple[bytes, str]:
        """The legal agreement's bytes and file name. Raises NotFound where the contract has none."""
        held = text(self._contract(contract_id), "id")
        path = f"/contracts/{segment(held)}/retrieve_legal_agreement"
        answer = self._http.send(Call("GET", path, accept="bytes", max_body=self.settings.max_document))
        if not answer.body or answer.headers.get("content-type", "").startswith("text/html"):
            remedy = "Check that our user may see the contract's legal agreement."
            raise WrongAnswer(
                self.name, "the document is empty or a web page", place=f"GET {path}", remedy=remedy
            )
        return answer.body, file_name(answer, f"contract-{held}")

    def _contract(self, contract_id: str) -> Row:
        fields = [*self.settings.contract_fields, *(["id"] if contract_id.isdigit() else [])]
        for field in fields:
            for row in self._page("contracts", {field: contract_id, "limit": 1}):
                if text(row, field) == contract_id:
                    return row
        raise NotFound(
            self.name,
            f"there is no contract {contract_id[:60]}",
            place="GET /contracts",
            remedy="Name it by its number, its external id or Coupa's id.",
        )

    def _page(self, path: str, params: dict[str, str | int]) -> list[Row]:
        data = self._http.get(f"/{path}", params).data
        if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
            raise WrongAnswer(self.name, "no list in the answer", place=f"GET /{path}")
        return data

    def _raw(self, kind: str, row: Row) -> RawRecord:
        return RawRecord(kind=kind, id=text(row, "id"), data={"row": row}, updated_at=self._changed_at(row))

    def _changed_at(self, row: Row) -> datetime:
        try:
            moment = instant(row.get("updated-at"))
        except ValueError:
            moment = None
        if moment is None or not text(row, "id"):
            raise Skippable(self.name, "a document without id or readable updated-at", place=text(row, "id"))
        return moment.astimezone(UTC)


PROFILE = Profile(
    kind="coupa",
    title="Coupa",
    area="ERP and procurement",
    settings=CoupaSettings,
    make=Coupa,
    reads=(
        "suppliers",
        "contracts and their signed agreements",
        "purchase orders with lines and milestones",
        "invoices and credit notes with lines and payments",
        "receipts, returns and voids",
    ),
    writes=(
        "comments on invoices, orders and contracts",
        "tasks",
        "invoices as drafts, or submitted",
        "holds as disputes, where switched on",
        "custom fields of contracts",
    ),
    proved=(
        ("specification", "paths, parameters and fields of requests against the vendor's OpenAPI files"),
    ),
    waits=(
        "whether every change of payments, approvals and voids moves updated-at",
        "in which zone days without an hour are written",
        "what a request beyond 25 a second is answered with",
        "Coupa Pay's own payments are not read",
    ),
)
