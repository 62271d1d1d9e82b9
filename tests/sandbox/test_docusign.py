"""Docusign's stand-in: log-on, CLM's objects and content, pages, searches, writing, failures, the clock."""

import time
from datetime import datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import RunningSandbox
from sandbox.docusign.accounts import INTEGRATION_KEY, REDIRECT, SECRET
from sandbox.docusign.world import ACCOUNT, number
from sandbox.world import CORPUS, signed_file
from tests.sandbox.docusign_client import ALL, Tenant


@pytest.fixture
def clm(box: RunningSandbox, web: httpx.Client) -> Tenant:
    return Tenant(web, box.base_url)


def contract(document: dict[str, Any]) -> dict[str, Any]:
    return {name: told["Value"] for name, told in document["AttributeGroups"]["Contract"].items()}


# -- log-on -----------------------------------------------------------------------------------------------


def test_a_signed_assertion_opens_an_hour(clm: Tenant) -> None:
    granted = clm.token().json()
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 3600)
    headers = {"authorization": f"Bearer {granted['access_token']}"}
    about = clm.web.get(f"{clm.root}/account/oauth/userinfo", headers=headers).json()
    assert about["accounts"][0]["account_id"] == ACCOUNT
    assert about["accounts"][0]["base_uri"] == f"{clm.root}/esign"
    assert clm.token(aud=clm.root.split("/")[2]).status_code == 200


@pytest.mark.parametrize(
    ("changed", "error", "text"),
    [
        ({"iss": "somebody"}, "invalid_grant", "issuer_not_found"),
        ({"sub": "pacta@tessaly.example"}, "invalid_grant", "user_not_found"),
        ({"aud": "https://account-d.docusign.com"}, "invalid_grant", "invalid_audience"),
        ({"exp": 1}, "invalid_grant", "expired_token"),
        ({"exp": int(time.time()) + 90_000}, "invalid_grant", "expired_token"),
        ({"scope": "spring_read"}, "consent_required", None),
        ({"scope": "impersonation everything"}, "invalid_scope", None),
        ({"sub": number("user", "lena.hartmann")}, "consent_required", None),
    ],
)
def test_assertions_that_do_not_fit(
    clm: Tenant, changed: dict[str, Any], error: str, text: str | None
) -> None:
    refused = clm.token(**changed)
    assert refused.status_code == 400
    assert (refused.json()["error"], refused.json().get("error_description")) == (error, text)


def test_keys_and_forms_that_do_not_fit(clm: Tenant) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert clm.token(signed_by=other).json()["error_description"] == "no_valid_keys_or_signatures"
    at = f"{clm.root}/account/oauth/token"
    refused = clm.web.post(at, data={"grant_type": "client_credentials"}).json()
    assert refused == {"error": "invalid_grant", "error_description": "unsupported_grant_type"}
    assert clm.web.post(at, json={"grant_type": "x"}).json()["error"] == "invalid_request"
    assert clm.web.post(at, data={"grant_type": "refresh_token"}).status_code == 401


def test_consent_is_given_once_and_codes_are_used_once(clm: Tenant) -> None:
    asked = {
        "response_type": "code",
        "scope": ALL,
        "client_id": INTEGRATION_KEY,
        "redirect_uri": REDIRECT,
        "login_hint": "lena.hartmann@tessaly.example",
        "state": "s",
    }
    page = clm.web.get(f"{clm.root}/account/oauth/auth", params=asked)
    assert page.status_code == 302
    code = httpx.URL(page.headers["location"]).params["code"]
    assert clm.token(sub=number("user", "lena.hartmann")).status_code == 200
    at, who = f"{clm.root}/account/oauth/token", (INTEGRATION_KEY, SECRET)
    form = {"grant_type": "authorization_code", "code": code}
    granted = clm.web.post(at, data=form, auth=who).json()
    assert clm.web.post(at, data=form, auth=who).status_code == 400
    renewal = {"grant_type": "refresh_token", "refresh_token": granted["refresh_token"]}
    assert clm.web.post(at, data=renewal, auth=who).json()["access_token"]
    assert clm.web.get(f"{clm.root}/account/oauth/auth", params={**asked, "scope": ""}).status_code == 400


def test_who_may_not_come_in(clm: Tenant) -> None:
    at = f"{clm.root}/apiuatna11/v2/{ACCOUNT}/attributegroups"
    refused = clm.web.get(at)
    error = refused.json()["Error"]
    assert (refused.status_code, error["HttpStatusCode"], error["ErrorCode"]) == (401, 401, 103)
    assert error["ReferenceId"]
    clm.bearer = clm.token(scope="signature impersonation").json()["access_token"]
    assert clm.ask("GET", "attributegroups").json()["Error"]["ErrorCode"] == 142
    assert clm.navigator("GET").status_code == 403
    clm.bearer = clm.token(scope="impersonation spring_read").json()["access_token"]
    assert clm.ask("GET", at.replace(ACCOUNT, number("account", "x"))).status_code == 403
    assert clm.ask("POST", "folders", json={}).status_code == 403
    assert clm.connect("GET").json()["errorCode"] == "AUTHORIZATION_INVALID_TOKEN"
    clm.bearer = clm.token(scope="impersonation content").json()["access_token"]
    document = number("document", "IC-101")
    assert clm.ask("GET", f"documents/{document}").status_code == 403
    assert clm.ask("GET", f"documents/{document}", "apidownloaduatna11").status_code == 200


def test_discovery_tells_the_hosts(clm: Tenant) -> None:
    found = clm.ask("GET", f"{clm.root}/springcm/api/v2/{ACCOUNT}/account").json()
    assert found["ApiBaseUrl"] == f"{clm.root}/apiuatna11"
    assert found["ApiBaseDownloadUrl"] != found["ApiBaseUploadUrl"]


# -- reading ----------------------------------------------------------------------------------------------


def test_a_contract_with_its_attributes(clm: Tenant) -> None:
    document = clm.document("IC-103")
    held = contract(document)
    assert (held["Contract Number"], held["Parent Contract"]) == ("IC-103", "IC-101")
    assert (held["Effective Date"], held["Expiration Date"]) == ("20260701000000", None)
    assert (held["Supplier Number"], held["Counterparty"]) == ("17300001", "Acme Managed Services Ltd")
    kind = document["AttributeGroups"]["Contract"]["Contract Value"]
    assert (kind["AttributeType"], kind["RepeatingAttribute"]) == ("Decimal", False)
    assert document["CreatedDate"] == "2026-06-23T14:02:00Z" < document["UpdatedDate"]
    assert document["Href"].endswith(document["Uid"])
    assert clm.get(f"documents/{document['Uid']}")["AttributeGroups"] is None
    related = clm.get(f"documents/{document['Uid']}/relateddocuments")
    assert [one["Uid"] for one in related["Items"]] == [number("document", "IC-101")]
    below = clm.get(f"documents/{number('document', 'IC-101')}/relateddocuments")
    assert below["Total"] == 3


def test_folders_and_paths(clm: Tenant) -> None:
    root = clm.get("folders/type", systemFolder="root", expand="Path")
    names = {one["Name"] for one in clm.every(root["Folders"]["Href"])}
    assert {"Contracts", "Templates"} <= names
    acme = clm.get("folders/path", path="/Contracts/Acme Managed Services Ltd", expand="Path,ParentFolder")
    assert acme["ParentFolder"]["Href"] == clm.get("folders/type", systemFolder="home")["Href"]
    for wrong in ({"path": "/Nowhere"}, {}):
        assert clm.ask("GET", "folders/path", params=wrong).status_code == 404
    assert clm.ask("GET", "folders", params={"path": "/Contracts"}).status_code == 405
    path = "/Contracts/Fenwick Robotics Oy/Mutual Non-Disclosure Agreement.txt"
    assert clm.get("documents", path=path)["Uid"] == number("document", "IC-111")


def test_pages_orders_and_filters(clm: Tenant) -> None:
    at = f"{clm.folder('Acme Managed Services Ltd')}/documents"
    first = clm.get(at)
    assert (first["Limit"], len(first["Items"]), first["Total"]) == (20, 20, 27)
    assert "Previous" not in first
    assert len({one["Uid"] for one in clm.every(at, limit=7)}) == 27
    order = {"pageSortParams__sortProperty": "UpdatedDate", "pageSortParams__sortDirection": "DESC"}
    dates = [one["UpdatedDate"] for one in clm.every(at, **order)]
    assert dates == sorted(dates, reverse=True)
    assert dates != [one["UpdatedDate"] for one in clm.every(at)]
    assert clm.get(at, pageSortParams__filter="Name=REPORT 2026")["Total"] == 10
    assert (
        clm.get(
            at, **{"pageSortParams__filter": "Name=Service report", "pageSortParams__filterExact": "true"}
        )["Total"]
        == 0
    )
    assert clm.get(at, pageSortParams__limit=500)["Limit"] == 100
    for wrong, code in (
        ({"pageSortParams.sortProperty": "PageCount"}, 110),
        ({"pageSortParams.filter": "UpdatedDate=2026"}, 133),
        ({"pageSortParams.limit": "many"}, 101),
        ({"expand": "attributegroups"}, 101),
    ):
        refused = clm.ask("GET", at, params=wrong)
        assert (refused.status_code, refused.json()["Error"]["ErrorCode"]) == (422, code)


def test_content_comes_from_its_own_host(clm: Tenant) -> None:
    document = clm.document("IC-101")
    at = document["DownloadDocumentHref"]
    assert "apidownloaduatna11" in at
    file = signed_file("acme-msa", CORPUS)
    assert file is not None
    got = clm.ask("GET", at, headers={"accept": "application/pdf"})
    assert (got.content, got.headers["content-type"]) == (file.read_bytes(), "application/pdf")
    assert clm.ask("GET", at, headers={"accept": "*/*"}).content == file.read_bytes()
    refused = clm.ask("GET", at, headers={"accept": "text/plain"})
    assert (refused.status_code, refused.json()["Error"]["ErrorCode"]) == (404, 119)
    assert clm.ask("GET", at, headers={"accept": "image/png"}).status_code == 406


def test_history_reminders_and_groups(clm: Tenant) -> None:
    history = clm.every(f"documents/{number('document', 'IC-105')}/historyitems")
    assert [one["Action"] for one in history][:2] == ["Uploaded", "Attributes Updated"]
    assert len(history) == 5
    named = clm.get(f"documents/{number('document', 'IC-113')}/documentreminders")["Items"]
    assert named[0]["ReminderDate"] == "2026-11-16T08:00:00Z"
    assert clm.get(named[0]["Href"])["Name"] == "Price review with Baltica"
    groups = clm.every("attributegroups", expand="Attributes")
    assert {one["Name"] for one in groups} == {"Contract", "Contract Obligations", "Contract Audit"}
    assert clm.get(groups[0]["Href"])["Attributes"] is None
    assert clm.get("workflowdefinitions")["Total"] == 3


def test_searches_short_and_long(clm: Tenant) -> None:
    at = "documentsearchtasks?expand=AttributeGroups"
    short = clm.ask("POST", at, json={"Title": "hosting agreement"})
    assert (short.status_code, short.json()["Status"]) == (200, "Success")
    assert short.json()["Result"]["Total"] == 2
    home = clm.get("folders/type", systemFolder="home")
    long = clm.ask("POST", at, json={"InFolder": {"Href": home["Href"]}})
    assert (long.status_code, long.json()["Status"]) == (202, "Processing")
    task = long.json()["Href"]
    assert clm.ask("GET", f"{task}/result").status_code == 404
    assert clm.get(task)["Status"] == "Processing"
    assert clm.get(task)["Status"] == "Success"
    found = clm.every(f"{task}/result", pageSortParams__limit=30)
    assert len(found) == 54
    assert all(one["AttributeGroups"] is not None for one in found)
    for body, total in (
        ({"AllWords": "IC-107"}, 1),
        ({"Content": "80 × 120"}, 1),
        ({"Extensions": "docx"}, 4),
        ({"Title": "NDA", "IsInTrash": True}, 1),
        ({"AllWords": "amendment", "WithoutWords": "managed"}, 0),
    ):
        assert clm.ask("POST", at, json=body).json()["Result"]["Total"] == total, body
    refused = clm.ask("POST", at, json={})
    assert (refused.status_code, refused.json()["Error"]["ErrorCode"]) == (422, 111)
    assert clm.ask("POST", at, json={"Query": "x"}).json()["ValidationErrors"][0]["PropertyName"] == "Query"


def test_the_clock_decides_what_is_there(clm: Tenant, box: RunningSandbox) -> None:
    assert contract(clm.document("IC-105"))["Contract Value"] == "117600.00"
    assert contract(clm.document("IC-105"))["Notice Given"] == "20261020000000"
    box.set_clock(datetime.fromisoformat("2025-03-01T12:00:00+01:00"))
    assert contract(clm.document("IC-105"))["Contract Value"] == "11760.00"
    assert clm.ask("GET", f"documents/{number('document', 'IC-103')}").status_code == 404
    at = f"{clm.folder('Datavane Analytics SAS')}/documents"
    assert clm.get(at)["Total"] == 0
    box.set_clock(datetime.fromisoformat("2026-11-13T12:00:00+01:00"))
    assert clm.get(at)["Total"] == 2


# -- writing ----------------------------------------------------------------------------------------------


def given(kind: str, value: Any, repeats: bool = False) -> dict[str, Any]:
    return {"AttributeType": kind, "RepeatingAttribute": repeats, "Value": value}


def test_attributes_are_changed_one_by_one(clm: Tenant) -> None:
    at = f"documents/{number('document', 'IC-101')}"
    before = contract(clm.document("IC-101"))
    told = {
        "Next Due": given("Date", "20261130000000"),
        "Open Obligations": given("Number", 5),
        "External Reference": given("String", ["ob-1", "ob-2"], True),
    }
    changed = clm.ask("PATCH", at, json={"AttributeGroups": {"Contract Obligations": told}})
    assert changed.status_code == 200, changed.text
    after = clm.document("IC-101")
    assert contract(after) == before
    held = after["AttributeGroups"]["Contract Obligations"]
    assert held["Open Obligations"]["Value"] == "5"
    assert held["External Reference"]["Value"] == ["ob-1", "ob-2"]
    assert after["UpdatedDate"] == "2026-11-10T11:00:00Z"
    assert after["UpdatedBy"] == "pacta@tessaly.example"
    put = clm.ask("PUT", at, json={"AttributeGroups": {"Contract Audit": {"Last Entry": {"Value": "seen"}}}})
    assert set(put.json()["AttributeGroups"]) == {"Contract Audit"}


def test_attributes_that_do_not_fit(clm: Tenant) -> None:
    at = f"documents/{number('document', 'IC-101')}"
    wrong = {
        "Contract": {
            "Colour": given("String", "red"),
            "Effective Date": given("Date", "2026-01-01"),
            "Contract Value": given("Decimal", "much"),
            "Auto Renewal": given("YesNo", "Perhaps"),
            "Currency": given("String", ["EUR"]),
            "Governing Law": "Germany",
            "Agreement Date": given("String", "20260101000000"),
        },
        "Nothing": {},
    }
    refused = clm.ask("PATCH", at, json={"AttributeGroups": wrong})
    assert refused.status_code == 422
    told = {one["PropertyName"]: one["ErrorCode"] for one in refused.json()["ValidationErrors"]}
    assert told["Contract.Colour"] == 1006
    assert told["Nothing"] == 1005
    assert len(told) == 8
    assert contract(clm.document("IC-101"))["Currency"] == "EUR"
    assert (
        clm.ask("PATCH", at, content=b"[]", headers={"content-type": "application/json"}).status_code == 400
    )
    assert clm.ask("PATCH", at, content=b"{}").status_code == 406


def test_uploads_folders_and_the_trash(clm: Tenant) -> None:
    folder = clm.folder("Acme Managed Services Ltd")
    made = clm.ask("POST", "folders", json={"Name": "Reports", "ParentFolder": {"Href": folder}})
    assert made.status_code == 201
    again = clm.ask("POST", "folders", json={"Name": "Reports", "ParentFolder": {"Href": folder}})
    assert (again.status_code, again.json()["Error"]["ErrorCode"]) == (409, 106)
    at = f"{made.json()['Href'].replace('apiuatna11', 'apiuploaduatna11')}/documents"
    up = clm.ask("POST", at, params={"name": "october.txt"}, content="Grüße".encode())
    assert up.status_code == 201
    assert clm.ask("POST", at, params={"name": "october.txt"}, content=b"x").status_code == 409
    assert clm.ask("POST", at, content=b"x").status_code == 422
    href = up.json()["Href"]
    assert clm.ask("GET", up.json()["DownloadDocumentHref"]).content.decode() == "Grüße"
    assert clm.ask("DELETE", href).status_code == 204
    assert clm.get(href)["IsInTrash"] is True
    assert clm.get(made.json()["Documents"]["Href"])["Total"] == 0


def test_locks_hold_others_off(clm: Tenant) -> None:
    at = f"documents/{number('document', 'IC-110')}"
    mine, scopes = clm.token().json()["access_token"], {"scope": ALL, "client_id": INTEGRATION_KEY}
    hint = {"response_type": "code", "redirect_uri": REDIRECT, "login_hint": "lena.hartmann@tessaly.example"}
    clm.web.get(f"{clm.root}/account/oauth/auth", params={**scopes, **hint})
    clm.bearer = clm.token(sub=number("user", "lena.hartmann")).json()["access_token"]
    assert clm.ask("POST", f"{at}/lock").status_code == 201
    hers, clm.bearer = clm.bearer, mine
    refused = clm.ask("PATCH", at, json={"Description": "d"})
    assert refused.json()["ValidationErrors"][0]["ErrorCode"] == 1012
    assert clm.get(at)["LockStatus"] == "Locked"
    assert clm.ask("DELETE", f"{at}/lock").status_code == 422
    clm.bearer = hers
    assert clm.ask("DELETE", f"{at}/lock").status_code == 204
    clm.bearer = mine
    assert clm.ask("PATCH", at, json={"Description": "d"}).json()["Description"] == "d"


def test_reminders(clm: Tenant) -> None:
    document = clm.document("IC-107")
    body = {
        "Name": "SOC 2 report due [ob-7]",
        "ReminderDate": "2026-12-01T09:00:00Z",
        "RecipientAdHocEmails": ["lena.hartmann@tessaly.example"],
        "Document": {"Href": document["Href"]},
    }
    made = clm.ask("POST", "documentreminders", json=body)
    assert made.status_code == 201, made.text
    found = clm.get(f"documents/{document['Uid']}/documentreminders", pageSortParams__filter="Name=[ob-7]")
    assert [one["Href"] for one in found["Items"]] == [made.json()["Href"]]
    changed = clm.ask("PATCH", made.json()["Href"], json={"ReminderDate": "2026-12-24T09:00:00Z"})
    assert changed.json()["ReminderDate"] == "2026-12-24T09:00:00Z"
    for wrong, code in (
        ({"ReminderDate": "2026-11-01T09:00:00Z"}, 1015),
        ({"ReminderDate": "soon"}, 1002),
        ({"Name": ""}, 134),
        ({"RecipientAdHocEmails": []}, 134),
        ({"RecipientAdHocEmails": ["nobody"]}, 1002),
        ({"Colour": "red"}, 1006),
    ):
        refused = clm.ask("POST", "documentreminders", json={**body, **wrong})
        assert (refused.status_code, refused.json()["ValidationErrors"][0]["ErrorCode"]) == (422, code), wrong
    assert clm.ask("DELETE", made.json()["Href"]).status_code == 204
    assert clm.ask("GET", made.json()["Href"]).status_code == 404


def test_a_workflow_asks_somebody(clm: Tenant) -> None:
    document = clm.document("IC-104")
    params = (
        "<Params><Title>Acceptance is due</Title><DueDate>2026-11-20T00:00:00Z</DueDate>"
        "<Instructions>ref ob-9</Instructions></Params>"
    )
    body = {
        "Name": "Obligation Task",
        "Params": params,
        "WorkflowDocuments": {"Items": [{"Href": document["Href"]}]},
    }
    made = clm.ask("POST", "workflows", json=body)
    assert (made.status_code, made.json()["Status"]) == (201, "Execution Pending")
    assert clm.get(made.json()["Href"])["Status"] == "Execution Pending"
    assert clm.get(made.json()["Href"])["Status"] == "Waiting"
    (item,) = clm.get(document["WorkItems"]["Href"])["Items"]
    assert (item["Name"], item["AssigneeInstructions"]) == ("Acceptance is due", "ref ob-9")
    assert clm.get(f"{item['Href']}/documents")["Items"][0]["Uid"] == document["Uid"]
    assert clm.ask("PATCH", item["Href"], json={"Selected": {"Name": "Done"}}).status_code == 200
    assert clm.get(made.json()["Href"])["Status"] == "Completed"
    assert clm.get(document["WorkItems"]["Href"])["Total"] == 0
    assert clm.ask("DELETE", made.json()["Href"]).status_code == 409
    for wrong in ({"Name": "No such"}, {"Params": "<a>"}, {"WorkflowDocuments": {"Items": [1]}}):
        assert clm.ask("POST", "workflows", json={**body, **wrong}).status_code == 422, wrong


# -- a bad day --------------------------------------------------------------------------------------------


def test_faults(clm: Tenant, box: RunningSandbox) -> None:
    at = f"{clm.folder('Acme Managed Services Ltd')}/documents"
    plain = [one["Uid"] for one in clm.get(at)["Items"]]

    def faulty(kind: str) -> httpx.Response:
        return clm.ask("GET", at, headers={"x-sandbox-fault": kind})

    busy = faulty("429; retry-after=3")
    assert (busy.headers["retry-after"], busy.json()["Error"]["ErrorCode"]) == ("3", 103)
    assert "x-ratelimit-reset" in busy.headers
    assert faulty("500").json()["Error"]["ErrorCode"] == 100
    loop = faulty("loop").json()
    again = clm.ask("GET", loop["Next"], headers={"x-sandbox-fault": "loop"}).json()
    assert [one["Uid"] for one in again["Items"]] == plain
    twice = [one["Uid"] for one in faulty("duplicate").json()["Items"]]
    assert twice[0] == twice[-1]
    assert [one["Uid"] for one in faulty("shuffle").json()["Items"]] != plain


def test_calls_are_counted(clm: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.docusign.clm.PER_WINDOW", 2)
    answers = [clm.ask("GET", "attributegroups") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["retry-after"]) <= 901
    assert answers[2].headers["x-ratelimit-limit"] == "25000"


def test_reset_brings_back_the_first_minute(clm: Tenant, box: RunningSandbox) -> None:
    at = f"documents/{number('document', 'IC-101')}"
    clm.ask("PATCH", at, json={"Description": "changed"})
    clm.ask("DELETE", at)
    box.reset()
    assert clm.ask("GET", at).status_code == 401
    clm.bearer = ""
    assert (clm.get(at)["Description"], clm.get(at)["IsInTrash"]) == ("", False)
