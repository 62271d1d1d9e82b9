"""The search's quick arithmetic: how long each clock ran, in minutes of the product's open time."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.incident_policy.log import Incident, Update
from benchmarks.incident_policy.policy import PRIORITIES, Hours, Judged, Policy, Stop
from obligations.calendars import compile as compile_calendar
from obligations.intervals import Interval, clipped, merged

FIRST, LAST = date(2016, 1, 1), date(2017, 6, 30)
"""The years that the log covers."""

ENDED: dict[Stop, frozenset[str]] = {
    "resolved": frozenset({"Resolved", "Closed"}),
    "resolved_at": frozenset({"Resolved", "Closed"}),
    "closed": frozenset({"Closed"}),
    "closed_at": frozenset({"Closed"}),
}
_MINUTE = timedelta(minutes=1)


class Span(NamedTuple):
    """A priority and the time for which it is judged; instants in UTC."""

    priority: str
    start: datetime
    end: datetime
    pauses: tuple[Interval, ...]


Spans = tuple[Span, ...]
"""What one incident is judged by: it makes its SLA if every span is within the limit of its priority. No
span at all: its clock never stopped."""

Ran = tuple[tuple[str, int], ...]
"""The same in numbers: priority and minutes."""


class Stopwatch:
    """Runs policies over incidents; what does not depend on the hours is worked out once."""

    def __init__(self, incidents: Sequence[Incident]) -> None:
        self.incidents = incidents
        self.made = [incident.made for incident in incidents]
        self._spans: dict[tuple[object, ...], list[Spans]] = {}

    def run(self, policy: Policy) -> list[Ran]:
        """For each incident the minutes on its clock."""
        clocks = {priority: _counter(policy.hours_of(priority)) for priority in PRIORITIES}
        return [tuple((span[0], clocks[span[0]](span)) for span in spans) for spans in self.spans(policy)]

    def spans(self, policy: Policy) -> list[Spans]:
        key = (policy.start, policy.stop, policy.pauses, policy.judged, policy.log_zone)
        if key not in self._spans:
            self._spans[key] = [spans_of(incident, policy) for incident in self.incidents]
        return self._spans[key]


def _counter(hours: Hours) -> Callable[[Span], int]:
    calendar = hours.calendar()
    elapsed = compile_calendar(calendar, FIRST, LAST).elapsed if calendar else _wall

    def count(span: Span) -> int:
        run = elapsed(span[1], span[2])
        for start, end in span[3]:
            run -= elapsed(start, end)
        return run // _MINUTE

    return count


def _wall(start: datetime, end: datetime) -> timedelta:
    return end - start


def spans_of(incident: Incident, policy: Policy) -> Spans:
    """The spans of an incident under a policy. Reopened, its last end counts, and the time it stood ended
    before does not: so the product's clock has it."""
    updates = incident.updates
    start = _start(incident, policy)
    end = _end(incident, policy)
    if end is None:
        return ()
    zone = ZoneInfo(policy.log_zone)
    still = {*policy.pauses, *ENDED[policy.stop]}
    stood = merged(
        (max(a.at, start), b.at) for a, b in pairwise(updates) if a.state in still and b.at > max(a.at, start)
    )

    def span(priority: str, until: datetime) -> Span:
        until = max(until, start)
        pauses = tuple((_utc(a, zone), _utc(b, zone)) for a, b in clipped(stood, start, until))
        return Span(priority, _utc(start, zone), _utc(until, zone), pauses)

    judged = _judged(updates, policy.judged, end)
    return tuple(span(priority, until) for priority, until in judged)


def _start(incident: Incident, policy: Policy) -> datetime:
    first = incident.updates[0].at
    if policy.start == "first_update":
        return first
    return incident.opened_at if policy.start == "opened_at" else incident.created_at or first


def _end(incident: Incident, policy: Policy) -> datetime | None:
    """The start of the last unbroken run of ended states, or the field that states it where it fits."""
    began: datetime | None = None
    last_open = incident.opened_at
    for update in incident.updates:
        if update.state in ENDED[policy.stop]:
            began = began or update.at
        else:
            began, last_open = None, update.at
    stated = {"resolved_at": incident.resolved_at, "closed_at": incident.closed_at}.get(policy.stop)
    if began is not None and stated is not None and last_open <= stated <= incident.updates[-1].at:
        return stated
    return began


def _judged(updates: Sequence[Update], how: Judged, end: datetime) -> list[tuple[str, datetime]]:
    """The priorities that an incident is judged by, and until when each."""
    if how == "first":
        return [(updates[0].priority, end)]
    if how == "most_urgent":
        return [(min(update.priority for update in updates), end)]
    last = updates[0].priority
    for update in updates:
        if update.at <= end:
            last = update.priority
    left = [
        (a.priority, b.at) for a, b in pairwise(updates) if a.priority < last and b.priority != a.priority
    ]
    more_urgent = [(priority, at) for priority, at in left if at <= end]
    return [(last, end), *(more_urgent if how == "in_force" else ())]


def _utc(naive: datetime, zone: ZoneInfo) -> datetime:
    return naive.replace(tzinfo=zone).astimezone(UTC)
