"""SAP Ariba: purchase orders, invoices, receipts and payments by its reporting, and contract workspaces;
custom fields of contract workspaces out.

Reports are asked for by time of change, in windows no longer than Ariba allows, each page naming the next
by a token. Rows of a report have no order, so nothing counts as read before the end of its window.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from obligations.facts import Fact
from tools.ariba.contracts import contract_of, named, parent_of
from tools.ariba.documents import Document
from tools.ariba.fields import instant, text
from tools.ariba.settings import AribaSettings
from tools.ariba.writer import AribaWriter
from tools.kit.call import segment
from tools.kit.contracts import RawContract
from tools.kit.errors import NotFound, Skippable, WrongAnswer
from tools.kit.paging import LoopGuard, Page, Row, by_number, by_token
from tools.kit.profile import Profile
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, shaped, unknown_kind
from tools.kit.watermark import furthest, marks, marks_cursor, resume_at

if TYPE_CHECKING:
    from tools.kit.http import Client

Names = tuple[str, ...]

_FACTS: dict[str, Names] = {
    "purchase_order": ("purchase_order",),
    "invoice": ("invoice", "credit"),
    "receipt": ("delivery", "milestone"),
    "payment": ("payment",),
    "contract": (),
}
_LABELS = {
    "purchase_order": "Purchase orders with their versions",
    "invoice": "Invoices and credit memos",
    "receipt": "Receipts and milestones",
    "payment": "Payments",
    "contract": "Contract workspaces",
}


class Ariba:
    """Reads one realm."""

    def __init__(self, settings: AribaSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._http = http
        self._numbers: dict[str, str] = {}

    def check(self) -> Health:
        """The first view of each kind, over one day, and one workspace."""
        until = datetime.now(UTC)
        trials: dict[str, Any] = {}
        for kind in ("purchase_order", "invoice", "receipt", "payment"):
            for view in self._views(kind)[:1]:
                first = until - timedelta(days=1)
                trials[view] = lambda k=kind, v=view, f=first: self._report(k, v, f, until, None)
        trials["contracts"] = lambda: self._workspaces(0, 1, None)
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        return tuple(
            Stream(kind=kind, label=_LABELS[kind], facts=facts, watermark="time of change")
            for kind, facts in _FACTS.items()
        )

    def writer(self) -> AribaWriter:
        return AribaWriter(self.settings, self._http, self._workspace)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Records changed since the cursor: reports view by view and window by window; all workspaces."""
        if kind not in _FACTS:
            raise unknown_kind(self.name, kind, self.discover())
        if kind == "contract":
            yield from self._contracts(cursor)
            return
        held = marks(self.name, cursor)
        for view in self._views(kind):
            for batch in self._windows(kind, view, held.get(view)):
                held[view] = batch.cursor
                yield batch.model_copy(update={"cursor": marks_cursor(held)})

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts in a record, pure. Raises Skippable for missing or unreadable fields."""
        with readable(
            self.name, f"{raw.kind}/{raw.id}", "Correct the document in the source, or the settings."
        ):
            return Document(self.settings, self.name, raw).facts()

    def to_contract(self, raw: RawRecord) -> RawContract:
        """The contract in a raw record, pure. Raises Skippable where number or title is missing."""
        with shaped(self.name, f"contract/{raw.id}"):
            return contract_of(self.settings, self.name, raw)

    def contract(self, contract_id: str) -> RawContract:
        """One contract by its workspace id, or by what `contract_number` holds. Raises NotFound."""
        return self.to_contract(self._contract_raw(self._workspace(contract_id)))

    # -- reports ------------------------------------------------------------------------------------

    def _views(self, kind: str) -> tuple[str, ...]:
        held: tuple[str, ...] = getattr(self.settings.views, kind)
        return held

    def _windows(self, kind: str, view: str, cursor: str | None) -> Iterator[Batch]:
        """The records of one view from the cursor on, a window at a time, up to now."""
        own = self.settings
        begin = datetime.combine(own.begin_on, datetime.min.time(), UTC)
        first = max(resume_at(self.name, cursor, own.overlap) or begin, begin)
        now = datetime.now(UTC)
        span = own.analytics_window if kind == "payment" else own.window
        while first < now:
            last = min(first + span, now)
            reached: datetime | None = None
            for records, problems in self._window(kind, view, first, last):
                moments = [record.updated_at for record in records if record.updated_at]
                reached = max([*moments, *([reached] if reached else [])], default=None)
                yield Batch(records=records, cursor=cursor or "", problems=problems)
            cursor = furthest(cursor, reached)
            yield Batch(records=(), cursor=cursor)
            first = last

    def _window(
        self, kind: str, view: str, first: datetime, last: datetime
    ) -> Iterator[tuple[tuple[RawRecord, ...], tuple[Any, ...]]]:
        """Pages of one window, with a problem for each record that does not say when it changed."""
        place = f"GET {self._path(kind, view)}"
        guard = LoopGuard(self.name, place)
        for page in by_token(lambda token: self._report(kind, view, first, last, token), guard):
            records: list[RawRecord] = []
            problems = []
            for row in page.rows:
                try:
                    records.append(self._raw(kind, row))
                except Skippable as error:
                    problems.append(error.problem())
            stamps = [(record.id, record.updated_at) for record in records if record.updated_at]
            guard.not_before(stamps, first - timedelta(days=1))
            yield tuple(records), tuple(problems)

    def _report(self, kind: str, view: str, first: datetime, last: datetime, token: str | None) -> Page:
        """One page of a report on what changed between two instants."""
        filters = {
            "updatedDateFrom": f"{first:%Y-%m-%dT%H:%M:%SZ}",
            "updatedDateTo": f"{last:%Y-%m-%dT%H:%M:%SZ}",
        }
        params: dict[str, str | int] = {"realm": self.settings.realm, "filters": json.dumps(filters)}
        if token is not None:
            params["pageToken"] = token
        path = self._path(kind, view)
        data = self._http.get(path, params).data
        records = data.get("Records") if isinstance(data, dict) else None
        if not isinstance(records, list) or not all(isinstance(row, dict) for row in records):
            raise WrongAnswer(self.name, "no records in the answer", place=f"GET {path}")
        following = data.get("PageToken")
        return Page(records, token=str(following) if following else None)

    def _path(self, kind: str, view: str) -> str:
        own = self.settings
        template = own.analytics_path if kind == "payment" else own.reporting_path
        return template.replace("{view}", segment(view))

    def _raw(self, kind: str, row: Row) -> RawRecord:
        record = text(row, *(self.settings.payments.id if kind == "payment" else ("UniqueName",)))
        moment = self._moment(row, self.settings.changed_fields, record)
        return RawRecord(kind=kind, id=record, data={"row": row}, updated_at=moment)

    def _moment(self, row: Row, names: Names, record: str) -> datetime:
        """When a record changed last, by the first filled of some fields."""
        try:
            held = next((row[name] for name in names if row.get(name)), None)
            moment = instant(held)
        except (ValueError, TypeError):
            moment = None
        if moment is None or not record:
            remedy = "Add its id and time of change to the view, or name it in the settings."
            what = "a record without id or readable time of change"
            raise Skippable(self.name, what, place=record, remedy=remedy)
        return moment

    # -- contract workspaces ------------------------------------------------------------------------

    def _contracts(self, cursor: str | None) -> Iterator[Batch]:
        """Workspaces changed since the cursor. Without a filter in the settings all are fetched, and what
        did not change is left out here."""
        since = resume_at(self.name, cursor, self.settings.overlap)
        size = self.settings.contract_page
        guard = LoopGuard(self.name, f"GET {self.settings.contracts_path}")
        reached: datetime | None = None
        for page in by_number(lambda n: self._workspaces(n, size, since), lambda row: str(row), guard):
            records, problems = [], []
            for row in page.rows:
                try:
                    record = self._contract_raw(row)
                except Skippable as error:
                    problems.append(error.problem())
                    continue
                if since is None or (record.updated_at and record.updated_at >= since):
                    records.append(record)
            moments = [record.updated_at for record in records if record.updated_at]
            reached = max([*moments, *([reached] if reached else [])], default=None)
            yield Batch(records=tuple(records), cursor=cursor or "", problems=tuple(problems))
        yield Batch(records=(), cursor=furthest(cursor, reached))

    def _workspaces(self, number: int, size: int, since: datetime | None) -> Page:
        """One page of workspaces."""
        own = self.settings
        params: dict[str, str | int] = {**own.who(), "$top": size, "$skip": number * size, "$count": "true"}
        if own.contract_filter and since is not None:
            params["$filter"] = own.contract_filter.format(since=f"{since:%Y-%m-%dT%H:%M:%SZ}")
        data = self._http.get(own.contracts_path, params).data
        rows = data.get("value") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self.name, "no list in the answer", place=f"GET {own.contracts_path}")
        return Page(rows, more=len(rows) >= size)

    def _workspace(self, contract_id: str) -> Row:
        """A workspace by its id; where numbers are kept elsewhere, by its number. Raises NotFound."""
        own = self.settings
        missing = NotFound(
            self.name,
            f"there is no contract {contract_id[:60]!r}",
            place=f"GET {own.contracts_path}",
            remedy="Name it by its workspace id, or by what `contract_number` holds.",
        )
        try:
            return self._one(contract_id)
        except NotFound:
            if own.contract_number == ("contractId",):
                raise missing from None
        guard = LoopGuard(self.name, f"GET {own.contracts_path}")
        pages = by_number(lambda n: self._workspaces(n, own.contract_page, None), str, guard)
        for page in pages:
            for row in page.rows:
                if named(row, own.contract_number) == contract_id:
                    return row
        raise missing

    def _one(self, workspace: str) -> Row:
        """A workspace by its id. Raises NotFound."""
        path = f"{self.settings.contracts_path}/{segment(workspace)}"
        data = self._http.get(path, self.settings.who()).data
        held = data.get("value", data) if isinstance(data, dict) else data
        row = held[0] if isinstance(held, list) and held else held
        if not isinstance(row, dict) or not text(row, "contractId"):
            place = f"GET {self.settings.contracts_path}"
            raise WrongAnswer(self.name, "no workspace in the answer", place=place)
        return row

    def _contract_raw(self, row: Row) -> RawRecord:
        record = text(row, "contractId")
        moment = self._moment(row, self.settings.contract_changed, record)
        data: dict[str, Any] = {"row": row}
        self._numbers[record] = named(row, self.settings.contract_number)
        if parent := parent_of(row):
            data["parent"] = self._number(parent)
        return RawRecord(kind="contract", id=record, data=data, updated_at=moment)

    def _number(self, workspace: str) -> str:
        """What people call the contract in a workspace; its id, where we cannot see it."""
        if self.settings.contract_number == ("contractId",):
            return workspace
        if workspace not in self._numbers:
            self._numbers[workspace] = workspace
            with suppress(NotFound):
                row = self._one(workspace)
                self._numbers[workspace] = named(row, self.settings.contract_number) or workspace
        return self._numbers[workspace]


PROFILE = Profile(
    kind="ariba",
    title="SAP Ariba",
    area="ERP and procurement",
    settings=AribaSettings,
    make=Ariba,
    reads=(
        "purchase orders with lines and versions",
        "invoices and credit memos with lines",
        "receipts and milestones",
        "payments",
        "contract workspaces",
    ),
    writes=("custom fields of contract workspaces that are open for change",),
    proved=(("documentation", "reads, changes and faults against a stand-in made from public facts"),),
    waits=(
        "names of the system views, and which fields a realm's views give",
        "the paths of analytical reporting and of changes to workspaces",
        "how changed workspaces are selected, and which field tells their last change",
        "numbers of the categories of invoice lines, and status words",
    ),
)
