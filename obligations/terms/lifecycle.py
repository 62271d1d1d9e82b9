"""Terms of the agreement's own life: how long it runs, renews and ends."""

from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar
from obligations.quantities import DurationField, Frozen
from obligations.terms.common import Clock


class Term(Frozen):
    """How long the agreement runs at first: a length from a start, or a printed end (inclusive)."""

    kind: Literal["term"] = "term"
    within: DurationField | None = None
    due_on: date | None = None
    starts_on: date | None = Field(default=None, description="bound: effective date of the contract")

    @model_validator(mode="after")
    def _some_end(self) -> "Term":
        if self.within is None and self.due_on is None:
            raise ValueError("term needs `within` or `due_on`")
        return self


class NoticePeriod(Frozen):
    """How long before the end a notice must be given, and what the count runs to."""

    within: DurationField = Field(description="at least this long before the end")
    at_most: DurationField | None = Field(default=None, description="and not earlier than this")
    counts_to: Literal["term_end", "renewal_date"] = "term_end"
    clear_days: bool = False
    effective: Literal["dispatch", "receipt"] | None = None
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="business days, for rolling back")


class Renewal(Frozen):
    kind: Literal["renewal"] = "renewal"
    within: DurationField | None = Field(default=None, description="length of each renewal")
    automatic: bool | None = None
    most: int | None = Field(default=None, ge=1, description="most renewals allowed")
    initial: Term | None = Field(default=None, description="bound: the initial term")
    notice: NoticePeriod | None = Field(default=None, description="bound: when a notice still stops it")


class RenewalNotice(NoticePeriod):
    kind: Literal["renewal_notice"] = "renewal_notice"
    initial: Term | None = Field(default=None, description="bound: the initial term")
    renewal: Renewal | None = Field(default=None, description="bound: what happens without notice")
