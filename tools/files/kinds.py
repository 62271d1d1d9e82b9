"""What a file may hold: for each kind its roles, how each is read, and what says when it happened.

A role is named like the field of the fact that it fills (obligations/facts); `currency` stands beside all
amounts of a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from obligations.facts import (
    Certificate,
    Credit,
    Decision,
    Deed,
    Delivery,
    Event,
    ExchangeRate,
    IndexValue,
    Invoice,
    InvoiceLine,
    Milestone,
    Notice,
    OrderLine,
    Outage,
    Payment,
    Progress,
    PurchaseOrder,
    ReferenceRate,
    Relief,
    ReportReceived,
    Ticket,
    TicketStatus,
    Usage,
)

Reading = Literal[
    "text", "day", "instant", "money", "number", "percent", "word", "flag", "period", "period_if", "names"
]
"""`word`: one of the fixed words of the model. `flag`: yes or no. `period_if`: a period where the text names
one, else nothing. `names`: several texts, separated by commas or semicolons."""

FILE_TIME = "file_time"
"""In `Kind.happened`: where no column says it, the time of the file itself."""


@dataclass(frozen=True)
class Kind:
    """One kind of row. `identity` are the roles that together name a record, so that the same one in a
    later file is recognised.

    `happened`: the first of these that is filled says when it happened. `later` are roles that became
    known only on their own day: the row gives one version of the fact before, and one after. `planned`
    ones may lie ahead of the file, which then is what shows that they were known. `lines` maps the roles
    of a line to its fields, for kinds of which several rows make one record.
    """

    model: type[BaseModel]
    needed: Mapping[str, Reading]
    more: Mapping[str, Reading]
    identity: tuple[str, ...]
    happened: tuple[str, ...]
    label: tuple[str, ...] = ("number",)
    known: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    planned: tuple[str, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    line: type[BaseModel] | None = None
    lines: Mapping[str, str] = field(default_factory=dict)

    @property
    def fact(self) -> str:
        """The kind of fact it gives."""
        return str(self.model.model_fields["kind"].default)

    @property
    def roles(self) -> dict[str, Reading]:
        return {**self.needed, **self.more}

    @property
    def times(self) -> tuple[str, ...]:
        """Roles that hold a day or an instant."""
        return tuple(role for role, reading in self.roles.items() if reading in ("day", "instant"))

    @property
    def money(self) -> tuple[str, ...]:
        return tuple(role for role, reading in self.roles.items() if reading == "money")

    @property
    def figures(self) -> tuple[str, ...]:
        """Roles that hold a number of any sort, written with a decimal mark."""
        readings = ("money", "number", "percent")
        return tuple(role for role, reading in self.roles.items() if reading in readings)

    @property
    def grouped(self) -> bool:
        """Do several rows make one record?"""
        return bool(self.lines) or self is KINDS["ticket_log"]


def _roles(text: str) -> dict[str, Reading]:
    """Roles written as "number gross:money invoiced_on:day"; text where nothing is said."""
    found: dict[str, Reading] = {}
    readings = get_args(Reading)
    for part in text.split():
        role, _, said = part.partition(":")
        found[role] = next(reading for reading in readings if reading == (said or "text"))
    return found


def _kind(model: type[BaseModel], needed: str, more: str, identity: str, happened: str, **rest: Any) -> Kind:
    """A kind with its lists of roles as words."""
    for key in ("label", "known", "later", "planned"):
        if key in rest:
            rest[key] = tuple(rest[key].split())
    return Kind(model, _roles(needed), _roles(more), tuple(identity.split()), tuple(happened.split()), **rest)


_ORDER = (
    "direction:word contract_reference category freight:word cancelled_on:day currency amount:money "
    "line_category item unit unit_price:money units_per_case:number requested_on:day promised_on:day "
    "confirmed_on:day cancelled:number cancelled_by:word"
)
_INVOICE = (
    "currency direction:word net:money tax:money freight:money received_on:day posted_on:day accepted_on:day "
    "supplied_on:day returned_on:day period:period_if order milestone replaces blocked:flag"
)
_MILESTONE_DAYS = ("completed", "submitted", "accepted", "rejected", "withdrawn")
_LATER_DAYS = " ".join(f"{change}_on" for change in _MILESTONE_DAYS)
_PAYABLE = {"direction": "payable"}

KINDS: dict[str, Kind] = {
    "ticket": _kind(
        Ticket,
        "number opened_at:instant priority:word",
        "status:word subject service responded_at:instant resolved_at:instant merged_into",
        "number",
        "opened_at",
    ),
    "ticket_log": _kind(
        Ticket,
        "number status:word priority:word updated_at:instant",
        "opened_at:instant resolved_at:instant subject service merged_into",
        "number",
        "opened_at",
    ),
    "outage": _kind(
        Outage,
        "service started_at:instant",
        "ended_at:instant type:word announced_at:instant planned_end_at:instant cause:word component region "
        "impact:percent",
        "service started_at",
        "started_at",
        label="service type started_at",
        later="ended_at",
        defaults={"type": "outage"},
    ),
    "relief": _kind(
        Relief,
        "cause:word started_at:instant",
        "of ended_at:instant reason",
        "of contract party cause started_at",
        "started_at",
        label="cause of started_at",
        later="ended_at",
    ),
    "invoice": _kind(
        Invoice,
        "number invoiced_on:day gross:money",
        _INVOICE,
        "party number",
        "invoiced_on",
        known="received_on",
        later="posted_on accepted_on returned_on",
        defaults=_PAYABLE,
    ),
    "invoice_lines": _kind(
        Invoice,
        "number invoiced_on:day gross:money line line_amount:money",
        f"{_INVOICE} item quantity:number unit unit_price:money line_category:word line_supplied_on:day "
        "line_order order_line",
        "party number",
        "invoiced_on",
        known="received_on",
        later="posted_on accepted_on returned_on",
        defaults=_PAYABLE,
        line=InvoiceLine,
        lines={
            "line": "number",
            "line_amount": "amount",
            "line_category": "category",
            "line_supplied_on": "supplied_on",
            "line_order": "order",
            **{same: same for same in ("item", "quantity", "unit", "unit_price", "order_line")},
        },
    ),
    "payment": _kind(
        Payment,
        "invoice paid_on:day amount:money",
        "currency direction:word settled_on:day discount:money withheld:money",
        "party invoice paid_on amount",
        "paid_on",
        label="invoice",
        later="settled_on",
        defaults=_PAYABLE,
    ),
    "credit": _kind(
        Credit,
        "number credited_on:day amount:money",
        "currency net:money period:period_if reason type:word invoice item quantity:number",
        "party number",
        "credited_on",
    ),
    "exchange_rate": _kind(
        ExchangeRate,
        "base quote rate:number on:day",
        "publisher",
        "base quote on publisher",
        "on",
        label="base quote on",
    ),
    "index_value": _kind(
        IndexValue,
        "index period:period value:number",
        "published_on:day",
        "index period",
        f"published_on {FILE_TIME}",
        label="index period",
    ),
    "reference_rate": _kind(
        ReferenceRate, "rate percent:percent from_on:day", "", "rate from_on", "from_on", label="rate from_on"
    ),
    "progress": _kind(
        Progress,
        "of on:day",
        "currency percent:percent incurred:money expected:money units:number units_expected:number",
        "of contract party on",
        "on",
        label="of on",
    ),
    "purchase_order": _kind(
        PurchaseOrder,
        "number ordered_on:day amount:money",
        "direction:word category freight:word cancelled_on:day currency",
        "number",
        "ordered_on",
        later="cancelled_on",
    ),
    "order_lines": _kind(
        PurchaseOrder,
        "number ordered_on:day line quantity:number",
        _ORDER,
        "number",
        "ordered_on",
        later="cancelled_on",
        line=OrderLine,
        lines={
            "line": "number",
            "line_category": "category",
            **{
                same: same
                for same in (
                    *("item", "quantity", "unit", "unit_price", "units_per_case", "requested_on"),
                    *("promised_on", "confirmed_on", "cancelled", "cancelled_by"),
                )
            },
        },
    ),
    "delivery": _kind(
        Delivery,
        "number order quantity:number",
        "order_line item unit shipped_on:day delivered_on:day delivered_at:instant appointment_at:instant "
        "proof_on:day returned:number cause:word",
        "party number order order_line",
        "delivered_at delivered_on shipped_on",
        later="proof_on",
    ),
    "usage": _kind(
        Usage,
        "item quantity:number period:period",
        "unit direction:word",
        "item contract party period direction",
        "period",
        label="item period",
    ),
    "milestone": _kind(
        Milestone,
        "name",
        "planned_on:day currency amount:money percent_complete:percent by:word evidence "
        + " ".join(f"{change}_on:day" for change in _MILESTONE_DAYS),
        "name contract party",
        f"planned_on {_LATER_DAYS}",
        label="name",
        later=_LATER_DAYS,
        planned="planned_on",
    ),
    "report_received": _kind(
        ReportReceived,
        "report period:period received_at:instant",
        "",
        "report contract party period",
        "received_at",
        label="report period",
    ),
    "notice": _kind(
        Notice,
        "subject effect:word sent_on:day",
        "received_on:day by:word sent_at:instant channel:word about period:period_if currency amount:money "
        "percent:percent effective_on:day withdrawn_on:day",
        "subject contract party sent_on",
        "sent_at sent_on",
        label="subject",
        later="received_on withdrawn_on",
    ),
    "certificate": _kind(
        Certificate,
        "type effective_on:day expires_on:day",
        "insured insurer rating policy issued_on:day cancelled_on:day currency each_occurrence:money "
        "aggregate:money aggregate_applies:word basis:word retroactive_on:day additional_insured:flag "
        "waiver_of_subrogation:flag primary:flag endorsements:names",
        "type party insured policy effective_on",
        "issued_on effective_on",
        label="type insured",
        later="cancelled_on",
        planned="effective_on",
    ),
    "event": _kind(
        Event,
        "name on:day",
        "at:instant reference",
        "name contract party on reference",
        "at on",
        label="name",
    ),
    "deed": _kind(
        Deed,
        "of done_on:day",
        "occurrence done_at:instant by:word evidence",
        "of contract party occurrence done_on",
        "done_at done_on",
        label="of occurrence",
    ),
    "decision": _kind(
        Decision,
        "decision:word obligation on:day",
        "occurrence until:day by reason",
        "decision obligation occurrence on",
        "on",
        label="decision obligation",
    ),
}

MILESTONE_CHANGES = _MILESTONE_DAYS
"""Each has a column of its day, such as `accepted_on`."""

_PRIORITIES = frozenset(f"P{n}" for n in range(1, 6))
_OUTAGE_CAUSES = frozenset({"provider", "customer", "force_majeure", "suspension", "beta"})
YES, NO = "yes", "no"


def meanings(kind: str, role: str) -> frozenset[str] | None:
    """The fixed words that a role of a kind may have; None where its text is free."""
    found = KINDS[kind]
    reading = found.roles.get(role)
    if reading == "flag":
        return frozenset({YES, NO})
    if reading != "word":
        return None
    if found.model is Ticket:
        return _PRIORITIES if role == "priority" else frozenset(get_args(TicketStatus))
    if found.model is Outage and role == "cause":
        return _OUTAGE_CAUSES
    if found.model is Milestone:
        return frozenset({"us", "counterparty", "unknown"})
    return frozenset(_choices(found, role)) - {""}


def _choices(kind: Kind, role: str) -> tuple[str, ...]:
    model, name = (kind.line, kind.lines[role]) if role in kind.lines else (kind.model, role)
    assert model is not None  # a kind with lines has their model
    annotation = model.model_fields[name].annotation
    assert get_origin(annotation) is Literal, f"{model.__name__}.{name} has no fixed words"
    return tuple(get_args(annotation))
