"""Webhooks of Ironclad: is it theirs, is it whole, is it now.

The signature covers event id + body + nonce, RSA PKCS#1 v1.5 over SHA-256. The sender signs its own
JSON.stringify of the body. That is what it sends too, so the raw bytes are tried first. Where
something on the way has reformatted the JSON, the parsed body is written again as JSON.stringify
would; this is safe, because what we go on to use is that same parsed body.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import AwareDatetime

from obligations.quantities import Frozen
from tools.kit.errors import Misconfigured, SignatureError

_VENDOR = "ironclad"
_ID_HEADER = "x-ironclad-webhook-event-id"
_SIGNATURE_HEADER = "x-ironclad-webhook-verification"
_RECORD_KEYS = ("recordID", "recordId", "workflowID", "workflowId")
_MAX_BODY = 1_000_000

# How the one scheme we accept may be called; anything else is refused, whatever its signature.
_SCHEMES = frozenset(
    {"sha256", "rsasha256", "sha256withrsaencryption", "rsassapkcs1v15", "rsassapkcs1v15sha256"}
)


class WebhookEvent(Frozen):
    """A verified delivery. `id` is the same for every repetition: keep it and ignore the second.

    `record` is the record or workflow it is about, where it names one; `payload` the event as sent.
    """

    id: str
    event: str
    record: str | None = None
    sent_at: AwareDatetime
    webhook: str = ""
    payload: dict[str, Any]


def verify(
    raw_body: bytes,
    headers: Mapping[str, str],
    key_pem: str | bytes,
    *,
    now: datetime | None = None,
    window: timedelta = timedelta(days=4),
) -> WebhookEvent:
    """The event in a delivery, if its signature and time hold; SignatureError otherwise.

    `window` is how old it may be. Failed deliveries are repeated for about three days with the same
    time, so a short window would lose them: the event id, not the window, is what stops a replay.
    """
    if len(raw_body) > _MAX_BODY:
        raise SignatureError(_VENDOR, f"the webhook body is larger than {_MAX_BODY:,} bytes")
    event_id, nonce, signature = _signature_parts(headers)
    body = _body(raw_body)
    _check(event_id, raw_body, body, nonce, signature, key_pem)
    sent_at = _sent_at(body)
    now = now or datetime.now(UTC)
    if not now - window <= sent_at <= now + timedelta(minutes=5):
        raise SignatureError(
            _VENDOR,
            f"the webhook was sent at {sent_at.isoformat()}, outside the accepted window",
            place=event_id,
            remedy="Check this machine's clock; an old delivery may be a replay.",
        )
    payload = body.get("payload")
    payload = payload if isinstance(payload, dict) else {}
    record = next((str(payload[key]) for key in _RECORD_KEYS if payload.get(key)), None)
    return WebhookEvent(
        id=event_id,
        event=str(payload.get("event", "")),
        record=record,
        sent_at=sent_at,
        webhook=str(body.get("webhookID", "")),
        payload=payload,
    )


def _signature_parts(headers: Mapping[str, str]) -> tuple[str, str, bytes]:
    """Event id, nonce and signature from the headers, whatever their case."""
    plain = {name.lower(): value for name, value in headers.items()}
    event_id = plain.get(_ID_HEADER, "")
    try:
        stated = json.loads(plain.get(_SIGNATURE_HEADER, ""))
        nonce, text = str(stated["nonce"]), str(stated["signature"])
        scheme = "".join(c for c in str(stated["signAlgorithm"]).lower() if c.isalnum())
        encoding = str(stated.get("encoding", "base64")).lower()
    except (ValueError, KeyError, TypeError, RecursionError):
        raise SignatureError(
            _VENDOR, "the verification header is missing or broken", place=event_id
        ) from None
    if not event_id or not nonce:
        raise SignatureError(_VENDOR, "the webhook has no event id or no nonce", place=event_id)
    if scheme not in _SCHEMES:
        raise SignatureError(_VENDOR, f"unknown signature scheme {scheme[:40]!r}", place=event_id)
    try:
        signature = bytes.fromhex(text) if encoding == "hex" else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise SignatureError(_VENDOR, "the signature is not readable", place=event_id) from None
    return event_id, nonce, signature


def _body(raw_body: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw_body)
    except (ValueError, RecursionError):
        raise SignatureError(_VENDOR, "the webhook body is no JSON") from None
    if not isinstance(body, dict):
        raise SignatureError(_VENDOR, "the webhook body is no JSON object")
    return body


def _check(
    event_id: str, raw: bytes, body: dict[str, Any], nonce: str, signature: bytes, key_pem: str | bytes
) -> None:
    """Raise SignatureError unless the signature fits the raw body or the body as JSON.stringify writes it."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.hashes import SHA256

    key = _public_key(key_pem)
    for text in (raw, _stringified(body)):
        try:
            key.verify(signature, event_id.encode() + text + nonce.encode(), padding.PKCS1v15(), SHA256())
        except InvalidSignature:
            continue
        return
    raise SignatureError(
        _VENDOR,
        "the webhook's signature does not fit",
        place=event_id,
        remedy="Check that the raw body is passed on unchanged and that the key is this company's.",
    )


def _public_key(key_pem: str | bytes) -> Any:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    data = key_pem.encode() if isinstance(key_pem, str) else key_pem
    try:
        key = load_pem_public_key(data)
    except ValueError:
        key = None
    if not isinstance(key, RSAPublicKey):
        raise Misconfigured(_VENDOR, "the webhook key is no RSA public key in PEM form")
    return key


def _stringified(body: dict[str, Any]) -> bytes:
    """The body as JSON.stringify writes it: no spaces, order kept, letters beyond ASCII as they are."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


def _sent_at(body: dict[str, Any]) -> datetime:
    try:
        moment = datetime.fromisoformat(str(body.get("timestamp", "")))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise SignatureError(_VENDOR, "the webhook does not say when it was sent")
    return moment
