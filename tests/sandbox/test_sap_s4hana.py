"""SAP's OData V2 services: paging, filters, values, CSRF, and what cannot be written."""

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import Any

import httpx
import pyodata
import pytest
import requests
from pyodata.exceptions import HttpError

from sandbox import RunningSandbox
from tests.sandbox.clients import Sap, odata_day

INVOICES = "API_SUPPLIERINVOICE_PROCESS_SRV/A_SupplierInvoice"
ORDERS = "API_PURCHASEORDER_PROCESS_SRV/A_PurchaseOrder"
ITEMS = "API_OPLACCTGDOCITEMCUBE_SRV/A_OperationalAcctgDocItemCube"
NEW = {
    "CompanyCode": "1010",
    "DocumentDate": "/Date(1793923200000)/",
    "PostingDate": "2026-11-10T00:00:00",
    "SupplierInvoiceIDByInvcgParty": "PACTA-CLAIM-1",
    "InvoicingParty": "17300004",
    "DocumentCurrency": "USD",
    "InvoiceGrossAmount": "1000.00",
    "SupplierInvoiceIsCreditMemo": "X",
    "PaymentBlockingReason": "A",
    "to_SuplrInvcItemPurOrdRef": {"results": [{"PurchaseOrder": "4500000107"}]},
}


def names(rows: list[dict[str, str]]) -> list[str]:
    return [row["SupplierInvoiceIDByInvcgParty"] for row in rows]


def test_log_on_is_checked_before_anything_else(sap: Sap, web: httpx.Client) -> None:
    url = sap.url(INVOICES)
    wrong = (
        web.get(url),
        web.get(url, auth=("PACTA_COMM", "wrong")),
        web.get(url, auth=sap.auth, params={"sap-client": "200"}),
    )
    for answer in wrong:
        assert answer.status_code == 401
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["www-authenticate"].startswith("Basic")
    right = {"sap-client": "100", "$format": "json"}
    assert web.get(url, auth=sap.auth, params=right).status_code == 200


def test_both_roots_answer(sap: Sap, box: RunningSandbox) -> None:
    assert Sap(sap.web, box.base_url).get(INVOICES, top="1").status_code == 200


def test_json_has_to_be_asked_for(sap: Sap, web: httpx.Client) -> None:
    assert web.get(sap.url(INVOICES), auth=sap.auth).status_code == 406
    # A count is plain text, so nothing has to be asked for.
    assert web.get(sap.url(f"{INVOICES}/$count"), auth=sap.auth).text == "27"


def test_values_are_those_of_version_two(sap: Sap) -> None:
    answer = sap.get(f"{INVOICES}(SupplierInvoice='5105600110',FiscalYear='2026')")
    assert answer.headers["dataserviceversion"] == "2.0"
    row = answer.json()["d"]
    assert row["DocumentDate"] == "/Date(1788220800000)/"
    assert row["InvoiceGrossAmount"] == "57120.00"
    assert row["NetPaymentDays"] == "30"
    assert row["IsReversed"] is False
    assert row["__metadata"]["type"] == "API_SUPPLIERINVOICE_PROCESS_SRV.A_SupplierInvoiceType"
    assert sap.web.get(row["__metadata"]["uri"], auth=sap.auth, params={"$format": "json"}).json()["d"] == row
    deferred = row["to_SuplrInvcItemPurOrdRef"]["__deferred"]["uri"]
    items = sap.web.get(deferred, auth=sap.auth, params={"$format": "json"}).json()["d"]["results"]
    assert [(item["PurchaseOrder"], item["SupplierInvoiceItemAmount"]) for item in items] == [
        ("4500000101", "48000.00")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SupplierInvoiceIDByInvcgParty eq 'ACM-2026-08'", "ACM-2026-08"),
        ("InvoicingParty eq '17300002' and InvoiceGrossAmount lt 1000M", "NWH-CM-09"),
        ("startswith(SupplierInvoiceIDByInvcgParty,'KST') and not(PostingDate lt datetime'2026-10-01T00:00')",
         "KST-310"),
        ("substringof('S3',SupplierInvoiceIDByInvcgParty) and DocumentDate ge datetime'2026-10-01T00:00:00'",
         "ACM-S3-2026-09"),
        ("DocumentCurrency ne 'EUR' and FiscalYear eq '2026'", "STG-5480 STG-5520"),
        ("(InvoicingParty eq '17300008' or InvoicingParty eq '17300009') and InvoiceGrossAmount gt 7000",
         "ARD-298 BAL-77"),
        ("SupplierInvoiceIsCreditMemo eq 'X'", "NWH-CM-09"),
        ("endswith(SupplierInvoiceIDByInvcgParty,'-77') eq true", "BAL-77"),
    ],
)  # fmt: skip
def test_filters(sap: Sap, text: str, expected: str) -> None:
    assert sorted(names(sap.all(INVOICES, filter=text))) == expected.split()


def test_boolean_null_and_offset_literals(sap: Sap) -> None:
    open_items = sap.all(ITEMS, filter="IsCleared eq false and FinancialAccountType eq 'K'")
    assert {row["DocumentReferenceID"] for row in open_items} == {"ACM-2026-10", "NWH-CM-09"}
    assert len(sap.all(ITEMS, filter="ClearingDate eq null")) == 3
    changed = sap.all(ORDERS, filter="LastChangeDateTime ge datetimeoffset'2026-03-01T00:00:00Z'")
    assert [row["PurchaseOrder"] for row in changed] == ["4500000104"]
    assert changed[0]["CorrespncInternalReference"] == "IC-104"
    assert re.fullmatch(r"/Date\(\d+\+0000\)/", changed[0]["LastChangeDateTime"])


@pytest.mark.parametrize(
    "params",
    [
        {"filter": "NoSuchField eq 'x'"},
        {"filter": "FiscalYear eq 2026"},
        {"filter": "DocumentDate ge '2026-10-01'"},
        {"filter": "DocumentDate ge datetimeoffset'2026-10-01T00:00:00Z'"},
        {"filter": "FiscalYear eq '2026' and"},
        {"filter": "FiscalYear like '2026'"},
        {"orderby": "NoSuchField"},
        {"select": "NoSuchField"},
        {"expand": "to_Nowhere"},
        {"top": "many"},
    ],
)
def test_what_cannot_be_read_is_refused_in_the_vendors_shape(sap: Sap, params: dict[str, str]) -> None:
    answer = sap.get(INVOICES, **params)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["message"]["lang"] == "en"
    assert error["message"]["value"]
    assert error["innererror"]["errordetails"][0]["severity"] == "error"


def test_unknown_things_are_404(sap: Sap) -> None:
    for path in ("API_NOTHING_SRV/A_Thing", "API_PURCHASEORDER_PROCESS_SRV/A_Thing", f"{ORDERS}('1')"):
        answer = sap.get(path)
        assert answer.status_code == 404
        assert answer.json()["error"]["code"]


def test_paging_by_client_and_by_server(sap: Sap) -> None:
    first = sap.get(INVOICES, inlinecount="allpages", orderby="DocumentDate desc").json()["d"]
    assert first["__count"] == "27"
    assert len(first["results"]) == 20
    assert "$skiptoken=" in first["__next"]
    every = sap.all(INVOICES, orderby="DocumentDate desc")
    assert len({(row["SupplierInvoice"], row["FiscalYear"]) for row in every}) == 27
    dates = [odata_day(row["DocumentDate"]) for row in every]
    assert dates == sorted(dates, reverse=True)
    assert names(sap.all(INVOICES, orderby="DocumentDate desc", skip="5", top="2")) == names(every[5:7])
    assert sap.get(f"{INVOICES}/$count").text == "27"
    assert len(sap.all(INVOICES, top="25")) == 25


def test_select_and_expand(sap: Sap) -> None:
    order = sap.get(f"{ORDERS}('4500000108')", select="PurchaseOrder", expand="to_PurchaseOrderItem").json()[
        "d"
    ]
    assert set(order) == {"__metadata", "PurchaseOrder", "to_PurchaseOrderItem"}
    items = order["to_PurchaseOrderItem"]["results"]
    assert [(item["PurchaseOrderItem"], item["NetPriceAmount"]) for item in items] == [
        ("10", "60000.00"),
        ("20", "50000.00"),
    ]


def test_metadata_describes_what_is_served(sap: Sap) -> None:
    for path in (INVOICES, ORDERS, ITEMS):
        service, name = path.split("/")
        answer = sap.get(f"{service}/$metadata")
        assert answer.headers["content-type"].startswith("application/xml")
        space = {"e": "http://schemas.microsoft.com/ado/2008/09/edm"}
        entity = ET.fromstring(answer.text).find(f".//e:EntityType[@Name='{name}Type']", space)
        assert entity is not None
        properties = {one.attrib["Name"] for one in entity.findall("e:Property", space)}
        row = sap.get(path, top="1").json()["d"]["results"][0]
        assert {key for key in row if not key.startswith(("__", "to_"))} == properties
    assert 'Name="A_SupplierInvoice"' in sap.get("API_SUPPLIERINVOICE_PROCESS_SRV/$metadata").text


def test_writing_needs_a_token_and_its_session(sap: Sap) -> None:
    for headers in ({}, {"x-csrf-token": "made-up"}):
        answer = sap.post(INVOICES, headers, json=NEW)
        assert answer.status_code == 403
        assert answer.headers["x-csrf-token"] == "Required"
    token = sap.token("API_SUPPLIERINVOICE_PROCESS_SRV")
    sap.web.cookies.clear()
    assert sap.post(INVOICES, token, json=NEW).status_code == 403


def test_an_invoice_is_created_and_released_never_changed(sap: Sap) -> None:
    token = sap.token("API_SUPPLIERINVOICE_PROCESS_SRV")
    made = sap.post(INVOICES, token, json=NEW)
    assert made.status_code == 201
    row = made.json()["d"]
    assert sap.get(INVOICES, filter="SupplierInvoiceIDByInvcgParty eq 'PACTA-CLAIM-1'").json()["d"][
        "results"
    ] == [row]
    booked = sap.all(ITEMS, filter="DocumentReferenceID eq 'PACTA-CLAIM-1'")
    assert [(i["AmountInTransactionCurrency"], i["PaymentBlockingReason"]) for i in booked] == [
        ("1000.00", "A")
    ]
    change = sap.web.request("PATCH", row["__metadata"]["uri"], auth=sap.auth, headers=token, json={})
    assert change.status_code == 405
    release = "API_SUPPLIERINVOICE_PROCESS_SRV/Release"
    key = {"SupplierInvoice": f"'{row['SupplierInvoice']}'", "FiscalYear": "'2026'"}
    assert sap.post(release, token, params=key).status_code == 400
    done = sap.post(release, token, params={**key, "DiscountDaysHaveToBeShifted": "false"})
    assert done.json()["d"]["Release"]["Success"] is True
    assert (
        sap.web.get(row["__metadata"]["uri"], auth=sap.auth, params={"$format": "json"}).json()["d"][
            "PaymentBlockingReason"
        ]
        == ""
    )


@pytest.mark.parametrize(
    "broken",
    [
        {"InvoiceGrossAmount": 1000},
        {"InvoicingParty": "99999999"},
        {"DocumentDate": "last week"},
        {"CompanyCode": ""},
        {"NoSuchField": "x"},
        {"to_SuplrInvcItemPurOrdRef": ["4500000107"]},
    ],
)
def test_a_wrong_invoice_is_refused(sap: Sap, broken: dict[str, object]) -> None:
    token = sap.token("API_SUPPLIERINVOICE_PROCESS_SRV")
    answer = sap.post(INVOICES, token, json={**NEW, **broken})
    assert answer.status_code == 400, answer.text
    assert sap.get(f"{INVOICES}/$count").text == "27"


def test_orders_and_items_cannot_be_created(sap: Sap) -> None:
    token = sap.token("API_PURCHASEORDER_PROCESS_SRV")
    assert sap.post(ORDERS, token, json={}).status_code == 405


def test_clearing_appears_when_the_payment_run_has_passed(sap: Sap, box: RunningSandbox) -> None:
    mine = "DocumentReferenceID eq 'ACM-2026-09'"
    box.set_clock(datetime.fromisoformat("2026-10-30T10:00:00+01:00"))
    before = sap.all(ITEMS, filter=mine)[0]
    assert (before["IsCleared"], before["ClearingDate"], before["ClearingAccountingDocument"]) == (
        False,
        None,
        "",
    )
    box.set_clock(datetime.fromisoformat("2026-10-30T12:00:00+01:00"))
    after = sap.all(ITEMS, filter=mine)[0]
    assert (after["IsCleared"], odata_day(after["ClearingDate"])) == (True, "2026-10-30")
    paid = sap.all(ITEMS, filter=f"AccountingDocument eq '{after['ClearingAccountingDocument']}'")
    assert [
        (p["AccountingDocumentType"], p["AmountInTransactionCurrency"], p["InvoiceReference"]) for p in paid
    ] == [("KZ", "57120.00", after["AccountingDocument"])]
    assert after["AmountInTransactionCurrency"] == "-57120.00"
    box.set_clock(datetime.fromisoformat("2026-10-01T12:00:00+02:00"))
    assert sap.all(ITEMS, filter=mine) == []


# -- the client made for it -------------------------------------------------------------------------


def service(box: RunningSandbox, name: str) -> Any:
    """pyodata with a session of its own, made of the metadata that the service gives."""
    session = requests.Session()
    session.trust_env = False
    session.auth = ("PACTA_COMM", "sap-demo-password")
    address = f"{box.sap_url}/sap/opu/odata/sap/{name}/"
    token = session.get(address, headers={"x-csrf-token": "Fetch", "accept": "application/json"})
    session.headers["x-csrf-token"] = token.headers["x-csrf-token"]
    return pyodata.Client(address, session)


def test_pyodata_reads(box: RunningSandbox) -> None:
    invoices = service(box, "API_SUPPLIERINVOICE_PROCESS_SRV").entity_sets.A_SupplierInvoice
    assert invoices.get_entities().count().execute() == 27
    page = invoices.get_entities().order_by("SupplierInvoice").execute()
    rows = list(page)
    while page.next_url:
        page = invoices.get_entities().next_url(page.next_url).execute()
        rows += page
    assert len({row.SupplierInvoice for row in rows}) == 27
    small = invoices.get_entities().filter(InvoicingParty="17300002", InvoiceGrossAmount__lt=1000).execute()
    assert [row.SupplierInvoiceIDByInvcgParty for row in small] == ["NWH-CM-09"]
    late = (
        invoices.get_entities().filter(PostingDate__gte=datetime(2026, 10, 1, tzinfo=UTC)).count(inline=True)
    )
    assert late.execute().total_count == 11
    one = invoices.get_entity(SupplierInvoice="5105600110", FiscalYear="2026")
    held = one.expand("to_SuplrInvcItemPurOrdRef").execute()
    assert held.DocumentDate == datetime(2026, 9, 1, tzinfo=UTC)
    assert [item.PurchaseOrder for item in held.to_SuplrInvcItemPurOrdRef] == ["4500000101"]
    along = held.nav("to_SuplrInvcItemPurOrdRef").get_entities().execute()
    assert [item.SupplierInvoiceItemAmount for item in along] == ["48000.00"]
    with pytest.raises(HttpError, match="404"):
        invoices.get_entity(SupplierInvoice="1", FiscalYear="2026").execute()


def test_pyodata_reads_orders_and_accounting_items(box: RunningSandbox) -> None:
    orders = service(box, "API_PURCHASEORDER_PROCESS_SRV").entity_sets.A_PurchaseOrder
    order = orders.get_entity("4500000108").expand("to_PurchaseOrderItem").execute()
    assert [item.NetPriceAmount for item in order.to_PurchaseOrderItem] == ["60000.00", "50000.00"]
    since = datetime(2026, 3, 1, tzinfo=UTC)
    changed = orders.get_entities().filter(LastChangeDateTime__gte=since).execute()
    assert [row.PurchaseOrder for row in changed] == ["4500000104"]
    items = service(box, "API_OPLACCTGDOCITEMCUBE_SRV").entity_sets.A_OperationalAcctgDocItemCube
    found = items.get_entities().filter(IsCleared=False, FinancialAccountType="K").execute()
    assert {row.DocumentReferenceID for row in found} == {"ACM-2026-10", "NWH-CM-09"}


def test_pyodata_creates_and_releases_an_invoice(box: RunningSandbox) -> None:
    client = service(box, "API_SUPPLIERINVOICE_PROCESS_SRV")
    invoices = client.entity_sets.A_SupplierInvoice
    plain = {name: value for name, value in NEW.items() if not name.startswith("to_")}
    days = {name: datetime(2026, 11, 10, tzinfo=UTC) for name in ("DocumentDate", "PostingDate")}
    lines = [{"PurchaseOrder": "4500000107"}]
    made = invoices.create_entity().set(**{**plain, **days}, to_SuplrInvcItemPurOrdRef=lines).execute()
    assert (made.InvoiceGrossAmount, made.PaymentBlockingReason) == ("1000.00", "A")
    key = {"SupplierInvoice": made.SupplierInvoice, "FiscalYear": made.FiscalYear}
    items = invoices.get_entity(**key).expand("to_SuplrInvcItemPurOrdRef").execute()
    assert [item.PurchaseOrder for item in items.to_SuplrInvcItemPurOrdRef] == ["4500000107"]
    release = client.functions.Release.parameter("DiscountDaysHaveToBeShifted", False)
    for name, value in key.items():
        release = release.parameter(name, value)
    assert release.execute()["Release"]["Success"] is True
    assert invoices.get_entity(**key).execute().PaymentBlockingReason == ""
    with pytest.raises(HttpError, match="405"):
        invoices.update_entity(**key).set(DocumentHeaderText="x").execute()
    client.connection.headers["x-csrf-token"] = "guessed"
    with pytest.raises(HttpError, match="403"):
        invoices.create_entity().set(**{**plain, **days}).execute()
