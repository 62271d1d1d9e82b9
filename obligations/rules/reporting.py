"""Reporting: a report on each period arrives by its due day.

The first report on a period that arrived counts; later ones are taken as revisions. A period is assessed
from the observed time on if it had not ended when observation began.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from obligations.calendars import Calendar
from obligations.deadlines import Deadline, days_after, days_late
from obligations.facts import Fact, ReportReceived
from obligations.matching import belongs, records, same_report
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.periods import RECURRING, Period, containing, period
from obligations.quantities import Quantity
from obligations.report_dates import clock_starts, due_words, report_due
from obligations.risk import due_soon
from obligations.terms import Reporting
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import count_text, days_quantity, instant_text

_DAY = timedelta(days=1)
Received = tuple[Fact, ReportReceived]


@dataclass(frozen=True)
class _Case:
    """The report on one period; `key` and `words` name it. `period` is None for a report due once."""

    key: str
    words: str
    dated: DatedTerms
    terms: Reporting
    due: Deadline | str
    period: Period | None
    zone: tzinfo
    watched: bool
    received: tuple[Received, ...] = ()
    unclear: tuple[Received, ...] = field(default=())

    @property
    def name(self) -> str:
        return self.terms.report or "report"

    @property
    def title(self) -> str:
        """The report with its period: "The monthly service report for October 2026"."""
        return f"The {self.name} for {self.words}" if self.period else f"The {self.name}"

    @property
    def calendar(self) -> Calendar | None:
        return self.terms.calendar if self.terms.clock == "business" else None


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period from the first observed one to the current one."""
    terms = obligation.terms[-1].terms
    if not isinstance(terms, Reporting) or terms.every in ("event", "request"):
        return ()
    arrived = [
        (fact, report)
        for fact, report in records(obligation, facts, at.known_at, ReportReceived)
        if report.received_at.astimezone(UTC) <= at.as_of.astimezone(UTC)
    ]
    watched = observed_from is not None or bool(arrived)
    if terms.every is None:
        return (_unscheduled(obligation, terms, at),)
    if terms.every == "once":
        return _once(obligation, at, arrived, watched)
    return tuple(
        _assess(Trail(obligation, at), case)
        for case in _cases(obligation, at, arrived, (observed_from, watched))
    )


def _cases(
    obligation: Obligation, at: AsOf, arrived: Sequence[Received], observed: tuple[date | None, bool]
) -> Iterator[_Case]:
    terms = obligation.terms[-1].terms
    assert isinstance(terms, Reporting)
    zone = zone_of(obligation, terms, at)
    today = at.as_of.astimezone(zone).date()
    day = _first(obligation, terms, arrived, observed[0], today)
    ends_on = obligation.ends_on or terms.ends_on or today
    while day <= min(today, ends_on):
        every = terms.every or "month"
        reported = containing(every, day)
        day = reported.end + _DAY
        dated = obligation.in_force(clock_starts(terms, reported))
        if dated is None or not isinstance(dated.terms, Reporting) or dated.terms.every not in RECURRING:
            continue
        matching = [r for r in arrived if same_report(terms.report, r[1].report)]
        sure = [r for r in matching if _covers(r[1], reported) and belongs(obligation, r[0]) == "yes"]
        unclear = [r for r in matching if _may_cover(r[1], reported) and r not in sure]
        yield _Case(
            key=reported.label,
            words=reported.words,
            dated=dated,
            terms=dated.terms,
            due=report_due(dated.terms, reported, zone),
            period=reported,
            zone=zone,
            watched=observed[1],
            received=tuple(sorted(sure, key=lambda r: (r[1].received_at.astimezone(UTC), r[0].id))),
            unclear=tuple(unclear),
        )


def _first(
    obligation: Obligation,
    terms: Reporting,
    arrived: Sequence[Received],
    observed_from: date | None,
    today: date,
) -> date:
    """A day of the first period to assess."""
    starts_on = terms.starts_on or obligation.starts_on or date.min
    if observed_from is not None:
        return max(observed_from, starts_on)
    named = [
        covered.start
        for _, report in arrived
        if same_report(terms.report, report.report) and (covered := period(report.period)) is not None
    ]
    every = terms.every or "month"
    return max(min(named, default=containing(every, today).start - _DAY), starts_on)


def _covers(report: ReportReceived, reported: Period) -> bool:
    """Whether a report is on a period: by its label, or by a day that lies in the period."""
    named = period(report.period)
    if named is None:
        return False
    return named == reported or (named.start == named.end and named.start in reported)


def _may_cover(report: ReportReceived, reported: Period) -> bool:
    """Whether it may be: its period is not readable, and it came after the period began."""
    return _covers(report, reported) or (
        period(report.period) is None and report.received_at.date() >= reported.start
    )


def _assess(trail: Trail, case: _Case) -> Assessment:
    trail.terms(case.dated, f"The {case.name} is due {due_words(case.terms)}.")
    for number, (fact, report) in enumerate(case.received):
        revision = ", a revision" if number else ""
        text = f"{report.report} for {report.period} received {instant_text(report.received_at, case.zone)}"
        trail.note("received", f"{text}{revision}.", (fact.source,))
    if isinstance(case.due, str):
        finding = undetermined(f"{case.title} cannot be judged without {case.due}.", case.due)
        return trail.conclude(_occurrence(case), finding)
    trail.note("due", f"Due {case.due.text}, {case.zone}.")
    finding = _received(case, case.due) if case.received else _absent(trail, case, case.due)
    return trail.conclude(_occurrence(case), finding)


def _received(case: _Case, due: Deadline) -> Finding:
    received_at = case.received[0][1].received_at
    on = received_at.astimezone(case.zone).date()
    kept = due.kept_by(received_at)
    when = instant_text(received_at, case.zone)
    verdict = "in time" if kept else f"{_late(case, due, on)} late"
    return Finding(
        Outcome.MET if kept else Outcome.BREACHED,
        f"{case.title} was due {due.text} and was received {when}: {verdict}.",
        target=Quantity(unit="date", text=due.text),
        measured=Quantity(unit="date", text=when),
        margin=days_quantity(-days_late(due.on, on, case.calendar), case.calendar is not None),
    )


def _absent(trail: Trail, case: _Case, due: Deadline) -> Finding:
    now = trail.at.as_of
    target = Quantity(unit="date", text=due.text)
    margin = days_quantity(
        -days_late(due.on, now.astimezone(case.zone).date(), case.calendar), case.calendar is not None
    )
    if case.unclear:
        names = ", ".join(fact.source.label or fact.source.record for fact, _ in case.unclear)
        trail.note("received", f"May be on this period: {names}.", tuple(f.source for f, _ in case.unclear))
        if due.passed(now):
            return undetermined(f"{case.title} may be {names}.", f"what {names} reports on", target=target)
    if not due.passed(now):
        soon = due_soon(now, due.instant)
        summary = f"{case.title} is due {due.text}; not received yet."
        return Finding(Outcome.AT_RISK if soon else Outcome.PENDING, summary, target, margin=margin)
    if not case.watched:
        missing = f"records of reports received ({case.name}, {case.words})"
        summary = f"{case.title} was due {due.text}; nothing tells whether it came."
        return undetermined(summary, missing, target=target)
    late = _late(case, due, now.astimezone(case.zone).date())
    summary = f"{case.title} was due {due.text} and has not been received: {late} overdue."
    return Finding(Outcome.BREACHED, summary, target, margin=margin)


def _late(case: _Case, due: Deadline, on: date) -> str:
    """By how much a day is after the due day, in the days that the terms count; a weekend after the due day
    has no business day, so it is told in days."""
    business = days_late(due.on, on, case.calendar) if case.calendar else 0
    if business:
        return count_text(business, "business day")
    return count_text((on - due.on).days, "day") if on != due.on else "on its day but"


def _once(
    obligation: Obligation, at: AsOf, arrived: Sequence[Received], watched: bool
) -> tuple[Assessment, ...]:
    """A report due once, counted from the start of the contract."""
    dated = obligation.terms[-1]
    terms = dated.terms
    assert isinstance(terms, Reporting)
    zone = zone_of(obligation, terms, at)
    starts_on = terms.starts_on or obligation.starts_on
    calendar = terms.calendar if terms.clock == "business" else None
    due: Deadline | str = "the day from which it is counted"
    if starts_on is not None and terms.within is not None:
        due = Deadline(days_after(starts_on, terms.within, calendar), zone, terms.at, terms.due == "before")
    if terms.clock == "business" and terms.calendar is None:
        due = "the calendar of the business days"
    received = tuple(r for r in arrived if same_report(terms.report, r[1].report))
    case = _Case("once", "its one time", dated, terms, due, None, zone, watched, received)
    return (_assess(Trail(obligation, at), case),)


def _unscheduled(obligation: Obligation, terms: Reporting, at: AsOf) -> Assessment:
    trail = Trail(obligation, at)
    name = terms.report or "report"
    trail.terms(obligation.terms[-1], f"The {name} is due {due_words(terms)}.")
    missing = f"how often the {name} is due"
    today = at.as_of.astimezone(zone_of(obligation, terms, at)).date()
    occurrence = Occurrence(key="unscheduled", label=f"{name}, no schedule stated", counts_on=today)
    return trail.conclude(occurrence, undetermined(f"The text does not state {missing}.", missing))


def _occurrence(case: _Case) -> Occurrence:
    due = case.due if isinstance(case.due, Deadline) else None
    starts_at = None
    if case.period is not None:
        starts_at = datetime.combine(case.period.start, time(), case.zone)
    fallback = case.period.end if case.period is not None else date.min
    return Occurrence(
        key=case.key,
        label=f"{case.name}, {case.words}" if case.period else case.name,
        starts_at=starts_at,
        due_at=due.instant if due else None,
        counts_on=due.on if due else fallback,
    )
