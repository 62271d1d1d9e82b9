"""A hostile Coupa instance, and documents as it writes them."""

import json
import re
from datetime import datetime
from typing import Any

import httpx

from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer

SUPPLIER = {"id": 1, "number": "17300005", "name": "Pellworm Chemie AG"}


class CoupaVendor(Vendor):
    """An instance with lists of fifty, or fewer where asked."""

    name, kind, list_path = "coupa", "invoice", "/invoices"
    base = "https://tessaly.coupa.example/api"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.held: dict[str, list[Json]] = {}

    def settings(self) -> Json:
        auth = {
            "type": "oauth2",
            "token_url": "https://tessaly.coupa.example/oauth2/token",
            "client_id": "pacta",
            "client_secret": SECRET,
            "client_auth": "form",
            "scopes": ["core.invoice.read", "core.purchase_order.read"],
        }
        return {
            "base_url": self.base,
            "auth": auth,
            "http": HTTP,
            "zone": "Europe/Berlin",
            "page_size": self.page_size,
            "account_type": "Tessaly",
        }

    def record(self, number: int) -> Json:
        return invoice(
            id=number,
            **{
                "invoice-number": f"PW-{number}",
                "created-at": self.changed_at(number).isoformat(),
                "updated-at": self.changed_at(number).isoformat(),
            },
        )

    def broken(self) -> Json:
        return {**self.record(3), "id": 900, "total-with-taxes": "many"}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/")
        if request.method != "GET":
            return self._write(request.method, path, json.loads(request.content))
        rows = [*(self.rows() if path == "invoices" else []), *self.held.get(path, [])]
        if re.search(r"/\d+$", path):
            collection, _, number = path.rpartition("/")
            rows = [*(self.rows() if collection == "invoices" else []), *self.held.get(collection, [])]
            found = [row for row in rows if str(row["id"]) == number]
            return answer(found[0]) if found else answer({"errors": {"id": ["not found"]}}, 404)
        return self._page(path, rows, dict(request.url.params))

    def _page(self, path: str, rows: list[Json], asked: Json) -> httpx.Response:
        since = asked.pop("updated-at[gt_or_eq]", "")
        start, size = int(asked.pop("offset", 0)), int(asked.pop("limit", 50))
        order = asked.pop("order_by", ""), asked.pop("dir", "")
        assert order in (("", ""), ("updated_at", "asc"))
        if since and not self.loop:
            wanted = datetime.fromisoformat(since)
            rows = [row for row in rows if datetime.fromisoformat(row["updated-at"]) >= wanted]
        for key, held in asked.items():
            field, _, operator = key.partition("[")
            if operator == "contains]":
                rows = [row for row in rows if held in str(row.get(field, ""))]
            elif operator:
                rows = [row for row in rows if str((row.get(field) or {}).get(operator[:-1])) == held]
            else:
                rows = [row for row in rows if str(row.get(field)) == held]
        if order[0]:
            rows = sorted(rows, key=lambda row: row.get("updated-at", ""))
        page, _ = (
            self.window(rows, start, size) if path == "invoices" else (rows[start : start + size], False)
        )
        return answer(page)

    def _write(self, method: str, path: str, body: Json) -> httpx.Response:
        self.written.append({"method": method, "path": path, "body": body})
        if method == "POST":
            made = {"id": 5000 + len(self.written), "updated-at": "2026-11-01T00:00:00Z", **body}
            self.held.setdefault(path, []).append(made)
            return answer(made, 201)
        number = re.search(r"/(\d+)", path)
        assert number
        return answer({"id": int(number[1]), **body})


class ContractVendor(CoupaVendor):
    """The same instance, asked for its contracts."""

    kind, list_path = "contract", "/contracts"

    def record(self, number: int) -> Json:
        moment = self.changed_at(number).isoformat()
        return contract(id=number, number=f"C-{number}", **{"external-contract-id": "", "updated-at": moment})

    def broken(self) -> Json:
        return {**self.record(3), "id": 900, "name": None}

    def respond(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("retrieve_legal_agreement"):
            named = {"content-disposition": 'attachment; filename="../signed.pdf"'}
            return httpx.Response(200, content=b"%PDF", headers=named)
        if request.url.path.endswith("/contracts"):
            return self._page("contracts", self.rows(), dict(request.url.params))
        return super().respond(request)


def line(**changes: Any) -> Json:
    row = {
        "id": 11,
        "line-num": 1,
        "description": "Solvents September 2026",
        "quantity": "4.0",
        "price": "250.00",
        "total": "1000.00",
        "uom": {"code": "DRM"},
        "po-number": "4500000108",
        "order-line-num": "1",
        "contract": {"id": 9, "number": "C-9", "external-contract-id": "IC-108"},
    }
    return {**row, **changes}


def invoice(**changes: Any) -> Json:
    row: Json = {
        "id": 4835,
        "invoice-number": "PW-1142",
        "invoice-date": "2026-09-01T00:00:00+02:00",
        "date-received": "2026-09-03T00:00:00+02:00",
        "status": "approved",
        "document-type": "Invoice",
        "currency": {"code": "EUR"},
        "total-with-taxes": "1190.0000",
        "gross-total": "1190.0000",
        "tax-amount": "190.00",
        "created-at": "2026-09-03T09:00:00+02:00",
        "updated-at": "2026-09-05T10:00:00+02:00",
        "supplier": SUPPLIER,
        "invoice-lines": [line()],
        "payments": [],
    }
    return {**row, **changes}


def order(**changes: Any) -> Json:
    row: Json = {
        "id": 25,
        "po-number": "4500000108",
        "status": "issued",
        "created-at": "2026-01-05T09:00:00+01:00",
        "updated-at": "2026-01-06T09:00:00+01:00",
        "currency": {"code": "EUR"},
        "supplier": SUPPLIER,
        "order-lines": [
            {
                "id": 1,
                "line-num": "1",
                "description": "Acetone",
                "quantity": "10.0",
                "price": "100.0",
                "total": "1000.00",
                "uom": {"code": "DRM"},
                "need-by-date": "2026-02-01T00:00:00+01:00",
                "commodity": {"name": "Chemicals"},
                "contract": {"external-contract-id": "IC-108"},
                "supplier-schedule-lines": [{"delivery-date": "2026-02-03T00:00:00+01:00"}],
            },
            {"id": 2, "line-num": "2", "description": "Services", "quantity": None, "price": "500.00"},
        ],
    }
    return {**row, **changes}


def receipt(**changes: Any) -> Json:
    row: Json = {
        "id": 296,
        "type": "InventoryReceipt",
        "status": "created",
        "quantity": "6.0",
        "uom": {"code": "DRM"},
        "transaction-date": "2026-02-05T14:30:00+01:00",
        "created-at": "2026-02-05T15:00:00+01:00",
        "updated-at": "2026-02-05T15:00:00+01:00",
        "asn-header": {"ship-date": "2026-02-04T00:00:00+01:00"},
        "order-line": {
            "id": 1,
            "line-num": "1",
            "order-header-number": "4500000108",
            "description": "Acetone",
            "supplier": SUPPLIER,
        },
    }
    return {**row, **changes}


def contract(**changes: Any) -> Json:
    row: Json = {
        "id": 9,
        "number": "C-9",
        "external-contract-id": "IC-108",
        "name": "Supply agreement",
        "status": "published",
        "start-date": "2025-01-01T00:00:00+01:00",
        "end-date": "2027-12-31T00:00:00+01:00",
        "updated-at": "2026-01-06T09:00:00+01:00",
        "supplier": SUPPLIER,
        "contract-type": {"name": "Frame"},
    }
    return {**row, **changes}
