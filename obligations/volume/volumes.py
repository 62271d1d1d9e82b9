"""Volume by the records: what was invoiced, ordered, delivered, used or sold, day by day, in one measure.

A record that may or may not count, or whose figure is not known, gives a range; `doubts` say why. So a volume
has a least and a most, and what holds at both of them holds.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from decimal import Decimal
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Literal

from obligations.facts import (
    Credit,
    Delivery,
    Fact,
    Invoice,
    InvoiceLine,
    OrderLine,
    PurchaseOrder,
    Source,
    Usage,
)
from obligations.matching import belongs, covers, records, same_service, words
from obligations.model import AsOf, Obligation
from obligations.periods import period
from obligations.prices.item_prices import normal_unit
from obligations.quantities import Money
from obligations.terms.volume import Counts
from obligations.wording import plain

Days = tuple[date, date]
Side = Literal["payable", "receivable"]

ZERO = Decimal(0)
_RETURNED = ("return", "price")
_NO_RETURN = ("service_credit", "rebate", "damages", "holdback", "set_off")


@dataclass(frozen=True)
class Measure:
    """What a volume is counted in: money of a currency, or units."""

    currency: str | None = None
    unit: str = ""

    def text(self, volume: Decimal) -> str:
        """ "EUR 160,000.00", "1,500 order lines"."""
        if self.currency is not None:
            return str(Money(amount=volume, currency=self.currency))
        whole, _, rest = plain(round(abs(volume), 4)).partition(".")
        number = f"{'-' if volume < 0 else ''}{int(whole):,}{'.' + rest if rest else ''}"
        return f"{number} {self.unit}".strip()


@dataclass(frozen=True)
class Wanted:
    """Which records count, and as what. `today` is the day judged on the clocks of `zone`."""

    obligation: Obligation
    measure: Measure
    counts: Counts
    at: AsOf
    zone: tzinfo
    direction: Side | None = None
    item: str | None = None
    units_per_case: Decimal | None = None
    excludes: tuple[str, ...] = ("tax", "freight")
    less_returns: bool = True

    @property
    def today(self) -> date:
        """The day judged."""
        return self.at.as_of.astimezone(self.zone).date()


@dataclass(frozen=True)
class Entry:
    """What one record adds to the volume on a day, at least and at most (None: nobody knows)."""

    on: date
    fact: Fact
    name: str
    low: Decimal
    high: Decimal | None
    doubts: tuple[str, ...] = ()

    def unsure(self, doubt: str) -> "Entry":
        """The same, where it may also be that the record does not count at all."""
        high = max(self.high, ZERO) if self.high is not None else None
        return replace(self, low=min(self.low, ZERO), high=high, doubts=(*self.doubts, doubt))


@dataclass(frozen=True)
class Volume:
    """The volume of some days: from `low` to `high` (None: no upper limit is known), never under nothing."""

    entries: tuple[Entry, ...]
    doubts: tuple[str, ...] = ()
    complete: bool = True

    @cached_property
    def low(self) -> Decimal:
        return max(sum((entry.low for entry in self.entries), ZERO), ZERO)

    @cached_property
    def high(self) -> Decimal | None:
        highs = [entry.high for entry in self.entries if entry.high is not None]
        return max(sum(highs, ZERO), ZERO) if self.complete and len(highs) == len(self.entries) else None

    @property
    def sure(self) -> bool:
        return self.low == self.high

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(entry.fact.source for entry in self.entries)


@dataclass(frozen=True)
class Before:
    """The volume of the first `count` records of some days: its least and its most (None: nobody knows)."""

    whole: Volume
    count: int
    low: Decimal
    high: Decimal | None

    @property
    def sure(self) -> bool:
        return self.low == self.high

    @property
    def doubts(self) -> tuple[str, ...]:
        """What leaves it open: what its own records do, and what is no matter of a later one."""
        held, later = self.whole.entries[: self.count], self.whole.entries[self.count :]
        kept = dict.fromkeys(doubt for entry in held for doubt in entry.doubts)
        apart = {doubt for entry in later for doubt in entry.doubts}
        return (*kept, *(doubt for doubt in self.whole.doubts if doubt not in {*kept, *apart}))

    def last(self, number: int) -> tuple[Source, ...]:
        """The last records of it."""
        return tuple(e.fact.source for e in self.whole.entries[max(self.count - number, 0) : self.count])


class Growing:
    """The volume of some days as it grew, record by record; added up once."""

    def __init__(self, whole: Volume) -> None:
        self.whole = whole
        self.places = {entry.fact.id: place for place, entry in enumerate(whole.entries)}
        self._days = [entry.on for entry in whole.entries]
        self._lows = [ZERO, *accumulate(entry.low for entry in whole.entries)]
        self._highs = [ZERO, *accumulate(entry.high or ZERO for entry in whole.entries)]
        self._open = [0, *accumulate(int(entry.high is None) for entry in whole.entries)]

    def before(self, fact: Fact, on: date) -> Before:
        """What came before a record, or before its day where it is none of them."""
        count = self.places[fact.id] if fact.id in self.places else bisect_left(self._days, on)
        known = self.whole.complete and not self._open[count]
        high = max(self._highs[count], ZERO) if known else None
        return Before(self.whole, count, max(self._lows[count], ZERO), high)


NOTHING_BEFORE = Before(Volume(()), 0, ZERO, ZERO)


def bought_by(us: bool | None) -> Side | None:
    """The direction of invoices and orders where we are the buyer or the seller; None: both are looked at."""
    return None if us is None else "payable" if us else "receivable"


def entries(wanted: Wanted, facts: Sequence[Fact]) -> tuple[Entry, ...]:
    """Every entry up to the day judged, in order of day; returns follow what they return."""
    readers = {"invoiced": _invoiced, "ordered": _ordered, "delivered": _delivered, "used": _used}
    found = []
    for entry in readers[wanted.counts](wanted, facts):
        unclear = belongs(wanted.obligation, entry.fact) == "unclear"
        found.append(entry.unsure(f"which contract {entry.name} is under") if unclear else entry)
    return tuple(sorted(found, key=lambda e: (e.on, e.low < 0, e.name, e.fact.id)))


def volume_of(held: Iterable[Entry], start: date, end: date, within: Days | None = None) -> Volume:
    """The volume of the days `start` to `end`, both inclusive. A statement on a longer time that reaches into
    them may or may not belong to them; one `within` longer days, of which they are all that counts, does."""
    first, last = within or (start, end)
    inside: list[Entry] = []
    for entry in held:
        stated = _stated_period(entry)
        if stated is None or (stated[0] >= first and stated[1] <= last):
            if (first if stated else start) <= entry.on <= (last if stated else end):
                inside.append(entry)
        elif stated[0] <= end and stated[1] >= start:
            inside.append(entry.unsure(f"how much of {entry.name} falls in {start} to {end}"))
    doubts = tuple(dict.fromkeys(doubt for entry in inside for doubt in entry.doubts))
    return Volume(tuple(inside), doubts)


def _stated_period(entry: Entry) -> tuple[date, date] | None:
    if not isinstance(entry.fact.data, Usage):
        return None
    stated = period(entry.fact.data.period)
    return (stated.start, stated.end) if stated else None


def same_unit(promised: str, recorded: str) -> bool:
    """Whether two units are the same, whatever their number and case; one that is not named is a piece."""
    return _unit(promised) == _unit(recorded)


def _unit(unit: str) -> str:
    text = " ".join(normal_unit(unit).split()) or "each"
    return text[:-1] if len(text) > 2 and text.endswith("s") else text


def in_units(wanted: Wanted, quantity: Decimal, unit: str, per_case: Decimal | None) -> Decimal | None:
    """A quantity in the promised unit; ZERO where it is of something else, None where nobody knows."""
    if not unit or same_unit(wanted.measure.unit, unit):
        return quantity
    if _unit(unit) == "case" and _unit(wanted.measure.unit) != "case":
        factor = per_case or wanted.units_per_case
        return quantity * factor if factor is not None else None
    return None if wanted.item is not None or _unit(wanted.measure.unit) == "case" else ZERO


# Invoices, less what was returned.


def _invoiced(wanted: Wanted, facts: Sequence[Fact]) -> Iterator[Entry]:
    invoices = [
        (fact, invoice)
        for fact, invoice in records(wanted.obligation, facts, wanted.at.known_at, Invoice)
        if wanted.direction in (None, invoice.direction) and invoice.invoiced_on <= wanted.today
    ]
    billed: dict[tuple[str | None, str], Entry] = {}
    for fact, invoice in invoices:
        returned = invoice.returned_on is not None and invoice.returned_on <= wanted.today
        if covers(wanted.obligation, fact, invoice.invoiced_on) and not returned:
            entry = _invoice(wanted, fact, invoice)
            key = (fact.party, entry.name.casefold())
            billed[key] = _one_of(billed[key], entry) if key in billed else entry
    if wanted.less_returns:
        dates = {(fact.party, invoice.number.casefold()): invoice.invoiced_on for fact, invoice in invoices}
        for fact, credit in records(wanted.obligation, facts, wanted.at.known_at, Credit):
            on = _credited_on(credit, dates.get((fact.party, credit.invoice.casefold())))
            if credit.credited_on <= wanted.today and credit.type not in _NO_RETURN:
                for entry in _credit(wanted, fact, credit, on):
                    key = (fact.party, entry.name.casefold())
                    billed[key] = _one_of(billed[key], entry) if key in billed else entry
    yield from billed.values()


def _one_of(one: Entry, other: Entry) -> Entry:
    """Two records of one invoice count once; where they differ, nobody knows which is right."""
    first, second = sorted((one, other), key=lambda entry: entry.fact.id)
    if (one.low, one.high) == (other.low, other.high):
        return first
    high = max(one.high, other.high) if one.high is not None and other.high is not None else None
    doubts = (*first.doubts, *second.doubts, f"which record of {first.name} is right")
    return replace(first, low=min(one.low, other.low), high=high, doubts=tuple(dict.fromkeys(doubts)))


def _invoice(wanted: Wanted, fact: Fact, invoice: Invoice) -> Entry:
    total = Entry(invoice.invoiced_on, fact, f"invoice {invoice.number}", ZERO, ZERO)
    if not invoice.lines:
        return _whole_invoice(wanted, invoice, total)
    for line in invoice.lines:
        named = same_service(wanted.item, line.item)
        if line.category in wanted.excludes or named is False or _for_nothing_bought(line):
            continue
        value, doubt = _line(wanted, invoice, line)
        part = Entry(total.on, fact, total.name, value or ZERO, value, (doubt,) if doubt else ())
        if value is None and line.amount.amount < 0:
            part = replace(part, low=Decimal("-Infinity"), high=ZERO)
        total = _plus(
            total, part if named else part.unsure(f"what line {line.number} of {total.name} is for")
        )
    return total


def bought(item: str | None, invoice: Invoice, line: InvoiceLine) -> Decimal | None:
    """The quantity of a line: below nothing where it takes goods back, nothing where it takes only money off.

    Goods are what the promise names, what the same invoice bills too, and all that a credit note takes off.
    """
    if line.amount.amount >= 0:
        return line.quantity
    name = words(line.item)
    billed = any(words(other.item) == name for other in invoice.lines if other.amount.amount > 0)
    goods = billed or invoice.gross.amount < 0 or (item is not None and same_service(item, line.item) is True)
    if not goods:
        return ZERO
    return -line.quantity if line.quantity is not None else None


def _for_nothing_bought(line: InvoiceLine) -> bool:
    """Whether a line bills what was not bought: the shortfall of an earlier period is no purchase of this."""
    said = set(words(line.item))
    return "shortfall" in said or {"take", "or", "pay"} <= said


def _whole_invoice(wanted: Wanted, invoice: Invoice, entry: Entry) -> Entry:
    """An invoice without lines: its net amount, less freight where freight does not count."""
    currency = wanted.measure.currency
    if currency is None:
        return replace(entry, high=None, doubts=(f"the quantity on {entry.name}",))
    if invoice.gross.currency != currency:
        return replace(entry, high=None, doubts=(f"the amount of {entry.name} in {currency}",))
    net = invoice.net.amount if invoice.net is not None else None
    if net is None and invoice.tax is not None:
        net = invoice.gross.amount - invoice.tax.amount
    freight = invoice.freight.amount if invoice.freight and "freight" in wanted.excludes else ZERO
    known = invoice.gross.amount if net is None else net
    counted = replace(entry, low=known - freight, high=known - freight)
    if "tax" not in wanted.excludes:
        counted = replace(entry, low=invoice.gross.amount - freight, high=invoice.gross.amount - freight)
    elif net is None:
        counted = counted.unsure(f"the net amount of {entry.name}")
    return counted if wanted.item is None else counted.unsure(f"what {entry.name} is for")


def _line(wanted: Wanted, invoice: Invoice, line: InvoiceLine) -> tuple[Decimal | None, str]:
    currency = wanted.measure.currency
    if currency is not None:
        if line.amount.currency == currency:
            return line.amount.amount, ""
        return None, f"the amount of invoice {invoice.number} in {currency}"
    quantity = bought(wanted.item, invoice, line)
    if quantity is None:
        return None, f"the quantity on line {line.number} of invoice {invoice.number}"
    value = in_units(wanted, quantity, line.unit, None)
    units, case = wanted.measure.unit or "units", normal_unit(line.unit)
    doubt = f"how many {units} a {case} of invoice {invoice.number} holds"
    return value, doubt if value is None else ""


def _plus(one: Entry, other: Entry) -> Entry:
    high = one.high + other.high if one.high is not None and other.high is not None else None
    doubts = tuple(dict.fromkeys((*one.doubts, *other.doubts)))
    return replace(one, low=one.low + other.low, high=high, doubts=doubts)


def _credited_on(credit: Credit, invoiced_on: date | None) -> date:
    """The day whose volume a return reduces: that of what was returned, where the record tells."""
    stated = period(credit.period)
    return invoiced_on or (stated.end if stated else credit.credited_on)


def _credit(wanted: Wanted, fact: Fact, credit: Credit, on: date) -> Iterator[Entry]:
    name, currency = f"credit {credit.number}", wanted.measure.currency
    named = same_service(wanted.item, credit.item)
    if named is False or (currency is None and credit.type == "price"):
        return
    taken = credit.before_tax if "tax" in wanted.excludes else credit.amount
    value = taken.amount if taken.currency == currency else None
    if currency is None:
        value = credit.quantity
    if value is None:
        # Nobody knows how much it takes away: at most everything.
        doubt = f"the {'amount' if currency else 'quantity'} of {name}{f' in {currency}' if currency else ''}"
        yield Entry(on, fact, name, Decimal("-Infinity"), ZERO, (doubt,))
        return
    entry = Entry(on, fact, name, -value, -value)
    if not named or credit.type not in _RETURNED:
        entry = entry.unsure(f"what {name} is for")
    yield entry


# Orders, deliveries, statements.


def _ordered(wanted: Wanted, facts: Sequence[Fact]) -> Iterator[Entry]:
    for fact, order in records(wanted.obligation, facts, wanted.at.known_at, PurchaseOrder):
        cancelled = order.cancelled_on is not None and order.cancelled_on <= wanted.today
        if wanted.direction not in (None, order.direction) or order.ordered_on > wanted.today or cancelled:
            continue
        if covers(wanted.obligation, fact, order.ordered_on):
            yield _order(wanted, fact, order)


def _order(wanted: Wanted, fact: Fact, order: PurchaseOrder) -> Entry:
    currency = wanted.measure.currency
    total = Entry(order.ordered_on, fact, f"order {order.number}", ZERO, ZERO)
    if currency is not None and order.amount.currency != currency:
        return replace(total, high=None, doubts=(f"the amount of {total.name} in {currency}",))
    if currency is not None and (
        not order.lines or (wanted.item is None and not any(o.cancelled for o in order.lines))
    ):
        total = replace(total, low=order.amount.amount, high=order.amount.amount)
        return total if wanted.item is None else total.unsure(f"what {total.name} is for")
    if not order.lines:
        return replace(total, high=None, doubts=(f"the quantity of {total.name}",))
    for line in order.lines:
        named = same_service(wanted.item, line.item)
        if named is False:
            continue
        value = _order_line(wanted, line)
        doubt = f"line {line.number} of {total.name} in {currency or wanted.measure.unit or 'units'}"
        part = Entry(total.on, fact, total.name, value or ZERO, value, () if value is not None else (doubt,))
        total = _plus(
            total, part if named else part.unsure(f"what line {line.number} of {total.name} is for")
        )
    return total


def _order_line(wanted: Wanted, line: OrderLine) -> Decimal | None:
    quantity = max(line.quantity - line.cancelled, ZERO)
    if wanted.measure.currency is None:
        return in_units(wanted, quantity, line.unit, line.units_per_case)
    price = line.unit_price
    return quantity * price.amount if price and price.currency == wanted.measure.currency else None


def _delivered(wanted: Wanted, facts: Sequence[Fact]) -> Iterator[Entry]:
    for fact, delivery in records(wanted.obligation, facts, wanted.at.known_at, Delivery):
        on = delivery.delivered_on or (
            delivery.delivered_at.astimezone(wanted.zone).date() if delivery.delivered_at else None
        )
        named = same_service(wanted.item, delivery.item)
        if on is None or on > wanted.today or named is False or not covers(wanted.obligation, fact, on):
            continue
        name = f"delivery {delivery.number}"
        kept = delivery.quantity - min(delivery.returned, delivery.quantity)
        if wanted.measure.currency is not None:
            yield Entry(on, fact, name, ZERO, None, (f"the value of {name}",))
            continue
        value = in_units(wanted, kept, delivery.unit, None)
        doubt = f"how many {wanted.measure.unit or 'units'} a {normal_unit(delivery.unit)} of {name} holds"
        entry = Entry(on, fact, name, value or ZERO, value, () if value is not None else (doubt,))
        yield entry if named else entry.unsure(f"what {name} is of")


def _used(wanted: Wanted, facts: Sequence[Fact]) -> Iterator[Entry]:
    """Statements, each figure once: one on a quarter and those on its months tell the same."""
    groups: dict[tuple[str | None, str], list[tuple[Days, Entry]]] = {}
    for entry in _stated(wanted, facts):
        usage, days = entry.fact.data, _stated_period(entry)
        if isinstance(usage, Usage) and days is not None:
            name = " ".join(words(usage.item))
            groups.setdefault((entry.fact.party, name), []).append((days, entry))
        else:
            yield entry
    for group in groups.values():
        shortest = min(_length(days) for days, _ in group)
        for days, entry in group:
            # Only a statement that is longer than another one can hold it.
            inside = [each for each in group if _within(each[0], days)] if _length(days) > shortest else []
            parts = [part for part in inside if not any(_within(part[0], other[0]) for other in inside)]
            yield from _beyond(entry, days, parts) if parts else [entry]


def _length(days: Days) -> int:
    return (days[1] - days[0]).days


def _within(inner: Days, outer: Days) -> bool:
    """Whether days are a part of others."""
    return inner != outer and outer[0] <= inner[0] and inner[1] <= outer[1]


def _beyond(entry: Entry, days: Days, parts: Sequence[tuple[Days, Entry]]) -> Iterator[Entry]:
    """What a statement tells beyond those on parts of its days: nothing where they fill them and add up to
    it; else it is not known whether it holds what they tell."""
    spans = sorted({span for span, _ in parts})
    filled = spans[0][0] == days[0] and spans[-1][1] == days[1]
    filled = filled and all((later[0] - one[1]).days == 1 for one, later in pairwise(spans))
    told = sum((part.high for _, part in parts if part.high is not None), ZERO)
    doubt = f"whether {entry.name} and the statements on parts of it tell the same"
    if entry.high is None or any(part.high is None for _, part in parts):
        yield entry.unsure(doubt)
    elif not filled or entry.high != told:
        rest = entry.high - told
        low, high = (min(rest, ZERO), max(rest, ZERO)) if filled else (rest, max(entry.high, ZERO))
        yield replace(entry, low=low, high=high, doubts=(*entry.doubts, doubt))


def _stated(wanted: Wanted, facts: Sequence[Fact]) -> Iterator[Entry]:
    for fact, usage in records(wanted.obligation, facts, wanted.at.known_at, Usage):
        stated = period(usage.period)
        named = same_service(wanted.item, usage.item)
        if named is False or (stated is not None and not _happened(wanted, fact, stated.start, stated.end)):
            continue
        on = min(stated.end, wanted.today) if stated else fact.occurred_at.astimezone(wanted.zone).date()
        if on > wanted.today or not covers(wanted.obligation, fact, on):
            continue
        entry = _statement(
            wanted, usage, Entry(on, fact, f"{usage.item or 'usage'} {usage.period}", ZERO, ZERO)
        )
        if entry is not None:
            entry = entry if named else entry.unsure(f"what {entry.name} is of")
            yield entry if stated else entry.unsure(f"the period of {entry.name}")


def _happened(wanted: Wanted, fact: Fact, start: date, end: date) -> bool:
    """A statement counts once its period is over; before, what had been recorded by the instant judged."""
    return end <= wanted.today or (start <= wanted.today and fact.known_at <= wanted.at.as_of)


def _statement(wanted: Wanted, usage: Usage, entry: Entry) -> Entry | None:
    """The figure of a statement in the measure; None where it states something else."""
    counted = replace(entry, low=usage.quantity, high=usage.quantity)
    if wanted.measure.currency is not None:
        return counted if usage.unit.strip().upper() == wanted.measure.currency else None
    promised = wanted.measure.unit
    if same_service(promised, usage.item) and _unit(usage.unit) == "each":
        return counted
    if not usage.unit:
        return counted if wanted.item is not None else counted.unsure(f"the unit of {entry.name}")
    value = in_units(wanted, usage.quantity, usage.unit, None)
    if value is None:
        doubt = f"how many {promised or 'units'} a {normal_unit(usage.unit)} of {entry.name} holds"
        return replace(entry, high=None, doubts=(doubt,))
    return replace(entry, low=value, high=value) if value or same_unit(promised, usage.unit) else None
