"""Amounts of one currency in another, by the rates on record."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.facts import Source
from obligations.prices.books import Books
from obligations.wording import plain


@dataclass(frozen=True)
class Exchanged:
    """An amount in the wanted currency, with the rate it was reckoned by."""

    amount: Decimal
    says: str
    record: Source


def exchanged(books: Books, amount: Decimal, pair: tuple[str, str], on: date) -> Exchanged | None:
    """An amount of the first currency of `pair` in the second, at the newest rate of the day or before it.

    None where no rate is on record.
    """
    rates = [held for held in books.rates.get(frozenset(pair), ()) if held[1].on <= on]
    if not rates:
        return None
    fact, rate = max(rates, key=lambda r: (r[1].on, r[1].base == pair[0], r[0].id))
    value = amount * rate.rate if rate.base == pair[0] else amount / rate.rate
    by = f" ({rate.publisher})" if rate.publisher else ""
    return Exchanged(value, f"{rate.base} 1 = {rate.quote} {plain(rate.rate)} on {rate.on}{by}", fact.source)
