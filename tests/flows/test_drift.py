"""Answers asked again: the same data and engine say the same; each class of change is told apart."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.answer import Answer, Citation
from agent.model import ChatModel
from cli.main import app
from evals.watch import rows, summary, watch_json
from flows.ask import ask
from flows.drift import WATCH, Again, Drift, compare, watch
from flows.settings import Settings
from flows.wiring import Pacta
from obligations.model import Review
from store import LOCAL, Scope
from tests.agent.scripted import Scripted
from tests.store import make

SETTINGS = {"env": "development", "as_of": make.NOW}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with opened(tmp_path) as pacta:
        for key, party, unit in (("A", "acme", "it"), ("B", "birch", "operations")):
            made = make.obligation(f"o-{key}", key)
            make.ingest(pacta.store, key, party, unit, made.model_copy(update={"review": Review.APPROVED}))
        pacta.store.put_facts([make.fact("1", "acme"), make.fact("2", "birch")], by="t", at=make.NOW)
    return tmp_path


def opened(home: Path) -> Pacta:
    return Pacta(Settings(home=home, **SETTINGS), clock=lambda: make.NOW)


@pytest.fixture
def pacta(home: Path) -> Iterator[Pacta]:
    with opened(home) as held:
        yield held


QUESTIONS = ("Is Acme in breach?", "What does the Birch contract promise?", "Which vendors are in breach?")


def test_the_same_engine_on_the_same_data_says_the_same(pacta: Pacta) -> None:
    for question in QUESTIONS:
        ask(pacta, question, LOCAL)
    before = len(pacta.store.answers(LOCAL))
    found = watch(pacta)
    assert found.counts == {"same": 3}
    assert found.passed
    assert len(pacta.store.answers(LOCAL)) == before, "asked again is not answered"
    (entry,) = [e for e in pacta.store.audit_trail() if e["verb"] == WATCH]
    assert entry["detail"]["share"] == 0
    assert pacta.store.verify_audit().intact


def test_records_that_came_since_are_not_drift_if_known_then_and_change_nothing_if_known_later(
    pacta: Pacta,
) -> None:
    asked = ask(pacta, "What happened with Acme?", LOCAL)
    late = make.fact("3", "acme").model_copy(update={"known_at": make.NOW + timedelta(days=2)})
    pacta.store.put_facts([late], by="t", at=make.NOW)
    assert watch(pacta).counts == {"same": 1}
    then = make.fact("4", "acme")
    assert then.known_at <= asked.as_of
    pacta.store.put_facts([then], by="t", at=make.NOW)
    found = watch(pacta)
    assert found.counts == {"data": 1}, found.again
    assert found.passed


def test_a_model_that_understands_otherwise_is_drift_and_a_problem(pacta: Pacta, home: Path) -> None:
    said = ask(pacta, "What does the Birch contract promise?", LOCAL)
    away = {"intent": "out_of_scope", "why_not": "the weather"}
    with opened(home) as other:
        other._given_model = ChatModel(Scripted(replies=[away]), "other")
        found = watch(other)
        (problem,) = other.store.problems(LOCAL.scope)
        used = other.store.model_use(
            first=found.at.date() - timedelta(days=1), last=found.at.date() + timedelta(days=1)
        )
    (one,) = found.again
    assert (one.change, one.said) == ("outcome", f"{said.outcome} → cannot_answer")
    assert (one.engine_then, one.engine_now) == ("embedded/v1", "other understand/v1")
    assert not found.passed
    assert "1 of 1 answers asked again say something else" in json.dumps(problem, default=str)
    assert {use.principal for use in used} <= {"watch"}


def test_a_caller_sees_again_what_it_saw_and_one_that_is_gone_is_not_asked_for(pacta: Pacta) -> None:
    scope = Scope(business_units=frozenset({"it"}))
    key_id, secret = pacta.store.create_key("it", "reader", scope, by="t", at=make.NOW)
    reader = pacta.store.principal(secret)
    assert reader is not None
    ask(pacta, "Which contracts are there?", reader)
    ask(pacta, "Is Acme in breach?", reader, thread="t")
    found = watch(pacta)
    assert found.counts == {"same": 1}
    assert found.skipped == {"in a conversation": 1}
    pacta.store.revoke_key(key_id, by="t", at=make.NOW)
    gone = watch(pacta)
    assert not gone.again
    assert gone.skipped == {"in a conversation": 1, "caller gone": 1}


def test_the_sample_is_as_large_as_asked_and_its_seed_picks_it(pacta: Pacta) -> None:
    for number in range(8):
        ask(pacta, f"Is Acme in breach as of {number + 1} October 2026?", LOCAL)
    picked = [{a.answer for a in watch(pacta, sample=3, seed=seed).again} for seed in (1, 1, 2)]
    assert len(picked[0]) == 3
    assert picked[0] == picked[1] != picked[2]


def _answer(**fields: Any) -> Answer:
    given = {
        "question": "?",
        "as_of": make.NOW,
        "outcome": "met",
        "answer": "It took 6 h on 14 October 2026.",
    }
    return Answer.model_validate({**given, **fields})


CITED = Citation(marker="[1]", contract="A", document="d", start=0, end=4, quote="text")


@pytest.mark.parametrize(
    ("now", "change"),
    [
        ({}, "same"),
        ({"answer": "On 14 October 2026 it took 6 h."}, "wording"),
        ({"answer": "It took 7 h on 14 October 2026."}, "figures"),
        ({"answer": "It took 6 h on 15 October 2026."}, "figures"),
        ({"outcome": "breached"}, "outcome"),
        ({"citations": (CITED,)}, "citations"),
    ],
)
def test_each_class_of_change(now: dict[str, Any], change: str) -> None:
    then = _answer().model_dump(mode="json", exclude={"assessments"}) | {"assessments": []}
    assert compare(then, _answer(**now), same_data=True)[0] == change
    expected = "same" if change == "same" else "data"
    assert compare(then, _answer(**now), same_data=False)[0] == expected


def _round(*changes: str, bound: float = 0.3) -> Drift:
    again = [
        Again(answer=f"a{n}", question="?", change=c, engine_then="e", engine_now="e")
        for n, c in enumerate(changes)
    ]
    return Drift(at=make.NOW, bound=bound, again=tuple(again))


def test_the_share_leaves_out_what_the_data_changed() -> None:
    found = _round("same", "wording", "figures", "data", "data")
    assert found.share == pytest.approx(1 / 3)
    assert not found.passed
    assert _round("data").share == 0
    assert _round("same", "wording", "same", "outcome").passed
    assert ("FIGURES", "1") in [row[:2] for row in rows(found)]
    assert summary(found).startswith("33.3% of 5 answers drifted, 30.0% allowed")
    assert watch_json(found)["passed"] is False


def test_the_command_says_it_and_its_exit_code_warns(home: Path) -> None:
    with opened(home) as pacta:
        answer = ask(pacta, "Is Acme in breach?", LOCAL)
        body = dict(pacta.store.answers(LOCAL)[0]["body"])
        pacta.store.put_answer("older", None, LOCAL, {**body, "answer": "It took 99 h."}, at=make.NOW)
        assert "99" not in answer.answer
    (home / "pacta.yaml").write_text(f'as_of: "{make.NOW.isoformat()}"\n', encoding="utf-8")

    def run(*words: str) -> Any:
        return CliRunner().invoke(
            app, ["--home", str(home), "eval", "watch", *words], env={"PACTA_MODEL": ""}
        )

    ended = run("--json")
    assert ended.exit_code == 1, ended.output
    assert json.loads(ended.output)["counts"] == {"same": 1, "figures": 1}
    assert "99" in run().output
    assert run("--bound", "0.5").exit_code == 0
    with opened(home) as pacta:
        told = [e["detail"] for e in pacta.store.audit_trail() if e["verb"] == WATCH]
    assert [round(t["share"], 1) for t in told] == [0.5] * 3
