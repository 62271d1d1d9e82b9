"""Binding promises on volume: whose volume counts, and the other rows of a table of tiers."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from obligations.bindings.filling import filled
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.model import Obligation, Party
from obligations.terms import Terms
from obligations.terms.volume import Measured, Tiered


def next_tier(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """A row of a table of tiers holds up to where the next row begins: the next higher threshold of a promise
    of the same document that differs in nothing but its threshold and percent."""

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, Tiered) or terms.threshold is None or terms.next_tier is not None:
            return {}, ()
        rows = [
            (other.threshold, dated.span)
            for each in held
            if each.contract == obligation.contract and (dated := each.in_force(on)) is not None
            if isinstance(other := dated.terms, Tiered) and other.threshold is not None
            if other.threshold > terms.threshold and _row(other) == _row(terms)
        ]
        if not rows:
            return {}, ()
        threshold, span = min(rows, key=lambda row: row[0])
        return {"next_tier": threshold}, (span,)

    return filled(obligation, [], fill)


def _row(terms: Tiered) -> Tiered:
    """The terms without what the rows of one table differ in."""
    return terms.model_copy(update={"threshold": Decimal(0), "percent": None, "next_tier": None})


def aggregated(tree: ContractTree, parties: Sequence[Party], obligation: Obligation) -> Obligation:
    """Whose volume counts too, where the clause says so: that of the other side's affiliates, and that under
    every document of the contract tree."""
    terms = obligation.terms[-1].terms
    if not isinstance(terms, Measured) or not terms.aggregates:
        return obligation
    update: dict[str, Any] = {}
    if "affiliates" in terms.aggregates and obligation.counterparty is not None:
        update["affiliates"] = affiliates(parties, obligation.counterparty)
    if "contract_tree" in terms.aggregates:
        root = tree.root(obligation.contract)
        update["governs"] = tuple(sorted(c.id for c in tree.contracts if tree.root(c.id) == root))
    return obligation.model_copy(update=update)


def affiliates(parties: Sequence[Party], party: str) -> tuple[str, ...]:
    """The parties under the same top company as `party`, without itself and without us. Owners that run in a
    circle have no top; the one reached first stands for it."""
    by_id = {each.id: each for each in parties}
    top = _top(by_id, party)
    return tuple(sorted(p.id for p in parties if p.id != party and not p.us and _top(by_id, p.id) == top))


def _top(by_id: dict[str, Party], party: str) -> str:
    path = [party]
    while (held := by_id.get(path[-1])) is not None and held.parent is not None:
        if held.parent in path:
            return min(path[path.index(held.parent) :])
        path.append(held.parent)
    return path[-1]
