"""Renewal: what happens when a term is over.

One occurrence for each renewal day that has come, and the next one. A renewal that happens by itself is met
when its day comes without a notice against it; one that must be asked for is met when it was asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from obligations.facts import Fact, Notice
from obligations.matching import records
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.term_dates import in_time, notice_days, notices, term_end, within_term
from obligations.terms import Renewal
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import day_quantity, days_quantity

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Case:
    """The renewal that would begin the day after `end`."""

    number: int
    end: date
    previous_end: date | None
    next_end: date | None
    today: date
    notices: tuple[tuple[Fact, Notice], ...]

    @property
    def starts_on(self) -> date:
        return self.end + _DAY

    @property
    def come(self) -> bool:
        return self.starts_on <= self.today


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each renewal day up to the next one."""
    zone = zone_of(obligation, obligation.terms[-1].terms, at)
    today = at.as_of.astimezone(zone).date()
    dated = obligation.in_force(today) or obligation.terms[0]
    terms = dated.terms
    if not isinstance(terms, Renewal):
        return ()
    held = tuple(records(obligation, facts, at.known_at, Notice))
    first = term_end(terms.initial) if terms.initial is not None else None
    if terms.initial is None or first is None:
        missing = "the end of the initial term"
        trail = Trail(obligation, at)
        trail.terms(dated, _promise(terms))
        occurrence = Occurrence(key="renewal-1", label="Renewal", counts_on=today)
        finding = undetermined(f"When the agreement renews cannot be told without {missing}.", missing)
        return (trail.conclude(occurrence, finding),)
    found: list[Assessment] = []
    end: date | None = first
    previous: date | None = None
    number = 1
    while end is not None and (terms.most is None or number <= terms.most):
        following = term_end(terms.initial, terms, number)
        case = _Case(number, end, previous, following, today, held)
        assessed = _assess(Trail(obligation, at), dated, case, zone)
        found.append(assessed)
        if assessed.outcome is not Outcome.MET:
            break
        previous, end, number = end, following, number + 1
    return tuple(found)


def _promise(terms: Renewal) -> str:
    how = {True: "by itself", False: "only when it is agreed or asked for", None: "in a way not stated"}
    length = f" for {terms.within.words()} each time" if terms.within is not None else ""
    most = f", at most {terms.most} times" if terms.most is not None else ""
    return f"After its term the agreement renews {how[terms.automatic]}{length}{most}."


def _assess(trail: Trail, dated: DatedTerms, case: _Case, zone: tzinfo) -> Assessment:
    terms = dated.terms
    assert isinstance(terms, Renewal)
    trail.terms(dated, _promise(terms))
    trail.note("term_end", f"The term before ends {case.end}.")
    outcome, summary, missing = _judge(trail, terms, case)
    occurrence = Occurrence(
        key=f"renewal-{case.number}",
        label=f"Renewal on {case.starts_on}",
        due_at=datetime.combine(case.starts_on, time(), zone),
        counts_on=case.starts_on,
    )
    left = (case.starts_on - case.today).days
    finding = Finding(
        outcome,
        summary,
        target=day_quantity(case.starts_on),
        margin=days_quantity(left),
        missing=(missing,) if missing else (),
    )
    return trail.conclude(occurrence, finding)


def _judge(trail: Trail, terms: Renewal, case: _Case) -> tuple[Outcome, str, str]:
    """(outcome, summary, what is missing)."""
    on, until = case.starts_on, f" until {case.next_end}" if case.next_end else ""
    if terms.automatic is None and not case.come:
        return Outcome.PENDING, f"The term ends {case.end}; the text does not say how it renews.", ""
    if terms.automatic is None:
        missing = "whether it renews by itself"
        return Outcome.UNDETERMINED, f"Whether the agreement renewed on {on} cannot be told.", missing
    effect = "non_renewal" if terms.automatic else "renewal"
    exercised = _exercised(trail, terms, case, effect)
    if isinstance(exercised, str):
        summary = f"A notice about the renewal on {on} is on record; whether it was in time cannot be told."
        return Outcome.UNDETERMINED, summary, exercised
    if terms.automatic:
        if exercised is not None:
            tense = "did not renew" if case.come else "will not renew"
            return (
                Outcome.NOT_APPLICABLE,
                f"The agreement {tense} on {on}: notice was given {exercised.sent_on}; "
                f"{'it ended' if case.come else 'it ends'} {case.end}.",
                "",
            )
        if case.come:
            return Outcome.MET, f"The agreement renewed by itself on {on}{until}.", ""
        return Outcome.PENDING, f"The agreement renews by itself on {on}{until} unless notice is given.", ""
    if exercised is not None:
        tense = "was renewed" if case.come else "is to be renewed"
        return Outcome.MET, f"The agreement {tense} on {on}{until}: notice {exercised.sent_on}.", ""
    if case.come:
        return Outcome.NOT_APPLICABLE, f"The agreement ended {case.end}; no renewal is on record.", ""
    return Outcome.PENDING, f"The agreement ends {case.end} unless its renewal is agreed.", ""


def _exercised(trail: Trail, terms: Renewal, case: _Case, effect: str) -> Notice | str | None:
    """The notice that decides the renewal, None without one, or what is missing to tell.

    A notice that came too late decides nothing; where the notice period is not known every notice counts.
    """
    days = notice_days(terms.notice, case.end) if terms.notice is not None else None
    doubt = ""
    for fact, notice in within_term(notices(case.notices, effect, case.today), case.previous_end, case.end):
        label = f"{effect.replace('_', '-')} notice sent {notice.sent_on} by {notice.by}"
        if days is None or isinstance(days, str) or terms.notice is None:
            trail.note("notice", f"{label}; by when it had to be is not known.", (fact.source,))
            return notice
        timely = in_time(notice, terms.notice, days, case.today)
        if timely is True:
            trail.note("notice", f"{label}, in time ({days.reading}).", (fact.source,))
            return notice
        why = "too late" if timely is False else f"not known: {timely}"
        trail.note("notice", f"{label}, {why} ({days.reading}).", (fact.source,))
        doubt = doubt or (timely if isinstance(timely, str) else "")
    return doubt or None
