"""Binding promises about deliveries: their calendar and start, and what performance and damages hang on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.bindings.calendar import with_calendar
from obligations.bindings.filling import filled, nearest, on_day
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.model import Obligation
from obligations.terms import DeliveryPerformance, DeliveryTime, Terms

_Filling = tuple[dict[str, Any], tuple[Span, ...]]


def delivery(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """The effective date from which it may be counted, and the calendar of its business days."""

    def fill(terms: Terms, _: date) -> _Filling:
        if not isinstance(terms, DeliveryTime) or terms.starts_on is not None:
            return {}, ()
        return {"starts_on": obligation.starts_on}, ()

    return with_calendar(tree, filled(obligation, [], fill), held)


def performance(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """When each line is due: the delivery promise of the nearest document."""
    source = _promise(tree, obligation, held)

    def fill(terms: Terms, on: date) -> _Filling:
        dated = on_day(source, on)
        if not isinstance(terms, DeliveryPerformance) or terms.promise is not None or dated is None:
            return {}, ()
        return {"promise": dated.terms}, (dated.span, *dated.basis)

    return filled(obligation, [source] if source else [], fill)


def _promise(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation | None:
    """The delivery promise nearby about lines of orders, with its own calendar and start bound."""
    of_orders = [
        o
        for o in held
        if isinstance(o.terms[-1].terms, DeliveryTime)
        and o.terms[-1].terms.due_on is None
        and o.terms[-1].terms.starts in (None, "order", "call_off")
    ]
    found = nearest(tree, obligation, of_orders, "delivery")
    return delivery(tree, found, held) if found else None
