"""Facts: immutable operational records, as the systems where work happens know them.

A ticket or invoice that changes becomes a new version of the same `source` record with a later
`known_at`; `latest` keeps the newest version known at an instant. Payloads are typed by `kind`.
All instants are zone-aware; a naive one is refused. Rates and index values are nobody's: they carry no
party and hold for every contract that cites them.
"""

from obligations.facts.documents import Certificate, Decision, Deed, Event, Notice, ReportReceived
from obligations.facts.fact import Fact, FactData, latest
from obligations.facts.money import (
    Credit,
    Direction,
    ExchangeRate,
    IndexValue,
    Invoice,
    InvoiceLine,
    Payment,
    Progress,
    ReferenceRate,
)
from obligations.facts.orders import (
    Cause,
    Delivery,
    Milestone,
    MilestoneEvent,
    OrderLine,
    PurchaseOrder,
    Usage,
)
from obligations.facts.service import Outage, Relief, Ticket, TicketEvent, TicketStatus
from obligations.facts.source import Source

__all__ = [
    "Cause",
    "Certificate",
    "Credit",
    "Decision",
    "Deed",
    "Delivery",
    "Direction",
    "Event",
    "ExchangeRate",
    "Fact",
    "FactData",
    "IndexValue",
    "Invoice",
    "InvoiceLine",
    "Milestone",
    "MilestoneEvent",
    "Notice",
    "OrderLine",
    "Outage",
    "Payment",
    "Progress",
    "PurchaseOrder",
    "ReferenceRate",
    "Relief",
    "ReportReceived",
    "Source",
    "Ticket",
    "TicketEvent",
    "TicketStatus",
    "Usage",
    "latest",
]
