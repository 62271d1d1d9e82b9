"""ServiceNow: incidents with journal, audit and SLA records, and outages in; comments and incidents out.

`read("incident")` composes a raw record from incident, sys_journal_field, sys_audit and task_sla;
`servicenow_history` turns it into ticket versions. The platform's own SLA records stay in the raw
record for cross-checking: what counts is our contract, not their definition of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from pydantic import Field, ValidationInfo, field_validator

from obligations.document import Problem
from obligations.facts import Fact, Source, TicketStatus
from obligations.model import Action
from obligations.quantities import Frozen
from tools.kit import reference as ref
from tools.kit.call import Answer, Call, segment
from tools.kit.errors import ConnectorError, Fatal, NotFound, Skippable, Unauthorised, WrongAnswer
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change, by_number
from tools.kit.payloads import Comment, Task, payload, refused
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, unknown_kind
from tools.kit.watermark import furthest, resume_at
from tools.servicenow.history import TicketHistory, instant, outage_facts, shown, value

if TYPE_CHECKING:
    from tools.kit.http import Client

Names = tuple[str, ...]

_STATES: dict[str, TicketStatus] = {
    "1": "open",
    "new": "open",
    "2": "in_progress",
    "in progress": "in_progress",
    "3": "on_hold",
    "on hold": "on_hold",
    "6": "resolved",
    "resolved": "resolved",
    "7": "closed",
    "closed": "closed",
    "8": "cancelled",
    "canceled": "cancelled",
}
_HOLD_REASONS: dict[str, TicketStatus] = {
    "1": "awaiting_customer",
    "awaiting caller": "awaiting_customer",
    "4": "awaiting_vendor",
    "awaiting vendor": "awaiting_vendor",
}
_LEVELS = enumerate(("critical", "high", "moderate", "low", "planning"), 1)
_PRIORITIES = {text: f"P{n}" for n, word in _LEVELS for text in (str(n), f"{n} - {word}")}
_OUTAGE_TYPES: dict[str, Literal["outage", "degradation", "maintenance"]] = {
    "outage": "outage",
    "degradation": "degradation",
    "planned": "maintenance",
}

_WORDS: dict[str, Mapping[str, Any]] = {
    "states": _STATES,
    "hold_reasons": _HOLD_REASONS,
    "priorities": _PRIORITIES,
    "outage_types": _OUTAGE_TYPES,
}


class Authors(Frozen):
    """Who is who among those who write on tickets, as patterns over user names (`*.acme`, `svc-*`).

    A user that no pattern names belongs to the provider when the user's company is the ticket's vendor,
    to the customer when it is one of `our_companies` (names or sys_ids), and is unknown otherwise. What
    `system` users write counts as automatic.
    """

    system: Names = ("system",)
    provider: Names = ()
    customer: Names = ()
    our_companies: Names = ()
    by_company: bool = Field(default=True, description="look up users' companies in sys_user")


class ServiceNowSettings(VendorSettings):
    """Settings of the ServiceNow connector; `base_url` ends in /api/now."""

    kind: Literal["servicenow"] = "servicenow"
    page_size: int = Field(default=100, ge=1, le=1000)
    query: str = Field(default="", description="encoded query that narrows the incidents read")
    vendor_fields: Names = Field(
        default=("u_vendor", "cmdb_ci.vendor"), description="references to core_company; the first filled one"
    )
    service_fields: Names = ("business_service", "cmdb_ci")
    contract_fields: Names = ("u_contract",)
    announced_fields: Names = Field(
        default=("u_announced_at", "sys_created_on"), description="when planned work was announced"
    )
    cause_fields: Names = ("u_cause",)
    states: dict[str, TicketStatus] = _STATES
    hold_reasons: dict[str, TicketStatus] = _HOLD_REASONS
    priorities: dict[str, str] = _PRIORITIES
    outage_types: dict[str, Literal["outage", "degradation", "maintenance"]] = _OUTAGE_TYPES
    authors: Authors = Authors()
    history: bool = Field(default=True, description="one fact version per recorded change")

    @field_validator("query")
    @classmethod
    def _one_condition(cls, query: str) -> str:
        if "^NQ" in query or "ORDERBY" in query:
            raise ValueError("query may hold conditions only, without ^NQ or ORDERBY")
        return query

    @field_validator("states", "hold_reasons", "priorities", "outage_types")
    @classmethod
    def _over_defaults(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """The tenant's own words, in any case, over the ones every instance begins with."""
        return {**_WORDS[info.field_name or ""], **{key.casefold(): value for key, value in given.items()}}

    @property
    def instance(self) -> str:
        return self.base_url.partition("/api/now")[0].rstrip("/")

    def page(self, table: str, sys_id: str) -> str:
        """Where people see a record."""
        return f"{self.instance}/nav_to.do?uri={quote(f'{table}.do?sys_id={sys_id}', safe='')}"


_INCIDENT = (
    "sys_id,number,short_description,state,hold_reason,priority,opened_at,resolved_at,closed_at,"
    "sys_created_on,sys_created_by,sys_updated_on,sys_updated_by,correlation_id"
)
_OUTAGE = "sys_id,type,begin,end,cmdb_ci,short_description,sys_created_on,sys_updated_on"
_SLA = (
    "sys_id,task,sla,stage,start_time,end_time,planned_end_time,has_breached,percentage,business_percentage,"
    "pause_duration,schedule"
)
_CHILD_LIMIT = 1000
_NAMED = 100
_SIDES: tuple[tuple[str, Callable[[str], str], str], ...] = (
    (
        "sys_journal_field",
        lambda listed: f"name=incident^element_idIN{listed}^elementINcomments,work_notes",
        "sys_id,element_id,element,value,sys_created_on,sys_created_by",
    ),
    (
        "sys_audit",
        lambda listed: f"tablename=incident^documentkeyIN{listed}^fieldnameINstate,hold_reason,priority",
        "sys_id,documentkey,fieldname,oldvalue,newvalue,user,sys_created_on,sys_created_by",
    ),
    ("task_sla", lambda listed: f"taskIN{listed}", _SLA),
)
"""What hangs on an incident: table, query by the incidents' ids, fields."""


class Tables:
    """The Table API: rows of a table by encoded query."""

    def __init__(self, name: str, http: Client) -> None:
        self.name = name
        self.http = http

    def page(self, table: str, params: Mapping[str, str], limit: int, offset: int) -> Page:
        """One page. Whether there is another is said by the Link header: rows our user may not see are
        taken out after the limit was applied, so a short page need not be the last."""
        path = f"/table/{table}"
        window: dict[str, str | int] = {"sysparm_limit": limit, "sysparm_offset": offset}
        answer = self.http.get(path, {**window, "sysparm_exclude_reference_link": "true", **params})
        rows = answer.data.get("result") if isinstance(answer.data, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise WrongAnswer(self.name, "no result list in the answer", place=f"GET {path}")
        return Page(rows, _has_next(answer, len(rows) >= limit))

    def rows(self, table: str, query: str, fields: str, display: bool = False) -> list[Row]:
        """All rows of a query, for tables whose rows are only ever added."""
        ordered = f"{query}^ORDERBYsys_created_on^ORDERBYsys_id"
        params = {"sysparm_query": ordered, "sysparm_fields": fields}
        if display:
            params["sysparm_display_value"] = "all"
        guard = LoopGuard(self.name, f"GET /table/{table}")

        def fetch(number: int) -> Page:
            return self.page(table, params, _CHILD_LIMIT, number * _CHILD_LIMIT)

        pages = by_number(fetch, lambda row: value(row, "sys_id"), guard)
        return [row for page in pages for row in page.rows]

    def one(self, table: str, query: str, fields: str) -> Row | None:
        """The first row of a query."""
        params = {"sysparm_query": query, "sysparm_fields": fields}
        rows = self.page(table, params, 1, 0).rows
        return rows[0] if rows else None


class ServiceNow:
    """Reads incidents and outages of one instance."""

    def __init__(self, settings: ServiceNowSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._tables = Tables(self.name, http)
        self._companies: dict[str, tuple[str, str] | None] = {}
        self._closed: dict[str, ConnectorError] = {}

    def check(self) -> Health:
        tables = ("incident", "sys_journal_field", "sys_audit", "task_sla", "cmdb_ci_outage")
        return probe(self.name, {t: lambda t=t: self._tables.one(t, "", "sys_id") for t in tables})  # type: ignore[misc]

    def discover(self) -> tuple[Stream, ...]:
        watermark = "sys_updated_on"
        return (
            Stream(kind="incident", label="Incidents", facts=("ticket",), watermark=watermark),
            Stream(kind="outage", label="Outages", facts=("outage",), watermark=watermark),
        )

    def writer(self) -> ServiceNowWriter:
        return ServiceNowWriter(self.settings, self._tables)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Records changed since the cursor, oldest change first."""
        compose = {"incident": self._tickets, "outage": self._outages}.get(kind)
        if compose is None:
            raise unknown_kind(self.name, kind, self.discover())
        table, fields, query = self._asked(kind)
        self._closed = {}
        order = Order(lambda row: value(row, "sys_id"), self._changed_at, self.settings.page_size)

        def fetch(since: datetime | None, offset: int) -> Page:
            conditions = [query] if query else []
            if since is not None:
                conditions.append(f"sys_updated_on>={since:%Y-%m-%d %H:%M:%S}")
            ordered = "^".join([*conditions, "ORDERBYsys_updated_on", "ORDERBYsys_id"])
            params = {"sysparm_query": ordered, "sysparm_fields": fields, "sysparm_display_value": "all"}
            return self._tables.page(table, params, self.settings.page_size, offset)

        since = resume_at(self.name, cursor, self.settings.overlap)
        guard = LoopGuard(self.name, f"GET /table/{table}")
        told: set[str] = set()
        for part in by_change(fetch, since, order, guard):
            records = compose(part.rows)
            cursor = furthest(cursor, part.reached)
            yield Batch(records=records, cursor=cursor, problems=(*part.problems, *self._unreadable(told)))

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The versions of a ticket or outage, pure. Raises Skippable."""
        with readable(
            self.name, f"{raw.kind} {raw.id}", "Correct the record in the source, or the settings."
        ):
            if raw.kind == "outage":
                return outage_facts(self.settings, self.name, raw)
            return TicketHistory(self.settings, self.name, raw).facts()

    def _asked(self, kind: str) -> tuple[str, str, str]:
        """Table, fields and query of a kind."""
        own = self.settings
        if kind == "outage":
            extra = (*own.vendor_fields, *own.announced_fields, *own.cause_fields)
            return "cmdb_ci_outage", _fields(_OUTAGE, extra), ""
        extra = (*own.vendor_fields, *own.service_fields, *own.contract_fields)
        return "incident", _fields(_INCIDENT, extra), own.query

    def _outages(self, rows: Sequence[Row]) -> tuple[RawRecord, ...]:
        return tuple(self._raw("outage", row, {"outage": row}) for row in rows)

    def _tickets(self, rows: Sequence[Row]) -> tuple[RawRecord, ...]:
        """Incidents with everything that hangs on them: three more requests for each hundred."""
        ids = [value(row, "sys_id") for row in rows]
        if not ids:
            return ()
        journal, audit, slas = self._side_rows(ids)
        self._learn_companies(value(row, "sys_created_by") for row in (*rows, *journal, *audit))
        by_id = {
            "journal": _grouped(journal, "element_id"),
            "audit": _grouped(audit, "documentkey"),
            "task_sla": _grouped(slas, "task"),
        }
        records = []
        for row, sys_id in zip(rows, ids, strict=True):
            parts: dict[str, Any] = {name: held.get(sys_id, []) for name, held in by_id.items()}
            users = {value(r, "sys_created_by") for r in (row, *parts["journal"], *parts["audit"])}
            parts["companies"] = {u: self._companies[u] for u in sorted(users) if self._companies.get(u)}
            records.append(self._raw("incident", row, {"incident": row, **parts}))
        return tuple(records)

    def _side_rows(self, ids: Sequence[str]) -> list[list[Row]]:
        """Journal, audit and SLA records of some incidents, as many requests at once as the settings allow.
        A request names so many incidents only that its address is not too long."""
        parts = [ids[start : start + _NAMED] for start in range(0, len(ids), _NAMED)]
        asked = [(table, query(",".join(part)), fields) for table, query, fields in _SIDES for part in parts]
        with ThreadPoolExecutor(self.settings.http.concurrency) as pool:
            found = list(pool.map(lambda one: self._children(*one), asked))
        width = len(parts)
        return [list(chain(*found[at : at + width])) for at in range(0, len(found), width)]

    def _raw(self, kind: str, row: Row, data: dict[str, Any]) -> RawRecord:
        return RawRecord(kind=kind, id=value(row, "sys_id"), data=data, updated_at=self._changed_at(row))

    def _children(self, table: str, query: str, fields: str, display: bool = False) -> list[Row]:
        """Rows of a side table; none where our user may not read it, which is told as a problem."""
        if table in self._closed:
            return []
        try:
            return self._tables.rows(table, query, fields, display)
        except (Unauthorised, NotFound) as error:
            if error.status == 401:
                raise
            self._closed[table] = error
            return []

    def _learn_companies(self, users: Iterator[str]) -> None:
        """Look up the companies of users not met before."""
        new = sorted({user for user in users if user and user not in self._companies and _plain(user)})
        if not new or not self.settings.authors.by_company:
            return
        for start in range(0, len(new), 100):
            some = new[start : start + 100]
            query = f"user_nameIN{','.join(some)}"
            rows = self._children("sys_user", query, "sys_id,user_name,company", display=True)
            # Only now: after a failed request nobody may count as known to be nobody's.
            self._companies |= dict.fromkeys(some)
            for row in rows:
                company = value(row, "company")
                if company:
                    self._companies[value(row, "user_name")] = (company, shown(row, "company"))

    def _unreadable(self, told: set[str]) -> tuple[Problem, ...]:
        """Tables we may not read, each told once in a read: without them a ticket is known in part."""
        new = [table for table in self._closed if table not in told]
        told.update(new)
        return tuple(
            Problem(
                stage="sync",
                what=f"{self.name}: {table} cannot be read, so {_LOST.get(table, 'details are missing')}",
                place=f"/table/{table}",
                remedy="Give our user read access to the table.",
            )
            for table in new
        )

    def _changed_at(self, row: Row) -> datetime:
        try:
            moment = instant(value(row, "sys_updated_on"))
        except ValueError:
            moment = None
        if moment is None:
            what = "a record without a readable sys_updated_on"
            raise Skippable(self.name, what, place=value(row, "sys_id"))
        return moment


_TAKES = ("comment", "create_task", "update_task")


class ServiceNowWriter:
    """Comments on incidents, and opens them. What is written carries our reference."""

    def __init__(self, settings: ServiceNowSettings, tables: Tables) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._tables = tables

    def find(self, reference: str, target: str = "") -> Source | None:
        """The incident with our correlation id, else the journal entry that ends in our reference."""
        wanted = ref.checked(self.name, reference)
        row = self._tables.one("incident", f"correlation_id={wanted}", "sys_id,number,correlation_id")
        if row is not None and value(row, "correlation_id") == wanted:
            return self._source(row)
        sys_id = value(self._incident(target), "sys_id") if target else ""
        return self._entry(wanted, sys_id)

    def create(self, action: Action) -> Source:
        """Carry out a comment, create_task or update_task; see `Comment` and `Task` for payloads."""
        if action.verb not in _TAKES:
            raise refused(self.name, action, _TAKES)
        if action.verb == "update_task":
            return self._update(action)
        found = self.find(action.reference, action.target if action.verb == "comment" else "")
        if found is not None:
            return found
        return self._comment(action) if action.verb == "comment" else self._open(action)

    def _entry(self, wanted: str, sys_id: str) -> Source | None:
        """A journal entry that carries exactly our reference, on one incident or on any."""
        where = f"^element_id={sys_id}" if sys_id else ""
        query = f"name=incident{where}^valueLIKE{wanted}"
        for row in self._tables.rows("sys_journal_field", query, "sys_id,element_id,value"):
            if ref.is_marked(value(row, "value"), wanted):
                incident = self._incident(value(row, "element_id"))
                return self._comment_source(incident, value(row, "sys_id"))
        return None

    def _incident(self, target: str) -> Row:
        """An incident by number or sys_id. Raises NotFound."""
        if not _plain(target):
            raise Fatal(self.name, f"{target[:60]!r} is no incident number or sys_id")
        fields = "sys_id,number,correlation_id"
        row = self._tables.one("incident", f"number={target}^ORsys_id={target}", fields)
        if row is None or target not in (value(row, "number"), value(row, "sys_id")):
            raise NotFound(self.name, f"there is no incident {target}", place=target)
        return row

    def _comment(self, action: Action) -> Source:
        comment = payload(self.name, action, Comment)
        incident = self._incident(action.target)
        field = "comments" if comment.public else "work_notes"
        self._change(incident, {field: ref.mark(comment.text, action.reference)})
        written = self._entry(action.reference, value(incident, "sys_id"))
        return written or self._comment_source(incident, field)

    def _open(self, action: Action) -> Source:
        task = payload(self.name, action, Task)
        about = f"About: {action.target}\n\n" if action.target else ""
        body = {
            "short_description": task.title,
            "description": ref.mark(about + task.text, action.reference),
            "correlation_id": action.reference,
            "correlation_display": "Pacta",
        }
        if task.due_on:
            body["due_date"] = f"{task.due_on.isoformat()} 00:00:00"
        answer = self._tables.http.send(Call("POST", "/table/incident", body=body))
        return self._source(_result(self.name, answer))

    def _update(self, action: Action) -> Source:
        task = payload(self.name, action, Task)
        if task.state == "done":
            raise Fatal(self.name, "incidents are resolved by people", remedy="Propose a comment instead.")
        row = self._incident(action.target)
        self._change(
            row, {"short_description": task.title, "description": ref.mark(task.text, action.reference)}
        )
        return self._source(row)

    def _change(self, incident: Row, body: dict[str, str]) -> None:
        path = f"/table/incident/{segment(value(incident, 'sys_id'))}"
        self._tables.http.send(Call("PATCH", path, body=body))

    def _source(self, row: Row) -> Source:
        number, sys_id = value(row, "number"), value(row, "sys_id")
        if not sys_id:
            raise WrongAnswer(self.name, "no sys_id in the answer", place="/table/incident")
        url = self.settings.page("incident", sys_id)
        return Source(system=self.name, record=number or sys_id, url=url, label=number)

    def _comment_source(self, incident: Row, entry: str) -> Source:
        held = self._source(incident)
        record = f"{held.record}/{entry}"
        return held.model_copy(update={"record": record, "label": f"comment on {held.record}"})


_LOST = {
    "sys_journal_field": "comments and with them first responses are unknown",
    "sys_audit": "pauses and changes of priority are unknown",
    "task_sla": "the platform's own SLA records are missing",
    "sys_user": "authors are known by their user names only",
}


def _fields(fixed: str, extra: Sequence[str]) -> str:
    return ",".join(dict.fromkeys([*fixed.split(","), *extra]))


def _grouped(rows: Sequence[Row], key: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(value(row, key), []).append(row)
    return groups


def _has_next(answer: Answer, full: bool) -> bool:
    """Whether the Link header names a next page; without one, whether this page was full."""
    link = answer.headers.get("link", "")
    return 'rel="next"' in link if link else full


def _plain(text: str) -> bool:
    """May stand in an encoded query: no operator, no list separator."""
    return bool(text) and not set(text) & set("^,=<>\n\r")


def _result(vendor: str, answer: Answer) -> Row:
    row = answer.data.get("result") if isinstance(answer.data, dict) else None
    if not isinstance(row, dict):
        raise WrongAnswer(vendor, "no result in the answer", place="/table/incident")
    return row


PROFILE = Profile(
    kind="servicenow",
    title="ServiceNow",
    area="ITSM",
    settings=ServiceNowSettings,
    make=ServiceNow,
    reads=("incidents with journal, audit and SLA records", "outages"),
    writes=("comments and work notes", "incidents as tasks"),
    proved=(
        ("own client", "pysnow 0.7 drives the same stand-in: reads, writes, OAuth"),
        ("documentation", "reads, writes and faults against that stand-in"),
    ),
    waits=(
        "in which zone an instance reads times inside an encoded query",
        "OAuth by client credentials: tried against the stand-in only",
    ),
)
