"""What the lines of an invoice should cost where prices fall with the volume."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from obligations.facts import InvoiceLine
from obligations.minor_units import at_most
from obligations.quantities import Money
from obligations.terms import VolumeDiscount
from obligations.terms.volume import VolumeTier
from obligations.volume.tiers import Ladder

ZERO = Decimal(0)


@dataclass(frozen=True)
class Billed:
    """A line of an invoice: its `units`, its price for one of them before any discount (None: not known), how
    much it adds to the volume, from which volume on, and the volume that counts for all of its units."""

    line: InvoiceLine
    units: Decimal
    list_price: Decimal | None
    adds: Decimal
    before: Decimal
    total: Decimal


def ladder_of(terms: VolumeDiscount) -> Ladder:
    whole = terms.unit is not None and not terms.divisible
    return Ladder(terms.ladder, terms.boundary or "exceeds", whole, terms.next_tier)


def expected(terms: VolumeDiscount, lines: Sequence[Billed]) -> Decimal | None:
    """The most that may be billed for the lines, each to the cent; None where a price is not known.

    `marginal`: each tier's price for what lies in it; `all_units`: that of the volume reached with this
    order; `next_order`: that of the volume reached before it.
    """
    total = ZERO
    for line in lines:
        amount = _amount(terms, line)
        if amount is None:
            return None
        total += at_most(amount, line.line.amount.currency)
    return total


def _amount(terms: VolumeDiscount, line: Billed) -> Decimal | None:
    total = ZERO
    for tier, part in _parts(terms, line):
        price = price_in(terms, tier, line.list_price)
        if price is None:
            return None
        total += part * price
    return total


def _parts(terms: VolumeDiscount, line: Billed) -> list[tuple[VolumeTier | None, Decimal]]:
    """The units of a line by the tier whose price they have."""
    ladder = ladder_of(terms)
    if terms.method == "next_order":
        # Before the first order, what begins at nothing holds.
        first = ladder.tiers[0] if not ladder.begins(ladder.tiers[0].threshold) else None
        return [(ladder.reached(line.before) or first, line.units)]
    if terms.method != "marginal":
        return [(ladder.reached(line.total), line.units)]
    if not line.adds:
        return [(ladder.reached(line.before), line.units)]
    spread = ladder.spread(line.before, line.before + line.adds)
    return [(tier, line.units * part / line.adds) for tier, part in spread]


def price_in(terms: VolumeDiscount, tier: VolumeTier | None, list_price: Decimal | None) -> Decimal | None:
    """The price of a unit in a tier; below the first one it is the list price."""
    if tier is not None and tier.price is not None:
        return tier.price.amount
    if tier is None or list_price is None:
        return list_price
    price = list_price * (100 - (tier.percent or ZERO)) / 100
    if terms.rounding is None:
        return price
    return price.quantize(Decimal(1).scaleb(-terms.rounding), rounding=ROUND_HALF_UP)


def reaches_any(terms: VolumeDiscount, lines: Sequence[Billed]) -> bool:
    """Whether a tier holds for a part of the lines."""
    return any(tier is not None for line in lines for tier, _ in _parts(terms, line))


@dataclass(frozen=True)
class Cliff:
    """Where all units become cheaper at a threshold, `units` more than bought cost less: `cost`, `saves`."""

    units: Decimal
    cost: Money
    saves: Money


def cliff(terms: VolumeDiscount, line: Billed) -> Cliff | None:
    """The least volume above a line's that would cost less than the line does, where there is one."""
    if terms.method != "all_units" or terms.unit is None or terms.divisible:
        return None
    ladder, currency = ladder_of(terms), line.line.amount.currency
    now = price_in(terms, ladder.reached(line.total), line.list_price)
    for tier in terms.ladder:
        units = ladder.begins(tier.threshold).to_integral_value() + 1
        then = price_in(terms, tier, line.list_price)
        if units <= line.total or now is None or then is None or units * then >= line.total * now:
            continue
        cost = units * then
        saves = Money(amount=line.total * now - cost, currency=currency)
        return Cliff(units, Money(amount=cost, currency=currency), saves)
    return None
