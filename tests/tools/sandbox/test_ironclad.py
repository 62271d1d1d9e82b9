"""Ironclad's writer against its stand-in: performance on the contract's record, audit entries beside it."""

from typing import Any

import pytest

from sandbox import RunningSandbox
from sandbox.ironclad.service import SCOPES
from tests.tools.sandbox.reading import opened
from tests.tools.test_ironclad import action
from tests.tools.test_ironclad_records import OWN, put
from tools.kit import Fatal, NotFound, Retryable, Unauthorised, WrongAnswer

pytestmark = pytest.mark.xdist_group("tools-sandbox")


def ironclad(box: RunningSandbox, scopes: list[str] | None = None, **changes: Any) -> Any:
    oauth = {
        "type": "oauth2",
        "token_url": f"{box.ironclad_url}/oauth/token",
        "client_id": "pacta-ironclad-client",
        "client_secret": "ironclad-demo-secret",
        "scopes": scopes or sorted(SCOPES),
    }
    base = {"base_url": f"{box.ironclad_url}/public/api/v1", "auth": oauth}
    return opened("ironclad", {**base, "as_user_email": "pacta@tessaly.example", **OWN}, **changes)


def raw_of(connector: Any, number: str, cursor: str | None = None) -> dict[str, Any]:
    rows = {r.id: r.data["record"] for batch in connector.read("contract", cursor) for r in batch.records}
    found: dict[str, Any] = rows[number]
    return found


FIELDS = {"performance": "2 of 3 kept", "kept": 2, "credit": "980.00", "judged_on": "2026-11-10"}


def test_performance_stands_on_the_contract_and_comes_back(box: RunningSandbox) -> None:
    connector = ironclad(box)
    cursor = [batch.cursor for batch in connector.read("contract", None)][-1]
    for _ in range(2):
        made = connector.writer().create(action("set_fields", {"fields": FIELDS}, "IC-101"))
        assert made.record == "IC-101"
    held = raw_of(connector, "IC-101", cursor)["properties"]
    assert held["performanceSummary"] == {"type": "string", "value": "2 of 3 kept"}
    assert held["creditDue"]["value"] == {"currency": "EUR", "amount": 980}
    connector.writer().create(action("set_fields", {"fields": {"performance": None}}, "IC-101"))
    assert "performanceSummary" not in raw_of(connector, "IC-101")["properties"]


def test_an_audit_entry_is_written_once_and_is_no_contract(box: RunningSandbox) -> None:
    connector = ironclad(box)
    before = {r.id for batch in connector.read("contract", None) for r in batch.records}
    entry = put("audit", "IC-101", what="Breach of 3 November", credit="-980")
    made = connector.writer().create(entry)
    assert ironclad(box).writer().create(entry) == made == ironclad(box).writer().find("pacta-1f2e")
    assert {r.id for batch in connector.read("contract", None) for r in batch.records} == before
    record = connector.contract(made.record)
    assert record.title == "Breach of 3 November"


def test_an_obligation_of_a_type_of_its_own(box: RunningSandbox) -> None:
    made = ironclad(box).writer().create(put("obligation", "IC-105", title="Credit of October"))
    assert made.record.startswith("OB-")
    assert ironclad(box).writer().create(put("obligation", "IC-105", title="Credit")) == made


@pytest.mark.parametrize("kind", ["cut", "html", "500"])
def test_a_lost_answer_is_found_the_next_time(box: RunningSandbox, kind: str) -> None:
    box.order_fault(kind, vendor="ironclad", method="POST", path="/records")
    entry = put("audit", "IC-101", what="Breach")
    with pytest.raises((Retryable, WrongAnswer)):
        ironclad(box).writer().create(entry)
    ironclad(box).writer().create(entry)
    plain = ironclad(box, entities={})
    types = [r.data["record"]["type"] for batch in plain.read("contract", None) for r in batch.records]
    assert types.count("pactaAudit") == 1


def test_what_does_not_exist_or_is_not_allowed_is_told(box: RunningSandbox) -> None:
    with pytest.raises(NotFound):
        ironclad(box).writer().create(put("audit", "IC-999", what="x"))
    with pytest.raises(NotFound):
        ironclad(box).writer().create(action("set_fields", {"fields": {"kept": 1}}, "IC-999"))
    narrow = [f"public.{each}" for each in ("records.readRecords", "obligations.readObligations")]
    with pytest.raises(Unauthorised):
        ironclad(box, narrow).writer().create(put("audit", "IC-101", what="x"))
    for verb in ("create_invoice", "send_message"):
        with pytest.raises(Fatal, match=verb):
            ironclad(box).writer().create(action(verb, {}, "IC-101"))
