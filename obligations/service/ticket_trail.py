"""What the trail and the summary of an assessed ticket say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from obligations.intervals import Interval, clipped, total
from obligations.model import Occurrence, Outcome
from obligations.service.ticket_case import Case, OpenTicket, TicketPromise
from obligations.service.ticket_clock import TicketClock
from obligations.service.ticket_history import ENDED
from obligations.trail import Trail
from obligations.wording import share_text, span_text


@dataclass(frozen=True)
class Judged:
    """The figures of a ticket under one reading of its clock; `missing` where they decide nothing."""

    clock: TicketClock
    outcome: Outcome
    used: int
    allowance: int
    due_at: datetime
    pauses: tuple[Interval, ...]
    missing: tuple[str, ...] = ()


def occurrence(case: OpenTicket, due_at: datetime | None) -> Occurrence:
    title = case.seen.ticket.subject
    return Occurrence(
        key=case.label,
        label=f"{case.label}: {title}" if title else case.label,
        starts_at=case.seen.opened_at.astimezone(case.zone),
        due_at=due_at,
        counts_on=case.opened_on,
    )


def cannot_tell(case: OpenTicket, promise: TicketPromise, missing: Sequence[str]) -> str:
    return f"Whether {case.label} was {promise.verb} in time cannot be told without {' and '.join(missing)}."


def summary(case: Case, promise: TicketPromise, judged: Judged) -> str:
    outcome, used, allowance = judged.outcome, judged.used, judged.allowance
    verb = case.stop.verb or promise.verb
    spent, target = judged.clock.quantity(used).text, judged.clock.target.text
    gap = judged.clock.quantity(abs(allowance - used)).text
    late = f"{gap} too late" if used != allowance else "too late by the letter: it had to be before"
    if case.left is not None:
        after = case.seen.priority_at(case.left.end)
        moved = "raised" if after and after < case.left.value else "lowered"
        return (
            f"{_named(case)} had run {spent} of {target} when its priority was {moved} at "
            f"{case.at(case.left.end)}: the breach stays."
        )
    if case.stop.at is not None:
        verdict = late if outcome is Outcome.BREACHED else f"{gap} to spare"
        if outcome is Outcome.MET and used == allowance:
            verdict = "exactly in time"
        return f"{_named(case)} was {verb} after {spent}; the target is {target}: {verdict}."
    due = case.at(judged.due_at)
    if outcome is Outcome.BREACHED:
        return f"{_named(case)} is not {verb} after {spent}; the target is {target}: due since {due}."
    return f"{_named(case)} is not {verb} yet; {spent} of {target} are used; due by {due}."


def _named(case: Case) -> str:
    priority = case.terms.priority or case.seen.priority_at(case.until)
    return f"{case.label} ({priority})" if priority else case.label


def tell_terms(trail: Trail, case: Case, promise: TicketPromise, clock: TicketClock | str) -> None:
    which = f"{case.terms.priority} tickets" if case.terms.priority else "Tickets"
    about = f" of {case.terms.service}" if case.terms.service else ""
    target = case.clock_terms.within.words() if isinstance(clock, str) else clock.target.text
    trail.terms(case.dated, f"{which}{about} are to be {promise.verb} within {target}.")
    tell_opening(trail, case)
    if len(case.seen.priorities) > 1:
        told = ", then ".join(
            f"{phase.value or 'unknown'} from {case.at(phase.start)}" for phase in case.seen.priorities
        )
        judged = case.terms.priority or "any priority"
        start = "the change" if case.start != case.seen.opened_at else "the opening"
        trail.note(
            "priority", f"The priority was {told}. Judged as {judged}, counted from {start}.", (case.source,)
        )


def tell_opening(trail: Trail, case: OpenTicket) -> None:
    ticket = case.seen.ticket
    trail.note(
        "ticket",
        f"{case.label} {f'on {ticket.service} ' if ticket.service else ''}was opened "
        f"{case.at(case.seen.opened_at)}.",
        (case.source,),
    )


def tell_clock(trail: Trail, case: Case, judged: Judged, edited: tuple[Judged, ...]) -> None:
    """`edited` are the readings under the hours with which the clock began and under the later ones."""
    source = (case.source,)
    trail.note("calendar.open_time", judged.clock.reading)
    trail.note("stopped", case.stop.says, source)
    tell_pauses(trail, case, case.start, case.until)
    if case.seen.reopened:
        trail.note("reopened", "Reopened: the last resolution counts; time resolved before does not.", source)
    if edited:
        trail.note("edited", _edited(edited), source)
    used = judged.clock.quantity(judged.used).text
    share = ""
    if judged.allowance > 0:
        share = f" ({share_text(Decimal(judged.used) * 100 / judged.allowance, Decimal(100))} of it)"
    trail.note(
        "elapsed",
        f"{used} counted until {case.at(case.until)}, of {judged.clock.target.text}{share}.",
        source,
    )


def _edited(readings: tuple[Judged, ...]) -> str:
    began, ended = (
        f"{judged.clock.quantity(judged.used).text} ({judged.outcome.value.replace('_', ' ')})"
        for judged in readings
    )
    return (
        f"The hours were changed while the clock ran. By those with which it began {began} are counted, "
        f"by the new ones {ended}."
    )


def tell_pauses(trail: Trail, case: OpenTicket, start: datetime, until: datetime) -> None:
    """When the clock stood still, and why; reliefs with their own records."""
    paused = clipped(case.paused(until), start, until)
    ended = clipped(case.seen.stood(ENDED, until), start, until)
    pauses = sorted([*paused, *ended])
    if pauses:
        spans = ", ".join(f"{case.at(a)} to {case.at(b)}" for a, b in pauses)
        statuses = sorted({status_words(s) for s in case.terms.pauses_on}) if paused else []
        why = f"while {' or '.join([*statuses, *(['it stood resolved'] if ended else [])])}"
        cap = case.terms.pause_cap if paused else None
        at_most = f", each at most {cap.words()}" if cap is not None else ""
        trail.note(
            "pauses",
            f"The clock stood still {why}{at_most}: {spans} ({span_text(total(pauses))}).",
            (case.source,),
        )
    excusing = case.excusing
    for excused in case.reliefs:
        a, b = max(excused.span[0], start), min(excused.span[1], until)
        if a >= b:
            continue
        counts = "the clock stood still" if excused in excusing else "no excuse under these terms"
        by = "" if case.terms.relieved_by is not None else " (the text does not say what excuses)"
        trail.note(
            "relief",
            f"{excused.label}, {case.at(a)} to {case.at(b)}: {excused.says}; {counts}{by}.",
            (excused.source,),
        )


def status_words(status: str) -> str:
    return status.replace("_", " ")
