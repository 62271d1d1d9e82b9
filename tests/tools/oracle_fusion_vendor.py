"""A hostile Oracle Fusion environment, and records as its resources write them."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import httpx

from tests.tools.vendors import HTTP, SECRET, Json, Vendor, answer

HOST = "https://tessaly.fa.oracle.example"
ROOT = "/fscmRestApi/resources/11.13.18.05"
UNIT, SUPPLIER = "Tessaly Germany", "Pellworm Chemie AG"
IDS = {"invoices": "InvoiceId", "invoiceHolds": "HoldId", "payablesPayments": "CheckId"}
_TERM = re.compile(
    r"\(?(?P<field>\w+) (?P<op>>=|=|in|like) (?P<value>'(?:[^']|'')*'|\([^)]*\)|\d+)\)?(?: and |$)", re.DOTALL
)


class OracleFusionVendor(Vendor):
    """An environment that answers as much of `q` as the connector asks."""

    name, kind, list_path = "oracle_fusion", "invoice", "/invoices"
    base = HOST + ROOT

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.held: dict[str, list[Json]] = {}

    def settings(self) -> Json:
        return {
            "base_url": self.base,
            "auth": {"type": "basic", "user": "PACTA", "password": SECRET},
            "http": HTTP,
            "zone": "Europe/Berlin",
            "page_size": self.page_size,
            "business_unit": UNIT,
            "supplier_sites": {"*": "MAIN"},
            "hold_name": "Contract",
            "release_name": "Contract cleared",
        }

    def record(self, number: int) -> Json:
        at = stamp(self.changed_at(number))
        return invoice(
            InvoiceId=number,
            InvoiceNumber=f"PW-{number}",
            CreationDate=at,
            LastUpdateDate=at,
            links=own(number),
        )

    def broken(self) -> Json:
        return {**self.record(3), "InvoiceId": 900, "InvoiceAmount": "many"}

    def rows(self) -> list[Json]:
        return [self.record(n) for n in range(self.count)]

    def respond(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["rest-framework-version"] == "4"
        path = request.url.path.removeprefix(f"{ROOT}/")
        if request.method != "GET":
            return self._write(request, path)
        rows = [*(self.rows() if path == "invoices" else []), *self.held.get(path, [])]
        return self._page(path, rows, dict(request.url.params))

    def _page(self, path: str, rows: list[Json], asked: Json) -> httpx.Response:
        q = asked.get("q", "")
        if q and not (self.loop and path == "invoices"):
            rows = [row for row in rows if meets(row, q)]
        field, _, way = asked.get("orderBy", "").partition(":")
        if field:
            rows = sorted(rows, key=lambda row: str(row.get(field)), reverse=way == "desc")
        start, size = int(asked.get("offset", 0)), int(asked.get("limit", 25))
        page, more = rows[start : start + size], start + size < len(rows)
        if path == "invoices":
            page, more = self.window(rows, start, size)
        if asked.get("onlyData") == "true":
            page = [{key: held for key, held in row.items() if key != "links"} for row in page]
        return answer({"items": page, "count": len(page), "hasMore": more, "limit": size, "offset": start})

    def _write(self, request: httpx.Request, path: str) -> httpx.Response:
        body = json.loads(request.content) if request.content else None
        self.written.append({"method": request.method, "path": path, "body": body})
        if request.method == "DELETE":
            return httpx.Response(204)
        if request.method == "PATCH":
            return answer({"InvoiceId": 3, **body})
        number = 5000 + len(self.written)
        at = "2026-11-01T00:00:00.000+00:00"
        made = {
            IDS.get(path, "Id"): number,
            "LastUpdateDate": at,
            "HoldDate": at,
            **body,
            "links": own(number),
        }
        if path == "invoices":
            made.setdefault("Supplier", SUPPLIER)
        self.held.setdefault(path, []).append(made)
        return answer(made, 201)


def meets(row: Json, q: str) -> bool:
    """Does a row meet a condition: terms joined by `and`?"""
    at = 0
    while at < len(q):
        found = _TERM.match(q, at)
        assert found, f"unknown condition {q[at:]!r}"
        held, value = row.get(found["field"]), found["value"]
        given = [each.strip(" '").replace("''", "'") for each in value.strip("()").split(",")]
        match found["op"]:
            case ">=":
                hit = datetime.fromisoformat(str(held)) >= datetime.fromisoformat(given[0])
            case "like":
                hit = given[0].strip("%") in str(held)
            case _:
                hit = str(held) in given
        if not hit:
            return False
        at = found.end()
    return True


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def own(number: Any, path: str = "invoices") -> list[Json]:
    """The links of a row: its key is no number."""
    href = f"https://internal.example:7002{ROOT}/{path}/00020000000EACED{number}"
    return [{"rel": "self", "href": href, "name": path.rpartition("/")[2], "kind": "item"}]


def line(**changes: Any) -> Json:
    row: Json = {
        "LineNumber": 1,
        "LineType": "Item",
        "LineAmount": 1000,
        "Description": "Solvents September 2026",
        "Quantity": 4,
        "UOM": "Drum",
        "UnitPrice": 250,
        "PurchaseOrderNumber": "4500000108",
        "PurchaseOrderLineNumber": 1,
        "PurchaseOrderScheduleLineNumber": 1,
        "CanceledFlag": False,
        "DiscardedFlag": False,
    }
    return {**row, **changes}


def installment(**changes: Any) -> Json:
    row: Json = {"InstallmentNumber": 1, "DueDate": "2026-10-01", "GrossAmount": 1190, "UnpaidAmount": 1190}
    return {**row, "HoldFlag": None, "links": own("I1", "invoices/x/child/invoiceInstallments"), **changes}


def invoice(**changes: Any) -> Json:
    row: Json = {
        "InvoiceId": 4835,
        "InvoiceNumber": "PW-1142",
        "InvoiceType": "Standard",
        "InvoiceAmount": 1190,
        "InvoiceCurrency": "EUR",
        "InvoiceDate": "2026-09-01",
        "InvoiceReceivedDate": "2026-09-03",
        "BusinessUnit": UNIT,
        "Supplier": SUPPLIER,
        "SupplierNumber": "17300005",
        "SupplierSite": "MAIN",
        "Description": None,
        "ValidationStatus": "Validated",
        "ApprovalStatus": "Not required",
        "CanceledFlag": False,
        "CanceledDate": None,
        "CreationDate": "2026-09-03T07:00:00.000+00:00",
        "LastUpdateDate": "2026-09-05T08:00:00.000+00:00",
        "invoiceLines": [line(), line(LineNumber=2, LineType="Tax", LineAmount=190, Quantity=None)],
        "invoiceInstallments": [installment()],
        "links": own(4835),
    }
    return {**row, **changes}


def hold(**changes: Any) -> Json:
    row: Json = {
        "HoldId": 77,
        "InvoiceNumber": "PW-1142",
        "BusinessUnit": UNIT,
        "Supplier": SUPPLIER,
        "HoldName": "Amount",
        "HoldReason": "Above the order.",
        "HoldDate": "2026-09-04T06:00:00.000+00:00",
        "ReleaseName": None,
        "ReleaseDate": None,
        "LastUpdateDate": "2026-09-04T06:00:00.000+00:00",
    }
    return {**row, **changes}


def schedule(**changes: Any) -> Json:
    row: Json = {
        "ScheduleNumber": 1,
        "Quantity": 6,
        "Ordered": 600,
        "StatusCode": "OPEN",
        "RequestedDeliveryDate": "2026-02-01",
        "PromisedDeliveryDate": "2026-02-03",
    }
    return {**row, **changes}


def order(**changes: Any) -> Json:
    row: Json = {
        "POHeaderId": 25,
        "OrderNumber": "4500000108",
        "StatusCode": "OPEN",
        "CurrencyCode": "EUR",
        "Supplier": SUPPLIER,
        "CreationDate": "2026-01-05T23:30:00.000+00:00",
        "LastUpdateDate": "2026-01-07T08:00:00.000+00:00",
        "lines": [
            {
                "POLineId": 1,
                "LineNumber": 1,
                "Description": "Acetone",
                "Category": "Chemicals",
                "Quantity": 10,
                "UOM": "Drum",
                "Price": 100,
                "SourceAgreementNumber": "IC-108",
                "schedules": [
                    schedule(),
                    schedule(ScheduleNumber=2, Quantity=4, Ordered=400, PromisedDeliveryDate="2026-03-03"),
                ],
                "links": own("L1", "purchaseOrders/x/child/lines"),
            }
        ],
        "links": own(25, "purchaseOrders"),
    }
    return {**row, **changes}


def payment(**changes: Any) -> Json:
    row: Json = {
        "CheckId": 68536,
        "PaymentNumber": 1005,
        "PaymentAmount": 1178.1,
        "PaymentCurrency": "EUR",
        "PaymentDate": "2026-09-20",
        "Payee": SUPPLIER,
        "SupplierNumber": "17300005",
        "PaymentStatus": "Negotiable",
        "ClearingDate": None,
        "VoidDate": None,
        "CreationDate": "2026-09-20T10:00:00.000+00:00",
        "LastUpdateDate": "2026-09-24T10:00:00.000+00:00",
        "relatedInvoices": [
            {
                "InvoicePaymentId": 501,
                "InvoiceNumber": "PW-1142",
                "AmountPaidInvoiceCurrency": 1178.1,
                "AmountPaidPaymentCurrency": 1178.1,
                "InvoiceCurrency": "EUR",
                "DiscountTaken": 11.9,
                "CreationDate": "2026-09-20T10:00:00.000+00:00",
            }
        ],
        "links": own(68536, "payablesPayments"),
    }
    return {**row, **changes}


def receipt(**changes: Any) -> Json:
    row: Json = {
        "TransactionId": 300,
        "TransactionTypeCode": "RECEIVE",
        "TransactionDate": "2026-02-05T13:30:00.000+00:00",
        "ReceiptNumber": "9001",
        "ParentTransactionId": None,
        "PONumber": "4500000108",
        "POLineNumber": 1,
        "POShipmentNumber": 2,
        "ItemDescription": "Acetone",
        "Quantity": 6,
        "UnitOfMeasure": "Drum",
        "VendorName": SUPPLIER,
        "CreationDate": "2026-02-05T14:00:00.000+00:00",
        "LastUpdateDate": "2026-02-05T14:00:00.000+00:00",
    }
    return {**row, **changes}
