"""Ticket share: of the tickets of a period so many percent are kept in time, or their mean time is.

Each ticket is judged by the promise on single tickets that the share is of, exactly as that kind is judged. A
period is decided when it is over and the tickets that could change it have ended.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, tzinfo

from obligations.facts import Fact
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Outcome
from obligations.periods import RECURRING
from obligations.risk import mostly_used
from obligations.rules import resolution_time, response_time
from obligations.segments import Segment, first_observed, segments
from obligations.service.ticket_case import TicketPromise
from obligations.service.ticket_promise import Verdict, verdicts
from obligations.service.ticket_share_trail import (
    Counted,
    figures,
    occurrence,
    otherwise,
    summary,
    tell,
    tell_other,
)
from obligations.service.ticket_tally import Kept, Tally, allowed, by_count, by_mean, keeps, tally
from obligations.terms import Per, TicketShare
from obligations.trail import Finding, Trail, undetermined, zone_of

_PROMISES: dict[str, TicketPromise] = {
    "response_time": response_time.PROMISE,
    "resolution_time": resolution_time.PROMISE,
}
_BUCKET = "whether a ticket counts in the period in which it was opened or in which it ended"


@dataclass(frozen=True)
class _Scene:
    """What the periods of one promise share."""

    obligation: Obligation
    at: AsOf
    zone: tzinfo
    held: dict[str, list[Verdict]]
    watched: bool


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period from the first observed one to the current one."""
    last = obligation.terms[-1].terms
    if not isinstance(last, TicketShare):
        return ()
    zone = zone_of(obligation, last, at)
    today = at.as_of.astimezone(zone).date()
    held = {kind: _verdicts(obligation, kind, facts, at) for kind in _PROMISES}
    opened = [_opened_on(verdict, zone) for each in held.values() for verdict in each]
    earliest = min(opened, default=None)
    anchor = _anchor(obligation)(obligation.terms[-1])
    first = first_observed(_recurring(last.per), observed_from, earliest, today, obligation.starts_on, anchor)
    scene = _Scene(obligation, at, zone, held, observed_from is not None or earliest is not None)
    return tuple(
        _assess(scene, segment)
        for segment in segments(obligation, _cadence, first, today, _anchor(obligation))
    )


def _verdicts(obligation: Obligation, kind: str, facts: Sequence[Fact], at: AsOf) -> list[Verdict]:
    """The tickets under the promises of one kind that the share is of, each under the level in force when it
    was opened."""
    series = tuple(
        dated.model_copy(update={"terms": dated.terms.level})
        for dated in obligation.terms
        if isinstance(dated.terms, TicketShare) and dated.terms.level and dated.terms.level.kind == kind
    )
    if not series:
        return []
    single = obligation.model_copy(update={"kind": kind, "terms": series, "notes": ()})
    return verdicts(single, facts, at, _PROMISES[kind])


def _cadence(dated: DatedTerms) -> Per:
    return _recurring(dated.terms.per) if isinstance(dated.terms, TicketShare) else "once"


def _recurring(per: Per) -> Per:
    """A share stated without a measuring period that recurs is measured by the month."""
    return per if per in RECURRING else "month"


def _anchor(obligation: Obligation) -> Callable[[DatedTerms], date | None]:
    def of(dated: DatedTerms) -> date | None:
        by_contract = isinstance(dated.terms, TicketShare) and dated.terms.window == "contract"
        return obligation.starts_on if by_contract else None

    return of


def _opened_on(verdict: Verdict, zone: tzinfo) -> date:
    return verdict.case.seen.opened_at.astimezone(zone).date()


def _assess(scene: _Scene, segment: Segment) -> Assessment:
    terms = segment.dated.terms
    assert isinstance(terms, TicketShare)
    trail = Trail(scene.obligation, scene.at)
    missing = _missing(scene, segment, terms)
    level = terms.level
    held = scene.held[level.kind] if level is not None else []
    by: list[str] = [terms.bucket] if terms.bucket is not None else ["opened", "ended"]
    judged = [_judged(scene, segment, terms, _bucket(scene, segment, terms, held, how)) for how in by]
    chosen, other = judged[0], None
    if {one.outcome is Outcome.BREACHED for one in judged} == {True, False} and not missing:
        worse = scene.obligation.we_owe is not False
        chosen = next(one for one in judged if (one.outcome is Outcome.BREACHED) == worse)
        other = next(one for one in judged if one is not chosen)
        missing = (_BUCKET,) if scene.obligation.we_owe is None else ()
    missing = (*missing, *_mixed(terms, chosen.tally))
    tell(trail, segment, terms, chosen)
    if other is not None:
        tell_other(trail, chosen, other)
    if missing:
        words = f"Whether enough tickets of {segment.words} were in time cannot be told without "
        finding = undetermined(f"{words}{' and '.join(missing)}.", *missing)
    else:
        finding = _finding(segment, terms, chosen, other)
    return trail.conclude(occurrence(segment, terms, scene.zone), finding)


def _missing(scene: _Scene, segment: Segment, terms: TicketShare) -> tuple[str, ...]:
    """What must be known before anything can be counted."""
    found = []
    if terms.level is None:
        found.append("the promise on single tickets that the share is of")
    if terms.percent is None and terms.measure == "share":
        found.append("the promised share, which the text leaves open")
    if terms.window == "contract" and scene.obligation.starts_on is None:
        found.append("the day on which the contract began")
    if not scene.watched:
        found.append(f"ticket records of {segment.words}")
    return tuple(found)


def _mixed(terms: TicketShare, found: Tally) -> tuple[str, ...]:
    """What is missing where a level was amended from hours to days: a mean of both has no meaning."""
    targets = [v.assessment.target for v in (*found.counted, *found.running)]
    units = {target.unit for target in targets if target is not None}
    mixed = terms.measure == "mean" and len(units) > 1
    return ("how times in hours and in days are averaged together",) if mixed else ()


def _bucket(scene: _Scene, segment: Segment, terms: TicketShare, held: list[Verdict], how: str) -> Counted:
    """The tickets of a segment, by the day they were opened or by the day they ended."""
    zone, (_, end) = scene.zone, segment.bounds(scene.zone)
    over = scene.at.as_of.astimezone(UTC) >= end

    def day(verdict: Verdict) -> date | None:
        if how == "opened":
            return _opened_on(verdict, zone)
        return verdict.ended_at.astimezone(zone).date() if verdict.ended_at is not None else None

    def open_at_end(verdict: Verdict) -> Kept:
        rule = terms.open_at_end if how == "opened" and over else None
        if rule in (None, "awaited") or not _open_in_time(verdict, end):
            return True
        return False if rule == "missed" else None

    found = tally(held, day, open_at_end, (segment.start, segment.end))
    return Counted(found, how, over, Outcome.PENDING)


def _open_in_time(verdict: Verdict, end: datetime) -> bool:
    """Whether a ticket was open at an instant and its time had not run out."""
    due_at = verdict.assessment.occurrence.due_at
    ended = verdict.ended_at is not None and verdict.ended_at < end
    return not ended and (due_at is None or due_at.astimezone(UTC) >= end)


def _judged(scene: _Scene, segment: Segment, terms: TicketShare, counted: Counted) -> Counted:
    if _missing(scene, segment, terms):
        return counted
    return replace(counted, outcome=_outcome(terms, counted.tally, counted.over))


def _outcome(terms: TicketShare, found: Tally, over: bool) -> Outcome:
    if terms.measure == "mean":
        before = terms.level is not None and terms.level.due == "before"
        results = by_mean(terms, found, before)
    else:
        results = by_count(terms, found, running=True)
    if over and len(results) == 1:
        return {True: Outcome.MET, False: Outcome.BREACHED, None: Outcome.NOT_APPLICABLE}[results.pop()]
    if over and not found.running:
        return Outcome.UNDETERMINED
    if terms.measure == "share" and not over and _lost(terms, results):
        return Outcome.BREACHED
    return Outcome.AT_RISK if _risky(terms, found) else Outcome.PENDING


def _lost(terms: TicketShare, results: set[Kept]) -> bool:
    """Whether no ticket to come can mend the share: only where all were promised, unrounded."""
    return terms.percent == 100 and terms.rounding is None and results == {False}


def _risky(terms: TicketShare, found: Tally) -> bool:
    known = [*found.counted, *found.running]
    if terms.measure == "mean":
        used, allowance = sum(v.used or 0 for v in known), sum(v.allowance or 0 for v in known)
        return bool(known) and mostly_used(used, allowance)
    missed = len(found.missed)
    return missed > 0 and (
        keeps(terms, len(known), missed) is False or mostly_used(missed, allowed(terms, len(known)))
    )


def _finding(segment: Segment, terms: TicketShare, counted: Counted, other: Counted | None) -> Finding:
    target, measured, margin = figures(terms, counted)
    said = f"{summary(segment, terms, counted)[:-1]}{otherwise(other)}."
    if counted.outcome is Outcome.UNDETERMINED:
        missing = dict.fromkeys(gap for v in counted.tally.unknown for gap in v.assessment.missing)
        return undetermined(said, *missing, target=target)
    return Finding(counted.outcome, said, target=target, measured=measured, margin=margin)
