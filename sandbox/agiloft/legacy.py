"""Agiloft's older surface: `/ewws/EW…` and `/ewws/REST/{KB}/{table}[/{id}]`, with its decorators."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from sandbox.agiloft import requests, text
from sandbox.agiloft.auth import STRICT_KB, Session, Sessions, known_kb, known_user
from sandbox.agiloft.records import Desk
from sandbox.agiloft.schema import SEARCHES, TABLES, Table, described
from sandbox.agiloft.text import Failure
from sandbox.agiloft.wire import WRONG_KB
from sandbox.agiloft.world import Fields, Record

METHODS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("EWCreate", "EWRead", "EWSelect", "EWSearch"), ("GET", "POST")),
    **dict.fromkeys(("EWAttachInfo", "EWRetrieve", "EWRemoveAttachment"), ("GET", "POST")),
    **dict.fromkeys(("EWAsyncStatus", "EWTable", "EWSavedSearch", "EWLogin", "EWLogout"), ("GET", "POST")),
    "EWUpdate": ("GET", "POST", "PUT"),
    "EWDelete": ("GET", "POST", "DELETE"),
    "EWUpsert": ("POST",),
    "EWAttach": ("PUT",),
    "EWLock": ("GET", "PUT", "DELETE"),
    "EWActionButton": ("POST",),
    "EWGetChoiceLineId": ("GET",),
}
REST: Mapping[str, str] = {"POST": "EWCreate", "GET": "EWRead", "PUT": "EWUpdate", "DELETE": "EWDelete"}
# Name and password may stand in the body of these only.
BODY_LOGIN = ("EWRead", "EWSelect", "EWCreate", "EWUpdate", "EWDelete", "EWUpsert", "EWLogin")
TOKEN_ONLY = ("EWTable", "EWSavedSearch")
ASYNC = ("EWCreate", "EWUpdate", "EWDelete", "EWUpsert", "EWActionButton")
# Parameters that are no fields of a record.
CONTROL = ("id", "deleteRule", "subs", "lang", "err_code_resp")
NOBODY = "One has to specify who calls: $login with $password, or a token"


@dataclass
class Call:
    """One call: operation, decorators, parameters of address and body."""

    request: Request
    operation: str
    json: bool = False
    later: bool = False
    pairs: list[tuple[str, str]] = field(default_factory=list)
    address: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        for key, value in self.pairs:
            if key == name:
                return value
        return None

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.pairs if key == name]

    def fields(self) -> Fields:
        return {key: value for key, value in self.pairs if not key.startswith("$") and key not in CONTROL}

    def tell(self, result: Any, flat: Mapping[str, Any] | None = None, status: int = 200) -> Response:
        """The result in JSON, or `flat` (or the result itself) as lines."""
        if self.json:
            return text.envelope(result, status)
        return text.lines(flat if flat is not None else result, status)


class LegacySurface:
    def __init__(self, sessions: Sessions, desk: Callable[[str], Desk], called: Callable[[], str]) -> None:
        self.sessions, self.desk, self.called = sessions, desk, called
        self.seen: dict[str, int] = {}

    async def answer(self, request: Request, path: str) -> Response:
        call = Call(request, "")
        try:
            call = await _read(request, path)
            if request.method not in METHODS[call.operation]:
                raise Failure(405, f"HTTP method {request.method} is not supported by this URL")
            if call.operation == "EWLogin":
                return self._login(call)
            if call.operation == "EWLogout":
                self.sessions.log_out(self._session(call))
                return Response(status_code=200)
            if call.operation == "EWAsyncStatus":
                return self._status(call)
            return await self._run(call, self._enter(call))
        except Failure as failure:
            return _refuse(call, failure)

    # -- who may come in ------------------------------------------------------------------------------

    def _login(self, call: Call) -> Response:
        now = self.desk("").now
        refresh = call.get("refresh_token")
        header = call.request.headers.get("authorization")
        if refresh is not None or header is not None:
            session = self.sessions.renew(header or "", refresh or "", now)
        else:
            session = self.sessions.log_in(call.get("$KB"), call.get("$login"), call.get("$password"), now)
        return JSONResponse(
            {
                "access_token": session.access,
                "refresh_token": session.refresh,
                "expiration_time_unit": "minute",
                "expires_in": 15,
                "authentication_scheme": "Bearer ",
            }
        )

    def _session(self, call: Call) -> Session:
        session = self.sessions.of(call.request.headers.get("authorization", ""), self.desk("").now)
        if call.get("$KB") not in (None, session.kb):
            raise Failure(400, WRONG_KB)
        return session

    def _enter(self, call: Call) -> Desk:
        """The records as the caller may see them. The address or, for some, the body may hold the log-on."""
        header = call.request.headers.get("authorization")
        if call.operation in TOKEN_ONLY:
            return self.desk(self._session(call).user)
        kb = call.get("$KB")
        if None in (kb, call.get("$table"), call.get("$lang")):
            raise Failure(400, "One has to specify $table, $KB, $lang parameters")
        known_kb(kb)
        source = call.get if call.operation in BODY_LOGIN else call.address.get
        user, password = source("$login"), source("$password")
        if header is not None and user is not None:
            raise Failure(400, "Send $login and $password, or a token.")
        if header is not None and kb != STRICT_KB:
            return self.desk(self._session(call).user)
        if user is None or password is None:
            raise Failure(400, NOBODY)
        return self.desk(known_user(user, password))

    # -- operations -----------------------------------------------------------------------------------

    async def _run(self, call: Call, desk: Desk) -> Response:
        if call.operation == "EWTable":
            return _tables(call, desk)
        table = desk.table(call.get("$table") or "")
        if call.operation == "EWSavedSearch":
            found = [
                {"label": label, "name": name, "id": 265185 + place, "description": ""}
                for place, (label, name, _) in enumerate(SEARCHES.get(table.name, ()))
            ]
            return text.envelope(found)
        if call.operation in ASYNC and (call.later or call.operation == "EWActionButton"):
            return self._later(call, desk, table)
        if call.operation in ("EWAttach", "EWAttachInfo", "EWRetrieve", "EWRemoveAttachment"):
            return await _files(call, desk, table)
        return _operation(call, desk, table)

    def _later(self, call: Call, desk: Desk, table: Table) -> Response:
        """What runs by itself: done at once here, told as queued on the first question."""
        if call.operation == "EWActionButton":
            record = desk.one(table, call.get("id"))
            desk.press(record, call.get("name") or "")
            flat: Fields = {"id": record.id}
        else:
            _operation(call, desk, table)
            flat = {}
        flat["EWCALLBACK_ID"] = self.called()
        return call.tell(flat, flat, 202 if call.operation == "EWUpsert" else 200)

    def _status(self, call: Call) -> Response:
        self._enter(call)
        number = call.get("callback_id") or ""
        if number not in self.seen:
            return Response(status_code=523)
        self.seen[number] += 1
        return Response(status_code=(201, 202, 200)[min(self.seen[number], 3) - 1])


async def _read(request: Request, path: str) -> Call:
    parts = [part for part in path.split("/") if part]
    call = Call(request, "", json=".json" in parts, later="async" in parts or ".async" in parts)
    call.address = dict(request.query_params)
    call.pairs = [*request.query_params.multi_items()]
    if request.method in ("POST", "PUT"):
        call.pairs += await requests.form(request)
    names = [part for part in parts if part not in (".json", ".async", "async")]
    if names and names[0] == "REST" and len(names) in (3, 4) and request.method in REST:
        call.operation = REST[request.method]
        call.pairs += [("$KB", names[1]), ("$table", names[2]), *(("id", key) for key in names[3:])]
    elif len(names) == 1 and names[0] in METHODS:
        call.operation = names[0]
    else:
        raise Failure(404, "Not found")
    return call


def _operation(call: Call, desk: Desk, table: Table) -> Response:
    name = call.operation
    if name == "EWCreate":
        made = desk.create(table, call.fields())
        return call.tell({"id": made.id})
    if name == "EWUpsert":
        return _upsert(call, desk, table)
    if name == "EWSelect":
        found = desk.search(table, call.get("where") or "", sql=True)
        keys = [record.id for record in found]
        return call.tell(keys, {"id_length": len(keys), **{f"id_{n}": key for n, key in enumerate(keys)}})
    if name == "EWSearch":
        return _search(call, desk, table)
    if name == "EWGetChoiceLineId":
        return _choice(call, desk, table)
    record = _chosen(call, desk, table)
    if name == "EWLock":
        return _lock(call, desk, table, record)
    if name == "EWDelete":
        desk.delete(record, call.get("deleteRule") or "", call.get("subs"))
        return text.envelope(None) if call.json else Response(status_code=200)
    if name == "EWUpdate":
        desk.update(record, call.fields(), call.get("$operationHints") == "NOLOCK")
    return call.tell(desk.show(record))


def _chosen(call: Call, desk: Desk, table: Table) -> Record:
    """The record by `id`, or the only one that `$searchSQL` finds."""
    where = call.get("$searchSQL")
    if where is None or call.operation not in ("EWRead", "EWUpdate"):
        return desk.one(table, call.get("id"))
    found = desk.search(table, where, sql=True)
    if len(found) != 1:
        raise Failure(400, "no data found for id range(s)" if not found else "More than one record matches")
    return found[0]


def _upsert(call: Call, desk: Desk, table: Table) -> Response:
    match, fields = call.get("$match") or "", call.fields()
    if match not in table.columns or match not in fields:
        raise Failure(400, "One has to specify $match and a value of its field.")
    column = table.columns[match]
    every = desk.company.seen(table.name, desk.now)
    wanted = str(fields[match]).casefold()
    found = [one for one in every if str(desk.value(one, column) or "").casefold() == wanted]
    made, new = desk.upsert(table, found, fields)
    return call.tell({"id": made.id}, status=201 if new else 200)


def _search(call: Call, desk: Desk, table: Table) -> Response:
    names = call.all("field")
    for name in names:
        desk.column(table, name)
    found = requests.searched(desk, table, call.get("query") or "", call.get("search"))
    chosen = requests.page(call.request, found, call.get("page"), call.get("limit"))
    rows = [desk.show(record, names) for record in chosen]
    if not rows:
        return call.tell([], {"id_length": 0})
    flat: Fields = {"length": len(rows)}
    for place, row in enumerate(rows):
        flat |= {f"{name}_{place}": value for name, value in row.items()}
    return call.tell(rows, flat)


def _choice(call: Call, desk: Desk, table: Table) -> Response:
    column = desk.column(table, call.get("field") or "")
    value = call.get("value")
    if value not in column.choices:
        raise Failure(400, f"No choice line found for value {column.name}")
    return call.tell({"choiceLineId": column.choices.index(value) + 1})


def _lock(call: Call, desk: Desk, table: Table, record: Record) -> Response:
    """GET tells who holds the record, PUT takes it, DELETE gives it back (`force` for somebody else's)."""
    key, method = (table.name, record.id), call.request.method
    holder = desk.locks.holder(record, desk.now)
    other = holder is not None and holder[0] != desk.user
    told: Fields = {"id": record.id, "table_id": table.number}
    if (method == "PUT" and other) or (method == "DELETE" and other and call.get("force") is None):
        by = holder[0] if holder else ""
        return JSONResponse({"error": "CONFLICT", "error_description": f"Record is locked by {by}"}, 409)
    if method == "PUT":
        desk.locks.held[key] = (desk.user, desk.now)
        holder = desk.locks.holder(record, desk.now)
    if method == "DELETE":
        desk.locks.held.pop(key, None)
        holder = None
    if holder is None:
        return JSONResponse({**told, "lock_status": "NO_LOCK"})
    state = {"locked_by": holder[0], "lock_status": "LOCKED", "lock_expires_in_minutes": holder[1]}
    return JSONResponse({**told, **state})


async def _files(call: Call, desk: Desk, table: Table) -> Response:
    record = desk.one(table, call.get("id"))
    column = desk.file_column(table, call.get("field"))
    length = f"{column.name}.length"
    if call.operation == "EWAttach":
        document = await requests.upload(call.request, "", call.get("fileName"))
        return call.tell({length: desk.attach(record, column, document)})
    if call.operation == "EWRemoveAttachment":
        return call.tell({length: desk.detach(record, column, call.get("filePosition"))})
    if call.operation == "EWRetrieve":
        return requests.served(desk.retrieve(record, column, call.get("filePosition")))
    found = desk.attached(record, column)
    flat: Fields = {"length": len(found)}
    for place, one in enumerate(found):
        flat |= {f"{name}_{place}": value for name, value in one.items()}
    return call.tell(found, flat)


def _tables(call: Call, desk: Desk) -> Response:
    name = call.get("table")
    chosen = [desk.table(name)] if name else list(TABLES.values())
    columns = call.get("skipColumnsInfo") != "true"
    linked = call.get("includelinkedinfo") == "true"
    return text.envelope({"tables": [described(table, columns, linked) for table in chosen]})


def _refuse(call: Call, failure: Failure) -> Response:
    """JSON where it was asked for, a page otherwise. EWLogin and EWUpsert have statuses of their own."""
    coded = requests.coded(call.address) or call.operation in ("", "EWLogin", "EWUpsert", "EWLock")
    if call.operation == "EWLock":
        body = {"error": "BAD_REQUEST", "error_description": failure.text}
        return JSONResponse(body, failure.status)
    if call.json or call.operation == "EWLogin":
        plain = Failure(failure.status, failure.text)
        return text.refused(plain, coded)
    return text.page(failure, failure.status if coded else text.HIDDEN)
