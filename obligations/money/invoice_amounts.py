"""The amounts of an invoice: what of it is tax and freight, what was credited on it, what is owed."""

from datetime import date
from decimal import Decimal

from obligations.facts import Credit, Fact, Invoice
from obligations.money.invoices import Bill
from obligations.quantities import Money


def net_of(invoice: Invoice) -> Decimal | None:
    """The invoice without tax, None where its tax is not on record."""
    if invoice.net is not None and invoice.net.currency == invoice.gross.currency:
        return invoice.net.amount
    tax = _of_sort(invoice, invoice.tax, "tax")
    return None if tax is None else invoice.gross.amount - tax


def goods_of(invoice: Invoice) -> Decimal | None:
    """The invoice without tax and freight, None where one of them is not on record."""
    net, freight = net_of(invoice), _of_sort(invoice, invoice.freight, "freight")
    return None if net is None or freight is None else net - freight


def credit_memos(bill: Bill) -> list[tuple[Fact, Credit]]:
    """The credit memos on an invoice: what was set off, or released of a holdback, is none."""
    return [(f, c) for f, c in bill.credits if c.type not in ("set_off", "holdback")]


def credited(bill: Bill, until: date | None = None) -> Decimal:
    """What the credit memos in its own currency take off an invoice, all in all or until a day."""
    memos = [c for _, c in credit_memos(bill) if c.amount.currency == bill.currency]
    counted = [c.amount.amount for c in memos if until is None or c.credited_on <= until]
    return sum(counted, Decimal(0))


def owed_on(bill: Bill) -> Decimal:
    """What is to be paid on an invoice: its gross amount less the credit memos."""
    return bill.invoice.gross.amount - credited(bill)


def _of_sort(invoice: Invoice, stated: Money | None, category: str) -> Decimal | None:
    """What the invoice states of one sort, else the sum of its lines of that sort."""
    if stated is not None:
        return stated.amount if stated.currency == invoice.gross.currency else None
    if not invoice.lines:
        return None
    return sum((line.amount.amount for line in invoice.lines if line.category == category), Decimal(0))
