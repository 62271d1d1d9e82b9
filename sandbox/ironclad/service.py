"""Ironclad's Public API: records with signed copies, obligations, workflow comments, webhooks.

Base `<sandbox>/ironclad/public/api/v1`, tokens at `<sandbox>/ironclad/oauth/token` (client credentials).
Every call needs a scope and says on whose behalf it comes (`x-as-user-email` or `x-as-user-id`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response

from sandbox import answers, oauth
from sandbox.errors import Refusal
from sandbox.ironclad import records
from sandbox.ironclad import requests as inbound
from sandbox.ironclad.records import Json, workflow_id
from sandbox.state import Sandbox
from sandbox.vendors import Vendor
from sandbox.webhooks import Webhooks, is_loopback, moment, verification_key

CLIENT_ID, CLIENT_SECRET = "pacta-ironclad-client", "ironclad-demo-secret"
USER_ID, USER_EMAIL = "66b0f4c2a1d3e5f708192a01", "pacta@tessaly.example"
API = "/ironclad/public/api/v1"
SCOPES = frozenset(
    f"public.{name}"
    for name in (
        "records.readRecords", "records.createRecords", "records.updateRecords", "records.readSchemas",
        "records.readAttachments",
        "obligations.readObligations", "obligations.createObligations", "obligations.updateObligations",
        "workflows.readWorkflows", "workflows.createComments", "workflows.readComments",
        "records.createComments", "webhooks.createWebhooks", "webhooks.readWebhooks",
        "webhooks.updateWebhooks", "webhooks.deleteWebhooks",
    )
)  # fmt: skip
TEMPLATE_ID = "66b0f4c2a1d3e5f708192aff"
PATCH_KEYS = {
    "type", "name", "addProperties", "removeProperties", "addLinks", "removeLinks", "setParent",
    "removeParent",
}  # fmt: skip


CREATE_KEYS = {"type", "name", "properties", "links", "parent"}


class Ironclad:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.withhold = sandbox.withhold
        self.tokens = oauth.TokenDesk(lifetime=3600)
        self.webhooks = Webhooks(sandbox.webhook_wait)
        self.reset()

    def reset(self) -> None:
        world = self.sandbox.world
        self.records = [records.build(contract, world) for contract in world.contracts]
        self.filed_at: dict[str, datetime] = {c.ironclad: c.recorded_at for c in world.contracts}
        self.unsigned = set(self.withhold)
        self.obligations: list[Json] = []
        self.comments: dict[str, list[Json]] = {}
        self.webhooks.hooks.clear()
        self.webhooks.deliveries.clear()
        self.tokens.forget()

    def router(self) -> APIRouter:
        router = APIRouter()
        routes: tuple[tuple[str, str, Callable[..., Any]], ...] = (
            ("GET", "/records", self.list_records),
            ("POST", "/records", self.create_record),
            ("GET", "/records/metadata", self.metadata),
            ("GET", "/records/{id}", self.one_record),
            ("PATCH", "/records/{id}", self.patch_record),
            ("GET", "/records/{id}/attachments/{key}", self.attachment),
            ("GET", "/obligations", self.list_obligations),
            ("POST", "/obligations", self.create_obligation),
            ("GET", "/obligations/{id}", self.one_obligation),
            ("PATCH", "/obligations/{id}", self.patch_obligation),
            ("GET", "/workflows/{id}", self.one_workflow),
            ("GET", "/workflows/{id}/comments", self.list_comments),
            ("POST", "/workflows/{id}/comments", self.create_comment),
            ("GET", "/webhooks", self.list_webhooks),
            ("POST", "/webhooks", self.create_webhook),
            ("GET", "/webhooks/verification-key", self.key),
            ("GET", "/webhooks/{id}", self.one_webhook),
            ("PATCH", "/webhooks/{id}", self.patch_webhook),
            ("DELETE", "/webhooks/{id}", self.delete_webhook),
        )
        router.add_api_route("/ironclad/oauth/token", self.token, methods=["POST"])
        for method, path, answer in routes:
            router.add_api_route(API + path, answer, methods=[method])
        return router

    # -- logging in ---------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        given = await oauth.grant(request)
        kind = given.get("grant_type", "")
        if kind not in ("client_credentials", "authorization_code", "refresh_token"):
            return inbound.oauth_error(400, "invalid_request", "grant_type is missing or not known")
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return inbound.oauth_error(401, "invalid_client", "invalid client")
        if kind != "client_credentials":
            return inbound.oauth_error(
                403, "unauthorized_client", "client not authorized to use this oauth grant type"
            )
        asked = frozenset(given.get("scope", "").split())
        if not asked <= SCOPES:
            unknown = ", ".join(sorted(asked - SCOPES))
            return inbound.oauth_error(400, "invalid_scope", f"not registered for this client: {unknown}")
        body = {
            "token_type": "Bearer",
            "access_token": self.tokens.issue(asked or SCOPES),
            "expires_in": self.tokens.lifetime,
        }
        return JSONResponse(body | ({"scope": given["scope"]} if asked else {}))

    def _enter(self, request: Request, scope: str) -> None:
        held = self.tokens.scopes(oauth.bearer(request))
        if held is None:
            raise Refusal(answers.ironclad_failure(401, {}))
        if scope and f"public.{scope}" not in held:
            raise Refusal(answers.ironclad(403, "FORBIDDEN", f"missing scope public.{scope}"))
        email, user = request.headers.get("x-as-user-email"), request.headers.get("x-as-user-id")
        if email is None and user is None:
            message = "x-as-user-email or x-as-user-id is required with a client credentials token"
            raise Refusal(answers.ironclad(400, "MISSING_PARAM", message, "x-as-user-email"))
        if user != USER_ID and not (email or "").endswith("@tessaly.example"):
            raise Refusal(answers.ironclad(403, "FORBIDDEN", "the user to act as is not known"))

    # -- records ------------------------------------------------------------------------------------

    def _visible(self) -> list[Json]:
        now = self.sandbox.now
        return [
            record
            for record in self.records
            if record["ironcladId"] not in self.unsigned and self.filed_at[record["ironcladId"]] <= now
        ]

    def _record(self, key: str) -> Json:
        for record in self._visible():
            if key in (record["id"], record["ironcladId"]):
                return record
        raise Refusal(
            answers.ironclad(404, "NOT_FOUND", f"Record id {key} doesn't exist, or no access", "id")
        )

    def _shown(self, record: Json, request: Request) -> Json:
        children = [other for other in self._visible() if other.get("parentId") == record["id"]]
        body = {**record, "attachments": {}, "contractStatus": records.status(record, self.sandbox.now)}
        file = records.file_of(record, self.sandbox.world, self.sandbox.corpus)
        if file is not None:
            href = f"{str(request.base_url).rstrip('/')}{API}/records/{record['id']}/attachments/signedCopy"
            kind = records.MEDIA.get(file.suffix, "application/octet-stream")
            body["attachments"] = {
                "signedCopy": {"filename": file.name, "contentType": kind, "href": href},
            }
        if children:
            body["childIds"] = [child["id"] for child in children]
        amendments = [child["id"] for child in children if child.get("parentLinkType") == "amendment"]
        if amendments:
            body["amendments"] = amendments
        return body

    async def list_records(self, request: Request) -> Response:
        self._enter(request, "records.readRecords")
        asked = request.query_params
        found = inbound.matching(self._visible(), asked.get("filter"), self.sandbox.now)
        if asked.get("types"):
            found = [record for record in found if record["type"] in asked["types"].split(",")]
        if asked.get("lastUpdated"):
            since = inbound.instant(asked["lastUpdated"], "lastUpdated")
            found = [r for r in found if datetime.fromisoformat(r["lastUpdated"]) >= since]
        field = inbound.one_of(
            asked.get("sortField", "agreementDate"), ("agreementDate", "name", "lastUpdated")
        )
        found = inbound.ordered(found, field, asked.get("sortDirection", "DESC"))
        return inbound.paged(request, found, lambda record: self._shown(record, request))

    async def metadata(self, request: Request) -> Response:
        self._enter(request, "records.readSchemas")
        return JSONResponse(records.schema())

    async def one_record(self, request: Request) -> Response:
        self._enter(request, "records.readRecords")
        return JSONResponse(self._shown(self._record(request.path_params["id"]), request))

    async def create_record(self, request: Request) -> Response:
        """A record of any type that a client files: it has no workflow behind it."""
        self._enter(request, "records.createRecords")
        given = await inbound.json_body(request)
        for name in ("type", "name", "properties"):
            if name not in given or given[name] in ("", None):
                raise Refusal(answers.ironclad(400, "MISSING_PARAM", f"{name} is required", name))
        for name in given:
            if name not in CREATE_KEYS:
                raise Refusal(answers.ironclad(400, "INVALID_PARAM", f"{name} cannot be given here", name))
        key = f"IC-{500 + len(self.records)}"
        record: Json = {
            "id": records.record_id(key),
            "ironcladId": key,
            "type": str(given["type"]),
            "name": str(given["name"]),
            "lastUpdated": moment(self.sandbox.now),
            "properties": {},
            "links": [],
        }
        inbound.change_properties(record, {"addProperties": given["properties"]})
        parent = {"setParent": given["parent"]} if "parent" in given else {}
        self._relink(record, {"addLinks": given.get("links", []), **parent})
        self.records.append(record)
        self.filed_at[key] = self.sandbox.now
        return JSONResponse(self._shown(record, request))

    async def patch_record(self, request: Request) -> Response:
        self._enter(request, "records.updateRecords")
        record = self._record(request.path_params["id"])
        change = await inbound.json_body(request)
        for name in change:
            if name not in PATCH_KEYS:
                raise Refusal(answers.ironclad(400, "INVALID_PARAM", f"{name} cannot be changed here", name))
        changed = dict(record)
        self._relink(changed, change)
        inbound.change_properties(changed, change)
        changed |= {name: str(change[name]) for name in ("type", "name") if name in change}
        # Only now: a request refused half-way leaves the record as it was.
        record.clear()
        record.update(changed)
        record["lastUpdated"] = moment(self.sandbox.now)
        return JSONResponse(self._shown(record, request))

    def _relink(self, record: Json, change: Json) -> None:
        """Add and remove links and the parent; every record named must exist."""
        added = [self._record(key)["id"] for key in inbound.linked(change, "addLinks")]
        gone = {self._record(key)["id"] for key in inbound.linked(change, "removeLinks")}
        links = [link["recordId"] for link in record["links"]] + added
        parents = (
            inbound.linked({"setParent": [change["setParent"]]}, "setParent") if "setParent" in change else []
        )
        parent = self._record(parents[0])["id"] if parents else None
        record["links"] = [{"recordId": link} for link in dict.fromkeys(links) if link not in gone]
        if change.get("removeParent") or parent:
            record.pop("parentId", None)
            record.pop("parentLinkType", None)
        if parent:
            record["parentId"] = parent
            if kind := change["setParent"].get("parentLinkType"):
                record["parentLinkType"] = inbound.one_of(kind, ("amendment", "obligation"))

    async def attachment(self, request: Request) -> Response:
        self._enter(request, "records.readAttachments")
        record, key = self._record(request.path_params["id"]), request.path_params["key"]
        file = records.file_of(record, self.sandbox.world, self.sandbox.corpus)
        if key != "signedCopy" or file is None:
            message = f"Attachment {key} doesn't exist on record {record['ironcladId']}"
            raise Refusal(answers.ironclad(404, "NOT_FOUND", message, "key"))
        disposition = {"content-disposition": f'attachment; filename="{file.name}"'}
        media = records.MEDIA.get(file.suffix, "application/octet-stream")
        content = await asyncio.to_thread(file.read_bytes)
        return Response(content, media_type=media, headers=disposition)

    # -- obligations --------------------------------------------------------------------------------

    def _obligation(self, key: str) -> Json:
        for obligation in self.obligations:
            if key in (obligation["id"], obligation["ironcladId"]):
                return obligation
        raise Refusal(
            answers.ironclad(404, "NOT_FOUND", f"Record id {key} doesn't exist, or no access", "id")
        )

    async def list_obligations(self, request: Request) -> Response:
        self._enter(request, "obligations.readObligations")
        asked = request.query_params
        found = inbound.matching(self.obligations, asked.get("filter"), self.sandbox.now)
        field = inbound.one_of(asked.get("sortField", "name"), ("name", "lastUpdated"))
        return inbound.paged(request, inbound.ordered(found, field, asked.get("sortDirection", "DESC")), dict)

    async def create_obligation(self, request: Request) -> Response:
        self._enter(request, "obligations.createObligations")
        given = await inbound.json_body(request)
        for name in ("name", "parentId", "obligationTypeKey"):
            if not given.get(name):
                raise Refusal(answers.ironclad(400, "MISSING_PARAM", f"{name} is required", name))
        parent = self._parent(str(given["parentId"]))
        obligation: Json = {
            "id": str(uuid4()),
            "ironcladId": f"OB-{len(self.obligations) + 1}",
            "name": str(given["name"]),
            "properties": {},
            "lastUpdated": moment(self.sandbox.now),
            "namedTypeIds": inbound.named_types(given["obligationTypeKey"]),
            "parentReadableId": parent["ironcladId"],
            "parentRecordName": parent["name"],
        }
        inbound.change_properties(obligation, {"addProperties": given.get("properties", {})})
        self.obligations.append(obligation)
        return JSONResponse(obligation, 201)

    def _parent(self, key: str) -> Json:
        for held in (*self._visible(), *self.obligations):
            if key in (held["id"], held["ironcladId"]):
                return held
        message = f"Record id {key} doesn't exist, or no access"
        raise Refusal(answers.ironclad(400, "INVALID_PARAM", message, "parentId"))

    async def one_obligation(self, request: Request) -> Response:
        self._enter(request, "obligations.readObligations")
        return JSONResponse(self._obligation(request.path_params["id"]))

    async def patch_obligation(self, request: Request) -> Response:
        self._enter(request, "obligations.updateObligations")
        obligation = self._obligation(request.path_params["id"])
        change = await inbound.json_body(request)
        inbound.change_properties(obligation, change)
        if change.get("name"):
            obligation["name"] = str(change["name"])
        if "obligationTypeKey" in change:
            obligation["namedTypeIds"] = inbound.named_types(change["obligationTypeKey"])
        obligation["lastUpdated"] = moment(self.sandbox.now)
        return JSONResponse(obligation)

    # -- workflows ----------------------------------------------------------------------------------

    def _workflow(self, key: str) -> Json:
        for record in self._visible():
            if key in (workflow_id(record["ironcladId"]), record["ironcladId"]):
                return record
        raise Refusal(answers.ironclad(404, "NOT_FOUND", "workflow does not exist", "workflowId"))

    async def one_workflow(self, request: Request) -> Response:
        self._enter(request, "workflows.readWorkflows")
        record = self._workflow(request.path_params["id"])
        filed = moment(self.filed_at[record["ironcladId"]])
        body = {
            "id": workflow_id(record["ironcladId"]),
            "ironcladId": record["ironcladId"],
            "title": record["name"],
            "template": TEMPLATE_ID,
            "step": "Archive",
            "schema": {},
            "attributes": {},
            "isCancelled": False,
            "isComplete": True,
            "status": "completed",
            "created": filed,
            "lastUpdated": filed,
            "roles": [],
            "approvals": {"state": "completed"},
            "signatures": {"state": "completed"},
            "recordIds": [record["id"]],
            "isRevertibleToReview": False,
        }
        return JSONResponse(body)

    async def list_comments(self, request: Request) -> Response:
        self._enter(request, "workflows.readComments")
        record = self._workflow(request.path_params["id"])
        return inbound.paged(request, self.comments.get(record["id"], []), dict)

    async def create_comment(self, request: Request) -> Response:
        self._enter(request, "workflows.createComments")
        record = self._workflow(request.path_params["id"])
        text = (await inbound.json_body(request)).get("comment")
        if not isinstance(text, str) or not text:
            raise Refusal(answers.ironclad(400, "MISSING_PARAM", "comment is required", "comment"))
        email = request.headers.get("x-as-user-email", USER_EMAIL)
        comment = {
            "id": uuid4().hex[:9],
            "commentMessage": text,
            "timestamp": moment(self.sandbox.now),
            "isExternal": False,
            "author": {
                "type": "internalUser",
                "companyName": self.sandbox.world.us.name,
                "displayName": email.split("@")[0],
                "email": email,
            },
            "mentionedUserDetails": [],
            "addedParticipants": [],
            "reactions": [],
        }
        self.comments.setdefault(record["id"], []).append(comment)
        return JSONResponse(comment)

    # -- webhooks -----------------------------------------------------------------------------------

    async def key(self, request: Request) -> Response:
        self._enter(request, "")
        return PlainTextResponse(verification_key())

    async def list_webhooks(self, request: Request) -> Response:
        self._enter(request, "webhooks.readWebhooks")
        return inbound.paged(request, list(self.webhooks.hooks.values()), lambda hook: hook.shown())

    async def create_webhook(self, request: Request) -> Response:
        self._enter(request, "webhooks.createWebhooks")
        given = await inbound.json_body(request)
        events, target = inbound.events(given.get("events")), self._target(given.get("targetURL"))
        status = inbound.one_of(given.get("status", "enabled"), ("enabled", "disabled"))
        by = request.headers.get("x-as-user-id", USER_ID)
        return JSONResponse(self.webhooks.add(events, target, status, self.sandbox.now, by).shown(), 201)

    def _target(self, target: Any, own: str = "") -> str:
        if not isinstance(target, str) or not is_loopback(target):
            message = "targetURL must be a URL on this machine: the sandbox calls nothing else"
            raise Refusal(answers.ironclad(400, "INVALID_PARAM", message, "targetURL"))
        for hook in self.webhooks.hooks.values():
            if hook.target == target and hook.id != own:
                message = f"webhook already exists for target {target}"
                raise Refusal(answers.ironclad(400, "INVALID_PARAM", message, "targetURL"))
        return target

    def _hook(self, request: Request) -> Any:
        hook = self.webhooks.hooks.get(request.path_params["id"])
        if hook is None:
            raise Refusal(answers.ironclad(404, "NOT_FOUND", "webhook does not exist", "id"))
        return hook

    async def one_webhook(self, request: Request) -> Response:
        self._enter(request, "webhooks.readWebhooks")
        return JSONResponse(self._hook(request).shown())

    async def patch_webhook(self, request: Request) -> Response:
        self._enter(request, "webhooks.updateWebhooks")
        hook, change = self._hook(request), await inbound.json_body(request)
        if "events" in change:
            hook.events = inbound.events(change["events"])
        if "targetURL" in change:
            hook.target = self._target(change["targetURL"], own=hook.id)
        if "status" in change:
            hook.status = inbound.one_of(change["status"], ("enabled", "disabled"))
            hook.changed_at, hook.failures, hook.first_failure = self.sandbox.now, 0, None
        return JSONResponse(hook.shown())

    async def delete_webhook(self, request: Request) -> Response:
        self._enter(request, "webhooks.deleteWebhooks")
        self.webhooks.hooks.pop(self._hook(request).id)
        return Response(status_code=204)

    def sent(self) -> list[Json]:
        return [asdict(one) for one in self.webhooks.deliveries]

    async def emit(self, event: str, record: str, to: str | None = None) -> list[Json]:
        """Let `event` happen to a record and deliver it to every hook that asked for it.

        A record held back until it is signed appears with its first event. `to` registers a hook for
        that address first, where there is none. Raises KeyError for an unknown record, ValueError for
        an unknown event or an address that is not on this machine.
        """
        row = next((r for r in self.records if r["ironcladId"] == record), None)
        if row is None:
            raise KeyError(record)
        if event not in inbound.EVENTS[1:]:
            raise ValueError(f"{event!r} is no event of Ironclad")
        now = self.sandbox.now
        self.unsigned.discard(record)
        self.filed_at[record] = min(self.filed_at[record], now)
        row["lastUpdated"] = moment(now)
        if to is not None:
            self._subscribe(to, event)
        if event.startswith("record_"):
            payload = {"event": event, "recordID": row["id"]}
        else:
            payload = {"event": event, "templateID": TEMPLATE_ID, "workflowID": workflow_id(record)}
        wanting = [hook for hook in self.webhooks.hooks.values() if hook.wants(event)]
        sent = await asyncio.gather(*(self.webhooks.deliver(hook, payload, now) for hook in wanting))
        return [asdict(delivery) for delivery in sent]

    def _subscribe(self, target: str, event: str) -> None:
        if not is_loopback(target):
            raise ValueError(f"{target} is not on this machine; the sandbox calls nothing else")
        for hook in self.webhooks.hooks.values():
            if hook.target == target:
                hook.events = list(dict.fromkeys([*hook.events, event]))
                return
        self.webhooks.add([event], target, "enabled", self.sandbox.now, USER_ID)


VENDOR = Vendor("ironclad", "ironclad", Ironclad, answers.ironclad_failure)
