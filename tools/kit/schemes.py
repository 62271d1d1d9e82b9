"""What every way to say who we are has in common: settings, an authenticator, and renewal for all at once."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import Field, SecretStr

from obligations.quantities import Frozen
from tools.kit.call import Answer, Call
from tools.kit.secrets import Secret


@dataclass(frozen=True)
class Outgoing:
    """A request as it goes over the wire, for schemes that sign: `url` with its query, encoded."""

    method: str
    url: str
    body: bytes = b""
    content_type: str = ""


class Authenticator:
    """Gives the headers that prove who we are, and new ones when the old are refused."""

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        raise NotImplementedError

    def refused(self, answer: Answer) -> bool:
        """Does this answer say that our credentials are no longer good?"""
        return answer.status == 401

    def renew(self, used: Mapping[str, str]) -> bool:
        """Told that the headers `used` were refused; True when another attempt makes sense."""
        return False

    def facts(self) -> Mapping[str, str]:
        """What the system said about the session when it gave the token (a site's id); signs in if needed."""
        return {}

    def secrets(self) -> tuple[str, ...]:
        """Every secret value in use, for redaction."""
        return ()


class Door(Protocol):
    """Through which a scheme asks for its tokens: the client whose credentials they are."""

    vendor: str

    def ask(self, call: Call, url: str = "") -> Answer:
        """Send without credentials of our own, to `url` or below the base address; errors as `send`."""


class Scheme(Frozen):
    """Settings of one scheme. `also` holds secret headers that go beside it on every request (`apiKey`)."""

    also: dict[str, Secret] = Field(default_factory=dict)

    def authenticator(self, door: Door) -> Authenticator:
        raise NotImplementedError

    def addresses(self) -> tuple[str, ...]:
        """Where credentials go besides the base address; each must be fit for them."""
        return ()


class Static(Authenticator):
    """One header that never changes. `parts` are the secrets in it."""

    def __init__(self, header: str, value: str, *parts: str) -> None:
        self._headers = {header: value}
        self._parts = parts

    def __repr__(self) -> str:
        return "Static(…)"

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        return self._headers

    def secrets(self) -> tuple[str, ...]:
        return self._parts


class Beside(Authenticator):
    """A scheme with secret headers beside it."""

    def __init__(self, inner: Authenticator, also: Mapping[str, SecretStr]) -> None:
        self._inner = inner
        self._also = also

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        more = {name: secret.get_secret_value() for name, secret in self._also.items()}
        return {**more, **self._inner.headers(request)}

    def refused(self, answer: Answer) -> bool:
        return self._inner.refused(answer)

    def renew(self, used: Mapping[str, str]) -> bool:
        return self._inner.renew(used)

    def facts(self) -> Mapping[str, str]:
        return self._inner.facts()

    def secrets(self) -> tuple[str, ...]:
        return (*self._inner.secrets(), *(secret.get_secret_value() for secret in self._also.values()))


class Token(Frozen):
    """What a system gave us for our credentials. `expires_in` is in seconds; `facts` is what else it said."""

    value: SecretStr
    expires_in: float = 300
    facts: dict[str, str] = Field(default_factory=dict)


class TokenAuth(Authenticator):
    """A token, fetched once for all threads and kept until shortly before it expires.

    Whoever finds it missing fetches it under the lock while the others wait for the same one. A token
    that is refused is dropped once: the thread that comes second sees that it was already replaced.
    """

    _EARLY = 30.0  # seconds before expiry at which a token counts as old: clocks and requests take time

    def __init__(
        self,
        fetch: Callable[[], Token],
        known: Callable[[], tuple[str, ...]] = tuple,
        *,
        header: str = "Authorization",
        prefix: str = "Bearer ",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`known` gives the secrets that `fetch` sends."""
        self._fetch = fetch
        self._known = known
        self._header, self._prefix = header, prefix
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._before: SecretStr | None = None
        self._old_at = 0.0

    def __repr__(self) -> str:
        return f"TokenAuth(header={self._header!r})"

    def headers(self, request: Outgoing) -> Mapping[str, str]:
        return self._worn(self._current())

    def renew(self, used: Mapping[str, str]) -> bool:
        with self._lock:
            if self._token is not None and used.get(self._header) == self._worn(self._token)[self._header]:
                self._before, self._token = self._token.value, None
        return True

    def facts(self) -> Mapping[str, str]:
        return self._current().facts

    def secrets(self) -> tuple[str, ...]:
        held = (self._token.value if self._token else None, self._before)
        return (*self._known(), *(one.get_secret_value() for one in held if one is not None))

    def _current(self) -> Token:
        with self._lock:
            if self._token is None or self._clock() >= self._old_at:
                token = self._fetch()
                early = min(self._EARLY, token.expires_in / 2)
                self._before = self._token.value if self._token else self._before
                self._token, self._old_at = token, self._clock() + token.expires_in - early
            return self._token

    def _worn(self, token: Token) -> dict[str, str]:
        return {self._header: self._prefix + token.value.get_secret_value()}
