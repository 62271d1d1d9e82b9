"""Terms of prices and spend: fees, rate cards, changes of prices, limits of spending."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from obligations.facts.money import Direction
from obligations.quantities import Currency, DurationField, Frozen, Money, Percent
from obligations.terms.common import Per

Amount = Annotated[Decimal, Field(ge=0)]
Positive = Annotated[Decimal, Field(gt=0)]


class NamedPrice(Frozen):
    """A price by the name that notices and invoices give it."""

    item: str
    price: Money
    alone: bool = Field(default=True, description="its item has no other price, by quantity, unit or day")


class PriceChange(Frozen):
    """When and by how much prices may change: by notice, by an index, by themselves.

    An index is measured as a change of its value: the one for the month `lag` months before the change takes
    effect, against the one that `compare` names.
    """

    kind: Literal["price_change"] = "price_change"
    percent: Percent | None = Field(default=None, description="most that a price may rise in one change")
    floor: Decimal | None = Field(
        default=None, ge=-100, description="least change in percent, 0 = never down"
    )
    notice: DurationField | None = Field(
        default=None, description="at least this long before it takes effect"
    )
    notice_effective: Literal["dispatch", "receipt"] | None = None
    late: Literal["void", "delayed"] | None = Field(default=None, description="what a late notice does")
    index: str | None = Field(default=None, description='name of the index, "HICP"')
    index_per: Literal["month", "quarter", "year"] = "month"
    lag: int | None = Field(
        default=None, ge=0, le=36, description="months from the index value to the change"
    )
    compare: Literal["year_before", "base", "last_change"] | None = None
    base_period: str | None = Field(default=None, description='period of the base value, "2024-09"')
    share: Annotated[Decimal, Field(gt=0, le=200)] | None = Field(
        default=None, description="percent of the index's change that is passed on"
    )
    plus: Decimal | None = Field(default=None, description="points added to it, as in CPI + 1")
    threshold: Percent | None = Field(default=None, description="nothing changes unless it moved by more")
    index_rounding: int | None = Field(default=None, ge=0, le=6, description="decimals of the percentage")
    fixed: Decimal | None = Field(default=None, ge=-100, le=1000, description="percent of each change")
    rounding: int | None = Field(default=None, ge=0, le=6, description="decimals of the new price")
    rounding_mode: Literal["half_up", "half_even", "up", "down"] = "half_up"
    automatic: bool | None = Field(default=None, description="takes effect without a notice")
    most_per: Literal["year", "half_year", "quarter", "month"] | None = Field(
        default=None, description="one change at most in each"
    )
    years: Literal["calendar", "contract"] | None = Field(
        default=None, description="which years `most_per` are"
    )
    first_on: date | None = Field(default=None, description="prices are fixed until the day before")
    fixed_for: DurationField | None = Field(default=None, description="prices are fixed this long at first")
    month: int | None = Field(default=None, ge=1, le=12, description="changes take effect in this month only")
    day: int = Field(default=1, ge=1, le=31)
    anniversary: bool = Field(default=False, description="changes take effect on anniversaries only")
    item: str | None = Field(default=None, description="only this price")
    prices: tuple[NamedPrice, ...] = Field(default=(), description="bound: the prices it is about")

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        if self.floor is not None and self.percent is not None and self.floor > self.percent:
            raise ValueError(f"floor {self.floor} is above the cap `percent` {self.percent}")
        if self.fixed is not None and self.index is not None:
            raise ValueError("a change is `fixed` or follows an `index`, not both")
        if self.index is None and (self.lag is not None or self.base_period or self.share is not None):
            raise ValueError("`lag`, `base_period` and `share` are about an `index`, and none is named")
        if self.compare == "base" and self.base_period is None:
            raise ValueError("compare: base needs the `base_period`")
        if self.automatic and self.fixed is None and self.index is None:
            raise ValueError("an automatic change needs `fixed` or `index`: by how much")
        if self.month is not None and self.anniversary:
            raise ValueError("changes take effect in a `month` or on the `anniversary`, not both")
        return self


class Fee(Frozen):
    """A price that recurs, is paid once, or is for each unit (`unit`, or a `per` that is no period)."""

    kind: Literal["fee"] = "fee"
    amount: Amount | None = None
    currency: Currency | None = None
    per: Per | None = None
    item: str | None = Field(default=None, description="what the invoice calls it; bound: the promise's key")
    unit: str | None = Field(default=None, description='price for each "user", "pallet", "hour"')
    quantity: Positive | None = Field(default=None, description="units agreed for each period")
    optional: bool = Field(default=False, description="charged only where it was ordered")
    billed: Literal["advance", "arrears"] | None = None
    bill_within: DurationField | None = Field(
        default=None, description="after the start (advance) or end of the period"
    )
    years: Literal["calendar", "contract"] | None = Field(
        default=None, description="periods of the calendar, or counted from the first day charged"
    )
    starts_on: date | None = Field(default=None, description="first day charged; else that of the contract")
    ends_on: date | None = Field(default=None, description="last day charged; else that of the contract")
    prorate: Literal["actual", "thirty", "none"] | None = Field(
        default=None, description="part of a period: by its days, by days of 30, in full"
    )
    others: tuple[str, ...] = Field(default=(), description="bound: other prices of the contract")
    change: PriceChange | None = Field(default=None, description="bound: how it may change")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.amount is None) != (self.currency is None):
            raise ValueError("a fee states `amount` and `currency`, or neither")
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError(f"`ends_on` {self.ends_on} is before `starts_on` {self.starts_on}")
        return self

    @property
    def price(self) -> Money | None:
        if self.amount is None or self.currency is None:
            return None
        return Money(amount=self.amount, currency=self.currency)


class CardPrice(Frozen):
    """One row of a rate card: the price of `for_quantity` units of an item, from `from_on` to `to_on`, for
    orders of `min_quantity` or more."""

    item: str = Field(min_length=1)
    code: str = Field(default="", description="article number")
    price: Money
    unit: str = Field(default="", description="each, case, hour, day, …")
    for_quantity: Positive = Decimal(1)
    units_per_case: Positive | None = None
    from_on: date | None = None
    to_on: date | None = None
    min_quantity: Amount = Decimal(0)

    @model_validator(mode="after")
    def _can_be(self) -> Self:
        if self.price.amount < 0:
            raise ValueError(f"the price of {self.item} is negative")
        if self.from_on and self.to_on and self.to_on < self.from_on:
            raise ValueError(f"the price of {self.item} ends {self.to_on}, before it starts {self.from_on}")
        return self

    def holds(self, on: date) -> bool:
        return (self.from_on is None or self.from_on <= on) and (self.to_on is None or on <= self.to_on)


class RateCard(Frozen):
    kind: Literal["rate_card"] = "rate_card"
    prices: tuple[CardPrice, ...] = Field(min_length=1)
    priced_on: Literal["order", "delivery", "invoice"] | None = Field(
        default=None, description="the day whose price holds"
    )
    tolerance_percent: Percent | None = None
    tolerance: Money | None = Field(default=None, description="for each line")
    only_listed: bool = Field(default=False, description="nothing else may be charged")
    most_favoured: bool = Field(default=False, description="never dearer than for others")
    direction: Direction | None = Field(default=None, description="invoices looked at; None = of both")
    change: PriceChange | None = Field(default=None, description="bound: how its prices may change")

    def amended_by(self, said: "RateCard") -> tuple[CardPrice, ...]:
        """The rows of both, where those of `said` replace what they state anew, from the day they hold."""
        kept = [row for old in self.prices for row in _before(old, said.prices)]
        return (*said.prices, *kept)

    @model_validator(mode="after")
    def _one_price_each(self) -> Self:
        for one, other in combinations(self.prices, 2):
            if _rivals(one, other) and _together((one.from_on, one.to_on), (other.from_on, other.to_on)):
                raise ValueError(
                    f"two prices of {one.item} hold at the same time: {one.price}, {other.price}"
                )
        if self.tolerance is not None and self.tolerance.amount < 0:
            raise ValueError("`tolerance` is negative")
        return self


class SpendLimit(Frozen):
    """The most that may be spent: in all, in each period, or with each order (release, call-off)."""

    kind: Literal["spend_limit"] = "spend_limit"
    amount: Amount | None = None
    currency: Currency | None = None
    per: Literal["contract", "order", "month", "quarter", "half_year", "year"] = "contract"
    years: Literal["calendar", "contract"] | None = Field(
        default=None, description="periods of the calendar, or counted from the start of the contract"
    )
    hard: bool | None = Field(default=None, description="False: going over it only warns")
    tolerance_percent: Percent | None = Field(default=None, description="over it by so much is allowed")
    warning_percent: Percent | None = Field(default=None, description="share from which it is near")
    counts: Literal["ordered", "invoiced"] | None = Field(
        default=None, description="what is added up; None = orders, and invoices beyond them"
    )
    tax: bool = Field(default=False, description="amounts with tax")
    category: str | None = Field(default=None, description="only spend of this category")
    direction: Direction | None = Field(default=None, description="records looked at; None = of both")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.amount is None) != (self.currency is None):
            raise ValueError("a limit states `amount` and `currency`, or neither")
        return self

    @property
    def limit(self) -> Money | None:
        if self.amount is None or self.currency is None:
            return None
        return Money(amount=self.amount, currency=self.currency)


def _before(old: CardPrice, anew: Sequence[CardPrice]) -> list[CardPrice]:
    """What is left of a row beside rows that state it anew: all of it, the days before them, or nothing."""
    days = (old.from_on, old.to_on)
    rivals = [new for new in anew if _rivals(old, new) and _together(days, (new.from_on, new.to_on))]
    if not rivals:
        return [old]
    first = min(new.from_on or date.min for new in rivals)
    if first <= (old.from_on or date.min):
        return []
    return [old.model_copy(update={"to_on": first - timedelta(days=1)})]


def _rivals(one: CardPrice, other: CardPrice) -> bool:
    def name(row: CardPrice) -> tuple[object, ...]:
        words = " ".join(row.item.casefold().split())
        return (row.code.casefold() or words, row.unit.casefold(), row.min_quantity)

    return name(one) == name(other)


def _together(one: Sequence[date | None], other: Sequence[date | None]) -> bool:
    (start, end), (begin, stop) = one, other
    return (start or date.min) <= (stop or date.max) and (begin or date.min) <= (end or date.max)
