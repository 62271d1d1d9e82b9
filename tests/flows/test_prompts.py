"""Prompts are in force by evidence: a record of the gate, for this very text and this very model."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from langchain_core.language_models.fake_chat_models import FakeListChatModel

from agent.errors import PromptError, UnmeasuredPrompt
from agent.measured import GateRecord
from agent.model import ChatModel
from agent.prompts import Prompt, load, parse
from flows import prompts
from flows.errors import NotReady
from flows.settings import Settings
from flows.wiring import Pacta
from store import LOCAL
from tests.store import make

MODEL = "one-1"


@pytest.fixture
def pacta(tmp_path: Path) -> Iterator[Pacta]:
    chat = cast(Any, FakeListChatModel(responses=["{}"]))
    with Pacta(Settings(home=tmp_path), clock=lambda: make.NOW, model=ChatModel(chat, MODEL)) as opened:
        yield opened


def record(prompt: Prompt, *, passed: bool = True, model: str = MODEL, **more: Any) -> GateRecord:
    given = {"against": None, "cases": "c", "code": "k", "at": make.NOW, "report": {"rows": []}, **more}
    return GateRecord(
        task=prompt.task,
        version=prompt.version,
        digest=prompt.digest,
        model=model,
        passed=passed,
        stops=() if passed else ("f1 drops",),
        **given,
    )


def passes(pacta: Pacta, *names: str, **more: Any) -> None:
    for name in names:
        prompts.keep(pacta, record(load(*name.split("/")), **more), "t")


def test_a_prompt_without_a_record_is_not_loaded_and_says_what_to_do(pacta: Pacta) -> None:
    with pytest.raises(UnmeasuredPrompt, match=r"understand/v1 has no passing record .* 'one-1'") as caught:
        _ = pacta.brain
    assert "pacta prompts test understand/v1" in caught.value.remedy
    with pytest.raises(UnmeasuredPrompt):
        prompts.check(pacta)


def test_in_development_any_prompt_is_loaded(tmp_path: Path, pacta: Pacta) -> None:
    assert pacta.model is not None
    settings = Settings(home=tmp_path / "dev", env="development")
    with Pacta(settings, model=pacta.model) as free:
        assert free.brain is not None


@pytest.mark.parametrize(
    "other",
    [{"passed": False}, {"model": "another-2"}, {"digest": "0" * 64}],
    ids=["failed", "model", "text"],
)
def test_a_record_of_a_failure_another_model_or_another_text_is_none(
    pacta: Pacta, other: dict[str, Any]
) -> None:
    prompt = load("extract", "v1")
    kept = record(prompt).model_copy(update=other)
    prompts.keep(pacta, kept, "t")
    with pytest.raises(UnmeasuredPrompt):
        prompts.loaded(pacta, "extract", MODEL)


def test_what_passed_is_loaded(pacta: Pacta) -> None:
    passes(pacta, "understand/v1", "compose/v1", "research/v1", "extract/v1")
    prompts.check(pacta)
    assert pacta.brain is not None
    assert pacta.brain.engine("understand") == "one-1 understand/v1"


def test_a_release_needs_its_record_and_is_in_force_at_once(pacta: Pacta) -> None:
    passes(pacta, "extract/v1")
    two = load("extract", "v2")
    with pytest.raises(UnmeasuredPrompt, match="extract/v2 has no passing record"):
        prompts.release(pacta, two, MODEL, LOCAL)
    passes(pacta, "extract/v2", against="extract/v1")
    done = prompts.release(pacta, two, MODEL, LOCAL)
    assert (done.verb, done.record) == ("release", record(two, against="extract/v1").id)
    assert prompts.loaded(pacta, "extract", MODEL) == two
    (entry,) = [e for e in pacta.store.audit_trail() if e["verb"] == "prompt.release"]
    assert entry["subject"] == "extract/v2"


def test_what_was_measured_against_an_older_version_is_measured_again(pacta: Pacta) -> None:
    passes(pacta, "extract/v2", "extract/v3", against="extract/v1")
    prompts.release(pacta, load("extract", "v2"), MODEL, LOCAL)
    with pytest.raises(NotReady, match="measured against extract/v1; extract/v2 is in force now"):
        prompts.release(pacta, load("extract", "v3"), MODEL, LOCAL)


def test_a_released_text_is_the_same_wherever_it_is_loaded(pacta: Pacta) -> None:
    held = load("extract", "v2").text.replace("version: v2", "version: v7")
    own = parse(held, "extract", "v7", "a file of one's own")
    prompts.keep(pacta, record(own), "t")
    prompts.release(pacta, own, MODEL, LOCAL)
    assert prompts.in_force(pacta, "extract") == own, "it is in no folder of the product"
    named = [s.prompt.name for s in prompts.standing(pacta) if s.live]
    assert named == ["compose/v1", "extract/v7", "research/v1", "understand/v1"]
    assert prompts.find(pacta, "extract/v7").released is not None


def test_one_goes_back_to_what_was_in_force_before(pacta: Pacta) -> None:
    passes(pacta, "extract/v1", "extract/v2")
    passes(pacta, "extract/v3", against="extract/v2")
    with pytest.raises(NotReady, match="nothing was in force before extract/v1"):
        prompts.roll_back(pacta, "extract", MODEL, LOCAL)
    for version in ("v2", "v3"):
        prompts.release(pacta, load("extract", version), MODEL, LOCAL)
    assert prompts.roll_back(pacta, "extract", MODEL, LOCAL).version == "v2"
    assert prompts.roll_back(pacta, "extract", MODEL, LOCAL, "v1").version == "v1"
    assert prompts.in_force(pacta, "extract").version == "v1"
    with pytest.raises(NotReady, match="extract/v4 was never in force"):
        prompts.roll_back(pacta, "extract", MODEL, LOCAL, "v4")
    verbs = [r.verb for r in pacta.store.prompt_releases("extract")]
    assert verbs == ["release", "release", "rollback", "rollback"]


def test_going_back_needs_a_record_too(pacta: Pacta) -> None:
    passes(pacta, "extract/v2")
    prompts.release(pacta, load("extract", "v2"), MODEL, LOCAL)
    with pytest.raises(UnmeasuredPrompt, match="extract/v1 never passed with the model 'one-1'"):
        prompts.roll_back(pacta, "extract", MODEL, LOCAL)


def test_a_version_there_is_not_is_named_with_those_there_are(pacta: Pacta) -> None:
    with pytest.raises(PromptError, match=r"there is no prompt extract/v99 \(versions: v1, v2"):
        prompts.find(pacta, "extract/v99")


def test_the_same_record_twice_is_one(pacta: Pacta) -> None:
    passes(pacta, "extract/v1", "extract/v1")
    assert len(pacta.store.prompt_records("extract")) == 1
