"""Who may come in: sessions of EWLogin, tokens of OAuth2, name and password in a call of the old surface."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.agiloft.text import Failure

USERS: Mapping[str, str] = {
    "pacta.integration": "agiloft-demo-password",
    "lena.hartmann": "agiloft-lena-password",
}
# A user whose group may not use the web services.
CLOSED_USERS: Mapping[str, str] = {"priya.nair": "agiloft-priya-password"}
CLIENT_ID, CLIENT_SECRET = "pacta-agiloft-client", "agiloft-demo-secret"
CLIENT_USER = "pacta.integration"
REDIRECT = "http://localhost/agiloft/callback"
KB, STRICT_KB = "Tessaly CLM", "Tessaly CLM Inline"
"""The knowledgebase; and the same as a server shows it on which tokens open the JSON surface only."""
KBS = (KB, STRICT_KB)
MINUTES = 15
CODE_SECONDS = 300


@dataclass
class Session:
    user: str
    kb: str
    access: str
    refresh: str
    began: float
    at: datetime

    def expired(self, now: datetime) -> bool:
        """Tokens age by the clock on the wall and by the sandbox's, whichever is further."""
        life = timedelta(minutes=MINUTES)
        return now - self.at > life or time.monotonic() - self.began > life.total_seconds()


@dataclass
class Code:
    """An authorization code, with the challenge it was asked for with."""

    challenge: str
    redirect: str
    began: float


@dataclass
class Sessions:
    live: dict[str, Session] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    codes: dict[str, Code] = field(default_factory=dict)

    def forget(self) -> None:
        self.live.clear()
        self.ended.clear()
        self.codes.clear()

    def open(self, user: str, kb: str, now: datetime) -> Session:
        claims = {"sub": f"152_{user}", "role": "REST", "seance": str(len(self.live) + 4_413_870)}
        parts = ({"alg": "HS256"}, claims, secrets.token_hex(16))
        coded = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        made = Session(user, kb, ".".join(coded), secrets.token_hex(24), time.monotonic(), now)
        self.live[made.access] = made
        return made

    def log_in(self, kb: str | None, user: str | None, password: str | None, now: datetime) -> Session:
        known_kb(kb)
        return self.open(known_user(user, password), str(kb), now)

    def renew(self, authorization: str, refresh: str, now: datetime) -> Session:
        """A new pair for a token that still lasts. The pair that was given cannot be used again to renew."""
        session = self.of(authorization, now)
        if not refresh or refresh != session.refresh:
            raise Failure(400, "wrong refresh_token")
        session.refresh = ""
        return self.open(session.user, session.kb, now)

    def of(self, authorization: str, now: datetime) -> Session:
        """The session of an Authorization header."""
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Failure(401, "Wrong Authorization data")
        if token in self.ended:
            raise Failure(500, "No active session found for current token")
        session = self.live.get(token)
        if session is None:
            raise Failure(401, "Wrong Authorization data")
        if session.expired(now):
            raise Failure(400, "Token is expired")
        return session

    def log_out(self, session: Session) -> None:
        self.live.pop(session.access, None)
        self.ended.add(session.access)

    # -- OAuth2 ---------------------------------------------------------------------------------------

    def code(self, challenge: str, redirect: str) -> str:
        made = secrets.token_urlsafe(24)
        self.codes[made] = Code(challenge, redirect, time.monotonic())
        return made

    def grant(self, given: Mapping[str, str], now: datetime) -> Session:
        """The session that a token request opens. Raises OAuthError."""
        kind = given.get("grant_type")
        if given.get("client_id") != CLIENT_ID:
            raise OAuthError(401, "invalid_client", "Client authentication failed")
        challenged = kind == "authorization_code" and "code_verifier" in given
        if given.get("client_secret") != CLIENT_SECRET and not (challenged and "client_secret" not in given):
            raise OAuthError(401, "invalid_client", "Client authentication failed")
        if kind == "client_credentials":
            return self.open(CLIENT_USER, KB, now)
        if kind == "authorization_code":
            self._redeem(given)
            return self.open(CLIENT_USER, KB, now)
        if kind == "refresh_token":
            for session in list(self.live.values()):
                if session.refresh and session.refresh == given.get("refresh_token"):
                    session.refresh = ""
                    return self.open(session.user, session.kb, now)
            raise OAuthError(400, "invalid_grant", "The refresh token is invalid")
        raise OAuthError(400, "unsupported_grant_type", "The grant type is not supported")

    def _redeem(self, given: Mapping[str, str]) -> None:
        code = self.codes.pop(given.get("code", ""), None)
        verifier = given.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        if (
            code is None
            or time.monotonic() - code.began > CODE_SECONDS
            or given.get("redirect_uri") != code.redirect
            or (code.challenge and digest != code.challenge)
            or (not code.challenge and "client_secret" not in given)
        ):
            raise OAuthError(400, "invalid_grant", "The authorization code is invalid")


class OAuthError(Failure):
    """A refusal of the OAuth2 pages: `{"error", "error_description"}`, with its own status always."""

    def __init__(self, status: int, error: str, text: str) -> None:
        super().__init__(status, text)
        self.error = error


def known_kb(kb: str | None) -> None:
    """Refuse a knowledgebase there is not; its name is case-sensitive."""
    if kb not in KBS:
        raise Failure(400, f"Cannot find specified knowledgebase: {kb}")


def known_user(user: str | None, password: str | None) -> str:
    name = user or ""
    if name in CLOSED_USERS and password == CLOSED_USERS[name]:
        raise Failure(403, "User's group is not allowed to use REST")
    if name not in USERS or password != USERS[name]:
        raise Failure(403, "Authentication failed.")
    return name
