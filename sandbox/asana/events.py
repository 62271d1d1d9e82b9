"""What happened, as Asana's events tell it, and the webhooks that carry them.

`/events` hands out a sync token and afterwards what happened since, a hundred at a time. A webhook begins
with a handshake whose secret signs every later delivery: `X-Hook-Signature` is the hex HMAC-SHA256 of the
body. A heartbeat is a delivery without events.
"""

import asyncio
import base64
import binascii
import hmac
import json
import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import outgoing
from sandbox.asana.answers import Routes, data, error, one, page, wrong
from sandbox.asana.records import WORKSPACE, Task, company, gid, stamp
from sandbox.asana.shapes import Json
from sandbox.errors import Refusal
from sandbox.state import Sandbox
from sandbox.webhooks import Delivery, is_loopback

if TYPE_CHECKING:
    from sandbox.asana.service import Asana

MOST_EVENTS = 100
RETRIES = 5
LONGEST_WAIT = 1.0
ACTIONS = ("added", "changed", "deleted", "removed", "undeleted")
STALE = "Sync token invalid or too old: read everything anew, and go on from the token given here."
WEBHOOK = (
    "gid", "resource_type", "active", "resource", "target", "created_at", "filters", "last_success_at",
    "last_failure_at", "last_failure_content", "delivery_retry_count",
)  # fmt: skip
Mark = tuple[datetime, float]


@dataclass(frozen=True)
class Event:
    mark: Mark
    task: Task
    by: str
    action: str
    resource: Json
    parent: Json | None = None
    change: Json | None = None


def events(asana: "Asana") -> list[Event]:
    """Everything that has happened so far, oldest first."""
    found = [event for task in asana.tasks.values() for event in _of_task(asana, task)]
    return sorted((event for event in found if event.mark[0] <= asana.sandbox.now), key=lambda e: e.mark)


def _of_task(asana: "Asana", task: Task) -> Iterator[Event]:
    now, shapes = asana.sandbox.now, asana.shapes(app=True)
    brief = shapes.brief(task)
    begun = (task.created_at, float(task.seq))
    for key in task.opening["projects"]:
        yield Event(begun, task, task.creator, "added", brief, _short(shapes.home(key)))
    if task.opening["parent"] in asana.tasks:
        yield Event(
            begun, task, task.creator, "added", brief, shapes.brief(asana.tasks[task.opening["parent"]])
        )
    for place, (change, name, old, new) in enumerate(task.history(now)):
        mark = (change.at, change.seq + place / 1000)
        for action, parent, what in _actions(shapes, name, old, new):
            yield Event(mark, task, change.by, action, brief, parent, what)
        story = shapes.change(task, change, name, (old, new))
        if story is not None:
            short = {key: story[key] for key in ("gid", "resource_type", "resource_subtype")}
            yield Event(mark, task, change.by, "added", short, brief)
    for comment in task.comments:
        short = {"gid": comment.gid, "resource_type": "story", "resource_subtype": "comment_added"}
        for place, (at, _) in enumerate(comment.texts):
            mark = (at, comment.seq + place / 1000)
            edit = {"field": "text", "action": "changed"} if place else None
            yield Event(mark, task, comment.by, "changed" if place else "added", short, brief, edit)
        if comment.deleted_at is not None:
            yield Event((comment.deleted_at, comment.seq + 0.5), task, comment.by, "deleted", short, brief)


def _actions(shapes: Any, name: str, old: Any, new: Any) -> Iterator[tuple[str, Json | None, Json | None]]:
    if name == "deleted":
        yield "deleted" if new else "undeleted", None, None
    elif name.startswith("section:"):
        project = name.partition(":")[2]
        for action, section in (("removed", old), ("added", new)):
            if section:
                yield action, _short(shapes.section(project, section)), None
    elif name == "projects":
        for key in sorted(set(new) - set(old or ())):
            yield "added", _short(shapes.home(key)), None
        for key in sorted(set(old or ()) - set(new)):
            yield "removed", _short(shapes.home(key)), None
    elif name == "followers":
        yield "changed", None, {"field": "followers", "action": "added"}
    else:
        label = "custom_fields" if name.startswith("field:") else name
        yield "changed", None, {"field": label, "action": "changed"}


def _short(record: Json) -> Json:
    return {key: record[key] for key in ("gid", "resource_type", "name") if key in record}


def concerns(asana: "Asana", event: Event, resource: str) -> bool:
    """Whether the event belongs to what happens in a project, a task or the whole workspace."""
    if resource in (event.task.gid, gid(*WORKSPACE)):
        return True
    values = event.task.values(asana.sandbox.now)
    projects = {*values["projects"], *event.task.opening["projects"]}
    parent = asana.tasks.get(values["parent"] or "")
    projects |= set(parent.opening["projects"]) if parent else set()
    return resource in {gid("project", key) for key in projects}


def written(asana: "Asana", event: Event, webhook: bool = False) -> Json:
    by = asana.shapes(app=True).user(event.by) or {}
    user: Json | None = {key: by[key] for key in ("gid", "resource_type", "name") if key in by} or None
    keys = (
        ("gid", "resource_type", "resource_subtype")
        if webhook
        else ("gid", "resource_type", "resource_subtype", "name")
    )

    def trimmed(record: Json | None) -> Json | None:
        return {key: record[key] for key in keys if key in record} if record else None

    shown: Json = {
        "user": trimmed(user),
        "created_at": stamp(event.mark[0]),
        "action": event.action,
        "resource": trimmed(event.resource),
        "parent": trimmed(event.parent),
    }
    if not webhook:
        shown["type"] = event.resource["resource_type"]
    return shown | ({"change": event.change} if event.change else {})


@dataclass
class Hook:
    gid: str
    resource: Json
    target: str
    secret: str
    filters: list[Json]
    mark: Mark
    created_at: datetime
    active: bool = True
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    last_failure_content: str = ""

    def wants(self, event: Event) -> bool:
        return not self.filters or any(_passes(one, event) for one in self.filters)


def _passes(given: Json, event: Event) -> bool:
    fields = given.get("fields")
    field_ok = not fields or (event.change or {}).get("field") in fields
    return (
        given.get("resource_type", event.resource["resource_type"]) == event.resource["resource_type"]
        and given.get("resource_subtype", event.resource.get("resource_subtype"))
        == event.resource.get("resource_subtype")
        and given.get("action", event.action) == event.action
        and field_ok
    )


@dataclass
class Hooks:
    sandbox: Sandbox
    hooks: dict[str, Hook] = field(default_factory=dict)
    deliveries: list[Delivery] = field(default_factory=list)
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    def forget(self) -> None:
        self.hooks.clear()
        self.deliveries.clear()

    def happened(self, asana: "Asana") -> None:
        """Tell every hook in the background what is new to it; the writer does not wait."""
        for hook in list(self.hooks.values()):
            new = self._new(asana, hook)
            if new:
                self._later(self.deliver(asana, hook, new))

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _new(self, asana: "Asana", hook: Hook) -> list[Event]:
        found = [e for e in events(asana) if e.mark > hook.mark and concerns(asana, e, hook.resource["gid"])]
        if found:
            hook.mark = found[-1].mark
        return [event for event in found if hook.wants(event)]

    async def deliver(self, asana: "Asana", hook: Hook, what: list[Event]) -> Delivery:
        """One delivery, signed; tried again with doubling waits while nobody takes it."""
        content = {"events": [written(asana, event, webhook=True) for event in what]}
        body = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
        delivery = Delivery(
            secrets.token_hex(12), hook.gid, hook.target, what[0].action if what else "heartbeat"
        )
        self.deliveries.append(delivery)
        headers = {
            "Content-Type": "application/json",
            "X-Hook-Signature": hmac.new(hook.secret.encode(), body, sha256).hexdigest(),
        }
        for attempt in range(1 + RETRIES):
            if attempt:
                await asyncio.sleep(min(self.sandbox.webhook_wait * 2 ** (attempt - 1), LONGEST_WAIT))
            reply = await outgoing.post(hook.target, body, headers)
            delivery.attempts.append(reply.status)
            delivery.delivered = reply.taken
            if reply.taken:
                hook.last_success_at = self.sandbox.now
                break
            hook.last_failure_at = self.sandbox.now
            hook.last_failure_content = reply.body.decode("utf-8", "replace")[:200]
        return delivery


class Registry:
    """The routes of events and webhooks."""

    def __init__(self, asana: "Asana", hooks: Hooks) -> None:
        self.asana, self.hooks = asana, hooks

    def routes(self) -> Routes:
        return (
            ("GET", "/events", self.events),
            ("GET", "/projects/{project}/events", self.events),
            ("GET", "/tasks/{task}/events", self.events),
            ("GET", "/webhooks", self.list_hooks),
            ("POST", "/webhooks", self.create),
            ("GET", "/webhooks/{hook}", self.one_hook),
            ("PUT", "/webhooks/{hook}", self.change),
            ("DELETE", "/webhooks/{hook}", self.delete),
        )

    # -- events -------------------------------------------------------------------------------------

    def resource(self, asked: str) -> Json:
        """The project, task or workspace that is named, in short."""
        shapes = self.asana.shapes(app=True)
        if asked == gid(*WORKSPACE):
            return _short(shapes.workspace())
        for key in company().projects:
            if gid("project", key) == asked:
                return _short(shapes.home(key))
        return shapes.brief(self.asana.find_task(asked, "resource"))

    async def events(self, request: Request) -> Response:
        self.asana.enter(request, "tasks:read")
        asked = request.query_params.get("resource") or request.path_params.get("project")
        asked = asked or request.path_params.get("task")
        if not asked:
            raise wrong("resource: Missing input")
        resource = self.resource(str(asked))["gid"]
        if resource == gid(*WORKSPACE):
            raise wrong("resource: Events of a workspace are not offered.")
        mark = _read(request.query_params.get("sync"), resource)
        every = events(self.asana)
        last = every[-1].mark if every else (self.asana.sandbox.now, 0.0)
        fresh = _sync(resource, max(last, (self.asana.sandbox.now, last[1])))
        if mark is None:
            raise Refusal(error(412, STALE, sync=fresh))
        found = [e for e in every if e.mark > mark and concerns(self.asana, e, resource)]
        more = len(found) > MOST_EVENTS
        part = found[:MOST_EVENTS]
        sync = _sync(resource, part[-1].mark) if more else fresh
        shown = [written(self.asana, event) for event in part]
        return JSONResponse({"data": shown, "sync": sync, "has_more": more})

    # -- webhooks -----------------------------------------------------------------------------------

    def shown(self, hook: Hook) -> Json:
        return {
            "gid": hook.gid,
            "resource_type": "webhook",
            "active": hook.active,
            "resource": hook.resource,
            "target": hook.target,
            "created_at": stamp(hook.created_at),
            "filters": hook.filters,
            "last_success_at": stamp(hook.last_success_at) if hook.last_success_at else None,
            "last_failure_at": stamp(hook.last_failure_at) if hook.last_failure_at else None,
            "last_failure_content": hook.last_failure_content,
            "delivery_retry_count": 0,
        }

    def _hook(self, request: Request) -> Hook:
        hook = self.hooks.hooks.get(str(request.path_params["hook"]))
        if hook is None:
            raise Refusal(error(404, f"webhook: Unknown object: {request.path_params['hook']}"))
        return hook

    async def list_hooks(self, request: Request) -> Response:
        self.asana.enter(request, "webhooks:read")
        if not request.query_params.get("workspace"):
            raise wrong("workspace: Missing input")
        wanted = request.query_params.get("resource")
        found = [hook for hook in self.hooks.hooks.values() if wanted in (None, hook.resource["gid"])]
        return page(request, found, self.shown, WEBHOOK[:5])

    async def one_hook(self, request: Request) -> Response:
        self.asana.enter(request, "webhooks:read")
        return one(request, self.shown(self._hook(request)), dict)

    async def create(self, request: Request) -> Response:
        """Shake hands with the target while the request waits; without its echo there is no webhook."""
        self.asana.enter(request, "webhooks:write")
        given = await data(request)
        for name in ("resource", "target"):
            if not given.get(name):
                raise wrong(f"{name}: Missing input")
        resource, target = self.resource(str(given["resource"])), str(given["target"])
        filters = _filters(given.get("filters"), resource)
        if not is_loopback(target):
            raise Refusal(error(403, "target: The sandbox calls only this machine."))
        if any(
            h.target == target and h.resource["gid"] == resource["gid"] for h in self.hooks.hooks.values()
        ):
            raise Refusal(error(403, "A webhook for this resource and target exists already."))
        secret = secrets.token_hex(32)
        reply = await outgoing.post(
            target, b"{}", {"X-Hook-Secret": secret, "Content-Type": "application/json"}
        )
        if reply.status not in (200, 204) or reply.headers.get("x-hook-secret") != secret:
            raise wrong("The remote server did not respond with the handshake secret.")
        every = events(self.asana)
        mark = every[-1].mark if every else (self.asana.sandbox.now, 0.0)
        number = gid("webhook", secret)
        hook = Hook(
            number,
            resource,
            target,
            secret,
            filters,
            max(mark, (self.asana.sandbox.now, mark[1])),
            self.asana.sandbox.now,
        )
        self.hooks.hooks[number] = hook
        self.hooks._later(self.hooks.deliver(self.asana, hook, []))
        return JSONResponse({"data": self.shown(hook), "X-Hook-Secret": secret}, 201)

    async def change(self, request: Request) -> Response:
        self.asana.enter(request, "webhooks:write")
        hook = self._hook(request)
        hook.filters = _filters((await data(request)).get("filters"), hook.resource)
        return one(request, self.shown(hook), dict)

    async def delete(self, request: Request) -> Response:
        self.asana.enter(request, "webhooks:delete")
        self.hooks.hooks.pop(self._hook(request).gid)
        return JSONResponse({"data": {}})

    async def emit(self, event: str, record: str, to: str | None) -> list[Json]:
        """Tell the hooks of a task or project of its latest event of that action; KeyError, ValueError."""
        if event not in (*ACTIONS, "heartbeat"):
            raise ValueError(f"{event!r} is no action of Asana")
        try:
            resource = self.resource(record)
        except Refusal as refusal:
            raise KeyError(record) from refusal
        found = [
            e for e in events(self.asana) if e.action == event and concerns(self.asana, e, resource["gid"])
        ]
        hooks = [h for h in self.hooks.hooks.values() if to in (None, h.target)]
        sent = []
        for hook in hooks:
            what = [e for e in found[-1:] if hook.wants(e) and concerns(self.asana, e, hook.resource["gid"])]
            if what or event == "heartbeat":
                sent.append(asdict(await self.hooks.deliver(self.asana, hook, what)))
        return sent


def _filters(given: Any, resource: Json) -> list[Json]:
    if given is None:
        given = []
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise wrong("filters: Value is not an array of objects")
    if not given and resource["resource_type"] == "workspace":
        raise wrong("filters: Webhooks on a workspace need filters")
    for each in given:
        if each.get("action", "added") not in ACTIONS or (
            "fields" in each and each.get("action") != "changed"
        ):
            raise wrong("filters: Action is not known, or fields are given without 'changed'")
    return list(given)


def _sync(resource: str, mark: Mark) -> str:
    text = json.dumps([resource, mark[0].isoformat(), mark[1]])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _read(token: str | None, resource: str) -> Mark | None:
    """The place a sync token stands at, None for one that is missing, broken or another resource's."""
    try:
        own, at, seq = json.loads(base64.urlsafe_b64decode(token or ""))
        return (datetime.fromisoformat(at), float(seq)) if own == resource else None
    except (ValueError, TypeError, binascii.Error):
        return None
