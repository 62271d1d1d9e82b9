"""What had happened on many tickets by an instant: what `ticket_history.history` tells of one."""

import re
from dataclasses import dataclass

import numpy as np

from obligations.bulk.arrays import NONE, Codes, Flags, Ints, runs_before
from obligations.bulk.columns import AUTHORS, CHANGES, TicketColumns, TicketEvents
from obligations.service.ticket_history import ENDED

_OPENED, _REOPENED, _PRIORITY, _STATUS, _COMMENT = range(len(CHANGES))
_PRIORITY_NAME = re.compile(r"^P[1-9]$")


@dataclass(frozen=True)
class Runs:
    """What held on a ticket from `start` to before `end`; in order of ticket, then of time."""

    ticket: Ints
    value: Codes
    start: Ints
    end: Ints

    def take(self, which: Flags | Ints) -> "Runs":
        return Runs(self.ticket[which], self.value[which], self.start[which], self.end[which])


@dataclass(frozen=True)
class Histories:
    """Everything known at `now` of the tickets of some columns, by ticket; the fields are those of
    `ticket_history.History`. `statuses` are not collapsed: neighbours may be equal."""

    columns: TicketColumns
    now: int
    resolved_at: Ints
    end_unknown: Flags
    cancelled: Flags
    statuses: Runs
    priorities: Runs
    comments: TicketEvents
    comment_of: Ints
    opened_by_provider: Flags
    has_events: Flags
    told_status: Flags


@dataclass(frozen=True)
class _Changes:
    """Changes of one thing, each ticket's beginning with how it stood when opened."""

    ticket: Ints
    value: Codes
    at: Ints
    first: Ints
    """Row of each ticket's first change, and after the last ticket the number of rows."""


def histories(columns: TicketColumns, now: int) -> Histories:
    """The tickets as they stood at `now`; those opened later come out as open with no history."""
    size, events = columns.size, columns.events
    of = np.repeat(np.arange(size), np.diff(columns.events_from))
    ended = np.isin(events.text, [columns.code(status) for status in ENDED])
    status = events.change == _STATUS
    cancelled = events.text == columns.code("cancelled")
    provider = (events.change == _OPENED) & (events.by == AUTHORS.index("provider"))
    told_ended = _some(size, of, status & ended)
    told_cancelled = _some(size, of, status & cancelled)
    given_priority = _some(size, of, events.change == _PRIORITY)
    seen = np.flatnonzero(events.at <= now)
    seen = seen[_in_order(of[seen], events.at[seen], _rank(events, seen))]
    changes = _status_changes(columns, events, of, seen)
    resolved, changes = _resolved(columns, changes, now)
    last = changes.value[changes.first[1:] - 1]
    said_ended = np.isin(columns.status, [columns.code(status) for status in ENDED])
    said_cancelled = columns.status == columns.code("cancelled")
    comments = seen[events.change[seen] == _COMMENT]
    return Histories(
        columns=columns,
        now=now,
        resolved_at=resolved,
        end_unknown=said_ended & (columns.resolved_at == NONE) & ~told_ended,
        cancelled=(last == columns.code("cancelled")) | (said_cancelled & ~told_cancelled),
        statuses=_runs(changes, now),
        priorities=_collapsed(_priority_changes(columns, given_priority, of, seen), now),
        comments=events.take(comments),
        comment_of=of[comments],
        opened_by_provider=_some(size, of, provider),
        has_events=np.diff(columns.events_from) > 0,
        told_status=_some(size, of, status),
    )


def _some(size: int, of: Ints, which: Flags) -> Flags:
    """Whether a ticket has any of the events."""
    found = np.zeros(size, np.bool_)
    found[of[which]] = True
    return found


def _rank(events: TicketEvents, seen: Ints) -> Ints:
    """Which of several events of one instant comes first."""
    width = int(events.text.max(initial=0)) + 1
    return events.change[seen].astype(np.int64) * width + events.text[seen]


def _in_order(of: Ints, at: Ints, rank: Ints) -> Ints:
    """Positions of events in order of ticket, instant and rank. Exports are nearly in order, so that only
    the tickets out of order are sorted."""
    order = np.arange(len(of))
    same = of[1:] == of[:-1]
    late = same & ((at[1:] < at[:-1]) | ((at[1:] == at[:-1]) & (rank[1:] < rank[:-1])))
    if late.any():
        tickets = np.zeros(int(of[-1]) + 1, np.bool_)
        tickets[of[1:][late]] = True
        mixed = np.flatnonzero(tickets[of])
        order[mixed] = mixed[np.lexsort((rank[mixed], at[mixed], of[mixed]))]
    return order


def _status_changes(columns: TicketColumns, events: TicketEvents, of: Ints, seen: Ints) -> _Changes:
    rows = seen[(events.change[seen] == _STATUS) | (events.change[seen] == _REOPENED)]
    is_open = columns.code("open")
    said = np.where((events.change[rows] == _REOPENED) | (events.text[rows] == 0), is_open, events.text[rows])
    first = np.full(columns.size, is_open, said.dtype)
    return _changes(columns, first, (of[rows], said, events.at[rows]))


def _priority_changes(columns: TicketColumns, given: Flags, of: Ints, seen: Ints) -> _Changes:
    """The priority at opening ("" where it is not known) and every later one."""
    events = columns.events
    first = np.where(given, 0, columns.priority)
    names = [n for n, text in enumerate(columns.texts) if _PRIORITY_NAME.match(text)]
    told = seen[(events.change[seen] == _OPENED) & np.isin(events.text[seen], names)]
    first[of[told]] = events.text[told]
    rows = seen[events.change[seen] == _PRIORITY]
    return _changes(columns, first, (of[rows], events.text[rows], events.at[rows]))


def _changes(columns: TicketColumns, opening: Codes, later: tuple[Ints, Codes, Ints]) -> _Changes:
    """Changes (ticket, value, instant) after the value at opening; none is before the opening."""
    of, said, at = later
    counts = np.bincount(of, minlength=columns.size) + 1
    first = runs_before(counts)
    ticket = np.repeat(np.arange(columns.size), counts)
    value, start = np.empty(len(ticket), opening.dtype), np.empty(len(ticket), np.int64)
    is_first = np.zeros(len(ticket), np.bool_)
    is_first[first[:-1]] = True
    value[is_first], start[is_first] = opening, columns.opened_at
    value[~is_first], start[~is_first] = said, np.maximum(at, columns.opened_at[of])
    return _Changes(ticket, value, start, first)


def _resolved(columns: TicketColumns, changes: _Changes, now: int) -> tuple[Ints, _Changes]:
    """When the final resolution began, `NONE` where it has not; and the changes with that one among them."""
    ended = np.isin(changes.value, [columns.code(status) for status in ENDED])
    row = np.where(ended, -1, np.arange(len(ended)))
    open_row = np.maximum.reduceat(row, changes.first[:-1]) if columns.size else row
    last_open = changes.at[open_row]
    only, is_ended = changes.first[1:] - changes.first[:-1] == 1, open_row < changes.first[1:] - 1
    found = np.full(columns.size, NONE, np.int64)
    found[is_ended] = changes.at[open_row[is_ended] + 1]
    stated = columns.resolved_at
    holds = (stated != NONE) & (stated <= now) & ((stated >= last_open) | only)
    found = np.where(holds, stated, found)
    untold = np.flatnonzero((found != NONE) & ~is_ended)
    return found, _with_resolution(columns, changes, untold, found[untold])


def _with_resolution(columns: TicketColumns, changes: _Changes, tickets: Ints, at: Ints) -> _Changes:
    if not len(tickets):
        return changes
    after = changes.first[tickets + 1]
    first = changes.first.copy()
    first[1:] += np.cumsum(np.bincount(tickets, minlength=columns.size))
    return _Changes(
        np.insert(changes.ticket, after, tickets),
        np.insert(changes.value, after, columns.code("resolved")),
        np.insert(changes.at, after, at),
        first,
    )


def _runs(changes: _Changes, now: int) -> Runs:
    end = np.append(changes.at[1:], now)
    end[changes.first[1:] - 1] = now
    return Runs(changes.ticket, changes.value, changes.at, end)


def _collapsed(changes: _Changes, now: int) -> Runs:
    """One run for each value: of several changes at one instant the last, equal neighbours as one."""
    kept = _distinct_next(changes.ticket, changes.at)
    ticket, value, at = changes.ticket[kept], changes.value[kept], changes.at[kept]
    new = np.ones(len(ticket), np.bool_)
    new[1:] = (ticket[1:] != ticket[:-1]) | (value[1:] != value[:-1])
    ticket, value, at = ticket[new], value[new], at[new]
    end = np.append(at[1:], now)
    end[:-1][ticket[1:] != ticket[:-1]] = now
    return Runs(ticket, value, at, end)


def _distinct_next(ticket: Ints, at: Ints) -> Flags:
    """Rows that no other of the same ticket and instant follows."""
    kept = np.ones(len(ticket), np.bool_)
    kept[:-1] = (ticket[1:] != ticket[:-1]) | (at[1:] != at[:-1])
    return kept
