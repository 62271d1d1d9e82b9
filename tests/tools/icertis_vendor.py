"""A tenant of Icertis over a mock transport: lists in their envelope, instances as JSON within JSON."""

import json
import re
from typing import Any

import httpx

from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer

HOST = "https://acme-business-api.icertis.com"
AGREEMENTS = "/api/v1/agreements/"
NAMED = "attachment; filename=\"a.pdf\"; filename*=UTF-8''..%2FSigned%20copy.pdf"
_TERM = re.compile(r"(\w+) (\$eq|\$gt) '([^']*)'")


def envelope(data: Any, more: bool = False, **told: Any) -> Json:
    paging = {"RowsPerPage": 100, "PageNumber": 1, "TotalNumberOfPages": -1, "TotalRowCount": -1}
    return {"Messages": [], "Data": data, "HasMoreData": more, "PagingData": paging, **told}


def failed(message: str, status: int = 400, code: str = "ICM-17", field: str = "Filter") -> httpx.Response:
    told = [{"code": code, "message": message, "field": field}]
    return answer({"Messages": told, "Data": None, "HasMoreData": False}, status)


class IcertisVendor(Vendor):
    name, kind, list_path = "icertis", "contract", "/agreements/ICMMSA"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.records: dict[str, list[Json]] = {}
        self.document: httpx.Response = httpx.Response(
            200,
            content=b"%PDF-1.7",
            headers={
                "content-type": "application/pdf",
                "content-disposition": NAMED,
            },
        )
        self.saved: Any = None
        self.sorts = True
        self.changes: list[Json] = []

    def settings(self) -> Json:
        auth = {"type": "header", "header": "IcmAuthToken", "token": SECRET}
        tasks = {
            "reference": "ExternalReference",
            "text": "Description",
            "due_on": "DueDate",
            "priority": "Priority",
            "state": "ObligationStatus",
            "states": {"done": "Fulfilled"},
        }
        audit = {"entity": "ICMAudit", "reference": "OurKey", "fields": {"what": "Name", "seen": "SeenOn"}}
        return {
            "base_url": f"{HOST}/api/v1",
            "auth": auth,
            "http": HTTP,
            "subject": "1",
            "contract_types": ["ICMMSA"],
            "page_size": self.page_size,
            "fields": {"number": ["ICMAgreementCode"], "counterparty": ["ICMSupplier"]},
            "tasks": tasks,
            "entities": {"audit": audit},
            "agreement_fields": {"performance": "PerformanceStatus", "credit": "Credit", "seen": "SeenOn"},
        }

    def record(self, number: int) -> Json:
        supplier = {"Id": f"v-{number}", "DisplayValue": f"Party {number} Ltd"}
        return {
            "SysId": f"00000000-0000-4000-8000-{number:012d}",
            "Name": f"Agreement {number}",
            "ICMAgreementCode": f"C-{number}",
            "Status": "Executed",
            "ICMSupplier": json.dumps(supplier),
            "ICMEffectiveDate": "2026-01-01 00:00:00",
            "ICMExpiryDate": None,
            "ICMIsAmendment": False,
            "ParentEntityInstanceID": f"00000000-0000-4000-8000-{2:012d}" if number == 3 else "",
            "ModifiedOn": f"{self.changed_at(number):%Y-%m-%d %H:%M:%S}",
        }

    def broken(self) -> Json:
        return {**self.record(900), "Name": "", "ModifiedOn": self.record(3)["ModifiedOn"]}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if request.headers.get("icmauthtoken") != SECRET or request.headers.get("subjectidentifier") != "1":
            return failed("not signed in", 401)
        if request.url.host == "acme-api.icertis.com":
            return self.classic(request)
        assert request.url.host == "acme-business-api.icertis.com"
        if path.endswith("/download"):
            return self.document
        entity, _, record = path.removeprefix(AGREEMENTS).partition("/")
        if record:
            held = [row for row in self._rows(entity) if row["SysId"] == record]
            return answer(envelope({**held[0], "Whole": True})) if held else failed("unknown", 404)
        return self.listed(entity, request)

    def _rows(self, entity: str) -> list[Json]:
        return self.rows() if entity == "ICMMSA" else self.records.get(entity, [])

    def listed(self, entity: str, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        rows = [row for row in self._rows(entity) if _meets(row, params.get("Filter", ""))]
        if self.sorts and params["Sort"].startswith("ModifiedOn "):
            down = params["Sort"].endswith(" desc")
            rows.sort(key=lambda row: str(row.get("ModifiedOn", "")), reverse=down)
        size = int(params["PageSize"])
        page, more = self.window(rows, (int(params["Page"]) - 1) * size, size)
        return answer(envelope(page, more))

    def classic(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/Instance/GetInstance":
            params = request.url.params
            held = [r for r in self._rows(params["entityName"]) if r["SysId"] == params["entityInstanceId"]]
            return answer(json.dumps(held[0])) if held else failed("no such instance", 404)
        assert (request.method, request.url.path) == ("PUT", "/api/Instance/SaveInstance")
        instance = json.loads(json.loads(request.content))
        if "SysId" in instance:
            self.changes.append(instance)
            rows = self._rows(instance.get("EntityName", "ICMMSA"))
            for row in rows:
                row.update(instance if row["SysId"] == instance["SysId"] else {})
            return answer(self.saved)
        made = {"SysId": f"11111111-0000-4000-8000-{len(self.written):012d}", **instance}
        self.records.setdefault(instance["EntityName"], []).append(made)
        self.written.append(made)
        return answer(made["SysId"] if self.saved is None else self.saved)


def _meets(row: Json, query: str) -> bool:
    for attribute, operator, value in _TERM.findall(query):
        held = str(row.get(attribute) or "")
        if operator == "$eq" and held != value:
            return False
        if operator == "$gt" and not held > value.replace("T", " ").rstrip("Z"):
            return False
    return True
