"""The lines of an invoice, each with the volume from which on it counts: of its order, or of the period."""

from dataclasses import dataclass, replace
from decimal import Decimal

from obligations.facts import Credit, Fact, Invoice, InvoiceLine, PurchaseOrder
from obligations.matching import same_service
from obligations.model import DatedTerms
from obligations.terms import VolumeDiscount
from obligations.volume.discounts import Billed
from obligations.volume.volume_periods import Book
from obligations.volume.volumes import ZERO, Measure, Volume, in_units

Invoiced = tuple[Fact, Invoice]
Ordered = tuple[Fact, PurchaseOrder]
Credited = tuple[Fact, Credit]
_NO_GOODS = ("tax", "freight")


@dataclass(frozen=True)
class Case:
    """One invoice under one set of terms. `earlier` are invoices and `orders` orders that it shares an order
    with, `credits` those on its price, `volume` is what was bought in the period before it (nothing where
    orders count by themselves); `rivalled` says that another record of it says something else."""

    fact: Fact
    invoice: Invoice
    dated: DatedTerms
    terms: VolumeDiscount
    book: Book
    earlier: tuple[Invoiced, ...]
    orders: tuple[Ordered, ...]
    credits: tuple[Credited, ...]
    volume: Volume
    rivalled: bool

    @property
    def measure(self) -> Measure:
        return self.book.wanted.measure

    @property
    def currency(self) -> str:
        return self.invoice.gross.currency

    @property
    def lines(self) -> tuple[InvoiceLine, ...]:
        return lines_of(self.terms, self.invoice)


def number_of(order: str) -> str:
    """The number of an order as it is compared."""
    return order.strip().casefold()


def orders_of(invoice: Invoice) -> set[str]:
    """The numbers of the orders that an invoice bills."""
    named = {number_of(line.order or invoice.order) for line in invoice.lines}
    return named - {""}


def lines_of(terms: VolumeDiscount, invoice: Invoice) -> tuple[InvoiceLine, ...]:
    """The lines that the promise is about, or may be."""
    return tuple(
        line
        for line in invoice.lines
        if line.category not in _NO_GOODS and same_service(terms.item, line.item) is not False
    )


def units_of(case: Case, line: InvoiceLine) -> Decimal | None:
    """The units of a line; ZERO where it is of something that the promise does not count."""
    if line.quantity is None or case.terms.unit is None:
        return line.quantity
    return in_units(case.book.wanted, line.quantity, line.unit, None)


def placed(case: Case, terms: VolumeDiscount, before: Decimal) -> tuple[Billed, ...]:
    """The lines in their order, each with the volume from which on it counts."""
    held: list[tuple[str, Billed]] = []
    at: dict[str, Decimal] = {}
    for line in case.lines:
        units, price = units_of(case, line) or ZERO, _list_price(terms, line)
        if not units:
            continue
        adds = units
        if terms.unit is None:
            listed = units * price if price is not None and terms.per == "order" else line.amount.amount
            adds = listed
        group = _group(case, terms, line)
        start = at.get(group, before + _earlier(case, terms, line, group))
        at[group] = start + adds
        held.append((group, Billed(line, units, price, adds, start, start + adds)))
    return tuple(
        replace(billed, total=max(at[group], _ordered(case, terms, billed.line, group)))
        for group, billed in held
    )


def _group(case: Case, terms: VolumeDiscount, line: InvoiceLine) -> str:
    """Lines of one group count together: those of an item in an order, or all of them."""
    if terms.per != "order":
        return ""
    order = number_of(line.order or case.invoice.order)
    item = line.item.strip().casefold() if terms.each_item and terms.unit is not None else ""
    return f"{order}\x1f{item}"


def _earlier(case: Case, terms: VolumeDiscount, line: InvoiceLine, group: str) -> Decimal:
    """What earlier invoices billed of the same order."""
    if terms.per != "order" or not (line.order or case.invoice.order):
        return ZERO
    found = ZERO
    for fact, invoice in case.earlier:
        other = replace(case, fact=fact, invoice=invoice)
        for each in other.lines if fact.party == case.fact.party else ():
            if _group(other, terms, each) == group:
                found += (units_of(other, each) or ZERO) if terms.unit is not None else each.amount.amount
    return found


def _ordered(case: Case, terms: VolumeDiscount, line: InvoiceLine, group: str) -> Decimal:
    """The units of the order itself, where it is on record: parts are billed one by one."""
    number = number_of(line.order or case.invoice.order)
    if terms.per != "order" or terms.unit is None or not number:
        return ZERO
    total = ZERO
    for _, order in case.orders:
        if number_of(order.number) != number:
            continue
        for each in order.lines:
            if terms.each_item and each.item.strip().casefold() != line.item.strip().casefold():
                continue
            quantity = max(each.quantity - each.cancelled, ZERO)
            total += in_units(case.book.wanted, quantity, each.unit, each.units_per_case) or ZERO
    return total


def _list_price(terms: VolumeDiscount, line: InvoiceLine) -> Decimal | None:
    """The price of a unit before the discount: by the contract, or as the line itself shows it beside a lower
    amount."""
    for listed in terms.list_prices:
        if listed.price.currency == line.amount.currency and same_service(listed.item, line.item):
            return listed.price.amount
    if line.unit_price is None or line.quantity is None or line.unit_price.currency != line.amount.currency:
        return None
    return line.unit_price.amount if line.unit_price.amount * line.quantity > line.amount.amount else None
