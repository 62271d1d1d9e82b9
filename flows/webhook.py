"""Take in a signed webhook: verify the raw body, keep the event once, start what follows from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from flows.errors import UnknownSystem

if TYPE_CHECKING:
    from flows.wiring import Pacta
    from tools.kit.webhooks import Handshake


class Reader(Protocol):
    """Who reads what events announce: the durable worker."""

    def read_event(self, event_id: str) -> None: ...


@dataclass(frozen=True)
class Received:
    """`fresh` is False for an event that came before, or that needs nothing: then `record` is None and
    `streams` is empty."""

    event_id: str
    record: str | None
    fresh: bool
    streams: tuple[str, ...] = ()


def receive(
    pacta: "Pacta", system: str, raw_body: bytes, headers: Mapping[str, str], reader: Reader | None
) -> "Received | Handshake":
    """Verify and keep an event, or answer a handshake.

    With a `reader` what it announces is read soon: a contract, or the system's changed records; without
    one when a worker starts. Raises the connector's SignatureError (unsigned, tampered, too old) before
    anything is kept, UnknownSystem for a system that announces nothing.
    """
    from tools.kit.webhooks import Handshake, TakesWebhooks

    connector = pacta.connector(system)
    if not isinstance(connector, TakesWebhooks):
        raise UnknownSystem(
            f"{system} takes no webhooks", remedy="its changes are read by `pacta sync`, on a schedule if set"
        )
    event = connector.verify_webhook(raw_body, headers, at=pacta.clock())
    if isinstance(event, Handshake):
        pacta.store.note(pacta.clock(), system, "webhook.handshake", system, {})
        return event
    if event.record is None and not event.streams:
        pacta.store.note(pacta.clock(), system, "event.ignored", event.id, {"event": event.event})
        return Received(event.id, None, fresh=False)
    body = {"event": event.event, "record": event.record, "streams": list(event.streams)}
    subject = event.record or ", ".join(event.streams)
    fresh = pacta.store.put_inbox(event.id, system, subject, body, at=pacta.clock())
    if fresh and reader is not None:
        reader.read_event(event.id)
    return Received(event.id, event.record, fresh, event.streams)
