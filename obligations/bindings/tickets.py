"""Binding shares of tickets: they hang on a promise on single tickets, which another clause may state."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.bindings.calendar import with_calendar
from obligations.bindings.filling import filled, on_day
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.model import Obligation
from obligations.terms import ResolutionTime, ResponseTime, Terms, TicketShare

_KINDS = ("resolution_time", "response_time")


def share(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """A share with the promise on single tickets that it is of, and that with its calendar."""
    level = _level(tree, obligation, held)
    bound = with_calendar(tree, level, held) if level is not None else None
    own = _own_level(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, TicketShare):
            return {}, ()
        if terms.level is not None:
            dated = on_day(own, on)
            return ({"level": dated.terms}, dated.basis) if dated is not None else ({}, ())
        dated = on_day(bound, on)
        if dated is None or not isinstance(dated.terms, ResponseTime | ResolutionTime):
            return {}, ()
        return {"level": dated.terms}, (dated.span, *dated.basis)

    return filled(obligation, [bound] if bound is not None else [], fill)


def _level(tree: ContractTree, share: Obligation, held: Sequence[Obligation]) -> Obligation | None:
    """The only promise of the kind and the priority in the share's own document, else in its scope."""
    terms = share.terms[-1].terms
    if not isinstance(terms, TicketShare) or terms.level is not None:
        return None
    kinds = (terms.of,) if terms.of is not None else _KINDS
    scope = tree.scope(share.contract)
    near = [o for o in held if o.kind in kinds and tree.scope(o.contract) == scope]
    named = [o for o in near if getattr(o.terms[-1].terms, "priority", None) == terms.priority]
    for among in (named, near):
        for found in ([o for o in among if o.contract == share.contract], among):
            if len(found) == 1:
                return found[0]
    return None


def _own_level(tree: ContractTree, share: Obligation, held: Sequence[Obligation]) -> Obligation | None:
    """The level that a share states itself, as a promise, with the calendar that it needs."""
    last = share.terms[-1].terms
    if not isinstance(last, TicketShare) or last.level is None:
        return None
    series = tuple(
        dated.model_copy(update={"terms": dated.terms.level})
        for dated in share.terms
        if isinstance(dated.terms, TicketShare)
        and dated.terms.level is not None
        and dated.terms.level.kind == last.level.kind
    )
    single = share.model_copy(update={"kind": last.level.kind, "terms": series})
    return with_calendar(tree, single, held)
