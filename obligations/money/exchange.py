"""Amounts of one currency in another, by the rates on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from obligations.facts import ExchangeRate, Fact, Source
from obligations.quantities import Money
from obligations.wording import plain

LONGEST_GAP = timedelta(days=7)
"""A published rate holds until the next one, over weekends and holidays, but no longer than this."""


@dataclass(frozen=True)
class Exchanged:
    """An amount in the wanted currency, with the rate it was reckoned by."""

    amount: Decimal
    says: str
    record: Source


def exchanged(
    rates: Sequence[tuple[Fact, ExchangeRate]], money: Money, currency: str, on: date, publisher: str | None
) -> Exchanged | str:
    """An amount in another currency at the rate of a day: the newest published by then. What is missing
    where there is none within a week before, or where several of its day differ. `publisher` None: of any."""
    fits = [
        (fact, rate)
        for fact, rate in rates
        if {rate.base, rate.quote} == {money.currency, currency}
        and on - LONGEST_GAP <= rate.on <= on
        and (publisher is None or rate.publisher.casefold() == publisher.casefold())
    ]
    latest_on = max((rate.on for _, rate in fits), default=on)
    newest = sorted(((f, r) for f, r in fits if r.on == latest_on), key=lambda held: held[0].id)
    if len({_worth(money, rate) for _, rate in newest}) != 1:
        by = f" of {publisher}" if publisher else ""
        return f"the rate{by} of {money.currency} to {currency} on {on}"
    fact, rate = newest[0]
    by = f" ({rate.publisher})" if rate.publisher else ""
    says = f"{rate.base} 1 = {rate.quote} {plain(rate.rate)} on {rate.on}{by}"
    return Exchanged(_worth(money, rate), says, fact.source)


def _worth(money: Money, rate: ExchangeRate) -> Decimal:
    return money.amount * rate.rate if rate.base == money.currency else money.amount / rate.rate
