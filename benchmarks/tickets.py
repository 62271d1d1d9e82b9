"""Tickets for benchmarks, invented by number: the same number always gives the same ticket.

They look like an export of a service desk over two years: acknowledged automatically, answered, handed to the
customer and back, made more or less urgent, resolved, sometimes reopened; some exported out of order, some
events twice, some cancelled, some still open, and a few that leave a doubt only the full rule can tell.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from obligations.bulk.arrays import NONE, Codes, Flags, Ints, instant_of, moment_of, runs_before
from obligations.bulk.columns import AUTHORS, CHANGES, Owner, TicketColumns, TicketEvents, texts_of
from obligations.facts import Fact, Source, Ticket, TicketEvent

BATCH = 50_000
SECOND = 1_000_000
FIRST = instant_of(datetime(2025, 1, 6, tzinfo=UTC))
NOW = datetime(2027, 1, 4, 12, tzinfo=UTC)
PARTY = "vendor"
PRIORITIES = ("P1", "P2", "P3", "P4")
SERVICES = ("Order Platform", "Payroll", "Mail", "Warehouse", "Network", "Print", "CRM", "Data Lake")
STATUSES = ("open", "in_progress", "awaiting_customer", "resolved", "closed", "cancelled")
TEXTS = texts_of([*PRIORITIES, *SERVICES, *STATUSES])

_CODE = {text: code for code, text in enumerate(TEXTS)}
_URGENCY = np.array([_CODE[priority] for priority in PRIORITIES], np.int8)


class _Slot(NamedTuple):
    """One event, or none, on every ticket of a batch. `text` and `by` are codes, one for all or one each."""

    change: str
    at: Ints
    present: Flags
    text: Codes | int = 0
    by: Codes | int = 0
    public: bool = True
    automatic: bool = False


def ticket_columns(count: int) -> TicketColumns:
    """Tickets 0 to `count - 1`."""
    parts = [_batch(number, min(BATCH, count - number * BATCH)) for number in range(-(-count // BATCH))]
    lengths = np.concatenate([np.diff(part.events_from) for part in parts])
    events = [part.events for part in parts]
    return TicketColumns(
        texts=TEXTS,
        owners=(Owner(None, PARTY),),
        opened_at=np.concatenate([part.opened_at for part in parts]),
        resolved_at=np.concatenate([part.resolved_at for part in parts]),
        status=np.concatenate([part.status for part in parts]),
        priority=np.concatenate([part.priority for part in parts]),
        service=np.concatenate([part.service for part in parts]),
        owner=np.zeros(count, np.int8),
        odd=np.zeros(count, np.bool_),
        events_from=runs_before(lengths),
        events=TicketEvents(
            at=np.concatenate([e.at for e in events]),
            change=np.concatenate([e.change for e in events]),
            text=np.concatenate([e.text for e in events]),
            by=np.concatenate([e.by for e in events]),
            public=np.concatenate([e.public for e in events]),
            automatic=np.concatenate([e.automatic for e in events]),
        ),
    )


def _batch(number: int, count: int) -> TicketColumns:
    """Tickets of one batch. All are drawn, then cut: no ticket depends on how many are asked."""
    draw = np.random.Generator(np.random.PCG64(number))
    opened = FIRST + draw.integers(0, 720 * 86_400, BATCH) * SECOND
    priority = draw.choice(4, BATCH, p=[0.05, 0.15, 0.5, 0.3])
    slots: list[_Slot] = []
    resolved, cancelled, running = _life(draw, slots, opened, priority)
    changed, last = _priorities(draw, slots, opened, priority)
    status = np.where(cancelled, _CODE["cancelled"], np.where(running, _CODE["in_progress"], _CODE["closed"]))
    events, lengths = _ordered(draw, slots)
    rows = slice(0, count)
    events_from = runs_before(lengths[rows])
    return TicketColumns(
        texts=TEXTS,
        owners=(Owner(None, PARTY),),
        opened_at=opened[rows],
        resolved_at=np.where(running | cancelled, NONE, resolved // SECOND * SECOND)[rows],
        status=status.astype(np.int8)[rows],
        priority=np.where(changed, last, _URGENCY[priority]).astype(np.int8)[rows],
        service=np.array([_CODE[s] for s in SERVICES], np.int8)[draw.integers(0, len(SERVICES), BATCH)][rows],
        owner=np.zeros(count, np.int8),
        odd=np.zeros(count, np.bool_),
        events_from=events_from,
        events=events.take(slice(0, int(events_from[-1]))),
    )


def _life(
    draw: np.random.Generator, slots: list[_Slot], opened: Ints, priority: Ints
) -> tuple[Ints, Flags, Flags]:
    """Acknowledged, answered, paused, resolved, reopened; returns when, which are cancelled, which run on."""
    size = len(opened)
    pace = np.array([1.0, 2.5, 8.0, 20.0])[priority] * 3600 * SECOND

    def later(than: Ints, share: float) -> Ints:
        wait: Ints = (draw.exponential(share, size) * pace).astype(np.int64)
        return than + 60 * SECOND + wait

    def some(share: float) -> Flags:
        return draw.random(size) < share

    every = np.ones(size, np.bool_)
    cancelled, running, quiet = some(0.02), some(0.03), some(0.05)
    slots.append(_Slot("comment", opened + 5 * SECOND, every, by=AUTHORS.index("system"), automatic=True))
    answered = later(opened, 0.2)
    # One author in three hundred is not on record: whether that was the answer only the full rule can tell.
    author = np.where(some(0.003), AUTHORS.index("unknown"), 0)
    slots.append(_Slot("comment", answered, ~quiet, by=author))
    slots.append(_Slot("status", answered, ~quiet, _CODE["in_progress"]))
    at = answered
    for share in (0.5, 0.25, 0.1):
        paused = some(share)
        asked = later(at, 0.3)
        at = np.where(paused, later(asked, 1.0), at)
        slots.append(_Slot("status", asked, paused, _CODE["awaiting_customer"]))
        slots.append(_Slot("comment", at, paused, by=AUTHORS.index("customer")))
        slots.append(_Slot("status", at, paused, _CODE["in_progress"]))
    resolved = later(at, 0.6)
    slots.append(_Slot("comment", resolved - 30 * SECOND, some(0.3), public=False))
    slots.append(_Slot("status", resolved, cancelled, _CODE["cancelled"]))
    ended = ~cancelled & ~running
    slots.append(_Slot("status", resolved, ended, _CODE["resolved"]))
    back = ended & some(0.04)
    reopened = later(resolved, 2.0)
    slots.append(_Slot("reopened", reopened, back))
    again = later(reopened, 0.5)
    slots.append(_Slot("status", again, back, _CODE["resolved"]))
    final = np.where(back, again, resolved)
    slots.append(_Slot("status", final + 3 * 86_400 * SECOND, ended, _CODE["closed"]))
    slots.append(_Slot("status", final + 3 * 86_400 * SECOND, ended & some(0.02), _CODE["closed"]))
    return final, cancelled, running


def _priorities(
    draw: np.random.Generator, slots: list[_Slot], opened: Ints, priority: Ints
) -> tuple[Flags, Ints]:
    """The opening tells the first priority; one ticket in five changes it, some twice."""
    size = len(opened)
    slots.append(
        _Slot("opened", opened, np.ones(size, np.bool_), _URGENCY[priority], by=AUTHORS.index("customer"))
    )
    once = draw.random(size) < 0.2
    twice = once & (draw.random(size) < 0.25)
    first = opened + draw.integers(600, 20 * 3600, size) * SECOND
    to = _URGENCY[(priority + draw.integers(1, 4, size)) % 4]
    slots.append(_Slot("priority", first, once, to))
    back = _URGENCY[priority]
    slots.append(_Slot("priority", first + draw.integers(600, 20 * 3600, size) * SECOND, twice, back))
    return once, np.where(twice, back, to)


def _ordered(draw: np.random.Generator, slots: list[_Slot]) -> tuple[TicketEvents, Ints]:
    """Slots as one table by ticket and time, except for one ticket in thirty, exported as it came; and the
    number of events of each ticket."""
    at = np.stack([slot.at // SECOND * SECOND for slot in slots], 1)
    present = np.stack([slot.present for slot in slots], 1)
    order = np.argsort(at, axis=1, kind="stable")
    order[draw.random(len(at)) < 1 / 30] = np.arange(len(slots))
    shown = np.take_along_axis(present, order, 1)

    def codes(values: Sequence[Codes | int]) -> Codes:
        whole = np.stack([np.broadcast_to(np.asarray(value, np.int8), len(at)) for value in values], 1)
        return np.take_along_axis(whole, order, 1)[shown]

    events = TicketEvents(
        at=np.take_along_axis(at, order, 1)[shown],
        change=codes([CHANGES.index(slot.change) for slot in slots]),
        text=codes([slot.text for slot in slots]),
        by=codes([slot.by for slot in slots]),
        public=codes([slot.public for slot in slots]) > 0,
        automatic=codes([slot.automatic for slot in slots]) > 0,
    )
    return events, present.sum(1)


def fact_of(columns: TicketColumns, number: int) -> Fact:
    """One ticket of the columns as the record that the full rule reads."""
    record, opened = f"INC{number:07d}", moment_of(int(columns.opened_at[number]))
    resolved = int(columns.resolved_at[number])
    ticket = Ticket(
        subject=f"Ticket {number}",
        service=columns.texts[columns.service[number]],
        priority=columns.texts[columns.priority[number]],
        status=columns.texts[columns.status[number]],
        opened_at=opened,
        resolved_at=None if resolved == NONE else moment_of(resolved),
        events=[_event(columns, row) for row in range(*columns.events_from[number : number + 2])],
    )
    return Fact(
        id=f"desk/{record}",
        source=Source(system="desk", record=record, label=record),
        occurred_at=opened,
        known_at=opened,
        data=ticket,
        party=PARTY,
    )


def _event(columns: TicketColumns, row: int) -> TicketEvent:
    events = columns.events
    return TicketEvent(
        at=moment_of(int(events.at[row])),
        change=CHANGES[events.change[row]],
        value=columns.texts[events.text[row]],
        by=AUTHORS[events.by[row]],
        public=bool(events.public[row]),
        automatic=bool(events.automatic[row]),
    )
