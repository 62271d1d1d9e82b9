"""Rebuilding a ticket as it stood after every recorded change, for any source that says what changed when."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from obligations.facts import Ticket, TicketEvent, TicketStatus

ENDED: tuple[TicketStatus, ...] = ("resolved", "closed")


@dataclass(frozen=True)
class Change:
    """An event and when the source recorded it."""

    known_at: datetime
    event: TicketEvent


@dataclass(frozen=True)
class Frame:
    """What the source does not keep versions of. `stated_end_at` is its own time of resolution."""

    subject: str
    service: str
    opened_at: datetime
    stated_end_at: datetime | None = None


def status_events(event: TicketEvent, status: str, before: str | None) -> Iterator[TicketEvent]:
    """The events of a change of status, made from `event`: a reopening is told before the new status."""
    said = dict(event)  # making one anew takes half as long as copying
    if before in ENDED and status not in (*ENDED, "cancelled"):
        yield TicketEvent(**{**said, "change": "reopened", "value": status})
    yield TicketEvent(**{**said, "change": "status", "value": status})


def versions(
    frame: Frame, changes: Iterable[Change], moments: Iterable[datetime]
) -> Iterator[tuple[datetime, Ticket]]:
    """The ticket as recorded at each moment, where it differs from the moment before.

    A moment before the first status and priority were known gives no version.
    """
    ordered = sorted(changes, key=lambda change: change.event.at)
    last_end = _ended_at(change.event for change in ordered)
    held: Ticket | None = None
    for moment in sorted(moments):
        events = tuple(change.event for change in ordered if change.known_at <= moment)
        status, priority = _last(events, "status"), _last(events, "priority")
        if status is None or priority is None:
            continue
        ended_at = _ended_at(events)
        # The source states one time of resolution: it belongs to the last one, once it was known.
        if frame.stated_end_at and ended_at and ended_at == last_end and frame.stated_end_at <= moment:
            ended_at = frame.stated_end_at
        ticket = Ticket(
            subject=frame.subject,
            service=frame.service,
            priority=priority,
            status=status,
            opened_at=frame.opened_at,
            resolved_at=ended_at,
            events=events,
        )
        if ticket != held:
            yield moment, ticket
            held = ticket


def _last(events: Sequence[TicketEvent], change: str) -> str | None:
    return next((event.value for event in reversed(events) if event.change == change), None)


def _ended_at(events: Iterable[TicketEvent]) -> datetime | None:
    """When the present run of ended statuses began: closing a resolved ticket does not move it. None
    for a ticket that is not ended."""
    began: datetime | None = None
    for event in events:
        if event.change == "status":
            began = (began or event.at) if event.value in ENDED else None
    return began
