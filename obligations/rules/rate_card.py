"""Rate card: what is billed and ordered is billed and ordered at the prices of the card.

Each line is judged by the row of its item and unit and by the price in force on the day that the contract
names. What was billed too much is added up; what was billed too little is shown beside it and not set off.
A line that is not on the card is listed, never matched by likeness.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from decimal import Decimal

from obligations.facts import Credit, Fact, Invoice, InvoiceLine, OrderLine, PurchaseOrder
from obligations.matching import belongs
from obligations.minor_units import price_text
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.prices.books import Books
from obligations.prices.card_lines import Billed, Card, CardLine, delivered_on, judge, order_line, order_of
from obligations.prices.charges import Charge, charges, contradicted, credited, invoices
from obligations.prices.item_prices import normal_unit, rows_of
from obligations.prices.most_favoured import Others
from obligations.prices.price_history import Watched
from obligations.quantities import Money, Quantity
from obligations.terms.prices import RateCard
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.wording import count_text, plain

_Days = list[tuple[str, tuple[date, ...]]]
_CORRECTS = ("price", "")
"""Types of credit that take back a price. A return takes back goods, at the price they were billed at."""


@dataclass(frozen=True)
class _Case:
    """An invoice or an order with the verdict on each of its lines."""

    name: str
    fact: Fact
    dated: DatedTerms
    terms: RateCard
    lines: tuple[CardLine, ...]
    currency: str
    ordered: bool = False
    credits: tuple[tuple[Fact, Credit], ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def over(self) -> Decimal:
        extra = [line.billed.amount for line in self.off_card if self.terms.only_listed]
        return sum((line.comparison.over for line in self.lines if line.comparison), sum(extra, Decimal(0)))

    @property
    def deductions(self) -> list[CardLine]:
        """Lines off the card that take something off: a discount, perhaps on what is too high."""
        return [line for line in self.lines if line.off_card and line.billed.amount < 0]

    @property
    def deducted(self) -> Decimal:
        return -sum((line.billed.amount for line in self.deductions), Decimal(0))

    @property
    def under(self) -> Decimal:
        return sum((line.comparison.under for line in self.lines if line.comparison), Decimal(0))

    @property
    def off_card(self) -> list[CardLine]:
        return [line for line in self.lines if line.off_card and line.billed.amount >= 0]

    @property
    def priced(self) -> list[CardLine]:
        return [line for line in self.lines if line.comparison is not None]

    @property
    def returned(self) -> Decimal:
        return sum((credit.before_tax.amount for _, credit in self.credits), Decimal(0))


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each invoice, and for each order whose lines state prices, by their dates."""
    last = obligation.terms[-1].terms
    if not isinstance(last, RateCard):
        return ()
    zone = zone_of(obligation, last, at)
    today = at.as_of.astimezone(zone).date()
    several = len({row.item for terms in _cards(obligation) for row in terms.prices}) > 1
    watched = Watched.of(obligation, facts, at, today, several=several)
    books = Books(obligation, facts, at, today)
    card = Card(obligation, books, watched)
    others = Others.of(books) if any(terms.most_favoured for terms in _cards(obligation)) else None
    found = [_of_invoice(card, fact, invoice, others) for fact, invoice in invoices(books, None)]
    found += [_of_order(card, fact, order) for fact, order in books.orders()]
    judged = [_assess(Trail(obligation, at), case, zone) for case in found if case is not None]
    return tuple(sorted(judged, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _dated(card: Card, on: date) -> tuple[DatedTerms, RateCard] | None:
    dated = card.dated(on)
    if dated is None or not isinstance(dated.terms, RateCard):
        return None
    return dated, dated.terms


def _cards(obligation: Obligation) -> list[RateCard]:
    return [dated.terms for dated in obligation.terms if isinstance(dated.terms, RateCard)]


def _of_invoice(card: Card, fact: Fact, invoice: Invoice, others: Others | None) -> _Case | None:
    held = _dated(card, invoice.invoiced_on)
    if held is None or held[1].direction not in (None, invoice.direction):
        return None
    dated, terms = held
    if terms.most_favoured and others is not None:
        card = replace(card, favoured=others.lowest(terms, invoice))
    lines = tuple(_charged(card, charge, terms) for charge in charges(fact, invoice))
    if not invoice.lines:
        lines = (CardLine(lines[0].billed, missing=(f"the lines of {invoice.number}",)),)
    if not lines:
        return None
    returned = tuple(c for c in credited(card.books, fact, invoice) if c[1].type in _CORRECTS)
    currency, doubts = invoice.gross.currency, contradicted(card.books, fact, invoice)
    return _Case(invoice.number, fact, dated, terms, lines, currency, credits=returned, doubts=doubts)


def _charged(card: Card, charge: Charge, terms: RateCard) -> CardLine:
    """A line of an invoice, with its order and its delivery."""
    line, party = charge.line, charge.fact.party
    found = order_of(card.books, charge.order, party)
    ordered = found[1] if found else None
    on_order = order_line(ordered, line.order_line if line else "", charge.item)
    arrived = delivered_on(card.books, charge.order, on_order, party)
    quantity = line.quantity if line else None
    if line is not None and quantity is None and line.unit_price is not None and line.unit_price.amount:
        quantity = charge.amount / line.unit_price.amount
    days = _days(charge, ordered, tuple(day for day, _ in arrived), terms)
    cited = [charge.source]
    lot = _ordered(on_order, line)
    scaled = any(row.min_quantity for row in rows_of(terms.prices, charge.item))
    whole = scaled and lot is not None and quantity is not None and lot > quantity
    by_order = whole or any(name == "the order" for name, _ in days)
    cited += [found[0].source] if found and by_order else []
    cited += [source for _, source in arrived] if any(name == "delivery" for name, _ in days) else []
    billed = Billed(
        label=charge.label,
        item=charge.item,
        amount=charge.amount,
        currency=charge.currency,
        quantity=quantity,
        unit=line.unit if line else "",
        units_per_case=on_order.units_per_case if on_order else None,
        on=charge.invoice.invoiced_on,
        records=tuple(cited),
        ordered=lot,
    )
    return judge(card, billed, days)


def _ordered(on_order: OrderLine | None, line: InvoiceLine | None) -> Decimal | None:
    """The quantity of an order line in the unit of the invoice line, where both say the same unit."""
    if on_order is None or line is None or normal_unit(on_order.unit) != normal_unit(line.unit):
        return None
    return max(on_order.quantity - on_order.cancelled, Decimal(0))


def _days(charge: Charge, order: PurchaseOrder | None, arrived: tuple[date, ...], terms: RateCard) -> _Days:
    """The days whose price may hold: the one that the text names, or all that are on record."""
    supplied = (charge.supplied_on,) if charge.supplied_on is not None else arrived
    named: dict[str, tuple[date, ...]] = {
        "order": (order.ordered_on,) if order is not None else (),
        "delivery": tuple(sorted(set(supplied))),
        "invoice": (charge.invoice.invoiced_on,),
    }
    words = {"order": "the order", "delivery": "delivery", "invoice": "the invoice"}
    if terms.priced_on is not None:
        return [(words[terms.priced_on], named[terms.priced_on])]
    return [(words[name], days) for name, days in named.items() if days]


def _of_order(card: Card, fact: Fact, order: PurchaseOrder) -> _Case | None:
    held = _dated(card, order.ordered_on)
    if held is None or held[1].direction not in (None, order.direction):
        return None
    dated, terms = held
    lines = []
    for line in order.lines:
        if line.unit_price is None or line.quantity <= line.cancelled:
            continue
        quantity = line.quantity - line.cancelled
        billed = Billed(
            label=f"line {line.number} of order {order.number}",
            item=line.item,
            amount=line.unit_price.amount * quantity,
            currency=line.unit_price.currency,
            quantity=quantity,
            unit=line.unit,
            units_per_case=line.units_per_case,
            on=order.ordered_on,
            records=(fact.source,),
        )
        lines.append(judge(card, billed, [("the order", (order.ordered_on,))]))
    if not any(line.comparison or line.missing for line in lines):
        return None
    return _Case(
        f"order {order.number}", fact, dated, terms, tuple(lines), order.amount.currency, ordered=True
    )


def _assess(trail: Trail, case: _Case, zone: tzinfo) -> Assessment:
    terms = case.terms
    how = {"order": "on the day of the order", "delivery": "on the day of delivery"}
    when = f" {how.get(terms.priced_on, 'on the day of the invoice')}" if terms.priced_on else ""
    agreed = f"{count_text(len(terms.prices), 'price')} {'is' if len(terms.prices) == 1 else 'are'} agreed"
    trail.terms(case.dated, f"{agreed}; that in force{when} holds.")
    if terms.priced_on is None and not case.ordered:
        trail.note(
            "reading", "The text does not say which day's price holds; all days on record are looked at."
        )
    if terms.most_favoured:
        trail.note("reading", "No other customer may pay less; invoices to others on record are looked at.")
    for line in case.lines:
        _tell(trail, line)
    for fact, credit in case.credits:
        text = f"{credit.number}: {credit.amount} credited {credit.credited_on} on {case.name}."
        trail.note("credit", text, (fact.source,))
    occurrence = Occurrence(key=case.name, label=f"Prices of {case.name}", counts_on=_date_of(case.fact.data))
    return trail.conclude(occurrence, _finding(trail.obligation, case))


def _date_of(data: object) -> date:
    assert isinstance(data, Invoice | PurchaseOrder)
    return data.invoiced_on if isinstance(data, Invoice) else data.ordered_on


def _tell(trail: Trail, line: CardLine) -> None:
    billed = line.billed
    for says in line.how:
        trail.note("price", says, line.records)
    money = price_text(billed.amount, billed.currency)
    many = f" for {plain(billed.quantity)} {billed.unit}".rstrip() if billed.quantity is not None else ""
    item = f" of {billed.item}" if billed.item else ""
    text = f"{_capital(billed.label)} bills {money}{many}{item}."
    if line.off_card:
        text = f"{_capital(billed.label)} ({billed.item or 'no item'}, {money}) is not on the card."
    elif line.comparison is not None:
        text += f" Agreed: {price_text(line.comparison.agreed.shown, line.comparison.currency)}."
    trail.note("line", text, billed.records)


def _finding(obligation: Obligation, case: _Case) -> Finding:
    """Too much, as agreed, or not to be told; what is off the card and what is too little is said."""
    unclear = belongs(obligation, case.fact) == "unclear"
    doubts = [*([f"which contract {case.name} is under"] if unclear else []), *case.doubts]
    missing = [*doubts, *(text for line in case.lines for text in line.missing)]
    rest = _rest(case)
    left = case.over - case.returned - case.deducted
    if left <= 0 < case.over - case.returned:
        missing += [f"what {line.billed.label} is deducted for" for line in case.deductions]
    if case.over and left > 0 and not doubts:
        return _too_much(case, left, rest)
    if missing:
        lacking = tuple(dict.fromkeys(missing))
        summary = (
            f"{_capital(case.name)} cannot be compared with the card without knowing {' and '.join(lacking)}."
        )
        return undetermined(f"{summary}{rest}", *lacking)
    if case.over:
        summary = (
            f"{_capital(case.name)} billed {_money(case, case.over)} too much, and it was credited.{rest}"
        )
        return _figures(case, Outcome.MET, summary, None)
    if not case.priced:
        return Finding(Outcome.NOT_APPLICABLE, f"No line of {case.name} is on the card.{rest}")
    verb = "is ordered" if case.ordered else "is billed"
    return _figures(case, Outcome.MET, f"{_capital(case.name)} {verb} at the agreed prices.{rest}", None)


def _too_much(case: _Case, left: Decimal, rest: str) -> Finding:
    parts = [_line_text(line) for line in case.priced if line.comparison and line.comparison.over]
    if case.terms.only_listed:
        parts += [f"{line.billed.label} is not on the card" for line in case.off_card]
    back = f", {_money(case, case.returned)} of it credited" if case.returned else ""
    back += f", {_money(case, case.deducted)} of it deducted again" if case.deducted else ""
    verb = "is ordered at" if case.ordered else "bills"
    summary = (
        f"{_capital(case.name)} {verb} {_money(case, case.over)} too much{back}: {'; '.join(parts)}.{rest}"
    )
    return _figures(case, Outcome.BREACHED, summary, None if case.ordered else left)


def _line_text(line: CardLine) -> str:
    """ "line 1 of A1, 10 each of PW-101 at EUR 520.00 instead of EUR 500.00"."""
    found, billed = line.comparison, line.billed
    assert found is not None
    assert billed.quantity is not None
    many = f"{plain(round(billed.quantity, 6))} {billed.unit}".strip()
    agreed = price_text(found.agreed.shown, found.currency)
    cost = price_text(found.billed, found.currency)
    text = f"{billed.label}, {many} of {billed.item} at {cost} instead of {agreed}"
    if found.other is None:
        return text
    other = price_text(found.other.shown, found.currency)
    by = found.agreed.reading
    return f"{text} {by} (lower of two readings; {other} {found.other.reading} gives met)"


def _rest(case: _Case) -> str:
    """What is said beside the verdict: lines billed too low, off the card, or not to be judged."""
    said = []
    low = [line for line in case.priced if line.comparison and line.comparison.under]
    if low:
        labels = ", ".join(line.billed.label for line in low)
        said.append(f"{_money(case, case.under)} too little on {labels} is not set off.")
    if case.off_card and not case.terms.only_listed:
        labels = ", ".join(f"{line.billed.label} ({line.billed.item or 'no item'})" for line in case.off_card)
        said.append(f"Not on the card: {labels}.")
    open_lines = [line.billed.label for line in case.lines if line.missing]
    if open_lines and (case.over or case.priced):
        said.append(f"Not to be judged: {', '.join(open_lines)}.")
    return "".join(f" {text}" for text in said)


def _money(case: _Case, amount: Decimal) -> str:
    return price_text(amount, _currency(case))


def _currency(case: _Case) -> str:
    return next((line.comparison.currency for line in case.lines if line.comparison), case.currency)


def _figures(case: _Case, outcome: Outcome, summary: str, over: Decimal | None) -> Finding:
    """With the sums of the lines that were compared: agreed, billed, and what was billed too much."""
    currency = _currency(case)
    priced = [line.comparison for line in case.priced if line.comparison]
    agreed = sum((c.agreed.shown for c in priced), Decimal(0))
    billed = sum((c.billed for c in priced), Decimal(0))
    target, measured, margin = (
        Quantity(value=value, unit=currency, text=price_text(value, currency))
        for value in (agreed, billed, -case.over)
    )
    if over is None:
        return Finding(outcome, summary, target, measured, margin)
    money = Money(amount=over, currency=currency)
    return Finding(outcome, summary, target, measured, margin, money, "overcharged")


def _capital(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
