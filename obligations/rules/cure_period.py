"""Cure period: a breach that a notice names is mended in time; if not, a right to terminate arises.

Each notice of breach starts a time of its own. It was mended on the day of a deed on record, or on the day
from which a person decided that it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from obligations.calendars import Calendar
from obligations.deadlines import Deadline, days_after, days_late
from obligations.duties.breach_notices import BreachNotice, breach_notices, mended, termination_after
from obligations.duties.duty_deeds import Done, Share
from obligations.duties.happenings import done_on, named
from obligations.facts import Fact
from obligations.matching import belongs
from obligations.model import AsOf, Assessment, Obligation, Occurrence, Outcome
from obligations.quantities import Quantity
from obligations.risk import due_soon
from obligations.terms.duties import CurePeriod
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import allowance_text, count_text, day_quantity, days_quantity


@dataclass(frozen=True)
class _Case:
    """One breach: its notice, the last day to mend it or what is missing to tell it, what is on record."""

    breach: BreachNotice
    terms: CurePeriod
    due: Deadline | str
    share: Share
    zone: tzinfo
    watched: bool

    @property
    def who(self) -> str:
        return "we" if self.breach.ours else "the other side"

    @property
    def calendar(self) -> Calendar | None:
        return self.terms.calendar if self.terms.clock == "business" else None

    @property
    def name(self) -> str:
        return self.breach.notice.subject or "the breach"


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each notice of a breach that the clause is for."""
    zone = zone_of(obligation, obligation.terms[-1].terms, at)
    noticed = breach_notices(obligation, facts, at, zone)
    shares = mended(obligation, facts, at, zone, noticed)
    found = []
    for breach in noticed:
        terms = breach.dated.terms
        if not isinstance(terms, CurePeriod):
            continue
        watched = observed_from is not None and observed_from <= breach.notice.sent_on
        share = shares[breach.happening.key]
        case = _Case(breach, terms, _due(terms, breach, zone), share, zone, watched)
        found.append(_assess(Trail(obligation, at), case, facts))
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _due(terms: CurePeriod, breach: BreachNotice, zone: tzinfo) -> Deadline | str:
    if terms.within is None:
        return "the time to cure that the text gives"
    if terms.clock == "business" and terms.calendar is None:
        return "the calendar of the business days"
    if breach.happening.on is None:
        return breach.happening.lacking
    calendar = terms.calendar if terms.clock == "business" else None
    on = days_after(breach.happening.on, terms.within, calendar)
    return Deadline(on, zone, None, terms.due == "before")


def _assess(trail: Trail, case: _Case, facts: Sequence[Fact]) -> Assessment:
    terms, happening = case.terms, case.breach.happening
    length = allowance_text(terms.within, terms.clock == "business") if terms.within else "a time left open"
    which = f" of {terms.breach}" if terms.breach else ""
    trail.terms(case.breach.dated, f"A breach{which} is to be mended within {length} after notice of it.")
    trail.note("notice", f"{happening.says}.", (happening.source,))
    return trail.conclude(_occurrence(trail, case), _found(trail, case, facts))


def _found(trail: Trail, case: _Case, facts: Sequence[Fact]) -> Finding:
    happening = case.breach.happening
    if happening.withdrawn_on is not None:
        summary = f"The notice of {case.name} was withdrawn on {happening.withdrawn_on}; no time runs."
        return Finding(Outcome.NOT_APPLICABLE, summary)
    if isinstance(case.due, str):
        return undetermined(
            f"Until when {case.name} must be mended cannot be told without {case.due}.", case.due
        )
    trail.note("due", f"Counted from {happening.on}: to be mended by {case.due.text}.")
    if not happening.sure:
        missing = f"under which contract {named(happening.source)} falls"
        return undetermined(f"{case.name}: the notice may fall under another contract.", missing)
    sure = [d for d in case.share.sure if belongs(trail.obligation, d[0]) == "yes" or not d[0].party]
    doubtful = [*(d for d in case.share.sure if d not in sure), *case.share.doubtful]
    for fact, deed in (*sure, *doubtful):
        proof = f", by {deed.evidence}" if deed.evidence else ""
        trail.note("mended", f"Mended on {done_on(deed, case.zone)}{proof}.", (fact.source,))
    finding = _mended(case, case.due, sure[0]) if sure else _open(trail, case, case.due, doubtful)
    return _with_termination(trail, case, facts, finding)


def _mended(case: _Case, due: Deadline, done: Done) -> Finding:
    on = done_on(done[1], case.zone)
    target, measured = day_quantity(due.on), day_quantity(on)
    margin = days_quantity(-days_late(due.on, on, case.calendar), case.calendar is not None)
    if due.kept_on(on):
        summary = (
            f"{case.name}: {case.who} mended it on {on}, in time (by {due.text}); no right to terminate."
        )
        return Finding(Outcome.MET, summary, target, measured, margin)
    late = count_text((on - due.on).days, "day")
    summary = f"{case.name}: {case.who} mended it on {on}, {late} late; {_right(case, due)}."
    return Finding(Outcome.BREACHED, summary, target, measured, margin)


def _open(trail: Trail, case: _Case, due: Deadline, doubtful: Sequence[Done]) -> Finding:
    now = trail.at.as_of
    today = now.astimezone(case.zone).date()
    target: Quantity = day_quantity(due.on)
    left = -days_late(due.on, today, case.calendar)
    margin = days_quantity(left, case.calendar is not None)
    if not due.passed(now):
        soon = due_soon(now, due.instant)
        verb = "have" if case.breach.ours else "has"
        summary = f"{case.name}: {case.who} {verb} until {due.text} to mend it; not mended yet."
        return Finding(Outcome.AT_RISK if soon else Outcome.PENDING, summary, target, margin=margin)
    timely = [d for d in doubtful if due.kept_on(done_on(d[1], case.zone))]
    if timely:
        missing = f"which breach {named(timely[0][0].source)} mended"
        return undetermined(
            f"{case.name}: whether it was mended by {due.text} is not known.", missing, target=target
        )
    if not case.watched:
        missing = f"whether {case.name} was mended by {due.text}"
        return undetermined(
            f"{case.name}: nothing tells whether it was mended by {due.text}.", missing, target=target
        )
    summary = f"{case.name}: {case.who} did not mend it by {due.text}; {_right(case, due)}."
    return Finding(Outcome.BREACHED, summary, target, margin=margin)


def _right(case: _Case, due: Deadline) -> str:
    holder = "the other side" if case.breach.ours else "we"
    return f"{holder} may terminate since {due.text} has passed"


def _with_termination(trail: Trail, case: _Case, facts: Sequence[Fact], finding: Finding) -> Finding:
    """Note a notice of termination that followed, and whether it came before the time had ended."""
    followed = termination_after(trail.obligation, facts, trail.at, case.zone, case.breach)
    if followed is None or not isinstance(case.due, Deadline):
        return finding
    fact, notice = followed
    early = "before the time to cure had ended" if notice.sent_on <= case.due.on else "after it had ended"
    trail.note("termination", f"Notice of termination sent {notice.sent_on}, {early}.", (fact.source,))
    return finding


def _occurrence(trail: Trail, case: _Case) -> Occurrence:
    happening, due = case.breach.happening, case.due
    counted = happening.on or case.breach.notice.sent_on
    return Occurrence(
        key=happening.key,
        label=f"Time to mend: {case.name}",
        starts_at=datetime.combine(counted, time(), case.zone),
        due_at=due.instant if isinstance(due, Deadline) else None,
        counts_on=due.on if isinstance(due, Deadline) else counted,
    )
