"""Volume discount: every invoice has the price that the volume of its order, or of the period so far, gives.

The expected price is worked out line by line and compared with what was billed, less credits on the price.
Where the text leaves open how tiers are read, every reading is worked out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import product

from obligations.facts import Credit, Fact, Invoice, PurchaseOrder
from obligations.matching import belongs, covers, records, same_service
from obligations.model import AsOf, Assessment, DatedTerms, Obligation, Occurrence, Outcome
from obligations.prices.item_prices import normal_unit
from obligations.quantities import Money, Quantity
from obligations.terms import VolumeDiscount
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.volume.billed_lines import (
    Case,
    Credited,
    Invoiced,
    Ordered,
    by_group,
    number_of,
    orders_of,
    placed,
    sold,
    takes_off,
    units_of,
)
from obligations.volume.discounts import Billed, cliff, expected, ladder_of, reaches_any
from obligations.volume.volume_periods import Book, book_of, open_terms, period_of, unmeasured
from obligations.volume.volumes import NOTHING_BEFORE, ZERO, Before, Growing, Measure, Wanted, bought_by
from obligations.wording import plain

_CITED = 50
"""Earlier records of a period or order that an invoice names; those before stand beside earlier invoices."""


@dataclass(frozen=True)
class _Read:
    """An invoice by one reading: what it should cost at most, None where no price is known."""

    terms: VolumeDiscount
    words: str
    lines: tuple[Billed, ...]
    should: Decimal | None
    reached: bool


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each invoice under the promise, by its date."""
    terms = obligation.terms[-1].terms
    if not isinstance(terms, VolumeDiscount):
        return ()
    missing = _open(obligation, terms)
    if missing:
        return (open_terms(obligation, at, "Prices fall with the volume.", *missing),)
    book = _book(obligation, terms, facts, at, observed_from)
    found = [_assess(Trail(obligation, at), case) for case in _cases(obligation, facts, book)]
    return tuple(sorted(found, key=lambda a: (a.occurrence.counts_on, a.occurrence.key)))


def _open(obligation: Obligation, terms: VolumeDiscount) -> tuple[str, ...]:
    """What the text must state before anything can be counted."""
    missing = []
    if terms.per is None:
        missing.append("whether the volume of an order counts or that of a period")
    elif terms.per != "order":
        missing.append(unmeasured(obligation, terms))
    if not terms.ladder:
        missing.append("the percent" if terms.percent is None else "")
        missing.append("the threshold" if terms.threshold is None else "")
    if terms.unit is None and terms.currency is None:
        missing.append("whether the threshold is money or units")
    return tuple(text for text in missing if text)


def _book(
    obligation: Obligation,
    terms: VolumeDiscount,
    facts: Sequence[Fact],
    at: AsOf,
    observed_from: date | None,
) -> Book:
    owe = obligation.we_owe
    measure = Measure(None if terms.unit else terms.currency, terms.unit or "")
    zone = zone_of(obligation, terms, at)
    side = bought_by(None if owe is None else not owe)
    counts = terms.counts or "invoiced"
    wanted = Wanted(obligation, measure, counts, at, zone, side, terms.item, terms.units_per_case)
    return book_of(wanted, facts, observed_from)


def _cases(obligation: Obligation, facts: Sequence[Fact], book: Book) -> list[Case]:
    wanted = book.wanted
    held = [
        (fact, invoice)
        for fact, invoice in records(obligation, facts, wanted.at.known_at, Invoice)
        if wanted.direction in (None, invoice.direction)
        and invoice.invoiced_on <= wanted.today
        and not (invoice.returned_on is not None and invoice.returned_on <= wanted.today)
        and covers(obligation, fact, invoice.invoiced_on)
    ]
    held, rivals = _once(held)
    held.sort(key=lambda each: (each[1].invoiced_on, f"invoice {each[1].number}", each[0].id))
    beside = _Beside.of(obligation, facts, book)
    found = []
    for fact, invoice in held:
        dated = obligation.in_force(invoice.invoiced_on)
        terms = dated.terms if dated else None
        if dated is None or not isinstance(terms, VolumeDiscount) or not sold(terms, invoice):
            continue
        volume = _before(obligation, beside, terms, fact)
        if volume is not None:
            same = beside.same_order(fact, invoice, dated) if terms.per == "order" else ((), (), {})
            credits = beside.credited(fact, invoice)
            found.append(Case(fact, invoice, dated, terms, book, *same, credits, volume, fact.id in rivals))
        beside.add(fact, invoice)
    return found


@dataclass
class _Beside:
    """What belongs beside an invoice, found by number: earlier invoices of its order, the order, credits on
    its price, and its place in the volume of its period."""

    book: Book
    orders: dict[str, list[Ordered]]
    credits: dict[tuple[str | None, str], list[Credited]]
    periods: dict[date, Growing]
    earlier: dict[tuple[str | None, str], list[Invoiced]]
    billed: dict[tuple[date | None, str | None, str], Decimal]

    @classmethod
    def of(cls, obligation: Obligation, facts: Sequence[Fact], book: Book) -> "_Beside":
        at, today = book.wanted.at, book.wanted.today
        found = cls(book, {}, {}, {}, {}, {})
        for fact, order in records(obligation, facts, at.known_at, PurchaseOrder):
            if order.ordered_on <= today:
                found.orders.setdefault(number_of(order.number), []).append((fact, order))
        for fact, credit in records(obligation, facts, at.known_at, Credit):
            if credit.type == "price" and credit.credited_on <= today:
                key = (fact.party, number_of(credit.invoice))
                found.credits.setdefault(key, []).append((fact, credit))
        return found

    def period(self, start: date, end: date) -> Growing:
        """The volume of a period as it grew, worked out once."""
        if start not in self.periods:
            # An absent record is no doubt here where nobody says since when records are complete.
            watched = replace(self.book, observed_from=self.book.observed_from or date.min)
            self.periods[start] = Growing(watched.volume(start, end))
        return self.periods[start]

    def add(self, fact: Fact, invoice: Invoice) -> None:
        """An invoice that those after it come later than."""
        for number in orders_of(invoice):
            self.earlier.setdefault((fact.party, number), []).append((fact, invoice))
        for dated in self.book.wanted.obligation.terms:
            if isinstance(dated.terms, VolumeDiscount):
                for group, adds in by_group(self.book.wanted, dated.terms, invoice):
                    key = (dated.from_on, fact.party, group)
                    self.billed[key] = self.billed.get(key, ZERO) + adds

    def same_order(
        self, fact: Fact, invoice: Invoice, dated: DatedTerms
    ) -> tuple[tuple[Invoiced, ...], tuple[Ordered, ...], dict[str, Decimal]]:
        """The last earlier invoices and the orders on record that an invoice shares an order with, and what
        all earlier ones billed of it."""
        terms, numbers = dated.terms, sorted(orders_of(invoice))
        assert isinstance(terms, VolumeDiscount)
        held = [each for n in numbers for each in self.earlier.get((fact.party, n), [])[-_CITED:]]
        earlier = {each[0].id: each for each in held}
        groups = {group for group, _ in by_group(self.book.wanted, terms, invoice)}
        billed = {group: self.billed.get((dated.from_on, fact.party, group), ZERO) for group in groups}
        return tuple(earlier.values()), tuple(o for n in numbers for o in self.orders.get(n, [])), billed

    def credited(self, fact: Fact, invoice: Invoice) -> tuple[Credited, ...]:
        return tuple(self.credits.get((fact.party, number_of(invoice.number)), ()))


def _once(held: Sequence[Invoiced]) -> tuple[list[Invoiced], set[str]]:
    """Each invoice once, however many systems know it, and the ids of those on which they do not agree."""
    kept: dict[tuple[str | None, str], Invoiced] = {}
    rivals: set[str] = set()
    for fact, invoice in sorted(held, key=lambda each: each[0].id):
        first = kept.setdefault((fact.party, invoice.number.strip().casefold()), (fact, invoice))
        if (first[1].lines, first[1].gross) != (invoice.lines, invoice.gross):
            rivals.add(first[0].id)
    return list(kept.values()), rivals


def _before(obligation: Obligation, beside: _Beside, terms: VolumeDiscount, fact: Fact) -> Before | None:
    """What was bought in the period before an invoice; None where the invoice lies in no period."""
    if terms.per == "order":
        return NOTHING_BEFORE
    on = fact.data.invoiced_on if isinstance(fact.data, Invoice) else beside.book.wanted.today
    found = period_of(obligation, terms, on)
    if found is None:
        return None
    start = max(found.start, obligation.starts_on or found.start)
    return beside.period(start, found.end).before(fact, on)


# One invoice.


def _assess(trail: Trail, case: Case) -> Assessment:
    terms, invoice = case.terms, case.invoice
    trail.terms(case.dated, _promise(case))
    trail.note(
        "invoice", f"Invoice {invoice.number} of {invoice.invoiced_on}, {invoice.gross}.", (case.fact.source,)
    )
    _tell_orders(trail, case)
    if terms.per != "order":
        text = f"{case.measure.text(case.volume.low)} were bought before it in the period"
        if case.volume.count > _CITED:
            # All of them would be as many as there are invoices, for each invoice.
            text += f", by {case.volume.count:,} records, of which the last {_CITED} are named here"
        trail.note("volume", f"{text}.", case.volume.last(_CITED))
        if terms.year is None and terms.per == "year":
            trail.note("reading", "The text does not say which year is meant; calendar years are counted.")
    billed = _billed(trail, case)
    occurrence = Occurrence(
        key=invoice.number,
        label=f"Invoice {invoice.number}, {invoice.gross}",
        starts_at=datetime.combine(invoice.invoiced_on, time(), case.book.wanted.zone),
        counts_on=invoice.invoiced_on,
    )
    return trail.conclude(occurrence, _judge(trail, case, billed))


def _tell_orders(trail: Trail, case: Case) -> None:
    for fact, order in case.orders:
        trail.note("order", f"It is for order {order.number} of {order.ordered_on}.", (fact.source,))
    for fact, invoice in case.earlier:
        text = f"Invoice {invoice.number} of {invoice.invoiced_on} billed an earlier part of the order."
        trail.note("order", text, (fact.source,))
    if len(case.earlier) >= _CITED:
        trail.note("order", "Those before them stand beside the earlier invoices.")


def _promise(case: Case) -> str:
    terms, tiers = case.terms, []
    word = {"reaches": "from", "exceeds": "over", None: "from or over"}[terms.boundary]
    for tier in terms.ladder:
        gives = f"{plain(tier.percent)} % off" if tier.percent is not None else str(tier.price)
        tiers.append(f"{word} {case.measure.text(tier.threshold)}: {gives}")
    where = "in one order" if terms.per == "order" else f"in each {terms.per}"
    how = {
        "marginal": ", for what lies in the tier",
        "all_units": ", for all units",
        "next_order": ", for orders after it was crossed",
        None: "",
    }[terms.method]
    return f"Prices fall with the volume {where}{how}: {'; '.join(tiers)}."


def _billed(trail: Trail, case: Case) -> Decimal:
    """What was billed for the lines, less credits on the price of this invoice."""
    total = sum((line.amount.amount for line in case.lines), ZERO)
    for number, (fact, credit) in {number_of(c.number): (f, c) for f, c in case.credits}.items():
        named = same_service(case.terms.item, credit.item) is not False
        if number and named and credit.amount.currency == case.currency:
            text = f"{credit.number}: {credit.amount} credited on its price {credit.credited_on}."
            trail.note("credited", text, (fact.source,))
            total -= credit.before_tax.amount
    return total


def _judge(trail: Trail, case: Case, billed: Decimal) -> Finding:
    missing = _missing(trail.obligation, case)
    reads = (
        [] if missing else [_read(case, terms, words, case.volume.low) for terms, words in _readings(case)]
    )
    if any(read.should is None for read in reads):
        missing = tuple(f"the list price of {line.item or f'line {line.number}'}" for line in case.lines)
    if missing:
        missing = tuple(dict.fromkeys(missing))
        summary = (
            f"What invoice {case.invoice.number} should cost cannot be told without {' and '.join(missing)}."
        )
        return undetermined(summary, *missing)
    owe = trail.obligation.we_owe
    # A discount owed to us is claimed by the reading that gives least, one we owe granted by the most.
    pick = min if owe else max
    chosen = pick(reads, key=lambda read: read.should or ZERO)
    finding = _compare(trail, case, chosen, billed)
    others = [read for read in reads if read.should != chosen.should]
    outcomes = {_compare(None, case, read, billed).outcome for read in others}
    if owe is None and outcomes - {finding.outcome}:
        summary = f"What invoice {case.invoice.number} should cost depends on how the tiers are read."
        return undetermined(summary, "which side we are on, to choose the careful reading")
    if _in_doubt(case, chosen, billed, finding):
        summary = f"What invoice {case.invoice.number} should cost depends on the volume before it."
        return undetermined(summary, *case.volume.doubts)
    if not others:
        return finding
    said = "; ".join(sorted({f"{r.words} it is {_money(case, r.should or ZERO)}" for r in others}))
    text = f" The text leaves open how: read {chosen.words}; {said}."
    return replace(finding, summary=finding.summary + text)


def _missing(obligation: Obligation, case: Case) -> tuple[str, ...]:
    """What must be known of the invoice before it can be judged."""
    number, missing = case.invoice.number, []
    if belongs(obligation, case.fact) == "unclear":
        missing.append(f"which contract {number} is under")
    if case.rivalled:
        missing.append(f"which record of {number} is right")
    for line in case.lines:
        if takes_off(line):
            continue
        if same_service(case.terms.item, line.item) is None:
            missing.append(f"what line {line.number} of {number} is for")
        if line.quantity is None:
            missing.append(f"the quantity on line {line.number} of {number}")
        elif units_of(case.book.wanted, case.terms, case.invoice, line) is None:
            missing.append(f"how many {case.terms.unit} a {normal_unit(line.unit)} of {number} holds")
        stated = [case.measure.currency, *(tier.price.currency for tier in case.terms.ladder if tier.price)]
        others = dict.fromkeys(c for c in stated if c not in (None, line.amount.currency))
        missing.extend(f"the amount of {number} in {currency}" for currency in others)
    return tuple(missing)


def _readings(case: Case) -> list[tuple[VolumeDiscount, str]]:
    """The terms with everything the text leaves open filled in, in every way; words for each."""
    terms, found = case.terms, []
    methods = (terms.method,) if terms.method else ("marginal", "all_units")
    boundaries = (terms.boundary,) if terms.boundary else ("exceeds", "reaches")
    for method, boundary in product(methods, boundaries):
        words = []
        if terms.method is None:
            words.append(
                {"marginal": "for what lies in a tier", "all_units": "for all units"}.get(method, "")
            )
        if terms.boundary is None:
            words.append({"exceeds": "above the threshold", "reaches": "from the threshold on"}[boundary])
        reading = terms.model_copy(update={"method": method, "boundary": boundary})
        found.append((reading, ", ".join(words)))
    return found


def _read(case: Case, terms: VolumeDiscount, words: str, before: Decimal) -> _Read:
    lines = placed(case, terms, before)
    return _Read(terms, words, lines, expected(terms, lines), reaches_any(terms, lines))


def _in_doubt(case: Case, chosen: _Read, billed: Decimal, finding: Finding) -> bool:
    """Whether the most that may have been bought before would give something else."""
    if case.volume.sure:
        return False
    high = case.volume.high
    if high is None:
        high = max(tier.threshold for tier in case.terms.ladder) + 1
    most = _compare(None, case, _read(case, chosen.terms, chosen.words, max(high, case.volume.low)), billed)
    return (most.outcome, most.money) != (finding.outcome, finding.money)


def _compare(trail: Trail | None, case: Case, read: _Read, billed: Decimal) -> Finding:
    """What was billed against what should be."""
    should, paid = _money(case, read.should or ZERO), _money(case, billed)
    bought = _bought(case, read)
    head = f"Invoice {case.invoice.number} is for {bought}"
    if not read.reached:
        return Finding(Outcome.NOT_APPLICABLE, f"{head}: no tier is reached.{_cliffs(case, read)}")
    target, measured, margin = (
        Quantity(value=money.amount, unit=money.currency, text=str(money))
        for money in (should, paid, _money(case, should.amount - billed))
    )
    if trail is not None:
        for line in read.lines:
            trail.note("expected", _line_text(case, read, line), (case.fact.source,))
    if billed <= should.amount:
        summary = f"{head} and was billed {paid}; by the tiers it may cost {should}.{_cliffs(case, read)}"
        return Finding(Outcome.MET, summary, target, measured, margin)
    missed = _money(case, billed - should.amount)
    summary = f"{head} and was billed {paid} instead of {should}: {missed} of discount is missing."
    summary += _cliffs(case, read)
    return Finding(Outcome.BREACHED, summary, target, measured, margin, missed, "discount")


def _money(case: Case, amount: Decimal) -> Money:
    return Money(amount=amount, currency=case.currency)


def _bought(case: Case, read: _Read) -> str:
    added = case.measure.text(sum((line.adds for line in read.lines), ZERO))
    if case.terms.per == "order" or not case.volume.low:
        return added
    return f"{added} after {case.measure.text(case.volume.low)} in the period"


def _line_text(case: Case, read: _Read, line: Billed) -> str:
    tier = ladder_of(read.terms).reached(line.total)
    where = f"in the tier of {case.measure.text(tier.threshold)}" if tier else "below the first tier"
    should = expected(read.terms, (line,))
    amount, span = _money(case, should or ZERO), f"from {plain(line.before)} to {plain(line.total)}"
    return f"Line {line.line.number}, volume {span}, {where}: {amount}."


def _cliffs(case: Case, read: _Read) -> str:
    """Where a few units more would have cost less."""
    if case.terms.per != "order":
        return ""
    found = [cliff(read.terms, line) for line in read.lines if line.total == line.units]
    said = [
        f"{case.measure.text(each.units)} would cost {each.cost}, {each.saves} less than these"
        for each in found
        if each is not None
    ]
    return f" A cliff in the tiers: {'; '.join(said)}." if said else ""
