"""OneTrust: vendors of the inventory, contracts of third-party management, objects of configured types.

Base `<sandbox>/onetrust`: tokens at `/api/access/v1/oauth/token`, the modules below `/api/`. Every module
asks for a scope of its own, which the client's credentials hold or not.
"""

import json
import uuid
from collections.abc import Mapping, Sequence
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults, oauth
from sandbox.errors import Refusal
from sandbox.onetrust import search, shapes
from sandbox.onetrust.records import INTEGRATION, LABELS, TYPES, Fields, Record, Tenant, fill, key, story
from sandbox.onetrust.writes import Writer
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

CLIENTS: Mapping[tuple[str, str], frozenset[str]] = {
    ("pacta-onetrust-client", "onetrust-demo-secret"): frozenset({"INVENTORY", "OBJECT_MANAGER", "VRM"}),
    ("pacta-onetrust-reader", "onetrust-reader-secret"): frozenset(
        {"INVENTORY_READ", "OBJECT_MANAGER_READ", "VRM_READ"}
    ),
}
TOKEN_SECONDS = 31_535_999
INVENTORY_MOST, MOST = 50, 1000


class OneTrust:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=TOKEN_SECONDS)
        self.reset()

    def reset(self) -> None:
        self.tenant: Tenant = fill(self.sandbox.world)
        self.tokens.forget()

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/onetrust/api")
        entities, inventory = "/custom-entity/v1", "/inventory/v2/inventories/vendors"
        contracts = "/vendor/v1/contracts"
        for method, path, endpoint in (
            ("POST", "/access/v1/oauth/token", self.token),
            ("GET", inventory, self.list_vendors),
            ("POST", inventory, self.create_vendor),
            ("POST", f"{inventory}/criteria", self.list_vendors),
            ("PUT", f"{inventory}/business-key", self.put_vendor),
            ("GET", f"{inventory}/reference/{{external}}", self.one_vendor),
            ("GET", f"{inventory}/{{id}}", self.one_vendor),
            ("GET", f"{contracts}/types", self.contract_types),
            ("POST", f"{contracts}/vendors/{{vendor}}/contracts", self.list_contracts),
            ("POST", f"{contracts}/add", self.create_contract),
            ("GET", f"{contracts}/{{id}}/contracts", self.one_contract),
            ("PUT", f"{contracts}/{{id}}/vendors/{{vendor}}/contracts", self.update_contract),
            ("POST", f"{entities}/entity-types/search", self.list_types),
            ("GET", f"{entities}/entity-types/names/{{name}}", self.one_type),
            ("GET", f"{entities}/entity-types/{{id}}", self.one_type),
            ("POST", f"{entities}/entities/search", self.list_objects),
            ("POST", f"{entities}/entities", self.create_object),
            ("GET", f"{entities}/entities/{{id}}", self.one_object),
            ("PATCH", f"{entities}/entities/{{id}}", self.change_object),
            ("DELETE", f"{entities}/entities/{{id}}", self.delete_object),
        ):
            router.add_api_route(path, endpoint, methods=[method])
        return router

    # -- who may come in ------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        given = await _form(request)
        if given.get("grant_type") != "client_credentials":
            raise refusal(400, "The grant type is not supported")
        client = (given.get("client_id", ""), given.get("client_secret", ""))
        if client not in CLIENTS:
            raise refusal(401, "The client is not known, or its secret is wrong")
        scopes, account = CLIENTS[client], f"{client[0]}@api.onetrust.example"
        organization = self.tenant.organization["id"]
        return JSONResponse(
            {
                "access_token": self.tokens.issue(scopes),
                "token_type": "bearer",
                "expires_in": TOKEN_SECONDS,
                "scope": "read",
                "ot_scopes": ",".join(sorted(scopes)),
                "email": account,
                "user_name": account,
                "guid": key("clients", client[0]),
                "jti": uuid.uuid4().hex,
                "role": "Api Key User",
                "languageId": 1,
                "orgGroupId": organization,
                "orgGroupGuid": organization,
                "tenantId": 36,
                "tenantGuid": key("tenant", "Tessaly"),
                "sessionId": str(uuid.uuid4()),
            }
        )

    def _enter(self, request: Request, module: str, writing: bool = False) -> None:
        held = self.tokens.scopes(oauth.bearer(request))
        if held is None:
            raise refusal(401, "The token is missing, unknown or has ended")
        enough = {module} if writing else {module, f"{module}_READ"}
        if not enough & held:
            raise refusal(403, f"The token does not hold the scope {module}")

    # -- vendors --------------------------------------------------------------------------------------

    async def list_vendors(self, request: Request) -> Response:
        self._enter(request, "INVENTORY")
        now = self.sandbox.now
        rows = [shapes.vendor(self.tenant, one, now) for one in self._seen(self.tenant.vendors)]
        if request.method == "POST":
            rows = search.by_criteria(rows, (await _body(request)).get("filters") or [])
        elif "filter" in request.query_params:
            rows = search.by_text(rows, request.query_params["filter"])
        rows.sort(key=lambda row: str(row["name"]))
        return self._page(request, rows, shapes.inventory_page, 20, INVENTORY_MOST)

    async def one_vendor(self, request: Request) -> Response:
        self._enter(request, "INVENTORY")
        wanted = request.path_params
        if "external" in wanted:
            record = self._by_external(wanted["external"])
        else:
            record = self.tenant.vendors.get(_uuid(wanted["id"]))
        if record is None or not record.known(self.sandbox.now):
            raise refusal(404, "There is no such vendor")
        return JSONResponse({"data": shapes.vendor(self.tenant, record, self.sandbox.now, alone=True)})

    async def create_vendor(self, request: Request) -> Response:
        self._enter(request, "INVENTORY", writing=True)
        record = self._writer().vendor(await _body(request))
        return JSONResponse({"data": {"id": record.id}}, 201)

    async def put_vendor(self, request: Request) -> Response:
        """Changed where the external id is known, created otherwise."""
        self._enter(request, "INVENTORY", writing=True)
        given = await _body(request)
        external = given.get("externalId")
        if not isinstance(external, str) or not external:
            raise refusal(400, "externalId is missing")
        record = self._by_external(external)
        new = record is None
        record = self._writer().vendor(given, record)
        told = shapes.vendor(self.tenant, record, self.sandbox.now)
        shown = {name: told[name] for name in ("id", "name", "organization", "number", "externalId")}
        return JSONResponse({**shown, "inventoryType": "vendors", "isNew": new, "new": new})

    def _by_external(self, wanted: str) -> Record | None:
        now = self.sandbox.now
        found = (one for one in self._seen(self.tenant.vendors) if one.at(now)[2].get("externalId") == wanted)
        return next(found, None)

    # -- contracts ------------------------------------------------------------------------------------

    async def contract_types(self, request: Request) -> Response:
        self._enter(request, "VRM")
        names = sorted({one.at(self.sandbox.now)[2]["type"] for one in self._seen(self.tenant.contracts)})
        types = [{"id": key("contractTypes", name), "name": name, "enabled": True} for name in names]
        return JSONResponse([{**one, "seeded": False} for one in types])

    async def list_contracts(self, request: Request) -> Response:
        self._enter(request, "VRM")
        vendor, now = self._vendor(request), self.sandbox.now
        rows = [
            shapes.contract(self.tenant, one, now, alone=False)
            for one in self._seen(self.tenant.contracts)
            if one.at(now)[2]["vendor"] == vendor
        ]
        asked = await _body(request, optional=True)
        rows = search.by_filters(rows, asked.get("filters") or [], search.CONTRACT_OPERATORS)
        rows = search.full_text(rows, asked.get("fullText"))
        rows = search.ordered(rows, request.query_params.get("sort", "name,asc"))
        return self._page(request, rows, shapes.page, 20, MOST)

    async def one_contract(self, request: Request) -> Response:
        self._enter(request, "VRM")
        record = self._one(self.tenant.contracts, request, "contract")
        return JSONResponse(shapes.contract(self.tenant, record, self.sandbox.now, alone=True))

    async def create_contract(self, request: Request) -> Response:
        self._enter(request, "VRM", writing=True)
        return JSONResponse(self._writer().contract(await _body(request)).id, 201)

    async def update_contract(self, request: Request) -> Response:
        self._enter(request, "VRM", writing=True)
        record = self._one(self.tenant.contracts, request, "contract")
        given = {**await _body(request), "vendorId": self._vendor(request)}
        self._writer().contract(given, record)
        return JSONResponse(shapes.contract(self.tenant, record, self.sandbox.now, alone=True))

    def _vendor(self, request: Request) -> str:
        vendor = _uuid(request.path_params["vendor"])
        if vendor not in self.tenant.vendors:
            raise refusal(404, "There is no such vendor")
        return vendor

    # -- objects --------------------------------------------------------------------------------------

    async def list_types(self, request: Request) -> Response:
        self._enter(request, "OBJECT_MANAGER")
        asked = await _body(request, optional=True)
        rows = [shapes.object_type(name) for name in LABELS]
        rows = search.by_filters(rows, asked.get("filters") or [], search.OPERATORS)
        rows = search.ordered(
            search.full_text(rows, asked.get("fullText")), request.query_params.get("sort", "")
        )
        return self._page(request, rows, shapes.page, 10, MOST)

    async def one_type(self, request: Request) -> Response:
        self._enter(request, "OBJECT_MANAGER")
        wanted = request.path_params
        return JSONResponse(shapes.object_type(_type(wanted.get("name"), wanted.get("id"))))

    async def list_objects(self, request: Request) -> Response:
        self._enter(request, "OBJECT_MANAGER")
        params, asked = request.query_params, await _body(request, optional=True)
        name, now = _type(params.get("entityTypeName"), params.get("entityTypeId")), self.sandbox.now
        query = asked.get("queryRequest") or {}
        criteria = query.get("criteria") or {} if isinstance(query, dict) else {}
        if not isinstance(criteria, dict):
            raise refusal(400, "criteria is no object")
        held = [one for one in self._seen(self.tenant.objects) if one.type == name]
        rows = [shapes.flat(self.tenant, one, now) for one in held]
        known = frozenset(TYPES[name])
        rows = search.by_filters(rows, criteria.get("filters") or [], search.OPERATORS, known)
        rows = search.full_text(rows, criteria.get("fullText"))
        rows = search.ordered(rows, params.get("sort", ""))
        rows = search.picked(rows, asked.get("requestedFields"), known)
        return self._page(request, rows, shapes.page, 10, MOST)

    async def create_object(self, request: Request) -> Response:
        self._enter(request, "OBJECT_MANAGER", writing=True)
        params = request.query_params
        name = _type(params.get("entityTypeName"), params.get("entityTypeIdentifier"))
        record = self._writer().object(name, await _body(request))
        return JSONResponse(shapes.whole(self.tenant, record, self.sandbox.now), 201)

    async def one_object(self, request: Request) -> Response:
        self._enter(request, "OBJECT_MANAGER")
        record = self._one(self.tenant.objects, request, "object")
        return JSONResponse(shapes.whole(self.tenant, record, self.sandbox.now))

    async def change_object(self, request: Request) -> Response:
        self._enter(request, "OBJECT_MANAGER", writing=True)
        record = self._one(self.tenant.objects, request, "object")
        self._writer().object(record.type, await _body(request), record)
        return JSONResponse(shapes.whole(self.tenant, record, self.sandbox.now))

    async def delete_object(self, request: Request) -> Response:
        self._enter(request, "OBJECT_MANAGER", writing=True)
        self._one(self.tenant.objects, request, "object").deleted_at = self.sandbox.now
        return Response(status_code=204)

    # -- in common ------------------------------------------------------------------------------------

    def _writer(self) -> Writer:
        return Writer(self.tenant, self.sandbox.now, INTEGRATION)

    def _seen(self, room: Mapping[str, Record]) -> list[Record]:
        return [one for one in room.values() if one.known(self.sandbox.now)]

    def _one(self, room: Mapping[str, Record], request: Request, what: str) -> Record:
        record = room.get(_uuid(request.path_params["id"]))
        if record is None or not record.known(self.sandbox.now):
            raise refusal(404, f"There is no such {what}")
        return record

    def _page(self, request: Request, rows: Sequence[Fields], shape: Any, usual: int, most: int) -> Response:
        kind = faults.kind_of(request)
        if kind == "shuffle":
            rows = faults.reorder(rows, kind)
        number, size = _whole(request, "page", 0), min(_whole(request, "size", usual), most)
        if size < 1:
            raise refusal(400, "size counts from 1")
        at = 0 if kind == "loop" else number * size
        some = faults.repeat(rows[at : at + size], kind)
        more = kind == "loop" or at + size < len(rows)
        return JSONResponse(shape(some, number, size, len(rows), more))


def _type(name: str | None, identifier: str | None) -> str:
    """The object type that is meant, by name or id."""
    if not name and not identifier:
        raise refusal(400, "entityTypeName or the id of the type is missing")
    found = [one for one in LABELS if one == name or key("types", one) == identifier]
    if not found:
        raise refusal(404, "There is no such object type")
    return found[0]


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise refusal(400, "The id is no UUID") from None


def _whole(request: Request, name: str, usual: int) -> int:
    text = request.query_params.get(name, "")
    if text and not text.isdigit():
        raise refusal(400, f"{name} is no whole number")
    return int(text or usual)


async def _body(request: Request, optional: bool = False) -> Fields:
    raw = await request.body()
    if not raw and optional:
        return {}
    if "json" not in request.headers.get("content-type", ""):
        raise refusal(415, "The body has to be application/json")
    try:
        given = json.loads(raw)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise refusal(400, "The body is no JSON object")
    return given


async def _form(request: Request) -> Mapping[str, str]:
    """The fields of a form, multipart as documented or plain."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return await oauth.grant(request)
    parsed = BytesParser(policy=HTTP).parsebytes(
        f"content-type: {kind}\r\n\r\n".encode() + await request.body()
    )
    parts = parsed.iter_parts() if parsed.is_multipart() else ()
    return {
        str(part.get_param("name", "", "content-disposition")): str(part.get_content()).strip()
        for part in parts
    }


def refusal(status: int, message: str) -> Refusal:
    return Refusal(failure(status, {}, message))


def failure(status: int, headers: Mapping[str, str], message: str = "") -> Response:
    """A failure; 429 tells what is allowed and how much was asked."""
    told = dict(headers)
    if status == 429:
        told |= {
            "ot-period": "MINUTE",
            "ot-requests-allowed": "300",
            "ot-request-made": "301",
            "ot-ratelimit-event-id": str(uuid.uuid4()),
        }
    words = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}
    error = words.get(status, "Bad Request" if status < 500 else "Internal Server Error")
    body = {"status": status, "error": error, "message": message or error}
    return JSONResponse(body, status, headers=told)


assert set(story()["options"]) <= {kind for kinds in TYPES.values() for kind in kinds.values()}

VENDOR = Vendor("onetrust", "onetrust", OneTrust, failure)
