"""The invoices under a promise, each with what the other records say about it.

An invoice that is on record more than once (the same number, party and amount) is one; records of one number
that contradict each other are told. Nothing dated after the day judged is known.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, tzinfo
from decimal import Decimal
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
from obligations.matching import belongs, records, words
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.money.billed_days import billed_under
from obligations.trail import zone_of

Data = TypeVar("Data", bound=FactData)
Held = tuple[tuple[Fact, Data], ...]

_DATES = ("received_on", "posted_on", "accepted_on", "supplied_on", "returned_on")
_NOTHING: tuple[object, ...] = (None, "", ())
_LONGEST_NUMBER = 8
"""Words that a number may have in a notice: "RE-2026-10-0042" has four."""
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
    def sent_back(self) -> bool:
        """Sent back as improper, and not received anew since."""
        returned, received = self.invoice.returned_on, self.invoice.received_on
        return returned is not None and (received is None or received <= returned)

    def is_meant(self, text: str) -> bool:
        """Whether a text names the invoice by its number."""
        number = " ".join(words(self.number))
        return bool(number) and f" {number} " in f" {' '.join(words(text))} "

    @property
    def unclear(self) -> bool:
        """True where it may be under another contract."""
        return belongs(self.obligation, self.fact) == "unclear"


def bills(obligation: Obligation, facts: Sequence[Fact], at: AsOf) -> Iterator[Bill]:
    """Every invoice under a promise that was written by the day judged, however old."""
    mine = [
        (fact, invoice)
        for fact, invoice in records(obligation, facts, at.known_at, Invoice)
        if _is_due_from_payer(obligation, invoice) and billed_under(obligation, fact, invoice)
    ]
    mine.sort(key=lambda m: (m[1].invoiced_on, m[0].id))
    known = _Known(obligation, facts, mine, at)
    for group in _by_number(mine):
        found = _bill(obligation, group, known, at)
        if found is not None:
            yield found


def payer_side(obligation: Obligation) -> bool | None:
    """Whether we pay the invoices that a promise is about. A discount is owed by the side that is paid."""
    if obligation.kind == "early_payment_discount":
        return None if obligation.we_owe is None else not obligation.we_owe
    return obligation.we_owe


def alike(one: str, other: str) -> bool:
    """Whether two numbers are the same, whatever their case."""
    return _key(one) == _key(other)


class _Known:
    """The newest version of every record, found by what it is about."""

    def __init__(
        self, obligation: Obligation, facts: Sequence[Fact], mine: Sequence[tuple[Fact, Invoice]], at: AsOf
    ) -> None:
        newest = latest(facts, at.known_at)
        self.payments = _index(newest, Payment, lambda payment: payment.invoice)
        self.credits = _index(newest, Credit, lambda credit: credit.invoice)
        self.deliveries = _index(newest, Delivery, lambda delivery: delivery.order)
        self.milestones = _index(newest, Milestone, lambda milestone: milestone.name)
        self.orders = _index(newest, PurchaseOrder, lambda order: order.number)
        self.invoices: dict[tuple[Decimal, str], list[tuple[Fact, Invoice]]] = {}
        self.numbers: dict[str, Invoice] = {}
        for fact, invoice in mine:
            self.invoices.setdefault((invoice.gross.amount, invoice.gross.currency), []).append(
                (fact, invoice)
            )
            self.numbers.setdefault(_key(invoice.number), invoice)
        self.notices: dict[str, list[tuple[Fact, Notice]]] = {}
        self.terminations: list[tuple[Fact, Notice]] = []
        for notice in records(obligation, newest, at.known_at, Notice):
            self._note(notice)
        decided = [(f, f.data) for f in newest if isinstance(f.data, Decision)]
        own = [d for d in decided if d[1].obligation == obligation.id]
        self.decisions = sorted(own, key=lambda d: (d[1].on, d[0].id))
        rates = [(f, f.data) for f in newest if isinstance(f.data, ExchangeRate)]
        self.rates = sorted(rates, key=lambda r: (r[1].on, r[0].id))

    def _note(self, held: tuple[Fact, Notice]) -> None:
        """Keep a notice under every run of words in it, so that a number in it is found at once."""
        notice = held[1]
        if notice.effect == "termination":
            self.terminations.append(held)
            return
        said = words(f"{notice.about} {notice.subject}")
        runs = {
            " ".join(said[start : start + length])
            for start in range(len(said))
            for length in range(1, _LONGEST_NUMBER + 1)
        }
        for run in runs:
            self.notices.setdefault(run, []).append(held)

    def notices_on(self, bill: Bill) -> list[tuple[Fact, Notice]]:
        """The notices that name an invoice, its order or milestone, or that end the agreement, in order."""
        invoice = bill.invoice
        found = {fact.id: (fact, notice) for fact, notice in self.terminations}
        for name in (invoice.number, invoice.order, invoice.milestone):
            found |= {held[0].id: held for held in self.notices.get(" ".join(words(name)), ())}
        return sorted(found.values(), key=lambda n: (n[1].sent_on, n[0].id))


Index = dict[tuple[str | None, str], list[tuple[Fact, Data]]]


def _index(facts: Sequence[Fact], data: type[Data], about: Callable[[Data], str]) -> "Index[Data]":
    """Records of one kind by their party and the number they are about."""
    found: Index[Data] = {}
    for fact in facts:
        if isinstance(fact.data, data) and about(fact.data).strip():
            found.setdefault((fact.party, _key(about(fact.data))), []).append((fact, fact.data))
    return found


def _key(number: str) -> str:
    return number.strip().casefold()


def _is_due_from_payer(obligation: Obligation, invoice: Invoice) -> bool:
    return payer_side(obligation) in (None, invoice.direction == "payable")


def _by_number(mine: Sequence[tuple[Fact, Invoice]]) -> list[list[tuple[Fact, Invoice]]]:
    groups: dict[tuple[str, str | None], list[tuple[Fact, Invoice]]] = {}
    for fact, invoice in mine:
        groups.setdefault((_key(invoice.number), fact.party), []).append((fact, invoice))
    return list(groups.values())


def _bill(
    obligation: Obligation, group: Sequence[tuple[Fact, Invoice]], known: _Known, at: AsOf
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
    return _with_records(bill, known)


def _with_records(bill: Bill, known: _Known) -> Bill:
    invoice, today = bill.invoice, bill.today
    number, order, milestone = (
        (bill.fact.party, _key(name)) for name in (invoice.number, invoice.order, invoice.milestone)
    )
    paid = [p for p in known.payments.get(number, ()) if p[1].paid_on <= today]
    paid = [p for p in paid if p[1].direction == invoice.direction]
    credits = [c for c in known.credits.get(number, ()) if c[1].credited_on <= today]
    about = [n for n in known.notices_on(bill) if n[1].sent_on <= today]
    alike_bills = known.invoices.get((invoice.gross.amount, invoice.gross.currency), ())
    decided = [d for d in known.decisions if d[1].on <= today and _is_on(d[1], bill)]
    returned = known.numbers.get(_key(invoice.replaces)) if invoice.replaces else None
    return replace(
        bill,
        payments=tuple(sorted(paid, key=lambda p: (p[1].paid_on, p[0].id))),
        credits=tuple(sorted(credits, key=lambda c: (c[1].credited_on, c[0].id))),
        notices=tuple(about),
        deliveries=tuple(known.deliveries.get(order, ())),
        milestones=tuple(known.milestones.get(milestone, ())),
        orders=tuple(o for o in known.orders.get(order, ()) if o[1].ordered_on <= today),
        rates=tuple(rate for rate in known.rates if rate[1].on <= today),
        decisions=tuple(decided),
        returned=_as_of(returned, today) if returned is not None else None,
        likely=tuple((f, i) for f, i in alike_bills if _earlier(i, f, bill) and same_bill(i, invoice)),
    )


def _is_on(decision: Decision, bill: Bill) -> bool:
    """Whether a decision is on an invoice or an instalment of it."""
    return _key(decision.occurrence).partition("/")[0] == _key(bill.number) or alike(
        decision.occurrence, bill.number
    )


def _as_of(invoice: Invoice, today: date) -> Invoice:
    """The invoice without what happened after a day."""
    later = {name: None for name in _DATES if (day := getattr(invoice, name)) is not None and day > today}
    return invoice.model_copy(update=later) if later else invoice


def _completed(copies: Sequence[Invoice]) -> Invoice:
    """The first of several records of one invoice, with what only the others say."""
    first = copies[0]
    if len(copies) == 1:
        return first
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
    """Whether two invoices of different numbers and one amount seem to bill the same: the number in another
    spelling, or one day and nothing on them that differs."""
    if alike(one.replaces, other.number) or alike(other.replaces, one.number):
        return False
    if spelled(one.number) == spelled(other.number):
        return True
    told_apart = any(
        getattr(one, name) != getattr(other, name) for name in ("order", "period", "milestone", "lines")
    )
    return one.invoiced_on == other.invoiced_on and not told_apart


def spelled(number: str) -> str:
    """A number without signs, spaces and leading zeros: "INV-0042" and "inv 42" are alike."""
    return _NO_LETTER.sub("", _LEADING.sub("", number.casefold()))


def day_of(moment: datetime, zone: tzinfo) -> date:
    return moment.astimezone(zone).date()
