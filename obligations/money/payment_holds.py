"""What a dispute lets the debtor hold of an invoice, and for how long."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.deadlines import days_after
from obligations.due_days import DueDay
from obligations.facts import Notice, Source
from obligations.money.invoices import Bill
from obligations.quantities import Money
from obligations.terms.money import PaymentDue


@dataclass(frozen=True)
class Dispute:
    """A dispute of an invoice; `amount` None is all of it, `ended_on` None while it lasts."""

    since: date
    ended_on: date | None
    amount: Money | None
    source: Source

    @property
    def says(self) -> str:
        what = f"{self.amount} of it" if self.amount is not None else "all of it"
        ended = f" until {self.ended_on}" if self.ended_on else ""
        return f"Disputed since {self.since}{ended}: {what}."


@dataclass(frozen=True)
class Hold:
    """What is held back for a dispute: `amount` until `until` (None: until the dispute ends)."""

    amount: Decimal
    until: date | None
    since: date


def disputes(bill: Bill) -> tuple[Dispute, ...]:
    """The disputes of an invoice that its debtor raised, in order: by notice, or where there is no notice as
    people recorded them."""
    by = {True: "us", False: "counterparty", None: None}[bill.we_pay]
    found = []
    for fact, notice in bill.notices:
        if notice.effect == "dispute" and _is_about(notice, bill) and by in (None, notice.by):
            over = notice.withdrawn_on
            ended = over if over is not None and over <= bill.today else None
            found.append(Dispute(notice.sent_on, ended, notice.amount, fact.source))
    for fact, decision in () if found else bill.decisions:
        if decision.decision == "disputed":
            ends = [d.on for _, d in bill.decisions if d.decision == "dispute_ended" and d.on >= decision.on]
            found.append(Dispute(decision.on, min(ends, default=None), None, fact.source))
    return tuple(sorted(found, key=lambda d: (d.since, d.source.system, d.source.record)))


def _is_about(notice: Notice, bill: Bill) -> bool:
    return bill.is_meant(f"{notice.about} {notice.subject}")


def hold(terms: PaymentDue, bill: Bill, due: DueDay, owed: Decimal) -> Hold | None:
    """What the disputes raised in time let the debtor hold; None where they hold nothing.

    Where the text does not say what a dispute does: nothing when we pay, the amount disputed when we are
    paid. A dispute raised after the due day holds nothing: the invoice was late by then.
    """
    kind = terms.dispute or ("amount" if bill.we_pay is False else None)
    in_time = [d for d in disputes(bill) if d.since <= due.on and _soon_enough(terms, bill, d)]
    if kind is None or not in_time:
        return None
    amounts = [d.amount for d in in_time]
    held = Decimal(0)
    for amount in amounts:
        whole = amount is None or kind == "invoice" or amount.currency != bill.currency
        held += owed if whole or amount is None else amount.amount
    open_ones = [d for d in in_time if d.ended_on is None]
    until = None if open_ones else max(d.ended_on for d in in_time if d.ended_on is not None)
    if until is not None and terms.after_dispute is not None:
        until = days_after(until, terms.after_dispute, None)
    return Hold(min(held, owed), until, in_time[0].since)


def _soon_enough(terms: PaymentDue, bill: Bill, dispute: Dispute) -> bool:
    if terms.dispute_within is None:
        return True
    start = bill.invoice.received_on or bill.invoice.invoiced_on
    return dispute.since <= days_after(start, terms.dispute_within, None)
