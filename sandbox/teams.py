"""Microsoft Teams: a Workflows address, one of the older kind, and the part of Graph that holds a channel.

Everything is below `<sandbox>/teams`. A posted card is looked through as the service does: its envelope,
type, version and size; what it does not take is refused in the service's words.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import PlainTextResponse, Response

from sandbox import faults, oauth
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

TENANT = "7f3c8a52-1d0b-4c6e-9a41-5be2f0d67711"
CLIENT_ID, CLIENT_SECRET = "pacta-teams-client", "teams-demo-secret"
REFRESH_TOKEN = "teams-demo-refresh"
WORKFLOW, SIGNATURE = "c41d5f0e7b3a4f0f9d2e", "demo-signature-Zk3"
LEGACY = "9b1f@7f3c/IncomingWebhook/2c77/11ab"
TEAM, CHANNEL = "02bd9fd6-8f93-4758-87c3-1fb73740a315", "19:contracts@thread.tacv2"
LARGEST = 28 * 1024
PER_SECOND = 4
CARD = "application/vnd.microsoft.card.adaptive"
TOKEN_SECONDS = 3599
WEB = "https://teams.example/l/message"


@dataclass
class Message:
    """What arrived in the channel."""

    id: str
    at: str
    content: dict[str, Any]
    by: str
    attachments: list[dict[str, Any]] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)


class Teams:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=TOKEN_SECONDS)
        self.reset()

    def reset(self) -> None:
        self.posted: list[Message] = []
        self.tokens.forget()
        self._stamps: list[float] = []

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/teams")
        trigger = "/workflows/{workflow}/triggers/manual/paths/invoke"
        router.add_api_route(trigger, self.workflow, methods=["POST"])
        router.add_api_route("/webhookb2/{address:path}", self.legacy, methods=["POST"])
        router.add_api_route("/{tenant}/oauth2/v2.0/token", self.token, methods=["POST"])
        channel = "/v1.0/teams/{team}/channels/{channel}"
        router.add_api_route(channel, self.channel, methods=["GET"])
        router.add_api_route(f"{channel}/messages", self.messages, methods=["GET"])
        router.add_api_route(f"{channel}/messages", self.post, methods=["POST"])
        router.add_api_route("/shown", self.shown, methods=["GET"])
        return router

    # -- webhooks -------------------------------------------------------------------------------------

    async def workflow(self, request: Request, workflow: str) -> Response:
        """A flow that begins with "when a Teams webhook request is received"."""
        given = request.query_params
        if workflow != WORKFLOW:
            return _flow(404, "WorkflowNotFound", "The workflow could not be found.")
        if given.get("api-version") != "2016-06-01" or not given.get("sp") or given.get("sv") != "1.0":
            return _flow(400, "InvalidRequest", "The api-version or signature parameters are missing.")
        if given.get("sig") != SIGNATURE:
            return _flow(401, "DirectApiAuthorizationRequired", "The signature does not match.")
        status, said, card = await self._card(request)
        if status == 202:
            self._keep(card, "Workflows")
            return Response(status_code=202, headers={"x-ms-workflow-run-id": f"run-{len(self.posted)}"})
        headers = {"Retry-After": "1"} if status == 429 else {}
        return _flow(status, "TriggerRequestNotValid" if status == 400 else "Throttled", said, headers)

    async def legacy(self, request: Request, address: str) -> Response:
        """An address of the older kind: 200 whatever became of the message."""
        if address != LEGACY:
            return PlainTextResponse("Invalid webhook URL", 404)
        status, said, card = await self._card(request)
        if status == 202:
            self._keep(card, "Connector")
            return PlainTextResponse("1")
        error = f"Microsoft Teams endpoint returned HTTP error {status}"
        return PlainTextResponse(f"Webhook message delivery failed with error: {error} with {said}")

    async def _card(self, request: Request) -> tuple[int, str, dict[str, Any]]:
        """202 and the card of a request, or the status and words of its refusal."""
        body = await request.body()
        now = time.monotonic()
        self._stamps = [stamp for stamp in self._stamps if stamp > now - 1] + [now]
        if len(self._stamps) > PER_SECOND:
            return 429, "too many requests", {}
        if len(body) > LARGEST:
            return 413, f"the message is larger than {LARGEST} bytes", {}
        if "application/json" not in request.headers.get("content-type", ""):
            return 400, "the content type has to be application/json", {}
        try:
            data = json.loads(body)
        except ValueError:
            return 400, "the body is no JSON", {}
        card, fault = _first_card(data)
        return (202, "", card) if not fault else (400, fault, {})

    # -- Graph ----------------------------------------------------------------------------------------

    async def token(self, request: Request, tenant: str) -> Response:
        given = await oauth.grant(request)
        if tenant != TENANT:
            return _denied(400, "invalid_request", f"AADSTS90002: Tenant '{tenant}' not found.")
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _denied(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.")
        kind = given.get("grant_type")
        if kind == "client_credentials":
            if given.get("scope") != "https://graph.microsoft.com/.default":
                return _denied(400, "invalid_scope", "AADSTS1002012: The scope has to end with /.default.")
            scopes = frozenset({"app"})
        elif kind == "refresh_token":
            if given.get("refresh_token") != REFRESH_TOKEN:
                return _denied(400, "invalid_grant", "AADSTS70008: The refresh token has expired.")
            scopes = frozenset({"user"})
        else:
            return _denied(400, "unsupported_grant_type", "AADSTS70003: The grant type is not supported.")
        granted: dict[str, Any] = {"token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        if kind == "refresh_token":
            granted |= {
                "refresh_token": REFRESH_TOKEN,
                "scope": "ChannelMessage.Send ChannelMessage.Read.All",
            }
        return JSONResponse({**granted, "access_token": self.tokens.issue(scopes)})

    async def channel(self, request: Request, team: str, channel: str) -> Response:
        refusal = self._refusal(request, team, channel)
        return refusal or JSONResponse({"id": CHANNEL, "displayName": "Contracts"})

    async def messages(self, request: Request, team: str, channel: str) -> Response:
        """The messages, newest first, `$top` at a time (20 unless told, 50 at most)."""
        refusal = self._refusal(request, team, channel)
        if refusal is not None:
            return refusal
        given = request.query_params
        top = given.get("$top", "20")
        if not top.isdigit() or not 1 <= int(top) <= 50:
            return _graph(400, "BadRequest", "The value of $top has to be between 1 and 50.")
        kind = faults.kind_of(request)
        start = 0 if kind == "loop" else int(given.get("$skiptoken", "0") or 0)
        rows = faults.reorder(list(reversed(self.posted)), kind)
        page = faults.repeat(rows[start : start + int(top)], kind)
        answer: dict[str, Any] = {
            "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#chatMessages",
            "@odata.count": len(page),
            "value": [_shape(message) for message in page],
        }
        if start + int(top) < len(rows) or (kind == "loop" and rows):
            base = str(request.url).partition("?")[0]
            answer["@odata.nextLink"] = f"{base}?$top={top}&$skiptoken={start + int(top)}"
        return JSONResponse(answer)

    async def post(self, request: Request, team: str, channel: str) -> Response:
        refusal = self._refusal(request, team, channel)
        if refusal is not None:
            return refusal
        token = oauth.bearer(request)
        if self.tokens.scopes(token) == frozenset({"app"}):
            why = "Message POST is allowed in application-only context only for import purposes."
            return _graph(401, "Unauthorized", why)
        body = await request.body()
        if len(body) > LARGEST:
            return _graph(413, "RequestEntityTooLarge", "The message is too large.")
        try:
            data = json.loads(body)
        except ValueError:
            return _graph(400, "BadRequest", "The request body is no JSON.")
        content, fault = _graph_card(data)
        if fault:
            return _graph(400, "BadRequest", fault)
        message = self._keep(content, "Lena Hartmann")
        message.attachments = data["attachments"]
        message.body = data["body"]
        return JSONResponse(_shape(message), 201)

    async def shown(self, request: Request) -> Response:
        """What people see in the channel (no part of the vendor's interface)."""
        return JSONResponse([{"id": m.id, "by": m.by, "card": m.content} for m in self.posted])

    def _refusal(self, request: Request, team: str, channel: str) -> Response | None:
        if self.tokens.scopes(oauth.bearer(request)) is None:
            return _graph(401, "InvalidAuthenticationToken", "Access token has expired or is not valid.")
        if (team, channel) != (TEAM, CHANNEL):
            return _graph(404, "NotFound", "The channel does not exist.")
        return None

    def _keep(self, content: dict[str, Any], by: str) -> Message:
        stamp = str(int(self.sandbox.now.timestamp() * 1000) + len(self.posted))
        message = Message(stamp, self.sandbox.now.isoformat(), content, by)
        self.posted.append(message)
        return message


def _first_card(data: Any) -> tuple[dict[str, Any], str]:
    """The card in a message, and what is wrong with it."""
    if not isinstance(data, dict) or data.get("type") != "message":
        return {}, "the type has to be message"
    attachments = data.get("attachments")
    if not isinstance(attachments, list) or not attachments:
        return {}, "there are no attachments"
    first = attachments[0]
    if not isinstance(first, dict) or first.get("contentType") != CARD:
        return {}, f"the contentType has to be {CARD}"
    return _checked(first.get("content"))


def _graph_card(data: Any) -> tuple[dict[str, Any], str]:
    """The card of a chatMessage: its attachment, JSON as text, that the body names by id."""
    body = data.get("body") if isinstance(data, dict) else None
    attachments = data.get("attachments") if isinstance(data, dict) else None
    if not isinstance(body, dict) or body.get("contentType") != "html":
        return {}, "a body of contentType html is required"
    if not isinstance(attachments, list) or len(attachments) != 1 or not isinstance(attachments[0], dict):
        return {}, "one attachment is required"
    first = attachments[0]
    if f'<attachment id="{first.get("id")}">' not in str(body.get("content")):
        return {}, "the body does not name the attachment"
    if first.get("contentType") != CARD or not isinstance(first.get("content"), str):
        return {}, "the attachment has to hold a card as text"
    try:
        return _checked(json.loads(first["content"]))
    except ValueError:
        return {}, "the card is no JSON"


def _checked(card: Any) -> tuple[dict[str, Any], str]:
    if not isinstance(card, dict) or card.get("type") != "AdaptiveCard":
        return {}, "the content is no AdaptiveCard"
    version = str(card.get("version", ""))
    if version not in ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5"):
        return {}, f"the version {version!r} of the card is not supported"
    if not isinstance(card.get("body"), list) or not card["body"]:
        return {}, "the card has no body"
    return card, ""


def _shape(message: Message) -> dict[str, Any]:
    """A chatMessage."""
    return {
        "id": message.id,
        "etag": message.id,
        "messageType": "message",
        "createdDateTime": message.at,
        "lastModifiedDateTime": message.at,
        "deletedDateTime": None,
        "subject": None,
        "importance": "normal",
        "webUrl": f"{WEB}/{message.id}",
        "from": {"user": {"displayName": message.by}},
        "body": message.body,
        "channelIdentity": {"teamId": TEAM, "channelId": CHANNEL},
        "attachments": message.attachments,
        "mentions": [],
        "reactions": [],
    }


def _flow(status: int, code: str, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"code": code, "message": text}}, status, headers=dict(headers or {}))


def _graph(status: int, code: str, text: str, headers: Mapping[str, str] | None = None) -> Response:
    inner = {"date": "2026-11-10T11:00:00", "request-id": "0" * 8, "client-request-id": "0" * 8}
    error = {"code": code, "message": text, "innerError": inner}
    return JSONResponse({"error": error}, status, headers=dict(headers or {}))


def _denied(status: int, error: str, text: str) -> Response:
    return JSONResponse({"error": error, "error_description": text, "error_codes": [status]}, status)


def failure(status: int, headers: Mapping[str, str]) -> Response:
    """What Graph answers when nothing more particular is known."""
    codes = {401: "InvalidAuthenticationToken", 404: "NotFound", 429: "TooManyRequests"}
    return _graph(status, codes.get(status, "InternalServerError"), "The request failed.", headers)


VENDOR = Vendor("teams", "teams", Teams, failure)
