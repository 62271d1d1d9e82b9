"""Terms of duties: what is done again and again, or when something happens."""

from datetime import date, time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar, Weekday
from obligations.quantities import DurationField, Frozen
from obligations.terms.common import Clock, Due, Per

Cadence = Literal["day", "week", "month", "quarter", "half_year", "year"]
_MONTHS_IN = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


class FiscalYear(Frozen):
    """A business year that is not the calendar's.

    It begins on the first of the month `starts`. With `weeks` it has 52 or 53 whole weeks instead and ends on
    the last weekday `ends_on` of the month before `starts`, or on the one `nearest` to that month's end; a
    53rd week belongs to its last month.
    """

    starts: int = Field(default=1, ge=1, le=12)
    weeks: Literal["4-4-5", "4-5-4", "5-4-4"] | None = None
    ends_on: Weekday = "sat"
    ends: Literal["last", "nearest"] = "last"
    named_by: Literal["start", "end"] = Field(default="end", description="the calendar year that names it")


class Recurrence(Frozen):
    """The days on which something is due again and again.

    At most one of these picks the days of a period: `day` of a month (31 of a short month is its last;
    negative: from the end), `nth` of `weekdays`, `business_day` (negative: from the end), or `within` after
    the end of the period. Without one the day of `starts_on` recurs, or with `every: week` the `weekdays`.
    """

    every: Cadence
    interval: int = Field(default=1, ge=1, description="every second week, every third month")
    starts_on: date | None = Field(default=None, description="counted from; bound: start of the contract")
    day: Annotated[int, Field(ge=-31, le=31)] | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = Field(
        default=None, description="the month of the quarter, half-year or year, 1 its first"
    )
    weekdays: tuple[Weekday, ...] = ()
    nth: Annotated[int, Field(ge=-5, le=5)] | None = Field(default=None, description="second Tuesday: 2")
    business_day: Annotated[int, Field(ge=-66, le=66)] | None = None
    within: DurationField | None = Field(default=None, description="after the end of the period")
    clock: Clock | None = Field(default=None, description="what the days of `within` are")
    roll: Literal["following", "preceding", "modified_following"] | None = None
    fiscal: FiscalYear | None = None
    until: date | None = Field(default=None, description="last day on which it may fall, before rolling")
    count: Annotated[int, Field(ge=1)] | None = Field(default=None, description="how often in all")
    except_on: tuple[date, ...] = Field(default=(), description="days left out; they count as one of `count`")
    also_on: tuple[date, ...] = ()

    @model_validator(mode="after")
    def _one_rule(self) -> "Recurrence":
        named = [n for n in ("day", "nth", "business_day", "within") if getattr(self, n) is not None]
        if len(named) > 1:
            raise ValueError(f"{named[0]} and {named[1]} both pick the day; state one of them")
        if named and named != ["within"] and self.every in ("day", "week"):
            raise ValueError(f"{named[0]} picks a day of a month or longer, not of a {self.every}")
        if 0 in (self.day, self.nth, self.business_day):
            raise ValueError("day, nth and business_day count from 1, or from -1 at the end")
        if (self.nth is not None) != bool(self.weekdays and self.every != "week"):
            raise ValueError("nth needs weekdays, and weekdays of a month or longer need nth")
        if self.until is not None and self.count is not None:
            raise ValueError("until and count both end the series; state one of them")
        if self.until is not None and self.starts_on is not None and self.until < self.starts_on:
            raise ValueError(f"until {self.until} is before starts_on {self.starts_on}")
        return self

    @model_validator(mode="after")
    def _month_of_a_longer_period(self) -> "Recurrence":
        length = _MONTHS_IN.get(self.every, 0)
        if self.month is not None and not 1 < length >= self.month:
            raise ValueError(f"a {self.every} has no month {self.month} of its own")
        if self.month is not None and not (self.day or self.nth or self.business_day):
            raise ValueError("month needs the day in it: day, nth or business_day")
        if length > 1 and self.month is None and self.day not in (None, -1):
            raise ValueError(f"day {self.day} of which month of the {self.every}? state month")
        return self


class Trigger(Frozen):
    """What sets a duty off: an event by its name, a notice by its effect or subject, or another duty done.

    With `by: notice` the clock starts on receipt where `counts_from` says so.
    """

    by: Literal["event", "notice", "deed"] = "event"
    name: str = Field(default="", description="name of the event, subject of the notice, the duty done")
    effect: str | None = Field(default=None, description="effect of the notice, such as audit or breach")
    counts_from: Literal["dispatch", "receipt"] | None = None
    sent_by: Literal["debtor", "creditor"] | None = Field(default=None, description="whose notice")

    @model_validator(mode="after")
    def _named(self) -> "Trigger":
        if not self.name and not (self.by == "notice" and self.effect):
            raise ValueError("a trigger needs the name of the event, notice or duty")
        return self


class Duty(Frozen):
    """Something to be done, or with the modality prohibition left undone. See `docs/rules/duties.md`."""

    kind: Literal["duty"] = "duty"
    what: str | None = Field(default=None, description="what is to be done, or must not happen")
    every: Per | None = None
    recurrence: Recurrence | None = None
    trigger: Trigger | None = None
    due_on: date | None = Field(default=None, description="once, by this day")
    within: DurationField | None = Field(default=None, description="after the trigger, period or start")
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    at: time | None = None
    due: Due = "at_or_before"
    early: DurationField | None = Field(default=None, description="not earlier than this before it is due")
    after: tuple[str, ...] = Field(default=(), description="conditions precedent: events that come first")
    only_if: str | None = Field(default=None, description="event without which it is not owed this time")
    unless: str | None = Field(default=None, description="event that lifts it this time")
    material: bool = Field(default=False, description="only what is material sets it off or breaches it")
    evidence: str | None = Field(default=None, description="what must prove that it was done")
    shared: bool = Field(default=False, description="owed by both sides: a deed of either counts")
    except_for: str | None = Field(default=None, description="who or what the text leaves out")
    survives: DurationField | None = Field(default=None, description="goes on after the contract ends")
    survives_for_good: bool = False

    @model_validator(mode="after")
    def _one_schedule(self) -> "Duty":
        stated = [n for n in ("recurrence", "trigger", "due_on") if getattr(self, n) is not None]
        if len(stated) > 1:
            raise ValueError(f"{stated[0]} and {stated[1]} both say when it is due; state one of them")
        if self.recurrence is not None and self.every not in (None, self.recurrence.every):
            raise ValueError(f"every {self.every} and a recurrence every {self.recurrence.every} contradict")
        if self.trigger is not None and self.every not in (None, "once", "event", "request"):
            raise ValueError(f"every {self.every} and trigger both say when it is due; state one of them")
        if self.due_on is not None and self.every not in (None, "once"):
            raise ValueError(f"every {self.every} and due_on both say when it is due; state one of them")
        if self.survives is not None and self.survives_for_good:
            raise ValueError("survives for a time and for good contradict")
        return self


class Reporting(Frozen):
    kind: Literal["reporting"] = "reporting"
    report: str | None = Field(default=None, description="what the contract calls the report")
    every: Per | None = None
    within: DurationField | None = Field(default=None, description="after the period or event ends")
    day: int | None = Field(default=None, ge=1, le=31, description="day of the following month")
    weekday: Weekday | None = None
    fiscal: FiscalYear | None = Field(default=None, description="periods of a business year")
    trigger: Trigger | None = Field(default=None, description="the event or request it is on")
    until: date | None = Field(default=None, description="last day on which a period can begin")
    at: time | None = Field(default=None, description="hour of the due day; None = end of the day")
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    starts_on: date | None = Field(default=None, description="bound: start of the contract")
    ends_on: date | None = Field(default=None, description="bound: end of the contract")
    due: Literal["at_or_before", "before"] = "at_or_before"

    @model_validator(mode="after")
    def _trigger_or_period(self) -> "Reporting":
        if self.trigger is not None and self.every not in (None, "event", "request"):
            raise ValueError(f"a report every {self.every} has no trigger; state every: event or request")
        if self.fiscal is not None and self.every not in _MONTHS_IN:
            raise ValueError(f"a business year has no {self.every} of its own")
        return self


class AuditRight(Frozen):
    """The creditor may inspect, the debtor must let it. `notice` is how long before it must be announced."""

    kind: Literal["audit_right"] = "audit_right"
    what: str | None = Field(default=None, description="what may be inspected")
    notice: DurationField | None = None
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    every: Per | None = Field(default=None, description="not more often than so many `times` in each")
    times: int = Field(default=1, ge=1)
    counts_from: Literal["dispatch", "receipt"] | None = None
    survives: DurationField | None = Field(default=None, description="goes on after the contract ends")


class Retention(Frozen):
    """Records are kept for a time. `starts` says from when it counts for each record."""

    kind: Literal["retention"] = "retention"
    records: str | None = Field(default=None, description="what is kept")
    within: DurationField | None = Field(default=None, description="how long")
    starts: Literal["creation", "year_end", "contract_end"] | None = Field(
        default=None, description="the day it was made, the end of that year, the end of the contract"
    )
    destroy_within: DurationField | None = Field(
        default=None, description="must be destroyed so long after it may be"
    )


class CurePeriod(Frozen):
    """Time to mend a breach after notice, before the other side may terminate."""

    kind: Literal["cure_period"] = "cure_period"
    within: DurationField | None = None
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="business days; bound if absent")
    counts_from: Literal["dispatch", "receipt"] | None = None
    breach: str | None = Field(default=None, description="the breach it is for (non-payment); None: any")
    except_for: str | None = Field(default=None, description="breaches with a time of their own")
    due: Due = "at_or_before"
