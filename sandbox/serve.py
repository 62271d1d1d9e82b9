"""Run the sandbox: in a thread beside a test or a demo, or as a process with `python -m sandbox`."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

if TYPE_CHECKING:
    import uvicorn
    from fastapi import FastAPI

    from sandbox.volume import Volume

HOST = "127.0.0.1"
# Certificates are made out to a name rather than to an address.
SECURE_NAME = "localhost"
STARTS_WITHIN = 10.0


@dataclass(frozen=True)
class Tls:
    """A certificate and its private key, both PEM files, and where https is spoken (0: a free port)."""

    certificate: Path
    key: Path
    port: int = 0


def serve(  # noqa: PLR0913 - each is an option of its own
    port: int = 0,
    clock: datetime | None = None,
    *,
    withhold: Sequence[str] = (),
    corpus: Path | None = None,
    webhook_wait: float = 0.05,
    host: str = HOST,
    tls: Tls | None = None,
    volume: "Volume | None" = None,
) -> "RunningSandbox":
    """Start the sandbox and return it running; on the loopback interface unless told (in a container).

    `port` 0 takes a free one. `clock` is the zone-aware instant the world stands at (the demo's if
    None). `withhold` names Ironclad records that appear only when their signing is emitted. Raises
    OSError when the port is taken or a file of `tls` cannot be read, ValueError for a clock without zone.

    With `tls` the same sandbox, with the same state, also listens for https, for clients that refuse
    anything else: `secure_url`. `volume` adds everyday tickets and invoices in any number.
    """
    from sandbox.app import build

    app = build(clock, withhold, corpus, webhook_wait, volume)
    secure = None if tls is None else _server(app, tls)
    listener = _listen(host, port)
    sides = [(_server(app), listener)]
    if secure is not None and tls is not None:
        sides.append((secure, _listen(host, tls.port)))
    thread = threading.Thread(target=_run, args=(sides,), name="sandbox", daemon=True)
    thread.start()
    running = RunningSandbox(f"http://{HOST}:{listener.getsockname()[1]}", sides[0][0], thread)
    if secure is not None:
        running.secure = secure
        running.secure_url = f"https://{SECURE_NAME}:{sides[1][1].getsockname()[1]}"
    running.wait_until_up()
    return running


def _server(app: "FastAPI", tls: Tls | None = None) -> "uvicorn.Server":
    import uvicorn

    options: dict[str, Any] = {"log_level": "critical", "access_log": False, "lifespan": "off", "ws": "none"}
    if tls is not None:
        # A client that keeps its connection does not answer the good-bye of TLS.
        options["timeout_graceful_shutdown"] = 1
        options |= {"ssl_certfile": str(tls.certificate), "ssl_keyfile": str(tls.key)}
    config = uvicorn.Config(app, **options)
    # A certificate that cannot be read is told here, not in the thread.
    config.load()
    return uvicorn.Server(config)


def _run(sides: "Sequence[tuple[uvicorn.Server, socket.socket]]") -> None:
    """Both listeners in one loop, so that the shared state is touched by one thread only."""

    async def together() -> None:
        await asyncio.gather(*(server.serve([listener]) for server, listener in sides))

    with asyncio.Runner(loop_factory=sides[0][0].config.get_loop_factory()) as runner:
        runner.run(together())


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket of which the event loop can tell that it is TCP: only then does it switch off
    the waiting for full packets, which would cost every answer 40 ms."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


@dataclass
class RunningSandbox:
    """A sandbox that answers at `base_url`; leaving the context, or `stop()`, ends it.

    `secure_url` is the same one over https, "" where it was started without a certificate."""

    base_url: str
    server: "uvicorn.Server"
    thread: threading.Thread
    secure_url: str = ""
    secure: "uvicorn.Server | None" = field(default=None, repr=False)

    @property
    def ironclad_url(self) -> str:
        return f"{self.base_url}/ironclad"

    @property
    def servicenow_url(self) -> str:
        return f"{self.base_url}/servicenow"

    @property
    def sap_url(self) -> str:
        return f"{self.base_url}/sap"

    @property
    def model_url(self) -> str:
        """Address of the scripted model, in the form of an OpenAI-compatible server."""
        return f"{self.base_url}/llm/v1"

    def __enter__(self) -> "RunningSandbox":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait_until_up(self) -> None:
        limit = time.monotonic() + STARTS_WITHIN
        while not all(server.started for server in self._servers()):
            if not self.thread.is_alive() or time.monotonic() > limit:
                raise RuntimeError("the sandbox did not start; is the port free?")
            time.sleep(0.005)

    def stop(self) -> None:
        for server in self._servers():
            server.should_exit = True
        self.thread.join(timeout=5)

    def _servers(self) -> "list[uvicorn.Server]":
        return [self.server] if self.secure is None else [self.server, self.secure]

    def set_clock(self, now: datetime) -> None:
        """Move the world to a zone-aware instant, forward or back."""
        self._call("PUT", "/clock", {"now": now.isoformat()})

    def order_fault(self, kind: str, **options: Any) -> None:
        """Order a fault for later requests: `order_fault("429", vendor="servicenow", times=2)`."""
        self._call("POST", "/faults", {"kind": kind, **options})

    def requests(self) -> list[dict[str, Any]]:
        """What clients asked for so far, oldest first."""
        seen: list[dict[str, Any]] = self._call("GET", "/log")["requests"]
        return seen

    def reset(self) -> None:
        self._call("POST", "/reset", {})

    def emit_contract_signed(self, ic_id: str, to_url: str) -> dict[str, Any]:
        """Tell `to_url` by signed webhook that the workflow of the contract `ic_id` is complete.

        Returns the delivery: `event_id`, the status of each of its `attempts`, and whether it was
        `delivered`. Waits until it was taken or every retry is spent.
        """
        body = {"event": "workflow_completed", "record": ic_id, "to": to_url}
        sent: list[dict[str, Any]] = self._call("POST", "/emit", body)["deliveries"]
        return next(delivery for delivery in sent if delivery["target"] == to_url)

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        call = Request(f"{self.base_url}/_sandbox{path}", data=data, method=method)  # noqa: S310 - own address
        with build_opener(ProxyHandler({})).open(call, timeout=60) as answer:
            return json.loads(answer.read())
