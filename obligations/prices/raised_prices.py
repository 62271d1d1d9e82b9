"""Prices that an invoice raises though nobody gave notice of it.

A line bills more than the price in force and more than the same was billed at before. Lines are compared by
the price of a unit, or, where they tell neither price nor quantity, as charges for periods of one length.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from obligations.matching import belongs, same_service
from obligations.minor_units import at_most
from obligations.periods import period
from obligations.prices.books import Books
from obligations.prices.charges import Charge, charges, contradicted, credited, invoices
from obligations.prices.item_prices import normal_unit
from obligations.prices.price_history import Change, PriceInForce, in_force
from obligations.terms.prices import NamedPrice


@dataclass(frozen=True)
class Raise:
    """`charge` bills `price`; `before` is the charge before it, at `was`; `allowed` what may be billed.
    `missing` says what is not known of the invoice."""

    charge: Charge
    price: Decimal
    before: Charge
    was: Decimal
    allowed: PriceInForce
    missing: tuple[str, ...] = ()


def raises(named: NamedPrice, done: Sequence[Change], books: Books) -> Iterator[Raise]:
    """The charges that raise a price above what it may be, without a notice of it and not credited since."""
    last: dict[tuple[str, ...], tuple[Charge, Decimal]] = {}
    currency = named.price.currency
    for charge in _charges(named, books):
        price, comparable = _price(charge)
        if price is None:
            continue
        before = last.get(comparable)
        last[comparable] = (charge, price)
        allowed = _allowed(done, charge)
        over = price - at_most(allowed.price.high, currency)
        if before is None or over <= 0 or price <= before[1]:
            continue
        if not _noticed(done, charge, price) and not _taken_back(books, charge, over):
            missing = contradicted(books, charge.fact, charge.invoice)
            if belongs(books.obligation, charge.fact) == "unclear":
                missing += (f"which contract {charge.invoice.number} is under",)
            yield Raise(charge, price, *before, allowed, missing)


def _charges(named: NamedPrice, books: Books) -> list[Charge]:
    """The lines that bill an item in the currency of its price, in order of their invoices."""
    found = [
        charge
        for fact, invoice in invoices(books, None)
        for charge in charges(fact, invoice)
        if charge.line is not None
        and charge.currency == named.price.currency
        and same_service(named.item, charge.item) is True
    ]
    return sorted(found, key=lambda c: (c.invoice.invoiced_on, c.fact.id, c.key))


def _price(charge: Charge) -> tuple[Decimal | None, tuple[str, ...]]:
    """The price that a line bills, and what it may be compared with; None where that is not known."""
    line = charge.line
    assert line is not None
    item = line.item.strip().casefold()
    if line.unit_price is not None and line.unit_price.currency == line.amount.currency:
        return line.unit_price.amount, (item, "unit", normal_unit(line.unit))
    if line.quantity:
        return line.amount.amount / line.quantity, (item, "unit", normal_unit(line.unit))
    stated = period(charge.invoice.period)
    if stated is None:
        return None, ()
    months = round(((stated.end - stated.start).days + 1) / 30)
    return line.amount.amount, (item, "months", str(months))


def _allowed(done: Sequence[Change], charge: Charge) -> PriceInForce:
    """The highest price that held on one of the days of a charge."""
    stated = period(charge.invoice.period)
    days = {charge.invoice.invoiced_on, charge.supplied_on, stated.end if stated else None} - {None}
    held = [in_force(done, day) for day in sorted(day for day in days if day is not None)]
    return max(held, key=lambda found: found.price.high)


def _noticed(done: Sequence[Change], charge: Charge, price: Decimal) -> bool:
    """Whether a notice asked for as much; whether it may is judged for the notice."""
    on = charge.invoice.invoiced_on
    return any(
        change.notice is not None
        and change.notice[1].sent_on <= on
        and (change.claimed is None or at_most(change.claimed.high, change.currency) >= price)
        for change in done
    )


def _taken_back(books: Books, charge: Charge, over: Decimal) -> bool:
    """Whether credits took back what was too much."""
    line = charge.line
    quantity = line.quantity if line is not None and line.quantity else Decimal(1)
    back = sum((c.before_tax.amount for _, c in credited(books, charge.fact, charge.invoice)), Decimal(0))
    return back >= over * quantity
