"""Measure a prompt against the one in force: the same cases, the same model, one prompt different."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from agent.usage import Usage
from evals.errors import CannotJudge, UnknownTask
from evals.gate import NOTHING, GateReport, Spent, bar, compare, overspent
from evals.provenance import provenance
from evals.runner import Progress, run_task
from evals.score import TaskResult
from evals.task import Task
from evals.tasks import extraction, questions
from obligations.terms import KINDS

if TYPE_CHECKING:
    from agent.measured import GateRecord
    from agent.model import ChatModel
    from agent.prompts import Prompt
    from evals.kept import Kept
    from flows.wiring import Pacta

NEEDS_MODEL = (
    "set PACTA_MODEL (and PACTA_MODEL_URL for an OpenAI-compatible address) or give --model; "
    "--sandbox-model takes the scripted model of the sandbox, which shows the gate at work offline"
)


def candidate(name: str) -> "Prompt":
    """The prompt called "task/vN", or the one in a file ".../task/vN.md" outside the product.

    Raises UnknownTask for a name of another form or a task that no eval measures.
    """
    from agent.prompts import FOLDER, load

    folder = FOLDER
    if name.endswith(".md"):
        file = Path(name).resolve()
        folder, name = file.parent.parent, f"{file.parent.name}/{file.stem}"
    task, _, version = name.partition("/")
    if task not in MEASURED or not version:
        known = ", ".join(f"{each}/vN" for each in MEASURED)
        raise UnknownTask(f"{name!r} is no candidate", remedy=f"name one as {known}")
    return load(task, version, folder)


M = TypeVar("M")


def needed(prompt: "Prompt", model: M | None) -> M:
    """The model, or its settings, when there are any. Raises CannotJudge saying what to configure."""
    if not model:
        raise CannotJudge(f"{prompt.name} cannot be judged without a model", remedy=NEEDS_MODEL)
    return model


@dataclass(frozen=True)
class Prices:
    """What a million tokens cost."""

    input: Decimal
    output: Decimal
    currency: str

    def of(self, usage: Usage) -> Decimal:
        return (usage.input_tokens * self.input + usage.output_tokens * self.output) / 1_000_000


@dataclass(frozen=True)
class Terms:
    """How a prompt is measured: each case so many times, what tokens cost, and outcomes that are kept."""

    prices: Prices | None = None
    replicates: int = 1
    kept: "Kept | None" = None


def judge(
    pacta: "Pacta",
    prompt: "Prompt",
    model: "ChatModel | None",
    held: Mapping[str, "Prompt"],
    progress: Progress | None = None,
    terms: "Terms | None" = None,
) -> GateReport:
    """The gate's report on a prompt, beside those in force (`held`, by task) and with the same model.

    A prompt that is in force itself, or the first of its task, is held to the floors alone. Raises
    CannotJudge when there is no model, or none that answers.
    """
    model, terms = needed(prompt, model), terms or Terms()
    live = held.get(prompt.task)
    live = None if live is not None and live.digest == prompt.digest else live
    _answers(model, prompt)
    before, cost_before = None, None
    if live is not None:
        task = _task(live, model, held, terms)
        before, cost_before = _measured(pacta, task, model, progress, terms)
    task = _task(prompt, model, held, terms)
    after, cost = _measured(pacta, task, model, progress, terms)
    against = bar(task.name)
    report = compare(before, after, against, pacta.wall_clock(), task.metrics)
    stops = report.stops if cost_before is None else (*report.stops, *overspent(cost_before, cost, against))
    used = [(p.name, p.digest) for p in (live, prompt) if p is not None]
    return report.model_copy(
        update={
            "live": report.live if live is None else live.name,
            "candidate": prompt.name,
            "stops": stops,
            "spent_live": cost_before,
            "spent": cost,
            "provenance": provenance(task.cases, used, model.name),
        }
    )


def _task(prompt: "Prompt", model: "ChatModel", held: Mapping[str, "Prompt"], terms: Terms) -> Task[Any, Any]:
    """The eval that measures a prompt, with it in the place of the one in force."""
    prompts = {**held, prompt.task: prompt}
    task = MEASURED[prompt.task](model, prompts)
    return task if terms.kept is None else terms.kept.over(task, prompts)


def record_of(report: GateReport, prompt: "Prompt") -> "GateRecord":
    """What is kept of a report: it lets the prompt be loaded with this model, or says why not."""
    from agent.measured import GateRecord
    from evals.report import gate_json

    rests_on = report.provenance
    if rests_on is None:
        raise CannotJudge(f"the report on {prompt.name} does not say what it rests on")
    return GateRecord(
        task=prompt.task,
        version=prompt.version,
        digest=prompt.digest,
        against=None if report.live == NOTHING else report.live,
        model=rests_on.model,
        passed=report.passed,
        stops=report.stops,
        cases=rests_on.cases,
        code=rests_on.code,
        at=report.at,
        report=gate_json(report),
    )


def _measured(
    pacta: "Pacta",
    task: Task[Any, Any],
    model: "ChatModel",
    progress: Progress | None,
    terms: Terms,
) -> tuple[TaskResult, Spent]:
    """A task's result with what the model's calls took."""
    began = model.meter.total
    result = run_task(pacta, task, progress, terms.replicates)
    usage = model.meter.total.since(began)
    seconds = [r.seconds for r in result.results]
    return result, Spent(
        usage=usage,
        cases=len(seconds),
        median_s=round(statistics.median(seconds), 4) if seconds else 0.0,
        cost=terms.prices.of(usage) if terms.prices else None,
        currency=terms.prices.currency if terms.prices else "",
    )


def _answers(model: "ChatModel", prompt: "Prompt") -> None:
    """One empty call before hundreds: a model that is not there must not count as one that reads badly."""
    from agent.errors import ModelReplyError, ModelUnavailable

    try:
        model.ask(prompt, dict.fromkeys(prompt.inputs, "[]"), lambda reply: reply)
    except ModelReplyError:
        return
    except ModelUnavailable as error:
        raise CannotJudge(str(error), remedy="check the model's address, its key and the network") from error


Held = Mapping[str, "Prompt"]


def _extract(model: "ChatModel", held: Held) -> Task[Any, Any]:
    # Candidate and live are held to the same labels: every kind there is, whatever their schemas name.
    prompt = held["extract"]
    read, engine = extraction.read_by_model(model, prompt), f"{model.name} {prompt.name}"
    return extraction.task(read, engine=engine, kinds=KINDS)


def _answer(model: "ChatModel", held: Held) -> Task[Any, Any]:
    from agent.brain import Brain

    return questions.task(brain=Brain(model, held["understand"], held["compose"]))


def _look_up(model: "ChatModel", held: Held) -> Task[Any, Any]:
    # Understanding and wording are measured without it, so that what tools make good hides nothing.
    from agent.brain import Brain

    return questions.task(brain=Brain(model, held["understand"], held["compose"], held["research"]))


MEASURED: dict[str, Callable[["ChatModel", Held], Task[Any, Any]]] = {
    "extract": _extract,
    "understand": _answer,
    "compose": _answer,
    "research": _look_up,
}
"""The eval that measures each task's prompts."""
