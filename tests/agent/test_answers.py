"""Every case of `answers.yaml`, asked through the real graph on the small world."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.answer import Answer, AskInput
from agent.ask import ask
from agent.passages import LONGEST
from tests.agent.world import TEXTS, World

CASES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("answers.yaml").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["case"])
def test_case(case: dict[str, Any]) -> None:
    world = World()
    for turn in case["turns"]:
        answer = ask(AskInput(question=turn["q"], thread="t"), world)
        text = " ".join(answer.answer.split())
        assert answer.ending == turn.get("outcome", "answered"), answer.answer
        for part in turn.get("has", ()):
            assert " ".join(part.split()) in text, f"{part!r} is not in:\n{answer.answer}"
        for part in turn.get("lacks", ()):
            assert part not in text, f"{part!r} is in:\n{answer.answer}"
        assert set(turn.get("cites", ())) <= {c.section for c in answer.citations}
        assert set(turn.get("records", ())) <= {r.label for r in answer.records}
        sound(answer)


def sound(answer: Answer) -> None:
    """What holds for every answer: exact quotes, markers that resolve, nothing of ours dropped."""
    assert answer.dropped == ()
    for citation in answer.citations:
        assert TEXTS[citation.document][citation.start : citation.end] == citation.quote
        assert citation.contract
    for held in (*answer.citations, *answer.records):
        assert held.marker in answer.answer
    assert len(answer.answer) < 20 * LONGEST
    assert Answer.model_validate_json(answer.model_dump_json()) == answer
