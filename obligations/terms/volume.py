"""Terms of volume: discounts and rebates from a volume on, least volumes, shares of sales."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from obligations.currencies import CURRENCIES
from obligations.quantities import Currency, DurationField, Frozen, Money, Percent
from obligations.terms.common import Per
from obligations.terms.duties import FiscalYear

Volume = Annotated[Decimal, Field(ge=0)]
Positive = Annotated[Decimal, Field(gt=0)]
Boundary = Literal["reaches", "exceeds"]
"""Whether a tier holds from its threshold on ("from 101") or only above it ("more than 100")."""
Counts = Literal["invoiced", "ordered", "delivered", "used"]
"""Which records make the volume: invoices less returns, orders, deliveries, or statements of use or sales."""
Aggregate = Literal["affiliates", "contract_tree"]


class VolumeTier(Frozen):
    """What holds from `threshold` on, up to `up_to` or else to where the next tier begins.

    `percent` is off the price or of the purchases, `price` for one unit, `amount` a fixed sum.
    """

    threshold: Volume
    up_to: Volume | None = None
    percent: Percent | None = None
    price: Money | None = None
    amount: Money | None = None

    @model_validator(mode="after")
    def _one_value(self) -> "VolumeTier":
        if [self.percent, self.price, self.amount].count(None) != 2:
            raise ValueError(f"the tier from {self.threshold} states one of percent, price and amount")
        if self.up_to is not None and self.up_to < self.threshold:
            raise ValueError(f"the tier from {self.threshold} to {self.up_to} is empty")
        return self


class Measured(Frozen):
    """What every volume is measured by."""

    per: Per | None = Field(default=None, description="period over which the volume counts")
    year: Literal["calendar", "contract", "fiscal"] | None = Field(
        default=None, description="which year periods are parts of; contract years run from the start"
    )
    year_starts_on: date | None = Field(
        default=None, description="first day of the first contract year; that of the contract if absent"
    )
    fiscal_year: FiscalYear | None = Field(default=None, description="where `year` is fiscal")
    item: str | None = Field(default=None, description="only this item; None = whatever is bought")
    counts: Counts | None = None
    units_per_case: Positive | None = Field(default=None, description="units in a case, for lines in cases")
    aggregates: tuple[Aggregate, ...] = Field(
        default=(), description="whose volume counts too: affiliates, all contracts of the tree"
    )
    zone: str | None = Field(default=None, description="zone of the days; bound if absent")

    @model_validator(mode="after")
    def _year_of_its_own(self) -> "Measured":
        if (self.year == "fiscal") != (self.fiscal_year is not None):
            raise ValueError("`year` fiscal and `fiscal_year` go together")
        if self.year_starts_on is not None and self.year != "contract":
            raise ValueError("`year_starts_on` is for contract years")
        return self


class Tiered(Measured):
    """One tier by `percent` and `threshold`, or several by `tiers`. The threshold is money where `currency`
    is stated and `unit` is not, and counts `unit` otherwise."""

    percent: Percent | None = None
    threshold: Volume | None = None
    next_tier: Volume | None = Field(default=None, description="bound: where the next tier begins")
    currency: Currency | None = None
    unit: str | None = None
    tiers: tuple[VolumeTier, ...] = ()
    boundary: Boundary | None = None
    divisible: bool = Field(default=False, description="units can be split (litres, kWh), like money")

    @model_validator(mode="after")
    def _ladder(self) -> "Tiered":
        if self.tiers and (self.percent is not None or self.threshold is not None):
            raise ValueError("state either `tiers` or one `percent` and `threshold`, not both")
        whole = self.unit is not None and not self.divisible
        _check(self.tiers, whole=whole, boundary=self.boundary)
        codes = {m.currency for tier in self.tiers for m in (tier.price, tier.amount) if m is not None}
        if len(codes | ({self.currency} if self.currency else set())) > 1:
            raise ValueError("tiers and `currency` are in different currencies")
        return self

    @property
    def ladder(self) -> tuple[VolumeTier, ...]:
        """The tiers in rising order; empty where the text leaves a figure open."""
        if self.tiers:
            return tuple(sorted(self.tiers, key=lambda tier: tier.threshold))
        if self.percent is None or self.threshold is None:
            return ()
        return (VolumeTier(threshold=self.threshold, percent=self.percent),)


def _check(tiers: Sequence[VolumeTier], *, whole: bool, boundary: Boundary | None) -> None:
    """Tiers that overlap, leave a gap, or state different things are refused."""
    if len({(t.percent is None, t.price is None, t.amount is None) for t in tiers}) > 1:
        raise ValueError("all tiers must state the same: percents, prices or amounts")
    ordered = sorted(tiers, key=lambda tier: tier.threshold)
    if ordered and ordered[-1].up_to is not None:
        raise ValueError(f"the tiers end at {ordered[-1].up_to}; the last one has no `up_to`")
    for low, high in pairwise(ordered):
        if low.threshold == high.threshold:
            raise ValueError(f"two tiers begin at {low.threshold}")
        if low.up_to is None:
            continue
        # "1 to 100, 101 to 500" and "up to 100, over 100": the same table in whole units.
        touching = {high.threshold, high.threshold - 1} if whole else {high.threshold}
        if whole and boundary is not None:
            touching = {high.threshold - 1} if boundary == "reaches" else {high.threshold}
        if low.up_to not in touching:
            what = "overlap" if low.up_to > min(touching) else "leave a gap"
            raise ValueError(f"the tiers from {low.threshold} and from {high.threshold} {what}")


class ListPrice(Frozen):
    """The price of one unit of an item before any discount by volume."""

    item: str
    price: Money


class VolumeDiscount(Tiered):
    """A lower price from a volume on, in one order (`per` order) or over a period."""

    kind: Literal["volume_discount"] = "volume_discount"
    per: Per | Literal["order"] | None = None  # type: ignore[assignment]
    method: Literal["marginal", "all_units", "next_order"] | None = Field(
        default=None,
        description="cheaper are the units above, all units, or what is ordered next",
    )
    each_item: bool = Field(default=True, description="units of each item count by themselves in an order")
    list_prices: tuple[ListPrice, ...] = Field(default=(), description="what percents are taken off")
    rounding: int | None = Field(default=None, ge=0, le=6, description="decimals of the price of a unit")

    @model_validator(mode="after")
    def _usable(self) -> "VolumeDiscount":
        if any(tier.amount is not None for tier in self.tiers):
            raise ValueError("a volume discount states percents or prices, not amounts")
        if self.per == "order" and self.method == "next_order":
            raise ValueError("`method` next_order needs a period over which orders count")
        if self.currency and not self.unit and any(tier.price for tier in self.tiers):
            raise ValueError("prices of a unit need thresholds in units: state `unit`")
        return self


class Rebate(Tiered):
    """Money back on the volume of a period."""

    kind: Literal["rebate"] = "rebate"
    method: Literal["retroactive", "incremental"] | None = Field(
        default=None, description="on all purchases once the tier is reached, or on those above it only"
    )
    growth: Literal["percent", "amount"] | None = Field(
        default=None, description="thresholds are growth over the baseline, in percent or in the measure"
    )
    pays_on: Literal["volume", "growth"] = "volume"
    baseline: Volume | None = Field(default=None, description="fixed baseline; None = the period before")
    on_change: Literal["locked", "restated"] = Field(
        default="locked",
        description="terms changed within a period: rates stay as accrued, or the new hold for all",
    )
    within: DurationField | None = Field(default=None, description="paid or credited by, after period end")

    @model_validator(mode="after")
    def _usable(self) -> "Rebate":
        if self.pays_on == "growth" and self.growth is None:
            raise ValueError("`pays_on` growth needs `growth`: what the thresholds are measured in")
        if self.growth is None and self.baseline is not None:
            raise ValueError("a `baseline` has no meaning without `growth`")
        if any(tier.amount for tier in self.tiers) and self.method == "incremental":
            raise ValueError("fixed amounts are not incremental")
        return self


class MinimumCommitment(Measured):
    """A least quantity or amount in every period. `unit` is a currency code or a unit."""

    kind: Literal["minimum_commitment"] = "minimum_commitment"
    amount: Volume | None = None
    unit: str | None = None
    ramp: tuple[Volume, ...] = Field(default=(), description="least by period; the last one stays")
    sells: bool = Field(default=False, description="the debtor is to supply, not to buy, this much")
    prorates: bool | None = Field(default=None, description="a part of a period owes its share of days")
    shortfall_percent: Percent | None = Field(default=None, description="of the value of the shortfall")
    shortfall_price: Money | None = Field(default=None, description="for each unit of the shortfall")
    take_or_pay: bool = False
    carries_excess: int = Field(default=0, ge=0, le=40, description="periods in which an excess counts later")
    makes_up: int = Field(default=0, ge=0, le=40, description="periods in which a shortfall can be made up")
    excused_by: tuple[Literal["customer", "force_majeure", "third_party", "agreed"], ...] = ()
    within: DurationField | None = Field(default=None, description="shortfall paid by, after period end")
    share_of_forecast: Percent | None = Field(default=None, description="what share of the forecast it is")

    @model_validator(mode="after")
    def _usable(self) -> "MinimumCommitment":
        if self.ramp and self.amount is not None:
            raise ValueError("state either `amount` or `ramp`, not both")
        price, money = self.shortfall_price, self.currency
        if price is not None and money is not None:
            raise ValueError("`shortfall_price` is for a commitment in units; this one is in money")
        return self

    @property
    def currency(self) -> str | None:
        """The currency of a commitment in money."""
        return self.unit if self.unit in CURRENCIES else None


class RevenueShare(Measured):
    """A royalty or commission: a percent of the sales of a period."""

    kind: Literal["revenue_share"] = "revenue_share"
    percent: Percent | None = None
    currency: Currency | None = None
    tiers: tuple[VolumeTier, ...] = ()
    boundary: Boundary | None = None
    method: Literal["marginal", "all_units"] | None = None
    minimum: Money | None = Field(default=None, description="guaranteed for each period")
    deducts: tuple[Literal["tax", "freight", "returns"], ...] = ("tax", "freight", "returns")
    deduction_cap: Percent | None = Field(default=None, description="most deducted, of gross sales")
    within: DurationField | None = Field(default=None, description="paid by, after period end")
    statement: str | None = Field(default=None, description="what the contract calls the statement")
    statement_within: DurationField | None = Field(default=None, description="statement by, after period end")

    @model_validator(mode="after")
    def _usable(self) -> "RevenueShare":
        if self.tiers and self.percent is not None:
            raise ValueError("state either `tiers` or one `percent`, not both")
        if any(tier.percent is None for tier in self.tiers):
            raise ValueError("a share of revenue states percents")
        _check(self.tiers, whole=False, boundary=self.boundary)
        if self.minimum and self.currency and self.minimum.currency != self.currency:
            raise ValueError("`minimum` and `currency` are in different currencies")
        return self

    @property
    def ladder(self) -> tuple[VolumeTier, ...]:
        if self.tiers:
            return tuple(sorted(self.tiers, key=lambda tier: tier.threshold))
        return (VolumeTier(threshold=Decimal(0), percent=self.percent),) if self.percent is not None else ()
