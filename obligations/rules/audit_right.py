"""Audit right: one side may inspect after notice, the other must let it.

Two kinds of occurrence: the right in each period (used, open, lapsed), which is no duty and never broken; and
each audit announced, which the other side must allow.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo

from obligations.deadlines import Deadline, days_after
from obligations.duties.audits import Announced, Audit, announced, audits
from obligations.duties.happenings import counted_from, named, today_of
from obligations.facts import Fact
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.periods import RECURRING, Period, containing, periods, shift
from obligations.quantities import Quantity
from obligations.terms.duties import AuditRight
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import allowance_text, count_text, day_quantity

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Seen:
    """The clause on the day judged with the audits on record."""

    dated: DatedTerms
    terms: AuditRight
    zone: tzinfo
    today: date
    held: tuple[Audit, ...]
    watched_from: date | None

    def used(self, within: Period) -> list[Audit]:
        return [a for a in self.held if a.sure and not a.refused and a.on in within]

    @property
    def business(self) -> bool:
        return self.terms.clock == "business"


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment of the right in each period (or once), and one for each audit announced."""
    zone = zone_of(obligation, obligation.terms[-1].terms, at)
    today = today_of(at, zone)
    dated = obligation.said(today) or obligation.terms[0]
    terms = dated.terms
    if not isinstance(terms, AuditRight):
        return ()
    held = audits(obligation, facts, at, zone, terms)
    seen = _Seen(dated, terms, zone, today, tuple(held), observed_from)
    told = announced(obligation, facts, at, zone, held)
    told = [each for each in told if obligation.deleted_by(each.notice.sent_on) is None]
    open_in = [] if dated.deleted else _periods(obligation, seen)
    found = [_right(Trail(obligation, at), seen, period) for period in open_in]
    found += [_allowed(Trail(obligation, at), _when_told(obligation, seen, each), each) for each in told]
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _when_told(obligation: Obligation, seen: _Seen, told: Announced) -> _Seen:
    """The clause in force on the day an audit was announced."""
    dated = obligation.in_force(told.notice.sent_on)
    if dated is None or not isinstance(dated.terms, AuditRight):
        return seen
    return replace(seen, dated=dated, terms=dated.terms)


def _periods(obligation: Obligation, seen: _Seen) -> Iterator[Period | None]:
    """The periods from the first observed one, or the first with an audit, to the current one."""
    every = seen.terms.every
    if every not in RECURRING:
        yield None
        return
    last = _last_day(obligation, seen.terms)
    first = min((seen.watched_from or seen.today, *(a.on for a in seen.held)))
    first = max(first, obligation.starts_on or first)
    yield from periods(every, first, min(seen.today, last or seen.today))


def _last_day(obligation: Obligation, terms: AuditRight) -> date | None:
    ends = obligation.ends_on
    return shift(ends, terms.survives) if ends is not None and terms.survives is not None else ends


def _right(trail: Trail, seen: _Seen, period: Period | None) -> Assessment:
    """How often the right was used, when last, and when it can be used next."""
    trail.terms(seen.dated, _promise(seen))
    used = seen.used(period) if period else [a for a in seen.held if a.sure and not a.refused]
    for audit in used:
        trail.note("audit", f"{audit.says}.", (audit.fact.source,))
    end = period.end if period else _last_day(trail.obligation, seen.terms)
    when = f" in {period.words}" if period else ""
    last = max((a.on for a in used), default=None)
    said = f"used {count_text(len(used), 'time')}{when}, last on {last}" if used else f"not used{when}"
    over = end is not None and seen.today > end
    following = "" if over else f"; {_next(trail, seen, period, len(used))}"
    outcome = Outcome.MET if used else Outcome.NOT_APPLICABLE if over else Outcome.PENDING
    limit = (
        Quantity(value=None, unit="audits", text=count_text(seen.terms.times, "audit")) if period else None
    )
    finding = Finding(outcome, f"The right to audit was {said}{following}.", limit)
    occurrence = Occurrence(
        key=period.label if period else "right",
        label=f"Right to audit{when}",
        starts_at=datetime.combine(period.start, time(), seen.zone) if period else None,
        due_at=Deadline(end, seen.zone).instant if end else None,
        counts_on=end or seen.today,
    )
    return trail.conclude(occurrence, finding)


def _next(trail: Trail, seen: _Seen, period: Period | None, used: int) -> str:
    """When an audit announced now could take place at the earliest."""
    earliest = _earliest(seen, seen.today)
    if isinstance(earliest, str):
        return f"when next cannot be told without {earliest}"
    if period is not None and used >= seen.terms.times:
        earliest = max(earliest, period.end + _DAY)
    last = _last_day(trail.obligation, seen.terms)
    if last is not None and earliest > last:
        return f"an audit announced now would come after the last day, {last}"
    return f"announced now, the next can take place from {earliest} on"


def _earliest(seen: _Seen, given_on: date) -> date | str:
    """The first day of an audit announced on a day, or what is missing to tell it."""
    if seen.terms.notice is None:
        return given_on
    if seen.business and seen.terms.calendar is None:
        return "the calendar of the business days"
    return days_after(given_on, seen.terms.notice, seen.terms.calendar if seen.business else None)


def _allowed(trail: Trail, seen: _Seen, told: Announced) -> Assessment:
    """Whether an audit that was announced was allowed."""
    notice = told.notice
    trail.terms(seen.dated, _promise(seen))
    trail.note("announced", f"Audit announced {notice.sent_on}: {notice.subject}.", (told.fact.source,))
    on, lacking = counted_from(trail.obligation.we_owe, notice, seen.terms.counts_from, seen.today)
    earliest = _earliest(seen, on) if on is not None else lacking
    for audit in (told.held, told.refused):
        if audit is not None:
            trail.note("refused" if audit.refused else "audit", f"{audit.says}.", (audit.fact.source,))
    finding = _verdict(trail, seen, told, earliest)
    day = notice.effective_on or (earliest if isinstance(earliest, date) else notice.sent_on)
    occurrence = Occurrence(
        key=told.key,
        label=f"Audit announced {notice.sent_on}",
        starts_at=datetime.combine(notice.sent_on, time(), seen.zone),
        due_at=Deadline(day, seen.zone).instant,
        counts_on=day,
    )
    return trail.conclude(occurrence, finding)


def _verdict(trail: Trail, seen: _Seen, told: Announced, earliest: date | str) -> Finding:
    notice, name = told.notice, f"The audit announced {told.notice.sent_on}"
    withdrawn = notice.withdrawn_on
    if told.held is not None:
        measured = day_quantity(told.held.on)
        return Finding(Outcome.MET, f"{name} was allowed: {told.held.says}.", measured=measured)
    if withdrawn is not None and withdrawn <= seen.today:
        return Finding(Outcome.NOT_APPLICABLE, f"{name} was withdrawn on {withdrawn}.")
    if isinstance(earliest, str):
        return undetermined(
            f"{name}: from when it must be allowed cannot be told without {earliest}.", earliest
        )
    trail.note("earliest", f"To be allowed from {earliest} on.")
    planned = notice.effective_on or earliest
    if told.refused is not None:
        return _refused(seen, told, told.refused, (planned, earliest))
    if planned >= seen.today:
        return Finding(Outcome.PENDING, f"{name} is to be allowed on {planned}.", day_quantity(planned))
    if seen.watched_from is None or seen.watched_from > notice.sent_on:
        missing = f"whether the audit announced by {told.key} took place"
        return undetermined(f"{name}: nothing tells whether it took place on {planned}.", missing)
    return Finding(Outcome.NOT_APPLICABLE, f"{name} for {planned} did not take place, and none was refused.")


def _refused(seen: _Seen, told: Announced, refusal: Audit, days: tuple[date, date]) -> Finding:
    """A refusal breaks the promise unless the notice was too short or the right was used up."""
    planned, earliest = days
    name = f"The audit announced {told.notice.sent_on}"
    if planned < earliest:
        summary = f"{name} for {planned} was refused; it need not be allowed before {earliest}."
        return Finding(Outcome.NOT_APPLICABLE, summary, day_quantity(earliest))
    every = seen.terms.every
    if every in RECURRING:
        period = containing(every, planned)
        used = [a for a in seen.used(period) if a.on <= refusal.on]
        if len(used) >= seen.terms.times:
            limit = count_text(seen.terms.times, "audit")
            summary = f"{name} was refused; {limit} in {period.words} had been held already."
            return Finding(Outcome.NOT_APPLICABLE, summary, day_quantity(earliest))
    if not (told.sure and refusal.sure):
        doubt = told.fact if not told.sure else refusal.fact
        missing = f"under which contract {named(doubt.source)} falls"
        return undetermined(f"{name} was refused, perhaps under another contract.", missing)
    summary = f"{name} for {planned} was refused: {refusal.says}."
    return Finding(Outcome.BREACHED, summary, day_quantity(earliest), day_quantity(refusal.on))


def _promise(seen: _Seen) -> str:
    terms = seen.terms
    what = f" {terms.what}" if terms.what else ""
    notice = f" on {allowance_text(terms.notice, seen.business)}' notice" if terms.notice else ""
    often = (
        f", at most {count_text(terms.times, 'time')} a {terms.every.replace('_', '-')}"
        if terms.every
        else ""
    )
    limit = often if terms.every in RECURRING else ""
    return f"May be inspected{what}{notice}{limit}."
