"""Second: the questions about a company that neither planner nor readers were written on (corpus/second)."""

from dataclasses import replace
from typing import TYPE_CHECKING

from evals.answered import Answered
from evals.case import SECOND, QuestionCase, load_questions
from evals.scorers.ragas_metrics import Ragas
from evals.task import Task
from evals.tasks import questions

if TYPE_CHECKING:
    from agent.brain import Brain


def task(ragas: Ragas | None = None, brain: "Brain | None" = None) -> Task[QuestionCase, Answered]:
    """The eval of answers over the second company's world and cases."""
    same = questions.task(ragas=ragas, brain=brain)
    return replace(
        same,
        name="second",
        about="the same of a company that the planner was not written on",
        samples=lambda pacta: load_questions(SECOND),
        cases=(SECOND,),
        company="second",
    )
