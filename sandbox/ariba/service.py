"""SAP Ariba's open APIs: orders and invoices of the network, reporting views with jobs, contract workspaces.

Base `<sandbox>/ariba`: tokens at `/v2/oauth/token`, APIs at `/api/{name}/{version}/prod/…`.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import FileResponse, Response

from sandbox import faults, oauth
from sandbox.ariba import query, reports
from sandbox.ariba.limits import Meters
from sandbox.ariba.shapes import Shapes
from sandbox.ariba.world import Company, Fields, Record, fill, story
from sandbox.errors import QuerySyntax, Refusal
from sandbox.state import Sandbox
from sandbox.vendors import Vendor
from sandbox.world import signed_file

CLIENT_ID, CLIENT_SECRET = "pacta-ariba-client", "ariba-demo-secret"
API_KEY = "ariba-demo-application-key"
REALM = "tessaly-T"
USER, ADAPTER = "pacta.integration", "PasswordAdapter1"
TOKEN_SECONDS = 1440
MOST = 100
GRANTS = ("client_credentials", "openapi_2lo", "refresh_token")
VERSIONS = {
    "purchase-orders-buyer": "v1",
    "invoice-extraction": "v1",
    "retrieve-contract-workspaces": "v1",
    "contract-workspace-modification": "v1",
    "procurement-reporting-view": "v2",
    "procurement-reporting-details": "v2",
    "procurement-reporting-job": "v2",
    "procurement-reporting-jobresult": "v2",
    "analytics-reporting-view": "v1",
    "analytics-reporting-details": "v1",
    "analytics-reporting-job": "v1",
    "analytics-reporting-jobresult": "v1",
}
# What a client may do with the state of a workspace, from which status, and what becomes of it.
ACTIONS = {"amend": ("Published", "Draft Amendment"), "publish": ("Draft Amendment", "Published")}
CUSTOM = ("cus_PerformanceStatus", "cus_PerformanceNote", "cus_OpenObligations")
ORDER_FIELDS = {
    name: name for name in ("documentNumber", "orderStatus", "supplierANID", "supplierName", "vendorId")
}
ORDER_RANGES = {"startDate": ("created", False), "endDate": ("created", True)} | {
    "lastUpdatedStartDate": ("lastUpdated", False),
    "lastUpdatedEndDate": ("lastUpdated", True),
}
INVOICE_FIELDS = {
    "documentNumber": "documentNumber",
    "documentStatus": "documentStatus",
    "routingStatus": "routingStatus",
    "supplierANID": "supplierANID",
    "buyerANID": "buyerANID",
    "documentPurpose": "purpose",
    "externalOrderNumber": "externalOrderNumber",
}
INVOICE_RANGES = {"startDate": ("createdDate", False), "endDate": ("createdDate", True)} | {
    "documentStatusUpdatedStartDate": ("documentStatusUpdatedDate", False),
    "documentStatusUpdatedEndDate": ("documentStatusUpdatedDate", True),
}


class Ariba:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=TOKEN_SECONDS)
        self.meters = Meters()
        self.reset()

    def reset(self) -> None:
        self.company: Company = fill(self.sandbox.world)
        self.tokens.forget()
        self.meters.forget()
        self.renewals: set[str] = set()
        self.jobs: dict[str, reports.Job] = {}

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/ariba")
        router.add_api_route("/v2/oauth/token", self.token, methods=["POST"])
        every = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        router.add_api_route("/api/{name}/{version}/prod/{path:path}", self.api, methods=every)
        return router

    # -- who may come in ------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        """The grant may stand in the form or in the address, the client in Basic or in the form."""
        given = {**request.query_params, **await oauth.grant(request)}
        if given.get("grant_type") not in GRANTS:
            return _denied("unsupported_grant_type", "the grant type is not offered")
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _denied("invalid_client", "client id or secret is wrong", 401)
        if given["grant_type"] == "refresh_token":
            if given.get("refresh_token") not in self.renewals:
                return _denied("invalid_grant", "the refresh token is not known")
            self.renewals.remove(given["refresh_token"])
        renewal = secrets.token_hex(16)
        self.renewals.add(renewal)
        granted = {
            "timeUpdated": int(self.sandbox.now.timestamp() * 1000),
            "access_token": self.tokens.issue(),
            "refresh_token": renewal,
            "token_type": "bearer",
            "scope": None,
            "expires_in": TOKEN_SECONDS,
        }
        return JSONResponse(granted)

    async def api(self, request: Request) -> Response:
        name, version = request.path_params["name"], request.path_params["version"]
        if VERSIONS.get(name) != version:
            return failure(404, "There is no such API")
        if request.headers.get("apikey") != API_KEY:
            return failure(401, "The application key is missing or wrong")
        if self.tokens.scopes(oauth.bearer(request)) is None:
            return failure(401, "The access token is missing, wrong or expired")
        meter = self.meters.of(name)
        if not meter.count():
            return failure(429, "The rate limit is exceeded", meter.headers())
        try:
            answer = await self._answer(request, name)
        except QuerySyntax as error:
            answer = failure(400, str(error))
        except Refusal as refusal:
            answer = refusal.response
        answer.headers.update(meter.headers())
        return answer

    async def _answer(self, request: Request, name: str) -> Response:
        parts = [part for part in str(request.path_params["path"]).split("/") if part]
        family, _, part = name.partition("-reporting-")
        if part == "job":
            return await self._submit(request, family, parts)
        if name == "contract-workspace-modification":
            return await self._modify(request, parts)
        if request.method != "GET":
            raise Refusal(failure(405, "The method is not offered"))
        if part == "view":
            return self._templates(request, family, parts)
        if part == "details":
            return self._view(request, family, parts)
        if part == "jobresult":
            return self._result(request, family, parts)
        routes: Mapping[str, Callable[[Request, list[str]], Response]] = {
            "purchase-orders-buyer": self._orders,
            "invoice-extraction": self._invoices,
            "retrieve-contract-workspaces": self._workspaces,
        }
        return routes[name](request, parts)

    # -- the network ----------------------------------------------------------------------------------

    def _orders(self, request: Request, parts: list[str]) -> Response:
        self._buyer(request)
        shapes = Shapes(self.company, self.sandbox.now)
        orders = list(self.company.seen("order", self.sandbox.now))
        if parts == ["orders"]:
            rows = [shapes.network_order(one) for one in orders]
        elif parts == ["items"]:
            rows = [row for one in orders for row in shapes.network_items(one)]
        else:
            raise _missing()
        return _network(request, rows, ORDER_FIELDS, ORDER_RANGES, "lastUpdated")

    def _invoices(self, request: Request, parts: list[str]) -> Response:
        self._buyer(request)
        if parts != ["invoices"]:
            raise _missing()
        shapes = Shapes(self.company, self.sandbox.now)
        rows = [shapes.network_invoice(one) for one in self.company.seen("invoice", self.sandbox.now)]
        return _network(request, rows, INVOICE_FIELDS, INVOICE_RANGES, "createdDate")

    def _buyer(self, request: Request) -> None:
        if request.headers.get("x-ariba-network-id") != story()["buyer"]["anid"]:
            raise Refusal(failure(403, "X-ARIBA-NETWORK-ID is missing or not that of the application"))

    # -- reports --------------------------------------------------------------------------------------

    def _realm(self, request: Request) -> None:
        if request.query_params.get("realm") != REALM:
            raise Refusal(failure(400, "The realm is missing or not known"))

    def _templates(self, request: Request, family: str, parts: list[str]) -> Response:
        self._realm(request)
        if parts == ["viewTemplates"]:
            return JSONResponse([reports.described(view) for view in reports.of(family)])
        if len(parts) == 2 and parts[0] == "viewTemplates" and parts[1] in reports.of(family):
            return JSONResponse(reports.described(parts[1]))
        raise _missing()

    def _view(self, request: Request, family: str, parts: list[str]) -> Response:
        self._realm(request)
        if len(parts) not in (2, 3) or parts[0] != "views" or parts[1] not in reports.of(family):
            raise _missing()
        try:
            given = json.loads(request.query_params.get("filters", "{}"))
        except ValueError:
            raise reports.WrongFilters("filters are no JSON") from None
        now = self.sandbox.now
        found = reports.rows(self.company, parts[1], reports.filters(given, now), now)
        if len(parts) == 3:
            if parts[2] != "count":
                raise _missing()
            pages = -(-len(found) // reports.PAGE)
            counted = {"MaxRecordsInEachPage": reports.PAGE, "TotalPages": pages, "TotalRecords": len(found)}
            return JSONResponse(counted)
        return JSONResponse(
            reports.page(found, request.query_params.get("pageToken"), faults.kind_of(request))
        )

    async def _submit(self, request: Request, family: str, parts: list[str]) -> Response:
        self._realm(request)
        if parts != ["jobs"] or request.method != "POST":
            raise _missing()
        token = request.query_params.get("pageToken")
        try:
            made = reports.job(self.company, family, await _body(request), token, self.sandbox.now)
        except KeyError as error:
            raise Refusal(failure(400, f"There is no view template {error.args[0]}")) from None
        self.jobs[made.id] = made
        return JSONResponse(made.shown())

    def _result(self, request: Request, family: str, parts: list[str]) -> Response:
        self._realm(request)
        job = self.jobs.get(parts[1]) if len(parts) in (2, 4) and parts[0] == "jobs" else None
        if job is None or job.created_at > self.sandbox.now or job.view not in reports.of(family):
            raise _missing()
        if len(parts) == 2:
            job.poll(self.sandbox.now)
            return JSONResponse(job.shown())
        content = job.files.get(parts[3])
        if parts[2] != "files" or content is None or job.gone(self.sandbox.now):
            raise _missing()
        headers = {"content-disposition": f'attachment; filename="{parts[3]}"'}
        return Response(content, media_type="application/zip", headers=headers)

    # -- contract workspaces --------------------------------------------------------------------------

    def _person(self, request: Request) -> None:
        self._realm(request)
        asked = request.query_params
        if (asked.get("user"), asked.get("passwordAdapter")) != (USER, ADAPTER):
            raise Refusal(failure(403, "The user or the password adapter is not known"))

    def _contract(self, name: str) -> Record:
        found = self.company.one("contract", name, self.sandbox.now)
        if found is None:
            raise _missing()
        return found

    def _workspaces(self, request: Request, parts: list[str]) -> Response:
        self._person(request)
        shapes = Shapes(self.company, self.sandbox.now)
        if not parts or parts[0] != "contractWorkspaces":
            raise _missing()
        if len(parts) == 1:
            rows = [shapes.workspace(one) for one in self.company.seen("contract", self.sandbox.now)]
            rows = list(filter(query.workspaces(request.query_params.get("$filter", "")), rows))
            shown, _ = _slice(request, sorted(rows, key=lambda row: str(row["contractId"])), 10)
            counted = request.query_params.get("$count", "").lower() == "true"
            return JSONResponse({"value": shown, **({"count": len(rows)} if counted else {})})
        one = self._contract(parts[1])
        if len(parts) == 2:
            return JSONResponse(shapes.workspace(one))
        documents = shapes.documents(one, self.sandbox.corpus)
        if parts[2] != "documents":
            raise _missing()
        if len(parts) == 3:
            return JSONResponse({"value": documents})
        path = signed_file(one.fields(self.sandbox.now)["key"], self.sandbox.corpus)
        if path is None or [parts[3], *parts[4:]] != [documents[0]["internalId"], "file"]:
            raise _missing()
        return FileResponse(path, filename=path.name)

    async def _modify(self, request: Request, parts: list[str]) -> Response:
        """Title, description and the tenant's own fields can be changed; and whether it is being amended.

        The workspace is named by the address, or by `contractId` beside the fields."""
        self._person(request)
        if not 1 <= len(parts) <= 3 or parts[0] != "contractWorkspaces":
            raise _missing()
        given = await _body(request)
        if len(parts) == 3 and parts[2] == "state" and request.method == "POST":
            return self._state(self._contract(parts[1]), given)
        if len(parts) == 3 or request.method != "PATCH":
            raise Refusal(failure(405, "The method is not offered"))
        key = str(given.pop("contractId", "")) if len(parts) == 1 else parts[1]
        one = self._contract(key)
        own = given.pop("customFields", [])
        wrong = [name for name in given if name not in ("title", "description")]
        if wrong or not all(isinstance(value, str) for value in given.values()):
            raise Refusal(failure(400, f"{', '.join(wrong) or 'a value'} cannot be changed"))
        if not given.get("title", "x"):
            raise Refusal(failure(400, "title cannot be empty"))
        before = one.fields(self.sandbox.now)["custom"]
        one.write(self.sandbox.now, **given, custom={**before, **_custom(own)})
        return JSONResponse(Shapes(self.company, self.sandbox.now).workspace(one))

    def _state(self, one: Record, given: Mapping[str, Any]) -> Response:
        """Amend a published workspace, or publish an amended one, which gives it a new version."""
        fields = one.fields(self.sandbox.now)
        before, after = ACTIONS.get(str(given.get("action")), ("", ""))
        if fields["status"] != before:
            raise Refusal(failure(400, f"{given.get('action')} is not possible while {fields['status']}"))
        version = fields.get("version", 1) + (after == "Published")
        one.write(self.sandbox.now, status=after, version=version)
        return JSONResponse(Shapes(self.company, self.sandbox.now).workspace(one))


def _custom(given: Any) -> dict[str, str]:
    """`[{"fieldId", "value"}]`, of the fields that the tenant has."""
    found = {}
    for one in given if isinstance(given, list) else [None]:
        told: Fields = one if isinstance(one, dict) else {}
        name, value = told.get("fieldId"), told.get("value")
        if name not in CUSTOM or not isinstance(value, str):
            raise Refusal(failure(400, f"{name} is no custom field, or its value no text"))
        found[str(name)] = value
    return found


def _network(
    request: Request,
    rows: list[Fields],
    plain: Mapping[str, str],
    ranges: Mapping[str, tuple[str, bool]],
    by: str,
) -> Response:
    """A page of the network: the newest first, 100 at once."""
    test = query.network(request.query_params.get("$filter", ""), plain, ranges)
    kept = sorted(filter(test, rows), key=lambda row: query.moment(str(row[by])), reverse=True)
    shown, start = _slice(request, kept, MOST)
    last = start + len(shown) >= len(kept)
    if faults.kind_of(request) == "loop":
        last = len(kept) <= len(shown)
    return JSONResponse({"content": shown, "firstPage": start == 0, "lastPage": last, "size": len(shown)})


def _slice(request: Request, rows: Sequence[Fields], size: int) -> tuple[list[Fields], int]:
    fault, asked = faults.kind_of(request), request.query_params
    top, start = _whole(asked.get("$top"), size), _whole(asked.get("$skip"), 0)
    if top > MOST:
        raise QuerySyntax(f"$top is {MOST} at most")
    start = 0 if fault == "loop" else start
    return faults.repeat(faults.reorder(rows, fault)[start : start + top], fault), start


def _whole(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isdecimal():
        raise QuerySyntax("$top and $skip are whole numbers")
    return int(text)


async def _body(request: Request) -> dict[str, Any]:
    if "json" not in request.headers.get("content-type", ""):
        raise Refusal(failure(415, "The body has to be application/json"))
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Refusal(failure(400, "The body has to be a JSON object"))
    return given


def _missing() -> Refusal:
    return Refusal(failure(404, "There is no such resource"))


def _denied(error: str, text: str, status: int = 400) -> Response:
    return JSONResponse({"error": error, "error_description": text}, status)


def failure(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": {"code": status, "message": text}}, status, headers=dict(headers or {}))


def ariba_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What Ariba answers with `status` when nothing more particular is known."""
    texts = {401: "Unauthorized", 404: "Not found", 405: "Not offered", 429: "The rate limit is exceeded"}
    return failure(status, texts.get(status, "The request could not be processed"), headers)


VENDOR = Vendor("ariba", "ariba", Ariba, ariba_failure)
