"""Record: the answer refers to the outside records it has to rest on."""

from collections.abc import Sequence

from evals.answered import Answered
from evals.case import QuestionCase
from evals.score import Score


def record(case: QuestionCase, output: Answered) -> Sequence[Score]:
    """1 when every expected record is among the answer's references, by label or identifier."""
    wanted = case.expect.records
    if not wanted:
        return []
    held = {name.casefold() for r in output.answer.records for name in (r.label, r.record)}
    missing = [label for label in wanted if label.casefold() not in held]
    why = f"does not refer to {', '.join(missing)}" if missing else "as expected"
    return [Score(name="record", value=float(not missing), why=why)]
