"""From a composed ServiceNow record to the versions of a ticket or outage, pure.

ServiceNow keeps only an incident's present state, but its audit and journal say when each change was
recorded. From them the ticket is rebuilt as it stood after every change, one fact version each, so
that a question about a past instant finds what was known then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from obligations.facts import Fact, Outage, Source, TicketEvent, TicketStatus
from tools.kit.errors import Skippable
from tools.kit.facts import Hints, make_fact
from tools.kit.tickets import ENDED, Change, Frame, status_events, versions
from tools.kit.verbs import RawRecord

if TYPE_CHECKING:
    from tools.servicenow.connector import ServiceNowSettings

Author = Literal["provider", "customer", "system", "unknown"]
Row = Mapping[str, Any]


def value(row: Row, name: str) -> str:
    """The stored value of a field, whichever way the row was asked for."""
    held = row.get(name)
    if isinstance(held, dict):
        held = held.get("value")
    return held.strip() if isinstance(held, str) else ""


def shown(row: Row, name: str) -> str:
    """What people see in a field: a reference's name; the value where nothing else is given."""
    held = row.get(name)
    text = held.get("display_value") if isinstance(held, dict) else held
    return text.strip() if isinstance(text, str) and text.strip() else value(row, name)


def first(row: Row, names: Iterable[str], read: Any = shown) -> str:
    """The first of some fields that holds something."""
    return next((text for name in names if (text := read(row, name))), "")


def instant(text: str) -> datetime | None:
    """ServiceNow's stored time, "YYYY-MM-DD HH:MM:SS", which is UTC; None for an empty one."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class TicketHistory:
    """The versions of one incident."""

    def __init__(self, settings: ServiceNowSettings, system: str, raw: RawRecord) -> None:
        self._settings = settings
        self._system = system
        self._data = raw.data
        self._row: Row = raw.data.get("incident") or {}
        self._number = value(self._row, "number") or value(self._row, "sys_id")
        self._vendor = first(self._row, settings.vendor_fields, value)
        self._authors: dict[str, Author] = {}

    def facts(self) -> tuple[Fact, ...]:
        """Every version, oldest first; only the newest where the settings say so.

        Raises Skippable for an incident without number, opening time, known state or priority.
        """
        opened_at = self._time("opened_at") or self._time("sys_created_on")
        updated_at = self._time("sys_updated_on") or opened_at
        if not self._number or opened_at is None or updated_at is None:
            raise self._skip("no number or no opening time")
        changes = list(self._changes(opened_at))
        moments = sorted({change.known_at for change in changes} | {updated_at})
        if not self._settings.history:
            moments = moments[-1:]
        frame = Frame(
            subject=value(self._row, "short_description"),
            service=first(self._row, self._settings.service_fields),
            opened_at=opened_at,
            stated_end_at=self._time("resolved_at") or self._time("closed_at"),
        )
        source = self._source()
        hints = Hints(first(self._row, self._settings.vendor_fields), self._contract())
        return tuple(
            make_fact(source, ticket, opened_at, moment, hints)
            for moment, ticket in versions(frame, changes, moments)
        )

    def _changes(self, opened_at: datetime) -> Iterator[Change]:
        """Everything that happened: opening, initial values, audited changes, comments, resolution."""
        created_at = self._time("sys_created_on") or opened_at
        for event in (*self._beginning(opened_at), *self._comments()):
            yield Change(max(event.at, opened_at, created_at), event)

    def _beginning(self, opened_at: datetime) -> Iterator[TicketEvent]:
        """The opening, then priorities, then statuses: equal times keep this order."""
        by = self._author(value(self._row, "sys_created_by"))
        yield TicketEvent(at=opened_at, change="opened", by=by)
        for at, priority, user in self._priorities(opened_at):
            yield TicketEvent(at=at, change="priority", value=priority, by=self._author(user))
        before: TicketStatus | None = None
        for at, status, user in self._states(opened_at):
            event = TicketEvent(at=at, change="status", by=self._author(user))
            yield from status_events(event, status, before)
            before = status

    def _states(self, opened_at: datetime) -> Iterator[tuple[datetime, TicketStatus, str]]:
        """Status after each audited change of state or hold reason, from the first status on."""
        fields = ("state", "hold_reason")
        held = {name: self._initial(name) for name in fields}
        status = self._status(held)
        yield opened_at, status, value(self._row, "sys_created_by")
        for at, rows in groupby(self._audit(fields), key=lambda row: row[0]):
            user = ""
            for _, row in rows:
                held[value(row, "fieldname")] = value(row, "newvalue")
                user = value(row, "user") or value(row, "sys_created_by")
            if self._status(held) != status:
                status = self._status(held)
                yield at, status, user
        now = self._status({name: value(self._row, name) for name in fields})
        ended_at = self._time("resolved_at") or self._time("closed_at")
        if now != status and now in ENDED and ended_at is not None:
            # Without a readable audit the record's own times still say when it was resolved.
            yield ended_at, now, value(self._row, "sys_updated_by")

    def _priorities(self, opened_at: datetime) -> Iterator[tuple[datetime, str, str]]:
        yield opened_at, self._priority(self._initial("priority")), value(self._row, "sys_created_by")
        for at, row in self._audit(("priority",)):
            if value(row, "newvalue") != value(row, "oldvalue") and value(row, "oldvalue"):
                user = value(row, "user") or value(row, "sys_created_by")
                yield at, self._priority(value(row, "newvalue")), user

    def _comments(self) -> Iterator[TicketEvent]:
        for row in self._data.get("journal") or ():
            at = instant(value(row, "sys_created_on"))
            element = value(row, "element")
            if at is None or element not in ("comments", "work_notes"):
                continue
            author = self._author(value(row, "sys_created_by"))
            yield TicketEvent(
                at=at,
                change="comment",
                value=value(row, "value"),
                by=author,
                public=element == "comments",
                automatic=author == "system",
            )

    def _initial(self, field: str) -> str:
        """A field's value at opening: what its first audited change replaced, else what it is now.

        An audit of the insert itself has no old value; for state and priority it holds the first one.
        """
        for _, row in self._audit((field,)):
            old = value(row, "oldvalue")
            return old if old or field == "hold_reason" else value(row, "newvalue")
        return value(self._row, field)

    def _audit(self, fields: tuple[str, ...]) -> list[tuple[datetime, Row]]:
        """Audited changes of some fields in order of time."""
        return [(at, row) for at, field, row in self._audited if field in fields]

    @cached_property
    def _audited(self) -> list[tuple[datetime, str, Row]]:
        """Every audited change in order of time, with its field."""
        rows = [
            (at, value(row, "fieldname"), row)
            for row in self._data.get("audit") or ()
            if (at := instant(value(row, "sys_created_on"))) is not None
        ]
        return sorted(rows, key=lambda one: one[0])

    def _status(self, held: Mapping[str, str]) -> TicketStatus:
        """Our status for a state and, when on hold, its reason."""
        state = held["state"]
        status = self._settings.states.get(state.casefold())
        if status is None:
            raise self._skip(f"unknown state {state!r}", "Add it to `states` in the settings.")
        if status == "on_hold":
            return self._settings.hold_reasons.get(held["hold_reason"].casefold(), "on_hold")
        return status

    def _priority(self, text: str) -> str:
        mapped = self._settings.priorities.get(text.casefold())
        if mapped is None:
            raise self._skip(f"unknown priority {text!r}", "Add it to `priorities` in the settings.")
        return mapped

    def _author(self, user: str) -> Author:
        """Who wrote something: by naming, else by the company of the user."""
        if user not in self._authors:
            self._authors[user] = self._author_of(user)
        return self._authors[user]

    def _author_of(self, user: str) -> Author:
        name = user.casefold()
        authors = self._settings.authors
        groups: tuple[tuple[Author, tuple[str, ...]], ...] = (
            ("system", authors.system),
            ("provider", authors.provider),
            ("customer", authors.customer),
        )
        for author, patterns in groups:
            if any(fnmatchcase(name, pattern.casefold()) for pattern in patterns):
                return author
        company, company_name = (self._data.get("companies") or {}).get(user) or ("", "")
        if company and company == self._vendor:
            return "provider"
        if company and {company, company_name} & set(authors.our_companies):
            return "customer"
        return "unknown"

    def _contract(self) -> str:
        return first(self._row, self._settings.contract_fields)

    def _time(self, field: str) -> datetime | None:
        try:
            return instant(value(self._row, field))
        except ValueError:
            raise self._skip(f"{field} is no time: {value(self._row, field)[:40]!r}") from None

    def _source(self) -> Source:
        sys_id = value(self._row, "sys_id")
        url = self._settings.page("incident", sys_id)
        return Source(system=self._system, record=self._number, url=url, label=self._number)

    def _skip(self, what: str, remedy: str = "Correct the record, or the settings.") -> Skippable:
        return Skippable(self._system, what, place=f"incident {self._number}", remedy=remedy)


def outage_facts(settings: ServiceNowSettings, system: str, raw: RawRecord) -> tuple[Fact, ...]:
    """An outage as first recorded and as it stands now. Raises Skippable for one without CI or begin.

    Two versions are what the record itself proves: at its creation an unplanned outage had no end that
    lies after the creation; at its last change it had what it has now.
    """
    row: Row = raw.data.get("outage") or {}
    place = f"cmdb_ci_outage {raw.id}"
    try:
        begin, end = instant(value(row, "begin")), instant(value(row, "end"))
        created = instant(value(row, "sys_created_on"))
        updated = instant(value(row, "sys_updated_on"))
        announced = instant(first(row, settings.announced_fields, value))
    except ValueError as error:
        raise Skippable(system, f"a time that cannot be read: {error}", place=place) from None
    service = shown(row, "cmdb_ci")
    kind = settings.outage_types.get(value(row, "type").casefold())
    if begin is None or created is None or updated is None or not service or kind is None:
        what = "no begin, no configuration item, or an unknown type"
        raise Skippable(system, what, place=place, remedy="Complete the outage, or map its type.")
    if end is not None and end < begin:
        raise Skippable(system, "ends before it begins", place=place, remedy="Correct the outage's times.")
    planned = kind == "maintenance"
    cause = first(row, settings.cause_fields, value)
    now = Outage(
        service=service,
        type=kind,
        started_at=begin,
        ended_at=end,
        announced_at=announced if planned else None,
        cause=cause if cause in ("provider", "customer", "force_majeure") else "",
    )
    label = f"{service} {kind} {begin:%Y-%m-%d %H:%M}Z"
    source = Source(system=system, record=raw.id, url=settings.page("cmdb_ci_outage", raw.id), label=label)
    hints = Hints(first(row, settings.vendor_fields))
    open_then = end is not None and end > created and not planned
    then = now.model_copy(update={"ended_at": None}) if open_then else now
    latest = make_fact(source, now, begin, updated, hints)
    if not settings.history:
        return (latest,)
    earliest = make_fact(source, then, begin, created, hints)
    return (earliest,) if then == now else (earliest, latest)
