"""Measuring periods of a recurring promise, split where its terms change in the middle of one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from obligations.model import DatedTerms, Obligation
from obligations.periods import RECURRING, Period, anchored, containing, midnight_of
from obligations.terms import Per

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Segment:
    """The days `start` to `end` of a period, under one set of terms. `key` and `words` name it; `split`
    is true where other terms hold in another part of the same period. `reaches` is the first day of the
    first segment: what a window that looks back may rest on."""

    period: Period
    start: date
    end: date
    dated: DatedTerms
    split: bool = False
    reaches: date | None = None

    @property
    def key(self) -> str:
        return f"{self.period.label}/{self.start.isoformat()}" if self.split else self.period.label

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Its first instant and the first after it, in UTC, by the clocks of `zone`."""
        return midnight_of(self.start, zone), midnight_of(self.end + _DAY, zone)

    @property
    def words(self) -> str:
        if self.start == self.period.start and self.end == self.period.end:
            return self.period.words
        return f"{self.period.words} ({self.start.isoformat()} to {self.end.isoformat()})"


def segments(
    obligation: Obligation,
    per: Callable[[DatedTerms], Per],
    first: date,
    last: date,
    anchor: Callable[[DatedTerms], date | None] | None = None,
) -> tuple[Segment, ...]:
    """The segments that begin from `first` to `last`, within the days the contract runs.

    `per` tells the cadence of dated terms; terms without one that recurs have no segments. `anchor` tells the
    day from which periods are counted, where they are not those of the calendar.
    """
    day = max(first, obligation.starts_on or first)
    until = min(last, obligation.ends_on or last)
    reaches = day
    found: list[Segment] = []
    while day <= until:
        dated = obligation.in_force(day)
        change = _next_change(obligation, day, dated)
        if dated is None or per(dated) not in RECURRING:
            if change is None:
                break
            day = change
            continue
        counted_from = anchor(dated) if anchor else None
        period = anchored(per(dated), counted_from, day) if counted_from else containing(per(dated), day)
        end = min(period.end, obligation.ends_on or period.end, change - _DAY if change else period.end)
        found.append(Segment(period, day, end, dated))
        day = end + _DAY
    labels = [segment.period.label for segment in found]
    return tuple(
        Segment(s.period, s.start, s.end, s.dated, labels.count(s.period.label) > 1, reaches) for s in found
    )


def first_observed(
    per: Per,
    observed_from: date | None,
    earliest_record: date | None,
    today: date,
    starts_on: date | None,
    anchor: date | None = None,
) -> date:
    """The day from which periods are assessed.

    With `observed_from` it is the first period that lies wholly after it, or the start of a contract that
    began later; without it the period of the earliest record; without records the last whole period.
    Periods are counted from `anchor` where one is given.
    """

    def period_of(day: date) -> Period:
        return anchored(per, anchor, day) if anchor is not None else containing(per, day)

    if observed_from is not None:
        if starts_on is not None and starts_on >= observed_from:
            return starts_on
        period = period_of(observed_from)
        return observed_from if observed_from == period.start else period.end + _DAY
    if earliest_record is not None:
        return period_of(earliest_record).start
    return period_of(period_of(today).start - _DAY).start


def _next_change(obligation: Obligation, day: date, dated: DatedTerms | None) -> date | None:
    """The next day on which other terms than `dated` come into force."""
    for later in obligation.terms:
        if later.from_on is not None and later.from_on > day and _differ(dated, later):
            return later.from_on
    return None


def _differ(dated: DatedTerms | None, later: DatedTerms) -> bool:
    return dated is None or later.deleted or later.terms != dated.terms
