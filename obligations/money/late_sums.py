"""Agreed sums for delay: how many days, weeks or months count, and what they come to.

Every sum grows with the days late, or stays: no reading makes a longer delay cheaper.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from obligations.deadlines import days_after
from obligations.delivery.delivery_standing import Standing
from obligations.facts import Source
from obligations.periods import add_months
from obligations.quantities import Money
from obligations.terms.delivery import LiquidatedDamages

_DAYS = {"day": 1, "week": 7}


@dataclass(frozen=True)
class LatePart:
    """A part that came late, or has not come yet, with the days by which it is late; `free` of them are
    excused."""

    quantity: Decimal
    last: date
    until: date
    source: Source | None = None
    free: int = 0

    @property
    def days(self) -> int:
        return (self.until - self.last).days


@dataclass(frozen=True)
class Reading:
    """How open questions of the text are read: `full` counts only whole weeks, `late_part` only what was
    late, `excused` leaves out excused days within the delay. All are the careful readings for who claims,
    their opposites for who pays."""

    full: bool
    late_part: bool
    excused: bool


def reading(terms: LiquidatedDamages, we_owe: bool | None) -> Reading:
    """The stated reading, or the careful one for our side where the text states none."""
    full = terms.counts == "full" if terms.counts else we_owe is not True
    late_part = terms.base == "late_part" if terms.base else we_owe is not True
    return Reading(full, late_part, excused=we_owe is not True)


def late_parts(standing: Standing, today: date, excused: bool) -> list[LatePart]:
    """What came after the last day for the supplier's own reasons, and what is missing still."""

    def free(until: date) -> int:
        return standing.excused_days.between(standing.last, until) if excused else 0

    parts: list[LatePart] = []
    needed = max(standing.enough - standing.arrivals.by(standing.last), Decimal(0))
    for part in standing.late:
        taken = min(part.quantity, needed)
        needed -= taken
        if not part.excused:
            parts.append(LatePart(taken, standing.last, part.on, part.source, free(part.on)))
    if needed > 0 and today > standing.last and not standing.void:
        parts.append(LatePart(needed, standing.last, today, free=free(today)))
    return parts


def units(terms: LiquidatedDamages, part: LatePart, full: bool) -> int:
    """The days, weeks or months of delay that count, less excused days, after the grace."""
    begins, until = part.last, part.until - timedelta(days=part.free)
    if terms.grace is not None:
        over = days_after(begins, terms.grace, None)
        if until <= over:
            return 0
        begins = begins if terms.grace_counts else over
    days = (until - begins).days
    if days <= 0:
        return 0
    if terms.per == "month":
        return _months(begins, until, full)
    length = _DAYS.get(terms.per or "", 0)
    if not length:
        return 1
    return days // length if full else -(-days // length)


def _months(begins: date, until: date, full: bool) -> int:
    """Months after a day, counted from it in one step."""
    count = 0
    while add_months(begins, count + 1) <= until:
        count += 1
    return count if full or add_months(begins, count) == until else count + 1


def of_price(
    terms: LiquidatedDamages, parts: Sequence[LatePart], price: Money, required: Decimal, how: Reading
) -> Money:
    """A percentage of the price, of the late part or of the whole, up to the cap."""
    percent = (terms.percent or Decimal(0)) / 100
    if how.late_part:
        shares = [(price.amount * part.quantity / required, part) for part in parts]
        owed = sum((value * percent * units(terms, part, how.full) for value, part in shares), Decimal(0))
        base = sum((value for value, _ in shares), Decimal(0))
    else:
        most = max((units(terms, part, how.full) for part in parts), default=0)
        owed, base = price.amount * percent * most, price.amount
    return capped(terms, Money(amount=owed, currency=price.currency), base)


def of_amount(terms: LiquidatedDamages, parts: Sequence[LatePart], how: Reading) -> Money | None:
    """A stated amount for each unit of delay, up to the stated cap; None where none is stated."""
    if terms.amount is None or terms.currency is None:
        return None
    most = max((units(terms, part, how.full) for part in parts), default=0)
    return capped(terms, Money(amount=terms.amount * most, currency=terms.currency), None)


def capped(terms: LiquidatedDamages, owed: Money, base: Decimal | None) -> Money:
    """At most the stated share of the price and the stated amount."""
    most = owed.amount
    if terms.cap_percent is not None and base is not None:
        most = min(most, base * terms.cap_percent / 100)
    if terms.cap_amount is not None and terms.cap_amount.currency == owed.currency:
        most = min(most, terms.cap_amount.amount)
    return Money(amount=most, currency=owed.currency)
