"""Which questions ask for more than the embedded selection gives: a model then looks further with tools."""

import re

from agent.plan import Plan

SHORT = frozenset({"obligations", "assessments", "topic", "facts"})
"""What may be missing and yet be found another way. A name that is not known, or a time that has not come,
stays so however one looks."""

_ACTS = re.compile(
    r"\b(?:propos\w+|should we|shall we|ought we|what (?:can|could|do|must) we do|next steps?|advise|"
    r"recommend\w*)\b",
    re.I,
)
_ADVICE = re.compile(r"\b(?:advice|advis\w+|recommend\w*|what to do|decision)\b", re.I)
_CONDITION = re.compile(
    r"\b(?:but|except|whose|without|unless|both|neither|more than|less than|fewer than|at least|at most)\b",
    re.I,
)


def asks_to_act(question: str) -> bool:
    """The question asks what to do, or for a proposal."""
    return bool(_ACTS.search(question))


def beyond(asked: Plan, question: str, missing: str) -> bool:
    """Whether to look further. `missing` is what the embedded selection lacks; empty: nothing."""
    if missing:
        return missing.partition(":")[0] in SHORT
    if asked.intent == "out_of_scope":
        return asks_to_act(question) or bool(_ADVICE.search(asked.why_not))
    if asked.intent == "help":
        return False
    several = asked.intent == "wording" and len(asked.parties) != 1 and not (asked.contracts or asked.records)
    conditioned = asked.intent in ("list", "count") and bool(asked.unknown or _CONDITION.search(question))
    return asked.intent == "compare" or several or conditioned or asks_to_act(question)
