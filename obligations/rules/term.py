"""Term: how long the agreement runs at first. It is pending while it runs and met once it has run.

An agreement that has ended and is still performed or paid is a finding of its own: on what terms it goes on
cannot be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from obligations.deadlines import Deadline
from obligations.facts import Fact
from obligations.lifecycle.after_end import Later, records_after
from obligations.lifecycle.agreement_end import Clock, End, above_end, agreement_end, clock_of
from obligations.lifecycle.term_dates import term_end
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.terms import Term
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import count_text, day_quantity, days_quantity

_SHOWN = 3


@dataclass(frozen=True)
class _Case:
    """The initial term, its last day by the text, and the ends of the agreement and of the one above it."""

    dated: DatedTerms
    terms: Term
    clock: Clock
    by_text: date
    ended: End
    above: End

    @property
    def early(self) -> bool:
        """Whether the agreement ends before the initial term has run."""
        return self.ended.on is not None and self.ended.on < self.by_text

    @property
    def end(self) -> date:
        return self.ended.on if self.early and self.ended.on is not None else self.by_text


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """The initial term under the terms in force on the day judged; and what goes on after the agreement's
    end, where anything does."""
    clock = clock_of(obligation, at)
    dated = obligation.in_force(clock.today) or obligation.terms[0]
    terms = dated.terms
    if not isinstance(terms, Term) or obligation.deleted_by(clock.today) is not None:
        return ()
    trail = Trail(obligation, at)
    trail.terms(dated, _promise(terms))
    by_text = term_end(terms)
    if by_text is None:
        missing = "the day on which the term starts"
        finding = undetermined(f"When the term ends cannot be told without {missing}.", missing)
        occurrence = Occurrence(key="initial", label="Initial term", counts_on=clock.today)
        return (trail.conclude(occurrence, finding),)
    ended = agreement_end(obligation, facts, at)
    case = _Case(dated, terms, clock, by_text, ended, above_end(obligation, facts, at))
    found = [_initial(trail, case)]
    last = ended.on if obligation.life is not None else obligation.ends_on
    if last is not None and last < clock.today:
        later = records_after(obligation, facts, at, (last, clock.today))
        if later:
            found.append(_after(Trail(obligation, at), case, last, later))
    return tuple(found)


def _initial(trail: Trail, case: _Case) -> Assessment:
    terms, end, today = case.terms, case.end, case.clock.today
    if terms.within is not None and terms.starts_on is not None and terms.due_on is None:
        text = f"{terms.within.words()} from {terms.starts_on}, the last day included: {case.by_text}."
        trail.note("last_day", text)
    if case.early:
        trail.note("early_end", f"{case.ended.why[0].upper()}{case.ended.why[1:]}.", case.ended.records)
    occurrence = Occurrence(
        key="initial",
        label=f"Initial term to {end}",
        starts_at=datetime.combine(terms.starts_on, time(), case.clock.zone) if terms.starts_on else None,
        due_at=Deadline(end, case.clock.zone).instant,
        counts_on=end,
    )
    left = (end - today).days
    outcome = Outcome.MET if left < 0 else Outcome.PENDING
    summary = _summary(case, left) + _outlives(trail, case)
    finding = Finding(outcome, summary, target=day_quantity(end), margin=days_quantity(left))
    return trail.conclude(occurrence, finding)


def _summary(case: _Case, left: int) -> str:
    end, starts_on = case.end, case.terms.starts_on
    because = f", instead of {case.by_text}: {case.ended.why}" if case.early else ""
    if left < 0:
        return f"The initial term ran until {end}{because}."
    if starts_on is not None and case.clock.today < starts_on:
        return f"The initial term starts {starts_on} and ends {end}{because}."
    return f"The initial term runs until {end}{because}, {count_text(left, 'more day')}."


def _outlives(trail: Trail, case: _Case) -> str:
    """A statement of work that runs longer than the agreement above it."""
    above = case.above.on
    if above is None or above >= case.end:
        return ""
    says = f"It outlives the agreement above it, which ends {above}."
    trail.note("outlives", f"{says} {case.above.why[0].upper()}{case.above.why[1:]}.", case.above.records)
    return f" {says}"


def _after(trail: Trail, case: _Case, last: date, later: Sequence[Later]) -> Assessment:
    """The agreement is over, and records show that it is still performed or paid."""
    trail.terms(case.dated, _promise(case.terms))
    trail.note("end", f"The agreement ended {last}.", case.ended.records)
    for each in later:
        trail.note("after_end", f"{each.says}.", (each.source,))
    shown = ", ".join(each.says for each in later[:_SHOWN])
    more = f" and {len(later) - _SHOWN} more" if len(later) > _SHOWN else ""
    goes_on = f"is still performed or paid: {shown}{more}"
    summary = f"The agreement ended {last} and {goes_on}; on what terms cannot be told."
    missing = f"what was agreed for the time after {last}"
    occurrence = Occurrence(key="after-end", label=f"After the end on {last}", counts_on=later[0].on)
    return trail.conclude(occurrence, undetermined(summary, missing))


def _promise(terms: Term) -> str:
    with_it = " It ends at the latest with the agreement above it." if terms.co_terminates else ""
    if terms.due_on is not None:
        return f"The agreement runs until {terms.due_on}.{with_it}"
    assert terms.within is not None
    return f"The agreement runs for {terms.within.words()} at first.{with_it}"
