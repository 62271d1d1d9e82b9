"""When the agreement that a promise lives in ends, by its terms and by the notices on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from obligations.deadlines import days_after
from obligations.errors import CalendarError
from obligations.facts import Fact, Notice, Source, latest
from obligations.lifecycle.notices import days_received, given, in_time, within_term
from obligations.lifecycle.term_dates import Running, exhausted, notice_days
from obligations.model import AsOf, Life, Obligation
from obligations.periods import MONTHS, containing, last_day
from obligations.terms import NoticePeriod, Renewal, Term, TerminationNotice
from obligations.trail import zone_of

Given = Sequence[tuple[Fact, Notice]]


@dataclass(frozen=True)
class End:
    """The last day of an agreement, None while it may go on; why, and the records that say so."""

    on: date | None
    why: str = ""
    records: tuple[Source, ...] = ()
    terminated: bool = False


@dataclass(frozen=True)
class Clock:
    """The day judged and the zone whose days count."""

    today: date
    zone: tzinfo


LIFE_KINDS = frozenset({"term", "renewal", "renewal_notice", "termination_notice"})
"""Kinds about the agreement's own life, which tell its end themselves."""

_OPEN = End(None)


def clock_of(obligation: Obligation, at: AsOf) -> Clock:
    zone = zone_of(obligation, obligation.terms[-1].terms, at)
    return Clock(at.as_of.astimezone(zone).date(), zone)


def agreement_end(obligation: Obligation, facts: Sequence[Fact], at: AsOf) -> End:
    """The end of the agreement as it was known at an instant; open where nothing ends it, and where its dates
    cannot be counted."""
    if obligation.life is None:
        return _OPEN
    known = latest((f for f in facts if isinstance(f.data, Notice)), at.known_at)
    notices = [(f, f.data) for f in known if isinstance(f.data, Notice)]
    try:
        return _end(obligation.life, obligation, notices, clock_of(obligation, at))
    except CalendarError:
        return _OPEN


def until_ended(obligation: Obligation, facts: Sequence[Fact], at: AsOf) -> Obligation:
    """The obligation with the last day that its agreement has by the notices on record; where they decide,
    its notes say so."""
    end = agreement_end(obligation, facts, at)
    if end.on is None or end.on == obligation.ends_on:
        return obligation
    update: dict[str, object] = {"ends_on": end.on}
    if end.records and obligation.kind not in LIFE_KINDS:
        labels = ", ".join(source.label or source.record for source in end.records)
        update["notes"] = (*obligation.notes, f"The agreement ends {end.on}: {end.why} ({labels}).")
    return obligation.model_copy(update=update)


def above_end(obligation: Obligation, facts: Sequence[Fact], at: AsOf) -> End:
    """The end of the agreement above the one a promise lives in."""
    above = obligation.life.above if obligation.life is not None else None
    return agreement_end(obligation.model_copy(update={"life": above}), facts, at)


def _end(life: Life, obligation: Obligation, notices: Given, clock: Clock) -> End:
    own = [(f, n) for f, n in notices if _concerns(life, obligation, f)]
    terminating = [(f, n) for f, n in own if of_the_whole(life, obligation, f)]
    ends = [_terminated(life, terminating, clock), _expired(life, obligation, notices, own, clock)]
    known = [end for end in ends if end.on is not None]
    return min(known, key=lambda end: (end.on, not end.terminated), default=_OPEN)


def _concerns(life: Life, obligation: Obligation, fact: Fact) -> bool:
    if fact.contract is not None:
        return fact.contract in life.contracts
    sides = {obligation.debtor, obligation.creditor, obligation.counterparty} - {None, obligation.us}
    return life.alone and fact.party in sides


def of_the_whole(life: Life | None, obligation: Obligation, fact: Fact) -> bool:
    """Whether a notice of termination is of the agreement, or of the part that makes the promise, rather than
    of another part."""
    return life is None or fact.contract not in life.parts or fact.contract == obligation.contract


def _terminated(life: Life, own: Given, clock: Clock) -> End:
    """The earliest end that a notice of termination gives: the day it names, or the end of its period."""
    found = []
    for fact, notice in given(own, "termination", clock.today):
        day = notice.effective_on or _ends_with(life, notice, clock)
        if day is not None:
            why = f"notice of termination of {notice.sent_on} with effect from the end of {day}"
            found.append(End(day, why, (fact.source,), terminated=True))
    return min(found, key=lambda end: (end.on, end.records[0].record), default=_OPEN)


def _ends_with(life: Life, notice: Notice, clock: Clock) -> date | None:
    terms = life.termination_on(notice.sent_on)
    if terms is None:
        return None
    received = days_received(notice, terms, clock.zone)
    return earliest_end(terms, max(received, default=notice.sent_on))


def earliest_end(terms: TerminationNotice, given_on: date) -> date | None:
    """The first day with which a notice given on a day can end the agreement; None where the period, or the
    calendar of its business days, is not known."""
    if terms.within is None or (terms.clock == "business" and terms.calendar is None):
        return None
    end = days_after(given_on, terms.within, terms.calendar if terms.clock == "business" else None)
    if terms.not_before is not None and terms.starts_on is not None:
        end = max(end, last_day(terms.starts_on, terms.not_before))
    return containing(terms.to, end).end if terms.to in MONTHS and terms.to != "any_day" else end


def _expired(life: Life, obligation: Obligation, notices: Given, own: Given, clock: Clock) -> End:
    """The end by the term: the last one that no renewal follows."""
    initial = life.initial_on(clock.today)
    if initial is None and life.expires_on is not None:
        initial = Term(due_on=life.expires_on)
    if initial is None:
        return _end(life.above, obligation, notices, clock) if life.above is not None else _OPEN
    end = _last_term(initial, life, own, clock)
    if not initial.co_terminates or life.above is None:
        return end
    above = _end(life.above, obligation, notices, clock)
    if above.on is None or (end.on is not None and end.on <= above.on):
        return end
    return End(above.on, f"it ends with the agreement above it on {above.on}", above.records)


def _last_term(initial: Term, life: Life, own: Given, clock: Clock) -> End:
    term = Running.first(initial)
    while term is not None:
        # What was renewed was renewed by the clause of its time, whatever an amendment says of it since.
        renewal, end = life.renewal_on(min(term.end, clock.today)), term.end
        if renewal is None or exhausted(renewal, term.number, end):
            return End(end, f"its term ends {end}")
        decided = decisive(renewal, own, (term.previous_end, end), clock)
        if renewal.automatic is None or isinstance(decided, str):
            return _OPEN
        if (decided is not None) == renewal.automatic:
            records = (decided[0].source,) if decided else ()
            return End(end, f"its term ends {end} and was not renewed", records)
        if renewal.automatic and clock.today <= end:
            return _OPEN
        term = term.renewed(renewal)
    return _OPEN


def decisive(
    renewal: Renewal, own: Given, term: tuple[date | None, date], clock: Clock
) -> tuple[Fact, Notice] | str | None:
    """The notice that decides whether a term is followed by another (against an automatic renewal, for one
    that must be asked for), None without one, or what is missing to tell.

    A notice that came too late decides nothing; where the notice period is not known every notice counts.
    """
    effect = "non_renewal" if renewal.automatic else "renewal"
    previous, end = term
    doubt = ""
    for fact, notice in within_term(given(own, effect, clock.today), previous, end):
        timely = timely_for(renewal.notice, notice, end, clock)
        if timely is True:
            return fact, notice
        doubt = doubt or (timely if isinstance(timely, str) else "")
    return doubt or None


def timely_for(period: NoticePeriod | None, notice: Notice, end: date, clock: Clock) -> bool | str:
    """Whether a notice was in time for a term that ends on a day; any is where the period is not known."""
    if period is None:
        return True
    days = notice_days(period, end)
    if isinstance(days, str):
        return True
    if days.earliest_on is not None and notice.sent_on < days.earliest_on:
        return False
    return in_time(notice, period, days.latest_on, clock.zone)
