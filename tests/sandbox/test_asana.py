"""Asana as its documentation describes it; its own client; its specification."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from sandbox.world import load
from tests.sandbox.receiver import Receiver, receiving

VENDORS = Path(__file__).resolve().parents[3] / "shared" / "vendors" / "asana"
with_spec = pytest.mark.skipif(
    not VENDORS.is_dir(), reason="no copy of the vendor's specification beside the checkout"
)
TOKEN = "asana-demo-pat"
APP = {"client_id": "1200000000000042", "client_secret": "asana-demo-secret"}


@pytest.fixture
def asana(box: RunningSandbox) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {TOKEN}"}
    base = f"{box.base_url}/asana/api/1.0"
    with httpx.Client(base_url=base, headers=headers, trust_env=False, verify=False, timeout=10) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        server.echo = {"X-Hook-Secret": "X-Hook-Secret"}
        yield server


def get(asana: httpx.Client, path: str, **params: Any) -> Any:
    answer = asana.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def workspace(asana: httpx.Client) -> str:
    return str(get(asana, "/workspaces")[0]["gid"])


def project(asana: httpx.Client, begins: str) -> str:
    found = get(asana, "/projects", workspace=workspace(asana))
    return str(next(one["gid"] for one in found if one["name"].startswith(begins)))


def task(asana: httpx.Client, begins: str) -> str:
    found = get(asana, f"/workspaces/{workspace(asana)}/tasks/search", text=begins, sort_by="created_at")
    return str(found[-1]["gid"])


def app_token(box: RunningSandbox, web: httpx.Client) -> str:
    given = {"grant_type": "refresh_token", "refresh_token": "asana-demo-refresh-token", **APP}
    answer = web.post(f"{box.base_url}/asana/-/oauth_token", data=given)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


# -- who may come in --------------------------------------------------------------------------------


def test_tokens_are_checked(box: RunningSandbox, asana: httpx.Client, web: httpx.Client) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": "Basic eDp5"}):
        answer = web.get(f"{box.base_url}/asana/api/1.0/users/me", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["message"] == "Not Authorized"
    headers = {"authorization": f"Bearer {app_token(box, web)}"}
    assert web.get(f"{box.base_url}/asana/api/1.0/users/me", headers=headers).status_code == 200
    wrong = {"grant_type": "refresh_token", "refresh_token": "x", **APP}
    refused = web.post(f"{box.base_url}/asana/-/oauth_token", data=wrong)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


# -- reading ----------------------------------------------------------------------------------------


def test_lists_are_compact_and_paths_choose(asana: httpx.Client) -> None:
    rollout = project(asana, "Plant")
    assert set(get(asana, f"/projects/{rollout}/tasks")[0]) == {
        "gid",
        "resource_type",
        "name",
        "resource_subtype",
    }
    paths = "name,assignee,assignee.email,completed_by,memberships.section.name,nothing"
    found = get(asana, f"/projects/{rollout}/tasks", opt_fields=paths)
    record = next(one for one in found if one["name"].startswith("Deliver the cabling"))
    assert record["assignee"] == {"gid": record["assignee"]["gid"], "email": "ravi.menon@acme-ms.example"}
    assert set(record["completed_by"]) == {"gid", "resource_type"}
    assert record["memberships"] == [
        {"section": {"gid": record["memberships"][0]["section"]["gid"], "name": "Accepted"}}
    ]
    assert set(record) == {"gid", "name", "assignee", "completed_by", "memberships"}
    whole = get(asana, f"/tasks/{record['gid']}")
    assert whole["notes"] == ""
    assert "html_notes" not in whole
    assert "created_by" not in whole


def test_contracts_are_those_of_the_world(asana: httpx.Client) -> None:
    world = load()
    contracts = {one.ironclad: world.party(one.party).name for one in world.contracts}
    url = f"/workspaces/{workspace(asana)}/tasks/search"
    paths = "custom_fields.name,custom_fields.display_value"
    seen = 0
    for one in get(asana, url, limit="100", opt_fields=paths):
        values = {field["name"]: field["display_value"] for field in one["custom_fields"]}
        if values.get("Contract") and values.get("Supplier"):
            assert contracts[values["Contract"]] == values["Supplier"]
            seen += 1
    assert seen > 20


def test_pages_follow_the_offset(asana: httpx.Client) -> None:
    rollout = project(asana, "Plant")
    every, params = [], {"limit": "4"}
    for _ in range(9):
        answer = asana.get(f"/projects/{rollout}/tasks", params=params).json()
        every += answer["data"]
        if answer["next_page"] is None:
            break
        assert answer["next_page"]["path"].startswith(f"/projects/{rollout}/tasks?limit=4&offset=")
        params = {"limit": "4", "offset": answer["next_page"]["offset"]}
    assert [one["gid"] for one in every] == [one["gid"] for one in get(asana, f"/projects/{rollout}/tasks")]
    assert len({one["gid"] for one in every}) == 16
    for wrong in ({"limit": "0"}, {"limit": "101"}, {"limit": "4", "offset": "x"}):
        assert asana.get(f"/projects/{rollout}/tasks", params=wrong).status_code == 400


def test_faults_in_lists(asana: httpx.Client) -> None:
    url = f"/projects/{project(asana, 'Plant')}/tasks?limit=3"
    first = asana.get(url).json()
    loop = asana.get(url, headers={"x-sandbox-fault": "loop"}).json()
    again = asana.get(
        f"{url}&offset={loop['next_page']['offset']}", headers={"x-sandbox-fault": "loop"}
    ).json()
    assert again == loop
    assert loop["data"] == first["data"]
    double = asana.get(url, headers={"x-sandbox-fault": "duplicate"}).json()["data"]
    assert double[0] == double[-1]
    shuffled = asana.get(url, headers={"x-sandbox-fault": "shuffle"}).json()["data"]
    assert shuffled != first["data"]
    limited = asana.get(url, headers={"x-sandbox-fault": "429; retry-after=7"})
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "7")
    assert "phrase" in asana.get(url, headers={"x-sandbox-fault": "500"}).json()["errors"][0]


def test_unknown_and_odd_ids(asana: httpx.Client) -> None:
    for url, status, part in (
        ("/tasks/1", 404, "task: Unknown object: 1"),
        ("/tasks/abc", 400, "task: Not a recognized ID"),
        ("/projects/1", 404, "Unknown object"),
        ("/users/nobody@x.example", 404, "Unknown object"),
        ("/tasks", 400, "You should specify one of"),
        ("/nothing", 404, "No matching route"),
    ):
        answer = asana.get(url)
        assert answer.status_code == status, url
        assert part in answer.json()["errors"][0]["message"]


def test_tasks_since(asana: httpx.Client) -> None:
    rollout = project(asana, "Plant")
    recent = get(asana, "/tasks", project=rollout, modified_since="2026-10-09T00:00:00+02:00")
    assert {one["name"] for one in recent} == {"M3: site 4 live", "Monthly report October"}
    still_open = get(asana, "/tasks", project=rollout, completed_since="now")
    assert [one["name"] for one in still_open] == ["M4: site 5 live"]
    nina = get(asana, "/tasks", assignee="nina.osei@arden-consulting.example", workspace=workspace(asana))
    assert "Final report of the warehouse study" in {one["name"] for one in nina}


def test_the_story_of_a_milestone(box: RunningSandbox, asana: httpx.Client) -> None:
    number = task(asana, "M3: site 4")
    fields = "resource_subtype,created_at,old_dates,new_dates,custom_field.name,new_enum_value.name"
    stories = get(asana, f"/tasks/{number}/stories", opt_fields=fields)
    moved = [
        (one["old_dates"]["due_on"], one["new_dates"]["due_on"]) for one in stories if "old_dates" in one
    ]
    assert moved == [("2026-09-15", "2026-09-29"), ("2026-09-29", "2026-10-09")]
    accepted = next(one for one in stories if one["resource_subtype"] == "enum_custom_field_changed")
    assert (accepted["custom_field"]["name"], accepted["new_enum_value"]["name"]) == (
        "Acceptance",
        "Accepted",
    )
    shown = get(asana, f"/tasks/{number}")
    assert (shown["resource_subtype"], shown["completed_at"]) == ("milestone", "2026-10-09T16:20:00.000Z")
    values = {one["name"]: one for one in shown["custom_fields"]}
    assert (values["Amount"]["number_value"], values["Amount"]["currency_code"]) == (37500.0, "EUR")
    assert values["Accepted on"]["date_value"] == {"date": "2026-10-16", "date_time": None}
    box.set_clock(datetime.fromisoformat("2026-09-01T08:00:00+02:00"))
    before = get(asana, f"/tasks/{number}")
    assert (before["completed"], before["due_on"], before["modified_at"]) == (
        False,
        "2026-09-29",
        "2026-08-31T07:15:00.000Z",
    )


def test_what_was_opened_again_deleted_and_edited(box: RunningSandbox, asana: httpx.Client) -> None:
    record = task(asana, "Deliver the cabling")
    kinds = [one["resource_subtype"] for one in get(asana, f"/tasks/{record}/stories")]
    assert [kind for kind in kinds if kind.startswith("marked")] == [
        "marked_complete",
        "marked_incomplete",
        "marked_complete",
    ]
    assert get(asana, f"/tasks/{record}")["completed_at"] == "2026-10-02T14:45:00.000Z"
    rollout = project(asana, "Plant")
    reports = [one for one in get(asana, f"/projects/{rollout}/tasks") if one["name"].startswith("Monthly")]
    assert len(reports) == 1
    box.set_clock(datetime.fromisoformat("2026-10-01T12:00:00+02:00"))
    both = [one for one in get(asana, f"/projects/{rollout}/tasks") if one["name"].startswith("Monthly")]
    assert len(both) == 2
    box.set_clock(datetime.fromisoformat("2026-11-10T12:00:00+01:00"))
    repair = task(asana, "Hand over analyser 7")
    comments = [
        one
        for one in get(asana, f"/tasks/{repair}/stories", opt_fields="text,is_edited,type")
        if one["type"] == "comment"
    ]
    assert (comments[0]["is_edited"], "Wilmington" in comments[0]["text"]) == (True, True)
    shown = get(asana, f"/tasks/{repair}")
    assert (shown["due_at"], shown["due_on"]) == ("2026-11-02T22:00:00.000Z", "2026-11-02")


def test_subtasks_and_several_projects(asana: httpx.Client) -> None:
    study = task(asana, "Final report")
    shown = get(asana, f"/tasks/{study}", opt_fields="num_subtasks,projects.name,parent")
    assert shown["num_subtasks"] == 3
    assert [one["name"] for one in shown["projects"]] == ["Process consulting with Arden", "Contract duties"]
    subtasks = get(asana, f"/tasks/{study}/subtasks", opt_fields="name,completed,projects,parent.name")
    assert [one["completed"] for one in subtasks] == [True, True, False]
    assert subtasks[0]["projects"] == []
    assert subtasks[0]["parent"]["name"] == "Final report of the warehouse study"


def test_search(asana: httpx.Client) -> None:
    url = f"/workspaces/{workspace(asana)}/tasks/search"
    milestones = get(
        asana, url, resource_subtype="milestone", **{"due_on.before": "2026-09-01"}, sort_by="due_date"
    )
    assert [one["name"] for one in milestones] == ["M2: site 3 live", "M1: site 2 live"]
    fields = get(asana, f"/workspaces/{workspace(asana)}/custom_fields")
    reference = next(one["gid"] for one in fields if one["name"] == "Reference")
    asked = {f"custom_fields.{reference}.value": "pacta:IC-105:notice"}
    assert [one["name"][:11] for one in get(asana, url, **asked)] == ["Give notice"]
    late = get(asana, url, **{"modified_at.after": "2026-11-05T00:00:00Z", "completed": "true"})
    assert "Monthly report October" in {one["name"] for one in late}
    assert asana.get(url, params={"wrong": "1"}).status_code == 400
    assert asana.get(url, params={"sort_by": "name"}).status_code == 400


# -- writing ----------------------------------------------------------------------------------------


def test_a_task_is_created_changed_and_deleted(box: RunningSandbox, asana: httpx.Client) -> None:
    duties = project(asana, "Contract")
    settings = get(
        asana,
        f"/projects/{duties}/custom_field_settings",
        opt_fields="custom_field.name,custom_field.enum_options",
    )
    fields = {one["custom_field"]["name"]: one["custom_field"] for one in settings}
    supplier = next(o["gid"] for o in fields["Supplier"]["enum_options"] if o["name"].startswith("Baltica"))
    given = {
        "name": "Ask for the certificate",
        "projects": [duties],
        "due_on": "2026-11-30",
        "assignee": "lena.hartmann@tessaly.example",
        "custom_fields": {fields["Reference"]["gid"]: "pacta:act:5", fields["Supplier"]["gid"]: supplier},
    }
    made = asana.post("/tasks", json={"data": given})
    assert made.status_code == 201
    number = made.json()["data"]["gid"]
    assert {one["name"] for one in made.json()["data"]["followers"]} == {"Pacta Integration", "Lena Hartmann"}
    box.set_clock(datetime.fromisoformat("2026-11-10T12:30:00+01:00"))
    change = {"completed": True, "due_at": "2026-11-12T15:00:00+01:00"}
    changed = asana.put(f"/tasks/{number}", json={"data": change}).json()["data"]
    assert (changed["completed_at"], changed["due_at"], changed["due_on"]) == (
        "2026-11-10T11:30:00.000Z",
        "2026-11-12T14:00:00.000Z",
        "2026-11-12",
    )
    comment = asana.post(f"/tasks/{number}/stories", json={"data": {"text": "Done <b>"}})
    assert (comment.status_code, comment.json()["data"]["type"]) == (201, "comment")
    section = next(
        one["gid"] for one in get(asana, f"/projects/{duties}/sections") if one["name"] == "Settled"
    )
    assert asana.post(f"/sections/{section}/addTask", json={"data": {"task": number}}).json() == {"data": {}}
    assert get(asana, f"/tasks/{number}")["memberships"][0]["section"]["name"] == "Settled"
    assert asana.delete(f"/tasks/{number}").json() == {"data": {}}
    assert asana.get(f"/tasks/{number}").status_code == 404


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"created_at": "2026-01-01"}, "created_at: Cannot write this property"),
        ({"due_on": "tomorrow"}, "due_on: Not a valid date"),
        ({"due_on": "2026-12-01", "due_at": "2026-12-01T10:00:00Z"}, "only provide one of"),
        ({"assignee": "nobody@x.example"}, "Not a user in Organization"),
        ({"completed": "yes"}, "completed: Value is not a boolean"),
        ({"custom_fields": {"123": "x"}}, "is not on given object"),
        ({"projects": ["1"]}, "projects: Cannot be changed here"),
        ({"html_notes": "<p>"}, "XML is invalid"),
        ({"colour": "red"}, "colour: Unknown property"),
    ],
)
def test_wrong_values_are_refused_and_nothing_is_written(
    asana: httpx.Client, change: dict[str, Any], part: str
) -> None:
    number = task(asana, "Ask Acme")
    before = get(asana, f"/tasks/{number}")
    answer = asana.put(f"/tasks/{number}", json={"data": {"name": "New", **change}})
    assert answer.status_code == 400
    assert part in answer.json()["errors"][0]["message"]
    assert get(asana, f"/tasks/{number}") == before


def test_rich_text_keeps_mentions_and_signs(asana: httpx.Client) -> None:
    number = task(asana, "Ask Acme")
    lena = get(asana, "/users/lena.hartmann@tessaly.example")["gid"]
    html = f'<body><a data-asana-gid="{lena}"/> late &lt;IC-104&gt; &amp; <strong>more</strong></body>'
    made = asana.post(
        f"/tasks/{number}/stories?opt_fields=text,html_text", json={"data": {"html_text": html}}
    )
    said = made.json()["data"]
    assert said["text"] == "@Lena Hartmann late <IC-104> & more"
    assert f'data-asana-gid="{lena}"' in said["html_text"]
    assert said["html_text"].endswith("@Lena Hartmann</a> late &lt;IC-104&gt; &amp; more</body>")
    for wrong in ("text", "<body><b></body>", "<body>a</body><body>b</body>", "<body><em>a</body>"):
        refused = asana.post(f"/tasks/{number}/stories", json={"data": {"html_text": wrong}})
        assert "XML is invalid" in refused.json()["errors"][0]["message"]


def test_the_envelope_is_needed(asana: httpx.Client) -> None:
    assert asana.post("/tasks", json={"name": "x"}).status_code == 400
    assert asana.post("/tasks", content="{", headers={"content-type": "application/json"}).status_code == 400
    assert asana.post("/tasks", data={"name": "x"}).status_code == 415
    assert asana.post("/tasks", json={"data": {"name": "x"}}).status_code == 400


def test_external_data_belongs_to_apps(box: RunningSandbox, asana: httpx.Client, web: httpx.Client) -> None:
    number = task(asana, "Ask Acme")
    change = {"data": {"external": {"gid": "pacta-5", "data": "IC-101"}}}
    assert asana.put(f"/tasks/{number}", json=change).status_code == 403
    headers = {"authorization": f"Bearer {app_token(box, web)}"}
    assert asana.put(f"/tasks/{number}", json=change, headers=headers).status_code == 200
    found = asana.get("/tasks/external:pacta-5", params={"opt_fields": "external"}, headers=headers).json()[
        "data"
    ]
    assert found == {"gid": number, "external": {"gid": "pacta-5", "data": "IC-101"}}
    assert asana.get("/tasks/external:pacta-5").status_code == 404
    assert "external" not in get(asana, f"/tasks/{number}", opt_fields="external")
    other = asana.put(f"/tasks/{task(asana, 'Plan the yearly')}", json=change, headers=headers)
    assert "is taken" in other.json()["errors"][0]["message"]


def test_a_batch_is_answered_piece_by_piece(asana: httpx.Client) -> None:
    number = task(asana, "M3: site 4")
    actions: list[dict[str, Any]] = [
        {"relative_path": f"/tasks/{number}", "method": "get", "options": {"fields": ["name", "completed"]}},
        {"relative_path": f"/tasks/{number}/stories", "method": "post", "data": {"text": "Batch."}},
        {"relative_path": "/tasks/1", "method": "get"},
    ]
    answer = asana.post("/batch", json={"data": {"actions": actions}}).json()["data"]
    assert [one["status_code"] for one in answer] == [200, 201, 404]
    assert answer[0]["body"]["data"] == {"gid": number, "name": "M3: site 4 live", "completed": True}
    assert answer[1]["headers"]["location"] == f"/stories/{answer[1]['body']['data']['gid']}"
    assert asana.post("/batch", json={"data": {"actions": actions * 4}}).status_code == 400
    wrong = [{"relative_path": "/batch", "method": "post"}]
    assert asana.post("/batch", json={"data": {"actions": wrong}}).status_code == 400


# -- events and webhooks ----------------------------------------------------------------------------


def test_events_begin_with_a_token(box: RunningSandbox, asana: httpx.Client) -> None:
    rollout = project(asana, "Plant")
    first = asana.get("/events", params={"resource": rollout})
    assert first.status_code == 412
    sync = first.json()["sync"]
    assert "Sync token invalid" in first.json()["errors"][0]["message"]
    nothing = asana.get("/events", params={"resource": rollout, "sync": sync}).json()
    assert (nothing["data"], nothing["has_more"]) == ([], False)
    number = task(asana, "M4: site 5")
    asana.put(f"/tasks/{number}", json={"data": {"due_on": "2026-12-07"}})
    asana.post(f"/tasks/{number}/stories", json={"data": {"text": "Moved."}})
    told = asana.get("/events", params={"resource": rollout, "sync": sync}).json()
    assert [(one["type"], one["action"]) for one in told["data"]] == [
        ("task", "changed"),
        ("story", "added"),
        ("story", "added"),
    ]
    assert told["data"][0]["change"] == {"field": "due_on", "action": "changed"}
    assert told["data"][2]["parent"]["gid"] == number
    assert asana.get("/events", params={"resource": rollout, "sync": told["sync"]}).json()["data"] == []
    other = project(asana, "Orchard")
    assert asana.get("/events", params={"resource": other, "sync": sync}).status_code == 412


def test_events_come_a_hundred_at_a_time(box: RunningSandbox, asana: httpx.Client) -> None:
    rollout = project(asana, "Plant")
    box.set_clock(datetime.fromisoformat("2026-04-01T08:00:00+02:00"))
    sync = asana.get("/events", params={"resource": rollout}).json()["sync"]
    box.set_clock(datetime.fromisoformat("2026-11-10T12:00:00+01:00"))
    pages = []
    for _ in range(5):
        answer = asana.get("/events", params={"resource": rollout, "sync": sync}).json()
        pages.append(len(answer["data"]))
        sync = answer["sync"]
        if not answer["has_more"]:
            break
    assert pages[0] == 100
    assert 0 < pages[-1] <= 100
