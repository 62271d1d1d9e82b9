"""What one delivery promise is judged on: each line of an order, or the things it is about."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.delivery.delivery_standing import Judge, Standing, judge_of
from obligations.delivery.order_lines import Ordered, Side, ordered_lines, under_way
from obligations.delivery.single_deliveries import Thing, amount, open_name, thing_arrivals, things
from obligations.facts import Deed, Delivery, Fact, Milestone, OrderLine, Source
from obligations.matching import belongs, records, same_service
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.terms.delivery import DeliveryTime


@dataclass(frozen=True)
class Case:
    """One line or thing. `standing` gives how it stands by a reading, None where its due day is unknown.

    `watched` tells whether an absent record is evidence; `line` is the line of an order, `names` are what
    other records may call it.
    """

    key: str
    label: str
    begins_on: date | None
    dated: DatedTerms
    judge: Judge
    standing: Callable[[Side], Standing | None]
    missing: tuple[str, ...]
    records: tuple[Source, ...]
    watched: bool
    line: OrderLine | None = None
    names: tuple[str, ...] = ()


def cases(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None
) -> Iterator[Case]:
    """The lines of orders under a delivery promise, or the things it is about where there are none."""
    judges = {
        dated.from_on: judge_of(obligation, dated.terms, facts, at)
        for dated in obligation.terms
        if isinstance(dated.terms, DeliveryTime)
    }
    last = obligation.terms[-1]
    judge = judges[last.from_on]
    watched = observed_from is not None or _recorded(obligation, facts, at, judge.today)
    lines = (
        ordered_lines(obligation, facts, at, judge.today, judge.terms.item) if by_order(judge.terms) else []
    )
    for ordered in lines:
        dated = obligation.in_force(ordered.order.ordered_on)
        if dated is not None and _promised_here(judges[dated.from_on], ordered) is not False:
            yield _line_case(judges[dated.from_on], dated, ordered, watched)
    if not lines and not of_orders_only(judge.terms):
        for thing in things(judge, facts, at):
            yield _thing_case(judge, last, thing, (facts, at, watched))


def _recorded(obligation: Obligation, facts: Sequence[Fact], at: AsOf, today: date) -> bool:
    """Whether anything told by `today` that deliveries are recorded at all."""
    known = at.known_at
    return (
        any(under_way(delivery, today) for _, delivery in records(obligation, facts, known, Delivery))
        or any(deed.done_on <= today for _, deed in records(obligation, facts, known, Deed))
        or any(True for _ in records(obligation, facts, known, Milestone))
    )


def by_order(terms: DeliveryTime) -> bool:
    """Whether lines of orders are due under the terms."""
    return terms.due_on is None and terms.starts in (None, "order", "call_off")


def of_orders_only(terms: DeliveryTime) -> bool:
    """Whether nothing but lines of orders can be due under them."""
    return by_order(terms) and (terms.within is None or terms.starts is not None)


def _own_name(judge: Judge) -> str:
    return judge.terms.item or judge.terms.name or judge.obligation.key


def _promised_here(judge: Judge, ordered: Ordered) -> bool | None:
    """Whether a line is under this promise and none of its rivals, by their names; None where it may be."""
    if not judge.terms.rivals:
        return True
    named = f"{ordered.line.item} {ordered.line.category}"
    if same_service(_own_name(judge) or None, named) is True:
        return True
    return False if any(same_service(rival, named) is True for rival in judge.terms.rivals) else None


def _line_case(judge: Judge, dated: DatedTerms, ordered: Ordered, watched: bool) -> Case:
    missing = [judge.due_days(ordered).missing]
    if belongs(judge.obligation, ordered.fact) == "unclear":
        missing.append(f"which contract {ordered.order.number} is under")
    missing.append(ordered.contradicted)
    if _promised_here(judge, ordered) is None:
        names = " or ".join((_own_name(judge) or "this one", *judge.terms.rivals))
        missing.append(f"which promise {ordered.key} is under: {names}")
    item = f" {ordered.line.item}" if ordered.line.item else ""
    return Case(
        key=ordered.key,
        label=f"Line {ordered.key} ({ordered.amount}{item})",
        begins_on=ordered.order.ordered_on,
        dated=dated,
        judge=judge,
        standing=lambda side: judge.line(ordered, side),
        missing=tuple(text for text in missing if text),
        records=ordered.sources,
        watched=watched,
        line=ordered.line,
        names=(ordered.order.number,),
    )


def _thing_case(
    judge: Judge, dated: DatedTerms, thing: Thing, seen: tuple[Sequence[Fact], AsOf, bool]
) -> Case:
    facts, at, watched = seen

    def standing(side: Side) -> Standing | None:
        if not thing.due.days:
            return None
        due = judge.due(thing.due, side, thing.start, (thing.key,))
        arrived = thing_arrivals(judge, thing, facts, at, side)
        return judge.standing(due, judge.terms.quantity or Decimal(1), arrived)

    named = _own_name(judge)
    missing = (thing.due.missing, "" if named else open_name(judge.obligation))
    return Case(
        key=thing.key,
        label=amount(judge, thing),
        begins_on=thing.start,
        dated=dated,
        judge=judge,
        standing=standing,
        missing=tuple(text for text in missing if text),
        records=(thing.trigger,) if thing.trigger else (),
        watched=watched,
        names=(thing.name,),
    )
