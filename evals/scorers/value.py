"""Value: the answer says every number, date, amount and name it must, and none that it must not."""

from collections.abc import Sequence

from evals.answered import Answered
from evals.case import QuestionCase
from evals.facts import says
from evals.score import Score


def value(case: QuestionCase, output: Answered) -> Sequence[Score]:
    """1 when all is said that must be and nothing that must not; else 0 with what is missing or wrong.

    What an answer must say is not asked of one that rightly abstains.
    """
    wanted = case.expect
    if not wanted.must_say and not wanted.must_not_say:
        return []
    said = output.said
    faults: list[str] = []
    if output.ending == "answered" or not wanted.may_abstain or wanted.abstains:
        missing = [facts for facts in wanted.must_say if not any(says(said, fact) for fact in facts)]
        faults += [f"does not say {' or '.join(facts)}" for facts in missing]
    faults += [f"says {fact}" for fact in wanted.must_not_say if says(said, fact)]
    return [Score(name="value", value=float(not faults), why="; ".join(faults) or "as expected")]
