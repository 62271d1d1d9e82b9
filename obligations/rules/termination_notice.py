"""Termination notice: the right to end the agreement without cause by a notice.

A right, not a duty: unused, nothing is breached. As long as it is not used, one assessment tells the earliest
end that a notice of today would give. Every notice given is assessed: whether the day it names leaves the
time promised, and if not, which day does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from obligations.deadlines import Deadline
from obligations.facts import Fact, Notice
from obligations.lifecycle.agreement_end import Clock, agreement_end, clock_of, earliest_end, of_the_whole
from obligations.lifecycle.notices import (
    DISPATCH_OR_RECEIPT,
    HOUR,
    RECEIPT,
    WHICH_CONTRACT,
    by_receipt,
    days_received,
    given,
)
from obligations.matching import belongs, records
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.terms import TerminationNotice
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import allowance_text, count_text, day_quantity, days_quantity

_TO = {"month": "a month", "quarter": "a quarter", "half_year": "a half-year", "year": "a year"}


@dataclass(frozen=True)
class _Case:
    dated: DatedTerms
    terms: TerminationNotice
    clock: Clock


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each notice of termination; and, while none ends the agreement, the earliest end."""
    clock = clock_of(obligation, at)
    dated = obligation.in_force(clock.today) or obligation.terms[0]
    terms = dated.terms
    deleted = obligation.deleted_by(clock.today) is not None
    if not isinstance(terms, TerminationNotice):
        return ()
    case = _Case(dated, terms, clock)
    missing = _missing(terms)
    if missing and deleted:
        return ()
    if missing:
        trail = _trail(obligation, at, case)
        finding = undetermined(f"The earliest end cannot be told without {missing}.", missing)
        return (trail.conclude(_open_occurrence(case), finding),)
    noticed = records(obligation, facts, at.known_at, Notice)
    whole = [(f, n) for f, n in noticed if of_the_whole(obligation.life, obligation, f)]
    held = given(whole, "termination", clock.today)
    found = []
    for fact, notice in held:
        if obligation.deleted_by(notice.sent_on) is not None:
            continue
        own = _when_given(obligation, case, notice)
        found.append(_noticed(_trail(obligation, at, own), own, fact, notice))
    used = any(each.outcome in (Outcome.MET, Outcome.UNDETERMINED) for each in found)
    over = agreement_end(obligation, facts, at).on
    if not used and not deleted and (over is None or over >= clock.today):
        found.append(_still_open(_trail(obligation, at, case), case))
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _when_given(obligation: Obligation, case: _Case, notice: Notice) -> _Case:
    """The clause in force on the day a notice was sent: an amendment since does not move its end."""
    dated = obligation.in_force(notice.sent_on)
    if dated is None or not isinstance(dated.terms, TerminationNotice) or _missing(dated.terms):
        return case
    return replace(case, dated=dated, terms=dated.terms)


def _missing(terms: TerminationNotice) -> str:
    if terms.within is None:
        return "the period of notice"
    if terms.clock == "business" and terms.calendar is None:
        return "the calendar of the business days"
    if terms.not_before is not None and terms.starts_on is None:
        return "the day on which the agreement starts"
    return ""


def _trail(obligation: Obligation, at: AsOf, case: _Case) -> Trail:
    trail = Trail(obligation, at)
    trail.terms(case.dated, _promise(case.terms))
    return trail


def _promise(terms: TerminationNotice) -> str:
    business = terms.clock == "business"
    length = allowance_text(terms.within, business) if terms.within is not None else "a period not stated"
    to = f" to the end of {_TO[terms.to]}" if terms.to in _TO else ""
    first = f", not before {terms.not_before.words()} have run" if terms.not_before is not None else ""
    return f"The agreement may be ended without cause by notice of {length}{to}{first}."


def _still_open(trail: Trail, case: _Case) -> Assessment:
    today = case.clock.today
    end = earliest_end(case.terms, today)
    assert end is not None
    trail.note("earliest_end", f"Notice received on {today} ends the agreement {end} at the earliest.")
    days = count_text((end - today).days, "day")
    summary = f"Notice given today ends the agreement on {end} at the earliest, {days} from now."
    finding = Finding(Outcome.PENDING, summary, target=day_quantity(end))
    return trail.conclude(_open_occurrence(case), finding)


def _open_occurrence(case: _Case) -> Occurrence:
    today = case.clock.today
    return Occurrence(key="termination", label="Termination without cause", counts_on=today)


def _noticed(trail: Trail, case: _Case, fact: Fact, notice: Notice) -> Assessment:
    """A notice given: from when on it can end the agreement, and whether the day it names is late enough."""
    days, doubt = _given_on(case, notice)
    by = "us" if notice.by == "us" else "the other side"
    trail.note("notice", f"Notice of termination by {by}, sent {notice.sent_on}.", (fact.source,))
    ends = [end for end in (earliest_end(case.terms, day) for day in days) if end is not None]
    end = max(ends, default=None)
    for day, each in zip(days, ends, strict=True):
        trail.note("earliest_end", f"Given on {day}, it ends the agreement {each} at the earliest.")
    occurrence = Occurrence(
        key=f"termination-{fact.source.record}",
        label=f"Notice of termination of {notice.sent_on}",
        due_at=Deadline(end, case.clock.zone).instant if end is not None else None,
        counts_on=notice.effective_on or end or notice.sent_on,
    )
    if belongs(trail.obligation, fact) == "unclear":
        doubt = WHICH_CONTRACT
    elif doubt != RECEIPT and notice.effective_on is not None and _alike(notice.effective_on, ends):
        doubt = ""
    if doubt or end is None:
        summary = f"When the notice of {notice.sent_on} ends the agreement cannot be told."
        return trail.conclude(occurrence, undetermined(summary, doubt or "the period of notice"))
    return trail.conclude(occurrence, _judged(notice, by, end))


def _alike(stated: date, ends: Sequence[date]) -> bool:
    """Whether a day is late enough for all of some ends, or for none."""
    return len({stated >= end for end in ends}) == 1


def _judged(notice: Notice, by: str, end: date) -> Finding:
    stated = notice.effective_on
    head = f"Notice of termination was given by {by} on {notice.sent_on}"
    if stated is None:
        return Finding(Outcome.MET, f"{head}: the agreement ends {end}.", measured=day_quantity(end))
    margin = (stated - end).days
    if margin >= 0:
        summary = f"{head}: the agreement ends {stated}, as the notice says; {end} was the earliest day."
        outcome = Outcome.MET
    else:
        short = count_text(-margin, "day")
        summary = f"{head} for {stated}, {short} too early: it can end the agreement {end} at the earliest."
        outcome = Outcome.NOT_APPLICABLE
    return Finding(
        outcome,
        summary,
        target=day_quantity(end),
        measured=day_quantity(stated),
        margin=days_quantity(margin),
    )


def _given_on(case: _Case, notice: Notice) -> tuple[tuple[date, ...], str]:
    """The days from which the period may run, and what is missing to tell which."""
    receipt = by_receipt(case.terms)
    if receipt is False:
        return (notice.sent_on,), ""
    received = days_received(notice, case.terms, case.clock.zone)
    if not received:
        return () if receipt else (notice.sent_on,), RECEIPT
    days = received if receipt else tuple(sorted({notice.sent_on, *received}))
    if len({earliest_end(case.terms, day) for day in days}) == 1:
        return days, ""
    return days, HOUR if receipt else DISPATCH_OR_RECEIPT
