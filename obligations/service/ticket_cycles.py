"""Reopened tickets: whether one goes on with its clock or begins anew.

A ticket goes on where the text is silent. Where reopening begins a new cycle, each cycle is a ticket of its
own: opened when the former was reopened, with the priority it had then.
"""

from datetime import datetime, tzinfo

from obligations.facts import Ticket, TicketEvent
from obligations.service.ticket_clock import ClockTerms, runs_until
from obligations.service.ticket_history import ENDED, History, history


def cycles(seen: History, terms: ClockTerms, zone: tzinfo) -> tuple[History, ...]:
    """The ticket as one history, or as one for each cycle, in order of time."""
    if terms.reopen != "new_cycle" and terms.reopen_within is None:
        return (seen,)
    starts = [reopened for resolved, reopened in _reopenings(seen) if _anew(resolved, reopened, terms, zone)]
    if not starts:
        return (seen,)
    begins: list[datetime | None] = [None, *starts]
    ends: list[datetime | None] = [*starts, None]
    found = [history(_part(seen, start, end), seen.now) for start, end in zip(begins, ends, strict=True)]
    return tuple(each for each in found if each is not None)


def _reopenings(seen: History) -> list[tuple[datetime, datetime]]:
    """When it was resolved and when it was open again after that."""
    found, resolved = [], None
    for phase in seen.statuses:
        if phase.value in ENDED:
            resolved = resolved or phase.start
        elif resolved is not None:
            found.append((resolved, phase.start))
            resolved = None
    return found


def _anew(resolved: datetime, reopened: datetime, terms: ClockTerms, zone: tzinfo) -> bool:
    if terms.reopen_within is not None:
        until = runs_until(resolved, terms.reopen_within, terms, zone)
        return reopened >= until if terms.reopen_within.in_days else reopened > until
    return terms.reopen == "new_cycle"


def _part(seen: History, start: datetime | None, end: datetime | None) -> Ticket:
    """The ticket as if only what lies from `start` to before `end` had happened."""
    ticket = seen.ticket
    events = tuple(
        e for e in ticket.events if (start is None or e.at >= start) and (end is None or e.at < end)
    )
    priority = seen.priority_at(start or seen.opened_at)
    if start is not None:
        by = next((e.by for e in events if e.at == start and e.change in ("reopened", "status")), "unknown")
        events = (TicketEvent(at=start, change="opened", value=priority, by=by), *events)
    resolved = ticket.resolved_at if end is None else None
    return ticket.model_copy(
        update={
            "opened_at": start or ticket.opened_at,
            "resolved_at": None if resolved and start and resolved < start else resolved,
            "priority": priority,
            "status": ticket.status if end is None else "resolved",
            "events": events,
        }
    )
