"""Terms of services: availability and credits. Those on tickets stand in `tickets.py`."""

from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar
from obligations.quantities import DurationField, Frozen, Money, Percent
from obligations.terms.common import Per


class Availability(Frozen):
    kind: Literal["availability"] = "availability"
    percent: Percent
    per: Per = "month"
    zone: str | None = Field(default=None, description="zone of the measuring period; bound if absent")
    service: str | None = None
    calendar: Calendar | None = Field(default=None, description="service hours; None = all hours")
    excludes: tuple[Literal["maintenance", "customer", "force_majeure"], ...] = ()
    denominator: Literal["total", "less_maintenance"] = "total"
    maintenance_cap: DurationField | None = Field(default=None, description="allowed per period")
    maintenance_notice: DurationField | None = Field(default=None, description="announced this early")
    minimum_outage: DurationField | None = None
    rounding: int | None = Field(default=None, ge=0, le=6, description="decimals the contract rounds to")


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
