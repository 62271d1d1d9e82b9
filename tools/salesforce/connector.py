"""Salesforce: cases with history, comments and milestones, accounts, entitlements, service contracts in;
cases, comments and tasks out.

`read("case")` composes a raw record from Case, CaseHistory, CaseComment, FeedItem, EmailMessage and
CaseMilestone; `salesforce_cases` turns it into ticket versions. Milestones stay in the raw record for
cross-checking: what counts is our contract. Accounts, entitlements and service contracts give no facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from obligations.document import Problem
from obligations.facts import Fact
from tools.kit.errors import Fatal, Skippable
from tools.kit.paging import LoopGuard, Row
from tools.kit.profile import Profile
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, unknown_kind
from tools.kit.watermark import furthest, resume_at
from tools.salesforce.cases import CaseHistory
from tools.salesforce.settings import SalesforceSettings
from tools.salesforce.soql import Soql, instant, lacks_object, literal, select, value
from tools.salesforce.writer import SalesforceWriter

if TYPE_CHECKING:
    from tools.kit.http import Client

Names = tuple[str, ...]
_BY = "CreatedById,CreatedBy.Username,CreatedBy.UserType"
_CASE: Names = (
    *("Id", "CaseNumber", "Subject", "Status", "Priority", "IsClosed", "ClosedDate"),
    *("AccountId", "CreatedDate", *_BY.split(","), "LastModifiedDate", "SystemModstamp"),
    "IsDeleted",
)
_CASE_ENTITLED: Names = (
    *("EntitlementId", "SlaStartDate", "SlaExitDate", "IsStopped", "StopStartDate", "MilestoneStatus"),
)
_KEPT: Names = ("Id", "Name", "SystemModstamp", "IsDeleted")
_OBJECTS: dict[str, tuple[str, Names]] = {
    "case": ("Case", _CASE),
    "account": ("Account", _KEPT),
    "entitlement": ("Entitlement", (*_KEPT, "AccountId")),
    "service_contract": ("ServiceContract", (*_KEPT, "AccountId", "ContractNumber")),
}
_MILESTONE = (
    "Id,CaseId,MilestoneTypeId,MilestoneType.Name,StartDate,TargetDate,CompletionDate,IsCompleted,IsViolated,"
    "ElapsedTimeInMins,TargetResponseInMins,TimeRemainingInMins,TimeSinceTargetInMins,BusinessHoursId"
)
_SIDES: dict[str, tuple[str, str]] = {
    "CaseHistory": ("CaseId", f"Id,CaseId,Field,OldValue,NewValue,CreatedDate,{_BY}"),
    "CaseComment": ("ParentId", f"Id,ParentId,CommentBody,IsPublished,CreatedDate,{_BY}"),
    "FeedItem": ("ParentId", f"Id,ParentId,Type,Body,Visibility,CreatedDate,{_BY}"),
    "EmailMessage": (
        "ParentId",
        f"Id,ParentId,Subject,TextBody,Incoming,Status,FromAddress,MessageDate,CreatedDate,{_BY}",
    ),
    "CaseMilestone": ("CaseId", _MILESTONE),
}
_LOST = {
    "CaseHistory": "pauses and changes of priority are unknown",
    "CaseMilestone": "the org's own milestones are missing",
}
_UNHEARD = "answers are missing"
_CASE_ID = "500"  # every id of a case begins with it, in every org


class Salesforce:
    """Reads one org."""

    def __init__(self, settings: SalesforceSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._soql = Soql(self.name, http, settings.api_version, settings.page_size)
        self._closed: dict[str, Fatal] = {}

    def check(self) -> Health:
        def trial(name: str) -> Any:
            return lambda: self._soql.one(select("Id", name))

        objects = [_OBJECTS[stream.kind][0] for stream in self.discover()]
        return probe(self.name, {name: trial(name) for name in (*objects, *self._sides())})

    def discover(self) -> tuple[Stream, ...]:
        stamp = "SystemModstamp"
        entitled = (
            Stream(kind="entitlement", label="Entitlements", watermark=stamp),
            Stream(kind="service_contract", label="Service contracts", watermark=stamp),
        )
        return (
            Stream(kind="account", label="Accounts", watermark=stamp),
            *(entitled if self.settings.entitlements else ()),
            Stream(kind="case", label="Cases", facts=("ticket",), watermark=stamp),
        )

    def writer(self) -> SalesforceWriter:
        return SalesforceWriter(self.settings, self._soql)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Records changed since the cursor, oldest change first; deleted ones too. At the end come cases
        of which only a comment, a mail or a milestone is new: those need not move the case's own stamp."""
        if kind not in {stream.kind for stream in self.discover()}:
            raise unknown_kind(self.name, kind, self.discover())
        self._closed = {}
        since = resume_at(self.name, cursor, self.settings.overlap)
        told: set[str] = set()
        given: set[str] = set()
        guard = LoopGuard(self.name, f"SOQL {kind}")
        newest, ordered = since, True
        for rows, last in self._soql.pages(self._query(kind, since), deleted=True):
            good, moments, problems = self._stamped(rows)
            stamps = [(value(row, "Id"), moment) for row, moment in zip(good, moments, strict=True)]
            guard.not_before(stamps, since)
            ordered = ordered and moments == sorted(moments) and not _earlier(moments, newest)
            newest = max([*moments, newest] if newest else moments, default=None)
            cursor = furthest(cursor, newest if ordered or last else None)
            records = self._records(kind, good)
            if since is not None:
                given.update(identity for identity, _ in stamps)
            yield Batch(records=records, cursor=cursor, problems=(*problems, *self._unreadable(told)))
        if kind == "case" and since is not None:
            yield from self._touched(since, given, cursor or "", told)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The versions of a case, pure; nothing for the other kinds. Raises Skippable."""
        if raw.kind != "case":
            return ()
        with readable(self.name, f"case {raw.id}", "Correct the record in the org, or the settings."):
            return CaseHistory(self.settings, self.name, raw).facts()

    def _query(self, kind: str, since: datetime | None) -> str:
        conditions = [f"SystemModstamp >= {literal(since)}"] if since else []
        if kind == "case" and self.settings.case_filter:
            conditions.append(f"({self.settings.case_filter})")
        return self._select(kind, " AND ".join(conditions), "SystemModstamp, Id")

    def _select(self, kind: str, where: str = "", order: str = "") -> str:
        own = self.settings
        name, fields = _OBJECTS[kind]
        if kind == "case":
            entitled = _CASE_ENTITLED if own.entitlements else ()
            fields = (*fields, *entitled, *own.party_fields, *own.service_fields, *own.contract_fields)
        asked = dict.fromkeys((*fields, *own.more_fields.get(kind, ())))
        return select(",".join(asked), name, where, order)

    def _sides(self) -> Names:
        """The objects that hang on a case and are read with it."""
        entitled = ("CaseMilestone",) if self.settings.entitlements else ()
        return ("CaseHistory", *self.settings.said_in, *entitled)

    def _records(self, kind: str, rows: Sequence[Row]) -> tuple[RawRecord, ...]:
        if kind != "case":
            return tuple(self._raw(kind, row, {"row": row}) for row in rows)
        ids = [value(row, "Id") for row in rows]
        parts = {name: self._side(name, ids) for name in self._sides()} if ids else {}
        masters = self._masters(rows)
        records = []
        for row, case in zip(rows, ids, strict=True):
            data: dict[str, Any] = {"case": row, **{name: held.get(case, []) for name, held in parts.items()}}
            if master := value(row, "MasterRecordId"):
                data["merged_into"] = masters.get(master, master)
            records.append(self._raw("case", row, data))
        return tuple(records)

    def _raw(self, kind: str, row: Row, data: dict[str, Any]) -> RawRecord:
        return RawRecord(kind=kind, id=value(row, "Id"), data=data, updated_at=self._changed_at(row))

    def _side(self, name: str, ids: Sequence[str]) -> dict[str, list[Row]]:
        """Rows of an object that hang on some cases, by case: deleted ones too, for what was said was said.
        None where the org or our rights lack the object, which is told as a problem."""
        if name in self._closed:
            return {}
        key, fields = _SIDES[name]
        groups: dict[str, list[Row]] = {}
        try:
            rows = self._soql.among(select(fields, name), key, ids, name != "CaseMilestone")
        except Fatal as error:
            if not lacks_object(error):
                raise
            self._closed[name] = error
            rows = []
        for row in rows:
            groups.setdefault(value(row, key), []).append(row)
        return groups

    def _masters(self, rows: Sequence[Row]) -> dict[str, str]:
        """Case numbers of the cases that others were merged into."""
        ids = sorted({master for row in rows if (master := value(row, "MasterRecordId"))})
        found = self._soql.among(select("Id,CaseNumber", "Case"), "Id", ids, deleted=True)
        return {value(row, "Id"): value(row, "CaseNumber") for row in found}

    def _touched(self, since: datetime, given: set[str], cursor: str, told: set[str]) -> Iterator[Batch]:
        """Cases not given yet on which something hangs that changed since."""
        ids: set[str] = set()
        for name in self._sides()[1:]:
            key = _SIDES[name][0]
            if name not in self._closed:
                query = select(key, name, f"SystemModstamp >= {literal(since)}")
                ids.update(value(row, key) for row in self._changed(name, query))
        left = sorted(case for case in ids - given if case.startswith(_CASE_ID))
        size = self.settings.page_size
        for start in range(0, len(left), size):
            some = left[start : start + size]
            narrowed = f"({self.settings.case_filter})" if self.settings.case_filter else ""
            rows = self._soql.among(self._select("case", narrowed), "Id", some, deleted=True)
            good, _, problems = self._stamped(rows)
            records = self._records("case", good)
            yield Batch(records=records, cursor=cursor, problems=(*problems, *self._unreadable(told)))

    def _changed(self, name: str, query: str) -> list[Row]:
        try:
            return self._soql.rows(query, deleted=True)
        except Fatal as error:
            if not lacks_object(error):
                raise
            self._closed[name] = error
            return []

    def _stamped(self, rows: Sequence[Row]) -> tuple[list[Row], list[datetime], tuple[Problem, ...]]:
        """The rows that say when they changed, with that; a problem for each other one."""
        good: list[Row] = []
        moments: list[datetime] = []
        problems: list[Problem] = []
        for row in rows:
            try:
                moments.append(self._changed_at(row))
            except Skippable as error:
                problems.append(error.problem())
            else:
                good.append(row)
        return good, moments, tuple(problems)

    def _changed_at(self, row: Row) -> datetime:
        try:
            moment = instant(value(row, "SystemModstamp"))
        except ValueError:
            moment = None
        if moment is None:
            raise Skippable(self.name, "a record without a readable SystemModstamp", place=value(row, "Id"))
        return moment

    def _unreadable(self, told: set[str]) -> tuple[Problem, ...]:
        """Objects we may not read, each told once in a read: without them a case is known in part."""
        new = [(name, error) for name, error in self._closed.items() if name not in told]
        told.update(self._closed)
        return tuple(
            Problem(
                stage="sync",
                what=f"{self.name}: {name} cannot be read, so {_LOST.get(name, _UNHEARD)}: {error.what}",
                place=name,
                remedy="Give our user read access to it, or leave it out of the settings.",
            )
            for name, error in new
        )


def _earlier(moments: Sequence[datetime], newest: datetime | None) -> bool:
    return bool(moments) and newest is not None and moments[0] < newest


PROFILE = Profile(
    kind="salesforce",
    title="Salesforce",
    area="CRM",
    settings=SalesforceSettings,
    make=Salesforce,
    reads=(
        "accounts",
        "cases with history, comments, feed, e-mails and milestones",
        "entitlements",
        "service contracts",
    ),
    writes=(
        "cases by external id, with a first comment in one composite request",
        "comments, also as a post that mentions the owner",
        "tasks",
        "fields of configured objects",
    ),
    proved=(
        ("own client", "simple-salesforce drives the same stand-in, queries and writes"),
        ("documentation", "stand-in written from the vendor's documentation, reads, writes and faults"),
    ),
    waits=(
        "which fields the org tracks in CaseHistory, and for how long it keeps them",
        "whether a comment moves its case's SystemModstamp (it is not relied on)",
        "which rights FeedItem asks for",
        "e-mails, and posts that mention somebody: tried against mocks only",
    ),
)
