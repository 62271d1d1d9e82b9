"""Citation: every quote stands in its document where the answer says, and the clause asked for is quoted."""

import re
from collections.abc import Sequence

from agent.answer import Citation
from evals.answered import Answered
from evals.case import Cited, QuestionCase
from evals.facts import plain
from evals.score import Score


def citation(case: QuestionCase, output: Answered) -> Sequence[Score]:
    """`quotes`: whether all quotes are exact, where there are any. `citation`: whether the clauses that
    the case wants are among them, where it wants any."""
    scores: list[Score] = []
    if output.answer.citations:
        wrong = [c.marker for c in output.answer.citations if not _exact(c, output)]
        why = f"not in the document where cited: {', '.join(wrong)}" if wrong else "exact"
        scores.append(Score(name="quotes", value=float(not wrong), why=why))
    if case.expect.cites and (output.ending == "answered" or not case.expect.may_abstain):
        missing = [c for c in case.expect.cites if not _cited(c, output)]
        why = "; ".join(f"does not quote {c.contract} “{c.contains}”" for c in missing) or "as expected"
        scores.append(Score(name="citation", value=float(not missing), why=why))
    return scores


def _exact(quoted: Citation, output: Answered) -> bool:
    text = output.texts.get(quoted.document)
    return text is not None and text[quoted.start : quoted.end] == quoted.quote


def _cited(wanted: Cited, output: Answered) -> bool:
    words = bare(wanted.contains)
    return any(c.contract == wanted.contract and words in bare(c.quote) for c in output.answer.citations)


def bare(text: str) -> str:
    """Words without space or cell mark: text recognised in a scan may lack spaces between words."""
    return re.sub(r"[\s|]", "", plain(text))
