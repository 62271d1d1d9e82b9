"""Binding service promises: a credit and a right to terminate hang on the level that was missed."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.amendments import normal_key
from obligations.bindings.filling import filled, on_day
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.matching import same_service
from obligations.model import Obligation
from obligations.terms import Availability, RivalCredit, ServiceCredit, TerminationRight, Terms

LEVELS = ("availability", "ticket_share", "response_time", "resolution_time", "update_time")
"""The kinds of promise that a credit or a right to terminate may hang on."""


def credit(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """A credit with its level, its charge, the names of the other credits of its agreement, and those of them
    that it shares a pool or an event with."""
    bound = _with_level(tree, obligation, held)
    others = [o for o in held if o.kind == "service_credit" and o.id != obligation.id]
    scope = tree.scope(obligation.contract)
    rivals = [_with_level(tree, o, held) for o in others if tree.scope(o.contract) == scope]

    named_otherwise = {o.key for o in rivals if o.key and normal_key(o.key) != normal_key(obligation.key)}

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, ServiceCredit):
            return {}, ()
        names: dict[str, Any] = {} if terms.others else {"others": tuple(sorted(named_otherwise))}
        if terms.rivals or not _shares(terms):
            return names, ()
        dated = [(rival, on_day(rival, on)) for rival in rivals]
        named = [(rival, d) for rival, d in dated if d is not None and isinstance(d.terms, ServiceCredit)]
        update = names | {"rivals": tuple(RivalCredit(id=r.id, key=r.key, terms=d.terms) for r, d in named)}
        return update, tuple(d.span for _, d in named)

    return filled(bound, rivals, fill)


def _shares(terms: ServiceCredit) -> bool:
    return terms.pays_once or terms.pool_amount is not None or terms.pool_percent is not None


def _with_level(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    level = missed_level(tree, obligation, held)
    base = _base(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, ServiceCredit):
            return {}, ()
        update: dict[str, Any] = {}
        spans: tuple[Span, ...] = ()
        if terms.level is None:
            update, spans = level_terms(level, on)
        if terms.base is None and base is not None:
            charged = base.terms[-1]
            assert isinstance(charged.terms, ServiceCredit)
            update |= {"base": charged.terms.base, "base_per": charged.terms.base_per}
            spans += (charged.span,)
        return update, spans

    return filled(obligation, [level] if level else [], fill)


def termination(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """A right to terminate with the level whose misses give it."""
    level = missed_level(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, TerminationRight) or terms.level is not None or terms.events:
            return {}, ()
        return level_terms(level, on)

    return filled(obligation, [level] if level else [], fill)


def level_terms(level: Obligation | None, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
    """The terms of a level on a day, to be put into what hangs on it, with the clauses they come from."""
    dated = on_day(level, on)
    if level is None or dated is None:
        return {}, ()
    terms = dated.terms
    if isinstance(terms, Availability):
        terms = terms.model_copy(update={"zone": terms.zone or level.zone})
    return {"level": terms}, (dated.span, *dated.basis)


def missed_level(tree: ContractTree, hanging: Obligation, held: Sequence[Obligation]) -> Obligation | None:
    """The level that a promise hangs on: an availability by key or service, or the only one in the document,
    then in the scope; else the one promise on tickets, or share of them, that has the same key."""
    scope = tree.scope(hanging.contract)
    near = [o for o in held if o.kind in LEVELS and tree.scope(o.contract) == scope]
    ups = [o for o in near if o.kind == "availability"]
    for among in ([o for o in ups if o.contract == hanging.contract], ups):
        named = [o for o in among if _same_thing(hanging, o)]
        if len(named) == 1 or (len(among) == 1 and not _on_tickets(hanging)):
            return (named or among)[0]
    tickets = [o for o in near if o.kind != "availability" and normal_key(o.key) == normal_key(hanging.key)]
    return tickets[0] if len(tickets) == 1 else None


def _on_tickets(hanging: Obligation) -> bool:
    """Whether the clause itself counts tickets, so that it does not hang on an availability."""
    terms = hanging.terms[-1].terms
    return isinstance(terms, ServiceCredit) and terms.step is not None and terms.step.tickets is not None


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
