"""What docs/asking.md says can be asked is understood as it says."""

import re
from pathlib import Path

import pytest

from agent.answer import QUESTION_LIMIT, Answer, AskInput, Citation
from agent.ask import ask
from tests.agent.world import World

DOC = (Path(__file__).parents[2] / "docs" / "asking.md").read_text(encoding="utf-8")
INTENTS = {
    "how things stand": {"status"},
    "reasons": {"reason"},
    "money": {"money"},
    "dates": {"date"},
    "what a contract says": {"wording"},
    "lists": {"list"},
    "counts and comparisons": {"count", "compare"},
    "what happened": {"timeline"},
}
ROWS = dict(re.findall(r"^\| ([a-z ]+?) \| (.+\?.*|.*· .*) \|$", DOC, re.MULTILINE))
EXAMPLES = [(row, said.strip()) for row in INTENTS for said in ROWS[row].split("·")]


@pytest.mark.parametrize(("row", "question"), EXAMPLES, ids=[said for _, said in EXAMPLES])
def test_an_example_is_understood_as_its_row_says(row: str, question: str) -> None:
    from tests.agent.test_planner import CONTEXT, plan

    assert plan(question, CONTEXT).intent in INTENTS[row]


def test_follow_ups_of_the_document_follow() -> None:
    world = World()
    ask(AskInput(question="How much credit does Acme owe us for October?", thread="t"), world)
    assert "30 November 2026" in ask(AskInput(question="by when is it due?", thread="t"), world).answer


def test_every_field_of_an_answer_is_described() -> None:
    described = set(re.findall(r"`([a-z_]+)`", DOC))
    assert set(Answer.model_fields) | set(Citation.model_fields) <= described


def test_the_limit_is_the_one_in_force() -> None:
    assert f"more than {QUESTION_LIMIT:,} characters" in DOC
