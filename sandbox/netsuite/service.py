"""NetSuite's SuiteTalk REST web services: SuiteQL, records, transformations, asynchronous jobs.

Base `<sandbox>/netsuite/services/rest`. Requests are signed by OAuth 1.0 with a token, or bear a token that a
signed assertion was exchanged for.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import faults, oauth
from sandbox.errors import QuerySyntax
from sandbox.netsuite import sql, tasks
from sandbox.netsuite.oauth import ASSERTION_TYPE, Gate
from sandbox.netsuite.rest import KNOWN, PLAIN, SUBLISTS, WRITABLE, Rest, paged
from sandbox.netsuite.values import Fault
from sandbox.netsuite.view import Ledger
from sandbox.netsuite.world import fill
from sandbox.state import Sandbox
from sandbox.vendors import Vendor

TOKEN_SECONDS = 3600
# How many requests of the account may be under way at once, and how long one takes at least.
AT_ONCE, TAKES = 5, 0.005
SECTION = "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10"
TITLES = {
    400: ("Bad Request", ".4.1"),
    401: ("Unauthorized", ".4.2"),
    403: ("Forbidden", ".4.4"),
    404: ("Not Found", ".4.5"),
    405: ("Method Not Allowed", ".4.6"),
    406: ("Not Acceptable", ".4.7"),
    409: ("Conflict", ".4.10"),
    415: ("Unsupported Media Type", ".4.16"),
    429: ("Too Many Requests", ".4"),
}
CODES = {
    401: ("INVALID_LOGIN", "Invalid login attempt. For more details, see the Login Audit Trail."),
    404: ("NOT_FOUND", "The requested resource does not exist."),
    405: ("INVALID_METHOD", "The method is not allowed for this resource."),
    429: ("CONCURRENCY_LIMIT_EXCEEDED", "The account's limit of concurrent requests was exceeded."),
}
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
Answer = tuple[int, Any, dict[str, str]]


@dataclass
class Job:
    id: int
    answer: Answer
    asked: int = 0


class NetSuite:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=TOKEN_SECONDS)
        self.under_way = 0
        self.reset()

    def reset(self) -> None:
        self.books = fill(self.sandbox.world)
        self.gate = Gate()
        self.tokens.forget()
        self.jobs: dict[int, Job] = {}
        self.idempotent: dict[str, int] = {}

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/netsuite")
        router.add_api_route("/_setup/certificate", self.register, methods=["PUT"])
        router.add_api_route("/services/rest/auth/oauth2/v1/token", self.token, methods=["POST"])
        every = ["GET", "POST", "PATCH", "PUT", "DELETE"]
        router.add_api_route("/services/rest/{path:path}", self.api, methods=every)
        return router

    # -- who may come in ------------------------------------------------------------------------------

    async def register(self, request: Request) -> Response:
        """Not NetSuite's: stands for the page on which a certificate is uploaded, and tells its id."""
        return JSONResponse({"certificate_id": self.gate.register(await request.body())})

    async def token(self, request: Request) -> Response:
        given = await oauth.grant(request)
        right = (given.get("grant_type"), given.get("client_assertion_type")) == (
            "client_credentials",
            ASSERTION_TYPE,
        )
        audience = f"{_base(request)}/auth/oauth2/v1/token"
        if not right:
            return JSONResponse({"error": "invalid_request"}, 400)
        if not self.gate.assertion(given.get("client_assertion", ""), audience):
            return JSONResponse({"error": "invalid_client"}, 401)
        body = {"access_token": self.tokens.issue(), "expires_in": str(TOKEN_SECONDS), "token_type": "Bearer"}
        return JSONResponse(body)

    async def _enter(self, request: Request) -> bytes:
        body = await request.body()
        header = request.headers.get("authorization", "")
        # The address as the client signed it: host and port as it named them, the path as it was sent.
        host, path = request.headers["host"].lower(), request.scope["raw_path"].decode("ascii")
        asked = {
            "method": request.method,
            "url": f"{request.url.scheme}://{host}{path}",
            "query": request.url.query,
            "header": header,
            "body": body,
        }
        known = self.tokens.scopes(oauth.bearer(request)) is not None
        if not known and not self.gate.signed(asked):
            code, text = CODES[401]
            raise Fault(401, code, text)
        return body

    # -- dispatch -------------------------------------------------------------------------------------

    async def api(self, request: Request) -> Response:
        self.under_way += 1
        try:
            if self.under_way > AT_ONCE:
                return netsuite_failure(429, {})
            await asyncio.sleep(TAKES)
            status, body, headers = await self._answer(request)
        except Fault as fault:
            return refused(fault)
        finally:
            self.under_way -= 1
        if body is None:
            return Response(status_code=status, headers=headers)
        return JSONResponse(body, status, headers=headers, media_type="application/vnd.oracle.resource+json")

    async def _answer(self, request: Request) -> Answer:
        content = await self._enter(request)
        path = [
            unquote(part)
            for part in str(request.scope["raw_path"].decode()).split("/services/rest/")[1].split("/")
        ]
        prefer = request.headers.get("prefer", "")
        if path[:2] == ["async", "v1"]:
            return self._job(request, path[2:])
        if "respond-async" in prefer:
            return self._later(request, path, content)
        return self._now(request, path, content)

    def _now(self, request: Request, path: list[str], content: bytes) -> Answer:
        if path == ["query", "v1", "suiteql"]:
            return self._query(request, content)
        if path[:2] != ["record", "v1"] or len(path) < 3:
            raise Fault(404, *CODES[404])
        if path[2] == "metadata-catalog":
            return 200, _catalogue(_base(request), path[3:]), {}
        return self._record(request, path[2:], content)

    def _query(self, request: Request, content: bytes) -> Answer:
        if request.method != "POST":
            raise Fault(405, *CODES[405])
        if request.headers.get("prefer", "").replace(" ", "") != "transient":
            text = "The header Prefer with the value transient is required."
            raise Fault(400, "INVALID_HEADER", text, param="Prefer")
        given = _json(request, content)
        if not isinstance(given.get("q"), str):
            raise Fault(400, "INVALID_PARAMETER", "The body has to hold a query in q.", param="q")
        fault = faults.kind_of(request)
        try:
            rows = sql.run(Ledger(self.books, self.sandbox.now), given["q"])
        except QuerySyntax as error:
            raise Fault(400, "INVALID_PARAMETER", str(error), param="q") from None
        items: list[dict[str, Any]] = [{"links": [], **row} for row in faults.reorder(rows, fault)]
        where = f"{_base(request)}/query/v1/suiteql"
        return 200, paged(items, request.query_params, where, fault), {}

    def _record(self, request: Request, path: list[str], content: bytes) -> Answer:
        kind, *rest = path
        if kind not in KNOWN:
            text = f"Record type '{kind}' does not exist. Provide a valid record type."
            raise Fault(404, "INVALID_RECORD_TYPE", text)
        desk = Rest(self.books, self.sandbox.now, _base(request))
        strict = request.headers.get("x-netsuite-propertynamevalidation", "").lower() == "error"
        method = request.method
        if not rest:
            if method == "GET":
                return 200, desk.listed(kind, request.query_params, faults.kind_of(request)), {}
            if method == "POST":
                made = desk.create(kind, _json(request, content), strict)
                return _made(desk, made.type, made.id)
            raise Fault(405, *CODES[405])
        if method == "PUT" and len(rest) == 1:
            return self._upsert(desk, kind, rest[0], _json(request, content), strict)
        record = desk.find(kind, rest[0])
        if len(rest) == 3 and rest[1] == "!transform" and method == "POST":
            made = desk.transform(record, rest[2], _json(request, content), strict)
            return _made(desk, made.type, made.id)
        if len(rest) == 2 and rest[1] in SUBLISTS.get(kind, ()) and method == "GET":
            place = f"{desk.base}/record/v1/{kind}/{record.id}/{rest[1]}"
            return 200, desk.sublist(record, rest[1], place), {}
        if len(rest) != 1:
            raise Fault(404, *CODES[404])
        if method == "GET":
            return (
                200,
                _picked(desk.shown(record, _wants(request)), request.query_params.get("fields", "")),
                {},
            )
        if method == "PATCH":
            desk.update(record, _json(request, content), strict)
            return _made(desk, kind, record.id)
        if method == "DELETE":
            desk.delete(record)
            return 204, None, {}
        raise Fault(405, *CODES[405])

    def _upsert(self, desk: Rest, kind: str, key: str, body: dict[str, Any], strict: bool) -> Answer:
        if not key.startswith("eid:"):
            raise Fault(400, "INVALID_ID", "PUT needs an external id: eid:…")
        try:
            record = desk.find(kind, key)
        except Fault:
            record = desk.create(kind, {**body, "externalId": key[4:]}, strict)
        else:
            desk.update(record, {name: value for name, value in body.items() if name != "externalId"}, strict)
        return _made(desk, kind, record.id)

    # -- jobs -----------------------------------------------------------------------------------------

    def _later(self, request: Request, path: list[str], content: bytes) -> Answer:
        """The request as a job. A key that was used before is refused, with the place of its job."""
        key = request.headers.get("x-netsuite-idempotency-key")
        applied = {"Preference-Applied": "respond-async"}
        if key is not None and not _UUID.fullmatch(key):
            raise Fault(
                400,
                "INVALID_HEADER",
                "The idempotency key has to be a UUID.",
                param="X-NetSuite-Idempotency-Key",
            )
        if key is not None and key.lower() in self.idempotent:
            text = "A request with the same idempotency key is already submitted. See the Location header."
            body = problem(Fault(400, "IDEMPOTENCY_ERROR", text), title=TITLES[409])
            return 400, body, {**applied, "Location": self._place(request, self.idempotent[key.lower()])}
        try:
            answer = self._now(request, path, content)
        except Fault as fault:
            answer = fault.status, problem(fault), {}
        job = Job(len(self.jobs) + 1, answer)
        self.jobs[job.id] = job
        if key is not None:
            self.idempotent[key.lower()] = job.id
        return 202, None, {**applied, "Location": self._place(request, job.id)}

    @staticmethod
    def _place(request: Request, number: int) -> str:
        return f"{_base(request)}/async/v1/job/{number}"

    def _job(self, request: Request, path: list[str]) -> Answer:
        """A job: pending when it is asked for first, done from then on; its only task, and its result."""
        if (
            not path
            or path[0] != "job"
            or len(path) < 2
            or not path[1].isdigit()
            or int(path[1]) not in self.jobs
        ):
            raise Fault(404, *CODES[404])
        job, rest = self.jobs[int(path[1])], path[2:]
        place = self._place(request, job.id)
        good = job.answer[0] < 400
        done = {
            "completed": job.asked > 0,
            "progress": ("succeeded" if good else "failed") if job.asked else "pending",
        }
        if not rest:
            job.asked += 1
            task = {"links": [{"rel": "self", "href": f"{place}/task"}]}
            return (
                200,
                {"links": [{"rel": "self", "href": place}], "id": str(job.id), **done, "task": task},
                {},
            )
        if rest == ["task"]:
            one = {"links": [{"rel": "self", "href": f"{place}/task/1"}], "id": "1"}
            return 200, paged([one], {}, f"{place}/task", ""), {}
        if rest == ["task", "1"]:
            links = [
                {"rel": "self", "href": f"{place}/task/1"},
                {"rel": "result", "href": f"{place}/task/1/result"},
            ]
            return 200, {"links": links, "id": "1", **done}, {}
        if rest == ["task", "1", "result"]:
            return job.answer
        raise Fault(404, *CODES[404])


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/netsuite/services/rest"


def _made(desk: Rest, kind: str, key: int) -> Answer:
    return 204, None, {"Location": f"{desk.base}/record/v1/{kind}/{key}"}


def _wants(request: Request) -> bool:
    return request.query_params.get("expandSubResources", "").lower() == "true"


def _picked(row: dict[str, Any], names: str) -> dict[str, Any]:
    wanted = {"links", "id", *names.split(",")}
    return {name: value for name, value in row.items() if not names or name in wanted}


def _json(request: Request, content: bytes) -> dict[str, Any]:
    if not content:
        return {}
    kind = request.headers.get("content-type", "")
    if "json" not in kind:
        raise Fault(415, "INVALID_HEADER", f"Invalid content type {kind}.", param="Content-Type")
    try:
        given = json.loads(content)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise Fault(400, "INVALID_CONTENT", "The request body is not a valid JSON object.")
    return given


def _catalogue(base: str, path: list[str]) -> Any:
    """The record types, or the JSON schema of one."""
    where = f"{base}/record/v1/metadata-catalog"
    if not path:
        names = [{"name": name, "links": [{"rel": "canonical", "href": f"{where}/{name}"}]} for name in KNOWN]
        return {"items": names}
    if path[0] not in KNOWN:
        raise Fault(404, "INVALID_RECORD_TYPE", f"Record type '{path[0]}' does not exist.")
    forms = {"date": {"type": "string", "format": "date"}, "text": {"type": "string"}}
    plain = {**PLAIN, **tasks.PLAIN}
    fields = {name: forms.get(plain.get(name, ""), {"type": "object"}) for name in sorted(WRITABLE[path[0]])}
    return {"type": "object", "properties": {"id": {"type": "string"}, **fields}, "x-ns-filterable": ["id"]}


def problem(fault: Fault, title: tuple[str, str] | None = None) -> dict[str, Any]:
    """The body of a failure."""
    name, section = title or TITLES.get(fault.status, ("Internal Server Error", ".5.1"))
    detail = {"detail": fault.detail}
    if fault.param:
        detail["o:errorQueryParam"] = fault.param
    if fault.path:
        detail["o:errorPath"] = fault.path
    detail["o:errorCode"] = fault.code
    return {"type": SECTION + section, "title": name, "status": fault.status, "o:errorDetails": [detail]}


def refused(fault: Fault, headers: Mapping[str, str] | None = None) -> Response:
    kind = "application/vnd.oracle.resource+json; type=error"
    extra = dict(headers or {})
    if fault.status == 401:
        extra["www-authenticate"] = (
            'OAuth realm="", error="token_rejected", error_description="Invalid login attempt."'
        )
    return JSONResponse(problem(fault), fault.status, headers=extra, media_type=kind)


def netsuite_failure(status: int, headers: Mapping[str, str]) -> Response:
    """What NetSuite answers with `status` when nothing more particular is known. It names no time to wait."""
    code, text = CODES.get(status, ("UNEXPECTED_ERROR", "An unexpected error occurred."))
    kept = {} if status == 429 else headers
    return refused(Fault(status, code, text), kept)


VENDOR = Vendor("netsuite", "netsuite", NetSuite, netsuite_failure)
