"""pass^k tells what is right every time from what is right on the average."""

from collections.abc import Sequence

from evals.passes import passes
from evals.runner import run_task
from evals.score import Item, Metric, Result, Score, TaskResult
from evals.task import Task
from tests.evals.make import case


def result(*tries: tuple[str, bool]) -> TaskResult:
    items = tuple(
        Item(id=name, group="a", title=name, expected="", got="", passed=passed) for name, passed in tries
    )
    held = Result(sample="s", group="a", scores=(), items=items, seconds=0.0)
    return TaskResult(task="t", engine="e", measures=(), by_group={}, results=(held,))


def test_all_tries_have_to_be_right() -> None:
    found = passes(result(("a", True), ("a#2", True), ("b", True), ("b#2", False)), 2)
    assert found is not None
    assert (found.samples, found.once, found.always) == (2, 0.75, 0.5)


def test_fewer_than_were_tried_is_a_chance() -> None:
    found = passes(result(("a", True), ("a#2", True), ("a#3", False)), 2)
    assert found is not None
    assert abs(found.always - 1 / 3) < 1e-9


def test_too_few_tries_say_nothing() -> None:
    assert passes(result(("a", True), ("a#2", True), ("b", True)), 2) is None
    assert passes(result(), 1) is None


def test_what_is_unscored_is_not_passed() -> None:
    unscored = Metric("right").over([Score(name="right", value=None, why="no model")])
    assert passes(result(("a", True)).model_copy(update={"measures": (unscored,)}), 1) is None


def test_a_solver_that_never_wavers_has_one_figure_for_both() -> None:
    def judge(sample: object, output: bool) -> Sequence[Score]:
        return [Score(name="right", value=float(output), why="")]

    held: Task[object, bool] = Task(
        name="t",
        about="",
        samples=lambda pacta: [case(), case().model_copy(update={"id": "two"})],
        solve=lambda pacta, sample: sample.id == "one",  # type: ignore[attr-defined]
        scorers=(judge,),
        metrics=(Metric("right"),),
        show=str,
        cases=(),
    )
    found = passes(run_task(None, held, replicates=4), 4)  # type: ignore[arg-type]
    assert found is not None
    assert (found.tries, found.once, found.always) == (4, 0.5, 0.5)
