"""What a price is on a day: the price agreed, and every change that took effect since.

A change is asked for by a notice or comes by itself on its day. One that the contract does not allow leaves
the price as it was; one that goes too far takes it as far as the contract allows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from obligations.facts import Fact, Notice, Source
from obligations.matching import belongs, records, same_service
from obligations.minor_units import at_most
from obligations.model import AsOf, DatedTerms, Obligation
from obligations.periods import Period, add_months, containing, day_of_month, shift
from obligations.prices.index_linking import IndexValues, PriceRange, allowed_price, movement
from obligations.quantities import Money
from obligations.terms import PriceChange

TOO_FAR = "it goes further than is allowed"

_DAY = timedelta(days=1)
_MOST_YEARS = 200
"""Changes that come by themselves are followed for so many years of a contract."""


@dataclass(frozen=True)
class Watched:
    """What is known of changes under one promise: notices, each once, index values, the day judged. `unclear`
    are the ids of notices that may be under another contract; `several` is True where the contract has more
    than one price, so that an amount alone does not say which."""

    notices: tuple[tuple[Fact, Notice], ...]
    values: IndexValues
    today: date
    starts_on: date | None
    unclear: frozenset[str] = frozenset()
    several: bool = False

    @classmethod
    def of(
        cls, obligation: Obligation, facts: Sequence[Fact], at: AsOf, today: date, *, several: bool = False
    ) -> "Watched":
        held: dict[Notice, Fact] = {}
        for fact, notice in records(obligation, facts, at.known_at, Notice):
            withdrawn = notice.withdrawn_on is not None and notice.withdrawn_on <= today
            if notice.effect == "price_change" and notice.sent_on <= today and not withdrawn:
                held.setdefault(notice, fact)
        unclear = frozenset(f.id for f in held.values() if belongs(obligation, f) == "unclear")
        notices = tuple((fact, notice) for notice, fact in held.items())
        values = IndexValues.known(facts, at, today)
        return cls(notices, values, today, obligation.starts_on, unclear, several)


@dataclass(frozen=True)
class Change:
    """One change of a price. `on` is the day it is to take effect, `from_on` the day it does (None: never).

    `faults` say what the contract does not allow of it, `missing` what is not known to tell whether it is
    allowed, `doubts` what is not known to tell the price, `latest_on` by when its notice had to be given.
    """

    key: str
    currency: str
    on: date
    before: PriceRange
    after: PriceRange
    allowed: PriceRange
    from_on: date | None
    claimed: PriceRange | None = None
    notice: tuple[Fact, Notice] | None = None
    latest_on: date | None = None
    index_period: Period | None = None
    how: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    records: tuple[Source, ...] = ()


@dataclass(frozen=True)
class PriceInForce:
    """The price on a day, with what made it so and what is missing to know it."""

    price: PriceRange
    changes: tuple[Change, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        if self.price.known:
            return ()
        return tuple(dict.fromkeys(text for change in self.changes for text in change.doubts))


@dataclass(frozen=True)
class Stated:
    """A price as agreed from a day on, and how it may change."""

    from_on: date
    price: Money
    change: PriceChange | None
    dated: DatedTerms


def stated(pairs: Sequence[tuple[DatedTerms, Money, PriceChange | None]]) -> tuple[Stated, ...]:
    """The prices of dated terms in order."""
    return tuple(Stated(d.from_on or date.min, price, change, d) for d, price, change in pairs)


def changes(series: Sequence[Stated], item: str, watched: Watched) -> tuple[Change, ...]:
    """Every change of the price since it was last agreed anew, and before, in order of its day."""
    done: list[Change] = []
    for number, entry in enumerate(series):
        ends = series[number + 1].from_on if number + 1 < len(series) else date.max
        anew = number == 0 or series[number - 1].price != entry.price
        if anew:
            done.append(_agreed(entry))
        if entry.change is None:
            continue
        first = entry.from_on + _DAY if anew and entry.from_on != date.min else entry.from_on
        for on, notice in _events(entry.change, item, watched, (first, ends)):
            done.append(_judged(entry.change, (on, notice), done, watched))
    return tuple(done)


def in_force(done: Sequence[Change], on: date) -> PriceInForce:
    """The price on a day, from all changes in order. The first entry is the price as agreed."""
    price, made = done[0].after, [done[0]]
    for change in done[1:]:
        if change.from_on is None or change.from_on > on:
            continue
        price = change.after
        made = [change] if not change.key else [*made, change]
    return PriceInForce(price, tuple(made))


def _agreed(entry: Stated) -> Change:
    price = PriceRange(entry.price.amount, entry.price.amount)
    return Change("", entry.price.currency, entry.from_on, price, price, price, entry.from_on)


def _events(
    terms: PriceChange, item: str, watched: Watched, days: tuple[date, date]
) -> list[tuple[date, tuple[Fact, Notice] | None]]:
    """The days on which this price may change, with the notice that asks for it, in order."""
    first, end = days
    asked = [(n.effective_on or n.sent_on, (f, n)) for f, n in watched.notices if _about(n, item)]
    found: list[tuple[date, tuple[Fact, Notice] | None]] = [*asked]
    if terms.automatic:
        noticed = {on for on, _ in asked}
        found += [(on, None) for on in _by_itself(terms, watched) if on not in noticed]
    inside = [(on, notice) for on, notice in found if first <= on < end]
    return sorted(inside, key=lambda e: (e[0], e[1][1].sent_on if e[1] else e[0], e[1][0].id if e[1] else ""))


def _about(notice: Notice, item: str) -> bool:
    return not notice.about or not item or same_service(item, notice.about) is True


def _by_itself(terms: PriceChange, watched: Watched) -> Iterator[date]:
    """The days up to today on which the price changes without a notice: in the month stated, or on each
    anniversary of the start."""
    start = watched.starts_on
    if start is None:
        return
    earliest = _fixed_until(terms, start)
    for year in range(_MOST_YEARS):
        on = add_months(start, 12 * year)
        if terms.month is not None:
            on = day_of_month(on.replace(month=terms.month, day=1), terms.day)
        if on > watched.today:
            return
        if start < on and (earliest is None or on >= earliest):
            yield on


def _fixed_until(terms: PriceChange, start: date | None) -> date | None:
    """The first day on which a price may change."""
    if terms.first_on is not None or terms.fixed_for is None or start is None:
        return terms.first_on
    return shift(start, terms.fixed_for)


def _judged(
    terms: PriceChange,
    event: tuple[date, tuple[Fact, Notice] | None],
    done: Sequence[Change],
    watched: Watched,
) -> Change:
    """One change: what was asked for, what is allowed, what becomes of the price."""
    on, notice = event
    before = in_force(done, on).price
    first = next(change for change in reversed(done) if not change.key)
    compared = next((c.index_period for c in reversed(done) if c.key and c.from_on is not None), None)
    moved = movement(terms, watched.values, on, notice[1].sent_on if notice else on, compared)
    allowed, how = allowed_price(terms, moved, before, first.after.low)
    change = Change(
        key=(notice[0].source.label or notice[0].source.record) if notice else on.isoformat(),
        currency=first.currency,
        on=on,
        before=before,
        after=allowed,
        allowed=allowed,
        from_on=on,
        claimed=_claimed(notice[1], before, first) if notice else None,
        notice=notice,
        index_period=moved.index_period,
        how=(*moved.how, *how),
        missing=moved.missing,
        doubts=moved.missing,
        records=(*moved.records, *((notice[0].source,) if notice else ())),
    )
    if notice is None:
        return change
    change = _asked(terms, change, first, done, watched)
    if notice[0].id in watched.unclear:
        return _doubted(change, f"which contract {change.key} is under")
    if watched.several and notice[1].amount is not None and not notice[1].about:
        return _doubted(change, f"which price {change.key} is about")
    return change


def _claimed(notice: Notice, before: PriceRange, first: Change) -> PriceRange | None:
    if notice.amount is not None:
        if notice.amount.currency != first.currency:
            return None
        return PriceRange(notice.amount.amount, notice.amount.amount)
    if notice.percent is None or not before.high.is_finite():
        return None
    factor = max(1 + notice.percent / 100, Decimal(0))
    return PriceRange(before.low * factor, before.high * factor)


def _asked(
    terms: PriceChange, change: Change, first: Change, done: Sequence[Change], watched: Watched
) -> Change:
    """A change asked for by notice, held against what the contract allows."""
    assert change.notice is not None
    notice = change.notice[1]
    if change.claimed is None:
        missing = (*change.missing, f"the new price in {change.currency} that {change.key} asks for")
        wide = PriceRange(change.before.low, max(change.before.high, change.allowed.high))
        return replace(change, after=wide, missing=missing, doubts=missing)
    if change.claimed.high <= change.before.low:
        return replace(change, after=change.claimed, missing=())
    void, late, missing, latest = _formal(terms, change, done, watched)
    capped, over = _capped(change)
    faults = (*void, *late, *over)
    missing = (*missing, *(() if over or _certain(change) else change.missing))
    delayed = bool(late) and terms.late == "delayed"
    if void or (late and not delayed):
        return replace(change, after=change.before, from_on=None, faults=faults, latest_on=latest, missing=())
    from_on = change.on
    if delayed and terms.notice is not None:
        from_on = max(from_on, shift(_given(terms, notice) or notice.sent_on, terms.notice))
    after = PriceRange(min(change.before.low, capped.low), capped.high) if missing else capped
    return replace(
        change,
        after=after,
        from_on=from_on,
        faults=faults,
        latest_on=latest,
        missing=missing,
        doubts=tuple(dict.fromkeys((*missing, *change.doubts))),
    )


def _doubted(change: Change, missing: str) -> Change:
    """A change by a notice that may be about something else: it may have changed nothing."""
    before, after = change.before, change.after
    doubt = (missing,)
    return replace(
        change,
        after=PriceRange(min(before.low, after.low), max(before.high, after.high)),
        missing=(*doubt, *change.missing),
        doubts=(*doubt, *change.doubts),
    )


def _certain(change: Change) -> bool:
    """True where the price asked for is within what is allowed whatever is not known."""
    assert change.claimed is not None
    return change.claimed.high <= at_most(change.allowed.low, change.currency)


def _capped(change: Change) -> tuple[PriceRange, tuple[str, ...]]:
    """The price asked for as far as it is allowed, and by how much it goes too far."""
    claimed, allowed = change.claimed, change.allowed
    assert claimed is not None
    if _certain(change):
        return claimed, ()
    capped = PriceRange(min(claimed.low, allowed.low), min(claimed.high, allowed.high))
    if claimed.low > at_most(allowed.high, change.currency):
        return capped, (TOO_FAR,)
    return capped, ()


def _formal(
    terms: PriceChange, change: Change, done: Sequence[Change], watched: Watched
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], date | None]:
    """What is wrong with its day, what with its notice, what is not known of them, the last day for it."""
    assert change.notice is not None
    notice = change.notice[1]
    if notice.effective_on is None:
        return (), (), (f"the day on which {change.key} takes effect",), None
    void, missing = _wrong_day(terms, change, done, watched)
    if terms.notice is None:
        return void, (), missing, None
    latest = shift(change.on, terms.notice, -1)
    given = _given(terms, notice)
    if (given or notice.sent_on) > latest:
        by = (given or notice.sent_on).isoformat()
        return void, (f"notice was given {by}, after {latest}",), missing, latest
    if given is None:
        missing = (*missing, f"the day {change.key} was received")
    return void, (), missing, latest


def _given(terms: PriceChange, notice: Notice) -> date | None:
    """The day a notice counts from. Where the text is silent it is the receipt, if that is on record."""
    if terms.notice_effective == "dispatch":
        return notice.sent_on
    if terms.notice_effective == "receipt":
        return notice.received_on
    return notice.received_on or notice.sent_on


def _wrong_day(
    terms: PriceChange, change: Change, done: Sequence[Change], watched: Watched
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Why prices may not change on its day, and what is not known to tell."""
    start, on = watched.starts_on, change.on
    faults: list[str] = []
    if start is None and (terms.anniversary or (terms.fixed_for is not None and terms.first_on is None)):
        return (), ("the start of the contract",)
    earliest = _fixed_until(terms, start)
    if earliest is not None and on < earliest:
        faults.append(f"prices are fixed until {earliest}")
    if terms.month is not None and on != day_of_month(date(on.year, terms.month, 1), terms.day):
        faults.append(f"prices change on day {terms.day} of month {terms.month} only")
    if terms.anniversary and start is not None:
        years = on.year - start.year
        if years < 1 or on != add_months(start, 12 * years):
            faults.append(f"prices change on an anniversary of {start} only")
    made = [other for other in done if other.key and other.from_on is not None]
    per = (terms.most_per or "").replace("_", "-")
    faults += [f"{o.key} changed it in the same {per}" for o in made if _same_period(terms, o.on, on, start)]
    return tuple(faults), ()


def _same_period(terms: PriceChange, one: date, other: date, start: date | None) -> bool:
    if terms.most_per is None:
        return False
    if terms.most_per == "year" and terms.years == "contract" and start is not None:
        return _contract_year(start, one) == _contract_year(start, other)
    return containing(terms.most_per, one) == containing(terms.most_per, other)


def _contract_year(start: date, day: date) -> int:
    years = day.year - start.year
    return years if day >= add_months(start, 12 * years) else years - 1
