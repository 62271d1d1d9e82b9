"""Typed terms, one class per kind. A term the contract does not state is None, never a default guess.

Names and values follow the labelling guide of the scorers (`within`, `priority`, `clock`, `percent`,
`per`, `every`, `starts`, …). A rule may read only its own kind's class. Terms marked "bound" are not
read in the clause itself: `cascade` copies them from the clauses they hang on.
"""

from datetime import date, time
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar, Weekday
from obligations.facts import TicketStatus
from obligations.quantities import DurationField, Frozen, Money, Percent

Per = Literal["day", "week", "month", "quarter", "half_year", "year", "once", "event", "request"]
Clock = Literal["calendar", "business"]


class _ClockTerms(Frozen):
    """Shared by the promises that run on a ticket's clock."""

    within: DurationField
    priority: str | None = Field(default=None, description='"P1".."P5"; None means every ticket')
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="support hours; None = not stated")
    pauses_on: tuple[TicketStatus, ...] = ()
    service: str | None = Field(default=None, description="only tickets of this service")
    due: Literal["at_or_before", "before"] = "at_or_before"


class ResponseTime(_ClockTerms):
    kind: Literal["response_time"] = "response_time"
    automatic_counts: bool = Field(default=False, description="does an automatic reply stop the clock")


class ResolutionTime(_ClockTerms):
    kind: Literal["resolution_time"] = "resolution_time"
    workaround_counts: bool = False


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


Terms = Annotated[
    ResponseTime
    | ResolutionTime
    | Availability
    | ServiceCredit
    | PaymentDue
    | Reporting
    | Term
    | Renewal
    | RenewalNotice,
    Field(discriminator="kind"),
]

KINDS: tuple[str, ...] = (
    "response_time",
    "resolution_time",
    "availability",
    "service_credit",
    "payment_due",
    "reporting",
    "term",
    "renewal",
    "renewal_notice",
)
