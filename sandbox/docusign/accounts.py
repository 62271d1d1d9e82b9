"""The account server: JWT grant, code grant, renewal, consent, and who the user is.

A JWT is signed with RS256 by the key registered for the integration; `iss` is the integration key, `sub` the
user's GUID, `aud` the account server's name without scheme, `scope` the scopes asked for. The user must have
agreed to them, once, on the page of consent.
"""

import base64
import binascii
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from sandbox import oauth
from sandbox.docusign.text import denied
from sandbox.docusign.world import ACCOUNT, Account, Person, number, story

INTEGRATION_KEY, SECRET = number("integration", "pacta"), "docusign-demo-secret"
SERVER = "account-d.docusign.com"
REDIRECT = "http://localhost/docusign/callback"
JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPES = frozenset(
    {
        "signature",
        "impersonation",
        "spring_read",
        "spring_write",
        "content",
        "adm_store_unified_repo_read",
        "models_read",
    }
)
TOKEN_SECONDS, LEEWAY = 3600, 60


@dataclass
class Session:
    user: str
    scopes: frozenset[str]
    ends: float


@dataclass
class Desk:
    """Who has agreed to what, and which tokens are in force (by the wall clock, as a client sees it)."""

    agreed: dict[str, set[str]] = field(default_factory=dict)
    live: dict[str, Session] = field(default_factory=dict)
    codes: dict[str, Session] = field(default_factory=dict)
    renewals: dict[str, Session] = field(default_factory=dict)
    public_key: bytes = b""

    def begin(self) -> None:
        """As on the first day: no tokens, and only the consent that the story tells of."""
        for held in (self.live, self.codes, self.renewals):
            held.clear()
        self.agreed = {one["login"]: set(SCOPES) for one in story()["people"] if one.get("consented")}

    def issue(self, user: str, scopes: frozenset[str]) -> str:
        token = secrets.token_urlsafe(48)
        self.live[token] = Session(user, scopes, time.monotonic() + TOKEN_SECONDS)
        return token

    def session(self, token: str) -> Session | None:
        found = self.live.get(token)
        return found if found is not None and found.ends > time.monotonic() else None


class AccountServer:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.account = Account()

    async def register(self, request: Request) -> Response:
        """Not Docusign's: stands for the page on which an integration's public key is added."""
        self.desk.public_key = await request.body()
        return Response(status_code=204)

    async def token(self, request: Request) -> Response:
        if "x-www-form-urlencoded" not in request.headers.get("content-type", ""):
            return denied("invalid_request", "the content type is not that of a form")
        given = await oauth.grant(request)
        kind = given.get("grant_type", "")
        if kind == JWT_GRANT:
            return self._by_assertion(given.get("assertion", ""), request.url.netloc)
        if kind not in ("authorization_code", "refresh_token"):
            return denied("invalid_grant", "unsupported_grant_type")
        if (given.get("client_id"), given.get("client_secret")) != (INTEGRATION_KEY, SECRET):
            return denied("invalid_client", "", 401)
        held = self.desk.codes if kind == "authorization_code" else self.desk.renewals
        session = held.pop(given.get("code" if kind == "authorization_code" else "refresh_token", ""), None)
        if session is None:
            return denied("invalid_grant", "expired_client_token")
        return self._granted(session.user, session.scopes, renewable=True)

    def _granted(self, user: str, scopes: frozenset[str], renewable: bool = False) -> Response:
        body: dict[str, Any] = {
            "access_token": self.desk.issue(user, scopes),
            "token_type": "Bearer",
            "expires_in": TOKEN_SECONDS,
            "scope": " ".join(sorted(scopes)),
        }
        if renewable:
            body["refresh_token"] = secrets.token_urlsafe(48)
            self.desk.renewals[body["refresh_token"]] = Session(user, scopes, 0.0)
        return JSONResponse(body)

    def _by_assertion(self, text: str, netloc: str) -> Response:
        try:
            head, payload, signature = text.split(".")
            header, claims = json.loads(_decoded(head)), json.loads(_decoded(payload))
            ends, issued = int(claims["exp"]), int(claims["iat"])
        except (ValueError, TypeError, KeyError, binascii.Error):
            return denied("invalid_grant", "invalid_jwt")
        if claims.get("iss") != INTEGRATION_KEY:
            return denied("invalid_grant", "issuer_not_found")
        if header.get("alg") != "RS256" or not self._signed(f"{head}.{payload}", signature):
            return denied("invalid_grant", "no_valid_keys_or_signatures")
        if claims.get("aud") not in (SERVER, netloc):
            return denied("invalid_grant", "invalid_audience")
        now = time.time()
        if ends < now - LEEWAY or issued > now + LEEWAY or ends - issued > TOKEN_SECONDS + LEEWAY:
            return denied("invalid_grant", "expired_token")
        user = next((one for one in self.account.people.values() if one.id == claims.get("sub")), None)
        if user is None:
            return denied("invalid_grant", "user_not_found")
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes <= SCOPES:
            return denied("invalid_scope")
        # Without `impersonation` nothing can be agreed to for somebody else.
        if "impersonation" not in scopes or not scopes <= self.desk.agreed.get(user.login, set()):
            return denied("consent_required")
        return self._granted(user.login, scopes)

    def _signed(self, content: str, signature: str) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding, rsa
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            key = load_pem_public_key(self.desk.public_key)
            if not isinstance(key, rsa.RSAPublicKey):
                return False
            key.verify(_decoded(signature), content.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            return False
        return True

    async def consent(self, request: Request) -> Response:
        """The page on which a user agrees; here the one named by `login_hint` does."""
        query = request.query_params
        scopes = frozenset(query.get("scope", "").split())
        hint = query.get("login_hint", "pacta@tessaly.example")
        user = next((one for one in self.account.people.values() if one.email == hint), None)
        if query.get("client_id") != INTEGRATION_KEY or query.get("redirect_uri") != REDIRECT:
            return denied("invalid_request", "the integration or its redirect address is not known")
        if user is None or query.get("response_type") != "code" or not scopes or not scopes <= SCOPES:
            return denied("invalid_request", "scope, response type or user do not fit")
        self.desk.agreed.setdefault(user.login, set()).update(scopes)
        code = secrets.token_urlsafe(32)
        self.desk.codes[code] = Session(user.login, scopes, 0.0)
        answer = {"code": code, **({"state": query["state"]} if "state" in query else {})}
        return RedirectResponse(f"{REDIRECT}?{urlencode(answer)}", 302)

    async def userinfo(self, request: Request) -> Response:
        session = self.desk.session(oauth.bearer(request))
        if session is None:
            return denied("invalid_token", "", 401)
        return JSONResponse(self._about(self.account.people[session.user], str(request.base_url).rstrip("/")))

    def _about(self, user: Person, base: str) -> dict[str, Any]:
        first, _, last = user.name.partition(" ")
        account = {
            "account_id": ACCOUNT,
            "is_default": True,
            "account_name": "Tessaly Instruments GmbH",
            "base_uri": f"{base}/docusign/esign",
        }
        about = {"sub": user.id, "name": user.name, "given_name": first, "family_name": last}
        return {**about, "email": user.email, "created": "2024-01-08T08:00:00", "accounts": [account]}


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
