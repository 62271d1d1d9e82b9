"""Prompts over HTTP: seen by reviewers, put in force by administrators, never without the gate's record."""

from typing import Any, cast

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from agent.model import ChatModel
from agent.prompts import load
from flows import prompts
from tests.api.conftest import Office
from tests.flows.test_prompts import MODEL, record


@pytest.fixture
def modelled(office: Office) -> Office:
    office.pacta._given_model = ChatModel(cast(Any, FakeListChatModel(responses=["{}"])), MODEL)
    prompts.keep(office.pacta, record(load("extract", "v1")), "t")
    return office


def test_versions_and_texts(modelled: Office) -> None:
    held = modelled.call("GET", "/v1/prompts", "reviewer").json()
    live = {f"{p['task']}/{p['version']}" for p in held if p["in_force"]}
    assert live == {"understand/v1", "compose/v1", "research/v1", "extract/v1"}
    one = modelled.call("GET", "/v1/prompts/extract/v1", "reviewer").json()
    assert one["text"] == load("extract", "v1").text
    assert "report" not in one["records"][-1]
    whole = modelled.call("GET", f"/v1/prompts/records/{one['records'][-1]['id']}", "reviewer").json()
    assert whole["report"] == {"rows": []}
    assert modelled.call("GET", "/v1/prompts/extract/v99", "reviewer").status_code == 422
    assert modelled.call("GET", "/v1/prompts/records/gr_0", "reviewer").status_code == 409


def test_only_what_passed_is_released_and_only_by_an_administrator(modelled: Office) -> None:
    address = "/v1/prompts/extract/v2/release"
    assert modelled.call("POST", address, "approver").status_code == 403
    refused = modelled.call("POST", address)
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:pacta:unmeasured-prompt"
    prompts.keep(modelled.pacta, record(load("extract", "v2"), against="extract/v1"), "t")
    assert modelled.call("POST", address).json()["version"] == "v2"
    back = modelled.call("POST", "/v1/prompts/extract/rollback", json={})
    assert back.json()["version"] == "v1"
    assert modelled.call("POST", "/v1/prompts/poems/rollback", json={}).status_code == 422


def test_without_a_model_nothing_is_put_in_force(office: Office) -> None:
    answer = office.call("POST", "/v1/prompts/extract/v2/release")
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "no model is configured, so no prompt is in use",
    )


def test_readers_do_not_see_prompts(office: Office) -> None:
    assert office.call("GET", "/v1/prompts", "reader").status_code == 403


def test_a_question_is_not_answered_by_a_prompt_that_was_not_measured(modelled: Office) -> None:
    answer = modelled.call("POST", "/v1/ask", "reader", json={"question": "Is Acme in SLA breach?"})
    assert answer.status_code == 409
    assert "understand/v1" in answer.json()["detail"]
