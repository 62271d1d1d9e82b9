"""Jira Service Management: the platform's REST API and the service desk's, over one site's requests.

Base `<sandbox>/jira` for e-mail and API token, `<sandbox>/jira/ex/jira/{cloudId}` for OAuth tokens (and API
tokens too), as with `api.atlassian.com`; tokens at `<sandbox>/jira/oauth/token`.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import oauth
from sandbox.errors import Refusal
from sandbox.jira_service_management.answers import Routes, failure, not_found, scope_refusal
from sandbox.jira_service_management.bulk import routes as bulk_routes
from sandbox.jira_service_management.desk import routes as desk_routes
from sandbox.jira_service_management.hooks import Hooks
from sandbox.jira_service_management.platform import routes as read_routes
from sandbox.jira_service_management.records import INTEGRATION, Issue, Numbers, build
from sandbox.jira_service_management.shapes import Shapes
from sandbox.jira_service_management.writes import routes as write_routes
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

API_TOKEN = "jira-demo-api-token"
CLIENT_ID, CLIENT_SECRET = "pacta-jira-client", "jira-demo-secret"
REFRESH_TOKEN, CODE = "jira-demo-refresh-token", "jira-demo-code"
CLOUD_ID = "3f0d5c1e-7a44-4c6b-9a58-6f1c2a9b7e10"
SCOPES = frozenset(
    (
        "read:jira-work", "write:jira-work", "read:jira-user", "manage:jira-webhook",
        "manage:jira-configuration", "read:servicedesk-request", "write:servicedesk-request",
        "manage:servicedesk-customer", "offline_access",
    )
)  # fmt: skip
# A refresh token that was used still works for this long, as lost answers need.
REUSE = 600.0


@dataclass(frozen=True)
class Call:
    """One request that was let in: who asks, by OAuth or not, and how answers are written."""

    user: str
    app: bool
    shapes: Shapes


class Jira:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=3600)
        self.hooks = Hooks(sandbox)
        self.issues: list[Issue] = []
        self.refresh: dict[str, float] = {}
        self.reset()

    def reset(self) -> None:
        self.numbers = Numbers()
        self.issues[:] = build(self.sandbox.world, self.numbers)
        self.tokens.forget()
        self.refresh = {REFRESH_TOKEN: time.monotonic() + 90 * 86400}
        self.hooks.forget()

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/jira")
        router.add_api_route("/oauth/token", self.token, methods=["POST"])
        router.add_api_route("/oauth/token/accessible-resources", self.resources, methods=["GET"])
        tables: Sequence[Routes] = (
            read_routes(self),
            bulk_routes(self),
            write_routes(self),
            desk_routes(self),
            self.hooks.routes(self),
        )
        for base in ("", "/ex/jira/{cloud}"):
            for table in tables:
                for method, path, answer in table:
                    router.add_api_route(base + path, answer, methods=[method])
        return router

    # -- logging in ---------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        given = await oauth.grant(request)
        kind = given.get("grant_type", "")
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _oauth_error(401, "access_denied", "Unauthorized")
        scopes = frozenset(given["scope"].split()) if given.get("scope") else SCOPES
        if not scopes <= SCOPES:
            return _oauth_error(400, "invalid_scope", "a scope is not granted to this app")
        if kind == "authorization_code":
            if given.get("code") != CODE or not given.get("redirect_uri"):
                return _oauth_error(403, "invalid_grant", "Invalid authorization code")
        elif kind == "refresh_token":
            if not self._spend(given.get("refresh_token", "")):
                return _oauth_error(403, "invalid_grant", "Unknown or invalid refresh token.")
        elif kind != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "this grant type is not offered")
        body: dict[str, Any] = {
            "access_token": self.tokens.issue(scopes),
            "expires_in": self.tokens.lifetime,
            "token_type": "Bearer",
            "scope": " ".join(sorted(scopes)),
        }
        if kind != "client_credentials" and "offline_access" in scopes:
            body["refresh_token"] = secrets.token_urlsafe(24)
            self.refresh[body["refresh_token"]] = time.monotonic() + 90 * 86400
        return JSONResponse(body)

    def _spend(self, token: str) -> bool:
        """Use a refresh token; from now on it lives only for the time of reuse."""
        now = time.monotonic()
        if self.refresh.get(token, 0.0) <= now:
            return False
        self.refresh[token] = min(self.refresh[token], now + REUSE)
        return True

    async def resources(self, request: Request) -> Response:
        scopes = self.tokens.scopes(oauth.bearer(request))
        if scopes is None:
            return JSONResponse({"code": 401, "message": "Unauthorized"}, 401)
        base = str(request.base_url).rstrip("/")
        site = {
            "id": CLOUD_ID,
            "url": f"{base}/jira",
            "name": "tessaly",
            "avatarUrl": f"{base}/jira/avatar/48.png",
        }
        return JSONResponse([{**site, "scopes": sorted(scopes)}])

    def enter(self, request: Request, scope: str) -> Call:
        """Let the request in, or refuse it."""
        cloud = request.path_params.get("cloud")
        version = str(request.path_params.get("version", "2"))
        if version not in ("2", "3", "latest") or cloud not in (None, CLOUD_ID):
            raise Refusal(not_found())
        if not request.headers.get("authorization"):
            raise Refusal(failure(401, {}))
        held = self.tokens.scopes(oauth.bearer(request)) if cloud else None
        if held is None and oauth.basic(request) != (INTEGRATION, API_TOKEN):
            raise Refusal(failure(401, {"x-seraph-loginreason": "AUTHENTICATED_FAILED"}))
        if held is not None and scope not in held:
            raise Refusal(scope_refusal())
        base = str(request.base_url).rstrip("/") + "/jira" + (f"/ex/jira/{cloud}" if cloud else "")
        shapes = Shapes(self.sandbox.world, self.sandbox.now, base, "3" if version == "3" else "2")
        return Call(INTEGRATION, held is not None, shapes)

    # -- state --------------------------------------------------------------------------------------

    def visible(self) -> list[Issue]:
        return [issue for issue in self.issues if issue.created_at <= self.sandbox.now]

    def find(self, key: str) -> Issue | None:
        """The issue by its key (in any case) or number."""
        for issue in self.visible():
            if key.upper() == issue.key or key == str(issue.id):
                return issue
        return None

    def sent(self) -> list[dict[str, Any]]:
        return self.hooks.sent()

    async def emit(self, event: str, record: str, to: str | None = None) -> list[dict[str, Any]]:
        """Send `event` about the issue `record`; `to` registers an admin webhook for that address first."""
        issue = self.find(record)
        if issue is None:
            raise KeyError(record)
        return await self.hooks.emit(self, event, issue, to)


def _oauth_error(status: int, code: str, text: str) -> Response:
    return JSONResponse({"error": code, "error_description": text}, status)


VENDOR = Vendor("jira_service_management", "jira", Jira, failure)
