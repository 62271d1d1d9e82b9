"""The evals, one page each. `TASKS` makes them by name."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from evals.errors import UnknownTask
from evals.task import Task
from evals.tasks import extraction, questions, retrieval, second, trajectories

if TYPE_CHECKING:
    from agent.brain import Brain

TASKS: dict[str, Callable[["Brain | None"], Task[Any, Any]]] = {
    "questions": lambda brain: questions.task(brain=brain),
    "second": lambda brain: second.task(brain=brain),
    "trajectories": lambda brain: trajectories.task(brain=brain),
    "extraction": lambda brain: extraction.task(),
    "retrieval": lambda brain: retrieval.task(),
}


def named(names: Sequence[str] = (), brain: "Brain | None" = None) -> list[Task[Any, Any]]:
    """The evals of these names, all of them for none; `brain` answers where a model is configured.

    Raises UnknownTask.
    """
    for name in names:
        if name not in TASKS:
            raise UnknownTask(f"there is no eval {name!r}", remedy=f"choose from {', '.join(TASKS)}")
    return [TASKS[name](brain) for name in (names or TASKS)]
