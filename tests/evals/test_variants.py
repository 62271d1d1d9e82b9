"""The gate's benchmark in small: one damaged prompt is stopped, one reworded prompt passes."""

from collections.abc import Iterator

import pytest

from agent.model import ChatModel, ModelSettings, client
from agent.prompts import live
from benchmarks.gate import TASKS, Decided, Variant, summary, variants, varied
from evals.candidates import Terms, judge
from evals.case import load_questions
from evals.kept import Kept, Recording
from evals.runner import run_task
from evals.scorers.ragas_metrics import Library, Ragas
from evals.tasks import questions
from flows.wiring import Pacta
from sandbox.llm import MODEL
from sandbox.serve import serve


@pytest.fixture
def model() -> Iterator[ChatModel]:
    with serve() as box:
        made = client(ModelSettings(model=MODEL, url=box.model_url))
        assert made is not None
        yield made


@pytest.mark.parametrize("task", TASKS)
def test_each_prompt_in_force_has_twelve_of_both_sorts_and_each_changes_it(task: str) -> None:
    found = variants(task)
    assert [v.sort for v in found] == ["damaged"] * 12 + ["reworded"] * 12
    assert len({live(task).digest, *(v.prompt.digest for v in found)}) == 25


def test_a_passage_that_does_not_stand_in_the_prompt_is_told() -> None:
    with pytest.raises(SystemExit, match="stands 0 times"):
        varied(live("compose"), "none", {"such words are not there": ""})


def chosen(task: str, sort: str) -> Variant:
    return next(v for v in variants(task) if v.sort == sort)


@pytest.mark.xdist_group("world")
def test_the_gate_stops_a_damaged_prompt_and_passes_a_reworded_one(world: Pacta, model: ChatModel) -> None:
    recording = Recording(model)
    terms = Terms(kept=Kept(recording))
    held = {task: live(task) for task in TASKS}
    damaged = judge(world, chosen("extract", "damaged").prompt, recording, held, terms=terms)
    reworded = judge(world, chosen("extract", "reworded").prompt, recording, held, terms=terms)
    assert not damaged.passed
    assert reworded.passed, reworded.stops


def without_ragas() -> Library:
    raise ImportError("not needed here", name="ragas")


@pytest.mark.xdist_group("world")
def test_what_is_kept_is_what_solving_again_comes_to(world: Pacta, model: ChatModel) -> None:
    from agent.brain import Brain

    recording = Recording(model)
    kept = Kept(recording)
    held = {task: live(task) for task in TASKS}
    cases = [case for case in load_questions() if not case.turns][:6]

    def measured(understand: Variant | None, keeps: bool) -> list[dict[str, float | None]]:
        prompts = {**held, **({"understand": understand.prompt} if understand else {})}
        brain = Brain(recording, prompts["understand"], prompts["compose"])
        task = questions.task(cases, Ragas(without_ragas), brain)
        result = run_task(world, kept.over(task, prompts) if keeps else task)
        return [{score.name: score.value for score in each.scores} for each in result.results]

    reworded, damaged = chosen("understand", "reworded"), chosen("understand", "damaged")
    before = recording.meter.total
    first = measured(None, keeps=True)
    took = recording.meter.total.since(before)
    assert measured(None, keeps=True) == first
    assert recording.meter.total.since(before).tokens == 2 * took.tokens
    assert measured(reworded, keeps=True) == measured(reworded, keeps=False) == first
    assert measured(damaged, keeps=True) == measured(damaged, keeps=False) != first


def test_the_summary_counts_both_sorts_apart() -> None:
    def one(sort: str, passed: bool) -> Decided:
        rightly = passed is (sort == "reworded")
        return Decided(
            "compose", "damaged" if sort == "damaged" else "reworded", "x", passed, rightly, (), 2, 9
        )

    told = summary([one("damaged", False), one("damaged", True), one("reworded", True)])
    assert told["damaged"] == {"rightly": 1, "of": 2}
    assert told["reworded"] == {"rightly": 1, "of": 1}
    assert told["a_run"] == {"compose": {"seconds": 2, "tokens": 9}}
