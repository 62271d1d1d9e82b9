"""Used: the model's plan and the model's wording stand in the answer, where it was asked for them.

Without this a model that understands nothing passes: the embedded planner and the templates answer for it.
"""

from collections.abc import Sequence

from evals.answered import Answered
from evals.case import QuestionCase
from evals.score import Score

USED = {"understood": "understand", "worded": "compose"}
"""Each metric with the task whose prompt the answer's engine has to name."""


def used(case: QuestionCase, output: Answered) -> Sequence[Score]:
    """1 when what the model was asked for was used; unscored where it was not asked."""
    return [_score(name, task, output) for name, task in USED.items()]


def _score(name: str, task: str, output: Answered) -> Score:
    if task not in output.asked_for:
        return Score(name=name, value=None, why=f"the model was not asked to {task}")
    named = any(part.startswith(f"{task}/") for part in output.answer.engine.split())
    why = "as expected" if named else f"nothing of its {task} could be used: the answer is ours"
    return Score(name=name, value=float(named), why=why)
