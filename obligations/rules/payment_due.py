"""Payment due: an invoice is paid in full by its due day.

Payments up to the instant judged are added up; the invoice is paid on the day on which they reach its gross
amount. An invoice blocked for payment is still due: the block is the payer's own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo
from decimal import Decimal

from obligations.deadlines import Deadline
from obligations.facts import Fact, Invoice, Payment, latest
from obligations.matching import belongs, covers, records
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.payment_dates import WEEKENDS_ONLY, DueDay, DueDays, due_days
from obligations.quantities import Money
from obligations.risk import due_soon
from obligations.terms import PaymentDue
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import allowance_text, count_text, day_quantity, days_quantity


@dataclass(frozen=True)
class _Case:
    """One invoice under one set of terms. `payments` are in order of `paid_on`."""

    fact: Fact
    invoice: Invoice
    dated: DatedTerms
    terms: PaymentDue
    zone: tzinfo
    today: date
    payments: tuple[tuple[Fact, Payment], ...]

    @property
    def paid(self) -> Money:
        amounts = [p.amount.amount for _, p in self.payments]
        return Money(amount=sum(amounts, Decimal(0)), currency=self.invoice.gross.currency)

    @property
    def open(self) -> Money:
        gross = self.invoice.gross
        return Money(amount=gross.amount - self.paid.amount, currency=gross.currency)

    @property
    def settled_on(self) -> date | None:
        """The day on which the payments reached the gross amount."""
        paid = Decimal(0)
        for _, payment in self.payments:
            paid += payment.amount.amount
            if paid >= self.invoice.gross.amount:
                return payment.paid_on
        return None


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each invoice under the promise, however old, by its due day."""
    payments = [fact for fact in latest(facts, at.known_at) if isinstance(fact.data, Payment)]
    found = []
    for fact, invoice in records(obligation, facts, at.known_at, Invoice):
        case = _case(obligation, fact, invoice, payments, at)
        if case is not None:
            found.append(_assess(Trail(obligation, at), case))
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _case(
    obligation: Obligation, fact: Fact, invoice: Invoice, payments: Sequence[Fact], at: AsOf
) -> _Case | None:
    owed_by_us = {"payable": True, "receivable": False}[invoice.direction]
    if obligation.we_owe not in (None, owed_by_us):
        return None
    if not covers(obligation, fact, invoice.invoiced_on):
        return None
    dated = obligation.in_force(invoice.invoiced_on)
    if dated is None or not isinstance(dated.terms, PaymentDue):
        return None
    zone = zone_of(obligation, dated.terms, at)
    today = at.as_of.astimezone(zone).date()
    if invoice.invoiced_on > today:
        return None
    if invoice.received_on is not None and invoice.received_on > today:
        invoice = invoice.model_copy(update={"received_on": None})
    settled = [
        (paid, paid.data)
        for paid in payments
        if isinstance(paid.data, Payment) and paid.party == fact.party and _settles(paid.data, invoice, today)
    ]
    settled.sort(key=lambda p: (p[1].paid_on, p[0].id))
    return _Case(fact, invoice, dated, dated.terms, zone, today, tuple(settled))


def _settles(payment: Payment, invoice: Invoice, today: date) -> bool:
    return (
        payment.invoice.strip().casefold() == invoice.number.strip().casefold()
        and payment.direction == invoice.direction
        and payment.paid_on <= today
    )


def _assess(trail: Trail, case: _Case) -> Assessment:
    obligation, number = trail.obligation, case.invoice.number
    due = due_days(case.terms, case.invoice)
    _tell(trail, case, due)
    missing = _missing(obligation, case, due)
    if missing:
        chosen = due.chosen(obligation.we_owe) if due.days else None
        summary = f"Whether invoice {number} was paid in time cannot be told without {' and '.join(missing)}."
        return trail.conclude(_occurrence(case, chosen), undetermined(summary, *missing))
    finding = _finding(obligation, case, due, trail.at.as_of)
    return trail.conclude(_occurrence(case, due.chosen(obligation.we_owe)), finding)


def _missing(obligation: Obligation, case: _Case, due: DueDays) -> tuple[str, ...]:
    """What must be known before the invoice can be judged."""
    number, currency = case.invoice.number, case.invoice.gross.currency
    missing = [due.missing] if due.missing else []
    if belongs(obligation, case.fact) == "unclear":
        missing.append(f"which contract {number} is under")
    if any(payment.amount.currency != currency for _, payment in case.payments):
        missing.append(f"what was paid on {number} in {currency}")
    return tuple(missing)


def _finding(obligation: Obligation, case: _Case, due: DueDays, now: datetime) -> Finding:
    """The finding under the reading to act on; the summary names the other where there are two."""
    chosen = due.chosen(obligation.we_owe)
    finding = _judge(case, chosen, now)
    if not due.ambiguous:
        return finding
    other = max(due.days, key=lambda day: abs((day.on - chosen.on).days))
    outcome = _judge(case, other, now).outcome
    if obligation.we_owe is None and outcome is not finding.outcome:
        summary = f"Invoice {case.invoice.number} is due {chosen.on} or {other.on}, by the reading."
        return undetermined(summary, "which side we are on, to choose the careful reading")
    which = "earlier" if chosen.on < other.on else "later"
    verdict = "" if outcome is finding.outcome else f", which gives {outcome.value.replace('_', ' ')}"
    reading = (
        f" {chosen.on} is the {which} of two readings; the other is {other.on} ({other.reading}){verdict}."
    )
    return replace(finding, summary=finding.summary + reading)


def _judge(case: _Case, due: DueDay, now: datetime) -> Finding:
    """Paid in time or late; open, soon due or overdue."""
    deadline = Deadline(due.on, case.zone, before=case.terms.due == "before")
    settled = case.settled_on
    day = settled or case.today
    if settled is not None:
        outcome = Outcome.MET if deadline.kept_on(settled) else Outcome.BREACHED
    elif deadline.passed(now):
        outcome = Outcome.BREACHED
    else:
        outcome = Outcome.AT_RISK if due_soon(now, deadline.instant) else Outcome.PENDING
    left = (due.on - day).days
    rest = case.open if settled is None else None
    return Finding(
        outcome,
        _summary(case, due, left, outcome),
        target=day_quantity(due.on),
        measured=day_quantity(settled) if settled else None,
        margin=days_quantity(left),
        money=rest,
        money_is="amount_due" if rest else "",
    )


def _summary(case: _Case, due: DueDay, left: int, outcome: Outcome) -> str:
    invoice = case.invoice
    days = count_text(abs(left), "day")
    head = f"Invoice {invoice.number} ({invoice.gross})"
    when = f"due {due.on} ({due.reading})"
    if case.settled_on is not None:
        verdict = f"{days} to spare" if left > 0 else "on the last day"
        if outcome is Outcome.BREACHED:
            verdict = f"{days} late" if left else "late by the letter: it had to be before"
        return f"{head} was paid on {case.settled_on}; {when}: {verdict}."
    part = f", {case.paid} of it paid" if case.paid.amount else ""
    blocked = ", blocked for payment" if invoice.blocked else ""
    if outcome is Outcome.BREACHED:
        return f"{head} is open{part}{blocked}, {days} overdue; {when}."
    return f"{head} is open{part}{blocked}; {when}: {days} left."


def _occurrence(case: _Case, due: DueDay | None) -> Occurrence:
    invoice = case.invoice
    return Occurrence(
        key=invoice.number,
        label=f"Invoice {invoice.number}, {invoice.gross}",
        starts_at=datetime.combine(invoice.invoiced_on, time(), case.zone),
        due_at=Deadline(due.on, case.zone).instant if due else None,
        counts_on=due.on if due else invoice.invoiced_on,
    )


def _tell(trail: Trail, case: _Case, due: DueDays) -> None:
    terms, invoice = case.terms, case.invoice
    length = allowance_text(terms.within, terms.clock == "business") if terms.within else ""
    on_day = f"on day {terms.day} of the following month" if terms.day else ""
    trail.terms(case.dated, f"Invoices are to be paid {f'within {length}' if length else on_day}.")
    received = f", received {invoice.received_on}" if invoice.received_on else ", receipt not on record"
    text = (
        f"Invoice {invoice.number} of {invoice.invoiced_on}{received}, {invoice.gross}, {invoice.direction}."
    )
    trail.note("invoice", text, (case.fact.source,))
    for day in due.days:
        trail.note("due", f"Due {day.on}: {day.reading}.", (case.fact.source,))
    if due.ambiguous:
        side = {True: "we pay, so the earliest", False: "we are paid, so the latest", None: "the earliest"}
        trail.note(
            "reading", f"The text leaves both open; {side[trail.obligation.we_owe]} is the careful one."
        )
    if terms.starts is None:
        trail.note("reading", "The text does not say from when it is counted.")
    if terms.roll is not None and terms.calendar is None:
        trail.note("reading", f"Moved over weekends only ({WEEKENDS_ONLY.name}).")
    if trail.obligation.we_owe is None:
        trail.note("reading", "Which side we are on is not known; invoices of both directions are looked at.")
    for fact, payment in case.payments:
        trail.note("payment", f"{payment.amount} paid {payment.paid_on}.", (fact.source,))
