"""Asana's API: projects, tasks with their stories, custom fields, search, events, webhooks.

Base `<sandbox>/asana/api/1.0`; a personal access token or OAuth (`<sandbox>/asana/-/oauth_token`) as bearer.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import oauth
from sandbox.asana.answers import Routes, error, failure
from sandbox.asana.batch import routes as batch_routes
from sandbox.asana.events import Hooks, Registry
from sandbox.asana.reads import Reads
from sandbox.asana.records import INTEGRATION, Numbers, Task, build, company, gid
from sandbox.asana.shapes import Shapes
from sandbox.asana.writes import Writes
from sandbox.errors import Refusal
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

ACCESS_TOKEN = "asana-demo-pat"
CLIENT_ID, CLIENT_SECRET = "1200000000000042", "asana-demo-secret"
REFRESH_TOKEN, CODE = "asana-demo-refresh-token", "asana-demo-code"
API = "/asana/api/1.0"
SCOPES = frozenset(
    (
        "tasks:read", "tasks:write", "tasks:delete", "projects:read", "stories:read", "stories:write",
        "users:read", "workspaces:read", "custom_fields:read", "webhooks:read", "webhooks:write",
        "webhooks:delete",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One request that was let in: who asks, and whether it is an OAuth app."""

    user: str
    app: bool
    shapes: Shapes


class Asana:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=3600)
        self.hooks = Hooks(sandbox)
        self.tasks: dict[str, Task] = {}
        self.registry = Registry(self, self.hooks)
        self.reset()

    def reset(self) -> None:
        self.numbers = Numbers()
        self.tasks.clear()
        self.tasks.update({task.gid: task for task in build(self.numbers)})
        self.tokens.forget()
        self.hooks.forget()

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route("/asana/-/oauth_token", self.token, methods=["POST"])
        tables: Sequence[Routes] = (
            Reads(self).routes(),
            Writes(self).routes(),
            self.registry.routes(),
            batch_routes(self),
        )
        for table in tables:
            for method, path, answer in table:
                router.add_api_route(API + path, answer, methods=[method])
        return router

    # -- logging in ---------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        given = await oauth.grant(request)
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _oauth_error(401, "invalid_client", "The client could not be authenticated.")
        kind = given.get("grant_type", "")
        allowed = {
            "authorization_code": given.get("code") == CODE and bool(given.get("redirect_uri")),
            "refresh_token": given.get("refresh_token") == REFRESH_TOKEN,
        }
        if kind not in allowed:
            return _oauth_error(400, "unsupported_grant_type", "The grant type is not supported.")
        if not allowed[kind]:
            return _oauth_error(400, "invalid_grant", "The code or token provided was invalid.")
        person = company().people[INTEGRATION]
        number = gid("user", INTEGRATION)
        body: dict[str, Any] = {
            "access_token": self.tokens.issue(SCOPES),
            "token_type": "bearer",
            "expires_in": self.tokens.lifetime,
            "data": {"id": int(number), "gid": number, "name": person.name, "email": person.user},
        }
        return JSONResponse(body | ({"refresh_token": REFRESH_TOKEN} if kind == "authorization_code" else {}))

    def enter(self, request: Request, scope: str) -> Call:
        """Let the request in, or refuse it."""
        given = oauth.bearer(request)
        held = self.tokens.scopes(given)
        if given != ACCESS_TOKEN and held is None:
            raise Refusal(failure(401, {}))
        if held is not None and scope not in held:
            raise Refusal(error(403, f"Your app does not have the required scopes: {scope}"))
        return Call(INTEGRATION, held is not None, self.shapes(held is not None))

    # -- state --------------------------------------------------------------------------------------

    def shapes(self, app: bool) -> Shapes:
        return Shapes(self.sandbox.now, self.tasks, app)

    def visible(self) -> list[Task]:
        now = self.sandbox.now
        return [task for task in self.tasks.values() if task.exists(now)]

    def find_task(self, key: str, name: str = "task", app: bool = True) -> Task:
        """The task by its gid or by `external:` and our own. Refuses what is unknown."""
        if key.startswith("external:"):
            own = key.partition(":")[2]
            for task in self.visible():
                held = task.values(self.sandbox.now)["external"] or {}
                if app and held.get("gid") == own:
                    return task
            raise Refusal(error(404, f"{name}: Unknown object: {key}"))
        if not key.isdigit():
            raise Refusal(error(400, f"{name}: Not a recognized ID: {key}"))
        found = self.tasks.get(key)
        if found is None or not found.exists(self.sandbox.now):
            raise Refusal(error(404, f"{name}: Unknown object: {key}"))
        return found

    def sent(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.hooks.deliveries]

    async def emit(self, event: str, record: str, to: str | None = None) -> list[dict[str, Any]]:
        """Tell the hooks again of the last `event` (an action) of the task or project `record`."""
        return await self.registry.emit(event, record, to)


def _oauth_error(status: int, code: str, text: str) -> Response:
    return JSONResponse({"error": code, "error_description": text}, status)


VENDOR = Vendor("asana", "asana", Asana, failure)
