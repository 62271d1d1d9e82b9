"""Request Tracker 5: tickets with their transactions in; correspondence, comments, tasks and fields out.

`read("ticket")` composes a raw record from a ticket, its transactions and what was written in them;
`request_tracker_history` turns it into ticket versions. Everything goes through REST 2.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator

from obligations.facts import Fact, TicketStatus
from obligations.quantities import Frozen
from tools.kit.errors import Misconfigured, Skippable
from tools.kit.paging import LoopGuard, Order, Page, Row, by_change
from tools.kit.profile import Profile
from tools.kit.settings import VendorSettings, Zone
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, readable, unknown_kind
from tools.kit.watermark import furthest, resume_at
from tools.request_tracker.history import TicketHistory, instant, number_of, text_of
from tools.request_tracker.rest import Rest
from tools.request_tracker.writer import RequestTrackerWriter

if TYPE_CHECKING:
    from tools.kit.http import Client

# A name that can stand in a query as CF.{name}, and in a list of fields.
Name = Annotated[str, Field(pattern=r"^[^{}'\",\\]+$")]
Names = tuple[Name, ...]
Priority = Literal["P1", "P2", "P3", "P4", "P5"]

_STATUSES: dict[str, TicketStatus] = {
    "new": "open",
    "open": "in_progress",
    "stalled": "on_hold",
    "resolved": "resolved",
    "rejected": "cancelled",
    "deleted": "cancelled",
}
_PRIORITIES: dict[str, Priority] = {"p1": "P1", "p2": "P2", "p3": "P3", "p4": "P4", "p5": "P5"}
_LEVELS: dict[int, Priority] = {0: "P3", 50: "P2", 100: "P1"}
_WORDS: dict[str, Mapping[str, Any]] = {"statuses": _STATUSES, "priorities": _PRIORITIES}


class Authors(Frozen):
    """Who is who among those who write, as patterns over user names and addresses (`*@acme.example`).

    Where no pattern fits, a user whose organisation is the ticket's party provides, one of our
    organisations or a requestor of the ticket is the customer, and `staff` says whom others stand for.
    """

    system: tuple[str, ...] = ("RT_System",)
    provider: tuple[str, ...] = ()
    customer: tuple[str, ...] = ()
    our_organisations: tuple[str, ...] = ()
    staff: Literal["provider", "customer", "unknown"] = "provider"


class Tasks(Frozen):
    """Tickets that we open. `reference_field` is a custom field of the queue that takes our reference;
    without one the reference stands at the end of the subject."""

    queue: str = ""
    reference_field: Name | None = None
    requestor: str = ""
    priorities: dict[Priority, int] = Field(default={"P1": 100, "P2": 50, "P3": 0, "P4": 0, "P5": 0})
    done_status: str = "resolved"


class RequestTrackerSettings(VendorSettings):
    """Settings of the Request Tracker connector; `base_url` ends in /REST/2.0."""

    kind: Literal["request_tracker"] = "request_tracker"
    site: str = Field(default="", description="where people see tickets; empty: base_url without /REST/2.0")
    page_size: int = Field(default=50, ge=1, le=100)
    query: str = Field(default="", description="TicketSQL conditions that narrow the tickets read")
    zone: Zone = Field(default="UTC", description="our user's time zone in RT, in which it reads queries")
    party_fields: Names = Field(
        default=("Supplier", "Vendor", "Requestor.Organization"),
        description="custom fields, Requestor.Organization, Queue or Queue.Description; the first filled one",
    )
    service_fields: Names = ("Service", "Queue")
    contract_fields: Names = ("Contract",)
    statuses: dict[str, TicketStatus] = _STATUSES
    priority_field: Name | None = Field(default=None, description="custom field; None: RT's own number")
    priorities: dict[str, Priority] = Field(default=_PRIORITIES, description="values of the custom field")
    priority_levels: dict[int, Priority] = Field(
        default=_LEVELS, min_length=1, description="RT's number from which on a priority holds"
    )
    authors: Authors = Authors()
    history: bool = Field(default=True, description="one fact version per recorded change")
    tasks: Tasks = Tasks()
    fields: dict[str, Name] = Field(default={}, description="our names to custom fields, for set_fields")

    @field_validator("statuses", "priorities")
    @classmethod
    def _over_defaults(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        """The tenant's own words, in any case, over the ones every RT begins with."""
        return {**_WORDS[info.field_name or ""], **{key.casefold(): value for key, value in given.items()}}

    def page(self, ticket: str) -> str:
        """Where people see a ticket."""
        site = self.site or self.base_url.partition("/REST/2.0")[0]
        return f"{site.rstrip('/')}/Ticket/Display.html?id={ticket}"


_TICKET = (
    "Subject,Status,Priority,Created,LastUpdated,Resolved,Creator,Requestor,Owner,Queue,EffectiveId,"
    "CustomFields"
)
_CHANGES = ("Create", "Status", "Set", "CustomField", "AddLink", "Correspond", "Comment")
_WROTE = ("Correspond", "Comment")
_PERSON = "Organization,EmailAddress"
# Where clocks are put back an hour comes twice; a query cannot say which one is meant.
_SLACK = timedelta(hours=2)
_FIRST = datetime(1970, 1, 2, tzinfo=UTC)


class RequestTracker:
    """Reads the tickets of one RT."""

    def __init__(self, settings: RequestTrackerSettings, http: Client) -> None:
        self.settings = settings
        self.name = settings.name or settings.kind
        self._rest = Rest(self.name, http)
        self._zone_proved = False

    def check(self) -> Health:
        trials = {
            "tickets": lambda: self._page("id > 0", 1, 1),
            "transactions": lambda: self._rest.transactions(["0"], ("Create",), "Type"),
            "attachments": lambda: self._rest.texts(["0"]),
            "times in queries": self._prove_zone,
        }
        return probe(self.name, trials)

    def discover(self) -> tuple[Stream, ...]:
        return (Stream(kind="ticket", label="Tickets", facts=("ticket",), watermark="LastUpdated"),)

    def writer(self) -> RequestTrackerWriter:
        return RequestTrackerWriter(self.settings, self._rest)

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Tickets changed since the cursor, oldest change first."""
        if kind != "ticket":
            raise unknown_kind(self.name, kind, self.discover())
        since = resume_at(self.name, cursor, self.settings.overlap)
        size = self.settings.page_size
        order = Order(number_of, self._changed_at, size, _SLACK)

        def fetch(since: datetime | None, offset: int) -> Page:
            if since is not None and offset == 0:
                self._prove_zone()
            return self._page(self._asked(since), offset // size + 1, size)

        for part in by_change(fetch, since, order, LoopGuard(self.name, "GET /tickets")):
            records = self._compose(part.rows)
            cursor = furthest(cursor, part.reached)
            yield Batch(records=records, cursor=cursor, problems=part.problems)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The versions of a ticket, pure. Raises Skippable."""
        with readable(self.name, f"ticket {raw.id}", "Correct the ticket in RT, or the settings."):
            return TicketHistory(self.settings, self.name, raw).facts()

    def _asked(self, since: datetime | None) -> str:
        """The query for tickets changed since an instant; tickets merged into others are asked for, too."""
        conditions = ["EffectiveId > 0"]
        if self.settings.query:
            conditions.append(f"({self.settings.query})")
        if since is not None:
            conditions.append(f"LastUpdated >= '{self._local(since)}'")
        return " AND ".join(conditions)

    def _local(self, moment: datetime) -> str:
        """An instant as our user's RT reads it; an hour earlier where the clock shows it twice."""
        shown = moment.astimezone(ZoneInfo(self.settings.zone))
        if shown.replace(fold=0).utcoffset() != shown.replace(fold=1).utcoffset():
            shown = (moment - timedelta(hours=1)).astimezone(ZoneInfo(self.settings.zone)).replace(fold=0)
        return f"{shown:%Y-%m-%d %H:%M:%S}"

    def _page(self, query: str, number: int, size: int, order: str = "ASC") -> Page:
        fields = {"fields": _TICKET, "fields[Queue]": "Name,Description"}
        people = {f"fields[{role}]": _PERSON for role in ("Creator", "Requestor", "Owner")}
        paging: dict[str, str | int] = {
            "orderby": "LastUpdated",
            "order": order,
            "page": number,
            "per_page": size,
        }
        return self._rest.page("/tickets", {"query": query, **fields, **people, **paging})

    def _prove_zone(self) -> None:
        """RT reads times in queries in the zone of whoever asks, and says nowhere which one that is: ask for
        a ticket by its own time of change. Raises Misconfigured where the settings' zone is another.

        Without this, a user west of the settings' zone would miss changes in silence.
        """
        for row in () if self._zone_proved else self._page("id > 0", 1, 5).rows:
            moment = self._changed_at(row)
            told = moment.astimezone(ZoneInfo(self.settings.zone))
            one = f"id = {number_of(row)} AND LastUpdated"
            if told.replace(fold=0).utcoffset() != told.replace(fold=1).utcoffset() or moment < _FIRST:
                continue  # an hour that comes twice proves nothing
            text = f"{told:%Y-%m-%d %H:%M:%S}"
            if self._page(f"{one} > '{text}'", 1, 1).rows or not self._page(f"{one} >= '{text}'", 1, 1).rows:
                raise Misconfigured(
                    self.name,
                    f"RT reads the times of our queries in another zone than {self.settings.zone}",
                    remedy="Set `zone` to the time zone of our user in RT, or that user's to UTC.",
                )
            self._zone_proved = True
            return

    def _compose(self, rows: Sequence[Row]) -> tuple[RawRecord, ...]:
        """Tickets with their transactions and what was written in them: two more requests, or a few."""
        ids = [number_of(row) for row in rows]
        if not ids:
            return ()
        changes = self._rest.transactions(ids, _CHANGES, _PERSON)
        wrote = [number_of(row) for row in changes if text_of(row, "Type") in _WROTE]
        texts = self._rest.texts(wrote)
        by_ticket: dict[str, list[Row]] = {}
        for row in changes:
            by_ticket.setdefault(text_of(row, "ObjectId"), []).append(row)
        records = []
        for row, ticket in zip(rows, ids, strict=True):
            own = by_ticket.get(ticket, [])
            said = {key: texts[key] for key in (number_of(change) for change in own) if key in texts}
            data = {"ticket": row, "transactions": own, "texts": said}
            records.append(RawRecord(kind="ticket", id=ticket, data=data, updated_at=self._changed_at(row)))
        return tuple(records)

    def _changed_at(self, row: Row) -> datetime:
        """When a ticket was last changed. Raises Skippable for one that does not say it, or has no number."""
        ticket = number_of(row)
        try:
            moment = instant(text_of(row, "LastUpdated"))
        except ValueError:
            moment = None
        if moment is None or not ticket.isdigit():
            what = "a ticket without number or readable LastUpdated"
            raise Skippable(self.name, what, place=f"ticket {ticket[:20]}", remedy="Look at it in RT.")
        return moment


PROFILE = Profile(
    kind="request_tracker",
    title="Request Tracker",
    area="ITSM",
    settings=RequestTrackerSettings,
    make=RequestTracker,
    reads=("tickets with their transactions",),
    writes=("correspondence and comments", "tickets as tasks", "custom fields"),
    proved=(("real system", "Request Tracker 5.0.3 of Debian 12 on SQLite, by password and by token"),),
    waits=(
        "versions other than 5.0.3, and other databases",
        "installations that hide tickets of a queue one by one (UseSQLForACLChecks off)",
    ),
)
