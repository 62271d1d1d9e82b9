"""Hostile stand-ins over httpx.MockTransport: small vendors that page, filter and misbehave on order.

They are no witnesses to what the real systems do (the sandbox is); they exist to do what no friendly
system does: loop, cut off, shuffle, lose answers, echo secrets.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

import httpx

SECRET = "s3cr3t-Value-9981"
TOKEN = "tok-77abf00d-issued"
START = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
HTTP = {
    "attempts": 3,
    "wait_initial": 0,
    "wait_max": 0,
    "requests_per_second": None,
    "max_body": 400_000,
}

Json = dict[str, Any]
Fault = Callable[[httpx.Request], httpx.Response | None]


def answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json=data, headers=headers)


@dataclass
class Vendor:
    """A vendor with `count` records changed a minute apart, given out `page_size` at a time."""

    count: int = 25
    page_size: int = 10
    faults: list[Fault] = field(default_factory=list)
    always: Fault | None = None
    requests: list[httpx.Request] = field(default_factory=list)
    written: list[Json] = field(default_factory=list)
    tokens: int = 0
    reverse: bool = False
    repeat_last: bool = False
    loop: bool = False

    name = ""
    list_path = ""
    kind = ""

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def settings(self) -> Json:
        raise NotImplementedError

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if "token" in request.url.path:
            return self.give_token(request)
        if self.is_list(request):
            fault = self.always or (self.faults.pop(0) if self.faults else None)
            given = fault(request) if fault else None
            if given is not None:
                return given
        return self.respond(request)

    def give_token(self, request: httpx.Request) -> httpx.Response:
        self.tokens += 1
        return answer({"access_token": f"{TOKEN}-{self.tokens}", "token_type": "Bearer", "expires_in": 3600})

    def is_list(self, request: httpx.Request) -> bool:
        return request.method == "GET" and request.url.path.endswith(self.list_path)

    def lists(self) -> int:
        return sum(self.is_list(request) for request in self.requests)

    def respond(self, request: httpx.Request) -> httpx.Response:
        raise NotImplementedError

    def changed_at(self, number: int) -> datetime:
        return START + timedelta(minutes=number)

    def window(self, rows: list[Json], start: int, size: int) -> tuple[list[Json], bool]:
        """A page of rows, misbehaving as ordered, and whether there are more."""
        if self.reverse:
            rows = rows[::-1]
        if self.loop:
            return rows[:size], True
        page = rows[start : start + size]
        more = start + size < len(rows)
        if self.repeat_last and page:
            page = [page[-1], *page]
        return page, more


class IroncladVendor(Vendor):
    name, kind, list_path = "ironclad", "contract", "/records"
    base = "https://clm.example/public/api/v1"

    def settings(self) -> Json:
        auth = {
            "type": "oauth2",
            "token_url": "https://clm.example/oauth/token",
            "client_id": "pacta",
            "client_secret": SECRET,
        }
        audit = {"record_type": "audit", "fields": {"what": "event"}}
        return {
            "base_url": self.base,
            "auth": auth,
            "http": HTTP,
            "page_size": self.page_size,
            "entities": {"audit": audit},
            "contract_fields": {"performance": "performanceSummary"},
        }

    def record(self, number: int) -> Json:
        return {
            "id": f"uuid-{number}",
            "ironcladId": f"IC-{number}",
            "type": "msa",
            "name": f"Agreement {number}",
            "lastUpdated": self.changed_at(number).isoformat().replace("+00:00", "Z"),
            "properties": {"counterpartyName": {"type": "string", "value": f"Party {number} Ltd"}},
            "attachments": {},
            "links": [],
        }

    def broken(self) -> Json:
        return {**self.record(900), "name": "", "lastUpdated": self.record(3)["lastUpdated"]}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/public/api/v1")
        if request.method == "POST" and path == "/obligations":
            made = {"id": f"ob-{len(self.written)}", "ironcladId": "OB-1", **json.loads(request.content)}
            self.written.append(made)
            return answer(made, 201)
        if path == "/obligations":
            return answer({"page": 0, "pageSize": 100, "count": len(self.written), "list": self.written})
        if path == "/records" and request.method == "POST":
            self.written.append({**json.loads(request.content), "id": "uuid-a", "ironcladId": "IC-900"})
            return answer(self.written[-1])
        if path == "/records" and "types" in request.url.params:
            return answer({"page": 0, "pageSize": 100, "count": len(self.written), "list": self.written})
        if path == "/records":
            return self._list(request)
        if request.method == "PATCH":
            self.written.append({**json.loads(request.content), "path": path})
            return answer({"id": "uuid-1", "ironcladId": path.rpartition("/")[2]})
        return answer({"code": "NOT_FOUND", "message": "no such record"}, 404)

    def _list(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        number, size = int(params["page"]), int(params["pageSize"])
        since = params.get("lastUpdated", "")
        rows = sorted(self.rows(), key=lambda row: row["lastUpdated"])
        chosen = [row for row in rows if row["lastUpdated"][:19] >= since[:19]]
        page, _ = self.window(chosen, number * size, size)
        count = 10_000 if self.loop else len(chosen)
        return answer({"page": number, "pageSize": size, "count": count, "list": page})


class ServiceNowVendor(Vendor):
    name, kind, list_path = "servicenow", "incident", "/table/incident"
    base = "https://desk.example/api/now"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.journal: list[Json] = []
        self.audit: list[Json] = []
        self.users: list[Json] = []
        self.outages: list[Json] = []
        self.closed: dict[str, int] = {}

    def settings(self) -> Json:
        auth = {"type": "basic", "user": "pacta", "password": SECRET}
        return {"base_url": self.base, "auth": auth, "http": HTTP, "page_size": self.page_size}

    def record(self, number: int) -> Json:
        at = self.changed_at(number).strftime("%Y-%m-%d %H:%M:%S")
        plain = {
            "sys_id": f"{number:032x}",
            "number": f"INC{number:07d}",
            "short_description": f"Printer {number}",
            "state": "2",
            "hold_reason": "",
            "priority": "3",
            "opened_at": at,
            "resolved_at": "",
            "closed_at": "",
            "sys_created_on": at,
            "sys_created_by": "lena",
            "sys_updated_on": at,
            "correlation_id": "",
            "cmdb_ci": "Mail",
        }
        return both(plain, u_vendor={"value": "company-acme", "display_value": "Acme Managed Services Ltd"})

    def broken(self) -> Json:
        return {**self.record(3), **both({"sys_id": "f" * 32, "number": "INC0000900", "state": "77"})}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        table = request.url.path.split("/table/")[1].split("/")[0]
        if table in self.closed:
            return answer({"error": {"message": "no rights", "detail": "ACL"}}, self.closed[table])
        if request.method in ("POST", "PATCH"):
            return self._write(request)
        held: dict[str, list[Json]] = {
            "sys_journal_field": self.journal,
            "sys_audit": self.audit,
            "sys_user": self.users,
            "cmdb_ci_outage": self.outages,
            "task_sla": [],
        }
        rows = self.rows() if table == "incident" else held[table]
        return self._page(table, rows, request)

    def _page(self, table: str, rows: list[Json], request: httpx.Request) -> httpx.Response:
        params = request.url.params
        query = params.get("sysparm_query", "")
        chosen = [row for row in rows if _meets(row, query)]
        if table in ("incident", "cmdb_ci_outage"):
            chosen.sort(key=lambda row: row["sys_updated_on"]["value"])
        start, size = int(params["sysparm_offset"]), int(params["sysparm_limit"])
        page, more = self.window(chosen, start, size) if table == "incident" else (chosen, False)
        headers = {"Link": f'<{request.url}>;rel="first"'}
        if more:
            headers["Link"] += f',<https://elsewhere.example/{start + size}>;rel="next"'
        return answer({"result": page}, headers=headers)

    def _write(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.written.append(body)
        if request.method == "POST":
            made = {"sys_id": "e" * 32, "number": "INC0099999", **body}
            self.extra = both(made)
            return answer({"result": made}, 201)
        sys_id = request.url.path.rsplit("/", 1)[1]
        for element in ("comments", "work_notes"):
            if element in body:
                entry = {"sys_id": f"j{len(self.journal)}", "element_id": sys_id, "element": element}
                entry |= {"value": body[element], "name": "incident"}
                entry |= {"sys_created_on": "2026-10-01 00:00:00", "sys_created_by": "pacta"}
                self.journal.append(entry)
        return answer({"result": {"sys_id": sys_id}})


def both(plain: Json, **more: Json) -> Json:
    """Fields as `sysparm_display_value=all` gives them."""
    return {key: {"value": value, "display_value": value} for key, value in plain.items()} | more


def _value(row: Json, key: str) -> str:
    held = row.get(key, "")
    return str(held.get("value", "") if isinstance(held, dict) else held)


def _meets(row: Json, query: str) -> bool:
    """A small part of encoded queries: =, >=, IN, LIKE, ^ and ^OR; anything else is ignored."""
    conditions = [part for part in query.split("^") if part and not part.startswith("ORDERBY")]
    met = True
    for condition in conditions:
        alternative = condition.startswith("OR")
        found = re.match(r"(?:OR)?([a-z_]+?)(>=|=|IN|LIKE)(.*)", condition, re.DOTALL)
        if found is None:
            continue
        held, operator, wanted = _value(row, found[1]), found[2], found[3]
        hit = {
            "=": held == wanted,
            ">=": held >= wanted,
            "IN": held in wanted.split(","),
            "LIKE": wanted in held,
        }[operator]
        met = (met or hit) if alternative else (met and hit)
    return met


class SapVendor(Vendor):
    name, kind, list_path = "sap_s4hana", "invoice", "/A_SupplierInvoice"
    base = "https://erp.example/sap/opu/odata/sap"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.items: list[Json] = []
        self.notes: list[Json] = []
        self.csrf = "csrf-1"
        self.order_lookups = 0

    def settings(self) -> Json:
        auth = {"type": "basic", "user": "PACTA", "password": SECRET}
        return {"base_url": self.base, "auth": auth, "http": HTTP, "zone": "Europe/Berlin"}

    def record(self, number: int) -> Json:
        return {
            "SupplierInvoice": f"51{number:08d}",
            "FiscalYear": "2026",
            "SupplierInvoiceIDByInvcgParty": f"ACM-{number}",
            "InvoicingParty": "0017300001",
            "DocumentCurrency": "EUR",
            "InvoiceGrossAmount": "57120.000",
            "DocumentDate": v2(START + timedelta(days=number)),
            "PostingDate": v2(START + timedelta(days=number)),
            "CreationDate": v2(START + timedelta(days=number)),
            "InvoiceReceiptDate": v2(START + timedelta(days=number + 1)),
            "PaymentBlockingReason": "",
            "SupplierInvoiceIsCreditMemo": "",
            "SupplierInvoiceStatus": "5",
            "to_SuplrInvcItemPurOrdRef": {"results": [{"PurchaseOrder": "4500000101"}]},
        }

    def broken(self) -> Json:
        return {**self.record(900), "InvoiceGrossAmount": "many", "SupplierInvoice": "5199999999"}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        entity = request.url.path.rsplit("/", 1)[1].split("(")[0]
        if request.method in ("POST", "PATCH"):
            return self._write(request)
        if entity == "":
            return httpx.Response(200, headers={"x-csrf-token": self.csrf, "set-cookie": "SAP=1"})
        if entity == "A_PurchaseOrder":
            self.order_lookups += 1
            orders = [{"PurchaseOrder": "4500000101", "CorrespncInternalReference": "IC-101"}]
            return answer({"d": {"results": orders}})
        rows = {"A_OperationalAcctgDocItemCube": self.items, "A_PurchaseOrderNote": self.notes}.get(entity)
        return self._page(self.rows() if rows is None else rows, request)

    def _page(self, rows: list[Json], request: httpx.Request) -> httpx.Response:
        params = {key: values[0] for key, values in parse_qs(request.url.query.decode()).items()}
        since = re.search(r"CreationDate ge datetime'([\d-]+)T", params.get("$filter", ""))
        if since:
            start = int(datetime.fromisoformat(since[1]).replace(tzinfo=UTC).timestamp() * 1000)
            rows = [row for row in rows if int(row["CreationDate"][6:-2]) >= start]
        start = int(params.get("$skiptoken", "0"))
        page, more = self.window(rows, start, self.page_size)
        body: Json = {"results": page, "__count": str(len(rows))}
        if more:
            token = "0" if self.loop else str(start + self.page_size)
            query = urlencode({**params, "$skiptoken": token})
            body["__next"] = f"https://internal-host:8443{request.url.path}?{query}"
        return answer({"d": body})

    def _write(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("x-csrf-token") != self.csrf or "SAP=1" not in request.headers.get(
            "cookie", ""
        ):
            return answer({"error": {"message": {"value": "CSRF"}}}, 403, {"x-csrf-token": "Required"})
        body = json.loads(request.content)
        self.written.append(body)
        if request.method == "PATCH":
            self.notes[0]["PlainLongText"] = body["PlainLongText"]
            return httpx.Response(204)
        note = {**body, "__metadata": {"etag": 'W/"1"'}}
        self.notes.append(note)
        return answer({"d": note}, 201)


def v2(moment: datetime) -> str:
    """A day as OData V2 writes it."""
    day = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return f"/Date({int(day.timestamp() * 1000)})/"


def statuses(*given: int, **headers: str) -> list[Fault]:
    """Faults that answer with these statuses, one request each."""
    return [lambda _, s=status: answer({"message": "refused"}, s, dict(headers)) for status in given]  # type: ignore[misc]


def time_out(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("no answer", request=request)


def cut_off(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=b'{"list": [{"id": "1"', headers={"content-type": "application/json"})


def html(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<html><body>Log in</body></html>")


def too_large(request: httpx.Request) -> httpx.Response:
    def parts() -> Iterator[bytes]:
        yield b'{"list": ["'
        for _ in range(1000):
            yield b"x" * 10_000

    return httpx.Response(200, content=parts(), headers={"content-type": "application/json"})


def echo_secret(request: httpx.Request) -> httpx.Response:
    """A vendor that repeats what it was sent in its error."""
    said = f"bad credentials: {request.headers.get('authorization')} client_secret={SECRET}"
    return answer({"message": said, "error": {"message": said}}, 400)
