"""What is short of a least volume, where an excess counts later or a shortfall is made up later."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True)
class Balance:
    """One period: the least volume, its own volume, what earlier periods had over, what later ones made up,
    and what of its own excess was `lent` to others."""

    least: Decimal
    volume: Decimal
    carried_in: Decimal = ZERO
    made_up: Decimal = ZERO
    lent: Decimal = ZERO

    @property
    def shortfall(self) -> Decimal:
        """What is short after everything that counts for it."""
        return max(self.least - self.volume - self.carried_in - self.made_up, ZERO)

    @property
    def excess(self) -> Decimal:
        """What it has over and did not lend yet."""
        return max(self.volume - self.least, ZERO) - self.lent


def balances(
    least: Sequence[Decimal], volumes: Sequence[Decimal], carries_excess: int, makes_up: int
) -> list[Balance]:
    """The balance of each period, in order.

    A period's own volume counts first. Its excess makes up shortfalls of the `makes_up` periods before it,
    the oldest first; what is left counts in the `carries_excess` periods after it that fall short, and then
    lapses.
    """
    held = [Balance(need, volume) for need, volume in zip(least, volumes, strict=True)]
    for now in range(len(held)):
        for earlier in range(max(0, now - makes_up), now):
            _lend(held, giver=now, taker=earlier, into="made_up")
        for earlier in range(max(0, now - carries_excess), now):
            _lend(held, giver=earlier, taker=now, into="carried_in")
    return held


def _lend(held: list[Balance], giver: int, taker: int, into: str) -> None:
    amount = min(held[giver].excess, held[taker].shortfall)
    if amount <= 0:
        return
    held[giver] = replace(held[giver], lent=held[giver].lent + amount)
    taken = held[taker]
    if into == "made_up":
        held[taker] = replace(taken, made_up=taken.made_up + amount)
    else:
        held[taker] = replace(taken, carried_in=taken.carried_in + amount)
