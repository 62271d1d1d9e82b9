"""Salesforce's stand-in: logging in, queries, records, composites; simple-salesforce drives it too."""

import time
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox import RunningSandbox
from sandbox.salesforce.schema import known_id, long_id
from tests.sandbox.tls import pem, public_pem

CLIENT, SECRET = "pacta-salesforce-client", "salesforce-demo-secret"
USER = "pacta@tessaly.example"
V = "/services/data/v59.0"
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Org:
    """The few lines a client needs."""

    def __init__(self, web: httpx.Client, base: str) -> None:
        self.web, self.base = web, base
        self._token = ""

    def token(self, **form: str) -> httpx.Response:
        given = form or {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
        return self.web.post(f"{self.base}/services/oauth2/token", data=given)

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        self._token = self._token or self.token().json()["access_token"]
        headers = {"authorization": f"Bearer {self._token}", **options.pop("headers", {})}
        path = path if path.startswith("/services") else V + path
        return self.web.request(method, self.base + path, headers=headers, **options)

    def query(self, soql: str, how: str = "query") -> list[dict[str, Any]]:
        answer, rows = self.ask("GET", f"/{how}?q={quote(soql)}"), []
        for _ in range(20):
            assert answer.status_code == 200, answer.text
            body = answer.json()
            rows += body["records"]
            if body["done"]:
                assert "nextRecordsUrl" not in body
                assert body["totalSize"] == len(rows)
                return rows
            answer = self.ask("GET", body["nextRecordsUrl"])
        raise AssertionError("the pages do not end")

    def wrong(self, soql: str) -> tuple[str, str]:
        answer = self.ask("GET", f"/query?q={quote(soql)}")
        assert answer.status_code == 400, answer.text
        (error,) = answer.json()
        return error["errorCode"], error["message"]

    def case(self, number: str, fields: str = "Id") -> dict[str, Any]:
        (row,) = self.query(f"SELECT {fields} FROM Case WHERE CaseNumber = '{number}'")
        return row


@pytest.fixture
def org(box: RunningSandbox, web: httpx.Client) -> Org:
    return Org(web, f"{box.base_url}/salesforce")


def assertion(key: rsa.RSAPrivateKey, **changes: Any) -> str:
    claims = {
        "iss": CLIENT,
        "sub": USER,
        "aud": "https://login.salesforce.com",
        "exp": int(time.time()) + 180,
    }
    return jwt.encode(claims | changes, pem(key), algorithm=changes.get("alg", "RS256"))


# -- logging in ---------------------------------------------------------------------------------------


def test_client_credentials(org: Org) -> None:
    body = org.token().json()
    assert set(body) == {
        "access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at"
    }  # fmt: skip
    assert body["instance_url"] == org.base
    assert org.ask("GET", "/limits").status_code == 200
    wrong = org.token(grant_type="client_credentials", client_id=CLIENT, client_secret="guessed")
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_client")
    other = org.token(grant_type="client_credentials", client_id="somebody", client_secret=SECRET)
    assert other.json()["error"] == "invalid_client_id"
    assert org.token(grant_type="password").json()["error"] == "unsupported_grant_type"
    basic = org.web.post(
        f"{org.base}/services/oauth2/token", data={"grant_type": "client_credentials"}, auth=(CLIENT, SECRET)
    )
    assert basic.status_code == 200


def test_a_signed_assertion_is_verified_with_the_registered_key(org: Org) -> None:
    key, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    good = assertion(key)
    assert org.token(grant_type=JWT, assertion=good).json()["error_description"] == "invalid assertion"
    org.web.put(f"{org.base}/_setup/certificate", content=public_pem(key))
    assert org.token(grant_type=JWT, assertion=good).status_code == 200
    wrong = {
        "invalid assertion": [assertion(other), good[:-6] + "AAAAAA", "abc", ""],
        "audience is invalid": [assertion(key, aud="https://elsewhere.example")],
        "expired authorization code": [assertion(key, exp=int(time.time()) - 900), assertion(key, exp=9**11)],
        "user hasn't approved this consumer": [assertion(key, sub="mallory@tessaly.example")],
        "invalid client credentials": [assertion(key, iss="somebody")],
    }
    for text, assertions in wrong.items():
        for one in assertions:
            answer = org.token(grant_type=JWT, assertion=one)
            assert (answer.status_code, answer.json()) == (
                400, {"error": "invalid_grant", "error_description": text}
            )  # fmt: skip


def test_without_a_session_nothing_is_told(org: Org) -> None:
    for headers in ({}, {"authorization": "Bearer 00D!guess"}, {"authorization": "Basic eDp5"}):
        answer = org.web.get(f"{org.base}{V}/query?q=SELECT+Id+FROM+Case", headers=headers)
        assert answer.status_code == 401
        assert answer.json() == [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]
    assert org.web.get(f"{org.base}/services/data").json()[0]["version"] == "31.0"
    assert org.ask("GET", "/services/data/v12.0/limits").json()[0]["errorCode"] == "NOT_FOUND"


def test_the_use_of_the_interface_is_counted(org: Org) -> None:
    seen = [org.ask("GET", "/limits").headers["sforce-limit-info"] for _ in range(2)]
    assert seen == ["api-usage=1/15000", "api-usage=2/15000"]


# -- queries ------------------------------------------------------------------------------------------


def test_pages_follow_their_locator(org: Org) -> None:
    first = org.ask("GET", f"/query?q={quote('SELECT Id FROM CaseHistory ORDER BY CreatedDate')}").json()
    assert first["totalSize"] > 100
    assert (len(first["records"]), first["done"]) == (40, False)
    assert first["nextRecordsUrl"].startswith("/services/data/v59.0/query/01g")
    assert first["nextRecordsUrl"].endswith("-40")
    rows = org.query("SELECT Id FROM CaseHistory ORDER BY CreatedDate")
    assert len({row["Id"] for row in rows}) == first["totalSize"]
    lost = org.ask("GET", "/query/01gHs0000000000ZZZ-40")
    assert lost.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


def test_relationships_are_walked_up_and_down(org: Org) -> None:
    case = org.case(
        "00001011",
        "CaseNumber, Account.Name, Account.Parent.ERP_Number__c, Parent.CaseNumber, Owner.Name, "
        "(SELECT MilestoneType.Name, IsViolated, ElapsedTimeInMins FROM CaseMilestones ORDER BY TargetDate), "
        "(SELECT CommentBody, CreatedBy.Username FROM CaseComments WHERE IsPublished = false)",
    )
    assert case["Account"]["Name"] == "Orchard Central Laboratory"
    assert case["Account"]["Parent"]["ERP_Number__c"] == "10100001"
    assert case["Parent"] is None
    milestones = case["CaseMilestones"]["records"]
    seen = [(one["MilestoneType"]["Name"], one["IsViolated"], one["ElapsedTimeInMins"]) for one in milestones]
    assert seen == [("Call back", True, 155), ("Solution", False, 685)]
    (comment,) = case["CaseComments"]["records"]
    assert comment["CreatedBy"]["Username"] == "marcus.bell@tessaly.example"
    assert case["attributes"]["url"].startswith(f"{V}/sobjects/Case/500")


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("CaseNumber = '00001007'", 1),
        ("CaseNumber IN ('00001007','00001011') AND Priority = 'high'", 2),
        ("Subject LIKE '%analyzer%' AND (Priority = 'High' OR Priority = 'Low')", 6),
        ("NOT (IsClosed = true)", 1),
        ("ClosedDate = null", 1),
        ("CreatedDate >= 2026-11-01T00:00:00Z", 2),
        ("CreatedDate > 2026-11-09T22:00:00+01:00", 1),
        ("CreatedDate = YESTERDAY", 1),
        ("CreatedDate = LAST_N_DAYS:10 AND Type = 'Maintenance'", 1),
        ("Id NOT IN (SELECT CaseId FROM CaseMilestone WHERE IsViolated = true)", 26),
        ("Account.Parent.Name LIKE 'Orchard _linics%'", 28),
        ("Subject = 'it\\'s not there'", 0),
    ],
)
def test_conditions(org: Org, where: str, count: int) -> None:
    assert len(org.query(f"SELECT Id FROM Case WHERE {where}")) == count


def test_order_limit_and_count(org: Org) -> None:
    rows = org.query(
        "SELECT CaseNumber FROM Case ORDER BY ClosedDate DESC NULLS LAST, CaseNumber LIMIT 2 OFFSET 1"
    )
    assert [row["CaseNumber"] for row in rows] == ["00001027", "00001025"]
    plain = [row["CaseNumber"] for row in org.query("SELECT CaseNumber FROM Case")]
    assert plain != sorted(plain)
    counted = org.ask("GET", "/query?q=SELECT+COUNT()+FROM+Case").json()
    assert counted == {"totalSize": 28, "done": True, "records": []}
    rows = org.query("SELECT FIELDS(ALL) FROM Asset LIMIT 1")
    assert "Accepted_On__c" in rows[0]


def test_wrong_queries_are_refused_in_salesforces_words(org: Org) -> None:
    code, text = org.wrong("SELECT Id, Colour FROM Case")
    assert code == "INVALID_FIELD"
    assert "ERROR at Row:1:Column:12\nNo such column 'Colour' on entity 'Case'." in text
    assert org.wrong("SELECT Id FROM Incident")[0] == "INVALID_TYPE"
    assert "Didn't understand relationship 'Company'" in org.wrong("SELECT Company.Name FROM Case")[1]
    assert org.wrong("SELECT Id FROM Case WHERE")[1] == "unexpected token: '<EOF>'"
    assert org.wrong("SELECT Id FROM Case WHERE IsClosed IS NULL")[0] == "MALFORMED_QUERY"
    mixed = "SELECT Id FROM Case WHERE IsClosed = true AND Priority = 'Low' OR Priority = 'High'"
    assert "unexpected token: 'OR'" in org.wrong(mixed)[1]
    quoted = org.wrong("SELECT Id FROM Case WHERE CreatedDate > '2026-10-01T00:00:00Z'")[1]
    assert "must be of type dateTime and should not be enclosed in quotes" in quoted
    assert "of type dateTime" in org.wrong("SELECT Id FROM Case WHERE CreatedDate > 2026-10-01")[1]
    assert org.wrong("SELECT Id FROM Case WHERE Id = 'abc'")[0] == "INVALID_QUERY_FILTER_OPERATOR"
    assert "can not be filtered" in org.wrong("SELECT Id FROM Case WHERE Description = 'x'")[1]
    # A plus sign that was not encoded arrives as a space.
    bare = org.ask("GET", "/query?q=SELECT+Id+FROM+Case+WHERE+CreatedDate>2026-10-01T00:00:00+02:00")
    assert bare.json()[0]["errorCode"] == "MALFORMED_QUERY"


def test_the_deleted_are_found_only_by_query_all(org: Org) -> None:
    soql = "SELECT CaseNumber, IsDeleted FROM Case WHERE IsDeleted = true"
    assert org.query(soql) == []
    (row,) = org.query(soql, "queryAll")
    assert row["CaseNumber"] == "00001028"
    key = row["attributes"]["url"].rsplit("/", 1)[1]
    gone = org.ask("GET", f"/sobjects/Case/{key}")
    assert (gone.status_code, gone.json()[0]["errorCode"]) == (404, "ENTITY_IS_DELETED")
    told = org.ask("GET", "/sobjects/Case/deleted?start=2026-11-01T00:00:00Z&end=2026-11-09T00:00:00Z").json()
    assert [one["id"] for one in told["deletedRecords"]] == [key]


# -- what happened to a case --------------------------------------------------------------------------


def milestone(org: Org, number: str, name: str, fields: str) -> dict[str, Any]:
    where = f"Case.CaseNumber = '{number}' AND MilestoneType.Name = '{name}'"
    (row,) = org.query(f"SELECT {fields} FROM CaseMilestone WHERE {where}")
    del row["attributes"]
    return row


def test_the_history_tells_what_a_case_was(org: Org) -> None:
    rows = org.query(
        "SELECT Field, OldValue, NewValue, CreatedDate FROM CaseHistory WHERE Case.CaseNumber = '00001016' "
        "AND Field IN ('Status', 'created') ORDER BY CreatedDate"
    )
    assert [(row["Field"], row["OldValue"], row["NewValue"]) for row in rows] == [
        ("created", None, None),
        ("Status", "New", "Working"),
        ("Status", "Working", "Closed"),
        ("Status", "Closed", "Working"),
        ("Status", "Working", "Closed"),
    ]
    assert rows[3]["CreatedDate"] == "2026-09-17T14:05:00.000+0000"
    owners = org.query(
        "SELECT NewValue, DataType FROM CaseHistory WHERE Field = 'Owner' AND Case.CaseNumber = '00001016'"
    )
    assert {row["DataType"] for row in owners} == {"Text", "EntityId"}


def test_milestones_count_desk_time_over_weekends_clock_changes_and_holidays(
    org: Org, box: RunningSandbox
) -> None:
    fields = "ElapsedTimeInMins, IsViolated, TargetDate"
    assert milestone(org, "00001007", "Call back", fields)["ElapsedTimeInMins"] == 90
    assert milestone(org, "00001027", "Call back", fields) == {
        "ElapsedTimeInMins": 110, "IsViolated": False, "TargetDate": "2026-11-02T14:30:00.000+0000"
    }  # fmt: skip
    running = milestone(org, "00001029", "Call back", "TimeRemainingInMins, TargetDate, IsCompleted")
    assert running == {
        "TimeRemainingInMins": "30:00", "TargetDate": "2026-11-10T13:30:00.000+0000", "IsCompleted": False
    }  # fmt: skip
    box.set_clock(datetime.fromisoformat("2026-11-13T12:00:00+00:00"))
    holiday = milestone(org, "00001030", "Call back", fields)
    assert holiday == {
        "ElapsedTimeInMins": 150, "IsViolated": True, "TargetDate": "2026-11-12T14:00:00.000+0000"
    }  # fmt: skip


def test_a_milestone_entered_later_is_not_known_before(org: Org, box: RunningSandbox) -> None:
    fields = "CompletionDate, SystemModstamp"
    box.set_clock(datetime.fromisoformat("2026-10-29T12:00:00+00:00"))
    before = milestone(org, "00001025", "Call back", fields)
    box.set_clock(datetime.fromisoformat("2026-11-01T12:00:00+00:00"))
    after = milestone(org, "00001025", "Call back", fields)
    assert before == {
        "CompletionDate": "2026-10-27T21:30:00.000+0000", "SystemModstamp": "2026-10-27T21:30:00.000+0000"
    }  # fmt: skip
    assert after == {
        "CompletionDate": "2026-10-27T18:10:00.000+0000", "SystemModstamp": "2026-10-30T13:00:00.000+0000"
    }  # fmt: skip


def test_time_in_which_the_customer_was_asked_moves_the_target(org: Org) -> None:
    row = milestone(org, "00001014", "Solution", "TargetDate, IsViolated, TargetResponseInMins")
    # 1,200 minutes of desk time from 2 September 10:00, and 1,270 more in which the clock stood.
    assert row == {
        "TargetDate": "2026-09-09T12:10:00.000+0000",
        "IsViolated": False,
        "TargetResponseInMins": 1200,
    }


# -- records ------------------------------------------------------------------------------------------


def test_ids_have_two_lengths(org: Org) -> None:
    key = org.case("00001007")["Id"]
    assert long_id(key[:15]) == key
    assert known_id(key[:15]) == key
    assert org.ask("GET", f"/sobjects/Case/{key[:15]}").json()["Id"] == key
    assert org.query(f"SELECT Id FROM Case WHERE Id = '{key[:15]}'")[0]["Id"] == key
    assert (
        org.ask("GET", f"/sobjects/Case/{key}?fields=Subject").json()["Subject"].startswith("Analyzer does")
    )


def test_upsert_by_external_id_never_makes_a_second_record(org: Org) -> None:
    path = "/sobjects/Case/Pacta_Ref__c/ob%3A8%2F2"
    made = org.ask("PATCH", path, json={"Subject": "Late call back", "Priority": "High"})
    assert (made.status_code, made.json()["created"]) == (201, True)
    again = org.ask("PATCH", path, json={"Priority": "Low"})
    assert (again.status_code, again.json()) == (
        200, {"id": made.json()["id"], "success": True, "errors": [], "created": False}
    )  # fmt: skip
    old = org.ask("PATCH", f"/services/data/v45.0{path}", json={"Priority": "Medium"})
    assert (old.status_code, old.content) == (204, b"")
    row = org.ask("GET", path).json()
    assert (row["Priority"], row["Pacta_Ref__c"], row["CaseNumber"]) == ("Medium", "ob:8/2", "00001101")
    both = org.ask("PATCH", path, json={"Pacta_Ref__c": "ob:8/2"})
    assert both.json()[0]["message"] == "The Pacta_Ref__c field should not be specified in the sobject data."
    twice = org.ask("POST", "/sobjects/Case", json={"Subject": "x", "Pacta_Ref__c": "OB:8/2"})
    assert twice.json()[0]["errorCode"] == "DUPLICATE_VALUE"
    assert org.ask("GET", "/sobjects/Case/Subject/x").status_code == 404


def test_what_may_not_be_written_is_refused(org: Org) -> None:
    key = org.case("00001007")["Id"]
    refused = [
        ({"Colour": "red"}, "INVALID_FIELD"),
        ({"CaseNumber": "1"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"CreatedDate": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Status": "Unheard of"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"Subject": "x" * 256}, "STRING_TOO_LONG"),
        ({"Subject": 5}, "JSON_PARSER_ERROR"),
        ({"IsEscalated": "yes"}, "JSON_PARSER_ERROR"),
        ({"AccountId": key}, "MALFORMED_ID"),
        ({"AccountId": "001Hs00000000ZZ"}, "INVALID_CROSS_REFERENCE_KEY"),
    ]
    for body, code in refused:
        answer = org.ask("PATCH", f"/sobjects/Case/{key}", json=body)
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code), body
    missing = org.ask("POST", "/sobjects/CaseComment", json={"CommentBody": "x"}).json()
    assert missing == [
        {
            "message": "Required fields are missing: [ParentId]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["ParentId"],
        }
    ]
    assert (
        org.ask("POST", "/sobjects/CaseMilestone", json={}).json()[0]["errorCode"]
        == "INVALID_TYPE_FOR_OPERATION"
    )
    assert org.ask("PUT", f"/sobjects/Case/{key}", json={}).status_code == 405
    assert (
        org.ask(
            "POST", "/sobjects/Case", content="Subject=x", headers={"content-type": "text/plain"}
        ).status_code
        == 415
    )
    assert (
        org.ask(
            "POST", "/sobjects/Case", content="{", headers={"content-type": "application/json"}
        ).status_code
        == 400
    )
    assert org.ask("POST", "/sobjects/Nothing", json={}).json()[0]["errorCode"] == "NOT_FOUND"


def test_closing_a_case_ends_its_clocks_and_leaves_a_trace(org: Org) -> None:
    key = org.case("00001029")["Id"]
    assert org.ask("PATCH", f"/sobjects/Case/{key}", json={"Status": "Closed"}).status_code == 204
    case = org.case("00001029", "IsClosed, ClosedDate, LastModifiedBy.Username")
    assert (case["IsClosed"], case["ClosedDate"]) == (True, "2026-11-10T11:00:00.000+0000")
    assert case["LastModifiedBy"]["Username"] == USER
    done = org.query(f"SELECT IsCompleted FROM CaseMilestone WHERE CaseId = '{key}'")
    assert [row["IsCompleted"] for row in done] == [True, True]
    last = org.query(
        f"SELECT NewValue FROM CaseHistory WHERE CaseId = '{key}' ORDER BY CreatedDate DESC LIMIT 1"
    )
    assert last[0]["NewValue"] == "Closed"


def test_a_milestone_can_be_completed_but_not_moved(org: Org) -> None:
    where = "Case.CaseNumber = '00001029' AND MilestoneType.Name = 'Call back'"
    key = org.query(f"SELECT Id FROM CaseMilestone WHERE {where}")[0]["Id"]
    assert (
        org.ask(
            "PATCH", f"/sobjects/CaseMilestone/{key}", json={"TargetDate": "2027-01-01T00:00:00Z"}
        ).status_code
        == 400
    )
    done = {"CompletionDate": "2026-11-10T10:50:00.000+0000"}
    assert org.ask("PATCH", f"/sobjects/CaseMilestone/{key}", json=done).status_code == 204
    row = org.ask("GET", f"/sobjects/CaseMilestone/{key}").json()
    assert (row["IsCompleted"], row["ElapsedTimeInMins"]) == (True, 90)


def test_descriptions_tell_external_ids(org: Org) -> None:
    fields = {one["name"]: one for one in org.ask("GET", "/sobjects/Case/describe").json()["fields"]}
    assert fields["Pacta_Ref__c"]["externalId"] is True
    assert fields["AccountId"]["referenceTo"] == ["Account"]
    assert fields["CreatedDate"]["updateable"] is False
    names = {one["name"] for one in org.ask("GET", "/sobjects").json()["sobjects"]}
    assert {"Case", "CaseMilestone", "Entitlement", "ServiceContract"} <= names


# -- several at once ----------------------------------------------------------------------------------


def parts(*given: tuple[str, str, dict[str, Any]], all_or_none: bool = True) -> dict[str, Any]:
    asked = [
        {"method": method, "url": V + url, "referenceId": f"r{at}", "body": body}
        for at, (method, url, body) in enumerate(given)
    ]
    return {"allOrNone": all_or_none, "compositeRequest": asked}


def test_a_composite_request_refers_to_its_own_answers(org: Org) -> None:
    body = parts(
        ("PATCH", "/sobjects/Case/Pacta_Ref__c/c1", {"Subject": "Credit due"}),
        ("POST", "/sobjects/CaseComment", {"ParentId": "@{r0.id}", "CommentBody": 'Say "credit"'}),
        ("POST", "/sobjects/Task", {"WhatId": "@{r0.id}", "Subject": "Check", "ActivityDate": "2026-11-20"}),
    )
    told = org.ask("POST", "/composite", json=body).json()["compositeResponse"]
    assert [(one["httpStatusCode"], one["referenceId"]) for one in told] == [
        (201, "r0"),
        (201, "r1"),
        (201, "r2"),
    ]
    key = told[0]["body"]["id"]
    assert told[0]["httpHeaders"]["Location"] == f"{V}/sobjects/Case/{key}"
    rows = org.query(f"SELECT CommentBody FROM CaseComment WHERE ParentId = '{key}'")
    assert rows[0]["CommentBody"] == 'Say "credit"'


def test_all_or_none_leaves_nothing_behind(org: Org) -> None:
    body = parts(
        ("POST", "/sobjects/Case", {"Subject": "First", "Pacta_Ref__c": "a1"}),
        ("POST", "/sobjects/Case", {"Subject": "Second", "Status": "Unheard of"}),
        ("POST", "/sobjects/Case", {"Subject": "Third"}),
    )
    told = org.ask("POST", "/composite", json=body).json()["compositeResponse"]
    codes = [one["body"][0]["errorCode"] for one in told]
    assert codes == ["PROCESSING_HALTED", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "PROCESSING_HALTED"]
    assert org.query("SELECT Id FROM Case WHERE Pacta_Ref__c = 'a1'") == []
    told = org.ask("POST", "/composite", json={**body, "allOrNone": False}).json()["compositeResponse"]
    assert [one["httpStatusCode"] for one in told] == [201, 400, 201]
    many = parts(*[("GET", "/limits", {})] * 26)
    assert org.ask("POST", "/composite", json=many).json()[0]["errorCode"] == "LIMIT_EXCEEDED"


def test_collections_of_records(org: Org) -> None:
    kind = {"attributes": {"type": "Task"}}
    records = [{**kind, "Subject": "one", "Pacta_Ref__c": "t1"}, {**kind, "Subject": "two", "Status": "?"}]
    told = org.ask("POST", "/composite/sobjects", json={"records": records}).json()
    assert [one["success"] for one in told] == [True, False]
    assert told[1]["errors"][0]["statusCode"] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    key = told[0]["id"]
    change = {"records": [{**kind, "id": key, "Status": "Completed"}]}
    assert org.ask("PATCH", "/composite/sobjects", json=change).json()[0]["success"]
    assert org.ask("GET", f"/sobjects/Task/{key}").json()["IsClosed"] is True
    upsert = {"records": [{**kind, "Pacta_Ref__c": "t1", "Status": "Deferred"}]}
    assert (
        org.ask("PATCH", "/composite/sobjects/Task/Pacta_Ref__c", json=upsert).json()[0]["created"] is False
    )
    assert org.ask("DELETE", f"/composite/sobjects?ids={key}").json()[0]["success"]
    records = [{**kind, "Subject": "one"}, {**kind, "Subject": "two", "Status": "?"}]
    told = org.ask("POST", "/composite/sobjects", json={"allOrNone": True, "records": records}).json()
    assert told[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"


NONSENSE: list[Any] = [None, True, -1, "x", [], ["x"], {"id": "x"}, {"attributes": 5}]


@pytest.mark.parametrize("value", NONSENSE, ids=repr)
def test_nonsense_is_refused(org: Org, value: Any) -> None:
    key = org.case("00001007")["Id"]
    for name in ("Status", "AccountId", "SlaStartDate", "IsEscalated", "Account"):
        assert org.ask("PATCH", f"/sobjects/Case/{key}", json={name: value}).status_code in (204, 400), name
    for path in ("/composite", "/composite/sobjects", "/sobjects/Case"):
        assert org.ask("POST", path, json=value).status_code in (201, 400, 405, 415), path
    part = {"compositeRequest": [{"method": value, "url": value, "referenceId": "a", "body": value}]}
    assert org.ask("POST", "/composite", json=part).status_code == 200
    assert org.ask("PATCH", "/composite/sobjects", json={"records": [value]}).json()[0]["success"] is False
    assert org.wrong("SELECT Id FROM Case WHERE ClosedDate = LAST_N_DAYS:99999999")[0] == "MALFORMED_QUERY"


# -- clock, faults, the world -------------------------------------------------------------------------


def test_what_is_recorded_later_is_not_there(org: Org, box: RunningSandbox) -> None:
    box.set_clock(datetime.fromisoformat("2026-08-12T15:00:00+00:00"))
    case = org.case("00001011", "Status, IsClosed, MilestoneStatus")
    assert (case["Status"], case["IsClosed"]) == ("New", False)
    assert len(org.query("SELECT Id FROM Case")) == 11
    box.set_clock(datetime.fromisoformat("2026-08-12T15:10:00+00:00"))
    assert org.case("00001011", "MilestoneStatus")["MilestoneStatus"] == "Open Violation"


def test_faults_in_lists(org: Org) -> None:
    path = f"/query?q={quote('SELECT Id FROM CaseHistory ORDER BY Id')}"
    fault = {
        kind: {"x-sandbox-fault": kind} for kind in ("loop", "duplicate", "shuffle", "429", "503", "401")
    }
    plain = org.ask("GET", path).json()["records"]
    loop = org.ask("GET", path, headers=fault["loop"]).json()
    assert loop["nextRecordsUrl"].endswith("-0")
    assert org.ask("GET", loop["nextRecordsUrl"], headers=fault["loop"]).json()["records"] == plain
    double = org.ask("GET", path, headers=fault["duplicate"]).json()["records"]
    assert double[0] == double[-1]
    assert org.ask("GET", path, headers=fault["shuffle"]).json()["records"] != plain
    limit = org.ask("GET", path, headers=fault["429"])
    assert (limit.status_code, limit.json()[0]["errorCode"]) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert org.ask("GET", path, headers=fault["503"]).headers["retry-after"] == "1"
    assert org.ask("GET", path, headers=fault["401"]).json()[0]["errorCode"] == "INVALID_SESSION_ID"


def test_the_sale_is_the_contracts(org: Org) -> None:
    (contract,) = org.query("SELECT Ironclad_Id__c, Total_Value__c, EndDate, Account.Name FROM Contract")
    assert (contract["Ironclad_Id__c"], contract["Total_Value__c"]) == ("IC-109", 430000.0)
    assert contract["Account"]["Name"] == "Orchard Clinics Network, Inc."
    (order,) = org.query(
        "SELECT TotalAmount, (SELECT TotalPrice FROM OrderItems) FROM Order WHERE ContractId != null"
    )
    assert (
        order["TotalAmount"] == 430000.0 == sum(row["TotalPrice"] for row in order["OrderItems"]["records"])
    )
    plans = org.query("SELECT GrandTotal FROM ServiceContract WHERE ParentServiceContractId != null")
    assert sum(row["GrandTotal"] for row in plans) == 38000.0
    assert org.query("SELECT Term, Account.MasterRecordId FROM ServiceContract LIMIT 1")[0]["Term"] == 12


def test_a_post_tells_who_may_see_it(org: Org) -> None:
    key = org.case("00001007")["Id"]
    post = {"ParentId": key, "Body": "For us only", "Visibility": "InternalUsers"}
    assert org.ask("POST", "/sobjects/FeedItem", json=post).status_code == 201
    org.ask("POST", "/sobjects/FeedItem", json={"ParentId": key, "Body": "For all"})
    rows = org.query(f"SELECT Visibility FROM FeedItem WHERE ParentId = '{key}'")
    assert {row["Visibility"] for row in rows} == {"AllUsers", "InternalUsers"}
