"""Renewal: what happens when a term is over.

One occurrence for each renewal day that has come, and the next one. A renewal that happens by itself is met
when its day comes without a notice against it; one that must be asked for is met when it was asked for. An
agreement that a notice of termination ends before its renewal day does not renew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from obligations.facts import Fact, Notice
from obligations.lifecycle.agreement_end import Clock, End, agreement_end, clock_of, decisive, timely_for
from obligations.lifecycle.notices import WHICH_CONTRACT, given, within_term
from obligations.lifecycle.term_dates import Running, exhausted, notice_days
from obligations.matching import belongs, records
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.periods import RECURRING
from obligations.prices.index_linking import IndexValues
from obligations.prices.uplift import Raised, raised
from obligations.quantities import Money
from obligations.terms import Renewal
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import day_quantity, days_quantity

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Case:
    """The renewal that would follow `term`, by the clause in force at its end or on the day judged.

    `price` is what was paid until then."""

    dated: DatedTerms
    terms: Renewal
    clock: Clock
    ended: End
    notices: tuple[tuple[Fact, Notice], ...]
    indices: IndexValues
    term: Running
    price: Money | None

    @property
    def number(self) -> int:
        return self.term.number + 1

    @property
    def end(self) -> date:
        return self.term.end

    @property
    def previous_end(self) -> date | None:
        return self.term.previous_end

    @property
    def next_end(self) -> date | None:
        following = self.term.renewed(self.terms)
        return following.end if following is not None else None

    @property
    def starts_on(self) -> date:
        return self.end + _DAY

    @property
    def come(self) -> bool:
        return self.starts_on <= self.clock.today

    @property
    def new_price(self) -> Raised | None:
        if self.price is None or self.terms.uplift is None:
            return None
        return raised(self.price, self.terms.uplift, self.starts_on, self.terms.within, self.indices)


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each renewal day up to the next one."""
    clock = clock_of(obligation, at)
    dated = obligation.said(clock.today) or obligation.terms[0]
    terms = dated.terms
    if not isinstance(terms, Renewal):
        return ()
    term = Running.first(terms.initial)
    if term is None:
        return () if dated.deleted else (_without_end(Trail(obligation, at), dated, clock),)
    dated = _by(obligation, term, clock)
    if dated.deleted or not isinstance(dated.terms, Renewal):
        return ()
    case: _Case | None = _Case(
        dated=dated,
        terms=dated.terms,
        clock=clock,
        ended=agreement_end(obligation, facts, at),
        notices=tuple(records(obligation, facts, at.known_at, Notice)),
        indices=IndexValues.known(facts, at, clock.today),
        term=term,
        price=terms.price,
    )
    found: list[Assessment] = []
    while case is not None:
        found.append(_assess(Trail(obligation, at), case))
        case = _next(obligation, case) if found[-1].outcome is Outcome.MET else None
    return tuple(found)


def _by(obligation: Obligation, term: Running, clock: Clock) -> DatedTerms:
    """The clause that decides what follows a term: what was renewed was renewed by the clause of its time."""
    return obligation.said(min(term.end, clock.today)) or obligation.terms[0]


def _next(obligation: Obligation, case: _Case) -> _Case | None:
    """The renewal after one that took place, None where none may follow."""
    term = case.term.renewed(case.terms)
    if term is None:
        return None
    dated = _by(obligation, term, case.clock)
    if dated.deleted or not isinstance(dated.terms, Renewal):
        return None
    if exhausted(dated.terms, term.number, term.end):
        return None
    price = case.new_price.price if case.new_price is not None else case.price
    return replace(case, dated=dated, terms=dated.terms, term=term, price=price)


def _without_end(trail: Trail, dated: DatedTerms, clock: Clock) -> Assessment:
    assert isinstance(dated.terms, Renewal)
    trail.terms(dated, _promise(dated.terms))
    missing = "the end of the initial term"
    occurrence = Occurrence(key="renewal-1", label="Renewal", counts_on=clock.today)
    finding = undetermined(f"When the agreement renews cannot be told without {missing}.", missing)
    return trail.conclude(occurrence, finding)


def _promise(terms: Renewal) -> str:
    how = {True: "by itself", False: "only when it is agreed or asked for", None: "in a way not stated"}
    length = f" for {terms.within.words()} each time" if terms.within is not None else ""
    most = f", at most {terms.most} times" if terms.most is not None else ""
    until = f", not beyond {terms.until}" if terms.until is not None else ""
    return f"After its term the agreement renews {how[terms.automatic]}{length}{most}{until}."


def _assess(trail: Trail, case: _Case) -> Assessment:
    trail.terms(case.dated, _promise(case.terms))
    trail.note("term_end", f"The term before ends {case.end}.")
    outcome, summary, missing = _judge(trail, case)
    if outcome in (Outcome.MET, Outcome.PENDING):
        summary += _priced(trail, case) + _capped(case)
    occurrence = Occurrence(
        key=f"renewal-{case.number}",
        label=f"Renewal on {case.starts_on}",
        due_at=datetime.combine(case.starts_on, time(), case.clock.zone),
        counts_on=case.starts_on,
    )
    finding = Finding(
        outcome,
        summary,
        target=day_quantity(case.starts_on),
        margin=days_quantity((case.starts_on - case.clock.today).days),
        missing=(missing,) if missing else (),
    )
    return trail.conclude(occurrence, finding)


def _judge(trail: Trail, case: _Case) -> tuple[Outcome, str, str]:
    """(outcome, summary, what is missing)."""
    terms = case.terms
    if case.ended.on is not None and case.ended.terminated and case.ended.on < case.starts_on:
        trail.note("terminated", f"{case.ended.why.capitalize()}.", case.ended.records)
        tense = "ended" if case.ended.on < case.clock.today else "ends"
        summary = f"The agreement does not renew on {case.starts_on}: it {tense} {case.ended.on} by notice."
        return Outcome.NOT_APPLICABLE, summary, ""
    if terms.automatic is None and not case.come:
        return Outcome.PENDING, f"The term ends {case.end}; the text does not say how it renews.", ""
    if terms.automatic is None:
        missing = "whether it renews by itself"
        return (
            Outcome.UNDETERMINED,
            f"Whether the agreement renewed on {case.starts_on} cannot be told.",
            missing,
        )
    exercised = _exercised(trail, case)
    if isinstance(exercised, str):
        summary = (
            f"A notice about the renewal on {case.starts_on} is on record; what it decides cannot be told."
        )
        return Outcome.UNDETERMINED, summary, exercised
    outcome, summary = _by_itself(case, exercised) if terms.automatic else _asked_for(case, exercised)
    return outcome, summary, ""


def _by_itself(case: _Case, against: Notice | None) -> tuple[Outcome, str]:
    on, until = case.starts_on, f" until {case.next_end}" if case.next_end else ""
    if against is not None:
        tense, ends = ("did not renew", "ended") if case.come else ("will not renew", "ends")
        given_on = f"notice was given {against.sent_on}"
        return Outcome.NOT_APPLICABLE, f"The agreement {tense} on {on}: {given_on}; it {ends} {case.end}."
    if case.come:
        return Outcome.MET, f"The agreement renewed by itself on {on}{until}."
    return Outcome.PENDING, f"The agreement renews by itself on {on}{until}{_unless(case)}."


def _unless(case: _Case) -> str:
    """By when a notice can still stop the renewal."""
    days = notice_days(case.terms.notice, case.end) if case.terms.notice is not None else ""
    if isinstance(days, str):
        return " unless notice is given"
    if case.clock.today > days.latest_on:
        return f"; the last day for a notice, {days.latest_on}, has passed"
    return f" unless notice is given by {days.act_by}"


def _asked_for(case: _Case, wanted: Notice | None) -> tuple[Outcome, str]:
    on, until = case.starts_on, f" until {case.next_end}" if case.next_end else ""
    if wanted is not None:
        tense = "was renewed" if case.come else "is to be renewed"
        return Outcome.MET, f"The agreement {tense} on {on}{until}: notice {wanted.sent_on}."
    if case.come:
        return Outcome.NOT_APPLICABLE, f"The agreement ended {case.end}; no renewal is on record."
    return Outcome.PENDING, f"The agreement ends {case.end} unless its renewal is agreed."


def _exercised(trail: Trail, case: _Case) -> Notice | str | None:
    """The notice that decides the renewal, None without one, or what is missing to tell."""
    terms = case.terms
    sure = [(f, n) for f, n in case.notices if belongs(trail.obligation, f) == "yes"]
    effect = "non_renewal" if terms.automatic else "renewal"
    for fact, notice in within_term(
        given(case.notices, effect, case.clock.today), case.previous_end, case.end
    ):
        trail.note("notice", _told(case, notice), (fact.source,))
    term = (case.previous_end, case.end)
    decided = decisive(terms, sure, term, case.clock)
    if isinstance(decided, tuple):
        return decided[1]
    if decided is None and decisive(terms, case.notices, term, case.clock) is not None:
        return WHICH_CONTRACT
    return decided


def _told(case: _Case, notice: Notice) -> str:
    """What is known of a notice, in words."""
    label = f"{notice.effect.replace('_', '-')} notice sent {notice.sent_on} by {notice.by}"
    period = case.terms.notice
    days = notice_days(period, case.end) if period is not None else ""
    if isinstance(days, str):
        return f"{label}; by when it had to be is not known."
    if days.earliest_on is not None and notice.sent_on < days.earliest_on:
        return f"{label}, before the window opens {days.earliest_on}."
    timely = timely_for(period, notice, case.end, case.clock)
    if timely is True:
        return f"{label}, in time ({days.reading})."
    why = "too late" if timely is False else f"not known: {timely}"
    return f"{label}, {why} ({days.reading})."


def _priced(trail: Trail, case: _Case) -> str:
    """The price from the renewal on, in words for the summary."""
    new = case.new_price
    if new is None:
        return ""
    per = f" a {case.terms.price_per}" if case.terms.price_per in RECURRING else ""
    trail.note("price", f"The price before is {case.price}{per}; {new.says}.", new.records)
    if new.price is not None:
        return f" The price from then on is {new.price}{per} ({new.says})."
    most = f"at most {new.most}{per}, " if new.most is not None else "not known: "
    return f" The price from then on is {most}{new.says}."


def _capped(case: _Case) -> str:
    """Whether this is the last renewal there can be."""
    if case.next_end is not None and exhausted(case.terms, case.number, case.next_end):
        return f" It is the last renewal; the agreement ends {case.next_end}."
    return ""
