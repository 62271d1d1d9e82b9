"""ServiceNow's Table API over the world's tickets: incident, journal, audit, outages, SLAs, companies.

Base `<sandbox>/servicenow`; Basic or OAuth (`/oauth_token.do`). Values are strings, times UTC.
Only `incident` can be written: POST, PATCH and PUT; comments and work notes go to the journal.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox import answers, encoded_query, faults, oauth, volume
from sandbox.errors import Refusal
from sandbox.servicenow.index import Index
from sandbox.servicenow.schema import TABLES, FieldType, reference
from sandbox.servicenow.tables import Row, Tables
from sandbox.state import Sandbox
from sandbox.tickets import NEW, RESOLVED, SUM_TO_PRIORITY, Entry, Ticket, from_story, stamp, sys_id
from sandbox.vendors import Vendor

USER, PASSWORD = "pacta.integration", "servicenow-demo-password"
CLIENT_ID, CLIENT_SECRET = "pacta-servicenow-client", "servicenow-demo-secret"
# The integration user's own zone: display values and gs.dateGenerate use it, plain values are UTC.
USER_ZONE = ZoneInfo("Europe/Berlin")
LIMIT_PER_HOUR = 5000
RULE = sys_id("sys_rate_limit_rules", "table api")
DEFAULT_LIMIT = 10_000
JOURNALS = ("comments", "work_notes")


class ServiceNow:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.tokens = oauth.TokenDesk(lifetime=1800)
        self.refresh = oauth.TokenDesk(lifetime=8_640_000)
        self.tickets: list[Ticket] = []
        self.reset()

    def reset(self) -> None:
        world = self.sandbox.world
        self.tickets[:] = [from_story(incident, world) for incident in world.incidents]
        self.tickets += volume.tickets(self.sandbox.volume, world)
        self.tables = Tables(world, self.tickets)
        self.index = Index(self.tables)
        self.tokens.forget()
        self.refresh.forget()

    def router(self) -> APIRouter:
        router = APIRouter(prefix="/servicenow")
        router.add_api_route("/oauth_token.do", self.token, methods=["POST"])
        for base in ("/api/now/table/{table}", "/api/now/{version}/table/{table}"):
            router.add_api_route(base, self.list_rows, methods=["GET", "HEAD"])
            router.add_api_route(base, self.create, methods=["POST"])
            router.add_api_route(base + "/{record}", self.one_row, methods=["GET", "HEAD"])
            router.add_api_route(base + "/{record}", self.update, methods=["PATCH", "PUT"])
            router.add_api_route(base + "/{record}", self.delete, methods=["DELETE"])
        return router

    # -- logging in ---------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        given = await oauth.grant(request)
        kind = given.get("grant_type", "")
        client = (given.get("client_id"), given.get("client_secret")) == (CLIENT_ID, CLIENT_SECRET)
        by_password = (given.get("username"), given.get("password")) == (USER, PASSWORD)
        allowed = {
            "client_credentials": client,
            "password": client and by_password,
            "refresh_token": client and self.refresh.scopes(given.get("refresh_token", "")) is not None,
        }
        if not allowed.get(kind, False):
            error = "invalid_client" if kind in allowed else "unsupported_grant_type"
            return JSONResponse({"error": error, "error_description": "access_denied"}, 401)
        body: dict[str, Any] = {
            "access_token": self.tokens.issue(),
            "scope": "useraccount",
            "token_type": "Bearer",
            "expires_in": self.tokens.lifetime - 1,
        }
        if kind != "client_credentials":
            body["refresh_token"] = self.refresh.issue()
        return JSONResponse(body)

    def _enter(self, request: Request, writing: bool = False) -> str:
        """Let the request in, or refuse it; the name of the table it asks for."""
        known = oauth.basic(request) == (USER, PASSWORD)
        if not known and self.tokens.scopes(oauth.bearer(request)) is None:
            headers = {"www-authenticate": 'BASIC realm="Service-now"'}
            raise Refusal(answers.servicenow_failure(401, headers))
        accept = request.headers.get("accept", "")
        if not accept:
            raise Refusal(answers.servicenow(400, "Bad Request", "Header Accept is missing"))
        if not any(kind in accept for kind in ("application/json", "*/*", "application/*")):
            raise Refusal(answers.servicenow(406, "Not acceptable", f"This endpoint does not write {accept}"))
        if writing and "application/json" not in request.headers.get("content-type", ""):
            raise Refusal(answers.servicenow(415, "Unsupported media type", "Send application/json"))
        table = str(request.path_params["table"])
        if table not in TABLES:
            raise Refusal(answers.servicenow(400, f"Invalid table {table}"))
        if writing and not TABLES[table].writable:
            detail = "ACL Exception Update Failed due to security constraints"
            raise Refusal(answers.servicenow(403, "Operation Failed", detail))
        return table

    # -- reading ------------------------------------------------------------------------------------

    async def list_rows(self, request: Request) -> Response:
        table, asked = self._enter(request), request.query_params
        kind = faults.kind_of(request)
        view = View(self.index, table, self.sandbox, str(request.base_url), asked)
        rows = self._found(table, view, asked)
        if kind == "shuffle":
            rows = faults.reorder(rows, kind)
        if not rows and request.path_params.get("version") == "v1":
            raise Refusal(_no_record())
        limit = _whole(asked.get("sysparm_limit"), DEFAULT_LIMIT)
        offset = 0 if kind == "loop" else _whole(asked.get("sysparm_offset"), 0)
        page = faults.repeat(rows[offset : offset + limit], kind)
        headers = self._limits()
        if not _is_true(asked, "sysparm_no_count"):
            headers["x-total-count"] = str(len(rows))
        if not _is_true(asked, "sysparm_suppress_pagination_header") and len(rows) > limit:
            headers["link"] = _links(request, len(rows), limit, offset, endless=kind == "loop")
        return JSONResponse({"result": [view.shown(row) for row in page]}, headers=headers)

    def _found(self, table: str, view: "View", asked: Mapping[str, str]) -> Sequence[Row]:
        if "sysparm_query" not in asked:
            rows = self.tables.rows(table, self.sandbox.now)
            pairs = {k: v for k, v in asked.items() if not k.startswith("sysparm_") and view.knows(k)}
            return [row for row in rows if all(view.is_called(row, k, v) for k, v in pairs.items())]
        query = encoded_query.parse(asked["sysparm_query"], view.knows, USER_ZONE)
        return self.index.found(table, query, view.value, self.sandbox.now)

    async def one_row(self, request: Request) -> Response:
        table = self._enter(request)
        view = View(self.index, table, self.sandbox, str(request.base_url), request.query_params)
        row = view.row(table, str(request.path_params["record"]))
        if row is None:
            raise Refusal(_no_record())
        return JSONResponse({"result": view.shown(row)}, headers=self._limits())

    def _limits(self) -> dict[str, str]:
        hour = self.sandbox.now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return {
            "x-ratelimit-limit": str(LIMIT_PER_HOUR),
            "x-ratelimit-reset": str(int(hour.timestamp())),
            "x-ratelimit-rule": RULE,
        }

    # -- writing ------------------------------------------------------------------------------------

    async def create(self, request: Request) -> Response:
        self._enter(request, writing=True)
        given = await _body(request)
        now = self.sandbox.now
        opening = {
            "state": NEW,
            "impact": "3",
            "urgency": "3",
            "opened_by": sys_id("sys_user", USER),
            "caller_id": sys_id("sys_user", USER),
            **{name: value for name, value in given.items() if name not in JOURNALS},
        }
        opening["priority"] = _priority(opening)
        number = f"INC{10500 + sum(ticket.number >= 'INC0010500' for ticket in self.tickets):07d}"
        ticket = Ticket(number, now, USER, opening)
        self._say(ticket, given, {})
        self.tickets.append(ticket)
        self.index.written(ticket)
        return self._written(request, ticket, 201)

    async def update(self, request: Request) -> Response:
        self._enter(request, writing=True)
        ticket = self._ticket(str(request.path_params["record"]))
        given = await _body(request)
        current = ticket.fields(self.sandbox.now)
        if "incident_state" in given:
            given["state"] = given.pop("incident_state")
        changes = {name: value for name, value in given.items() if name not in JOURNALS}
        if {"impact", "urgency"} & changes.keys():
            changes["priority"] = _priority({**current, **changes})
        if changes.get("state") == RESOLVED and current["state"] != RESOLVED:
            changes |= {
                "resolved_at": stamp(self.sandbox.now),
                "resolved_by": sys_id("sys_user", USER),
                "hold_reason": "",
            }
        self._say(ticket, given, changes)
        self.index.written(ticket)
        return self._written(request, ticket, 200)

    async def delete(self, request: Request) -> Response:
        self._enter(request)
        detail = "ACL Exception Delete Failed due to security constraints"
        raise Refusal(answers.servicenow(403, "Operation Failed", detail))

    def _say(self, ticket: Ticket, given: Mapping[str, str], changes: Mapping[str, str]) -> None:
        comment, work_note = given.get("comments", ""), given.get("work_notes", "")
        if changes or comment or work_note:
            ticket.entries.append(Entry(self.sandbox.now, USER, dict(changes), comment, work_note))
            ticket.entries.sort(key=lambda entry: entry.at)

    def _ticket(self, key: str) -> Ticket:
        ticket = self.index.ticket(key, self.sandbox.now)
        if ticket is None:
            raise Refusal(_no_record())
        return ticket

    def _written(self, request: Request, ticket: Ticket, status: int) -> Response:
        view = View(self.index, "incident", self.sandbox, str(request.base_url), request.query_params)
        row = view.row("incident", ticket.sys_id)
        headers = self._limits()
        if status == 201:
            headers["location"] = view.link("incident", ticket.sys_id)
        if request.headers.get("x-no-response-body", "").lower() == "true":
            return Response(status_code=status, headers=headers)
        return JSONResponse({"result": view.shown(row or {})}, status, headers=headers)


class View:
    """One request's way of looking at a table: which fields, and as values, labels or both."""

    def __init__(
        self, index: Index, table: str, sandbox: Sandbox, base: str, asked: Mapping[str, str]
    ) -> None:
        self.index, self.table, self.now, self.base = index, table, sandbox.now, base
        # Clients write booleans in either case.
        self.mode = asked.get("sysparm_display_value", "false").lower()
        self.links = not _is_true(asked, "sysparm_exclude_reference_link")
        self._kinds: dict[str, FieldType | None] = {}
        self._rows: dict[tuple[str, str], Row | None] = {}
        wanted = [name.strip() for name in asked.get("sysparm_fields", "").split(",") if name.strip()]
        fields = [name for name in wanted if self.knows(name)] if wanted else list(TABLES[table].fields)
        self._cells = [(path, self._reader(path)) for path in fields]

    def row(self, table: str, key: str) -> Row | None:
        if (table, key) not in self._rows:
            self._rows[table, key] = self.index.row(table, key, self.now)
        return self._rows[table, key]

    def kind(self, path: str) -> FieldType | None:
        """The type of a (dot-walked) field, None where there is none."""
        if path not in self._kinds:
            self._kinds[path] = self._kind(path)
        return self._kinds[path]

    def _kind(self, path: str) -> FieldType | None:
        table, kind = self.table, None
        for step in path.split("."):
            if table not in TABLES or step not in TABLES[table].fields:
                return None
            kind = TABLES[table].fields[step]
            table = reference(kind) or ""
        return kind

    def knows(self, path: str) -> bool:
        return self.kind(path) is not None

    def value(self, row: Row | None, path: str) -> str:
        """The raw value at a (dot-walked) field; empty where a reference on the way is empty."""
        if row is not None and "." not in path:
            return row[path]
        table, steps = self.table, path.split(".")
        for step in steps[:-1]:
            table = reference(TABLES[table].fields[step]) or ""
            row = self.row(table, row[step]) if row else None
        return row[steps[-1]] if row else ""

    def is_called(self, row: Row, path: str, text: str) -> bool:
        value = self.value(row, path)
        return text in (value, self.label(row, path, value))

    def label(self, row: Row, path: str, value: str) -> str:
        """What a person would see for the value."""
        kind = self.kind(path)
        if path in ("comments", "work_notes"):
            return self._journal(row, (path,))
        if path == "comments_and_work_notes":
            return self._journal(row, JOURNALS)
        if value == "" or kind is None:
            return value
        if isinstance(kind, Mapping):
            return kind.get(value, value)
        target = reference(kind)
        if target is not None:
            other = self.row(target, value)
            return other[TABLES[target].display] if other else ""
        return _own_time(value) if kind == "datetime" else value

    def _journal(self, row: Row, elements: Iterable[str]) -> str:
        if self.table != "incident":
            return ""
        said = [line for line in self.index.journal(row["sys_id"], self.now) if line["element"] in elements]
        said.sort(key=lambda line: line["sys_created_on"], reverse=True)
        titles = {"comments": "Additional comments", "work_notes": "Work notes"}
        return "".join(
            f"{_own_time(line['sys_created_on'])} - {line['sys_created_by']} ({titles[line['element']]})\n"
            f"{line['value']}\n\n"
            for line in said
        )

    def shown(self, row: Row) -> dict[str, Any]:
        return {path: read(row) for path, read in self._cells}

    def _reader(self, path: str) -> Callable[[Row], Any]:
        """What shows a field of a row; what needs no looking up is read at once."""
        kind = self.kind(path) or ""
        if "." not in path and self.mode == "false" and not (reference(kind) and self.links):
            return itemgetter(path)
        if "." not in path and self.mode == "all" and kind in ("string", "integer", "boolean"):
            return lambda row: {"display_value": row[path], "value": row[path]}
        return partial(self._cell, path=path)

    def _cell(self, row: Row, path: str) -> Any:
        value = self.value(row, path)
        target = reference(self.kind(path) or "")
        link = self.link(target, value) if target and value and self.links else None
        if self.mode == "all":
            cell = {"display_value": self.label(row, path, value), "value": value}
            return {**cell, "link": link} if link else cell
        if self.mode == "true":
            label = self.label(row, path, value)
            return {"display_value": label, "link": link} if link else label
        return {"link": link, "value": value} if link else value

    def link(self, table: str, key: str) -> str:
        return f"{self.base.rstrip('/')}/servicenow/api/now/table/{table}/{key}"


@lru_cache(maxsize=20_000)
def _own_time(value: str) -> str:
    moment = encoded_query.from_utc(value)
    return moment.astimezone(USER_ZONE).isoformat(" ")[:19]


def _priority(fields: Mapping[str, str]) -> str:
    levels = [int(fields.get(name) or 3) for name in ("impact", "urgency")]
    return SUM_TO_PRIORITY.get(sum(levels), "5")


def _no_record() -> Response:
    detail = "Record doesn't exist or ACL restricts the record retrieval"
    return answers.servicenow(404, "No Record found", detail)


def _is_true(asked: Mapping[str, str], name: str) -> bool:
    return asked.get(name, "").lower() == "true"


def _whole(text: str | None, default: int) -> int:
    """A count or an offset; what is no number counts as not given, what is negative is refused."""
    try:
        number = int(text) if text else default
    except ValueError:
        return default
    if number < 0:
        raise Refusal(answers.servicenow(400, "Bad Request", "sysparm_offset and sysparm_limit count from 0"))
    return number


def _links(request: Request, total: int, limit: int, offset: int, endless: bool) -> str:
    step = max(limit, 1)
    offsets = {"first": 0, "last": (total - 1) // step * step}
    if offset > 0:
        offsets["prev"] = max(offset - step, 0)
    if endless:
        offsets["next"] = offset
    elif offset + step < total:
        offsets["next"] = offset + step
    base, asked = str(request.url).split("?")[0], dict(request.query_params)
    pages = {rel: urlencode({**asked, "sysparm_offset": str(at)}) for rel, at in offsets.items()}
    return ",".join(f'<{base}?{page}>;rel="{rel}"' for rel, page in pages.items())


async def _body(request: Request) -> dict[str, str]:
    """The writable fields of a JSON body as the database would keep them; others are ignored."""
    try:
        given = json.loads(await request.body())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        detail = "The payload is not valid JSON."
        raise Refusal(answers.servicenow(400, "Exception while reading request", detail))
    writable = TABLES["incident"].writable
    return {name: _text(value) for name, value in given.items() if name in writable}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


VENDOR = Vendor("servicenow", "servicenow", ServiceNow, answers.servicenow_failure)
