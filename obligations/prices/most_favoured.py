"""What others were billed for the items of a rate card, for a promise that no other customer pays less."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from obligations.facts import Direction, Invoice, Source
from obligations.matching import belongs
from obligations.prices.books import Books
from obligations.prices.charges import Charge, charges
from obligations.prices.item_prices import in_units_of, rows_of
from obligations.terms.prices import CardPrice, RateCard


@dataclass(frozen=True)
class Others:
    """The lines of invoices outside the promise, since its contract began, in order of their day."""

    charges: tuple[tuple[date, Direction, Charge], ...]

    @classmethod
    def of(cls, books: Books) -> "Others":
        since = books.obligation.starts_on or date.min
        found = [
            (invoice.invoiced_on, invoice.direction, charge)
            for fact, invoice in books.of(Invoice)
            if since <= invoice.invoiced_on <= books.today and belongs(books.obligation, fact) == "no"
            for charge in charges(fact, invoice)
            if charge.line is not None
        ]
        return cls(tuple(sorted(found, key=lambda o: (o[0], o[2].fact.id, o[2].key))))

    def lowest(self, terms: RateCard, invoice: Invoice) -> dict[str, tuple[Decimal, Source]]:
        """By item, the lowest price of a unit that others were billed up to the day of an invoice."""
        found: dict[str, tuple[Decimal, Source]] = {}
        for on, direction, charge in self.charges:
            if on > invoice.invoiced_on:
                break
            if direction != invoice.direction:
                continue
            for row in rows_of(terms.prices, charge.item):
                each = _unit_price(row, charge)
                held = found.get(row.item)
                if each is not None and (held is None or each < held[0]):
                    found[row.item] = (each, charge.source)
        return found


def _unit_price(row: CardPrice, charge: Charge) -> Decimal | None:
    """What another was billed for one unit of a row, None where that cannot be told."""
    line = charge.line
    if line is None or not line.quantity or charge.currency != row.price.currency:
        return None
    counts, missing = in_units_of(row, line.quantity, line.unit, None)
    return charge.amount / counts[0] if counts and not missing and counts[0] else None
