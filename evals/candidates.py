"""Measure a prompt against the one in force: the same cases, the same model, one prompt different."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from evals.errors import CannotJudge, UnknownTask
from evals.gate import GateReport, bar, compare
from evals.provenance import provenance
from evals.runner import Progress, run_task
from evals.task import Task
from evals.tasks import extraction, questions
from obligations.terms import KINDS

if TYPE_CHECKING:
    from agent.model import ChatModel
    from agent.prompts import Prompt
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


def judge(
    pacta: "Pacta", prompt: "Prompt", model: "ChatModel | None", progress: Progress | None = None
) -> GateReport:
    """The gate's report on a prompt. Raises CannotJudge when there is no model, or none that answers."""
    from agent.prompts import live

    model = needed(prompt, model)
    in_force = live(prompt.task)
    _answers(model, in_force)
    build = MEASURED[prompt.task]
    before = run_task(pacta, build(model, in_force), progress)
    task = build(model, prompt)
    after = run_task(pacta, task, progress)
    report = compare(before, after, bar(task.name), pacta.wall_clock())
    used = [(p.name, p.digest) for p in (in_force, prompt)]
    held = provenance(task.cases, used, model.name)
    return report.model_copy(update={"live": in_force.name, "candidate": prompt.name, "provenance": held})


def _answers(model: "ChatModel", prompt: "Prompt") -> None:
    """One empty call before hundreds: a model that is not there must not count as one that reads badly."""
    from agent.errors import ModelReplyError, ModelUnavailable

    try:
        model.ask(prompt, dict.fromkeys(prompt.inputs, "[]"), lambda reply: reply)
    except ModelReplyError:
        return
    except ModelUnavailable as error:
        raise CannotJudge(str(error), remedy="check the model's address, its key and the network") from error


def _extract(model: "ChatModel", prompt: "Prompt") -> Task[Any, Any]:
    # Candidate and live are held to the same labels: every kind there is, whatever their schemas name.
    read, engine = extraction.read_by_model(model, prompt), f"{model.name} {prompt.name}"
    return extraction.task(read, engine=engine, kinds=KINDS)


def _answer(model: "ChatModel", prompt: "Prompt") -> Task[Any, Any]:
    from agent.brain import Brain

    return questions.task(brain=Brain(model, **{prompt.task: prompt}))


MEASURED: dict[str, Callable[["ChatModel", "Prompt"], Task[Any, Any]]] = {
    "extract": _extract,
    "understand": _answer,
    "compose": _answer,
}
"""The eval that measures each task's prompts."""
