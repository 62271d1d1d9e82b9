"""Binding promises of paying: interest and discounts hang on when the whole is due, a payment on what may be
taken off and kept back."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from obligations.bindings.calendar import business_calendar, with_calendar
from obligations.bindings.filling import filled, nearest, on_day
from obligations.contract_tree import ContractTree
from obligations.document import Span
from obligations.model import Obligation
from obligations.terms import EarlyPaymentDiscount, Holdback, LateInterest, PaymentDue, Terms
from obligations.terms.money import CashDiscount, GovernedPayment, OnPayment


def payment(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """When money is due: with the day of signature, the discount and the holdback of the same contract."""
    discount = nearest(tree, obligation, held, "early_payment_discount")
    kept_back = nearest(tree, obligation, held, "holdback")

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, PaymentDue):
            return {}, ()
        update: dict[str, Any] = {}
        spans: tuple[Span, ...] = ()
        if terms.starts == "signature" and terms.signed_on is None:
            update["signed_on"] = _signed_on(tree, obligation)
        offered = on_day(discount, on)
        if terms.discount is None and offered is not None and isinstance(offered.terms, EarlyPaymentDiscount):
            update["discount"] = _offer(offered.terms)
            spans += (offered.span,)
        kept = on_day(kept_back, on)
        if terms.holdback is None and kept is not None and isinstance(kept.terms, Holdback):
            update["holdback"] = kept.terms
            spans += (kept.span,)
        return update, spans

    others = [other for other in (discount, kept_back) if other is not None]
    return with_calendar(tree, filled(obligation, others, fill), held)


def discount(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """What may be taken off: with the day on which the whole is due."""
    due, others = _payments(tree, obligation, held)
    calendar, source = business_calendar(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, EarlyPaymentDiscount):
            return {}, ()
        update, spans = _due_on(terms, due, others, on)
        if terms.calendar is None and (terms.clock == "business" or terms.roll) and calendar is not None:
            update["calendar"] = calendar
            spans += source
        return update, spans

    return filled(obligation, [*([due] if due else []), *others], fill)


def interest(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """Interest on what is late: with the day on which the whole is due."""
    due, others = _payments(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        return _due_on(terms, due, others, on) if isinstance(terms, LateInterest) else ({}, ())

    return filled(obligation, [*([due] if due else []), *others], fill)


def holdback(tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]) -> Obligation:
    """Money kept back: with the business days of its releases."""
    calendar, source = business_calendar(tree, obligation, held)

    def fill(terms: Terms, on: date) -> tuple[dict[str, Any], tuple[Span, ...]]:
        if not isinstance(terms, Holdback) or terms.calendar is not None or calendar is None:
            return {}, ()
        business = any(release.clock == "business" for release in terms.releases)
        return ({"calendar": calendar}, source) if business else ({}, ())

    return filled(obligation, [], fill)


def _payments(
    tree: ContractTree, obligation: Obligation, held: Sequence[Obligation]
) -> tuple[Obligation | None, list[Obligation]]:
    """The promise of the nearest document of when money is due, and those of other documents for records
    that this one governs too; all bound themselves."""
    near = nearest(tree, obligation, held, "payment_due")
    own = {obligation.contract, *obligation.governs}
    others = [
        o
        for o in held
        if o.kind == "payment_due" and (near is None or o.id != near.id) and own & {o.contract, *o.governs}
    ]
    return payment(tree, near, held) if near else None, [payment(tree, other, held) for other in others]


def _due_on(
    terms: OnPayment, due: Obligation | None, others: Sequence[Obligation], on: date
) -> tuple[dict[str, Any], tuple[Span, ...]]:
    """The terms of payment in force on a day, of the nearest document and of the others."""
    update: dict[str, Any] = {}
    spans: tuple[Span, ...] = ()
    dated = on_day(due, on)
    if terms.payment is None and dated is not None and isinstance(dated.terms, PaymentDue):
        update["payment"] = dated.terms
        spans += (dated.span, *dated.basis)
    if not terms.elsewhere:
        governed = [(other, d) for other in others if (d := on_day(other, on)) is not None]
        update["elsewhere"] = tuple(
            GovernedPayment(contracts=tuple(sorted({other.contract, *other.governs})), payment=d.terms)
            for other, d in governed
            if isinstance(d.terms, PaymentDue)
        )
        spans += tuple(d.span for _, d in governed)
    return update, spans


def _offer(terms: EarlyPaymentDiscount) -> CashDiscount:
    return CashDiscount(**{name: getattr(terms, name) for name in CashDiscount.model_fields})


def _signed_on(tree: ContractTree, obligation: Obligation) -> date | None:
    contract = tree.by_id[obligation.contract]
    return contract.agreed_on or contract.effective_on
