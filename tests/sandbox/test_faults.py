"""Faults on demand, for each vendor in its own words; the log; reset."""

import re
from collections.abc import Callable
from datetime import datetime

import httpx
import pytest

from sandbox import RunningSandbox
from tests.sandbox.clients import Ironclad, Sap, ServiceNow

Ask = Callable[[str], httpx.Response]
SAP_INVOICES = "API_SUPPLIERINVOICE_PROCESS_SRV/A_SupplierInvoice"


@pytest.fixture(params=["ironclad", "servicenow", "sap_s4hana"])
def ask(request: pytest.FixtureRequest, clm: Ironclad, snow: ServiceNow, sap: Sap) -> Ask:
    """One list request to the vendor under a fault asked for by header."""
    urls = {
        "ironclad": (f"{clm.base}/public/api/v1/records", None, clm.headers()),
        "servicenow": (f"{snow.base}/api/now/table/incident?sysparm_limit=10", snow.auth, {}),
        "sap_s4hana": (sap.url(f"{SAP_INVOICES}?$format=json"), sap.auth, {}),
    }
    url, auth, headers = urls[request.param]

    def call(fault: str) -> httpx.Response:
        return clm.web.get(url, auth=auth, headers={**headers, "x-sandbox-fault": fault})

    return call


@pytest.mark.parametrize("status", [401, 500, 502, 503])
def test_refusals_and_failures(ask: Ask, status: int) -> None:
    answer = ask(str(status))
    assert answer.status_code == status
    assert answer.content


def test_too_many_requests_says_when_to_come_back(ask: Ask) -> None:
    answer = ask("429; retry-after=7")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert set(answer.json()) & {"code", "error"}


def test_html_with_status_200(ask: Ask) -> None:
    answer = ask("html")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")


def test_the_connection_ends_in_the_body(ask: Ask) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        ask("cut")


def test_slow_answers_come_in_the_end(ask: Ask) -> None:
    answer = ask("slow; seconds=0.2")
    assert answer.status_code == 200
    assert answer.elapsed.total_seconds() >= 0.2


def test_an_unknown_fault_is_told(ask: Ask) -> None:
    answer = ask("earthquake")
    assert answer.status_code == 400
    assert "earthquake" in answer.text


def records(answer: httpx.Response) -> list[str]:
    body = answer.json()
    rows = body.get("list") or body.get("result") or body["d"]["results"]
    return [str(row.get("ironcladId") or row.get("number") or row["SupplierInvoice"]) for row in rows]


def test_duplicates_and_disorder(ask: Ask) -> None:
    right = records(ask("slow; seconds=0"))
    twice = records(ask("duplicate"))
    assert twice == [right[-1], *right]
    shuffled = records(ask("shuffle"))
    assert shuffled != right


def test_a_page_that_names_itself_as_the_next(clm: Ironclad, snow: ServiceNow, sap: Sap) -> None:
    fault = {"x-sandbox-fault": "loop"}
    pages = [clm.ask("GET", "/records", params={"page": page}, headers=fault).json() for page in (0, 1)]
    assert pages[0]["list"] == pages[1]["list"]
    assert pages[1]["count"] > 100
    asked = {"sysparm_limit": "5", "sysparm_offset": "5"}
    rows = snow.ask("GET", "table/incident", params=asked, headers=fault)
    again = re.findall(r'<([^>]+)>;rel="next"', rows.headers["link"])[0]
    assert snow.web.get(again, auth=snow.auth, headers=fault).json() == rows.json()
    headers = {**fault, "accept": "application/json"}
    first = sap.web.get(sap.url(SAP_INVOICES), auth=sap.auth, headers=headers).json()["d"]
    second = sap.web.get(first["__next"], auth=sap.auth, headers=headers).json()["d"]
    assert second == {**first, "__next": second["__next"]}


def test_ordered_faults_meet_what_they_name_and_are_counted(
    box: RunningSandbox, snow: ServiceNow, sap: Sap
) -> None:
    box.order_fault("500", vendor="servicenow", path="/task_sla", times=2, skip=1)
    assert [snow.get("task_sla").status_code for _ in range(4)] == [200, 500, 500, 200]
    box.order_fault("429", vendor="servicenow", method="POST")
    assert snow.get("incident").status_code == 200
    assert sap.get(SAP_INVOICES).status_code == 200
    assert snow.ask("POST", "table/incident", json={"short_description": "x"}).status_code == 429
    assert not snow.rows("incident", query="short_description=x")
    assert snow.ask("POST", "table/incident", json={"short_description": "x"}).status_code == 201


def test_wrong_orders_are_refused(box: RunningSandbox, web: httpx.Client) -> None:
    url = f"{box.base_url}/_sandbox/faults"
    for wrong in ({"kind": "flood"}, {"colour": "red"}, {}):
        assert web.post(url, json=wrong).status_code == 400
    assert web.post(url, json={"kind": "html", "vendor": "sap_s4hana"}).json()["faults"][0]["kind"] == "html"
    assert web.delete(url).json() == {"faults": []}


def test_the_log_tells_what_was_asked_but_no_secret(box: RunningSandbox, snow: ServiceNow) -> None:
    snow.ask("POST", "table/incident", json={"short_description": "logged"})
    snow.get("incident", limit="1")
    box.order_fault("500", vendor="servicenow")
    snow.get("incident")
    seen = box.requests()
    assert [(one["method"], one["status"], one["fault"]) for one in seen] == [
        ("POST", 201, ""),
        ("GET", 200, ""),
        ("GET", 500, "500"),
    ]
    assert '"logged"' in seen[0]["body"]
    assert seen[1]["query"] == "sysparm_limit=1"
    assert {one["auth"] for one in seen} == {"Basic"}
    assert "servicenow-demo-password" not in str(seen)
    narrowed = snow.web.get(f"{box.base_url}/_sandbox/log", params={"method": "POST"}).json()
    assert narrowed["count"] == 1


def test_reset_forgets_what_was_written(box: RunningSandbox, clm: Ironclad, snow: ServiceNow) -> None:
    start = snow.web.get(f"{box.base_url}/_sandbox/clock").json()["now"]
    snow.ask("POST", "table/incident", json={"short_description": "x"})
    clm.patch("/records/IC-101", {"name": "Another name"})
    clm.post("/obligations", {"name": "x", "parentId": "IC-101", "obligationTypeKey": ["reporting"]})
    clm.post("/webhooks", {"events": ["*"], "targetURL": "http://localhost:9/"})
    box.set_clock(datetime.fromisoformat("2027-01-01T00:00:00+00:00"))
    box.order_fault("500")
    token = clm.headers()
    box.reset()
    assert snow.web.get(f"{box.base_url}/_sandbox/clock").json()["now"] == start
    assert len(snow.rows("incident")) == 29
    assert clm.web.get(f"{clm.base}/public/api/v1/records", headers=token).status_code == 401
    fresh = Ironclad(clm.web, clm.base)
    assert fresh.get("/records/IC-101").json()["name"] == "Managed Services Agreement"
    assert fresh.get("/obligations").json()["count"] == 0
    assert fresh.get("/webhooks").json()["count"] == 0


def test_the_clock_refuses_an_instant_without_zone(box: RunningSandbox, web: httpx.Client) -> None:
    url = f"{box.base_url}/_sandbox/clock"
    assert web.put(url, json={"now": "2026-11-10T12:00:00"}).status_code == 400
    assert web.put(url, json={"now": "noon"}).status_code == 400
    assert web.put(url, json={"now": "2026-11-10T12:00:00Z"}).status_code == 200


def test_unknown_paths_answer_in_the_vendors_shape(box: RunningSandbox, web: httpx.Client) -> None:
    assert web.get(f"{box.ironclad_url}/public/api/v1/nothing").json()["code"] == "NOT_FOUND"
    assert web.get(f"{box.servicenow_url}/api/now/nothing").json()["status"] == "failure"
    assert web.get(f"{box.sap_url}/sap/opu/nothing").json()["error"]["innererror"]
