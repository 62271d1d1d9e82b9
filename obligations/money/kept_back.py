"""What was kept back of invoices under a holdback clause, how much of it was allowed, what was released."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.facts import Credit, Event, Fact, Milestone, Payment, Source
from obligations.matching import belongs, records, same_service
from obligations.model import AsOf, Obligation
from obligations.money.invoice_account import may_keep_back, paid_day
from obligations.money.invoice_amounts import owed_on
from obligations.money.invoices import Bill
from obligations.money.payment_starts import accepted_on
from obligations.terms.money import Holdback


@dataclass(frozen=True)
class Kept:
    """One invoice of which something was kept back: `withheld` in all, of which `allowed`."""

    bill: Bill
    terms: Holdback
    withheld: Decimal
    allowed: Decimal
    payments: tuple[tuple[Fact, Payment], ...]

    @property
    def last_on(self) -> date:
        return max(payment.paid_on for _, payment in self.payments)

    def reached(self, until: date) -> Decimal:
        """What was paid on the invoice by a day, with the discount that the payments say they took."""
        total = Decimal(0)
        for _, payment in self.bill.payments:
            day = paid_day(payment, None, self.bill)
            if day is None or day > until or payment.amount.currency != self.bill.currency:
                continue
            taken = payment.discount
            total += payment.amount.amount
            total += taken.amount if taken is not None and taken.currency == self.bill.currency else 0
        return total

    def over(self, until: date) -> Decimal:
        """What is kept back beyond what is allowed, and was not paid since."""
        owed = owed_on(self.bill)
        lacking = max(owed - self.allowed - self.reached(until), Decimal(0))
        return min(max(self.withheld - self.allowed, Decimal(0)), lacking)

    def released(self, until: date) -> Decimal:
        """What was paid by a day of what was rightly kept back."""
        owed = owed_on(self.bill)
        kept = min(self.withheld, self.allowed)
        return min(max(self.reached(until) - (owed - kept), Decimal(0)), kept)


def kept_back(bills: Sequence[Bill]) -> tuple[Kept, ...]:
    """The invoices of which something was kept back, in order of payment; a cap is used up in that order."""
    found: list[Kept] = []
    used: dict[str, Decimal] = {}
    dated = [
        (bill, terms, held) for bill in bills if (held := _withholding(bill)) and (terms := _terms(bill))
    ]
    for bill, terms, held in sorted(dated, key=lambda d: (d[2][0][1].paid_on, d[0].fact.id)):
        amounts = [p.withheld.amount for _, p in held if p.withheld and p.withheld.currency == bill.currency]
        withheld = sum(amounts, Decimal(0))
        most = cap_of(terms, bill.currency)
        allowed = may_keep_back(terms, bill)
        if most is not None:
            allowed = min(allowed, max(most - used.get(bill.currency, Decimal(0)), Decimal(0)))
        used[bill.currency] = used.get(bill.currency, Decimal(0)) + min(withheld, allowed)
        found.append(Kept(bill, terms, withheld, allowed, held))
    return tuple(found)


def cap_of(terms: Holdback, currency: str) -> Decimal | None:
    """The most that may be kept back in all, None where no cap in a currency is stated or can be told."""
    caps = []
    if terms.cap is not None and terms.cap.currency == currency:
        caps.append(terms.cap.amount)
    price = terms.contract_price
    if terms.cap_percent is not None and price is not None and price.currency == currency:
        caps.append(price.amount * terms.cap_percent / 100)
    return min(caps, default=None)


def _terms(bill: Bill) -> Holdback | None:
    return bill.dated.terms if isinstance(bill.dated.terms, Holdback) else None


def _withholding(bill: Bill) -> tuple[tuple[Fact, Payment], ...]:
    return tuple((f, p) for f, p in bill.payments if p.withheld is not None and p.withheld.amount > 0)


def credits_released(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, today: date
) -> list[tuple[Fact, Credit]]:
    """Credits that release what was kept back."""
    held = records(obligation, facts, at.known_at, Credit)
    return [(f, c) for f, c in held if c.type == "holdback" and c.credited_on <= today]


def happened_on(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, name: str, today: date
) -> tuple[date, Source] | None:
    """The first day of an event, or on which the milestone of that name stands accepted."""
    found = [
        (event.on, fact.source)
        for fact, event in records(obligation, facts, at.known_at, Event)
        if event.on <= today and same_service(name, event.name) and belongs(obligation, fact) == "yes"
    ]
    for fact, milestone in records(obligation, facts, at.known_at, Milestone):
        day = accepted_on(milestone, today)
        if day is not None and same_service(name, milestone.name) and belongs(obligation, fact) == "yes":
            found.append((day, fact.source))
    return min(found, key=lambda f: (f[0], f[1].system, f[1].record), default=None)
