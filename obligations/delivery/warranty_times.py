"""The times for which quality is promised: from each delivery, acceptance, completion or event on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo

from obligations.deadlines import days_after
from obligations.delivery.order_lines import arrived_on, under_way
from obligations.facts import Deed, Delivery, Event, Fact, Milestone, Source
from obligations.matching import belongs, records, same_service
from obligations.model import AsOf, Obligation
from obligations.sales.acceptance import reached
from obligations.terms.delivery import Warranty
from obligations.terms.sales import MilestonePayment


@dataclass(frozen=True)
class Running:
    """One warranty: from what it runs, its first possible and last possible start, `names` other records
    call it by, and what is missing to tell its start. Both starts are one day where nothing is open."""

    key: str
    what: str
    earliest_on: date | None
    latest_on: date | None
    source: Source
    names: tuple[str, ...]
    missing: str = ""

    def ends_on(self, terms: Warranty, first: bool) -> date | None:
        """The last day, by the earliest or the latest start."""
        start = self.earliest_on if first else self.latest_on
        return days_after(start, terms.within, None) if start and terms.within else None


def running(
    obligation: Obligation, terms: Warranty, facts: Sequence[Fact], at: AsOf, zone: tzinfo
) -> list[Running]:
    """Every warranty that had begun by the instant judged, by its start and name."""
    today = at.as_of.astimezone(zone).date()
    found = list(_begun(obligation, terms, facts, at, zone))
    begun = [each for each in found if each.earliest_on is None or each.earliest_on <= today]
    keys = [each.key for each in begun]
    begun = [
        replace(each, key=f"{each.key}/{each.source.system}/{each.source.record}")
        if keys.count(each.key) > 1
        else each
        for each in begun
    ]
    return sorted(begun, key=lambda each: (each.earliest_on or date.max, each.key, each.source.system))


def _begun(
    obligation: Obligation, terms: Warranty, facts: Sequence[Fact], at: AsOf, zone: tzinfo
) -> Iterator[Running]:
    if terms.starts in ("delivery", None):
        delivered = list(_deliveries(obligation, terms, facts, at, zone))
        yield from delivered
        if delivered or terms.starts == "delivery":
            return
    if terms.starts == "event":
        yield from _events(obligation, terms, facts, at)
        return
    yield from _milestones(obligation, terms, facts, at, zone)
    if terms.starts == "completion":
        yield from _deeds(obligation, terms, facts, at)


def _deliveries(
    obligation: Obligation, terms: Warranty, facts: Sequence[Fact], at: AsOf, zone: tzinfo
) -> Iterator[Running]:
    today = at.as_of.astimezone(zone).date()
    for fact, delivery in records(obligation, facts, at.known_at, Delivery):
        if same_service(terms.item, delivery.item) is False or delivery.quantity <= delivery.returned:
            continue
        if not under_way(delivery, today):
            continue
        first = arrived_on(delivery, None, strict=False, zone=zone)
        last = arrived_on(delivery, None, strict=True, zone=zone)
        item = f" ({delivery.item})" if delivery.item else ""
        missing = _unclear(obligation, fact) or ("" if first else f"the day of arrival of {delivery.number}")
        names = (delivery.number, delivery.order, delivery.item)
        what = f"delivery {delivery.number}{item}"
        yield Running(delivery.number, what, first, last, fact.source, names, missing)


def _milestones(
    obligation: Obligation, terms: Warranty, facts: Sequence[Fact], at: AsOf, zone: tzinfo
) -> Iterator[Running]:
    """From acceptance, in doubt where it names no evidence; or from completion."""
    step = "completed" if terms.starts == "completion" else "accepted"
    today = at.as_of.astimezone(zone).date()
    for fact, milestone in records(obligation, facts, at.known_at, Milestone):
        if same_service(terms.item, milestone.name) is False:
            continue
        found = reached(MilestonePayment(), step, [(fact, milestone)], today, benefit=True)
        if found.on is not None:
            missing = _unclear(obligation, fact) or " and ".join(found.doubts)
            what = f"{milestone.name}, {step}"
            yield Running(milestone.name, what, found.on, found.on, fact.source, (milestone.name,), missing)


def _deeds(obligation: Obligation, terms: Warranty, facts: Sequence[Fact], at: AsOf) -> Iterator[Running]:
    for fact, deed in records(obligation, facts, at.known_at, Deed):
        if terms.item and same_service(terms.item, deed.of) is True:
            key = deed.occurrence or deed.of
            missing = _unclear(obligation, fact)
            yield Running(key, f"{deed.of}, done", deed.done_on, deed.done_on, fact.source, (key,), missing)


def _events(obligation: Obligation, terms: Warranty, facts: Sequence[Fact], at: AsOf) -> Iterator[Running]:
    for fact, event in records(obligation, facts, at.known_at, Event):
        if terms.event and same_service(terms.event, event.name) is True:
            key = event.reference or fact.source.label or fact.source.record
            missing = _unclear(obligation, fact)
            names = (key, event.name)
            yield Running(key, event.name, event.on, event.on, fact.source, names, missing)


def _unclear(obligation: Obligation, fact: Fact) -> str:
    label = fact.source.label or fact.source.record
    return f"which contract {label} is under" if belongs(obligation, fact) == "unclear" else ""
