"""Deliveries: signed as documented, retried, given up, and never sent off this machine."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from sandbox import RunningSandbox, serve
from tests.sandbox.clients import Ironclad, compact


class Receiver(ThreadingHTTPServer):
    """Takes webhooks; answers with `answers` one after the other, then 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hooks/ironclad"


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def verified(pem: str, headers: dict[str, str], body: bytes) -> bool:
    proof = json.loads(headers["x-ironclad-webhook-verification"])
    assert (proof["signAlgorithm"], proof["encoding"]) == ("sha256", "base64")
    key = load_pem_public_key(pem.encode())
    assert isinstance(key, RSAPublicKey)
    signed = headers["x-ironclad-webhook-event-id"].encode() + body + proof["nonce"].encode()
    try:
        key.verify(base64.b64decode(proof["signature"]), signed, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def test_the_signature_verifies_with_the_published_key(
    box: RunningSandbox, clm: Ironclad, receiver: Receiver
) -> None:
    delivery = box.emit_contract_signed("IC-103", receiver.url)
    assert (delivery["delivered"], delivery["attempts"]) == (True, [200])
    headers, body = receiver.got[0]
    pem = clm.get("/webhooks/verification-key").text
    assert pem.startswith("-----BEGIN PUBLIC KEY-----")
    assert verified(pem, headers, body)
    assert headers["x-ironclad-webhook-event-id"] == delivery["event_id"]
    assert compact(json.loads(body)) == body
    assert not verified(pem, headers, body.replace(b"workflow_completed", b"workflow_cancelled"))
    assert not verified(pem, {**headers, "x-ironclad-webhook-event-id": "webhookEvent0"}, body)


def test_the_event_leads_to_the_record(box: RunningSandbox, clm: Ironclad, receiver: Receiver) -> None:
    box.emit_contract_signed("IC-103", receiver.url)
    event = json.loads(receiver.got[0][1])
    assert event["payload"]["event"] == "workflow_completed"
    assert event["timestamp"] == "2026-11-10T11:00:00.000Z"
    assert clm.get(f"/webhooks/{event['webhookID']}").json()["companyId"] == event["companyID"]
    found = clm.get("/records", filter=f"Equals([workflowId], '{event['payload']['workflowID']}')").json()
    assert [(r["ironcladId"], r["lastUpdated"]) for r in found["list"]] == [("IC-103", event["timestamp"])]


def test_a_withheld_contract_appears_when_it_is_signed(web: httpx.Client, receiver: Receiver) -> None:
    with serve(withhold=["IC-103"]) as sandbox:
        clm = Ironclad(web, sandbox.ironclad_url)
        assert clm.get("/records", pageSize=100).json()["count"] == 14
        sandbox.emit_contract_signed("IC-103", receiver.url)
        assert clm.get("/records/IC-103").status_code == 200
        sandbox.reset()
        assert Ironclad(web, sandbox.ironclad_url).get("/records/IC-103").status_code == 404


def test_failures_are_retried_with_one_event_id(
    box: RunningSandbox, clm: Ironclad, receiver: Receiver
) -> None:
    receiver.answers = [500, 503]
    delivery = box.emit_contract_signed("IC-101", receiver.url)
    assert delivery["attempts"] == [500, 503, 200]
    pem = clm.get("/webhooks/verification-key").text
    assert all(verified(pem, headers, body) for headers, body in receiver.got)
    assert len({headers["x-ironclad-webhook-event-id"] for headers, _ in receiver.got}) == 1
    assert len({headers["x-ironclad-webhook-verification"] for headers, _ in receiver.got}) == 3
    assert clm.get("/webhooks").json()["list"][0]["consecutiveFailureCount"] == 0


def test_retries_end(box: RunningSandbox, clm: Ironclad, receiver: Receiver) -> None:
    receiver.answers = [500] * 20
    delivery = box.emit_contract_signed("IC-101", receiver.url)
    assert (delivery["delivered"], delivery["attempts"]) == (False, [500] * 11)
    hook = clm.get("/webhooks").json()["list"][0]
    assert (hook["status"], hook["consecutiveFailureCount"]) == ("enabled", 11)
    assert hook["firstConsecutiveFailure"] == "2026-11-10T11:00:00.000Z"


def test_gone_disables_the_hook_at_once(box: RunningSandbox, clm: Ironclad, receiver: Receiver) -> None:
    receiver.answers = [410]
    assert box.emit_contract_signed("IC-101", receiver.url)["attempts"] == [410]
    hook = clm.get("/webhooks").json()["list"][0]
    assert (hook["status"], hook["statusLastUpdatedBy"]) == ("disabledBySystem", "system")


def test_only_hooks_that_asked_are_told(
    box: RunningSandbox, clm: Ironclad, receiver: Receiver, web: httpx.Client
) -> None:
    clm.post("/webhooks", {"events": ["record_contract_status_changed"], "targetURL": receiver.url})
    emit = f"{box.base_url}/_sandbox/emit"
    assert web.post(emit, json={"event": "workflow_completed", "record": "IC-105"}).json() == {
        "deliveries": []
    }
    sent = web.post(emit, json={"event": "record_contract_status_changed", "record": "IC-105"}).json()
    assert [one["delivered"] for one in sent["deliveries"]] == [True]
    payload = json.loads(receiver.got[0][1])["payload"]
    assert payload["recordID"] == clm.get("/records/IC-105").json()["id"]
    assert web.get(f"{box.base_url}/_sandbox/deliveries").json() == sent


@pytest.mark.parametrize(
    "wrong",
    [
        {"event": "workflow_completed", "record": "IC-999"},
        {"event": "contract_signed", "record": "IC-101"},
        {"event": "workflow_completed", "record": "IC-101", "to": "https://example.com/hook"},
    ],
)
def test_wrong_events_are_refused(box: RunningSandbox, web: httpx.Client, wrong: dict[str, str]) -> None:
    assert web.post(f"{box.base_url}/_sandbox/emit", json=wrong).status_code == 400
