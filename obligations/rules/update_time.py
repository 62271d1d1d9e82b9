"""Update time: while a ticket is open, the provider reports at intervals, or answers each message in time.

One assessment for each ticket, with its longest wait and the number of updates that did not come. An update
is a public comment by the provider, or a call or visit that it noted; repeated requests of the customer do
not move what is due. It ends with the final resolution.
"""

from collections.abc import Sequence
from datetime import date

from obligations.facts import Fact
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.service.ticket_case import EDITED, OpenTicket, doubts, is_duplicate, open_tickets
from obligations.service.ticket_clock import TicketClock, ticket_clock
from obligations.service.ticket_trail import occurrence, status_words, tell_opening, tell_pauses
from obligations.service.ticket_updates import Found, Gap, Reading, found, talk
from obligations.terms import UpdateTime
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import count_text

_SAID: dict[Reading, str] = {
    "last_update": "updates at intervals, from the opening and from each update",
    "oldest_unanswered": "answers, from the oldest message of the customer that waits",
}
_FROM = "from when the interval counts: the last update, or the oldest message that waits"


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each ticket under the promise. Tickets are assessed however old they are."""
    judged = []
    for case in open_tickets(obligation, facts, at):
        if isinstance(case.terms, UpdateTime):
            assessment = _assess(Trail(obligation, at), case, case.terms)
            judged += [assessment] if assessment is not None else []
    return tuple(sorted(judged, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _assess(trail: Trail, case: OpenTicket, terms: UpdateTime) -> Assessment | None:
    """None for a ticket that never had the promised priority."""
    held = {
        phase.value
        for phase in case.seen.priorities
        if phase.start < (case.seen.resolved_at or case.seen.now)
    }
    held = held or {case.seen.priorities[0].value}
    if terms.priority is not None and not held & {terms.priority, ""}:
        return None
    clock = ticket_clock(terms, case.zone)
    _tell_terms(trail, case, terms, clock)
    unknown = terms.priority is not None and terms.priority not in held
    doubtful = doubts(trail.obligation, case, f"the priority of {case.label}" if unknown else "")
    if case.seen.cancelled:
        finding = Finding(Outcome.NOT_APPLICABLE, f"{case.label} was cancelled; nothing was due on it.")
    elif is_duplicate(case) and not doubtful:
        main = case.seen.ticket.merged_into
        said = f"{case.label} is a duplicate of {main}; what was promised is judged there."
        finding = Finding(Outcome.NOT_APPLICABLE, said)
    elif doubtful:
        finding = undetermined(_cannot_tell(case, doubtful), *doubtful)
    else:
        return _judge(trail, case, terms)
    return trail.conclude(occurrence(case, None), finding)


def _judge(trail: Trail, case: OpenTicket, terms: UpdateTime) -> Assessment:
    readings: tuple[Reading, ...] = ("last_update", "oldest_unanswered")
    asked = (terms.starts,) if terms.starts is not None else readings
    judged = [_under(case, reading) for reading in asked]
    chosen, missing = judged[0]
    other: Found | None = None
    if len(judged) == 2 and _differ(judged[0][0], judged[1][0]):
        (chosen, missing), (other, _) = judged if trail.obligation.we_owe is not False else judged[::-1]
        if trail.obligation.we_owe is None:
            missing = (*missing, _FROM)
    _tell(trail, case, terms, chosen, other)
    if missing:
        finding = undetermined(_cannot_tell(case, missing), *missing, target=chosen.clock.target)
    else:
        finding = _finding(case, chosen, other)
    shown = chosen.shown
    return trail.conclude(occurrence(case, shown.due_at if shown else None), finding)


def _under(case: OpenTicket, reading: Reading) -> tuple[Found, tuple[str, ...]]:
    """What one reading of the interval comes to, and what is not known and would change it."""
    strict = found(case, reading, strict=True, edited=False)
    kept = found(case, reading, strict=False, edited=False)
    edited = found(case, reading, strict=True, edited=True) if case.terms.calendar_edits else strict
    if case.terms.edited_hours == "recomputed":
        strict, kept = edited, found(case, reading, strict=False, edited=True)
    missing = _unknown(case) if _differ(strict, kept) else ()
    if case.terms.edited_hours is None and _differ(strict, edited):
        missing = (*missing, EDITED)
    return strict, missing


def _differ(one: Found, other: Found) -> bool:
    """Whether only one of two readings is a breach."""
    return (one.outcome is Outcome.BREACHED) != (other.outcome is Outcome.BREACHED)


def _unknown(case: OpenTicket) -> tuple[str, ...]:
    """What a ticket's record leaves open."""
    terms, seen, missing = case.terms, case.seen, []
    assert isinstance(terms, UpdateTime)
    if not seen.ticket.events:
        missing.append("the comments on the ticket")
    missing += [f"who wrote the comment of {case.at(at)}" for at in talk(case, terms).unknown]
    if seen.end_unknown:
        missing.append("the time it was resolved")
    if terms.priority is not None and any(phase.value == "" for phase in seen.priorities):
        missing.append(f"the priority of {case.label} at {case.at(seen.opened_at)}")
    if seen.paused_since_unknown(terms.pauses_on):
        missing.append(f"since when {case.label} has been {status_words(seen.ticket.status)}")
    unclear = [excused.label for excused in case.excusing if excused.unclear]
    if unclear:
        missing.append(f"which contract {' and '.join(unclear)} falls under")
    return tuple(missing)


def _finding(case: OpenTicket, chosen: Found, other: Found | None) -> Finding:
    summary = _summary(case, chosen, chosen.shown)
    if other is not None:
        summary = (
            f"{summary[:-1]}; read as {_SAID[other.reading]}, it would be "
            f"{other.outcome.value.replace('_', ' ')}."
        )
    shown, clock = chosen.shown, chosen.clock
    if shown is None:
        return Finding(chosen.outcome, summary, target=clock.target)
    measured, margin = clock.quantity(shown.used), clock.quantity(shown.allowance - shown.used)
    return Finding(chosen.outcome, summary, target=clock.target, measured=measured, margin=margin)


def _summary(case: OpenTicket, chosen: Found, shown: Gap | None) -> str:
    named = f"{case.label} ({case.terms.priority})" if case.terms.priority else case.label
    noun = "update" if chosen.reading == "last_update" else "answer"
    if shown is None:
        return f"{named}: no message of the customer waited for an answer."
    clock, target = chosen.clock, chosen.clock.target.text
    spent = clock.quantity(shown.used).text
    if chosen.outcome is Outcome.BREACHED:
        until = "and still waits" if shown.running else f"to {case.at(shown.end)}"
        return (
            f"{named} went {spent} without an {noun}, from {case.at(shown.start)} {until}; one is due within "
            f"{target}: {count_text(chosen.missed, noun)} missed."
        )
    if shown.running:
        since, due = case.at(shown.start), case.at(shown.due_at)
        return f"{named} has waited for an {noun} since {since}; {spent} of {target} are used; due by {due}."
    gap = clock.quantity(shown.allowance - shown.used).text
    spare = f"{gap} to spare" if shown.allowance != shown.used else "exactly in time"
    return f"{named} waited at most {spent} for an {noun}; one is due within {target}: {spare}."


def _cannot_tell(case: OpenTicket, missing: Sequence[str]) -> str:
    return f"Whether {case.label} was updated in time cannot be told without {' and '.join(missing)}."


def _tell_terms(trail: Trail, case: OpenTicket, terms: UpdateTime, clock: TicketClock | str) -> None:
    which = f"{terms.priority} tickets" if terms.priority else "Tickets"
    about = f" of {terms.service}" if terms.service else ""
    if isinstance(clock, str):
        often = f"every {terms.within.words()}" if terms.within else "at intervals left open"
    else:
        often = f"every {clock.target.text}"
    trail.terms(case.dated, f"{which}{about} are to be updated {often} while they are open.")
    tell_opening(trail, case)


def _tell(trail: Trail, case: OpenTicket, terms: UpdateTime, chosen: Found, other: Found | None) -> None:
    source = (case.source,)
    silent = "" if terms.starts is not None else " The text does not say from when the interval counts."
    trail.note("reading", f"Counted as {_SAID[chosen.reading]}.{silent}")
    if other is not None:
        trail.note(
            "reading",
            f"Counted as {_SAID[other.reading]}, it would be {other.outcome.value.replace('_', ' ')}; "
            "the careful reading for our side is taken.",
        )
    trail.note("calendar.open_time", chosen.clock.reading)
    if terms.priority is not None and len(case.seen.priorities) > 1:
        told = ", then ".join(f"{p.value or 'unknown'} from {case.at(p.start)}" for p in case.seen.priorities)
        trail.note("priority", f"The priority was {told}. Only its time as {terms.priority} counts.", source)
    said = talk(case, terms)
    updates = ", ".join(case.at(at) for at in said.updates) or "none"
    passed = f" Not an update: {'; '.join(said.passed_over)}." if said.passed_over else ""
    trail.note("updates", f"Updates of the provider: {updates}.{passed}", source)
    if said.messages:
        wrote = ", ".join(case.at(at) for at in said.messages)
        trail.note("messages", f"Messages of the customer: {wrote}.", source)
    tell_pauses(trail, case, case.seen.opened_at, case.seen.resolved_at or case.seen.now)
    for gap in chosen.gaps:
        if gap.missed:
            waited = chosen.clock.quantity(gap.used).text
            missed = f"{waited}, {count_text(gap.missed, 'update')} missed"
            trail.note("late", f"{case.at(gap.start)} to {case.at(gap.end)}: {missed}.", source)
