"""Webhooks: is it theirs, is it whole, is it now; and the handshakes by which a vendor tries our address.

A signature scheme is a function of a delivery and the keys that may have signed it; it raises
SignatureError or returns. A connector that takes webhooks offers `verify_webhook`, made of these:

    def verify_webhook(self, raw_body, headers, at=None):
        given = delivery(self.name, raw_body, headers, at)
        hub_signature()(given, [s.get_secret_value() for s in self.settings.webhook.secrets])
        body = json_object(given)
        sent_at = within(given, moment(body.get("timestamp")), self.settings.webhook.window)
        return WebhookEvent(id=event_id(given), event=..., streams=("incident",), sent_at=sent_at)
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from pydantic import AwareDatetime, Field

from obligations.quantities import Frozen
from tools.kit.errors import Misconfigured, SignatureError
from tools.kit.hook_secrets import HookSecrets
from tools.kit.secrets import Secret

MOST_BYTES = 1_000_000
_AHEAD = timedelta(minutes=5)  # clocks differ


class WebhookSettings(Frozen):
    """Keys that deliveries are signed with (several while they are being exchanged), and how old they may be.

    A vendor repeats a failed delivery with its first time, so a short window would lose it.
    """

    secrets: tuple[Secret, ...] = ()
    window: timedelta = Field(default=timedelta(days=4), gt=timedelta())


class WebhookEvent(Frozen):
    """A verified delivery. `id` is the same for every repetition: keep it and ignore the second.

    `record` is the contract to be read because of it, `streams` the kinds of record to be read again;
    with neither, nothing follows from it. `payload` is the event as sent.
    """

    id: str = Field(min_length=1, max_length=200)
    event: str
    record: str | None = None
    streams: tuple[str, ...] = ()
    sent_at: AwareDatetime | None = None
    webhook: str = ""
    payload: dict[str, Any] = Field(default_factory=dict)


class Handshake(Frozen):
    """What the vendor wants to hear before it sends events."""

    headers: dict[str, str] = Field(default_factory=dict)
    body: dict[str, str] | None = None


@runtime_checkable
class TakesWebhooks(Protocol):
    """A connector whose system announces changes."""

    def verify_webhook(
        self, raw_body: bytes, headers: Mapping[str, str], at: datetime | None = None
    ) -> WebhookEvent | Handshake:
        """The event in a delivery, or the answer to a handshake. Raises SignatureError."""


@dataclass(frozen=True)
class Delivery:
    """What came in: the body as sent, headers in lower case, and when it came."""

    vendor: str
    body: bytes
    headers: Mapping[str, str]
    at: datetime

    def refused(self, what: str, remedy: str = "") -> SignatureError:
        return SignatureError(self.vendor, what, place="webhook", remedy=remedy)


Signature = Callable[[Delivery, Sequence[str]], None]


def delivery(
    vendor: str, raw_body: bytes, headers: Mapping[str, str], at: datetime | None = None
) -> Delivery:
    """A delivery of bearable size. Raises SignatureError for a larger one."""
    plain = {name.lower(): value for name, value in headers.items()}
    made = Delivery(vendor, raw_body, plain, at or datetime.now(UTC))
    if len(raw_body) > MOST_BYTES:
        raise made.refused(f"the webhook body is larger than {MOST_BYTES:,} bytes")
    return made


# -- signatures -------------------------------------------------------------------------------------


def hmac_hex(header: str, prefix: str = "") -> Signature:
    """HMAC-SHA256 of the body in hexadecimal digits, behind `prefix` (Asana, Smartsheet)."""

    def check(given: Delivery, keys: Sequence[str]) -> None:
        stated = _stated(given, header)
        digits = [text[len(prefix) :] for text in stated if text.startswith(prefix)]
        _compare(given, keys, [bytes.fromhex(text) for text in digits if _HEX.fullmatch(text)])

    return check


def hub_signature(header: str = "x-hub-signature") -> Signature:
    """`sha256=` and HMAC-SHA256 of the body in hexadecimal digits (Jira)."""
    return hmac_hex(header, "sha256=")


def hmac_base64(header: str) -> Signature:
    """HMAC-SHA256 of the body in base64. A header that ends in `*` stands for numbered ones, one for each
    key (DocuSign Connect's X-DocuSign-Signature-1, -2 …)."""

    def check(given: Delivery, keys: Sequence[str]) -> None:
        found: list[bytes] = []
        for text in _stated(given, header):
            try:
                found.append(base64.b64decode(text, validate=True))
            except (ValueError, binascii.Error):
                continue
        _compare(given, keys, found)

    return check


def rsa_sha256(signature: bytes, texts: Iterable[bytes]) -> Signature:
    """RSA PKCS#1 v1.5 over SHA-256 of any of `texts`; the keys are public keys in PEM form (Ironclad)."""

    signed = tuple(texts)

    def check(given: Delivery, keys: Sequence[str]) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric import padding
        from cryptography.hazmat.primitives.hashes import SHA256

        known = [_public_key(given.vendor, key) for key in _some(given, keys)]
        for text in signed:
            for key in known:
                try:
                    key.verify(signature, text, padding.PKCS1v15(), SHA256())
                except InvalidSignature:
                    continue
                return
        raise _unfit(given)

    return check


def secret_header(header: str) -> Signature:
    """No signature but a secret of ours in a header, for systems that let us choose what they send.

    It proves less: whoever reads one delivery can make others. Use it over TLS only.
    """

    def check(given: Delivery, keys: Sequence[str]) -> None:
        found = [text.encode() for text in _stated(given, header)]
        fits = [hmac.compare_digest(a, b.encode()) for a in found for b in _some(given, keys)]
        if not any(fits):
            raise _unfit(given)

    return check


_HEX = re.compile(r"[0-9a-fA-F]{64}")


def _stated(given: Delivery, header: str) -> list[str]:
    """The values of a header, or of all that begin like it."""
    name = header.lower()
    if name.endswith("*"):
        return [value for held, value in given.headers.items() if held.startswith(name[:-1])]
    return [given.headers[name]] if name in given.headers else []


def _compare(given: Delivery, keys: Sequence[str], found: Sequence[bytes]) -> None:
    """Raise unless a found digest is the body's under one of the keys; takes the same time for all."""
    own = [hmac.new(key.encode(), given.body, hashlib.sha256).digest() for key in _some(given, keys)]
    fits = [hmac.compare_digest(one, other) for one in own for other in found]
    if not any(fits):
        raise _unfit(given)


def _some(given: Delivery, keys: Sequence[str]) -> Sequence[str]:
    """The keys. Without any, or with an empty one, everybody could sign."""
    if not keys or not all(keys):
        raise Misconfigured(
            given.vendor,
            "there is no key to verify webhooks with",
            place="webhook",
            remedy="Set the secret that the system signs with, or do not send webhooks here.",
        )
    return keys


def _unfit(given: Delivery) -> SignatureError:
    return given.refused(
        "the webhook's signature does not fit",
        "Check that the raw body is passed on unchanged and that the key is this account's.",
    )


def _public_key(vendor: str, pem: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem.encode())
    except ValueError:
        key = None
    if not isinstance(key, RSAPublicKey):
        raise Misconfigured(vendor, "the webhook key is no RSA public key in PEM form")
    return key


# -- what it says -----------------------------------------------------------------------------------


def json_object(given: Delivery) -> dict[str, Any]:
    """The body as JSON object; SignatureError for anything else."""
    try:
        body = json.loads(given.body)
    except (ValueError, RecursionError):
        raise given.refused("the webhook body is no JSON") from None
    if not isinstance(body, dict):
        raise given.refused("the webhook body is no JSON object")
    return body


def moment(stated: object) -> datetime | None:
    """An instant as vendors write it: ISO 8601 with its zone, or milliseconds since 1970; None otherwise."""
    try:
        if isinstance(stated, int) and not isinstance(stated, bool):
            return datetime.fromtimestamp(stated / 1000, UTC)
        found = datetime.fromisoformat(str(stated))
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.tzinfo else None


def within(given: Delivery, sent_at: datetime | None, window: timedelta) -> datetime:
    """`sent_at`, if it lies at most `window` before the delivery came; SignatureError otherwise."""
    if sent_at is None:
        raise given.refused("the webhook does not say when it was sent")
    if not given.at - window <= sent_at <= given.at + _AHEAD:
        raise given.refused(
            f"the webhook was sent at {sent_at.isoformat()}, outside the accepted window",
            "Check this machine's clock; an old delivery may be a replay.",
        )
    return sent_at


def event_id(given: Delivery) -> str:
    """An id made of the signed body: a repetition has the same, whatever unsigned headers say."""
    return f"{given.vendor}:{hashlib.sha256(given.body).hexdigest()}"


# -- handshakes -------------------------------------------------------------------------------------

_PLAIN = re.compile(r"[A-Za-z0-9+/=_.-]{1,200}")


def echoed_challenge(given: Delivery, challenge: str, answer: str) -> Handshake | None:
    """The answer to a challenge header (Smartsheet): the same text in header `answer`. None: no handshake."""
    text = given.headers.get(challenge.lower())
    if text is None:
        return None
    return Handshake(headers={answer: _plain(given, text)}, body={answer: text})


def echoed_secret(given: Delivery, header: str, kept: HookSecrets) -> Handshake | None:
    """The answer to a header with the secret of all later deliveries (Asana), which is kept from now on.

    None: no handshake. Anybody could send one, so no more are taken than `kept` was told to expect.
    """
    text = given.headers.get(header.lower())
    if text is None:
        return None
    try:
        taken = kept.take(_plain(given, text))
    except OSError as error:
        raise Misconfigured(
            given.vendor,
            f"the secret of a webhook cannot be kept: {error.strerror}",
            place="webhook",
            remedy="Name a file in a folder that we may write to.",
        ) from None
    if not taken:
        raise given.refused(
            "a webhook is being set up that nobody here expects",
            "To set one up anew, remove its secret from the file where secrets of webhooks are kept.",
        )
    return Handshake(headers={header: text})


def _plain(given: Delivery, text: str) -> str:
    """A text that may be sent back in a header."""
    if not _PLAIN.fullmatch(text):
        raise given.refused("the handshake holds more than a plain word")
    return text
