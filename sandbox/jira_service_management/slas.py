"""The service level clocks of a request: cycles of `Time to first response` and `Time to resolution`.

A first response is the first public comment of somebody who works the desk; waiting for the customer or a
third party pauses the resolution's clock, a reopened request begins a new cycle. A goal follows the priority.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.jira_service_management.records import AUTOMATION, OPENING_STATUS, Goal, Issue, site
from sandbox.world.records import Schedule
from sandbox.world.sla import due, open_time

METRICS = {"first response": ("1", "Time to first response"), "resolution": ("2", "Time to resolution")}
PAUSED = ("Waiting for customer", "Pending")
ENDED = ("Resolved", "Closed", "Canceled")
MINUTE = timedelta(minutes=1)
Span = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class Cycle:
    started_at: datetime
    stopped_at: datetime | None
    breach_at: datetime | None
    goal: timedelta
    elapsed: timedelta
    paused: bool
    within_hours: bool

    @property
    def remaining(self) -> timedelta:
        return self.goal - self.elapsed

    @property
    def breached(self) -> bool:
        return self.elapsed > self.goal


def cycles(issue: Issue, metric: str, now: datetime) -> list[Cycle]:
    """The cycles of one metric so far, oldest first; only the last can still run."""
    goal = next((g for g in site().goals if g.desk == issue.project and g.metric == metric), None)
    if goal is None:
        return []
    if metric == "first response":
        spans = [[(issue.created_at, _answered_at(issue, now))]]
    else:
        spans = _working(issue, now)
    return [_cycle(issue, goal, parts, now) for parts in spans]


def _answered_at(issue: Issue, now: datetime) -> datetime | None:
    for comment in sorted(issue.comments, key=lambda comment: comment.at):
        heard = comment.at <= now and comment.public and comment.by not in (AUTOMATION, issue.creator)
        if heard and site().is_agent(comment.by, issue.project):
            return comment.at
    return next((at for at, status in _statuses(issue, now) if status in ENDED), None)


def _statuses(issue: Issue, now: datetime) -> list[tuple[datetime, str]]:
    changes = [change for change in issue.seen(now) if "status" in change.fields]
    return [(issue.created_at, OPENING_STATUS), *((c.at, str(c.fields["status"])) for c in changes)]


def _working(issue: Issue, now: datetime) -> list[list[Span]]:
    """For each cycle the spans in which its clock ran; an empty span keeps where a pause stands."""
    rounds: list[list[Span]] = []
    state = "ended"
    for at, status in _statuses(issue, now):
        new = "ended" if status in ENDED else "paused" if status in PAUSED else "running"
        if state == "ended" and new != "ended":
            rounds.append([])
        if state == "running" and new != "running":
            rounds[-1][-1] = (rounds[-1][-1][0], at)
        if new == "running" and state != "running":
            rounds[-1].append((at, None))
        if new == "paused" and state == "ended":
            rounds[-1].append((at, at))
        if new == "ended" and state == "paused":
            rounds[-1].append((at, at))
        state = new
    return rounds


def _cycle(issue: Issue, goal: Goal, spans: list[Span], now: datetime) -> Cycle:
    last = spans[-1][1]
    paused = last is not None and _statuses(issue, now)[-1][1] in PAUSED and last == _pause_start(issue, now)
    stopped = None if paused else last
    schedule = site().schedules[goal.schedule] if goal.schedule else None
    priority = int(str(issue.fields(stopped or now)["priority"]))
    allowed = timedelta(seconds=int(goal.hours[priority] * 3600))
    elapsed = sum((open_time(schedule, a, b or now) for a, b in spans), timedelta(0))
    return Cycle(
        started_at=spans[0][0],
        stopped_at=stopped,
        breach_at=None if paused else _breach(schedule, spans, allowed),
        goal=allowed,
        elapsed=elapsed,
        paused=paused,
        within_hours=open_time(schedule, now, now + MINUTE) == MINUTE,
    )


def _pause_start(issue: Issue, now: datetime) -> datetime | None:
    """Since when the clock has been standing, None where it runs."""
    since: datetime | None = None
    for at, status in _statuses(issue, now):
        since = (since or at) if status in PAUSED else None
    return since


def _breach(schedule: Schedule | None, spans: list[Span], allowed: timedelta) -> datetime:
    """When the goal is or would be missed, on the clock that ran in `spans`."""
    left = allowed
    for begin, end in spans:
        used = open_time(schedule, begin, end) if end is not None else left
        if end is None or used >= left:
            return due(schedule, begin, left)
        left -= used
    return due(schedule, spans[-1][1] or spans[-1][0], left)
