"""Oracle Transportation Management: shipments with stops and statuses, what carriers report, order releases.

Base `<sandbox>/otm`: resources at `/logisticsRestApi/resources-int/v2/…` (also `/resources/v2/…`), tokens
at `/oauth2/v1/token`.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults, oauth
from sandbox.errors import QuerySyntax, Refusal
from sandbox.otm import query
from sandbox.otm.rows import Rows, Shown
from sandbox.otm.schema import RESOURCES, Resource
from sandbox.otm.world import Company, Fields, Record, fill
from sandbox.otm.writes import Invalid, Writer
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

USER, PASSWORD = "TES.INTEGRATION", "otm-demo-password"
CLIENT_ID, CLIENT_SECRET = "pacta-otm-client", "otm-demo-secret"
SCOPE = "urn:opc:resource:consumer::all"
TOKEN_SECONDS = 3600
MEDIA = "application/vnd.oracle.resource+json"
SINGULAR, COLLECTION, ERROR = (f"{MEDIA};type={kind}" for kind in ("singular", "collection", "error"))
PAGE, MOST = 25, 1000
# Saved queries of the tenant: resource, and what `q` says; {} is the parameter.
SAVED: Mapping[str, tuple[str, str]] = {
    "TES.BY_ORDER": ("shipments", 'attribute1 eq "{}"'),
    "TES.ON_THE_ROAD": ("shipments", 'statuses.statusValueGid eq "TES.ENROUTE_ENROUTE"'),
}


class Otm:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=TOKEN_SECONDS)
        self.reset()

    def reset(self) -> None:
        self.company: Company = fill(self.sandbox.world)
        self.tokens.forget()

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/otm")
        router.add_api_route("/oauth2/v1/token", self.token, methods=["POST"])
        every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        for base in ("resources-int", "resources"):
            router.add_api_route(f"/logisticsRestApi/{base}/v2/{{path:path}}", self.api, methods=every)
        return router

    # -- who may come in ------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        given = await oauth.grant(request)
        if given.get("grant_type") != "client_credentials":
            return _denied(400, "unsupported_grant_type")
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _denied(401, "invalid_client")
        if given.get("scope") != SCOPE:
            return _denied(400, "invalid_scope")
        granted = {"token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return JSONResponse({**granted, "access_token": self.tokens.issue()})

    def _enter(self, request: Request) -> None:
        known = oauth.basic(request) == (USER, PASSWORD)
        if not known and self.tokens.scopes(oauth.bearer(request)) is None:
            raise Refusal(otm_failure(401, {"www-authenticate": 'Basic realm="OTM"'}))

    # -- dispatch -------------------------------------------------------------------------------------

    async def api(self, request: Request) -> Response:
        self._enter(request)
        parts = [part for part in str(request.path_params["path"]).split("/") if part]
        try:
            if parts and parts[0] == "custom-actions":
                return self._saved(request, parts[1:])
            if parts and parts[0] == "metadata-catalog":
                return self._catalogue(parts[1:])
            resource = RESOURCES.get(parts[0]) if parts else None
            if resource is None:
                raise _missing()
            if request.method == "GET":
                return self._read(request, resource, parts)
            return await self._write(request, parts)
        except QuerySyntax as error:
            return failure(400, str(error), query="q")
        except Invalid as error:
            return failure(400, str(error), path=error.field)

    def _record(self, name: str, key: str) -> Record:
        kind = "shipments" if name == "shipmentNoSSUs" else name
        found = self.company.one(kind, key, self.sandbox.now)
        if found is None:
            raise _missing()
        return found

    def _read(self, request: Request, resource: Resource, parts: Sequence[str]) -> Response:
        rows, path = Rows(self.company, self.sandbox.now), "/".join(parts)
        if len(parts) == 1:
            return self._page(request, resource, rows.all(resource.name), path)
        row = rows.row(resource.name, self._record(resource.name, parts[1]))
        if len(parts) == 2:
            return self._one(request, resource, row, path)
        child = resource.children.get(parts[2])
        if child is None or len(parts) > 4:
            raise _missing()
        if len(parts) == 3:
            return self._page(request, child, row[child.name], path)
        inner = next((one for one in row[child.name] if str(one[child.key]) == parts[3]), None)
        if inner is None:
            raise _missing()
        return self._one(request, child, inner, path)

    def _saved(self, request: Request, parts: Sequence[str]) -> Response:
        """`savedQueries/{resource}/{id}`, with its parameter."""
        saved = SAVED.get(parts[2]) if len(parts) == 3 and parts[0] == "savedQueries" else None
        if saved is None or request.method != "GET" or saved[0] != parts[1]:
            raise _missing()
        given = request.query_params.get("parameterValue", "").replace('"', '\\"')
        resource, rows = RESOURCES[saved[0]], Rows(self.company, self.sandbox.now)
        test = query.parse(saved[1].replace("{}", given), resource.knows)
        found = [row for row in rows.all(resource.name) if test(row)]
        return self._page(request, resource, found, f"custom-actions/{'/'.join(parts)}", resource.name)

    def _catalogue(self, parts: Sequence[str]) -> Response:
        resource = RESOURCES.get(parts[0]) if len(parts) == 1 else None
        if resource is None:
            raise _missing()
        types = {"time": "object", "weight": "object", "cost": "object", "bool": "boolean", "text": "string"}
        shown = {name: {"type": types.get(kind, kind)} for name, kind in resource.fields.items()}
        shown |= {name: {"type": "object"} for name in (*resource.references, *resource.children)}
        return JSONResponse({"name": resource.name, "properties": shown})

    # -- answers --------------------------------------------------------------------------------------

    def _shown(self, request: Request) -> Shown:
        asked = request.query_params
        expand = [name.strip() for name in asked.get("expand", "").split(",") if name.strip()]
        rows = Rows(self.company, self.sandbox.now)
        return Shown(_base(request), rows, expand, asked.get("expandRefs", "true") != "false")

    def _one(self, request: Request, resource: Resource, row: Fields, path: str) -> Response:
        shown = self._shown(request)
        _check_expand(resource, shown.expand)
        body = shown.one(resource, row, path, _names(request, resource))
        return JSONResponse(body, media_type=SINGULAR)

    def _page(
        self, request: Request, resource: Resource, rows: list[Fields], path: str, own: str = ""
    ) -> Response:
        """One page of the rows that `q` leaves; `own` is the address of the rows where it is another."""
        fault, asked = faults.kind_of(request), request.query_params
        shown = self._shown(request)
        _check_expand(resource, shown.expand)
        test = query.parse(asked.get("q", ""), resource.knows)
        found = _ordered([row for row in rows if test(row)], asked.get("orderBy", ""), resource)
        found = faults.reorder(found, fault)
        limit, offset = min(_whole(asked.get("limit"), PAGE), MOST), _whole(asked.get("offset"), 0)
        start = 0 if fault == "loop" else offset
        page = faults.repeat(found[start : start + limit], fault)
        names = _names(request, resource)
        items = [shown.one(resource, row, f"{own or path}/{row[resource.key]}", names) for row in page]
        more = len(found) > start + limit
        body: Fields = {"items": items, "count": len(items), "hasMore": more, "limit": limit}
        body |= {
            "offset": start if fault == "loop" else offset,
            "links": _links(request, path, offset, limit, more),
        }
        if asked.get("totalResults") == "true":
            body["totalResults"] = len(found)
        return JSONResponse(body, media_type=COLLECTION)

    # -- writing --------------------------------------------------------------------------------------

    async def _write(self, request: Request, parts: Sequence[str]) -> Response:
        writer, path = Writer(self.company, self.sandbox.now), "/".join(parts)
        name = "shipments" if parts[0] == "shipmentNoSSUs" else parts[0]
        shape = (request.method, name, *parts[2:3], len(parts))
        if shape == ("DELETE", "shipments", "remarks", 4):
            number = self._remark(parts)
            writer.drop_remark(self._record(name, parts[1]), number)
            return Response(status_code=204)
        body = await _body(request) if request.method in ("POST", "PATCH") else {}
        if shape == ("POST", "trackingEvents", 1):
            return self._made(request, f"{path}/{writer.event(body).key}")
        if shape == ("PATCH", "shipments", 2):
            writer.shipment(self._record(name, parts[1]), body)
            return self._read(request, RESOURCES[parts[0]], parts)
        if shape == ("POST", "shipments", "trackingEvents", 3):
            return self._made(request, f"{path}/{writer.event(body, self._record(name, parts[1])).key}")
        if shape == ("POST", "shipments", "remarks", 3):
            return self._made(request, f"{path}/{writer.remark(self._record(name, parts[1]), body)}")
        if shape == ("POST", "shipments", "refnums", 3):
            return self._made(request, f"{path}/{writer.refnum(self._record(name, parts[1]), body)}")
        if shape == ("PATCH", "shipments", "remarks", 4):
            writer.remark(self._record(name, parts[1]), body, self._remark(parts))
            return self._read(request, RESOURCES[parts[0]], parts)
        raise Refusal(failure(405, "The method is not offered here"))

    def _remark(self, parts: Sequence[str]) -> int:
        known = self._record("shipments", parts[1]).fields(self.sandbox.now)["remarks"]
        if not parts[3].isdecimal() or int(parts[3]) not in known:
            raise _missing()
        return int(parts[3])

    def _made(self, request: Request, path: str) -> Response:
        """201 and where it lies; the whole of it only where that is preferred."""
        href = f"{_base(request)}/{path}"
        headers = {"location": href}
        if "return=representation" in request.headers.get("prefer", ""):
            parts = path.split("/")
            answer = self._read(request, RESOURCES[parts[0]], parts)
            answer.status_code = 201
            answer.headers.update(headers)
            return answer
        links = [{"rel": rel, "href": href} for rel in ("self", "canonical")]
        return JSONResponse({"links": links}, 201, headers=headers, media_type=SINGULAR)


def _base(request: Request) -> str:
    path = request.url.path
    return f"{str(request.base_url).rstrip('/')}{path[: path.index('/v2/') + 3]}"


def _links(request: Request, path: str, offset: int, limit: int, more: bool) -> list[Fields]:
    kept = {name: value for name, value in request.query_params.items() if name not in ("offset", "limit")}

    def link(rel: str, start: int) -> Fields:
        return {
            "rel": rel,
            "href": f"{_base(request)}/{path}?{urlencode({**kept, 'offset': start, 'limit': limit})}",
        }

    found = [link("self", offset)]
    if offset:
        found.append(link("prev", max(offset - limit, 0)))
    return [*found, link("next", offset + limit)] if more else found


def _names(request: Request, resource: Resource) -> list[str] | None:
    text = request.query_params.get("fields")
    if not text:
        return None
    known = {*resource.fields, *resource.references, *resource.children}
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name.partition(".")[0] not in known:
            raise QuerySyntax(f"{name} is no field of {resource.name}")
    heads = [name.partition(".")[0] for name in names]
    return [*heads, *(f"{name}Gid" for name in heads if name in resource.references)]


def _check_expand(resource: Resource, expand: Sequence[str]) -> None:
    for name in expand:
        if name not in resource.children and name not in resource.references:
            raise QuerySyntax(f"{name} is no child of {resource.name}")


def _ordered(rows: list[Fields], text: str, resource: Resource) -> list[Fields]:
    """By key unless told otherwise: `updateDate desc, shipmentXid`, also with a colon."""
    rows = sorted(rows, key=lambda row: _sortable(row[resource.key]))
    for part in reversed([one for one in text.split(",") if one.strip()]):
        name, _, way = part.strip().replace(":", " ").partition(" ")
        if name not in resource.fields or way.strip().lower() not in ("", "asc", "desc"):
            raise QuerySyntax(f"{part.strip()} is no order of {resource.name}")
        some = [row for row in rows if row.get(name) is not None]
        none = [row for row in rows if row.get(name) is None]
        some.sort(key=lambda row, by=name: _sortable(row[by]), reverse=way.strip().lower() == "desc")  # type: ignore[misc]
        rows = some + none
    return rows


def _sortable(value: Any) -> tuple[float, str]:
    if isinstance(value, datetime):
        return value.timestamp(), ""
    return (0.0, value) if isinstance(value, str) else (float(value), "")


def _whole(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdecimal():
        raise QuerySyntax("limit and offset are whole numbers")
    return int(text)


async def _body(request: Request) -> dict[str, Any]:
    given_type = request.headers.get("content-type", "").replace(" ", "").partition(";charset")[0]
    if given_type.lower() != SINGULAR:
        raise Refusal(failure(415, f"The body has to be {SINGULAR}"))
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Invalid("the body has to be a JSON object")
    return given


def _missing() -> Refusal:
    return Refusal(failure(404, "There is no such resource"))


def _denied(status: int, error: str) -> Response:
    return JSONResponse({"error": error, "error_description": "The token is not granted"}, status)


def failure(
    status: int, text: str, headers: Mapping[str, str] | None = None, path: str = "", query: str = ""
) -> Response:
    """Oracle's body of a failure: title, status, details with a field of the body or a parameter."""
    titles = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed"}
    titles |= {415: "Unsupported Media Type", 429: "Too Many Requests", 503: "Service Unavailable"}
    detail = {"detail": text, "o:errorCode": str(status)}
    detail |= {"o:errorPath": path} if path else {}
    detail |= {"o:errorQueryParam": query} if query else {}
    title = titles.get(status, "Internal Server Error")
    body = {"title": title, "status": str(status), "detail": text, "o:errorDetails": [detail]}
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=ERROR)


def otm_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What the transport system answers with `status` when nothing more particular is known."""
    texts = {401: "The user or the token is not known", 404: "There is no such resource"}
    return failure(status, texts.get(status, "The request could not be processed"), headers)


VENDOR = Vendor("otm", "otm", Otm, otm_failure)
