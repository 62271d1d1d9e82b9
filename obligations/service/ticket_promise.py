"""Judging promises on tickets: under which priority a ticket is judged, whether its clock stopped in time.

The rules for response and resolution share everything here but what stops their clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from obligations.facts import Fact
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.risk import mostly_used
from obligations.service.ticket_case import (
    EDITED,
    Case,
    TicketPromise,
    doubts,
    hours_of,
    is_duplicate,
    open_tickets,
)
from obligations.service.ticket_clock import TicketClock, TicketTerms, ticket_clock
from obligations.service.ticket_history import Phase
from obligations.service.ticket_trail import (
    Judged,
    cannot_tell,
    occurrence,
    status_words,
    summary,
    tell_clock,
    tell_terms,
)
from obligations.trail import Finding, Trail, undetermined

_RUNNING = (Outcome.PENDING, Outcome.AT_RISK)


@dataclass(frozen=True)
class Verdict:
    """The assessment of one ticket, and what shares and means of many tickets count."""

    case: Case
    assessment: Assessment
    used: int | None = None
    allowance: int | None = None

    @property
    def ended_at(self) -> datetime | None:
        """When the clock stopped for good, None while it runs."""
        return self.case.stop.at


def assess_tickets(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, promise: TicketPromise
) -> tuple[Assessment, ...]:
    """One assessment for each ticket under the promise, by the day it was opened."""
    found = [verdict.assessment for verdict in verdicts(obligation, facts, at, promise)]
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def verdicts(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, promise: TicketPromise
) -> list[Verdict]:
    """The verdict on each ticket under the promise, in the order of their records."""
    found = []
    for ticket in open_tickets(obligation, facts, at):
        if isinstance(ticket.terms, TicketTerms):
            stop = promise.stop(ticket.seen, ticket.terms, ticket.zone)
            case = Case(**vars(ticket), stop=stop)
            verdict = _verdict(obligation, case, at, promise)
            found += [verdict] if verdict is not None else []
    return found


def _verdict(obligation: Obligation, case: Case, at: AsOf, promise: TicketPromise) -> Verdict | None:
    """None for a ticket of another priority."""
    clock = ticket_clock(case.terms, case.zone)
    wanted, final = case.terms.priority, case.final_priority
    left = None if isinstance(clock, str) else _left_after_breach(case, clock)
    if wanted is not None and final and final != wanted and left is None:
        return None
    if left is not None:
        case = replace(case, left=left)
    trail = Trail(obligation, at)
    tell_terms(trail, case, promise, clock)
    unknown = f"the priority of {case.label} at {case.at(case.until)}" if wanted and not final else ""
    doubtful = doubts(obligation, case, unknown)
    if case.seen.cancelled:
        finding = Finding(Outcome.NOT_APPLICABLE, f"{case.label} was cancelled; nothing was due on it.")
    elif is_duplicate(case) and not doubtful:
        main = case.seen.ticket.merged_into
        said = f"{case.label} is a duplicate of {main}; what was promised is judged there."
        finding = Finding(Outcome.NOT_APPLICABLE, said)
    elif doubtful or isinstance(clock, str):
        finding = undetermined(cannot_tell(case, promise, doubtful), *doubtful)
    else:
        return _judge(trail, case, promise)
    return Verdict(case, trail.conclude(occurrence(case, None), finding))


def _left_after_breach(case: Case, clock: TicketClock) -> Phase | None:
    """The phase in which the promised priority was in force while its time ran out.

    A ticket made less urgent after that leaves the breach; one made more urgent is judged there instead.
    Where the clock counts from each change, a breach stays wherever the ticket goes after it.
    """
    wanted, final = case.terms.priority, case.final_priority
    if wanted is None or not final:
        return None
    if wanted >= final and case.clock_terms.priority_change != "from_change":
        return None
    end = case.stop.at or case.seen.now
    for phase in case.seen.priorities[:-1]:
        if phase.value == wanted and phase.end <= end:
            held = replace(case, left=phase)
            if not clock.in_time(held.start, phase.end, held.stood_still(held.start, phase.end)):
                return phase
    return None


def _judge(trail: Trail, case: Case, promise: TicketPromise) -> Verdict:
    first, last = hours_of(case, case.start, case.until)
    began = _under(case, first)
    ended = began if last is first else _under(case, last)
    edited = began.clock != ended.clock
    chosen = ended if case.terms.edited_hours == "recomputed" else began
    if edited and case.terms.edited_hours is None and {began.outcome, ended.outcome} == set(_RUNNING):
        chosen = next(judged for judged in (began, ended) if judged.outcome is Outcome.AT_RISK)
    missing = chosen.missing
    if edited and case.terms.edited_hours is None and _differ(began, ended):
        missing = tuple(dict.fromkeys((*began.missing, *ended.missing, EDITED)))
    counted = replace(case, terms=last if chosen is ended else first)
    tell_clock(trail, counted, chosen, (began, ended) if edited else ())
    _tell_other_start(trail, case, chosen)
    if missing:
        target = chosen.clock.target
        finding = undetermined(cannot_tell(case, promise, missing), *missing, target=target)
        return Verdict(case, trail.conclude(occurrence(case, chosen.due_at), finding))
    finding = Finding(
        chosen.outcome,
        summary(case, promise, chosen),
        target=chosen.clock.target,
        measured=chosen.clock.quantity(chosen.used),
        margin=chosen.clock.quantity(chosen.allowance - chosen.used),
    )
    assessment = trail.conclude(occurrence(case, chosen.due_at), finding)
    return Verdict(case, assessment, chosen.used, chosen.allowance)


def _differ(began: Judged, ended: Judged) -> bool:
    """Whether two readings come to another outcome; how near a running clock is to its end is none."""
    return began.outcome is not ended.outcome and {began.outcome, ended.outcome} != set(_RUNNING)


def _under(case: Case, terms: object) -> Judged:
    """The figures of a case under its own terms with one version of their calendar."""
    assert isinstance(terms, TicketTerms)
    if terms is not case.terms:
        case = replace(case, terms=terms)
    clock = ticket_clock(terms, case.zone)
    assert not isinstance(clock, str), "refused before"
    start, until = case.start, case.until
    pauses = case.stood_still(start, until)
    used, allowance = clock.used(start, until, pauses), clock.allowance(start)
    in_time = clock.in_time(start, until, pauses)
    if case.stop.missing and case.left is None:
        outcome = Outcome.UNDETERMINED
    elif case.left is not None or not in_time:
        outcome = Outcome.BREACHED
    elif case.stop.at is not None:
        outcome = Outcome.MET
    else:
        outcome = Outcome.AT_RISK if mostly_used(used, allowance) else Outcome.PENDING
    missing: tuple[str, ...] = (case.stop.missing,) if outcome is Outcome.UNDETERMINED else ()
    if outcome is Outcome.BREACHED:
        missing = _saving_doubts(case, clock)
        outcome = Outcome.UNDETERMINED if missing else outcome
    return Judged(clock, outcome, used, allowance, clock.due_at(start, pauses), tuple(pauses), missing)


def _saving_doubts(case: Case, clock: TicketClock) -> tuple[str, ...]:
    """What is not known and could turn a breach into a promise kept."""
    found = []
    stop, start, until = case.stop, case.start, case.until
    if stop.doubtful_at is not None:
        before = case.stood_still(start, stop.doubtful_at)
        if clock.in_time(start, stop.doubtful_at, before):
            found.append(stop.doubt)
    if case.seen.paused_since_unknown(case.terms.pauses_on):
        found.append(f"since when {case.label} has been {status_words(case.seen.ticket.status)}")
    unclear = [e.label for e in case.excusing if e.unclear and e.span[0] < until]
    if unclear and clock.in_time(start, until, case.stood_still(start, until, unclear=True)):
        found.append(f"which contract {' and '.join(unclear)} falls under")
    return tuple(found)


def _tell_other_start(trail: Trail, case: Case, chosen: Judged) -> None:
    """Where the text does not say from when a changed priority counts: what the other reading gives."""
    if case.clock_terms.priority_change is not None or case.terms.priority is None or case.left is not None:
        return
    if len(case.seen.priorities) == 1:
        return
    other = replace(case, terms=case.clock_terms.model_copy(update={"priority_change": "from_change"}))
    if other.start == case.start:
        return
    judged = _under(other, hours_of(other, other.start, other.until)[0])
    if judged.outcome is not chosen.outcome:
        trail.note(
            "reading",
            f"The text does not say from when a changed priority counts. Counted from the change "
            f"({case.at(other.start)}) it would be {judged.outcome.value.replace('_', ' ')} with "
            f"{judged.clock.quantity(judged.used).text}.",
            (case.source,),
        )
