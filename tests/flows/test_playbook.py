"""Promises beside the house's playbook, from the store to the command and the API."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from api.app import create_app
from cli.main import app
from flows.ingest import Ingested, ingest_file
from flows.playbook import of_contract, of_obligation
from flows.review import decide
from flows.settings import load_settings
from flows.wiring import Pacta
from obligations.model import Review
from store import LOCAL, NotFound, Scope

TEXT = """Service Agreement

This Agreement is made on 12 February 2024 between Alpha GmbH, Munich (the "{}") and Beta Ltd (the "{}").

1. Faults

1.1 The Supplier shall respond to Priority 1 Incidents within two (2) hours, at any time of any day.

2. Money

2.1 The Customer shall pay each correct invoice within sixty (60) days after it has received it.
"""


@pytest.fixture
def pacta(tmp_path: Path) -> Pacta:
    return Pacta(load_settings({}, home=tmp_path / "home", company={"name": "Alpha GmbH"}))


def put(pacta: Pacta, folder: Path, ours: str = "Customer", theirs: str = "Supplier") -> Ingested:
    path = folder / "agreement.txt"
    path.write_text(TEXT.format(ours, theirs), encoding="utf-8")
    return ingest_file(pacta, path)


def test_a_promise_beside_the_playbook(pacta: Pacta, tmp_path: Path) -> None:
    done = put(pacta, tmp_path)
    assert done.contract is not None
    found = {c.kind: c for c in of_contract(pacta, done.contract.id, LOCAL.scope)}
    response, payment = found["response_time"], found["payment_due"]
    assert (response.side, response.side_known, response.position) == ("customer", True, "deviation")
    assert response.escalate_to == pacta.library.playbook.escalate_to["customer"]
    (within,) = (rule for rule in response.rules if rule.term == "within")
    assert (within.stated, within.asks, within.accepts) == (
        "2 hours",
        "at most 15 minutes",
        "at most 30 minutes",
    )
    assert response.text.startswith("The Supplier shall respond to Priority 1 Incidents")
    assert response.preferred is not None and response.preferred.position == "preferred"
    assert response.preferred.text == " ".join(
        next(c.text for c in pacta.library.clauses if c.id == response.preferred.id).split()
    )
    assert (payment.position, payment.escalate_to) == ("preferred", "")


def test_the_other_side_has_other_rules(pacta: Pacta, tmp_path: Path) -> None:
    done = put(pacta, tmp_path, "Supplier", "Customer")
    assert done.contract is not None
    found = {c.kind: c for c in of_contract(pacta, done.contract.id, LOCAL.scope)}
    assert found["response_time"].side == "supplier"
    assert found["response_time"].position == "fallback"


def test_where_nothing_tells_our_side_that_is_said(tmp_path: Path) -> None:
    nobody = Pacta(load_settings({}, home=tmp_path / "home"))
    done = put(nobody, tmp_path)
    assert done.contract is not None
    found = of_contract(nobody, done.contract.id, LOCAL.scope)
    assert {(c.side, c.side_known) for c in found} == {("customer", False)}


def test_rejected_promises_are_left_out_of_a_contract(pacta: Pacta, tmp_path: Path) -> None:
    done = put(pacta, tmp_path)
    assert done.contract is not None
    (payment,) = (o for o in done.obligations if o.kind == "payment_due")
    decide(pacta, payment.id, Review.REJECTED, LOCAL)
    assert {c.kind for c in of_contract(pacta, done.contract.id, LOCAL.scope)} == {"response_time"}
    assert of_obligation(pacta, payment.id, LOCAL.scope).review is Review.REJECTED


def test_a_scope_hides_it(pacta: Pacta, tmp_path: Path) -> None:
    done = put(pacta, tmp_path)
    assert done.contract is not None
    other = Scope(business_units=frozenset({"elsewhere"}))
    with pytest.raises(NotFound):
        of_contract(pacta, done.contract.id, other)
    with pytest.raises(NotFound):
        of_obligation(pacta, done.obligations[0].id, other)


def test_over_the_api(pacta: Pacta, tmp_path: Path) -> None:
    done = put(pacta, tmp_path)
    assert done.contract is not None
    key = pacta.store.create_key("r", "reader", Scope.all(), by="t", at=pacta.clock())[1]
    client = TestClient(create_app(pacta), headers={"Authorization": f"Bearer {key}"})
    listed = client.get(f"/v1/contracts/{done.contract.id}/playbook").json()
    assert {c["kind"]: c["position"] for c in listed} == {
        "response_time": "deviation",
        "payment_due": "preferred",
    }
    for each in listed:
        assert client.get(f"/v1/obligations/{each['obligation']}/playbook").json() == each
    changes = client.get(f"/v1/contracts/{done.contract.id}/changes").json()
    assert {c["kind"] for c in changes["added"]} == {"response_time", "payment_due"}
    assert client.get("/v1/obligations/nothing/playbook").status_code == 404


def test_over_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PACTA_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "pacta.yaml").write_text("company: {name: Alpha GmbH}\n", encoding="utf-8")
    path = tmp_path / "agreement.txt"
    path.write_text(TEXT.format("Customer", "Supplier"), encoding="utf-8")
    run = CliRunner()
    run.invoke(app, ["ingest", str(path)])
    shown = " ".join(run.invoke(app, ["playbook", "--position", "deviation"]).output.split())
    assert "within: 2 hours; the playbook asks for at most 15 minutes, accepts at most 30 minutes" in shown
    assert "escalate to Head of Procurement and Legal" in shown
    assert "we prefer (response-p1-fifteen-minutes)" in shown
    assert "payment_due" not in shown
    assert "playbook: deviation, escalate to Head of" in " ".join(
        run.invoke(app, ["obligations", "--kind", "response_time"]).output.split()
    )
    body = json.loads(run.invoke(app, ["playbook", "--json"]).stdout)
    assert {c["position"] for c in body} == {"deviation", "preferred"}
    assert run.invoke(app, ["playbook", "--position", "bad"]).exit_code != 0
