"""Keeping secrets out of messages, logs and representations."""

import re
from collections.abc import Iterable

MASK = "[redacted]"

_SCHEMES = re.compile(r"\b(Bearer|Basic|Token)\s+[A-Za-z0-9+/=._~-]{6,}", re.IGNORECASE)
_PAIRS = re.compile(
    r"""(?P<name>["']?\b(?:access_token|refresh_token|id_token|client_secret|password|passwd|secret
        |api[-_]?key|x-csrf-token|authorization|set-cookie|cookie|private[-_]?key|assertion
        |client_assertion|oauth_token|oauth_signature|sig|x-[a-z-]{0,30}(?:token|auth|secret))["']?\s*[:=]\s*)
        (?:"[^"]*"|'[^']*'|[^\s"',;&}]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without the given secrets and without anything that looks like a credential.

    The known values go first, so that a secret in an unusual place is caught too; the patterns catch
    what an outside system echoes and we never knew.
    """
    for secret in sorted((s for s in secrets if len(s) >= 4), key=len, reverse=True):
        text = text.replace(secret, MASK)
    text = _SCHEMES.sub(lambda m: f"{m.group(1)} {MASK}", text)
    text = _PAIRS.sub(lambda m: f"{m.group('name')}{MASK}", text)
    return _USERINFO.sub(f"{MASK}@", text)


def shorten(text: str, limit: int = 300) -> str:
    """One line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
