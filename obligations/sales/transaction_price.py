"""The transaction price of a contract and the part of it that belongs to one promise.

The fixed price, plus bonuses that are highly probable, less expected credits and penalties, or those that
were given where they are more; shared among the promises by their standalone selling prices.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.facts import Credit, Fact
from obligations.quantities import Money
from obligations.terms.sales import PerformanceObligation, VariableAmount

_REDUCING = ("service_credit", "damages", "price", "rebate")


@dataclass(frozen=True)
class TransactionPrice:
    """The price with its parts; `allocated` is this promise's share of it. All unrounded."""

    fixed: Money
    bonuses: Decimal
    expected: Decimal
    given: Decimal
    left_out: tuple[str, ...]
    share: tuple[Decimal, Decimal]

    @property
    def whole(self) -> Decimal:
        """The price of the contract, never below zero."""
        reduced = max(self.expected, self.given)
        return max(self.fixed.amount + self.bonuses - reduced, Decimal(0))

    @property
    def allocated(self) -> Decimal:
        own, every = self.share
        return self.whole if own == every else self.whole * own / every


def estimated(variable: VariableAmount) -> Decimal:
    """What a variable amount is expected to come to: the mean, or the likeliest single amount."""
    if variable.method == "most_likely":
        unnamed = 100 - sum((p.percent for p in variable.outcomes), Decimal(0))
        likeliest = max(variable.outcomes, key=lambda p: (p.percent, -p.amount))
        return likeliest.amount if likeliest.percent > unnamed else Decimal(0)
    return sum((p.amount * p.percent / 100 for p in variable.outcomes), Decimal(0))


def transaction_price(
    terms: PerformanceObligation, credits: Sequence[tuple[Fact, Credit]], on: date
) -> TransactionPrice | None:
    """The price as it stood on a day; None where the fixed price is not known."""
    if terms.price is None:
        return None
    adds = [v for v in terms.variable if v.effect == "adds"]
    bonuses = sum((estimated(v) for v in adds if v.highly_probable), Decimal(0))
    expected = sum((estimated(v) for v in terms.variable if v.effect == "reduces"), Decimal(0))
    given = sum((c.amount.amount for _, c in given_by(terms, credits, on)), Decimal(0))
    own = terms.standalone.amount if terms.standalone is not None else Decimal(1)
    every = own + sum((other.amount.amount for other in terms.others), Decimal(0))
    left_out = tuple(v.name for v in adds if not v.highly_probable)
    return TransactionPrice(terms.price, bonuses, expected, given, left_out, (own, every))


def given_by(
    terms: PerformanceObligation, credits: Sequence[tuple[Fact, Credit]], on: date
) -> list[tuple[Fact, Credit]]:
    """Credits in the price's currency that had reduced it by a day."""
    currency = terms.price.currency if terms.price else ""
    return [
        (fact, credit)
        for fact, credit in credits
        if credit.type in _REDUCING and credit.credited_on <= on and credit.amount.currency == currency
    ]
