"""SAP S/4HANA's OData V2 services for supplier invoices, purchase orders and accounting items.

Base `<sandbox>/sap` (or `<sandbox>` itself), services under `/sap/opu/odata/sap/`; Basic, client 100.
Invoices can be entered, parked, posted and released, never changed; notes on orders can; every write needs
a CSRF token and its session. Invoicing plans are in the V4 service beside them.
"""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response

from sandbox import answers, faults, oauth, odata
from sandbox.errors import QuerySyntax, Refusal
from sandbox.sap_s4hana import entered
from sandbox.sap_s4hana.index import Index
from sandbox.sap_s4hana.model import PURCHASE_ORDER_NOTE, SERVICES, EntitySet, Row, Service, metadata
from sandbox.sap_s4hana.notes import Notes, etag
from sandbox.sap_s4hana.plans import Plans
from sandbox.sap_s4hana.tables import Tables
from sandbox.state import Sandbox
from sandbox.vendors import Vendor
from sandbox.world.records import Invoice

USER, PASSWORD = "PACTA_COMM", "sap-demo-password"
CLIENT = "100"
ROOT = "/sap/opu/odata/sap"
PAGE = 20
COOKIE = f"SAP_SESSIONID_S4H_{CLIENT}"
_PATH = re.compile(r"(?P<set>\w+)(?:\((?P<key>[^)]*)\))?(?:/(?P<rest>\$count|\w+))?")


class Sap:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.posted: list[Invoice] = []
        self.releases: dict[tuple[str, str], datetime] = {}
        self.posts: dict[tuple[str, str], datetime] = {}
        self.sessions: dict[str, str] = {}
        self.notes = Notes()
        self.plans = Plans(sandbox, self._who, self._check_token, self._session)
        self.tables = Tables(
            sandbox.world, self.posted, self._is_released, sandbox.volume, self._is_parked, self.notes.of
        )
        self.index = Index(self.tables)
        self.page = sandbox.volume.page or PAGE

    def reset(self) -> None:
        self.posted.clear()
        self.releases.clear()
        self.posts.clear()
        self.sessions.clear()
        self.notes.clear()
        self.plans.reset()
        self.tables.written()

    def router(self) -> APIRouter:
        router = APIRouter()
        for prefix in ("/sap", ""):
            self.plans.routes(router, prefix)
            base = prefix + ROOT + "/{service}"
            for path in (base, base + "/{path:path}"):
                router.add_api_route(path, self.read, methods=["GET", "HEAD"])
                router.add_api_route(path, self.write, methods=["POST"])
                router.add_api_route(path, self.change, methods=["PATCH", "PUT", "MERGE", "DELETE"])
        return router

    def _is_released(self, invoice: Invoice, now: datetime) -> bool:
        released = self.releases.get((invoice.document, invoice.fiscal_year))
        return released is not None and released <= now

    def _is_parked(self, invoice: Invoice, now: datetime) -> bool:
        posted = self.posts.get((invoice.document, invoice.fiscal_year))
        waits = isinstance(invoice, entered.Entered) and invoice.parked
        return waits and (posted is None or posted > now)

    # -- who may come in ----------------------------------------------------------------------------

    def _who(self, request: Request) -> None:
        client = request.query_params.get("sap-client") or request.headers.get("sap-client", CLIENT)
        if oauth.basic(request) != (USER, PASSWORD) or client != CLIENT:
            raise Refusal(answers.sap_logon_failed())

    def _enter(self, request: Request) -> Service:
        self._who(request)
        name = str(request.path_params["service"]).split(";")[0]
        if name not in SERVICES:
            message = f"No service found for namespace '', name '{name}', version '0001'"
            raise Refusal(answers.sap(404, "/IWFND/MED/170", message))
        return SERVICES[name]

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
            body = "CSRF token validation failed"
            raise Refusal(PlainTextResponse(body, 403, headers={"x-csrf-token": "Required"}))

    # -- reading ------------------------------------------------------------------------------------

    async def read(self, request: Request) -> Response:
        service = self._enter(request)
        headers = {"dataserviceversion": "2.0", **self._session(request)}
        path = str(request.path_params.get("path", "")).strip("/")
        if path == "$metadata":
            return Response(metadata(service), media_type="application/xml", headers=headers)
        if not path.endswith("/$count"):
            _insist_on_json(request)
        if not path:
            return JSONResponse({"d": {"EntitySets": list(service.sets)}}, headers=headers)
        try:
            return self._answer(request, service, path, headers)
        except QuerySyntax as error:
            raise Refusal(answers.sap(400, "/IWFND/CM_CONSUMER/101", str(error))) from error

    def _answer(self, request: Request, service: Service, path: str, headers: dict[str, str]) -> Response:
        found = _PATH.fullmatch(path)
        if found is None or found["set"] not in service.sets:
            message = f"Resource not found for segment '{path.split('(')[0].split('/')[0]}'"
            raise Refusal(answers.sap(404, "/IWFND/CM_BEC/026", message))
        each, rest = service.sets[found["set"]], found["rest"]
        now = self.sandbox.now
        out = Output(self, service, each, request)
        if found["key"] is None:
            rows = self.index.found(each, now, out.asked.get("$filter", ""), out.order())
        else:
            row = self._by_key(each, found["key"])
            if not rest:
                return JSONResponse({"d": out.entity(row)}, headers=headers)
            if rest not in each.ways:
                raise QuerySyntax(f"{each.name} has no way {rest}")
            out = Output(self, service, service.sets[each.ways[rest].target], request)
            rows = out.filtered(self.along(each, rest, row))
        if rest == "$count":
            return PlainTextResponse(str(len(rows)), headers=headers)
        return JSONResponse({"d": out.feed(rows)}, headers=headers)

    def _by_key(self, each: EntitySet, text: str) -> Row:
        row = self.index.by_key(each, odata.parse_key(text, each), self.sandbox.now)
        if row is None:
            message = f"Resource not found for {each.name}({text})"
            raise Refusal(answers.sap(404, "/IWBEP/CM_MGW_RT/020", message))
        return row

    def along(self, each: EntitySet, way: str, row: Row) -> list[Row]:
        """The rows that `way` leads to from `row`."""
        to = each.ways[way]
        return self.index.sharing(to.target, {name: row[name] for name in to.shared}, self.sandbox.now)

    # -- writing ------------------------------------------------------------------------------------

    async def write(self, request: Request) -> Response:
        service = self._enter(request)
        self._check_token(request)
        path = str(request.path_params.get("path", "")).strip("/")
        if path in service.actions:
            return self._act(request, path)
        each = service.sets.get(path)
        if each is None:
            raise Refusal(answers.sap(404, "/IWFND/CM_BEC/026", f"Resource not found for segment '{path}'"))
        if not each.creatable:
            raise Refusal(_not_implemented("CREATE", each.name))
        row = self._note(each, await request.body()) if each is PURCHASE_ORDER_NOTE else None
        if row is None:
            invoice = self._invoice(await request.body())
            self.posted.append(invoice)
            self.tables.written()
            (row,) = self.tables.of(each.name, invoice, self.sandbox.now)
        entity = Output(self, service, each, request).entity(row)
        headers = {"dataserviceversion": "2.0", "location": entity["__metadata"]["uri"]}
        return JSONResponse({"d": entity}, 201, headers=headers)

    def _note(self, each: EntitySet, body: bytes) -> Row:
        """A new note on an order that there is."""
        key = self.notes.create(body)
        self.tables.written()
        row = self.index.by_key(each, dict(zip(each.keys, key, strict=True)), self.sandbox.now)
        if row is None:
            self.notes.drop(key)
            raise Refusal(answers.sap(400, "06/019", f"Purchase order {key[0]} does not exist"))
        return row

    async def change(self, request: Request) -> Response:
        service = self._enter(request)
        self._check_token(request)
        found = _PATH.fullmatch(str(request.path_params.get("path", "")).strip("/"))
        each = service.sets.get(found["set"]) if found else None
        if found is None or each is None or not each.updatable or request.method in ("DELETE", "PUT"):
            name = found["set"] if found else ""
            raise Refusal(_not_implemented("DELETE" if request.method == "DELETE" else "UPDATE", name))
        row = self._by_key(each, found["key"] or "")
        self.notes.change(row, await request.body(), request.headers.get("if-match"))
        self.tables.written()
        return Response(status_code=204, headers={"dataserviceversion": "2.0"})

    def _act(self, request: Request, name: str) -> Response:
        """`Post` and `Release` of an invoice."""
        wanted = SERVICES["API_SUPPLIERINVOICE_PROCESS_SRV"].actions[name]
        asked = {name: request.query_params.get(name, "") for name in wanted.parameters}
        for parameter, value in asked.items():
            if not value:
                message = f"Parameter {parameter} of the function import {name} is missing"
                raise Refusal(answers.sap(400, "/IWFND/CM_MGW/095", message))
        document, year = asked["SupplierInvoice"].strip("'"), asked["FiscalYear"].strip("'")
        now = self.sandbox.now
        for invoice in self.tables.invoices(now):
            if (invoice.document, invoice.fiscal_year) == (document, year):
                self._post(invoice) if name == "Post" else self._release(invoice)
                self.tables.written()
                body = {"__metadata": {"type": f"{request.path_params['service']}.{wanted.returns}"}}
                return JSONResponse({"d": {name: {**body, "Success": True}}})
        raise Refusal(answers.sap(404, "M8/131", f"Invoice {document} {year} does not exist"))

    def _post(self, invoice: Invoice) -> None:
        if not self._is_parked(invoice, self.sandbox.now):
            message = f"Invoice {invoice.document} {invoice.fiscal_year} is posted already"
            raise Refusal(answers.sap(400, "M8/132", message))
        self.posts[invoice.document, invoice.fiscal_year] = self.sandbox.now

    def _release(self, invoice: Invoice) -> None:
        now = self.sandbox.now
        if not invoice.block or self._is_released(invoice, now) or self._is_parked(invoice, now):
            message = f"Invoice {invoice.document} {invoice.fiscal_year} is not blocked for payment"
            raise Refusal(answers.sap(400, "MRM_BLOCK/001", message))
        self.releases[invoice.document, invoice.fiscal_year] = now

    def _invoice(self, body: bytes) -> entered.Entered:
        given = entered.read(body)
        suppliers = {
            party.supplier: party.key for party in self.sandbox.world.parties.values() if party.supplier
        }
        party = suppliers.get(str(given["InvoicingParty"]))
        if party is None:
            raise Refusal(answers.sap(400, "F5/104", f"Supplier {given['InvoicingParty']} is not known"))
        made = entered.invoice(given, party, len(self.posted) + 1, self.sandbox.now)
        if entered.twice(self.tables.invoices(self.sandbox.now), made):
            message = f"Invoice {made.number} of this supplier is entered already"
            raise Refusal(answers.sap(400, "M8/462", message))
        return made


class Output:
    """Writes rows of one entity set the way one request asked for them."""

    def __init__(self, sap: Sap, service: Service, each: EntitySet, request: Request) -> None:
        self.sap, self.service, self.each, self.request = sap, service, each, request
        self.asked = request.query_params
        before, _, _ = str(request.url).partition(service.name)
        self.root = f"{before}{service.name}"
        self.select = [name for name in self.asked.get("$select", "").split(",") if name]
        self.expand = [name for name in self.asked.get("$expand", "").split(",") if name]
        for name in (*self.select, *self.expand):
            if name not in each.fields and name not in each.ways:
                raise QuerySyntax(f"Property {name} is not known to {each.name}")

    def order(self) -> list[tuple[str, bool]]:
        return odata.parse_order(self.asked["$orderby"], self.each) if "$orderby" in self.asked else []

    def filtered(self, rows: Sequence[Row]) -> list[Row]:
        """Rows along a way, as far as they are asked for and in the order asked for."""
        text = self.asked.get("$filter", "")
        test = odata.parse_filter(text, self.each) if text else None
        return odata.ordered([row for row in rows if test is None or test(row)], self.order())

    def feed(self, found: Sequence[Row]) -> dict[str, Any]:
        kind = faults.kind_of(self.request)
        if kind == "shuffle":
            found = faults.reorder(found, kind)
        total = len(found)
        skip, top = _count(self.asked.get("$skip"), 0), _count(self.asked.get("$top"), total)
        chosen = range(total)[skip : skip + top]
        at = 0 if kind == "loop" else _token(self.asked.get("$skiptoken"))
        places = chosen[at : at + self.sap.page]
        page = faults.repeat(found[places.start : places.stop] if places else [], kind)
        answer: dict[str, Any] = {"results": [self.entity(row) for row in page]}
        if self.asked.get("$inlinecount") == "allpages":
            answer["__count"] = str(total)
        if at + self.sap.page < len(chosen) or kind == "loop":
            answer["__next"] = self._next(at if kind == "loop" else at + self.sap.page)
        return answer

    def _next(self, at: int) -> str:
        asked = {**self.asked, "$skiptoken": f"{at:08X}"}
        base = str(self.request.url).split("?")[0]
        return f"{base}?{urlencode(asked, quote_via=quote, safe='$,')}"

    def entity(self, row: Row) -> dict[str, Any]:
        return self._entity(self.each, row, self.select, self.expand)

    def _entity(
        self, each: EntitySet, row: Row, select: Sequence[str] = (), expand: Sequence[str] = ()
    ) -> dict[str, Any]:
        uri = f"{self.root}/{each.name}({_key(each, row)})"
        out: dict[str, Any] = {
            "__metadata": {"id": uri, "uri": uri, "type": f"{self.service.name}.{each.type}"}
        }
        if each.updatable:
            out["__metadata"]["etag"] = etag(row)
        for name, field in each.fields.items():
            if not select or name in select:
                out[name] = odata.shown(row.get(name), field)
        for name, way in each.ways.items():
            if name in expand:
                target = self.service.sets[way.target]
                rows = self.sap.along(each, name, row)
                out[name] = {"results": [self._entity(target, other) for other in rows]}
            elif not select or name in select:
                out[name] = {"__deferred": {"uri": f"{uri}/{name}"}}
        return out


def _key(each: EntitySet, row: Row) -> str:
    if len(each.keys) == 1:
        return f"'{row[each.keys[0]]}'"
    return ",".join(f"{name}='{row[name]}'" for name in each.keys)


def _insist_on_json(request: Request) -> None:
    """A real system answers Atom here; a client that did not ask for JSON finds out at once."""
    if request.query_params.get("$format") == "json" or "json" in request.headers.get("accept", ""):
        return
    message = "Ask for JSON with the header Accept: application/json or with $format=json"
    raise Refusal(answers.sap(406, "SANDBOX/406", message))


def _not_implemented(verb: str, name: str) -> Response:
    message = f"Method {name.upper()}_{verb}_ENTITY is not implemented"
    return answers.sap(405, "/IWBEP/CM_MGW_RT/021", message, {"allow": "GET, HEAD"})


def _count(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdigit():
        raise QuerySyntax(f"{text!r} is no count")
    return int(text)


def _token(text: str | None) -> int:
    try:
        return int(text, 16) if text else 0
    except ValueError:
        raise QuerySyntax("The skip token is not one of ours") from None


VENDOR = Vendor("sap_s4hana", "sap", Sap, answers.sap_failure)
