"""Binding service promises: a credit hangs on the level that was missed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.amendments import normal_key
from obligations.bindings.filling import filled, on_day
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.matching import same_service
from obligations.model import Obligation
from obligations.terms import Availability, ServiceCredit, Terms


def credit(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    level = _level(tree, obligation, held)
    base = _base(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, ServiceCredit):
            return {}, ()
        update: dict[str, Any] = {}
        spans: tuple[Span, ...] = ()
        dated = on_day(level, on)
        if terms.level is None and dated is not None and isinstance(dated.terms, Availability):
            zone = dated.terms.zone or (level.zone if level else None)
            update["level"] = dated.terms.model_copy(update={"zone": zone})
            spans = (dated.span, *dated.basis)
        if terms.base is None and base is not None:
            charged = base.terms[-1]
            assert isinstance(charged.terms, ServiceCredit)
            update |= {"base": charged.terms.base, "base_per": charged.terms.base_per}
            spans += (charged.span,)
        return update, spans

    return filled(obligation, [level] if level else [], fill)


def _level(tree: ContractTree, credit: Obligation, held: Sequence[Obligation]) -> Obligation | None:
    """The availability promise a credit hangs on: by key or service, or the only one in the document, then
    in the scope."""
    scope = tree.scope(credit.contract)
    levels = [o for o in held if o.kind == "availability" and tree.scope(o.contract) == scope]
    own = [o for o in levels if o.contract == credit.contract]
    for among in (own, levels):
        named = [o for o in among if _same_thing(credit, o)]
        if len(named) == 1 or len(among) == 1:
            return (named or among)[0]
    return None


def _same_thing(credit: Obligation, level: Obligation) -> bool:
    if normal_key(credit.key) == normal_key(level.key):
        return True
    return bool(credit.key) and same_service(credit.key, level.key) is True


def _base(tree: ContractTree, credit: Obligation, held: Sequence[Obligation]) -> Obligation | None:
    """Another credit of the same scope whose clause states the charge, if all of them state the same."""
    scope = tree.scope(credit.contract)
    stated = [
        o
        for o in held
        if o.id != credit.id and tree.scope(o.contract) == scope and _stated_base(o) is not None
    ]
    return stated[0] if len({_stated_base(o) for o in stated}) == 1 else None


def _stated_base(obligation: Obligation) -> Any:
    terms = obligation.terms[-1].terms
    return (terms.base, terms.base_per) if isinstance(terms, ServiceCredit) and terms.base else None
