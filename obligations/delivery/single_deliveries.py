"""Things that are delivered once: a plan, a site, a lot. When they are due, and the records that they came.

A deed, a milestone or a delivery proves it where it goes by the promise's name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.delivery.delivery_dates import counted_from
from obligations.delivery.delivery_standing import Judge
from obligations.delivery.order_lines import EVIDENCE, Arrival, Arrivals, Side, arrived_on, count, under_way
from obligations.due_days import DueDay, DueDays
from obligations.facts import Deed, Delivery, Event, Fact, Milestone, Notice, Source
from obligations.matching import belongs, records, same_service
from obligations.model import AsOf, Obligation
from obligations.wording import allowance_text

_ONE = Decimal(1)


@dataclass(frozen=True)
class Thing:
    """One thing due once. `trigger` is the record it is counted from, `rivals` are the days of the others: a
    record of the thing that does not say for which may be for any that had begun."""

    key: str
    name: str
    due: DueDays
    start: date | None
    rivals: tuple[date, ...] = ()
    trigger: Source | None = None


def things(judge: Judge, facts: Sequence[Fact], at: AsOf) -> list[Thing]:
    """The things a promise is about, as far as they have begun to be due."""
    terms, obligation = judge.terms, judge.obligation
    name = terms.item or terms.name or obligation.key or "The delivery"
    if terms.due_on is not None:
        due = DueDays((DueDay(terms.due_on, "the day the contract states"),))
        return [Thing("once", name, due, obligation.starts_on)]
    start = terms.starts_on or obligation.starts_on
    if terms.starts is None:
        assert terms.within is not None, "without a time only lines of orders are due"
        length = allowance_text(terms.within, terms.clock == "business")
        return [Thing("once", name, DueDays(missing=f"the day from which the {length} run"), None)]
    if terms.starts == "effective_date":
        if start is None:
            return [Thing("once", name, DueDays(missing="the effective date of the contract"), None)]
        return [Thing("once", name, counted_from(terms, start, "the effective date"), start)]
    begun = list(_triggers(judge, facts, at))
    if not begun:
        return []
    what = f"the {terms.event or terms.starts}"
    days = [day for day, _, _ in begun]
    keys = [key for _, key, _ in begun]
    return [
        Thing(
            f"{key}/{fact.source.system}/{fact.source.record}" if keys.count(key) > 1 else key,
            name,
            counted_from(terms, day, what),
            day,
            (*days[:number], *days[number + 1 :]),
            fact.source,
        )
        for number, (day, key, fact) in enumerate(begun)
    ]


def _triggers(judge: Judge, facts: Sequence[Fact], at: AsOf) -> Iterator[tuple[date, str, Fact]]:
    """The notices, events or deliveries that start the time, with their days and names."""
    terms, known = judge.terms, at.known_at
    if terms.starts == "delivery":
        for fact, delivery in records(judge.obligation, facts, known, Delivery):
            named = terms.event is None or same_service(terms.event, delivery.item) is True
            # A time that we owe begins on the first of its days, one that is owed to us on the last.
            came = arrived_on(delivery, None, judge.obligation.we_owe is False, judge.zone)
            if named and came is not None and came <= judge.today:
                yield came, delivery.number, fact
        return
    if terms.starts == "event":
        for fact, event in records(judge.obligation, facts, known, Event):
            if event.on <= judge.today and same_service(terms.event, event.name) is not False:
                yield event.on, event.reference or _label(fact), fact
        return
    for fact, notice in records(judge.obligation, facts, known, Notice):
        about = same_service(terms.event or judge.obligation.key or None, f"{notice.subject} {notice.about}")
        day = notice.received_on or notice.sent_on
        withdrawn = notice.withdrawn_on is not None and notice.withdrawn_on <= judge.today
        if day <= judge.today and about is not False and not withdrawn:
            yield day, _label(fact), fact


def thing_arrivals(judge: Judge, thing: Thing, facts: Sequence[Fact], at: AsOf, side: Side) -> Arrivals:
    """What came of a thing by today. Without a promised quantity any delivery of it is all of it."""
    due = thing.due.chosen(side.strict).on if thing.due.days else judge.today
    parts: list[Arrival] = []
    doubts: list[str] = []
    for fact, quantity, on, excused, named in _came(judge, thing, facts, at, side.strict):
        sure = belongs(judge.obligation, fact) == "yes"
        if not sure:
            doubts.append(f"which contract {_label(fact)} is under")
        if on is None:
            doubts.append(f"the day of {EVIDENCE[judge.terms.evidence]} of {_label(fact)}")
            on = due if side.benefit else date.max
        if thing.trigger is not None and thing.start is not None and on < thing.start:
            continue
        if named != thing.key and any(day <= on for day in thing.rivals):
            doubts.append(f"which {thing.name} {_label(fact)} is of")
            sure = False
        if on <= judge.today and quantity and (sure or side.benefit):
            parts.append(Arrival(on, quantity, fact.source, excused))
    parts.sort(key=lambda p: (p.on, p.source.system, p.source.record))
    return Arrivals(tuple(parts), tuple(dict.fromkeys(doubts)))


_Came = Iterator[tuple[Fact, Decimal, date | None, bool, str]]


def _came(judge: Judge, thing: Thing, facts: Sequence[Fact], at: AsOf, strict: bool) -> _Came:
    """Records that the thing came: the record, how much of it, its day, whether its delay is excused,
    and which one where it says so."""
    obligation, needed = judge.obligation, judge.terms.quantity
    for fact, deed in records(obligation, facts, at.known_at, Deed):
        if _named(thing, judge, deed.of) and deed.occurrence in ("", thing.key):
            done = deed.done_at.astimezone(judge.zone).date() if deed.done_at else deed.done_on
            yield fact, needed or _ONE, done, False, deed.occurrence
    for fact, milestone in records(obligation, facts, at.known_at, Milestone):
        if _named(thing, judge, milestone.name):
            done_on = [e.on for e in milestone.events if e.change in ("completed", "accepted")]
            if done_on:
                yield fact, needed or _ONE, min(done_on), False, ""
    for fact, delivery in records(obligation, facts, at.known_at, Delivery):
        if _named(thing, judge, delivery.item) and under_way(delivery, judge.today):
            brought = max(delivery.quantity - delivery.returned, Decimal(0))
            excused = delivery.cause in ("buyer", "force_majeure")
            on = arrived_on(delivery, judge.terms.evidence, strict, judge.zone)
            yield fact, brought if needed else min(brought, _ONE), on, excused, delivery.order


def _named(thing: Thing, judge: Judge, recorded: str) -> bool:
    """Whether a record goes by the name of the thing; one without any name does not."""
    promised = judge.terms.item or judge.terms.name or judge.obligation.key
    return bool(promised) and same_service(promised, recorded) is True


def amount(judge: Judge, thing: Thing) -> str:
    """The thing in a sentence: "First lot (6)"."""
    name = thing.name[:1].upper() + thing.name[1:]
    about = f" after {thing.key}" if thing.trigger is not None else ""
    return f"{name}{about}" + (f" ({count(judge.terms.quantity)})" if judge.terms.quantity else "")


def _label(fact: Fact) -> str:
    return fact.source.label or fact.source.record


def open_name(obligation: Obligation) -> str:
    """What is missing where a promise has no name to find its records by."""
    return f"what {obligation.id} delivers, to find it in the records"
