"""An instance of Oracle Transportation Management over a mock transport: shipments with children, remarks."""

import json
import re
from typing import Any
from urllib.parse import unquote

import httpx

from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer

ROOT = "/logisticsRestApi/resources-int/v2"
MEDIA = "application/vnd.oracle.resource+json;type="


def at(text: str) -> Json:
    return {"value": text}


def collection(items: list[Json], more: bool = False, **told: Any) -> httpx.Response:
    body = {
        "items": items,
        "count": len(items),
        "hasMore": more,
        "limit": 500,
        "offset": 0,
        "links": [],
        **told,
    }
    return httpx.Response(200, json=body, headers={"content-type": MEDIA + "collection"})


def failed(title: str, status: int = 400) -> httpx.Response:
    return answer({"title": title, "status": str(status), "o:errorDetails": [{"title": title}]}, status)


class OtmVendor(Vendor):
    name, kind, list_path = "otm", "shipment", "/shipments"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.remarks: dict[str, list[Json]] = {}
        self.kids: dict[str, list[Json]] = {}
        self.patches: list[Json] = []

    def settings(self) -> Json:
        auth = {"type": "basic", "user": "DEMO.PACTA", "password": SECRET}
        return {
            "base_url": f"https://otm.example{ROOT}",
            "auth": auth,
            "http": HTTP,
            "domain": "DEMO",
            "page_size": self.page_size,
            "zone": "Europe/Berlin",
            "remark_qualifier": "DEMO.PACTA",
            "shipment_fields": {
                "performance": "attribute1",
                "credit": "attributeNumber1",
                "seen": "attributeDate1",
            },
            "causes": {"CARRIER": "carrier", "SHIPPER": "supplier"},
        }

    def record(self, number: int) -> Json:
        changed = f"{self.changed_at(number):%Y-%m-%dT%H:%M:%SZ}"
        stops = [
            {
                "stopNum": 1,
                "stopType": "P",
                "locationGid": "DEMO.ULM",
                "plannedDeparture": at("2026-08-20T06:00:00Z"),
                "actualDeparture": at("2026-08-20T07:30:00Z"),
            },
            {
                "stopNum": 2,
                "stopType": "D",
                "locationGid": "DEMO.LYON",
                "plannedArrival": at("2026-08-21T22:30:00Z"),
                "actualArrival": at("2026-08-22T23:00:00Z"),
                "appointmentDelivery": at("2026-08-22T08:00:00Z"),
            },
        ]
        return {
            "shipmentGid": f"DEMO.S{number}",
            "shipmentXid": f"S{number}",
            "servprovGid": "DEMO.HAULIER",
            "totalShipUnitCount": 12,
            "totalWeight": {"value": 800.5, "unit": "KG"},
            "insertDate": at("2026-08-19T08:00:00Z"),
            "updateDate": at(changed),
            "stops": {"items": stops, "hasMore": False},
            "refnums": {
                "items": [
                    {"shipmentRefnumQualGid": "DEMO.PO", "shipmentRefnumValue": "4500000101"},
                    {"shipmentRefnumQualGid": "CONTRACT", "shipmentRefnumValue": "IC-120"},
                ]
            },
            "trackingEvents": {"items": []},
            "statuses": {"items": []},
        }

    def broken(self) -> Json:
        stop = {"stopNum": 1, "stopType": "D", "actualArrival": at("soon")}
        return {**self.record(3), "shipmentGid": "DEMO.BAD", "stops": {"items": [stop]}}

    def rows(self) -> list[Json]:
        return [
            {**self.record(n), "stops": {"items": self.record(n)["stops"]["items"][:1]}}
            for n in range(self.count)
        ]

    def is_list(self, request: httpx.Request) -> bool:
        return request.method == "GET" and request.url.path.endswith(self.list_path)

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = unquote(request.url.raw_path.decode().partition("?")[0]).removeprefix(ROOT)
        if request.method in ("POST", "PATCH"):
            assert request.headers["content-type"] == MEDIA + "singular"
            return self.write(path, json.loads(request.content))
        assert request.headers["accept"] == MEDIA + "collection"
        assert request.url.params["expandRefs"] == "false"
        start, size = int(request.url.params["offset"]), int(request.url.params["limit"])
        found = re.fullmatch(r"/shipments/([^/]+)/(\w+)", path)
        if found and found[2] == "remarks":
            return collection(self.remarks.get(found[1], [])[start : start + size])
        if found:
            held = self.kids.get(found[2], [])
            return collection(held[start : start + size], start + size < len(held))
        rows = [row for row in self.rows() if _meets(row, request.url.params.get("q", ""))]
        if request.url.params.get("orderBy") == "updateDate asc":
            rows.sort(key=lambda row: str((row.get("updateDate") or {}).get("value")))
        page, more = self.window(rows, start, size)
        return collection(page, more)

    def write(self, path: str, body: Json) -> httpx.Response:
        found = re.fullmatch(r"/shipments/(DEMO\.S\d+)(/remarks)?", path)
        if not found:
            return failed("no such shipment", 404)
        if found[2]:
            self.remarks.setdefault(found[1], []).append(body)
            self.written.append(body)
            return httpx.Response(201, json=body, headers={"content-type": MEDIA + "singular"})
        self.patches.append(body)
        return httpx.Response(204)


def _meets(row: Json, query: str) -> bool:
    found = re.search(r'updateDate ge "([^"]+)"', query)
    held = row.get("updateDate")
    return not found or not isinstance(held, dict) or str(held.get("value")) >= found[1]
