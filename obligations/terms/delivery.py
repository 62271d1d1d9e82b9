"""Terms of delivering: by when, how reliably, what delay costs, how long quality is promised."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar
from obligations.quantities import Currency, DurationField, Frozen, Money, Percent
from obligations.terms.common import Clock, Due, Per
from obligations.terms.service import Availability

Positive = Annotated[Decimal, Field(gt=0)]
Excuse = Literal["customer", "force_majeure", "third_party", "agreed"]
Evidence = Literal["receipt", "appointment", "proof", "dispatch"]


class DeliveryTime(Frozen):
    """By when something is delivered: `within` from a start, on `due_on`, or on a date of the order line."""

    kind: Literal["delivery"] = "delivery"
    item: str | None = Field(default=None, description="what is delivered; None = every line of an order")
    quantity: Positive | None = Field(default=None, description="of a thing delivered once, in units")
    within: DurationField | None = None
    due_on: date | None = None
    starts: Literal["order", "call_off", "effective_date", "notice", "event", "delivery"] | None = None
    event: str | None = Field(
        default=None, description="name of the event, the notice or the thing delivered it is counted from"
    )
    date_kind: Literal["requested", "promised", "confirmed"] | None = Field(
        default=None, description="which date of the order line binds; None = the text does not say"
    )
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    evidence: Evidence | None = Field(default=None, description="what proves the day; None = not stated")
    early: DurationField | None = Field(
        default=None, description="most before the due day; what comes earlier is as bad as late"
    )
    grace: DurationField | None = Field(default=None, description="after the due day and still in time")
    tolerance: Percent | None = Field(default=None, description="may lack and is still in full")
    excuses: tuple[Excuse, ...] = ("customer", "force_majeure", "agreed")
    zone: str | None = Field(default=None, description="zone of the destination; bound if absent")
    starts_on: date | None = Field(default=None, description="bound: effective date of the contract")
    name: str | None = Field(default=None, description="bound: what the promise goes by in its contract")
    rivals: tuple[str, ...] = Field(
        default=(), description="bound: names of other promises that a line of an order may be under"
    )
    due: Due = "at_or_before"

    @model_validator(mode="after")
    def _one_due(self) -> "DeliveryTime":
        if self.within is not None and self.due_on is not None:
            raise ValueError("delivery states either `within` or `due_on`, not both")
        if self.starts is not None and self.within is None:
            raise ValueError("delivery `starts` needs `within`: how long after it")
        if self.date_kind is not None and (self.within is not None or self.due_on is not None):
            raise ValueError(
                "delivery `date_kind` is for the dates of an order, without `within` or `due_on`"
            )
        if self.early is not None and self.early.seconds and not self.early.in_days:
            raise ValueError("delivery `early` counts days: nothing finer is known of a delivery")
        return self


class DeliveryPerformance(Frozen):
    """The share of what was due in a period that came on time, in full, or both."""

    kind: Literal["delivery_performance"] = "delivery_performance"
    measure: Literal["on_time", "in_full", "otif"] = "otif"
    level: Literal["order", "line", "case"] | None = Field(
        default=None, description="what is counted; None = the text does not say"
    )
    percent: Percent | None = Field(default=None, description="at least this share; None = redacted")
    per: Per = "month"
    of: Literal["ordered", "delivered"] = Field(
        default="ordered", description="whether what has not come at all is counted"
    )
    freight: Literal["prepaid", "collect"] | None = Field(default=None, description="only such orders")
    excused: Literal["left_out", "counted"] | None = Field(
        default=None, description="what becomes of lines late for a cause that is not the supplier's"
    )
    one_miss_below: int | None = Field(
        default=None, ge=1, description="with fewer than this counted, one miss is allowed"
    )
    rounding: int | None = Field(default=None, ge=0, le=6, description="decimals the contract rounds to")
    zone: str | None = None
    promise: DeliveryTime | None = Field(default=None, description="bound: when each line is due")


class LiquidatedDamages(Frozen):
    """An agreed sum for delay, by day or week, or for each full point by which a level is missed."""

    kind: Literal["liquidated_damages"] = "liquidated_damages"
    percent: Percent | None = None
    amount: Annotated[Decimal, Field(ge=0)] | None = None
    currency: Currency | None = None
    per: Per | None = Field(default=None, description="day, week or month of delay; once")
    counts: Literal["started", "full"] | None = Field(
        default=None, description="whether a part of a week counts; None = the text does not say"
    )
    grace: DurationField | None = Field(default=None, description="delay for which nothing is owed")
    grace_counts: bool = Field(default=False, description="once the grace is over, is it counted too")
    base: Literal["late_part", "whole"] | None = Field(
        default=None, description="a percentage of the late part's price or the whole; None = not stated"
    )
    price: Money | None = Field(default=None, description="price it is a percentage of, where stated")
    cap_percent: Percent | None = Field(default=None, description="most in all, share of the same price")
    cap_amount: Money | None = None
    sole_remedy: bool | None = None
    promises: tuple[DeliveryTime, ...] = Field(default=(), description="bound: the deliveries it is about")
    level: DeliveryPerformance | Availability | None = Field(
        default=None, description="bound: the level missed", discriminator="kind"
    )

    @model_validator(mode="after")
    def _one_rate(self) -> "LiquidatedDamages":
        if self.percent is not None and self.amount is not None:
            raise ValueError("liquidated_damages state either a percent or an amount, not both")
        money = (self.price, self.cap_amount)
        currencies = {each.currency for each in money if each is not None}
        currencies |= {self.currency} if self.currency else set()
        if len(currencies) > 1:
            raise ValueError(f"liquidated_damages are in several currencies: {', '.join(sorted(currencies))}")
        if self.per not in (None, "day", "week", "month", "once", "event"):
            raise ValueError(
                f"liquidated_damages per {self.per} are not counted; use day, week, month or once"
            )
        if self.grace is not None and (self.grace.months or self.grace.seconds):
            raise ValueError("liquidated_damages `grace` is a number of days or weeks")
        return self


class Warranty(Frozen):
    """For how long quality is promised, from delivery, acceptance or another event on."""

    kind: Literal["warranty"] = "warranty"
    item: str | None = Field(default=None, description="what it covers; None = everything delivered")
    within: DurationField | None = Field(default=None, description="how long; None = redacted")
    starts: Literal["delivery", "acceptance", "completion", "event"] | None = None
    event: str | None = Field(default=None, description="name of the event it runs from")
    notice_within: DurationField | None = Field(
        default=None, description="a defect is to be told this soon after it was found"
    )
    clock: Clock | None = Field(default=None, description="of `notice_within`")
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    zone: str | None = None
