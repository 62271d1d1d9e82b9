"""Writes to SAP's stand-in: invoices parked and posted, notes under versions, invoicing plans."""

from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from tests.sandbox.clients import Sap
from tests.sandbox.test_sap_s4hana import INVOICES, ITEMS, NEW

SERVICE = "API_SUPPLIERINVOICE_PROCESS_SRV"
NOTES = "API_PURCHASEORDER_PROCESS_SRV/A_PurchaseOrderNote"
V4 = "/sap/opu/odata4/sap/api_purchaseorder_2/srvd_a2x/sap/purchaseorder/0001"
ITEM = "PurchaseOrderItem(PurchaseOrder='4500000114',PurchaseOrderItem='10')"
OTHER = "PurchaseOrderItem(PurchaseOrder='4500000108',PurchaseOrderItem='20')"
PLAN = "_PurchaseOrderInvoicingPlan"
ROWS = "_POInvoicingPlanItem"


class TestInvoices:
    def test_a_parked_invoice_is_booked_when_it_is_posted(self, sap: Sap) -> None:
        token = sap.token(SERVICE)
        row = sap.post(INVOICES, token, json={**NEW, "SupplierInvoiceStatus": "A"}).json()["d"]
        assert row["SupplierInvoiceStatus"] == "A"
        mine = "DocumentReferenceID eq 'PACTA-CLAIM-1'"
        assert sap.all(ITEMS, filter=mine) == []
        key = {name: f"'{row[name]}'" for name in ("SupplierInvoice", "FiscalYear")}
        release = {**key, "DiscountDaysHaveToBeShifted": "false"}
        assert sap.post(f"{SERVICE}/Release", token, params=release).status_code == 400
        assert sap.post(f"{SERVICE}/Post", token, params={"SupplierInvoice": "'1'"}).status_code == 400
        assert sap.post(f"{SERVICE}/Post", token, params=key).json()["d"]["Post"]["Success"] is True
        assert sap.post(f"{SERVICE}/Post", token, params=key).status_code == 400
        assert [item["PaymentBlockingReason"] for item in sap.all(ITEMS, filter=mine)] == ["A"]
        assert sap.post(f"{SERVICE}/Release", token, params=release).status_code == 200

    def test_lines_on_accounts(self, sap: Sap) -> None:
        line = {
            "SupplierInvoiceItem": "1",
            "CompanyCode": "1010",
            "GLAccount": "61003000",
            "DocumentCurrency": "USD",
            "SupplierInvoiceItemAmount": "1000.00",
            "TaxCode": "V0",
            "DebitCreditCode": "S",
        }
        body = {**NEW, "to_SuplrInvcItemPurOrdRef": {"results": []}, "to_SupplierInvoiceItemGLAcct": [line]}
        row = sap.post(INVOICES, sap.token(SERVICE), json=body).json()["d"]
        held = sap.all(f"{SERVICE}/A_SupplierInvoiceItemGLAcct")
        assert [(one["SupplierInvoice"], one["SupplierInvoiceItem"], one["GLAccount"]) for one in held] == [
            (row["SupplierInvoice"], "0001", "61003000")
        ]

    def test_one_entered_twice_is_refused(self, sap: Sap) -> None:
        token = sap.token(SERVICE)
        assert sap.post(INVOICES, token, json=NEW).status_code == 201
        assert sap.post(INVOICES, token, json=NEW).status_code == 400

    @pytest.mark.parametrize(
        "broken",
        [
            {"SupplierPostingLineItemText": "x" * 51},
            {"SupplierInvoiceStatus": "9"},
            {"to_SuplrInvcItemPurOrdRef": [{"PurchaseOrder": "45", "Colour": "red"}]},
            {"to_SuplrInvcItemPurOrdRef": [{"SupplierInvoiceItemAmount": 5}]},
            {"to_SupplierInvoiceItemGLAcct": [{"DebitCreditCode": "D"}]},
        ],
    )
    def test_what_does_not_fit_is_refused(self, sap: Sap, broken: dict[str, Any]) -> None:
        assert sap.post(INVOICES, sap.token(SERVICE), json={**NEW, **broken}).status_code == 400


class TestNotes:
    def test_a_note_is_changed_with_the_version_that_is_known(self, sap: Sap) -> None:
        token = sap.token("API_PURCHASEORDER_PROCESS_SRV")
        note = {"PurchaseOrder": "4500000104", "TextObjectType": "F01", "Language": "EN"}
        made = sap.post(NOTES, token, json={**note, "PlainLongText": "first"})
        assert made.status_code == 201
        assert sap.post(NOTES, token, json=note).status_code == 400
        meta = made.json()["d"]["__metadata"]

        def patch(text: str, **headers: str) -> int:
            sent = {**token, **{name.replace("_", "-"): value for name, value in headers.items()}}
            answer = sap.web.patch(meta["uri"], auth=sap.auth, headers=sent, json={"PlainLongText": text})
            return answer.status_code

        assert patch("second") == 428
        assert patch("second", if_match='W/"9"') == 412
        assert patch("second", if_match=meta["etag"]) == 204
        assert patch("third", if_match=meta["etag"]) == 412
        (row,) = sap.all(NOTES, filter="PurchaseOrder eq '4500000104'")
        assert row["PlainLongText"] == "second"

    def test_a_note_needs_an_order_that_there_is(self, sap: Sap) -> None:
        token = sap.token("API_PURCHASEORDER_PROCESS_SRV")
        note = {"PurchaseOrder": "4599999999", "TextObjectType": "F01", "Language": "EN"}
        assert sap.post(NOTES, token, json=note).status_code == 400
        assert sap.all(NOTES) == []


class Orders:
    """The few lines of a V4 client that these tests need."""

    def __init__(self, web: httpx.Client, root: str) -> None:
        self.web, self.root = web, root + V4
        self.auth = ("PACTA_COMM", "sap-demo-password")
        fetched = web.get(self.root + "/", auth=self.auth, headers={"x-csrf-token": "Fetch"})
        self.token = fetched.headers["x-csrf-token"]

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"x-csrf-token": self.token, **options.pop("headers", {})}
        return self.web.request(method, f"{self.root}/{path}", auth=self.auth, headers=headers, **options)

    def rows(self, item: str) -> list[dict[str, Any]]:
        plans = self.ask("GET", f"{item}/{PLAN}", params={"$expand": ROWS}).json()["value"]
        return [row for plan in plans for row in plan[ROWS]]


@pytest.fixture
def orders(box: RunningSandbox, web: httpx.Client) -> Orders:
    return Orders(web, box.sap_url)


def row_path(row: dict[str, Any]) -> str:
    keys = ("PurchaseOrder", "PurchaseOrderItem", "InvoicingPlan", "InvoicingPlanItem")
    return "PurchaseOrderInvoicingPlanItem(" + ",".join(f"{key}='{row[key]}'" for key in keys) + ")"


class TestPlans:
    def test_a_plan_is_read_along_its_item(self, orders: Orders) -> None:
        assert [
            (row["InvoicingPlanInvoicingDate"], row["InvoicingPlanAmount"]) for row in orders.rows(ITEM)
        ] == [
            ("2026-11-30", 36000.0),
            ("2027-02-28", 36000.0),
        ]
        assert orders.rows(OTHER) == []
        assert (
            orders.ask("GET", "PurchaseOrderItem(PurchaseOrder='1',PurchaseOrderItem='10')").status_code
            == 404
        )
        error = orders.ask("GET", f"{ITEM}/_Nowhere").json()["error"]
        assert set(error) == {"code", "message", "target", "details"}

    def test_rows_are_changed_under_their_version(self, orders: Orders) -> None:
        first = orders.rows(ITEM)[0]
        known = {"if-match": first["@odata.etag"]}
        change = {"InvoicingPlanInvoicingDate": "2026-12-15", "InvoicingPlanAmount": 30000.5}
        assert orders.ask("PATCH", row_path(first), json=change).status_code == 428
        assert orders.ask("PATCH", row_path(first), json=change, headers=known).status_code == 200
        assert orders.ask("PATCH", row_path(first), json=change, headers=known).status_code == 412
        assert orders.rows(ITEM)[0]["InvoicingPlanAmount"] == 30000.5

    @pytest.mark.parametrize(
        "change",
        [
            {"InvoicingPlanItem": "000009"},
            {"InvoicingPlanAmount": "36000.00"},
            {"InvoicingPlanInvoicingDate": "soon"},
            {"TransactionCurrency": "USD"},
        ],
    )
    def test_what_does_not_fit_is_refused(self, orders: Orders, change: dict[str, Any]) -> None:
        path = row_path(orders.rows(ITEM)[0])
        assert orders.ask("PATCH", path, json=change, headers={"if-match": "*"}).status_code == 400

    def test_a_plan_is_made_with_its_rows_and_given_more(self, orders: Orders) -> None:
        part = {"InvoicingPlanInvoicingDate": "2026-12-01", "InvoicingPlanAmount": 25000}
        plan = {"InvoicingPlanType": "01", ROWS: [part]}
        assert orders.ask("POST", f"{OTHER}/{PLAN}", json={ROWS: [part]}).status_code == 400
        made = orders.ask("POST", f"{OTHER}/{PLAN}", json=plan)
        assert made.status_code == 201
        assert orders.ask("POST", f"{OTHER}/{PLAN}", json=plan).status_code == 400
        held = made.json()
        keys = ("PurchaseOrder", "PurchaseOrderItem", "InvoicingPlan")
        path = "PurchaseOrderInvoicingPlan(" + ",".join(f"{key}='{held[key]}'" for key in keys) + ")"
        assert orders.ask("POST", f"{path}/{ROWS}", json=part).status_code == 201
        assert [row["InvoicingPlanItem"] for row in orders.rows(OTHER)] == ["000001", "000002"]

    def test_nothing_is_deleted_or_made_beside_the_ways(self, orders: Orders) -> None:
        assert orders.ask("DELETE", row_path(orders.rows(ITEM)[0])).status_code == 405
        assert orders.ask("POST", "PurchaseOrderInvoicingPlanItem", json={}).status_code == 405

    def test_writing_needs_the_token(self, orders: Orders) -> None:
        orders.token = "made-up"
        assert orders.ask("POST", f"{OTHER}/{PLAN}", json={}).status_code == 403
