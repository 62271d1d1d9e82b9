"""How far a level was missed in a period, whichever level it is: uptime, tickets in time, a share of tickets.

What hangs on a level (a credit, a right to terminate) needs the same of each: was it kept, by how much was
it missed, with what is doubtful counted against the provider (`strict`) and in its favour (`lenient`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from obligations.document import Span
from obligations.facts import Fact, Source
from obligations.intervals import Interval
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Outcome
from obligations.periods import RECURRING
from obligations.segments import Segment
from obligations.service.outage_records import Watch, earliest
from obligations.service.uptime import Uptime, as_read, measure
from obligations.service.uptime_trail import service_name, shown_share, tell
from obligations.terms import Availability, MissedLevel, Per
from obligations.trail import Trail
from obligations.wording import count_text, plain

Judge = Callable[[Obligation, Sequence[Fact], AsOf, date | None], tuple[Assessment, ...]]
"""The rule of a kind of ticket promise."""


_RUNNING = (Outcome.PENDING, Outcome.AT_RISK)


class Miss(NamedTuple):
    """By how much a level was missed. `share` in percent where it is one; `down` all minutes of downtime,
    `excess` those beyond what the level allows; `tickets` those out of time."""

    kept: bool
    share: Decimal | None = None
    down: Fraction = Fraction(0)
    excess: Fraction = Fraction(0)
    tickets: int = 0


@dataclass(frozen=True)
class Measured:
    """A level in one segment. `says` is a sentence's beginning ("X was up 99.7 % of May 2026"); `empty` says
    why there is nothing to measure, `running` why it is not settled yet."""

    segment: Segment
    strict: Miss
    lenient: Miss
    says: str
    name: str
    ended: bool
    empty: str = ""
    running: str = ""
    doubts: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    events: tuple[tuple[Source, Interval], ...] = ()
    shown: str = ""


@dataclass(frozen=True)
class Level:
    """A level as promised to an obligation's creditor, the records it is measured on, and by which rules.

    `judged` keeps the tickets that were judged once for all periods.
    """

    obligation: Obligation
    facts: Sequence[Fact]
    at: AsOf
    observed_from: date | None
    rules: dict[str, Judge]
    judged: dict[tuple[MissedLevel, Span], tuple[Assessment, ...]] = field(
        default_factory=dict, compare=False
    )

    @cached_property
    def watch(self) -> Watch:
        return Watch(self.obligation, self.facts, self.at.known_at)

    def first_record(self, terms: MissedLevel, zone: tzinfo) -> date | None:
        """The day of the earliest record of the level."""
        if isinstance(terms, Availability):
            return earliest(self.watch.held(terms), self.at.as_of, zone)
        found = self._tickets(terms, None)
        return min((a.occurrence.counts_on for a in found), default=None)

    def measured(self, segment: Segment, terms: MissedLevel, zone: tzinfo, trail: Trail | None) -> Measured:
        """The level in a segment; the steps are added to a `trail` where one is given."""
        ended = self.at.as_of >= segment.bounds(zone)[1]
        if isinstance(terms, Availability):
            return self._uptime(segment, terms, zone, (trail, ended))
        found = self._tickets(terms, segment.dated)
        if terms.kind == "ticket_share":
            return _of_share(
                segment, [a for a in found if a.occurrence.key == segment.period.label], trail, ended
            )
        mine = [a for a in found if segment.start <= a.occurrence.counts_on <= segment.end]
        return _of_tickets(segment, terms, mine, trail, ended)

    def _uptime(
        self, segment: Segment, terms: Availability, zone: tzinfo, how: tuple[Trail | None, bool]
    ) -> Measured:
        trail, ended = how
        read = as_read(terms, self.obligation.we_owe)
        uptime = measure(read, self.watch.held(read), segment, self.at.as_of, zone)
        name = service_name(read, self.obligation)
        if trail is not None:
            tell(trail, uptime, segment, zone)
        shown = shown_share(read, uptime.share)
        events = tuple(
            (record.source, record.span) for record in uptime.records if record.counts is not False
        )
        return Measured(
            segment,
            _of_uptime(uptime, strict=True),
            _of_uptime(uptime, strict=False),
            f"{name} was up {shown} of {segment.words}",
            name,
            ended,
            empty="" if uptime.measurable else f"{segment.words} has no service hours of {name}.",
            doubts=uptime.doubts,
            sources=uptime.sources,
            events=events,
            shown=shown,
        )

    def _tickets(self, terms: MissedLevel, dated: DatedTerms | None) -> tuple[Assessment, ...]:
        rule = self.rules.get(terms.kind)
        if rule is None:
            return ()
        held = dated or self.obligation.terms[-1]
        found = self.judged.get((terms, held.span))
        if found is None:
            found = self.judged[terms, held.span] = self._judge(rule, terms, held)
        return found

    def _judge(self, rule: Judge, terms: MissedLevel, held: DatedTerms) -> tuple[Assessment, ...]:
        promise = self.obligation.model_copy(
            update={
                "kind": terms.kind,
                "terms": (held.model_copy(update={"terms": terms, "from_on": None}),),
                "notes": (),
            }
        )
        return rule(promise, self.facts, self.at, self.observed_from)


def per_of(level: MissedLevel | None, otherwise: Per) -> Per:
    """The measuring period of a level; one that states none is measured as `otherwise` or by the month."""
    per: Per = getattr(level, "per", otherwise)
    return per if per in RECURRING else "month"


def _of_uptime(uptime: Uptime, strict: bool) -> Miss:
    tally = uptime.strict if strict else uptime.lenient
    allowed = tally.basis * (100 - Fraction(uptime.terms.percent or 0)) / 100
    return Miss(
        kept=uptime.kept(tally),
        share=uptime.share_of(tally),
        down=tally.down,
        excess=max(tally.down - allowed, Fraction(0)),
    )


def _of_tickets(
    segment: Segment, terms: MissedLevel, found: Sequence[Assessment], trail: Trail | None, ended: bool
) -> Measured:
    """Single tickets: each is in time or not; those of unknown outcome are both."""
    late = [a for a in found if a.outcome is Outcome.BREACHED]
    kept = [a for a in found if a.outcome is Outcome.MET]
    doubtful = [a for a in found if a.outcome is Outcome.UNDETERMINED]
    running = [a for a in found if a.outcome in _RUNNING]
    judged = len(late) + len(kept) + len(doubtful)
    name = terms.kind.replace("_", " ")
    counted = [*late, *kept, *doubtful]
    _tell_tickets(trail, (*late, *doubtful), counted)
    return Measured(
        segment,
        _missed(len(late) + len(doubtful), judged),
        _missed(len(late), judged),
        f"{count_text(len(late), 'ticket')} of {judged} in {segment.words} missed the {name}",
        name,
        ended,
        empty="" if found or not ended else f"No ticket of {segment.words} falls under the {name}.",
        running=f"{count_text(len(running), 'ticket')} not decided yet" if running else "",
        doubts=tuple(dict.fromkeys(gap for a in doubtful for gap in a.missing)),
        sources=tuple(dict.fromkeys(record for a in counted for record in a.records)),
        events=tuple(event for a in (*late, *doubtful) for event in _events(a)),
    )


def _missed(late: int, judged: int) -> Miss:
    share = Decimal(judged - late) * 100 / judged if judged else Decimal(100)
    return Miss(kept=not late, share=share, tickets=late)


def _tell_tickets(trail: Trail | None, missed: Sequence[Assessment], judged: Sequence[Assessment]) -> None:
    if trail is None:
        return
    for assessment in missed:
        trail.note("ticket", assessment.summary, assessment.records)
    sources = tuple(dict.fromkeys(record for a in judged for record in a.records))
    trail.note("tickets", f"{count_text(len(judged), 'ticket')} of the period can be judged.", sources)


def _events(assessment: Assessment) -> tuple[tuple[Source, Interval], ...]:
    occurrence = assessment.occurrence
    if occurrence.starts_at is None or not assessment.records:
        return ()
    starts = occurrence.starts_at.astimezone(UTC)
    ends = max(occurrence.due_at.astimezone(UTC), starts) if occurrence.due_at else starts
    return ((assessment.records[0], (starts, ends)),)


def _of_share(segment: Segment, found: Sequence[Assessment], trail: Trail | None, ended: bool) -> Measured:
    """A share of tickets, as its own rule found it; where that is in doubt, both kept and missed."""
    name = "share of tickets in time"
    if not found or found[0].outcome is Outcome.NOT_APPLICABLE:
        nothing = found[0].summary if found else f"No ticket of {segment.words} is measured."
        return Measured(segment, Miss(True), Miss(True), nothing, name, ended, empty=nothing)
    assessment = found[0]
    if trail is not None:
        trail.steps.extend(assessment.trail[:-1])
    measured = assessment.measured.value if assessment.measured else None
    share = measured if assessment.measured and assessment.measured.unit == "percent" else None
    missed = assessment.outcome in (Outcome.BREACHED, Outcome.UNDETERMINED)
    shown = f"{plain(round(share, 4))} %" if share is not None else ""
    return Measured(
        segment,
        Miss(not missed, Decimal(0) if assessment.outcome is Outcome.UNDETERMINED else share),
        Miss(assessment.outcome is not Outcome.BREACHED, share),
        assessment.summary.rstrip("."),
        name,
        ended,
        running=""
        if assessment.outcome not in (Outcome.PENDING, Outcome.AT_RISK)
        else "the period still runs",
        doubts=assessment.missing,
        sources=assessment.records,
        events=_events(assessment),
        shown=shown,
    )


def same_event(one: Measured, other: Measured) -> bool:
    """Whether one event missed both levels: the same record, or records that overlap in time."""
    for source, (start, end) in one.events:
        for rival, (begins, ends) in other.events:
            if source == rival or (start <= ends and begins <= end):
                return True
    return False
