"""The records that bear on prices and spend under one promise, found by number in one step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

from obligations.facts import Credit, Delivery, ExchangeRate, Fact, FactData, Invoice, PurchaseOrder, latest
from obligations.matching import covers, records
from obligations.model import AsOf, Obligation

Data = TypeVar("Data", bound=FactData)
_Number = tuple[str | None, str]
"""A party and a number as it is compared."""


def plain_number(number: str) -> str:
    """A number as it is compared: case and outer spaces do not matter."""
    return number.strip().casefold()


@dataclass(frozen=True)
class Books:
    """The records known at an instant; of several versions the newest. `today` is the day judged: what is
    dated later is not in the books."""

    obligation: Obligation
    facts: Sequence[Fact]
    at: AsOf
    today: date

    @cached_property
    def known(self) -> tuple[Fact, ...]:
        return tuple(latest(self.facts, self.at.known_at))

    def of(self, data: type[Data]) -> Iterator[tuple[Fact, Data]]:
        return ((fact, fact.data) for fact in self.known if isinstance(fact.data, data))

    @cached_property
    def billed(self) -> dict[_Number, list[tuple[Fact, Invoice]]]:
        """Every invoice that stands, by party and number: several where it is on record more than once."""
        found: dict[_Number, list[tuple[Fact, Invoice]]] = {}
        for fact, invoice in self.of(Invoice):
            returned = invoice.returned_on is not None and invoice.returned_on <= self.today
            if invoice.invoiced_on <= self.today and not returned:
                found.setdefault((fact.party, plain_number(invoice.number)), []).append((fact, invoice))
        return found

    @cached_property
    def placed(self) -> dict[_Number, tuple[Fact, PurchaseOrder]]:
        """Every order by party and number; the first of a number."""
        found: dict[_Number, tuple[Fact, PurchaseOrder]] = {}
        for fact, order in self.of(PurchaseOrder):
            if order.ordered_on <= self.today:
                found.setdefault((fact.party, plain_number(order.number)), (fact, order))
        return found

    @cached_property
    def delivered(self) -> dict[_Number, list[tuple[Fact, Delivery]]]:
        """Deliveries that have arrived, by party and order."""
        found: dict[_Number, list[tuple[Fact, Delivery]]] = {}
        for fact, delivery in self.of(Delivery):
            if delivery.delivered_on is not None and delivery.delivered_on <= self.today:
                found.setdefault((fact.party, plain_number(delivery.order)), []).append((fact, delivery))
        return found

    @cached_property
    def credits(self) -> dict[_Number, list[tuple[Fact, Credit]]]:
        """Credits given, by party and the invoice they name."""
        found: dict[_Number, list[tuple[Fact, Credit]]] = {}
        for fact, credit in self.of(Credit):
            if credit.credited_on <= self.today:
                found.setdefault((fact.party, plain_number(credit.invoice)), []).append((fact, credit))
        return found

    @cached_property
    def _rates(self) -> dict[str, list[tuple[Fact, ExchangeRate]]]:
        """Rates of exchange by each of their two currencies."""
        found: dict[str, list[tuple[Fact, ExchangeRate]]] = {}
        for fact, rate in self.of(ExchangeRate):
            if rate.on <= self.today:
                for currency in {rate.base, rate.quote}:
                    found.setdefault(currency, []).append((fact, rate))
        return found

    def rates_of(self, currency: str) -> list[tuple[Fact, ExchangeRate]]:
        """The rates on record that have a currency."""
        return self._rates.get(currency, [])

    def orders(self) -> list[tuple[Fact, PurchaseOrder]]:
        """The orders under the promise that stand: placed by the day judged and not cancelled."""
        return [
            (fact, order)
            for fact, order in records(self.obligation, self.facts, self.at.known_at, PurchaseOrder)
            if order.ordered_on <= self.today
            and (order.cancelled_on is None or order.cancelled_on > self.today)
            and covers(self.obligation, fact, order.ordered_on)
        ]
