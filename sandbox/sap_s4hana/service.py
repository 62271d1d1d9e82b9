"""SAP S/4HANA's OData V2 services for supplier invoices, purchase orders and accounting items.

Base `<sandbox>/sap` (or `<sandbox>` itself), services under `/sap/opu/odata/sap/`; Basic, client 100.
Invoices can be created and released, never changed; every write needs a CSRF token and its session.
"""

import json
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.responses import Response

from sandbox import answers, faults, oauth, odata
from sandbox.errors import QuerySyntax, Refusal
from sandbox.sap_s4hana.index import Index
from sandbox.sap_s4hana.model import SERVICES, SUPPLIER_INVOICE, EntitySet, Row, Service, metadata
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
_DATE = re.compile(r"/Date\((-?\d+)(?:[+-]\d+)?\)/")
MANDATORY = (
    "CompanyCode",
    "DocumentDate",
    "PostingDate",
    "InvoicingParty",
    "DocumentCurrency",
    "InvoiceGrossAmount",
    "SupplierInvoiceIDByInvcgParty",
)


class Sap:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.posted: list[Invoice] = []
        self.releases: dict[tuple[str, str], datetime] = {}
        self.sessions: dict[str, str] = {}
        self.tables = Tables(sandbox.world, self.posted, self._is_released, sandbox.volume)
        self.index = Index(self.tables)
        self.page = sandbox.volume.page or PAGE

    def reset(self) -> None:
        self.posted.clear()
        self.releases.clear()
        self.sessions.clear()
        self.tables.written()

    def router(self) -> APIRouter:
        router = APIRouter()
        for prefix in ("/sap", ""):
            base = prefix + ROOT + "/{service}"
            for path in (base, base + "/{path:path}"):
                router.add_api_route(path, self.read, methods=["GET", "HEAD"])
                router.add_api_route(path, self.write, methods=["POST"])
                router.add_api_route(path, self.change, methods=["PATCH", "PUT", "MERGE", "DELETE"])
        return router

    def _is_released(self, invoice: Invoice, now: datetime) -> bool:
        released = self.releases.get((invoice.document, invoice.fiscal_year))
        return released is not None and released <= now

    # -- who may come in ----------------------------------------------------------------------------

    def _enter(self, request: Request) -> Service:
        client = request.query_params.get("sap-client") or request.headers.get("sap-client", CLIENT)
        if oauth.basic(request) != (USER, PASSWORD) or client != CLIENT:
            raise Refusal(answers.sap_logon_failed())
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
            return self._release(request)
        each = service.sets.get(path)
        if each is None:
            raise Refusal(answers.sap(404, "/IWFND/CM_BEC/026", f"Resource not found for segment '{path}'"))
        if not each.creatable:
            raise Refusal(_not_implemented("CREATE", each.name))
        invoice = self._invoice(await request.body())
        self.posted.append(invoice)
        self.tables.written()
        (row,) = self.tables.of(each.name, invoice, self.sandbox.now)
        entity = Output(self, service, each, request).entity(row)
        headers = {"dataserviceversion": "2.0", "location": entity["__metadata"]["uri"]}
        return JSONResponse({"d": entity}, 201, headers=headers)

    async def change(self, request: Request) -> Response:
        self._enter(request)
        self._check_token(request)
        name = str(request.path_params.get("path", "")).split("(")[0]
        raise Refusal(_not_implemented("DELETE" if request.method == "DELETE" else "UPDATE", name))

    def _release(self, request: Request) -> Response:
        wanted = SERVICES["API_SUPPLIERINVOICE_PROCESS_SRV"].actions["Release"]
        asked = {name: request.query_params.get(name, "") for name in wanted.parameters}
        for name, value in asked.items():
            if not value:
                message = f"Parameter {name} of the function import Release is missing"
                raise Refusal(answers.sap(400, "/IWFND/CM_MGW/095", message))
        document, year = asked["SupplierInvoice"].strip("'"), asked["FiscalYear"].strip("'")
        for invoice in self.tables.invoices(self.sandbox.now):
            if (invoice.document, invoice.fiscal_year) == (document, year):
                if not invoice.block or self._is_released(invoice, self.sandbox.now):
                    message = f"Invoice {document} {year} is not blocked for payment"
                    raise Refusal(answers.sap(400, "MRM_BLOCK/001", message))
                self.releases[document, year] = self.sandbox.now
                self.tables.written()
                body = {"__metadata": {"type": f"{request.path_params['service']}.{wanted.returns}"}}
                return JSONResponse({"d": {"Release": {**body, "Success": True}}})
        raise Refusal(answers.sap(404, "M8/131", f"Invoice {document} {year} does not exist"))

    def _invoice(self, body: bytes) -> Invoice:
        try:
            given = json.loads(body)
        except ValueError:
            given = None
        if not isinstance(given, dict):
            raise Refusal(answers.sap(400, "/IWFND/CM_MGW/096", "The body is no JSON object"))
        for name in given:
            if name not in SUPPLIER_INVOICE.fields and name not in SUPPLIER_INVOICE.ways:
                message = f"Property {name} is invalid for {SUPPLIER_INVOICE.type}"
                raise Refusal(answers.sap(400, "/IWBEP/CM_MGW_RT/176", message))
        for name in MANDATORY:
            if not given.get(name):
                raise Refusal(answers.sap(400, "M8/101", f"Fill in the mandatory field {name}"))
        suppliers = {
            party.supplier: party.key for party in self.sandbox.world.parties.values() if party.supplier
        }
        party = suppliers.get(str(given["InvoicingParty"]))
        if party is None:
            raise Refusal(answers.sap(400, "F5/104", f"Supplier {given['InvoicingParty']} is not known"))
        return self._from(given, party)

    def _from(self, given: dict[str, Any], party: str) -> Invoice:
        today = self.sandbox.now.astimezone(UTC).date()
        place = len(self.posted) + 1
        orders = given.get("to_SuplrInvcItemPurOrdRef") or {}
        lines = orders.get("results", []) if isinstance(orders, dict) else orders
        if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
            message = "to_SuplrInvcItemPurOrdRef must hold a list of items"
            raise Refusal(answers.sap(400, "/IWFND/CM_MGW/099", message))
        return Invoice(
            number=str(given["SupplierInvoiceIDByInvcgParty"])[:16],
            document=f"51056009{place:02d}",
            journal=f"51000009{place:02d}",
            party=party,
            contract=str(given.get("AssignmentReference", ""))[:18],
            order=str(lines[0].get("PurchaseOrder", "")) if lines else "",
            text=str(given.get("DocumentHeaderText", "")),
            invoiced_on=_day(given, "DocumentDate"),
            received_on=_day(given, "PostingDate"),
            gross=_amount(given["InvoiceGrossAmount"]),
            currency=str(given["DocumentCurrency"]),
            baseline_on=_day(given, "DueCalculationBaseDate", today),
            net_days=int(_amount(given.get("NetPaymentDays", "0"))),
            terms=str(given.get("PaymentTerms", "")),
            credit_memo=given.get("SupplierInvoiceIsCreditMemo") == "X",
            block=str(given.get("PaymentBlockingReason", "")),
            recorded_at=self.sandbox.now,
        )


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


def _day(given: dict[str, Any], name: str, default: date | None = None) -> date:
    text = str(given.get(name) or "")
    found = _DATE.fullmatch(text)
    if found:
        return datetime.fromtimestamp(int(found[1]) / 1000, UTC).date()
    try:
        return datetime.fromisoformat(text).date() if text or default is None else default
    except ValueError:
        message = f"{name}: {text!r} is no date; write /Date(ms)/ or 2026-01-31T00:00:00"
        raise Refusal(answers.sap(400, "/IWFND/CM_MGW/097", message)) from None


def _amount(value: Any) -> Decimal:
    if not isinstance(value, str):
        message = f"{value!r}: Edm.Decimal is written as a string"
        raise Refusal(answers.sap(400, "/IWFND/CM_MGW/098", message))
    try:
        return Decimal(value)
    except InvalidOperation:
        raise Refusal(answers.sap(400, "/IWFND/CM_MGW/098", f"{value!r} is no decimal number")) from None


VENDOR = Vendor("sap_s4hana", "sap", Sap, answers.sap_failure)
