"""Jira Service Management: requests with changelog, comments and SLA records in; comments and tasks out.

`read("request")` composes a raw record from an issue, its changelog, its comments and its SLA records;
`jira_service_management_history` turns it into ticket versions. The desk's own SLA records stay in the
raw record for cross-checking: what counts is our contract, not their definition of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator

from obligations.document import Problem
from obligations.facts import Fact, TicketStatus
from obligations.quantities import Frozen
from tools.jira_service_management.history import TicketHistory, instant, mapping, rows
from tools.jira_service_management.search import SLACK, Form, Jira, Pages, jql_time, minute
from tools.jira_service_management.text import Api
from tools.kit.errors import (
    ConnectorError,
    Misconfigured,
    NotFound,
    Skippable,
    Unauthorised,
    WrongAnswer,
)
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, unknown_kind
from tools.kit.watermark import furthest, resume_at
from tools.kit.webhooks import (
    WebhookEvent,
    WebhookSettings,
    delivery,
    event_id,
    hub_signature,
    json_object,
    moment,
    within,
)

if TYPE_CHECKING:
    from tools.jira_service_management.writer import JiraWriter
    from tools.kit.http import Client

Names = tuple[str, ...]
Priority = Literal["P1", "P2", "P3", "P4", "P5"]

_STATUSES: dict[str, TicketStatus] = {
    "open": "open",
    "to do": "open",
    "new": "open",
    "reopened": "open",
    "waiting for support": "open",
    "in progress": "in_progress",
    "work in progress": "in_progress",
    "under investigation": "in_progress",
    "escalated": "in_progress",
    "waiting for customer": "awaiting_customer",
    "waiting for vendor": "awaiting_vendor",
    "waiting for third party": "awaiting_vendor",
    "pending": "on_hold",
    "on hold": "on_hold",
    "waiting for approval": "on_hold",
    "resolved": "resolved",
    "done": "resolved",
    "completed": "resolved",
    "closed": "closed",
    "canceled": "cancelled",
    "cancelled": "cancelled",
    "declined": "cancelled",
}
_PRIORITIES: dict[str, Priority] = {
    "highest": "P1",
    "blocker": "P1",
    "critical": "P1",
    "high": "P2",
    "medium": "P3",
    "low": "P4",
    "lowest": "P5",
    "p1": "P1",
    "p2": "P2",
    "p3": "P3",
    "p4": "P4",
    "p5": "P5",
}
_NAMED: dict[Priority, str] = {"P1": "Highest", "P2": "High", "P3": "Medium", "P4": "Low", "P5": "Lowest"}
_WORDS: dict[str, Mapping[str, str]] = {"statuses": _STATUSES, "priorities": _PRIORITIES}
_FIELDS = (
    "summary",
    "status",
    "priority",
    "resolution",
    "resolutiondate",
    "created",
    "updated",
    "creator",
    "reporter",
    "issuelinks",
    "comment",
)
_EMBEDDED = {"changelog": 40, "comment": 20}
"""How many histories and comments a search gives with an issue at most; at that many, more may exist."""


class Authors(Frozen):
    """Who is who among those who write on requests: patterns over account ids, addresses and names.

    For users that no pattern names: apps are the system; `agents` says on which side those stand who work
    on the desk. Portal customers, and whoever reported the request, are on the other side.
    """

    system: Names = ()
    provider: Names = ()
    customer: Names = ()
    agents: Literal["provider", "customer", "unknown"] = "provider"


class Tasks(Frozen):
    """How `create_task` is carried out: as an issue of a project, or as a request of a service desk."""

    as_: Literal["issue", "request"] = Field(default="issue", alias="as")
    project: str = Field(default="", description="key of the project that issues go to")
    issue_type: str = "Task"
    service_desk: str = Field(default="", description="id of the desk that requests go to")
    request_type: str = Field(default="", description="id of the request type")
    labels: Names = ("pacta",)
    priorities: dict[Priority, str] = Field(default=_NAMED, description="what ours are called in Jira")
    done_transition: str = Field(
        default="", description="its name; else the first that ends in a done status"
    )


class JiraSettings(VendorSettings):
    """Settings of the Jira connector; `base_url` is the site, or api.atlassian.com/ex/jira/<cloud id>."""

    kind: Literal["jira_service_management"] = "jira_service_management"
    site: str = Field(default="", description="where people see issues; base_url where it is left out")
    api: Api = Field(default="3", description="2: texts in wiki markup instead of documents (Data Center)")
    search: Form = Field(default="jql", description="classic: the older search with offsets")
    page_size: int = Field(default=50, ge=1, le=100)
    jql: str = Field(default="", description="narrows the issues read, without ORDER BY")
    zone: Zone | None = Field(default=None, description="our user's zone; asked from Jira where left out")
    party_fields: Names = Field(default=("Organizations",), description="names or ids; the first filled one")
    service_fields: Names = ("Affected services", "components")
    contract_fields: Names = ("Contract",)
    statuses: dict[str, TicketStatus] = _STATUSES
    cancelled_resolutions: Names = ("Won't Do", "Won't Fix", "Declined", "Canceled", "Cancelled")
    priorities: dict[str, Priority] = _PRIORITIES
    no_priority: Priority | None = Field(default=None, description="for issues without a priority")
    duplicate_link: str = "Duplicate"
    slas: bool = Field(default=True, description="read the desk's SLA records, one request for each issue")
    authors: Authors = Authors()
    history: bool = Field(default=True, description="one fact version per recorded change")
    tasks: Tasks = Tasks()
    webhook: WebhookSettings = Field(default=WebhookSettings(), description="what deliveries are signed with")
    fields: dict[str, str] = Field(default={}, description="our names to field ids, for set_fields")

    @field_validator("jql")
    @classmethod
    def _condition_only(cls, jql: str) -> str:
        if "order by" in " ".join(jql.split()).casefold():
            raise ValueError("jql may hold conditions only, without ORDER BY")
        return jql.strip()

    @field_validator("statuses", "priorities")
    @classmethod
    def _over_defaults(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """The tenant's own words, in any case, over the ones every desk begins with."""
        return {**_WORDS[info.field_name or ""], **{key.casefold(): value for key, value in given.items()}}

    def page(self, key: str) -> str:
        """Where people see an issue."""
        return f"{(self.site or self.base_url).rstrip('/')}/browse/{key}"

    @property
    def named_fields(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*self.party_fields, *self.service_fields, *self.contract_fields)))


class JiraServiceManagement:
    """Reads requests and other issues."""

    def __init__(self, settings: JiraSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._jira = Jira(self.name, http, settings.api, settings.search)
        self._closed: dict[str, ConnectorError] = {}

    def check(self) -> Health:
        jira, own = self._jira, self.settings
        trials: dict[str, Callable[[], object]] = {
            "our user": lambda: jira.one(f"{jira.platform}/myself"),
            "fields": self._names,
            "issues": lambda: jira.search(self._jql(None, ZoneInfo("UTC")), "updated", 1),
        }
        if own.slas or own.tasks.as_ == "request":
            trials["service desks"] = lambda: jira.one(f"{jira.desk}/servicedesk", {"limit": 1})
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        return (Stream(kind="request", label="Requests", facts=("ticket",), watermark="updated"),)

    def writer(self) -> JiraWriter:
        from tools.jira_service_management.writer import JiraWriter

        return JiraWriter(self.settings, self._jira)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Issues changed since the cursor, oldest change first."""
        if kind != "request":
            raise unknown_kind(self.name, kind, self.discover())
        since = resume_at(self.name, cursor, self.settings.overlap)
        self._closed = {}
        zone, names = self._zone(), self._names()
        pages = Pages(self._jira, ",".join((*_FIELDS, *names.values())), self.settings.page_size)
        order = Order(self._identity, self._changed_at, self.settings.page_size, SLACK)

        def fetch(since: datetime | None, offset: int) -> Page:
            return pages.fetch(self._jql(since, zone), offset)

        told: set[str] = set()
        for part in by_change(fetch, since, order, LoopGuard(self.name, self._jira.place)):
            records = tuple(self._composed(row, names) for row in part.rows)
            cursor = furthest(cursor, part.reached)
            yield Batch(records=records, cursor=cursor, problems=(*part.problems, *self._unreadable(told)))

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The versions of a ticket, pure. Raises Skippable."""
        with readable(self.name, f"issue {raw.id}", "Correct the issue, or the settings."):
            return TicketHistory(self.settings, self.name, raw).facts()

    def verify_webhook(
        self, raw_body: bytes, headers: Mapping[str, str], at: datetime | None = None
    ) -> WebhookEvent:
        """The event in a delivery of an administrator's webhook: something happened to an issue, a comment
        or a link, so that the issues changed since the last read are read again. Raises SignatureError."""
        given = delivery(self.name, raw_body, headers, at)
        hub_signature()(given, [secret.get_secret_value() for secret in self.settings.webhook.secrets])
        body = json_object(given)
        sent_at = within(given, moment(body.get("timestamp")), self.settings.webhook.window)
        return WebhookEvent(
            id=event_id(given),
            event=str(body.get("webhookEvent") or ""),
            streams=("request",),
            sent_at=sent_at,
            payload=body,
        )

    def _jql(self, since: datetime | None, zone: ZoneInfo) -> str:
        """Never without a condition: the newer search refuses to go through everything."""
        start = jql_time(since, zone) if since else "1970-01-02 00:00"
        narrow = f"({self.settings.jql}) AND " if self.settings.jql else ""
        return f'{narrow}updated >= "{start}" ORDER BY updated ASC, key ASC'

    def _zone(self) -> ZoneInfo:
        """The zone in which JQL reads times: our user's."""
        if self.settings.zone:
            return ZoneInfo(self.settings.zone)
        said = self._jira.one(f"{self._jira.platform}/myself").get("timeZone")
        try:
            return ZoneInfo(str(said))
        except (KeyError, ValueError, OSError):
            raise Misconfigured(
                self.name, f"our user's zone is not known: {said!r}", remedy="Set `zone` in the settings."
            ) from None

    def _names(self) -> dict[str, str]:
        """The configured fields that exist, by id or name, with their ids.

        Raises Misconfigured for one that the settings name and Jira does not have.
        """
        place = f"{self._jira.platform}/field"
        listed = self._jira.http.get(place).data
        if not isinstance(listed, list):
            raise WrongAnswer(self.name, "no list of fields in the answer", place=f"GET {place}")
        ids: dict[str, str] = {}
        for field in rows(listed):
            found = str(field.get("id") or "")
            ids |= {found: found, str(field.get("name") or "").casefold(): found}
        own = self.settings
        held = {name: ids.get(name) or ids.get(name.casefold(), "") for name in own.named_fields}
        given = {"party_fields", "service_fields", "contract_fields"} & own.model_fields_set
        asked = [name for setting in sorted(given) for name in getattr(own, setting)]
        missing = next((name for name in asked if not held[name]), "")
        if missing:
            raise Misconfigured(
                self.name,
                f"Jira has no field {missing[:60]!r}",
                remedy="Correct the field's name or id in the settings, or let our user see it.",
            )
        return {name: found for name, found in held.items() if found}

    def _composed(self, row: Row, names: Mapping[str, str]) -> RawRecord:
        """An issue with everything that hangs on it."""
        fields, key = mapping(row.get("fields")), str(row.get("id") or row.get("key"))
        log, said = mapping(row.get("changelog")), mapping(fields.get("comment"))
        data = {
            "issue": {**row, "changelog": None, "fields": {**fields, "comment": None}},
            "histories": self._whole(key, "changelog", log, "histories"),
            "comments": self._whole(key, "comment", said, "comments"),
            "slas": self._slas(key),
            "names": dict(names),
        }
        return RawRecord(kind="request", id=key, data=data, updated_at=self._updated(row))

    def _whole(
        self, key: str, what: Literal["comment", "changelog"], given: Mapping[str, Any], name: str
    ) -> list[Row]:
        """What the search gave with an issue, where that is all of it; else the whole list."""
        held, total = given.get(name), given.get("total")
        if isinstance(held, list):
            whole = (isinstance(total, int) and total <= len(held)) or total is None
            if whole and len(held) < _EMBEDDED[what]:
                return [dict(row) for row in rows(held)]
        if what in self._closed:
            return [dict(row) for row in rows(held)]
        try:
            return self._jira.below(key, what)
        except (Unauthorised, NotFound) as error:
            if error.status == 401:
                raise
            self._closed[what] = error
            return [dict(row) for row in rows(held)]

    def _slas(self, key: str) -> list[Row]:
        """The SLA records of a request; none for an issue that is no request, or where we may not."""
        if not self.settings.slas or "sla" in self._closed:
            return []
        try:
            return self._jira.slas(key)
        except NotFound:
            return []
        except Unauthorised as error:
            if error.status == 401:
                raise
            self._closed["sla"] = error
            return []

    def _unreadable(self, told: set[str]) -> tuple[Problem, ...]:
        """What we may not read, each told once in a read: without it a ticket is known in part."""
        new = [what for what in self._closed if what not in told]
        told.update(new)
        return tuple(
            Problem(
                stage="sync",
                what=f"{self.name}: {what} cannot be read, so {_LOST[what]}",
                place=self._closed[what].place,
                remedy="Give our user the rights for it.",
            )
            for what in new
        )

    def _identity(self, row: Row) -> str:
        """An issue as it stood at one instant: within a minute it may change again."""
        return f"{row.get('id')}@{mapping(row.get('fields')).get('updated')}"

    def _changed_at(self, row: Row) -> datetime:
        return minute(self._updated(row))

    def _updated(self, row: Row) -> datetime:
        try:
            found = instant(mapping(row.get("fields")).get("updated"))
        except ValueError:
            found = None
        if found is None or not (row.get("id") or row.get("key")):
            what = "an issue without id or readable time of change"
            raise Skippable(self.name, what, place=str(row.get("key") or row.get("id")))
        return found


_LOST = {
    "comment": "later comments and with them first responses are unknown",
    "changelog": "earlier pauses and changes of priority are unknown",
    "sla": "the desk's own SLA records are missing",
}

PROFILE = Profile(
    kind="jira_service_management",
    title="Jira Service Management",
    area="ITSM",
    settings=JiraSettings,
    make=JiraServiceManagement,
    reads=("requests and issues with changelog, comments and SLA records", "webhooks"),
    writes=("public and internal comments", "issues or requests as tasks", "configured fields"),
    proved=(
        ("specification", "every request but the search by token and the one for our user's zone"),
        ("own client", "jira 3.10.5 drives the same stand-in"),
        ("documentation", "reads, writes and webhooks against that stand-in"),
    ),
    waits=(
        "how long a new issue is not found: a task whose answer was lost may be repeated until then",
        "that an internal comment with a mention stays internal: its property is known from practice only",
        "how a desk's own workflow statuses, fields and resolutions are called",
    ),
)
