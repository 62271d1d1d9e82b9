"""Tiers by volume: which tier a volume has reached, and how much of it lies in each.

Two ways of reading a table of tiers: *all units* (the tier reached holds for everything) and *marginal*
(each tier holds for what lies in it). In whole units a tier "from 101" takes the 101st unit as its first, a
tier "over 100" too; in money or parts of units a tier begins right at its threshold either way.
"""

from dataclasses import dataclass
from decimal import Decimal

from obligations.terms.volume import Boundary, VolumeTier

ZERO = Decimal(0)


@dataclass(frozen=True)
class Ladder:
    """Tiers in rising order. `whole` says that they count whole units; from `until` on another promise's
    tiers hold."""

    tiers: tuple[VolumeTier, ...]
    boundary: Boundary
    whole: bool = False
    until: Decimal | None = None

    def reached(self, volume: Decimal) -> VolumeTier | None:
        """The tier that a volume has reached; None below the first and from `until` on."""
        if self.until is not None and self._holds(volume, self.until):
            return None
        return next((tier for tier in reversed(self.tiers) if self._holds(volume, tier.threshold)), None)

    def _holds(self, volume: Decimal, threshold: Decimal) -> bool:
        return volume >= threshold if self.boundary == "reaches" else volume > threshold

    def begins(self, threshold: Decimal) -> Decimal:
        """The volume after which a tier takes what comes: 100 for "from 101" and for "over 100"."""
        first = self.whole and self.boundary == "reaches" and threshold == int(threshold)
        return max(threshold - 1, ZERO) if first else threshold

    def spread(self, before: Decimal, after: Decimal) -> list[tuple[VolumeTier | None, Decimal]]:
        """How much of what took the volume from `before` to `after` lies in each tier; what a return takes
        away is negative. None stands for what lies below the first tier or from `until` on."""
        low, high = sorted((max(before, ZERO), max(after, ZERO)))
        sign = 1 if after >= before else -1
        holders: list[VolumeTier | None] = [None, *self.tiers]
        starts = [ZERO, *(self.begins(tier.threshold) for tier in self.tiers)]
        if self.until is not None:
            holders.append(None)
            starts.append(self.begins(self.until))
        ends = [*starts[1:], max(high, starts[-1])]
        parts = [
            (tier, sign * (min(high, end) - max(low, start)))
            for tier, start, end in zip(holders, starts, ends, strict=True)
        ]
        return [(tier, part) for tier, part in parts if part * sign > 0]
