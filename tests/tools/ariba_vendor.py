"""A realm of Ariba over a mock transport: reports by windows and page tokens, and contract workspaces."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.tools.vendors import HTTP, SECRET, TOKEN, Json, Vendor, answer

REPORTS = "/api/procurement-reporting-details/v2/prod/views/"
ANALYTICS = "/api/analytics-reporting-details/v1/prod/views/"
CONTRACTS = "/api/retrieve-contract-workspaces/v1/prod/contractWorkspaces"
CHANGES = "/api/contract-workspace-modification/v1/prod/contractWorkspaces"


def euros(amount: float | str) -> Json:
    return {"Amount": float(amount), "Currency": {"UniqueName": "EUR"}}


def failed(message: str, status: int = 400) -> httpx.Response:
    return answer({"error": {"code": status, "message": message}}, status)


class AribaVendor(Vendor):
    name, kind, list_path = "ariba", "invoice", "/views/InvoiceSystemView"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.views: dict[str, list[Json]] = {}
        self.workspaces: list[Json] = [self.workspace(number) for number in range(3)]

    def settings(self) -> Json:
        auth = {
            "type": "oauth2",
            "token_url": "https://api.ariba.example/v2/oauth/token",
            "client_id": "pacta",
            "client_secret": SECRET,
            "also": {"apiKey": "key-1"},
        }
        return {
            "base_url": "https://openapi.ariba.example/api",
            "auth": auth,
            "http": {**HTTP, "rate_headers": []},
            "realm": "tessaly",
            "user": "pacta",
            "begin_on": "2026-08-30",
            "zone": "Europe/Berlin",
            "contract_fields": {"performance": "cus_Performance", "credit": "cus_Credit", "seen": "cus_Seen"},
            "reference_field": "cus_Reference",
        }

    def record(self, number: int) -> Json:
        at = f"{self.changed_at(number):%Y-%m-%dT%H:%M:%SZ}"
        return {
            "UniqueName": f"INV{number}",
            "InvoiceNumber": f"ACM-{number}",
            "InvoicePurpose": "standard",
            "InvoiceDate": "2026-08-31T00:00:00Z",
            "TotalInvoiced": euros(1190),
            "TotalTax": euros(190),
            "StatusString": "Approved",
            "Supplier": {"UniqueName": "17300001", "Name": "Acme"},
            "TimeCreated": at,
            "TimeUpdated": at,
            "LineItems": [
                {
                    "InvoiceLineNumber": 1,
                    "Quantity": 2.0,
                    "Amount": euros(1000),
                    "Order": {"UniqueName": "EP7"},
                    "OrderLineItem": {"NumberInCollection": 3},
                    "MasterAgreement": {"UniqueName": "CW1"},
                    "Description": {
                        "Description": "Hosting",
                        "UnitOfMeasure": {"UniqueName": "MON"},
                        "Price": euros(500),
                    },
                }
            ],
        }

    def broken(self) -> Json:
        return {**self.record(3), "UniqueName": "INV900", "TotalInvoiced": {"Amount": "many"}}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def workspace(self, number: int) -> Json:
        return {
            "contractId": f"CW{number}",
            "title": f"Agreement {number}",
            "contractStatus": "Draft",
            "hierarchicalType": "StandAlone",
            "supplier": {"name": "Acme", "systemID": "17300001"},
            "effectiveDate": "2026-01-01T00:00:00.000Z",
            "expirationDate": None,
            "lastModifiedDate": f"{self.changed_at(number):%Y-%m-%dT%H:%M:%S.000+0000}",
            "customFields": [],
        }

    def respond(self, request: httpx.Request) -> httpx.Response:
        path, params = request.url.path, request.url.params
        if request.headers.get("apikey") != "key-1" or params.get("realm") != "tessaly":
            return failed("no key or realm", 401)
        if not request.headers.get("authorization", "").startswith(f"Bearer {TOKEN}"):
            return failed("no token", 401)
        if path.startswith((REPORTS, ANALYTICS)):
            view = path.rpartition("/")[2]
            rows = self.rows() if view == "InvoiceSystemView" else self.views.get(view, [])
            return self.report(rows, request)
        if request.method == "PATCH":
            body = json.loads(request.content)
            return self.change(path.removeprefix(CHANGES).strip("/") or body["contractId"], body)
        if path.startswith(CONTRACTS + "/"):
            wanted = path.removeprefix(CONTRACTS + "/")
            held = [each for each in self.workspaces if each["contractId"] == wanted]
            return answer(held[0]) if held else failed("no such workspace", 404)
        start, size = int(params["$skip"]), int(params["$top"])
        return answer({"count": len(self.workspaces), "value": self.workspaces[start : start + size]})

    def report(self, rows: list[Json], request: httpx.Request) -> httpx.Response:
        params = request.url.params
        filters = json.loads(params["filters"])
        first, last = filters["updatedDateFrom"], filters["updatedDateTo"]
        span = datetime.fromisoformat(last) - datetime.fromisoformat(first)
        if span.days > (366 if request.url.path.startswith(ANALYTICS) else 31):
            return failed("the window is too long")
        chosen = [row for row in rows if first <= _changed(row) < last]
        start = int(params.get("pageToken", "0").removeprefix("t"))
        page, more = self.window(chosen, start, self.page_size)
        body: Json = {"Records": page}
        if more and chosen:
            body["PageToken"] = "t0" if self.loop else f"t{start + self.page_size}"
        return answer(body)

    def change(self, contract: str, body: Json) -> httpx.Response:
        for each in self.workspaces:
            if each["contractId"] == contract:
                self.written.append(body)
                kept = {f["fieldId"]: f for f in [*each["customFields"], *body.get("customFields", [])]}
                each["customFields"] = list(kept.values())
                return answer(each)
        return failed("no such workspace", 404)


def _changed(row: Json) -> str:
    held = next((row[key] for key in ("TimeUpdated", "LastModified", "LoadUpdateTime") if row.get(key)), "")
    try:
        return f"{datetime.fromisoformat(str(held)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    except ValueError:
        return "2026-09-02T00:00:00Z"
