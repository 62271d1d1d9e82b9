"""The evals, one page each. `TASKS` makes them by name."""

from collections.abc import Callable, Sequence
from typing import Any

from evals.errors import UnknownTask
from evals.task import Task
from evals.tasks.extraction import extraction
from evals.tasks.questions import questions
from evals.tasks.retrieval import retrieval

TASKS: dict[str, Callable[[], Task[Any, Any]]] = {
    "questions": questions,
    "extraction": extraction,
    "retrieval": retrieval,
}


def named(names: Sequence[str] = ()) -> list[Task[Any, Any]]:
    """The evals of these names, all of them for none. Raises UnknownTask."""
    for name in names:
        if name not in TASKS:
            raise UnknownTask(f"there is no eval {name!r}", remedy=f"choose from {', '.join(TASKS)}")
    return [TASKS[name]() for name in (names or TASKS)]
