"""Measuring periods of a recurring promise, split where its terms change in the middle of one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from obligations.model import DatedTerms, Obligation
from obligations.periods import RECURRING, Period, containing
from obligations.terms import Per

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Segment:
    """The days `start` to `end` of a period, under one set of terms. `key` and `words` name it; `split`
    is true where other terms hold in another part of the same period."""

    period: Period
    start: date
    end: date
    dated: DatedTerms
    split: bool = False

    @property
    def key(self) -> str:
        return f"{self.period.label}/{self.start.isoformat()}" if self.split else self.period.label

    @property
    def words(self) -> str:
        if self.start == self.period.start and self.end == self.period.end:
            return self.period.words
        return f"{self.period.words} ({self.start.isoformat()} to {self.end.isoformat()})"


def segments(
    obligation: Obligation, per: Callable[[DatedTerms], Per], first: date, last: date
) -> tuple[Segment, ...]:
    """The segments that begin from `first` to `last`, within the days the contract runs.

    `per` tells the cadence of dated terms; terms without one that recurs have no segments.
    """
    day = max(first, obligation.starts_on or first)
    until = min(last, obligation.ends_on or last)
    found: list[Segment] = []
    while day <= until:
        dated = obligation.in_force(day)
        change = _next_change(obligation, day, dated)
        if dated is None or per(dated) not in RECURRING:
            if change is None:
                break
            day = change
            continue
        period = containing(per(dated), day)
        end = min(period.end, obligation.ends_on or period.end, change - _DAY if change else period.end)
        found.append(Segment(period, day, end, dated))
        day = end + _DAY
    labels = [segment.period.label for segment in found]
    return tuple(
        Segment(s.period, s.start, s.end, s.dated, split=labels.count(s.period.label) > 1) for s in found
    )


def first_observed(
    per: Per, observed_from: date | None, earliest_record: date | None, today: date, starts_on: date | None
) -> date:
    """The day from which periods are assessed.

    With `observed_from` it is the first period that lies wholly after it, or the start of a contract that
    began later; without it the period of the earliest record; without records the last whole period.
    """
    if observed_from is not None:
        if starts_on is not None and starts_on >= observed_from:
            return starts_on
        period = containing(per, observed_from)
        return observed_from if observed_from == period.start else period.end + _DAY
    if earliest_record is not None:
        return containing(per, earliest_record).start
    return containing(per, containing(per, today).start - _DAY).start


def _next_change(obligation: Obligation, day: date, dated: DatedTerms | None) -> date | None:
    """The next day on which other terms than `dated` come into force."""
    for later in obligation.terms:
        if later.from_on is not None and later.from_on > day and (not dated or later.terms != dated.terms):
            return later.from_on
    return None
