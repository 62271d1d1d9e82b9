"""What is late on an invoice, day by day: what was open after its due day, less what a dispute holds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from obligations.deadlines import days_after
from obligations.due_days import DueDay
from obligations.facts import Fact, Notice, Source
from obligations.minor_units import at_least
from obligations.money.interest import Step
from obligations.money.invoice_account import Account, account
from obligations.money.invoice_amounts import owed_on
from obligations.money.invoices import Bill
from obligations.money.payment_holds import Hold, hold
from obligations.money.payment_parts import Part, parts
from obligations.terms.money import LateInterest, PaymentDue

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Late:
    """One part of an invoice that may be late. `due` is None where the day is not known; `end` is the last
    day on which anything was open, today while it is."""

    bill: Bill
    payment: PaymentDue
    part: Part
    account: Account
    due: DueDay | None
    held: Hold | None

    @property
    def settled_on(self) -> date | None:
        return self.account.settled_on(self.part.upto)

    @property
    def end(self) -> date:
        return self.settled_on or self.bill.today

    def open_after(self, day: date) -> Decimal:
        """What of the part is open and not held after a day."""
        reached = self.account.total(until=day)
        rest = min(max(self.part.upto - reached, Decimal(0)), self.part.amount)
        if at_least(rest, self.account.currency) <= 0:
            return Decimal(0)
        if self.held is None or (self.held.until is not None and day >= self.held.until):
            return rest
        return max(rest - self.held.amount, Decimal(0))

    def balance(self, start: date) -> tuple[Step, ...]:
        """What is open after `start` and after each later day on which that changes."""
        days = {entry.on for entry in self.account.entries if entry.on > start}
        if self.held is not None and self.held.until is not None and self.held.until > start:
            days.add(self.held.until)
        return tuple(Step(day, self.open_after(day)) for day in (start, *sorted(days)))


def lates(bill: Bill, payment: PaymentDue) -> Iterator[Late]:
    """Every part of an invoice with its due day."""
    owed = owed_on(bill)
    for part in parts(payment, bill, owed):
        due = part.due.chosen(bill.we_pay) if part.due.days else None
        held = hold(payment, bill, due, owed) if due is not None else None
        yield Late(bill, payment, part, account(payment, bill, due.on if due else None), due, held)


def not_arrived(late: Late) -> Late:
    """The same with payments left out whose arrival is not on record, where arrival is what counts."""
    due_on = late.due.on if late.due is not None else None
    return replace(late, account=account(late.payment, late.bill, due_on, arrived=False))


def runs_from(terms: LateInterest, late: Late, from_due: bool) -> tuple[date, tuple[Fact, ...]] | None:
    """The day after which interest runs on what was open after its due day, with the reminder that starts it;
    None where none runs."""
    assert late.due is not None
    start = late.due.on
    if terms.grace is not None:
        over = days_after(start, terms.grace, None)
        if late.end <= over:
            return None
        start = start if from_due else over
    if not terms.from_reminder:
        return start, ()
    reminder = reminder_of(late)
    if reminder is None:
        return None
    fact, day = reminder
    start = max(start, day)
    return (start, (fact,)) if late.end > start else None


def reminder_of(late: Late) -> tuple[Fact, date] | None:
    """The first reminder of the invoice that its creditor sent after it was due."""
    by = {True: "counterparty", False: "us", None: None}[late.bill.we_pay]
    for fact, notice in late.bill.notices:
        mine = by in (None, notice.by) and late.bill.is_meant(f"{notice.about} {notice.subject}")
        if mine and notice.effect in ("claim", "breach", "other"):
            day = _arrived(notice, late.bill.today)
            if late.due is not None and day > late.due.on:
                return fact, day
    return None


def _arrived(notice: Notice, today: date) -> date:
    received = notice.received_on
    return received if received is not None and received <= today else notice.sent_on


def sources(facts: tuple[Fact, ...]) -> tuple[Source, ...]:
    return tuple(fact.source for fact in facts)
