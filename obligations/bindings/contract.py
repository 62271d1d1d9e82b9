"""Binding a promise to its contract: its sides, its zone, its days, the records it may claim."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.amendments import normal_key
from obligations.bindings.filling import Fill
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.lifecycle.term_dates import term_end
from obligations.model import Obligation
from obligations.terms import Renewal, Term, Terms

_ONE_PER_PARTY = frozenset(
    {
        *("payment_due", "early_payment_discount", "late_interest", "holdback"),
        *("term", "renewal", "renewal_notice", "termination_notice"),
    }
)
"""Kinds of which a contract has one, whatever its key."""


def to_contract(tree: ContractTree, obligation: Obligation) -> Obligation:
    """Our side, the other side, the zone: from the document or the nearest one above that says them."""
    path = [tree.by_id[obligation.contract], *tree.above(obligation.contract)]
    us = obligation.us or next((c.us for c in path if c.us), None)
    other = obligation.counterparty or next((c.counterparty for c in path if c.counterparty), None)
    debtor, creditor = obligation.debtor, obligation.creditor
    if us is not None and other is not None and (debtor is None) != (creditor is None):
        facing = {us: other, other: us}
        debtor = debtor or facing.get(creditor or "")
        creditor = creditor or facing.get(debtor or "")
    zone = obligation.zone or next((c.zone for c in path if c.zone), None)
    update = {"us": us, "counterparty": other, "debtor": debtor, "creditor": creditor, "zone": zone}
    return obligation.model_copy(update=update)


def starts_on_of(tree: ContractTree, obligation: Obligation) -> date | None:
    """The effective date of the document, or of the top of its scope; an amendment has that of its scope."""
    contract = tree.by_id[obligation.contract]
    top = tree.by_id[tree.scope(obligation.contract)]
    own = None if contract.relation == "amendment" else contract.effective_on
    return own or top.effective_on


def start_of(tree: ContractTree, obligation: Obligation) -> Fill:
    def fill(terms: Terms, _: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if isinstance(terms, Term) and terms.starts_on is None:
            return {"starts_on": starts_on_of(tree, obligation)}, ()
        return {}, ()

    return fill


def within(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """The days on which the contract runs; the last one only where it does not renew by itself."""
    starts_on = obligation.starts_on or starts_on_of(tree, obligation)
    return obligation.model_copy(
        update={"starts_on": starts_on, "ends_on": obligation.ends_on or _ends_on(tree, obligation, held)}
    )


def _ends_on(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> date | None:
    """The last day by the nearest scope that says one; None where that renews by itself or may."""
    scope = tree.scope(obligation.contract)
    for each in (scope, *tree.wider(scope)):
        within = sorted(
            (o for o in held if tree.scope(o.contract) == each), key=lambda o: tree.rank(o.contract)
        )
        if any(_ever_renewed_itself(o) for o in within):
            return None
        last = {o.kind: o.terms[-1].terms for o in reversed(within) if not o.terms[-1].deleted}
        term = last.get("term")
        if isinstance(term, Term):
            return term_end(term)
        if tree.by_id[each].expires_on is not None:
            return tree.by_id[each].expires_on
    return None


def _ever_renewed_itself(obligation: Obligation) -> bool:
    """Whether a clause lets, or once let, the agreement renew by itself: what an amendment stopped or deleted
    may have renewed it before."""
    return any(
        isinstance(dated.terms, Renewal) and dated.terms.automatic is not False and not dated.deleted
        for dated in obligation.terms
    )


def unassigned(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """Mark the promises that a record naming no contract cannot be told apart by: the same promise in
    another contract tree with the same party, at the same time."""
    if obligation.unassigned == "ignored" or obligation.counterparty is None:
        return obligation
    root = tree.root(obligation.contract)
    rival = any(
        other.kind == obligation.kind
        and other.counterparty == obligation.counterparty
        and tree.root(other.contract) != root
        and other.unassigned != "ignored"
        and (other.kind in _ONE_PER_PARTY or normal_key(other.key) == normal_key(obligation.key))
        and at_once(obligation, other)
        for other in held
    )
    return obligation.model_copy(update={"unassigned": "unclear" if rival else "counts"})


def at_once(one: Obligation, other: Obligation) -> bool:
    """Whether two agreements run on some day together."""
    begins = max(one.starts_on or date.min, other.starts_on or date.min)
    return begins <= min(one.ends_on or date.max, other.ends_on or date.max)
