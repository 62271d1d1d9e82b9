"""Binding promises of insurance and certificates: whose name must stand on the paper."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.bindings.filling import filled
from obligations.document import Span
from obligations.model import Obligation, Party
from obligations.terms import HeldCertificate, Insurance, Terms


def named(parties: Sequence[Party], obligation: Obligation) -> Obligation:
    """Where the clause names no insured or holder it is the party that owes the promise, by its legal name.

    The short names that systems call it by are left out: a policy for another company of the group, or for
    nobody in particular, insures nothing.
    """
    debtor = next((party for party in parties if party.id == obligation.debtor), None)
    if debtor is None or obligation.kind not in ("insurance", "certificate"):
        return obligation

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if isinstance(terms, Insurance) and terms.insured is None:
            return {"insured": debtor.name}, ()
        if isinstance(terms, HeldCertificate) and terms.holder is None:
            return {"holder": debtor.name}, ()
        return {}, ()

    return filled(obligation, [], fill)
