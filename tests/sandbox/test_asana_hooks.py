"""Asana stands in: webhooks, the vendor's own client, and the specification."""

import hmac
import json
import time
from functools import cache
from hashlib import sha256
from typing import Any

import httpx
import pytest
import yaml

from sandbox import RunningSandbox
from tests.sandbox import openapi
from tests.sandbox.receiver import Receiver
from tests.sandbox.test_asana import TOKEN, VENDORS, asana, get, project, receiver, task, with_spec, workspace

__all__ = ["asana", "receiver"]


def waited(receiver: Receiver, count: int) -> None:
    for _ in range(200):
        if len(receiver.got) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{len(receiver.got)} deliveries instead of {count}")


def hooked(
    asana: httpx.Client, receiver: Receiver, resource: str, *filters: dict[str, Any]
) -> httpx.Response:
    given = {"resource": resource, "target": receiver.url, "filters": list(filters)}
    return asana.post("/webhooks", json={"data": given})


def test_a_webhook_shakes_hands_and_signs(asana: httpx.Client, receiver: Receiver) -> None:
    rollout = project(asana, "Plant")
    only = {"resource_type": "task", "action": "changed", "fields": ["due_on"]}
    made = hooked(asana, receiver, rollout, only)
    assert made.status_code == 201
    secret = made.json()["X-Hook-Secret"]
    assert receiver.got[0][0]["x-hook-secret"] == secret
    waited(receiver, 2)
    assert json.loads(receiver.got[1][1]) == {"events": []}
    number = task(asana, "M4: site 5")
    asana.put(f"/tasks/{number}", json={"data": {"notes": "not told", "due_on": "2026-12-07"}})
    waited(receiver, 3)
    headers, body = receiver.got[2]
    assert headers["x-hook-signature"] == hmac.new(secret.encode(), body, sha256).hexdigest()
    events = json.loads(body)["events"]
    assert [(one["action"], one["resource"]["gid"], one["change"]["field"]) for one in events] == [
        ("changed", number, "due_on")
    ]
    assert "name" not in events[0]["resource"]
    hook = made.json()["data"]["gid"]
    assert secret not in json.dumps(get(asana, f"/webhooks/{hook}"))
    assert get(asana, "/webhooks", workspace=workspace(asana))[0]["gid"] == hook
    assert hooked(asana, receiver, rollout).status_code == 403
    assert asana.delete(f"/webhooks/{hook}").status_code == 200
    assert asana.get(f"/webhooks/{hook}").status_code == 404


def test_no_handshake_no_webhook(box: RunningSandbox, asana: httpx.Client, receiver: Receiver) -> None:
    rollout = project(asana, "Plant")
    receiver.echo = {}
    refused = hooked(asana, receiver, rollout)
    assert refused.status_code == 400
    assert get(asana, "/webhooks", workspace=workspace(asana)) == []
    far = {"resource": rollout, "target": "https://example.com/hook"}
    assert asana.post("/webhooks", json={"data": far}).status_code == 403


def test_deliveries_are_tried_again(
    box: RunningSandbox, asana: httpx.Client, receiver: Receiver, web: httpx.Client
) -> None:
    number = task(asana, "M3: site 4")
    hooked(asana, receiver, number)
    waited(receiver, 2)
    receiver.answers = [500, 503]
    emit = {"vendor": "asana", "event": "changed", "record": number}
    sent = web.post(f"{box.base_url}/_sandbox/emit", json=emit).json()["deliveries"]
    assert sent[0]["attempts"] == [500, 503, 200]
    wrong = {**emit, "record": "1"}
    assert web.post(f"{box.base_url}/_sandbox/emit", json=wrong).status_code == 400


# -- the vendor's own client ------------------------------------------------------------------------


@pytest.fixture
def client(box: RunningSandbox) -> Any:
    module = pytest.importorskip("asana")
    settings = module.Configuration()
    settings.host, settings.access_token = f"{box.base_url}/asana/api/1.0", TOKEN
    settings.retry_strategy = settings.retry_strategy.new(total=0)
    return module.ApiClient(settings)


def test_the_client_reads(client: Any, asana: httpx.Client) -> None:
    import asana as module

    assert module.UsersApi(client).get_user("me", {})["email"] == "pacta@tessaly.example"
    own = next(iter(module.WorkspacesApi(client).get_workspaces({})))["gid"]
    rollout = next(iter(module.ProjectsApi(client).get_projects({"workspace": own})))
    fields = "name,completed_at,custom_fields.display_value"
    tasks = list(
        module.TasksApi(client).get_tasks_for_project(rollout["gid"], {"limit": 5, "opt_fields": fields})
    )
    assert len(tasks) == 16
    assert tasks[0]["custom_fields"][0]["display_value"] == "IC-104"
    stories = list(module.StoriesApi(client).get_stories_for_task(tasks[0]["gid"], {"limit": 2}))
    assert len(stories) == 11
    found = list(module.TasksApi(client).search_tasks_for_workspace(own, {"text": "cabling"}))
    assert [one["name"] for one in found] == ["Deliver the cabling record of site 4"]
    assert len(list(module.SectionsApi(client).get_sections_for_project(rollout["gid"], {}))) == 4
    updates = module.StatusUpdatesApi(client).get_statuses_for_object(rollout["gid"], {})
    assert next(iter(updates))["title"] == "Site 4 is late"


def test_the_client_writes(client: Any, asana: httpx.Client) -> None:
    import asana as module

    duties = project(asana, "Contract")
    api = module.TasksApi(client)
    made = api.create_task(
        {"data": {"name": "Report for Q3", "projects": [duties], "due_on": "2026-11-30"}}, {}
    )
    api.update_task({"data": {"completed": True}}, made["gid"], {})
    module.StoriesApi(client).create_story_for_task({"data": {"text": "Sent."}}, made["gid"], {})
    again = api.get_task(made["gid"], {"opt_fields": "completed,due_on"})
    assert again == {"gid": made["gid"], "completed": True, "due_on": "2026-11-30"}
    api.delete_task(made["gid"])
    with pytest.raises(module.rest.ApiException) as refused:
        api.get_task(made["gid"], {})
    assert refused.value.status == 404


def test_the_client_follows_events_and_makes_webhooks(
    client: Any, asana: httpx.Client, receiver: Receiver
) -> None:
    import asana as module

    rollout = project(asana, "Plant")
    assert list(module.EventsApi(client).get_events(rollout, {})) == []
    hooks = module.WebhooksApi(client)
    made = hooks.create_webhook({"data": {"resource": rollout, "target": receiver.url}}, {})
    assert made["resource"]["gid"] == rollout
    assert [one["gid"] for one in hooks.get_webhooks(workspace(asana), {})] == [made["gid"]]
    hooks.delete_webhook(made["gid"])


# -- the specification ------------------------------------------------------------------------------


@cache
def spec() -> dict[str, Any]:
    text = (VENDORS / "asana_oas.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    for operations in loaded["paths"].values():
        for one in operations.values():
            if isinstance(one, dict) and "responses" in one:
                one["responses"] = {str(status): answer for status, answer in one["responses"].items()}
    return loaded


def judged(path: str, answer: httpx.Response, method: str = "get") -> list[str]:
    schema = openapi.answer(spec(), method, path, answer.status_code)
    found = openapi.faults(answer.json(), schema, spec())
    # Asana gives null for what is empty; its specification says so for some of these fields only.
    return [fault for fault in found if " is NoneType, not " not in fault]


@with_spec
def test_reads_fit_the_specification(asana: httpx.Client) -> None:
    own, rollout, number = workspace(asana), project(asana, "Plant"), task(asana, "M3: site 4")
    story = get(asana, f"/tasks/{number}/stories")[2]["gid"]
    sync = asana.get("/events", params={"resource": rollout}).json()["sync"]
    asana.put(f"/tasks/{task(asana, 'M4')}", json={"data": {"due_on": "2026-12-07"}})
    every = "approval_status,completed_by,created_by,custom_fields,html_notes,memberships.section.name"
    search = f"/workspaces/{own}/tasks/search"
    asked = {
        "/users/{user_gid}": "/users/me",
        "/workspaces/{workspace_gid}": f"/workspaces/{own}",
        "/workspaces/{workspace_gid}/custom_fields": f"/workspaces/{own}/custom_fields",
        "/workspaces/{workspace_gid}/tasks/search": f"{search}?limit=100&opt_fields={every}",
        "/projects": f"/projects?workspace={own}&limit=2",
        "/projects/{project_gid}": f"/projects/{rollout}",
        "/projects/{project_gid}/sections": f"/projects/{rollout}/sections",
        "/projects/{project_gid}/tasks": f"/projects/{rollout}/tasks",
        "/projects/{project_gid}/custom_field_settings": f"/projects/{rollout}/custom_field_settings",
        "/status_updates": f"/status_updates?parent={rollout}",
        "/tasks": f"/tasks?project={rollout}&limit=3&opt_fields={every}",
        "/tasks/{task_gid}": f"/tasks/{number}",
        "/tasks/{task_gid}/stories": f"/tasks/{number}/stories",
        "/stories/{story_gid}": f"/stories/{story}",
        "/events": f"/events?resource={rollout}&sync={sync}",
    }
    for path, url in asked.items():
        answer = asana.get(url)
        assert judged(path, answer) == [], path


@with_spec
def test_writes_fit_the_specification(asana: httpx.Client, receiver: Receiver) -> None:
    duties = project(asana, "Contract")
    made = asana.post("/tasks", json={"data": {"name": "n", "projects": [duties]}})
    assert judged("/tasks", made, "post") == []
    number = made.json()["data"]["gid"]
    assert (
        judged("/tasks/{task_gid}", asana.put(f"/tasks/{number}", json={"data": {"name": "m"}}), "put") == []
    )
    said = asana.post(f"/tasks/{number}/stories", json={"data": {"text": "t"}})
    assert judged("/tasks/{task_gid}/stories", said, "post") == []
    assert judged("/webhooks", hooked(asana, receiver, duties), "post") == []
    refused = asana.get("/tasks/1")
    schema = {"$ref": "#/components/schemas/ErrorResponse"}
    assert list(openapi.faults(refused.json(), schema, spec())) == []
