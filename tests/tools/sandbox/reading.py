"""What the tests of a connector against its stand-in share."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from obligations.facts import Fact, FactData, Milestone, Ticket, latest
from sandbox import RunningSandbox
from tools import connect
from tools.kit import harvest

HTTP = {"requests_per_second": None, "attempts": 3, "wait_initial": 0}


def opened(kind: str, settings: dict[str, Any], **changes: Any) -> Any:
    """The connector of a kind with some of its settings changed; `http` is added to."""
    http = {**HTTP, **settings.get("http", {}), **changes.pop("http", {})}
    return connect({kind: {**settings, **changes, "http": http}})[kind]


def facts_of(source: Any, kind: str, cursor: str | None = None) -> tuple[list[Fact], str]:
    """All facts of a stream without any problem, and the last cursor."""
    facts: list[Fact] = []
    for batch in source.read(kind, cursor):
        crop = harvest(source, batch.records)
        assert not crop.problems, crop.problems
        assert not batch.problems, batch.problems
        facts += crop.facts
        cursor = batch.cursor
    return facts, cursor or ""


def asked(box: RunningSandbox, part: str) -> list[dict[str, Any]]:
    """Requests whose path holds `part`, oldest first."""
    return [request for request in box.requests() if part in request["path"]]


def as_time_goes_by(
    box: RunningSandbox, make: Callable[[], Any], kind: str, days: Iterable[datetime]
) -> tuple[dict[datetime, dict[str, Any]], dict[datetime, dict[str, Any]]]:
    """What was known at each instant: read piece by piece as time went by, and read at the end in one go.

    Comments and whoever is meant are left out: an edited text or a request given to another party is known
    as it is now only.
    """
    times = sorted(days)
    pieces: list[Fact] = []
    cursor: str | None = None
    for now in times:
        box.set_clock(now)
        found, cursor = facts_of(make(), kind, cursor)
        pieces += found
    whole, _ = facts_of(make(), kind)
    return _known(pieces, times), _known(whole, times)


def _known(facts: list[Fact], times: list[datetime]) -> dict[datetime, dict[str, Any]]:
    return {at: {f.source.record: _told(f.data) for f in latest(facts, at)} for at in times}


def _told(data: FactData) -> Any:
    if isinstance(data, Ticket):
        events = [(event.change, event.at) for event in data.events]
        return data.status, data.priority, data.resolved_at, data.merged_into, events
    if isinstance(data, Milestone):
        return data.planned_on, data.events
    return data
