"""What was billed against what was agreed, in every reading that the text leaves open.

The careful reading is the one that gives the lowest price, on whichever side we are: what may not be owed is
neither paid nor billed without a look at it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from obligations.minor_units import at_least, at_most, to_the_unit
from obligations.prices.index_linking import PriceRange

Verdict = Literal["within", "over", "unknown"]

_NOISE = Decimal("1e-9")
"""What a division leaves, and no part of a cent."""


@dataclass(frozen=True)
class Agreed:
    """An amount as agreed, in one reading. It lies between `low` and `high`, which differ where something is
    not known; up to `tolerance` more is let pass."""

    low: Decimal
    high: Decimal
    reading: str = ""
    tolerance: Decimal = Decimal(0)

    @classmethod
    def of(cls, price: PriceRange, reading: str = "") -> "Agreed":
        return cls(price.low, price.high, reading)

    @property
    def shown(self) -> Decimal:
        """The amount to show: the highest it may be, or the lowest where nothing limits it."""
        return self.high if self.high.is_finite() else self.low

    def verdict(self, billed: Decimal, currency: str) -> Verdict:
        if billed <= at_most(self.low, currency) + self.tolerance:
            return "within"
        return "over" if billed > at_most(self.high, currency) + self.tolerance else "unknown"


@dataclass(frozen=True)
class Comparison:
    """The verdict in the careful reading, `agreed`; `other` is a reading that gives another verdict."""

    billed: Decimal
    currency: str
    verdict: Verdict
    agreed: Agreed
    other: Agreed | None = None

    @property
    def over(self) -> Decimal:
        """By how much too much was billed; nothing within the tolerance."""
        if self.verdict != "over":
            return Decimal(0)
        return self.billed - to_the_unit(self.agreed.high, self.currency)

    @property
    def under(self) -> Decimal:
        """By how much less was billed than agreed, in the reading with the lowest price."""
        return max(Decimal(0), at_least(self.agreed.low, self.currency) - self.billed)


def compared(billed: Decimal, currency: str, readings: Sequence[Agreed]) -> Comparison:
    """What was billed against the careful one of the readings."""
    # A third of a bill for three months is no whole number of cents, three of them are.
    cents = to_the_unit(billed, currency)
    billed = cents if abs(billed - cents) < _NOISE else billed
    agreed = min(readings, key=lambda r: (r.high, r.low, r.reading))
    verdict = agreed.verdict(billed, currency)
    others = [r for r in readings if r.verdict(billed, currency) != verdict]
    other = max(others, key=lambda r: (r.high, r.reading), default=None)
    return Comparison(billed, currency, verdict, agreed, other)
