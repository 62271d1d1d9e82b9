"""The invoices under a promise, each with what the other records say about it.

An invoice that is on record more than once (the same number, party and amount) is one; records of one number
that contradict each other are told. Nothing dated after the day judged is known.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from typing import TypeVar

from obligations.facts import (
    Credit,
    Decision,
    Delivery,
    ExchangeRate,
    Fact,
    FactData,
    Invoice,
    Milestone,
    Notice,
    Payment,
    PurchaseOrder,
    latest,
)
from obligations.matching import belongs, covers, records
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.trail import zone_of

Data = TypeVar("Data", bound=FactData)
Held = tuple[tuple[Fact, Data], ...]

_DATES = ("received_on", "posted_on", "accepted_on", "supplied_on", "returned_on")
_NOTHING: tuple[object, ...] = (None, "", ())
_NO_LETTER = re.compile(r"[^a-z0-9]")
_LEADING = re.compile(r"(?<!\d)0+(?=\d)")


@dataclass(frozen=True)
class Bill:
    """One invoice under one set of dated terms. `copies` are other records of it; `rival` one of the same
    number that says another amount; `likely` invoices that it may bill a second time."""

    obligation: Obligation
    fact: Fact
    invoice: Invoice
    dated: DatedTerms
    zone: tzinfo
    today: date
    payments: Held[Payment] = ()
    credits: Held[Credit] = ()
    notices: Held[Notice] = ()
    deliveries: Held[Delivery] = ()
    milestones: Held[Milestone] = ()
    orders: Held[PurchaseOrder] = ()
    rates: Held[ExchangeRate] = ()
    decisions: Held[Decision] = ()
    returned: Invoice | None = field(default=None)
    copies: tuple[Fact, ...] = ()
    rival: tuple[Fact, Invoice] | None = None
    likely: tuple[tuple[Fact, Invoice], ...] = ()

    @property
    def we_pay(self) -> bool | None:
        """Whether the invoice is ours to pay; None where our side is not known."""
        return payer_side(self.obligation)

    @property
    def number(self) -> str:
        return self.invoice.number

    @property
    def currency(self) -> str:
        return self.invoice.gross.currency

    @property
    def unclear(self) -> bool:
        """True where it may be under another contract."""
        return belongs(self.obligation, self.fact) == "unclear"


def bills(obligation: Obligation, facts: Sequence[Fact], at: AsOf) -> Iterator[Bill]:
    """Every invoice under a promise that was written by the day judged, however old."""
    known = _Known(latest(facts, at.known_at))
    mine = [
        (fact, invoice)
        for fact, invoice in records(obligation, facts, at.known_at, Invoice)
        if _is_due_from_payer(obligation, invoice) and covers(obligation, fact, invoice.invoiced_on)
    ]
    mine.sort(key=lambda m: (m[1].invoiced_on, m[0].id))
    for group in _by_number(mine):
        found = _bill(obligation, group, mine, known, at)
        if found is not None:
            yield found


def payer_side(obligation: Obligation) -> bool | None:
    """Whether we pay the invoices that a promise is about. A discount is owed by the side that is paid."""
    if obligation.kind == "early_payment_discount":
        return None if obligation.we_owe is None else not obligation.we_owe
    return obligation.we_owe


def alike(one: str, other: str) -> bool:
    """Whether two numbers are the same, whatever their case."""
    return one.strip().casefold() == other.strip().casefold()


class _Known:
    """The newest version of every record, by kind."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.facts = facts

    def of(self, data: type[Data], party: str | None) -> list[tuple[Fact, Data]]:
        return [(f, f.data) for f in self.facts if isinstance(f.data, data) and f.party == party]

    def decisions(self, bill: Bill) -> list[tuple[Fact, Decision]]:
        """What people decided about an invoice under this promise, in order."""
        held = [
            (f, f.data)
            for f in self.facts
            if isinstance(f.data, Decision)
            and f.data.obligation == bill.obligation.id
            and alike(f.data.occurrence, bill.number)
            and f.data.on <= bill.today
        ]
        return sorted(held, key=lambda d: (d[1].on, d[0].id))

    def rates(self, today: date) -> Held[ExchangeRate]:
        held = [(f, f.data) for f in self.facts if isinstance(f.data, ExchangeRate) and f.data.on <= today]
        return tuple(sorted(held, key=lambda r: (r[1].on, r[0].id)))


def _is_due_from_payer(obligation: Obligation, invoice: Invoice) -> bool:
    return payer_side(obligation) in (None, invoice.direction == "payable")


def _by_number(mine: Sequence[tuple[Fact, Invoice]]) -> list[list[tuple[Fact, Invoice]]]:
    groups: dict[tuple[str, str | None], list[tuple[Fact, Invoice]]] = {}
    for fact, invoice in mine:
        groups.setdefault((invoice.number.strip().casefold(), fact.party), []).append((fact, invoice))
    return list(groups.values())


def _bill(
    obligation: Obligation,
    group: Sequence[tuple[Fact, Invoice]],
    mine: Sequence[tuple[Fact, Invoice]],
    known: _Known,
    at: AsOf,
) -> Bill | None:
    fact, invoice = group[0]
    dated = obligation.in_force(invoice.invoiced_on)
    if dated is None:
        return None
    zone = zone_of(obligation, dated.terms, at)
    today = at.as_of.astimezone(zone).date()
    seen = [(f, _as_of(i, today)) for f, i in group if i.invoiced_on <= today]
    if not seen:
        return None
    same = [(f, i) for f, i in seen[1:] if i.gross == invoice.gross]
    rival = next(((f, i) for f, i in seen[1:] if i.gross != invoice.gross), None)
    whole = _completed([i for _, i in (seen[0], *same)])
    bill = Bill(obligation, fact, whole, dated, zone, today, copies=tuple(f for f, _ in same), rival=rival)
    return _with_records(bill, mine, known, at)


def _with_records(bill: Bill, mine: Sequence[tuple[Fact, Invoice]], known: _Known, at: AsOf) -> Bill:
    invoice, party, today = bill.invoice, bill.fact.party, bill.today
    paid = [p for p in known.of(Payment, party) if _settles(p[1], invoice) and p[1].paid_on <= today]
    paid.sort(key=lambda p: (p[1].paid_on, p[0].id))
    credits = [
        c
        for c in known.of(Credit, party)
        if c[1].invoice and alike(c[1].invoice, invoice.number) and c[1].credited_on <= today
    ]
    credits.sort(key=lambda c: (c[1].credited_on, c[0].id))
    notices = [n for n in records(bill.obligation, known.facts, at.known_at, Notice) if n[1].sent_on <= today]
    notices.sort(key=lambda n: (n[1].sent_on, n[0].id))
    order, milestone = invoice.order, invoice.milestone
    deliveries = [d for d in known.of(Delivery, party) if order and alike(d[1].order, order)]
    milestones = [m for m in known.of(Milestone, party) if milestone and alike(m[1].name, milestone)]
    orders = [o for o in known.of(PurchaseOrder, party) if order and alike(o[1].number, order)]
    returned = [i for f, i in mine if invoice.replaces and alike(i.number, invoice.replaces)]
    return Bill(
        **{
            **vars(bill),
            "payments": tuple(paid),
            "credits": tuple(credits),
            "notices": tuple(notices),
            "deliveries": tuple(deliveries),
            "milestones": tuple(milestones),
            "orders": tuple(orders),
            "rates": known.rates(today),
            "decisions": tuple(known.decisions(bill)),
            "returned": returned[0] if returned else None,
            "likely": tuple((f, i) for f, i in mine if _earlier(i, f, bill) and same_bill(i, invoice)),
        }
    )


def _settles(payment: Payment, invoice: Invoice) -> bool:
    return alike(payment.invoice, invoice.number) and payment.direction == invoice.direction


def _as_of(invoice: Invoice, today: date) -> Invoice:
    """The invoice without what happened after a day."""
    later = {name: None for name in _DATES if (day := getattr(invoice, name)) is not None and day > today}
    return invoice.model_copy(update=later) if later else invoice


def _completed(copies: Sequence[Invoice]) -> Invoice:
    """The first of several records of one invoice, with what only the others say."""
    first = copies[0]
    said: dict[str, object] = {}
    for name in Invoice.model_fields:
        values = [getattr(copy, name) for copy in copies]
        if values[0] in _NOTHING:
            said[name] = next((value for value in values if value not in _NOTHING), values[0])
    return first.model_copy(update=said)


def _earlier(invoice: Invoice, fact: Fact, bill: Bill) -> bool:
    """Whether an invoice came before, under another number."""
    if fact.party != bill.fact.party or alike(invoice.number, bill.number):
        return False
    return (invoice.invoiced_on, fact.id) < (bill.invoice.invoiced_on, bill.fact.id)


def same_bill(one: Invoice, other: Invoice) -> bool:
    """Whether two invoices of different numbers seem to bill the same: one amount, and the number in another
    spelling, or one day and nothing on them that differs."""
    if one.gross != other.gross or alike(one.replaces, other.number) or alike(other.replaces, one.number):
        return False
    if _plain(one.number) == _plain(other.number):
        return True
    told_apart = any(
        getattr(one, name) != getattr(other, name) for name in ("order", "period", "milestone", "lines")
    )
    return one.invoiced_on == other.invoiced_on and not told_apart


def _plain(number: str) -> str:
    """A number without signs, spaces and leading zeros: "INV-0042" and "inv 42" are alike."""
    return _NO_LETTER.sub("", _LEADING.sub("", number.casefold()))


def day_of(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()
