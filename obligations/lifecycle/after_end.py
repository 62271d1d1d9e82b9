"""Records of performance and payment after the end of an agreement."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from obligations.facts import Delivery, Fact, Invoice, PurchaseOrder, Source, Ticket, Usage, latest
from obligations.lifecycle.agreement_end import clock_of
from obligations.matching import belongs
from obligations.model import AsOf, Obligation
from obligations.periods import period

READ = ("ticket", "invoice", "delivery", "purchase_order", "usage")
"""The kinds of fact that show an agreement to be performed."""


@dataclass(frozen=True)
class Later:
    """What happened after the end, on which day, by which record."""

    on: date
    says: str
    source: Source


def records_after(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, days: tuple[date, date]
) -> tuple[Later, ...]:
    """What was ordered, supplied or billed after the first of `days`, up to the second, in order.

    An invoice counts by the day or period of its supply, else by its own date. A record that may be another
    contract's does not count.
    """
    ended_on, today = days
    zone = clock_of(obligation, at).zone
    shown = (f for f in facts if f.kind in READ)
    found = [
        Later(on, f"{says} on {on}", fact.source)
        for fact in latest(shown, at.known_at)
        if belongs(obligation, fact) == "yes" and not _billed_later(fact, today)
        for on, says in _performed(fact, zone)
        if ended_on < on <= today
    ]
    return tuple(sorted(found, key=lambda each: (each.on, each.source.system, each.source.record)))


def _billed_later(fact: Fact, today: date) -> bool:
    """Whether it is an invoice of a later day, which was not known whatever it is for."""
    return isinstance(fact.data, Invoice) and fact.data.invoiced_on > today


def _performed(fact: Fact, zone: tzinfo) -> Iterator[tuple[date, str]]:
    data = fact.data
    if isinstance(data, Ticket):
        yield data.opened_at.astimezone(zone).date(), f"ticket {fact.source.label or fact.source.record}"
    elif isinstance(data, Invoice):
        served = period(data.period)
        on = data.supplied_on or (served.start if served is not None else data.invoiced_on)
        yield on, f"invoice {data.number} for supply" if on != data.invoiced_on else f"invoice {data.number}"
    elif isinstance(data, Delivery) and data.delivered_on is not None:
        yield data.delivered_on, f"delivery {data.number}"
    elif isinstance(data, PurchaseOrder) and data.cancelled_on is None:
        yield data.ordered_on, f"order {data.number}"
    elif isinstance(data, Usage):
        used = period(data.period)
        if used is not None:
            yield used.start, f"use of {data.item} ({data.period})"
