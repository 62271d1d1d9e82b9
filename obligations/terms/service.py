"""Terms of services: availability and credits. Those on tickets stand in `tickets.py`."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar
from obligations.quantities import Duration, DurationField, Frozen, Money, Percent
from obligations.terms.common import Per


class Component(Frozen):
    """A part of a service that is measured by itself. `weight` counts where parts are weighted; the days
    say when it was deployed, both inclusive (None: throughout)."""

    name: str
    weight: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    from_on: date | None = None
    until_on: date | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Component":
        if self.from_on and self.until_on and self.until_on < self.from_on:
            raise ValueError(f"component {self.name} is deployed from {self.from_on} until {self.until_on}")
        return self


ExcludedCause = Literal["maintenance", "customer", "force_majeure", "third_party", "suspension", "beta"]
Combine = Literal["any", "all", "worst", "average", "weighted", "pooled"]


class Availability(Frozen):
    """See `docs/rules/service.md` for what each term does."""

    kind: Literal["availability"] = "availability"
    percent: Percent | None = Field(default=None, description="None: the text leaves the figure open")
    per: Per = "month"
    window: Literal["calendar", "contract"] = Field(
        default="calendar", description="periods of the calendar, or counted from the start of the contract"
    )
    rolling: DurationField | None = Field(
        default=None, description='any so many days ("any 30 days"): the worst that ends in the period counts'
    )
    zone: str | None = Field(default=None, description="zone of the measuring period; bound if absent")
    service: str | None = None
    region: str | None = Field(default=None, description="only records of this region")
    calendar: Calendar | None = Field(default=None, description="service hours; None = all hours")
    components: tuple[Component, ...] = ()
    component_is: Literal["component", "region"] = Field(
        default="component", description="which field of a record names the component"
    )
    combine: Combine = Field(
        default="any",
        description="down while any / all are; the worst; the average; weighted; minutes of all pooled",
    )
    degradation: Literal["ignored", "down", "impact", "weight"] = Field(
        default="ignored", description="slower service: no downtime; downtime; by its impact; by `weight`"
    )
    degradation_weight: Percent | None = None
    degradation_from: Percent | None = Field(default=None, description="least impact that counts at all")
    unmonitored: Literal["up", "down"] | None = Field(
        default=None, description="what time without measurement counts as, where the text says so"
    )
    excludes: tuple[ExcludedCause, ...] = ()
    denominator: Literal["total", "less_maintenance", "less_excluded"] = "total"
    maintenance_cap: DurationField | None = Field(default=None, description="allowed per period")
    maintenance_notice: DurationField | None = Field(default=None, description="announced this early")
    maintenance_hours: Calendar | None = Field(default=None, description="the only hours for maintenance")
    minimum_outage: DurationField | None = None
    bin: DurationField | None = Field(default=None, description="counted in steps of 1 or 5 minutes")
    bin_counts: Literal["any", "whole"] | None = Field(
        default=None, description="a step is down if any of it is, or only if all of it is; None: not stated"
    )
    rounding: int | None = Field(default=None, ge=0, le=6, description="decimals the contract rounds to")
    rounds: Literal["half_up", "half_even", "down"] = "half_up"

    @model_validator(mode="after")
    def _consistent(self) -> "Availability":
        if (self.degradation == "weight") != (self.degradation_weight is not None):
            raise ValueError("degradation_weight is needed where degradation is by weight, and only there")
        if self.combine in ("all", "worst", "average", "weighted", "pooled") and not self.components:
            raise ValueError(f"combine {self.combine!r} needs the components to combine")
        names = [component.name.casefold() for component in self.components]
        if len(set(names)) != len(names):
            raise ValueError("two components have the same name")
        for name in ("bin", "minimum_outage"):
            length: Duration | None = getattr(self, name)
            if length is not None and (length.in_days or not length.seconds):
                raise ValueError(f"{name} is a length in minutes or seconds, not {length}")
        if self.rolling is not None and (
            not self.rolling.days or self.rolling.months or self.rolling.seconds
        ):
            raise ValueError(f"a rolling window is a number of days, not {self.rolling}")
        return self


class CreditTier(Frozen):
    """Availability under `below` and not under `at_least` gives `percent` of the base, or `amount`."""

    below: Percent
    at_least: Percent | None = None
    percent: Percent | None = None
    amount: Money | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "CreditTier":
        if self.at_least is not None and self.at_least >= self.below:
            raise ValueError(f"tier from {self.at_least} to below {self.below} is empty")
        if (self.percent is None) == (self.amount is None):
            raise ValueError("a tier states either a percent or an amount")
        return self


class ServiceCredit(Frozen):
    kind: Literal["service_credit"] = "service_credit"
    tiers: tuple[CreditTier, ...] = Field(min_length=1)
    base: Money | None = Field(default=None, description="the periodic charge credits are a share of")
    base_per: Per = "month"
    cap_percent: Percent | None = Field(default=None, description="most per period, share of the base")
    claim_within: DurationField | None = Field(default=None, description="after the end of the period")
    apply_within: DurationField | None = Field(default=None, description="credited by, after period end")
    level: Availability | None = Field(default=None, description="bound: the level missed")

    @model_validator(mode="after")
    def _no_overlap(self) -> "ServiceCredit":
        tiers = sorted(self.tiers, key=lambda t: t.below, reverse=True)
        for higher, lower in pairwise(tiers):
            if higher.at_least is None or higher.at_least < lower.below:
                raise ValueError(f"tiers below {higher.below} and below {lower.below} overlap")
        return self
