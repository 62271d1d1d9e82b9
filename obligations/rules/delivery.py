"""Delivery: each line of an order, or a thing delivered once, arrives in full within its window.

Every line is judged by up to four readings: the text's open questions for and against the supplier, the
records' doubts for and against it. The careful reading of the text is acted on; doubts that matter leave it
undetermined.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time

from obligations.deadlines import Deadline
from obligations.delivery.delivery_cases import Case, by_order, cases
from obligations.delivery.delivery_standing import Standing
from obligations.delivery.order_lines import Side, count
from obligations.facts import Fact
from obligations.model import AsOf, Assessment, Obligation, Occurrence, Outcome
from obligations.quantities import Quantity
from obligations.terms.delivery import DeliveryTime
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import allowance_text, count_text, day_quantity, days_quantity


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each line of each order under the promise, or for the one thing it is about."""
    found = [_assess(Trail(obligation, at), case) for case in cases(obligation, facts, at, observed_from)]
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _assess(trail: Trail, case: Case) -> Assessment:
    side = trail.obligation.we_owe is True
    shown = case.standing(Side(strict=side, benefit=False))
    _tell(trail, case, shown)
    if case.missing or shown is None:
        summary = f"Whether {case.label} came in time cannot be told without {' and '.join(case.missing)}."
        return trail.conclude(_occurrence(case, shown), undetermined(summary, *case.missing))
    finding = _finding(trail.obligation.we_owe, case)
    return trail.conclude(_occurrence(case, shown), finding)


def _finding(we_owe: bool | None, case: Case) -> Finding:
    """The finding by the careful reading; the other is named where it gives something else."""
    strict = we_owe is True
    finding, other = _by_reading(case, strict), _by_reading(case, not strict)
    if (finding.outcome, finding.target) == (other.outcome, other.target):
        return finding
    if we_owe is None and finding.outcome is not other.outcome:
        summary = (
            f"{case.label}: {finding.outcome.value} or {other.outcome.value}, by the reading of the text."
        )
        return undetermined(summary, "which side we are on, to choose the careful reading")
    standing = case.standing(Side(not strict, benefit=True))
    due = f"due {standing.due.on} ({standing.due.reading})" if standing else ""
    arrived = "the first" if strict else "the last"
    verdict = f"gives {other.outcome.value.replace('_', ' ')}"
    text = f" The other reading of the text, {due} and {arrived} recorded day of arrival, {verdict}."
    return replace(finding, summary=finding.summary + text)


def _by_reading(case: Case, strict: bool) -> Finding:
    """With and without what the records leave open: undetermined only where it matters."""
    worst, best = case.standing(Side(strict, benefit=False)), case.standing(Side(strict, benefit=True))
    assert worst is not None
    assert best is not None
    now, zone = case.judge.now, case.judge.zone
    outcome = worst.outcome(now, zone)
    target = day_quantity(worst.due.on)
    if outcome is not best.outcome(now, zone):
        doubts = tuple(dict.fromkeys((*worst.arrivals.doubts, *best.arrivals.doubts)))
        summary = f"Whether {case.label}, due {worst.due.on}, came in time depends on {' and '.join(doubts)}."
        return undetermined(summary, *doubts, target=target)
    if outcome is Outcome.BREACHED and not case.watched:
        missing = f"records of deliveries on {case.key}"
        summary = f"{case.label} was due {worst.due.on}; nothing tells whether it came."
        return undetermined(summary, missing, target=target)
    done = worst.completed_on
    left = (worst.last - (done or case.judge.today)).days
    return Finding(
        outcome,
        _summary(case, worst, outcome),
        target=target,
        measured=_measured(worst),
        margin=None if outcome is Outcome.NOT_APPLICABLE and worst.void else days_quantity(left),
    )


def _measured(standing: Standing) -> Quantity | None:
    done = standing.completed_on
    if done is not None:
        return day_quantity(done)
    if not standing.received:
        return None
    text = f"{count(standing.received)} of {count(standing.required)}"
    return Quantity(value=standing.received, unit="units", text=text)


def _summary(case: Case, standing: Standing, outcome: Outcome) -> str:
    head, due = case.label, f"due {standing.due.on} ({standing.due.reading})"
    if standing.void:
        if case.line is not None and not case.line.quantity:
            return f"{head} orders nothing; nothing was owed."
        by = "cancelled by the buyer" if standing.required <= 0 else f"cancelled on {standing.cancelled_on}"
        return f"{head} was {by}; nothing was owed."
    over = standing.arrivals.total - standing.required
    extra = f" ({count(over)} more than ordered, not counted)" if over > 0 and _counts(case) else ""
    if standing.early:
        first = standing.early[0]
        came = f"{count(first.quantity)} came on {first.on}" if _counts(case) else f"came on {first.on}"
        return f"{head}: {came}, before the window opened on {standing.opens}; {due}: too early."
    done = standing.completed_on
    if done is None:
        return _open_summary(case, standing, outcome, due)
    days = count_text(abs((done - standing.last).days), "day")
    when = f"{head} came in full on {done}{extra}; {due}"
    if outcome is Outcome.NOT_APPLICABLE:
        return f"{when}: {days} late for a cause that is not the supplier's, no breach."
    if outcome is Outcome.MET:
        return f"{when}: {f'{days} to spare' if done < standing.last else 'on the last day'}."
    part = standing.in_time
    some = f", {count(part)} of {count(standing.required)} in time" if part > 0 and _counts(case) else ""
    return f"{when}: {days} late{some}."


def _open_summary(case: Case, standing: Standing, outcome: Outcome, due: str) -> str:
    days = count_text(abs((standing.last - case.judge.today).days), "day")
    state = " has not come"
    if standing.received > 0 and _counts(case):
        lacking = standing.required - standing.received
        state = f": {count(standing.received)} came, {count(lacking)} still to come"
    return f"{case.label}{state}; {due}: {days} {'overdue' if outcome is Outcome.BREACHED else 'left'}."


def _counts(case: Case) -> bool:
    """Whether a quantity was promised, not just a thing."""
    return by_order(case.judge.terms) or case.judge.terms.quantity is not None


def _occurrence(case: Case, standing: Standing | None) -> Occurrence:
    zone = case.judge.zone
    begins = datetime.combine(case.begins_on, time(), zone) if case.begins_on else None
    fallback = case.begins_on or case.judge.today
    return Occurrence(
        key=case.key,
        label=case.label,
        starts_at=begins,
        due_at=Deadline(standing.last, zone).instant if standing else None,
        counts_on=standing.last if standing else fallback,
    )


def _tell(trail: Trail, case: Case, standing: Standing | None) -> None:
    terms = case.judge.terms
    trail.terms(case.dated, promised(terms))
    if case.records:
        trail.note("ordered", f"{case.label}, from {case.begins_on}.", case.records)
    if standing is None:
        return
    trail.note("due", f"Due {standing.due.on}: {standing.due.reading}.", standing.relief)
    if standing.opens is not None:
        trail.note("window", f"In time from {standing.opens} to {standing.last}.")
    for part in standing.arrivals.parts:
        excuse = ", delay not the supplier's" if part.excused else ""
        trail.note("arrived", f"{count(part.quantity)} arrived on {part.on}{excuse}.", (part.source,))
    if terms.evidence is None:
        trail.note("reading", f"The text does not say what proves the day of arrival; {_side_words(trail)}.")
    if terms.within is not None and terms.starts is None:
        trail.note(
            "reading", f"The text does not say from when it is counted; taken: {standing.due.reading}."
        )
    if terms.within is not None and not terms.within.in_days:
        trail.note("reading", "Deliveries are judged by the day, so hours count as the days they fill.")
    if terms.date_kind is None and terms.within is None and terms.due_on is None:
        trail.note("reading", f"The text does not say which day of the order binds; {_side_words(trail)}.")


def _side_words(trail: Trail) -> str:
    """Which reading is acted on, and why."""
    return {
        True: "we deliver, so the reading against us is acted on",
        False: "we are delivered to, so the reading in the supplier's favour is acted on",
        None: "which side we are on is not known, so both are looked at",
    }[trail.obligation.we_owe]


def promised(terms: DeliveryTime) -> str:
    """The promise in a sentence."""
    what = terms.item or "What is ordered"
    if terms.due_on is not None:
        return f"{what} is to be delivered by {terms.due_on}."
    if terms.within is not None:
        return f"{what} is to be delivered within {allowance_text(terms.within, terms.clock == 'business')}."
    return f"{what} is to be delivered on the {terms.date_kind or 'agreed'} day of the order."
