"""Terms of services: availability and credits. Those on tickets stand in `tickets.py`."""

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar
from obligations.quantities import Duration, DurationField, Frozen, Money, Percent
from obligations.terms.common import Per
from obligations.terms.tickets import ResolutionTime, ResponseTime, TicketShare, UpdateTime


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
    """A share under `below` and not under `at_least` gives `percent` of the base, or `amount`."""

    below: Percent
    at_least: Percent | None = None
    includes_below: bool = Field(
        default=False, description='"99.9 % or less": the upper bound is in the tier'
    )
    excludes_floor: bool = Field(default=False, description='"more than 99.0 %": the lower bound is not')
    percent: Percent | None = None
    amount: Money | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "CreditTier":
        if self.at_least is not None and self.at_least >= self.below:
            raise ValueError(f"tier from {self.at_least} to below {self.below} is empty")
        if (self.percent is None) == (self.amount is None):
            raise ValueError("a tier states either a percent or an amount")
        return self

    def fallen_below(self, share: Decimal) -> bool:
        """Whether a share is under the upper bound."""
        return share < self.below or (self.includes_below and share == self.below)

    def holds(self, share: Decimal) -> bool:
        """Whether a share is in the tier."""
        if self.at_least is not None and (
            share < self.at_least or (self.excludes_floor and share == self.at_least)
        ):
            return False
        return self.fallen_below(share)


class CreditStep(Frozen):
    """A credit for each unit of the miss: for each 30 minutes, each 0.1 point, each ticket."""

    each: DurationField | None = None
    points: Annotated[Decimal, Field(gt=0, le=100)] | None = None
    tickets: Annotated[int, Field(ge=1)] | None = None
    percent: Percent | None = None
    amount: Money | None = None
    started: bool = Field(default=False, description="a unit that is only begun counts")
    counts: Literal["excess", "all"] = Field(
        default="excess", description="units beyond what the level allows, or of all downtime"
    )

    @model_validator(mode="after")
    def _one_unit(self) -> "CreditStep":
        if sum(unit is not None for unit in (self.each, self.points, self.tickets)) != 1:
            raise ValueError("a step is for each so long, each so many points or each so many tickets")
        if self.each is not None and (self.each.in_days or not self.each.seconds):
            raise ValueError(f"a step of {self.each} is no time in hours, minutes or seconds")
        if (self.percent is None) == (self.amount is None):
            raise ValueError("a step states either a percent or an amount")
        return self


class Repeat(Frozen):
    """More is credited from the `misses`th miss in the last `periods` periods on."""

    factor: Annotated[Decimal, Field(gt=1)]
    misses: Annotated[int, Field(ge=2)] = 2
    periods: Annotated[int, Field(ge=2)] = 2

    @model_validator(mode="after")
    def _possible(self) -> "Repeat":
        if self.misses > self.periods:
            raise ValueError(f"{self.misses} misses in {self.periods} periods cannot be")
        return self


MissedLevel = Annotated[
    Availability | ResponseTime | ResolutionTime | UpdateTime | TicketShare, Field(discriminator="kind")
]
"""What a credit or a right to terminate hangs on."""

ClaimChannel = Literal["post", "registered_post", "courier", "email", "fax", "portal", "hand"]


class ServiceCredit(Frozen):
    """See `docs/rules/service.md` for what each term does."""

    kind: Literal["service_credit"] = "service_credit"
    tiers: tuple[CreditTier, ...] = ()
    step: CreditStep | None = None
    cumulative: bool = Field(default=False, description="every tier fallen below adds up; else the lowest")
    base: Money | None = Field(default=None, description="the periodic charge credits are a share of")
    base_per: Per = "month"
    base_for: Literal["service", "total"] | None = Field(
        default=None, description="the charge of the affected service only, or all charges"
    )
    service_share: Percent | None = Field(default=None, description="part of `base` that is the service's")
    discount: Percent | None = Field(default=None, description="taken off `base` before the credit")
    tax: Annotated[Decimal, Field(ge=0)] | None = Field(
        default=None, description="percent of tax that `base` contains and that is not credited"
    )
    prorate: bool | None = Field(
        default=None, description="whether the charge of part of a period counts in part; None: not stated"
    )
    at_risk_percent: Percent | None = Field(default=None, description="part of the base that is at risk")
    allocation: Percent | None = Field(default=None, description="this level's part of what is at risk")
    cap_percent: Percent | None = Field(default=None, description="most per period, share of the base")
    cap_amount: Money | None = Field(default=None, description="most per period")
    pool_percent: Percent | None = Field(default=None, description="most in a year, share of its charges")
    pool_amount: Money | None = Field(default=None, description="most in a year")
    pool_window: Literal["calendar", "contract"] = "contract"
    repeat: Repeat | None = None
    earn_back_after: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="nothing is owed once so many following periods are all kept"
    )
    pays_once: bool = Field(default=False, description="an event that misses several levels counts once")
    grace: DurationField | None = Field(default=None, description="no credits for so long from the start")
    claim_within: DurationField | None = Field(default=None, description="after the end of the period")
    claim_cycles: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="until the end of the nth billing period after it"
    )
    claim_receipt: bool = Field(default=False, description="the claim must have arrived by then")
    claim_channels: tuple[ClaimChannel, ...] = Field(default=(), description="the only ways to claim")
    apply_within: DurationField | None = Field(default=None, description="credited by, after period end")
    paid_as: Literal["credit", "cash"] | None = None
    sole_remedy: bool | None = None
    level: MissedLevel | None = Field(default=None, description="bound: the level missed")
    others: tuple[str, ...] = Field(
        default=(), description="bound: names of the other credits of the agreement, which a memo may be for"
    )
    rivals: tuple["RivalCredit", ...] = Field(
        default=(), description="bound: the other credits of the same agreement, for pools and paying once"
    )

    @model_validator(mode="after")
    def _consistent(self) -> "ServiceCredit":
        _no_overlap(self.tiers, self.cumulative)
        amounts = [t.amount for t in self.tiers] + [self.cap_amount, self.pool_amount, self.base]
        amounts.append(self.step.amount if self.step else None)
        currencies = sorted({money.currency for money in amounts if money is not None})
        if len(currencies) > 1:
            raise ValueError(f"amounts in {' and '.join(currencies)}; a credit is in one currency")
        if self.claim_within is not None and self.claim_cycles is not None:
            raise ValueError("claim_within and claim_cycles both say until when to claim")
        if (self.allocation is None) != (self.at_risk_percent is None):
            raise ValueError("allocation and at_risk_percent belong together")
        return self

    @property
    def currency(self) -> str | None:
        """The currency that the text names, None where it names none."""
        named = [t.amount for t in self.tiers] + [self.step.amount if self.step else None, self.base]
        return next((money.currency for money in named if money is not None), None)


class RivalCredit(Frozen):
    """Another credit of the same agreement, by the id and key of its promise."""

    id: str
    key: str = ""
    terms: ServiceCredit


class TerminationRight(Frozen):
    """A right to end the agreement for cause: a level missed too often or too far, or an event.

    The creditor of the promise has it.
    """

    kind: Literal["termination_right"] = "termination_right"
    misses: Annotated[int, Field(ge=1)] | None = Field(default=None, description="so many missed periods")
    periods: Annotated[int, Field(ge=1)] | None = Field(default=None, description="in any so many periods")
    consecutive: bool = Field(default=False, description="missed one after the other")
    floor: Percent | None = Field(default=None, description="a period counts only if its share is below this")
    events: tuple[str, ...] = Field(default=(), description='what gives the right: "insolvency"')
    exercise_within: DurationField | None = Field(
        default=None, description="how long it can be used after it arose; None: not stated"
    )
    receipt: bool = Field(default=False, description="the notice must have arrived by then")
    notice: DurationField | None = Field(default=None, description="from the notice to the end")
    level: MissedLevel | None = Field(default=None, description="bound: the level missed")

    @model_validator(mode="after")
    def _one_ground(self) -> "TerminationRight":
        by_level = (self.misses, self.periods, self.floor, self.level)
        if self.events and any(term is not None for term in by_level):
            raise ValueError("a right arises from events or from missed levels; state two rights")
        if self.consecutive and self.misses is None:
            raise ValueError("consecutive says nothing without the number of misses")
        if self.consecutive and self.periods not in (None, self.misses):
            raise ValueError(f"{self.misses} consecutive misses do not take {self.periods} periods")
        if self.periods is not None and (self.misses or 1) > self.periods:
            raise ValueError(f"{self.misses} misses in {self.periods} periods cannot be")
        if (self.misses or 1) > 1 and self.periods is None and not self.consecutive:
            raise ValueError(f"{self.misses} misses in how many periods?")
        return self


def _no_overlap(tiers: tuple[CreditTier, ...], cumulative: bool) -> None:
    if cumulative:
        return
    for higher, lower in pairwise(sorted(tiers, key=lambda t: t.below, reverse=True)):
        shared = higher.at_least == lower.below and lower.includes_below and not higher.excludes_floor
        if higher.at_least is None or higher.at_least < lower.below or shared:
            raise ValueError(f"tiers below {higher.below} and below {lower.below} overlap")


ServiceCredit.model_rebuild()
