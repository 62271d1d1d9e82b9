"""Binding sales: the service period of revenue recognised day by day, and the calendar of acceptance."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.bindings.calendar import with_calendar
from obligations.bindings.filling import filled
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.model import Obligation
from obligations.terms import PerformanceObligation, Terms


def revenue(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """A service without a period of its own runs while the contract runs."""

    def fill(terms: Terms, _: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, PerformanceObligation) or terms.method != "straight_line":
            return {}, ()
        starts_on, ends_on = terms.starts_on or obligation.starts_on, terms.ends_on or obligation.ends_on
        if starts_on is not None and ends_on is not None and ends_on < starts_on:
            return {}, ()
        return {"starts_on": starts_on, "ends_on": ends_on}, ()

    return with_calendar(tree, filled(obligation, [], fill), held)
