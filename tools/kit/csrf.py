"""Writes that need a token against forgery, fetched beforehand and bound to the session's cookie (SAP).

The token comes in the answer to a read that asks for it (`X-CSRF-Token: Fetch`); the cookie beside it is
kept by the client. A refused token is fetched anew once.
"""

import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from tools.kit.call import Answer, Call
from tools.kit.errors import Unauthorised, WrongAnswer


class Sends(Protocol):
    vendor: str

    def send(self, call: Call) -> Answer: ...


class Csrf:
    """Sends writes through a client with the token that `fetch` (a path below the base, or `rooted` on its
    host) gives."""

    def __init__(
        self, client: Sends, fetch: str, header: str = "X-CSRF-Token", *, rooted: bool = False
    ) -> None:
        self._client = client
        headers = {header: "Fetch", "Accept": "application/json"}
        self._fetch = Call("GET", fetch, headers=headers, accept="bytes", rooted=rooted)
        self._header = header
        self._lock = threading.Lock()
        self._token = ""

    def send(self, call: Call) -> Answer:
        """The write, with a good token. Raises what `Client.send` raises."""
        token = self._current("")
        try:
            return self._with(call, token)
        except Unauthorised as error:
            if error.status != 403:
                raise
        return self._with(call, self._current(token))

    def _with(self, call: Call, token: str) -> Answer:
        headers: Mapping[str, str] = {**call.headers, self._header: token}
        return self._client.send(replace(call, headers=headers))

    def _current(self, refused: str) -> str:
        """The token, another one than was `refused`: whoever comes second takes what the first fetched."""
        with self._lock:
            if not self._token or self._token == refused:
                self._token = self._client.send(self._fetch).headers.get(self._header.lower(), "")
                if not self._token:
                    raise WrongAnswer(
                        self._client.vendor,
                        "no CSRF token in the answer",
                        place=self._fetch.place,
                        remedy="Check base_url, and that our user may use the service.",
                    )
            return self._token
