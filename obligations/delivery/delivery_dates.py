"""The day by which something is to be delivered, in every reading that the terms leave open, and the days by
which the other side's own delays move it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta, tzinfo

from obligations.deadlines import days_after
from obligations.due_days import DueDay, DueDays
from obligations.facts import Fact, OrderLine, PurchaseOrder, Relief, Source
from obligations.matching import records, same_service
from obligations.model import AsOf, Obligation
from obligations.periods import shift
from obligations.terms.delivery import DeliveryTime
from obligations.wording import allowance_text

_DAY = timedelta(days=1)


def line_due_days(terms: DeliveryTime, order: PurchaseOrder, line: OrderLine) -> DueDays:
    """The due days of one line of an order: a stated day, a time from the order, or a date of the line."""
    if terms.due_on is not None:
        return DueDays((DueDay(terms.due_on, "the day the contract states"),))
    if terms.within is not None:
        return counted_from(terms, order.ordered_on, "the order")
    agreed = {
        "requested": (line.requested_on, "requested"),
        "promised": (line.promised_on, "promised"),
        "confirmed": (line.confirmed_on or line.promised_on, "last confirmed"),
    }
    kinds = [terms.date_kind] if terms.date_kind else list(agreed)
    days = {agreed[kind][0]: agreed[kind][1] for kind in reversed(kinds)}
    found = tuple(DueDay(on, f"the day {how} for the line") for on, how in days.items() if on is not None)
    named = f"{agreed[terms.date_kind][1]} " if terms.date_kind else "agreed "
    missing = "" if found else f"the {named}day of {order.number}/{line.number}"
    return DueDays(found, missing)


def counted_from(terms: DeliveryTime, start: date, what: str) -> DueDays:
    """The due day counted from a start, in calendar or business days."""
    assert terms.within is not None
    business = terms.clock == "business"
    if business and terms.calendar is None:
        return DueDays(missing="the calendar of the business days")
    on = days_after(start, terms.within, terms.calendar if business else None)
    return DueDays((DueDay(on, f"{allowance_text(terms.within, business)} from {what} on {start}"),))


@dataclass(frozen=True)
class ExcusedDays:
    """The days on which the supplier was held up by others, with the records that say so."""

    days: frozenset[date] = frozenset()
    sources: tuple[Source, ...] = ()

    def moved(self, due: date, start: date | None) -> date:
        """A due day later by each excused day after `start` and not after the day it has moved to: a delay
        that begins when the supplier is late already moves nothing."""
        for day in sorted(day for day in self.days if start is None or day > start):
            if day <= due:
                due += _DAY
        return due

    def between(self, first: date, last: date) -> int:
        """Excused days after `first` up to and with `last`."""
        return sum(first < day <= last for day in self.days)


Reliefs = Mapping[str, Sequence[tuple[Fact, Relief]]]
"""Reliefs by what they are about ("" = everything under the contract)."""


def reliefs_of(obligation: Obligation, excuses: Iterable[str], facts: Sequence[Fact], at: AsOf) -> Reliefs:
    """The reliefs under a promise that had begun by the instant judged, of the causes that excuse."""
    causes = frozenset(excuses)
    found: dict[str, list[tuple[Fact, Relief]]] = {}
    for fact, relief in records(obligation, facts, at.known_at, Relief):
        begun = relief.started_at.astimezone(UTC) <= at.as_of.astimezone(UTC)
        if relief.cause in causes and begun:
            found.setdefault(relief.of, []).append((fact, relief))
    return found


def excused_days(
    reliefs: Reliefs,
    names: Sequence[str],
    span: tuple[date | None, date],
    whole_days: bool,
    zone: tzinfo,
) -> ExcusedDays:
    """The excused days, up to the last of `span`, of the reliefs about one of `names` or about everything.

    A day that a relief fills in part is excused, except where `whole_days`: then only full days are, which
    is the careful reading for who delivers.
    """
    first, today = span
    days: set[date] = set()
    sources: list[Source] = []
    for of, held in reliefs.items():
        if of and not any(name and same_service(name, of) for name in names):
            continue
        for fact, relief in held:
            own = _days_of(relief, (first, today), whole_days, zone)
            if own:
                days |= own
                sources.append(fact.source)
    return ExcusedDays(frozenset(days), tuple(sources))


def _days_of(relief: Relief, span: tuple[date | None, date], whole_days: bool, zone: tzinfo) -> set[date]:
    start = relief.started_at.astimezone(zone)
    end = relief.ended_at.astimezone(zone) if relief.ended_at else None
    first, last = start.date(), min(end.date() if end else span[1], span[1])
    if whole_days and (start.hour or start.minute or start.second):
        first += _DAY
    if end is not None and last == end.date() and (whole_days or not (end.hour or end.minute or end.second)):
        last -= _DAY
    if whole_days and last == span[1]:
        last -= _DAY  # today is not over
    first = max(first, span[0]) if span[0] else first
    return {first + _DAY * n for n in range((last - first).days + 1)}


def window(terms: DeliveryTime, due: date) -> tuple[date | None, date]:
    """The first and the last day in time around a due day."""
    opens = shift(due, terms.early, -1) if terms.early else None
    last = days_after(due, terms.grace, None) if terms.grace else due
    return opens, last - _DAY if terms.due == "before" else last
