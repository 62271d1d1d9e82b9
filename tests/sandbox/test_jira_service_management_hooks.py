"""Jira Service Management stands in: webhooks, the vendor's own client, and the specification."""

import hmac
import json
import time
from datetime import datetime
from hashlib import sha256
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from tests.sandbox import openapi
from tests.sandbox.receiver import Receiver
from tests.sandbox.test_jira_service_management import (
    AUTH,
    CLOUD,
    DESK,
    VENDORS,
    adf,
    bearer,
    jira,
    receiver,
    with_spec,
)

__all__ = ["jira", "receiver"]


# -- webhooks ---------------------------------------------------------------------------------------


def hooked(jira: httpx.Client, receiver: Receiver, **more: Any) -> dict[str, Any]:
    given = {
        "name": "Pacta",
        "url": receiver.url,
        "events": ["jira:issue_updated", "comment_created"],
        "secret": "our-own-secret",
        **more,
    }
    made = jira.post("/rest/webhooks/1.0/webhook", json=given)
    assert made.status_code == 201, made.text
    shown: dict[str, Any] = made.json()
    return shown


def waited(receiver: Receiver, count: int) -> None:
    for _ in range(200):
        if len(receiver.got) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{len(receiver.got)} deliveries instead of {count}")


def test_what_is_written_is_told_and_signed(jira: httpx.Client, receiver: Receiver) -> None:
    shown = hooked(jira, receiver, url=receiver.url + "/${issue.key}")
    assert shown["isSigned"] is True
    assert "our-own-secret" not in json.dumps(shown)
    jira.put("/rest/api/3/issue/SUP-6", json={"fields": {"duedate": "2026-12-01"}})
    waited(receiver, 1)
    headers, body = receiver.got[0]
    digest = hmac.new(b"our-own-secret", body, sha256).hexdigest()
    assert headers["x-hub-signature"] == f"sha256={digest}"
    assert "x-atlassian-webhook-retry" not in headers
    assert receiver.paths == ["/hooks/SUP-6"]
    event = json.loads(body)
    assert (event["webhookEvent"], event["issue"]["key"]) == ("jira:issue_updated", "SUP-6")
    assert event["changelog"]["items"][0]["field"] == "duedate"
    assert (event["timestamp"], event["issue_event_type_name"]) == (1_794_308_400_000, "issue_updated")
    jira.post("/rest/api/3/issue/SUP-6/comment", json={"body": adf("When?")})
    waited(receiver, 3)
    told = {one["webhookEvent"]: one for one in (json.loads(body) for _, body in receiver.got[1:])}
    assert set(told) == {"comment_created", "jira:issue_updated"}
    assert {one["comment"]["body"] for one in told.values()} == {"When?"}
    assert told["jira:issue_updated"]["issue_event_type_name"] == "issue_commented"
    assert "changelog" not in told["jira:issue_updated"]


def test_deliveries_are_tried_again_with_one_identifier(
    box: RunningSandbox, jira: httpx.Client, receiver: Receiver, web: httpx.Client
) -> None:
    hooked(jira, receiver, filters={"issue-related-events-section": "project = SUP"})
    receiver.answers = [503, 429]
    emit = f"{box.base_url}/_sandbox/emit"
    given = {"vendor": "jira_service_management", "event": "jira:issue_updated", "record": "SUP-2"}
    sent = web.post(emit, json=given).json()["deliveries"]
    assert sent[0]["attempts"] == [503, 429, 200]
    assert len({headers["x-atlassian-webhook-identifier"] for headers, _ in receiver.got}) == 1
    assert [headers.get("x-atlassian-webhook-retry") for headers, _ in receiver.got] == [None, "1", "2"]
    assert web.post(emit, json={**given, "record": "CARE-501"}).json() == {"deliveries": []}
    receiver.answers = [400]
    assert web.post(emit, json=given).json()["deliveries"][0]["attempts"] == [400]
    assert web.post(emit, json={**given, "record": "SUP-999"}).status_code == 400


def test_dynamic_webhooks_belong_to_apps_and_end(
    box: RunningSandbox, jira: httpx.Client, receiver: Receiver
) -> None:
    url = f"/ex/jira/{CLOUD}/rest/api/3/webhook"
    one = {"events": ["jira:issue_updated"], "jqlFilter": "project = SUP", "fieldIdsFilter": ["priority"]}
    given = {"url": receiver.url, "webhooks": [one, {"events": ["nothing"], "jqlFilter": "project = SUP"}]}
    assert jira.post("/rest/api/3/webhook", json=given).status_code == 403
    headers = bearer(jira)
    made = jira.post(url, json=given, headers=headers, auth=None).json()["webhookRegistrationResult"]
    assert made[0] == {"createdWebhookId": 1}
    assert "not known" in made[1]["errors"][0]
    listed = jira.get(url, headers=headers, auth=None).json()
    assert listed["values"][0]["expirationDate"] == "2026-12-10T12:00:00.000+0100"
    jira.put("/rest/api/3/issue/SUP-6", json={"fields": {"duedate": "2026-12-01"}})
    jira.put("/rest/api/3/issue/SUP-6", json={"fields": {"priority": {"id": "1"}}})
    waited(receiver, 1)
    assert json.loads(receiver.got[0][1])["matchedWebhookIds"] == [1]
    assert "x-hub-signature" not in receiver.got[0][0]
    box.set_clock(datetime.fromisoformat("2026-11-20T12:00:00+01:00"))
    longer = jira.put(f"{url}/refresh", json={"webhookIds": [1]}, headers=headers, auth=None).json()
    assert longer["expirationDate"].startswith("2026-12-20")
    gone = jira.request("DELETE", url, json={"webhookIds": [1]}, headers=headers, auth=None)
    assert gone.status_code == 202
    assert jira.get(url, headers=headers, auth=None).json()["total"] == 0


# -- the vendor's own client ------------------------------------------------------------------------


def client(box: RunningSandbox, path: str = "", **auth: Any) -> Any:
    module = pytest.importorskip("jira")
    return module.JIRA(server=f"{box.base_url}/jira{path}", max_retries=0, **(auth or {"basic_auth": AUTH}))


def test_the_client_reads(box: RunningSandbox) -> None:
    jira = client(box)
    assert jira.myself()["displayName"] == "Pacta Integration"
    assert {
        project.key for project in jira.service_desks() for project in [jira.project(project.projectKey)]
    } == {"SUP", "CARE"}
    issues = jira.search_issues("project = SUP ORDER BY created", maxResults=0, expand="changelog")
    assert len(issues) == 30
    late = next(issue for issue in issues if issue.key == "SUP-1")
    assert late.fields.priority.name == "Highest"
    assert late.changelog.histories[0].items[0].field == "status"
    assert jira.approximate_issue_count("project = CARE") == 7
    assert [comment.jsdPublic for comment in jira.comments("SUP-1")] == [True, False, True, True]
    assert jira.issue("SUP-4").fields.customfield_10052 == "IC-113"
    assert {field["name"] for field in jira.fields()} >= {"Supplier", "Contract", "Time to resolution"}
    kinds = jira.request_types(jira.service_desk("1"))
    assert kinds[0].name == "Report a fault"


def test_the_client_writes(box: RunningSandbox) -> None:
    jira = client(box)
    issue = jira.create_issue(
        project="SUP", summary="Credit", description="As agreed", issuetype={"id": "10011"}
    )
    jira.add_comment(issue, "An internal word", is_internal=True)
    issue.update(fields={"customfield_10053": "act-9"}, update={"labels": [{"add": "pacta"}]})
    jira.add_issue_property(issue.key, "pacta.act", {"act": 9})
    assert jira.issue_property(issue.key, "pacta.act").value.act == 9
    jira.assign_issue(issue, "priya.nair@tessaly.example")
    jira.transition_issue(
        issue, "Resolve this issue", fields={"resolution": {"name": "Done"}}, comment="Done."
    )
    again = jira.issue(issue.key, expand="changelog")
    assert (again.fields.status.name, again.fields.assignee.displayName) == ("Resolved", "Priya Nair")
    assert again.fields.labels == ["pacta"]
    assert [comment.jsdPublic for comment in jira.comments(issue)] == [False, True]
    request = jira.create_customer_request(
        {"serviceDeskId": "1", "requestTypeId": "Report a fault", "requestFieldValues": {"summary": "Gate 2"}}
    )
    assert request.key == "SUP-32"


def test_the_client_comes_with_a_token_of_oauth(box: RunningSandbox, jira: httpx.Client) -> None:
    token = bearer(jira)["authorization"].removeprefix("Bearer ")
    own = client(box, f"/ex/jira/{CLOUD}", token_auth=token)
    assert own.issue("CARE-501").fields.summary == "Analyser 7 stops after priming"


def test_the_client_understands_refusals(box: RunningSandbox) -> None:
    module = pytest.importorskip("jira")
    jira = client(box)
    with pytest.raises(module.JIRAError, match="There is no such issue"):
        jira.issue("SUP-999")
    with pytest.raises(module.JIRAError, match="Summary can't exceed"):
        jira.issue("SUP-6").update(summary="x" * 300)


# -- the specifications -----------------------------------------------------------------------------


def judged(
    jira: httpx.Client, file: str, path: str, answer: httpx.Response, method: str = "get"
) -> list[str]:
    spec = json.loads((VENDORS / file).read_text(encoding="utf-8"))
    schema = openapi.answer(spec, method, path, answer.status_code)
    faults = openapi.faults(answer.json(), schema, spec)
    # The documentation's own examples have null where a value changes from or to nothing.
    nothing = (
        ".from is NoneType, not string",
        ".to is NoneType, not string",
        "String is NoneType, not string",
    )
    return [fault for fault in faults if not fault.endswith(nothing)]


@with_spec
def test_platform_answers_fit_the_specification(jira: httpx.Client) -> None:
    file = "jira-platform-v3.ballerina.json"
    asked = {
        "/rest/api/2/search": "/rest/api/2/search?jql=project=SUP&expand=changelog&maxResults=40",
        "/rest/api/2/issue/{issueIdOrKey}": "/rest/api/2/issue/SUP-4?expand=changelog,names",
        "/rest/api/2/issue/{issueIdOrKey}/changelog": "/rest/api/2/issue/SUP-5/changelog?maxResults=9",
        "/rest/api/2/issue/{issueIdOrKey}/comment": "/rest/api/2/issue/SUP-4/comment",
        "/rest/api/2/issue/{issueIdOrKey}/transitions": "/rest/api/2/issue/SUP-6/transitions",
        "/rest/api/2/issue/{issueIdOrKey}/properties": "/rest/api/2/issue/SUP-6/properties",
        "/rest/api/2/project/search": "/rest/api/2/project/search",
        "/rest/api/2/status": "/rest/api/2/status",
        "/rest/api/2/priority": "/rest/api/2/priority",
        "/rest/api/2/field": "/rest/api/2/field",
        "/rest/api/2/user/search": "/rest/api/2/user/search?query=lena",
    }
    for path, url in asked.items():
        assert judged(jira, file, path, jira.get(url)) == [], path
    fields = {"project": {"id": "10001"}, "issuetype": {"id": "10011"}, "summary": "s"}
    made = jira.post("/rest/api/2/issue", json={"fields": fields})
    assert judged(jira, file, "/rest/api/2/issue", made, "post") == []
    said = jira.post("/rest/api/2/issue/SUP-6/comment", json={"body": "b"})
    assert judged(jira, file, "/rest/api/2/issue/{issueIdOrKey}/comment", said, "post") == []


@with_spec
def test_service_desk_answers_fit_the_specification(jira: httpx.Client) -> None:
    file, key = "jsm-openapi.ballerina.json", "{issueIdOrKey}"
    one, kind = f"{DESK}/servicedesk/{{serviceDeskId}}", "{requestTypeId}"
    asked = {
        f"{DESK}/info": f"{DESK}/info",
        f"{DESK}/request": f"{DESK}/request?expand=sla,status,requestType,serviceDesk,comment,participant",
        f"{DESK}/request/{key}": f"{DESK}/request/SUP-7?expand=sla",
        f"{DESK}/request/{key}/sla": f"{DESK}/request/SUP-7/sla",
        f"{DESK}/request/{key}/sla/{{slaMetricId}}": f"{DESK}/request/SUP-6/sla/1",
        f"{DESK}/request/{key}/status": f"{DESK}/request/SUP-2/status",
        f"{DESK}/request/{key}/comment": f"{DESK}/request/SUP-1/comment",
        f"{DESK}/request/{key}/transition": f"{DESK}/request/SUP-6/transition",
        f"{DESK}/request/{key}/participant": f"{DESK}/request/SUP-6/participant",
        f"{DESK}/organization": f"{DESK}/organization",
        f"{DESK}/organization/{{organizationId}}": f"{DESK}/organization/3",
        f"{DESK}/organization/{{organizationId}}/user": f"{DESK}/organization/3/user",
        f"{DESK}/servicedesk": f"{DESK}/servicedesk",
        f"{DESK}/servicedesk/{{serviceDeskId}}": f"{DESK}/servicedesk/2",
        f"{DESK}/servicedesk/{{serviceDeskId}}/requesttype": f"{DESK}/servicedesk/2/requesttype",
        f"{one}/requesttype/{kind}/field": f"{DESK}/servicedesk/1/requesttype/11/field",
        f"{DESK}/servicedesk/{{serviceDeskId}}/organization": f"{DESK}/servicedesk/2/organization",
        f"{DESK}/servicedesk/{{serviceDeskId}}/queue": f"{DESK}/servicedesk/1/queue",
        f"{one}/queue/{{queueId}}/issue": f"{DESK}/servicedesk/1/queue/1/issue",
    }
    for path, url in asked.items():
        assert judged(jira, file, path, jira.get(url)) == [], path
    given = {"serviceDeskId": "1", "requestTypeId": "11", "requestFieldValues": {"summary": "s"}}
    made = jira.post(f"{DESK}/request", json=given)
    assert judged(jira, file, f"{DESK}/request", made, "post") == []
    said = jira.post(f"{DESK}/request/SUP-6/comment", json={"body": "b", "public": False})
    assert judged(jira, file, f"{DESK}/request/{key}/comment", said, "post") == []
