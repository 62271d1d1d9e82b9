"""The one door to the network: a client with auth, budget, timeouts, retries, limits and redaction.

Nothing else in the product imports httpx. A client belongs to one vendor and one base address; its
credentials go there and to its token endpoint, nowhere else.
"""

import copy
import json
import logging
import random
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import stamina
import stamina.instrumentation
import structlog

from tools.kit.answers import lost, no_token, status_error, told
from tools.kit.auth import Scheme, authenticator
from tools.kit.breaker import Breaker
from tools.kit.budget import Budget, Exhausted
from tools.kit.call import Answer, Call, Params
from tools.kit.errors import (
    ConnectorError,
    Fatal,
    Misconfigured,
    Retryable,
    WrongAnswer,
)
from tools.kit.metrics import count
from tools.kit.redact import redact
from tools.kit.schemes import Authenticator, Outgoing
from tools.kit.settings import HttpSettings

log = structlog.get_logger("tools.http")
# httpx itself logs whole addresses, and an address may hold a key.
logging.getLogger("httpx").setLevel(logging.WARNING)


def _told_quietly(details: stamina.instrumentation.RetryDetails) -> None:
    """Another attempt is no event for a person: the error that remains tells of them all."""
    log.info("retry", attempt=details.retry_num, wait=round(details.wait_for, 2), why=str(details.caused_by))


stamina.instrumentation.set_on_retry_hooks([_told_quietly])

Transport = httpx.BaseTransport


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
        limits = self.settings
        self._budget = Budget(limits.concurrency, limits.requests_per_second, longest=limits.longest_wait)
        self._breaker = Breaker(vendor, limits.breaker_failures, limits.breaker_rest)
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

    def at(self, base_url: str) -> "Client":
        """The same system at another of its addresses, with our credentials, limits and connections: whoever
        asks vouches for the address. Raises Misconfigured for one that is not fit for credentials."""
        other = copy.copy(self)
        other._base = _address(self.vendor, base_url, self.settings.plain_http)
        return other

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, params: Params | None = None) -> Answer:
        """GET a JSON answer."""
        return self.send(Call("GET", path, params=params))

    def send(self, call: Call) -> Answer:
        """Carry out a call, again where that is safe and may help."""
        for attempt in self._attempts():
            with attempt:
                return self._authorised(call)
        raise AssertionError("stamina either returns or raises")

    def _attempts(self) -> Iterable[AbstractContextManager[Any]]:
        limits = self.settings
        return stamina.retry_context(
            on=self._again,
            attempts=limits.attempts,
            timeout=None,
            wait_initial=limits.wait_initial,
            wait_max=limits.wait_max,
            wait_jitter=limits.wait_initial,
        )

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
            raise no_token(self.vendor, call, error) from None

    def session(self) -> Mapping[str, str]:
        """What the system said about our session when it signed us in (a site's id); signs in if needed."""
        for attempt in self._attempts():
            with attempt:
                return self._auth.facts() if self._auth else {}
        raise AssertionError("stamina either returns or raises")

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
        request = self._request(call, url or self._url(call))
        if auth is not None:
            given = auth.headers(_outgoing(request))
            request.headers.update(given)
            if used is not None:
                used.update(given)
        try:
            with self._budget.turn():
                answer = self._timed(call, request)
        except Exhausted as error:
            raise self._exhausted(call, error) from None
        self._budget.heed(answer.headers, self.settings.rate_headers)
        return answer

    def _url(self, call: Call) -> str:
        """Where a call goes: never to another host than the base address's."""
        if not call.rooted:
            return self._base + call.path
        parts = urlsplit(self._base)
        return f"{parts.scheme}://{parts.netloc}/{call.path.lstrip('/')}"

    def _timed(self, call: Call, request: httpx.Request) -> Answer:
        """The exchange itself: watched, counted, logged."""
        started = time.monotonic()
        status = "not sent"
        try:
            with self._breaker.watched(call.place) as answered:
                status = "lost"
                with self._open(call, request) as response:
                    body = self._body(call, response)
                answered(response.status_code)
                status = str(response.status_code)
        finally:
            took = time.monotonic() - started
            count(self.vendor, call, status, took)
            log.debug("http", vendor=self.vendor, call=call.place, status=status, ms=round(took * 1000, 1))
        return Answer(response.status_code, response.headers, body)

    @contextmanager
    def _open(self, call: Call, request: httpx.Request) -> Iterator[httpx.Response]:
        """The answer, whose body is still to be read; errors of the exchange as ours."""
        try:
            response = self._http.send(request, stream=True)
            try:
                yield response
            finally:
                response.close()
        except httpx.HTTPError as error:
            raise self._transport_error(call, error) from error

    def _exhausted(self, call: Call, error: Exhausted) -> Retryable:
        return Retryable(
            self.vendor,
            "it said that no more calls are allowed for now",
            place=call.place,
            retry_after=error.seconds,
            remedy="It is asked again when its limit allows; ask for a higher one if this happens often.",
        )

    def _request(self, call: Call, url: str) -> httpx.Request:
        """The request as it will be sent, without credentials."""
        headers = {"Accept": _ACCEPT[call.accept], **call.headers}
        if call.etag:
            headers["If-None-Match" if call.method in _READS else "If-Match"] = call.etag
        content: dict[str, Any] = {"json": call.body} if call.form is None else {"data": call.form}
        if call.content is not None:
            content = {"content": call.content}
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
                raise lost(self.vendor, call, "the answer took too long")
            parts.append(part)
        return b"".join(parts)

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
        return lost(self.vendor, call, f"{what} ({type(error).__name__})", never_sent)

    def _checked(self, call: Call, answer: Answer) -> Answer:
        """The answer, if its status and content are what was asked for."""
        if answer.unchanged and call.etag and call.method in _READS:
            return answer
        if not 200 <= answer.status < 300:
            raise status_error(self.vendor, call, answer, self.redact)
        if call.accept != "json" or not answer.body:
            return answer
        content = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if "json" not in content:
            raise WrongAnswer(
                self.vendor,
                f"answered with {content or 'no content type'} instead of JSON"
                + told(call, answer, self.redact),
                place=call.place,
                remedy="Check base_url; a login page, a proxy or a sleeping instance may stand in between.",
            )
        try:
            data = json.loads(answer.body, parse_float=Decimal, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            # A whole body that does not parse was cut off or garbled on its way: worth asking again.
            raise lost(self.vendor, call, "the JSON is cut off or broken") from None
        return replace(answer, data=data)


_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
_READS = ("GET", "HEAD")
_ACCEPT = {"json": "application/json", "text": "text/plain, */*;q=0.5", "bytes": "*/*"}


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
