"""Duty: something is done by its day, again and again, once, or after something happened; or never happens.

The deed that proves it was done is on record with its day; what a clause makes it hang on (conditions,
materiality, evidence) is looked up among the records too.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from functools import partial

from obligations.deadlines import Deadline, days_late
from obligations.duties import recurrence
from obligations.duties.duty_conditions import not_owed
from obligations.duties.duty_deeds import Done
from obligations.duties.duty_schedule import UNSCHEDULED, DutyCase, Seen, cases, rule_of
from obligations.duties.happenings import done_on, named
from obligations.duties.prohibition import prohibited
from obligations.facts import Fact
from obligations.matching import belongs
from obligations.model import AsOf, Assessment, Obligation, Occurrence, Outcome
from obligations.periods import RECURRING
from obligations.quantities import Quantity
from obligations.risk import due_soon
from obligations.terms.duties import Duty
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import allowance_text, count_text, days_quantity, instant_text


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each due day up to the one that runs, for each trigger, or for the one time."""
    zone = zone_of(obligation, obligation.terms[-1].terms, at)
    seen = Seen(obligation, facts, at, zone, observed_from)
    if obligation.modality == "prohibition":
        return tuple(prohibited(seen))
    found = [_assess(seen, case) for case in cases(seen)]
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _assess(seen: Seen, case: DutyCase) -> Assessment:
    trail = Trail(seen.obligation, seen.at)
    trail.terms(case.dated, _promise(seen.obligation, case))
    if case.trigger is not None:
        trail.note("trigger", f"{case.trigger.says}.", (case.trigger.source,))
    finding = _found(trail, seen, case)
    return trail.conclude(_occurrence(seen, case), finding)


def _found(trail: Trail, seen: Seen, case: DutyCase) -> Finding:
    title = _title(seen.obligation, case)
    owed = not_owed(trail, case, seen, title) if case.key != UNSCHEDULED else None
    if owed is not None and owed.outcome is not Outcome.UNDETERMINED:
        return owed
    if isinstance(case.due, str):
        return undetermined(f"{title} cannot be judged without {case.due}.", case.due)
    _note_due(trail, case, case.due)
    if case.trigger is not None and not case.trigger.sure:
        owed = undetermined(
            f"{title}: {named(case.trigger.source)} may fall under another contract.",
            f"under which contract {named(case.trigger.source)} falls",
        )
    finding = _done_or_not(trail, seen, case, case.due)
    # What is not known to be owed was still kept where it was done in time.
    return finding if owed is None or finding.outcome is Outcome.MET else owed


def _note_due(trail: Trail, case: DutyCase, due: Deadline) -> None:
    trail.note("due", f"Due {due.text}, {case.zone}.")
    if case.soonest is not None:
        says = f"The hour of {case.words.removeprefix('after ')} is not on record: due {case.soonest.text} at"
        trail.note("due", f"{says} the earliest.")


def _done_or_not(trail: Trail, seen: Seen, case: DutyCase, due: Deadline) -> Finding:
    for done in case.share.too_early:
        says = f"{done[1].of} done on {done_on(done[1], case.zone)}, too early to count"
        trail.note("done", f"{says}; the first day is {case.opens_on}.", (done[0].source,))
    sure, doubts = _evident(seen, case)
    for done in [*sure, *(done for done, _ in doubts)]:
        proof = f", proved by {done[1].evidence}" if done[1].evidence else ""
        trail.note("done", f"{done[1].of} done on {_when(done, case)}{proof}.", (done[0].source,))
    if sure:
        return _done(seen, case, due, sure[0])
    absent = _absent(seen, case, due)
    for done, missing in doubts:
        with_it = _done(seen, case, due, done)
        if with_it.outcome is absent.outcome:
            return with_it
        if due.passed(seen.at.as_of):
            title = _title(seen.obligation, case)
            summary = f"{title} was due {due.text}; whether {named(done[0].source)} counts is not known."
            return undetermined(summary, missing, target=absent.target)
    return absent


def _evident(seen: Seen, case: DutyCase) -> tuple[list[Done], list[tuple[Done, str]]]:
    """The deeds that surely count, and those that may, with what is missing of each."""
    sure: list[Done] = []
    doubts: list[tuple[Done, str]] = []
    for done in case.share.sure:
        if case.opens_on is not None and case.key == "once" and done_on(done[1], case.zone) < case.opens_on:
            continue
        if belongs(seen.obligation, done[0]) != "yes":
            doubts.append((done, f"under which contract {named(done[0].source)} falls"))
        elif case.terms.evidence is not None and not done[1].evidence:
            doubts.append((done, f"{case.terms.evidence} for {named(done[0].source)}"))
        else:
            sure.append(done)
    which = [(d, f"which occurrence {named(d[0].source)} is for") for d in case.share.doubtful]
    return sure, [*doubts, *which]


def _done(seen: Seen, case: DutyCase, due: Deadline, done: Done) -> Finding:
    on, title, when = done_on(done[1], case.zone), _title(seen.obligation, case), _when(done, case)
    kept, kept_at_soonest = (_kept(d, done) for d in (due, case.soonest or due))
    target, measured = Quantity(unit="date", text=due.text), Quantity(unit="date", text=when)
    if kept is None or kept_at_soonest is None:
        summary = f"{title} was due {due.text} and was done {when}, at an hour not on record."
        return undetermined(summary, f"the hour of {named(done[0].source)}", target=target)
    if kept != kept_at_soonest and case.trigger is not None:
        summary = f"{title} was done {when}; whether that was in time hangs on the hour."
        return undetermined(summary, f"the hour of {named(case.trigger.source)}", target=target)
    verdict = "in time" if kept else f"{_late(case, due, on)} late"
    return Finding(
        Outcome.MET if kept else Outcome.BREACHED,
        f"{title} was due {due.text} and was done {when}: {verdict}.",
        target,
        measured,
        days_quantity(-days_late(due.on, on, case.calendar), case.calendar is not None),
    )


def _kept(due: Deadline, done: Done) -> bool | None:
    """Whether a deed was in time; None where that hangs on its hour, and the hour is not on record."""
    if done[1].done_at is not None:
        return due.kept_by(done[1].done_at)
    if due.at is None:
        return due.kept_on(done[1].done_on)
    return None if done[1].done_on == due.on else done[1].done_on < due.on


def _absent(seen: Seen, case: DutyCase, due: Deadline) -> Finding:
    now, title = seen.at.as_of, _title(seen.obligation, case)
    target = Quantity(unit="date", text=due.text)
    margin = days_quantity(-days_late(due.on, seen.today, case.calendar), case.calendar is not None)
    if not due.passed(now):
        soonest = case.soonest or due
        outcome = Outcome.AT_RISK if due_soon(now, soonest.instant) else Outcome.PENDING
        return Finding(outcome, f"{title} is due {due.text}; not done yet.", target, margin=margin)
    if not case.watched:
        missing = f"records of {_name(seen.obligation, case.terms)} done"
        return undetermined(
            f"{title} was due {due.text}; nothing tells whether it was done.", missing, target=target
        )
    summary = f"{title} was due {due.text} and has not been done: {_late(case, due, seen.today)} overdue."
    return Finding(Outcome.BREACHED, summary, target, margin=margin)


def _late(case: DutyCase, due: Deadline, on: date) -> str:
    business = days_late(due.on, on, case.calendar) if case.calendar else 0
    if business:
        return count_text(business, "business day")
    return count_text((on - due.on).days, "day") if on != due.on else "on its day but"


def _when(done: Done, case: DutyCase) -> str:
    moment: datetime | None = done[1].done_at
    return instant_text(moment, case.zone) if moment else done[1].done_on.isoformat()


def _name(obligation: Obligation, terms: Duty) -> str:
    return terms.what or obligation.key or "the duty"


def _title(obligation: Obligation, case: DutyCase) -> str:
    name = f"{_name(obligation, case.terms)} {case.words}".strip()
    return f"{name[0].upper()}{name[1:]}"


def _promise(obligation: Obligation, case: DutyCase) -> str:
    terms = case.terms
    says = f"Owed: {_name(obligation, terms)}, {_schedule(obligation, terms)}."
    notes = [
        (terms.after, f"Only after {' and '.join(terms.after)}."),
        (terms.only_if, f"Only if there is {terms.only_if}."),
        (terms.unless, f"Not if there is {terms.unless}."),
        (terms.material, "Only what is material counts."),
        (terms.evidence, f"To be proved by {terms.evidence}."),
        (terms.shared, "Owed by both sides; a deed of either counts."),
        (terms.except_for, f"It leaves out {terms.except_for}."),
        (terms.survives, f"It goes on for {terms.survives.words() if terms.survives else ''} after the end."),
        (terms.survives_for_good, "It goes on after the end of the contract."),
    ]
    return " ".join([says, *(text for stated, text in notes if stated)])


def _schedule(obligation: Obligation, terms: Duty) -> str:
    length = allowance_text(terms.within, terms.clock == "business") if terms.within else "a time not stated"
    if terms.trigger is not None:
        what = terms.trigger.name or f"a notice ({terms.trigger.effect})"
        return f"within {length} after {what}"
    if terms.recurrence is not None or terms.every in RECURRING:
        return recurrence.words(rule_of(obligation, terms))
    if terms.every in ("event", "request"):
        return f"within {length} after each {terms.every}" if terms.within else f"on each {terms.every}"
    if terms.due_on is not None:
        return f"by {terms.due_on}"
    since = f"{' and '.join(terms.after)}" if terms.after else "the start"
    return f"within {length} after {since}"


def _occurrence(seen: Seen, case: DutyCase) -> Occurrence:
    due = case.due if isinstance(case.due, Deadline) else None
    at_midnight = partial(datetime.combine, time=time(), tzinfo=case.zone)
    return Occurrence(
        key=case.key,
        label=_title(seen.obligation, case),
        starts_at=at_midnight(case.begins_on) if case.begins_on else None,
        due_at=due.instant if due else None,
        counts_on=due.on if due else (case.begins_on or seen.today),
    )
