"""What is owed on an invoice and what has settled it, day by day."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from obligations.facts import Payment, Source
from obligations.minor_units import at_least
from obligations.money.cash_discount import Offer, earned, offers
from obligations.money.exchange import exchanged
from obligations.money.invoice_amounts import credit_memos, credited, net_of, owed_on
from obligations.money.invoices import Bill
from obligations.quantities import Money
from obligations.terms.money import Holdback, PaymentDue

What = Literal["paid", "set off", "taken off for paying early", "kept back"]
PaidWhen = Literal["sent", "settled"] | None
Said = tuple[str, tuple[Source, ...]]


@dataclass(frozen=True)
class Entry:
    """Something that settles a part of an invoice from a day on."""

    on: date
    amount: Decimal
    what: What
    source: Source


@dataclass(frozen=True)
class Account:
    """One invoice. `owed` is its gross amount less the credit memos on it; `entries` are in order of days.

    `missing` is what the amounts cannot be told without; `uncertain` names payments sent whose arrival is
    not on record; `readings` what was read into silent terms.
    """

    owed: Decimal
    currency: str
    entries: tuple[Entry, ...]
    credited: Decimal = Decimal(0)
    missing: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    readings: tuple[Said, ...] = field(default=())

    def total(self, *what: What, until: date | None = None) -> Decimal:
        """What the entries (of some sorts) come to, all in all or until a day."""
        counted = [e.amount for e in self.entries if (not what or e.what in what) and _by(e.on, until)]
        return sum(counted, Decimal(0))

    def settled_on(self, threshold: Decimal) -> date | None:
        """The day since which the entries reach an amount, to the cent."""
        needed, reached, since = at_least(threshold, self.currency), Decimal(0), None
        for entry in self.entries:
            reached += entry.amount
            if reached < needed:
                since = None
            elif since is None:
                since = entry.on
        return since

    def money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency=self.currency)


def _by(day: date, until: date | None) -> bool:
    return until is None or day <= until


def account(terms: PaymentDue, bill: Bill, due_on: date | None, arrived: bool = True) -> Account:
    """The account of an invoice. `arrived` is whether payments count whose arrival is not on record, where
    arrival is what counts."""
    others = [c for _, c in credit_memos(bill) if c.amount.currency != bill.currency]
    missing = [f"what was credited on {bill.number} in {bill.currency}"] if others else []
    entries: list[Entry] = []
    said: list[Said] = []
    for fact, payment in bill.payments:
        value = _value(terms, bill, payment, due_on)
        if isinstance(value, str):
            missing.append(value)
            continue
        if payment.amount.currency != bill.currency:
            worth = Money(amount=value[0], currency=bill.currency)
            said.append((f"{payment.amount} is {worth} at the rate of {value[1].label}.", (value[1],)))
        day = paid_day(payment, terms.paid_when, bill)
        if day is not None and (arrived or not _in_transit(payment, terms.paid_when)):
            entries.append(Entry(day, value[0], "paid", fact.source))
    offs, read = _set_off(terms, bill)
    entries += [*offs, *_kept_back(terms.holdback, bill, terms.paid_when)]
    discount, lacking = _discount(terms, bill, entries)
    readings = [*said, *read, *_silent_arrival(terms, bill)]
    uncertain = [f.source.label for f, p in bill.payments if _in_transit(p, terms.paid_when)]
    return Account(
        owed_on(bill),
        bill.currency,
        tuple(sorted([*entries, *discount], key=lambda e: (e.on, e.what, e.source.record))),
        credited(bill),
        tuple(dict.fromkeys((*missing, *lacking))),
        tuple(uncertain),
        tuple(readings),
    )


def paid_day(payment: Payment, when: PaidWhen, bill: Bill) -> date | None:
    """The day on which a payment counts, None while it does not.

    Where the text does not say whether it counts when sent or when the creditor's bank has it: the later for
    what we owe, as far as it is on record; the day it was sent for what is owed to us.
    """
    arrives = when == "settled" or (when is None and bill.we_pay is True)
    if not arrives or payment.settled_on is None:
        return payment.paid_on
    return payment.settled_on if payment.settled_on <= bill.today else None


def _in_transit(payment: Payment, when: PaidWhen) -> bool:
    return when == "settled" and payment.settled_on is None


def _silent_arrival(terms: PaymentDue, bill: Bill) -> Iterator[Said]:
    late = [f.source for f, p in bill.payments if p.settled_on is not None and p.settled_on != p.paid_on]
    if terms.paid_when is None and late and bill.we_pay is not None:
        counts = "arrives, as we pay" if bill.we_pay else "is sent, as we are paid"
        yield f"The text does not say when money counts as paid; on the day it {counts}.", tuple(late)


def _value(
    terms: PaymentDue, bill: Bill, payment: Payment, due_on: date | None
) -> tuple[Decimal, Source] | str:
    """A payment in the currency of the invoice, with the record of the rate; or what is missing."""
    if payment.amount.currency == bill.currency:
        return payment.amount.amount, bill.fact.source
    unknown = f"what was paid on {bill.number} in {bill.currency}"
    days = {"invoice_date": bill.invoice.invoiced_on, "due_date": due_on, "payment_date": payment.paid_on}
    day = days[terms.fx_on] if terms.fx_on else None
    if day is None:
        return unknown
    found = exchanged(bill.rates, payment.amount, bill.currency, day, terms.fx_publisher)
    return found if isinstance(found, str) else (found.amount, found.record)


def _set_off(terms: PaymentDue, bill: Bill) -> tuple[list[Entry], list[Said]]:
    """What was set off against the invoice, as far as the text lets it count."""
    offs = [(f, c) for f, c in bill.credits if c.type == "set_off" and c.amount.currency == bill.currency]
    if not offs:
        return [], []
    sources = tuple(f.source for f, _ in offs)
    if terms.set_off == "allowed" or (terms.set_off is None and bill.we_pay is False):
        said = [] if terms.set_off else [("Set-off is not spoken of; as we are paid, it counts.", sources)]
        return [Entry(c.credited_on, c.amount.amount, "set off", f.source) for f, c in offs], said
    why = (
        "The text excludes set-off" if terms.set_off else "Set-off is not spoken of and we may not rely on it"
    )
    return [], [(f"{why}: what was set off stays due.", sources)]


def _kept_back(holdback: Holdback | None, bill: Bill, when: PaidWhen) -> list[Entry]:
    """What was kept back of the invoice, as far as a holdback clause allows it."""
    left = may_keep_back(holdback, bill)
    found: list[Entry] = []
    for fact, payment in bill.payments:
        day = paid_day(payment, when, bill)
        withheld = payment.withheld
        if day is None or withheld is None or withheld.currency != bill.currency:
            continue
        kept = min(withheld.amount, left)
        left -= kept
        if kept > 0:
            found.append(Entry(day, kept, "kept back", fact.source))
    return found


def may_keep_back(holdback: Holdback | None, bill: Bill) -> Decimal:
    """How much of the invoice, less what was credited on it, a holdback clause lets the payer keep back.
    Where it does not say of what: of the net amount when we pay, of all of it when we are paid."""
    if holdback is None or holdback.percent is None:
        return Decimal(0)
    gross = bill.invoice.gross.amount
    net = net_of(bill.invoice)
    of_net = holdback.base == "net" or (holdback.base is None and bill.we_pay is not False)
    whole = net if of_net and net is not None else gross
    left = max(owed_on(bill), Decimal(0))
    return whole * holdback.percent / 100 * left / gross if gross else Decimal(0)


def _discount(terms: PaymentDue, bill: Bill, entries: list[Entry]) -> tuple[list[Entry], tuple[str, ...]]:
    """What a discount clause takes off, where enough was paid in time and not all of it."""
    if terms.discount is None or not entries:
        return [], ()
    found = offers(terms.discount, bill, terms)
    if found.missing:
        said_so = any(p.discount is not None for _, p in bill.payments)
        return [], found.missing if said_so else ()
    when = terms.discount.paid_when or terms.paid_when
    offer = earned(found.steps, counted(entries, bill, when), bill.currency)
    if offer is None:
        return (_on_parts(found.steps, entries) if terms.discount.parts else []), ()
    # What is paid after the discount was earned is too much: it takes nothing back.
    in_time = [e for e, day in _days(entries, bill, when) if offer.deadline.kept_on(day)]
    taken = min(offer.amount, offer.owed - sum((entry.amount for entry in in_time), Decimal(0)))
    if taken <= 0 or not in_time:
        return [], ()
    last = max(in_time, key=lambda e: e.on)
    return [Entry(last.on, taken, "taken off for paying early", last.source)], ()


def _on_parts(steps: tuple[Offer, ...], entries: list[Entry]) -> list[Entry]:
    """The share of a discount that parts paid in time earn."""
    taken = []
    for entry in entries:
        offer = next((o for o in steps if o.deadline.kept_on(entry.on) and o.amount < o.owed), None)
        if entry.what == "paid" and offer is not None:
            share = entry.amount * offer.amount / (offer.owed - offer.amount)
            taken.append(Entry(entry.on, share, "taken off for paying early", entry.source))
    return taken


def counted(entries: list[Entry], bill: Bill, when: PaidWhen) -> list[tuple[date, Decimal]]:
    """The amounts of the entries with the days on which they count for a discount."""
    return [(day, entry.amount) for entry, day in _days(entries, bill, when)]


def _days(entries: list[Entry], bill: Bill, when: PaidWhen) -> list[tuple[Entry, date]]:
    """The entries that count for a discount, with the day on which each does."""
    days = {fact.source: paid_day(payment, when, bill) for fact, payment in bill.payments}
    return [(e, day) for e in entries if (day := days.get(e.source, e.on)) is not None]
