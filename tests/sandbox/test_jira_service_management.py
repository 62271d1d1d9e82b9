"""Jira Service Management as its documentation describes it; its own client; its specifications."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.world import load
from tests.sandbox.receiver import Receiver, receiving

AUTH = ("pacta@tessaly.example", "jira-demo-api-token")
CLOUD = "3f0d5c1e-7a44-4c6b-9a58-6f1c2a9b7e10"
APP = {"client_id": "pacta-jira-client", "client_secret": "jira-demo-secret"}
VENDORS = Path(__file__).resolve().parents[3] / "shared" / "vendors" / "jira_service_management"
DESK = "/rest/servicedeskapi"
with_spec = pytest.mark.skipif(
    not VENDORS.is_dir(), reason="no copy of the vendor's specification beside the checkout"
)


@pytest.fixture
def jira(box: RunningSandbox) -> Iterator[httpx.Client]:
    base = f"{box.base_url}/jira"
    with httpx.Client(base_url=base, auth=AUTH, trust_env=False, verify=False, timeout=10) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def bearer(jira: httpx.Client, scope: str = "") -> dict[str, str]:
    given = {"grant_type": "client_credentials", **APP} | ({"scope": scope} if scope else {})
    answer = jira.post("/oauth/token", json=given, auth=None)
    assert answer.status_code == 200, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


def found(jira: httpx.Client, jql: str, **more: Any) -> list[str]:
    """The keys of every issue the search gives, page after page."""
    keys: list[str] = []
    token: dict[str, str] = {}
    for _ in range(60):
        params = {"jql": jql, "fields": "key", "maxResults": 7, **more, **token}
        answer = jira.get("/rest/api/3/search/jql", params=params)
        assert answer.status_code == 200, answer.text
        keys += [issue["key"] for issue in answer.json()["issues"]]
        if answer.json()["isLast"]:
            assert "nextPageToken" not in answer.json()
            return keys
        token = {"nextPageToken": answer.json()["nextPageToken"]}
    raise AssertionError("the pages do not end")


def adf(text: str) -> dict[str, Any]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


# -- who may come in --------------------------------------------------------------------------------


def test_only_the_api_token_opens_the_site(jira: httpx.Client) -> None:
    for auth in (None, (AUTH[0], "password")):
        answer = httpx.get(f"{jira.base_url}rest/api/3/myself", auth=auth, trust_env=False)
        assert answer.status_code == 401
        assert set(answer.json()) == {"errorMessages", "errors"}
    assert jira.get("/rest/api/3/myself").json()["emailAddress"] == AUTH[0]
    assert jira.get("/rest/api/3/serverInfo", auth=None).json()["deploymentType"] == "Cloud"


def test_oauth_tokens_work_below_the_cloud_id_only(jira: httpx.Client) -> None:
    headers = bearer(jira)
    resources = jira.get("/oauth/token/accessible-resources", headers=headers, auth=None).json()
    assert [one["id"] for one in resources] == [CLOUD]
    assert jira.get("/rest/api/3/myself", headers=headers, auth=None).status_code == 401
    assert jira.get(f"/ex/jira/{CLOUD}/rest/api/3/myself", headers=headers, auth=None).status_code == 200
    assert jira.get("/ex/jira/0000/rest/api/3/myself", headers=headers, auth=None).status_code == 404
    narrow = bearer(jira, "read:jira-user")
    refused = jira.get(f"/ex/jira/{CLOUD}/rest/api/3/issue/SUP-1", headers=narrow, auth=None)
    assert (refused.status_code, refused.json()["message"]) == (401, "Unauthorized; scope does not match")


def test_refresh_tokens_rotate(jira: httpx.Client) -> None:
    given = {"grant_type": "refresh_token", "refresh_token": "jira-demo-refresh-token", **APP}
    first = jira.post("/oauth/token", json=given, auth=None).json()
    assert first["refresh_token"] != given["refresh_token"]
    again = jira.post("/oauth/token", json={**given, "refresh_token": first["refresh_token"]}, auth=None)
    assert again.status_code == 200
    unknown = jira.post("/oauth/token", json={**given, "refresh_token": "x"}, auth=None)
    assert (unknown.status_code, unknown.json()["error"]) == (403, "invalid_grant")


def test_organizations_are_the_parties_of_the_world(box: RunningSandbox, jira: httpx.Client) -> None:
    parties = {party.name: party for party in load().parties.values()}
    listed = jira.get(f"{DESK}/organization", params={"limit": 50}).json()["values"]
    assert {one["name"] for one in listed} == set(parties)
    contracts = {one.ironclad: load().party(one.party).name for one in load().contracts}
    asked = {
        "jql": "project in (SUP, CARE)",
        "fields": "customfield_10002,customfield_10052",
        "maxResults": 100,
    }
    for issue in jira.get("/rest/api/3/search/jql", params=asked).json()["issues"]:
        number = issue["fields"]["customfield_10052"]
        if number:
            assert [one["name"] for one in issue["fields"]["customfield_10002"]] == [contracts[number]]


# -- searching --------------------------------------------------------------------------------------


def test_a_search_names_only_ids_unless_fields_are_asked_for(jira: httpx.Client) -> None:
    answer = jira.get("/rest/api/3/search/jql", params={"jql": "key = SUP-1"}).json()
    assert answer == {"issues": [{"id": "10001"}], "isLast": True}
    asked = {"jql": "key = SUP-1", "fields": ["*all", "-comment"], "expand": "changelog"}
    issue = jira.post("/rest/api/3/search/jql", json=asked).json()["issues"][0]
    assert "comment" not in issue["fields"]
    assert issue["fields"]["customfield_10052"] == "IC-108"
    assert issue["changelog"]["total"] == 2
    wrong = jira.post("/rest/api/3/search/jql", json={**asked, "startAt": 0})
    assert wrong.status_code == 400


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ('Supplier = "Pellworm Chemie AG" AND priority in (Highest, High) ORDER BY key', ["SUP-1", "SUP-3"]),
        ("project = CARE AND resolution is EMPTY", ["CARE-502"]),
        ('cf[10052] ~ "IC-113" AND created >= "2026-10-05" AND created < "2026-10-06"', ["SUP-4"]),
        ('updated >= "2026-11-09 09:00" AND statusCategory != Done', ["SUP-30"]),
        ("status = Pending OR status = Canceled ORDER BY created", ["SUP-8", "SUP-7"]),
        ("resolution = Duplicate", ["SUP-3"]),
        ('text ~ "acetone drum*" AND NOT key = SUP-3', ["SUP-1"]),
        ("statusCategory != Done AND project = SUP AND updated >= -6d ORDER BY key", ["SUP-6", "SUP-30"]),
        ('organizations = "Arden Consulting LLP" AND assignee is EMPTY', ["SUP-6"]),
    ],
)
def test_queries(jira: httpx.Client, jql: str, keys: list[str]) -> None:
    assert found(jira, jql) == keys


@pytest.mark.parametrize(
    ("jql", "part"),
    [
        ("order by key", "Unbounded"),
        ("project = NOPE", "does not exist for the field"),
        ("nofield = 1", "There is no field 'nofield'"),
        ('updated >= "2026-11-09T08:41:00Z"', "is invalid. Valid formats"),
        ('"External reference" = "x"', "operator '=' is not supported"),
        ("project = SUP AND", "Error in the JQL Query"),
        ("status was Open", "was not expected here"),
        ("key = SUP-999", "An issue with key 'SUP-999' does not exist"),
    ],
)
def test_queries_that_are_refused(jira: httpx.Client, jql: str, part: str) -> None:
    answer = jira.get("/rest/api/3/search/jql", params={"jql": jql})
    assert answer.status_code == 400
    assert part in answer.json()["errorMessages"][0]


def test_pages_follow_the_token_and_faults_have_their_way(jira: httpx.Client) -> None:
    every = found(jira, "project in (SUP, CARE) ORDER BY created, key")
    assert len(every) == len(set(every)) == 37
    asked = {"jql": "project = SUP ORDER BY key", "fields": "key", "maxResults": 5}
    first = jira.get("/rest/api/3/search/jql", params=asked).json()
    loop = jira.get("/rest/api/3/search/jql", params=asked, headers={"x-sandbox-fault": "loop"}).json()
    more = {**asked, "nextPageToken": loop["nextPageToken"]}
    again = jira.get("/rest/api/3/search/jql", params=more, headers={"x-sandbox-fault": "loop"}).json()
    assert again["issues"] == loop["issues"] == first["issues"]
    assert again["nextPageToken"] == loop["nextPageToken"]
    double = jira.get("/rest/api/3/search/jql", params=asked, headers={"x-sandbox-fault": "duplicate"}).json()
    assert double["issues"][0] == double["issues"][-1]
    assert jira.get("/rest/api/3/search/jql", params={**asked, "nextPageToken": "x"}).status_code == 400
    limited = jira.get(
        "/rest/api/3/search/jql", params=asked, headers={"x-sandbox-fault": "429; retry-after=3"}
    )
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "3")


def test_the_search_by_offset_is_gone_from_version_three(jira: httpx.Client) -> None:
    asked: dict[str, Any] = {"jql": "project = CARE", "maxResults": 2, "startAt": 6}
    answer = jira.get("/rest/api/2/search", params=asked).json()
    assert (answer["total"], len(answer["issues"])) == (7, 1)
    assert jira.get("/rest/api/3/search", params=asked).status_code == 410


# -- one issue --------------------------------------------------------------------------------------


def test_long_texts_are_documents_in_version_three(jira: httpx.Client) -> None:
    assert jira.get("/rest/api/2/issue/sup-4").json()["fields"]["description"].startswith("Label says 60×40")
    fields = jira.get("/rest/api/3/issue/SUP-4").json()["fields"]
    assert [block["type"] for block in fields["description"]["content"]] == ["paragraph", "paragraph"]
    assert jira.get("/rest/api/3/issue/SUP-3").json()["fields"]["description"] is None
    comment = jira.get("/rest/api/3/issue/SUP-4/comment", params={"orderBy": "-created"}).json()["comments"][
        1
    ]
    assert comment["body"]["type"] == "doc"
    assert comment["created"] < comment["updated"]


def test_a_mention_is_kept_in_both_versions(jira: httpx.Client) -> None:
    nina = jira.get("/rest/api/3/user/search", params={"query": "nina"}).json()[0]["accountId"]
    node = {"type": "mention", "attrs": {"id": nina, "text": "@Nina"}}
    content = [{"type": "text", "text": "Please, "}, node]
    body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": content}]}
    made = jira.post("/rest/api/3/issue/SUP-6/comment", json={"body": body}).json()
    kept = made["body"]["content"][0]["content"][1]
    assert (kept["type"], kept["attrs"]["id"], kept["attrs"]["text"]) == ("mention", nina, "@Nina Osei")
    plain = jira.get(f"/rest/api/2/issue/SUP-6/comment/{made['id']}").json()["body"]
    assert plain == f"Please, [~accountid:{nina}]"


def test_a_link_is_in_the_changelog(box: RunningSandbox, jira: httpx.Client) -> None:
    log = jira.get("/rest/api/3/issue/SUP-3/changelog").json()["values"]
    item = log[-1]["items"][0]
    assert (item["field"], item["to"], item["toString"]) == ("Link", "SUP-1", "This issue duplicates SUP-1")
    assert (
        jira.get("/rest/api/3/issue/SUP-3").json()["fields"]["issuelinks"][0]["outwardIssue"]["key"]
        == "SUP-1"
    )
    box.set_clock(datetime.fromisoformat("2026-09-14T11:00:00+02:00"))
    assert jira.get("/rest/api/3/issue/SUP-3").json()["fields"]["issuelinks"] == []


def test_people_who_hide_their_address_have_none(jira: httpx.Client) -> None:
    authors = {
        c["author"]["displayName"]: c["author"]
        for c in jira.get("/rest/api/2/issue/SUP-2/comment").json()["comments"]
    }
    assert "emailAddress" not in authors["Timo Krüger"]
    assert authors["Priya Nair"]["emailAddress"] == "priya.nair@tessaly.example"
    robot = jira.get("/rest/api/2/issue/SUP-1/comment").json()["comments"][0]["author"]
    assert (robot["accountType"], robot["displayName"]) == ("app", "Automation for Jira")


def test_a_long_history_needs_the_pages_of_the_changelog(jira: httpx.Client) -> None:
    short = jira.get("/rest/api/3/issue/SUP-5", params={"expand": "changelog"}).json()["changelog"]
    assert (short["total"], len(short["histories"])) == (48, 40)
    assert short["histories"][0]["created"] > short["histories"][-1]["created"]
    pages: list[dict[str, Any]] = []
    for start in (0, 20, 40):
        page = jira.get(
            "/rest/api/3/issue/SUP-5/changelog", params={"startAt": start, "maxResults": 20}
        ).json()
        pages += page["values"]
    assert page["isLast"] and "nextPage" not in page
    assert [one["id"] for one in pages] == sorted({one["id"] for one in pages})
    statuses = [
        (i["fromString"], i["toString"]) for one in pages for i in one["items"] if i["field"] == "status"
    ]
    assert statuses == [("Waiting for support", "In Progress"), ("In Progress", "Resolved")]


def test_many_issues_at_once(jira: httpx.Client) -> None:
    url = "/rest/api/3/changelog/bulkfetch"
    asked = {"issueIdsOrKeys": ["SUP-1", "SUP-5", "SUP-999"], "maxResults": 30}
    first = jira.post(url, json=asked).json()
    second = jira.post(url, json={**asked, "nextPageToken": first["nextPageToken"]}).json()
    assert "nextPageToken" not in second
    logs = [log for page in (first, second) for log in page["issueChangeLogs"]]
    counts = {
        issue: sum(len(log["changeHistories"]) for log in logs if log["issueId"] == issue)
        for issue in ("10001", "10005")
    }
    assert counts == {"10001": 2, "10005": 48}
    alone = jira.get("/rest/api/3/issue/SUP-1/changelog").json()["values"][0]
    same = next(log for log in logs if log["issueId"] == "10001")["changeHistories"][0]
    assert same["id"] == alone["id"]
    assert datetime.fromisoformat(alone["created"]).timestamp() * 1000 == same["created"]
    only = jira.post(url, json={"issueIdsOrKeys": ["SUP-5"], "fieldIds": ["status"]}).json()[
        "issueChangeLogs"
    ]
    assert len(only[0]["changeHistories"]) == 2
    assert jira.post(url, json={"issueIdsOrKeys": []}).status_code == 400
    given = {"issueIdsOrKeys": ["SUP-1", "SUP-999"], "fields": ["summary"]}
    both = jira.post("/rest/api/3/issue/bulkfetch", json=given).json()
    assert [one["key"] for one in both["issues"]] == ["SUP-1"]
    assert both["issueErrors"][0]["issueIdsOrKeys"] == ["SUP-999"]


def test_the_clock_hides_what_is_not_known_yet(box: RunningSandbox, jira: httpx.Client) -> None:
    box.set_clock(datetime.fromisoformat("2026-09-22T12:00:00+02:00"))
    issue = jira.get("/rest/api/2/issue/SUP-2").json()["fields"]
    assert issue["status"]["name"] == "Waiting for customer"
    assert issue["comment"]["total"] == 2
    sla = jira.get(f"{DESK}/request/SUP-2/sla/2").json()
    assert sla["ongoingCycle"]["paused"] is True
    assert sla["ongoingCycle"]["elapsedTime"]["millis"] == 90 * 60_000
    assert jira.get("/rest/api/2/issue/SUP-4").status_code == 404
    box.set_clock(datetime.fromisoformat("2026-11-03T10:47:00+01:00"))
    assert jira.get(f"{DESK}/request/SUP-7/comment").json()["size"] == 2
    box.set_clock(datetime.fromisoformat("2026-11-03T11:01:00+01:00"))
    assert jira.get(f"{DESK}/request/SUP-7/comment").json()["size"] == 1


# -- service levels ---------------------------------------------------------------------------------


def test_sla_cycles_of_the_story(jira: httpx.Client) -> None:
    first, resolution = jira.get(f"{DESK}/request/SUP-1/sla").json()["values"]
    cycle = first["completedCycles"][0]
    assert (cycle["breached"], cycle["elapsedTime"]["friendly"], cycle["remainingTime"]["friendly"]) == (
        True,
        "2h 30m",
        "-1h 30m",
    )
    assert cycle["breachTime"]["iso8601"] == "2026-09-14T10:10:00+0200"
    assert resolution["id"] == "2"
    reopened = jira.get(f"{DESK}/request/SUP-2/sla/2").json()["completedCycles"]
    assert [one["elapsedTime"]["millis"] / 3_600_000 for one in reopened] == [3.0, 11.75]
    # The clocks went back that night: the answer took five hours and a quarter, not four.
    autumn = jira.get(f"{DESK}/request/CARE-501/sla/1").json()["completedCycles"][0]
    assert autumn["elapsedTime"]["millis"] == 6 * 3_600_000 - 45 * 60_000
    open_one = jira.get(f"{DESK}/request/SUP-6/sla/1").json()
    assert (open_one["completedCycles"], open_one["ongoingCycle"]["breached"]) == ([], True)
    shown = jira.get("/rest/api/3/issue/SUP-1").json()["fields"]["customfield_10020"]
    assert shown["completedCycles"] == first["completedCycles"]


# -- writing ----------------------------------------------------------------------------------------


def test_creating_and_changing_an_issue(box: RunningSandbox, jira: httpx.Client) -> None:
    fields = {"project": {"key": "SUP"}, "issuetype": {"id": "10011"}, "summary": "Credit for October"}
    more = {"description": adf("Please credit."), "customfield_10053": "pacta:act:17", "labels": ["pacta"]}
    made = jira.post("/rest/api/3/issue", json={"fields": {**fields, **more}})
    assert made.status_code == 201
    key = made.json()["key"]
    assert found(jira, 'cf[10053] ~ "\\"pacta:act:17\\""') == [key]
    assert found(jira, 'cf[10053] ~ "\\"pacta:act:1\\""') == []
    box.set_clock(datetime.fromisoformat("2026-11-10T12:05:00+01:00"))
    change = {"fields": {"priority": {"name": "High"}}, "update": {"labels": [{"add": "credit"}]}}
    assert jira.put(f"/rest/api/3/issue/{key}", json=change).status_code == 204
    log = jira.get(f"/rest/api/3/issue/{key}/changelog").json()["values"]
    assert {(i["field"], i["fromString"], i["toString"]) for i in log[0]["items"]} == {
        ("priority", "Medium", "High"),
        ("labels", "pacta", "pacta credit"),
    }
    issue = jira.get(f"/rest/api/3/issue/{key}").json()["fields"]
    assert issue["updated"] == "2026-11-10T12:05:00.000+0100"
    # It has no request type, so the service desk's own API does not know it.
    assert jira.get(f"{DESK}/request/{key}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"summary": ""}, "summary"),
        ({"summary": "two\nlines"}, "summary"),
        ({"description": "plain text"}, "description"),
        ({"created": "2026-01-01"}, "created"),
        ({"status": {"name": "Closed"}}, "status"),
        ({"customfield_10054": "x"}, "customfield_10054"),
        ({"priority": {"name": "Urgent"}}, "priority"),
        ({"labels": ["two words"]}, "labels"),
        ({"assignee": {"name": "lena"}}, "assignee"),
        ({"customfield_10050": {"value": "Nobody"}}, "customfield_10050"),
    ],
)
def test_wrong_fields_are_named_and_nothing_is_written(
    jira: httpx.Client, fields: dict[str, Any], wrong: str
) -> None:
    before = jira.get("/rest/api/3/issue/SUP-6").json()
    answer = jira.put("/rest/api/3/issue/SUP-6", json={"fields": {"duedate": "2026-12-01", **fields}})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [wrong]
    assert jira.get("/rest/api/3/issue/SUP-6").json() == before


def test_comments_are_public_or_internal(jira: httpx.Client) -> None:
    internal = [{"key": "sd.public.comment", "value": {"internal": True}}]
    made = jira.post("/rest/api/3/issue/SUP-6/comment", json={"body": adf("For us."), "properties": internal})
    assert (made.status_code, made.json()["jsdPublic"]) == (201, False)
    public = jira.post(f"{DESK}/request/SUP-6/comment", json={"body": "When, please?", "public": True})
    assert (public.status_code, public.json()["public"]) == (201, True)
    both = jira.get(f"{DESK}/request/SUP-6/comment").json()
    assert [one["public"] for one in both["values"]] == [False, True]
    seen = jira.get(f"{DESK}/request/SUP-6/comment", params={"internal": "false"}).json()["values"]
    assert [one["body"] for one in seen] == ["When, please?"]
    assert jira.post("/rest/api/3/issue/SUP-6/comment", json={"body": "text"}).status_code == 400
    assert jira.post("/rest/api/3/issue/SUP-6/comment", content="x").status_code == 415
    assert jira.delete(f"/rest/api/3/issue/SUP-6/comment/{made.json()['id']}").status_code == 403


def test_transitions_are_those_of_the_status(jira: httpx.Client) -> None:
    offered = jira.get("/rest/api/3/issue/SUP-6/transitions").json()["transitions"]
    resolve = next(one for one in offered if one["to"]["name"] == "Resolved")
    sent = {"transition": {"id": resolve["id"]}, "fields": {"resolution": {"name": "Won't Do"}}}
    assert jira.post("/rest/api/3/issue/SUP-6/transitions", json=sent).status_code == 204
    assert jira.get("/rest/api/3/issue/SUP-6").json()["fields"]["resolution"]["name"] == "Won't Do"
    again = jira.post("/rest/api/3/issue/SUP-6/transitions", json=sent)
    assert "not valid for the current state" in again.json()["errorMessages"][0]
    assert jira.post(f"{DESK}/request/SUP-6/transition", json={"id": "81"}).status_code == 204
    fields = jira.get("/rest/api/3/issue/SUP-6").json()["fields"]
    assert (fields["status"]["name"], fields["resolution"], fields["resolutiondate"]) == (
        "In Progress",
        None,
        None,
    )


def test_properties_of_an_issue(jira: httpx.Client) -> None:
    url = "/rest/api/3/issue/SUP-6/properties/pacta.act"
    assert jira.get(url).status_code == 404
    assert jira.put(url, json={"act": "17"}).status_code == 201
    assert jira.put(url, json={"act": "18"}).status_code == 200
    assert jira.get(url).json() == {"key": "pacta.act", "value": {"act": "18"}}
    asked = {"jql": "key = SUP-6", "fields": "key", "properties": "pacta.act"}
    assert jira.get("/rest/api/3/search/jql", params=asked).json()["issues"][0]["properties"] == {
        "pacta.act": {"act": "18"}
    }
    assert jira.delete(url).status_code == 204


def test_a_request_is_created_on_behalf_of_somebody(jira: httpx.Client) -> None:
    lena = jira.get("/rest/api/3/user/search", params={"query": "lena"}).json()[0]["accountId"]
    given = {
        "serviceDeskId": "1",
        "requestTypeId": "14",
        "requestFieldValues": {"summary": "Credit", "description": "As agreed.", "customfield_10053": "a-1"},
        "raiseOnBehalfOf": lena,
    }
    made = jira.post(f"{DESK}/request", json=given)
    assert made.status_code == 201
    key = made.json()["issueKey"]
    assert made.json()["reporter"]["accountId"] == lena
    assert jira.get(f"{DESK}/request/{key}/sla/1").json()["ongoingCycle"]["breached"] is False
    for change in ({"requestTypeId": "99"}, {"serviceDeskId": "9"}, {"requestFieldValues": {}}, {"extra": 1}):
        answer = jira.post(f"{DESK}/request", json={**given, **change})
        assert answer.status_code == 400
        assert set(answer.json()) == {"errorMessage", "i18nErrorMessage"}


def test_requests_of_the_portal_are_those_shared_with_us(jira: httpx.Client) -> None:
    first = jira.get(f"{DESK}/request", params={"limit": 10, "serviceDeskId": 1}).json()
    assert (first["size"], first["isLastPage"]) == (10, False)
    following = jira.get(first["_links"]["next"]).json()
    assert following["start"] == 10
    assert not {v["issueKey"] for v in first["values"]} & {v["issueKey"] for v in following["values"]}
    mine = jira.get(f"{DESK}/request", params={"requestOwnership": "OWNED_REQUESTS"}).json()
    assert mine["values"] == []
    organization = next(
        o for o in jira.get(f"{DESK}/organization").json()["values"] if o["name"].startswith("Arden")
    )
    asked = {"organizationId": organization["id"], "requestStatus": "OPEN_REQUESTS", "expand": "sla,status"}
    shown = jira.get(f"{DESK}/request", params=asked).json()["values"]
    assert [one["issueKey"] for one in shown] == ["SUP-6"]
    assert {"sla", "status"} <= set(shown[0])
