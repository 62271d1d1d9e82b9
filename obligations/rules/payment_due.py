"""Payment due: an invoice is paid in full by its due day, or each instalment of it by its own.

What was paid up to the instant judged is added up, with what was rightly set off, kept back or taken off for
paying early; the invoice is paid on the day on which that reaches what is owed after credit memos. An invoice
blocked for payment is still due: the block is the payer's own. A dispute holds what the terms let it hold.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal

from obligations.deadlines import Deadline
from obligations.due_days import DueDay
from obligations.facts import Fact
from obligations.minor_units import unit_of
from obligations.model import AsOf, Assessment, Obligation, Occurrence, Outcome
from obligations.money.invoice_account import Account, account
from obligations.money.invoice_amounts import owed_on
from obligations.money.invoices import Bill, bills
from obligations.money.payment_holds import Hold, hold
from obligations.money.payment_parts import Part, parts
from obligations.money.payment_trail import (
    head,
    likely_again,
    made_of,
    promised,
    tell_account,
    tell_due,
    tell_invoice,
    tell_silences,
    which_due,
)
from obligations.quantities import Money
from obligations.risk import due_soon
from obligations.terms import PaymentDue
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import count_text, day_quantity, days_quantity


@dataclass(frozen=True)
class _Case:
    """One part of an invoice. `account` counts payments on their way as arrived, `arrived` does not."""

    bill: Bill
    terms: PaymentDue
    part: Part
    account: Account
    arrived: Account

    @property
    def head(self) -> str:
        return head(self.bill, self.account, self.part.words, self.part.amount)

    @property
    def open(self) -> Money:
        """What is still to be paid of this part."""
        before = self.part.upto - self.part.amount
        paid = max(self.account.total() - before, Decimal(0))
        return self.account.money(max(self.part.amount - paid, Decimal(0)))


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each invoice under the promise, or each instalment of it, by its due day."""
    found = [
        _assess(Trail(obligation, at), case) for bill in bills(obligation, facts, at) for case in _cases(bill)
    ]
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _cases(bill: Bill) -> Iterator[_Case]:
    terms = bill.dated.terms
    if not isinstance(terms, PaymentDue):
        return
    for part in parts(terms, bill, owed_on(bill)):
        due_on = part.due.chosen(bill.we_pay).on if part.due.days else None
        held = account(terms, bill, due_on)
        arrived = account(terms, bill, due_on, arrived=False) if held.uncertain else held
        yield _Case(bill, terms, part, held, arrived)


def _assess(trail: Trail, case: _Case) -> Assessment:
    bill, due = case.bill, case.part.due
    trail.terms(bill.dated, promised(case.terms))
    tell_invoice(trail, bill)
    tell_due(trail, bill, due)
    tell_silences(trail, case.terms)
    tell_account(trail, bill, case.account)
    chosen = due.chosen(bill.we_pay) if due.days else None
    finding = _without_dates(trail, case) or _by_dates(trail, case)
    return trail.conclude(_occurrence(case, chosen), finding)


def _without_dates(trail: Trail, case: _Case) -> Finding | None:
    """A finding for which the due day does not matter: nothing is owed, or something else is missing."""
    bill, number = case.bill, case.bill.number
    if bill.sent_back:
        summary = f"Invoice {number} was sent back on {bill.invoice.returned_on} as improper"
        return Finding(Outcome.NOT_APPLICABLE, f"{summary}; the time starts with a proper one.")
    if bill.rival is not None:
        fact, other = bill.rival
        trail.note("invoice", f"Another record of {number} says {other.gross}.", (fact.source,))
        missing = f"which record of {number} is right, {bill.invoice.gross} or {other.gross}"
        return undetermined(f"Whether {number} was paid in time cannot be told without {missing}.", missing)
    if case.part.amount <= 0:
        credited = " is credited in full;" if case.account.credited else ":"
        return Finding(Outcome.NOT_APPLICABLE, f"{case.head}{credited} nothing is to be paid.")
    return None


def _by_dates(trail: Trail, case: _Case) -> Finding:
    due, number = case.part.due, case.bill.number
    missing = _missing(case)
    if due.earliest is not None and missing == (due.missing,):
        soonest = _judge(case, due.earliest, trail.at.as_of)
        if soonest.outcome is Outcome.MET:
            said = (
                f"{case.head} was paid on {case.account.settled_on(case.part.upto)}, before it could be due"
            )
            sure = f"{due.missing} is not known, but it is due {due.earliest.on} at the soonest"
            return replace(soonest, summary=f"{said}: {sure}.", target=None, margin=None)
    if missing:
        summary = f"Whether invoice {number} was paid in time cannot be told without {' and '.join(missing)}."
        return undetermined(summary, *missing)
    return _by_arrival(case, trail.at.as_of)


def _missing(case: _Case) -> tuple[str, ...]:
    """What must be known before the invoice can be judged."""
    due = case.part.due
    missing = [due.missing] if due.missing else []
    if case.bill.unclear:
        missing.append(f"which contract {case.bill.number} is under")
    return (*missing, *case.account.missing)


def _by_arrival(case: _Case, now: datetime) -> Finding:
    """The finding, undetermined where it hangs on when a payment arrived that nobody recorded."""
    finding = _by_reading(case, now)
    if case.account.uncertain:
        without = _by_reading(replace(case, account=case.arrived), now)
        if without.outcome is not finding.outcome:
            names = " and ".join(case.account.uncertain)
            missing = f"the day {names} reached the creditor"
            text = f"Whether invoice {case.bill.number} was paid in time cannot be told without {missing}."
            return undetermined(text, missing)
    return finding


def _by_reading(case: _Case, now: datetime) -> Finding:
    """The finding under the reading to act on; the summary names the other where there are two."""
    due, we_pay = case.part.due, case.bill.we_pay
    chosen = due.chosen(we_pay)
    finding = _judge(case, chosen, now)
    if not due.ambiguous:
        return finding
    other = max(due.days, key=lambda day: abs((day.on - chosen.on).days))
    outcome = _judge(case, other, now).outcome
    if outcome is not finding.outcome and (due.doubt or we_pay is None):
        by = f"which hangs on {due.doubt}" if due.doubt else "by the reading"
        summary = f"Invoice {case.bill.number} is due {chosen.on} or {other.on}, {by}."
        return undetermined(summary, due.doubt or "which side we are on, to choose the careful reading")
    which = "earlier" if chosen.on < other.on else "later"
    verdict = "" if outcome is finding.outcome else f", which gives {outcome.value.replace('_', ' ')}"
    reading = (
        f" {chosen.on} is the {which} of two readings; the other is {other.on} ({other.reading}){verdict}."
    )
    return replace(finding, summary=finding.summary + reading)


def _judge(case: _Case, due: DueDay, now: datetime) -> Finding:
    """Paid in time or late; open, soon due or overdue; or held for a dispute."""
    whole = _paid_by(case, due, now)
    held = hold(case.terms, case.bill, due, case.account.owed)
    if held is None or whole.outcome is Outcome.MET:
        return whole
    return _held(case, due, held, now, whole)


def _held(case: _Case, due: DueDay, held: Hold, now: datetime, whole: Finding) -> Finding:
    """A finding where a part is held for a dispute: the rest is due as ever, the part when that ends."""
    part = case.part
    undisputed = max(case.account.owed - held.amount, part.upto - part.amount, Decimal(0))
    amount = case.account.money(held.amount)
    settled = case.account.settled_on(undisputed) if undisputed > 0 else due.on
    deadline = Deadline(due.on, case.bill.zone, before=case.terms.due == "before")
    said = f" {amount} of it is disputed since {held.since}."
    if undisputed < part.upto and settled is not None and deadline.kept_on(settled):
        if held.until is not None:
            later = DueDay(max(due.on, held.until), f"the dispute of {amount} ended by then")
            return _paid_by(case, later, now)
        summary = (
            f"{case.head}: {case.open} is disputed since {held.since} and is held until that is settled."
        )
        return replace(whole, outcome=Outcome.PENDING, summary=summary, target=None, margin=None)
    return replace(whole, summary=whole.summary + said)


def _paid_by(case: _Case, due: DueDay, now: datetime) -> Finding:
    deadline = Deadline(due.on, case.bill.zone, before=case.terms.due == "before")
    settled = case.account.settled_on(case.part.upto)
    if settled is not None:
        outcome = Outcome.MET if deadline.kept_on(settled) else Outcome.BREACHED
    elif deadline.passed(now):
        outcome = Outcome.BREACHED
    else:
        outcome = Outcome.AT_RISK if due_soon(now, deadline.instant) else Outcome.PENDING
    left = (due.on - (settled or case.bill.today)).days
    over = _too_much(case)
    finding = Finding(
        outcome,
        _summary(case, due, left, outcome) + likely_again(case.bill),
        target=day_quantity(due.on),
        measured=day_quantity(settled) if settled else None,
        margin=days_quantity(left),
    )
    if settled is None:
        return replace(finding, money=case.open, money_is="amount_due")
    if over is None:
        return finding
    text = f"{finding.summary} {over} more than what was owed was paid."
    if outcome is Outcome.BREACHED:
        # What was paid beyond a late invoice may be the interest on it.
        return replace(finding, summary=text)
    return replace(finding, summary=text, money=over, money_is="overcharged")


def _too_much(case: _Case) -> Money | None:
    """What was paid beyond what is owed on the whole invoice."""
    over = case.account.total() - case.account.owed
    last = case.part.upto == case.account.owed
    return case.account.money(over) if last and over >= unit_of(case.bill.currency) else None


def _summary(case: _Case, due: DueDay, left: int, outcome: Outcome) -> str:
    days = count_text(abs(left), "day")
    when = which_due(due)
    settled = case.account.settled_on(case.part.upto)
    if settled is not None:
        verdict = f"{days} to spare" if left > 0 else "on the last day"
        if outcome is Outcome.BREACHED:
            verdict = f"{days} late" if left else "late by the letter: it had to be before"
        return f"{case.head} was paid on {settled}{made_of(case.account)}; {when}: {verdict}."
    paid = case.account.money(case.account.total("paid"))
    part = f", {paid} of it paid" if paid.amount else ""
    blocked = ", blocked for payment" if case.bill.invoice.blocked else ""
    state = f"{case.head} is open{part}{made_of(case.account)}{blocked}"
    if outcome is Outcome.BREACHED:
        return f"{state}, {days} overdue; {when}."
    return f"{state}; {when}: {days} left."


def _occurrence(case: _Case, due: DueDay | None) -> Occurrence:
    invoice, zone, part = case.bill.invoice, case.bill.zone, case.part
    key = f"{invoice.number}/{part.key}" if part.key else invoice.number
    words = f", {part.words}" if part.words else ""
    return Occurrence(
        key=key,
        label=f"Invoice {invoice.number}{words}, {invoice.gross}",
        starts_at=datetime.combine(invoice.invoiced_on, time(), zone),
        due_at=Deadline(due.on, zone).instant if due else None,
        counts_on=due.on if due else invoice.invoiced_on,
    )
