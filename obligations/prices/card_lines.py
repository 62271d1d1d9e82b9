"""One line of an invoice or an order against a rate card: its row, its units, the day whose price holds."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from obligations.facts import Fact, OrderLine, PurchaseOrder, Source
from obligations.minor_units import price_text, to_the_unit
from obligations.model import DatedTerms, Obligation
from obligations.money.exchange import exchanged
from obligations.prices.books import Books, plain_number
from obligations.prices.index_linking import NO_LIMIT, PriceRange, times
from obligations.prices.item_prices import for_quantity, in_units_of, normal_unit, rows_of
from obligations.prices.price_comparison import Agreed, Comparison, compared
from obligations.prices.price_history import Change, Stated, Watched, changes, in_force
from obligations.quantities import Money
from obligations.terms.prices import CardPrice, RateCard
from obligations.wording import plain

_Day = tuple[str, tuple[date, ...]]
"""A reading of which day's price holds: "the order", and the days it may be; none where that is not known."""


@dataclass(frozen=True)
class Billed:
    """What a line bills, however it is recorded: `amount` for `quantity` units of `item`."""

    label: str
    item: str
    amount: Decimal
    currency: str
    quantity: Decimal | None
    unit: str
    units_per_case: Decimal | None
    on: date
    records: tuple[Source, ...]
    ordered: Decimal | None = None

    @property
    def lot(self) -> Decimal:
        """How many times the line its order is for: what reaches a least quantity is the order."""
        if not self.ordered or not self.quantity:
            return Decimal(1)
        return max(self.ordered / self.quantity, Decimal(1))


@dataclass(frozen=True)
class CardLine:
    """The verdict on one line. Without a `comparison` it is off the card, or `missing` says what lacks."""

    billed: Billed
    comparison: Comparison | None = None
    how: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    off_card: bool = False
    records: tuple[Source, ...] = ()
    dated: DatedTerms | None = None


@dataclass(frozen=True)
class Card:
    """A rate card over time, with the records that bear on its prices."""

    obligation: Obligation
    books: Books
    watched: Watched
    favoured: dict[str, tuple[Decimal, Source]] = field(default_factory=dict)
    histories: dict[CardPrice, tuple[Change, ...]] = field(default_factory=dict)

    def dated(self, on: date) -> DatedTerms | None:
        return self.obligation.in_force(on)

    def card(self, on: date) -> RateCard | None:
        dated = self.dated(on)
        return dated.terms if dated is not None and isinstance(dated.terms, RateCard) else None

    def price(self, row: CardPrice, on: date) -> tuple[PriceRange, tuple[str, ...], tuple[Source, ...]]:
        """The price of a row on a day, with what changed it and what is missing to know it."""
        if row not in self.histories:
            self.histories[row] = changes(_series(self.obligation, row), row.item, self.watched)
        found = in_force(self.histories[row], on)
        records = tuple(record for change in found.changes for record in change.records)
        return found.price, found.missing, records


def judge(card: Card, billed: Billed, days: Sequence[_Day]) -> CardLine:
    """A line against the prices of each reading of the day that counts."""
    terms = card.card(billed.on)
    if terms is None:
        return CardLine(billed, missing=(f"a rate card in force on {billed.on}",))
    if not any(rows_of(held.prices, billed.item) for held in _cards(card)):
        return CardLine(billed, off_card=True)
    if billed.amount < 0:
        # Goods taken back on the invoice itself: at which price they were sold is another invoice's matter.
        return CardLine(billed)
    if billed.quantity is None:
        return CardLine(billed, missing=(f"how many units {billed.label} bills",))
    readings: list[Agreed] = []
    notes = _Notes()
    for words, on in days:
        agreed = _agreed(card, billed, (words, on), notes)
        if agreed is not None:
            readings.append(agreed)
    if len(notes.currencies) > 1:
        return CardLine(billed, missing=(f"the currency of the price of {billed.item}",))
    amount = _in_currency(card, billed, notes)
    if not readings or amount is None:
        return CardLine(billed, missing=notes.missing, how=notes.how, records=notes.records)
    comparison = compared(amount, notes.currency, [_tolerating(terms, r, notes.currency) for r in readings])
    missing = notes.missing if comparison.verdict == "unknown" else ()
    return CardLine(
        billed, comparison, notes.how, missing, records=notes.records, dated=card.dated(billed.on)
    )


@dataclass
class _Notes:
    """What was found on the way: sentences, records, what is missing, the currencies of the prices."""

    said: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    cited: list[Source] = field(default_factory=list)
    currencies: list[str] = field(default_factory=list)

    @property
    def currency(self) -> str:
        return self.currencies[0] if self.currencies else ""

    @property
    def how(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.said))

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.lacking))

    @property
    def records(self) -> tuple[Source, ...]:
        return tuple(dict.fromkeys(self.cited))


def _cards(card: Card) -> list[RateCard]:
    return [d.terms for d in card.obligation.terms if isinstance(d.terms, RateCard)]


def _agreed(card: Card, billed: Billed, day: _Day, notes: _Notes) -> Agreed | None:
    """What the line should have cost in one reading of the day that counts; None where no price is known."""
    words, days = day
    if not days:
        notes.lacking.append(f"the day of {words} of {billed.label}")
    found: list[PriceRange] = []
    for on in days or _all_days(card, billed):
        cost = _cost(card, billed, on, notes, words)
        if cost is None:
            return None
        found.append(cost)
    if not found:
        return None
    said = f"by the price on the day of {words}, {days[0]}" if days else ""
    return Agreed(min(p.low for p in found), max(p.high for p in found), said)


def _all_days(card: Card, billed: Billed) -> list[date]:
    """A day for each price that the item has had up to the day of the line."""
    starts = {row.from_on for held in _cards(card) for row in rows_of(held.prices, billed.item)}
    starts |= {d.from_on for d in card.obligation.terms}
    return sorted({*(day for day in starts if day is not None and day <= billed.on), billed.on})


def _cost(card: Card, billed: Billed, on: date, notes: _Notes, words: str) -> PriceRange | None:
    """What the line costs at the prices of one day."""
    assert billed.quantity is not None
    terms = card.card(on)
    rows = [row for row in rows_of(terms.prices, billed.item) if row.holds(on)] if terms else []
    if not rows:
        notes.lacking.append(f"a price of {billed.item} in force on {on}, the day of {words}")
        return None
    costs: list[PriceRange] = []
    for row in _of_unit(rows, billed.unit):
        counts, missing = in_units_of(row, billed.quantity, billed.unit, billed.units_per_case)
        if missing:
            notes.lacking.append(missing)
        alike = [other for other in rows if _unit(other) == _unit(row)]
        reached = [count for count in counts if row in for_quantity(alike, count * billed.lot)]
        if reached and row not in for_quantity(alike, reached[0]):
            notes.said.append(f"The order is for {plain(reached[0] * billed.lot)}, which reaches this price.")
        costs += [_at(card, row, count, on, notes) for count in reached]
    if not costs:
        if not notes.lacking:
            notes.lacking.append(
                f"a price of {billed.item} for {plain(billed.quantity)} {billed.unit}".rstrip()
            )
        return None
    return PriceRange(min(c.low for c in costs), max(c.high for c in costs))


def _unit(row: CardPrice) -> str:
    return normal_unit(row.unit)


def _of_unit(rows: Sequence[CardPrice], unit: str) -> list[CardPrice]:
    """The rows in the unit of the line; all of them where there is none, to be converted."""
    same = [row for row in rows if _unit(row) == normal_unit(unit)]
    return same or list(rows)


def _at(card: Card, row: CardPrice, count: Decimal, on: date, notes: _Notes) -> PriceRange:
    """The cost of so many units at a row's price on a day, never dearer than for others where so promised."""
    if not count.is_finite():
        return PriceRange(NO_LIMIT, NO_LIMIT)
    price, missing, records = card.price(row, on)
    currency = row.price.currency
    notes.currencies += [] if currency in notes.currencies else [currency]
    notes.lacking += missing
    notes.cited += records
    many = f" for {plain(row.for_quantity)}" if row.for_quantity != 1 else ""
    unit = f" per {row.unit}" if row.unit else ""
    shown = price_text(price.low, currency) if price.known else "a price not known"
    notes.said.append(f"{row.item}: {shown}{many}{unit} on {on}.")
    favoured = card.favoured.get(row.item)
    if favoured is not None and favoured[0] < price.high / row.for_quantity:
        least, record = favoured
        text = f"Others pay {price_text(least, currency)}{unit}, and no other customer may pay less."
        notes.said.append(text)
        notes.cited.append(record)
        return PriceRange(least * count, least * count)
    each = PriceRange(price.low / row.for_quantity, price.high / row.for_quantity)
    return PriceRange(times(each.low, count), times(each.high, count))


def _in_currency(card: Card, billed: Billed, notes: _Notes) -> Decimal | None:
    """What was billed in the currency of the price, None where no rate is on record."""
    if not notes.currency or billed.currency == notes.currency:
        return billed.amount
    money = Money(amount=billed.amount, currency=billed.currency)
    found = exchanged(card.books.rates_of(money.currency), money, notes.currency, billed.on, None)
    if isinstance(found, str):
        notes.lacking.append(found)
        return None
    notes.said.append(f"{billed.currency} is reckoned in {notes.currency} at {found.says}.")
    notes.cited.append(found.record)
    return to_the_unit(found.amount, notes.currency)


def _tolerating(terms: RateCard, agreed: Agreed, currency: str) -> Agreed:
    """With the tolerance: the smaller one where a share and an amount are stated."""
    allowed = []
    if terms.tolerance_percent is not None:
        allowed.append(agreed.low * terms.tolerance_percent / 100)
    if terms.tolerance is not None and terms.tolerance.currency == currency:
        allowed.append(terms.tolerance.amount)
    return Agreed(agreed.low, agreed.high, agreed.reading, min(allowed, default=Decimal(0)))


def _series(obligation: Obligation, row: CardPrice) -> tuple[Stated, ...]:
    """Every price that the item of a row has been given, with the day it holds from."""
    entries: dict[date, Stated] = {}
    for dated in obligation.terms:
        if not isinstance(dated.terms, RateCard):
            continue
        for other in dated.terms.prices:
            if _same_row(row, other):
                days = [day for day in (dated.from_on, other.from_on) if day is not None]
                on = max(days, default=date.min)
                entries[on] = Stated(on, other.price, dated.terms.change, dated)
    return tuple(entries[on] for on in sorted(entries))


def _same_row(one: CardPrice, other: CardPrice) -> bool:
    same_item = one.code == other.code if one.code else one.item == other.item
    return same_item and _unit(one) == _unit(other) and one.min_quantity == other.min_quantity


def order_of(books: Books, number: str, party: str | None) -> tuple[Fact, PurchaseOrder] | None:
    """The order of a number, placed with a party."""
    wanted = plain_number(number)
    return books.placed.get((party, wanted)) if wanted else None


def order_line(order: PurchaseOrder | None, number: str, item: str) -> OrderLine | None:
    """The line of an order by its number, else the only one of the item."""
    if order is None:
        return None
    named = [line for line in order.lines if number and line.number == number]
    same = [line for line in order.lines if item and line.item.casefold() == item.casefold()]
    return named[0] if named else same[0] if len(same) == 1 else None


def delivered_on(
    books: Books, order: str, line: OrderLine | None, party: str | None
) -> tuple[tuple[date, Source], ...]:
    """The days on which the goods of an order line arrived."""
    wanted = plain_number(order)
    held = books.delivered.get((party, wanted), ()) if wanted else ()
    return tuple(
        (delivery.delivered_on, fact.source)
        for fact, delivery in held
        if delivery.delivered_on is not None and (line is None or delivery.order_line in ("", line.number))
    )
