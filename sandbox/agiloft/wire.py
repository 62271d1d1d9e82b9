"""Agiloft's JSON surface, `/ewws/alrest/{KB}/…`."""

from collections.abc import Callable
from typing import Any

from fastapi import Request
from starlette.responses import Response

from sandbox.agiloft import requests, text
from sandbox.agiloft.auth import Session, Sessions, known_kb
from sandbox.agiloft.records import Desk
from sandbox.agiloft.schema import Table
from sandbox.agiloft.text import Failure
from sandbox.agiloft.world import Fields

ACTIONS = ("attach", "attachInfo", "retrieveAttach", "removeAttach", "actionButton")
WRONG_KB = "Wrong combination of access token and KB name"


class JsonSurface:
    """`desk` opens the records for a user, `called` keeps a call that runs by itself and gives its number."""

    def __init__(
        self,
        sessions: Sessions,
        desk: Callable[[str], Desk],
        called: Callable[[], str],
    ) -> None:
        self.sessions, self.desk, self.called = sessions, desk, called

    async def answer(self, request: Request, kb: str, path: str) -> Response:
        coded = requests.coded(request.query_params)
        try:
            known_kb(kb)
            parts = [part for part in path.split("/") if part]
            if parts == ["login"]:
                return await self._login(request, kb)
            session = self._session(request, kb)
            if parts == ["logout"]:
                _only(request, "POST", "GET")
                self.sessions.log_out(session)
                return text.envelope(None)
            return await self._dispatch(request, self.desk(session.user), parts)
        except Failure as failure:
            return text.refused(failure, coded)

    async def _login(self, request: Request, kb: str) -> Response:
        _only(request, "POST")
        given = await requests.json_body(request)
        now = self.desk("").now
        if "refresh_token" in given:
            header = request.headers.get("authorization", "")
            session = self.sessions.renew(header, str(given["refresh_token"]), now)
        elif given.get("KB", kb) != kb:
            raise Failure(400, f"Cannot find specified knowledgebase: {given['KB']}")
        else:
            session = self.sessions.log_in(kb, _str(given.get("login")), _str(given.get("password")), now)
        tokens = {"access_token": session.access, "refresh_token": session.refresh, "expires_in": 900}
        return text.envelope({**tokens, "authentication_scheme": "Bearer "})

    def _session(self, request: Request, kb: str) -> Session:
        header = request.headers.get("authorization")
        if header is None:
            raise Failure(400, "Send $login and $password, or a token.")
        session = self.sessions.of(header, self.desk("").now)
        if session.kb != kb:
            raise Failure(400, WRONG_KB)
        return session

    async def _dispatch(self, request: Request, desk: Desk, parts: list[str]) -> Response:
        if not 1 <= len(parts) <= 3:
            raise Failure(404, "Not found")
        table = desk.table(parts[0])
        if len(parts) == 1:
            _only(request, "POST")
            made = desk.create(table, await requests.json_body(request))
            return text.envelope({"id": made.id})
        if parts[1:] == ["search"]:
            _only(request, "POST")
            return await self._search(request, desk, table)
        if parts[1:] == ["upsert"]:
            _only(request, "POST")
            return await self._upsert(request, desk, table)
        if len(parts) == 3 and parts[1] in ACTIONS:
            return await self._act(request, desk, table, parts[1], parts[2])
        if len(parts) == 2:
            return await self._record(request, desk, table, parts[1])
        raise Failure(404, "Not found")

    async def _search(self, request: Request, desk: Desk, table: Table) -> Response:
        given: Fields = {**request.query_params, **await requests.json_body(request)}
        fields = given.get("field") or []
        names = [str(name) for name in fields] if isinstance(fields, list) else [str(fields)]
        for name in names:
            desk.column(table, name)
        found = requests.searched(desk, table, str(given.get("query") or ""), _str(given.get("search")))
        chosen = requests.page(request, found, given.get("page"), given.get("limit"))
        return text.envelope([desk.show(record, names) for record in chosen])

    async def _upsert(self, request: Request, desk: Desk, table: Table) -> Response:
        condition = request.query_params.get("query", "")
        if not condition:
            raise Failure(400, "One has to specify query value.")
        given = await requests.json_body(request)
        made, new = desk.upsert(table, desk.search(table, condition), given)
        return text.envelope({"id": made.id}, 201 if new else 200)

    async def _record(self, request: Request, desk: Desk, table: Table, key: str) -> Response:
        _only(request, "GET", "PUT", "DELETE")
        record = desk.one(table, key)
        query = request.query_params
        if request.method == "DELETE":
            desk.delete(record, query.get("deleteRule", ""), query.get("subs"))
            return text.envelope(None)
        if request.method == "PUT":
            force = query.get("$operationHints") == "NOLOCK"
            desk.update(record, await requests.json_body(request), force)
        return text.envelope(desk.show(record))

    async def _act(self, request: Request, desk: Desk, table: Table, action: str, key: str) -> Response:
        query = request.query_params
        _only(request, "POST", *(("GET",) if action == "attachInfo" else ()))
        record = desk.one(table, key)
        if action == "actionButton":
            desk.press(record, query.get("name", ""))
            return text.envelope({"id": record.id, "EWCALLBACK_ID": self.called()})
        column = desk.file_column(table, query.get("field"))
        if action == "attach":
            document = await requests.upload(request, "uploadFile", query.get("fileName"))
            return text.envelope(desk.attach(record, column, document))
        if action == "attachInfo":
            return text.envelope(desk.attached(record, column))
        if action == "removeAttach":
            return text.envelope(desk.detach(record, column, query.get("filePosition")))
        return requests.served(desk.retrieve(record, column, query.get("filePosition")))


def _only(request: Request, *methods: str) -> None:
    if request.method not in methods:
        raise Failure(405, f"HTTP method {request.method} is not supported by this URL")


def _str(given: Any) -> str | None:
    return None if given is None else str(given)
