"""Smartsheet's API 2.0: sheets with rows, cells and their history, discussions, search, webhooks.

Base `<sandbox>/smartsheet/2.0`; a raw access token or OAuth (`POST /2.0/token`) as bearer.
"""

import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import oauth
from sandbox.smartsheet.hooks import Hooks, Registry
from sandbox.smartsheet.reads import Reads
from sandbox.smartsheet.records import INTEGRATION, Numbers, Row, Sheet, build, company, number
from sandbox.smartsheet.shapes import Routes, Shapes, failure, numeric, refuse
from sandbox.smartsheet.writes import Writes
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

ACCESS_TOKEN = "smartsheet-demo-token"
CLIENT_ID, CLIENT_SECRET = "pacta-smartsheet-client", "smartsheet-demo-secret"
REFRESH_TOKEN, CODE = "smartsheet-demo-refresh-token", "smartsheet-demo-code"
API = "/smartsheet/2.0"
LIFETIME = 604_799
SCOPES = frozenset(("READ_SHEETS", "WRITE_SHEETS", "READ_USERS", "ADMIN_WEBHOOKS", "ADMIN_WORKSPACES"))


@dataclass(frozen=True)
class Call:
    """One request that was let in. `agent` is what it called itself, for webhooks."""

    user: str
    agent: str
    shapes: Shapes


class Smartsheet:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=LIFETIME)
        self.hooks = Hooks(sandbox)
        self.rows: list[Row] = []
        self.refresh: set[str] = set()
        self.started = time.monotonic()
        self.registry = Registry(self, self.hooks)
        self.reset()

    def reset(self) -> None:
        self.numbers = Numbers()
        self.rows[:] = build(self.numbers)
        self.tokens.forget()
        self.refresh = {REFRESH_TOKEN}
        self.hooks.forget()

    def router(self) -> APIRouter:
        router = APIRouter()
        router.add_api_route(API + "/token", self.token, methods=["POST"])
        tables: Sequence[Routes] = (Reads(self).routes(), Writes(self).routes(), self.registry.routes())
        for table in tables:
            for method, path, answer in table:
                router.add_api_route(API + path, answer, methods=[method])
        return router

    # -- logging in ---------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        """The client proves itself by its secret, or by SHA-256 over secret, bar and code or token."""
        given = await oauth.grant(request)
        kind = given.get("grant_type", "")
        word = given.get("code" if kind == "authorization_code" else "refresh_token", "")
        if given.get("client_id") != CLIENT_ID:
            return _oauth_error(400, "invalid_client", "The client information is invalid.")
        digest = sha256(f"{CLIENT_SECRET}|{word}".encode()).hexdigest()
        if given.get("hash") != digest and given.get("client_secret") != CLIENT_SECRET:
            return _oauth_error(400, "invalid_client", "The hash or the client secret is invalid.")
        if kind not in ("authorization_code", "refresh_token"):
            return _oauth_error(
                400, "unsupported_grant_type", "grant_type must equal authorization_code or refresh_token."
            )
        if word not in ({CODE} if kind == "authorization_code" else self.refresh):
            return _oauth_error(
                400, "invalid_grant", "The authorization code or refresh token is invalid or expired."
            )
        # A refresh token is good for one use: the answer carries the next.
        self.refresh = {secrets.token_hex(13)}
        body = {
            "access_token": self.tokens.issue(SCOPES),
            "token_type": "bearer",
            "refresh_token": next(iter(self.refresh)),
            "expires_in": LIFETIME,
        }
        return JSONResponse(body)

    def enter(self, request: Request, scope: str) -> Call:
        """Let the request in, or refuse it."""
        if not request.headers.get("authorization"):
            raise refuse(1001)
        given = oauth.bearer(request)
        held = SCOPES if given == ACCESS_TOKEN else self.tokens.scopes(given)
        if held is None:
            raise refuse(1002)
        if scope not in held:
            raise refuse(1004)
        agent = request.headers.get("smartsheet-change-agent", "")
        return Call(INTEGRATION, agent, self.shapes(numeric(request)))

    # -- state --------------------------------------------------------------------------------------

    def shapes(self, as_numbers: bool = False) -> Shapes:
        return Shapes(self.sandbox.now, self.rows, as_numbers)

    def sheet(self, asked: Any) -> Sheet:
        """The sheet by its id. Refuses what there is not (yet)."""
        for sheet in company().sheets.values():
            if str(number("sheet", sheet.key)) == str(asked) and sheet.created <= self.sandbox.now:
                return sheet
        raise refuse(1006)

    def row(self, sheet: Sheet, asked: Any) -> Row:
        for row in self.rows:
            if str(row.id) == str(asked) and row.sheet == sheet.key and row.exists(self.sandbox.now):
                return row
        raise refuse(1006)

    def sent(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self.hooks.deliveries]

    async def emit(self, event: str, record: str, to: str | None = None) -> list[dict[str, Any]]:
        """Tell the hooks of the row `record` that it was `created`, `updated` or `deleted`."""
        return await self.registry.emit(event, record, to)


def _oauth_error(status: int, code: str, text: str) -> Response:
    return JSONResponse({"errorCode": status, "error": code, "message": text}, status)


VENDOR = Vendor("smartsheet", "smartsheet", Smartsheet, failure)
