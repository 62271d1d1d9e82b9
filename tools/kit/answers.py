"""What an answer, or the lack of one, means: the errors of HTTP statuses and of lost exchanges."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tools.kit.call import Answer, Call
from tools.kit.errors import ConnectorError, Fatal, NotFound, Retryable, Unauthorised, WrongAnswer
from tools.kit.redact import shorten

_TRY_AGAIN = frozenset({408, 429, 502, 503, 504})
_RIGHTS = {
    401: "Check the user, password or client secret in the connector's settings.",
    403: "Give our user the rights for this, or read another field or table.",
}
_NOT_FOUND = "Check the id, the base_url, and that our user may see the record."
_REDIRECT = "Check base_url: a login page or another host answers there."
_MOST_SAID = 100_000


def status_error(vendor: str, call: Call, answer: Answer, redact: Callable[[str], str]) -> ConnectorError:
    """The error for a status that is no success, in the vendor's own words without our secrets."""
    status = answer.status
    what = f"HTTP {status}" + told(call, answer, redact)
    more: dict[str, Any] = {"place": call.place, "status": status}
    if status in _TRY_AGAIN or status >= 500:
        # 429 was refused before any work; the other answers leave open whether a write happened.
        refused = status == 429
        return Retryable(
            vendor,
            what,
            soon=status in _TRY_AGAIN and (call.safe or refused),
            maybe_done=not (call.safe or refused),
            retry_after=_retry_after(answer.headers),
            remedy="It is tried again later.",
            **more,
        )
    if status == 412 and call.etag:
        return Retryable(
            vendor,
            f"somebody changed the record meanwhile ({what})",
            remedy="It is read again and then changed.",
            **more,
        )
    if status in (401, 403):
        return Unauthorised(vendor, what, remedy=_RIGHTS[status], **more)
    if status == 404:
        return NotFound(vendor, what, remedy=_NOT_FOUND, **more)
    if 300 <= status < 400:
        return WrongAnswer(vendor, f"{what}: sends us elsewhere", remedy=_REDIRECT, **more)
    return Fatal(vendor, what, **more)


def told(call: Call, answer: Answer, redact: Callable[[str], str]) -> str:
    """What the vendor says about a failure, behind a colon; empty where it says nothing."""
    found = _error_text(answer) or (call.said(answer)[:_MOST_SAID] if call.said else "")
    said = shorten(redact(found))  # in this order: a secret that was cut is not found
    return f": {said}" if said else ""


def no_token(vendor: str, call: Call, error: Fatal) -> Unauthorised:
    """The error for a token that was refused with 400, as OAuth does."""
    return Unauthorised(
        vendor, f"no token: {error.what}", place=call.place, status=error.status, remedy=_RIGHTS[401]
    )


def lost(vendor: str, call: Call, what: str, never_sent: bool = False) -> Retryable:
    """The error for an answer that did not arrive whole; a write may have happened all the same."""
    again = call.safe or never_sent
    return Retryable(
        vendor,
        what,
        place=call.place,
        soon=again,
        maybe_done=not again,
        remedy="It is tried again later; if it stays, check that the system can be reached.",
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds the vendor asks us to wait: `Retry-After` as seconds or as an HTTP date."""
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    if text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _error_text(answer: Answer) -> str:
    """The message in an error body, whichever of the usual shapes it has; empty for HTML."""
    if "json" not in answer.headers.get("content-type", ""):
        return ""
    try:
        data = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    return " - ".join(_messages(data))[:_MOST_SAID]


def _messages(data: Any) -> list[str]:
    """Texts under the keys that vendors put messages in, outermost first; of a list the first five."""
    if isinstance(data, str):
        return [data]
    if isinstance(data, list):
        return [text for item in data[:5] for text in _messages(item)]
    if not isinstance(data, dict):
        return []
    found: list[str] = []
    for key in _MESSAGE_KEYS:
        if key in data:
            found.extend(_messages(data[key]))
    fields = data.get("errors")
    if isinstance(fields, dict):
        found += [f"{field}: {text}" for field, held in fields.items() for text in _messages(held)]
    return found


_MESSAGE_KEYS = (
    *("code", "errorCode", "title", "message", "value", "detail", "param", "error", "error_description"),
    *("errors", "o:errorDetails", "o:errorCode"),
)
