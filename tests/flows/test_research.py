"""A model with the product's own tools, in the scope and role of who asks."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.answer import Answer
from agent.model import ChatModel
from flows.ask import View, ask
from flows.settings import Settings
from flows.wiring import Pacta
from obligations.model import Review
from store import LOCAL, Principal, Scope
from tests.agent.scripted import Scripted, calls
from tests.store import make

IT = Principal("it", "it", "reader", Scope(business_units=frozenset({"it"})))
QUESTION = "What should we do about Acme?"
PLAN = {"intent": "out_of_scope", "why_not": "advice"}


@pytest.fixture
def pacta(tmp_path: Path) -> Iterator[Pacta]:
    with Pacta(Settings(home=tmp_path, env="development"), clock=lambda: make.NOW) as opened:
        for key, party, unit in (("A", "acme", "it"), ("B", "birch", "operations")):
            made = make.obligation(f"o-{key}", key)
            make.ingest(opened.store, key, party, unit, made.model_copy(update={"review": Review.APPROVED}))
        opened.store.put_facts([make.fact("1", "acme"), make.fact("2", "birch")], by="t", at=make.NOW)
        yield opened


def asked(pacta: Pacta, principal: Principal, *replies: Any) -> tuple[Answer, Scripted]:
    chat = Scripted(replies=[PLAN, *replies])
    pacta._given_model = ChatModel(chat, "scripted")
    return ask(pacta, QUESTION, principal), chat


def results(chat: Scripted) -> list[dict[str, Any]]:
    """What the tools gave, as the last call with tools was sent it."""
    sent = [m for m, s in zip(chat.sent, chat.settings, strict=True) if s.get("tools")][-1]
    return [json.loads(str(m.content)) for m in sent if m.type == "tool"]


def test_what_a_tool_gave_is_cited_with_its_clause(pacta: Pacta) -> None:
    def say(messages: Any) -> Any:
        text = str(messages[-1].content)
        (promise,) = json.loads(text.partition("\nevidence: ")[2].partition("\nobjections:")[0])
        return {"claims": [{"text": "The promise stands in the contract.", "cites": [promise["key"]]}]}

    answer, _ = asked(pacta, LOCAL, calls(("list_obligations", {"party": "acme"})), {"use": ["P1"]}, say)
    assert answer.engine == "scripted understand/v1 research/v1 compose/v1"
    (cited,) = answer.citations
    text = pacta.worlds.of(LOCAL.scope).text(cited.document)
    assert text is not None
    assert text[cited.start : cited.end] == cited.quote
    (kept,) = pacta.store.answers(LOCAL)
    assert kept["body"]["engine"] == answer.engine


def test_a_key_sees_with_tools_what_it_sees_without(pacta: Pacta) -> None:
    look = calls(("list_contracts", {}), ("list_contracts", {"party": "birch"}), ("query_facts", {}))
    answer, chat = asked(pacta, IT, look, {"use": []})
    contracts, birch, facts = results(chat)
    assert [row["id"] for row in contracts["rows"]] == ["A"]
    assert "error" in birch
    assert {row["party"] for row in facts["rows"]} == {"acme"}
    assert answer.outcome == "cannot_answer"


def test_a_reader_proposes_nothing_and_nobody_proposes_for_the_past(pacta: Pacta) -> None:
    def names(principal: Principal, days: int) -> set[str]:
        view = View(pacta, principal)
        return set(view.tools(view.clock().replace(year=view.clock().year - days)))

    assert "propose_actions" in names(LOCAL, 0)
    assert "propose_actions" not in names(LOCAL, 1)
    assert "propose_actions" not in names(IT, 0)
    assert names(IT, 0) == names(LOCAL, 1)


def test_each_step_is_on_the_account_of_who_asks(pacta: Pacta) -> None:
    asked(pacta, IT, calls(("list_contracts", {})), {"use": []})
    day = pacta.wall_clock().date()
    around = {"first": day - timedelta(days=1), "last": day + timedelta(days=1)}
    used = pacta.store.model_use(**around, principal="it")
    assert sum(use.calls for use in used) == 3
