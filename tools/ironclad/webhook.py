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
from datetime import datetime, timedelta
from typing import Any

from tools.kit.webhooks import Delivery, WebhookEvent, delivery, json_object, moment, rsa_sha256, within

_VENDOR = "ironclad"
_ID_HEADER = "x-ironclad-webhook-event-id"
_SIGNATURE_HEADER = "x-ironclad-webhook-verification"
_RECORD_KEYS = ("recordID", "recordId", "workflowID", "workflowId")

# How the one scheme we accept may be called; anything else is refused, whatever its signature.
_SCHEMES = frozenset(
    {"sha256", "rsasha256", "sha256withrsaencryption", "rsassapkcs1v15", "rsassapkcs1v15sha256"}
)


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
    given = delivery(_VENDOR, raw_body, headers, now)
    event_id, nonce, signature = _signature_parts(given)
    body = json_object(given)
    texts = (event_id.encode() + text + nonce.encode() for text in (raw_body, _stringified(body)))
    rsa_sha256(signature, texts)(given, [key_pem.decode() if isinstance(key_pem, bytes) else key_pem])
    sent_at = within(given, moment(body.get("timestamp")), window)
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


def _signature_parts(given: Delivery) -> tuple[str, str, bytes]:
    """Event id, nonce and signature from the headers."""
    event_id = given.headers.get(_ID_HEADER, "")
    try:
        stated = json.loads(given.headers.get(_SIGNATURE_HEADER, ""))
        nonce, text = str(stated["nonce"]), str(stated["signature"])
        scheme = "".join(c for c in str(stated["signAlgorithm"]).lower() if c.isalnum())
        encoding = str(stated.get("encoding", "base64")).lower()
    except (ValueError, KeyError, TypeError, RecursionError):
        raise given.refused("the verification header is missing or broken") from None
    if not 0 < len(event_id) <= 200 or not nonce:
        raise given.refused("the webhook has no event id or no nonce")
    if scheme not in _SCHEMES:
        raise given.refused(f"unknown signature scheme {scheme[:40]!r}")
    try:
        signature = bytes.fromhex(text) if encoding == "hex" else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        raise given.refused("the signature is not readable") from None
    return event_id, nonce, signature


def _stringified(body: dict[str, Any]) -> bytes:
    """The body as JSON.stringify writes it: no spaces, order kept, letters beyond ASCII as they are."""
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")
