"""Ariba's stand-in: two credentials at once, limits told in headers, pages by token, jobs, the network."""

import io
import json
import time
import zipfile
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.world import AS_OF, CORPUS

CLIENT = ("pacta-ariba-client", "ariba-demo-secret")
KEY, ANID, REALM = "ariba-demo-application-key", "AN02004711001", "tessaly-T"
YEAR = {"createdDateFrom": "2026-01-01T00:00:00Z", "createdDateTo": "2026-12-31T00:00:00Z"}
PERSON = {"realm": REALM, "user": "pacta.integration", "passwordAdapter": "PasswordAdapter1"}
DETAILS = "procurement-reporting-details/v2/prod/views"
CONTRACTS = "retrieve-contract-workspaces/v1/prod/contractWorkspaces"


class Realm:
    def __init__(self, web: httpx.Client, root: str) -> None:
        self.web, self.root = web, f"{root}/ariba"
        self.bearer = ""

    def token(self, **form: str) -> httpx.Response:
        given = {"grant_type": "client_credentials", **form}
        return self.web.post(f"{self.root}/v2/oauth/token", data=given, auth=CLIENT)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        self.bearer = self.bearer or self.token().json()["access_token"]
        headers = {"authorization": f"Bearer {self.bearer}", "apiKey": KEY, "x-ariba-network-id": ANID}
        headers |= options.pop("headers", {})
        for _ in range(20):
            answer = self.web.request(method, f"{self.root}/api/{path}", headers=headers, **options)
            if answer.status_code != 429 or "x-sandbox-fault" in headers:
                return answer
            time.sleep(0.2)
        raise AssertionError("the limit does not end")

    def get(self, path: str, **params: Any) -> Any:
        answer = self.ask("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def network(self, api: str, path: str, text: str = "") -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        while True:
            given = {"$filter": text} if text else {}
            answer = self.get(f"{api}/v1/prod/{path}", **{"$skip": len(rows), **given})
            rows += answer["content"]
            if answer["lastPage"]:
                return rows

    def orders(self, text: str = "") -> list[dict[str, Any]]:
        return self.network("purchase-orders-buyer", "orders", text)

    def invoices(self, text: str = "") -> list[dict[str, Any]]:
        return self.network("invoice-extraction", "invoices", text)

    def view(self, name: str, **filters: str) -> list[dict[str, Any]]:
        rows, token = [], ""
        while True:
            asked = {"realm": REALM, "filters": json.dumps(filters or YEAR), "pageToken": token}
            answer = self.get(f"{DETAILS}/{name}", **asked)
            rows += answer["Records"]
            token = answer.get("PageToken", "")
            if not token:
                return rows

    def record(self, view: str, name: str) -> dict[str, Any]:
        return next(row for row in self.view(view) if row["UniqueName"] == name)


@pytest.fixture
def ariba(box: RunningSandbox, web: httpx.Client) -> Realm:
    return Realm(web, box.base_url)


# -- who may come in ----------------------------------------------------------------------------------


def test_tokens_and_their_renewal(ariba: Realm) -> None:
    granted = ariba.token().json()
    assert (granted["token_type"], granted["expires_in"], granted["scope"]) == ("bearer", 1440, None)
    again = ariba.token(grant_type="refresh_token", refresh_token=granted["refresh_token"])
    assert again.json()["access_token"] != granted["access_token"]
    spent = ariba.token(grant_type="refresh_token", refresh_token=granted["refresh_token"])
    assert spent.json()["error"] == "invalid_grant"
    assert ariba.token(grant_type="password").json()["error"] == "unsupported_grant_type"
    address = f"{ariba.root}/v2/oauth/token?grant_type=openapi_2lo"
    assert ariba.web.post(address, auth=CLIENT).status_code == 200
    assert ariba.web.post(address, auth=(CLIENT[0], "guessed")).status_code == 401
    form = {"grant_type": "client_credentials", "client_id": CLIENT[0], "client_secret": CLIENT[1]}
    assert ariba.web.post(f"{ariba.root}/v2/oauth/token", data=form).status_code == 200


def test_both_credentials_are_wanted_at_once(ariba: Realm) -> None:
    path = "purchase-orders-buyer/v1/prod/orders"
    assert ariba.ask("GET", path).status_code == 200
    for wrong in ({"apiKey": "guessed"}, {"authorization": "Bearer nobody's"}):
        answer = ariba.ask("GET", path, headers=wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 401)
    assert ariba.ask("GET", path, headers={"x-ariba-network-id": "AN09"}).status_code == 403
    assert ariba.ask("GET", f"{DETAILS}/Pacta_Receipt", params={"realm": "other"}).status_code == 400
    assert ariba.ask("GET", CONTRACTS, params={**PERSON, "passwordAdapter": "x"}).status_code == 403
    assert ariba.ask("GET", "purchase-orders-buyer/v9/prod/orders").status_code == 404


def test_limits_are_told_and_kept_for_each_api(ariba: Realm) -> None:
    answer = ariba.ask("GET", "purchase-orders-buyer/v1/prod/orders")
    assert answer.headers["x-ratelimit-limit-minute"] == "200"
    assert answer.headers["x-ratelimit-remaining-minute"] == "199"
    headers = {"authorization": f"Bearer {ariba.bearer}", "apiKey": KEY}
    address = f"{ariba.root}/api/procurement-reporting-job/v2/prod/jobs?realm={REALM}"
    body = {"viewTemplateName": "Pacta_Receipt", "filters": YEAR}
    seen = [ariba.web.post(address, headers=headers, json=body) for _ in range(3)]
    assert [one.status_code for one in seen] == [200, 200, 429]
    assert seen[2].headers["x-ratelimit-remaining-minute"] == "0"
    assert seen[2].headers["x-ratelimit-limit-day"] == "40"
    assert seen[2].json()["error"]["code"] == 429
    time.sleep(1.05)
    assert ariba.web.post(address, headers=headers, json=body).status_code == 200


# -- the network --------------------------------------------------------------------------------------


def test_orders_and_items_of_the_network(ariba: Realm) -> None:
    orders = ariba.orders()
    assert len(orders) == len({row["documentNumber"] for row in orders}) > 40
    (order,) = ariba.orders("documentNumber eq 'EP5004'")
    assert (order["supplierANID"], order["vendorId"]) == ("AN01000173003", "17300003")
    assert order["poAmount"] == {"amount": 1890, "currencyCode": "EUR"}
    assert (order["numberOfInvoices"], order["invoicedAmount"]["amount"]) == (3, 1827)
    assert order["orderDate"] == "24 Aug 2026 10:00:00 AM"
    (item,) = ariba.network("purchase-orders-buyer", "items", "documentNumber eq 'EP5004'")
    assert (item["quantity"], item["receivedQuantity"], item["itemNumber"]) == (900, 870, "10")
    states = {row["documentNumber"]: row["orderStatus"] for row in orders}
    assert [states[f"EP500{n}"] for n in (1, 6, 8)] == ["Received", "Canceled", "Confirmed"]
    assert {row["documentNumber"] for row in ariba.orders("(orderStatus eq Canceled)")} == {"EP5006"}
    page = ariba.get("purchase-orders-buyer/v1/prod/orders", **{"$top": 3})
    assert (len(page["content"]), page["firstPage"], page["lastPage"]) == (3, True, False)


def test_invoices_of_the_network(ariba: Realm) -> None:
    twice = ariba.invoices("documentNumber eq 'NWL-6988'")
    assert sorted(row["documentStatus"] for row in twice) == ["Paid", "Rejected"]
    (credit,) = ariba.invoices("documentPurpose eq 'lineLevelCreditMemo'")
    assert (credit["totalAmount"]["amount"], credit["tax"]["amount"]) == (-74.97, -11.97)
    (one,) = ariba.invoices("externalOrderNumber eq 'EP5002'")
    assert (one["createdDate"], one["documentStatus"]) == ("2026-09-23T10:00:00+02:00", "Paid")
    day = ariba.invoices("startDate eq '2026-09-23' and endDate eq '2026-09-23'")
    assert "KST-B-91" in {row["documentNumber"] for row in day}
    changed = ariba.invoices("documentStatusUpdatedStartDate eq '2026-10-30T00:00:00Z'")
    assert "STG-L-17" in {row["documentNumber"] for row in changed}


@pytest.mark.parametrize(
    "text",
    [
        "documentNumber gt 'A'",
        "colour eq 'red'",
        "startDate eq 'soon'",
        "documentNumber",
        "documentNumber eq",
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(ariba: Realm, text: str) -> None:
    answer = ariba.ask("GET", "invoice-extraction/v1/prod/invoices", params={"$filter": text})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, 400)
    assert ariba.ask("GET", "invoice-extraction/v1/prod/invoices?$top=500").status_code == 400


# -- reports ------------------------------------------------------------------------------------------


def test_views_are_read_page_by_page(ariba: Realm) -> None:
    rows = ariba.view("Pacta_PurchaseOrder")
    counted = ariba.get(f"{DETAILS}/Pacta_PurchaseOrder/count", realm=REALM, filters=json.dumps(YEAR))
    assert counted == {
        "MaxRecordsInEachPage": 20,
        "TotalPages": -(-len(rows) // 20),
        "TotalRecords": len(rows),
    }
    first = ariba.get(f"{DETAILS}/Pacta_PurchaseOrder", realm=REALM, filters=json.dumps(YEAR))
    assert (len(first["Records"]), "PageToken" in first) == (20, True)
    assert len({row["UniqueName"] for row in rows}) == len(rows)
    late = ariba.view("Pacta_Receipt", updatedDateFrom="2026-10-10T00:00:00Z")
    assert "RC9005" in {row["UniqueName"] for row in late}
    assert all(row["TimeUpdated"] > "2026-10-10T00:00:00Z" for row in late)


def test_a_range_of_dates_is_wanted_and_a_year_at_most(ariba: Realm) -> None:
    wrong: list[Any] = [
        {},
        {"createdDateFrom": "2024-01-01T00:00:00Z"},
        {"createdDateFrom": "soon"},
        {"colour": "red"},
        [],
    ]
    for given in wrong:
        asked = {"realm": REALM, "filters": json.dumps(given)}
        assert ariba.ask("GET", f"{DETAILS}/Pacta_Payment", params=asked).status_code == 400, given
    asked = {"realm": REALM, "filters": json.dumps(YEAR), "pageToken": "nonsense"}
    assert ariba.ask("GET", f"{DETAILS}/Pacta_Payment", params=asked).status_code == 400
    assert ariba.ask("GET", f"{DETAILS}/Nothing", params=asked).status_code == 404


def test_jobs_end_in_archives_and_name_the_next_page(ariba: Realm, box: RunningSandbox) -> None:
    rows, token, jobs = [], "", 0
    while True:
        jobs += 1
        asked = {"realm": REALM, **({"pageToken": token} if token else {})}
        body = {"viewTemplateName": "Pacta_Invoice", "filters": YEAR}
        job = ariba.ask("POST", "procurement-reporting-job/v2/prod/jobs", params=asked, json=body).json()
        assert (job["status"], job["files"], job["documentType"]) == ("pending", [], "Invoice")
        path = f"procurement-reporting-jobresult/v2/prod/jobs/{job['jobId']}"
        seen = [ariba.get(path, realm=REALM) for _ in range(2)]
        assert [one["status"] for one in seen] == ["processing", "completed"]
        for name in seen[1]["files"]:
            answer = ariba.ask("GET", f"{path}/files/{name}", params={"realm": REALM})
            assert answer.headers["content-type"] == "application/zip"
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                assert archive.namelist() == ["records.txt"]
                rows += json.loads(archive.read("records.txt"))
        assert seen[1]["currentPageNum"] == jobs
        token = seen[1]["pageToken"] or ""
        if not token:
            break
    assert jobs == seen[1]["totalNumOfPages"] > 1
    assert rows == ariba.view("Pacta_Invoice")
    # Files are kept for two days.
    box.set_clock(AS_OF + timedelta(hours=49))
    gone = ariba.ask("GET", f"{path}/files/{seen[1]['files'][0]}", params={"realm": REALM})
    assert gone.status_code == 404
    asked = {"viewTemplateName": "Nothing", "filters": YEAR}
    wrong = ariba.ask("POST", f"procurement-reporting-job/v2/prod/jobs?realm={REALM}", json=asked)
    assert wrong.status_code == 400


def test_view_templates_are_described(ariba: Realm) -> None:
    shown = ariba.get("procurement-reporting-view/v2/prod/viewTemplates", realm=REALM)
    assert {row["documentType"] for row in shown} == {"PurchaseOrder", "Receipt", "Invoice", "Payment"}


def test_faults_touch_pages(ariba: Realm) -> None:
    asked = {"realm": REALM, "filters": json.dumps(YEAR), "pageToken": "QP000020K"}

    def names(fault: str, **params: str) -> list[str]:
        headers = {"x-sandbox-fault": fault} if fault else {}
        answer = ariba.ask("GET", f"{DETAILS}/Pacta_Receipt", params={**asked, **params}, headers=headers)
        return [row["UniqueName"] for row in answer.json()["Records"]]

    assert names("loop") == names("", pageToken="")
    assert names("duplicate")[0] == names("duplicate")[-1]
    assert names("shuffle", pageToken="") != names("", pageToken="")
    assert ariba.ask("GET", CONTRACTS, params=PERSON, headers={"x-sandbox-fault": "429"}).status_code == 429


# -- what happened ------------------------------------------------------------------------------------


def test_deliveries_in_parts_late_and_returned(ariba: Realm, box: RunningSandbox) -> None:
    def receipts(order: str) -> list[tuple[str, int, str]]:
        rows = [row for row in ariba.view("Pacta_Receipt") if row["Order"]["UniqueName"] == order]
        return [
            (row["ReceiptDate"][:10], row["ReceiptItems"][0]["NumberAccepted"], row["TimeCreated"])
            for row in rows
        ]

    # Midnight in Munich is the evening before in UTC.
    assert receipts("EP5002") == [("2026-09-20", 12, "2026-09-26T06:15:00Z")]
    assert [number for _, number, _ in receipts("EP5004")] == [900, -30]
    assert ariba.record("Pacta_PurchaseOrder", "EP5003")["LineItems"][0]["NeedBy"][:10] == "2026-10-18"
    box.set_clock(datetime.fromisoformat("2026-09-20T12:00:00+02:00"))
    assert len(receipts("EP5001")) == 1
    before = ariba.record("Pacta_PurchaseOrder", "EP5003")
    assert (before["VersionNumber"], before["LineItems"][0]["NeedBy"]) == (1, "2026-10-04T22:00:00Z")


def test_payments_in_parts_and_returned(ariba: Realm, box: RunningSandbox) -> None:
    rows = {row["UniqueName"]: row for row in ariba.view("Pacta_Payment")}
    assert [rows[name]["GrossAmount"]["Amount"] for name in ("PAY8004", "PAY8006")] == [3000, 3240]
    assert [rows[name]["StatusString"] for name in ("PAY8007", "PAY8008")] == ["Failed", "Paid"]
    assert rows["PAY8006"]["Invoice"]["InvoiceNumber"] == "STG-L-17"
    box.set_clock(datetime.fromisoformat("2026-09-16T12:00:00+02:00"))
    assert ariba.record("Pacta_Payment", "PAY8007")["StatusString"] == "Paid"


def test_payments_are_also_a_fact_of_analytical_reporting(ariba: Realm) -> None:
    path = "analytics-reporting-details/v1/prod/views/PaymentFactSystemView"
    asked = {"realm": REALM, "filters": json.dumps({"updatedDateFrom": "2026-10-11T00:00:00Z"})}
    rows = {row["PaymentId"]: row for row in ariba.get(path, **asked)["Records"]}
    late = rows["PAY8006"]
    assert (late["OrigPaidAmount"], late["OrigInvoiceAmount"], late["OrigCurrencyCode"]) == (
        3240,
        6240,
        "GBP",
    )
    assert (late["PaymentDate"], late["NetDueDate"]) == ({"Day": "2026-10-30"}, {"Day": "2026-10-11"})
    assert (late["PaidOnTime"], late["Supplier"]["SupplierId"]) == ("No", "17300006")
    other = "procurement-reporting-details/v2/prod/views/PaymentFactSystemView"
    assert ariba.ask("GET", other, params=asked).status_code == 404
    body = {"viewTemplateName": "PaymentFactSystemView", "filters": YEAR}
    jobs = f"analytics-reporting-job/v1/prod/jobs?realm={REALM}"
    job = ariba.ask("POST", jobs, json=body).json()
    assert job["documentType"] == "PaymentFact"
    there = f"reporting-jobresult/{{}}/prod/jobs/{job['jobId']}"
    assert ariba.get(f"analytics-{there.format('v1')}", realm=REALM)["status"] == "processing"
    wrong = f"procurement-{there.format('v2')}"
    assert ariba.ask("GET", wrong, params={"realm": REALM}).status_code == 404


# -- contract workspaces ------------------------------------------------------------------------------


def test_workspaces_their_hierarchy_and_documents(ariba: Realm) -> None:
    shown = ariba.get(CONTRACTS, **PERSON, **{"$count": "true", "$top": 100})
    assert shown["count"] == len(shown["value"]) == 15
    by_number = {row["customFields"][0]["value"]: row for row in shown["value"]}
    amendment, master = by_number["IC-103"], by_number["IC-101"]
    assert amendment["parentAgreement"] == master["contractId"]
    assert (amendment["amendmentType"], master["hierarchicalType"]) == ("Amend", "MasterAgreement")
    assert master["amount"] == {"amount": 576000, "currency": "EUR"}
    one = f"{CONTRACTS}/{master['contractId']}"
    assert ariba.get(one, **PERSON) == master
    (document,) = ariba.get(f"{one}/documents", **PERSON)["value"]
    content = ariba.ask("GET", f"{one}/documents/{document['internalId']}/file", params=PERSON).content
    assert content == (CORPUS / "contracts" / document["fileName"]).read_bytes()
    assert ariba.ask("GET", f"{CONTRACTS}/CW9999", params=PERSON).status_code == 404
    assert len(ariba.get(CONTRACTS, **PERSON)["value"]) == 10


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("contractId eq 'CW2100'", 1),
        ("contractStatus in ('Published','Draft')", 15),
        ("lastModified ge '2026-06-01T00:00:00Z'", 2),
        ("contractStatus eq 'Published' and lastModified lt '2025-01-01T00:00:00Z'", 4),
    ],
)
def test_filters_of_workspaces(ariba: Realm, text: str, count: int) -> None:
    assert len(ariba.get(CONTRACTS, **PERSON, **{"$filter": text, "$top": 100})["value"]) == count
    for wrong in ("title eq 'x'", "contractId gt 'x'", "lastModified eq 'soon'", "contractId"):
        params = {**PERSON, "$filter": wrong}
        assert ariba.ask("GET", CONTRACTS, params=params).status_code == 400, wrong


def test_little_of_a_workspace_can_be_changed(ariba: Realm, box: RunningSandbox) -> None:
    path = "contract-workspace-modification/v1/prod/contractWorkspaces/CW2100"
    changed = ariba.ask("PATCH", path, params=PERSON, json={"description": "P1 resolution missed"})
    assert (changed.status_code, changed.json()["lastModified"]) == (200, "2026-11-10T11:00:00Z")
    assert ariba.get(f"{CONTRACTS}/CW2100", **PERSON)["description"] == "P1 resolution missed"
    own = [{"fieldId": "cus_PerformanceStatus", "value": "At risk"}]
    body = {"contractId": "CW2100", "customFields": own}
    named = ariba.ask("PATCH", path.removesuffix("/CW2100"), params=PERSON, json=body)
    assert own[0] in named.json()["customFields"]
    states = []
    for action in ("amend", "publish"):
        row = ariba.ask("POST", f"{path}/state", params=PERSON, json={"action": action}).json()
        states.append((row["contractStatus"], row["version"]))
    assert states == [("Draft Amendment", 1), ("Published", 2)]
    assert ariba.ask("POST", f"{path}/state", params=PERSON, json={"action": "publish"}).status_code == 400
    wrongs: list[dict[str, Any]] = [
        {"contractStatus": "Closed"},
        {"title": ""},
        {"description": 7},
        {"customFields": [{"fieldId": "cus_Other", "value": "x"}]},
    ]
    for wrong in wrongs:
        assert ariba.ask("PATCH", path, params=PERSON, json=wrong).status_code == 400
    assert ariba.ask("POST", path, params=PERSON, json={}).status_code == 405
    assert ariba.ask("POST", "invoice-extraction/v1/prod/invoices", json={}).status_code == 405
    box.reset()
    ariba.bearer = ""
    assert ariba.get(f"{CONTRACTS}/CW2100", **PERSON)["description"] is None
