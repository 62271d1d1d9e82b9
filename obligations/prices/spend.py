"""What was ordered and invoiced under a promise, as amounts of one currency on a day.

An order commits its amount; invoices against it add only what goes beyond it. What is not known of a record
(its contract, category, tax, rate of exchange) makes it a doubt: it is counted and not counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from obligations.facts import Fact, Invoice, PurchaseOrder, Source
from obligations.matching import belongs, same_service
from obligations.minor_units import to_the_unit
from obligations.money.exchange import exchanged
from obligations.prices.books import Books, plain_number
from obligations.prices.charges import contradicted, credited, invoices, net_amount, standing
from obligations.quantities import Money
from obligations.terms.prices import SpendLimit

ZERO = Decimal(0)


@dataclass(frozen=True)
class Spend:
    """An amount spent on a day: an order, an invoice, or a credit (negative). `amount` is None where it
    cannot be told in the currency of the limit. `group` is the order it belongs to; `says` by which `rate` of
    exchange it was reckoned."""

    label: str
    on: date
    amount: Decimal | None
    group: str
    record: Source
    doubts: tuple[str, ...] = ()
    says: str = ""
    rate: Source | None = None


def spend(books: Books, terms: SpendLimit, currency: str) -> list[Spend]:
    """Everything that counts towards a limit up to the day judged, in order."""
    orders = [] if terms.counts == "invoiced" else _ordered(books, terms, currency)
    billed = [] if terms.counts == "ordered" else _invoiced(books, terms, currency)
    if terms.counts is None:
        billed = _beyond(orders, billed)
    return sorted([*orders, *billed], key=lambda s: (s.on, s.label, s.record.record))


def _ordered(books: Books, terms: SpendLimit, currency: str) -> list[Spend]:
    found = []
    for fact, order in books.orders():
        if terms.direction not in (None, order.direction):
            continue
        fits = _fits(terms, order)
        if fits is False:
            continue
        doubts = _unclear(books, fact, order.number) + (_no_category(order.number) if fits is None else ())
        amount = order.amount.amount - _cancelled(order)
        made = Spend(
            f"order {order.number}", order.ordered_on, amount, plain_number(order.number), fact.source, doubts
        )
        found.append(_in(made, order.amount.currency, currency, books))
    return found


def _cancelled(order: PurchaseOrder) -> Decimal:
    priced = (line for line in order.lines if line.unit_price is not None)
    return sum((line.unit_price.amount * line.cancelled for line in priced if line.unit_price), ZERO)


def _fits(terms: SpendLimit, order: PurchaseOrder | None) -> bool | None:
    """Whether an order is of the category of a limit; None where it names none."""
    if terms.category is None:
        return True
    if order is None:
        return None
    named = [order.category, *(line.category for line in order.lines)]
    fits = [same_service(terms.category, name) for name in named if name]
    return any(fits) if fits else None


def _invoiced(books: Books, terms: SpendLimit, currency: str) -> list[Spend]:
    orders = {plain_number(order.number): order for _, order in books.orders()}
    found = []
    for fact, invoice in invoices(books, terms.direction):
        key = _order_key(invoice)
        fits = _fits(terms, orders.get(key))
        if fits is False:
            continue
        doubts = _unclear(books, fact, invoice.number)
        doubts += _no_category(invoice.number) if fits is None else ()
        doubts += contradicted(books, fact, invoice)
        amount = max(_amount(each, terms) for each in standing(books, fact, invoice))
        if not terms.tax and invoice.net is None and invoice.tax is None and not invoice.lines:
            doubts += (f"the net amount of {invoice.number}",)
        made = Spend(
            invoice.number,
            invoice.invoiced_on,
            amount,
            key or plain_number(invoice.number),
            fact.source,
            doubts,
        )
        found.append(_in(made, invoice.gross.currency, currency, books))
        for each, credit in credited(books, fact, invoice):
            taken = credit.amount if terms.tax else credit.before_tax
            back = Spend(
                f"credit {credit.number}", credit.credited_on, -taken.amount, made.group, each.source
            )
            found.append(_in(back, credit.amount.currency, currency, books))
    return found


def _amount(invoice: Invoice, terms: SpendLimit) -> Decimal:
    return invoice.gross.amount if terms.tax else net_amount(invoice)


def _order_key(invoice: Invoice) -> str:
    named = [invoice.order, *(line.order for line in invoice.lines)]
    return plain_number(next((number for number in named if number), ""))


def _unclear(books: Books, fact: Fact, number: str) -> tuple[str, ...]:
    if belongs(books.obligation, fact) != "unclear":
        return ()
    return (f"which contract {number} is under",)


def _no_category(number: str) -> tuple[str, ...]:
    return (f"what {number} is for",)


def _in(made: Spend, billed: str, currency: str, books: Books) -> Spend:
    """The amount in the currency of the limit, at the rate of its day."""
    if billed == currency or made.amount is None:
        return made
    money = Money(amount=made.amount, currency=billed)
    found = exchanged(books.rates_of(billed), money, currency, made.on, None)
    if isinstance(found, str):
        return replace(made, amount=None, doubts=(*made.doubts, found))
    amount = to_the_unit(found.amount, currency)
    says = f"{made.label} is reckoned in {currency} at {found.says}."
    return replace(made, amount=amount, says=says, rate=found.record)


def _beyond(orders: Sequence[Spend], billed: Sequence[Spend]) -> list[Spend]:
    """Of the invoices of an order only what goes beyond it; invoices without one count in full."""
    ordered: dict[str, Decimal] = {}
    for each in orders:
        ordered[each.group] = ordered.get(each.group, ZERO) + (each.amount or ZERO)
    found = []
    for each in sorted(billed, key=lambda s: (s.on, s.label, s.record.record)):
        if each.group not in ordered or each.amount is None:
            found.append(each)
            continue
        left = ordered[each.group]
        ordered[each.group] = left - each.amount
        if each.amount > 0:
            more = max(ZERO, each.amount - max(left, ZERO))
        else:  # A credit takes back what went beyond the order, and no more.
            more = max(each.amount, min(ZERO, left))
        if more:
            found.append(replace(each, amount=more))
    return found
