"""Webhooks of every connector that offers them: through the API to what follows, once."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from fastapi.testclient import TestClient

from api.app import create_app
from cli.demo import worker
from flows import sync
from flows.settings import Settings
from flows.wiring import Pacta
from obligations.facts import Fact
from tests.store import make
from tests.tools.test_registry import EXAMPLES, filled
from tools import connect
from tools.kit.errors import Retryable
from tools.kit.hook_secrets import HookSecrets
from tools.kit.verbs import Batch, Health, RawRecord, Stream
from tools.kit.webhooks import (
    Handshake,
    WebhookEvent,
    delivery,
    echoed_challenge,
    echoed_secret,
    event_id,
    hmac_hex,
    json_object,
)
from tools.registry import profiles

SECRET = "hook-secret-1"


class Desk:
    """A system that announces changed tickets, and whose tickets can be read."""

    def __init__(self) -> None:
        self.name = "desk"
        self.kept = HookSecrets()
        self.reads: list[str] = []
        self.busy = 0

    def check(self) -> Health:
        return Health(system=self.name, ok=True, detail="")

    def discover(self) -> tuple[Stream, ...]:
        return tuple(Stream(kind=kind, label=kind, facts=("ticket",)) for kind in ("ticket", "order"))

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        self.reads.append(kind)
        if self.busy:
            self.busy -= 1
            raise Retryable(self.name, "busy")
        yield Batch(records=(RawRecord(kind=kind, id="1", data={}),), cursor="2026-01-01T00:00:00+00:00")

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        return (make.fact("1", "acme"),)

    def verify_webhook(
        self, raw_body: bytes, headers: Mapping[str, str], at: datetime | None = None
    ) -> WebhookEvent | Handshake:
        given = delivery(self.name, raw_body, headers, at)
        shook = echoed_secret(given, "X-Hook-Secret", self.kept) or echoed_challenge(
            given, "X-Challenge", "X-Answer"
        )
        if shook is not None:
            return shook
        hmac_hex("X-Hook-Signature")(given, self.kept.all())
        events = json_object(given).get("events", [])
        return WebhookEvent(id=event_id(given), event="changed", streams=("ticket",) if events else ())


class Office:
    def __init__(self, pacta: Pacta, desk: Desk) -> None:
        self.pacta, self.desk = pacta, desk
        self.client = TestClient(create_app(pacta), raise_server_exceptions=False)

    def post(self, body: Any, system: str = "desk", sign: bool = True, **headers: str) -> Any:
        raw = json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if sign:
            given["X-Hook-Signature"] = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        return self.client.post(f"/v1/webhooks/{system}", content=raw, headers=given)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    desk, silent = Desk(), object()
    connectors: Any = {"desk": desk, "silent": silent}
    with Pacta(Settings(home=tmp_path), clock=lambda: make.NOW, connectors=connectors) as pacta:
        yield Office(pacta, desk)


def test_a_handshake_is_answered_and_only_then_deliveries_hold(office: Office) -> None:
    assert office.post({"events": [1]}).status_code == 502, "there is no key yet"
    shook = office.post({}, sign=False, X_Hook_Secret=SECRET)
    assert (shook.status_code, shook.headers["x-hook-secret"]) == (200, SECRET)
    taken = office.post({"events": [1]})
    assert taken.status_code == 202
    assert taken.json() | {"event": ""} == {"event": "", "record": None, "streams": ["ticket"], "fresh": True}
    assert [e["subject"] for e in office.pacta.store.inbox("pending")] == ["ticket"]


def test_a_second_handshake_by_somebody_else_changes_nothing(office: Office) -> None:
    office.post({}, sign=False, X_Hook_Secret=SECRET)
    stranger = office.post({}, sign=False, X_Hook_Secret="stranger")
    assert stranger.status_code == 401
    assert office.post({"events": [1]}).status_code == 202


def test_a_challenge_is_answered_in_its_header(office: Office) -> None:
    shook = office.post({"challenge": "c-1"}, sign=False, X_Challenge="c-1")
    assert (shook.status_code, shook.headers["x-answer"], shook.json()) == (200, "c-1", {"X-Answer": "c-1"})


def test_a_replay_is_taken_once_and_a_heartbeat_not_at_all(office: Office) -> None:
    office.desk.kept.take(SECRET)
    assert [office.post({"events": [1]}).json()["fresh"] for _ in range(3)] == [True, False, False]
    assert office.post({"events": []}).json()["fresh"] is False
    assert len(office.pacta.store.inbox()) == 1


def test_what_is_unsigned_is_not_kept(office: Office) -> None:
    office.desk.kept.take(SECRET)
    assert office.post({"events": [1]}, sign=False).status_code == 401
    assert office.pacta.store.inbox() == ()


def test_a_system_without_webhooks_says_so(office: Office) -> None:
    refused = office.post({}, system="silent")
    assert refused.status_code == 404
    assert "takes no webhooks" in refused.json()["detail"]


def test_only_the_streams_that_changed_are_read(office: Office) -> None:
    done = sync.sync_connector(office.pacta, office.desk, kinds=["ticket"])
    assert [one.stream for one in done] == ["ticket"]
    assert office.desk.reads == ["ticket"]


@pytest.mark.xdist_group("sandbox")
def test_a_burst_of_events_is_one_reading_and_a_busy_system_is_asked_again(office: Office) -> None:
    office.desk.kept.take(SECRET)
    for number in range(5):
        office.post({"events": [number]})
    office.desk.busy = 1
    with worker(office.pacta) as work:
        work.sweep()
        for _ in range(200):
            if not office.pacta.store.inbox("pending"):
                break
            time.sleep(0.05)
    assert {e["state"] for e in office.pacta.store.inbox()} == {"done"}
    assert office.desk.reads == ["ticket", "ticket"]


def everywhere() -> list[str]:
    """Kinds of connector that take webhooks."""
    return [p.kind for p in profiles() if isinstance(p.make, type) and hasattr(p.make, "verify_webhook")]


@pytest.mark.parametrize("kind", everywhere())
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"{}", {}),
        (b'{"events": [{"action": "changed"}], "timestamp": 1, "challenge": "c"}', {}),
        (b"not json", {"x-hub-signature": "sha256=00", "x-hook-signature": "00"}),
        (b"", {"smartsheet-hmac-sha256": "", "x-docusign-signature-1": "AAAA"}),
        (b"[" * 100_000, {"x-ironclad-webhook-verification": "{}", "x-ironclad-webhook-event-id": "e"}),
    ],
)
def test_nobody_takes_what_is_not_signed(
    kind: str, body: bytes, headers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = yaml.safe_load((EXAMPLES / f"{kind}.yaml").read_text(encoding="utf-8"))["connectors"]
    away = httpx.MockTransport(lambda _: httpx.Response(404))
    made = connect(filled(given, tmp_path, monkeypatch), away)
    with Pacta(Settings(home=tmp_path), clock=lambda: make.NOW, connectors=made) as pacta:
        client = TestClient(create_app(pacta), raise_server_exceptions=False)
        for name in made:
            refused = client.post(f"/v1/webhooks/{name}", content=body, headers=headers)
            assert refused.status_code in (401, 502), refused.text
            assert refused.json()["remedy"]
        assert pacta.store.inbox() == ()
