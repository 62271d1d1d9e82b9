"""What the tests of a connector against its stand-in share."""

from typing import Any

from obligations.facts import Fact
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
