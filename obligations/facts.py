"""Facts: immutable operational records, as the systems where work happens know them.

A ticket or invoice that changes becomes a new version of the same `source` record with a later
`known_at`; `latest` keeps the newest version known at an instant. Payloads are typed by `kind`.
All instants are zone-aware; a naive one is refused.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from obligations.quantities import Frozen, Money


class Source(Frozen):
    """Where a fact comes from: `system` is the connector's name, `record` its own identifier."""

    system: str
    record: str
    url: str = ""
    label: str = Field(default="", description="what people call the record: INC0010427, ACM-2026-09")


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
    """One change on a ticket. `value` is the new priority ("P1") or status, or the comment's text."""

    at: AwareDatetime
    change: Literal["opened", "priority", "status", "comment", "reopened"]
    value: str = ""
    by: Literal["provider", "customer", "system", "unknown"] = "unknown"
    public: bool = True
    automatic: bool = False


class Ticket(Frozen):
    kind: Literal["ticket"] = "ticket"
    subject: str
    service: str = Field(default="", description="affected service or configuration item")
    priority: str = Field(description='priority now, normalised to "P1".."P5"')
    status: TicketStatus
    opened_at: AwareDatetime
    resolved_at: AwareDatetime | None = None
    events: tuple[TicketEvent, ...] = ()


class Outage(Frozen):
    """Time a service was down or planned to be; `ended_at` None while it lasts."""

    kind: Literal["outage"] = "outage"
    service: str
    type: Literal["outage", "degradation", "maintenance"]
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    announced_at: AwareDatetime | None = None
    cause: str = Field(default="", description="provider, customer, force_majeure, or empty")


class Invoice(Frozen):
    """A supplier invoice (`direction` payable) or one of ours (`receivable`). Credit memos are
    `credit` facts, not negative invoices."""

    kind: Literal["invoice"] = "invoice"
    number: str
    direction: Literal["payable", "receivable"]
    gross: Money
    net: Money | None = None
    invoiced_on: date
    received_on: date | None = None
    period: str = Field(default="", description='service period such as "2026-09" where stated')
    order: str = Field(default="", description="purchase or sales order number")
    blocked: bool = False


class Payment(Frozen):
    """Money that settled an invoice (`invoice` is the invoice's number)."""

    kind: Literal["payment"] = "payment"
    invoice: str
    amount: Money
    paid_on: date
    direction: Literal["payable", "receivable"]


class Credit(Frozen):
    """A credit memo or service credit received or given."""

    kind: Literal["credit"] = "credit"
    number: str
    amount: Money
    credited_on: date
    period: str = Field(default="", description='the month or quarter it is for, "2026-09"')
    reason: str = ""


class PurchaseOrder(Frozen):
    kind: Literal["purchase_order"] = "purchase_order"
    number: str
    ordered_on: date
    amount: Money
    contract_reference: str = ""


class ReportReceived(Frozen):
    """A report, statement or forecast that arrived; `period` is what it covers."""

    kind: Literal["report_received"] = "report_received"
    report: str
    period: str = Field(description='"2026-09", "2026-Q3", "2026-W40" or a date')
    received_at: AwareDatetime


class Notice(Frozen):
    """A formal notice. `subject` says what it does; `effect` names the right exercised."""

    kind: Literal["notice"] = "notice"
    subject: str
    effect: Literal["non_renewal", "renewal", "termination", "breach", "claim", "other"]
    sent_on: date
    received_on: date | None = None
    by: Literal["us", "counterparty"] = "us"


FactData = Annotated[
    Ticket | Outage | Invoice | Payment | Credit | PurchaseOrder | ReportReceived | Notice,
    Field(discriminator="kind"),
]


class Fact(Frozen):
    """One version of one outside record.

    `occurred_at` is when it happened in the world, `known_at` when the source recorded this version.
    `party` and `contract` are our ids once resolved, `party_hint` and `contract_hint` what the source
    called them (supplier number, company name, IC number).
    """

    id: str
    source: Source
    occurred_at: AwareDatetime
    known_at: AwareDatetime
    data: FactData
    party: str | None = None
    contract: str | None = None
    party_hint: str = ""
    contract_hint: str = ""

    @property
    def kind(self) -> str:
        return self.data.kind


def latest(facts: Iterable[Fact], known_at: datetime) -> list[Fact]:
    """The newest version of each source record known at `known_at`, in order of occurrence.

    The same for any order of `facts` and with duplicates: ties on `known_at` break on the fact id.
    """
    newest: dict[tuple[str, str, str], Fact] = {}
    for fact in facts:
        if fact.known_at > known_at:
            continue
        key = (fact.source.system, fact.kind, fact.source.record)
        held = newest.get(key)
        if held is None or (fact.known_at, fact.id) > (held.known_at, held.id):
            newest[key] = fact
    return sorted(newest.values(), key=lambda f: (f.occurred_at, f.id))
