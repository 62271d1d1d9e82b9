"""Oracle Fusion Cloud ERP: suppliers, orders, receipts, invoices with holds, payments, contracts.

Base `<sandbox>/oracle_fusion`; resources below `/fscmRestApi/resources/11.13.18.05` (or `latest`); Basic, or
a bearer token of `/oauth2/v1/token`. `REST-Framework-Version` decides how children, failures and big numbers
look.
"""

import json
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults, oauth
from sandbox.errors import QuerySyntax, Refusal
from sandbox.oracle_fusion import query
from sandbox.oracle_fusion.shapes import COLLECTION, Shown, failure, refusal, version_of
from sandbox.oracle_fusion.world import CHILDREN, KEYS, Books, Fields, Row, fill, path_key
from sandbox.oracle_fusion.writes import Writer
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

USER, PASSWORD = "pacta.integration", "oracle-demo-password"
CLIENT = ("pacta-oracle-client", "oracle-demo-secret")
TOKEN_SECONDS = 3600
PAGE, MOST = 25, 500
BASE = "/fscmRestApi/resources/{release}"
RELEASES = ("11.13.18.05", "latest")
FINDERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    name: {"PrimaryKey": (KEYS[name],)} for name in CHILDREN
}
WRITERS = frozenset({"invoices", "invoiceHolds"})


class OracleFusion:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=TOKEN_SECONDS)
        self.reset()

    def reset(self) -> None:
        self.books: Books = fill(self.sandbox.world)
        self.tokens.forget()

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/oracle_fusion")
        router.add_api_route("/oauth2/v1/token", self.token, methods=["POST"])
        router.add_api_route(f"{BASE}/{{path:path}}", self.read, methods=["GET"])
        router.add_api_route(f"{BASE}/{{path:path}}", self.write, methods=["POST", "PATCH"])
        router.add_api_route(f"{BASE}/{{path:path}}", self.delete, methods=["DELETE"])
        return router

    async def token(self, request: Request) -> Response:
        given = await oauth.grant(request)
        if given.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        if (given.get("client_id"), given.get("client_secret")) != CLIENT:
            return JSONResponse({"error": "invalid_client"}, 401)
        told = {"access_token": self.tokens.issue(), "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return JSONResponse(told)

    def _enter(self, request: Request) -> int:
        """Let the request in, or refuse it; the framework version it speaks."""
        known = oauth.basic(request) == (USER, PASSWORD)
        if not known and self.tokens.scopes(oauth.bearer(request)) is None:
            raise Refusal(failure(401, {}))
        version = version_of(request)
        if request.path_params["release"] not in RELEASES:
            raise refusal(version, 404, "There is no such release")
        return version

    # -- reading --------------------------------------------------------------------------------------

    async def read(self, request: Request) -> Response:
        version = self._enter(request)
        steps = str(request.path_params["path"]).strip("/").split("/")
        shown = Shown(request, version)
        try:
            if len(steps) == 1:
                name = self._resource(steps[0], version)
                return self._list(request, version, name, shown, self._all(name))
            name, row, rest = self._walk(steps, version)
            if not rest:
                return shown.item(name, row, steps)
            return self._list(request, version, rest, shown, list(row[rest]))
        except QuerySyntax as error:
            raise refusal(version, 400, str(error)) from None

    def _resource(self, name: str, version: int) -> str:
        if name not in CHILDREN:
            raise refusal(version, 404, "There is no such resource")
        return name

    def _all(self, name: str) -> list[Fields]:
        return [row.at(self.sandbox.now) for row in self.books.seen(name, self.sandbox.now)]

    def _walk(self, steps: list[str], version: int) -> tuple[str, Fields, str]:
        """Along `resource/key/child/name/key…`: the row that is reached, and a child where one is named."""
        name = self._resource(steps[0], version)
        rows, children = self._all(name), CHILDREN[name]
        while True:
            row = next((one for one in rows if path_key(name, one) == steps[1]), None)
            if row is None:
                raise refusal(version, 404, "There is no such row")
            if len(steps) == 2:
                return name, row, ""
            if steps[2] != "child" or len(steps) < 4 or steps[3] not in children:
                raise refusal(version, 404, "There is no such child")
            if len(steps) == 4:
                return name, row, steps[3]
            name, children = steps[3], children[steps[3]]
            rows, steps = row[name], ["", *steps[4:]]

    def _list(self, request: Request, version: int, name: str, shown: Shown, rows: list[Fields]) -> Response:
        asked, kind = request.query_params, faults.kind_of(request)
        limit = min(_whole(asked, "limit", PAGE, version) or PAGE, MOST)
        offset = 0 if kind == "loop" else _whole(asked, "offset", 0, version)
        if rows and asked.get("finder"):
            for variable, value in query.found_by(asked["finder"], FINDERS.get(name, {})).items():
                rows = [row for row in rows if str(row[variable]) == value]
        if rows and asked.get("q"):
            test = query.parse(asked["q"], _sample(rows), version)
            rows = [row for row in rows if test(row)]
        rows = query.ordered(rows, asked.get("orderBy", ""))
        if kind == "shuffle":
            rows = faults.reorder(rows, kind)
        page = faults.repeat(rows[offset : offset + limit], kind)
        more = kind == "loop" or offset + limit < len(rows)
        steps = str(request.path_params["path"]).strip("/").split("/")
        body: Fields = {
            "items": [shown.row(name, row, [*steps, path_key(name, row)]) for row in page],
            "count": len(page),
            "hasMore": more,
            "limit": limit,
            "offset": _whole(asked, "offset", 0, version),
            "links": shown.links(steps, name, "collection"),
        }
        if asked.get("totalResults", "").lower() == "true":
            body["totalResults"] = len(rows)
        return shown.answer(body, COLLECTION)

    # -- writing --------------------------------------------------------------------------------------

    async def write(self, request: Request) -> Response:
        version = self._enter(request)
        steps = str(request.path_params["path"]).strip("/").split("/")
        kind = request.headers.get("content-type", "")
        if "json" not in kind:
            raise refusal(version, 415, "Send application/json")
        try:
            given = json.loads(await request.body())
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise refusal(version, 400, "The body is no JSON object")
        self._resource(steps[0], version)
        writer, shown = Writer(self.books, self.sandbox.now, version), Shown(request, version)
        if request.method == "POST" and steps[1:2] == ["action"] and len(steps) == 3:
            return shown.answer({"result": writer.act(steps[0], steps[2], given)}, "application/json")
        if steps[0] not in WRITERS:
            raise refusal(version, 405, "This resource is read only")
        if len(steps) == 1 and request.method == "POST":
            made = writer.create(steps[0], given).at(self.sandbox.now)
            return shown.item(steps[0], made, [steps[0], path_key(steps[0], made)], 201)
        if len(steps) < 2:
            raise refusal(version, 405, "A row has to be named")
        return self._change(request, shown, writer, steps, given)

    async def delete(self, request: Request) -> Response:
        """Only an unpaid instalment of an invoice can be taken away."""
        version = self._enter(request)
        steps = str(request.path_params["path"]).strip("/").split("/")
        if len(steps) != 5 or steps[0] != "invoices" or steps[3] != "invoiceInstallments":
            raise refusal(version, 405, "This cannot be done here")
        _, part, _ = self._walk(steps, version)
        _, told, _ = self._walk(steps[:2], version)
        row = self.books.rooms["invoices"][told[KEYS["invoices"]]]
        Writer(self.books, self.sandbox.now, version).remove_installment(row, part)
        return Response(status_code=204)

    def _change(
        self, request: Request, shown: Shown, writer: Writer, steps: list[str], given: Fields
    ) -> Response:
        name, told, child = self._walk(steps[:2], shown.version)
        row: Row = self.books.rooms[name][told[KEYS[name]]]
        if len(steps) == 2 and request.method == "PATCH":
            writer.update(name, row, given)
            return shown.item(name, row.at(self.sandbox.now), steps)
        if name == "invoices" and len(steps) > 3 and steps[2:4] == ["child", "invoiceInstallments"]:
            child = "invoiceInstallments"
            if len(steps) == 4 and request.method == "POST":
                made = writer.add_installment(row, given)
                return shown.item(child, made, [*steps, path_key(child, made)], 201)
            if len(steps) == 5 and request.method == "PATCH":
                _, part, _ = self._walk(steps, shown.version)
                return shown.item(child, writer.change_installment(row, part, given), steps)
        raise refusal(shown.version, 405, "This cannot be done here")


def _sample(rows: list[Fields]) -> Fields:
    """Which attributes there are, with a value of each where any row has one."""
    found: Fields = {}
    for row in rows:
        for name, value in row.items():
            if found.get(name) is None:
                found[name] = value
    return found


def _whole(asked: Mapping[str, str], name: str, usual: int, version: int) -> int:
    text = asked.get(name, "")
    if text and not text.isdigit():
        raise refusal(version, 400, f"{name} is no whole number")
    return int(text or usual)


VENDOR = Vendor("oracle_fusion", "oracle_fusion", OracleFusion, failure)
