"""Icertis Contract Intelligence: agreements and their associated documents, obligations, master data.

Base `<sandbox>/icertis`: business API at `/api/v1`, the older one at `/api/Instance`, `/api/Agreement`,
tokens at `/{directory}/oauth2/v2.0/token`, and the gateway, which wants a product key, at `/gateway/api/v1`.
"""

import json
import time
from collections import deque
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import FileResponse, Response

from sandbox import faults, oauth
from sandbox.errors import QuerySyntax
from sandbox.icertis import query
from sandbox.icertis.classic import Classic, children
from sandbox.icertis.schema import ENTITIES, Entity, entity
from sandbox.icertis.shapes import Shapes, envelope, gateway, icertis_failure, message
from sandbox.icertis.world import Company, Fields, Instance, fill
from sandbox.icertis.writes import Invalid, Writer, refuse
from sandbox.state import Sandbox
from sandbox.vendors import Vendor
from sandbox.world import signed_file

DIRECTORY = "4f2b8a10-7c55-4d1e-9b0a-3d6c1f0e8a77"
CLIENT_ID, CLIENT_SECRET = "pacta-icertis-client", "icertis-demo-secret"
SCOPE = "api://pacta-icertis/.default"
API_TOKEN = "icertis-demo-api-token"
PRODUCT_KEY = "icertis-demo-product-key"
USER = "pacta@tessaly.example"
TOKEN_SECONDS = 3599
CALLS, WITHIN = 300, 10.0
PAGE, MOST = 10, 100


class Icertis:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=TOKEN_SECONDS)
        self.classic = Classic(sandbox)
        self.reset()

    def reset(self) -> None:
        self.company: Company = fill(self.sandbox.world)
        self.classic.company = self.company
        self.tokens.forget()
        self.calls: deque[float] = deque()

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/icertis")
        every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        router.add_api_route("/{directory}/oauth2/v2.0/token", self.token, methods=["POST"])
        router.add_api_route("/gateway/api/v1/{path:path}", self.through_gateway, methods=every)
        router.add_api_route("/api/v1/{path:path}", self.business, methods=every)
        router.add_api_route("/api/{path:path}", self.older, methods=every)
        return router

    # -- who may come in ------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        """Client credentials as the customer's directory grants them."""
        given = await oauth.grant(request)
        if request.path_params["directory"] != DIRECTORY:
            return _denied("invalid_tenant", "The directory is not known")
        if given.get("grant_type") != "client_credentials":
            return _denied("unsupported_grant_type", "Only client credentials are granted")
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _denied("invalid_client", "Client id or secret is wrong", 401)
        if given.get("scope") != SCOPE:
            return _denied("invalid_scope", "The scope is not known")
        granted = {"token_type": "Bearer", "expires_in": TOKEN_SECONDS, "ext_expires_in": TOKEN_SECONDS}
        return JSONResponse({**granted, "access_token": self.tokens.issue()})

    def _refused(self, request: Request) -> Response | None:
        """What keeps the request out, None where nothing does."""
        now = time.monotonic()
        while self.calls and now - self.calls[0] > WITHIN:
            self.calls.popleft()
        if len(self.calls) >= CALLS:
            wait = max(1, round(WITHIN - (now - self.calls[0])))
            return gateway(429, f"Too many calls: wait {wait} s.", {"retry-after": str(wait)})
        self.calls.append(now)
        key = request.headers.get("icmauthtoken")
        if key is not None:
            return None if key == API_TOKEN else _stranger()
        return _stranger() if self.tokens.scopes(oauth.bearer(request)) is None else None

    # -- routes ---------------------------------------------------------------------------------------

    async def through_gateway(self, request: Request) -> Response:
        if request.headers.get("ici-product-key") != PRODUCT_KEY:
            return gateway(401, "Access denied: the product key is missing or wrong.")
        return await self.business(request)

    async def older(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        try:
            answer = await self.classic.answer(request, request.path_params["path"], USER)
        except Invalid as error:
            text = "; ".join(str(one["message"]) for one in error.messages)
            return JSONResponse({"Message": text}, error.status)
        return answer or JSONResponse({"Message": "There is no such resource"}, 404)

    async def business(self, request: Request) -> Response:
        refused = self._refused(request)
        if refused is not None:
            return refused
        try:
            return await self._business(request)
        except Invalid as error:
            return envelope(None, error.status, error.messages)
        except QuerySyntax as error:
            return envelope(None, 400, [message("InvalidFilter", str(error))])

    async def _business(self, request: Request) -> Response:
        parts = [part for part in str(request.path_params["path"]).split("/") if part]
        head, rest = (parts[0].lower() if parts else ""), parts[1:]
        method = request.method
        if head == "search" and not rest and method == "POST":
            return self._search(request, await _body(request))
        if head == "contracttypes" and method == "GET" and len(rest) <= 1:
            return self._types(rest)
        if head in ("agreements", "masterdata") and rest:
            wanted = self._entity(rest[0], head)
            if len(rest) == 1:
                return await self._collection(request, wanted)
            return await self._instance(request, wanted, rest[1], rest[2:])
        raise refuse("NotFound", "There is no such resource", status=404)

    def _entity(self, name: str, head: str = "") -> Entity:
        found = entity(name)
        if found is None or (head and (found.category == "Masterdata") is not (head == "masterdata")):
            raise refuse("NotFound", f"There is no contract type {name}", status=404)
        return found

    async def _collection(self, request: Request, wanted: Entity) -> Response:
        if request.method == "GET":
            return self._listed(request, wanted, self.company.seen(wanted.name, self.sandbox.now))
        if request.method != "POST" or wanted.category == "Masterdata":
            raise refuse("NotAllowed", "Method not allowed", status=405)
        made = self._writer().create(wanted, _unwrapped(await _body(request)))
        return envelope(self._shapes().show(made), 201)

    async def _instance(self, request: Request, wanted: Entity, key: str, rest: list[str]) -> Response:
        found = self.company.one(wanted.name, key, self.sandbox.now)
        if found is None:
            raise refuse("NotFound", f"There is no such instance of {wanted.name}", status=404)
        if rest and request.method == "GET":
            if [part.lower() for part in rest] == ["document"]:
                return self._document(found)
            if len(rest) == 2 and rest[0].lower() == "associations":
                below = self._entity(rest[1])
                own = children(self.company, found, self._shapes(), below.name)
                return self._listed(request, below, own)
            raise refuse("NotFound", "There is no such resource", status=404)
        if request.method == "GET":
            names = _select(_lower(request.query_params).get("select"), wanted)
            return envelope(self._shapes().show(found, names))
        if rest or request.method not in ("PUT", "PATCH") or wanted.category == "Masterdata":
            raise refuse("NotAllowed", "Method not allowed", status=405)
        self._writer().update(wanted, found, _unwrapped(await _body(request)))
        return envelope(self._shapes().show(found))

    # -- answers --------------------------------------------------------------------------------------

    def _shapes(self) -> Shapes:
        return Shapes(self.company, self.sandbox.now)

    def _writer(self) -> Writer:
        return Writer(self.company, self.sandbox.now, USER)

    def _types(self, rest: list[str]) -> Response:
        shapes = self._shapes()
        if rest:
            return envelope(shapes.described(self._entity(rest[0])))
        rows = [shapes.described(one) for one in ENTITIES.values()]
        return envelope([{k: v for k, v in row.items() if k != "Attributes"} for row in rows])

    def _search(self, request: Request, body: Mapping[str, Any]) -> Response:
        """The parameters of a list, and the entity, in the body."""
        given = _lower(body)
        wanted = self._entity(str(given.get("entityname", "")))
        select = given.get("select")
        if isinstance(select, list):
            given["select"] = ",".join(str(one) for one in select)
        asked = {name: str(value) for name, value in given.items() if value is not None}
        return self._page(request, wanted, self.company.seen(wanted.name, self.sandbox.now), asked)

    def _listed(self, request: Request, wanted: Entity, instances: Iterable[Instance]) -> Response:
        return self._page(request, wanted, instances, _lower(request.query_params))

    def _page(
        self, request: Request, wanted: Entity, instances: Iterable[Instance], asked: Mapping[str, str]
    ) -> Response:
        fault, shapes = faults.kind_of(request), self._shapes()
        test = query.parse(asked.get("filter", ""), wanted)
        # Without a wish, in order of their ids, which is no order at all.
        kept = (one for one in instances if test(partial(shapes.value, one)))
        found = sorted(kept, key=lambda one: one.id)
        found = faults.reorder(_ordered(found, asked.get("sort", ""), wanted, shapes), fault)
        page, size = _whole(asked, "page", 1), min(_whole(asked, "pagesize", PAGE), MOST)
        total = len(found)
        counted = _true(asked, "count") or _true(asked, "countonly")
        start = 0 if fault == "loop" else (page - 1) * size
        more = total > size if fault == "loop" else total > page * size
        shown = [] if _true(asked, "countonly") else faults.repeat(found[start : start + size], fault)
        names = _select(asked.get("select"), wanted)
        rows = [shapes.show(one, names, summary=True) for one in shown]
        return envelope(rows, paging=(page, size, total if counted else -1), more=more)

    def _document(self, one: Instance) -> Response:
        """The file of an instance: the last that was attached, else the signed contract."""
        if one.files:
            name, content = one.files[-1]
            headers = {"content-disposition": f'attachment; filename="{name}"'}
            return Response(content, media_type="application/octet-stream", headers=headers)
        path = signed_file(one.signed, self.sandbox.corpus) if one.signed else None
        # Nothing is signed yet before it is executed.
        if path is None or one.fields(self.sandbox.now).get("Status") not in ("Executed", "Expired"):
            raise refuse("NotFound", f"{one.name} has no document", status=404)
        return FileResponse(path, filename=path.name)


def _ordered(found: list[Instance], text: str, wanted: Entity, shapes: Shapes) -> list[Instance]:
    """`name desc, status`: by the first, then by the next; those without a value at the end."""
    for part in reversed([one.split() for one in text.split(",") if one.strip()]):
        attribute, way = wanted.attribute(part[0]), part[1].lower() if len(part) > 1 else "asc"
        if attribute is None or not attribute.filterable or len(part) > 2 or way not in ("asc", "desc"):
            raise QuerySyntax(f"{' '.join(part)} is no order of {wanted.name}")
        some = [one for one in found if shapes.value(one, attribute.name) is not None]
        none = [one for one in found if shapes.value(one, attribute.name) is None]
        some.sort(key=partial(_value, shapes, attribute.name), reverse=way == "desc")
        found = some + none
    return found


def _value(shapes: Shapes, name: str, one: Instance) -> Any:
    return shapes.value(one, name)


def _select(text: str | None, wanted: Entity) -> list[str] | None:
    if not text:
        return None
    found = []
    for name in text.split(","):
        attribute = wanted.attribute(name.strip())
        if attribute is None:
            raise QuerySyntax(f"Attribute {name.strip()} does not exist in {wanted.name}")
        found.append(attribute.name)
    return found


def _lower(given: Mapping[str, Any]) -> Fields:
    return {name.lower(): value for name, value in given.items()}


def _whole(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise refuse("InvalidValue", f"{name} has to be a whole number from 1", name)
    return int(text)


def _true(asked: Mapping[str, str], name: str) -> bool:
    return asked.get(name, "").lower() == "true"


async def _body(request: Request) -> dict[str, Any]:
    if "json" not in request.headers.get("content-type", ""):
        raise refuse("UnsupportedMediaType", "The body has to be application/json", status=415)
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise refuse("InvalidBody", "The body has to be a JSON object")
    return given


def _unwrapped(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The attributes, which may come in an envelope like that of the answers."""
    inner = next((value for name, value in body.items() if name.lower() == "data"), body)
    if not isinstance(inner, dict):
        raise refuse("InvalidBody", "Data has to be an object", "Data")
    return inner


def _stranger() -> Response:
    return envelope(None, 401, [message("Unauthorized", "The token is missing, wrong or expired")])


def _denied(error: str, text: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": text, "error_codes": []}, status)


VENDOR = Vendor("icertis", "icertis", Icertis, icertis_failure)
