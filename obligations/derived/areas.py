"""Areas of performance: which kind of promise tells about what."""

from typing import Literal, get_args

Area = Literal[
    "service", "delivery", "payment", "prices", "volume", "duties", "assurance", "sales", "agreement"
]

AREAS: dict[str, Area] = {
    "response_time": "service",
    "update_time": "service",
    "resolution_time": "service",
    "ticket_share": "service",
    "availability": "service",
    "service_credit": "payment",
    "termination_right": "agreement",
    "payment_due": "payment",
    "early_payment_discount": "payment",
    "late_interest": "payment",
    "holdback": "payment",
    "fee": "prices",
    "rate_card": "prices",
    "price_change": "prices",
    "spend_limit": "prices",
    "volume_discount": "volume",
    "rebate": "volume",
    "minimum_commitment": "volume",
    "revenue_share": "volume",
    "delivery": "delivery",
    "delivery_performance": "delivery",
    "liquidated_damages": "payment",
    "warranty": "delivery",
    "milestone_payment": "sales",
    "performance_obligation": "sales",
    "duty": "duties",
    "reporting": "duties",
    "audit_right": "duties",
    "retention": "duties",
    "cure_period": "duties",
    "insurance": "assurance",
    "certificate": "assurance",
    "term": "agreement",
    "renewal": "agreement",
    "renewal_notice": "agreement",
    "termination_notice": "agreement",
}
"""The area of each kind. Kinds of the agreement's own life tell nothing about performance."""

SCORED: tuple[Area, ...] = tuple(area for area in get_args(Area) if area != "agreement")
"""The areas that a scorecard counts."""

BILLED = frozenset({"fee", "payment_due"})
"""Kinds whose debtor pays: what they paid too much goes back to the debtor."""

KEPT_BY_BILLER = frozenset({"fee"})
"""Kinds whose debtor pays, but which the other side keeps or breaks by what it bills."""
