"""Term: how long the agreement runs at first. It is pending while it runs and met once it has run."""

from collections.abc import Sequence
from datetime import date, datetime, time

from obligations.deadlines import Deadline
from obligations.facts import Fact
from obligations.model import AsOf, Assessment, Obligation, Occurrence, Outcome
from obligations.term_dates import term_end
from obligations.terms import Term
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import day_quantity, days_quantity


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment: the initial term under the terms in force on the day judged."""
    zone = zone_of(obligation, obligation.terms[-1].terms, at)
    today = at.as_of.astimezone(zone).date()
    dated = obligation.in_force(today) or obligation.terms[0]
    terms = dated.terms
    if not isinstance(terms, Term):
        return ()
    trail = Trail(obligation, at)
    trail.terms(dated, _promise(terms))
    end = term_end(terms)
    if end is None:
        missing = "the day on which the term starts"
        finding = undetermined(f"When the term ends cannot be told without {missing}.", missing)
        occurrence = Occurrence(key="initial", label="Initial term", counts_on=today)
        return (trail.conclude(occurrence, finding),)
    if terms.within is not None and terms.starts_on is not None and terms.due_on is None:
        text = f"{terms.within.words()} from {terms.starts_on}, the last day included: {end}."
        trail.note("last_day", text)
    occurrence = Occurrence(
        key="initial",
        label=f"Initial term to {end}",
        starts_at=datetime.combine(terms.starts_on, time(), zone) if terms.starts_on else None,
        due_at=Deadline(end, zone).instant,
        counts_on=end,
    )
    left = (end - today).days
    if left < 0:
        outcome, summary = Outcome.MET, f"The initial term ran until {end}."
    elif terms.starts_on is not None and today < terms.starts_on:
        outcome, summary = Outcome.PENDING, f"The initial term starts {terms.starts_on} and ends {end}."
    else:
        outcome, summary = Outcome.PENDING, f"The initial term runs until {end}, {left} more days."
    finding = Finding(outcome, summary, target=day_quantity(end), margin=days_quantity(left))
    return (trail.conclude(occurrence, finding),)


def _promise(terms: Term) -> str:
    if terms.due_on is not None:
        return f"The agreement runs until {terms.due_on}."
    length = terms.within.words() if terms.within is not None else "a time not stated"
    return f"The agreement runs for {length} at first."
