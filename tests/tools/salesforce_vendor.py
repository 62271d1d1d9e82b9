"""A hostile Salesforce org, which answers as much SOQL as the connector asks."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer

ROOT = "/services/data/v62.0"


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def at(hour: int, minute: int = 0, day: int = 14) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def user(name: str = "amira@tessaly.example", kind: str = "Standard") -> Json:
    return {"CreatedById": f"005-{name}", "CreatedBy": {"Username": name, "UserType": kind}}


class SalesforceVendor(Vendor):
    """An org that answers as much SOQL as the connector asks."""

    name, kind, list_path = "salesforce", "case", "/queryAll"
    base = "https://tessaly.my.example"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.held: dict[str, list[Json]] = {"Task": []}
        self.closed: set[str] = set()
        self.asked: dict[str, str] = {}
        self.doubled = False

    def settings(self) -> Json:
        auth = {"type": "bearer", "token": SECRET}
        return {"base_url": self.base, "auth": auth, "http": HTTP}

    def is_list(self, request: httpx.Request) -> bool:
        path = request.url.path
        asked = request.url.params.get("q", "")
        return request.method == "GET" and (bool(re.search(r"FROM Case( |$)", asked)) or "/query/" in path)

    def record(self, number: int) -> Json:
        moment = stamp(self.changed_at(number))
        return {
            "attributes": {"type": "Case", "url": "/x"},
            "Id": f"500{number:012d}AAA",
            "CaseNumber": f"{number:08d}",
            "Subject": f"Instrument {number}",
            "Status": "New",
            "Priority": "Medium",
            "IsClosed": False,
            "CreatedDate": moment,
            "LastModifiedDate": moment,
            "SystemModstamp": moment,
            "IsDeleted": False,
            "OwnerId": "005000000000001AAA",
            "Account": {"Name": "Orchard Clinics Network, Inc."},
            "Asset": None,
            **user(),
        }

    def broken(self) -> Json:
        return {**self.record(3), "Id": "500000000000900AAA", "CaseNumber": "00000900", "Status": "Parked"}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix(ROOT)
        if request.method != "GET":
            return self._write(request.method, path, json.loads(request.content))
        token = path.removeprefix("/query/") if path.startswith("/query/") else ""
        return self._page(self.asked[token] if token else request.url.params["q"], token)

    def _page(self, query: str, token: str) -> httpx.Response:
        found = re.search(r"FROM (\w+)", query)
        assert found
        name = found[1]
        if name in self.closed:
            said = [{"message": f"sObject type '{name}' is not supported.", "errorCode": "INVALID_TYPE"}]
            return answer(said, 400)
        rows = [*self.rows(), *self.held.get("Case", [])] if name == "Case" else self.held.get(name, [])
        chosen = sorted(_meeting(rows, query), key=lambda row: row.get("SystemModstamp", ""))
        size = self.page_size if name == "Case" else 1000
        start = int(token.rpartition("-")[2]) if token else 0
        page, more = self.window(chosen, start, size)
        body: Json = {"totalSize": len(chosen), "done": not more, "records": page}
        if more:
            following = f"01g0-{0 if self.loop else start + size}"
            self.asked[following] = query
            body["nextRecordsUrl"] = f"{ROOT}/query/{following}"
        return answer(body)

    def _write(self, method: str, path: str, body: Json) -> httpx.Response:
        self.written.append({"method": method, "path": path, **body})
        if path == "/composite":
            return answer({"compositeResponse": [self._part(part) for part in body["compositeRequest"]]})
        if path == "/chatter/feed-elements":
            text = "".join(s.get("text", "@Amira") for s in body["body"]["messageSegments"])
            return answer(self._add("FeedItem", {"ParentId": body["subjectId"], "Body": text}), 201)
        parts = path.strip("/").split("/")
        if method == "POST":
            return answer(self._add(parts[1], body), 201)
        if self.doubled:
            return answer([f"{ROOT}/sobjects/Case/500a", f"{ROOT}/sobjects/Case/500b"], 300)
        if len(parts) == 4:
            return answer(self._upsert(parts[1], parts[2], parts[3], body), 201)
        return httpx.Response(204)

    def _part(self, part: Json) -> Json:
        given = self._write(part["method"], part["url"].removeprefix(ROOT), part["body"])
        self.written.pop()
        return {"body": given.json(), "httpStatusCode": given.status_code, "referenceId": part["referenceId"]}

    def _upsert(self, name: str, field: str, reference: str, body: Json) -> Json:
        for row in self.held.get(name, []):
            if row.get(field) == reference:
                row |= body
                return {"id": row["Id"], "success": True, "errors": [], "created": False}
        return self._add(name, {field: reference, **body})

    def _add(self, name: str, body: Json) -> Json:
        prefix = {"Case": "500", "Task": "00T", "CaseComment": "00a", "FeedItem": "0D5"}[name]
        rows = self.held.setdefault(name, [])
        row = {
            "Id": f"{prefix}0000000009{len(rows):02d}AAA",
            "SystemModstamp": "2026-10-01T00:00:00Z",
            **body,
        }
        if name == "Case":
            row = {**self.record(800 + len(rows)), **row}
        rows.append(row)
        return {"id": row["Id"], "success": True, "errors": []}


def _meeting(rows: list[Json], query: str) -> list[Json]:
    """The rows that meet a query's conditions: IN, = and SystemModstamp >=."""
    among = re.search(r"(\w+) IN \(([^)]*)\)", query)
    equal = re.search(r"(\w+) = '([^']*)'", query)
    since = re.search(r"SystemModstamp >= (\S+)", query)
    if among:
        ids = among[2].replace("'", "").split(",")
        rows = [row for row in rows if row.get(among[1]) in ids]
    if equal:
        rows = [row for row in rows if row.get(equal[1]) == equal[2]]
    if since:
        rows = [row for row in rows if row.get("SystemModstamp", "")[:19] >= since[1][:19]]
    return rows
