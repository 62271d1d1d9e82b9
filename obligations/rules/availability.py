"""Availability: a service is up for at least the promised share of each period.

A period that has ended is met or breached. In the current one the downtime so far is held against the
budget of the whole period: once the budget is exceeded the period is breached already.
"""

from collections.abc import Callable, Sequence
from datetime import date

from obligations.facts import Fact
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Outcome
from obligations.quantities import Quantity
from obligations.risk import mostly_used
from obligations.segments import Segment, first_observed, segments
from obligations.service.outage_records import Watch, earliest
from obligations.service.uptime import Uptime, as_read, measure
from obligations.service.uptime_trail import occurrence, service_name, shown_share, target_text, tell
from obligations.terms import Availability, Per
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import minutes_text, share_text


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period from the first observed one to the current one."""
    last = obligation.terms[-1].terms
    if not isinstance(last, Availability):
        return ()
    zone = zone_of(obligation, last, at)
    today = at.as_of.astimezone(zone).date()
    watch = Watch(obligation, facts, at.known_at)
    earliest_on = earliest(watch.held(last), at.as_of, zone)
    anchor, starts_on = anchor_of(obligation), obligation.starts_on
    counted_from = anchor(obligation.terms[-1])
    first = first_observed(_recurring(last.per), observed_from, earliest_on, today, starts_on, counted_from)
    watched = observed_from is not None or earliest_on is not None
    return tuple(
        _assess(Trail(obligation, at), segment, watch, watched)
        for segment in segments(obligation, _cadence, first, today, anchor)
    )


def anchor_of(obligation: Obligation) -> Callable[[DatedTerms], date | None]:
    """The day from which contract months, quarters and years are counted, where the terms say so."""

    def anchor(dated: DatedTerms) -> date | None:
        level = getattr(dated.terms, "level", None) or dated.terms
        return obligation.starts_on if getattr(level, "window", "") == "contract" else None

    return anchor


def _cadence(dated: DatedTerms) -> Per:
    return _recurring(dated.terms.per) if isinstance(dated.terms, Availability) else "once"


def _recurring(per: Per) -> Per:
    """A level stated without a measuring period that recurs is measured by the month."""
    return per if per not in ("once", "event", "request") else "month"


def _assess(trail: Trail, segment: Segment, watch: Watch, watched: bool) -> Assessment:
    terms = segment.dated.terms
    assert isinstance(terms, Availability)
    obligation, at = trail.obligation, trail.at
    zone = zone_of(obligation, terms, at)
    read = as_read(terms, obligation.we_owe)
    uptime = measure(read, watch.held(read), segment, at.as_of, zone)
    name = service_name(terms, obligation)
    trail.terms(segment.dated, _promise(terms, name, obligation))
    if read != terms:
        trail.note("reading", "When a step is down is not stated; read carefully for our side.")
    tell(trail, uptime, segment, zone)
    if not watched:
        missing = f"outage records of {name} for {segment.words}"
        finding = undetermined(f"How long {name} was up in {segment.words} is not known.", missing)
    elif not uptime.measurable:
        finding = Finding(Outcome.NOT_APPLICABLE, f"{segment.words} has no service hours of {name}.")
    elif terms.percent is None:
        finding = _open_figure(uptime, name)
    else:
        finding = _finding(uptime, segment, name, ended=at.as_of >= segment.bounds(zone)[1])
    return trail.conclude(occurrence(segment, zone, name), finding)


def _promise(terms: Availability, name: str, obligation: Obligation) -> str:
    period = f"each {_recurring(terms.per)}"
    if terms.rolling is not None:
        period = f"any {terms.rolling.days} days"
    elif terms.window == "contract" and obligation.starts_on is not None:
        period = f"each {_recurring(terms.per)} counted from {obligation.starts_on}"
    by = "" if terms.per == _recurring(terms.per) else " No period is stated; measured by the month."
    if terms.window == "contract" and obligation.starts_on is None:
        by += " The start of the contract is not known; measured by the calendar."
    return f"{name} is to be up at least {target_text(terms)} of {period}.{by}"


def _open_figure(uptime: Uptime, name: str) -> Finding:
    share = shown_share(uptime.terms, uptime.share)
    return Finding(
        Outcome.UNDETERMINED,
        f"{name} was up {share} of {uptime.segment.words}; the text leaves the promised share open.",
        measured=Quantity(value=round(uptime.share, 8), unit="percent", text=share),
        missing=("the promised share",),
    )


def _finding(uptime: Uptime, segment: Segment, name: str, ended: bool) -> Finding:
    """Met or breached; before the end pending or at risk unless the budget is exceeded already."""
    percent = uptime.terms.percent
    assert percent is not None
    kept = uptime.kept(uptime.strict)
    target = Quantity(value=percent, unit="percent", text=target_text(uptime.terms))
    if kept != uptime.kept(uptime.lenient):
        summary = f"Whether {name} was up {target.text} of {segment.words} depends on gaps in the records."
        return undetermined(summary, *uptime.doubts, target=target)
    left = uptime.budget - uptime.down
    if not kept:
        outcome = Outcome.BREACHED
    elif ended:
        outcome = Outcome.MET
    else:
        risky = bool(uptime.down) and mostly_used(uptime.down, uptime.budget)
        outcome = Outcome.AT_RISK if risky else Outcome.PENDING
    measured = uptime.share if ended else uptime.share_so_far
    return Finding(
        outcome,
        _summary(uptime, name, ended),
        target=target,
        measured=Quantity(value=round(measured, 8), unit="percent", text=share_text(measured, percent)),
        margin=Quantity(value=left, unit="minutes", text=f"{minutes_text(left)} minutes"),
    )


def _summary(uptime: Uptime, name: str, ended: bool) -> str:
    percent, target, words = uptime.terms.percent, target_text(uptime.terms), uptime.segment.words
    assert percent is not None
    left = uptime.budget - uptime.down
    gap = f"{minutes_text(-left)} minutes too many" if left < 0 else f"{minutes_text(left)} minutes to spare"
    if not left:
        gap = "exactly what is allowed"
    down, budget = minutes_text(uptime.down), minutes_text(uptime.budget)
    part = f" by its worst component, {uptime.strict.part}," if uptime.strict.part else ""
    if ended:
        share = share_text(uptime.share, percent)
        of = minutes_text(uptime.basis)
        return (
            f"{name} was up {share} of {words}{part} ({down} of {of} minutes down); "
            f"the target is {target}: {gap}."
        )
    state = f": {gap}, breached before its end" if left < 0 else f", {gap}"
    return (
        f"{name} has been down {down} of the {budget} minutes that {target} allows in {words}{part}{state}."
    )
