"""Faults on demand: what a network, a gateway or a vendor's bad day does to an answer.

| fault       | what the client gets                                                         |
|-------------|------------------------------------------------------------------------------|
| `401`       | the vendor's refusal, although the credentials are right                      |
| `429`       | the vendor's refusal with Retry-After (`retry-after`, 1 s unless told)        |
| `500`, `502`, `503` | the vendor's failure (503 with Retry-After)                          |
| `slow`      | the right answer after `seconds` (2 unless told)                              |
| `cut`       | the connection ends in the middle of the body                                 |
| `html`      | status 200 and a page of HTML, as from a proxy or a maintenance window        |
| `loop`      | every page is the first page, and names itself as the next                    |
| `duplicate` | the last record of each page also comes first                                 |
| `shuffle`   | records in an order nobody asked for                                          |

The stand-in for a language model has more of its own: see `sandbox/llm/faults.py`.

Asked for with the header `X-Sandbox-Fault: 429; retry-after=3`, or ordered through the admin route, one by
one or as a storm that strikes a share of all requests.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.vendors import vendor_of, vendors

if TYPE_CHECKING:
    from sandbox.state import Sandbox

KINDS = ("401", "429", "500", "502", "503", "slow", "cut", "html", "loop", "duplicate", "shuffle")
MODEL_KINDS = (
    "invalid_json", "wrong_schema", "invented_quote", "invented_number", "invented_name", "refusal", "obeys",
    "cut_off", "slow_stream", "endless_tools",
)  # fmt: skip
KEY = "sandbox.fault"
SECONDS = "sandbox.fault.seconds"
BODY_KEPT = 20_000
T = TypeVar("T")


@dataclass
class Fault:
    """One ordered fault; empty `vendor`, `method` and `path` meet every request."""

    kind: str
    vendor: str = ""
    method: str = ""
    path: str = ""
    times: int = 1
    skip: int = 0
    seconds: float = 2.0
    retry_after: str = "1"
    seen: int = 0

    def __post_init__(self) -> None:
        known = (*KINDS, *MODEL_KINDS)
        if self.kind not in known:
            raise ValueError(f"unknown fault {self.kind!r}; the sandbox knows {', '.join(known)}")

    def meets(self, vendor: str, method: str, path: str) -> bool:
        return self.vendor in ("", vendor) and self.method.upper() in ("", method) and self.path in path


class Storm:
    """Faults by chance: a `share` of all requests meets one of `kinds`, drawn from `seed`."""

    KINDS = ("429", "500", "503", "cut", "slow", "html")

    def __init__(self, share: float, seed: int = 0, kinds: Sequence[str] = KINDS) -> None:
        if not 0 <= share < 1:
            raise ValueError(f"a share of the requests lies between 0 and 1, not at {share}")
        self.share = share
        self.faults = [Fault(kind, seconds=0.05, retry_after="0") for kind in kinds]
        self._dice = random.Random(seed)  # noqa: S311 - a mixture that comes again, no secret

    def strike(self) -> Fault | None:
        return self._dice.choice(self.faults) if self._dice.random() < self.share else None


def from_header(text: str) -> Fault:
    """`slow; seconds=0.5` as a Fault. Raises ValueError naming the fault that is not known."""
    kind, *options = (part.strip() for part in text.split(";"))
    given = dict(option.split("=", 1) for option in options if "=" in option)
    return Fault(kind, seconds=float(given.get("seconds", "2")), retry_after=given.get("retry-after", "1"))


def kind_of(request: Request) -> str:
    """The fault in force for this request, "" for none."""
    return str(request.scope.get(KEY, ""))


def seconds_of(request: Request) -> float:
    """How long the fault in force for this request makes one wait."""
    return float(request.scope.get(SECONDS, 0.0))


def reorder(records: Sequence[T], kind: str) -> list[T]:
    return list(reversed(records)) if kind == "shuffle" else list(records)


def repeat(page: Sequence[T], kind: str) -> list[T]:
    return [page[-1], *page] if kind == "duplicate" and page else list(page)


class FaultGate:
    """ASGI middleware: writes the log and lets the faults happen."""

    def __init__(self, app: ASGIApp, sandbox: "Sandbox") -> None:
        self.app = app
        self.sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        vendor = vendor_of(scope.get("path", ""))
        if scope["type"] != "http" or not vendor:
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        fault, complaint = self._fault(request, vendor)
        scope[KEY] = fault.kind if fault else ""
        scope[SECONDS] = fault.seconds if fault else 0.0
        watch = _Watch(receive, send)
        try:
            if complaint:
                await HTMLResponse(complaint, 400)(scope, watch.receive, watch.send)
            else:
                await self._answer(fault, vendor, scope, watch)
        finally:
            self._log(request, vendor, watch, fault)

    def _fault(self, request: Request, vendor: str) -> tuple[Fault | None, str]:
        header = request.headers.get("x-sandbox-fault")
        if header is None:
            return self.sandbox.due_fault(vendor, request.method, request.url.path), ""
        try:
            return from_header(header), ""
        except ValueError as error:
            return None, str(error)

    async def _answer(self, fault: Fault | None, vendor: str, scope: Scope, watch: "_Watch") -> None:
        kind = fault.kind if fault else ""
        if fault is not None and kind.isdigit():
            headers = {"retry-after": fault.retry_after} if kind in ("429", "503") else {}
            refusal = vendors()[vendor].failure(int(kind), headers)
            await refusal(scope, watch.receive, watch.send)
        elif kind == "html":
            page = "<html><body><h1>We are improving our service</h1><p>Back soon.</p></body></html>"
            await HTMLResponse(page)(scope, watch.receive, watch.send)
        elif kind == "cut":
            await self.app(scope, watch.receive, watch.cut)
        else:
            if fault is not None and kind == "slow":
                await asyncio.sleep(fault.seconds)
            await self.app(scope, watch.receive, watch.send)

    def _log(self, request: Request, vendor: str, watch: "_Watch", fault: Fault | None) -> None:
        self.sandbox.record(
            vendor=vendor,
            method=request.method,
            path=request.url.path,
            query=request.url.query,
            auth=request.headers.get("authorization", "").split(" ")[0],
            body=bytes(watch.body[:BODY_KEPT]).decode("utf-8", "replace"),
            status=watch.status,
            fault=fault.kind if fault else "",
        )


class _Watch:
    """Passes a request and its answer through, keeping the body that came and the status that went."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.body = bytearray()
        self.status = 0

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self.body += message.get("body", b"")
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)

    async def cut(self, message: Message) -> None:
        """Half of the body goes out under the whole body's length; the rest never comes."""
        if message["type"] == "http.response.start":
            await self.send(message)
        elif message.get("body"):
            half = message["body"][: len(message["body"]) // 2]
            await self._send({"type": "http.response.body", "body": half, "more_body": True})
