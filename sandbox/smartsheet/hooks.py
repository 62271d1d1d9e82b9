"""Smartsheet's webhooks: made disabled, enabled by a challenge, called back with signed, skinny events.

`Smartsheet-Hmac-SHA256` is the hex HMAC-SHA256 of the body with the webhook's shared secret. The target has
to give the challenge back in `Smartsheet-Hook-Response` or as `smartsheetHookResponse`.
"""

import asyncio
import hmac
import json
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import outgoing
from sandbox.smartsheet.records import Row, Sheet, Write, company, number
from sandbox.smartsheet.shapes import Json, Routes, done, page, refuse, stamp
from sandbox.state import Sandbox
from sandbox.webhooks import Delivery, is_loopback

if TYPE_CHECKING:
    from sandbox.smartsheet.service import Smartsheet

SCOPE = "ADMIN_WEBHOOKS"
RETRIES = 5
LONGEST_WAIT = 1.0
KINDS = ("created", "updated", "deleted")
FIXED = {
    "id",
    "scope",
    "scopeObjectId",
    "sharedSecret",
    "status",
    "createdAt",
    "modifiedAt",
    "subscope",
    "stats",
}


@dataclass
class Hook:
    id: int
    name: str
    sheet: Sheet
    columns: list[int]
    events: list[str]
    url: str
    secret: str
    made_at: datetime
    changed_at: datetime
    enabled: bool = False
    status: str = "NEW_NOT_VERIFIED"
    seq: int = 0
    attempt_at: datetime | None = None
    success_at: datetime | None = None


@dataclass(frozen=True)
class Event:
    """One skinny event, with the number of the write it tells of."""

    seq: int
    content: Json


def events(row: Row, write: Write) -> Iterator[Event]:
    """What a write of a row is told as: the row, and each cell that got a new value."""
    kind = "deleted" if write.deleted else "created" if write is row.writes[0] else "updated"
    about = {"userId": number("user", write.by), "timestamp": _time(write.at)}
    about |= {"changeAgent": write.agent} if write.agent else {}
    yield Event(write.seq, {"objectType": "row", "eventType": kind, "id": row.id, **about})
    if kind == "deleted":
        return
    for key, value in write.values.items():
        if value is not None:
            column = number("column", f"{row.sheet}:{key}")
            cell = {"objectType": "cell", "eventType": kind, "rowId": row.id, "columnId": column}
            yield Event(write.seq, {**cell, **about})


def talk(row: Row) -> Iterator[Event]:
    for comment in row.comments:
        about = {"userId": number("user", comment.by), "timestamp": _time(comment.at)}
        content = {"objectType": "comment", "eventType": "created", "id": comment.id, **about}
        yield Event(comment.seq, content)


@dataclass
class Hooks:
    sandbox: Sandbox
    hooks: dict[int, Hook] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def forget(self) -> None:
        self.hooks.clear()
        self.deliveries.clear()

    def happened(self, own: "Smartsheet") -> None:
        """Call back every enabled hook with what is new to it, in the background."""
        for hook in self.hooks.values():
            new = [event for event in self._all(own, hook.sheet) if event.seq > hook.seq]
            hook.seq = own.numbers.last
            wanted = self.wanted(hook, new)
            if hook.enabled and wanted:
                task = asyncio.get_running_loop().create_task(self.deliver(hook, wanted))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    def _all(self, own: "Smartsheet", sheet: Sheet) -> list[Event]:
        rows = [row for row in own.rows if row.sheet == sheet.key]
        found = [event for row in rows for write in row.writes for event in events(row, write)]
        return sorted([*found, *(event for row in rows for event in talk(row))], key=lambda event: event.seq)

    def wanted(self, hook: Hook, found: list[Event]) -> list[Json]:
        """What the hook asked for: `*.*` or kinds of objects and events, and only cells of its columns."""
        kept = []
        for event in found:
            kind, action = event.content["objectType"], event.content["eventType"]
            names = {"*.*", f"{kind}.*", f"*.{action}", f"{kind}.{action}"}
            other = hook.columns and event.content.get("columnId") not in (None, *hook.columns)
            if names & set(hook.events) and not other:
                kept.append(event.content)
        return kept

    async def deliver(self, hook: Hook, what: list[Json]) -> Delivery:
        """One callback, tried again while it fails; after the last try the hook is disabled."""
        content = {
            "nonce": str(uuid4()),
            "timestamp": _time(self.sandbox.now),
            "webhookId": hook.id,
            "scope": "sheet",
            "scopeObjectId": number("sheet", hook.sheet.key),
            "events": what,
        }
        body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
        digest = hmac.new(hook.secret.encode(), body, sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Smartsheet-Hmac-SHA256": digest}
        delivery = Delivery(str(content["nonce"]), str(hook.id), hook.url, what[0]["eventType"])
        self.deliveries.append(delivery)
        for attempt in range(1 + RETRIES):
            if attempt:
                await asyncio.sleep(min(self.sandbox.webhook_wait * 2 ** (attempt - 1), LONGEST_WAIT))
            reply = await outgoing.post(hook.url, body, headers)
            delivery.attempts.append(reply.status)
            delivery.delivered, hook.attempt_at = reply.status == 200, self.sandbox.now
            if delivery.delivered:
                hook.success_at = self.sandbox.now
                return delivery
        hook.enabled, hook.status = False, "DISABLED_CALLBACK_FAILED"
        return delivery

    async def challenge(self, hook: Hook) -> None:
        """Enable the hook if its target gives the challenge back."""
        word = str(uuid4())
        body = json.dumps({"challenge": word, "webhookId": hook.id}).encode()
        headers = {"Content-Type": "application/json", "Smartsheet-Hook-Challenge": word}
        reply = await outgoing.post(hook.url, body, headers)
        try:
            answered = json.loads(reply.body or b"null")
        except ValueError:
            answered = None
        said = answered.get("smartsheetHookResponse") if isinstance(answered, dict) else None
        hook.enabled = reply.status == 200 and word in (reply.headers.get("smartsheet-hook-response"), said)
        hook.status = "ENABLED" if hook.enabled else "DISABLED_VERIFICATION_FAILED"


class Registry:
    """The routes of webhooks."""

    def __init__(self, own: "Smartsheet", hooks: Hooks) -> None:
        self.own, self.hooks = own, hooks

    def routes(self) -> Routes:
        return (
            ("GET", "/webhooks", self.list_hooks),
            ("POST", "/webhooks", self.create),
            ("GET", "/webhooks/{hook}", self.one_hook),
            ("PUT", "/webhooks/{hook}", self.change),
            ("DELETE", "/webhooks/{hook}", self.delete),
            ("POST", "/webhooks/{hook}/resetSharedSecret", self.reset_secret),
        )

    def shown(self, hook: Hook) -> Json:
        stats: Json = {"lastCallbackAttemptRetryCount": 0}
        if hook.attempt_at is not None:
            stats["lastCallbackAttempt"] = stamp(hook.attempt_at)
        if hook.success_at is not None:
            stats["lastSuccessfulCallback"] = stamp(hook.success_at)
        return {
            "id": hook.id,
            "name": hook.name,
            "scope": "sheet",
            "scopeObjectId": number("sheet", hook.sheet.key),
            "subscope": {"columnIds": hook.columns},
            "events": hook.events,
            "callbackUrl": hook.url,
            "sharedSecret": hook.secret,
            "enabled": hook.enabled,
            "status": hook.status,
            "version": 1,
            "stats": stats,
            "createdAt": stamp(hook.made_at),
            "modifiedAt": stamp(hook.changed_at),
        }

    def _hook(self, request: Request) -> Hook:
        for hook in self.hooks.hooks.values():
            if str(hook.id) == request.path_params["hook"]:
                return hook
        raise refuse(1006)

    async def list_hooks(self, request: Request) -> Response:
        self.own.enter(request, SCOPE)
        return page(request, list(self.hooks.hooks.values()), self.shown)

    async def one_hook(self, request: Request) -> Response:
        self.own.enter(request, SCOPE)
        return JSONResponse(self.shown(self._hook(request)))

    async def create(self, request: Request) -> Response:
        self.own.enter(request, SCOPE)
        given = await _body(request)
        for name in ("name", "callbackUrl", "scope", "scopeObjectId", "events", "version"):
            if given.get(name) in (None, "", []):
                raise refuse(1012, f"webhook.{name}")
        if given["scope"] != "sheet":
            raise refuse(1031, given["scope"], "webhook.scope")
        if given["version"] != 1:
            raise refuse(1031, given["version"], "webhook.version")
        sheet = next(
            (s for s in company().sheets.values() if number("sheet", s.key) == given["scopeObjectId"]), None
        )
        if sheet is None:
            raise refuse(1151, "sheet", given["scopeObjectId"])
        columns = (given.get("subscope") or {}).get("columnIds") or []
        now, url = self.own.sandbox.now, _target(given["callbackUrl"])
        hook = Hook(number("webhook", secrets.token_hex(8)), str(given["name"]), sheet, columns,
                    _events(given["events"]), url, secrets.token_hex(13), now, now)  # fmt: skip
        hook.seq = self.own.numbers.last
        self.hooks.hooks[hook.id] = hook
        return done(self.shown(hook))

    async def change(self, request: Request) -> Response:
        """Change name, address, events; `enabled: true` sends the challenge."""
        self.own.enter(request, SCOPE)
        hook, given = self._hook(request), await _body(request)
        fixed = sorted(FIXED & set(given))
        if fixed:
            raise refuse(1032, ", ".join(f"webhook.{name}" for name in fixed))
        if "callbackUrl" in given and given["callbackUrl"] != hook.url:
            hook.url = _target(given["callbackUrl"])
            hook.enabled, hook.status = False, "NEW_NOT_VERIFIED"
        if "events" in given:
            hook.events = _events(given["events"])
        hook.name, hook.changed_at = str(given.get("name", hook.name)), self.own.sandbox.now
        if given.get("enabled") is True and not hook.enabled:
            await self.hooks.challenge(hook)
            hook.seq = self.own.numbers.last
        elif given.get("enabled") is False and hook.enabled:
            hook.enabled, hook.status = False, "DISABLED_BY_OWNER"
        return done(self.shown(hook))

    async def delete(self, request: Request) -> Response:
        self.own.enter(request, SCOPE)
        self.hooks.hooks.pop(self._hook(request).id)
        return JSONResponse({"message": "SUCCESS", "resultCode": 0})

    async def reset_secret(self, request: Request) -> Response:
        self.own.enter(request, SCOPE)
        hook = self._hook(request)
        hook.secret = secrets.token_hex(13)
        return done({"sharedSecret": hook.secret})

    async def emit(self, event: str, record: str, to: str | None) -> list[Json]:
        if event not in KINDS:
            raise ValueError(f"{event!r} is no event of Smartsheet: {', '.join(KINDS)}")
        row = next((row for row in self.own.rows if str(row.id) == record), None)
        if row is None or not row.seen(self.own.sandbox.now):
            raise KeyError(record)
        write = row.modified(self.own.sandbox.now)
        about = {"userId": number("user", write.by), "timestamp": _time(self.own.sandbox.now)}
        told = Event(write.seq, {"objectType": "row", "eventType": event, "id": row.id, **about})
        sent = []
        for hook in list(self.hooks.hooks.values()):
            wanted = self.hooks.wanted(hook, [told])
            if hook.enabled and hook.sheet.key == row.sheet and to in (None, hook.url) and wanted:
                sent.append(asdict(await self.hooks.deliver(hook, wanted)))
        return sent


def _time(at: datetime) -> str:
    utc = at.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}+00:00"


def _target(given: Any) -> str:
    if not isinstance(given, str) or not given.startswith(("http://", "https://")):
        raise refuse(1152, "webhook.callbackUrl")
    if not is_loopback(given):
        raise refuse(1031, "an address beyond this machine", "webhook.callbackUrl")
    return given


def _events(given: Any) -> list[str]:
    if (
        not isinstance(given, list)
        or not given
        or not all(isinstance(one, str) and "." in one for one in given)
    ):
        raise refuse(1031, given, "webhook.events")
    return list(given)


async def _body(request: Request) -> Json:
    try:
        given = json.loads(await request.body())
    except ValueError as error:
        raise refuse(1008, "invalid JSON") from error
    if not isinstance(given, dict):
        raise refuse(1008, "an object is expected")
    return given
