"""Abstention: no answer where there is none to give, and an answer where there is."""

from collections.abc import Sequence

from evals.answered import Answered
from evals.case import ABSTAINS, QuestionCase
from evals.score import Score


def abstention(case: QuestionCase, output: Answered) -> Sequence[Score]:
    """1 when the answer abstains exactly where it should; nothing where a case allows both."""
    wanted = case.expect
    if wanted.may_abstain and not wanted.abstains:
        return []
    did = output.ending in ABSTAINS
    if did == wanted.abstains:
        return [Score(name="abstention", value=1.0, why="as expected")]
    why = "it gives no answer where there is one" if did else "it answers where there is no answer"
    return [Score(name="abstention", value=0.0, why=why)]
