"""Response and resolution of many tickets: the verdicts of the rules, without their words.

Outcome, time used, allowance and due time are those that `rules.response_time` and `rules.resolution_time`
give, ticket by ticket. Where a ticket leaves a doubt, or its record or the terms say something that columns
do not hold, the verdict is `NEEDS_RULE`: the full rule must judge it. Nothing is guessed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from obligations.bulk.arrays import NONE, Flags, Ints, date_of, instant_of
from obligations.bulk.columns import AUTHORS, Owner, TicketColumns
from obligations.bulk.days import local_days
from obligations.bulk.histories import Histories, Runs, histories
from obligations.bulk.ticket_clocks import BulkClock, Stretches, bulk_clock
from obligations.errors import CalendarError
from obligations.facts import Fact
from obligations.matching import belongs, covers, same_service
from obligations.model import AsOf, DatedTerms, Obligation, Outcome
from obligations.risk import SHARE_USED
from obligations.rules import reads
from obligations.service.ticket_clock import ClockTerms, TicketTerms, ticket_clock
from obligations.service.ticket_history import ENDED
from obligations.terms import ResolutionTime, ResponseTime
from obligations.trail import zone_of

OUTCOMES = tuple(Outcome)
NEEDS_RULE = len(OUTCOMES)
"""The code of a ticket that the full rule must judge; it may turn out not to fall under the promise."""

_MET, _AT_RISK, _BREACHED, _PENDING, _NOT_APPLICABLE = (
    OUTCOMES.index(outcome)
    for outcome in (
        Outcome.MET,
        Outcome.AT_RISK,
        Outcome.BREACHED,
        Outcome.PENDING,
        Outcome.NOT_APPLICABLE,
    )
)
_PART = 100_000
"""Tickets judged at a time: small enough that working arrays stay small, large enough to be worth it."""

_PLAIN = {
    *("kind", "within", "priority", "clock", "calendar", "pauses_on", "service", "due"),
    *("automatic_counts", "workaround_counts"),
}


@dataclass(frozen=True)
class Verdicts:
    """The tickets that fall under one promise, by their number in the columns, each with its outcome as a
    position in `OUTCOMES` or `NEEDS_RULE`.

    `used` and `allowance` are microseconds or days, as the clock of the terms has it; they and `due_at` are
    `NONE` for what is not applicable or needs the rule.
    """

    ticket: Ints
    outcome: Ints
    used: Ints
    allowance: Ints
    due_at: Ints

    @property
    def needing_rule(self) -> Ints:
        found: Ints = self.ticket[self.outcome == NEEDS_RULE]
        return found


def assess_columns(
    obligations: Sequence[Obligation], columns: TicketColumns, at: AsOf
) -> tuple[Verdicts, ...]:
    """The verdicts of each of several promises on the same tickets, as of `at`.

    The columns must hold what was known at `at.known_at`: `columns_of` sees to that.
    """
    found: list[list[Verdicts]] = [[] for _ in obligations]
    for first in range(0, columns.size, _PART):
        part = _Part(
            histories(columns.part(first, min(first + _PART, columns.size)), instant_of(at.as_of)), at
        )
        for promise, verdicts in zip(obligations, found, strict=True):
            verdicts.append(_shifted(part.verdicts(promise), first))
    return tuple(_joined(verdicts) for verdicts in found)


@dataclass(frozen=True)
class _Stops:
    """What stopped the clocks. `at` is `NONE` where nothing did; `untold` where it may have, unrecorded;
    `doubtful` where it may have stopped earlier."""

    at: Ints
    untold: Flags
    doubtful: Flags


@dataclass(frozen=True)
class _Rows:
    """Tickets judged under one promise: until when their clocks run, and whether they left the promised
    priority only after its time had run out."""

    ticket: Ints
    until: Ints
    left: Flags


class _Part:
    """Some tickets as they stood at an instant, with what several promises ask of them worked out once."""

    def __init__(self, seen: Histories, at: AsOf) -> None:
        self.seen, self.at = seen, at
        self.columns = seen.columns
        self._pauses: dict[tuple[str, ...], tuple[Ints, Runs]] = {}
        self._stops: dict[bool | None, _Stops] = {}

    def verdicts(self, promise: Obligation) -> Verdicts:
        if self.columns.beside & reads(promise):
            return _needing_rule(np.arange(self.columns.size))
        try:
            parts = [self._under(promise, dated) for dated in promise.terms]
        except CalendarError:
            # The rule says of all tickets at once that the calendar cannot be used.
            return _needing_rule(np.arange(self.columns.size))
        joined = _joined([part for part in parts if part is not None])
        order = np.argsort(joined.ticket, kind="stable")
        return _taken(joined, order)

    def _under(self, promise: Obligation, dated: DatedTerms) -> Verdicts | None:
        """The tickets opened while `dated` was in force."""
        terms = dated.terms
        if not isinstance(terms, ClockTerms):
            return None
        fall, unclear = self._falling(promise, dated, terms)
        if not isinstance(terms, TicketTerms):
            # Several waits on one ticket: columns have one clock for each.
            return _needing_rule(np.flatnonzero(fall))
        zone = zone_of(promise, terms, self.at)
        clock = bulk_clock(ticket_clock(terms, zone)) if _is_plain(terms) else None
        if clock is None:
            return _needing_rule(np.flatnonzero(fall))
        stops = self._stopped(terms)
        odd = self.columns.odd | unclear | stops.untold
        odd |= (self.seen.resolved_at != NONE) & (self.seen.resolved_at < self.columns.opened_at)
        rows = self._judged(terms, clock, stops, fall & ~odd)
        return _joined([_needing_rule(np.flatnonzero(fall & odd)), rows])

    def _falling(self, promise: Obligation, dated: DatedTerms, terms: ClockTerms) -> tuple[Flags, Flags]:
        """Which tickets may fall under the terms, and for which of them that is unclear."""
        columns = self.columns
        zone = zone_of(promise, promise.terms[-1].terms, self.at)
        day = local_days(zone, columns.opened_at)
        low = int(day.min())
        days = [date_of(low + n) for n in range(int(day.max()) - low + 1)]
        in_force = np.array([promise.in_force(on) is dated for on in days], np.bool_)
        fall = (columns.opened_at <= self.seen.now) & in_force[day - low]
        unclear = np.zeros(columns.size, np.bool_)
        for code, owner in enumerate(columns.owners):
            fact = _owned(owner)
            belonging = belongs(promise, fact)
            covered = np.array([covers(promise, fact, on) for on in days], np.bool_)
            mine = columns.owner == code
            fall &= ~mine | (covered[day - low] & (belonging != "no"))
            unclear |= mine & (belonging == "unclear") & (terms.service is None)
        services = [same_service(terms.service, text) for text in columns.texts]
        fall &= np.array([same is not False for same in services], np.bool_)[columns.service]
        unclear |= np.array([same is None for same in services], np.bool_)[columns.service]
        return fall, unclear

    def _judged(self, terms: TicketTerms, clock: BulkClock, stops: _Stops, fall: Flags) -> Verdicts:
        """The verdicts on tickets that leave no doubt before their clocks are read."""
        end = np.where(stops.at == NONE, self.seen.now, stops.at)
        rows, unknown = self._of_priority(terms, clock, end, fall)
        cancelled = self.seen.cancelled[rows.ticket]
        none = _without_figures(rows.ticket[cancelled], _NOT_APPLICABLE)
        rows = _Rows(rows.ticket[~cancelled], rows.until[~cancelled], rows.left[~cancelled])
        stretch = self._stretch(terms, rows.ticket, rows.until)
        used, allowance = clock.used(stretch), clock.allowance(stretch)
        in_time = clock.in_time(stretch, used)
        numerator, denominator = SHARE_USED.as_integer_ratio()
        risky = used * denominator >= allowance * numerator
        running = np.where(risky, _AT_RISK, _PENDING)
        outcome = np.where(stops.at[rows.ticket] == NONE, running, _MET)
        outcome[~in_time | rows.left] = _BREACHED
        doubt = (outcome == _BREACHED) & (
            stops.doubtful[rows.ticket] | self._paused_since_unknown(terms)[rows.ticket]
        )
        judged = Verdicts(rows.ticket, outcome, used, allowance, clock.due_at(stretch))
        return _joined(
            [_needing_rule(unknown), none, _needing_rule(rows.ticket[doubt]), _taken(judged, ~doubt)]
        )

    def _of_priority(
        self, terms: TicketTerms, clock: BulkClock, end: Ints, fall: Flags
    ) -> tuple[_Rows, Ints]:
        """The tickets under the promised priority, and those whose priority is not known."""
        tickets = np.flatnonzero(fall)
        if terms.priority is None:
            return _Rows(tickets, end[tickets], np.zeros(len(tickets), np.bool_)), tickets[:0]
        wanted = self.columns.code(terms.priority)
        runs = self.seen.priorities
        started = runs.start <= end[runs.ticket]
        final = np.zeros(self.columns.size, runs.value.dtype)
        # In order of time: the last one that has begun stays.
        final[runs.ticket[started]] = runs.value[started]
        under = tickets[final[tickets] == wanted]
        unknown = tickets[final[tickets] == 0]
        left, until = self._left_after_breach(terms, clock, (wanted, end), fall & (final > wanted))
        ticket, kept = np.concatenate([under, left]), len(under)
        return _Rows(ticket, np.concatenate([end[under], until]), np.arange(len(ticket)) >= kept), unknown

    def _left_after_breach(
        self, terms: TicketTerms, clock: BulkClock, wanted_until: tuple[int, Ints], among: Flags
    ) -> tuple[Ints, Ints]:
        """Tickets made less urgent after the time of the promised priority had run out, and when."""
        wanted, end = wanted_until
        runs = self.seen.priorities
        runs = runs.take((runs.value == wanted) & among[runs.ticket] & (runs.end <= end[runs.ticket]))
        stretch = self._stretch(terms, runs.ticket, runs.end)
        late = ~clock.in_time(stretch, clock.used(stretch))
        ticket, first = np.unique(runs.ticket[late], return_index=True)
        return ticket, runs.end[late][first]

    def _stretch(self, terms: TicketTerms, ticket: Ints, until: Ints) -> Stretches:
        """The clocks of tickets up to an instant each, with their pauses."""
        pauses_from, pauses = self._paused(terms.pauses_on)
        counts = pauses_from[ticket + 1] - pauses_from[ticket]
        before = np.cumsum(counts) - counts
        place = np.repeat(pauses_from[ticket] - before, counts) + np.arange(counts.sum())
        row = np.repeat(np.arange(len(ticket)), counts)
        inside = pauses.start[place] < until[row]
        place, row = place[inside], row[inside]
        return Stretches(
            opened=self.columns.opened_at[ticket],
            until=until,
            pauses_from=np.searchsorted(row, np.arange(len(ticket) + 1)),
            pause_start=pauses.start[place],
            pause_end=np.minimum(pauses.end[place], until[row]),
        )

    def _paused(self, statuses: tuple[str, ...]) -> tuple[Ints, Runs]:
        """When tickets stood in one of the statuses or resolved, and where those of each ticket begin."""
        if statuses not in self._pauses:
            runs = self.seen.statuses
            still = [self.columns.code(status) for status in {*statuses, *ENDED}]
            runs = runs.take(np.isin(runs.value, still) & (runs.start < runs.end))
            new = np.ones(len(runs.ticket), np.bool_)
            new[1:] = (runs.ticket[1:] != runs.ticket[:-1]) | (runs.start[1:] != runs.end[:-1])
            last = np.ones(len(runs.ticket), np.bool_)
            last[:-1] = new[1:]
            merged = Runs(runs.ticket[new], runs.value[new], runs.start[new], runs.end[last])
            begins = np.searchsorted(merged.ticket, np.arange(self.columns.size + 1))
            self._pauses[statuses] = (begins, merged)
        return self._pauses[statuses]

    def _paused_since_unknown(self, terms: TicketTerms) -> Flags:
        statuses = [self.columns.code(status) for status in terms.pauses_on]
        return ~self.seen.told_status & np.isin(self.columns.status, statuses)

    def _stopped(self, terms: TicketTerms) -> _Stops:
        automatic = terms.automatic_counts if isinstance(terms, ResponseTime) else None
        if automatic not in self._stops:
            self._stops[automatic] = self._resolved() if automatic is None else self._answered(automatic)
        return self._stops[automatic]

    def _resolved(self) -> _Stops:
        at = self.seen.resolved_at
        return _Stops(at, (at == NONE) & self.seen.end_unknown, np.zeros(len(at), np.bool_))

    def _answered(self, automatic_counts: bool) -> _Stops:
        """The first public comment by a person of the provider, or else the resolution."""
        seen, comments, of = self.seen, self.seen.comments, self.seen.comment_of
        customer, system, author_unknown = (AUTHORS.index(n) for n in ("customer", "system", "unknown"))
        opened = self.columns.opened_at[of]
        no = (comments.by == customer) | ~comments.public
        if not automatic_counts:
            no |= comments.automatic | (comments.by == system)
        no |= (comments.at < opened) | ((comments.at == opened) & seen.opened_by_provider[of])
        answer = self._first(~no & (comments.by != author_unknown))
        doubt = self._first(~no & (comments.by == author_unknown))
        untold = (answer == NONE) & (seen.resolved_at == NONE) & seen.end_unknown & seen.has_events
        doubtful = (doubt != NONE) & ((answer == NONE) | (doubt < answer))
        return _Stops(np.where(answer == NONE, seen.resolved_at, answer), untold, doubtful | ~seen.has_events)

    def _first(self, which: Flags) -> Ints:
        """The first of some comments on each ticket, `NONE` where there is none."""
        found = np.full(self.columns.size, NONE, np.int64)
        # From the last to the first: the first stays.
        found[self.seen.comment_of[which][::-1]] = self.seen.comments.at[which][::-1]
        return found


def _is_plain(terms: ResponseTime | ResolutionTime) -> bool:
    """Whether terms say nothing but what is read here."""
    fields = type(terms).model_fields
    return all(getattr(terms, name) == fields[name].default for name in fields.keys() - _PLAIN)


def _owned(owner: Owner) -> Fact:
    """A record of which only the owner is known: all that decides whose it is."""
    return Fact.model_construct(**owner._asdict())


def _without_figures(tickets: Ints, outcome: int) -> Verdicts:
    none = np.full(len(tickets), NONE, np.int64)
    return Verdicts(tickets, np.full(len(tickets), outcome, np.int64), none, none, none)


def _needing_rule(tickets: Ints) -> Verdicts:
    return _without_figures(tickets, NEEDS_RULE)


def _taken(verdicts: Verdicts, which: Ints | Flags) -> Verdicts:
    return Verdicts(
        verdicts.ticket[which],
        verdicts.outcome[which],
        verdicts.used[which],
        verdicts.allowance[which],
        verdicts.due_at[which],
    )


def _shifted(verdicts: Verdicts, by: int) -> Verdicts:
    return Verdicts(
        verdicts.ticket + by, verdicts.outcome, verdicts.used, verdicts.allowance, verdicts.due_at
    )


def _joined(parts: Sequence[Verdicts]) -> Verdicts:
    if not parts:
        return _needing_rule(np.arange(0))
    return Verdicts(
        np.concatenate([part.ticket for part in parts]),
        np.concatenate([part.outcome for part in parts]),
        np.concatenate([part.used for part in parts]),
        np.concatenate([part.allowance for part in parts]),
        np.concatenate([part.due_at for part in parts]),
    )
