"""The reports that are due: one for each period, one for each event or request, or one in all; and which of
the reports received is which."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta, tzinfo

from obligations.calendars import Calendar
from obligations.deadlines import Deadline, days_after
from obligations.duties.duty_deeds import Share, after_triggers
from obligations.duties.happenings import Happening, due_of, triggers
from obligations.duties.report_dates import clock_starts, report_due
from obligations.facts import Deed, Fact, ReportReceived
from obligations.fiscal import fiscal_containing, fiscal_words
from obligations.matching import belongs, records, same_report
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.periods import RECURRING, Period, period
from obligations.terms import Reporting
from obligations.trail import zone_of

_DAY = timedelta(days=1)
_FISCAL = re.compile(r"^FY\d{4}(-([PQH]\d+))?$")
Received = tuple[Fact, ReportReceived]


@dataclass(frozen=True)
class ReportCase:
    """One report that is due; `key` and `words` name it. `period` is None for a report due once or after a
    `trigger`. `soonest` is the earliest deadline it can have, where that is not the latest."""

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
    trigger: Happening | None = None
    soonest: Deadline | None = None

    @property
    def name(self) -> str:
        return self.terms.report or "report"

    @property
    def title(self) -> str:
        """The report with what it is on: "The monthly service report for October 2026"."""
        if self.period is not None:
            return f"The {self.name} for {self.words}"
        return f"The {self.name} {self.words}" if self.trigger is not None else f"The {self.name}"

    @property
    def calendar(self) -> Calendar | None:
        return self.terms.calendar if self.terms.clock == "business" else None


def arrived(obligation: Obligation, facts: Sequence[Fact], at: AsOf) -> list[Received]:
    """The reports received by the instant judged."""
    return [
        (fact, report)
        for fact, report in records(obligation, facts, at.known_at, ReportReceived)
        if report.received_at.astimezone(UTC) <= at.as_of.astimezone(UTC)
    ]


def on_periods(
    obligation: Obligation, at: AsOf, received: Sequence[Received], observed_from: date | None
) -> Iterator[ReportCase]:
    """One case for each period from the first observed one to the current one, in turn for each cadence that
    the terms have had."""
    stated = [d.terms for d in obligation.terms if isinstance(d.terms, Reporting) and not d.deleted]
    cadences = dict.fromkeys((t.every, t.fiscal) for t in stated if t.every in RECURRING)
    for every, fiscal in cadences:
        newest = [t for t in stated if (t.every, t.fiscal) == (every, fiscal)][-1]
        yield from _on_periods(obligation, at, (newest, received), observed_from)


def _on_periods(
    obligation: Obligation,
    at: AsOf,
    held: tuple[Reporting, Sequence[Received]],
    observed_from: date | None,
) -> Iterator[ReportCase]:
    terms, received = held
    zone = zone_of(obligation, terms, at)
    today = at.as_of.astimezone(zone).date()
    watched = observed_from is not None or bool(received)
    day = _first(obligation, terms, received, observed_from, today)
    until = min(today, _last_day(obligation, terms) or today)
    while day <= until:
        reported = fiscal_containing(terms.every or "month", day, terms.fiscal)
        day = reported.end + _DAY
        dated = _in_force(obligation, terms, reported)
        if dated is None or not isinstance(dated.terms, Reporting):
            continue
        matching = [r for r in received if same_report(dated.terms.report, r[1].report)]
        sure = [r for r in matching if _covers(r[1], reported) and belongs(obligation, r[0]) == "yes"]
        unclear = [r for r in matching if _may_cover(r[1], reported) and r not in sure]
        yield ReportCase(
            key=reported.label,
            words=fiscal_words(reported),
            dated=dated,
            terms=dated.terms,
            due=report_due(dated.terms, reported, zone),
            period=reported,
            zone=zone,
            watched=watched,
            received=in_order(sure),
            unclear=tuple(unclear),
        )


def _in_force(obligation: Obligation, cadence: Reporting, reported: Period) -> DatedTerms | None:
    """The terms for the report on a period: those in force when its time begins. What periods there are is
    told by the terms of a period's last day, so that none is reported on twice where the cadence changes."""
    begins = obligation.in_force(clock_starts(cadence, reported))
    told_by = obligation.in_force(reported.end) or begins
    if begins is None or told_by is None or not _same_cadence(told_by, cadence):
        return None
    return begins if _same_cadence(begins, cadence) else told_by


def _same_cadence(dated: DatedTerms, cadence: Reporting) -> bool:
    terms = dated.terms
    return isinstance(terms, Reporting) and (terms.every, terms.fiscal) == (cadence.every, cadence.fiscal)


def in_order(received: Sequence[Received]) -> tuple[Received, ...]:
    return tuple(sorted(received, key=lambda r: (r[1].received_at.astimezone(UTC), r[0].id)))


def _last_day(obligation: Obligation, terms: Reporting) -> date | None:
    """The last day on which a period can begin that is reported on."""
    days = (terms.ends_on, obligation.ends_on, terms.until)
    return min((day for day in days if day is not None), default=None)


def _first(
    obligation: Obligation,
    terms: Reporting,
    received: Sequence[Received],
    observed_from: date | None,
    today: date,
) -> date:
    """A day of the first period to assess."""
    starts_on = terms.starts_on or obligation.starts_on or date.min
    if observed_from is not None:
        return max(observed_from, starts_on)
    every = terms.every or "month"
    named = [
        covered.start
        for _, report in received
        if same_report(terms.report, report.report) and (covered := period(report.period)) is not None
    ]
    last = fiscal_containing(every, today, terms.fiscal).start - _DAY
    return max(min(named, default=last), starts_on)


def _covers(report: ReportReceived, reported: Period) -> bool:
    """Whether a report is on a period: by its label, by its days, or by a day that lies in the period."""
    if report.period.strip().upper() == reported.label:
        return True
    named = period(report.period)
    if named is None:
        return False
    same = (named.start, named.end) == (reported.start, reported.end)
    return same or (named.start == named.end and named.start in reported)


def _may_cover(report: ReportReceived, reported: Period) -> bool:
    """Whether it may be: its period is not readable, and it came after the period began."""
    readable = period(report.period) is not None or _FISCAL.match(report.period.strip().upper())
    return _covers(report, reported) or (not readable and report.received_at.date() >= reported.start)


def after_happenings(
    obligation: Obligation,
    facts: Sequence[Fact],
    at: AsOf,
    received: Sequence[Received],
    observed_from: date | None,
) -> Iterator[ReportCase]:
    """One case for each event or request that the terms name."""
    for dated in obligation.terms:
        terms = dated.terms
        if not isinstance(terms, Reporting) or terms.trigger is None or dated.deleted:
            continue
        zone = zone_of(obligation, terms, at)
        begins = terms.starts_on or obligation.starts_on or date.min
        last = _last_day(obligation, terms) or date.max
        happened = [
            h
            for h in triggers(obligation, facts, at, zone, terms.trigger)
            if h.on is None or (obligation.in_force(h.on) is dated and begins <= h.on <= last)
        ]
        named = {r[0].id: r for r in received if same_report(terms.report, r[1].report)}
        shares = after_triggers(happened, [_as_deed(r, happened) for r in named.values()], zone)
        for trigger in happened:
            yield _after(obligation, dated, trigger, (shares[trigger.key], named), zone, observed_from)


def _as_deed(received: Received, happened: Sequence[Happening]) -> tuple[Fact, Deed]:
    """A report as the deed that answers a trigger: the one it is filed under, by name or by day."""
    fact, report = received
    filed = [h.key for h in happened if report.period in (h.key, h.on.isoformat() if h.on else "")]
    on = report.received_at.date()
    occurrence = filed[0] if len(filed) == 1 else ""
    return fact, Deed(of=report.report, occurrence=occurrence, done_on=on, done_at=report.received_at)


def _after(
    obligation: Obligation,
    dated: DatedTerms,
    trigger: Happening,
    held: tuple[Share, dict[str, Received]],
    zone: tzinfo,
    observed_from: date | None,
) -> ReportCase:
    terms = dated.terms
    assert isinstance(terms, Reporting)
    share, received = held
    own = [received[fact.id] for fact, _ in share.sure]
    sure = [r for r in own if belongs(obligation, r[0]) == "yes"] if trigger.sure else []
    doubtful = [*(received[fact.id] for fact, _ in share.doubtful), *(r for r in own if r not in sure)]
    due, soonest = due_of(trigger, terms, zone)
    return ReportCase(
        key=trigger.key,
        words=f"after {trigger.says}",
        dated=dated,
        terms=terms,
        due=due,
        period=None,
        zone=zone,
        watched=observed_from is not None and (trigger.on is None or observed_from <= trigger.on),
        received=in_order(sure),
        unclear=tuple(doubtful),
        trigger=trigger,
        soonest=soonest,
    )


def once(
    obligation: Obligation, at: AsOf, received: Sequence[Received], observed_from: date | None
) -> Iterator[ReportCase]:
    """A report due once, by what was agreed last up to the day on which it was due until then."""
    held: ReportCase | None = None
    for dated in obligation.terms:
        due = held.due if held is not None else None
        if isinstance(due, Deadline) and dated.from_on is not None and dated.from_on > due.on:
            break
        stated = isinstance(dated.terms, Reporting) and dated.terms.every == "once" and not dated.deleted
        held = _once(obligation, dated, at, received, observed_from) if stated else None
    if held is not None:
        yield held


def _once(
    obligation: Obligation,
    dated: DatedTerms,
    at: AsOf,
    received: Sequence[Received],
    observed_from: date | None,
) -> ReportCase:
    terms = dated.terms
    assert isinstance(terms, Reporting)
    zone = zone_of(obligation, terms, at)
    own = [r for r in received if same_report(terms.report, r[1].report)]
    sure = [r for r in own if belongs(obligation, r[0]) == "yes"]
    return ReportCase(
        key="once",
        words="its one time",
        dated=dated,
        terms=terms,
        due=_once_due(obligation, terms, zone),
        period=None,
        zone=zone,
        watched=observed_from is not None or bool(received),
        received=in_order(sure),
        unclear=tuple(r for r in own if r not in sure),
    )


def _once_due(obligation: Obligation, terms: Reporting, zone: tzinfo) -> Deadline | str:
    """Counted from the start of the contract."""
    starts_on = terms.starts_on or obligation.starts_on
    if terms.within is None:
        return "the day by which it is due"
    if terms.clock == "business" and terms.calendar is None:
        return "the calendar of the business days"
    if starts_on is None:
        return "the day from which it is counted"
    calendar = terms.calendar if terms.clock == "business" else None
    return Deadline(days_after(starts_on, terms.within, calendar), zone, terms.at, terms.due == "before")
