"""Filling what a clause leaves open from another clause, following that clause's own dated terms."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.model import DatedTerms, Obligation
from obligations.terms import Terms

Fill = Callable[[Terms, date], tuple[dict[str, Any], tuple[Span, ...]]]
"""From the terms in force on a day: the fields to set, and the clauses they come from."""

Binder = Callable[[ContractTree, Obligation, Sequence[Obligation]], Obligation]
"""Binds one promise to the others of its tree."""


def nearest(
    tree: ContractTree, obligation: Obligation, held: Iterable[Obligation], kind: str
) -> Obligation | None:
    """The promise of a kind in the nearest document: its own, its scope's, then the wider scopes'."""
    candidates = [o for o in held if o.kind == kind]
    own = [o for o in candidates if o.contract == obligation.contract]
    if own:
        return own[0]
    scope = tree.scope(obligation.contract)
    for each in (scope, *tree.wider(scope)):
        found = sorted(
            (o for o in candidates if tree.scope(o.contract) == each), key=lambda o: tree.rank(o.contract)
        )
        if found:
            return found[0]
    return None


def on_day(obligation: Obligation | None, on: date) -> DatedTerms | None:
    """The terms in force on a day; before the first of them, the first; none once they are deleted."""
    if obligation is None or obligation.deleted_by(on) is not None:
        return None
    return obligation.in_force(on) or obligation.terms[0]


def filled(obligation: Obligation, sources: Sequence[Obligation], fill: Fill) -> Obligation:
    """The obligation with its terms filled, dated anew on every day on which a source's terms change."""
    own = [dated.from_on or date.min for dated in obligation.terms]
    changes = {d.from_on for s in sources for d in s.terms if d.from_on is not None and d.from_on > own[0]}
    series: list[DatedTerms] = []
    for day in sorted({*own, *changes}):
        dated = obligation.said(day) or obligation.terms[0]
        update, spans = fill(dated.terms, day)
        terms = dated.terms.model_copy(update=update)
        if series and series[-1].terms == terms and day not in own:
            continue
        basis = tuple(s for s in dict.fromkeys((*dated.basis, *spans)) if s != dated.span)
        from_on = None if day == date.min else day
        series.append(dated.model_copy(update={"from_on": from_on, "terms": terms, "basis": basis}))
    return obligation.model_copy(update={"terms": tuple(series)})
