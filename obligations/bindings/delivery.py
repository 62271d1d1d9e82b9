"""Binding promises about deliveries: their calendar and start, and what performance and damages hang on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.bindings.calendar import with_calendar
from obligations.bindings.filling import filled
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.model import Obligation
from obligations.terms import DeliveryTime, Terms

_Filling = tuple[dict[str, Any], tuple[Span, ...]]


def delivery(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """The effective date from which it may be counted, and the calendar of its business days."""

    def fill(terms: Terms, _: date) -> _Filling:
        if not isinstance(terms, DeliveryTime) or terms.starts_on is not None:
            return {}, ()
        return {"starts_on": obligation.starts_on}, ()

    return with_calendar(tree, filled(obligation, [], fill), held)
