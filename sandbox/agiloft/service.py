"""Agiloft's knowledgebase: contracts with signed documents, tasks, obligations, companies, audit entries.

Base `<sandbox>/agiloft`: the JSON surface at `/ewws/alrest/{KB}`, the older one at `/ewws/EW…`, OAuth2 at
`/ewws/oauth` and `/ewws/otoken`.
"""

from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from sandbox import oauth
from sandbox.agiloft.auth import CLIENT_ID, REDIRECT, OAuthError, Sessions
from sandbox.agiloft.legacy import LegacySurface
from sandbox.agiloft.records import Desk, Locks
from sandbox.agiloft.text import agiloft_failure
from sandbox.agiloft.wire import JsonSurface
from sandbox.agiloft.world import Company, fill
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

CONTACT_SCOPE = "permissions_for:"


class Agiloft:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.sessions = Sessions()
        self.json = JsonSurface(self.sessions, self._desk, self._called)
        self.legacy = LegacySurface(self.sessions, self._desk, self._called)
        self.reset()

    def reset(self) -> None:
        self.company: Company = fill(self.sandbox.world)
        self.locks = Locks()
        self.sessions.forget()
        self.legacy.seen.clear()
        self.calls = 0

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/agiloft/ewws")
        router.add_api_route("/otoken", self.token, methods=["POST"])
        router.add_api_route("/oauth", self.authorize, methods=["GET"])
        every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        router.add_api_route("/alrest/{kb}/{path:path}", self.alrest, methods=every)
        router.add_api_route("/{path:path}", self.ew, methods=every)
        return router

    def _desk(self, user: str) -> Desk:
        return Desk(self.company, self.locks, self.sandbox.corpus, self.sandbox.now, user)

    def _called(self) -> str:
        """The number of a call that runs by itself."""
        self.calls += 1
        number = f"{10_099 + self.calls}_1"
        self.legacy.seen[number] = 0
        return number

    # -- routes ---------------------------------------------------------------------------------------

    async def alrest(self, request: Request) -> Response:
        return await self.json.answer(request, request.path_params["kb"], request.path_params["path"])

    async def ew(self, request: Request) -> Response:
        return await self.legacy.answer(request, request.path_params["path"])

    async def token(self, request: Request) -> Response:
        try:
            session = self.sessions.grant(await oauth.grant(request), self.sandbox.now)
        except OAuthError as error:
            body = {"error": error.error, "error_description": error.text}
            return JSONResponse(body, error.status)
        tokens = {"access_token": session.access, "refresh_token": session.refresh}
        return JSONResponse({**tokens, "token_type": "Bearer", "expires_in": 900})

    async def authorize(self, request: Request) -> Response:
        """The page on which the user agrees; here the user has agreed."""
        query = request.query_params
        method = query.get("code_challenge_method", "S256")
        contact = str(self.company.people["pacta.integration"])
        if (
            query.get("client_id") != CLIENT_ID
            or query.get("redirect_uri") != REDIRECT
            or query.get("response_type") != "code"
            or query.get("scope") != f"{CONTACT_SCOPE}{contact}"
            or method != "S256"
        ):
            return JSONResponse({"error": "invalid_request"}, 400)
        code = self.sessions.code(query.get("code_challenge", ""), REDIRECT)
        answer = {"code": code, **({"state": query["state"]} if "state" in query else {})}
        return RedirectResponse(f"{REDIRECT}?{urlencode(answer)}", 302)


VENDOR = Vendor("agiloft", "agiloft", Agiloft, agiloft_failure)
