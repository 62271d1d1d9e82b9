"""Terms of duties: what is done again and again, or when something happens."""

from datetime import date, time
from typing import Literal

from pydantic import Field

from obligations.calendars.spec import Calendar, Weekday
from obligations.quantities import DurationField, Frozen
from obligations.terms.common import Clock, Per


class Reporting(Frozen):
    kind: Literal["reporting"] = "reporting"
    report: str | None = Field(default=None, description="what the contract calls the report")
    every: Per | None = None
    within: DurationField | None = Field(default=None, description="after the period or event ends")
    day: int | None = Field(default=None, ge=1, le=31, description="day of the following month")
    weekday: Weekday | None = None
    at: time | None = Field(default=None, description="hour of the due day; None = end of the day")
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    starts_on: date | None = Field(default=None, description="bound: start of the contract")
    ends_on: date | None = Field(default=None, description="bound: end of the contract")
    due: Literal["at_or_before", "before"] = "at_or_before"
