"""By when something put before the other side has to be answered: approved, rejected, commented on.

"The Licensor shall approve or reject each design within ten days after it has received it" is a promise of
an answer. What is left out: silence that counts as consent, objections, orders, invoices and disputes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extraction.clauses import (
    MODAL,
    addresses_reader,
    clause_at,
    is_example,
    is_failure,
    is_limit,
    is_negated,
)
from extraction.context import Context
from extraction.quantities import DurationMention
from extraction.sentences import Sentence

ANSWER = "answer"
"""What is to be done, as the terms of the duty call it."""

_WORTH = re.compile(r"approv|reject|comment|review|respon[ds]|answer|repl(?:y|ies)|feedback|accept or", re.I)
_ANSWER = (
    r"(?:dis)?approv(?:e|es|al)\b(?! of\b[^,;.]{0,40}\bis\b)|accept or (?:reject|decline)|reject(?:s|ion)?\b"
    r"|(?:provide|give|make|furnish|return|deliver|submit)s? (?:[\w']+ ){0,4}?"
    r"(?:comments?|feedback|(?:dis)?approval|an? (?:answer|response|reply))\b|comments? on\b"
    r"|review(?:s|ed)?\b|respond(?:s)?\b|answer(?:s)?\b|repl(?:y|ies)\b"
    r"|(?:notify|inform|advise|tell)\b[^,;.]{0,60}?\b(?:approv|reject|accept|decision|comments?|disapprov)\w*"
)
_OTHER = (
    r"submit(?:s|ted)?\b(?! (?:its |their |any |written )?comments)"
    r"|present(?:s|ed)?\b|distribut\w+|deliver(?:s|ed)?\b|pay(?:s|ment)?\b|invoic\w+"
    r"|ship(?:s|ped)?\b|execut\w+|sign(?:s|ed)?\b|return(?:s|ed)?\b|meet(?:s|ings?)?\b|cure(?:s|d)?\b"
    r"|terminat\w+|request(?:s|ed)? (?:in writing|that)\b"
)
_ACT = re.compile(rf"\b(?:(?P<answer>{_ANSWER})|(?P<other>{_OTHER}))", re.IGNORECASE)
_NOT_SO = re.compile(
    r"\bdeemed\b|\bpurchase orders?\b|\bfirm orders?\b|\binvoices?\b|\bdisput\w+|\bbreach\w*|\bdefault\w*"
    r"|\barbitrat\w+|\binfring\w+|\bappeal\w*|\bminutes\b|\bregulator\w*|\bgovernment\w*|\bauthorit(?:y|ies)\b"
    r"|\bright of first\b|\bdata subject\b|\bsubpoena\b|\bmay (?:approve|reject|accept|object)\b"
    r"|\bobject(?:s|ion)?\b|\bobtain\w*"
    r"|\bacceptance tests?\b|\bclaims?\b|\bsettle\w*",
    re.IGNORECASE,
)
_FOR = re.compile(r"^[^,;]{0,80}\bfor (?:[\w']+ ){0,3}(?:approval|review|comments?)\b", re.IGNORECASE)
"""What is put forward for an answer is not the answer."""
_REACH = 200
"""Characters between the act and its limit, at most."""


@dataclass(frozen=True)
class Answer:
    sentence: Sentence
    length: DurationMention


def answers(context: Context) -> Iterator[Answer]:
    """Every duty to answer within a time, at its limit."""
    for sentence in context.prose():
        text = sentence.text
        found = context.durations(sentence)
        if not found or not _WORTH.search(text) or _NOT_SO.search(text):
            continue
        if is_example(text) or addresses_reader(text) or _silence_counts(context, sentence):
            continue
        for length in found:
            if _is_limit(text, length) and _answered(sentence, length):
                yield Answer(sentence, length)
                break


def _silence_counts(context: Context, sentence: Sentence) -> bool:
    """Does the next sentence take silence for an answer? Then the time is a window, not a duty."""
    following = context.sentences[sentence.index + 1 : sentence.index + 2]
    return any("deemed" in after.lower for after in following)


def _is_limit(text: str, length: DurationMention) -> bool:
    if length.unit in ("month", "year", "quarter", "second") or not is_limit(text, length.start):
        return False
    if re.match(r"\s?(?:prior|before|in advance|notice|written notice)\b", text[length.end :], re.IGNORECASE):
        return False
    clause = clause_at(text, length.start)
    negated = is_negated(text, clause.start, length.start) and not _WITHHELD.search(text, clause.start)
    return not (is_failure(text, length.start) or negated)


_WITHHELD = re.compile(
    r"\bnot (?:be )?(?:unreasonably|arbitrarily) (?:withh[eo]ld|delay|condition|den|refus)", re.I
)
"""The one thing that is not to be done with an answer that is due."""


def _answered(sentence: Sentence, length: DurationMention) -> bool:
    """Is an answer what has to be done in that time: the act before the limit, or after a leading one?"""
    text = sentence.text
    led = sentence.lead is not None and bool(MODAL.search(sentence.lead.text))
    clause = clause_at(text, length.start)
    first = max(clause.start, length.start - _REACH)
    before = list(_ACT.finditer(text, first, length.start))
    if before and (led or MODAL.search(text, clause.start, length.start)):
        put_forward = any(act["other"] and _FOR.search(text[act.end() : length.start]) for act in before)
        return bool(before[-1]["answer"]) and not put_forward
    modal = MODAL.search(text, length.end, min(clause.end, length.end + _REACH))
    after = _ACT.search(text, modal.end(), modal.end() + 60) if modal else None
    return bool(after and after["answer"])
