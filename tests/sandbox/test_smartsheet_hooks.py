"""Smartsheet stands in: webhooks, the vendor's own client, and the specification."""

import hmac
import json
import time
from functools import cache
from hashlib import sha256
from typing import Any

import httpx
import pytest

from sandbox import RunningSandbox
from tests.sandbox import openapi
from tests.sandbox.receiver import Receiver
from tests.sandbox.test_smartsheet import (
    TOKEN,
    VENDORS,
    Grid,
    deliveries,
    milestones,
    receiver,
    web_api,
    with_spec,
)

__all__ = ["deliveries", "milestones", "receiver", "web_api"]


# -- webhooks ---------------------------------------------------------------------------------------


def waited(receiver: Receiver, count: int) -> None:
    for _ in range(200):
        if len(receiver.got) >= count:
            return
        time.sleep(0.01)
    raise AssertionError(f"{len(receiver.got)} deliveries instead of {count}")


def hook(grid: Grid, receiver: Receiver, **more: Any) -> dict[str, Any]:
    given = {
        "name": "Pacta",
        "callbackUrl": receiver.url,
        "scope": "sheet",
        "scopeObjectId": grid.id,
        "events": ["*.*"],
        "version": 1,
        **more,
    }
    answer = grid.api.post("/webhooks", json=given)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["result"]
    return made


def test_a_webhook_is_enabled_by_its_challenge(deliveries: Grid, receiver: Receiver) -> None:
    made = hook(deliveries, receiver)
    assert (made["enabled"], made["status"]) == (False, "NEW_NOT_VERIFIED")
    assert receiver.got == []
    enabled = deliveries.api.put(f"/webhooks/{made['id']}", json={"enabled": True}).json()["result"]
    assert (enabled["enabled"], enabled["status"]) == (True, "ENABLED")
    headers, body = receiver.got[0]
    assert json.loads(body) == {"challenge": headers["smartsheet-hook-challenge"], "webhookId": made["id"]}


def test_callbacks_are_skinny_and_signed(deliveries: Grid, receiver: Receiver) -> None:
    keys = deliveries.columns()
    made = hook(deliveries, receiver, subscope={"columnIds": [keys["Status"]]})
    deliveries.api.put(f"/webhooks/{made['id']}", json={"enabled": True})
    row = deliveries.row("NWL-7710")["id"]
    cells = [
        {"columnId": keys["Status"], "value": "Cancelled"},
        {"columnId": keys["Item"], "value": "Nothing"},
    ]
    headers = {"smartsheet-change-agent": "pacta"}
    deliveries.api.put(f"/sheets/{deliveries.id}/rows", json={"id": row, "cells": cells}, headers=headers)
    waited(receiver, 2)
    sent, body = receiver.got[1]
    assert sent["smartsheet-hmac-sha256"] == hmac.new(made["sharedSecret"].encode(), body, sha256).hexdigest()
    content = json.loads(body)
    assert (content["webhookId"], content["scope"], content["scopeObjectId"]) == (
        made["id"],
        "sheet",
        deliveries.id,
    )
    assert [(e["objectType"], e["eventType"], e.get("columnId")) for e in content["events"]] == [
        ("row", "updated", None),
        ("cell", "updated", keys["Status"]),
    ]
    assert {e["changeAgent"] for e in content["events"]} == {"pacta"}
    assert b"Cancelled" not in body


def test_a_target_that_does_not_answer(
    box: RunningSandbox, deliveries: Grid, receiver: Receiver, web: httpx.Client
) -> None:
    made = hook(deliveries, receiver)
    receiver.echo = {}
    refused = deliveries.api.put(f"/webhooks/{made['id']}", json={"enabled": True}).json()["result"]
    assert (refused["enabled"], refused["status"]) == (False, "DISABLED_VERIFICATION_FAILED")
    receiver.echo = {"Smartsheet-Hook-Challenge": "Smartsheet-Hook-Response"}
    deliveries.api.put(f"/webhooks/{made['id']}", json={"enabled": True})
    row = deliveries.row("NWL-7710")["id"]
    emit = {"vendor": "smartsheet", "event": "updated", "record": str(row)}
    receiver.answers = [500, 200]
    sent = web.post(f"{box.base_url}/_sandbox/emit", json=emit).json()["deliveries"]
    assert sent[0]["attempts"] == [500, 200]
    receiver.answers = [500] * 6
    assert web.post(f"{box.base_url}/_sandbox/emit", json=emit).json()["deliveries"][0]["delivered"] is False
    assert deliveries.api.get(f"/webhooks/{made['id']}").json()["status"] == "DISABLED_CALLBACK_FAILED"
    assert web.post(f"{box.base_url}/_sandbox/emit", json=emit).json() == {"deliveries": []}
    assert web.post(f"{box.base_url}/_sandbox/emit", json={**emit, "record": "1"}).status_code == 400


def test_webhooks_that_are_refused(deliveries: Grid, receiver: Receiver) -> None:
    good = {
        "name": "n",
        "callbackUrl": receiver.url,
        "scope": "sheet",
        "scopeObjectId": deliveries.id,
        "events": ["*.*"],
        "version": 1,
    }
    for change, code in (
        ({"scopeObjectId": 1}, 1151),
        ({"version": 2}, 1031),
        ({"callbackUrl": "ftp://127.0.0.1/"}, 1152),
        ({"callbackUrl": "https://example.com/"}, 1031),
        ({"name": ""}, 1012),
    ):
        assert deliveries.api.post("/webhooks", json={**good, **change}).json()["errorCode"] == code
    made = hook(deliveries, receiver)
    url = f"/webhooks/{made['id']}"
    assert deliveries.api.put(url, json={"scopeObjectId": 1}).json()["errorCode"] == 1032
    fresh = deliveries.api.post(f"{url}/resetSharedSecret").json()["result"]["sharedSecret"]
    assert fresh != made["sharedSecret"]
    assert deliveries.api.delete(url).json()["message"] == "SUCCESS"
    assert deliveries.api.get(url).status_code == 404


# -- the vendor's own client ------------------------------------------------------------------------


@pytest.fixture
def client(box: RunningSandbox) -> Any:
    module = pytest.importorskip("smartsheet")
    made = module.Smartsheet(access_token=TOKEN, api_base=f"{box.base_url}/smartsheet/2.0", max_retry_time=0)
    made.errors_as_exceptions(True)
    return made


def test_the_client_reads(client: Any, deliveries: Grid, milestones: Grid) -> None:
    assert client.Users.get_current_user().email == "pacta@tessaly.example"
    listed = client.Sheets.list_sheets(include_all=True).data
    assert listed[0].name == "Deliveries 2026"
    sheet = client.Sheets.get_sheet(deliveries.id, rows_modified_since="2026-10-26T00:00:00+01:00")
    assert (sheet.total_row_count, [row.cells[0].value for row in sheet.rows]) == (
        58,
        ["PW-88201", "PW-88244"],
    )
    row, column = milestones.row("Site 4 live")["id"], milestones.columns()["Amount"]
    history = client.Cells.get_cell_history(milestones.id, row, column).data
    assert [str(one.value) for one in history] == ["37,500.00 EUR", "37500"]
    assert history[0].modified_by.email == "lena.hartmann@tessaly.example"
    talks = client.Discussions.get_row_discussions(milestones.id, row, include="comments").data
    assert talks[0].comments[0].text == "Not live yesterday."
    assert client.Search.search_sheet(deliveries.id, "BAL-2291").results[0].object_type == "row"


def test_the_client_writes(client: Any, deliveries: Grid) -> None:
    keys = deliveries.columns()
    row = client.models.Row({"toBottom": True, "cells": [{"columnId": keys["Delivery"], "value": "X-3"}]})
    made = client.Sheets.add_rows(deliveries.id, [row]).result[0]
    change = client.models.Row({"id": made.id, "cells": [{"columnId": keys["Ordered"], "value": 5}]})
    client.Sheets.update_rows(deliveries.id, [change])
    assert deliveries.row("X-3")["Ordered"] == 5
    comment = client.models.Discussion({"comment": client.models.Comment({"text": "From the client"})})
    client.Discussions.create_discussion_on_row(deliveries.id, made.id, comment)
    assert (
        client.Sheets.get_row(deliveries.id, made.id, include="discussions").discussions[0].title
        == "From the client"
    )
    client.Sheets.delete_rows(deliveries.id, [made.id])
    with pytest.raises(Exception, match="Not Found") as refused:
        client.Sheets.get_row(deliveries.id, made.id)
    assert type(refused.value).__name__ == "ApiError"


def test_the_client_makes_webhooks(client: Any, deliveries: Grid, receiver: Receiver) -> None:
    given = {
        "name": "n",
        "callbackUrl": receiver.url,
        "scope": "sheet",
        "scopeObjectId": deliveries.id,
        "events": ["*.*"],
        "version": 1,
    }
    made = client.Webhooks.create_webhook(client.models.Webhook(given)).result
    enabled = client.Webhooks.update_webhook(made.id, client.models.Webhook({"enabled": True})).result
    assert (enabled.enabled, enabled.status) == (True, "ENABLED")
    assert [one.id for one in client.Webhooks.list_webhooks().data] == [made.id]
    client.Webhooks.delete_webhook(made.id)


def test_the_client_knows_the_limit(client: Any, box: RunningSandbox) -> None:
    box.order_fault("429", vendor="smartsheet")
    with pytest.raises(Exception, match="Rate limit") as refused:
        client.Sheets.list_sheets()
    assert type(refused.value).__name__ == "RateLimitExceededError"


# -- the specification ------------------------------------------------------------------------------


@cache
def spec() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((VENDORS / "smartsheet-openapi-v2.json").read_text(encoding="utf-8"))
    return loaded


def judged(path: str, answer: httpx.Response, method: str = "get") -> list[str]:
    assert answer.status_code == 200, answer.text
    schema = openapi.answer(spec(), method, path, answer.status_code)
    return list(openapi.faults(answer.json(), schema, spec()))


@with_spec
def test_reads_fit_the_specification(web_api: httpx.Client, milestones: Grid) -> None:
    row, column = milestones.row("Site 4 live")["id"], milestones.columns()["Amount"]
    sheet, talk = (
        f"/sheets/{milestones.id}",
        web_api.get(f"/sheets/{milestones.id}/discussions").json()["data"][0]["id"],
    )
    one = "/sheets/{sheetId}"
    asked = {
        "/users/me": "/users/me",
        "/users": "/users",
        "/workspaces": "/workspaces",
        "/sheets": "/sheets",
        one: sheet + "?include=discussions,writerInfo,columnType",
        one + "/version": sheet + "/version",
        one + "/columns": sheet + "/columns",
        one + "/rows/{rowId}": f"{sheet}/rows/{row}",
        one + "/rows/{rowId}/columns/{columnId}/history": f"{sheet}/rows/{row}/columns/{column}/history",
        one + "/rows/{rowId}/discussions": f"{sheet}/rows/{row}/discussions?include=comments",
        one + "/discussions": f"{sheet}/discussions?include=comments",
        one + "/discussions/{discussionId}": f"{sheet}/discussions/{talk}",
        "/search": "/search?query=Site",
        "/search/sheets/{sheetId}": f"/search/sheets/{milestones.id}?query=Site",
    }
    for path, url in asked.items():
        assert judged(path, web_api.get(url)) == [], path
    # The specification lets a sheet be its version alone, so the whole of it is judged by its own schema.
    whole = web_api.get(sheet, params={"include": "discussions,writerInfo,columnType"}).json()
    assert list(openapi.faults(whole, {"$ref": "#/components/schemas/Sheet"}, spec())) == []


@with_spec
def test_writes_fit_the_specification(deliveries: Grid, receiver: Receiver) -> None:
    api, url, one = deliveries.api, f"/sheets/{deliveries.id}/rows", "/sheets/{sheetId}/rows"
    cells = [{"columnId": deliveries.columns()["Delivery"], "value": "X-4"}]
    made = api.post(url, json=[{"cells": cells}])
    assert judged(one, made, "post") == []
    key = made.json()["result"][0]["id"]
    assert judged(one, api.put(url, json=[{"id": key, "cells": cells}]), "put") == []
    said = api.post(f"{url}/{key}/discussions", json={"comment": {"text": "t"}})
    assert judged(one + "/{rowId}/discussions", said, "post") == []
    assert judged(one, api.delete(url, params={"ids": key}), "delete") == []
    hooked = hook(deliveries, receiver)
    target = f"/webhooks/{hooked['id']}"
    assert judged("/webhooks", api.get("/webhooks")) == []
    assert judged("/webhooks/{webhookId}", api.put(target, json={"enabled": True}), "put") == []
    assert (
        judged("/webhooks/{webhookId}/resetSharedSecret", api.post(target + "/resetSharedSecret"), "post")
        == []
    )
