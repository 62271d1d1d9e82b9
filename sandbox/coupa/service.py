"""Coupa's Core API: purchase orders, receipts, invoices, payments, contracts, suppliers, tasks, comments.

Base `<sandbox>/coupa`: tokens at `/oauth2/token`, resources at `/api/…` in JSON or XML.
"""

import asyncio
import base64
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import FileResponse, Response

from sandbox import faults, oauth
from sandbox.coupa import query
from sandbox.coupa import text as coupa_text
from sandbox.coupa.shapes import Shapes
from sandbox.coupa.text import JSON, XML
from sandbox.coupa.world import Company, Record, fill
from sandbox.coupa.writes import Invalid, Writer
from sandbox.errors import QuerySyntax, Refusal
from sandbox.state import Sandbox
from sandbox.vendors import Vendor
from sandbox.world import signed_file

CLIENT_ID, CLIENT_SECRET = "pacta-coupa-client", "coupa-demo-secret"
TOKEN_SECONDS = 86_399
PER_SECOND, QUEUE = 25, 20
NOTHING_FOUND = "No results match your search criteria."

# path under /api: kind of record, XML name of one, scope
RESOURCES: Mapping[str, tuple[str, str, str]] = {
    "suppliers": ("supplier", "supplier", "core.supplier"),
    "contracts": ("contract", "contract", "core.contract"),
    "purchase_orders": ("purchase_order", "order-header", "core.purchase_order"),
    "invoices": ("invoice", "invoice-header", "core.invoice"),
    "receiving_transactions": ("receiving_transaction", "inventory-transaction", "core.inventory.receiving"),
    "inventory_transactions": (
        "receiving_transaction",
        "inventory-transaction",
        "core.inventory.transaction",
    ),
    "coupa_pay/payments": ("payment", "coupa-pay-payment", "core.pay.payments"),
    "asn/headers": ("asn", "asn-header", "core.inventory.asn"),
    "tasks": ("task", "task", "core.project"),
    "users": ("user", "user", "core.user"),
}
# Order lines are also a resource of their own, to be read.
LINES = "purchase_order_lines"
SCOPES = frozenset(
    f"{scope}.{right}" for _, _, scope in RESOURCES.values() for right in ("read", "write")
) | {
    "core.comment.read",
    "core.comment.write",
    "core.user_group.read",
    "core.user_group.write",
    "core.invoice.create",
}
COMMENTED = {"purchase_orders": "OrderHeader", "invoices": "InvoiceHeader", "contracts": "Contract"}


class Coupa:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=TOKEN_SECONDS)
        self.reset()

    def reset(self) -> None:
        self.company: Company = fill(self.sandbox.world)
        self.tokens.forget()
        self.room, self.since = float(PER_SECOND), time.monotonic()

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/coupa")
        router.add_api_route("/oauth2/token", self.token, methods=["POST"])
        every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        router.add_api_route("/api/{path:path}", self.api, methods=every)
        return router

    # -- who may come in ------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        given = await oauth.grant(request)
        if given.get("grant_type") != "client_credentials":
            return _denied(400, "unsupported_grant_type", "The grant type is not supported.")
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _denied(401, "invalid_client", "Client authentication failed.")
        scopes = frozenset(given.get("scope", "").split())
        if not scopes or not scopes <= SCOPES:
            return _denied(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed.")
        claims = {"iss": "coupa", "scope": " ".join(sorted(scopes)), "jti": len(scopes)}
        head, body = (
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in ({"typ": "JWT", "alg": "RS256"}, claims)
        )
        issued = f"{head}.{body}.{self.tokens.issue(scopes)}"
        granted = {"token_type": "bearer", "expires_in": TOKEN_SECONDS, "scope": claims["scope"]}
        return JSONResponse({"access_token": issued, **granted})

    async def _wait(self) -> bool:
        """25 requests a second pass, 20 more wait for their turn; False for one too many."""
        now = time.monotonic()
        self.room = min(self.room + (now - self.since) * PER_SECOND, PER_SECOND)
        self.since = now
        if self.room < -QUEUE + 1:
            return False
        self.room -= 1
        if self.room < 0:
            await asyncio.sleep(-self.room / PER_SECOND)
        return True

    def _enter(self, request: Request, kind: str, scope: str) -> None:
        granted = self.tokens.scopes(oauth.bearer(request).rpartition(".")[2])
        if granted is None:
            headers = {"www-authenticate": 'Bearer realm="coupa"'}
            raise Refusal(_refused(401, kind, "base", "Unauthorized", headers))
        if scope not in granted:
            raise Refusal(_refused(403, kind, "base", f"The token does not hold the scope {scope}"))

    # -- dispatch -------------------------------------------------------------------------------------

    async def api(self, request: Request) -> Response:
        kind = _language(request)
        if not await self._wait():
            return coupa_failure(429, {})
        try:
            return await self._answer(request, kind)
        except QuerySyntax as error:
            return _refused(400, kind, "query", str(error))
        except Invalid as error:
            status = 404 if error.about == "missing" else 400
            body = coupa_text.refuse(kind, error.about.replace("missing", "base"), error.messages)
            return Response(body, status, media_type=kind)

    async def _answer(self, request: Request, kind: str) -> Response:
        path = str(request.path_params["path"]).strip("/")
        for name in sorted(RESOURCES, key=len, reverse=True):
            if path == name or path.startswith(f"{name}/"):
                rest = path.removeprefix(name).strip("/").split("/") if path != name else []
                return await self._resource(request, kind, name, rest)
        if path == LINES and request.method == "GET":
            self._enter(request, kind, "core.purchase_order.read")
            return self._lines(request, kind)
        head, *rest = path.split("/")
        if head in ("projects", "user_groups") and len(rest) >= 2 and rest[1] == "tasks":
            scope = "core.project" if head == "projects" else "core.user_group"
            return await self._tasks(request, kind, scope, (head, rest[0]), rest[2:])
        raise Refusal(_refused(404, kind, "base", "The requested resource does not exist"))

    async def _resource(self, request: Request, kind: str, name: str, rest: list[str]) -> Response:
        record, root, scope = RESOURCES[name]
        right = "read" if request.method == "GET" else "write"
        if len(rest) == 2 and rest[1] in ("comments", "contract_terms", "retrieve_legal_agreement"):
            return await self._part(request, kind, name, rest)
        if name == "invoices" and request.method == "POST" and not rest:
            right = "create"
        self._enter(request, kind, f"{scope}.{right}")
        if request.method == "GET" and not rest:
            return self._listed(request, kind, record, root)
        if request.method == "GET" and len(rest) == 1:
            return self._shown(request, kind, self._one(record, rest[0]), root)
        if request.method not in ("POST", "PUT", "PATCH"):
            raise Refusal(_refused(405, kind, "base", "Method not allowed"))
        steering, _ = self._steering(request)
        writer = Writer(self.company, self.sandbox.now)
        body = await _body(request, kind)
        if not rest:
            if request.method != "POST":
                raise Refusal(_refused(405, kind, "base", "Method not allowed"))
            made = writer.create(record, body)
            return self._shown(request, kind, made, root, 201)
        found = self._one(record, rest[0])
        if len(rest) == 2:
            writer.act(found, rest[1], body)
        elif "exported" in steering:
            writer.export(found, steering["exported"] == "true")
        else:
            writer.update(found, body)
        return self._shown(request, kind, found, root)

    async def _part(self, request: Request, kind: str, name: str, rest: list[str]) -> Response:
        """Comments, terms and the signed file of a record."""
        record, _, scope = RESOURCES[name]
        what = rest[1]
        right = "read" if request.method == "GET" else "write"
        self._enter(request, kind, f"core.comment.{right}" if what == "comments" else f"{scope}.{right}")
        found = self._one(record, rest[0])
        if what == "retrieve_legal_agreement":
            return self._signed(found, kind)
        child, root = ("comment", "comment") if what == "comments" else ("contract_term", "contract-term")
        if request.method == "GET":
            about = COMMENTED.get(name, "")
            keep = (
                (("of", found.id), ("commentable-type", about)) if child == "comment" else (("of", found.id),)
            )
            return self._listed(request, kind, child, root, dict(keep))
        if request.method != "POST":
            raise Refusal(_refused(405, kind, "base", "Method not allowed"))
        writer = Writer(self.company, self.sandbox.now)
        made = writer.add_part(child, found, COMMENTED.get(name, ""), await _body(request, kind))
        return self._shown(request, kind, made, root, 201)

    async def _tasks(
        self, request: Request, kind: str, scope: str, parent: tuple[str, str], rest: list[str]
    ) -> Response:
        self._enter(request, kind, f"{scope}.{'read' if request.method == 'GET' else 'write'}")
        about = {"projects": "Project", "user_groups": "UserGroup"}[parent[0]]
        writer = Writer(self.company, self.sandbox.now)
        if not parent[1].isdigit() or not writer.knows_parent(about, int(parent[1])):
            raise Invalid("missing", [NOTHING_FOUND])
        keep = {"linkable-type": about, "linkable-id": int(parent[1])}
        if request.method == "GET" and not rest:
            return self._listed(request, kind, "task", "task", keep)
        if request.method == "POST" and not rest:
            made = writer.create("task", {**await _body(request, kind), **keep})
            return self._shown(request, kind, made, "task", 201)
        if len(rest) == 1 and request.method in ("GET", "PUT", "PATCH"):
            found = self._one("task", rest[0])
            if request.method != "GET":
                writer.update(found, await _body(request, kind))
            return self._shown(request, kind, found, "task")
        raise Refusal(_refused(405, kind, "base", "Method not allowed"))

    # -- answers --------------------------------------------------------------------------------------

    def _steering(self, request: Request) -> tuple[dict[str, str], list[tuple[str, str]]]:
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
        steering, conditions = query.asked(pairs)
        if request.method != "GET":
            steering |= {name: value for name, value in conditions if name == "exported"}
        return steering, conditions

    def _one(self, record: str, key: str) -> Record:
        found = self.company.one(record, int(key), self.sandbox.now) if key.isdigit() else None
        if found is None:
            raise Invalid("missing", [NOTHING_FOUND])
        return found

    def _listed(
        self, request: Request, kind: str, record: str, root: str, keep: Mapping[str, Any] | None = None
    ) -> Response:
        now = self.sandbox.now
        shapes = Shapes(self.company, now)
        records = [
            one
            for one in self.company.seen(record, now)
            if all(one.fields(now).get(name) == value for name, value in (keep or {}).items())
        ]
        return self._page(request, kind, root, [shapes.show(one) for one in records])

    def _lines(self, request: Request, kind: str) -> Response:
        now = self.sandbox.now
        shapes = Shapes(self.company, now)
        orders = self.company.seen("purchase_order", now)
        lines = [line for order in orders for line in shapes.order_lines(order, order.fields(now))]
        return self._page(request, kind, "order-line", lines)

    def _page(self, request: Request, kind: str, root: str, rows: list[dict[str, Any]]) -> Response:
        """One page of the rows that the request's conditions leave."""
        fault = faults.kind_of(request)
        steering, conditions = self._steering(request)
        # Whether an attribute exists is told from every row there is, not from those that are left.
        sample = _sample(rows)
        tests = [query.condition(name, value, sample) for name, value in conditions] if rows else []
        rows = [row for row in rows if all(test(row) for test in tests)]
        rows = faults.reorder(query.ordered(rows, steering), fault)
        offset = 0 if fault == "loop" else query.whole(steering, "offset", 0)
        limit = min(query.whole(steering, "limit", query.PAGE), query.PAGE)
        shape = query.shaper(steering)
        page = faults.repeat(rows[offset : offset + limit], fault)
        if not page and kind == XML:
            return _refused(404, kind, "base", NOTHING_FOUND)
        return Response(coupa_text.write([shape(row) for row in page], kind, root), media_type=kind)

    def _shown(self, request: Request, kind: str, record: Record, root: str, status: int = 200) -> Response:
        steering, _ = self._steering(request)
        if steering.get("return-object") == "none" and request.method != "GET":
            return Response(status_code=status)
        row = query.shaper(steering)(Shapes(self.company, self.sandbox.now).show(record))
        return Response(coupa_text.write(row, kind, root), status, media_type=kind)

    def _signed(self, record: Record, kind: str) -> Response:
        path = signed_file(record.fields(self.sandbox.now).get("number") or "", self.sandbox.corpus)
        if path is None:
            raise Invalid("missing", ["There is no legal agreement"])
        return FileResponse(path, filename=path.name)


def _sample(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A row that has whatever any row has, to tell attributes that exist from those that do not."""
    found: dict[str, Any] = {}
    for row in rows:
        for name, value in row.items():
            if found.get(name) in (None, [], {}):
                found[name] = value
    return found


def _language(request: Request) -> str:
    """JSON or XML: what Accept asks for; XML, the interface's own, for anything else."""
    accept = request.headers.get("accept", "")
    return JSON if JSON in accept else XML


async def _body(request: Request, kind: str) -> dict[str, Any]:
    content = await request.body()
    if content and kind not in request.headers.get("content-type", "").replace("text/xml", XML):
        text = "Content-Type and Accept have to be the same, application/json or application/xml"
        raise Refusal(_refused(406, kind, "base", text))
    try:
        return coupa_text.read(content, kind)
    except coupa_text.Unreadable as error:
        raise Invalid("base", [str(error)]) from None


def _denied(status: int, error: str, text: str) -> Response:
    return JSONResponse({"error": error, "error_description": text}, status)


def _refused(
    status: int, kind: str, about: str, text: str, headers: Mapping[str, str] | None = None
) -> Response:
    body = coupa_text.refuse(kind, about, [text])
    return Response(body, status, media_type=kind, headers=dict(headers or {}))


def coupa_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What Coupa answers with `status` when nothing more particular is known."""
    texts = {401: "Unauthorized", 404: NOTHING_FOUND, 429: "Rate limit exceeded"}
    return _refused(status, JSON, "base", texts.get(status, "An unexpected error occurred"), headers)


VENDOR = Vendor("coupa", "coupa", Coupa, coupa_failure)
