"""Token desks: what the OAuth endpoints of the vendors have in common."""

import base64
import binascii
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from starlette.requests import Request


@dataclass
class TokenDesk:
    """Issues and knows bearer tokens. They expire by the wall clock, as a client sees it."""

    lifetime: int
    _known: dict[str, tuple[float, frozenset[str]]] = field(default_factory=dict)

    def issue(self, scopes: frozenset[str] = frozenset()) -> str:
        token = secrets.token_hex(20)
        self._known[token] = (time.monotonic() + self.lifetime, scopes)
        return token

    def scopes(self, token: str) -> frozenset[str] | None:
        """The scopes of a token that is in force, None for any other."""
        ends, scopes = self._known.get(token, (0.0, frozenset()))
        return scopes if ends > time.monotonic() else None

    def forget(self) -> None:
        self._known.clear()


async def grant(request: Request) -> Mapping[str, str]:
    """The fields of a token request: form or JSON body, client id and secret from Basic where not in it."""
    body = (await request.body()).decode("utf-8", "replace")
    if "json" in request.headers.get("content-type", ""):
        try:
            given = json.loads(body)
        except ValueError:
            given = {}
        fields = {str(k): str(v) for k, v in given.items()} if isinstance(given, dict) else {}
    else:
        fields = dict(parse_qsl(body))
    user = basic(request)
    if user is not None:
        fields.setdefault("client_id", user[0])
        fields.setdefault("client_secret", user[1])
    return fields


def basic(request: Request) -> tuple[str, str] | None:
    """User name and password of a Basic Authorization header, None without a readable one."""
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, colon, password = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if colon else None


def bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
