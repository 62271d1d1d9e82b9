"""Trajectories: every call a case wants can be made; what a model calls is told from what it takes."""

import pytest

from evals.scorers.ragas_metrics import RAGAS_TOOLS, Library, Ragas
from evals.tasks import trajectories
from evals.tasks.trajectories import NO_MODEL, noted, references, walk
from evals.trajectory import Called, TrajectoryCase, Walked, load_trajectories
from flows.toolbox import tools
from flows.wiring import Pacta
from store import LOCAL

NEEDED = TrajectoryCase(
    id="one",
    question="How is Acme?",
    calls=(Called(tool="assess", arguments={"party": "Acme"}), Called(tool="open_money")),
)


def figures(*calls: Called, why_not: str = "") -> dict[str, float | None]:
    return {s.name: s.value for s in Ragas().tools(NEEDED, Walked(calls, why_not))}


def test_without_a_model_they_are_unscored_and_say_why(world: Pacta) -> None:
    assert walk(world, NEEDED, None).why_not == NO_MODEL
    assert figures(why_not=NO_MODEL) == dict.fromkeys(RAGAS_TOOLS)
    assert [metric.gated for metric in trajectories.task().metrics] == [False, False]


def test_without_ragas_they_are_unscored_too() -> None:
    def missing() -> Library:
        raise ImportError("not here", name="ragas")

    scores = Ragas(missing).tools(NEEDED, Walked(NEEDED.calls))
    assert {s.value for s in scores} == {None}


def test_the_right_calls_count_in_whatever_order() -> None:
    pytest.importorskip("ragas")
    assert figures(*reversed(NEEDED.calls)) == dict.fromkeys(RAGAS_TOOLS, 1.0)


def test_a_wrong_argument_and_a_call_left_out_cost() -> None:
    pytest.importorskip("ragas")
    other = Called(tool="assess", arguments={"party": "Kestrel"})
    accuracy, f1 = RAGAS_TOOLS
    assert figures(other, NEEDED.calls[1])[accuracy] == 0.5
    assert figures(other, NEEDED.calls[1])[f1] == 0.5
    left_out = figures(NEEDED.calls[0])
    assert left_out[f1] is not None
    assert left_out[f1] < 1.0
    assert figures() == dict.fromkeys(RAGAS_TOOLS, 0.0)


@pytest.mark.xdist_group("world")
@pytest.mark.parametrize("call", references(load_trajectories()), ids=str)
def test_every_call_wanted_gives_something(world: Pacta, call: Called) -> None:
    made: list[Called] = []
    held = noted(tools(world, LOCAL, world.clock()), made)
    assert "propose_actions" not in held
    given = held[call.tool].run(call.arguments)
    assert made == [call]
    assert any(isinstance(value, list | dict) and value for value in given.values())
