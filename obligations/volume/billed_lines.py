"""The lines of an invoice, each with the volume from which on it counts: of its order, or of the period."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from obligations.facts import Credit, Fact, Invoice, InvoiceLine, PurchaseOrder
from obligations.matching import same_service
from obligations.model import DatedTerms
from obligations.terms import VolumeDiscount
from obligations.volume.discounts import Billed
from obligations.volume.volume_periods import Book
from obligations.volume.volumes import ZERO, Before, Measure, Wanted, bought, in_units

Invoiced = tuple[Fact, Invoice]
Ordered = tuple[Fact, PurchaseOrder]
Credited = tuple[Fact, Credit]
_NO_GOODS = ("tax", "freight")


@dataclass(frozen=True)
class Case:
    """One invoice under one set of terms.

    `earlier` are the last invoices and `orders` the orders that it shares an order with, `billed` what all
    earlier ones billed of its order by group of lines, `credits` those on its price, `volume` is what was
    bought in the period before it (nothing where orders count by themselves); `rivalled` says that another
    record of it says something else.
    """

    fact: Fact
    invoice: Invoice
    dated: DatedTerms
    terms: VolumeDiscount
    book: Book
    earlier: tuple[Invoiced, ...]
    orders: tuple[Ordered, ...]
    billed: Mapping[str, Decimal]
    credits: tuple[Credited, ...]
    volume: Before
    rivalled: bool

    @property
    def measure(self) -> Measure:
        return self.book.wanted.measure

    @property
    def currency(self) -> str:
        return self.invoice.gross.currency

    @property
    def lines(self) -> tuple[InvoiceLine, ...]:
        return sold(self.terms, self.invoice)


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


def sold(terms: VolumeDiscount, invoice: Invoice) -> tuple[InvoiceLine, ...]:
    """The same but for goods taken back on the invoice itself: at which price they were sold is the matter of
    the invoice that billed them."""
    return tuple(
        line for line in lines_of(terms, invoice) if (bought(terms.item, invoice, line) or ZERO) >= 0
    )


def takes_off(line: InvoiceLine) -> bool:
    """Whether a line bills nothing but takes something off, such as a discount."""
    return line.amount.amount < 0


def units_of(wanted: Wanted, terms: VolumeDiscount, invoice: Invoice, line: InvoiceLine) -> Decimal | None:
    """The units of a line; ZERO where it is of something that the promise does not count."""
    quantity = bought(terms.item, invoice, line)
    if quantity is None or terms.unit is None:
        return quantity
    return in_units(wanted, quantity, line.unit, None)


def by_group(wanted: Wanted, terms: VolumeDiscount, invoice: Invoice) -> Iterator[tuple[str, Decimal]]:
    """What each line of an invoice adds to the lines of its order that count together."""
    for line in lines_of(terms, invoice):
        if line.order or invoice.order:
            units = line.amount.amount if terms.unit is None else units_of(wanted, terms, invoice, line)
            yield group_of(terms, invoice, line), units or ZERO


def placed(case: Case, terms: VolumeDiscount, before: Decimal) -> tuple[Billed, ...]:
    """The lines in their order, each with the volume from which on it counts."""
    held: list[tuple[str, Billed]] = []
    at: dict[str, Decimal] = {}
    for line in case.lines:
        units, price = units_of(case.book.wanted, terms, case.invoice, line) or ZERO, _list_price(terms, line)
        if not units or takes_off(line):
            continue
        adds = units
        if terms.unit is None:
            listed = units * price if price is not None and terms.per == "order" else line.amount.amount
            adds = listed
        group = group_of(terms, case.invoice, line)
        start = at.get(group, before + case.billed.get(group, ZERO))
        at[group] = start + adds
        held.append((group, Billed(line, units, price, adds, start, start + adds)))
    return tuple(
        replace(billed, total=max(at[group], _ordered(case, terms, billed.line, group)))
        for group, billed in held
    )


def group_of(terms: VolumeDiscount, invoice: Invoice, line: InvoiceLine) -> str:
    """Lines of one group count together: those of an item in an order, or all of them."""
    if terms.per != "order":
        return ""
    order = number_of(line.order or invoice.order)
    item = line.item.strip().casefold() if terms.each_item and terms.unit is not None else ""
    return f"{order}\x1f{item}"


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
