"""The times between the updates on a ticket, or between messages of the customer and their answers.

What a record leaves open (an author, a priority, an end, a pause) is read both ways: strictly against the
provider, and in its favour. Only where that changes the outcome does it matter.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Literal

from obligations.intervals import Interval, clipped, merged
from obligations.model import Outcome
from obligations.risk import mostly_used
from obligations.service.ticket_case import OpenTicket, hours_of
from obligations.service.ticket_clock import TicketClock, ticket_clock
from obligations.service.ticket_comments import AUTHOR, no_answer
from obligations.terms import UpdateTime

Reading = Literal["last_update", "oldest_unanswered"]


@dataclass(frozen=True)
class Gap:
    """A stretch in which an update was awaited; `missed` counts the updates that did not come in it."""

    start: datetime
    end: datetime
    used: int
    allowance: int
    due_at: datetime
    running: bool
    missed: int


@dataclass(frozen=True)
class Found:
    """The gaps of a ticket under one reading, in order of time, and what they come to."""

    reading: Reading
    clock: TicketClock
    gaps: tuple[Gap, ...]
    open: bool

    @property
    def outcome(self) -> Outcome:
        if any(gap.missed for gap in self.gaps):
            return Outcome.BREACHED
        if self.open:
            last = self.gaps[-1] if self.gaps else None
            risky = last is not None and last.running and mostly_used(last.used, last.allowance)
            return Outcome.AT_RISK if risky else Outcome.PENDING
        return Outcome.MET if self.gaps else Outcome.NOT_APPLICABLE

    @property
    def shown(self) -> Gap | None:
        """The gap that decides: the longest, or the one that runs where nothing was missed yet."""
        if not self.gaps:
            return None
        last = self.gaps[-1]
        if last.running and self.outcome is not Outcome.BREACHED:
            return last
        return max(self.gaps, key=lambda gap: (gap.missed > 0, gap.used))

    @property
    def missed(self) -> int:
        return sum(gap.missed for gap in self.gaps)


@dataclass(frozen=True)
class Talk:
    """Who said what on a ticket: the provider's updates, the customer's messages, and what is neither."""

    updates: tuple[datetime, ...]
    messages: tuple[datetime, ...]
    unknown: tuple[datetime, ...]
    passed_over: tuple[str, ...]


def talk(case: OpenTicket, terms: UpdateTime) -> Talk:
    """The comments on a ticket, sorted by what they are."""
    updates, messages, unknown, passed = [], [], [], []
    for comment in case.seen.comments:
        at = comment.at.astimezone(UTC)
        why = no_answer(case.seen, comment, terms.automatic_counts, terms.internal_counts)
        if not why:
            updates.append(at)
        elif why == AUTHOR:
            unknown.append(at)
        elif comment.by == "customer":
            messages.append(at)
        else:
            passed.append(f"{case.at(at)} {why}")
    return Talk(tuple(updates), tuple(messages), tuple(unknown), tuple(passed))


def found(case: OpenTicket, reading: Reading, strict: bool, edited: bool) -> Found:
    """The gaps under one reading; `edited` takes the hours in force at the end of each."""
    terms = case.terms
    assert isinstance(terms, UpdateTime)
    end, is_open = _end(case, strict)
    said = talk(case, terms)
    updates = said.updates if strict else tuple(sorted((*said.updates, *said.unknown)))
    messages = tuple(sorted((*said.messages, *said.unknown))) if strict else said.messages
    awaited = (
        _between(case.seen.opened_at, updates, end)
        if reading == "last_update"
        else _unanswered(messages, updates, end)
    )
    stretches = _stretches(case, end, strict)
    parts = sorted(part for stretch in stretches for part in clipped(awaited, *stretch))
    gaps = [_gap(case, part, strict, edited, is_open and part[1] == end) for part in parts]
    clock = ticket_clock(terms, case.zone)
    assert not isinstance(clock, str), "refused before"
    return Found(reading, clock, tuple(gaps), is_open and any(b == end for _, b in stretches))


def _end(case: OpenTicket, strict: bool) -> tuple[datetime, bool]:
    """Until when updates are due, and whether the ticket is still open then."""
    seen = case.seen
    if seen.resolved_at is not None:
        return seen.resolved_at, False
    if seen.end_unknown:
        last = max((e.at.astimezone(UTC) for e in seen.events), default=seen.opened_at)
        return (seen.now if strict else max(last, seen.opened_at)), False
    return seen.now, True


def _between(opened: datetime, updates: Sequence[datetime], end: datetime) -> list[Interval]:
    """From the opening to the first update, from each to the next, and from the last to the end."""
    marks = [opened, *(at for at in updates if opened < at < end), end]
    return [(a, b) for a, b in pairwise(marks) if a < b]


def _unanswered(messages: Sequence[datetime], updates: Sequence[datetime], end: datetime) -> list[Interval]:
    """From the oldest message that waits to the next answer; further messages do not move it."""
    awaited, waiting = [], None
    for at, answers in sorted([*((m, False) for m in messages), *((u, True) for u in updates)]):
        if at >= end:
            break
        if not answers:
            waiting = waiting or at
        elif waiting is not None:
            awaited.append((waiting, at))
            waiting = None
    if waiting is not None:
        awaited.append((waiting, end))
    return awaited


def _stretches(case: OpenTicket, end: datetime, strict: bool) -> list[Interval]:
    """When the ticket was open under the promised priority; strictly also while that is not known."""
    wanted = case.terms.priority
    if wanted is None:
        return [(case.seen.opened_at, end)]
    accepted = {wanted, ""} if strict else {wanted}
    held = merged((p.start, p.end) for p in case.seen.priorities if p.value in accepted)
    return clipped(held, case.seen.opened_at, end)


def _gap(case: OpenTicket, part: Interval, strict: bool, edited: bool, running: bool) -> Gap:
    start, end = part
    terms = hours_of(case, start, end)[1 if edited else 0]
    case = replace(case, terms=terms)
    clock = ticket_clock(terms, case.zone)
    assert not isinstance(clock, str), "refused before"
    still = case.stood_still(start, end, unclear=not strict)
    if not strict and case.seen.paused_since_unknown(case.terms.pauses_on):
        still = [part]
    used, allowance = clock.used(start, end, still), clock.allowance(start)
    missed = 0
    if not clock.in_time(start, end, still) and (strict or case.seen.ticket.events):
        whole = used if terms.due == "before" else used - 1
        missed = max(1, whole // allowance) if allowance > 0 else 1
    return Gap(start, end, used, allowance, clock.due_at(start, still), running, missed)
