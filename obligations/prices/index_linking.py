"""How far a price may move in one change: by a fixed percentage, with an index, up to a cap.

The movement of an index is its new value over the one it is compared with. Where a value is not on record the
new price is only known to lie between two limits: the price before and the cap, or nothing and no limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from obligations.facts import Fact, IndexValue, Source, latest
from obligations.matching import same_service
from obligations.model import AsOf
from obligations.periods import Period, add_months, containing, period
from obligations.terms import PriceChange
from obligations.wording import plain

NO_LIMIT = Decimal("Infinity")
_HUNDRED = Decimal(100)
_MODES = {
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
    "up": ROUND_CEILING,
    "down": ROUND_FLOOR,
}


@dataclass(frozen=True)
class PriceRange:
    """A price that lies between `low` and `high`; both are the same where everything is known."""

    low: Decimal
    high: Decimal

    @property
    def known(self) -> bool:
        return self.low == self.high


def times(price: Decimal, factor: Decimal) -> Decimal:
    """A price that may have no limit, so many times; none of it is nothing."""
    return price * factor if factor else Decimal(0)


@dataclass(frozen=True)
class Movement:
    """By how many percent a price may move, None where that is not known; `how` says it in sentences.

    `index_period` is the period of the new index value.
    """

    percent: Decimal | None
    how: tuple[str, ...] = ()
    records: tuple[Source, ...] = ()
    missing: tuple[str, ...] = ()
    index_period: Period | None = None


@dataclass(frozen=True)
class IndexValues:
    """The values of an index that were known, and published, at an instant."""

    held: tuple[tuple[Fact, IndexValue], ...]

    @classmethod
    def known(cls, facts: Sequence[Fact], at: AsOf, today: date) -> "IndexValues":
        values = (f for f in facts if isinstance(f.data, IndexValue))
        return cls(
            tuple(
                (fact, fact.data)
                for fact in latest(values, at.known_at)
                if isinstance(fact.data, IndexValue)
                and (fact.data.published_on is None or fact.data.published_on <= today)
            )
        )

    def of(self, index: str, wanted: Period) -> list[tuple[Fact, IndexValue]]:
        return [
            (fact, value)
            for fact, value in self.held
            if same_service(index, value.index) and period(value.period) == wanted
        ]

    def newest(self, index: str, per: str, until: date) -> Period | None:
        """The last period of cadence `per` with a value that was out on a day."""
        found = []
        for _, value in self.held:
            named = period(value.period)
            if not same_service(index, value.index) or named is None or containing_label(per, named) != named:
                continue
            if (value.published_on or named.end) <= until and named.end <= until:
                found.append(named)
        return max(found, key=lambda p: p.start, default=None)


def containing_label(per: str, named: Period) -> Period:
    """The period of cadence `per` that holds the first day of another."""
    return containing("month" if per == "month" else "quarter" if per == "quarter" else "year", named.start)


def movement(
    terms: PriceChange,
    values: IndexValues,
    on: date,
    asked_on: date,
    compared: Period | None,
) -> Movement:
    """By how many percent a price may move on a day.

    `asked_on` is the day from which the newest index value is taken where the terms state no lag; `compared`
    the period of the value at the last change, or at the start.
    """
    if terms.fixed is not None:
        return Movement(terms.fixed, (f"The change is fixed at {plain(terms.fixed)} %.",))
    if terms.index is None:
        return Movement(None)
    new = _new_period(terms, values, on, asked_on)
    if new is None:
        return Movement(None, missing=(f"a value of {terms.index} published by {asked_on}",))
    old = _old_period(terms, new, compared)
    if old is None:
        return Movement(None, missing=(f"the period of {terms.index} to compare with",), index_period=new)
    found = [values.of(terms.index, each) for each in (new, old)]
    missing = tuple(
        text
        for each, held in zip((new, old), found, strict=True)
        if (text := _lacks(terms.index, each, held))
    )
    records = tuple(fact.source for held in found for fact, _ in held)
    if missing:
        return Movement(None, records=records, missing=missing, index_period=new)
    return _moved(terms, (new, found[0][0][1].value), (old, found[1][0][1].value), records)


def _new_period(terms: PriceChange, values: IndexValues, on: date, asked_on: date) -> Period | None:
    assert terms.index is not None
    if terms.lag is None:
        return values.newest(terms.index, terms.index_per, asked_on)
    return containing(terms.index_per, add_months(on.replace(day=1), -terms.lag))


def _old_period(terms: PriceChange, new: Period, compared: Period | None) -> Period | None:
    compare = terms.compare or ("base" if terms.base_period else "year_before")
    if compare == "year_before":
        return containing(terms.index_per, add_months(new.start, -12))
    base = period(terms.base_period) if terms.base_period else None
    return base if compare == "base" else compared or base


def _lacks(index: str, wanted: Period, held: Sequence[tuple[Fact, IndexValue]]) -> str:
    if not held:
        return f"the value of {index} for {wanted.words}"
    amounts = sorted({value.value for _, value in held})
    if len(amounts) > 1:
        return f"which value of {index} for {wanted.words} holds: {' or '.join(map(plain, amounts))}"
    return ""


def _moved(
    terms: PriceChange, new: tuple[Period, Decimal], old: tuple[Period, Decimal], records: tuple[Source, ...]
) -> Movement:
    """The movement of an index with share, points, threshold and rounding applied."""
    moved = (new[1] / old[1] - 1) * _HUNDRED
    how = [
        f"{terms.index} stood at {plain(new[1])} for {new[0].words} and at {plain(old[1])} for "
        f"{old[0].words}: {_percent(moved)}."
    ]
    if terms.threshold is not None and abs(moved) <= terms.threshold:
        how.append(f"It has not moved by more than {plain(terms.threshold)} %: nothing changes.")
        return Movement(Decimal(0), tuple(how), records, index_period=new[0])
    passed = moved
    if terms.share is not None:
        passed = passed * terms.share / _HUNDRED
        how.append(f"{plain(terms.share)} % of it is passed on: {_percent(passed)}.")
    if terms.plus is not None:
        passed += terms.plus
        how.append(f"With {plain(terms.plus)} points added: {_percent(passed)}.")
    if terms.index_rounding is not None:
        passed = passed.quantize(Decimal(1).scaleb(-terms.index_rounding), rounding=ROUND_HALF_UP)
        how.append(f"Rounded as agreed: {plain(passed)} %.")
    return Movement(passed, tuple(how), records, index_period=new[0])


def _percent(share: Decimal) -> str:
    return f"{plain(share.quantize(Decimal('0.0001'), rounding=ROUND_HALF_UP))} %"


def allowed_price(
    terms: PriceChange, moved: Movement, before: PriceRange, first: Decimal
) -> tuple[PriceRange, tuple[str, ...]]:
    """The highest price that a change may bring, with a sentence for each limit that bound it.

    `first` is the price at first, on which an index with a base period works. What must be asked for never
    has to be a decrease; what happens by itself goes down with its index.
    """
    ends = [_allowed(terms, moved, price, first) for price in (before.low, before.high)]
    lows, highs = [end[0] for end in ends], [end[1] for end in ends]
    said = tuple(dict.fromkeys(text for end in ends for text in end[2]))
    return PriceRange(min(lows), max(highs)), said


def _allowed(
    terms: PriceChange, moved: Movement, before: Decimal, first: Decimal
) -> tuple[Decimal, Decimal, tuple[str, ...]]:
    if not before.is_finite():
        return before, before, ()
    cap = before * (1 + terms.percent / _HUNDRED) if terms.percent is not None else NO_LIMIT
    floor = before * (1 + terms.floor / _HUNDRED) if terms.floor is not None else Decimal(0)
    least = max(floor, Decimal(0) if terms.automatic else before)
    if moved.percent is None:
        open_ended = terms.index is None
        return (
            _rounded(terms, cap if open_ended else least),
            _rounded(terms, cap),
            _cap_said(terms, open_ended),
        )
    from_base = terms.compare == "base" or (terms.compare is None and terms.base_period is not None)
    price = (first if from_base else before) * (1 + moved.percent / _HUNDRED)
    said = _cap_said(terms, price > cap)
    if terms.floor is not None and price < floor:
        said = (f"It is held at the floor of {plain(terms.floor)} %.",)
    price = _rounded(terms, max(min(price, cap), least))
    return price, price, said


def _cap_said(terms: PriceChange, bound: bool) -> tuple[str, ...]:
    return (f"It is capped at {plain(terms.percent)} %.",) if bound and terms.percent is not None else ()


def _rounded(terms: PriceChange, price: Decimal) -> Decimal:
    if terms.rounding is None or not price.is_finite():
        return price
    # The noise of the last digits of a division must not push a price over half a cent.
    steady = Decimal(f"{price:.12f}")
    return steady.quantize(Decimal(1).scaleb(-terms.rounding), rounding=_MODES[terms.rounding_mode])
