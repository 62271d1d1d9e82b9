"""The registry of rules: one file per kind, the file's name is the kind.

A rule is `assess(obligation, facts, at, observed_from) -> tuple[Assessment, ...]`, one assessment for each
occurrence, in order of `occurrence.counts_on`. It is pure (no clock, no I/O, no randomness), total (never
raises for obligations that could be made) and knows nothing after `at.as_of` nor recorded after
`at.known_at`.
"""

from collections.abc import Callable, Sequence
from datetime import date

from obligations.decisions import decided
from obligations.errors import CalendarError
from obligations.facts import Fact
from obligations.lifecycle import after_end
from obligations.lifecycle.agreement_end import until_ended
from obligations.model import AsOf, Assessment, Obligation, Occurrence
from obligations.rules import (
    audit_right,
    availability,
    certificate,
    cure_period,
    delivery,
    delivery_performance,
    duty,
    early_payment_discount,
    fee,
    holdback,
    insurance,
    late_interest,
    liquidated_damages,
    milestone_payment,
    minimum_commitment,
    payment_due,
    performance_obligation,
    price_change,
    rate_card,
    rebate,
    renewal,
    renewal_notice,
    reporting,
    resolution_time,
    response_time,
    retention,
    revenue_share,
    service_credit,
    spend_limit,
    term,
    termination_notice,
    termination_right,
    ticket_share,
    update_time,
    volume_discount,
    warranty,
)
from obligations.trail import Trail, undetermined

Rule = Callable[[Obligation, Sequence[Fact], AsOf, date | None], tuple[Assessment, ...]]

RULES: dict[str, Rule] = {
    "response_time": response_time.assess,
    "resolution_time": resolution_time.assess,
    "update_time": update_time.assess,
    "ticket_share": ticket_share.assess,
    "availability": availability.assess,
    "service_credit": service_credit.assess,
    "termination_right": termination_right.assess,
    "payment_due": payment_due.assess,
    "holdback": holdback.assess,
    "late_interest": late_interest.assess,
    "early_payment_discount": early_payment_discount.assess,
    "delivery": delivery.assess,
    "delivery_performance": delivery_performance.assess,
    "liquidated_damages": liquidated_damages.assess,
    "warranty": warranty.assess,
    "milestone_payment": milestone_payment.assess,
    "performance_obligation": performance_obligation.assess,
    "duty": duty.assess,
    "price_change": price_change.assess,
    "rebate": rebate.assess,
    "rate_card": rate_card.assess,
    "insurance": insurance.assess,
    "certificate": certificate.assess,
    "cure_period": cure_period.assess,
    "audit_right": audit_right.assess,
    "retention": retention.assess,
    "minimum_commitment": minimum_commitment.assess,
    "fee": fee.assess,
    "volume_discount": volume_discount.assess,
    "spend_limit": spend_limit.assess,
    "revenue_share": revenue_share.assess,
    "reporting": reporting.assess,
    "term": term.assess,
    "renewal": renewal.assess,
    "renewal_notice": renewal_notice.assess,
    "termination_notice": termination_notice.assess,
}

_ACCOUNT = (
    *("invoice", "payment", "credit", "notice", "decision"),
    *("delivery", "milestone", "purchase_order", "exchange_rate"),
)
"""What decides when an invoice is due and what has been paid on it."""

READS: dict[str, tuple[str, ...]] = {
    "response_time": ("ticket", "relief"),
    "resolution_time": ("ticket", "relief"),
    "update_time": ("ticket", "relief"),
    "ticket_share": ("ticket", "relief"),
    "availability": ("outage", "relief"),
    "service_credit": ("outage", "relief", "ticket", "invoice", "credit", "notice"),
    "termination_right": ("outage", "relief", "ticket", "event", "notice"),
    "payment_due": _ACCOUNT,
    "holdback": (*_ACCOUNT, "event"),
    "late_interest": (*_ACCOUNT, "reference_rate"),
    "early_payment_discount": _ACCOUNT,
    "delivery": ("purchase_order", "delivery", "deed", "milestone", "notice", "event", "relief"),
    "delivery_performance": ("purchase_order", "delivery", "relief"),
    "warranty": ("delivery", "milestone", "deed", "event", "notice"),
    "milestone_payment": ("milestone", "invoice", "payment", "credit"),
    "performance_obligation": ("progress", "milestone", "delivery", "deed", "credit", "invoice"),
    "liquidated_damages": (
        *("purchase_order", "delivery", "deed", "milestone", "notice", "event", "relief"),
        *("credit", "outage"),
    ),
    "duty": ("deed", "event", "notice"),
    "price_change": ("notice", "index_value", "invoice", "credit"),
    "rebate": ("invoice", "purchase_order", "delivery", "usage", "credit"),
    "rate_card": (
        "invoice",
        "purchase_order",
        "delivery",
        "credit",
        "notice",
        "index_value",
        "exchange_rate",
    ),
    "insurance": ("certificate",),
    "certificate": ("certificate", "event", "deed"),
    "cure_period": ("notice", "deed", "decision"),
    "audit_right": ("notice", "event", "deed"),
    "retention": ("event", "deed"),
    "minimum_commitment": ("invoice", "purchase_order", "delivery", "usage", "credit", "relief"),
    "fee": ("invoice", "credit", "notice", "index_value", "exchange_rate"),
    "volume_discount": ("invoice", "purchase_order", "delivery", "usage", "credit"),
    "spend_limit": ("invoice", "purchase_order", "credit", "exchange_rate"),
    "revenue_share": ("invoice", "payment", "credit", "usage", "report_received"),
    "reporting": ("report_received", "event", "notice", "deed"),
    "term": ("notice", *after_end.READ),
    "renewal": ("notice", "index_value"),
    "renewal_notice": ("notice",),
    "termination_notice": ("notice",),
}
"""The kinds of fact each rule reads; it ignores all others."""


def reads(obligation: Obligation) -> frozenset[str]:
    """The kinds of fact that decide an obligation: what its rule reads, the decisions of people, and the
    notices that may end its agreement or start a time to cure."""
    noticed = {"notice"} if obligation.life is not None or obligation.cure is not None else set()
    return frozenset({*READS[obligation.kind], "decision", *noticed})


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """Judge every occurrence of an obligation as of `at`.

    `facts` may be every version of every record of the party; the rule picks what falls under the promise.
    `observed_from` is the day from which the sources are complete: an absent record is evidence from then
    on. Periods before it are not assessed. The agreement ends as notices say, and what people decided about
    a finding is applied to it.
    """
    ending = until_ended(obligation, facts, at)
    return decided(ending, by_rule(ending, facts, at, observed_from), facts, at)


def by_rule(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """What the rule of the kind finds, before decisions, for an agreement whose end is known."""
    try:
        return RULES[obligation.kind](obligation, facts, at, observed_from)
    except CalendarError as error:
        return (_uncountable(obligation, at, error),)


def _uncountable(obligation: Obligation, at: AsOf, error: CalendarError) -> Assessment:
    """Dates that cannot be counted are no reason to stop the others: undetermined, with the reason."""
    trail = Trail(obligation, at)
    trail.terms(obligation.terms[-1], "The dates of this promise cannot be counted.")
    today = at.as_of.date()
    occurrence = Occurrence(key="calendar", label="calendar that cannot be used", counts_on=today)
    missing = f"a calendar that can be used: {error}"
    return trail.conclude(occurrence, undetermined(f"It cannot be counted: {error}.", missing))
