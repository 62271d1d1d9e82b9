"""Terms of the agreement's own life: how long it runs, renews and ends."""

from datetime import date, time
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar
from obligations.quantities import Duration, DurationField, Frozen, Money, Percent
from obligations.terms.common import Clock, Per

Channel = Literal["", "post", "registered_post", "courier", "email", "fax", "portal", "hand"]


class Term(Frozen):
    """How long the agreement runs at first: a length from a start, or a printed end (inclusive)."""

    kind: Literal["term"] = "term"
    within: DurationField | None = None
    due_on: date | None = None
    co_terminates: bool = Field(default=False, description="ends at the latest with the agreement above")
    starts_on: date | None = Field(default=None, description="bound: effective date of the contract")

    @model_validator(mode="after")
    def _some_end(self) -> Self:
        if self.within is None and self.due_on is None:
            raise ValueError("term needs `within` or `due_on`")
        if self.due_on is not None and self.starts_on is not None and self.due_on < self.starts_on:
            raise ValueError(f"term: `due_on` {self.due_on} is before `starts_on` {self.starts_on}")
        return self


class DeemedReceipt(Frozen):
    """When a notice sent by a channel counts as received: `within` after it was sent, at the latest.

    `cut_off` is the local hour after which what is sent counts as sent on the next business day. `channel`
    empty holds for every channel without an entry of its own.
    """

    channel: Channel = ""
    within: DurationField = Field(default=Duration(iso="P0D"), description="after the day it is sent")
    clock: Clock = "business"
    cut_off: time | None = None


class Giving(Frozen):
    """How a notice is given: what counts, when it counts as received, and whose business days."""

    effective: Literal["dispatch", "receipt"] | None = None
    deemed: tuple[DeemedReceipt, ...] = ()
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="business days, for rolling back")

    @model_validator(mode="after")
    def _one_for_each_channel(self) -> Self:
        channels = [rule.channel for rule in self.deemed]
        if len(set(channels)) != len(channels):
            raise ValueError("deemed: two entries for one channel")
        return self


class NoticePeriod(Giving):
    """How long before the end a notice must be given, and what the count runs to.

    `statutory` is a period that the law named in `statute` puts in place of the stated one.
    """

    within: DurationField = Field(description="at least this long before the end")
    at_most: DurationField | None = Field(default=None, description="and not earlier than this")
    counts_to: Literal["term_end", "renewal_date"] = "term_end"
    clear_days: bool = False
    statutory: DurationField | None = None
    statute: str = ""

    @model_validator(mode="after")
    def _window_opens_first(self) -> Self:
        if self.at_most is not None and _shorter(self.at_most, self.within):
            raise ValueError(f"the window closes before it opens: `at_most` {self.at_most} < {self.within}")
        return self


def _shorter(one: Duration, other: Duration) -> bool:
    """Whether a duration is surely the shorter: a month has 28 to 31 days."""
    return one.months * 31 + one.days < other.months * 28 + other.days


class Uplift(Frozen):
    """How the price rises at a renewal: by `percent`, or by the change of `index`, within `floor` and `cap`.

    The index is taken `lag` months before the month of the renewal, and as long before that as a term lasts.
    """

    percent: Annotated[Decimal, Field(ge=0)] | None = None
    index: str | None = None
    cap: Percent | None = Field(default=None, description="most, in percent of the price before")
    floor: Percent | None = Field(default=None, description="least, in percent of the price before")
    lag: int = Field(default=0, ge=0, le=24)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.percent is None) == (self.index is None):
            raise ValueError("uplift needs either `percent` or `index`")
        if self.cap is not None and self.floor is not None and self.floor > self.cap:
            raise ValueError(f"uplift: `floor` {self.floor} is above `cap` {self.cap}")
        return self


class Renewal(Frozen):
    kind: Literal["renewal"] = "renewal"
    within: DurationField | None = Field(default=None, description="length of each renewal")
    automatic: bool | None = None
    most: int | None = Field(default=None, ge=1, description="most renewals allowed")
    until: date | None = Field(default=None, description="no renewal runs beyond this day")
    uplift: Uplift | None = None
    price: Money | None = Field(default=None, description="price of the initial term")
    price_per: Per | None = None
    initial: Term | None = Field(default=None, description="bound: the initial term")
    notice: NoticePeriod | None = Field(default=None, description="bound: when a notice still stops it")

    @model_validator(mode="after")
    def _some_length(self) -> Self:
        if self.within is not None and not (self.within.months or self.within.days):
            raise ValueError(f"renewal: `within` {self.within} is no length of a term")
        return self


class RenewalNotice(NoticePeriod):
    kind: Literal["renewal_notice"] = "renewal_notice"
    initial: Term | None = Field(default=None, description="bound: the initial term")
    renewal: Renewal | None = Field(default=None, description="bound: what happens without notice")


class TerminationNotice(Giving):
    """The right to end the agreement without cause, by a notice of `within`, to the end of `to`."""

    kind: Literal["termination_notice"] = "termination_notice"
    within: DurationField | None = None
    to: Literal["any_day", "month", "quarter", "half_year", "year"] = Field(
        default="any_day", description="the agreement ends with the last day of one"
    )
    not_before: DurationField | None = Field(
        default=None, description="the agreement runs at least this long from its start"
    )
    starts_on: date | None = Field(default=None, description="bound: start of the contract")
