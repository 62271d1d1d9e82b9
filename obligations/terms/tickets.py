"""Terms of promises on tickets: single answers, solutions and updates, and shares of many tickets."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from obligations.calendars.spec import Calendar
from obligations.calendars.versions import DatedCalendar
from obligations.facts.service import TicketStatus
from obligations.quantities import Duration, DurationField, Frozen, Percent
from obligations.terms.common import Clock, Due, Per

ReliefCause = Literal["customer", "force_majeure", "third_party", "agreed"]
Channel = Literal["phone", "email", "chat", "portal", "visit"]


class _TicketTerms(Frozen):
    """What every promise on a single ticket may state; `docs/rules/tickets.md` says what each term does."""

    priority: str | None = Field(default=None, description='"P1".."P5"; None means every ticket')
    clock: Clock | None = None
    calendar: Calendar | None = Field(default=None, description="support hours; None = not stated")
    calendar_edits: tuple[DatedCalendar, ...] = Field(
        default=(), description="later versions of the calendar, each from a day on"
    )
    edited_hours: Literal["pinned", "recomputed"] | None = Field(
        default=None,
        description="whether a running clock keeps its hours or takes the new ones; None = silent",
    )
    pauses_on: tuple[TicketStatus, ...] = ()
    pause_cap: DurationField | None = Field(
        default=None, description="a pause ends by itself after this long, counted by the same clock"
    )
    relieved_by: tuple[ReliefCause, ...] | None = Field(
        default=None, description="whose doing takes time out of the clock; None = not stated"
    )
    reopen: Literal["continue", "new_cycle"] | None = Field(
        default=None,
        description="whether a reopened ticket begins anew; None = silent: it goes on",
    )
    reopen_within: DurationField | None = Field(
        default=None, description="reopened later than this after it was resolved, it begins anew"
    )
    duplicates: Literal["left_out", "counted"] = Field(
        default="left_out", description="whether a ticket merged into another is judged by itself"
    )
    service: str | None = Field(default=None, description="only tickets of this service")
    due: Due = "at_or_before"

    @model_validator(mode="after")
    def _consistent(self) -> "_TicketTerms":
        days = [edit.from_on for edit in self.calendar_edits]
        if days and self.calendar is None:
            raise ValueError("`calendar_edits` change a calendar that is not stated in `calendar`")
        dated = [day for day in days if day is not None]
        if len(dated) < len(days) or dated != sorted(set(dated)) or date.min in dated:
            raise ValueError("`calendar_edits` must have rising, distinct `from_on` days")
        if self.reopen == "new_cycle" and self.reopen_within is not None:
            raise ValueError(
                "`reopen_within` is how long a reopened ticket goes on; with `reopen: new_cycle` none does"
            )
        if self.pause_cap is not None and not self.pauses_on:
            raise ValueError("`pause_cap` ends pauses, but `pauses_on` names no status that pauses")
        if self.pause_cap is not None and _mixed(self.pause_cap):
            raise ValueError(f"`pause_cap` of {self.pause_cap.words()}: state either days or hours")
        return self


class _ClockTerms(_TicketTerms):
    """Shared by the promises that end with one event on a ticket."""

    within: DurationField
    priority_change: Literal["from_opening", "from_change"] | None = Field(
        default=None,
        description="from when the clock of a new priority counts; None = silent: from the opening",
    )


class ResponseTime(_ClockTerms):
    kind: Literal["response_time"] = "response_time"
    automatic_counts: bool = Field(default=False, description="does an automatic reply stop the clock")
    answer_by: tuple[Channel, ...] = Field(
        default=(), description="the ways of answering that the text asks for; empty = any"
    )


class ResolutionTime(_ClockTerms):
    kind: Literal["resolution_time"] = "resolution_time"
    workaround_counts: bool = False


class UpdateTime(_TicketTerms):
    """An update every `within` while a ticket is open, or an answer to each message within that time."""

    kind: Literal["update_time"] = "update_time"
    within: DurationField | None = Field(default=None, description="None: the text leaves the figure open")
    starts: Literal["last_update", "oldest_unanswered"] | None = Field(
        default=None,
        description='last_update: "every 30 minutes while open"; oldest_unanswered: the next reply to a '
        "message of the customer; None = the text leaves it open",
    )
    automatic_counts: bool = Field(default=False, description="does an automatic message count as an update")
    internal_counts: bool = Field(default=False, description="does a note that the customer cannot see count")

    @model_validator(mode="after")
    def _some_time(self) -> "UpdateTime":
        if self.within is not None and not (self.within.in_days or self.within.seconds):
            raise ValueError("`within` is no time at all; an update is due at intervals")
        return self


Level = Annotated[ResponseTime | ResolutionTime, Field(discriminator="kind")]


class TicketShare(Frozen):
    """A share of many tickets kept in time ("95 % of P1 within 4 hours a month"), or their mean time."""

    kind: Literal["ticket_share"] = "ticket_share"
    percent: Percent | None = Field(default=None, description="None: left open, or `measure` is the mean")
    measure: Literal["share", "mean"] = Field(
        default="share", description="the share of tickets in time, or their mean time against the level's"
    )
    per: Per = "month"
    window: Literal["calendar", "contract"] = Field(
        default="calendar", description="periods of the calendar, or counted from the start of the contract"
    )
    zone: str | None = Field(default=None, description="zone of the measuring period; bound if absent")
    level: Level | None = Field(default=None, description="own or bound: what each ticket is held against")
    of: Literal["response_time", "resolution_time"] | None = Field(
        default=None,
        description="which promise it is a share of, where another clause has that",
    )
    priority: str | None = Field(default=None, description="of the promise that another clause has")
    bucket: Literal["opened", "ended"] | None = Field(
        default=None, description="a ticket counts when it was opened, or answered or resolved; None = silent"
    )
    open_at_end: Literal["awaited", "missed", "left_out"] | None = Field(
        default=None,
        description="a ticket still running when its period ends, in time so far; None = silent: awaited",
    )
    small_volume: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="with fewer tickets than this `misses_allowed` decide"
    )
    misses_allowed: Annotated[int, Field(ge=0)] = 1
    minimum_sample: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="with fewer tickets than this nothing is measured"
    )
    rounding: int | None = Field(default=None, ge=0, le=6, description="decimals the contract rounds to")
    rounds: Literal["half_up", "half_even", "down", "up"] = "half_up"

    @property
    def calendar(self) -> Calendar | None:
        """The support hours of the level, whose zone is that of the share too."""
        return self.level.calendar if self.level is not None else None

    @model_validator(mode="after")
    def _consistent(self) -> "TicketShare":
        if self.measure == "mean" and self.percent is not None:
            raise ValueError("a mean time has no `percent`; its bound is the level's `within`")
        if self.measure == "mean" and (self.small_volume is not None or self.rounding is not None):
            raise ValueError("`small_volume` and `rounding` are of a share; `measure` is the mean")
        if self.bucket == "ended" and self.open_at_end in ("missed", "left_out"):
            raise ValueError("a ticket counted when it ends is not open then: `open_at_end` has no use here")
        if self.level is not None and self.of is not None and self.level.kind != self.of:
            raise ValueError(f"it is a share of {self.of}, but the level is of {self.level.kind}")
        return self


def _mixed(length: Duration) -> bool:
    return bool(length.in_days and length.seconds)
