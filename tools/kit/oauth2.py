"""OAuth2: client credentials, refresh token, JWT bearer.

`scopes` and `form` are sent as the token endpoint wants them: some vendors ask for `audience` or
`resource` besides what the standard names. Tokens are renewed by `TokenAuth`, once for all threads.
"""

import base64
import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from tools.kit.call import Answer, Call
from tools.kit.errors import Misconfigured, WrongAnswer
from tools.kit.schemes import Door, Scheme, Token, TokenAuth
from tools.kit.secrets import Secret
from tools.kit.token_store import FileTokens, TokenStore, memory_tokens

_OURS = frozenset({"grant_type", "client_secret", "refresh_token", "assertion", "client_assertion"})


def basic_header(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class OAuth2(Scheme):
    """What the grants share. `form` holds further fields of the token request (`audience`, `resource`)."""

    token_url: str
    scopes: tuple[str, ...] = ()
    form: dict[str, str] = Field(default_factory=dict)

    @field_validator("form")
    @classmethod
    def _no_field_of_ours(cls, form: dict[str, str]) -> dict[str, str]:
        if taken := sorted(_OURS & set(form)):
            raise ValueError(f"{', '.join(taken)} cannot be set by hand")
        return form

    def addresses(self) -> tuple[str, ...]:
        return (self.token_url,)


class ClientCredentials(OAuth2):
    """OAuth2 client credentials. `client_auth`: send id and secret as Basic header or in the form."""

    type: Literal["oauth2"] = "oauth2"
    client_id: str
    client_secret: Secret
    client_auth: Literal["basic", "form"] = "basic"

    def authenticator(self, door: Door) -> TokenAuth:
        secret = self.client_secret.get_secret_value()
        known = (secret, basic_header(self.client_id, secret).partition(" ")[2])

        def fetch() -> Token:
            form = {"grant_type": "client_credentials", **_scope(self.scopes), **self.form}
            return token_of(door, *_asked(door, self, form, _client(self)))

        return TokenAuth(fetch, lambda: known)


class RefreshToken(OAuth2):
    """OAuth2 by a refresh token that a person obtained once; without a secret for a public client.

    Many vendors give a new refresh token with each access token and refuse the old one. The newest is
    kept for this process, and in the file `kept_in` for the next one; it comes before `refresh_token`.
    """

    type: Literal["oauth2_refresh"] = "oauth2_refresh"
    client_id: str
    client_secret: Secret | None = None
    client_auth: Literal["basic", "form"] = "form"
    refresh_token: Secret
    kept_in: Path | None = None

    def authenticator(self, door: Door) -> TokenAuth:
        store = FileTokens(self.kept_in) if self.kept_in else memory_tokens(self._identity())
        return refreshed(self, door, store)

    def _identity(self) -> str:
        told = (self.token_url, self.client_id, self.refresh_token.get_secret_value())
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


def refreshed(settings: RefreshToken, door: Door, store: TokenStore) -> TokenAuth:
    """Access tokens by the newest refresh token that `store` holds."""
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    basic = basic_header(settings.client_id, secret).partition(" ")[2] if secret else ""
    held = [settings.refresh_token.get_secret_value()]  # the last is the newest
    unsaved = False

    def fetch() -> Token:
        nonlocal unsaved
        try:
            with store.locked():  # another thread or process may just be given a new one
                newest = held[-1] if unsaved else store.read() or held[-1]
                token, given = _exchanged(settings, door, newest)
                held[:] = [newest, given or newest]
                unsaved = bool(given)
                if given:
                    store.keep(given)
                    unsaved = False
        except OSError as error:
            raise Misconfigured(
                door.vendor,
                f"the refresh token cannot be kept: {error.strerror}",
                place="auth.kept_in",
                remedy="Name a file in a folder that we may write to.",
            ) from None
        return token

    return TokenAuth(fetch, lambda: (*held, *filter(None, (secret, basic))))


def _exchanged(settings: RefreshToken, door: Door, newest: str) -> tuple[Token, str]:
    """An access token for a refresh token, and the refresh token that replaces it, if one does."""
    form = {"grant_type": "refresh_token", "refresh_token": newest, **_scope(settings.scopes)}
    call, answer = _asked(door, settings, {**form, **settings.form}, _client(settings))
    token = token_of(door, call, answer)
    given = answer.data.get("refresh_token")
    return token, given if isinstance(given, str) and given != newest else ""


class JwtBearer(OAuth2):
    """OAuth2 by an assertion that we sign (RFC 7523): the key never travels.

    `key` is the private key in PEM form; `issuer` mostly the client's id, `subject` the user we act as,
    `audience` the token endpoint where left out. `scopes` become the claim `scope`;
    a vendor that wants them in the form gets them by `form`. `grant: client_credentials` sends the
    assertion in place of the client's secret (NetSuite).
    """

    type: Literal["oauth2_jwt"] = "oauth2_jwt"
    issuer: str
    subject: str = ""
    audience: str = ""
    key: Secret
    key_id: str = Field(default="", description="`kid` of the assertion's header")
    algorithm: Literal["RS256", "PS256", "ES256"] = "RS256"
    lifetime: timedelta = Field(default=timedelta(minutes=2), gt=timedelta(), le=timedelta(hours=1))
    claims: dict[str, str] = Field(default_factory=dict)
    grant: Literal["jwt_bearer", "client_credentials"] = "jwt_bearer"

    def authenticator(self, door: Door) -> TokenAuth:
        known = [self.key.get_secret_value()]

        def fetch() -> Token:
            signed = assertion(door.vendor, self, datetime.now(UTC))
            known[1:] = [signed]
            return token_of(door, *_asked(door, self, {**_grant(self, signed), **self.form}, {}))

        return TokenAuth(fetch, lambda: tuple(known))


def assertion(vendor: str, settings: JwtBearer, now: datetime) -> str:
    """The signed claim that we are who we are, for this once. Misconfigured for a key that is none."""
    import jwt
    from cryptography.exceptions import UnsupportedAlgorithm

    claims = {
        **settings.claims,
        "iss": settings.issuer,
        "aud": settings.audience or settings.token_url,
        "iat": int(now.timestamp()),
        "exp": int((now + settings.lifetime).timestamp()),
        "jti": str(uuid.uuid4()),
    }
    if settings.subject:
        claims["sub"] = settings.subject
    if settings.scopes:
        claims["scope"] = " ".join(settings.scopes)
    headers = {"kid": settings.key_id} if settings.key_id else None
    try:
        return jwt.encode(claims, settings.key.get_secret_value(), settings.algorithm, headers)
    except (jwt.PyJWTError, ValueError, TypeError, UnsupportedAlgorithm):  # their texts may quote the key
        raise Misconfigured(
            vendor,
            f"the key cannot sign {settings.algorithm}",
            place="auth.key",
            remedy="Give the private key in PEM form, unencrypted: RSA for RS256 and PS256, P-256 for ES256.",
        ) from None


def _grant(settings: JwtBearer, signed: str) -> dict[str, str]:
    if settings.grant == "jwt_bearer":
        return {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": signed}
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed,
    }


def _scope(scopes: tuple[str, ...]) -> dict[str, str]:
    return {"scope": " ".join(scopes)} if scopes else {}


def _client(settings: ClientCredentials | RefreshToken) -> dict[str, str]:
    """How the client names itself: the Basic header (under `Authorization`), or fields of the form."""
    secret = settings.client_secret.get_secret_value() if settings.client_secret else ""
    if settings.client_auth == "basic" and secret:
        return {"Authorization": basic_header(settings.client_id, secret)}
    return {"client_id": settings.client_id, **({"client_secret": secret} if secret else {})}


def _asked(
    door: Door, settings: OAuth2, form: Mapping[str, str], client: Mapping[str, str]
) -> tuple[Call, Answer]:
    """What the token endpoint answers to a form."""
    headers = {name: value for name, value in client.items() if name == "Authorization"}
    fields = {name: value for name, value in client.items() if name not in headers}
    path = urlsplit(settings.token_url).path
    call = Call("POST", path, form={**form, **fields}, headers=headers, repeatable=True)
    return call, door.ask(call, settings.token_url)


def token_of(door: Door, call: Call, answer: Answer) -> Token:
    """The access token in an answer, with the plain texts beside it. Raises WrongAnswer without one."""
    data: Any = answer.data
    value = data.get("access_token") if isinstance(data, dict) else None
    if not isinstance(value, str) or not value:
        raise WrongAnswer(door.vendor, "no access_token", place=call.place, remedy="Check token_url.")
    try:
        expires = float(data.get("expires_in", 300))
    except (TypeError, ValueError):
        expires = 300.0
    facts = {k: v for k, v in data.items() if isinstance(v, str) and not k.endswith("token")}
    return Token(value=SecretStr(value), expires_in=max(expires, 1.0), facts=facts)
