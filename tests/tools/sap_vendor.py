"""SAP over a mock transport with what can be written: notes, invoices, their release, invoicing plans."""

import json
import re
from typing import Any

import httpx

from tests.tools.vendors import Json, SapVendor, answer

_ASKED = re.compile(r"substringof|SupplierInvoice|InvoicingParty")


class SapBooks(SapVendor):
    """Keeps what is entered; `plan` holds the rows of every item's plan, None where there is none."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.entered: list[Json] = []
        self.calls: list[httpx.Request] = []
        self.plan: list[Json] | None = None
        self.success: Any = True

    def settings(self) -> Json:
        return {**super().settings(), "company_code": "1010", "tax_code": "V0", "plan_type": "01"}

    def rows(self) -> list[Json]:
        return [*super().rows(), *self.entered]

    def respond(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        condition = request.url.params.get("$filter", "")
        if request.method == "GET" and path.endswith("/A_SupplierInvoice") and _ASKED.search(condition):
            return answer({"d": {"results": self._asked(condition)}})
        if "/odata4/" in path and request.method == "GET":
            return self._v4(path)
        return super().respond(request)

    def _asked(self, condition: str) -> list[Json]:
        held = re.findall(r"(\w+) eq '((?:[^']|'')*)'", condition)
        within = re.findall(r"substringof\('([^']*)',(\w+)\)", condition)
        return [
            row
            for row in self.rows()
            if all(
                str(row.get(name, "")).lstrip("0") == value.replace("''", "'").lstrip("0")
                for name, value in held
            )
            and all(value in str(row.get(name, "")) for value, name in within)
        ]

    def _v4(self, path: str) -> httpx.Response:
        if path.endswith("/0001/"):
            return httpx.Response(200, headers={"x-csrf-token": self.csrf, "set-cookie": "SAP=1"})
        if path.endswith("_PurchaseOrderInvoicingPlan"):
            keys = {"PurchaseOrder": "4500000104", "PurchaseOrderItem": "10", "InvoicingPlan": "0000004711"}
            held = [] if self.plan is None else [{**keys, "_POInvoicingPlanItem": self.plan}]
            return answer({"value": held})
        return answer({"PurchaseOrder": "4500000104", "DocumentCurrency": "EUR"})

    def _write(self, request: httpx.Request) -> httpx.Response:
        entity = request.url.path.rsplit("/", 1)[1].partition("(")[0]
        if entity.startswith("A_PurchaseOrderNote"):
            return super()._write(request)
        if request.headers.get("x-csrf-token") != self.csrf:
            return answer({"error": {"message": {"value": "CSRF"}}}, 403, {"x-csrf-token": "Required"})
        self.calls.append(request)
        if entity in ("Post", "Release"):
            self.written.append({"call": entity, **dict(request.url.params)})
            return answer({"d": {entity: {"Success": self.success}}})
        body = json.loads(request.content)
        self.written.append(body)
        if entity == "A_SupplierInvoice":
            key = {"SupplierInvoice": f"52{len(self.entered):08d}", "FiscalYear": "2026"}
            self.entered.append(
                {"SupplierInvoiceStatus": "5", "CreationDate": body["DocumentDate"], **body, **key}
            )
            return answer({"d": self.entered[-1]}, 201)
        return answer(body, 201)
