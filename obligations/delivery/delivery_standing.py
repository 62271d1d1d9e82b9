"""How a line of an order, or a thing delivered once, stands against its due day by one reading."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

from obligations.deadlines import Deadline
from obligations.delivery.delivery_dates import (
    ExcusedDays,
    Reliefs,
    excused_days,
    line_due_days,
    reliefs_of,
    window,
)
from obligations.delivery.order_lines import Arrival, Arrivals, Ordered, Side, arrivals
from obligations.due_days import DueDay, DueDays
from obligations.facts import Fact, Source
from obligations.model import AsOf, Obligation, Outcome
from obligations.risk import due_soon
from obligations.terms.delivery import DeliveryTime
from obligations.trail import zone_of


@dataclass(frozen=True)
class Standing:
    """One line by one reading. `opens` and `last` are the first and the last day in time, `enough` is what
    makes it full, `excused_days` are those on which the supplier was held up."""

    due: DueDay
    opens: date | None
    last: date
    required: Decimal
    enough: Decimal
    arrivals: Arrivals
    excused_days: ExcusedDays
    cancelled_on: date | None = None

    @property
    def relief(self) -> tuple[Source, ...]:
        """The records of the excused days that moved the due day."""
        moving = any(day <= self.due.on for day in self.excused_days.days)
        return self.excused_days.sources if moving else ()

    @property
    def completed_on(self) -> date | None:
        return self.arrivals.completed_on(self.enough)

    @property
    def early(self) -> tuple[Arrival, ...]:
        """What came before the window opened, unless the buyer wanted it so."""
        if self.opens is None:
            return ()
        return tuple(p for p in self.arrivals.parts if p.on < self.opens and not p.excused)

    @property
    def late(self) -> tuple[Arrival, ...]:
        """What came after the last day, up to what was still needed."""
        missing = max(self.enough - self.arrivals.by(self.last), Decimal(0))
        found: list[Arrival] = []
        for part in self.arrivals.parts:
            if part.on > self.last and missing > 0:
                found.append(part)
                missing -= part.quantity
        return tuple(found)

    @property
    def in_time(self) -> Decimal:
        """The quantity that came within the window, capped at what was required."""
        early = sum((p.quantity for p in self.early), Decimal(0))
        return min(self.arrivals.by(self.last) - early, self.required)

    @property
    def received(self) -> Decimal:
        """All that came, capped at what was required: too much is no more than in full."""
        return min(self.arrivals.total, self.required)

    @property
    def excused(self) -> bool:
        """Complete after its day, and every late part by a cause that is not the supplier's."""
        return self.completed_on is not None and bool(self.late) and all(p.excused for p in self.late)

    @property
    def void(self) -> bool:
        """Nothing was owed: cancelled by the buyer, all of it or the order before the day was over."""
        return self.required <= 0 or (self.cancelled_on is not None and self.cancelled_on <= self.last)

    def outcome(self, now: datetime, zone: tzinfo) -> Outcome:
        done = self.completed_on
        if self.void:
            return Outcome.NOT_APPLICABLE
        if self.early:
            return Outcome.BREACHED
        if done is not None and done <= self.last:
            return Outcome.MET
        if done is not None:
            return Outcome.NOT_APPLICABLE if self.excused else Outcome.BREACHED
        deadline = Deadline(self.last, zone)
        if deadline.passed(now):
            return Outcome.BREACHED
        return Outcome.AT_RISK if due_soon(now, deadline.instant) else Outcome.PENDING


@dataclass(frozen=True)
class Judge:
    """What all lines under one promise share."""

    obligation: Obligation
    terms: DeliveryTime
    reliefs: Reliefs
    now: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def due_days(self, ordered: Ordered) -> DueDays:
        return line_due_days(self.terms, ordered.order, ordered.line)

    def line(self, ordered: Ordered, side: Side) -> Standing | None:
        """How a line stands; None where its due day is not known."""
        due_days = self.due_days(ordered)
        if not due_days.days:
            return None
        names = (ordered.order.number, ordered.line.item)
        cancelled = ordered.order.cancelled_on
        due, excused = self.due(due_days, side, ordered.order.ordered_on, names)
        return self.standing(
            (due, excused),
            ordered.required(side),
            arrivals(ordered, self.terms, side, (due.on, self.today), self.zone),
            cancelled if cancelled is not None and cancelled <= self.today else None,
        )

    def due(
        self, days: DueDays, side: Side, start: date | None, names: Sequence[str]
    ) -> tuple[DueDay, ExcusedDays]:
        """The due day of a reading, as excused days after `start` move it, and those days."""
        due = days.chosen(side.strict)
        own = (self.terms.item or "", self.terms.name or "", self.obligation.key)
        span = (start, self.today)
        excused = excused_days(self.reliefs, (*names, *own), span, side.strict, self.zone)
        on = excused.moved(due.on, start)
        if on == due.on:
            return due, excused
        moved = (on - due.on).days
        return DueDay(on, f"{due.reading}, moved by {moved} excused from {due.on}"), excused

    def standing(
        self,
        due: tuple[DueDay, ExcusedDays],
        required: Decimal,
        arrived: Arrivals,
        cancelled_on: date | None = None,
    ) -> Standing:
        opens, last = window(self.terms, due[0].on)
        enough = required * (100 - (self.terms.tolerance or Decimal(0))) / 100
        return Standing(due[0], opens, last, required, enough, arrived, due[1], cancelled_on)


def judge_of(obligation: Obligation, terms: DeliveryTime, facts: Sequence[Fact], at: AsOf) -> Judge:
    reliefs = reliefs_of(obligation, terms.excuses, facts, at)
    return Judge(obligation, terms, reliefs, at.as_of, zone_of(obligation, terms, at))
