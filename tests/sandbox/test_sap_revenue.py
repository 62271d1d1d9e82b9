"""SAP revenue accounting's stand-in: metadata, reading, pages, values, writing under a version, the clock."""

import xml.etree.ElementTree as ElementTree
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.sap_revenue.model import SETS
from sandbox.sap_revenue.service import ROOT

AUTH = ("PACTA_RAR", "sap-revenue-demo-password")
EXACT = {"accept": "application/json;IEEE754Compatible=true"}
CONTRACTS, OBLIGATIONS = "RevenueAccountingContract", "PerformanceObligation"


class Service:
    """The few lines of a client that these tests need."""

    def __init__(self, web: httpx.Client, root: str) -> None:
        self.web, self.root = web, f"{root}/sap_revenue{ROOT}"
        self.token: dict[str, str] = {}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**EXACT, **options.pop("headers", {})}
        address = path if path.startswith("http") else f"{self.root}/{path}"
        return self.web.request(method, address, auth=options.pop("auth", AUTH), headers=headers, **options)

    def get(self, path: str, **params: str) -> httpx.Response:
        return self.ask("GET", path, params={f"${name}": value for name, value in params.items()})

    def every(self, path: str, **params: str) -> list[dict[str, Any]]:
        answer, rows = self.get(path, **params), []
        for _ in range(50):
            assert answer.status_code == 200, answer.text
            rows += answer.json()["value"]
            if "@odata.nextLink" not in answer.json():
                return rows
            answer = self.ask("GET", urljoin(str(answer.url), answer.json()["@odata.nextLink"]))
        raise AssertionError("the pages do not end")

    def obligation(self, text: str) -> dict[str, Any]:
        (row,) = self.every(OBLIGATIONS, filter=f"PerformanceObligationClass eq '{text}'")
        return row

    def write(self, method: str, path: str, body: Any, **headers: str) -> httpx.Response:
        if not self.token:
            fetched = self.ask("HEAD", "", headers={"x-csrf-token": "Fetch"})
            self.token = {"x-csrf-token": fetched.headers["x-csrf-token"]}
        kind = {"content-type": "application/json;IEEE754Compatible=true"}
        return self.ask(method, path, json=body, headers={**kind, **self.token, **headers})


@pytest.fixture
def rar(box: RunningSandbox, web: httpx.Client) -> Service:
    return Service(web, box.base_url)


def at(row: dict[str, Any]) -> str:
    return f"{OBLIGATIONS}('{row['PerformanceObligation']}')"


# -- reading ----------------------------------------------------------------------------------------------


def test_who_may_not_come_in(rar: Service) -> None:
    refused = rar.ask("GET", CONTRACTS, auth=("PACTA_RAR", "wrong"))
    assert (refused.status_code, refused.headers["content-type"][:9]) == (401, "text/html")
    assert rar.ask("GET", CONTRACTS, params={"sap-client": "200"}).status_code == 401
    assert rar.ask("GET", CONTRACTS, params={"sap-client": "100"}).status_code == 200
    assert rar.ask("GET", CONTRACTS, headers={"accept": "application/xml"}).status_code == 406


def test_the_metadata_tells_every_field(rar: Service) -> None:
    space = "{http://docs.oasis-open.org/odata/ns/edm}"
    root = ElementTree.fromstring(rar.get("$metadata").content)
    types = {one.get("Name"): one for one in root.iter(f"{space}EntityType")}
    assert set(types) == {f"{name}_Type" for name in SETS}
    for name in SETS:
        named = {one.get("Name"): one for one in types[f"{name}_Type"].findall(f"{space}Property")}
        rows = rar.every(name, top="60")
        for row in rows:
            assert {key for key in row if not key.startswith("@")} == set(named)
            for key, value in row.items():
                if isinstance(value, str) and key in named and named[key].get("MaxLength"):
                    assert len(value) <= int(named[key].get("MaxLength") or 0), key
                if value is None:
                    assert named[key].get("Nullable") != "false", key
    assert {one["name"] for one in rar.get("").json()["value"]} == set(SETS)


def test_contracts_with_their_obligations(rar: Service) -> None:
    (row,) = rar.every(
        CONTRACTS, filter="contains(RevnAcctgContractDescription,'TX-400')", expand="_PerformanceObligation"
    )
    assert (row["Customer"], row["YY1_ContractNumber_RAC"]) == ("10100001", "IC-109")
    assert row["RevenueAccountingContract"] == "00000030000001"
    parts = row["_PerformanceObligation"]
    assert row["NumberOfPerformanceObligations"] == len(parts) == 4
    allocated = sum(Decimal(part["AllocatedPriceInSalesDocCrcy"]) for part in parts)
    assert allocated == Decimal(row["TotContractualPrcInSlsDocCrcy"]) == Decimal("430000.00")
    assert row["RevnAcctgContractStatus"] == "I"
    along = rar.every(f"{CONTRACTS}('{row['RevenueAccountingContract']}')/_PerformanceObligation")
    assert [part["PerformanceObligation"] for part in along] == [p["PerformanceObligation"] for p in parts]
    back = rar.get(f"{at(parts[0])}/_RevenueAccountingContract").json()
    assert back["RevenueAccountingContract"] == row["RevenueAccountingContract"]
    one = rar.get(at(parts[0]))
    assert one.headers["etag"] == one.json()["@odata.etag"]
    assert one.headers["odata-version"] == "4.0"


def test_fulfilments_and_the_revenue_they_make(rar: Service) -> None:
    lot = rar.obligation("TX-400 analysers lot 2")
    assert (lot["PerfOblgnDeliveredQuantity"], lot["PerfOblgnIsFullyFulfilled"]) == ("4.00", "X")
    assert (lot["RAPerfOblgnCompletionDate"], lot["RevnAcctgPerfOblgnStatus"]) == ("2026-07-09", "C")
    done = rar.every(f"{at(lot)}/_Fulfillment")
    assert [one["RAFulfilledQuantity"] for one in done] == ["3.00", "1.00"]
    assert done[1]["CreationDateTime"] > f"{done[1]['RAFulfillmentDate']}T23:59:59Z"
    lines = rar.every(f"{at(lot)}/_RevenueSchedule")
    assert [one["RevnAcctgPostgAmtInSlsDocCrcy"] for one in lines] == ["103500.00", "34500.00"]
    installed = rar.obligation("Installation and demonstration")
    percents = [one["RAFulfillmentPercent"] for one in rar.every(f"{at(installed)}/_Fulfillment")]
    assert percents == ["40.00", "85.00", "70.00", "100.00"]
    back = rar.every("RevenueScheduleItem", filter="RevnAcctgPostgAmtInSlsDocCrcy lt 0")
    assert [(one["FiscalYearPeriod"], one["RevnAcctgPostgAmtInSlsDocCrcy"]) for one in back] == [
        ("2026009", "-1680.00")
    ]


def test_revenue_over_time_adds_up(rar: Service) -> None:
    plan = rar.obligation("Service plan for ten analysers")
    lines = rar.every(f"{at(plan)}/_RevenueSchedule")
    amounts = [Decimal(one["RevnAcctgPostgAmtInSlsDocCrcy"]) for one in lines]
    assert (len(lines), sum(amounts)) == (13, Decimal(plan["AllocatedPriceInSalesDocCrcy"]))
    states = "".join(one["RevnAcctgRecnclnKeyStatus"] for one in lines)
    assert states == "CCCCCCOOOOOOO"
    assert lines[5]["PostingDate"] == "2026-10-31"
    assert lines[6]["PostingDate"] is None


def test_pages_counts_and_orders(rar: Service) -> None:
    first = rar.get("RevenueScheduleItem", count="true").json()
    assert (len(first["value"]), first["@odata.count"]) == (20, "46")
    assert first["@odata.nextLink"].startswith("RevenueScheduleItem?")
    rows = rar.every("RevenueScheduleItem")
    keys = {(row["PerformanceObligation"], row["RevnAcctgReconciliationKey"]) for row in rows}
    assert len(keys) == len(rows) == 46
    few = rar.ask("GET", CONTRACTS, headers={"prefer": "odata.maxpagesize=5"}).json()
    assert len(few["value"]) == 5
    assert rar.get(f"{CONTRACTS}/$count").text == "28"
    assert len(rar.every(CONTRACTS, top="3", skip="26")) == 2
    saved = [row["RAContractLastSavedDateTime"] for row in rar.every(
        CONTRACTS, orderby="RAContractLastSavedDateTime desc,RevenueAccountingContract")]  # fmt: skip
    assert saved == sorted(saved, reverse=True)
    new = rar.every(CONTRACTS, filter="RAContractLastSavedDateTime ge 2026-09-01T00:00:00Z")
    assert 0 < len(new) < 10
    plain = rar.get(CONTRACTS, top="1", select="Customer").json()["value"][0]
    assert set(plain) == {"@odata.etag", "RevenueAccountingContract", "Customer"}


def test_numbers_are_texts_only_where_asked_for(rar: Service) -> None:
    rough = rar.ask("GET", CONTRACTS, params={"$top": "1"}, headers={"accept": "application/json"})
    assert rough.json()["value"][0]["TotContractualPrcInSlsDocCrcy"] == 430000.0
    assert "IEEE754Compatible=false" in rough.headers["content-type"]
    assert isinstance(rar.get(CONTRACTS, top="1").json()["value"][0]["TotContractualPrcInSlsDocCrcy"], str)


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("Nothing", {}, 404),
        (f"{CONTRACTS}('1')", {}, 404),
        (f"{OBLIGATIONS}('0000000002000001')/_Nothing", {}, 404),
        ("RevenueScheduleItem('1')", {}, 400),
        (CONTRACTS, {"filter": "Colour eq 'red'"}, 400),
        (CONTRACTS, {"filter": "TotContractualPrcInSlsDocCrcy eq 'much'"}, 400),
        (CONTRACTS, {"filter": "Customer eq '1' and"}, 400),
        (CONTRACTS, {"orderby": "Colour"}, 400),
        (CONTRACTS, {"select": "Colour"}, 400),
        (CONTRACTS, {"expand": "_Colour"}, 400),
        (CONTRACTS, {"top": "many"}, 400),
        (CONTRACTS, {"inlinecount": "allpages"}, 400),
    ],
)
def test_questions_that_have_no_answer(rar: Service, path: str, params: dict[str, str], status: int) -> None:
    refused = rar.get(path, **params)
    assert refused.status_code == status
    assert refused.json()["error"]["code"].startswith("/IWBEP/")


def test_the_clock_decides_what_is_there(rar: Service, box: RunningSandbox) -> None:
    spare = "startswith(RevnAcctgContractDescription,'Spare parts Orchard')"
    assert rar.every(CONTRACTS, filter=spare) == []
    box.set_clock(datetime.fromisoformat("2026-11-14T12:00:00+01:00"))
    (new,) = rar.every(CONTRACTS, filter=spare)
    assert new["YY1_ContractNumber_RAC"] == ""
    box.set_clock(datetime.fromisoformat("2026-07-01T12:00:00+02:00"))
    lot = rar.obligation("TX-400 analysers lot 2")
    assert (lot["PerfOblgnDeliveredQuantity"], lot["RevnAcctgPerfOblgnStatus"]) == ("3.00", "I")
    (line,) = rar.every(f"{at(lot)}/_RevenueSchedule")
    assert (line["RevnAcctgRecnclnKeyStatus"], line["PostingDate"]) == ("O", None)
    assert rar.obligation("Installation and demonstration")["PerformanceObligationEndDate"] == "2026-07-21"


def test_what_was_deleted_stays_with_a_mark(rar: Service) -> None:
    (twin,) = rar.every(CONTRACTS, filter="RAContractIsSoftDeleted eq 'X'")
    assert twin["RAContractLastSavedDateTime"] == "2026-08-11T07:05:00Z"
    parts = rar.every(f"{CONTRACTS}('{twin['RevenueAccountingContract']}')/_PerformanceObligation")
    assert [part["PerfOblgnIsSoftDeleted"] for part in parts] == ["X"]


# -- writing ----------------------------------------------------------------------------------------------

NEW = {
    "PerformanceObligationClass": "Report on uptime 2026",
    "RAPerformanceObligationType": "SERVICE",
    "PerfOblgnFulfillmentType": "E",
    "PerfOblgnEventType": "MA",
    "PerfOblgnContractualQuantity": "2.00",
    "PerformanceObligationStartDate": "2026-11-01",
    "PerformanceObligationEndDate": "2026-12-31",
    "YY1_ExternalReference_POB": "ob-77",
}
INTO = f"{CONTRACTS}('00000030000001')/_PerformanceObligation"


def test_an_obligation_is_entered_and_fulfilled_by_hand(rar: Service) -> None:
    made = rar.write("POST", INTO, NEW)
    assert made.status_code == 201, made.text
    row = made.json()
    assert (row["RAPerfOblgnIsManuallyCreated"], row["AllocatedPriceInSalesDocCrcy"]) == ("X", "0.00")
    assert rar.get(made.headers["location"]).json()["YY1_ExternalReference_POB"] == "ob-77"
    assert len(rar.every(OBLIGATIONS, filter="YY1_ExternalReference_POB eq 'ob-77'")) == 1
    told = {"RAFulfillmentDate": "2026-11-09", "RAFulfilledQuantity": "2.00", "RASndgCompDocumentItem": "r-1"}
    done = rar.write("POST", f"{at(row)}/_Fulfillment", told)
    assert done.status_code == 201, done.text
    assert done.json()["CreatedByUser"] == "PACTA_RAR"
    after = rar.get(at(row)).json()
    assert (after["PerfOblgnIsFullyFulfilled"], after["RAPerfOblgnCompletionDate"]) == ("X", "2026-11-09")
    assert rar.write("POST", f"{at(row)}/_Fulfillment", told).status_code == 400
    goods = rar.obligation("TX-400 analysers lot 1")
    assert rar.write("POST", f"{at(goods)}/_Fulfillment", told).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"PerformanceObligationClass": ""},
        {"PerfOblgnFulfillmentType": "X"},
        {"PerfOblgnEventType": ""},
        {"PerfOblgnContractualQuantity": "0.00"},
        {"PerfOblgnContractualQuantity": "0.001"},
        {"PerfOblgnContractualQuantity": 2},
        {"PerformanceObligationEndDate": "2026-10-31"},
        {"PerformanceObligationEndDate": "soon"},
        {"SalesDocumentCurrency": "EUR"},
        {"AllocatedPriceInSalesDocCrcy": "1.00"},
        {"YY1_ExternalReference_POB": "x" * 61},
        {"Colour": "red"},
    ],
)
def test_obligations_that_are_not_taken(rar: Service, changed: dict[str, Any]) -> None:
    refused = rar.write("POST", INTO, {**NEW, **changed})
    assert refused.status_code == 400, refused.text
    assert refused.json()["error"]["target"]
    assert rar.get(f"{OBLIGATIONS}/$count").text == "32"


def test_changes_need_the_version_they_were_made_from(rar: Service) -> None:
    row = rar.obligation("Operator training in Wilmington")
    body = {"PerformanceObligationEndDate": "2027-01-31"}
    assert rar.write("PATCH", at(row), body).status_code == 428
    assert rar.write("PATCH", at(row), body, **{"if-match": 'W/"SADL-1"'}).status_code == 412
    done = rar.write("PATCH", at(row), body, **{"if-match": row["@odata.etag"]})
    assert (done.status_code, done.json()["PerformanceObligationEndDate"]) == (200, "2027-01-31")
    assert done.headers["etag"] != row["@odata.etag"]
    assert rar.write("PATCH", at(row), body, **{"if-match": row["@odata.etag"]}).status_code == 412
    quiet = {"if-match": done.headers["etag"], "prefer": "return=minimal"}
    assert rar.write("PATCH", at(row), {"YY1_ExternalReference_POB": "ob-8"}, **quiet).status_code == 204
    late = rar.get(at(row)).json()
    assert late["YY1_LastChangeDateTime_POB"] == "2026-11-10T11:00:00Z"
    price = {"AllocatedPriceInSalesDocCrcy": "1.00"}
    assert rar.write("PATCH", at(row), price, **{"if-match": "*"}).status_code == 400


def test_writes_need_a_token_and_an_offer(rar: Service) -> None:
    refused = rar.ask("POST", INTO, json=NEW, headers={"content-type": "application/json"})
    assert (refused.status_code, refused.headers["x-csrf-token"]) == (403, "Required")
    for method, path in (
        ("POST", CONTRACTS),
        ("PATCH", f"{CONTRACTS}('00000030000001')"),
        ("DELETE", f"{OBLIGATIONS}('0000000002000001')"),
        ("POST", "RevenueScheduleItem"),
    ):
        assert rar.write(method, path, {}).status_code == 405, path
    twin = rar.every(CONTRACTS, filter="RAContractIsSoftDeleted eq 'X'")[0]["RevenueAccountingContract"]
    assert rar.write("POST", f"{CONTRACTS}('{twin}')/_PerformanceObligation", NEW).status_code == 400


# -- a bad day --------------------------------------------------------------------------------------------


def test_faults_and_reset(rar: Service, box: RunningSandbox) -> None:
    def faulty(kind: str) -> httpx.Response:
        return rar.ask("GET", CONTRACTS, headers={"x-sandbox-fault": kind})

    plain = [row["RevenueAccountingContract"] for row in rar.get(CONTRACTS).json()["value"]]
    busy = faulty("503")
    assert (busy.headers["retry-after"], busy.json()["error"]["code"]) == ("1", "SY/503")
    assert "html" in faulty("401").headers["content-type"]
    loop = faulty("loop").json()
    assert [row["RevenueAccountingContract"] for row in loop["value"]] == plain
    assert "$skiptoken=0" in loop["@odata.nextLink"]
    twice = [row["RevenueAccountingContract"] for row in faulty("duplicate").json()["value"]]
    assert twice[0] == twice[-1]
    assert [row["RevenueAccountingContract"] for row in faulty("shuffle").json()["value"]] != plain
    assert rar.write("POST", INTO, NEW).status_code == 201
    box.reset()
    assert rar.get(f"{OBLIGATIONS}/$count").text == "32"
    assert rar.write("POST", INTO, NEW).status_code == 403
