"""Run evals: solve each sample, let the scorers judge it, put the scores together."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from evals.score import Item, Metric, Result, Score, TaskResult
from evals.task import Sample, Task
from obligations.errors import PactaError

if TYPE_CHECKING:
    from flows.wiring import Pacta

Progress = Callable[[str, int, int], None]
"""Told after each sample: the task's name, samples done, samples in all."""


def run(
    pacta: "Pacta", tasks: Iterable[Task[Any, Any]], progress: Progress | None = None, replicates: int = 1
) -> tuple[TaskResult, ...]:
    """Each task over all its samples, in order. `pacta` is opened on the world that the cases are about."""
    return tuple(run_task(pacta, task, progress, replicates) for task in tasks)


def run_task(
    pacta: "Pacta", task: Task[Any, Any], progress: Progress | None = None, replicates: int = 1
) -> TaskResult:
    """`replicates` solves every sample so many times: a model need not say the same twice. Each counts as a
    case of its own, called "id#2" from the second on."""
    samples = task.samples(pacta)
    results: list[Result] = []
    for round_ in range(1, replicates + 1):
        for sample in samples:
            results.append(_numbered(_one(pacta, task, sample), round_))
            if progress is not None:
                progress(task.name, len(results), len(samples) * replicates)
    return collect(task, results)


def _numbered(result: Result, round_: int) -> Result:
    if round_ == 1:
        return result
    items = tuple(item.model_copy(update={"id": f"{item.id}#{round_}"}) for item in result.items)
    return result.model_copy(update={"sample": f"{result.sample}#{round_}", "items": items})


def _one(pacta: "Pacta", task: Task[Any, Any], sample: Sample) -> Result:
    began = time.perf_counter()
    try:
        output = task.solve(pacta, sample)
    except PactaError as error:
        return _failed(task, sample, str(error), time.perf_counter() - began)
    seconds = time.perf_counter() - began
    scores = tuple(score for scorer in task.scorers for score in scorer(sample, output))
    items = task.items(sample, output) if task.items else (_item(task, sample, output, scores),)
    return Result(
        sample=sample.id, group=sample.group, scores=scores, items=tuple(items), seconds=round(seconds, 4)
    )


def _item(task: Task[Any, Any], sample: Sample, output: Any, scores: Sequence[Score]) -> Item:
    """A sample as one item. Only gated metrics decide whether it passed; the others inform."""
    decisive = {m.of or m.name for m in task.metrics if m.gated}
    wrong = [s for s in scores if s.name in decisive and s.value is not None and s.value < 1]
    got = task.show(output)
    if wrong:
        got += " — " + "; ".join(f"{s.name}: {s.why}" for s in wrong)
    return Item(
        id=sample.id,
        group=sample.group,
        title=sample.title,
        expected=sample.expected,
        got=got,
        passed=not wrong,
    )


def _failed(task: Task[Any, Any], sample: Sample, error: str, seconds: float) -> Result:
    names = dict.fromkeys(metric.of or metric.name for metric in task.metrics)
    item = Item(
        id=sample.id,
        group=sample.group,
        title=sample.title,
        expected=sample.expected,
        got=f"could not be solved: {error}",
        passed=False,
    )
    scores = tuple(Score(name=name, value=0.0, why=error) for name in names)
    return Result(
        sample=sample.id,
        group=sample.group,
        scores=scores,
        items=(item,),
        seconds=round(seconds, 4),
        error=error,
    )


def collect(task: Task[Any, Any], results: Sequence[Result]) -> TaskResult:
    """The task's figures over all scores, and again for each group."""
    scores = [(score.group or result.group, score) for result in results for score in result.scores]
    groups = dict.fromkeys(sorted(group for group, _ in scores))
    return TaskResult(
        task=task.name,
        engine=task.engine,
        measures=_measures(task.metrics, [score for _, score in scores]),
        by_group={g: _measures(task.metrics, [s for group, s in scores if group == g]) for g in groups},
        results=tuple(results),
    )


def _measures(metrics: Sequence[Metric], scores: Sequence[Score]) -> tuple[Any, ...]:
    return tuple(metric.over(scores) for metric in metrics)
