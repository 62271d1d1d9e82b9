"""Minimum commitment: a least quantity or amount in every period.

Judged when the period is over; before, it is met once the least is reached and at risk where it is not in
sight. An excess may count later and a shortfall be made up later, where the text says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal

from obligations.deadlines import days_after
from obligations.facts import Fact
from obligations.minor_units import at_least, to_the_unit
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.quantities import Money, Quantity
from obligations.risk import behind
from obligations.service.ticket_relief import Excused, concerning, reliefs
from obligations.terms import MinimumCommitment
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.volume.commitments import Balance, balances
from obligations.volume.volume_periods import (
    Book,
    Stretch,
    book_of,
    number_of,
    open_terms,
    period_of,
    stretches,
    tell,
    unmeasured,
)
from obligations.volume.volumes import ZERO, Measure, Volume, Wanted, bought_by
from obligations.wording import count_text, plain

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Least:
    """The least volume of a period, at least and at most by what is not sure. `pro_rata` says that a part of
    a period was taken to owe only its share, though the text does not say so."""

    low: Decimal
    high: Decimal
    doubts: tuple[str, ...] = ()
    excused: tuple[Excused, ...] = ()
    reading: str = ""


@dataclass(frozen=True)
class _Case:
    """One period: its balance if everything in doubt speaks against the promise, and if it speaks for it."""

    stretch: Stretch
    terms: MinimumCommitment
    least: _Least
    volume: Volume
    worst: Balance
    best: Balance
    open_until: date | None
    book: Book
    unknown_before: str

    @property
    def measure(self) -> Measure:
        return self.book.wanted.measure

    @property
    def today(self) -> date:
        return self.book.wanted.today

    @property
    def over(self) -> bool:
        return self.today > self.stretch.end


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period that records can tell of, up to the current one."""
    terms = obligation.terms[-1].terms
    if not isinstance(terms, MinimumCommitment):
        return ()
    missing = _open(obligation, terms)
    if missing:
        return (open_terms(obligation, at, "A least volume is promised.", *missing),)
    zone = zone_of(obligation, terms, at)
    owe = obligation.we_owe
    buys = None if owe is None else owe != terms.sells
    measure = Measure(terms.currency, "" if terms.currency else terms.unit or "")
    counts = terms.counts or ("invoiced" if terms.currency else "used")
    wanted = Wanted(obligation, measure, counts, at, zone, bought_by(buys), terms.item, terms.units_per_case)
    book = book_of(wanted, facts, observed_from)
    held = stretches(obligation, wanted.today, observed_from, book.entries)
    excuses = reliefs(obligation, facts, at)
    return tuple(
        _assess(Trail(obligation, at), case) for case in _cases(obligation, terms, book, held, excuses)
    )


def _open(obligation: Obligation, terms: MinimumCommitment) -> tuple[str, ...]:
    """What the text must state before anything can be counted."""
    missing = [unmeasured(obligation, terms)]
    if terms.amount is None and not terms.ramp:
        missing.append("the least amount")
    if terms.unit is None:
        missing.append("the unit of the least amount")
    if terms.ramp and obligation.starts_on is None and terms.year_starts_on is None:
        missing.append("the first day of the contract, from which the steps are counted")
    return tuple(text for text in missing if text)


def _cases(
    obligation: Obligation,
    terms: MinimumCommitment,
    book: Book,
    held: Sequence[Stretch],
    excuses: Sequence[Excused],
) -> list[_Case]:
    """Every period with its balance; periods lend to each other, so they are worked out together."""
    volumes = [book.over(stretch) for stretch in held]
    least = [_least(obligation, stretch, excuses, book.wanted.zone) for stretch in held]
    lows = [volume.low for volume in volumes]
    highs = [Decimal("Infinity") if v.high is None else v.high for v in volumes]
    rolls = (terms.carries_excess, terms.makes_up)
    worst = balances([each.high for each in least], lows, *rolls)
    best = balances([each.low for each in least], highs, *rolls)
    begun = bool(held) and _has_earlier(obligation, terms, held[0])
    found = []
    for number, stretch in enumerate(held):
        dated = stretch.last.terms
        assert isinstance(dated, MinimumCommitment)
        until = _open_until(obligation, held, number, terms.makes_up)
        lacking = ""
        if begun and number < terms.carries_excess:
            lacking = f"what the periods before {held[0].words} had over"
        found.append(
            _Case(
                stretch,
                dated,
                least[number],
                volumes[number],
                worst[number],
                best[number],
                until,
                book,
                lacking,
            )
        )
    return found


def _has_earlier(obligation: Obligation, terms: MinimumCommitment, first: Stretch) -> bool:
    """Whether there are periods of the contract before the first one judged."""
    if obligation.starts_on is None and terms.year_starts_on is None:
        return True
    return number_of(obligation, terms, first) > 0


def _open_until(obligation: Obligation, held: Sequence[Stretch], number: int, makes_up: int) -> date | None:
    """The last day on which the shortfall of a period may still be made up; None where it may not."""
    if not makes_up:
        return None
    last = held[min(number + makes_up, len(held) - 1)]
    end = last.period.end
    for _ in range(number + makes_up - (len(held) - 1)):
        terms = last.last.terms
        assert isinstance(terms, MinimumCommitment)
        following = _period_after(obligation, terms, end)
        if following is None:
            break
        end = following
    return min(end, obligation.ends_on or end)


def _period_after(obligation: Obligation, terms: MinimumCommitment, end: date) -> date | None:
    if end == date.max:
        return None
    found = period_of(obligation, terms, end + _DAY)
    return found.end if found else None


def _least(obligation: Obligation, stretch: Stretch, excuses: Sequence[Excused], zone: tzinfo) -> _Least:
    """The least of a period: by its terms day by day, by its share where the contract runs for a part of it,
    and less the days that are excused."""
    covered = sum(part.days for part in stretch.parts)
    total = ZERO
    for part in stretch.parts:
        terms = part.dated.terms
        assert isinstance(terms, MinimumCommitment)
        total += _stated(obligation, terms, stretch) * part.days
    low, high, reading = _pro_rata(obligation, stretch, (total / covered, total / stretch.days))
    sure, unsure = _excused(obligation, stretch, excuses, zone)
    sure_days = _days(sure, stretch, zone)
    all_days = _days((*sure, *unsure), stretch, zone)
    doubts = tuple(f"whether {each.label} excuses this promise" for each in unsure)
    if reading and obligation.we_owe is None:
        doubts = ("which side we are on, to choose the careful reading", *doubts)
    return _Least(
        _to_the_cent(stretch, low * (covered - all_days) / covered),
        _to_the_cent(stretch, high * (covered - sure_days) / covered),
        doubts,
        (*sure, *unsure),
        reading,
    )


def _to_the_cent(stretch: Stretch, least: Decimal) -> Decimal:
    """A share of an amount is seldom a whole number of cents: nobody is short of a part of one."""
    terms = stretch.last.terms
    assert isinstance(terms, MinimumCommitment)
    return at_least(least, terms.currency) if terms.currency is not None else least


def _stated(obligation: Obligation, terms: MinimumCommitment, stretch: Stretch) -> Decimal:
    if not terms.ramp:
        return terms.amount or ZERO
    return terms.ramp[min(number_of(obligation, terms, stretch), len(terms.ramp) - 1)]


def _pro_rata(
    obligation: Obligation, stretch: Stretch, readings: tuple[Decimal, Decimal]
) -> tuple[Decimal, Decimal, str]:
    """The least and the most that a part of a period may owe, and how a silent text was read."""
    terms = stretch.last.terms
    assert isinstance(terms, MinimumCommitment)
    whole, share = readings
    if whole == share:
        return whole, whole, ""
    if terms.prorates is not None:
        chosen = share if terms.prorates else whole
        return chosen, chosen, ""
    silent = "The text does not say what a part of a period owes; "
    if obligation.we_owe is None:
        return share, whole, f"{silent}both readings are looked at."
    chosen, how = (
        (whole, "we owe, so all of it") if obligation.we_owe else (share, "we are owed, so its share")
    )
    return chosen, chosen, f"{silent}{how}."


def _excused(
    obligation: Obligation, stretch: Stretch, excuses: Sequence[Excused], zone: tzinfo
) -> tuple[tuple[Excused, ...], tuple[Excused, ...]]:
    """The reliefs that excuse in the period, and those that may."""
    terms = stretch.last.terms
    assert isinstance(terms, MinimumCommitment)
    start = datetime.combine(stretch.start, time(), zone)
    end = datetime.combine(stretch.end + _DAY, time(), zone)
    names = (obligation.key, "minimum commitment", terms.item or "")
    found = concerning(excuses, names, terms.item or obligation.key, (start, end))
    counted = [each for each in found if each.relief.cause in terms.excused_by]
    return tuple(e for e in counted if not e.unclear), tuple(e for e in counted if e.unclear)


def _days(excused: Sequence[Excused], stretch: Stretch, zone: tzinfo) -> int:
    """Days of the period on which a relief lasted at any time, each once."""
    days: set[date] = set()
    for each in excused:
        first, last = (instant.astimezone(zone) for instant in each.span)
        end = last.date() - _DAY if last.time() == time() else last.date()
        day = max(first.date(), stretch.start)
        while day <= min(end, stretch.end):
            days.add(day)
            day += _DAY
    return len(days)


def _assess(trail: Trail, case: _Case) -> Assessment:
    stretch, measure, least = case.stretch, case.measure, case.least
    for part in stretch.parts:
        assert isinstance(part.dated.terms, MinimumCommitment)
        trail.terms(part.dated, _promise(trail.obligation, part.dated.terms, stretch, measure))
    if case.terms.year is None and case.terms.per == "year":
        trail.note("reading", "The text does not say which year is meant; calendar years are counted.")
    if least.reading:
        trail.note("reading", least.reading)
    for each in least.excused:
        trail.note("relief", f"{each.label} excuses: {each.says}.", (each.source,))
    trail.note("least", f"For {stretch.words} that is {measure.text(least.high)}.")
    tell(trail, measure, case.volume, stretch.words)
    _tell_rolled(trail, case)
    zone = case.book.wanted.zone
    return trail.conclude(stretch.occurrence(_name(trail.obligation), zone), _judge(trail, case))


def _name(obligation: Obligation) -> str:
    return f"Minimum of {obligation.key}" if obligation.key else "Minimum"


def _promise(obligation: Obligation, terms: MinimumCommitment, stretch: Stretch, measure: Measure) -> str:
    stated = measure.text(_stated(obligation, terms, stretch))
    each = "over the whole contract" if terms.per == "once" else f"in each {terms.per}"
    return f"At least {stated} {each}."


def _tell_rolled(trail: Trail, case: _Case) -> None:
    worst, text = case.worst, case.measure.text
    if worst.carried_in:
        trail.note("carried", f"{text(worst.carried_in)} that earlier periods had over count here.")
    if worst.made_up:
        trail.note("made_up", f"{text(worst.made_up)} were made up in later periods.")
    if worst.lent:
        trail.note("lent", f"{text(worst.lent)} of its excess count in other periods.")


def _judge(trail: Trail, case: _Case) -> Finding:
    worst, best = case.worst, case.best
    if not worst.shortfall:
        return _finding(case, Outcome.MET, f"{_head(case)}: the least of {_least_text(case)} is reached.")
    if not case.over:
        return _running(case)
    if not best.shortfall or (case.unknown_before and worst.shortfall):
        missing = (*case.volume.doubts, *case.least.doubts)
        if case.unknown_before:
            missing = (*missing, case.unknown_before)
        summary = f"{_head(case)}; whether that is the least of {_least_text(case)} cannot be told."
        # Where later periods are in doubt, so is what they made up.
        return undetermined(summary, *(missing or ("what later periods made up",)))
    return _short(case)


def _head(case: _Case) -> str:
    so_far = "" if case.over else " so far"
    text = case.measure.text
    more = f", with {text(case.worst.carried_in)} carried over" if case.worst.carried_in else ""
    made = f", with {text(case.worst.made_up)} made up later" if case.worst.made_up else ""
    return f"The volume of {case.stretch.words}{so_far} is {text(case.volume.low)}{more}{made}"


def _least_text(case: _Case) -> str:
    return case.measure.text(case.least.high)


def _running(case: _Case) -> Finding:
    """The period is not over: never breached, at risk where the rate so far does not lead there."""
    passed = (case.today - case.stretch.start).days
    days = (case.stretch.end - case.stretch.start).days + 1
    late = behind(case.worst.volume + case.worst.carried_in, case.worst.least, passed, days)
    left = count_text(days - passed, "day")
    tail = "at this rate it will not be reached" if late else "it may still be reached"
    summary = f"{_head(case)} of at least {_least_text(case)}, {left} left: {tail}."
    return _finding(case, Outcome.AT_RISK if late else Outcome.PENDING, summary)


def _short(case: _Case) -> Finding:
    """The period is over and short in any case."""
    text, worst = case.measure.text, case.worst
    # Where the records leave it open how much is short, only what surely is.
    sure = min(worst.shortfall, case.best.shortfall)
    apart = f" (to {text(worst.shortfall)})" if worst.shortfall != sure else ""
    head = f"{_head(case)}, {text(sure)}{apart} short of the least of {_least_text(case)}"
    money, payable = _payable(case, sure)
    may = case.open_until is not None and case.today <= case.open_until
    if may and not case.terms.take_or_pay:
        summary = f"{head}; it may be made up until {case.open_until}."
        return _finding(case, Outcome.AT_RISK, summary, money)
    later = f"; what is paid for may be taken until {case.open_until}" if may else ""
    return _finding(case, Outcome.BREACHED, f"{head}{payable}{later}.", money)


def _payable(case: _Case, short: Decimal) -> tuple[Money | None, str]:
    """What the shortfall costs, and words for it."""
    terms, measure = case.terms, case.measure
    share = terms.shortfall_percent
    states = share is not None or terms.shortfall_price is not None or terms.take_or_pay
    by = ""
    if terms.within is not None:
        by = f" by {days_after(case.stretch.end, terms.within, None)}"
    if measure.currency is None and terms.shortfall_price is None:
        return None, f"; to be paid for{by}, but the text states no price" if states else ""
    price = terms.shortfall_price
    worth = short if price is None else short * price.amount
    exact = worth * share / 100 if share is not None else worth
    currency = price.currency if price is not None else measure.currency or ""
    money = Money(amount=to_the_unit(exact, currency), currency=currency)
    if not states:
        return money, "; the text states no payment for it"
    of = f" ({plain(share)} % of it)" if share is not None else ""
    return money, f": {money}{of} is to be paid{by}"


def _finding(case: _Case, outcome: Outcome, summary: str, money: Money | None = None) -> Finding:
    counted = case.worst.volume + case.worst.carried_in + case.worst.made_up
    target, measured, margin = (
        Quantity(
            value=value,
            unit=case.measure.currency or case.measure.unit or "units",
            text=case.measure.text(value),
        )
        for value in (case.least.high, counted, counted - case.least.high)
    )
    return Finding(
        outcome, summary, target, measured, margin, money, "shortfall" if money is not None else ""
    )
