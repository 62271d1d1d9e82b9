"""Amounts of one currency in another, by the rates on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.facts import ExchangeRate, Fact, Source, latest
from obligations.model import AsOf
from obligations.wording import plain


@dataclass(frozen=True)
class Exchanged:
    """An amount in the wanted currency, with the rate it was reckoned by."""

    amount: Decimal
    says: str
    record: Source


def exchanged(
    amount: Decimal, pair: tuple[str, str], on: date, facts: Sequence[Fact], at: AsOf
) -> Exchanged | None:
    """An amount of the first currency of `pair` in the second, at the newest rate of the day or before it.

    None where no rate is on record.
    """
    rates = [
        (fact, fact.data)
        for fact in latest((f for f in facts if isinstance(f.data, ExchangeRate)), at.known_at)
        if isinstance(fact.data, ExchangeRate)
        and {fact.data.base, fact.data.quote} == set(pair)
        and fact.data.on <= on
    ]
    if not rates:
        return None
    fact, rate = max(rates, key=lambda r: (r[1].on, r[1].base == pair[0], r[0].id))
    value = amount * rate.rate if rate.base == pair[0] else amount / rate.rate
    by = f" ({rate.publisher})" if rate.publisher else ""
    return Exchanged(value, f"{rate.base} 1 = {rate.quote} {plain(rate.rate)} on {rate.on}{by}", fact.source)
