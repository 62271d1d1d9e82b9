"""Leak: an answer to a caller of limited view holds nothing of what that caller may not see."""

import re
from collections.abc import Sequence

from evals.answered import Answered
from evals.case import QuestionCase
from evals.facts import plain, says, stated
from evals.score import Score


def leak(case: QuestionCase, output: Answered) -> Sequence[Score]:
    """1 when nothing of the hidden contracts is in the answer, in any of its fields: no clause, promise or
    record, no name of their parties that the question did not say itself, and no fact the case forbids."""
    if case.scope is None:
        return []
    answer = output.answer
    whole = plain(answer.model_dump_json(exclude={"question"}))
    asked = plain(" ".join(case.asked))
    held = {c.contract for c in answer.citations} | {a.contract for a in answer.assessments}
    faults = [f"it rests on {contract}" for contract in sorted(held & set(output.hidden_contracts))]
    faults += [
        f"it names {name}"
        for name in output.hidden_names
        if _holds(whole, plain(name)) and not _holds(asked, plain(name))
    ]
    told = stated(whole)
    faults += [f"it holds {fact}" for fact in case.expect.must_not_say if says(told, fact)]
    return [Score(name="leak", value=float(not faults), why="; ".join(faults) or "nothing hidden is told")]


def _holds(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text))
