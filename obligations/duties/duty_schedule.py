"""The occurrences of a duty: when each begins, by when it is due, and which deeds are its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from obligations.calendars import Calendar
from obligations.deadlines import Deadline, days_after
from obligations.duties.duty_deeds import Done, Share, Window, after_triggers, shared_out, window_of
from obligations.duties.happenings import Happening, deeds_of, done_on, due_of, today_of, triggers
from obligations.duties.recurrence import due_days, lacking
from obligations.facts import Fact
from obligations.fiscal import fiscal_words
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.periods import MONTHS, RECURRING, Period, add_months, shift
from obligations.quantities import Duration
from obligations.terms.duties import Duty, Recurrence, Trigger

_DAY = timedelta(days=1)
_AT_ONCE = Duration(iso="P0D")
UNSCHEDULED = "unscheduled"
"""The key of what the terms do not let find: no event is named, or a recurrence lacks something."""


@dataclass(frozen=True)
class DutyCase:
    """One occurrence. `words` name it after the duty ("for Q3 2026"); `due` is the latest deadline it can
    have, or what is missing to tell it, `soonest` the earliest where that differs. `begins_on` is the day
    from which its time runs, `opens_on` the first day on which a deed counts."""

    key: str
    words: str
    dated: DatedTerms
    terms: Duty
    due: Deadline | str
    soonest: Deadline | None
    begins_on: date | None
    opens_on: date | None
    zone: tzinfo
    watched: bool
    share: Share
    trigger: Happening | None = None
    period: Period | None = None

    @property
    def calendar(self) -> Calendar | None:
        return self.terms.calendar if self.terms.clock == "business" else None


@dataclass(frozen=True)
class Seen:
    """What is seen of a duty: its records, the instant, the zone, and since when its records are complete."""

    obligation: Obligation
    facts: Sequence[Fact]
    at: AsOf
    zone: tzinfo
    observed_from: date | None

    @property
    def today(self) -> date:
        return today_of(self.at, self.zone)

    def deeds(self, terms: Duty) -> list[Done]:
        """The deeds of the duty by the side that owes it, or by either where it is shared."""
        found = deeds_of(self.obligation, self.facts, self.at, self.zone, self.obligation.key, terms.what)
        return [d for d in found if terms.shared or not self.by_the_other_side(d)]

    def by_the_other_side(self, done: Done) -> bool:
        we_owe = self.obligation.we_owe
        return we_owe is not None and done[1].by == ("counterparty" if we_owe else "us")


def cases(seen: Seen) -> Iterator[DutyCase]:
    """Every occurrence up to the one that runs now, each under the terms in force on the day it begins."""
    for dated in seen.obligation.terms:
        terms = dated.terms
        if not isinstance(terms, Duty) or dated.deleted:
            continue
        for case in _under(seen, dated, terms):
            if _judged_by(seen, case) is dated:
                yield case
    yield from _the_once(seen)


def _under(seen: Seen, dated: DatedTerms, terms: Duty) -> Iterator[DutyCase]:
    if terms.trigger is not None:
        yield from _triggered(seen, dated, terms)
    elif terms.recurrence is not None or terms.every in RECURRING:
        yield from _recurring(seen, dated, terms)
    elif terms.every in ("event", "request"):
        yield _unscheduled(seen, dated, terms, f"the {terms.every} that sets it off")


def _judged_by(seen: Seen, case: DutyCase) -> DatedTerms | None:
    """The terms in force on the day a time begins; where that day is not known, those of the day judged."""
    if case.begins_on is None:
        return seen.obligation.said(seen.today) or seen.obligation.terms[0]
    return seen.obligation.in_force(case.begins_on)


def _unscheduled(seen: Seen, dated: DatedTerms, terms: Duty, missing: str) -> DutyCase:
    """The one case of terms under which no occurrence can be found."""
    return DutyCase(UNSCHEDULED, "", dated, terms, missing, None, None, None, seen.zone, False, Share())


def _the_once(seen: Seen) -> Iterator[DutyCase]:
    """The one time of a duty, by what was agreed last up to the day on which it was due until then."""
    held: DutyCase | None = None
    for dated in seen.obligation.terms:
        due = held.due if held is not None else None
        if isinstance(due, Deadline) and dated.from_on is not None and dated.from_on > due.on:
            break
        terms = dated.terms
        stated = isinstance(terms, Duty) and not dated.deleted and _is_once(terms)
        held = _once(seen, dated, terms) if isinstance(terms, Duty) and stated else None
    if held is not None:
        yield held


def _is_once(terms: Duty) -> bool:
    return terms.trigger is None and terms.recurrence is None and terms.every in (None, "once")


def last_on(obligation: Obligation, terms: Duty) -> date | None:
    """The last day of the duty: the contract's and what it survives; None while there is none."""
    if terms.survives_for_good or obligation.ends_on is None:
        return None
    return shift(obligation.ends_on, terms.survives) if terms.survives is not None else obligation.ends_on


def rule_of(obligation: Obligation, terms: Duty) -> Recurrence:
    """The recurrence of a duty that recurs; without a rule of its own it is due by the end of each period."""
    rule = terms.recurrence
    if rule is None:
        rule = Recurrence.model_validate(
            {"every": terms.every, "within": terms.within or _AT_ONCE, "clock": terms.clock}
        )
    starts_on = rule.starts_on or obligation.starts_on
    return rule.model_copy(update={"starts_on": starts_on})


def _recurring(seen: Seen, dated: DatedTerms, terms: Duty) -> Iterator[DutyCase]:
    rule = rule_of(seen.obligation, terms)
    missing = lacking(rule, terms.calendar)
    if missing:
        yield _unscheduled(seen, dated, terms, missing)
        return
    deeds = seen.deeds(terms)
    since = seen.observed_from or min((done_on(d, seen.zone) for _, d in deeds), default=None)
    windows = _windows(seen, terms, rule, since)
    shares = shared_out(windows, deeds, seen.zone)
    for window in _judged(windows, since, seen.today):
        due = window.due
        yield DutyCase(
            key=window.key,
            words=f"for {fiscal_words(due.period)}" if due.period else f"of {due.nominal}",
            dated=dated,
            terms=terms,
            due=Deadline(due.on, seen.zone, terms.at, terms.due == "before"),
            soonest=None,
            begins_on=due.period.end + _DAY if due.period else window.after + _DAY,
            opens_on=window.opens_on,
            zone=seen.zone,
            watched=since is not None and since <= window.opens_on,
            share=shares[window.key],
            period=due.period,
        )


def _windows(seen: Seen, terms: Duty, rule: Recurrence, since: date | None) -> list[Window]:
    """The windows from some before the first one judged to the first one due on or after the day judged."""
    cycle = MONTHS.get(rule.every, 1) * rule.interval + 2
    today = seen.today
    low = max(add_months(min(since or today, today), -2 * cycle), date.min + _DAY)
    length = rule.within or _AT_ONCE
    last = last_on(seen.obligation, terms)
    dues = [
        due
        for due in due_days(rule, terms.calendar, low, shift(add_months(today, cycle), length))
        if last is None or (due.period.start if due.period else due.nominal) <= last
    ]
    found: list[Window] = []
    # What is due before the start of the series, as where its first day rolls back, can be done on its day.
    before = min(max(rule.starts_on or low, low), *(due.on for due in dues[:1])) - _DAY
    for due in dues:
        found.append(window_of(due, before, terms.early))
        before = due.on
        if due.on >= today:
            break
    return found


def _judged(windows: Sequence[Window], since: date | None, today: date) -> Sequence[Window]:
    """Those due from the first observed day on; without one the last that was due and the one that runs."""
    if since is not None:
        return [w for w in windows if w.due.on >= since]
    passed = [w for w in windows if w.due.on < today]
    return [*passed[-1:], *(w for w in windows if w.due.on >= today)]


def _triggered(seen: Seen, dated: DatedTerms, terms: Duty) -> Iterator[DutyCase]:
    assert terms.trigger is not None
    last = last_on(seen.obligation, terms)
    happened = [
        h
        for h in triggers(seen.obligation, seen.facts, seen.at, seen.zone, terms.trigger)
        if h.on is None or ((last is None or h.on <= last) and h.on >= (seen.obligation.starts_on or h.on))
    ]
    shares = after_triggers(happened, seen.deeds(terms), seen.zone)
    for trigger in happened:
        due, soonest = due_of(trigger, terms, seen.zone)
        yield DutyCase(
            key=trigger.key,
            words=f"after {trigger.says}",
            dated=dated,
            terms=terms,
            due=due,
            soonest=soonest,
            begins_on=trigger.on,
            opens_on=trigger.on,
            zone=seen.zone,
            watched=seen.observed_from is not None
            and (trigger.on is None or seen.observed_from <= trigger.on),
            share=shares[trigger.key],
            trigger=trigger,
        )


def _once(seen: Seen, dated: DatedTerms, terms: Duty) -> DutyCase:
    """A duty done once: by a day, or so long after the start or after the conditions precedent."""
    starts_on = seen.obligation.starts_on
    if terms.after:
        starts_on = fulfilled_on(seen, terms) or starts_on
    deeds = seen.deeds(terms)
    return DutyCase(
        key="once",
        words="",
        dated=dated,
        terms=terms,
        due=_once_due(terms, starts_on, seen.zone),
        soonest=None,
        begins_on=starts_on,
        opens_on=shift(terms.due_on, terms.early, -1) if terms.due_on and terms.early else None,
        zone=seen.zone,
        watched=seen.observed_from is not None
        and (starts_on is None or seen.observed_from <= starts_on or bool(deeds)),
        share=Share(sure=deeds),
    )


def _once_due(terms: Duty, starts_on: date | None, zone: tzinfo) -> Deadline | str:
    before = terms.due == "before"
    if terms.due_on is not None:
        return Deadline(terms.due_on, zone, terms.at, before)
    if terms.within is None:
        return "the day by which it is due"
    if terms.clock == "business" and terms.calendar is None:
        return "the calendar of the business days"
    if starts_on is None:
        return "the day from which it is counted"
    calendar = terms.calendar if terms.clock == "business" else None
    return Deadline(days_after(starts_on, terms.within, calendar), zone, terms.at, before)


def fulfilled_on(seen: Seen, terms: Duty) -> date | None:
    """The day on which the last condition precedent was fulfilled, None while one of them is open."""
    days = []
    for name in terms.after:
        happened = condition(seen, name)
        if happened is None or happened.on is None:
            return None
        days.append(happened.on)
    return max(days, default=None)


def condition(seen: Seen, name: str) -> Happening | None:
    """The first event or deed of a name that fulfils a condition."""
    ways = (Trigger(by="event", name=name), Trigger(by="deed", name=name))
    found = [h for way in ways for h in triggers(seen.obligation, seen.facts, seen.at, seen.zone, way)]
    return min((h for h in found if h.sure), key=lambda h: (h.on or date.max, h.key), default=None)
