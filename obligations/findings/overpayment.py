"""Overpayment: what was paid beyond the invoice, for an invoice billed twice, beyond the price agreed, or
without taking a credit.

An amount is found once: of an invoice billed twice nothing else is told, and what is paid beyond an invoice
is not beyond its price as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from obligations.facts import Credit, Fact, Invoice, Payment, Source, latest
from obligations.findings.finding import Draft, FindingKind, SpendFinding, in_order, step
from obligations.minor_units import price_text
from obligations.model import AsOf, Assessment, Outcome
from obligations.money.invoices import same_bill, spelled
from obligations.prices.books import plain_number
from obligations.quantities import Money
from obligations.wording import count_text

_ZERO = Decimal(0)


@dataclass(frozen=True)
class _Account:
    """An invoice with what was paid and credited on it by the day judged, in its currency. `foreign` are
    payments in another one."""

    fact: Fact
    invoice: Invoice
    payments: tuple[tuple[Fact, Payment], ...]
    credits: tuple[tuple[Fact, Credit], ...]
    foreign: tuple[tuple[Fact, Payment], ...]

    @property
    def number(self) -> str:
        return self.invoice.number

    @property
    def currency(self) -> str:
        return self.invoice.gross.currency

    @property
    def paid(self) -> Decimal:
        return sum((p.amount.amount for _, p in self.payments), _ZERO)

    @property
    def credited(self) -> Decimal:
        return sum((c.amount.amount for _, c in self.credits), _ZERO)

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.fact.source, *(f.source for f, _ in self.payments), *(f.source for f, _ in self.credits))

    def text(self, amount: Decimal) -> str:
        return price_text(amount, self.currency)

    def draft(
        self, kind: FindingKind, on: date, amount: Decimal, summary: str, records: tuple[Source, ...]
    ) -> Draft:
        foreign = f"what was paid on {self.number} in {self.currency}"
        return Draft(
            kind=kind,
            subject=self.number,
            party=self.fact.party,
            contract=self.fact.contract,
            on=on,
            amount=Money(amount=amount, currency=self.currency),
            summary=summary,
            trail=(step(f"overpayment.{kind}", summary, *dict.fromkeys(records)),),
            missing=(foreign,) if self.foreign else (),
        )


def overpayments(
    facts: Sequence[Fact], assessments: Iterable[Assessment], at: AsOf
) -> tuple[SpendFinding, ...]:
    """What was paid and not owed, on the invoices of all parties in `facts`.

    `assessments` are those of prices (`fee`, `rate_card`), made of the same facts at the same instant: an
    invoice that they find too high, and that was paid, was overpaid. Days are those of the zone of `at`.
    """
    today = at.as_of.date()
    accounts = _accounts(facts, at, today)
    drafts: list[Draft] = []
    doubled: set[Source] = set()
    earlier: dict[_Bill, list[_Account]] = {}
    for account in accounts:
        first = _billed_before(account, earlier)
        for bill in _bills(account):
            earlier.setdefault(bill, []).append(account)
        if first is not None and account.paid > 0 and first.paid > 0:
            drafts.append(_billed_twice(account, first))
            doubled.add(account.fact.source)
        else:
            drafts += _beyond_invoice(account)
    by_record = {a.fact.source: a for a in accounts}
    for assessment in assessments:
        if not doubled.intersection(assessment.records):
            drafts += _beyond_price(assessment, by_record)
    return in_order(drafts, at)


def _accounts(facts: Sequence[Fact], at: AsOf, today: date) -> list[_Account]:
    """Every invoice of the day or before, in order, each number and amount of a party once."""
    known = latest(facts, at.known_at)
    records = _Records()
    for fact in known:
        records.hold(fact, today)
    seen = set()
    found = []
    for fact in sorted(known, key=lambda f: f.id):
        invoice = fact.data
        if not isinstance(invoice, Invoice) or invoice.invoiced_on > today:
            continue
        key = (fact.party, invoice.direction, plain_number(invoice.number), invoice.gross)
        if key not in seen:
            seen.add(key)
            found.append(_account(fact, invoice, records))
    return sorted(found, key=lambda a: (a.invoice.invoiced_on, a.fact.id))


@dataclass
class _Records:
    """Payments by party, direction and invoice, and credits by party and invoice."""

    payments: dict[tuple[str | None, str, str], list[tuple[Fact, Payment]]] = field(default_factory=dict)
    credits: dict[tuple[str | None, str], list[tuple[Fact, Credit]]] = field(default_factory=dict)

    def hold(self, fact: Fact, today: date) -> None:
        data = fact.data
        if isinstance(data, Payment) and data.paid_on <= today:
            key = (fact.party, data.direction, plain_number(data.invoice))
            self.payments.setdefault(key, []).append((fact, data))
        elif isinstance(data, Credit) and data.credited_on <= today:
            self.credits.setdefault((fact.party, plain_number(data.invoice)), []).append((fact, data))


def _account(fact: Fact, invoice: Invoice, records: _Records) -> _Account:
    number, currency = plain_number(invoice.number), invoice.gross.currency
    paid = records.payments.get((fact.party, invoice.direction, number), [])
    paid = sorted(paid, key=lambda p: (p[1].paid_on, p[0].id))
    taken = [c for c in records.credits.get((fact.party, number), ()) if c[1].amount.currency == currency]
    taken.sort(key=lambda c: (c[1].credited_on, c[0].id))
    own = tuple((f, p) for f, p in paid if p.amount.currency == currency)
    foreign = tuple((f, p) for f, p in paid if p.amount.currency != currency)
    return _Account(fact, invoice, own, tuple(taken), foreign)


_Bill = tuple[str | None, str, Money, str | date]


def _bills(account: _Account) -> tuple[_Bill, _Bill]:
    """What two accounts have in common where they may bill the same: the amount, and the day or the spelling
    of the number."""
    invoice = account.invoice
    common = (account.fact.party, invoice.direction, invoice.gross)
    return ((*common, invoice.invoiced_on), (*common, spelled(invoice.number)))


def _billed_before(account: _Account, earlier: dict[_Bill, list[_Account]]) -> _Account | None:
    """The first of the earlier accounts, of another number, that seems to bill the same."""
    number = plain_number(account.number)
    likely = [other for bill in _bills(account) for other in earlier.get(bill, ())]
    same = [o for o in likely if plain_number(o.number) != number and same_bill(account.invoice, o.invoice)]
    return min(same, key=lambda o: (o.invoice.invoiced_on, o.fact.id), default=None)


def _billed_twice(account: _Account, first: _Account) -> Draft:
    """An invoice paid although an earlier one bills the same and was paid."""
    on = account.payments[-1][1].paid_on
    left = max(account.paid - account.credited, _ZERO)
    summary = (
        f"{account.number} seems to bill what {first.number} of {first.invoice.invoiced_on} bills, "
        f"{account.text(account.invoice.gross.amount)}, and both were paid."
    )
    draft = account.draft("billed_twice", on, left, summary, (*account.sources, *first.sources))
    doubt = f"whether {account.number} and {first.number} are for the same"
    return draft.model_copy(update={"missing": (doubt, *draft.missing)})


def _beyond_invoice(account: _Account) -> list[Draft]:
    """Paid more than the invoice, or the invoice in full although a credit reduces it."""
    gross = account.invoice.gross.amount
    beyond = max(account.paid - gross, _ZERO)
    untaken = max(account.paid - (gross - account.credited), _ZERO) - beyond
    drafts = []
    if beyond > 0:
        again = len(account.payments) > 1 and any(p.amount.amount == beyond for _, p in account.payments)
        kind: FindingKind = "paid_twice" if again and beyond >= gross else "paid_too_much"
        how = "was paid twice" if kind == "paid_twice" else "was paid too high"
        summary = (
            f"{account.number} ({account.text(gross)}) {how}: {account.text(account.paid)} in "
            f"{count_text(len(account.payments), 'payment')}, {account.text(beyond)} too much."
        )
        paid = tuple(f.source for f, _ in account.payments)
        on = account.payments[-1][1].paid_on
        drafts.append(account.draft(kind, on, beyond, summary, (account.fact.source, *paid)))
    if untaken > 0:
        names = ", ".join(c.number for _, c in account.credits)
        summary = (
            f"{account.number} ({account.text(gross)}) was paid without taking {account.text(untaken)} "
            f"of the credit on it ({names})."
        )
        on = account.payments[-1][1].paid_on
        drafts.append(account.draft("credit_not_taken", on, untaken, summary, account.sources))
    return drafts


def _beyond_price(assessment: Assessment, accounts: dict[Source, _Account]) -> list[Draft]:
    """What was paid of a price found too high. Where it concerns several invoices they are told together."""
    money = assessment.money
    if money is None or assessment.money_is != "overcharged" or assessment.outcome is not Outcome.BREACHED:
        return []
    held = [
        accounts[r] for r in assessment.records if r in accounts and accounts[r].currency == money.currency
    ]
    if not held:
        return []
    gross = sum((a.invoice.gross.amount for a in held), _ZERO)
    paid = sum((min(a.paid, a.invoice.gross.amount) for a in held), _ZERO)
    due = gross - sum((a.credited for a in held), _ZERO)
    # What was paid beyond what is due anyway is told by itself: beyond the invoice, or a credit not taken.
    over = min(money.amount, paid - (due - money.amount) - max(_ZERO, paid - due))
    payments = [p for a in held for p in a.payments]
    if over <= 0 or not payments:
        return []
    numbers = " and ".join(a.number for a in held)
    first = held[-1]
    summary = (
        f"{numbers} bill{'s' if len(held) == 1 else ''} {first.text(money.amount)} more than agreed, and "
        f"{first.text(over)} of it was paid. {assessment.summary}"
    )
    trail = (
        *assessment.trail,
        step("overpayment.paid_over_price", summary, *(f.source for f, _ in payments)),
    )
    return [
        Draft(
            kind="paid_over_price",
            subject=numbers,
            party=first.fact.party,
            contract=assessment.contract,
            on=max(p.paid_on for _, p in payments),
            amount=Money(amount=over, currency=money.currency),
            summary=summary,
            trail=trail,
        )
    ]
