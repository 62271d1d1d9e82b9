"""The rebate on a part of a period, by one way of reading its terms."""

from dataclasses import dataclass
from decimal import Decimal

from obligations.terms import Rebate
from obligations.volume.tiers import Ladder

ZERO = Decimal(0)


@dataclass(frozen=True)
class Spent:
    """A part of a period: the volume `before` it, its own `volume` and what was paid for it, the `total` of
    the period and the `baseline` that growth is over."""

    before: Decimal
    volume: Decimal
    spend: Decimal
    total: Decimal
    baseline: Decimal

    def position(self, terms: Rebate, volume: Decimal) -> Decimal:
        """Where a volume stands among the thresholds."""
        if terms.growth is None:
            return volume
        grown = volume - self.baseline
        if terms.growth == "amount":
            return grown
        return grown * 100 / self.baseline if self.baseline else ZERO


def rebate_on(terms: Rebate, spent: Spent, last: bool) -> Decimal:
    """The exact rebate on a part. `last` tells the last part of its period: a fixed amount is owed once."""
    return _incremental(terms, spent) if terms.method == "incremental" else _retroactive(terms, spent, last)


def ladder_of(terms: Rebate) -> Ladder:
    whole = terms.unit is not None and not terms.divisible and terms.growth is None
    return Ladder(terms.ladder, terms.boundary or "exceeds", whole, terms.next_tier)


def _retroactive(terms: Rebate, spent: Spent, last: bool) -> Decimal:
    tier = ladder_of(terms).reached(spent.position(terms, spent.total))
    if tier is None:
        return ZERO
    if tier.amount is not None:
        return tier.amount.amount if last else ZERO
    share = Decimal(1)
    if terms.pays_on == "growth" and spent.total:
        share = max(spent.total - spent.baseline, ZERO) / spent.total
    if tier.price is not None:
        return tier.price.amount * spent.volume * share
    return (tier.percent or ZERO) * spent.spend * share / 100


def _incremental(terms: Rebate, spent: Spent) -> Decimal:
    """What lies in each tier, at the average price of the part where thresholds count units."""
    start = spent.position(terms, spent.before)
    end = spent.position(terms, spent.before + spent.volume)
    owed = ZERO
    for tier, amount in ladder_of(terms).spread(start, end):
        inside = amount * spent.baseline / 100 if terms.growth == "percent" else amount
        if tier is not None and tier.price is not None:
            owed += tier.price.amount * inside
        elif tier is not None and spent.volume:
            owed += (tier.percent or ZERO) * inside * spent.spend / spent.volume / 100
    return owed
