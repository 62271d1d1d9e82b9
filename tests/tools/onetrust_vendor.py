"""A OneTrust tenant over a mock transport: objects by type with filters and pages, vendors, token."""

import json
from typing import Any

import httpx

from tests.tools.vendors import HTTP, SECRET, TOKEN, Json, Vendor, answer

HOST = "https://trust.example"
PATH = "/api/custom-entity/v1/entities"


def key(number: int) -> str:
    return f"1a4e74d8-4ba9-4b05-8dc5-{number:012d}"


def several(*values: Any) -> list[Json]:
    return [{"id": None, "value": value, "disabled": False} for value in values]


class OneTrustVendor(Vendor):
    name, kind, list_path = "onetrust", "certificate", f"{PATH}/search"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.objects: dict[str, list[Json]] = {}
        self.vendors = [{"id": key(800 + n), "name": f"Vendor {n}"} for n in range(3)]
        self.filters = True
        self.changes: list[Json] = []

    def settings(self) -> Json:
        auth = {
            "type": "oauth2",
            "token_url": f"{HOST}/api/access/v1/oauth/token",
            "client_id": "pacta",
            "client_secret": SECRET,
            "client_auth": "form",
        }
        certificates = {
            "entity": "certificates",
            "type": ["certificateType"],
            "effective_on": ["validFrom"],
            "expires_on": ["validUntil"],
            "party": ["vendor"],
            "contract": ["contractNumber"],
            "insured": ["insured"],
            "policy": ["policyNumber"],
            "cancelled_on": ["cancelledOn"],
            "each_occurrence": ["eachOccurrence"],
            "currency": ["limitCurrency"],
            "basis": ["basis"],
            "additional_insured": ["additionalInsured"],
            "endorsements": ["endorsements"],
        }
        fields = {"text": "description", "found": "foundOn", "done": "done"}
        finding = {"entity": "findings", "reference": "ourKey", "name": "title", "fields": fields}
        return {
            "base_url": HOST,
            "auth": auth,
            "http": HTTP,
            "page_size": self.page_size,
            "certificates": certificates,
            "types": {"General liability": "general_liability"},
            "words": {"Claims made": "claims_made"},
            "entities": {"finding": finding},
            "certificate_fields": {"verdict": "pactaVerdict", "credit": "pactaCredit"},
        }

    def record(self, number: int) -> Json:
        changed = f"{self.changed_at(number):%Y-%m-%dT%H:%M:%S}.000Z"
        return {
            "id": key(number),
            "number": number + 1,
            "name": f"Certificate {number:03d}",
            "schemaId": key(999),
            "entityType": {"id": key(998), "name": "certificates"},
            "createdDate": changed,
            "lastModifiedDate": changed,
            "certificateType": [{"id": key(700), "value": "General liability", "disabled": False}],
            "validFrom": several("2026-01-01"),
            "validUntil": several("2026-12-31"),
            "vendor": several("Halden Facility AG"),
            "contractNumber": several("IC-101"),
            "eachOccurrence": several("5000000"),
            "limitCurrency": several("EUR"),
            "additionalInsured": several("Yes"),
            "endorsements": several("CG 20 10", "CG 20 37"),
        }

    def broken(self) -> Json:
        return {**self.record(900), "validUntil": [], "lastModifiedDate": self.record(3)["lastModifiedDate"]}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def is_list(self, request: httpx.Request) -> bool:
        return request.url.path.endswith(self.list_path)

    def respond(self, request: httpx.Request) -> httpx.Response:
        if not request.headers.get("authorization", "").startswith(f"Bearer {TOKEN}"):
            return answer({"status": 401, "error": "Unauthorized"}, 401)
        params = request.url.params
        if request.url.path == "/api/inventory/v2/inventories/vendors":
            return self._vendors(int(params["page"]), int(params["size"]))
        body = json.loads(request.content)
        entity = params["entityTypeName"]
        if request.url.path == f"{PATH}/search":
            return self._search(entity, body, int(params["page"]), int(params["size"]))
        if request.method == "POST":
            made = {
                "id": key(500 + len(self.written)),
                "number": 1,
                "name": body["name"],
                **body["attributes"],
            }
            self.objects.setdefault(entity, []).append(made)
            self.written.append(made)
            return answer(made, 201)
        record = request.url.path.removeprefix(f"{PATH}/")
        held = [row for row in self.rows() if row["id"] == record]
        if not held or request.method != "PATCH":
            return answer({"status": 404, "message": "no such object"}, 404)
        self.changes.append({"id": record, **body["attributes"]})
        return answer(held[0])

    def _search(self, entity: str, body: Json, number: int, size: int) -> httpx.Response:
        rows = self.rows() if entity == "certificates" else self.objects.get(entity, [])
        for each in body["queryRequest"]["criteria"]["filters"] if self.filters else ():
            rows = [row for row in rows if self._fits(row, each)]
        page, more = self.window(rows, number * size, size)
        total = len(rows)
        return answer(
            {
                "content": page,
                "totalElements": total,
                "totalPages": -(-total // size),
                "number": number,
                "size": size,
                "first": number == 0,
                "last": not more,
                "hasNext": more,
                "hasPrevious": number > 0,
                "empty": not page,
                "numberOfElements": len(page),
            }
        )

    def _fits(self, row: Json, wanted: Json) -> bool:
        held = row.get(wanted["field"], "")
        if isinstance(held, list):
            held = held[0]["value"] if held else ""
        greater = wanted["operator"] == "GREATER_THAN_EQUAL_TO"
        return bool(held >= wanted["value"] if greater else held == wanted["value"])

    def _vendors(self, number: int, size: int) -> httpx.Response:
        page = self.vendors[number * size : (number + 1) * size]
        last = (number + 1) * size >= len(self.vendors)
        meta = {"first": number == 0, "last": last, "number": number, "totalElements": len(self.vendors)}
        return answer({"data": page, "meta": {"page": meta}})
