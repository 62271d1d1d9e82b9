"""Requests that stand-ins send by themselves: webhooks, handshakes, challenges. Only to this machine."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib import error, request

from sandbox.webhooks import is_loopback

TIMEOUT = 10
# No proxy: the target is on this machine.
_OPENER = request.build_opener(request.ProxyHandler({}))


@dataclass(frozen=True)
class Reply:
    """What the target answered; status 0 where nobody did. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def taken(self) -> bool:
        return 200 <= self.status < 300


async def post(target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    """Post `body` to an address on this machine; any other is not called."""
    return await asyncio.to_thread(_post, target, body, headers)


def _post(target: str, body: bytes, headers: Mapping[str, str]) -> Reply:
    if not is_loopback(target):
        return Reply(0)
    call = request.Request(target, data=body, headers=dict(headers), method="POST")  # noqa: S310 - loopback only
    try:
        with _OPENER.open(call, timeout=TIMEOUT) as answer:
            return Reply(int(answer.status), _lower(dict(answer.headers)), answer.read())
    except error.HTTPError as refused:
        return Reply(refused.code, _lower(dict(refused.headers)))
    except (OSError, ValueError):
        return Reply(0)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
