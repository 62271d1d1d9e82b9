"""Icertis' stand-in: tokens, envelope, pages, filters, hierarchy, documents, both ways of writing."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.icertis.schema import AGREEMENTS
from sandbox.world import AS_OF, CORPUS

DIRECTORY = "4f2b8a10-7c55-4d1e-9b0a-3d6c1f0e8a77"
CLIENT = {"client_id": "pacta-icertis-client", "client_secret": "icertis-demo-secret"}
FORM = {"grant_type": "client_credentials", **CLIENT, "scope": "api://pacta-icertis/.default"}
KEY = {"IcmAuthToken": "icertis-demo-api-token", "SubjectIdentifier": "1"}


class Tenant:
    def __init__(self, web: httpx.Client, root: str) -> None:
        self.web, self.root = web, f"{root}/icertis"

    def token(self, directory: str = DIRECTORY, **form: str) -> httpx.Response:
        return self.web.post(f"{self.root}/{directory}/oauth2/v2.0/token", data={**FORM, **form})

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**KEY, **options.pop("headers", {})}
        return self.web.request(method, f"{self.root}/api/{path}", headers=headers, **options)

    def get(self, path: str, **params: Any) -> Any:
        answer = self.ask("GET", f"v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def all(self, path: str, **params: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for page in range(1, 50):
            answer = self.get(path, **{"Page": page, "PageSize": 100, **params})
            rows += answer["Data"]
            if not answer["HasMoreData"]:
                return rows
        raise AssertionError("the pages do not end")

    def contract(self, number: str) -> dict[str, Any]:
        for name in AGREEMENTS:
            for row in self.all(f"agreements/{name}", Filter=f"ICMExternalId $eq '{number}'"):
                return row
        raise AssertionError(number)

    def duty(self, reference: str) -> dict[str, Any]:
        (row,) = self.all("agreements/Obligations", Filter=f"ICMExternalReference $eq '{reference}'")
        return row


@pytest.fixture
def clm(box: RunningSandbox, web: httpx.Client) -> Tenant:
    return Tenant(web, box.base_url)


# -- who may come in ----------------------------------------------------------------------------------


def test_tokens_of_the_directory_and_of_the_tenant(clm: Tenant) -> None:
    granted = clm.token().json()
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 3599)
    bearer = {"authorization": f"Bearer {granted['access_token']}"}
    address = f"{clm.root}/api/v1/agreements/ICMMSA"
    assert clm.web.get(address, headers=bearer).status_code == 200
    assert clm.web.get(address, headers=KEY).status_code == 200
    assert clm.token(client_secret="guessed").status_code == 401
    assert clm.token(scope="").json()["error"] == "invalid_scope"
    assert clm.token(grant_type="password").json()["error"] == "unsupported_grant_type"
    assert clm.token("another").json()["error"] == "invalid_tenant"
    stranger = clm.web.get(address, headers={"authorization": "Bearer nobody's"})
    assert (stranger.status_code, stranger.json()["Messages"][0]["code"]) == (401, "Unauthorized")
    assert clm.web.get(address, headers={"IcmAuthToken": "guessed"}).status_code == 401


def test_the_gateway_wants_a_product_key(clm: Tenant) -> None:
    address = f"{clm.root}/gateway/api/v1/agreements/ICMMSA"
    refused = clm.web.get(address, headers=KEY)
    assert (refused.status_code, refused.json()["statusCode"]) == (401, 401)
    known = {**KEY, "ici-product-key": "icertis-demo-product-key"}
    assert clm.web.get(address, headers=known).status_code == 200


def test_too_many_calls_are_told_when_to_come_back(clm: Tenant) -> None:
    answers = [clm.ask("GET", "v1/masterdata/ICMVendor", params={"PageSize": 1}) for _ in range(310)]
    late = [one for one in answers if one.status_code == 429]
    assert late
    assert late[0].json()["statusCode"] == 429
    assert int(late[0].headers["retry-after"]) >= 1


# -- lists --------------------------------------------------------------------------------------------


def test_pages_of_ten_with_a_count_on_demand(clm: Tenant) -> None:
    first = clm.get("agreements/Obligations")
    assert (len(first["Data"]), first["HasMoreData"], first["Messages"]) == (10, True, [])
    assert first["PagingData"] == {
        "RowsPerPage": 10, "PageNumber": 1, "TotalNumberOfPages": -1, "TotalRowCount": -1,
    }  # fmt: skip
    counted = clm.get("agreements/Obligations", page=2, pageSize=20, count="true")["PagingData"]
    rows = clm.all("agreements/Obligations")
    assert (counted["PageNumber"], counted["TotalRowCount"]) == (2, len(rows))
    assert counted["TotalNumberOfPages"] == -(-len(rows) // 20)
    only = clm.get("agreements/Obligations", countOnly="true")
    assert (only["Data"], only["PagingData"]["TotalRowCount"]) == ([], len(rows))
    assert len({row["SysId"] for row in rows}) == len(rows) > 30
    assert len(clm.get("masterdata/ICMVendor", PageSize=500)["Data"]) == 13
    assert clm.ask("GET", "v1/agreements/ICMMSA?Page=0").status_code == 400


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Status $eq 'Executed'", 7),
        ("Status $eq 'Executed' $and ICMCurrency $eq 'EUR'", 1),
        ("(ICMExternalId $eq 'IC-105' $or ICMExternalId $eq 'IC-107') $and Status $eq 'Executed'", 2),
        ("ICMExternalId $in ('IC-105','IC-107','IC-999')", 2),
        ("ModifiedOn $gt '2026-10-01T00:00:00Z'", 2),
        ("ModifiedOn $ge '2026-10-20 15:05:00' $and ModifiedOn $le '2026-10-20 15:05:00'", 1),
        ("ICMContractValue $gt 118000", 1),
        ("ICMExpiryDate $lt '2027-01-01'", 2),
        ("ICMAgreementName $contains 'services'", 5),
        ("ICMAgreementName $startswith 'Hosting'", 2),
        ("ICMAgreementName $like 'host*agreement'", 1),
        ("ICMAgreementName $like '*2027'", 1),
        ("ICMExpiryDate $eq null", 1),
        ("ICMIsAmendment $eq true", 0),
    ],
)
def test_filters(clm: Tenant, text: str, count: int) -> None:
    rows = clm.all("agreements/ICMServicesAgreement", Filter=text)
    assert len(rows) == count, [row["ICMAgreementName"] for row in rows]


def test_what_cannot_be_asked_is_told(clm: Tenant) -> None:
    wrong = (
        "Status $eq Executed",
        "Status $is 'x'",
        "Status $eq 'a' $and",
        "(Status $eq 'x'",
        "Colour $eq 'red'",
        "ICMDescription $eq 'x'",
        "ICMSupplier $eq 'x'",
        "ModifiedOn $gt 'soon'",
    )
    for text in wrong:
        answer = clm.ask("GET", "v1/agreements/ICMMSA", params={"Filter": text})
        assert (answer.status_code, answer.json()["Data"]) == (400, None), text
        assert answer.json()["Messages"][0]["code"] == "InvalidFilter"
    assert clm.ask("GET", "v1/agreements/ICMMSA?Select=Colour").status_code == 400
    assert clm.ask("GET", "v1/agreements/ICMMSA?sort=Name upwards").status_code == 400
    assert clm.ask("GET", "v1/agreements/Nothing").status_code == 404
    assert clm.ask("GET", "v1/agreements/ICMVendor").status_code == 404
    assert clm.ask("DELETE", "v1/agreements/ICMMSA").status_code == 405


def test_search_takes_the_same_in_its_body(clm: Tenant) -> None:
    body = {"EntityName": "Obligations", "Filter": "Status $eq 'Cancelled'", "Select": ["ICMTitle"]}
    found = clm.ask("POST", "v1/search", json={**body, "Page": 1, "PageSize": 5, "Count": True}).json()
    assert found["Data"] == [{"ICMTitle": 'Training for the "feed" API'}]
    assert found["PagingData"]["TotalRowCount"] == 1
    assert clm.ask("POST", "v1/search", json={"EntityName": "Nothing"}).status_code == 404
    assert (
        clm.ask("POST", "v1/search", content=b"{", headers={"content-type": "text/plain"}).status_code == 415
    )


def test_a_list_is_a_summary_and_one_record_the_detail(clm: Tenant) -> None:
    row = clm.contract("IC-105")
    assert "ICMPerformanceSummary" not in row
    detail = clm.get(f"agreements/ICMServicesAgreement/{row['SysId']}")["Data"]
    assert detail["ICMPerformanceSummary"] == "Will not be renewed"
    assert (detail["ICMEffectiveDate"], detail["ICMContractValue"]) == ("2025-02-01 00:00:00", 117600)
    supplier = json.loads(detail["ICMSupplier"])
    assert supplier["DisplayValue"] == "Nordwind Hosting AB"
    vendor = clm.get(f"masterdata/ICMVendor/{supplier['Id']}")["Data"]
    assert vendor["ICMVendorNumber"] == detail["ICMSupplierNumber"] == "17300002"
    named = clm.get("agreements/ICMMSA", select="name,status", sort="ModifiedOn desc, Name")["Data"]
    assert [set(one) for one in named] == [{"Name", "Status"}] * len(named)


def test_contract_types_are_described(clm: Tenant) -> None:
    types = {row["Name"]: row["Category"] for row in clm.get("contracttypes")["Data"]}
    assert (types["ICMMSA"], types["Obligations"], types["ICMVendor"]) == (
        "Agreement", "Associated", "Masterdata",
    )  # fmt: skip
    described = clm.get("contracttypes/Obligations")["Data"]["Attributes"]
    assert {"Name": "ICMDueDate", "DataType": "date"}.items() <= next(
        one for one in described if one["Name"] == "ICMDueDate"
    ).items()


def test_faults_touch_lists(clm: Tenant) -> None:
    def page(fault: str, number: int = 1) -> list[str]:
        answer = clm.ask(
            "GET",
            f"v1/agreements/Obligations?Page={number}&PageSize=5",
            headers={"x-sandbox-fault": fault} if fault else {},
        )
        return [row["SysId"] for row in answer.json()["Data"]]

    assert page("loop", 3) == page("")
    assert page("duplicate")[0] == page("duplicate")[-1]
    assert page("shuffle") != page("")
    assert clm.ask("GET", "v1/agreements/ICMMSA", headers={"x-sandbox-fault": "429"}).status_code == 429


# -- what happened ------------------------------------------------------------------------------------


def test_contracts_hang_below_each_other(clm: Tenant) -> None:
    master, amendment = clm.contract("IC-101"), clm.contract("IC-103")
    assert (amendment["EntityName"], amendment["ICMIsAmendment"]) == ("ICMMSA", True)
    for number in ("IC-102", "IC-103", "IC-104"):
        assert clm.contract(number)["ParentEntityInstanceID"] == master["SysId"]
    parent = clm.ask(
        "GET",
        "Agreement/GetParent",
        params={
            "childId": amendment["SysId"],
            "parentEntityName": "ICMMSA",
            "includeChildCollection": "false",
        },
    ).json()
    assert (parent["EntityInstanceId"], parent["ICMContractTypeName"]) == (master["SysId"], "ICMMSA")
    whole = clm.ask(
        "GET",
        "Instance/GetInstance",
        params={
            "entityInstanceId": master["SysId"],
            "entityName": "ICMMSA",
            "includeChildCollection": "true",
        },
    ).json()
    assert {"IC-102", "IC-103", "IC-104"} <= {one.get("ICMExternalId") for one in whole["ChildCollection"]}


def test_an_amendment_was_a_draft_before_it_was_signed(clm: Tenant, box: RunningSandbox) -> None:
    seen = []
    for day in ("2026-06-01", "2026-06-12", "2026-06-20", "2026-06-24"):
        box.set_clock(datetime.fromisoformat(f"{day}T12:00:00+02:00"))
        rows = clm.all("agreements/ICMMSA", Filter="ICMExternalId $eq 'IC-103'")
        seen.append(rows[0]["Status"] if rows else None)
    assert seen == [None, "Draft", "Approved", "Executed"]


def test_obligations_are_moved_reopened_deleted(clm: Tenant, box: RunningSandbox) -> None:
    assert clm.duty("OB-PHASE2")["ICMDueDate"] == "2026-10-09 00:00:00"
    assert (clm.duty("OB-SOC2")["Status"], clm.duty("OB-ENERGY-Q3")["Status"]) == ("Open", "Open")
    assert clm.duty("OB-CREDIT-09")["ICMAmount"] == -980
    findings = clm.duty("OB-FINDINGS")
    assert (findings["ICMCompletionDate"], findings["ModifiedOn"]) == (
        "2026-09-30 00:00:00", "2026-10-05 06:40:00",
    )  # fmt: skip
    assert len(clm.all("agreements/Obligations", Filter="ICMExternalReference $eq 'OB-RECYCLING'")) == 2
    assert clm.all("agreements/Obligations", Filter="ICMExternalReference $eq 'OB-SAMPLES'") == []
    rollout = clm.duty("OB-ROLLOUT")
    parts = clm.all(f"agreements/Obligations/{rollout['SysId']}/associations/Fulfillments")
    assert sorted(one["Status"] for one in parts) == ["Fulfilled", "Open"]
    box.set_clock(datetime.fromisoformat("2026-09-20T12:00:00+02:00"))
    assert clm.duty("OB-SOC2")["Status"] == "Fulfilled"
    box.set_clock(datetime.fromisoformat("2026-11-13T12:00:00+01:00"))
    assert clm.duty("OB-MIGRATION")["Status"] == "Open"


def test_the_signed_document(clm: Tenant) -> None:
    row = clm.contract("IC-101")
    answer = clm.ask("GET", f"v1/agreements/ICMMSA/{row['SysId']}/document")
    assert answer.content == (CORPUS / "contracts" / "acme-msa.pdf").read_bytes()
    assert "acme-msa.pdf" in answer.headers["content-disposition"]
    draft = clm.contract("IC-116")
    assert clm.ask("GET", f"v1/agreements/{draft['EntityName']}/{draft['SysId']}/document").status_code == 404


# -- writing ------------------------------------------------------------------------------------------


def duty(parent: str, **own: Any) -> dict[str, Any]:
    return {"ICMTitle": "Pay invoice", "ICMDueDate": "2026-12-01", "ParentEntityInstanceID": parent, **own}


def test_obligations_are_entered_and_changed(clm: Tenant, box: RunningSandbox) -> None:
    parent = clm.contract("IC-105")["SysId"]
    body = duty(parent, ICMExternalReference="ob-1", ICMAmount="9800.50", ICMObligationType="Payment")
    made = clm.ask("POST", "v1/agreements/Obligations", json={"Data": body})
    assert made.status_code == 201, made.text
    row = made.json()["Data"]
    assert (row["Status"], row["ICMAmount"], row["CreatedOn"]) == ("Open", 9800.5, "2026-11-10 11:00:00")
    assert clm.duty("ob-1")["ParentEntityName"] == "ICMServicesAgreement"
    box.set_clock(AS_OF + timedelta(hours=1))
    path = f"v1/agreements/Obligations/{row['SysId']}"
    changed = clm.ask("PUT", path, json={"ICMCompletionDate": "2026-11-10T00:00:00Z"}).json()["Data"]
    assert (changed["Status"], changed["ModifiedOn"]) == ("Fulfilled", "2026-11-10 12:00:00")
    done = duty(parent, ICMCompletionDate="2026-11-09")
    late = clm.ask("POST", "v1/agreements/Obligations", json=done).json()["Data"]
    assert late["Status"] == "Fulfilled"
    agreement = f"v1/agreements/ICMServicesAgreement/{parent}"
    assert clm.ask("PUT", agreement, json={"ICMPerformanceStatus": "At risk"}).status_code == 200
    assert clm.contract("IC-105")["ICMPerformanceStatus"] == "At risk"
    box.reset()
    assert clm.all("agreements/Obligations", Filter="ICMExternalReference $eq 'ob-1'") == []


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"ICMDueDate": "13/13/2001"}, "InvalidValue", "ICMDueDate"),
        ({"ICMTitle": ""}, "Required", "ICMTitle"),
        ({"Status": "Fulfilled"}, "ReadOnly", "Status"),
        ({"ICMColour": "red"}, "UnknownAttribute", "ICMColour"),
        ({"ICMObligationType": "Wish"}, "InvalidValue", "ICMObligationType"),
        ({"ICMAmount": "much"}, "InvalidValue", "ICMAmount"),
        ({"ICMTitle": "x" * 300}, "InvalidValue", "ICMTitle"),
        ({"ParentEntityInstanceID": None}, "Required", "ParentEntityInstanceID"),
        ({"ParentEntityInstanceID": "nothing"}, "NotFound", "ParentEntityInstanceID"),
    ],
)
def test_what_cannot_be_written_names_its_field(
    clm: Tenant, given: dict[str, Any], code: str, field: str
) -> None:
    body = {**duty(clm.contract("IC-105")["SysId"]), **given}
    answer = clm.ask("POST", "v1/agreements/Obligations", json=body)
    assert answer.status_code == 400
    assert [(one["code"], one["field"]) for one in answer.json()["Messages"]] == [(code, field)]


def test_the_older_way_saves_json_within_json(clm: Tenant) -> None:
    row = clm.contract("IC-107")
    asked = {"entityInstanceId": row["SysId"], "entityName": row["EntityName"]}
    whole = clm.ask("GET", "Instance/GetInstance", params=asked).json()
    whole["ICMPerformanceStatus"] = "Breached"
    headers = {"content-type": "application/json"}
    plain = clm.ask("PUT", "Instance/SaveInstance", content=json.dumps(whole), headers=headers)
    assert plain.status_code == 400
    twice = json.dumps(json.dumps(whole))
    saved = clm.ask("PUT", "Instance/SaveInstance", content=twice, headers=headers)
    assert (saved.status_code, saved.json()) == (200, row["SysId"])
    assert clm.contract("IC-107")["ICMPerformanceStatus"] == "Breached"
    new = {"EntityName": "Obligations", **duty(row["SysId"], ICMExternalReference="ob-2")}
    made = clm.ask("PUT", "Instance/SaveInstance", content=json.dumps(json.dumps(new)), headers=headers)
    assert clm.duty("ob-2")["SysId"] == made.json()


def test_an_associated_document_is_written_once_under_its_id(clm: Tenant) -> None:
    parent, key = clm.contract("IC-101")["SysId"], "0a3f2c1e-5b64-4c1d-8e7f-9a0b1c2d3e4f"
    query = {"parentContractType": "ICMMSA", "parentAgreementId": parent, "childContractType": "ICMExhibit"}
    body = {
        "fileData": base64.b64encode(b"%PDF-1.4 evidence").decode(),
        "associatedDocument": {"sysId": key, "ICMTitle": "Evidence"},
        "fileType": "1",
    }
    for _ in range(2):
        answer = clm.ask("POST", "Agreement/SaveAssociatedDocument", params=query, json=body)
        assert (answer.status_code, answer.text) == (200, f'"{key}"')
    rows = clm.all(f"agreements/ICMMSA/{parent}/associations/ICMExhibit")
    assert [row["ICMTitle"] for row in rows] == ["Evidence"]
    document = clm.ask("GET", f"v1/agreements/ICMExhibit/{key}/document")
    assert document.content == b"%PDF-1.4 evidence"
    gone = {"entityName": "ICMExhibit", "instanceId": key}
    assert clm.ask("POST", "Agreement/DeleteAssociatedDocument", params=gone).status_code == 200
    assert clm.all(f"agreements/ICMMSA/{parent}/associations/ICMExhibit") == []
    wrong = {**body, "fileData": "no base64!"}
    assert clm.ask("POST", "Agreement/SaveAssociatedDocument", params=query, json=wrong).status_code == 400


def test_users_and_groups(clm: Tenant) -> None:
    assert [one["UserName"] for one in clm.ask("GET", "Users").json()][:1] == [
        "lena.hartmann@tessaly.example"
    ]
    assert len(clm.ask("GET", "Groups?page=1&pageSize=2").json()) == 2
    assert clm.ask("GET", "Nothing").status_code == 404
