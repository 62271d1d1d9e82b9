"""Right to terminate for cause: a level missed too often or too far, or an event, lets the creditor end the
agreement.

It is a right, so it is never breached: it has not arisen, can be used, was used, or has lapsed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal

from obligations.deadlines import Deadline, days_after
from obligations.facts import Fact, Notice
from obligations.lifecycle.notices import given
from obligations.matching import belongs, records
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.periods import midnight_of, shift
from obligations.quantities import Quantity
from obligations.risk import notice_soon
from obligations.rules.availability import anchor_of
from obligations.rules.service_credit import LEVEL_RULES
from obligations.segments import Segment, first_observed, segments
from obligations.service.missed_levels import Level, per_of
from obligations.service.termination_grounds import (
    Ground,
    by_event,
    by_level,
    misses_text,
    rule_text,
    states_ground,
)
from obligations.terms import MissedLevel, Per, TerminationRight
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import count_text

_NOT_ARISEN = "no right to terminate has arisen"
_RECEIVED = "when the notice was received"


@dataclass(frozen=True)
class _Case:
    """One ground, and what was done about it."""

    trail: Trail
    facts: Sequence[Fact]
    ground: Ground
    terms: TerminationRight
    zone: tzinfo

    @property
    def today(self) -> date:
        return self.trail.at.as_of.astimezone(self.zone).date()

    @property
    def until(self) -> Deadline | None:
        """The last day to use it; None where the text states none."""
        if self.terms.exercise_within is None or self.ground.arose_on is None:
            return None
        return Deadline(days_after(self.ground.arose_on, self.terms.exercise_within, None), self.zone)

    @property
    def who(self) -> str:
        we_owe = self.trail.obligation.we_owe
        return {True: "the other side", False: "we", None: "the creditor"}[we_owe]


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each time the right arose or may have, and one for the current period."""
    last = obligation.terms[-1].terms
    if not isinstance(last, TerminationRight):
        return ()
    zone = zone_of(obligation, last.level or last, at)
    level = Level(obligation, facts, at, observed_from, LEVEL_RULES)
    if last.events:
        today = at.as_of.astimezone(zone).date()
        dated = obligation.in_force(today) or obligation.terms[-1]
        grounds = by_event(obligation, dated, facts, at, zone) if _by_events(dated) else []
        return tuple(_assess(_case(obligation, facts, at, ground, zone)) for ground in grounds)
    lacks = _lacks(last)
    if lacks:
        return (_open(obligation, at, lacks, zone),)
    found, watched = _grounds(level, last, zone)
    return tuple(_assess(_case(obligation, facts, at, g, zone), watched) for g in found)


def _by_events(dated: DatedTerms) -> bool:
    return isinstance(dated.terms, TerminationRight) and bool(dated.terms.events)


def _case(obligation: Obligation, facts: Sequence[Fact], at: AsOf, ground: Ground, zone: tzinfo) -> _Case:
    terms = ground.dated.terms
    assert isinstance(terms, TerminationRight)
    return _Case(Trail(obligation, at), facts, ground, terms, zone)


def _grounds(level: Level, last: TerminationRight, zone: tzinfo) -> tuple[list[Ground], bool]:
    """The grounds by the level, and whether anybody watches it."""
    obligation = level.obligation
    assert last.level is not None
    today = level.at.as_of.astimezone(zone).date()
    earliest_on = level.first_record(last.level, zone)
    anchor = anchor_of(obligation)
    first = first_observed(
        *(per_of(last.level, "month"), level.observed_from, earliest_on, today),
        obligation.starts_on,
        anchor(obligation.terms[-1]),
    )
    measured = [
        level.measured(segment, terms, zone_of(obligation, terms, level.at), None)
        for segment in segments(obligation, _cadence, first, today, anchor)
        if (terms := _level_of(segment)) is not None
    ]
    return by_level(measured), level.observed_from is not None or earliest_on is not None


def _level_of(segment: Segment) -> MissedLevel | None:
    terms = segment.dated.terms
    return terms.level if isinstance(terms, TerminationRight) else None


def _cadence(dated: DatedTerms) -> Per:
    terms = dated.terms
    return per_of(terms.level, "month") if isinstance(terms, TerminationRight) else "once"


def _lacks(terms: TerminationRight) -> str:
    """What is not known of that which gives the right."""
    if not states_ground(terms):
        return "what gives the right"
    if terms.level is None:
        return "the level that the right hangs on"
    stated = terms.floor is not None or getattr(terms.level, "percent", "") is not None
    return "" if stated else "the promised share"


def _open(obligation: Obligation, at: AsOf, lacks: str, zone: tzinfo) -> Assessment:
    """What gives the right is not known."""
    trail = Trail(obligation, at)
    trail.terms(obligation.terms[-1], "The creditor may terminate for cause.")
    today = at.as_of.astimezone(zone).date()
    occurred = Occurrence(key="none", label="Right to terminate", counts_on=today)
    return trail.conclude(
        occurred, undetermined(f"Whether it has arisen cannot be told without {lacks}.", lacks)
    )


def _assess(case: _Case, watched: bool = True) -> Assessment:
    ground, terms, trail = case.ground, case.terms, case.trail
    length = f", within {terms.exercise_within.words()} after that" if terms.exercise_within else ""
    trail.terms(ground.dated, f"The creditor may terminate {rule_text(terms)}{length}.")
    for measured in ground.looked_at:
        trail.note("period", f"{measured.says}.", measured.sources)
    trail.note("ground", f"{ground.says}.", ground.sources)
    finding = _judge(case, watched)
    until = case.until
    occurred = Occurrence(
        key=ground.key,
        label=f"Right to terminate, {ground.key}",
        starts_at=midnight_of(ground.arose_on, case.zone).astimezone(case.zone) if ground.arose_on else None,
        due_at=until.instant if until is not None and finding.outcome is not Outcome.UNDETERMINED else None,
        counts_on=ground.counts_on,
    )
    return trail.conclude(occurred, finding)


def _judge(case: _Case, watched: bool) -> Finding:
    ground = case.ground
    if not watched:
        gap = "records of the level"
        return undetermined(f"Whether a right to terminate has arisen cannot be told without {gap}.", gap)
    if ground.arose_on is None:
        return _with_count(case, Finding(Outcome.NOT_APPLICABLE, f"{ground.says}; {_NOT_ARISEN}."))
    if ground.doubts:
        summary = f"{ground.says}; whether a right to terminate arose depends on gaps in the records."
        return undetermined(summary, *ground.doubts)
    return _with_count(case, _used(case))


def _with_count(case: _Case, finding: Finding) -> Finding:
    """With the misses counted against those that it takes."""
    if case.ground.misses is None:
        return finding
    wanted, misses = case.terms.misses or 1, case.ground.misses
    return Finding(
        finding.outcome,
        finding.summary,
        target=_misses(wanted),
        measured=_misses(misses),
        missing=finding.missing,
    )


def _misses(number: int) -> Quantity:
    return Quantity(value=Decimal(number), unit="misses", text=misses_text(number))


def _used(case: _Case) -> Finding:
    """Whether the right was used in time, can still be used, or has lapsed."""
    ground, until = case.ground, case.until
    assert ground.arose_on is not None
    head = f"{ground.says}; a right to terminate arose on {ground.arose_on}"
    sent = _notices(case)
    doubt = ""
    for fact, notice in sent:
        in_time, missing = _in_time(case, notice, until)
        if belongs(case.trail.obligation, fact) != "yes":
            in_time, missing = None, "which contract the notice is about"
        if in_time:
            case.trail.note("notice", f"Notice of {notice.sent_on}, in time.", (fact.source,))
            return Finding(Outcome.MET, f"{head} and was used on {notice.sent_on}{_end(case, notice)}.")
        doubt = doubt or missing
        what = f"it is not known {missing}" if missing else "too late"
        case.trail.note("notice", f"Notice of {notice.sent_on}: {what}.", (fact.source,))
    if doubt:
        return undetermined(f"{head}; whether it was used depends on {doubt}.", doubt)
    return _unused(case, head, until, late=bool(sent))


def _unused(case: _Case, head: str, until: Deadline | None, late: bool) -> Finding:
    ends_on = case.trail.obligation.ends_on
    if until is not None and until.passed(case.trail.at.as_of):
        after = "only after that" if late else "not"
        text = f"{head}; it could be used until {until.text} and was {after}: it has lapsed."
        return Finding(Outcome.NOT_APPLICABLE, text)
    if ends_on is not None and ends_on < case.today:
        return Finding(Outcome.NOT_APPLICABLE, f"{head}; the agreement ended on {ends_on} without its use.")
    if until is None:
        return Finding(Outcome.PENDING, f"{head}; {case.who} can use it, the text states no time for that.")
    ours = case.trail.obligation.we_owe is not True
    outcome = Outcome.AT_RISK if ours and notice_soon(case.today, until.on) else Outcome.PENDING
    left = count_text((until.on - case.today).days, "day")
    return Finding(outcome, f"{head}; {case.who} can use it until {until.text}, {left} from now.")


def _notices(case: _Case) -> list[tuple[Fact, Notice]]:
    """Notices of termination by the side that has the right, since it arose, in order."""
    obligation, arose_on = case.trail.obligation, case.ground.arose_on
    assert arose_on is not None
    side = {True: "counterparty", False: "us", None: None}[obligation.we_owe]
    held = records(obligation, case.facts, case.trail.at.known_at, Notice)
    return [
        (fact, notice)
        for fact, notice in given(held, "termination", case.today)
        if side in (None, notice.by) and notice.sent_on >= arose_on
    ]


def _in_time(case: _Case, notice: Notice, until: Deadline | None) -> tuple[bool | None, str]:
    """Whether a notice used the right in time; None with what is missing where that is not known."""
    if until is None:
        return True, ""
    if not case.terms.receipt:
        return until.kept_on(notice.sent_on), ""
    if notice.received_on is not None and notice.received_on <= case.today:
        return until.kept_on(notice.received_on), ""
    return (None, _RECEIVED) if until.kept_on(notice.sent_on) else (False, "")


def _end(case: _Case, notice: Notice) -> str:
    if notice.effective_on is not None:
        return f", with effect on {notice.effective_on}"
    if case.terms.notice is None:
        return ""
    return f", with effect on {shift(notice.sent_on, case.terms.notice)}"
