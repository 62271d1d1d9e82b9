"""Oracle Fusion's REST resources as its documentation describes them."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox

AUTH = ("pacta.integration", "oracle-demo-password")
UNIT = "Tessaly UK"


class Pod:
    """The few lines a client needs."""

    def __init__(self, box: RunningSandbox, web: httpx.Client) -> None:
        self.web, self.root = web, f"{box.base_url}/oracle_fusion"
        self.base = f"{self.root}/fscmRestApi/resources/11.13.18.05"

    def ask(self, method: str, path: str, version: int = 4, **options: Any) -> httpx.Response:
        headers = {"rest-framework-version": str(version), **options.pop("headers", {})}
        return self.web.request(method, f"{self.base}/{path}", auth=AUTH, headers=headers, **options)

    def get(self, path: str, version: int = 4, **params: Any) -> dict[str, Any]:
        got = self.ask("GET", path, version, params=params)
        assert got.status_code == 200, got.text
        found: dict[str, Any] = got.json()
        return found

    def items(self, path: str, q: str = "", **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get(path, **({"q": q} if q else {}), limit=500, **params)["items"]
        return found

    def one(self, path: str, q: str, **params: Any) -> dict[str, Any]:
        (found,) = self.items(path, q, **params)
        return found

    def own(self, row: dict[str, Any]) -> str:
        """The path of a row, from its link."""
        (link,) = [one["href"] for one in row["links"] if one["rel"] == "self"]
        return str(link).removeprefix(f"{self.base}/")


@pytest.fixture
def pod(box: RunningSandbox, web: httpx.Client) -> Pod:
    return Pod(box, web)


def test_both_kinds_of_log_on_and_none(pod: Pod) -> None:
    form = {"grant_type": "client_credentials", "client_id": "pacta-oracle-client"}
    token = pod.web.post(f"{pod.root}/oauth2/v1/token", data={**form, "client_secret": "oracle-demo-secret"})
    bearer = {"authorization": f"Bearer {token.json()['access_token']}"}
    assert pod.web.get(f"{pod.base}/suppliers", headers=bearer).status_code == 200
    assert pod.web.post(f"{pod.root}/oauth2/v1/token", data={**form, "client_secret": "x"}).status_code == 401
    wrong = pod.web.get(f"{pod.base}/suppliers", auth=("pacta.integration", "x"))
    assert (wrong.status_code, wrong.content) == (401, b"")
    assert "www-authenticate" in wrong.headers


def test_a_collection_tells_whether_there_are_more(pod: Pod) -> None:
    page = pod.get("invoices", totalResults="true")
    assert (page["count"], page["limit"], page["offset"], page["hasMore"]) == (25, 25, 0, True)
    seen: list[str] = []
    offset, more = 0, True
    while more:
        page = pod.get("invoices", limit=20, offset=offset, orderBy="InvoiceId:asc", totalResults="true")
        seen += [row["InvoiceNumber"] for row in page["items"]]
        offset, more = offset + page["count"], page["hasMore"]
    assert len(seen) == len(set(seen)) == page["totalResults"] > 40
    assert pod.get("invoices", limit=9999)["limit"] == 500
    got = pod.ask("GET", "invoices")
    assert got.headers["content-type"] == "application/vnd.oracle.adf.resourcecollection+json"
    assert got.headers["rest-framework-version"] == "4"


@pytest.mark.parametrize(
    ("q", "expected"),
    [
        ("OrderNumber='UK-7001'", 1),
        ("OrderNumber like 'UK-700%'", 8),
        ("Status=Canceled", 1),
        ("OrderNumber in ('UK-7001','UK-7002') and CurrencyCode='GBP'", 1),
        ("Supplier='Stonegate Facilities plc';Total>3000", 1),
        ("(OrderNumber='UK-7001' or OrderNumber='UK-7002')", 2),
        ("LastUpdateDate >= '2026-11-01T00:00:00+00:00' and OrderNumber like 'UK-70%'", 1),
        ("CreationDate between '2026-09-07' and '2026-09-08'", 3),
    ],
)
def test_q(pod: Pod, q: str, expected: int) -> None:
    if "Stonegate" in q:
        q = q.replace(
            "Stonegate Facilities plc", pod.one("purchaseOrders", "OrderNumber='UK-7005'")["Supplier"]
        )
    assert len(pod.items("purchaseOrders", q)) == expected


@pytest.mark.parametrize("q", ["Colour='red'", "OrderNumber", "Total>much", "OrderNumber='a' x", "(Total>1"])
def test_what_cannot_be_read_is_refused(pod: Pod, q: str) -> None:
    got = pod.ask("GET", "purchaseOrders", params={"q": q})
    assert (got.status_code, got.headers["content-type"]) == (400, "application/vnd.oracle.adf.error+json")
    assert got.json()["o:errorDetails"][0]["detail"]
    plain = pod.ask("GET", "purchaseOrders", 3, params={"q": q})
    assert plain.headers["content-type"].startswith("text/plain")


def test_finder_fields_expand_and_links(pod: Pod) -> None:
    order = pod.one("purchaseOrders", "OrderNumber='UK-7001'")
    assert "lines" not in order
    names = [link["name"] for link in order["links"]]
    assert names == ["purchaseOrders", "purchaseOrders", "lines"]
    key = pod.own(order).rpartition("/")[2]
    assert key != str(order["POHeaderId"])
    found = pod.items(
        "purchaseOrders", finder=f"PrimaryKey;POHeaderId={order['POHeaderId']}", expand="lines.schedules"
    )
    (line,) = found[0]["lines"]["items"]
    (schedule,) = line["schedules"]["items"]
    assert (schedule["RequestedDeliveryDate"], schedule["ReceivedQuantity"]) == ("2026-09-15", 10)
    assert pod.get(f"purchaseOrders/{key}/child/lines")["items"][0]["POLineId"] == line["POLineId"]
    below = pod.get(f"{pod.own(line)}/child/schedules")["items"][0]
    assert below["LineLocationId"] == schedule["LineLocationId"]
    some = pod.one(
        "purchaseOrders", "OrderNumber='UK-7001'", fields="OrderNumber;lines:Price", onlyData="true"
    )
    lines = {"items": [{"Price": 410}], "count": 1, "hasMore": False, "limit": 25, "offset": 0}
    assert some == {"OrderNumber": "UK-7001", "lines": lines}
    assert pod.ask("GET", "purchaseOrders", params={"finder": "Other;A=1"}).status_code == 400
    assert pod.ask("GET", f"purchaseOrders/{order['POHeaderId']}").status_code == 404


def test_versions_of_the_framework_change_shapes(pod: Pod) -> None:
    asked = {"q": "InvoiceNumber='PW-UK-901'", "expand": "invoiceLines"}
    old = pod.get("invoices", 1, **asked)["items"][0]
    assert isinstance(old["invoiceLines"], list)
    new = pod.get("invoices", 9, **asked)["items"][0]
    assert new["invoiceLines"]["hasMore"] is False
    assert (type(old["InvoiceId"]), type(new["InvoiceId"])) == (int, str)
    assert pod.ask("GET", "invoices", 12).status_code == 400
    by_example = {"q": "InvoiceNumber='PW-UK-901';InvoiceCurrency='EUR'"}
    assert pod.get("invoices", 1, **by_example)["count"] == 1
    joined = {"q": "InvoiceNumber='PW-UK-901' and InvoiceCurrency='EUR'"}
    assert [pod.ask("GET", "invoices", at, params=joined).status_code for at in (1, 2)] == [400, 200]


def test_stories_can_be_read(pod: Pod, box: RunningSandbox) -> None:
    receipts = pod.items("receivingTransactionsHistory", "PONumber='UK-7003'", orderBy="TransactionId:asc")
    assert [(row["TransactionTypeCode"], row["Quantity"]) for row in receipts] == [
        ("RECEIVE", 100), ("RETURN TO VENDOR", 12)
    ]  # fmt: skip
    assert receipts[1]["ParentTransactionId"] == receipts[0]["TransactionId"]
    late = pod.one("receivingTransactionsHistory", "PONumber='UK-7002'")
    assert (late["TransactionDate"][:10], late["CreationDate"][:10]) == ("2026-09-21", "2026-09-26")
    assert pod.one("invoices", "InvoiceNumber='STG-UK-899'")["PaidStatus"] == "Paid"
    payments = pod.items("payablesPayments", "PaymentNumber in (20003, 20004)", orderBy="PaymentNumber:asc")
    assert [row["PaymentStatus"] for row in payments] == ["Voided", "Cleared"]
    related = pod.get(f"{pod.own(payments[1])}/child/relatedInvoices")["items"]
    assert [row["InvoiceNumber"] for row in related] == ["ACM-UK-77"]
    held = pod.one("invoiceHolds", "InvoiceNumber='PW-UK-901'")
    assert (held["HoldName"], held["ReleaseName"]) == ("Amount", "Quality approved")
    box.set_clock(datetime.fromisoformat("2026-09-20T12:00:00+01:00"))
    assert pod.one("invoiceHolds", "InvoiceNumber='PW-UK-901'")["ReleaseName"] is None
    assert pod.one("invoices", "InvoiceNumber='PW-UK-901'")["ValidationStatus"] == "Needs revalidation"
    contract = pod.one("contracts", "ContractNumber='IC-108'", expand="ContractParty")
    assert contract["ContractParty"]["items"][0]["PartyRoleCode"] == "SUPPLIER"
    supplier = pod.one("suppliers", "SupplierNumber='17300005'", expand="sites")
    assert supplier["sites"]["items"][0]["SupplierSite"] == "MAIN"


def bill(pod: Pod, **changes: Any) -> dict[str, Any]:
    supplier = pod.one("suppliers", "SupplierNumber='17300005'")["Supplier"]
    line = {
        "LineNumber": 1,
        "LineAmount": 100,
        "PurchaseOrderNumber": "UK-7001",
        "PurchaseOrderLineNumber": 1,
    }
    return {
        "InvoiceNumber": "NEW-1", "InvoiceCurrency": "EUR", "InvoiceAmount": 100, "InvoiceDate": "2026-11-09",
        "BusinessUnit": UNIT, "Supplier": supplier, "SupplierSite": "MAIN", "invoiceLines": [line], **changes,
    }  # fmt: skip


def test_an_invoice_is_entered_once_validated_held_and_cancelled(pod: Pod) -> None:
    made = pod.ask("POST", "invoices", json=bill(pod))
    assert made.status_code == 201, made.text
    told = made.json()
    assert (told["ValidationStatus"], told["PaidStatus"], told["AmountPaid"]) == (
        "Not validated",
        "Unpaid",
        0,
    )
    (part,) = pod.get(f"{pod.own(told)}/child/invoiceInstallments")["items"]
    assert (part["DueDate"], part["UnpaidAmount"]) == ("2026-12-09", 100)
    again = pod.ask("POST", "invoices", json=bill(pod))
    assert (again.status_code, again.json()["o:errorDetails"][0]["o:errorPath"]) == (400, "/InvoiceNumber")
    named = {name: told[name] for name in ("InvoiceNumber", "Supplier", "BusinessUnit")}
    assert pod.ask("POST", "invoices/action/validateInvoice", json=named).json()["result"]
    hold = pod.ask("POST", "invoiceHolds", json={**named, "HoldName": "Pacta hold", "HoldReason": "late"})
    assert hold.status_code == 201
    path = f"invoiceHolds/{hold.json()['HoldId']}"
    assert pod.ask("PATCH", path, json={"ReleaseName": "Nobody"}).status_code == 400
    freed = pod.ask("PATCH", path, json={"ReleaseName": "Pacta release", "ReleaseReason": "came"}).json()
    assert (freed["ReleaseReason"], freed["HoldReason"]) == ("came", "late")
    assert pod.ask("PATCH", pod.own(told), json={"Description": "x"}).json()["Description"] == "x"
    assert pod.ask("PATCH", pod.own(told), json={"PaidStatus": "Paid"}).status_code == 400
    assert pod.ask("POST", "invoices/action/cancelInvoice", json=named).status_code == 200
    assert pod.one("invoices", "InvoiceNumber='NEW-1'")["CanceledFlag"] is True


def test_instalments_are_changed_and_added(pod: Pod) -> None:
    told = pod.ask("POST", "invoices", json=bill(pod)).json()
    path = f"{pod.own(told)}/child/invoiceInstallments"
    (part,) = pod.get(path)["items"]
    changed = pod.ask("PATCH", pod.own(part), json={"GrossAmount": 60, "DueDate": "2026-12-01"}).json()
    assert (changed["UnpaidAmount"], changed["DueDate"]) == (60, "2026-12-01")
    body = {"InstallmentNumber": 2, "DueDate": "2027-01-01", "GrossAmount": 40}
    assert pod.ask("POST", path, json=body).status_code == 201
    assert pod.ask("POST", path, json=body).status_code == 400
    rows = pod.get(path)["items"]
    assert [row["GrossAmount"] for row in rows] == [60, 40]
    assert pod.ask("DELETE", pod.own(rows[1])).status_code == 204
    assert len(pod.get(path)["items"]) == 1
    assert pod.ask("DELETE", pod.own(told)).status_code == 405


@pytest.mark.parametrize(
    "changes",
    [{"Supplier": "Nobody"}, {"SupplierSite": "X"}, {"BusinessUnit": "X"}, {"InvoiceAmount": "x"},
     {"InvoiceDate": "soon"}, {"InvoiceNumber": ""}, {"Colour": "red"}, {"PaymentTerms": "never"}],
)  # fmt: skip
def test_what_is_no_invoice_is_refused(pod: Pod, changes: dict[str, Any]) -> None:
    assert pod.ask("POST", "invoices", json=bill(pod, **changes)).status_code == 400


def test_the_rest_is_read_only(pod: Pod) -> None:
    assert pod.ask("POST", "purchaseOrders", json={}).status_code == 405
    assert pod.ask("GET", "nothing").status_code == 404
    assert pod.ask("POST", "invoices", content="x", headers={"content-type": "text/plain"}).status_code == 415
    assert (
        pod.ask("POST", "invoices", content="[]", headers={"content-type": "application/json"}).status_code
        == 400
    )


def test_faults_in_lists(pod: Pod) -> None:
    def asked(kind: str, offset: int = 0) -> Any:
        headers = {"x-sandbox-fault": kind}
        return pod.ask("GET", "invoices", params={"offset": offset, "limit": 5}, headers=headers).json()

    plain = pod.get("invoices", limit=5)["items"]
    assert (asked("loop", 50)["items"], asked("loop", 50)["hasMore"]) == (plain, True)
    assert asked("duplicate")["items"][0] == asked("duplicate")["items"][-1]
    assert asked("shuffle")["items"] != plain
    assert pod.ask("GET", "invoices", headers={"x-sandbox-fault": "503"}).headers["retry-after"] == "1"
