"""Availability: a service is up for at least the promised share of each period.

A period that has ended is met or breached. In the current one the downtime so far is held against the
budget of the whole period: once the budget is exceeded the period is breached already.
"""

from collections.abc import Sequence
from datetime import date

from obligations.facts import Fact
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Outcome
from obligations.quantities import Quantity
from obligations.risk import mostly_used
from obligations.segments import Segment, first_observed, segments
from obligations.terms import Availability, Per
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.uptime import Uptime, earliest, measure, outages
from obligations.uptime_trail import occurrence, service_name, tell
from obligations.wording import minutes_of, minutes_text, plain, share_text


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period from the first observed one to the current one."""
    last = obligation.terms[-1].terms
    if not isinstance(last, Availability):
        return ()
    zone = zone_of(obligation, last, at)
    today = at.as_of.astimezone(zone).date()
    held = outages(obligation, last, facts, at.known_at)
    earliest_on = earliest(held, at.as_of, zone)
    first = first_observed(_recurring(last.per), observed_from, earliest_on, today, obligation.starts_on)
    watched = observed_from is not None or earliest_on is not None
    return tuple(
        _assess(Trail(obligation, at), segment, facts, watched)
        for segment in segments(obligation, _cadence, first, today)
    )


def _cadence(dated: DatedTerms) -> Per:
    return _recurring(dated.terms.per) if isinstance(dated.terms, Availability) else "once"


def _recurring(per: Per) -> Per:
    """A level stated without a measuring period that recurs is measured by the month."""
    return per if per not in ("once", "event", "request") else "month"


def _assess(trail: Trail, segment: Segment, facts: Sequence[Fact], watched: bool) -> Assessment:
    terms = segment.dated.terms
    assert isinstance(terms, Availability)
    obligation, at = trail.obligation, trail.at
    zone = zone_of(obligation, terms, at)
    held = outages(obligation, terms, facts, at.known_at)
    uptime = measure(terms, held, segment, at.as_of, zone)
    name = service_name(terms, obligation)
    target = f"{plain(terms.percent)} %"
    by = "" if terms.per == _recurring(terms.per) else " No period is stated; measured by the month."
    trail.terms(segment.dated, f"{name} is to be up at least {target} of each {_recurring(terms.per)}.{by}")
    tell(trail, uptime, segment, zone)
    if not watched:
        missing = f"outage records of {name} for {segment.words}"
        finding = undetermined(f"How long {name} was up in {segment.words} is not known.", missing)
    elif not uptime.measurable:
        finding = Finding(Outcome.NOT_APPLICABLE, f"{segment.words} has no service hours of {name}.")
    else:
        finding = _finding(uptime, segment, name, ended=at.as_of >= uptime.end)
    return trail.conclude(occurrence(segment, uptime, zone, name), finding)


def _finding(uptime: Uptime, segment: Segment, name: str, ended: bool) -> Finding:
    """Met or breached; before the end pending or at risk unless the budget is exceeded already."""
    kept = uptime.kept(uptime.down)
    target = Quantity(value=uptime.terms.percent, unit="percent", text=f"{plain(uptime.terms.percent)} %")
    if kept != uptime.kept(uptime.down_least):
        summary = f"Whether {name} was up {target.text} of {segment.words} depends on gaps in the records."
        return undetermined(summary, *uptime.doubts, target=target)
    left = uptime.budget - minutes_of(uptime.down)
    if ended:
        outcome = Outcome.MET if kept else Outcome.BREACHED
    elif not kept:
        outcome = Outcome.BREACHED
    else:
        risky = bool(uptime.down) and mostly_used(minutes_of(uptime.down), uptime.budget)
        outcome = Outcome.AT_RISK if risky else Outcome.PENDING
    measured = uptime.share(uptime.down, uptime.whole if ended else uptime.so_far)
    return Finding(
        outcome,
        _summary(uptime, segment, name, ended),
        target=target,
        measured=Quantity(
            value=round(measured, 8), unit="percent", text=share_text(measured, uptime.terms.percent)
        ),
        margin=Quantity(value=left, unit="minutes", text=f"{minutes_text(left)} minutes"),
    )


def _summary(uptime: Uptime, segment: Segment, name: str, ended: bool) -> str:
    down, target = minutes_of(uptime.down), f"{plain(uptime.terms.percent)} %"
    left = uptime.budget - down
    gap = f"{minutes_text(-left)} minutes too many" if left < 0 else f"{minutes_text(left)} minutes to spare"
    if not left:
        gap = "exactly what is allowed"
    if ended:
        share = share_text(uptime.share(uptime.down), uptime.terms.percent)
        of = minutes_text(minutes_of(uptime.whole))
        return (
            f"{name} was up {share} of {segment.words} ({minutes_text(down)} of {of} minutes down); "
            f"the target is {target}: {gap}."
        )
    budget = minutes_text(uptime.budget)
    state = f": {gap}, breached before its end" if left < 0 else f", {gap}"
    return (
        f"{name} has been down {minutes_text(down)} of the {budget} minutes that {target} allows in "
        f"{segment.words}{state}."
    )
