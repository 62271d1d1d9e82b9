"""Terms of paying and of prices."""

from typing import Literal

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar
from obligations.quantities import DurationField, Frozen
from obligations.terms.common import Clock

Starts = Literal[
    "invoice_date",
    "invoice_receipt",
    "period_end",
    "delivery",
    "signature",
    "termination",
    "notice",
    "other",
]


class PaymentDue(Frozen):
    kind: Literal["payment_due"] = "payment_due"
    within: DurationField | None = None
    day: int | None = Field(default=None, ge=1, le=31, description="day of the following month")
    cut_off: int | None = Field(
        default=None, ge=1, le=31, description="with `day`: what starts after this day is of the next month"
    )
    starts: Starts | None = None
    clock: Clock | None = None
    end_of_month: Literal["end_then_days", "days_then_end", "unclear"] | None = None
    roll: Literal["following", "preceding", "modified_following"] | None = Field(
        default=None, description="where a due date on a closed day moves; None = does not move"
    )
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    due: Literal["at_or_before", "before"] = "at_or_before"

    @model_validator(mode="after")
    def _some_due(self) -> "PaymentDue":
        if self.within is None and self.day is None:
            raise ValueError("payment_due needs `within` or `day`")
        return self
