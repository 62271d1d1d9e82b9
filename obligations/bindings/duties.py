"""Binding duties: a report recurs while the contract runs."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.bindings.calendar import with_calendar
from obligations.bindings.filling import filled
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.model import Obligation
from obligations.terms import Reporting, Terms


def reporting(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """The days between which reports are due, and the calendar of their business days."""

    def fill(terms: Terms, _: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, Reporting):
            return {}, ()
        return {
            "starts_on": terms.starts_on or obligation.starts_on,
            "ends_on": terms.ends_on or obligation.ends_on,
        }, ()

    return with_calendar(tree, filled(obligation, [], fill), held)
