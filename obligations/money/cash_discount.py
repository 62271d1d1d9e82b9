"""What may be taken off an invoice for paying early, and by when."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.deadlines import Deadline
from obligations.due_days import DueDay
from obligations.minor_units import at_least, to_the_unit
from obligations.money.invoice_amounts import credited, goods_of, net_of
from obligations.money.invoices import Bill
from obligations.money.payment_dates import due_days
from obligations.terms.money import CashDiscount, DiscountStep, PaymentDue
from obligations.wording import plain

_BASES = {
    "gross": "the invoice",
    "net": "the invoice less tax",
    "goods": "the invoice less tax and freight",
}


@dataclass(frozen=True)
class Offer:
    """One step of a discount for one invoice: `amount` off what is `owed` then, if paid by `by`."""

    percent: Decimal
    by: DueDay
    owed: Decimal
    base: Decimal
    base_words: str
    amount: Decimal
    deadline: Deadline

    @property
    def how(self) -> str:
        return f"{plain(self.percent)} % of {self.base_words}"


@dataclass(frozen=True)
class Offers:
    """The steps in order, the highest first; `missing` says what they cannot be worked out without."""

    steps: tuple[Offer, ...] = ()
    missing: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()


def offers(terms: CashDiscount, bill: Bill, payment: PaymentDue | None) -> Offers:
    """The discounts on an invoice. A credit memo by the day of a step reduces what it is a percent of, in
    proportion; a later one does not."""
    base = _base(terms, bill)
    if isinstance(base, str):
        return Offers(missing=(base,))
    whole, name = base
    gross = bill.invoice.gross.amount
    readings = [] if terms.base else [f"The text does not say of what; {_BASES[name]} is the careful one."]
    steps: list[Offer] = []
    for step in terms.all_steps:
        found = _by(terms, step, bill, payment)
        if isinstance(found, str):
            return Offers(missing=(found,))
        if step.percent is None:
            return Offers(missing=("the percentage of the discount",))
        owed = gross - credited(bill, found.on)
        amount = whole * owed / gross if gross else Decimal(0)
        off = to_the_unit(amount * step.percent / 100, bill.currency)
        deadline = Deadline(found.on, bill.zone, before=terms.due == "before")
        steps.append(Offer(step.percent, found, owed, amount, _BASES[name], off, deadline))
    return Offers(tuple(steps), readings=tuple(readings))


def earned(steps: tuple[Offer, ...], paid: list[tuple[date, Decimal]], currency: str) -> Offer | None:
    """The best step for which enough was paid in time; `paid` are days with amounts."""
    for offer in steps:
        in_time = sum((amount for day, amount in paid if offer.deadline.kept_on(day)), Decimal(0))
        if in_time >= at_least(offer.owed - offer.amount, currency):
            return offer
    return None


def _base(terms: CashDiscount, bill: Bill) -> tuple[Decimal, str] | str:
    """What the percentage is of. Where the text is silent: the least when we pay, all when we are paid, so
    that we neither take too much nor call too much what others took."""
    gross, net, goods = bill.invoice.gross.amount, net_of(bill.invoice), goods_of(bill.invoice)
    known = [(value, name) for value, name in ((goods, "goods"), (net, "net")) if value is not None]
    if terms.base == "gross" or (terms.base is None and bill.we_pay is False):
        return gross, "gross"
    if terms.base is None:
        return known[0] if known else (gross, "gross")
    found = {name: value for value, name in known}.get(terms.base)
    lacking = "tax" if terms.base == "net" or net is None else "freight"
    return (found, terms.base) if found is not None else f"the {lacking} on {bill.number}"


def _by(terms: CashDiscount, step: DiscountStep, bill: Bill, payment: PaymentDue | None) -> DueDay | str:
    """The last day for a step, or what is missing. Counted from where the whole is counted from, unless the
    clause says otherwise."""
    if step.within is None and step.day is None:
        return "the time for the discount"
    counted = PaymentDue(
        within=step.within,
        day=step.day,
        starts=terms.starts or (payment.starts if payment else None),
        later_of=() if terms.starts or payment is None else payment.later_of,
        deemed_acceptance=payment.deemed_acceptance if payment else None,
        without_receipt=payment.without_receipt if payment else None,
        clock=terms.clock,
        calendar=terms.calendar or (payment.calendar if payment else None),
        roll=terms.roll,
    )
    found = due_days(counted, bill)
    return found.missing if found.missing else found.chosen(bill.we_pay)
