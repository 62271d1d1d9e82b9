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
        if self.amount is not None and self.currency is None:
            raise ValueError("milestone_payment with an `amount` needs its `currency`")
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
