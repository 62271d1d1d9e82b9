"""A hostile NetSuite account, which answers as much SuiteQL as the connector asks."""

import json
import re
from typing import Any
from urllib.parse import unquote

import httpx

from tests.tools.vendors import HTTP, SECRET, TOKEN, Json, Vendor, answer

OAUTH1 = {
    "type": "oauth1",
    "consumer_key": "ck",
    "consumer_secret": SECRET,
    "token": "tk",
    "token_secret": TOKEN,
    "realm": "1234567_SB1",
}


class NetSuiteVendor(Vendor):
    """An account that answers as much SuiteQL as the connector asks."""

    name, kind, list_path = "netsuite", "vendor_bill", "/query/v1/suiteql"
    base = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.tables: dict[str, list[Json]] = {
            "currency": [{"id": "1", "symbol": "EUR"}],
            "vendor": [{"id": "70", "entityid": "17300005", "companyname": "Pellworm Chemie AG"}],
            "account": [{"id": "58", "acctnumber": "6000"}],
        }
        self.records: dict[str, dict[str, Json]] = {}
        self.job_steps = 1
        self.lose = False
        self.keys: set[str] = set()

    def settings(self) -> Json:
        return {
            "base_url": self.base,
            "auth": OAUTH1,
            "http": HTTP,
            "page_size": self.page_size,
            "expense_account": "6000",
            "job_wait": "PT0S",
        }

    def is_list(self, request: httpx.Request) -> bool:
        return request.url.path.endswith(self.list_path) and b"FROM transaction" in request.content + b" "

    def lists(self) -> int:
        return sum(
            b"FROM transaction " in r.content or b'FROM transaction"' in r.content for r in self.requests
        )

    def handle(self, request: httpx.Request) -> httpx.Response:
        given = super().handle(request)
        if self.lose and request.method in ("PUT", "POST") and "/record/" in request.url.path:
            self.lose = False
            raise httpx.ReadTimeout("answer lost", request=request)
        return given

    def record(self, number: int) -> Json:
        moment = self.changed_at(number).strftime("%Y-%m-%d %H:%M:%S")
        return bill(id=str(1000 + number), tranid=f"PW-{number}", created=moment, changed=moment)

    def broken(self) -> Json:
        return {**self.record(3), "id": "1900", "foreigntotal": "many"}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/services/rest")
        if path == "/query/v1/suiteql":
            assert request.headers["prefer"] == "transient"
            params = request.url.params
            return self._query(json.loads(request.content)["q"], int(params["limit"]), int(params["offset"]))
        if path.startswith("/async/"):
            self.job_steps -= 1
            return answer({"completed": self.job_steps <= 0, "progress": "processing"})
        return self._record(request, path.removeprefix("/record/v1/"))

    def _query(self, query: str, limit: int, offset: int) -> httpx.Response:
        assert offset % limit == 0, "NetSuite refuses other offsets"
        found = re.search(r"FROM (\w+)", query)
        assert found
        table = found[1]
        rows = [*(self.rows() if table == "transaction" else []), *self.tables.get(table, [])]
        rows = _meeting(rows, query)
        if "ORDER BY lastmodifieddate" in query:
            assert not rows or "changed" not in rows[0] or "AS changed" in query
            rows.sort(key=lambda row: row.get("changed", ""))
        if table == "transaction" and "type IN" in query:
            page, more = self.window(rows, offset, limit)
        else:
            page, more = rows[offset : offset + limit], offset + limit < len(rows)
        body = {"links": [], "count": len(page), "hasMore": more, "items": page, "offset": offset}
        return answer({**body, "totalResults": len(rows)})

    def _record(self, request: httpx.Request, path: str) -> httpx.Response:
        kind, _, key = unquote(path).partition("/")
        held = self.records.setdefault(kind, {})
        if request.method == "GET":
            found = held.get(key)
            missing = {
                "title": "Not Found",
                "status": 404,
                "o:errorDetails": [{"o:errorCode": "NONEXISTENT_ID"}],
            }
            return answer(found) if found else answer(missing, 404)
        body = json.loads(request.content)
        self.written.append({"method": request.method, "path": f"{kind}/{key}", "body": body})
        assert request.headers["x-netsuite-propertynamevalidation"] == "Error", "no field is passed over"
        if request.method == "PATCH":
            return httpx.Response(204, headers={"location": f"{self.base}/record/v1/{kind}/{key}"})
        idempotency = request.headers.get("x-netsuite-idempotency-key", "")
        if idempotency and idempotency in self.keys:
            self.written.pop()
            said = {
                "title": "Conflict",
                "status": 400,
                "o:errorDetails": [{"o:errorCode": "IDEMPOTENCY_ERROR"}],
            }
            return answer(said, 400, {"location": "/services/rest/async/v1/job/77"})
        self.keys.add(idempotency)
        key = key or f"eid:{body['externalId']}"
        made = {**held.get(key, {"id": str(9000 + len(self.written))}), **body}
        held[key] = made
        if request.headers.get("prefer") == "respond-async":
            assert request.headers["x-netsuite-idempotency-key"]
            return httpx.Response(202, headers={"location": f"{self.base}/async/v1/job/77"})
        return httpx.Response(204, headers={"location": f"{self.base}/record/v1/{kind}/{made['id']}"})


def _meeting(rows: list[Json], query: str) -> list[Json]:
    """The rows that meet a query's conditions: types, ids, texts and the time of change."""
    types = re.search(r"type IN \(('[^)]*)\)", query)
    among = re.search(r"(\w+) IN \(([\d,]+)\)", query)
    since = re.search(r"lastmodifieddate >= TO_DATE\('([^']+)'", query)
    equal = re.findall(r"(\w+) = '([^']*)'", query)
    if types:
        rows = [row for row in rows if f"'{row.get('type')}'" in types[1]]
    if among:
        rows = [row for row in rows if row.get(among[1]) in among[2].split(",")]
    if since:
        rows = [row for row in rows if row["changed"] >= since[1]]
    if equal:
        rows = [row for row in rows if any(row.get(field) == held for field, held in equal)]
    return rows


def bill(**changes: Any) -> Json:
    row = {
        "links": [],
        "id": "1920",
        "tranid": "PW-1142",
        "transactionnumber": "BILL77",
        "type": "VendBill",
        "status": "A",
        "entity": "70",
        "currency": "1",
        "foreigntotal": "-1190",
        "memo": "Solvents September 2026",
        "voided": "F",
        "paymenthold": "F",
        "trandate": "2026-09-01",
        "duedate": "2026-10-01",
        "created": "2026-09-03 09:00:00",
        "changed": "2026-09-05 10:00:00",
    }
    return {key: held for key, held in {**row, **changes}.items() if held is not None}
