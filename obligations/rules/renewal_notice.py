"""Renewal notice: the right to stop (or to take) a renewal by a notice in good time.

It is a right, not a duty: unused, nothing is breached. The window is pending, at risk in its last thirty
days, met when a notice was given in time, and not applicable once it has closed unused; the summary says
what happens then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from obligations.deadlines import Deadline
from obligations.facts import Fact, Notice
from obligations.lifecycle.agreement_end import Clock, End, agreement_end, clock_of
from obligations.lifecycle.notices import (
    WHICH_CONTRACT,
    by_receipt,
    days_received,
    given,
    in_time,
    within_term,
)
from obligations.lifecycle.term_dates import NoticeDays, Running, exhausted, notice_days
from obligations.matching import belongs, records
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.risk import notice_soon
from obligations.terms import RenewalNotice
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import count_text, day_quantity, day_text, days_quantity


@dataclass(frozen=True)
class _Term:
    """One term, with the clause in force at its end or on the day judged: its last day, the last day of the
    term before, and of the term that would follow. `last` is true where no renewal may follow it."""

    dated: DatedTerms
    terms: RenewalNotice
    end: date
    previous_end: date | None
    next_end: date | None
    last: bool


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment: the notice for the term that runs on the day judged, or ran last."""
    clock = clock_of(obligation, at)
    dated = obligation.in_force(clock.today) or obligation.terms[0]
    terms = dated.terms
    if not isinstance(terms, RenewalNotice) or obligation.deleted_by(clock.today) is not None:
        return ()
    effect = "renewal" if _optional(terms) else "non_renewal"
    held = given(records(obligation, facts, at.known_at, Notice), effect, clock.today)
    trail = Trail(obligation, at)
    sure = [(f, n) for f, n in held if belongs(obligation, f) == "yes"]
    term = _term(obligation, terms, sure, clock)
    if term is not None:
        dated, terms = term.dated, term.terms
    trail.terms(dated, _promise(terms))
    days = notice_days(terms, term.end) if term is not None else "the end of the term"
    if term is None or isinstance(days, str):
        missing = days if isinstance(days, str) else "the end of the term"
        finding = undetermined(f"The last day for a notice cannot be told without {missing}.", missing)
        occurrence = Occurrence(key="notice", label="Renewal notice", counts_on=clock.today)
        return (trail.conclude(occurrence, finding),)
    trail.note("latest_day", f"{days.reading[0].upper()}{days.reading[1:]}.")
    for other in days.others:
        trail.note("other_reading", f"{other[0].upper()}{other[1:]}.")
    case = _Case(dated, terms, clock, term, days, agreement_end(obligation, facts, at))
    finding = _judge(trail, case, within_term(held, term.previous_end, term.end))
    return (trail.conclude(_occurrence(case), finding),)


@dataclass(frozen=True)
class _Case:
    """The notice for one term, as of a day; `ended` is the end that notices of termination gave before."""

    dated: DatedTerms
    terms: RenewalNotice
    clock: Clock
    term: _Term
    days: NoticeDays
    ended: End


def _term(
    obligation: Obligation, terms: RenewalNotice, held: Sequence[tuple[Fact, Notice]], clock: Clock
) -> _Term | None:
    """The term that runs on a day: renewed as often as no notice in time stopped it, each time by the clauses
    in force then."""
    running = Running.first(terms.initial)
    while running is not None:
        dated = obligation.in_force(min(running.end, clock.today)) or obligation.terms[0]
        terms = dated.terms if isinstance(dated.terms, RenewalNotice) else terms
        renewal, end = terms.renewal, running.end
        following = running.renewed(renewal)
        last = renewal is not None and exhausted(renewal, running.number, end)
        next_end = following.end if following is not None else None
        term = _Term(dated, terms, end, running.previous_end, next_end, last)
        days = notice_days(terms, end)
        stopped = not isinstance(days, str) and any(
            _timely(n, terms, days, clock) is True for _, n in within_term(held, running.previous_end, end)
        )
        if clock.today <= end or following is None or last or not _renews(terms, stopped):
            return term
        running = following
    return None


def _timely(notice: Notice, terms: RenewalNotice, days: NoticeDays, clock: Clock) -> bool | str:
    return in_time(notice, terms, days.latest_on, clock.zone)


def _renews(terms: RenewalNotice, noticed: bool) -> bool:
    """Whether a term is followed by another, given whether a notice was sent in time."""
    automatic = terms.renewal.automatic if terms.renewal is not None else None
    return automatic is not None and automatic is not noticed


def _judge(trail: Trail, case: _Case, held: Sequence[tuple[Fact, Notice]]) -> Finding:
    days = case.days
    doubt, late = "", None
    for fact, notice in held:
        label = _label(notice)
        if days.earliest_on is not None and notice.sent_on < days.earliest_on:
            trail.note("notice", f"{label}, before the window opens {days.earliest_on}.", (fact.source,))
            continue
        timely = _timely(notice, case.terms, days, case.clock)
        if timely is not False and belongs(trail.obligation, fact) == "unclear":
            timely = WHICH_CONTRACT
        verdict = "in time" if timely is True else "too late" if timely is False else f"not known: {timely}"
        trail.note("notice", f"{label}: {verdict}.", (fact.source,))
        if timely is True:
            return _in_time(case, notice)
        doubt = doubt or (timely if isinstance(timely, str) else "")
        late = notice if timely is False else late
    if doubt:
        summary = f"Notice is on record; whether it was given by {days.latest_on} cannot be told."
        return undetermined(summary, doubt, target=day_quantity(days.latest_on))
    if case.ended.terminated and case.ended.on is not None and case.ended.on <= case.term.end:
        trail.note("terminated", f"{case.ended.why.capitalize()}.", case.ended.records)
        return Finding(
            Outcome.NOT_APPLICABLE, f"No notice is needed: the agreement ends {case.ended.on} by termination."
        )
    if case.term.last:
        summary = f"No notice is needed: no renewal may follow, the agreement ends {case.term.end}."
        return Finding(Outcome.NOT_APPLICABLE, summary)
    if case.clock.today > days.latest_on:
        return _closed(case, late)
    return _still_open(case)


def _in_time(case: _Case, notice: Notice) -> Finding:
    day = _given_on(case, notice)
    summary = f"{_label(notice)}, in time (by {case.days.latest_on}): {_then(case, noticed=True)}."
    return Finding(
        Outcome.MET,
        summary,
        target=day_quantity(case.days.latest_on),
        measured=day_quantity(day),
        margin=days_quantity((case.days.latest_on - day).days),
    )


def _given_on(case: _Case, notice: Notice) -> date:
    """The day that counts: received where receipt counts, else sent."""
    if by_receipt(case.terms) is not True:
        return notice.sent_on
    return max(days_received(notice, case.terms, case.clock.zone))


def _still_open(case: _Case) -> Finding:
    terms, days, today = case.terms, case.days, case.clock.today
    left = (days.act_by - today).days
    outcome = Outcome.AT_RISK if notice_soon(today, days.act_by) else Outcome.PENDING
    aim = "take" if _optional(terms) else "stop"
    since = ""
    if days.earliest_on is not None and today < days.earliest_on:
        since = f", from {days.earliest_on} on"
    source = "text" if terms.statutory is None else "law"
    moved = f" (the {source} gives {day_text(days.latest_on)})" if days.act_by != days.latest_on else ""
    remaining = f"{count_text(left, 'day')} left" if left >= 0 else "a day that has passed"
    summary = (
        f"Notice to {aim} the renewal must be given by {day_text(days.act_by)}{moved}{since}, "
        f"{remaining}; without it {_then(case, noticed=False)}."
    )
    return Finding(outcome, summary, target=day_quantity(days.act_by), margin=days_quantity(left))


def _closed(case: _Case, late: Notice | None) -> Finding:
    then, latest_on = _then(case, noticed=False), case.days.latest_on
    if late is not None:
        over = count_text((late.sent_on - latest_on).days, "day")
        by = f", {over} after {latest_on}" if late.sent_on > latest_on else " but received too late"
        return Finding(Outcome.NOT_APPLICABLE, f"{_label(late)}{by}: {then}.")
    return Finding(Outcome.NOT_APPLICABLE, f"No notice was given by {latest_on}: {then}.")


def _optional(terms: RenewalNotice) -> bool:
    """True where a notice takes a renewal rather than stops it."""
    return terms.renewal is not None and terms.renewal.automatic is False


def _then(case: _Case, noticed: bool) -> str:
    """What happens after the term, in words that end a sentence."""
    terms, term = case.terms, case.term
    if terms.renewal is None or terms.renewal.automatic is None:
        return f"the term ends {term.end}" + ("" if noticed else ", and the text does not say what follows")
    if not _renews(terms, noticed):
        return f"the agreement ends {term.end}"
    until = f" until {term.next_end}" if term.next_end is not None else ""
    return f"the agreement renews after {term.end}{until}"


def _label(notice: Notice) -> str:
    received = f", received {notice.received_on}" if notice.received_on else ""
    by = "us" if notice.by == "us" else "the other side"
    return f"Notice ({notice.effect.replace('_', '-')}) was given by {by} on {notice.sent_on}{received}"


def _promise(terms: RenewalNotice) -> str:
    aim = "take" if _optional(terms) else "stop"
    most = f" and not earlier than {terms.at_most.words()}" if terms.at_most is not None else ""
    counts = "the end of the term" if terms.counts_to == "term_end" else "the renewal day"
    return f"A notice to {aim} the renewal is due at least {terms.within.words()}{most} before {counts}."


def _occurrence(case: _Case) -> Occurrence:
    end = case.term.end
    return Occurrence(
        key=f"notice-{end.isoformat()}",
        label=f"Notice for the term that ends {end}",
        due_at=Deadline(case.days.act_by, case.clock.zone).instant,
        counts_on=case.days.act_by,
    )
