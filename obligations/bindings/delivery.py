"""Binding promises about deliveries: their calendar and start, and what performance and damages hang on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.bindings.calendar import with_calendar
from obligations.bindings.filling import filled, nearest, on_day
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.matching import same_service
from obligations.model import Obligation
from obligations.terms import Availability, DeliveryPerformance, DeliveryTime, LiquidatedDamages, Terms

_Filling = tuple[dict[str, Any], tuple[Span, ...]]


def delivery(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """The effective date from which it may be counted, the calendar of its business days, and the other
    promises of the same contract that lines of orders may be under."""
    others = (o for o in _of_orders(held) if o.contract == obligation.contract and o.id != obligation.id)
    rivals = tuple(other.key for other in others)

    def fill(terms: Terms, _: date) -> _Filling:
        if not isinstance(terms, DeliveryTime):
            return {}, ()
        by_order = terms.due_on is None and terms.starts in (None, "order", "call_off")
        return {
            "starts_on": terms.starts_on or obligation.starts_on,
            "name": obligation.key or None,
            "rivals": rivals if by_order else (),
        }, ()

    return with_calendar(tree, filled(obligation, [], fill), held)


def performance(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """When each line is due: the delivery promise of the nearest document; where it has several, the days
    of the lines themselves."""
    source = _promise(tree, obligation, held)

    def fill(terms: Terms, on: date) -> _Filling:
        dated = on_day(source, on)
        if not isinstance(terms, DeliveryPerformance) or terms.promise is not None or dated is None:
            return {}, ()
        if isinstance(dated.terms, DeliveryTime) and dated.terms.rivals:
            return {}, ()
        return {"promise": dated.terms}, (dated.span, *dated.basis)

    return filled(obligation, [source] if source else [], fill)


def _promise(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation | None:
    """The delivery promise nearby about lines of orders, with its own calendar and start bound."""
    found = nearest(tree, obligation, _of_orders(held), "delivery")
    return delivery(tree, found, held) if found else None


def _of_orders(held: Sequence[Obligation]) -> list[Obligation]:
    """The delivery promises that lines of orders may be under."""
    found = []
    for obligation in held:
        terms = obligation.terms[-1].terms
        if not isinstance(terms, DeliveryTime) or terms.due_on is not None:
            continue
        if terms.starts in (None, "order", "call_off"):
            found.append(obligation)
    return found


def damages(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """What the agreed sum is for: a level of the same key, or else the deliveries of the nearest document."""
    level = _level(tree, obligation, held)
    late = [] if level else _deliveries(tree, obligation, held)

    def fill(terms: Terms, on: date) -> _Filling:
        if not isinstance(terms, LiquidatedDamages) or terms.promises or terms.level is not None:
            return {}, ()
        dated = on_day(level, on)
        if dated is not None:
            return {"level": dated.terms}, (dated.span, *dated.basis)
        found = [(o, d) for o in late if (d := on_day(o, on)) is not None]
        promises = tuple(d.terms for _, d in found if isinstance(d.terms, DeliveryTime))
        return {"promises": promises}, tuple(span for _, d in found for span in (d.span, *d.basis))

    return filled(obligation, [level] if level else late, fill)


def _level(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation | None:
    """A level of the same scope that shares its name, or the only one where no delivery is promised."""
    scope = tree.scope(obligation.contract)
    near = [o for o in held if tree.scope(o.contract) == scope]
    levels = [o for o in near if isinstance(o.terms[-1].terms, DeliveryPerformance | Availability)]
    named = [o for o in levels if obligation.key and same_service(o.key, obligation.key) is True]
    if named:
        found: Obligation | None = named[0]
    else:
        found = levels[0] if len(levels) == 1 and not any(o.kind == "delivery" for o in near) else None
    return performance(tree, found, held) if found else None


def _deliveries(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> list[Obligation]:
    """The deliveries promised in the same document, or else in its scope; those that share its name where
    some do."""
    scope = tree.scope(obligation.contract)
    near = [o for o in held if o.kind == "delivery" and tree.scope(o.contract) == scope]
    own = [o for o in near if o.contract == obligation.contract] or near
    named = [o for o in own if obligation.key and same_service(o.key, obligation.key) is True]
    return [delivery(tree, o, held) for o in named or own]
