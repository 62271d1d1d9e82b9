"""Judging promises on tickets: which tickets, under which priority, whether the clock stopped in time.

The rules for response and resolution share everything here but what stops their clock.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo

from obligations.facts import Fact, Ticket
from obligations.intervals import Interval, total
from obligations.matching import belongs, covers, records, same_service
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.risk import mostly_used
from obligations.ticket_clock import TicketClock, TicketTerms, ticket_clock
from obligations.ticket_history import History, Phase, history
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import instant_text, span_text


@dataclass(frozen=True)
class Stop:
    """What stopped the clock, if anything did.

    `at` is when; `says` tells how; `missing` is evidence without which it cannot be told whether it stopped.
    `doubtful_at` is an earlier instant at which it may have stopped, `doubt` what is not known of it.
    """

    at: datetime | None
    says: str
    missing: str = ""
    doubtful_at: datetime | None = None
    doubt: str = ""


@dataclass(frozen=True)
class TicketPromise:
    """What tells one promise on tickets from another: its verb ("resolved") and what stops its clock."""

    verb: str
    stop: Callable[[History, TicketTerms, tzinfo], Stop]


@dataclass(frozen=True)
class _Case:
    """One ticket under one obligation."""

    label: str
    fact: Fact
    seen: History
    dated: DatedTerms
    terms: TicketTerms
    zone: tzinfo
    stop: Stop
    left: Phase | None = None
    """The phase of the promised priority that the ticket has left again, None while it is in force."""

    @property
    def until(self) -> datetime:
        if self.left is not None:
            return self.left.end
        return self.stop.at or self.seen.now

    @property
    def opened_on(self) -> date:
        return self.seen.opened_at.astimezone(self.zone).date()

    def at(self, instant: datetime) -> str:
        return instant_text(instant, self.zone)


def assess_tickets(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, promise: TicketPromise
) -> tuple[Assessment, ...]:
    """One assessment for each ticket under the promise, by the day it was opened."""
    found = []
    for fact, ticket in records(obligation, facts, at.known_at, Ticket):
        case = _case(obligation, fact, ticket, at, promise)
        assessed = _assess(obligation, case, at, promise) if case is not None else None
        if assessed is not None:
            found.append(assessed)
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _case(
    obligation: Obligation, fact: Fact, ticket: Ticket, at: AsOf, promise: TicketPromise
) -> _Case | None:
    seen = history(ticket, at.as_of)
    if seen is None:
        return None
    opened_on = seen.opened_at.astimezone(zone_of(obligation, obligation.terms[-1].terms, at)).date()
    if not covers(obligation, fact, opened_on):
        return None
    dated = obligation.in_force(opened_on)
    if dated is None:
        return None
    terms = dated.terms
    if not isinstance(terms, TicketTerms) or same_service(terms.service, ticket.service) is False:
        return None
    zone = zone_of(obligation, terms, at)
    label = fact.source.label or fact.source.record
    return _Case(label, fact, seen, dated, terms, zone, promise.stop(seen, terms, zone))


def _assess(obligation: Obligation, case: _Case, at: AsOf, promise: TicketPromise) -> Assessment | None:
    trail = Trail(obligation, at)
    clock = ticket_clock(case.terms, case.zone)
    wanted = case.terms.priority
    final = case.seen.priority_at(case.stop.at or case.seen.now)
    if wanted is not None and final != wanted and final:
        left = None if isinstance(clock, str) else _left_after_breach(case, clock, wanted, final)
        if left is None:
            return None
        case = replace(case, left=left)
    _tell_terms(trail, case, promise, clock)
    doubts = _doubts(obligation, case, clock, unknown_priority=bool(wanted) and not final)
    if case.seen.cancelled:
        finding = Finding(Outcome.NOT_APPLICABLE, f"{case.label} was cancelled; nothing was due on it.")
    elif doubts or isinstance(clock, str):
        finding = undetermined(_cannot_tell(case, promise, doubts), *doubts)
    else:
        return _judge(trail, case, clock, promise)
    return trail.conclude(_occurrence(case, None), finding)


def _left_after_breach(case: _Case, clock: TicketClock, wanted: str, final: str) -> Phase | None:
    """The phase in which the promised priority was in force while its time ran out.

    A ticket made less urgent after that leaves the breach; one made more urgent is judged there instead.
    """
    if wanted > final:
        return None
    end = case.stop.at or case.seen.now
    for phase in case.seen.priorities:
        if phase.value == wanted and phase.end <= end:
            pauses = case.seen.pauses(case.terms.pauses_on, phase.end)
            if not clock.in_time(case.seen.opened_at, phase.end, pauses):
                return phase
    return None


def _doubts(
    obligation: Obligation, case: _Case, clock: TicketClock | str, unknown_priority: bool
) -> tuple[str, ...]:
    """What must be known before the ticket can be judged at all."""
    doubts = []
    if belongs(obligation, case.fact) == "unclear" and case.terms.service is None:
        doubts.append(f"which contract {case.label} falls under")
    if same_service(case.terms.service, case.seen.ticket.service) is None:
        doubts.append(f"the service that {case.label} affects")
    if unknown_priority:
        doubts.append(f"the priority of {case.label} at {case.at(case.until)}")
    if isinstance(clock, str):
        doubts.append(clock)
    if case.seen.resolved_at is not None and case.seen.resolved_at < case.seen.opened_at:
        doubts.append(f"a true resolution time of {case.label}: the record has it before the opening")
    return tuple(doubts)


def _judge(trail: Trail, case: _Case, clock: TicketClock, promise: TicketPromise) -> Assessment:
    opened, until, stop = case.seen.opened_at, case.until, case.stop
    pauses = case.seen.pauses(case.terms.pauses_on, until)
    used = clock.used(opened, until, pauses)
    in_time = clock.in_time(opened, until, pauses)
    _tell_clock(trail, case, clock, pauses)
    due_at = clock.due_at(opened, pauses)
    allowance = clock.allowance(opened)
    if stop.missing and case.left is None:
        outcome = Outcome.UNDETERMINED
    elif case.left is not None:
        outcome = Outcome.BREACHED
    elif stop.at is not None:
        outcome = Outcome.MET if in_time else Outcome.BREACHED
    elif not in_time:
        outcome = Outcome.BREACHED
    else:
        outcome = Outcome.AT_RISK if mostly_used(used, allowance) else Outcome.PENDING
    missing = _saving_doubts(case, clock) if outcome is Outcome.BREACHED else ()
    missing = (stop.missing,) if outcome is Outcome.UNDETERMINED else missing
    if missing:
        finding = undetermined(_cannot_tell(case, promise, missing), *missing, target=clock.target)
    else:
        finding = Finding(
            outcome,
            _summary(case, clock, promise, (outcome, used, allowance, due_at)),
            target=clock.target,
            measured=clock.quantity(used),
            margin=clock.quantity(allowance - used),
        )
    return trail.conclude(_occurrence(case, due_at), finding)


def _saving_doubts(case: _Case, clock: TicketClock) -> tuple[str, ...]:
    """What is not known and could turn a breach into a promise kept."""
    doubts = []
    stop, opened = case.stop, case.seen.opened_at
    if stop.doubtful_at is not None:
        before = case.seen.pauses(case.terms.pauses_on, stop.doubtful_at)
        if clock.in_time(opened, stop.doubtful_at, before):
            doubts.append(stop.doubt)
    if case.seen.paused_since_unknown(case.terms.pauses_on):
        doubts.append(f"since when {case.label} has been {_status_words(case.seen.ticket.status)}")
    return tuple(doubts)


def _occurrence(case: _Case, due_at: datetime | None) -> Occurrence:
    title = case.seen.ticket.subject
    return Occurrence(
        key=case.label,
        label=f"{case.label}: {title}" if title else case.label,
        starts_at=case.seen.opened_at.astimezone(case.zone),
        due_at=due_at,
        counts_on=case.opened_on,
    )


def _named(case: _Case) -> str:
    priority = case.terms.priority or case.seen.priority_at(case.until)
    return f"{case.label} ({priority})" if priority else case.label


def _cannot_tell(case: _Case, promise: TicketPromise, missing: Sequence[str]) -> str:
    return f"Whether {case.label} was {promise.verb} in time cannot be told without {' and '.join(missing)}."


def _summary(
    case: _Case,
    clock: TicketClock,
    promise: TicketPromise,
    figures: tuple[Outcome, int, int, datetime],
) -> str:
    outcome, used, allowance, due_at = figures
    spent, target = clock.quantity(used).text, clock.target.text
    gap = clock.quantity(abs(allowance - used)).text
    late = f"{gap} too late" if used != allowance else "too late by the letter: it had to be before"
    if case.left is not None:
        return (
            f"{_named(case)} had run {spent} of {target} when its priority was lowered at "
            f"{case.at(case.left.end)}: the breach stays."
        )
    if case.stop.at is not None:
        verdict = late if outcome is Outcome.BREACHED else f"{gap} to spare"
        if outcome is Outcome.MET and used == allowance:
            verdict = "exactly in time"
        return f"{_named(case)} was {promise.verb} after {spent}; the target is {target}: {verdict}."
    due = case.at(due_at)
    if outcome is Outcome.BREACHED:
        return f"{_named(case)} is not {promise.verb} after {spent}; the target is {target}: due since {due}."
    return f"{_named(case)} is not {promise.verb} yet; {spent} of {target} are used; due by {due}."


def _tell_terms(trail: Trail, case: _Case, promise: TicketPromise, clock: TicketClock | str) -> None:
    which = f"{case.terms.priority} tickets" if case.terms.priority else "Tickets"
    about = f" of {case.terms.service}" if case.terms.service else ""
    target = case.terms.within.words() if isinstance(clock, str) else clock.target.text
    trail.terms(case.dated, f"{which}{about} are to be {promise.verb} within {target}.")
    ticket = case.seen.ticket
    trail.note(
        "ticket",
        f"{case.label} {f'on {ticket.service} ' if ticket.service else ''}was opened "
        f"{case.at(case.seen.opened_at)}.",
        (case.fact.source,),
    )
    if len(case.seen.priorities) > 1:
        told = ", then ".join(
            f"{phase.value or 'unknown'} from {case.at(phase.start)}" for phase in case.seen.priorities
        )
        judged = case.terms.priority or "any priority"
        trail.note(
            "priority",
            f"The priority was {told}. Judged as {judged}, counted from the opening.",
            (case.fact.source,),
        )


def _tell_clock(trail: Trail, case: _Case, clock: TicketClock, pauses: Sequence[Interval]) -> None:
    source = (case.fact.source,)
    trail.note("calendar.open_time", clock.reading)
    trail.note("stopped", case.stop.says, source)
    if pauses:
        spans = ", ".join(f"{case.at(a)} to {case.at(b)}" for a, b in pauses)
        statuses = sorted({_status_words(s) for s in case.terms.pauses_on})
        why = f"while {' or '.join(statuses)}" if statuses else "while it stood resolved"
        trail.note("pauses", f"The clock stood still {why}: {spans} ({span_text(total(pauses))}).", source)
    if case.seen.reopened:
        trail.note("reopened", "Reopened: the last resolution counts; time resolved before does not.", source)
    used = clock.used(case.seen.opened_at, case.until, pauses)
    end = case.at(case.until.astimezone(UTC))
    trail.note("elapsed", f"{clock.quantity(used).text} counted until {end}, of {clock.target.text}.", source)


def _status_words(status: str) -> str:
    return status.replace("_", " ")
