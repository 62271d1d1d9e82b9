"""Ironclad's Public API: tokens and scopes, records, obligations, comments, webhook registrations."""

from datetime import datetime
from pathlib import Path

import httpx
import pytest

from sandbox import RunningSandbox, serve
from tests.sandbox.clients import Ironclad


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [record["ironcladId"] for record in answer.json()["list"]]


def test_tokens_by_header_or_body_form_or_json(clm: Ironclad, web: httpx.Client) -> None:
    given = {"grant_type": "client_credentials", "client_id": clm.client[0], "client_secret": clm.client[1]}
    url = f"{clm.base}/oauth/token"
    for answer in (clm.token(), web.post(url, data=given), web.post(url, json=given)):
        assert answer.json()["token_type"] == "Bearer"
        assert answer.json()["expires_in"] == 3600
    refusals = {
        401: web.post(url, data={**given, "client_secret": "wrong"}),
        403: web.post(url, data={**given, "grant_type": "authorization_code"}),
        400: clm.token("public.records.everything"),
    }
    for status, answer in refusals.items():
        assert answer.status_code == status
        assert set(answer.json()) == {"error", "error_description"}


def test_a_call_needs_token_scope_and_actor(clm: Ironclad, web: httpx.Client) -> None:
    url = f"{clm.base}/public/api/v1/records"
    nobody = web.get(url)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "UNAUTHORIZED")
    narrow = clm.token("public.records.readSchemas").json()
    assert narrow["scope"] == "public.records.readSchemas"
    bearer = {"authorization": f"Bearer {narrow['access_token']}", "x-as-user-email": "a@tessaly.example"}
    assert web.get(url, headers=bearer).json()["code"] == "FORBIDDEN"
    assert web.get(f"{url}/metadata", headers=bearer).status_code == 200
    no_actor = web.get(url, headers={"authorization": clm.headers()["authorization"]})
    assert (no_actor.status_code, no_actor.json()["code"]) == (400, "MISSING_PARAM")
    stranger = clm.ask("GET", "/records", headers={"x-as-user-email": "x@elsewhere.example"})
    assert stranger.status_code == 403


def test_all_contracts_are_there_page_by_page(clm: Ironclad) -> None:
    first = clm.get("/records", pageSize=10, sortField="name", sortDirection="ASC")
    second = clm.get("/records", pageSize=10, page=1, sortField="name", sortDirection="ASC")
    assert (first.json()["count"], first.json()["page"], second.json()["page"]) == (15, 0, 1)
    assert set(ids(first) + ids(second)) == {f"IC-{n}" for n in range(101, 116)}
    assert clm.get("/records", pageSize=10, page=2).json()["list"] == []
    titles = [record["name"] for record in first.json()["list"]]
    assert titles == sorted(titles)


@pytest.mark.parametrize(
    "params",
    [
        {"page": -1},
        {"pageSize": 101},
        {"sortField": "type"},
        {"lastUpdated": "x"},
        {"filter": "Equals([type]"},
        {"filter": "RelativeDate(1)"},
    ],
)
def test_wrong_parameters_are_refused(clm: Ironclad, params: dict[str, str]) -> None:
    answer = clm.get("/records", **params)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PARAM")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"types": "sow,nda"}, "IC-104 IC-111"),
        ({"lastUpdated": "2026-03-01T00:00:00.000Z"}, "IC-103 IC-104"),
        ({"filter": "Equals([counterpartyName], 'Kestrel Telecom GmbH')"}, "IC-112"),
        ({"filter": "And(Equals([businessUnit],'it'), Contains([counterpartyName],'nordwind'))"}, "IC-105"),
        ({"filter": "Or(Equals([type],'nda'), IsNotEmpty([customerNumber]))"}, "IC-109 IC-111"),
        ({"filter": "LessThanOrEqual([expirationDate], Date('2026-12-31'))"}, "IC-107 IC-114"),
        ({"filter": "GreaterThan([contractValue], 500000)"}, "IC-101"),
        ({"filter": "And(NotEqual([businessUnit],'it'), IsEmpty([expirationDate]))"}, "IC-109"),
    ],
)
def test_filters(clm: Ironclad, params: dict[str, str], expected: str) -> None:
    assert sorted(ids(clm.get("/records", **params))) == expected.split()


def test_a_record_and_its_family(clm: Ironclad) -> None:
    master = clm.get("/records/IC-101").json()
    assert clm.get(f"/records/{master['id']}").json() == master
    assert master["properties"]["effectiveDate"] == {"type": "date", "value": "2024-03-01T00:00:00.000Z"}
    assert master["properties"]["contractValue"]["value"] == {"amount": 576000, "currency": "EUR"}
    family = {name: clm.get(f"/records/{name}").json() for name in ("IC-102", "IC-103", "IC-104")}
    assert set(master["childIds"]) == {child["id"] for child in family.values()}
    assert {child["parentId"] for child in family.values()} == {master["id"]}
    assert [child.get("parentLinkType") for child in family.values()] == [None, "amendment", None]
    assert master["amendments"] == [family["IC-103"]["id"]]
    assert family["IC-103"]["links"] == [{"recordId": family["IC-102"]["id"]}]
    assert clm.get("/records/IC-999").json()["code"] == "NOT_FOUND"


def test_contract_status_follows_the_dates(clm: Ironclad, box: RunningSandbox) -> None:
    def status(name: str) -> str:
        return str(clm.get(f"/records/{name}").json()["contractStatus"]["enhancedStatus"])

    assert [status(n) for n in ("IC-101", "IC-105", "IC-109", "IC-114")] == [
        "auto-renewing", "expiring", "active", "expiring",
    ]  # fmt: skip
    box.set_clock(datetime.fromisoformat("2026-10-01T12:00:00+02:00"))
    assert status("IC-105") == "auto-renewing"
    box.set_clock(datetime.fromisoformat("2027-02-01T12:00:00+01:00"))
    assert status("IC-114") == "inactive"


def test_the_clock_hides_records_not_filed_yet(clm: Ironclad, box: RunningSandbox) -> None:
    box.set_clock(datetime.fromisoformat("2026-06-20T12:00:00+02:00"))
    assert "IC-103" not in ids(clm.get("/records", pageSize=100))
    assert clm.get("/records/IC-103").status_code == 404
    assert "amendments" not in clm.get("/records/IC-101").json()


def test_patching_metadata(clm: Ironclad) -> None:
    change = {
        "addProperties": {"pactaState": {"type": "string", "value": "watched"}},
        "removeProperties": ["governingLaw"],
        "addLinks": [{"recordId": "IC-104"}],
    }
    record = clm.patch("/records/IC-101", change).json()
    assert record["properties"]["pactaState"]["value"] == "watched"
    assert "governingLaw" not in record["properties"]
    assert record["links"] == [{"recordId": clm.get("/records/IC-104").json()["id"]}]
    assert record["lastUpdated"] == "2026-11-10T11:00:00.000Z"
    assert ids(clm.get("/records", filter="Equals([pactaState],'watched')")) == ["IC-101"]
    for wrong in (
        {"status": "x"},
        {"addProperties": {"a": "b"}},
        {"addProperties": {"a": {"type": "date", "value": "x"}}},
        {"addProperties": [1], "name": "half done"},
        {"addLinks": [{"recordId": "IC-102"}], "setParent": "IC-104"},
    ):
        assert clm.patch("/records/IC-101", wrong).status_code == 400
    assert clm.get("/records/IC-101").json() == record


def test_moving_a_record_in_its_family(clm: Ironclad) -> None:
    parent = {"recordId": "IC-102", "parentLinkType": "amendment"}
    moved = clm.patch(
        "/records/IC-103", {"setParent": parent, "removeLinks": [{"recordId": "IC-102"}]}
    ).json()
    assert moved["parentId"] == clm.get("/records/IC-102").json()["id"]
    assert (moved["parentLinkType"], moved["links"]) == ("amendment", [])
    assert "amendments" not in clm.get("/records/IC-101").json()
    alone = clm.patch("/records/IC-103", {"removeParent": True}).json()
    assert {"parentId", "parentLinkType"}.isdisjoint(alone)
    assert clm.patch("/records/IC-103", {"setParent": {"recordId": "IC-999"}}).status_code == 404


def test_metadata_names_the_properties_in_use(clm: Ironclad) -> None:
    schema = clm.get("/records/metadata").json()
    for record in clm.get("/records", pageSize=100).json()["list"]:
        assert record["type"] in schema["recordTypes"]
        for name, value in record["properties"].items():
            assert schema["properties"][name]["type"] == value["type"]


def test_signed_copies_come_as_bytes(tmp_path: Path, web: httpx.Client) -> None:
    contracts = tmp_path / "contracts"
    contracts.mkdir()
    (contracts / "acme-msa.pdf").write_bytes(b"%PDF-1.7 signed")
    (contracts / "signed-nda.txt").write_text("agreed", encoding="utf-8")
    (tmp_path / "index.yaml").write_text("- {key: fenwick-nda, file: signed-nda.txt}\n", encoding="utf-8")
    with serve(corpus=tmp_path) as sandbox:
        clm = Ironclad(web, sandbox.ironclad_url)
        copy = clm.get("/records/IC-101").json()["attachments"]["signedCopy"]
        answer = web.get(copy["href"], headers=clm.headers())
        assert (answer.content, answer.headers["content-type"]) == (b"%PDF-1.7 signed", "application/pdf")
        assert 'filename="acme-msa.pdf"' in answer.headers["content-disposition"]
        assert clm.get("/records/IC-111/attachments/signedCopy").content == b"agreed"
        assert clm.get("/records/IC-102").json()["attachments"] == {}
        assert clm.get("/records/IC-102/attachments/signedCopy").status_code == 404
        assert web.get(copy["href"]).status_code == 401


def test_obligations_are_made_found_and_changed(clm: Ironclad) -> None:
    body = {
        "name": "Claim the October credit",
        "parentId": "IC-107",
        "obligationTypeKey": ["payment"],
        "properties": {
            "dueDate": {"type": "date", "value": "2026-11-30T00:00:00Z"},
            "externalRef": {"type": "string", "value": "pacta:act:7"},
        },
    }
    answer = clm.post("/obligations", body)
    assert answer.status_code == 201
    made = answer.json()
    assert (made["ironcladId"], made["parentReadableId"]) == ("OB-1", "IC-107")
    clm.post("/obligations", {**body, "properties": {}})
    by_reference = {"filter": "Equals([externalRef], 'pacta:act:7')"}
    assert ids(clm.get("/obligations", **by_reference)) == ["OB-1"]
    assert clm.get("/obligations", **by_reference).json()["count"] == 1
    changed = clm.patch("/obligations/OB-1", {"name": "Claimed", "removeProperties": ["dueDate"]}).json()
    assert (changed["name"], list(changed["properties"])) == ("Claimed", ["externalRef"])
    assert clm.get(f"/obligations/{made['id']}").json() == changed
    assert clm.get("/obligations/OB-9").status_code == 404


@pytest.mark.parametrize(
    ("broken", "param"),
    [
        ({"name": ""}, "name"),
        ({"parentId": "IC-999"}, "parentId"),
        ({"obligationTypeKey": ["a", "b"]}, "obligationTypeKey"),
        ({"properties": {"due": "tomorrow"}}, "properties.due"),
    ],
)
def test_wrong_obligations_are_refused(clm: Ironclad, broken: dict[str, object], param: str) -> None:
    body = {"name": "x", "parentId": "IC-107", "obligationTypeKey": ["reporting"], **broken}
    answer = clm.post("/obligations", body)
    assert (answer.status_code, answer.json()["param"]) == (400, param)


def test_comments_on_the_workflow_of_a_contract(clm: Ironclad) -> None:
    workflow = clm.get("/records/IC-107").json()["source"]["workflowId"]
    assert clm.get(f"/workflows/{workflow}").json()["recordIds"] == [clm.get("/records/IC-107").json()["id"]]
    made = clm.post(f"/workflows/{workflow}/comments", {"comment": "Credit of USD 1,000.00 to be claimed."})
    assert made.status_code == 200
    listed = clm.get("/workflows/IC-107/comments").json()
    assert (listed["count"], listed["list"]) == (1, [made.json()])
    assert clm.post("/workflows/nowhere/comments", {"comment": "x"}).json()["param"] == "workflowId"
    assert clm.post(f"/workflows/{workflow}/comments", {}).json()["code"] == "MISSING_PARAM"


def test_webhook_registrations(clm: Ironclad) -> None:
    body = {"events": ["workflow_completed"], "targetURL": "http://127.0.0.1:9/hook"}
    made = clm.post("/webhooks", body)
    assert made.status_code == 201
    key = made.json()["id"]
    assert (made.json()["status"], made.json()["consecutiveFailureCount"]) == ("enabled", 0)
    assert clm.post("/webhooks", body).json()["param"] == "targetURL"
    assert clm.post("/webhooks", {**body, "events": ["record_made_up"]}).json()["param"] == "events"
    assert clm.post("/webhooks", {**body, "targetURL": "https://example.com/"}).status_code == 400
    assert clm.patch(f"/webhooks/{key}", {"status": "disabled"}).json()["status"] == "disabled"
    assert [hook["id"] for hook in clm.get("/webhooks").json()["list"]] == [key]
    assert clm.get(f"/webhooks/{key}").json()["events"] == ["workflow_completed"]
    assert clm.ask("DELETE", f"/webhooks/{key}").status_code == 204
    assert clm.get(f"/webhooks/{key}").status_code == 404
