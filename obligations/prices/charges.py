"""What invoices charge: their lines, without tax and freight, less what was credited on them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.facts import Credit, Direction, Fact, Invoice, InvoiceLine, Source
from obligations.matching import records
from obligations.money.billed_days import billed_under
from obligations.prices.books import Books, plain_number
from obligations.quantities import Money

NOT_A_PRICE = ("tax", "freight")
"""Categories of lines that are no price of anything."""

_CORRECTS = ("price", "return", "other", "")
"""Types of credit that take back what was charged. Service credits, rebates and damages pay for something
else."""


@dataclass(frozen=True)
class Charge:
    """One line of an invoice, or an invoice that has no lines. `amount` is net, in `currency`; `net` is
    False where the invoice does not tell its tax."""

    fact: Fact
    invoice: Invoice
    line: InvoiceLine | None
    amount: Decimal
    net: bool = True

    @property
    def key(self) -> str:
        return f"{self.invoice.number}/{self.line.number}" if self.line else self.invoice.number

    @property
    def id(self) -> tuple[str, str]:
        """What tells it from every other charge: its record and line."""
        return (self.fact.id, self.key)

    @property
    def label(self) -> str:
        return f"line {self.line.number} of {self.invoice.number}" if self.line else self.invoice.number

    @property
    def currency(self) -> str:
        return self.line.amount.currency if self.line else self.invoice.gross.currency

    @property
    def money(self) -> Money:
        return Money(amount=self.amount, currency=self.currency)

    @property
    def item(self) -> str:
        return self.line.item if self.line else ""

    @property
    def supplied_on(self) -> date | None:
        return (self.line.supplied_on if self.line else None) or self.invoice.supplied_on

    @property
    def order(self) -> str:
        return (self.line.order if self.line else "") or self.invoice.order

    @property
    def source(self) -> Source:
        return self.fact.source


def invoices(books: Books, direction: Direction | None) -> Iterator[tuple[Fact, Invoice]]:
    """The invoices under a promise that stand on a day: dated by then, not sent back as improper. One that is
    on record more than once is one; where its records say different amounts, see `contradicted`."""
    obligation, today = books.obligation, books.today
    seen = set()
    for fact, invoice in records(obligation, books.facts, books.at.known_at, Invoice):
        if direction not in (None, invoice.direction) or invoice.invoiced_on > today:
            continue
        if invoice.returned_on is not None and invoice.returned_on <= today:
            continue
        once = (plain_number(invoice.number), fact.party, invoice.direction)
        if billed_under(obligation, fact, invoice) and once not in seen:
            seen.add(once)
            yield fact, invoice


def standing(books: Books, fact: Fact, invoice: Invoice) -> list[Invoice]:
    """All that is on record of an invoice, in one system or several."""
    held = books.billed.get((fact.party, plain_number(invoice.number)), ())
    return [other for _, other in held if other.direction == invoice.direction]


def contradicted(books: Books, fact: Fact, invoice: Invoice) -> tuple[str, ...]:
    """What is missing where several records of an invoice say different amounts."""
    amounts = sorted({str(other.gross) for other in standing(books, fact, invoice)})
    if len(amounts) < 2:
        return ()
    return (f"which amount of {invoice.number} holds: {' or '.join(amounts)}",)


def charges(fact: Fact, invoice: Invoice) -> tuple[Charge, ...]:
    """The charges of an invoice; tax and freight are left out."""
    if invoice.lines:
        priced = (line for line in invoice.lines if line.category not in NOT_A_PRICE)
        return tuple(Charge(fact, invoice, line, line.amount.amount) for line in priced)
    return (Charge(fact, invoice, None, net_amount(invoice), _net_known(invoice)),)


def net_amount(invoice: Invoice) -> Decimal:
    """The invoice without tax and freight; its gross amount where it does not tell them."""
    freight = invoice.freight.amount if invoice.freight else Decimal(0)
    if invoice.net is not None:
        return invoice.net.amount
    if invoice.lines:
        priced = (line.amount.amount for line in invoice.lines if line.category not in NOT_A_PRICE)
        return sum(priced, Decimal(0))
    tax = invoice.tax.amount if invoice.tax else Decimal(0)
    return invoice.gross.amount - tax - freight


def _net_known(invoice: Invoice) -> bool:
    return invoice.net is not None or invoice.tax is not None


def credited(books: Books, fact: Fact, invoice: Invoice) -> tuple[tuple[Fact, Credit], ...]:
    """The credits that take back part of an invoice, in its currency."""
    held = books.credits.get((fact.party, plain_number(invoice.number)), ())
    currency = invoice.gross.currency
    return tuple((f, c) for f, c in held if c.type in _CORRECTS and c.amount.currency == currency)
