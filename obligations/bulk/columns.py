"""Tickets as columns: one row for each ticket, one for each event, texts as codes.

This is the form in which an export of a million tickets fits into memory. Nothing is judged here: events may
stand in any order and more than once, and what the columns have no place for is marked `odd`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import numpy as np

from obligations.bulk.arrays import Codes, Flags, Ints, instants, runs_before
from obligations.facts import Fact, Ticket, TicketEvent, latest

CHANGES = ("opened", "reopened", "priority", "status", "comment")
"""What an event may change, in the order in which events of one instant are read."""

AUTHORS = ("provider", "customer", "system", "unknown")

_TEXTS = ("", "cancelled", "closed", "open", "resolved")
"""Texts that are always there, since the reading of a history names them."""

_TICKET_PLAIN = {
    *("kind", "subject", "service", "priority", "status", "opened_at", "resolved_at", "events"),
}
_EVENT_PLAIN = {"at", "change", "value", "by", "public", "automatic"}


class Owner(NamedTuple):
    """The contract and the party that a record names."""

    contract: str | None
    party: str | None


@dataclass(frozen=True)
class TicketEvents:
    """Events by ticket; `change` and `by` are positions in `CHANGES` and `AUTHORS`, `text` is the code of a
    status or a priority."""

    at: Ints
    change: Codes
    text: Codes
    by: Codes
    public: Flags
    automatic: Flags

    def take(self, which: slice | Ints) -> "TicketEvents":
        return TicketEvents(
            self.at[which],
            self.change[which],
            self.text[which],
            self.by[which],
            self.public[which],
            self.automatic[which],
        )


@dataclass(frozen=True)
class TicketColumns:
    """Tickets `0` to `size - 1`. `texts` is in order of text, so that codes compare as texts do, and begins
    with "". Events of ticket `n` are those from `events_from[n]` to before `events_from[n + 1]`.

    `resolved_at` is `NONE` where the record has none. `odd` marks tickets that say more than columns hold,
    `beside` names the kinds of other facts that were there and are not in the columns.
    """

    texts: tuple[str, ...]
    owners: tuple[Owner, ...]
    opened_at: Ints
    resolved_at: Ints
    status: Codes
    priority: Codes
    service: Codes
    owner: Codes
    odd: Flags
    events_from: Ints
    events: TicketEvents
    beside: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        return len(self.opened_at)

    def code(self, text: str) -> int:
        """The code of a text, -1 where no ticket has it."""
        return self.texts.index(text) if text in self.texts else -1

    def part(self, first: int, last: int) -> "TicketColumns":
        """Tickets `first` to before `last`, as views."""
        rows = slice(first, last)
        since, until = int(self.events_from[first]), int(self.events_from[last])
        return TicketColumns(
            self.texts,
            self.owners,
            self.opened_at[rows],
            self.resolved_at[rows],
            self.status[rows],
            self.priority[rows],
            self.service[rows],
            self.owner[rows],
            self.odd[rows],
            self.events_from[first : last + 1] - since,
            self.events.take(slice(since, until)),
            self.beside,
        )


def texts_of(more: Iterable[str]) -> tuple[str, ...]:
    """The texts of columns: those that every history needs and `more`."""
    return tuple(sorted({*_TEXTS, *more}))


def columns_of(facts: Iterable[Fact], known_at: datetime) -> tuple[TicketColumns, tuple[Fact, ...]]:
    """The newest version of each ticket known at `known_at` as columns, and their facts in the same order."""
    held = latest(facts, known_at)
    pairs = [(fact, fact.data) for fact in held if isinstance(fact.data, Ticket)]
    tickets = [data for _, data in pairs]
    events = [event for ticket in tickets for event in ticket.events]
    owners = {Owner(fact.contract, fact.party): 0 for fact, _ in pairs}
    owners = {owner: n for n, owner in enumerate(owners)}
    texts = texts_of(
        text
        for ticket in tickets
        for text in (ticket.status, ticket.service, normalised(ticket.priority), *map(_text, ticket.events))
    )
    code = {text: n for n, text in enumerate(texts)}
    columns = TicketColumns(
        texts=texts,
        owners=tuple(owners),
        opened_at=instants(ticket.opened_at for ticket in tickets),
        resolved_at=instants(ticket.resolved_at for ticket in tickets),
        status=_codes([code[ticket.status] for ticket in tickets]),
        priority=_codes([code[normalised(ticket.priority)] for ticket in tickets]),
        service=_codes([code[ticket.service] for ticket in tickets]),
        owner=_codes([owners[Owner(fact.contract, fact.party)] for fact, _ in pairs]),
        odd=np.array([_odd(ticket) for ticket in tickets], np.bool_),
        events_from=runs_before(np.array([len(ticket.events) for ticket in tickets], np.int64)),
        events=_events(events, code),
        beside=frozenset(fact.kind for fact in held) - {"ticket"},
    )
    return columns, tuple(fact for fact, _ in pairs)


def normalised(priority: str) -> str:
    """A priority as histories compare it."""
    return priority.strip().upper()


def _events(events: Sequence[TicketEvent], code: dict[str, int]) -> TicketEvents:
    changes = {change: n for n, change in enumerate(CHANGES)}
    return TicketEvents(
        at=instants(event.at for event in events),
        # A change that is not known here makes its ticket odd; as a comment by nobody it does no harm.
        change=np.array([changes.get(event.change, len(CHANGES) - 1) for event in events], np.int8),
        text=_codes([code[_text(event)] for event in events]),
        by=np.array([AUTHORS.index(event.by) for event in events], np.int8),
        public=np.array([event.public for event in events], np.bool_),
        automatic=np.array([event.automatic for event in events], np.bool_),
    )


def _text(event: TicketEvent) -> str:
    """What an event says, as far as histories read it: statuses and priorities."""
    return event.value if event.change in ("status", "priority", "opened") else ""


def _odd(ticket: Ticket) -> bool:
    """Whether a ticket says something that columns have no place for."""
    return _says_more(ticket, _TICKET_PLAIN) or any(
        event.change not in CHANGES
        or (event.change in ("priority", "opened") and normalised(event.value) != event.value)
        or _says_more(event, _EVENT_PLAIN)
        for event in ticket.events
    )


def _says_more(noun: Ticket | TicketEvent, plain: set[str]) -> bool:
    """Whether a field other than the plain ones holds something else than when nothing is said."""
    fields = type(noun).model_fields
    return any(getattr(noun, name) != fields[name].default for name in fields.keys() - plain)


def _codes(codes: list[int]) -> Codes:
    return np.array(codes, np.int32)
