"""`POST /v1/ask` on the invented company: JSON, events, threads, and what a scoped key is not told."""

import json

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from flows.wiring import Pacta
from store import Scope

pytestmark = pytest.mark.xdist_group("world")


@pytest.fixture(scope="module")
def client(world: Pacta) -> TestClient:
    return TestClient(create_app(world))


def key(world: Pacta, *units: str) -> dict[str, str]:
    scope = Scope(business_units=frozenset(units)) if units else Scope.all()
    secret = world.store.create_key("test", "reader", scope, by="test", at=world.clock())[1]
    return {"Authorization": f"Bearer {secret}"}


def test_an_answer_as_json_names_clauses_and_records(client: TestClient, world: Pacta) -> None:
    asked = client.post("/v1/ask", json={"question": "Is Acme in SLA breach?"}, headers=key(world))
    assert asked.status_code == 200
    body = asked.json()
    assert body["outcome"] == "breached"
    document = client.get(f"/v1/documents/{body['citations'][0]['document']}", headers=key(world)).json()
    cited = body["citations"][0]
    assert document["text"][cited["start"] : cited["end"]] == cited["quote"]


def test_the_same_answer_as_events(client: TestClient, world: Pacta) -> None:
    headers = {**key(world), "Accept": "text/event-stream"}
    with client.stream(
        "POST", "/v1/ask", json={"question": "Is Acme in SLA breach?"}, headers=headers
    ) as got:
        assert got.headers["content-type"].startswith("text/event-stream")
        frames = [f for f in "".join(got.iter_text()).split("\n\n") if f]
    events = [dict(line.split(": ", 1) for line in frame.split("\n")) for frame in frames]
    names = [e["event"] for e in events]
    assert names[0] == "step"
    assert names[-1] == "done"
    assert {"token", "citation", "record"} <= set(names)
    whole = json.loads(events[-1]["data"])
    told = "".join(json.loads(e["data"])["text"] for e in events if e["event"] == "token")
    assert told == whole["answer"]


def test_a_scoped_key_is_told_nothing_of_other_units(client: TestClient, world: Pacta) -> None:
    operations = key(world, "operations")
    acme = client.post("/v1/ask", json={"question": "Is Acme in SLA breach?"}, headers=operations).json()
    assert acme["outcome"] == "cannot_answer"
    listed = client.post(
        "/v1/ask", json={"question": "Which vendors breached in October?"}, headers=operations
    ).json()
    assert "Stonegate" in listed["answer"]
    assert not {"Acme", "Cirrus"} & set(listed["answer"].replace(",", " ").split())
    wording = client.post(
        "/v1/ask", json={"question": "What do the contracts say about service credits?"}, headers=operations
    ).json()
    seen = {c["id"] for c in client.get("/v1/contracts", headers=operations).json()}
    assert {c["contract"] for c in wording["citations"]} <= seen


def test_a_thread_follows_up_and_belongs_to_its_key(client: TestClient, world: Pacta) -> None:
    mine, other = key(world), key(world)
    first = {"question": "Is Acme in SLA breach?", "thread": "t-api"}
    assert client.post("/v1/ask", json=first, headers=mine).status_code == 200
    follow = client.post("/v1/ask", json={"question": "And in September?", "thread": "t-api"}, headers=mine)
    assert follow.json()["outcome"] == "met"
    stranger = client.post(
        "/v1/ask", json={"question": "And in September?", "thread": "t-api"}, headers=other
    )
    assert stranger.status_code == 404
