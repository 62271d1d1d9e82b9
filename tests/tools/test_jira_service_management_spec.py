"""Requests to Jira held against Atlassian's own OpenAPI files.

The copy of the platform's file describes API 2 without the paths about oneself, and was taken before the
search by token. API 3 has the same paths and differs in the texts, which are documents; the newer search is
left to the stand-in.
"""

import json
from typing import Any

import httpx

from tests.tools import specs
from tests.tools.conformance import connector_of, read_all
from tests.tools.jira_vendor import JiraVendor
from tests.tools.test_ironclad import action
from tools.jira_service_management.text import body

DESK = "jira_service_management/jsm-openapi.ballerina.json"
PLATFORM = "jira_service_management/jira-platform-v3.ballerina.json"
pytestmark = specs.needs_specification

TASKS = (
    {"project": "OPS"},
    {"as": "request", "service_desk": "1", "request_type": "2"},
)


def faults(requests: list[httpx.Request]) -> list[str]:
    found: list[str] = []
    for request in requests:
        if request.url.path.endswith("/myself"):
            continue
        name = DESK if "/servicedeskapi/" in request.url.path else PLATFORM
        found += specs.faults(request, specs.load(name))
    return found


def write_all(vendor: JiraVendor, **changes: Any) -> None:
    row = vendor.record(600)
    row["fields"]["description"] = body("3", "x\n\nReference: pacta-first")
    vendor.issues.append(row)
    vendor.ways = [{"id": "5", "name": "Finish", "to": {"statusCategory": {"key": "done"}}}]
    for tasks in TASKS:
        writer = connector_of(vendor, tasks=tasks, fields={"status": "customfield_1"}, **changes).writer()
        reference = f"pacta-{len(vendor.written)}-ref"
        task = {"title": "Look", "text": "x", "due_on": "2026-11-15", "priority": "P1"}
        writer.create(action("create_task", task, "IC-101", reference))
        writer.create(action("comment", {"text": "x", "public": True}, "DESK-3", reference))
        writer.create(action("update_task", {"title": "t", "state": "done"}, "DESK-600", reference))
        writer.create(action("set_fields", {"fields": {"status": "late"}}, "DESK-3", reference))
    vendor.closed = {"servicedeskapi/request": 404}
    writer.create(action("comment", {"text": "x"}, "DESK-4", "pacta-other"))


def test_reads_of_the_older_interface_are_as_specified() -> None:
    vendor = JiraVendor(count=25, page_size=10)
    vendor.embedded = 0
    vendor.histories["10001"] = vendor.comments["10001"] = []
    connector = connector_of(vendor, api="2", search="classic")
    assert connector.check().ok
    read_all(connector, "request")
    assert faults(vendor.requests) == []
    assert {"comment", "changelog", "sla"} & {r.url.path.rsplit("/", 1)[1] for r in vendor.requests}


def test_writes_of_the_older_interface_are_as_specified() -> None:
    vendor = JiraVendor(count=5)
    write_all(vendor, api="2", search="classic")
    assert faults(vendor.requests) == []
    assert len(vendor.written) > 8


def test_the_newer_interface_differs_in_its_search_and_its_texts_only() -> None:
    vendor = JiraVendor(count=5)
    read_all(connector_of(vendor), "request")
    write_all(vendor)
    rest: list[httpx.Request] = []
    for request in vendor.requests:
        if request.url.path.endswith("/search/jql"):
            continue
        told = json.loads(request.content) if request.content else None
        if isinstance(told, dict) and isinstance(told.get("body"), dict):
            told["body"] = "text"
        url = str(request.url).replace("/api/3/", "/api/2/")
        rest.append(httpx.Request(request.method, url, json=told))
    assert faults(rest) == []


def test_the_judge_sees_what_is_wrong() -> None:
    url = "https://x/rest/servicedeskapi/request/A-1/comment"
    wrong = httpx.Request("POST", f"{url}?limt=1", json={"body": 7, "publik": True})
    said = "\n".join(faults([wrong, httpx.Request("GET", "https://x/rest/api/2/nothing")]))
    for part in ("no parameter limt", "$.body is int", "$.publik", "no operation GET"):
        assert part in said
