"""The one door to the network: a client with auth, budget, timeouts, retries, limits and redaction.

Nothing else in the product imports httpx. A client belongs to one vendor and one base address; its
credentials go there and to its token endpoint, nowhere else.
"""

import json
import random
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import stamina
import structlog

from tools.kit.auth import Scheme, authenticator
from tools.kit.budget import Budget
from tools.kit.call import Answer, Call, Params
from tools.kit.errors import (
    ConnectorError,
    Fatal,
    Misconfigured,
    NotFound,
    Retryable,
    Unauthorised,
    WrongAnswer,
)
from tools.kit.redact import redact, shorten
from tools.kit.schemes import Authenticator, Outgoing
from tools.kit.settings import HttpSettings

log = structlog.get_logger("tools.http")

Transport = httpx.BaseTransport
_TRY_AGAIN = frozenset({408, 429, 502, 503, 504})


class Client:
    """HTTP towards one vendor.

    `transport` replaces the network in tests. Every method raises Retryable, Unauthorised, NotFound,
    WrongAnswer, Misconfigured or Fatal, never an httpx error.
    """

    def __init__(
        self,
        vendor: str,
        base_url: str,
        auth: Scheme | None = None,
        settings: HttpSettings | None = None,
        transport: Transport | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.vendor = vendor
        self.settings = settings or HttpSettings()
        self._base = _address(vendor, base_url, self.settings.plain_http)
        for address in auth.addresses() if auth else ():
            _address(vendor, address, self.settings.plain_http)
        self._budget = Budget(self.settings.concurrency, self.settings.requests_per_second)
        self._auth = authenticator(auth, self) if auth else None
        self._http = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(self.settings.read_timeout, connect=self.settings.connect_timeout),
            headers={"User-Agent": "pacta", **(headers or {})},
            verify=_tls(vendor, self.settings.ca_file) if transport is None else True,
        )

    def __repr__(self) -> str:
        return f"Client(vendor={self.vendor!r}, base_url={redact(self._base)!r})"

    @property
    def base_path(self) -> str:
        """The path of the base address, with which the vendor's own links begin."""
        return urlsplit(self._base).path

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, params: Params | None = None) -> Answer:
        """GET a JSON answer."""
        return self.send(Call("GET", path, params=params))

    def send(self, call: Call) -> Answer:
        """Carry out a call, again where that is safe and may help."""
        limits = self.settings
        retrying = stamina.retry_context(
            on=self._again,
            attempts=limits.attempts,
            timeout=None,
            wait_initial=limits.wait_initial,
            wait_max=limits.wait_max,
            wait_jitter=limits.wait_initial,
        )
        for attempt in retrying:
            with attempt:
                return self._authorised(call)
        raise AssertionError("stamina either returns or raises")

    def redact(self, text: str) -> str:
        """`text` without any secret of this client."""
        return redact(text, self._auth.secrets() if self._auth else ())

    def _again(self, error: Exception) -> bool | float:
        """Whether to try again, or in how many seconds: stamina's hook."""
        if not isinstance(error, Retryable) or not error.soon:
            return False
        if error.retry_after is None:
            return True
        if error.retry_after > self.settings.longest_wait:
            return False
        spread = random.uniform(0, self.settings.wait_initial)  # noqa: S311 - spreads load, no secret
        return error.retry_after + spread

    def ask(self, call: Call, url: str = "") -> Answer:
        """Ask for a token or session, to `url` or below the base address; our other credentials stay away.

        Raises Unauthorised where what the call holds is refused, with 400 too, as OAuth does.
        """
        try:
            return self._checked(call, self._exchange(call, url=url))
        except Fatal as error:
            if error.status != 400:
                raise
            raise Unauthorised(
                self.vendor, f"no token: {error.what}", place=call.place, status=400, remedy=_RIGHTS[401]
            ) from None

    def session(self) -> Mapping[str, str]:
        """What the system said about our session when it signed us in (a site's id); signs in if needed."""
        return self._auth.facts() if self._auth else {}

    def _authorised(self, call: Call) -> Answer:
        """One attempt, with one renewal of the credentials if they are refused."""
        used: dict[str, str] = {}
        answer = self._exchange(call, self._auth, used)
        if self._auth and self._auth.refused(answer) and self._auth.renew(used):
            answer = self._exchange(call, self._auth, used)
        return self._checked(call, answer)

    def _exchange(
        self,
        call: Call,
        auth: Authenticator | None = None,
        used: dict[str, str] | None = None,
        url: str = "",
    ) -> Answer:
        """Send and read the whole body, within size and time. `used` takes the credentials that were sent."""
        request = self._request(call, url or self._base + call.path)
        if auth is not None:
            given = auth.headers(_outgoing(request))
            request.headers.update(given)
            if used is not None:
                used.update(given)
        started = time.monotonic()
        try:
            with self._budget.turn(), self._open(request) as response:
                body = self._body(call, response)
        except httpx.HTTPError as error:
            raise self._transport_error(call, error) from error
        took = round((time.monotonic() - started) * 1000, 1)
        log.debug("http", vendor=self.vendor, call=call.place, status=response.status_code, ms=took)
        return Answer(response.status_code, response.headers, body)

    @contextmanager
    def _open(self, request: httpx.Request) -> Iterator[httpx.Response]:
        response = self._http.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()

    def _request(self, call: Call, url: str) -> httpx.Request:
        """The request as it will be sent, without credentials."""
        headers = {"Accept": _ACCEPT[call.accept], **call.headers}
        content: dict[str, Any] = {"json": call.body} if call.form is None else {"data": call.form}
        try:
            return self._http.build_request(call.method, url, params=call.params, headers=headers, **content)
        except httpx.InvalidURL as error:
            raise Misconfigured(self.vendor, f"no valid address: {error}", place=call.path) from None

    def _body(self, call: Call, response: httpx.Response) -> bytes:
        """The decoded body, given up as soon as it is too large or too slow."""
        limit = call.max_body or self.settings.max_body
        until = time.monotonic() + self.settings.total_timeout
        parts: list[bytes] = []
        size = 0
        for part in response.iter_bytes():
            size += len(part)
            if size > limit:
                raise WrongAnswer(
                    self.vendor,
                    f"the answer is larger than {limit:,} bytes",
                    place=call.place,
                    remedy="Raise the size limit in the connector's settings, or ask for less per page.",
                )
            if time.monotonic() > until:
                raise self._lost(call, "the answer took too long")
            parts.append(part)
        return b"".join(parts)

    def _lost(self, call: Call, what: str, never_sent: bool = False) -> Retryable:
        """The error for an answer that did not arrive whole; a write may have happened all the same."""
        again = call.safe or never_sent
        return Retryable(
            self.vendor,
            what,
            place=call.place,
            soon=again,
            maybe_done=not again,
            remedy="It is tried again later; if it stays, check that the system can be reached.",
        )

    def _transport_error(self, call: Call, error: httpx.HTTPError) -> ConnectorError:
        """What a failed exchange means for the caller."""
        if isinstance(error, httpx.UnsupportedProtocol):
            return Misconfigured(self.vendor, "the address is not http(s)", place=call.place)
        never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        if never_sent and isinstance(_root(error), ssl.SSLCertVerificationError):
            return Misconfigured(
                self.vendor,
                "its certificate is not trusted",
                place=call.place,
                remedy="Set ca_file to the authority that signed it.",
            )
        timed_out = isinstance(error, httpx.TimeoutException)
        what = "timed out" if timed_out else "the connection failed or was cut off"
        return self._lost(call, f"{what} ({type(error).__name__})", never_sent)

    def _checked(self, call: Call, answer: Answer) -> Answer:
        """The answer, if its status and content are what was asked for."""
        if not 200 <= answer.status < 300:
            raise self._status_error(call, answer)
        if call.accept != "json" or not answer.body:
            return answer
        content = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if "json" not in content:
            raise WrongAnswer(
                self.vendor,
                f"answered with {content or 'no content type'} instead of JSON",
                place=call.place,
                remedy="Check base_url; a login page, a proxy or a sleeping instance may stand in between.",
            )
        try:
            data = json.loads(answer.body, parse_float=Decimal, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            # A whole body that does not parse was cut off or garbled on its way: worth asking again.
            raise self._lost(call, "the JSON is cut off or broken") from None
        return replace(answer, data=data)

    def _status_error(self, call: Call, answer: Answer) -> ConnectorError:
        """The error for an answer that is not a success."""
        status = answer.status
        said = shorten(self.redact(_error_text(answer)))  # in this order: a cut secret is not found
        what = f"HTTP {status}" + (f": {said}" if said else "")
        more: dict[str, Any] = {"place": call.place, "status": status}
        if status in _TRY_AGAIN or status >= 500:
            # 429 was refused before any work; the other answers leave open whether a write happened.
            refused = status == 429
            return Retryable(
                self.vendor,
                what,
                soon=status in _TRY_AGAIN and (call.safe or refused),
                maybe_done=not (call.safe or refused),
                retry_after=_retry_after(answer.headers),
                remedy="It is tried again later.",
                **more,
            )
        if status in (401, 403):
            return Unauthorised(self.vendor, what, remedy=_RIGHTS[status], **more)
        if status == 404:
            return NotFound(self.vendor, what, remedy=_NOT_FOUND, **more)
        if 300 <= status < 400:
            return WrongAnswer(self.vendor, f"{what}: sends us elsewhere", remedy=_REDIRECT, **more)
        return Fatal(self.vendor, what, **more)


_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_ACCEPT = {"json": "application/json", "text": "text/plain, */*;q=0.5", "bytes": "*/*"}
_RIGHTS = {
    401: "Check the user, password or client secret in the connector's settings.",
    403: "Give our user the rights for this, or read another field or table.",
}
_MOST_SAID = 100_000
_NOT_FOUND = "Check the id, the base_url, and that our user may see the record."
_REDIRECT = "Check base_url: a login page or another host answers there."


def _outgoing(request: httpx.Request) -> Outgoing:
    content_type = request.headers.get("content-type", "")
    return Outgoing(request.method, str(request.url), request.read(), content_type)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _address(vendor: str, url: str, plain_http: bool) -> str:
    """An address fit to send credentials to, without a trailing slash; Misconfigured otherwise."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misconfigured(vendor, f"{redact(url)!r} is no address", remedy="Write it as https://host/path.")
    if parts.username or parts.password:
        raise Misconfigured(vendor, "an address holds a user or password", remedy="Put them under auth.")
    if parts.scheme == "http" and not plain_http and parts.hostname not in _THIS_MACHINE:
        raise Misconfigured(
            vendor,
            f"{redact(url)} would send our credentials unencrypted",
            remedy="Use https, or set http.plain_http where the network between is private.",
        )
    return url.rstrip("/")


def _tls(vendor: str, ca_file: Path | None) -> ssl.SSLContext | bool:
    if ca_file is None:
        return True
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:
        raise Misconfigured(vendor, f"ca_file cannot be used: {error}", place=str(ca_file)) from None


def _root(error: BaseException) -> BaseException:
    """The first cause of an error."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    return error


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
