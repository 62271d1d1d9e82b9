"""Interest, exactly: shares of a year by day count, and what a balance bears under rates that change.

All counts run from the day after a first day up to and with a last one: what is due on the 1st and paid on
the 3rd bears interest for two days. Sums are fractions; nothing is rounded here.
"""

from bisect import bisect_right
from calendar import isleap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from obligations.periods import add_months
from obligations.terms.money import DayCount

_DAY = timedelta(days=1)
COMPOUNDED = {"month": 1, "quarter": 3, "year": 12}
"""Months after which interest is added to what bears interest."""


class Step(NamedTuple):
    """A value from a day on."""

    from_on: date
    value: Decimal


class Slice(NamedTuple):
    """Days after `after` up to and with `until`, on which `principal` bears `percent` a year."""

    after: date
    until: date
    principal: Decimal
    percent: Decimal


@dataclass(frozen=True)
class Accrued:
    """The interest on one slice."""

    slice: Slice
    interest: Fraction


def year_share(after: date, until: date, day_count: DayCount) -> Fraction:
    """The share of a year that the days after `after` up to `until` are.

    act/act takes each day as a 365th, or as a 366th where it lies in a leap year; 30/360 is the European
    form, in which the 31st counts as the 30th.

    >>> year_share(date(2028, 2, 28), date(2028, 3, 1), "act/365")
    Fraction(2, 365)
    """
    if day_count == "30/360":
        return Fraction(_thirties(until) - _thirties(after), 360)
    if day_count != "act/act":
        return Fraction((until - after).days, {"act/360": 360, "act/365": 365}[day_count])
    share = Fraction(0)
    while after < until:
        end = min(until, date((after + _DAY).year, 12, 31))
        share += Fraction((end - after).days, 366 if isleap(end.year) else 365)
        after = end
    return share


def _thirties(day: date) -> int:
    return day.year * 360 + day.month * 30 + min(day.day, 30)


def slices(
    start: date, end: date, balance: Sequence[Step], rates: Sequence[Step], cuts: Iterable[date] = ()
) -> tuple[Slice, ...]:
    """The days after `start` up to `end` cut where the balance or the rate changes, and at `cuts`.

    A step of `balance` is what is open after its day (a payment bears interest up to the day it is made), a
    step of `rates` holds from its day on. Both must begin by `start` or, for rates, the day after it.
    """
    days = {*(step.from_on for step in balance), *(step.from_on - _DAY for step in rates), *cuts}
    marks = [start, *sorted(day for day in days if start < day < end), end]
    return tuple(
        Slice(after, until, value_on(balance, after), value_on(rates, after + _DAY))
        for after, until in pairwise(marks)
        if after < until
    )


def value_on(steps: Sequence[Step], day: date) -> Decimal:
    """The value in force on a day; that of the first step before it."""
    at = bisect_right([step.from_on for step in steps], day) - 1
    return steps[max(at, 0)].value


def simple(parts: Sequence[Slice], day_count: DayCount) -> tuple[Accrued, ...]:
    """Simple interest on each slice."""
    return tuple(Accrued(part, _on(Fraction(part.principal), part, day_count)) for part in parts)


def compound(parts: Sequence[Slice], day_count: DayCount, dates: Sequence[date]) -> tuple[Accrued, ...]:
    """Interest on each slice, what has accrued by each of `dates` bearing interest from then on. The slices
    must be cut at the dates."""
    added, running = Fraction(0), Fraction(0)
    found = []
    for part in parts:
        if part.after in dates:
            added, running = added + running, Fraction(0)
        interest = _on(Fraction(part.principal) + added, part, day_count)
        running += interest
        found.append(Accrued(part, interest))
    return tuple(found)


def capitalised(start: date, end: date, per: str) -> tuple[date, ...]:
    """The days after `start` and before `end` on which interest is added, counted from `start`."""
    months = COMPOUNDED[per]
    found: list[date] = []
    while (day := add_months(start, months * (len(found) + 1))) < end:
        found.append(day)
    return tuple(found)


def by_begun_months(start: date, end: date, balance: Sequence[Step], percent: Decimal) -> tuple[Accrued, ...]:
    """A rate per month of which every month begun counts as a whole, on what was open when it began."""
    marks = (start, *capitalised(start, end, "month"))
    found = []
    for after, until in zip(marks, (*marks[1:], end), strict=True):
        part = Slice(after, until, value_on(balance, after), percent * 12)
        found.append(Accrued(part, Fraction(part.principal) * Fraction(percent) / 100))
    return tuple(found) if start < end else ()


def exact(sum_of: Fraction) -> Decimal:
    """A fraction as a decimal, to the 28 digits of the context."""
    return Decimal(sum_of.numerator) / Decimal(sum_of.denominator)


def _on(principal: Fraction, part: Slice, day_count: DayCount) -> Fraction:
    return principal * Fraction(part.percent) / 100 * year_share(part.after, part.until, day_count)
