"""A ticket as it stood at an instant: its statuses, priorities, answers and end, in order of time.

Sources deliver events twice, late and out of order; what counts here is when they happened. Nothing after
the instant asked for is seen, even where the newest version of the record already says it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from obligations.facts import Ticket, TicketEvent
from obligations.intervals import Interval, clipped, merged

ENDED = frozenset({"resolved", "closed"})

_PRIORITY = re.compile(r"^P[1-9]$")
_ORDER = {"opened": 0, "reopened": 1, "priority": 2, "status": 3, "comment": 4, "workaround": 5}


@dataclass(frozen=True)
class Phase:
    """A status or a priority and when it held; the last phase ends at the instant looked from."""

    value: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class History:
    """Everything known of a ticket at `now`; all instants UTC.

    `resolved_at` is the start of its final resolution, None while it is open or where the instant is not
    known (`end_unknown`). `priorities` begins with "" where the priority at opening is not known.
    """

    ticket: Ticket
    opened_at: datetime
    now: datetime
    statuses: tuple[Phase, ...]
    priorities: tuple[Phase, ...]
    comments: tuple[TicketEvent, ...]
    resolved_at: datetime | None
    end_unknown: bool
    cancelled: bool

    def priority_at(self, moment: datetime) -> str:
        """The priority in force at an instant, "" where it is not known."""
        held = self.priorities[0].value
        for phase in self.priorities:
            if phase.start <= moment:
                held = phase.value
        return held

    def stood(self, statuses: Iterable[str], until: datetime) -> list[Interval]:
        """When the ticket stood in one of `statuses`."""
        wanted = set(statuses)
        stood = merged((p.start, p.end) for p in self.statuses if p.value in wanted)
        return clipped(stood, self.opened_at, until)

    @property
    def events(self) -> tuple[TicketEvent, ...]:
        """Every event up to `now`, in order, each once."""
        return tuple(_in_order(e for e in self.ticket.events if e.at.astimezone(UTC) <= self.now))

    @property
    def reopened(self) -> bool:
        """True where it was resolved and then open again."""
        ended = [phase.value in ENDED for phase in self.statuses]
        return any(before and not after for before, after in pairwise(ended))

    def paused_since_unknown(self, statuses: Iterable[str]) -> bool:
        """True where the ticket says that it is paused, and nothing says since when."""
        told = any(event.change == "status" for event in self.ticket.events)
        return not told and self.ticket.status in set(statuses)


def history(ticket: Ticket, as_of: datetime) -> History | None:
    """The ticket as it stood at `as_of`, None where it was not open yet."""
    opened, now = ticket.opened_at.astimezone(UTC), as_of.astimezone(UTC)
    if opened > now:
        return None
    seen = _in_order(event for event in ticket.events if event.at.astimezone(UTC) <= now)
    changes = [("open", opened)]
    for event in seen:
        if event.change in ("status", "reopened"):
            value = event.value if event.change == "status" and event.value else "open"
            changes.append((value, max(event.at.astimezone(UTC), opened)))
    resolved = _resolved_at(ticket, changes, now)
    if resolved is not None and changes[-1][0] not in ENDED:
        changes.append(("resolved", resolved))
    told = {event.value for event in ticket.events if event.change == "status"}
    dated = ticket.resolved_at is not None or bool(told & ENDED)
    return History(
        ticket=ticket,
        opened_at=opened,
        now=now,
        statuses=_phases(changes, now),
        priorities=_phases(_priorities(ticket, seen, opened), now),
        comments=tuple(event for event in seen if event.change == "comment"),
        resolved_at=resolved,
        end_unknown=ticket.status in ENDED and not dated,
        cancelled=changes[-1][0] == "cancelled" or (ticket.status == "cancelled" and "cancelled" not in told),
    )


def _in_order(events: Iterable[TicketEvent]) -> list[TicketEvent]:
    """Events by the time they happened, each once."""
    return sorted(dict.fromkeys(events), key=lambda e: (e.at.astimezone(UTC), _ORDER[e.change], e.value))


def _resolved_at(ticket: Ticket, changes: Sequence[tuple[str, datetime]], now: datetime) -> datetime | None:
    """When the final resolution began: the record's own field unless the ticket was open after it."""
    resolved, last_open = None, changes[0][1]
    for value, at in changes:
        if value in ENDED:
            resolved = resolved or at
        else:
            resolved, last_open = None, at
    if ticket.resolved_at is None:
        return resolved
    stated = ticket.resolved_at.astimezone(UTC)
    if stated > now:
        return resolved
    if stated >= last_open or (len(changes) == 1 and stated < last_open):
        return stated
    return resolved


def _priorities(ticket: Ticket, seen: Sequence[TicketEvent], opened: datetime) -> list[tuple[str, datetime]]:
    """The priority at opening ("" where it is not known) and every later one."""
    given = [e for e in ticket.events if e.change == "priority"]
    first = "" if given else _priority(ticket.priority)
    for event in seen:
        if event.change == "opened" and _PRIORITY.match(_priority(event.value)):
            first = _priority(event.value)
    later = [e for e in seen if e.change == "priority"]
    return [(first, opened), *((_priority(e.value), max(e.at.astimezone(UTC), opened)) for e in later)]


def _priority(text: str) -> str:
    return text.strip().upper()


def _phases(changes: Sequence[tuple[str, datetime]], now: datetime) -> tuple[Phase, ...]:
    """One phase per change, equal neighbours as one; of several at one instant the last holds."""
    phases: list[Phase] = []
    for value, at in changes:
        if phases and phases[-1].value == value:
            continue
        if phases and phases[-1].start == at:
            phases.pop()
            if phases and phases[-1].value == value:
                continue
        phases.append(Phase(value, at, now))
    ends = [*(phase.start for phase in phases[1:]), now]
    return tuple(Phase(p.value, p.start, end) for p, end in zip(phases, ends, strict=True))
