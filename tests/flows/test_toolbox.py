"""The tools of a caller: what each gives over a small store, in the caller's scope alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.errors import ToolError
from flows.settings import Settings
from flows.toolbox import tool, tools
from flows.wiring import Pacta
from obligations.errors import PactaError
from obligations.model import Review
from store import LOCAL, NotFound, Principal, Scope
from tests.store import make

IT = Principal("it", "it", "reader", Scope(business_units=frozenset({"it"})))


@pytest.fixture
def pacta(tmp_path: Path) -> Iterator[Pacta]:
    with Pacta(Settings(home=tmp_path), clock=lambda: make.NOW) as opened:
        for key, party, unit in (("A", "acme", "it"), ("B", "birch", "operations")):
            made = make.obligation(f"o-{key}", key)
            make.ingest(opened.store, key, party, unit, made.model_copy(update={"review": Review.APPROVED}))
        opened.store.put_facts([make.fact("1", "acme"), make.fact("2", "birch")], by="t", at=make.NOW)
        yield opened


def call(pacta: Pacta, name: str, principal: Principal = LOCAL, **arguments: Any) -> dict[str, Any]:
    return tool(tools(pacta, principal), name).run(arguments)


def test_contracts_and_their_promises(pacta: Pacta) -> None:
    given = call(pacta, "list_contracts")
    assert (given["found"], given["left_off"]) == (2, 0)
    assert [row["id"] for row in call(pacta, "list_contracts", party="acme")["rows"]] == ["A"]
    (promise,) = call(pacta, "list_obligations", contract="A")["rows"]
    assert promise["contract"] == "A"
    clause = promise["clause"]
    text = pacta.worlds.of(LOCAL.scope).text(clause["document_id"])
    assert text is not None
    assert text[clause["start"] : clause["end"]] == clause["quote"], "a clause can be cited as it is given"
    whole = call(pacta, "read_obligation", obligation=promise["id"])
    assert [dated["clause"] for dated in whole["terms_over_time"]] == [clause]


def test_what_is_out_of_scope_is_not_there(pacta: Pacta) -> None:
    assert [row["id"] for row in call(pacta, "list_contracts", IT)["rows"]] == ["A"]
    (other,) = call(pacta, "list_obligations", contract="B")["rows"]
    for name, arguments in (
        ("read_obligation", {"obligation": other["id"]}),
        ("assess", {"obligation": other["id"]}),
        ("list_obligations", {"contract": "B"}),
        ("list_contracts", {"party": "birch"}),
        ("period_statement", {"party": "birch", "period": "2026-10"}),
        ("ticket_timeline", {"ticket": "2"}),
    ):
        with pytest.raises(PactaError):
            call(pacta, name, IT, **arguments)
    records = call(pacta, "query_facts", IT)["rows"]
    assert {row["party"] for row in records} == {"acme"}


def test_assessments_come_with_what_they_rest_on(pacta: Pacta) -> None:
    given = call(pacta, "assess", contract="A")
    assert given["found"] == len(given["rows"]) > 0
    row = given["rows"][0]
    assert {"id", "outcome", "trail", "clauses", "records", "summary"} <= row.keys()
    outcomes = {each["outcome"] for each in given["rows"]}
    for outcome in outcomes:
        some = call(pacta, "assess", contract="A", outcome=outcome)["rows"]
        assert {each["outcome"] for each in some} == {outcome}
    assert call(pacta, "assess", contract="A", last="1990-01-01")["found"] == 0


def test_a_day_is_judged_at_its_end(pacta: Pacta) -> None:
    assert call(pacta, "assess", as_of="2026-10-31")["as_of"].isoformat() == "2026-10-31T23:59:59+00:00"


def test_a_list_that_is_cut_says_so(pacta: Pacta) -> None:
    pacta.store.put_facts([make.fact(str(n), "acme") for n in range(10, 80)], by="t", at=make.NOW)
    given = call(pacta, "query_facts", party="acme")
    assert (len(given["rows"]), given["left_off"]) == (50, given["found"] - 50)
    assert given["left_off"] > 0


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("period_statement", {"party": "acme", "period": "2026-10"}),
        ("scorecard", {"party": "acme", "period": "2026-Q4"}),
        ("falling_due", {"days": 366}),
        ("renewals", {}),
        ("open_money", {}),
    ],
)
def test_what_is_derived_is_plain_values(pacta: Pacta, name: str, arguments: dict[str, Any]) -> None:
    from pydantic_core import to_json

    given = call(pacta, name, **arguments)
    assert to_json(given)
    assert b'"trail"' not in to_json(given), "the proof of each is what assess gives"


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("assess", {"vendor": "acme"}, "assess: vendor: Extra inputs"),
        ("assess", {"outcome": "sunny"}, "assess: outcome: Input should be"),
        ("period_statement", {"party": "acme"}, "period_statement: period: Field required"),
        ("period_statement", {"party": "acme", "period": "last month"}, "period_statement: period: String"),
        ("search_clauses", {"query": ""}, "search_clauses: query: String should have at least 1"),
        ("list_obligations", {"contract": "Z"}, "no one contract is called 'Z'"),
    ],
)
def test_arguments_that_cannot_be_taken_are_named(
    pacta: Pacta, name: str, arguments: dict[str, Any], says: str
) -> None:
    with pytest.raises(ToolError) as caught:
        call(pacta, name, **arguments)
    assert str(caught.value).startswith(says)
    assert caught.value.remedy


def test_a_tool_there_is_not_is_told_with_those_there_are(pacta: Pacta) -> None:
    with pytest.raises(ToolError, match="there is no tool 'execute_action'") as caught:
        tool(tools(pacta, LOCAL), "execute_action")
    assert "assess" in (caught.value.remedy or "")


def test_a_reader_may_not_propose(pacta: Pacta) -> None:
    assert "propose_actions" in tools(pacta, LOCAL)
    assert "propose_actions" not in tools(pacta, IT)
    with pytest.raises(NotFound):
        call(pacta, "propose_actions", assessment="as-0")


def test_no_tool_executes_anything(pacta: Pacta) -> None:
    writing = {name for name, held in tools(pacta, LOCAL).items() if held.writes}
    assert writing == {"propose_actions"}
