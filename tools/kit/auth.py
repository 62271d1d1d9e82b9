"""Who we are to an outside system: basic, bearer, OAuth2 client credentials; and where secrets come from.

In settings a secret is a text, `{env: NAME}` or `{file: /run/secrets/name}`. It is held as SecretStr,
so that printing the settings shows stars.
"""

import base64
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal, Protocol

from pydantic import BeforeValidator, Field, SecretStr

from obligations.quantities import Frozen


def _secret(value: object) -> object:
    """A secret given in place, by environment variable or by file; ValueError names what is missing."""
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"env"}:
        found = os.environ.get(str(value["env"]))
        if not found:
            raise ValueError(f"the environment variable {value['env']} is not set")
        return found
    if set(value) == {"file"}:
        try:
            return Path(str(value["file"])).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ValueError(f"the secret file {value['file']} cannot be read: {error.strerror}") from None
    raise ValueError("a secret is a text, {env: NAME} or {file: PATH}")


Secret = Annotated[SecretStr, BeforeValidator(_secret)]


class BasicAuth(Frozen):
    type: Literal["basic"] = "basic"
    user: str
    password: Secret


class BearerAuth(Frozen):
    type: Literal["bearer"] = "bearer"
    token: Secret


class ClientCredentials(Frozen):
    """OAuth2 client credentials. `client_auth`: send id and secret as Basic header or in the form."""

    type: Literal["oauth2"] = "oauth2"
    token_url: str
    client_id: str
    client_secret: Secret
    scopes: tuple[str, ...] = ()
    client_auth: Literal["basic", "form"] = "basic"


AuthSettings = Annotated[BasicAuth | BearerAuth | ClientCredentials, Field(discriminator="type")]


class Authenticator(Protocol):
    """Gives the Authorization header, and a new one when the old is refused."""

    def header(self) -> str: ...

    def renew(self, refused: str) -> bool:
        """Told that `refused` was answered with 401; True when another attempt makes sense."""

    def secrets(self) -> tuple[str, ...]:
        """Every secret value in use, for redaction."""


def basic_header(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class StaticAuth:
    """An Authorization header that never changes: basic or a fixed bearer token."""

    def __init__(self, header: str, secret: str) -> None:
        self._header = header
        self._secret = secret

    def __repr__(self) -> str:
        return "StaticAuth(…)"

    def header(self) -> str:
        return self._header

    def renew(self, refused: str) -> bool:
        return False

    def secrets(self) -> tuple[str, ...]:
        return (self._secret, self._header.partition(" ")[2])


class Token(Frozen):
    """What a token endpoint answers; other fields are ignored by who builds it."""

    value: SecretStr
    expires_in: float = 300


FetchToken = Callable[[ClientCredentials], Token]


class TokenAuth:
    """OAuth2 token, fetched once for all threads and kept until shortly before it expires.

    Whoever finds it missing fetches it under the lock while the others wait for the same one. A token
    refused with 401 is dropped once: the thread that comes second sees that it was already replaced.
    """

    _EARLY = 30.0  # seconds before expiry at which a token counts as old: clocks and requests take time

    def __init__(
        self, settings: ClientCredentials, fetch: FetchToken, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._token: SecretStr | None = None
        self._old_at = 0.0

    def __repr__(self) -> str:
        return f"TokenAuth(client_id={self._settings.client_id!r})"

    def header(self) -> str:
        with self._lock:
            if self._token is None or self._clock() >= self._old_at:
                token = self._fetch(self._settings)
                early = min(self._EARLY, token.expires_in / 2)
                self._token, self._old_at = token.value, self._clock() + token.expires_in - early
            return f"Bearer {self._token.get_secret_value()}"

    def renew(self, refused: str) -> bool:
        with self._lock:
            if self._token is not None and refused == f"Bearer {self._token.get_secret_value()}":
                self._token = None
        return True

    def secrets(self) -> tuple[str, ...]:
        secret = self._settings.client_secret.get_secret_value()
        known = (secret, basic_header(self._settings.client_id, secret).partition(" ")[2])
        token = self._token
        return (*known, token.get_secret_value()) if token else known


def authenticator(settings: AuthSettings, fetch: FetchToken) -> Authenticator:
    """The authenticator for some settings; `fetch` gets a token from its endpoint."""
    if isinstance(settings, BasicAuth):
        password = settings.password.get_secret_value()
        return StaticAuth(basic_header(settings.user, password), password)
    if isinstance(settings, BearerAuth):
        token = settings.token.get_secret_value()
        return StaticAuth(f"Bearer {token}", token)
    return TokenAuth(settings, fetch)
