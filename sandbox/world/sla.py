"""What a service level clock shows for a ticket: the arithmetic behind the rows of `task_sla`.

Written apart from anything that judges contracts; durations are elapsed time, never wall-clock hours.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from sandbox.world.records import Schedule, SlaDefinition

Interval = tuple[datetime, datetime]
Stage = Literal["in_progress", "paused", "completed", "cancelled"]
NOTHING = timedelta(0)


@dataclass(frozen=True)
class Course:
    """What happened to a ticket, as far as clocks care: instants in order, up to `now`."""

    opened_at: datetime
    priorities: tuple[tuple[datetime, int], ...]
    responded_at: datetime | None
    resolved_at: datetime | None
    pauses: tuple[Interval, ...]
    now: datetime


@dataclass(frozen=True)
class Clock:
    """One service level on one ticket."""

    definition: SlaDefinition
    stage: Stage
    started_at: datetime
    ended_at: datetime | None
    original_breach_at: datetime
    breach_at: datetime
    elapsed: timedelta
    business_elapsed: timedelta
    paused: timedelta

    @property
    def breached(self) -> bool:
        return self.business_elapsed > self.definition.allowance


def clocks(
    course: Course, definitions: Sequence[SlaDefinition], schedules: Mapping[str, Schedule]
) -> list[Clock]:
    """The clocks that were ever attached to the ticket, in the order of `definitions`."""
    found = []
    for definition in definitions:
        span = _attached(course, definition)
        if span is not None:
            schedule = schedules[definition.schedule] if definition.schedule else None
            found.append(_clock(course, definition, schedule, span))
    return found


def open_time(schedule: Schedule | None, start: datetime, end: datetime) -> timedelta:
    """Time between two instants that lies inside the schedule; all of it without one."""
    if end <= start:
        return NOTHING
    if schedule is None:
        return end - start
    return sum((min(end, b) - max(start, a) for a, b in _windows(schedule, start, end)), NOTHING)


def due(schedule: Schedule | None, start: datetime, allowance: timedelta) -> datetime:
    """The instant at which `allowance` of open time has passed since `start`."""
    if schedule is None:
        return start + allowance
    left, horizon = allowance, start + timedelta(days=400)
    for opens, closes in _windows(schedule, start, horizon):
        opens = max(opens, start)
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise ValueError(f"schedule {schedule.name!r} holds no {allowance} after {start}")


def _windows(schedule: Schedule, start: datetime, end: datetime) -> Iterator[Interval]:
    """The open windows that touch the time between two instants, in order."""
    zone = ZoneInfo(schedule.zone)
    day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    while day <= last:
        if day.weekday() in schedule.days and day not in schedule.holidays:
            opens = datetime.combine(day, schedule.opens, zone).astimezone(UTC)
            closes = datetime.combine(day, schedule.closes, zone).astimezone(UTC)
            if opens < end and closes > start:
                yield opens, closes
        day += timedelta(days=1)


def _attached(course: Course, definition: SlaDefinition) -> Interval | None:
    """From when to when the ticket's priority was that of the definition, before its goal was reached."""
    if definition.since is not None and course.opened_at < definition.since:
        return None
    if definition.until is not None and course.opened_at >= definition.until:
        return None
    goal = course.responded_at if definition.target == "response" else course.resolved_at
    marks = [*course.priorities, (course.now, 0)]
    for (begin, priority), (end, _) in pairwise(marks):
        if priority == definition.priority and (goal is None or goal >= begin):
            return begin, end
    return None


def _clock(course: Course, definition: SlaDefinition, schedule: Schedule | None, span: Interval) -> Clock:
    goal = course.responded_at if definition.target == "response" else course.resolved_at
    changed = span[1] < course.now
    if goal is not None and goal <= span[1]:
        stage, ended = "completed", goal
    elif changed:
        stage, ended = "cancelled", span[1]
    else:
        stage, ended = "in_progress", None
    stop = ended or course.now
    pauses = [(max(a, course.opened_at), min(b, stop)) for a, b in course.pauses if a < stop]
    if stage == "in_progress" and any(b == course.now for _, b in course.pauses):
        stage = "paused"
    paused = sum((open_time(schedule, a, b) for a, b in pauses), NOTHING)
    wall = sum((b - a for a, b in pauses), NOTHING)
    return Clock(
        definition=definition,
        stage=stage,  # type: ignore[arg-type]
        started_at=course.opened_at,
        ended_at=ended,
        original_breach_at=due(schedule, course.opened_at, definition.allowance),
        breach_at=due(schedule, course.opened_at, definition.allowance + paused),
        elapsed=stop - course.opened_at - wall,
        business_elapsed=open_time(schedule, course.opened_at, stop) - paused,
        paused=wall,
    )
