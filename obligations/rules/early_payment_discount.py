"""Early-payment discount: whether what may be taken off for paying early was earned and taken.

The discount is the payer's chance. One that was missed, or not taken, is no breach; one taken without being
earned leaves the rest of the invoice open, which `payment_due` judges.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal

from obligations.facts import Fact
from obligations.minor_units import at_least
from obligations.model import AsOf, Assessment, Obligation, Occurrence, Outcome
from obligations.money.cash_discount import Offer, Offers, earned, offers
from obligations.money.invoice_account import Account, account, counted
from obligations.money.invoices import Bill, bills
from obligations.money.payment_dates import due_days
from obligations.money.payment_trail import head, tell_account, tell_invoice
from obligations.quantities import Money, Quantity
from obligations.risk import due_soon
from obligations.terms import EarlyPaymentDiscount, PaymentDue
from obligations.terms.money import CashDiscount
from obligations.trail import Finding, Trail, undetermined
from obligations.wording import count_text, day_quantity, days_quantity, plain

_DAYS_A_YEAR = 365


@dataclass(frozen=True)
class _Case:
    """One invoice. `payment` is when the whole is due, where a clause says so; `frame` is that with the
    discount among its terms."""

    bill: Bill
    payment: PaymentDue | None
    frame: PaymentDue
    account: Account
    offers: Offers

    @property
    def head(self) -> str:
        return head(self.bill, self.account)

    def money(self, amount: Decimal) -> Money:
        return self.account.money(amount)


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each invoice under the promise, by the last day of the highest discount."""
    found = [
        _assess(Trail(obligation, at), bill, bill.dated.terms)
        for bill in bills(obligation, facts, at)
        if isinstance(bill.dated.terms, EarlyPaymentDiscount)
    ]
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _assess(trail: Trail, bill: Bill, terms: EarlyPaymentDiscount) -> Assessment:
    payment = terms.payment_under(bill.fact.contract)
    frame = _frame(terms, payment)
    case = _Case(bill, payment, frame, account(frame, bill, None), offers(terms, bill, payment))
    trail.terms(bill.dated, _promised(terms))
    tell_invoice(trail, bill)
    _tell(trail, case)
    finding = _finding(trail, case)
    return trail.conclude(_occurrence(case, trail.at.as_of), finding)


def _frame(terms: EarlyPaymentDiscount, stated: PaymentDue | None) -> PaymentDue:
    """The terms of payment with this discount among them."""
    payment = stated or PaymentDue()
    own = CashDiscount(**{name: getattr(terms, name) for name in CashDiscount.model_fields})
    return payment.model_copy(update={"discount": own, "paid_when": terms.paid_when or payment.paid_when})


def _promised(terms: EarlyPaymentDiscount) -> str:
    said = []
    for step in terms.all_steps:
        percent = f"{plain(step.percent)} %" if step.percent is not None else "a discount not stated"
        when = f"within {step.within.words()}" if step.within else f"by day {step.day} of the following month"
        said.append(f"{percent} if paid {when if step.within or step.day else 'within a time not stated'}")
    return f"May be taken off for paying early: {', '.join(said)}."


def _tell(trail: Trail, case: _Case) -> None:
    for offer in case.offers.steps:
        text = f"{case.money(offer.amount)} ({offer.how}, {case.money(offer.base)}) if paid by {offer.by.on}"
        records = (case.bill.fact.source, *offer.by.records)
        trail.note("offer", f"{text}: {offer.by.reading}.{_rate_text(case, offer)}", records)
    for says in case.offers.readings:
        trail.note("reading", says)
    tell_account(trail, case.bill, case.account)


def _rate(case: _Case, offer: Offer) -> Decimal | None:
    """What paying early earns a year, in percent: the discount by what is then paid, for the days gained."""
    net = _net_due(case)
    days = (net - offer.by.on).days if net is not None else 0
    paid = offer.owed - offer.amount
    if days <= 0 or paid <= 0:
        return None
    return offer.amount / paid * 100 * _DAYS_A_YEAR / days


def _net_due(case: _Case) -> date | None:
    """The day on which the whole is due, where the clause on it is known."""
    if case.payment is None:
        return None
    due = due_days(case.payment, case.bill)
    return due.chosen(case.bill.we_pay).on if due.days else None


def _rate_text(case: _Case, offer: Offer) -> str:
    rate = _rate(case, offer)
    if rate is None:
        return ""
    return f" Paying {_net_due(case)} instead costs {rate:.2f} % a year."


def _finding(trail: Trail, case: _Case) -> Finding:
    bill, number = case.bill, case.bill.number
    missing = [*case.offers.missing, *case.account.missing]
    if bill.unclear:
        missing.append(f"which contract {number} is under")
    if bill.rival is not None:
        missing.append(f"which record of {number} is right, {bill.invoice.gross} or {bill.rival[1].gross}")
    if missing:
        lacking = tuple(dict.fromkeys(missing))
        text = f"What may be taken off invoice {number} cannot be told without {' and '.join(lacking)}."
        return undetermined(text, *lacking)
    found = _judge(case, trail.at.as_of)
    if case.account.uncertain:
        other = replace(case, account=account(case.frame, bill, None, arrived=False))
        if _judge(other, trail.at.as_of).summary != found.summary:
            lacks = f"the day {' and '.join(case.account.uncertain)} reached the creditor"
            return undetermined(
                f"Whether the discount on {number} was earned cannot be told without {lacks}.", lacks
            )
    return found


def _judge(case: _Case, now: datetime) -> Finding:
    """Taken as earned; not taken though earned; taken without being earned; missed; or still to be had."""
    taken = case.account.total("taken off for paying early")
    if taken > 0:
        return _taken(case, taken)
    if case.bill.sent_back:
        return Finding(Outcome.NOT_APPLICABLE, f"{case.head} was sent back; a proper one starts anew.")
    if case.account.owed <= 0:
        return Finding(Outcome.NOT_APPLICABLE, f"{case.head}: nothing is to be paid.")
    offer = _earned(case)
    if offer is not None:
        text = f"{case.head} was paid in full by {offer.by.on}; the discount of {case.money(offer.amount)}"
        return _lost(case, offer, f"{text} ({offer.how}) was earned and not taken.")
    unearned = _unearned(case)
    if unearned > 0:
        return _not_earned(case, unearned)
    open_one = next((o for o in reversed(case.offers.steps) if not o.deadline.passed(now)), None)
    if open_one is None or _settled(case):
        return _missed(case)
    return _still(case, now)


def _taken(case: _Case, taken: Decimal) -> Finding:
    offer = _earned(case) or case.offers.steps[0]
    paid = case.account.settled_on(case.account.owed)
    when = f"was paid on {paid}" if paid else "was paid in part"
    text = f"{case.head} {when} less {case.money(taken)} ({offer.how}), in time: by {offer.by.on}."
    return _with_rate(case, offer, Finding(Outcome.MET, text, money=case.money(taken), money_is="discount"))


def _lost(case: _Case, offer: Offer, text: str) -> Finding:
    finding = Finding(Outcome.NOT_APPLICABLE, text, money=case.money(offer.amount), money_is="discount")
    return _with_rate(case, offer, finding)


def _not_earned(case: _Case, taken: Decimal) -> Finding:
    """Taken off although not enough was paid in time: the rest stays due."""
    last = case.offers.steps[-1]
    allowed = max(o.amount for o in case.offers.steps)
    in_time = any(o.deadline.kept_on(day) for o in case.offers.steps for day, _ in _days(case))
    why = f"more than the {case.money(allowed)} allowed" if in_time and taken > allowed else ""
    why = why or (
        "but not enough was paid in time" if in_time else f"too late: it had to be paid by {last.by.on}"
    )
    text = f"{case.head}: {case.money(taken)} was taken off, {why}. It was not earned and stays due."
    return Finding(
        Outcome.NOT_APPLICABLE,
        text,
        target=day_quantity(last.by.on),
        money=case.money(taken),
        money_is="discount",
    )


def _missed(case: _Case) -> Finding:
    offer = case.offers.steps[0]
    text = f"{case.head} was not paid by {case.offers.steps[-1].by.on}: the discount of"
    return _lost(
        case, offer, f"{text} {case.money(offer.amount)} ({offer.how}) was missed.{_rate_text(case, offer)}"
    )


def _still(case: _Case, now: datetime) -> Finding:
    """The best step whose day has not passed."""
    offer = next(o for o in case.offers.steps if not o.deadline.passed(now))
    left = (offer.by.on - case.bill.today).days
    outcome = Outcome.AT_RISK if due_soon(now, offer.deadline.instant) else Outcome.PENDING
    due = case.money(max(case.account.owed - case.account.total() - offer.amount, Decimal(0)))
    text = (
        f"{case.head}: {case.money(offer.amount)} ({offer.how}) may be taken off if {due} is paid by"
        f" {offer.by.on}: {count_text(left, 'day')} left.{_rate_text(case, offer)}"
    )
    finding = Finding(outcome, text, money=case.money(offer.amount), money_is="discount")
    return replace(_with_rate(case, offer, finding), margin=days_quantity(left))


def _with_rate(case: _Case, offer: Offer, finding: Finding) -> Finding:
    rate = _rate(case, offer)
    measured = Quantity(value=rate, unit="percent", text=f"{rate:.2f} %") if rate is not None else None
    return replace(finding, target=day_quantity(offer.by.on), measured=measured)


def _days(case: _Case) -> list[tuple[date, Decimal]]:
    entries = [e for e in case.account.entries if e.what != "taken off for paying early"]
    return counted(entries, case.bill, case.frame.paid_when)


def _earned(case: _Case) -> Offer | None:
    return earned(case.offers.steps, _days(case), case.account.currency)


def _settled(case: _Case) -> bool:
    return case.account.total() >= at_least(case.account.owed, case.account.currency)


def _unearned(case: _Case) -> Decimal:
    """What payers say they took off, or what is exactly a discount short, with nothing earned."""
    said = sum((p.discount.amount for _, p in case.bill.payments if p.discount is not None), Decimal(0))
    short = case.account.owed - case.account.total()
    if said > 0 and short > 0:
        return min(said, short)
    return short if any(short == offer.amount for offer in case.offers.steps) else Decimal(0)


def _occurrence(case: _Case, now: datetime) -> Occurrence:
    invoice, zone = case.bill.invoice, case.bill.zone
    steps = case.offers.steps
    current = next((o for o in steps if not o.deadline.passed(now)), steps[-1] if steps else None)
    return Occurrence(
        key=invoice.number,
        label=f"Discount on invoice {invoice.number}, {invoice.gross}",
        starts_at=datetime.combine(invoice.invoiced_on, time(), zone),
        due_at=current.deadline.instant if current else None,
        counts_on=steps[0].by.on if steps else invoice.invoiced_on,
    )
