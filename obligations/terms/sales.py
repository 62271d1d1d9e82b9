"""Terms of selling: what is paid on an event, and when revenue from it may be recognised."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar
from obligations.quantities import Currency, DurationField, Frozen, Money, Percent
from obligations.terms.common import Clock, Due

Amount = Annotated[Decimal, Field(ge=0)]


class MilestonePayment(Frozen):
    """An amount due on an event: a milestone completed, submitted or accepted, or a day."""

    kind: Literal["milestone_payment"] = "milestone_payment"
    milestone: str | None = Field(default=None, description="its name in the records; None = the key")
    event: str | None = Field(default=None, description="what the text calls the event")
    on: Literal["completed", "submitted", "accepted"] | None = Field(
        default=None, description="which step makes it due; None = the text does not say"
    )
    due_on: date | None = Field(default=None, description="of a dated instalment")
    amount: Amount | None = None
    currency: Currency | None = None
    percent: Percent | None = Field(default=None, description="of `price`, instead of an amount")
    price: Money | None = None
    within: DurationField | None = Field(default=None, description="payable this long after the event")
    deemed_after: DurationField | None = Field(
        default=None, description="accepted by silence this long after it was submitted"
    )
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    zone: str | None = None
    due: Due = "at_or_before"

    @model_validator(mode="after")
    def _one_amount(self) -> "MilestonePayment":
        if self.amount is not None and self.percent is not None:
            raise ValueError("milestone_payment states either an amount or a percent of a price, not both")
        if self.due_on is not None and self.on is not None:
            raise ValueError("milestone_payment is due either on a day or on a step of the milestone")
        return self

    @property
    def sum(self) -> Money | None:
        """The amount, where the terms tell it."""
        if self.amount is not None and self.currency is not None:
            return Money(amount=self.amount, currency=self.currency)
        if self.percent is not None and self.price is not None:
            return self.price.times(self.percent / 100)
        return None


Share = Annotated[Decimal, Field(gt=0, le=100)]


class Possible(Frozen):
    """One amount that variable consideration may come to, with its probability in percent."""

    amount: Amount
    percent: Share


class VariableAmount(Frozen):
    """A part of the price that hangs on what happens: a bonus, or an expected credit or penalty.

    A bonus counts only where it is `highly_probable` that it will not be taken back (the constraint); what
    reduces the price always counts.
    """

    name: str
    effect: Literal["adds", "reduces"]
    outcomes: tuple[Possible, ...] = Field(min_length=1)
    method: Literal["expected_value", "most_likely"] = "expected_value"
    highly_probable: bool = False

    @model_validator(mode="after")
    def _all_of_it(self) -> "VariableAmount":
        told = sum((possible.percent for possible in self.outcomes), Decimal(0))
        if told > 100:
            raise ValueError(f"the probabilities of {self.name!r} add up to {told} percent, over 100")
        return self


class StandalonePrice(Frozen):
    """What another promise of the same contract would be sold for by itself."""

    name: str
    amount: Money


class PerformanceObligation(Frozen):
    """When revenue from a promise is recognised, in the terms of ASC 606 and IFRS 15."""

    kind: Literal["performance_obligation"] = "performance_obligation"
    item: str | None = Field(default=None, description="its name in the records; None = the key")
    price: Money | None = Field(
        default=None, description="fixed price of the whole contract; None = redacted"
    )
    standalone: Money | None = Field(default=None, description="standalone selling price of this promise")
    others: tuple[StandalonePrice, ...] = Field(
        default=(), description="the other promises that the price is for"
    )
    variable: tuple[VariableAmount, ...] = ()
    recognised: Literal["point_in_time", "over_time"] | None = None
    transfers_on: Literal["delivery", "acceptance", "completion"] | None = Field(
        default=None, description="when control passes, at a point in time"
    )
    units: Annotated[Decimal, Field(gt=0)] | None = Field(
        default=None, description="how many pass, each at its delivery"
    )
    method: Literal["output", "input", "straight_line"] | None = None
    starts_on: date | None = Field(default=None, description="of a service; bound: start of the contract")
    ends_on: date | None = Field(default=None, description="of a service; bound: end of the contract")
    deemed_after: DurationField | None = Field(default=None, description="accepted by silence after this")
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    modification: Literal["prospective", "cumulative_catch_up"] | None = Field(
        default=None, description="how these terms follow on those before; None = not decided"
    )
    per: Literal["month", "quarter", "half_year", "year"] = "month"
    zone: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> "PerformanceObligation":
        if self.recognised == "point_in_time" and self.method is not None:
            raise ValueError("performance_obligation at a point in time has no `method`")
        if self.recognised == "over_time" and (self.transfers_on is not None or self.units is not None):
            raise ValueError("performance_obligation over time has no `transfers_on` and no `units`")
        if self.units is not None and self.transfers_on not in (None, "delivery"):
            raise ValueError("performance_obligation `units` pass at their delivery")
        if self.others and self.standalone is None:
            raise ValueError("performance_obligation with `others` needs its own `standalone` price")
        if self.starts_on is not None and self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError(f"performance_obligation ends {self.ends_on}, before it starts {self.starts_on}")
        prices = [self.price, self.standalone, *(other.amount for other in self.others)]
        if len({money.currency for money in prices if money is not None}) > 1:
            raise ValueError("performance_obligation prices are in several currencies")
        if self.standalone is not None and self.standalone.amount <= 0:
            raise ValueError("performance_obligation `standalone` must be above zero")
        return self
