"""Records of services: tickets, outages, and the times in which a party is relieved of its promises."""

from typing import Literal

from pydantic import AwareDatetime, Field

from obligations.quantities import Frozen, Percent

TicketStatus = Literal[
    "open",
    "in_progress",
    "awaiting_customer",
    "awaiting_vendor",
    "on_hold",
    "resolved",
    "closed",
    "cancelled",
]


class TicketEvent(Frozen):
    """One change on a ticket. `value` is the new priority ("P1") or status, or the comment's text.

    A `workaround` restores the service for the time being; the resolution may come later. A call or a visit
    that is noted is no internal note: what counts is that the customer was spoken to.
    """

    at: AwareDatetime
    change: Literal["opened", "priority", "status", "comment", "reopened", "workaround"]
    value: str = ""
    by: Literal["provider", "customer", "system", "unknown"] = "unknown"
    public: bool = True
    automatic: bool = False
    channel: Literal["", "phone", "email", "chat", "portal", "visit"] = Field(
        default="", description="how a comment reached the other side, where the record says so"
    )


class Ticket(Frozen):
    kind: Literal["ticket"] = "ticket"
    subject: str
    service: str = Field(default="", description="affected service or configuration item")
    priority: str = Field(description='priority now, normalised to "P1".."P5"')
    status: TicketStatus
    opened_at: AwareDatetime
    resolved_at: AwareDatetime | None = None
    merged_into: str = Field(default="", description="label of the ticket that this one is a duplicate of")
    events: tuple[TicketEvent, ...] = ()


class Outage(Frozen):
    """Time a service was down, slow, planned to be down, or not watched; `ended_at` None while it lasts."""

    kind: Literal["outage"] = "outage"
    service: str
    type: Literal["outage", "degradation", "maintenance", "unmonitored"]
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    announced_at: AwareDatetime | None = None
    planned_end_at: AwareDatetime | None = Field(
        default=None, description="announced end of maintenance; what runs on after it was not announced"
    )
    cause: str = Field(
        default="", description="provider, customer, force_majeure, suspension, beta, or empty: not recorded"
    )
    component: str = Field(default="", description="part of the service, where it has several")
    region: str = ""
    impact: Percent | None = Field(default=None, description="share of users or capacity affected")


class Relief(Frozen):
    """Time in which the debtor is excused: the other side did not do its part, or force majeure.

    `of` names the promise or service it is about; empty means every promise under the contract.
    """

    kind: Literal["relief"] = "relief"
    of: str = ""
    cause: Literal["customer", "force_majeure", "third_party", "agreed"]
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    reason: str = ""
