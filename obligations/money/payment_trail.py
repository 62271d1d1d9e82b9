"""The steps and the words that the rules about invoices share: what is promised, on record and owed."""

from decimal import Decimal

from obligations.deadlines import WEEKENDS_ONLY
from obligations.due_days import DueDay, DueDays
from obligations.money.invoice_account import Account
from obligations.money.invoices import Bill
from obligations.money.payment_holds import disputes
from obligations.terms.money import PaymentDue
from obligations.trail import Trail
from obligations.wording import allowance_text, plain


def promised(terms: PaymentDue) -> str:
    """What the clause promises, in a sentence."""
    if terms.instalments:
        shares = [
            f"{plain(i.percent)} %" if i.percent is not None else str(i.amount) for i in terms.instalments
        ]
        ends = [
            f"by {i.due_on}" if i.due_on is not None else f"within {i.within.words()}" if i.within else ""
            for i in terms.instalments
        ]
        each = [" ".join(pair) for pair in zip(shares, ends, strict=True)]
        return f"Invoices are to be paid in instalments: {', '.join(each)}."
    length = allowance_text(terms.within, terms.clock == "business") if terms.within else ""
    on_day = f"on day {terms.day} of the following month" if terms.day else ""
    ahead = " in advance" if terms.in_advance else ""
    if not length and not on_day:
        return "Invoices are to be paid within a time that the text leaves open."
    return f"Invoices are to be paid {f'within {length}{ahead}' if length and not on_day else on_day}."


def tell_invoice(trail: Trail, bill: Bill) -> None:
    """The invoice as it is on record, its copies, and invoices it may bill again."""
    invoice = bill.invoice
    received = f", received {invoice.received_on}" if invoice.received_on else ", receipt not on record"
    text = (
        f"Invoice {invoice.number} of {invoice.invoiced_on}{received}, {invoice.gross}, {invoice.direction}."
    )
    trail.note("invoice", text, (bill.fact.source,))
    if bill.copies:
        sources = tuple(fact.source for fact in bill.copies)
        trail.note("invoice", f"On record {len(sources) + 1} times; it is one invoice.", sources)
    for fact, other in bill.likely:
        text = f"It may bill the same as {other.number} of {other.invoiced_on}, also {other.gross}."
        trail.note("duplicate", text, (fact.source,))
    for order_fact, order in bill.orders:
        if order.category:
            trail.note("order", f"Order {order.number}: {order.category}.", (order_fact.source,))


def tell_due(trail: Trail, bill: Bill, due: DueDays) -> None:
    """The due days in every reading, and the one that is acted on."""
    for day in due.days:
        trail.note("due", f"Due {day.on}: {day.reading}.", (bill.fact.source, *day.records))
    if due.ambiguous and not due.doubt:
        side = {True: "we pay, so the earliest", False: "we are paid, so the latest", None: "the earliest"}
        trail.note("reading", f"The text leaves both open; {side[bill.we_pay]} is the careful one.")


def tell_silences(trail: Trail, terms: PaymentDue) -> None:
    """What the terms leave open."""
    if terms.starts is None and not terms.later_of:
        trail.note("reading", "The text does not say from when it is counted.")
    if terms.roll is not None and terms.calendar is None:
        trail.note("reading", f"Moved over weekends only ({WEEKENDS_ONLY.name}).")
    if trail.obligation.we_owe is None:
        trail.note("reading", "Which side we are on is not known; invoices of both directions are looked at.")


def tell_account(trail: Trail, bill: Bill, account: Account) -> None:
    """Every payment, credit memo and dispute on record, and how silent terms were read."""
    for fact, payment in bill.payments:
        arrived = payment.settled_on
        there = f", arrived {arrived}" if arrived and payment.paid_on < arrived <= bill.today else ""
        trail.note("payment", f"{payment.amount} paid {payment.paid_on}{there}.", (fact.source,))
    for fact, credit in bill.credits:
        said = "set off" if credit.type == "set_off" else "credited"
        text = f"{credit.number}: {credit.amount} {said} {credit.credited_on}."
        trail.note("credit", text, (fact.source,))
    for entry in account.entries:
        if entry.what in ("taken off for paying early", "kept back"):
            says = f"{account.money(entry.amount)} {entry.what} counts as paid {entry.on}."
            trail.note("account", says, (entry.source,))
    for dispute in disputes(bill):
        trail.note("dispute", dispute.says, (dispute.source,))
    for says, sources in account.readings:
        trail.note("reading", says, sources)


def made_of(account: Account) -> str:
    """What settled an invoice beside payments: ", EUR 20.00 of it taken off for paying early"."""
    others = [
        f"{account.money(total)} of it {what}"
        for what in ("set off", "taken off for paying early", "kept back")
        if (total := account.total(what))
    ]
    return f", {' and '.join(others)}" if others else ""


def head(bill: Bill, account: Account, part: str = "", amount: Decimal | None = None) -> str:
    """How a summary names an invoice: "Invoice A1 (EUR 1,000.00)"."""
    credited = f", less {account.money(account.credited)} credited" if account.credited else ""
    if not part:
        return f"Invoice {bill.number} ({bill.invoice.gross}{credited})"
    share = f"{account.money(amount)} of " if amount is not None else ""
    return f"Invoice {bill.number}, {part} ({share}{bill.invoice.gross}{credited})"


def likely_again(bill: Bill) -> str:
    """What a summary says of an invoice that may bill the same as another."""
    if not bill.likely:
        return ""
    names = ", ".join(other.number for _, other in bill.likely)
    return f" It may be a second bill for the same as {names}."


def which_due(due: DueDay) -> str:
    return f"due {due.on} ({due.reading})"
