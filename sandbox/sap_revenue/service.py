"""SAP revenue accounting as one customer offers it: an OData V4 service over views of its contracts.

Base `<sandbox>/sap_revenue`, the service at `/sap/opu/odata4/sap/zrevenueaccounting_o4/…/0001/`; Basic,
client 100. Obligations are entered by hand and their dates changed; fulfilments by hand are told; all else is
read. Every write needs a CSRF token with its session, every change the version it was made from.
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote, unquote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response

from sandbox import answers, faults, oauth, odata4
from sandbox.errors import QuerySyntax, Refusal
from sandbox.odata4 import Value
from sandbox.sap_revenue import writes
from sandbox.sap_revenue.model import SETS, EntitySet, metadata
from sandbox.sap_revenue.rows import Row, Rows
from sandbox.sap_revenue.text import refuse, sap_revenue_failure
from sandbox.sap_revenue.world import Ledger, fill
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

USER, PASSWORD, CLIENT = "PACTA_RAR", "sap-revenue-demo-password", "100"
ROOT = "/sap/opu/odata4/sap/zrevenueaccounting_o4/srvd_a2x/sap/zrevenueaccounting/0001"
PAGE, LARGEST = 20, 1000
COOKIE = f"SAP_SESSIONID_S4H_{CLIENT}"
OPTIONS = ("$filter", "$orderby", "$select", "$expand", "$top", "$skip", "$count", "$skiptoken", "$format")
_PATH = re.compile(r"(?P<set>\w+)(?:\((?P<key>[^)]*)\))?(?:/(?P<rest>\$count|\w+(?:/\$count)?))?")
_PAIR = re.compile(r"(\w+)='((?:[^']|'')*)'")


@dataclass(frozen=True)
class Asked:
    """What a request wants to see, and how."""

    each: EntitySet
    query: Mapping[str, str]
    ieee: bool
    """Decimals as texts."""
    page: int

    def names(self, option: str) -> list[str]:
        return [name.strip() for name in self.query.get(option, "").split(",") if name.strip()]


class SapRevenue:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.sessions: dict[str, str] = {}
        self.reset()

    def reset(self) -> None:
        self.ledger: Ledger = fill(self.sandbox.world)
        self.sessions.clear()

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/sap_revenue")
        for path in (ROOT, ROOT + "/{path:path}"):
            router.add_api_route(path, self.read, methods=["GET", "HEAD"])
            router.add_api_route(path, self.write, methods=["POST", "PATCH", "PUT", "DELETE"])
        return router

    @property
    def rows(self) -> Rows:
        return Rows(self.ledger, self.sandbox.now)

    # -- who may come in ------------------------------------------------------------------------------

    def _enter(self, request: Request) -> None:
        client = request.query_params.get("sap-client") or request.headers.get("sap-client", CLIENT)
        if oauth.basic(request) != (USER, PASSWORD) or client != CLIENT:
            raise Refusal(answers.sap_logon_failed())

    def _session(self, request: Request) -> dict[str, str]:
        """The CSRF answer to `X-CSRF-Token: Fetch`: a token bound to a session cookie."""
        if request.headers.get("x-csrf-token", "").lower() != "fetch":
            return {}
        session, token = request.cookies.get(COOKIE, ""), secrets.token_urlsafe(18)
        if session not in self.sessions:
            session = secrets.token_hex(16)
        self.sessions[session] = token
        return {"x-csrf-token": token, "set-cookie": f"{COOKIE}={session}; path=/; HttpOnly"}

    def _check_token(self, request: Request) -> None:
        token = request.headers.get("x-csrf-token", "")
        if not token or self.sessions.get(request.cookies.get(COOKIE, "")) != token:
            text = "CSRF token validation failed"
            raise Refusal(PlainTextResponse(text, 403, headers={"x-csrf-token": "Required"}))

    # -- reading --------------------------------------------------------------------------------------

    async def read(self, request: Request) -> Response:
        self._enter(request)
        headers = {"odata-version": "4.0", **self._session(request)}
        path = unquote(str(request.path_params.get("path", ""))).strip("/")
        if path == "$metadata":
            return Response(metadata(), media_type="application/xml", headers=headers)
        ieee = _json_wanted(request)
        if not path:
            found = [{"name": name, "kind": "EntitySet", "url": name} for name in SETS]
            return JSONResponse({"@odata.context": "$metadata", "value": found}, headers=headers)
        try:
            return self._answer(request, path, ieee, headers)
        except QuerySyntax as error:
            raise refuse(400, "/IWBEP/CM_V4_RUNT/015", str(error)) from error

    def _answer(self, request: Request, path: str, ieee: bool, headers: dict[str, str]) -> Response:
        found = _PATH.fullmatch(path)
        if found is None or found["set"] not in SETS:
            raise refuse(404, "/IWBEP/CM_V4_COS/021", f"Resource {path.split('(')[0]} is not there")
        each, rest = SETS[found["set"]], found["rest"] or ""
        rows = self.rows.of(each.name)
        if found["key"] is None:
            return self._listed(request, each, rows, rest == "$count", ieee, headers)
        row = self.by_key(each, found["key"])
        way, _, counted = rest.partition("/")
        if not way:
            asked = self._asked(request, each, ieee)
            body = {"@odata.context": f"{_root(request)}/$metadata#{each.name}/$entity"}
            headers["etag"] = _etag(each, row)
            return _json({**body, **self.entity(asked, row)}, 200, headers, ieee)
        if way not in each.ways:
            raise refuse(404, "/IWBEP/CM_V4_COS/021", f"Resource {way} is not there")
        target = SETS[each.ways[way].target]
        beside = self.along(each, way, row)
        if each.ways[way].many:
            return self._listed(request, target, beside, bool(counted), ieee, headers)
        asked = self._asked(request, target, ieee)
        return _json(self.entity(asked, beside[0]), 200, headers, ieee)

    def _asked(self, request: Request, each: EntitySet, ieee: bool) -> Asked:
        query = dict(request.query_params)
        for name in query:
            if name.startswith("$") and name not in OPTIONS:
                raise QuerySyntax(f"The option {name} is not known")
        asked = Asked(each, query, ieee, _page_size(request))
        for name in asked.names("$select"):
            if name not in each.fields and name not in each.ways:
                raise QuerySyntax(f"$select: {each.type} has no property {name}")
        for name in asked.names("$expand"):
            if name not in each.ways:
                raise QuerySyntax(f"$expand: {each.type} has no way {name}")
        return asked

    def along(self, each: EntitySet, way: str, row: Row) -> list[Row]:
        """The rows that `way` leads to from `row`."""
        to = each.ways[way]
        return [other for other in self.rows.of(to.target) if other[to.by] == row[to.by]]

    def by_key(self, each: EntitySet, text: str) -> Row:
        row = next((row for row in self.rows.of(each.name) if _fits(row, _key(text, each))), None)
        if row is None:
            raise refuse(404, "/IWBEP/CM_V4_COS/014", f"{each.type} {text} does not exist")
        return row

    def _listed(
        self,
        request: Request,
        each: EntitySet,
        rows: Sequence[Row],
        counted: bool,
        ieee: bool,
        headers: dict[str, str],
    ) -> Response:
        asked, fault = self._asked(request, each, ieee), faults.kind_of(request)
        query = asked.query
        if "$filter" in query:
            test = odata4.parse_filter(query["$filter"], each.kinds)
            rows = [row for row in rows if test(row)]
        if counted:
            return PlainTextResponse(str(len(rows)), headers=headers)
        order = odata4.parse_order(query["$orderby"], each.kinds) if "$orderby" in query else []
        found = faults.reorder(odata4.ordered(rows, order), fault)
        total = len(found)
        skip, top = _count(query, "$skip", 0), _count(query, "$top", total)
        chosen = found[skip : skip + top]
        at = 0 if fault == "loop" else _count(query, "$skiptoken", 0)
        page = faults.repeat(chosen[at : at + asked.page], fault)
        body: dict[str, Any] = {"@odata.context": f"{_root(request)}/$metadata#{each.name}"}
        if query.get("$count") == "true":
            body["@odata.count"] = str(total) if ieee else total
        body["value"] = [self.entity(asked, row) for row in page]
        if fault == "loop" or at + asked.page < len(chosen):
            body["@odata.nextLink"] = _next(request, query, at if fault == "loop" else at + asked.page)
        return _json(body, 200, headers, ieee)

    def entity(self, asked: Asked, row: Mapping[str, Value]) -> dict[str, Any]:
        each, select = asked.each, asked.names("$select")
        out: dict[str, Any] = {"@odata.etag": _etag(each, row)}
        for name in each.fields:
            if not select or name in select or name in each.keys:
                out[name] = shown(each, name, row.get(name), asked.ieee)
        for name in asked.names("$expand"):
            way = each.ways[name]
            inner = Asked(SETS[way.target], {}, asked.ieee, asked.page)
            rows = [self.entity(inner, other) for other in self.along(each, name, dict(row))]
            out[name] = rows if way.many else rows[0]
        return out

    # -- writing --------------------------------------------------------------------------------------

    async def write(self, request: Request) -> Response:
        self._enter(request)
        self._check_token(request)
        path = unquote(str(request.path_params.get("path", ""))).strip("/")
        found = _PATH.fullmatch(path)
        if found is None or found["set"] not in SETS:
            raise refuse(404, "/IWBEP/CM_V4_COS/021", f"Resource {path.split('(')[0]} is not there")
        each, way = SETS[found["set"]], found["rest"] or ""
        ieee = _json_wanted(request)
        try:
            if request.method == "POST" and found["key"] is not None and (each.name, way) in writes.WAYS:
                row = self.by_key(each, found["key"])
                return await self._create(request, each, way, row, ieee)
            if request.method == "PATCH" and found["key"] is not None and not way and each.writable:
                return await self._change(request, each, self.by_key(each, found["key"]), ieee)
        except QuerySyntax as error:
            raise refuse(400, "/IWBEP/CM_V4_RUNT/015", str(error)) from error
        raise refuse(405, "/IWBEP/CM_V4_RUNT/019", f"{request.method} is not offered for {each.name}")

    async def _create(self, request: Request, each: EntitySet, way: str, row: Row, ieee: bool) -> Response:
        target = SETS[each.ways[way].target]
        given = await _body(request, target.creatable, target)
        made = writes.WAYS[each.name, way](self.ledger, row, given, self.sandbox.now, USER)
        fresh = next(
            one for one in self.rows.of(target.name) if all(one[name] == made[name] for name in made)
        )
        asked = Asked(target, {}, ieee, PAGE)
        headers = {
            "odata-version": "4.0",
            "location": f"{_root(request)}/{target.name}({_key_text(target, fresh)})",
            "etag": _etag(target, fresh),
        }
        body = {"@odata.context": f"{_root(request)}/$metadata#{target.name}/$entity"}
        return _json({**body, **self.entity(asked, fresh)}, 201, headers, ieee)

    async def _change(self, request: Request, each: EntitySet, row: Row, ieee: bool) -> Response:
        version = request.headers.get("if-match", "")
        if not version:
            raise refuse(428, "/IWBEP/CM_V4_RUNT/070", "The request has to name the version it changes")
        if version not in ("*", _etag(each, row)):
            raise refuse(412, "/IWBEP/CM_V4_RUNT/071", "The record was changed in the meantime")
        given = await _body(request, each.writable, each)
        writes.change(self.ledger, row, given, self.sandbox.now, USER)
        fresh = self.by_key(each, _key_text(each, row))
        headers = {"odata-version": "4.0", "etag": _etag(each, fresh)}
        if "return=minimal" in request.headers.get("prefer", ""):
            return Response(status_code=204, headers=headers)
        return _json(self.entity(Asked(each, {}, ieee, PAGE), fresh), 200, headers, ieee)


# -- values --------------------------------------------------------------------------------------------


def shown(each: EntitySet, name: str, value: Value, ieee: bool) -> Any:
    """A value in JSON; a decimal is a number unless texts were asked for."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        exact = value.quantize(Decimal(1).scaleb(-each.fields[name].scale))
        return str(exact) if ieee else float(exact)
    return value


def _etag(each: EntitySet, row: Mapping[str, Value]) -> str:
    """The version of a row: when it was last changed, and how often it was written."""
    changed = [value for value in row.values() if isinstance(value, datetime)]
    return f'W/"SADL-{max(changed).astimezone(UTC):%Y%m%d%H%M%S}.{row.get("#", 0)}"'


def _root(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/sap_revenue{ROOT}"


def _key(text: str, each: EntitySet) -> dict[str, str]:
    """The inside of `Set(…)`: one bare text for a single key, or name='value' pairs."""
    single = re.fullmatch(r"'((?:[^']|'')*)'", text)
    if single and len(each.keys) == 1:
        return {each.keys[0]: single[1].replace("''", "'")}
    pairs = dict(_PAIR.findall(text))
    if set(pairs) != set(each.keys):
        raise QuerySyntax(f"The key of {each.name} is {', '.join(each.keys)}")
    return {name: value.replace("''", "'") for name, value in pairs.items()}


def _key_text(each: EntitySet, row: Mapping[str, Value]) -> str:
    return ",".join(f"{name}='{row[name]}'" for name in each.keys)


def _fits(row: Row, key: Mapping[str, str]) -> bool:
    return all(row[name] == value for name, value in key.items())


def _next(request: Request, query: Mapping[str, str], at: int) -> str:
    """Relative to the service's root for the rows of a set, absolute for those along a way."""
    asked = urlencode({**query, "$skiptoken": str(at)}, quote_via=quote, safe="$,")
    whole = str(request.url).split("?")[0]
    short = whole.removeprefix(f"{_root(request)}/")
    return f"{whole if '/' in short else short}?{asked}"


def _count(query: Mapping[str, str], option: str, default: int) -> int:
    text = query.get(option)
    if text is None:
        return default
    if not text.isdigit():
        raise QuerySyntax(f"{option}: {text!r} is no number of rows")
    return int(text)


def _page_size(request: Request) -> int:
    found = re.search(r"odata\.maxpagesize=(\d+)", request.headers.get("prefer", ""))
    return min(max(int(found[1]), 1), LARGEST) if found else PAGE


def _json_wanted(request: Request) -> bool:
    """Whether decimals are wanted as texts. Refuses who does not take JSON."""
    accept = request.headers.get("accept", "*/*")
    if not any(kind in accept for kind in ("application/json", "application/*", "*/*")):
        raise refuse(406, "/IWBEP/CM_V4_RUNT/406", "Only JSON is offered")
    return "ieee754compatible=true" in accept.lower().replace(" ", "")


def _json(body: Any, status: int, headers: Mapping[str, str], ieee: bool) -> Response:
    media = f"application/json;odata.metadata=minimal;IEEE754Compatible={'true' if ieee else 'false'}"
    text = json.dumps(body, ensure_ascii=False).encode()
    return Response(text, status, headers={**headers, "content-type": media})


async def _body(request: Request, allowed: frozenset[str], each: EntitySet) -> Row:
    """The values of a request. Refuses what may not be written and what has another type."""
    if "application/json" not in request.headers.get("content-type", ""):
        raise refuse(415, "/IWBEP/CM_V4_RUNT/415", "Only JSON is taken")
    try:
        given = json.loads(await request.body(), parse_float=Decimal, parse_int=Decimal)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise refuse(400, "/IWBEP/CM_V4_RUNT/098", "The body is no JSON object")
    ieee = "ieee754compatible=true" in request.headers["content-type"].lower()
    found: Row = {}
    for name, value in given.items():
        if name.startswith("@"):
            continue
        if name not in each.fields:
            raise refuse(400, "/IWBEP/CM_V4_RUNT/022", f"{each.type} has no property {name}", name)
        if name not in allowed:
            raise refuse(400, "/IWBEP/CM_V4_RUNT/052", f"{name} cannot be written", name)
        found[name] = writes.typed(each.fields[name], value, ieee)
    return found


VENDOR = Vendor("sap_revenue", "sap_revenue", SapRevenue, sap_revenue_failure)
