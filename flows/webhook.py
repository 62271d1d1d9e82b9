"""Take in a signed webhook: verify the raw body, keep the event once, start the reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from flows.wiring import Pacta


class Reader(Protocol):
    """Who reads contracts that events announce: the durable worker."""

    def read_event(self, event_id: str) -> None: ...


@dataclass(frozen=True)
class Received:
    """`fresh` is False for an event that came before; `record` is None for one that needs nothing."""

    event_id: str
    record: str | None
    fresh: bool


def receive(
    pacta: "Pacta", system: str, raw_body: bytes, headers: Mapping[str, str], reader: Reader | None
) -> Received:
    """Verify and keep an event; with a `reader` its contract is read soon, without one when a worker starts.

    Raises the connector's SignatureError (unsigned, tampered, too old) before anything is kept.
    """
    connector = pacta.connector(system)
    event = connector.verify_webhook(raw_body, headers, at=pacta.clock())  # type: ignore[attr-defined]
    if event.record is None:
        pacta.store.note(pacta.clock(), system, "event.ignored", event.id, {"event": event.event})
        return Received(event.id, None, fresh=False)
    body = {"event": event.event, "record": event.record}
    fresh = pacta.store.put_inbox(event.id, system, event.record, body, at=pacta.clock())
    if fresh and reader is not None:
        reader.read_event(event.id)
    return Received(event.id, event.record, fresh)
