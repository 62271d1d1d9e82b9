"""Reporting: a report on each period arrives by its due day.

The first report on a period that arrived counts; later ones are taken as revisions. A period is assessed
from the observed time on if it had not ended when observation began.
"""

from collections.abc import Sequence
from datetime import date, datetime, time

from obligations.deadlines import Deadline, days_late
from obligations.duties.happenings import named
from obligations.duties.report_cases import ReportCase, after_happenings, arrived, on_periods, once
from obligations.duties.report_dates import due_words
from obligations.facts import Fact
from obligations.matching import belongs
from obligations.model import AsOf, Assessment, Obligation, Occurrence, Outcome
from obligations.quantities import Quantity
from obligations.risk import due_soon
from obligations.terms import Reporting
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import count_text, days_quantity, instant_text


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period from the first observed one to the current one, and for each event or
    request that the terms name."""
    terms = obligation.terms[-1].terms
    if not isinstance(terms, Reporting):
        return ()
    received = arrived(obligation, facts, at)
    cases = [
        *on_periods(obligation, at, received, observed_from),
        *after_happenings(obligation, facts, at, received, observed_from),
        *once(obligation, at, received, observed_from),
    ]
    found = [_assess(Trail(obligation, at), case) for case in cases]
    if terms.every in (None, "event", "request") and terms.trigger is None:
        found += _unscheduled(obligation, terms, at)
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _assess(trail: Trail, case: ReportCase) -> Assessment:
    trail.terms(case.dated, f"The {case.name} is due {due_words(case.terms)}.")
    if case.trigger is not None:
        trail.note("trigger", f"{case.trigger.says}.", (case.trigger.source,))
    for number, (fact, report) in enumerate(case.received):
        revision = ", a revision" if number else ""
        text = f"{report.report} for {report.period} received {instant_text(report.received_at, case.zone)}"
        trail.note("received", f"{text}{revision}.", (fact.source,))
    if isinstance(case.due, str):
        finding = undetermined(f"{case.title} cannot be judged without {case.due}.", case.due)
        return trail.conclude(_occurrence(trail, case), finding)
    trail.note("due", f"Due {case.due.text}, {case.zone}.")
    if case.trigger is not None and case.trigger.withdrawn_on is not None:
        summary = f"{case.title} is not owed: withdrawn on {case.trigger.withdrawn_on}."
        return trail.conclude(_occurrence(trail, case), Finding(Outcome.NOT_APPLICABLE, summary))
    finding = _received(case, case.due) if case.received else _absent(trail, case, case.due)
    return trail.conclude(_occurrence(trail, case), finding)


def _received(case: ReportCase, due: Deadline) -> Finding:
    received_at = case.received[0][1].received_at
    on = received_at.astimezone(case.zone).date()
    kept = due.kept_by(received_at)
    when = instant_text(received_at, case.zone)
    if case.trigger is not None and case.soonest is not None and case.soonest.kept_by(received_at) != kept:
        summary = f"{case.title} was received {when}; whether that was in time hangs on the hour."
        missing = f"the hour of {named(case.trigger.source)}"
        return undetermined(summary, missing, target=Quantity(unit="date", text=due.text))
    verdict = "in time" if kept else f"{_late(case, due, on)} late"
    return Finding(
        Outcome.MET if kept else Outcome.BREACHED,
        f"{case.title} was due {due.text} and was received {when}: {verdict}.",
        target=Quantity(unit="date", text=due.text),
        measured=Quantity(unit="date", text=when),
        margin=days_quantity(-days_late(due.on, on, case.calendar), case.calendar is not None),
    )


def _absent(trail: Trail, case: ReportCase, due: Deadline) -> Finding:
    now = trail.at.as_of
    target = Quantity(unit="date", text=due.text)
    margin = days_quantity(
        -days_late(due.on, now.astimezone(case.zone).date(), case.calendar), case.calendar is not None
    )
    if case.trigger is not None and not case.trigger.sure:
        missing = f"under which contract {named(case.trigger.source)} falls"
        return undetermined(f"{case.title} may be owed under another contract.", missing, target=target)
    if case.unclear:
        names = ", ".join(named(fact.source) for fact, _ in case.unclear)
        what = "on this period" if case.period is not None else "the report"
        trail.note("received", f"May be {what}: {names}.", tuple(f.source for f, _ in case.unclear))
        if due.passed(now):
            missing = _unclear(trail.obligation, case)
            return undetermined(f"{case.title} may be {names}.", missing, target=target)
    if not due.passed(now):
        soon = due_soon(now, (case.soonest or due).instant)
        summary = f"{case.title} is due {due.text}; not received yet."
        return Finding(Outcome.AT_RISK if soon else Outcome.PENDING, summary, target, margin=margin)
    if not case.watched:
        missing = f"records of reports received ({case.name}, {case.words})"
        summary = f"{case.title} was due {due.text}; nothing tells whether it came."
        return undetermined(summary, missing, target=target)
    late = _late(case, due, now.astimezone(case.zone).date())
    summary = f"{case.title} was due {due.text} and has not been received: {late} overdue."
    return Finding(Outcome.BREACHED, summary, target, margin=margin)


def _unclear(obligation: Obligation, case: ReportCase) -> str:
    """What must be known of the reports that may be the one that is due."""
    elsewhere = [named(fact.source) for fact, _ in case.unclear if belongs(obligation, fact) != "yes"]
    if elsewhere:
        falls = "falls" if len(elsewhere) == 1 else "fall"
        return f"under which contract {', '.join(elsewhere)} {falls}"
    return f"what {', '.join(named(fact.source) for fact, _ in case.unclear)} reports on"


def _late(case: ReportCase, due: Deadline, on: date) -> str:
    """By how much a day is after the due day, in the days that the terms count; a weekend after the due day
    has no business day, so it is told in days."""
    business = days_late(due.on, on, case.calendar) if case.calendar else 0
    if business:
        return count_text(business, "business day")
    return count_text((on - due.on).days, "day") if on != due.on else "on its day but"


def _unscheduled(obligation: Obligation, terms: Reporting, at: AsOf) -> tuple[Assessment, ...]:
    """A report of which the terms do not say how often it is due, or on what event or request."""
    zone = zone_of(obligation, terms, at)
    today = at.as_of.astimezone(zone).date()
    if obligation.in_force(today) is None and obligation.deleted_by(today) is not None:
        return ()
    trail = Trail(obligation, at)
    name = terms.report or "report"
    lacking, summary = f"how often the {name} is due", f"The text does not state how often the {name} is due."
    if terms.every is not None:
        lacking = f"the {terms.every} that the {name} is on"
        summary = (
            f"The {name} is due on each {terms.every}; the terms do not name which, so none can be found."
        )
    trail.terms(obligation.terms[-1], f"The {name} is due {due_words(terms)}.")
    occurrence = Occurrence(key="unscheduled", label=f"{name}, no schedule stated", counts_on=today)
    return (trail.conclude(occurrence, undetermined(summary, lacking)),)


def _occurrence(trail: Trail, case: ReportCase) -> Occurrence:
    """A report whose day cannot be told counts on the last day of its period, or on the day judged."""
    due = case.due if isinstance(case.due, Deadline) else None
    starts_at = None
    if case.period is not None:
        starts_at = datetime.combine(case.period.start, time(), case.zone)
    today = trail.at.as_of.astimezone(case.zone).date()
    fallback = case.period.end if case.period is not None else today
    if case.trigger is not None and case.trigger.on is not None:
        fallback = case.trigger.on
        starts_at = datetime.combine(case.trigger.on, time(), case.zone)
    return Occurrence(
        key=case.key,
        label=f"{case.name}, {case.words}" if case.key != "once" else case.name,
        starts_at=starts_at,
        due_at=due.instant if due else None,
        counts_on=due.on if due else fallback,
    )
