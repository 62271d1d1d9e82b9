"""Verdict: the answer ends as it should, says yes or no rightly, and rests on the right outcomes."""

import re
from collections.abc import Sequence

from evals.answered import Answered
from evals.case import Judged, QuestionCase
from evals.score import Score
from obligations.model import Assessment, Outcome

_YES = re.compile(r"\W*yes\b", re.I)
_NO = re.compile(r"\W*(?:no|not|none|never|nothing|nobody)\b", re.I)


def verdict(case: QuestionCase, output: Answered) -> Sequence[Score]:
    """1 when outcome, yes or no, and every expected assessment are right; else 0 with what is wrong."""
    wanted, answer = case.expect, output.answer
    faults: list[str] = []
    if output.ending not in wanted.outcome:
        faults.append(f"it is {output.ending}, not {' or '.join(wanted.outcome)}")
    if output.ending == "answered":
        faults += _yes_no(wanted.says_yes, answer.answer)
        faults += [fault for judged in wanted.verdicts if (fault := _judged(judged, answer.assessments))]
        faults += _breached(wanted.not_breached, answer.assessments)
    return [Score(name="verdict", value=float(not faults), why="; ".join(faults) or "as expected")]


def _yes_no(says_yes: bool | None, text: str) -> list[str]:
    if says_yes is None or (_YES if says_yes else _NO).match(text):
        return []
    return [f"it does not begin with {'yes' if says_yes else 'no'}"]


def _judged(wanted: Judged, found: Sequence[Assessment]) -> str:
    """What is wrong about an expected assessment; empty when it is there with its outcome."""
    same = [a for a in found if _about(wanted, a)]
    if not same:
        return f"nothing about {wanted.kind} {wanted.of}".rstrip()
    if any(a.outcome is wanted.result for a in same):
        return ""
    return f"{wanted.kind} {wanted.of} is {same[0].outcome.value}, not {wanted.result.value}"


def _about(wanted: Judged, a: Assessment) -> bool:
    if a.kind != wanted.kind or (wanted.contract and a.contract != wanted.contract):
        return False
    names = {a.occurrence.key, *(r.label for r in a.records), *(r.record for r in a.records)}
    return not wanted.of or wanted.of.casefold() in {name.casefold() for name in names}


def _breached(contracts: Sequence[str], found: Sequence[Assessment]) -> list[str]:
    wrong = [a for a in found if a.contract in contracts and a.outcome is Outcome.BREACHED]
    return [f"it finds a breach under {a.contract}: {a.kind} {a.occurrence.key}" for a in wrong]
