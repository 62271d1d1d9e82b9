"""Records of orders, deliveries, usage and milestones."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from obligations.quantities import Frozen, Money

Count = Annotated[Decimal, Field(ge=0)]
Cause = Literal["", "supplier", "buyer", "carrier", "force_majeure"]


class OrderLine(Frozen):
    """One line of an order. Dates: `requested_on` by the buyer, `promised_on` by the supplier at first,
    `confirmed_on` by the supplier last."""

    number: str
    item: str = ""
    quantity: Count
    unit: str = ""
    unit_price: Money | None = None
    units_per_case: Annotated[Decimal, Field(gt=0)] | None = None
    requested_on: date | None = None
    promised_on: date | None = None
    confirmed_on: date | None = None
    cancelled: Count = Decimal(0)
    cancelled_by: Literal["", "buyer", "supplier"] = ""
    category: str = ""


class PurchaseOrder(Frozen):
    """An order to a supplier (`direction` payable) or from a customer (`receivable`)."""

    kind: Literal["purchase_order"] = "purchase_order"
    number: str
    ordered_on: date
    amount: Money
    contract_reference: str = ""
    direction: Literal["payable", "receivable"] = "payable"
    category: str = Field(default="", description="what is bought, for spend by category")
    freight: Literal["", "prepaid", "collect"] = ""
    cancelled_on: date | None = None
    lines: tuple[OrderLine, ...] = ()


class Delivery(Frozen):
    """Goods that arrived, or a service performed, for a line of an order.

    `delivered_on` is the day of receipt, `delivered_at` its instant where recorded; `appointment_at` when
    the goods stood ready at the agreed slot; `proof_on` the day on the proof of delivery. `cause` says who
    made it late, where the record tells.
    """

    kind: Literal["delivery"] = "delivery"
    number: str
    order: str
    order_line: str = ""
    item: str = ""
    quantity: Count
    unit: str = ""
    shipped_on: date | None = None
    delivered_on: date | None = None
    delivered_at: AwareDatetime | None = None
    appointment_at: AwareDatetime | None = None
    proof_on: date | None = None
    returned: Count = Decimal(0)
    cause: Cause = ""


class Usage(Frozen):
    """What was used, bought or sold in a period ("2026-10"), in units; for commitments and volume prices."""

    kind: Literal["usage"] = "usage"
    item: str
    quantity: Count
    unit: str = ""
    period: str
    direction: Literal["payable", "receivable"] = "payable"


class MilestoneEvent(Frozen):
    """One step of a milestone. `accepted` needs `evidence` (a signed protocol, a ticket) to prove itself."""

    on: date
    change: Literal["completed", "submitted", "accepted", "rejected", "withdrawn"]
    by: Literal["us", "counterparty", "unknown"] = "unknown"
    evidence: str = ""


class Milestone(Frozen):
    kind: Literal["milestone"] = "milestone"
    name: str
    planned_on: date | None = None
    amount: Money | None = None
    percent_complete: Annotated[Decimal, Field(ge=0, le=100)] | None = None
    events: tuple[MilestoneEvent, ...] = ()
