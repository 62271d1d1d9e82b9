"""Ironclad's webhooks: registrations, signed deliveries, retries.

A delivery is signed with RSASSA-PKCS1-v1_5 over SHA-256. The signed bytes are the event id, the body
exactly as sent (compact JSON) and the nonce, one after the other; id, nonce and signature travel in headers.
Waits between attempts double, as documented, but start at a fraction of a second instead of a minute.
"""

import asyncio
import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib import error, request
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

COMPANY_ID = "66b0f4c2a1d3e5f708192a3b"
RETRIES = 10
LONGEST_WAIT = 1.0
LOOPBACK = ("127.0.0.1", "localhost", "::1")
# Deactivated after this many failures in a row, if they span this time.
GIVES_UP_AFTER = (100, timedelta(days=7))


@dataclass
class Hook:
    id: str
    events: list[str]
    target: str
    status: str
    changed_at: datetime
    changed_by: str
    failures: int = 0
    first_failure: datetime | None = None

    def shown(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "id": self.id,
            "events": self.events,
            "targetURL": self.target,
            "companyId": COMPANY_ID,
            "status": self.status,
            "statusLastUpdatedAt": moment(self.changed_at),
            "statusLastUpdatedBy": self.changed_by,
            "consecutiveFailureCount": self.failures,
        }
        if self.first_failure is not None:
            body["firstConsecutiveFailure"] = moment(self.first_failure)
        return body

    def wants(self, event: str) -> bool:
        return self.status == "enabled" and ("*" in self.events or event in self.events)


@dataclass
class Delivery:
    """One event on its way to one hook: the status of every attempt, 0 where nobody answered."""

    event_id: str
    webhook: str
    target: str
    event: str
    attempts: list[int] = field(default_factory=list)
    delivered: bool = False


@dataclass
class Webhooks:
    """`wait` is the pause in seconds before the first retry."""

    wait: float = 0.05
    hooks: dict[str, Hook] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)

    def add(self, events: list[str], target: str, status: str, now: datetime, by: str) -> Hook:
        hook = Hook(secrets.token_hex(12), events, target, status, now, by)
        self.hooks[hook.id] = hook
        return hook

    async def deliver(self, hook: Hook, payload: Mapping[str, Any], now: datetime) -> Delivery:
        """Post the event until somebody takes it: ten retries, none after 410."""
        event_id = f"webhookEvent{secrets.token_hex(16)}"
        delivery = Delivery(event_id, hook.id, hook.target, str(payload["event"]))
        self.deliveries.append(delivery)
        envelope = {
            "companyID": COMPANY_ID,
            "payload": payload,
            "timestamp": moment(now),
            "webhookID": hook.id,
        }
        body = json.dumps(envelope, separators=(",", ":"), ensure_ascii=False).encode()
        for attempt in range(1 + RETRIES):
            if attempt:
                await asyncio.sleep(min(self.wait * 2 ** (attempt - 1), LONGEST_WAIT))
            status = await asyncio.to_thread(_post, hook.target, body, headers(event_id, body))
            delivery.attempts.append(status)
            if self._outcome(hook, status, now):
                delivery.delivered = 200 <= status < 300
                break
        return delivery

    def _outcome(self, hook: Hook, status: int, now: datetime) -> bool:
        """Book an attempt on the hook; true when there is nothing more to try."""
        if 200 <= status < 300:
            hook.failures, hook.first_failure = 0, None
            return True
        hook.failures += 1
        hook.first_failure = hook.first_failure or now
        count, span = GIVES_UP_AFTER
        if status == 410 or (hook.failures >= count and now - hook.first_failure >= span):
            hook.status, hook.changed_at, hook.changed_by = "disabledBySystem", now, "system"
            return True
        return False


def headers(event_id: str, body: bytes) -> dict[str, str]:
    """The headers of a delivery, with a fresh nonce and the signature over id, body and nonce."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    nonce = secrets.token_hex(16)
    signed = event_id.encode() + body + nonce.encode()
    signature = _key().sign(signed, padding.PKCS1v15(), hashes.SHA256())
    verification = {
        "nonce": nonce,
        "signAlgorithm": "sha256",
        "signature": base64.b64encode(signature).decode(),
        "encoding": "base64",
    }
    return {
        "Content-Type": "application/json",
        "X-Ironclad-Webhook-Event-Id": event_id,
        "X-Ironclad-Webhook-Verification": json.dumps(verification, separators=(",", ":")),
    }


def verification_key() -> str:
    """The public half of the signing key as PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = _key().public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def is_loopback(url: str) -> bool:
    """Only targets on this machine are called; the sandbox never reaches out."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK


def moment(at: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as Ironclad writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


@cache
def _key() -> "RSAPrivateKey":
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


# No proxy: the target is on this machine.
_OPENER = request.build_opener(request.ProxyHandler({}))


def _post(target: str, body: bytes, fields: Mapping[str, str]) -> int:
    if not is_loopback(target):
        return 0
    call = request.Request(target, data=body, headers=dict(fields), method="POST")  # noqa: S310 - loopback only
    try:
        with _OPENER.open(call, timeout=10) as answer:
            return int(answer.status)
    except error.HTTPError as refused:
        return refused.code
    except OSError:
        return 0
