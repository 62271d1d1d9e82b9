"""What a question asks for, as data: the plan that every later step follows.

The embedded planner and a language model produce the same `Plan`; nothing in it is an answer.
"""

from datetime import date, datetime
from typing import Literal

from pydantic import AwareDatetime, Field, model_validator

from obligations.quantities import Frozen

Intent = Literal[
    "status",
    "reason",
    "money",
    "date",
    "wording",
    "list",
    "count",
    "compare",
    "timeline",
    "help",
    "out_of_scope",
]
Owed = Literal["to_us", "by_us", "any"]
"""Whose promise: the counterparty's (`to_us`), our own (`by_us`), or both."""

Role = Literal["vendor", "customer", "any"]
Items = Literal["party", "contract", "record", "promise"]
"""What a list has one row or one count for."""


CONTRACT_KINDS = frozenset({"term", "renewal", "renewal_notice"})
"""Kinds that are dates of the contract, not promises that are kept or breached."""


class Window(Frozen):
    """The days a question is about, both ends included; None is an open end.

    `key` is the occurrence key the period has when it is what a report or credit covers ("2026-10",
    "2026-Q3"); `assumed` marks a window that the question did not state.
    """

    start: date | None
    end: date | None
    label: str
    key: str = ""
    assumed: bool = False

    @model_validator(mode="after")
    def _ordered(self) -> "Window":
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"period ends on {self.end}, before its start {self.start}")
        return self

    def holds(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)


class Plan(Frozen):
    """One question, understood.

    `names` are parties or contracts as the question says them; `parties` and `contracts` are our ids
    once resolved. `records` are ticket, invoice or other record numbers. `covers` says that the window
    is the period a report, invoice or credit is for, not the days on which it fell due. `topic` is what
    to look for in contract text. `unknown` are words that no step understood. `judged_at` is an instant
    the question names ("as of 1 November"). `why_not` says why an out-of-scope question is one.
    """

    intent: Intent
    names: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    records: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = Field(
        default=(), description='outcomes asked for; "unbreached" asks for parties that breached nothing'
    )
    owed: Owed = "any"
    role: Role = "any"
    items: Items = "promise"
    windows: tuple[Window, ...] = Field(min_length=1)
    covers: bool = False
    upcoming: bool = False
    asks_due: bool = Field(default=False, description="asks by when something is or was to be done")
    undone: bool = Field(default=False, description="only what has not been done yet: missing, unpaid")
    yes_no: Literal["breach", "kept", "done", "any", "renews", ""] = Field(
        default="", description="for a yes-or-no question: what a yes would claim"
    )
    topic: str = ""
    every_promise: bool = Field(default=False, description="all that was promised, of whatever kind")
    sections: tuple[str, ...] = Field(default=(), description='numbers of clauses asked for, "5.2"')
    unknown: tuple[str, ...] = ()
    judged_at: AwareDatetime | None = None
    follow_up: bool = False
    refers_back: bool = Field(default=False, description="says 'it' or 'they' and names nobody")
    focus: tuple[str, ...] = Field(default=(), description="assessments the thread's last answer showed")
    notes: tuple[str, ...] = Field(default=(), description="assumptions made while understanding")
    why_not: str = ""

    @property
    def window(self) -> Window:
        """The one window, or the hull of several."""
        if len(self.windows) == 1:
            return self.windows[0]
        starts = [w.start for w in self.windows]
        ends = [w.end for w in self.windows]
        return Window(
            start=None if None in starts else min(d for d in starts if d),
            end=None if None in ends else max(d for d in ends if d),
            label=" and ".join(w.label for w in self.windows),
            assumed=all(w.assumed for w in self.windows),
        )

    @property
    def has_subject(self) -> bool:
        return bool(self.names or self.parties or self.contracts or self.records or self.services)


def default_window(as_of: datetime) -> Window:
    """From the first day of the previous full month through the day of `as_of`."""
    today = as_of.date()
    first = today.replace(day=1)
    before = (
        first.replace(year=first.year - 1, month=12)
        if first.month == 1
        else first.replace(month=first.month - 1)
    )
    return Window(start=before, end=today, label="", assumed=True)
