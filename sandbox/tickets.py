"""A ServiceNow ticket as the log of what happened to it.

The ticket's fields at an instant, its journal and its audit trail are all folded from one log, so they
cannot contradict each other, and whatever lies after the sandbox clock is simply not there yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from sandbox.world import World
from sandbox.world.records import Happening, Incident
from sandbox.world.sla import Course

NEW, IN_PROGRESS, ON_HOLD, RESOLVED, CLOSED, CANCELED = "1", "2", "3", "6", "7", "8"
HOLD_REASONS = {
    "awaiting_caller": "1",
    "awaiting_problem": "3",
    "awaiting_vendor": "4",
    "awaiting_change": "5",
}
# impact and urgency that give a priority, and back
FROM_PRIORITY = {1: ("1", "1"), 2: ("1", "2"), 3: ("2", "2"), 4: ("2", "3"), 5: ("3", "3")}
SUM_TO_PRIORITY = {2: "1", 3: "2", 4: "3", 5: "4", 6: "5"}
CLOSES_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Entry:
    """One write to the ticket: changed fields (raw values) and what was said."""

    at: datetime
    by: str
    changes: Mapping[str, str] = field(default_factory=dict)
    comment: str = ""
    work_note: str = ""


@dataclass(slots=True)
class Ticket:
    number: str
    opened_at: datetime
    opened_by: str
    opening: dict[str, str]
    entries: list[Entry] = field(default_factory=list)

    @property
    def sys_id(self) -> str:
        return sys_id("incident", self.number)

    def seen(self, now: datetime) -> list[Entry]:
        return [entry for entry in self.entries if entry.at <= now]

    def fields(self, now: datetime) -> dict[str, str]:
        values = dict(self.opening)
        for entry in self.seen(now):
            values |= entry.changes
        return values

    def changes(self, now: datetime) -> list[tuple[Entry, str, str, str]]:
        """Every change of a field so far: the entry, the field, its old and its new value."""
        values, found = dict(self.opening), []
        for entry in self.seen(now):
            for name, new in entry.changes.items():
                if values.get(name, "") != new:
                    found.append((entry, name, values.get(name, ""), new))
                values[name] = new
        return found


@lru_cache(maxsize=65_536)
def sys_id(table: str, key: str) -> str:
    """A stable 32-digit record id."""
    return sha256(f"{table}:{key}".encode()).hexdigest()[:32]


@lru_cache(maxsize=20_000)
def stamp(moment: datetime) -> str:
    """An instant as the Table API writes it: UTC, without zone."""
    return moment.astimezone(UTC).isoformat(" ")[:19]


def from_story(incident: Incident, world: World) -> Ticket:
    """The ticket with the log that its history in the world gives."""
    vendor = world.party(incident.vendor)
    impact, urgency = FROM_PRIORITY[incident.priority]
    opening = {
        "short_description": incident.subject,
        "priority": str(incident.priority),
        "impact": impact,
        "urgency": urgency,
        "state": NEW,
        "company": sys_id("core_company", vendor.key),
        "cmdb_ci": sys_id("cmdb_ci", incident.service),
        "assignment_group": sys_id("sys_user_group", vendor.desk or ""),
        "caller_id": sys_id("sys_user", incident.by),
        "opened_by": sys_id("sys_user", incident.by),
        "contact_type": "self-service",
    }
    ticket = Ticket(incident.number, incident.opened, incident.by, opening)
    answered = False
    for line in incident.history:
        own = line.by != "system" and world.party_of_user(line.by) == incident.vendor
        starts = own and not answered and bool(line.comment)
        answered = answered or starts
        ticket.entries.append(_entry(line, starts))
        if line.resolve:
            ticket.entries.append(_closing(line.at + CLOSES_AFTER))
    return ticket


def _entry(line: Happening, starts: bool) -> Entry:
    changes: dict[str, str] = {}
    if starts:
        changes |= {"state": IN_PROGRESS, "assigned_to": sys_id("sys_user", line.by)}
    if line.hold is not None:
        changes |= {"state": ON_HOLD, "hold_reason": HOLD_REASONS[line.hold]}
    if line.resume:
        changes |= {"state": IN_PROGRESS, "hold_reason": ""}
    if line.priority is not None:
        impact, urgency = FROM_PRIORITY[line.priority]
        changes |= {"priority": str(line.priority), "impact": impact, "urgency": urgency}
    if line.resolve:
        changes |= resolution(line.at, line.by, line.resolve)
    return Entry(line.at, line.by, changes, line.comment, line.work_note)


def resolution(at: datetime, by: str, notes: str) -> dict[str, str]:
    return {
        "state": RESOLVED,
        "hold_reason": "",
        "resolved_at": stamp(at),
        "resolved_by": sys_id("sys_user", by),
        "close_code": "Solved (Permanently)",
        "close_notes": notes,
    }


def _closing(at: datetime) -> Entry:
    return Entry(at, "system", {"state": CLOSED, "closed_at": stamp(at)})


def vendor_of(ticket: Ticket, world: World) -> str | None:
    """The key of the party whose company the ticket is filed under."""
    company = ticket.opening.get("company")
    return next((key for key in world.parties if sys_id("core_company", key) == company), None)


def course(ticket: Ticket, world: World, now: datetime) -> Course:
    """What the service level clocks need to know of the ticket."""
    vendor = vendor_of(ticket, world)
    priorities = [(ticket.opened_at, int(ticket.opening.get("priority") or 5))]
    resolved_at, responded_at, hold = None, None, None
    pauses: list[tuple[datetime, datetime]] = []
    for entry in ticket.seen(now):
        if entry.comment and responded_at is None and vendor and world.party_of_user(entry.by) == vendor:
            responded_at = entry.at
        if "priority" in entry.changes:
            priorities.append((entry.at, int(entry.changes["priority"])))
        waiting = entry.changes.get("hold_reason")
        if hold is None and waiting == HOLD_REASONS["awaiting_caller"]:
            hold = entry.at
        elif hold is not None and waiting is not None and waiting != HOLD_REASONS["awaiting_caller"]:
            pauses.append((hold, entry.at))
            hold = None
        if entry.changes.get("state") == RESOLVED:
            resolved_at = entry.at
    if hold is not None:
        pauses.append((hold, now))
    return Course(ticket.opened_at, tuple(priorities), responded_at, resolved_at, tuple(pauses), now)
