"""The rate of interest on what is late: stated, or points over a reference rate that changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.facts import Fact, ReferenceRate, Source
from obligations.matching import same_service, words
from obligations.money.interest import Step
from obligations.terms.money import DayCount, LateInterest
from obligations.wording import plain

_A_YEAR = {"year": 1, "half_year": 2, "quarter": 4, "month": 12}


@dataclass(frozen=True)
class Counting:
    """One reading of how interest is counted, for what a text leaves open."""

    day_count: DayCount
    reset: str
    from_due: bool


@dataclass(frozen=True)
class Rates:
    """Percent a year from each day on, with the records that say so."""

    steps: tuple[Step, ...]
    records: tuple[Source, ...] = ()


def countings(terms: LateInterest) -> tuple[Counting, ...]:
    """Every reading of the terms: of the days of a year, of when a new rate counts, of the time of grace."""
    by_days = terms.per in ("day", "week")
    days: tuple[DayCount, ...] = (terms.day_count,) if terms.day_count else ("act/360", "act/365")
    if by_days or terms.whole_months or terms.per == "once":
        days = ("act/365",)
    resets = (terms.reset,) if terms.reset else ("day", "half_year") if terms.over else ("day",)
    graces = (terms.after_grace != "from_grace",) if terms.after_grace or not terms.grace else (True, False)
    return tuple(Counting(day, reset, grace) for day in days for reset in resets for grace in graces)


def rates(
    terms: LateInterest,
    counting: Counting,
    known: Sequence[tuple[Fact, ReferenceRate]],
    first: date,
    last: date,
) -> Rates | str:
    """The rates for the days from `first` to `last`, or what is missing."""
    if terms.percent is None and terms.times is None:
        return "the rate of interest"
    points = terms.percent or Decimal(0)
    if terms.over is None:
        return Rates((Step(first, _capped(terms, points * _a_year(terms))),))
    names = sorted({rate.rate for _, rate in known})
    if len({" ".join(words(name)) for name in names}) > 1:
        return f"which rate is meant by {terms.over}: {' or '.join(names)}"
    days = [first, *_changes(counting, known, first, last)]
    steps, records = [], []
    for day in days:
        found = _in_force(known, _looked_up(counting, day))
        if found is None:
            return f"the value of {terms.over} on {_looked_up(counting, day)}"
        fact, rate = found
        value = rate.percent * (terms.times or Decimal(1)) + points
        steps.append(Step(day, _capped(terms, max(value, Decimal(0)))))
        records.append(fact.source)
    return Rates(tuple(steps), tuple(dict.fromkeys(records)))


def reference_rates(
    terms: LateInterest, published: Sequence[Fact], today: date
) -> list[tuple[Fact, ReferenceRate]]:
    """The published values of the rate that the terms name, in order of the day they hold from: of that very
    name where there is one, else of every name that holds it."""
    held = [
        (fact, fact.data)
        for fact in published
        if isinstance(fact.data, ReferenceRate)
        and terms.over is not None
        and fact.data.from_on <= today
        and same_service(terms.over, fact.data.rate)
    ]
    named = [(fact, rate) for fact, rate in held if terms.over and words(rate.rate) == words(terms.over)]
    return sorted(named or held, key=lambda r: (r[1].from_on, r[0].known_at, r[0].id))


def _a_year(terms: LateInterest) -> Decimal:
    if terms.per in ("day", "week"):
        return Decimal(365) / (1 if terms.per == "day" else 7)
    return Decimal(_A_YEAR.get(terms.per or "year", 1))


def _capped(terms: LateInterest, percent: Decimal) -> Decimal:
    return percent if terms.rate_cap is None else min(percent, terms.rate_cap)


def _changes(
    counting: Counting, known: Sequence[tuple[Fact, ReferenceRate]], first: date, last: date
) -> list[date]:
    """The days after `first` up to `last` on which another rate may begin to count."""
    days = {rate.from_on for _, rate in known}
    if counting.reset == "half_year":
        days = {date(year, month, 1) for year in range(first.year, last.year + 1) for month in (1, 7)}
    return sorted(day for day in days if first < day <= last)


def _looked_up(counting: Counting, day: date) -> date:
    """The day whose reference rate counts on a day: itself, or the first of its half-year."""
    return day if counting.reset == "day" else date(day.year, 1 if day.month < 7 else 7, 1)


def _in_force(known: Sequence[tuple[Fact, ReferenceRate]], day: date) -> tuple[Fact, ReferenceRate] | None:
    return next((held for held in reversed(known) if held[1].from_on <= day), None)


def rate_words(terms: LateInterest) -> str:
    """The rate as the clause states it: "8 % a year", "9 points over the ECB rate"."""
    if terms.over is not None:
        times = f"{plain(terms.times)} times " if terms.times is not None else ""
        points = f"{plain(terms.percent)} points over " if terms.percent else ""
        return f"{points}{times}{terms.over}"
    if terms.percent is None:
        return "a rate not stated"
    if terms.per == "once":
        return f"{plain(terms.percent)} % once"
    begun = " begun" if terms.whole_months else ""
    return f"{plain(terms.percent)} % a {(terms.per or 'year').replace('_', '-')}{begun}"
