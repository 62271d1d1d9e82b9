"""The periods of a recurring fee, what is owed for each of them, and which of them an invoice is for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from obligations.minor_units import price_text, to_the_unit
from obligations.model import Obligation
from obligations.periods import MONTHS, Period, anchored, containing, month_end, period
from obligations.prices.charges import Charge
from obligations.prices.index_linking import PriceRange
from obligations.prices.price_comparison import Agreed
from obligations.prices.price_history import Change, in_force
from obligations.terms import Per
from obligations.terms.prices import Fee

_DAY = timedelta(days=1)
_EARLY = timedelta(days=5)
"""An invoice in arrears may be dated so long before the end of its period."""

RECURRING = frozenset({"week", *MONTHS})
"""The cadences of a charge for a period. A price for each day or request is a price for a unit."""


@dataclass(frozen=True)
class Owed:
    """What is owed for a period, for one unit, in every reading."""

    readings: tuple[Agreed, ...]
    missing: tuple[str, ...] = ()
    how: tuple[str, ...] = ()


def period_of(terms: Fee, anchor: date | None, day: date) -> Period:
    """The period of a fee that holds a day. Years and half-years are counted from the first day charged
    where the text does not say otherwise, shorter periods are those of the calendar."""
    assert terms.per is not None
    long = terms.per in ("year", "half_year")
    by_contract = terms.years == "contract" or (terms.years is None and long)
    if by_contract and anchor is not None and day >= anchor:
        return anchored(terms.per, anchor, day)
    return containing(terms.per, day)


def periods_until(terms: Fee, anchor: date | None, first: date, last: date) -> Iterator[Period]:
    """The periods that hold a day from `first` to `last`, in order."""
    day = max(first, anchor) if anchor is not None else first
    while day <= last:
        found = period_of(terms, anchor, day)
        yield found
        day = found.end + _DAY


def charged_days(terms: Fee, obligation: Obligation, of: Period) -> tuple[date, date] | None:
    """The days of a period that are charged, up to where the fee is deleted; None where none is."""
    starts = terms.starts_on or obligation.starts_on or of.start
    ends = terms.ends_on or obligation.ends_on or of.end
    first, last = max(of.start, starts), min(of.end, ends)
    gone = obligation.deleted_by(last)
    if gone is not None and gone.from_on is not None:
        last = min(last, gone.from_on - _DAY)
    return (first, last) if first <= last else None


def owed(terms: Fee, of: Period, days: tuple[date, date], done: Sequence[Change]) -> Owed:
    """What is owed for the charged days of a period, from the changes of the price."""
    first, last = days
    turns = sorted({c.from_on for c in done if c.from_on is not None and first < c.from_on <= last})
    starts = [first, *turns]
    ends = [*(turn - _DAY for turn in turns), last]
    prices = [in_force(done, start) for start in starts]
    parts = [(p.price, start, end) for p, start, end in zip(prices, starts, ends, strict=True)]
    missing = tuple(dict.fromkeys(text for p in prices for text in p.missing))
    if len(parts) == 1 and (first, last) == (of.start, of.end):
        return Owed((Agreed.of(parts[0][0]),), missing)
    ways = (terms.prorate,) if terms.prorate is not None else ("actual", "none")
    readings = tuple(_prorated(way, terms.per or "month", of, parts) for way in ways)
    currency = done[0].currency
    spans = [f"{price_text(price.high, currency)} from {start} to {end}" for price, start, end in parts]
    ways_said = [f"{price_text(to_the_unit(r.high, currency), currency)} {r.reading}" for r in readings]
    how = (f"Charged for {of.words}: {', '.join(spans)}; that is {', or '.join(ways_said)}.",)
    return Owed(readings, missing, how)


def _prorated(way: str, per: Per, of: Period, parts: Sequence[tuple[PriceRange, date, date]]) -> Agreed:
    """A part of a period, or one in which the price changed, in one way of counting."""
    if way == "none":
        return Agreed.of(parts[0][0], "the price in full")
    thirty = way == "thirty" and per in MONTHS
    whole = Decimal(30 * MONTHS[per]) if thirty else Decimal((of.end - of.start).days + 1)
    low = high = Decimal(0)
    for price, start, end in parts:
        share = (Decimal(_days_of_30(start, end)) if thirty else Decimal((end - start).days + 1)) / whole
        low, high = low + price.low * share, high + price.high * share
    return Agreed(low, high, "by months of 30 days" if thirty else "by its days")


def _days_of_30(start: date, end: date) -> int:
    """Days in months of 30 days each, both ends included."""
    last = 30 if end == month_end(end) else min(end.day, 30)
    months = (end.year - start.year) * 12 + end.month - start.month
    return months * 30 + last - min(start.day, 30) + 1


def spread(terms: Fee, anchor: date | None, charge: Charge) -> tuple[tuple[Period, ...], bool]:
    """The periods a charge is for, and whether a record says so.

    A charge for a longer time is for each period of which it has at least half the days, one for a shorter
    time for the period that holds most of it. One that names no time is placed by its date.
    """
    named = period(charge.invoice.period)
    if named is not None:
        held = list(periods_until(terms, anchor, named.start, named.end))
        if not held:
            return (containing(terms.per or "month", named.start),), True
        wide = [p for p in held if 2 * _overlap(p, named) >= (p.end - p.start).days + 1]
        return (tuple(wide) or (max(held, key=lambda p: _overlap(p, named)),)), True
    if charge.supplied_on is not None:
        return (period_of(terms, anchor, charge.supplied_on),), True
    return (_by_date(terms, anchor, charge.invoice.invoiced_on),), False


def _by_date(terms: Fee, anchor: date | None, on: date) -> Period:
    """The period of an invoice that names none: in arrears the one that ended last, in advance the one whose
    start is nearest."""
    here = period_of(terms, anchor, on)
    if terms.billed == "arrears" and on < here.end - _EARLY and (anchor is None or here.start > anchor):
        return period_of(terms, anchor, here.start - _DAY)
    if terms.billed == "advance":
        after = period_of(terms, anchor, here.end + _DAY)
        return after if after.start - on < on - here.start else here
    return here


def _overlap(one: Period, other: Period) -> int:
    return max(0, (min(one.end, other.end) - max(one.start, other.start)).days + 1)
