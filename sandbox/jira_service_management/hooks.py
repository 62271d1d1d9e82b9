"""Jira's webhooks: those an administrator registers with a secret, and the dynamic ones of OAuth apps.

An admin webhook with a secret is signed: `X-Hub-Signature: sha256=` and the hex HMAC-SHA256 of the body. A
dynamic one ends after thirty days unless refreshed. Jira tries again up to five times after 408, 409, 425,
429, a 5xx or no answer; the identifier stays the same. What clients write here is told to the hooks at once.
"""

import asyncio
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from fastapi import Request
from starlette.responses import Response

from sandbox import outgoing
from sandbox.errors import QuerySyntax, Refusal
from sandbox.jira_service_management.answers import Routes, answer, body, not_found, number, platform
from sandbox.jira_service_management.columns import Columns
from sandbox.jira_service_management.jql import parse
from sandbox.jira_service_management.records import INTEGRATION, Change, Comment, Issue, site
from sandbox.jira_service_management.shapes import Json, Shapes, stamp
from sandbox.state import Sandbox
from sandbox.webhooks import Delivery, is_loopback

if TYPE_CHECKING:
    from sandbox.jira_service_management.service import Jira

MANAGE = "manage:jira-webhook"
ADMIN, DYNAMIC = "/rest/webhooks/1.0/webhook", "/rest/api/{version}/webhook"
EVENTS = (
    "jira:issue_created", "jira:issue_updated", "jira:issue_deleted", "comment_created", "comment_updated",
    "comment_deleted", "issue_property_set", "issue_property_deleted",
)  # fmt: skip
RETRIES = 5
RETRIED = {0, 408, 409, 425, 429}
LONGEST_WAIT = 1.0
LIFE = timedelta(days=30)
JQL_KEY = "issue-related-events-section"


@dataclass
class Hook:
    id: int
    url: str
    events: list[str]
    jql: str
    made_at: datetime
    name: str = ""
    secret: str = ""
    enabled: bool = True
    exclude_body: bool = False
    dynamic: bool = False
    expires_at: datetime | None = None
    fields: list[str] = field(default_factory=list)

    def wants(self, event: str, now: datetime) -> bool:
        alive = self.expires_at is None or self.expires_at > now
        return self.enabled and alive and event in self.events


class Hooks:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.hooks: dict[int, Hook] = {}
        self.deliveries: list[Delivery] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._last = 0

    def forget(self) -> None:
        self.hooks.clear()
        self.deliveries.clear()
        self._last = 0

    def sent(self) -> list[Json]:
        return [asdict(one) for one in self.deliveries]

    def routes(self, jira: "Jira") -> Routes:
        own = Registry(jira, self)
        return (
            ("GET", ADMIN, own.list_admin),
            ("POST", ADMIN, own.create_admin),
            ("GET", ADMIN + "/{id}", own.one_admin),
            ("PUT", ADMIN + "/{id}", own.change_admin),
            ("DELETE", ADMIN + "/{id}", own.delete_admin),
            ("GET", DYNAMIC, own.list_dynamic),
            ("POST", DYNAMIC, own.register),
            ("DELETE", DYNAMIC, own.unregister),
            ("PUT", DYNAMIC + "/refresh", own.refresh),
        )

    def add(self, **given: Any) -> Hook:
        self._last += 1
        hook = Hook(id=self._last, made_at=self.sandbox.now, **given)
        self.hooks[hook.id] = hook
        return hook

    # -- sending ------------------------------------------------------------------------------------

    def happened(self, jira: "Jira", event: str, issue: Issue, **what: Change | Comment) -> None:
        """Tell the hooks in the background; the writer does not wait for them."""
        change = what.get("change")
        for hook in self._wanting(jira, event, issue):
            if hook.fields and isinstance(change, Change) and not set(hook.fields) & set(change.fields):
                continue
            task = asyncio.get_running_loop().create_task(self._tell(jira, hook, event, issue, **what))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def emit(self, jira: "Jira", event: str, issue: Issue, to: str | None) -> list[Json]:
        """Tell every hook that wants it about `event`, and wait until all of it is delivered or given up."""
        if event not in EVENTS:
            raise ValueError(f"{event!r} is no event of Jira")
        if to is not None:
            if not is_loopback(to):
                raise ValueError(f"{to} is not on this machine; the sandbox calls nothing else")
            known = [hook for hook in self.hooks.values() if hook.url == to and not hook.dynamic]
            if known:
                known[0].events = list(dict.fromkeys([*known[0].events, event]))
            else:
                self.add(url=to, events=[event], jql="", name="emitted", secret=DEMO_SECRET)
        told = [self._tell(jira, hook, event, issue) for hook in self._wanting(jira, event, issue)]
        return [asdict(one) for one in await asyncio.gather(*told)]

    def _wanting(self, jira: "Jira", event: str, issue: Issue) -> list[Hook]:
        now = self.sandbox.now
        hooks = [hook for hook in self.hooks.values() if hook.wants(event, now)]
        return [hook for hook in hooks if not hook.jql or matches(jira, hook.jql, issue)]

    async def _tell(
        self, jira: "Jira", hook: Hook, event: str, issue: Issue, **what: Change | Comment
    ) -> Delivery:
        content = b"" if hook.exclude_body else self._payload(jira, hook, event, issue, what)
        target = re.sub(r"\$\{issue\.(key|id)\}", lambda m: str(getattr(issue, m[1])), hook.url)
        target = target.replace("${project.key}", issue.project)
        delivery = Delivery(secrets.token_hex(16), str(hook.id), target, event)
        self.deliveries.append(delivery)
        for attempt in range(1 + RETRIES):
            if attempt:
                await asyncio.sleep(min(self.sandbox.webhook_wait * 2 ** (attempt - 1), LONGEST_WAIT))
            reply = await outgoing.post(target, content, headers(hook, delivery, content, attempt))
            delivery.attempts.append(reply.status)
            delivery.delivered = reply.taken
            if reply.taken or (reply.status not in RETRIED and reply.status < 500):
                break
        return delivery

    def _payload(
        self, jira: "Jira", hook: Hook, event: str, issue: Issue, what: Mapping[str, Change | Comment]
    ) -> bytes:
        now = self.sandbox.now
        shapes = Shapes(self.sandbox.world, now, "https://tessaly.atlassian.net", "2")
        content: Json = {"timestamp": int(now.timestamp() * 1000), "webhookEvent": event}
        comment, change = what.get("comment"), what.get("change")
        if event.startswith("comment_"):
            said = comment if isinstance(comment, Comment) else _last(issue, now)
            brief = ("summary", "issuetype", "project", "assignee", "priority", "status")
            content |= {"comment": shapes.comment(issue, said)} if said else {}
            content |= {"issue": shapes.issue(issue, brief), "eventType": "primaryAction"}
        else:
            histories = issue.history(now)
            if comment is None and not isinstance(change, Change) and histories:
                change = histories[-1][0]
            content["issue_event_type_name"] = _type_name(event, comment or change)
            content["user"] = shapes.user(change.by if isinstance(change, Change) else INTEGRATION)
            content["issue"] = shapes.issue(issue, None)
            if isinstance(comment, Comment):
                content["comment"] = shapes.comment(issue, comment)
            if event == "jira:issue_updated" and isinstance(change, Change):
                items = next((items for one, items in histories if one is change), [])
                entry = shapes.history(change, items)
                content["changelog"] = {"id": entry["id"], "items": entry["items"]}
        if hook.dynamic:
            content["matchedWebhookIds"] = [hook.id]
        return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


DEMO_SECRET = "jira-webhook-demo-secret"


def _type_name(event: str, what: Change | Comment | None) -> str:
    """The kind of event inside Jira: what a workflow's step does goes by its own name."""
    if event == "jira:issue_created":
        return "issue_created"
    if isinstance(what, Comment):
        return "issue_commented"
    fields = what.fields if what is not None else {}
    if "status" in fields:
        return "issue_resolved" if fields.get("resolution") else "issue_generic"
    return "issue_assigned" if set(fields) == {"assignee"} else "issue_updated"


def headers(hook: Hook, delivery: Delivery, content: bytes, attempt: int) -> dict[str, str]:
    """The headers of one attempt; the retry's number only from the second on, the signature with a secret."""
    found = {
        "Content-Type": "application/json",
        "User-Agent": "Atlassian Webhook HTTP Client",
        "X-Atlassian-Webhook-Identifier": delivery.event_id,
        "X-Atlassian-Webhook-Flow": "Primary",
    }
    if attempt:
        found["X-Atlassian-Webhook-Retry"] = str(attempt)
    if hook.secret:
        digest = hmac.new(hook.secret.encode(), content, sha256).hexdigest()
        found["X-Hub-Signature"] = f"sha256={digest}"
    return found


def matches(jira: "Jira", jql: str, issue: Issue) -> bool:
    columns = Columns(jira.issues, jira.sandbox.world)
    return parse(jql, columns.named, INTEGRATION, jira.sandbox.now).matches(issue, jira.sandbox.now)


def _last(issue: Issue, now: datetime) -> Comment | None:
    return max(issue.said(now), key=lambda comment: comment.at, default=None)


class Registry:
    """The routes with which hooks are registered."""

    def __init__(self, jira: "Jira", hooks: Hooks) -> None:
        self.jira, self.hooks = jira, hooks

    def _shown(self, request: Request, hook: Hook) -> Json:
        base = self.jira.enter(request, MANAGE).shapes.base
        person = site().people[INTEGRATION]
        shown: Json = {
            "name": hook.name,
            "description": "",
            "url": hook.url,
            "excludeBody": hook.exclude_body,
            "filters": {JQL_KEY: hook.jql},
            "events": hook.events,
            "enabled": hook.enabled,
            "isSigned": bool(hook.secret),
            "self": f"{base}{ADMIN}/{hook.id}",
            "lastUpdatedUser": person.user,
            "lastUpdatedDisplayName": person.name,
            "lastUpdated": int(hook.made_at.timestamp() * 1000),
        }
        return shown

    def _admin(self, request: Request) -> Hook:
        asked = str(request.path_params["id"])
        for hook in self.hooks.hooks.values():
            if str(hook.id) == asked and not hook.dynamic:
                return hook
        raise Refusal(not_found())

    def _enter_admin(self, request: Request) -> None:
        """Admin webhooks are for people: an app's token is not enough."""
        if self.jira.enter(request, MANAGE).app:
            raise Refusal(platform(403, "Only users with the Administer Jira permission may do this."))

    async def list_admin(self, request: Request) -> Response:
        self._enter_admin(request)
        hooks = [hook for hook in self.hooks.hooks.values() if not hook.dynamic]
        return answer([self._shown(request, hook) for hook in hooks])

    async def one_admin(self, request: Request) -> Response:
        self._enter_admin(request)
        return answer(self._shown(request, self._admin(request)))

    async def create_admin(self, request: Request) -> Response:
        self._enter_admin(request)
        given = self._checked(await body(request), new=True)
        return answer(self._shown(request, self.hooks.add(**given)), 201)

    async def change_admin(self, request: Request) -> Response:
        self._enter_admin(request)
        hook = self._admin(request)
        for name, value in self._checked(await body(request), new=False).items():
            setattr(hook, name, value)
        return answer(self._shown(request, hook))

    async def delete_admin(self, request: Request) -> Response:
        self._enter_admin(request)
        self.hooks.hooks.pop(self._admin(request).id)
        return Response(status_code=204)

    def _checked(self, given: Json, new: bool) -> dict[str, Any]:
        """The attributes of a hook in a request, each of them checked."""
        found: dict[str, Any] = {}
        if new and not given.get("name"):
            raise Refusal(platform(400, "The webhook needs a name."))
        if new or "url" in given:
            found["url"] = _target(given.get("url"))
        if new or "events" in given:
            found["events"] = _events(given.get("events"))
        filters = given.get("filters") or {}
        if new or JQL_KEY in filters:
            found["jql"] = self._jql(filters.get(JQL_KEY, ""))
        for name, own in (
            ("name", "name"),
            ("secret", "secret"),
            ("enabled", "enabled"),
            ("excludeBody", "exclude_body"),
        ):
            if name in given:
                found[own] = given[name]
        return found

    def _jql(self, given: Any) -> str:
        try:
            parse(
                str(given),
                Columns(self.jira.issues, self.jira.sandbox.world).named,
                INTEGRATION,
                self.jira.sandbox.now,
            )
        except QuerySyntax as error:
            raise Refusal(platform(400, str(error))) from error
        return str(given)

    # -- those of apps ------------------------------------------------------------------------------

    def _enter_app(self, request: Request) -> None:
        if not self.jira.enter(request, MANAGE).app:
            text = "This operation is only available to Connect and OAuth 2.0 apps."
            raise Refusal(platform(403, text))

    def _dynamic(self) -> list[Hook]:
        return [hook for hook in self.hooks.hooks.values() if hook.dynamic]

    async def list_dynamic(self, request: Request) -> Response:
        self._enter_app(request)
        start, limit = number(request, "startAt", 0), number(request, "maxResults", 100, 100)
        hooks = self._dynamic()
        page = hooks[start : start + limit]
        content = {
            "startAt": start,
            "maxResults": limit,
            "total": len(hooks),
            "isLast": start + limit >= len(hooks),
            "values": [_dynamic(hook) for hook in page],
        }
        return answer(content)

    async def register(self, request: Request) -> Response:
        self._enter_app(request)
        given = await body(request)
        wanted = given.get("webhooks")
        if not isinstance(wanted, list) or not wanted:
            raise Refusal(platform(400, "At least one webhook has to be given."))
        target = _target(given.get("url"))
        if any(hook.url != target for hook in self._dynamic()):
            raise Refusal(
                platform(400, "Only a single URL per app is allowed to be registered via REST API.")
            )
        return answer({"webhookRegistrationResult": [self._registered(target, one) for one in wanted]})

    def _registered(self, target: str, one: Any) -> Json:
        try:
            if not isinstance(one, dict) or not one.get("jqlFilter"):
                return {"errors": ["The clause jqlFilter is required."]}
            given = {"events": _events(one.get("events")), "jql": self._jql(one["jqlFilter"])}
        except Refusal as refusal:
            return {"errors": json.loads(bytes(refusal.response.body))["errorMessages"]}
        ends = self.jira.sandbox.now + LIFE
        fields = list(one.get("fieldIdsFilter") or [])
        hook = self.hooks.add(url=target, dynamic=True, expires_at=ends, fields=fields, **given)
        return {"createdWebhookId": hook.id}

    async def unregister(self, request: Request) -> Response:
        self._enter_app(request)
        for key in (await body(request)).get("webhookIds") or []:
            if any(hook.id == key for hook in self._dynamic()):
                self.hooks.hooks.pop(key)
        return Response(status_code=202)

    async def refresh(self, request: Request) -> Response:
        self._enter_app(request)
        ends = self.jira.sandbox.now + LIFE
        asked = (await body(request)).get("webhookIds") or []
        for hook in self._dynamic():
            if hook.id in asked:
                hook.expires_at = ends
        return answer({"expirationDate": stamp(ends)})


def _dynamic(hook: Hook) -> Json:
    assert hook.expires_at is not None
    fields = {"fieldIdsFilter": hook.fields} if hook.fields else {}
    ends = stamp(hook.expires_at)
    return {"id": hook.id, "events": hook.events, "jqlFilter": hook.jql, "expirationDate": ends, **fields}


def _target(given: Any) -> str:
    if not isinstance(given, str) or not is_loopback(re.sub(r"\$\{[\w.]+\}", "x", given)):
        text = "The URL has to lie on this machine: the sandbox calls nothing else."
        raise Refusal(platform(400, text))
    return given


def _events(given: Any) -> list[str]:
    if not isinstance(given, list) or not given:
        raise Refusal(platform(400, "At least one event has to be given."))
    unknown = [str(one) for one in given if one not in EVENTS]
    if unknown:
        raise Refusal(platform(400, f"The following webhook events are not known: {', '.join(unknown)}"))
    return [str(one) for one in given]
