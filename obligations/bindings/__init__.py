"""Binding a promise to what it hangs on: its sides, its zone, its days, and terms of other promises.

A service credit hangs on the level that was missed, a notice on the term that it ends, business days on the
calendar that another clause defines. Each binding fills only what the clause itself leaves open, cites the
clause it comes from, and follows that clause's own dated terms. One module for each family of kinds.
"""

from collections.abc import Sequence

from obligations.bindings import (
    assurance,
    delivery,
    duties,
    lifecycle,
    money,
    prices,
    sales,
    service,
    tickets,
    volume,
)
from obligations.bindings.calendar import with_calendar
from obligations.bindings.contract import start_of, to_contract, unassigned, within
from obligations.bindings.filling import Binder, filled
from obligations.contract_tree import ContractTree
from obligations.model import Obligation, Party

BINDERS: dict[str, Binder] = {
    "payment_due": money.payment,
    "holdback": money.holdback,
    "late_interest": money.interest,
    "early_payment_discount": money.discount,
    "ticket_share": tickets.share,
    "service_credit": service.credit,
    "termination_right": service.termination,
    "rate_card": prices.price,
    "price_change": prices.change,
    "fee": prices.price,
    "renewal": lifecycle.renewing,
    "renewal_notice": lifecycle.renewing,
    "termination_notice": lifecycle.terminating,
    "reporting": duties.reporting,
    "rebate": volume.next_tier,
    "volume_discount": volume.next_tier,
    "delivery": delivery.delivery,
    "delivery_performance": delivery.performance,
    "liquidated_damages": delivery.damages,
    "performance_obligation": sales.revenue,
}
"""What binds each kind to the others of its tree; the rest need at most a calendar."""


def bind(
    tree: ContractTree, obligations: Sequence[Obligation], parties: Sequence[Party] = ()
) -> list[Obligation]:
    """Every obligation bound to its contract and to the others of its tree."""
    held = [to_contract(tree, o) for o in obligations]
    held = [filled(o, [], start_of(tree, o)) if o.kind == "term" else o for o in held]
    held = [within(tree, o, held) for o in held]
    bound = [BINDERS.get(o.kind, with_calendar)(tree, o, held) for o in held]
    bound = [assurance.named(parties, o) for o in bound]
    bound = [unassigned(tree, volume.aggregated(tree, parties, o), bound) for o in bound]
    return lifecycle.living(tree, bound)
