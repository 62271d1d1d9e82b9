"""The evals over the whole invented company, as the product stands: what must not be lost."""

import pytest

from evals import tasks
from evals.case import load_questions
from evals.runner import run_task
from evals.score import TaskResult
from evals.scorers.ragas_metrics import Library, Ragas
from evals.tasks import questions, retrieval
from flows.wiring import Pacta

pytestmark = pytest.mark.xdist_group("world")


def without_ragas() -> Library:
    raise ImportError("not needed here", name="ragas")


def figures(result: TaskResult) -> dict[str, float]:
    return {m.metric: m.value for m in result.measures if m.value is not None}


def wrong(result: TaskResult) -> str:
    return "\n".join(f"{i.id}: {i.got}" for i in result.items if not i.passed)


def test_answers(world: Pacta) -> None:
    # Threads would write into the shared world; they are measured by `pacta eval run`.
    cases = [case for case in load_questions() if not case.turns]
    result = run_task(world, questions.task(cases, Ragas(without_ragas)))
    held = figures(result)
    assert held["quotes"] == 1.0, wrong(result)
    assert held["abstention"] >= 0.97, wrong(result)
    assert held["verdict"] >= 0.95, wrong(result)
    assert held["value"] >= 0.9, wrong(result)
    assert held["record"] >= 0.95, wrong(result)


def test_readings(world: Pacta) -> None:
    (task,) = tasks.named(["extraction"])
    result = run_task(world, task)
    assert len(result.results) == 15
    assert figures(result)["exact_f1"] >= 0.9, wrong(result)


def test_searches(world: Pacta) -> None:
    result = run_task(world, retrieval.task(Ragas(without_ragas)))
    assert len(result.results) > 150
    assert figures(result)["by_kind_at_5"] >= 0.8, wrong(result)
