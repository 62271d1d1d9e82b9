"""Rebate: money back on the volume of a period, by the tier that the volume reached.

Returns reduce the volume of what was returned, even after the rebate was paid; what was paid too much is then
to be given back. Where the text leaves open how it is counted, every reading is worked out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo
from decimal import Decimal
from itertools import product

from obligations.deadlines import Deadline, days_after
from obligations.facts import Credit, Fact
from obligations.matching import belongs, records
from obligations.minor_units import to_the_unit
from obligations.model import AsOf, Assessment, Obligation, Outcome
from obligations.quantities import Money
from obligations.terms import Rebate
from obligations.trail import Finding, Trail, undetermined, zone_of
from obligations.volume.rebates import Spent, rebate_on
from obligations.volume.settlement import Sum, money_quantity, settle
from obligations.volume.volume_periods import (
    Book,
    Stretch,
    before,
    book_of,
    names_period,
    open_terms,
    stretches,
    tell,
    unmeasured,
)
from obligations.volume.volumes import ZERO, Measure, Volume, Wanted, bought_by
from obligations.wording import plain


@dataclass(frozen=True)
class _Case:
    """One period. `book` counts in the measure of the thresholds, `spend` in money."""

    trail: Trail
    stretch: Stretch
    terms: Rebate
    book: Book
    spend: Book
    currency: str
    zone: tzinfo

    @property
    def today(self) -> date:
        return self.book.wanted.today

    @property
    def measure(self) -> Measure:
        return self.book.wanted.measure


@dataclass(frozen=True)
class _Owed:
    """What is owed by one reading, at least and at most (None: nobody knows)."""

    low: Decimal
    high: Decimal | None
    reading: str = ""

    @property
    def sure(self) -> bool:
        return self.low == self.high


def assess(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None = None
) -> tuple[Assessment, ...]:
    """One assessment for each period that records can tell of, up to the current one."""
    terms = obligation.terms[-1].terms
    if not isinstance(terms, Rebate):
        return ()
    missing = _open(obligation, terms)
    if missing:
        return (open_terms(obligation, at, "A rebate is granted on volume.", *missing),)
    zone = zone_of(obligation, terms, at)
    currency = _currency(terms)
    counted = Measure(None if terms.unit else currency, terms.unit or "")
    book = _book(obligation, facts, at, observed_from, counted)
    spend = _book(obligation, facts, at, observed_from, Measure(currency)) if terms.unit else book
    return tuple(
        _assess(_Case(Trail(obligation, at), stretch, terms, book, spend, currency, zone), facts)
        for stretch in stretches(obligation, book.wanted.today, observed_from, book.entries)
    )


def _open(obligation: Obligation, terms: Rebate) -> tuple[str, ...]:
    """What the text must state before anything can be counted."""
    missing = [unmeasured(obligation, terms)]
    if not terms.ladder:
        missing.append("the percent" if terms.percent is None else "")
        missing.append("the threshold" if terms.threshold is None else "")
    if not _currency(terms):
        missing.append("the currency of the purchases")
    return tuple(text for text in missing if text)


def _currency(terms: Rebate) -> str:
    stated = [m.currency for tier in terms.ladder for m in (tier.price, tier.amount) if m is not None]
    return terms.currency or next(iter(stated), "")


def _book(
    obligation: Obligation, facts: Sequence[Fact], at: AsOf, observed_from: date | None, measure: Measure
) -> Book:
    """Purchases by the side that the rebate is owed to."""
    terms = obligation.terms[-1].terms
    assert isinstance(terms, Rebate)
    owe = obligation.we_owe
    wanted = Wanted(
        obligation,
        measure,
        terms.counts or "invoiced",
        at,
        zone_of(obligation, terms, at),
        bought_by(None if owe is None else not owe),
        terms.item,
        terms.units_per_case,
    )
    return book_of(wanted, facts, observed_from)


def _assess(case: _Case, facts: Sequence[Fact]) -> Assessment:
    trail, stretch = case.trail, case.stretch
    terms = stretch.last.terms
    assert isinstance(terms, Rebate)
    case = replace(case, terms=terms)
    for part in stretch.parts:
        assert isinstance(part.dated.terms, Rebate)
        trail.terms(part.dated, _promise(part.dated.terms, case.measure))
    volume = case.book.over(stretch)
    tell(trail, case.measure, volume, stretch.words)
    if terms.year is None and terms.per == "year":
        trail.note("reading", "The text does not say which year is meant; calendar years are counted.")
    by = None
    if terms.within is not None:
        by = Deadline(days_after(stretch.end, terms.within, None), case.zone)
    finding = _judge(case, facts, volume, by)
    return trail.conclude(stretch.occurrence("Rebate", case.zone, by.on if by else None), finding)


def _promise(terms: Rebate, measure: Measure) -> str:
    """The tiers in words."""
    word = {"reaches": "from", "exceeds": "over", None: "from or over"}[terms.boundary]
    tiers = []
    for tier in terms.ladder:
        gives = f"{plain(tier.percent)} %" if tier.percent is not None else str(tier.price or tier.amount)
        each = " for each unit" if tier.price is not None else ""
        floor = measure.text(tier.threshold)
        if terms.growth == "percent":
            floor = f"{plain(tier.threshold)} % growth"
        tiers.append(f"{word} {floor}{' of growth' if terms.growth == 'amount' else ''}: {gives}{each}")
    what = {
        "retroactive": " on all of it",
        "incremental": " on what lies above",
        None: "",
    }[terms.method]
    return f"A rebate is granted on the volume of each {terms.per}{what}: {'; '.join(tiers)}."


def _judge(case: _Case, facts: Sequence[Fact], volume: Volume, by: Deadline | None) -> Finding:
    baseline, missing = _baseline(case)
    if missing:
        summary = f"What rebate is owed for {case.stretch.words} cannot be told without {missing}."
        return undetermined(summary, missing)
    readings = [_owed(case, reading, words, baseline) for reading, words in _readings(case.terms)]
    owe = case.trail.obligation.we_owe
    chosen = max(readings, key=lambda o: o.low) if owe else min(readings, key=lambda o: o.low)
    others = tuple(o for o in readings if (o.low, o.high) != (chosen.low, chosen.high))
    if case.today <= case.stretch.end:
        return _accruing(case, volume, chosen, others)
    if others and owe is None:
        summary = f"{_head(case, volume)}: the rebate owed depends on how the text is read."
        return undetermined(summary, "which side we are on, to choose the careful reading")
    received = _received(case, facts)
    if not chosen.sure and (
        chosen.high is None or sum((a for _, a in received.paid(case.currency)), ZERO) < chosen.high
    ):
        summary = f"{_head(case, volume)}; what rebate is owed depends on gaps in the records."
        doubts = (*case.book.doubts(case.stretch), *case.spend.doubts(case.stretch), *baseline.doubts)
        return undetermined(summary, *dict.fromkeys(doubts))
    _tell_restated(case)
    owed = Money(amount=to_the_unit(chosen.low, case.currency), currency=case.currency)
    text = _other_readings(chosen, others, case.currency)
    total = Sum(_head(case, volume), "a rebate", "credited", owed, "rebate", received.names)
    finding = settle(total, received.paid(case.currency), by, case.trail.at.as_of)
    return replace(finding, summary=finding.summary + text)


def _baseline(case: _Case) -> tuple[Volume, str]:
    """The volume that growth is measured against, or what is missing."""
    terms, stretch = case.terms, case.stretch
    nothing = Volume((), ())
    if terms.growth is None or terms.baseline is not None:
        return nothing, ""
    earlier = before(case.trail.obligation, terms, stretch)
    volume = case.book.volume(earlier.start, earlier.end) if earlier else nothing
    if earlier is None or not volume.complete or (not volume.entries and case.book.observed_from is None):
        words = earlier.words if earlier else f"the period before {stretch.words}"
        return nothing, f"the baseline: the volume of {words}"
    tell(case.trail, case.measure, volume, f"{earlier.words}, the baseline")
    if terms.growth == "percent" and not volume.low:
        return nothing, f"a baseline over nothing: there was no volume in {earlier.words}"
    return volume, ""


def _readings(terms: Rebate) -> list[tuple[Rebate, str]]:
    """The terms with everything the text leaves open filled in, in every way; words for each."""
    methods = (terms.method,) if terms.method else ("retroactive", "incremental")
    if any(tier.amount is not None for tier in terms.ladder):
        methods = ("retroactive",)
    boundaries = (terms.boundary,) if terms.boundary else ("exceeds", "reaches")
    found = []
    for method, boundary in product(methods, boundaries):
        words = [
            {"retroactive": "on the whole volume", "incremental": "on what lies above only"}[method]
            if terms.method is None and len(methods) > 1
            else "",
            {"exceeds": "only above the threshold", "reaches": "from the threshold on"}[boundary]
            if terms.boundary is None
            else "",
        ]
        said = ", ".join(word for word in words if word)
        found.append((terms.model_copy(update={"method": method, "boundary": boundary}), said))
    return found


def _owed(case: _Case, reading: Rebate, words: str, baseline: Volume) -> _Owed:
    """The rebate at the least and the most volume that the records allow."""
    fixed = reading.baseline
    highest = fixed if fixed is not None else baseline.high
    low = _rebate(case, reading, ("low", fixed if fixed is not None else baseline.high or ZERO))
    if highest is None:
        low = ZERO
    high = _rebate(case, reading, ("high", fixed if fixed is not None else baseline.low))
    return _Owed(low or ZERO, high, words)


def _tell_restated(case: _Case) -> None:
    """New terms for a whole period: what they add to what had accrued by the terms of each day."""
    if case.terms.on_change != "restated" or len(case.stretch.parts) < 2 or case.terms.growth is not None:
        return
    by_day = replace(case, terms=case.terms.model_copy(update={"on_change": "locked"}))
    accrued, restated = (
        Money(
            amount=to_the_unit(_rebate(each, case.terms, ("low", ZERO)) or ZERO, case.currency),
            currency=case.currency,
        )
        for each in (by_day, case)
    )
    more = Money(amount=restated.amount - accrued.amount, currency=case.currency)
    text = f"{accrued} by the terms of each day, {restated} by the new ones for all: {more} is posted again."
    case.trail.note("restated", text)


def _rebate(case: _Case, reading: Rebate, bound: tuple[str, Decimal]) -> Decimal | None:
    """The exact rebate of a period at one bound of its volume, over all of its parts."""
    side, baseline = bound
    parts = []
    for part in case.stretch.parts:
        volumes = [book.over(case.stretch, part) for book in (case.book, case.spend)]
        values = [volume.low if side == "low" else volume.high for volume in volumes]
        terms = part.dated.terms if case.terms.on_change == "locked" else case.terms
        assert isinstance(terms, Rebate)
        parts.append((terms, values))
    total, passed, owed = ZERO, ZERO, ZERO
    for _, values in parts:
        if values[0] is None or values[1] is None:
            return None
        total += values[0]
    for number, (terms, values) in enumerate(parts):
        own = terms.model_copy(update={"method": reading.method, "boundary": reading.boundary})
        spent = Spent(passed, values[0] or ZERO, values[1] or ZERO, total, baseline)
        last = number == len(parts) - 1
        owed += rebate_on(own, spent, last)
        passed += values[0] or ZERO
    return owed


def _head(case: _Case, volume: Volume) -> str:
    so_far = " so far" if case.today <= case.stretch.end else ""
    return f"The volume of {case.stretch.words}{so_far} is {case.measure.text(volume.low)}"


def _accruing(case: _Case, volume: Volume, chosen: _Owed, others: Sequence[_Owed]) -> Finding:
    accrued = Money(amount=to_the_unit(chosen.low, case.currency), currency=case.currency)
    text = _other_readings(chosen, others, case.currency)
    if accrued.amount:
        summary = f"{_head(case, volume)}: a rebate of {accrued} has accrued.{text}"
        return Finding(
            Outcome.PENDING, summary, target=money_quantity(accrued), money=accrued, money_is="rebate"
        )
    summary = f"{_head(case, volume)}: no rebate has accrued yet{_still(case, volume)}.{text}"
    return Finding(Outcome.PENDING, summary)


def _still(case: _Case, volume: Volume) -> str:
    """How much is missing to the first threshold."""
    first = case.terms.ladder[0].threshold
    if case.terms.growth is not None or volume.low > first:
        return ""
    over = "more than " if case.terms.boundary != "reaches" else ""
    return f"; it takes {over}{case.measure.text(first - volume.low)} more"


def _other_readings(chosen: _Owed, others: Sequence[_Owed], currency: str) -> str:
    if not others:
        return ""
    said = []
    for other in {o.low: o for o in others}.values():
        amount = Money(amount=to_the_unit(other.low, currency), currency=currency)
        said.append(f"{other.reading} it is {amount}")
    return f" The text leaves open how: read {chosen.reading}; {'; '.join(sorted(said))}."


# What was paid.


@dataclass(frozen=True)
class _Received:
    credits: tuple[tuple[Fact, Credit], ...]
    unclear: tuple[tuple[Fact, Credit], ...]

    def paid(self, currency: str) -> list[tuple[date, Decimal]]:
        return [
            (c.credited_on, c.before_tax.amount) for _, c in self.credits if c.amount.currency == currency
        ]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(credit.number for _, credit in self.unclear)


def _received(case: _Case, facts: Sequence[Fact]) -> _Received:
    """Rebates credited for the period by the day judged, and credits that may be."""
    obligation, at = case.trail.obligation, case.trail.at
    sure: list[tuple[Fact, Credit]] = []
    unclear: list[tuple[Fact, Credit]] = []
    seen: set[tuple[str | None, str]] = set()
    for fact, credit in sorted(records(obligation, facts, at.known_at, Credit), key=lambda each: each[0].id):
        if credit.type not in ("rebate", "other", "") or not (
            case.stretch.start <= credit.credited_on <= case.today
        ):
            continue
        named = names_period(credit.period, case.stretch.period)
        if named is False:
            continue
        exact = named and credit.type == "rebate" and credit.amount.currency == case.currency
        # One credit may be on record in several systems.
        if (fact.party, credit.number.casefold()) in seen:
            continue
        seen.add((fact.party, credit.number.casefold()))
        (sure if exact and belongs(obligation, fact) == "yes" else unclear).append((fact, credit))
    for fact, credit in sure:
        text = f"{credit.number}: {credit.amount} credited {credit.credited_on}."
        case.trail.note("received", text, (fact.source,))
    if unclear:
        text = f"May be for this period: {', '.join(credit.number for _, credit in unclear)}."
        case.trail.note("received", text, tuple(fact.source for fact, _ in unclear))
    return _Received(tuple(sure), tuple(unclear))
