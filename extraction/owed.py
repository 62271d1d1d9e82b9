"""Is an amount one that someone pays: neither a limit, nor a threshold, nor a total, nor a thing's value?"""

import re

from extraction import patterns
from extraction.clauses import clause_at
from extraction.context import Context
from extraction.instalments import PART_OF, introduced
from extraction.quantities import NUMBER_WORDS, Mention
from extraction.sentences import Sentence
from extraction.sum_words import NOT_AFTER, NOT_BEFORE, PAYS

TOTAL = re.compile(
    r"[\s)]*(?:\([^()]*\)\s?)?(?:[\w ,]{0,30}\s)?(?:(?:to be |is |shall be |which \w+ \w+ )?(?:payable"
    r"|paid|due|made) (?:as follows|in (?:\w+|\[[^\]]*\]) (?:\(\d+\) )?(?:\w+ ){0,2}instal+ments|in"
    r" accordance with|according to|based on|in (?:the )?following)"
    r"|in \w+ (?:\(\d+\) )?(?:equal )?instal+ments as|as follows:|based on the following"
    r"|according to the (?:schedule|following))",
    re.IGNORECASE,
)
_BREACH = re.compile(
    r"\b(?:breach\w*|violat\w+|penalt\w+|liquidated|forfeit\w*|unearned|good and valuable consideration"
    r"|in consideration of the sum"
    r"|minimum (?:aggregate |annual |monthly |quarterly |guarante\w+ )*(?:royalt\w+|guarantee|purchase"
    r"|commitment|fees?|payments?|volume)"
    r"|guaranteed? (?:minimum|royalt\w+)|worth of|capital contribution|invest(?:s|ed|ment)?\b|accrued"
    r"|damages)\b",
    re.IGNORECASE,
)


_SPELLED = re.compile(
    rf"(?:\b(?:{NUMBER_WORDS}|and|no/100|u\.?s\.?|united states|canadian|dollars?|euros?|pounds?"
    rf"|sterling|cents?)\b\.?[\s,-]*|[(\s]+)+$",
    re.IGNORECASE,
)
_PAST = (
    r"\b(?:has|have|had|having) (?:\w+ )?(?:paid|provided|advanced|received|deposited"
    r"|been paid)\b[^.;]{0,90}$|\backnowledges? (?:the )?receipt\b"
)


COMPARED = re.compile(r"(?:[<>≤≥]|\bequals?|\bif)\s*$", re.IGNORECASE)


def words_before(text: str, place: Mention) -> str:
    """The words before an amount, without the same amount spelled out ("ten thousand dollars ($10,000)")."""
    return f"{_SPELLED.sub('', text[max(0, place.start - 170) : place.start])[-110:]} "


_FOR_EACH = re.compile(r"[\s)]*(?:per|for (?:each|every)|/)\s?(?:\d+ )?[A-Za-z]", re.IGNORECASE)


def is_owed(context: Context, sentence: Sentence, place: Mention) -> bool:
    """Is the amount one that someone pays, neither a limit, nor a threshold, nor the value of something?"""
    text = sentence.text
    before, after = words_before(text, place), text[place.end : place.end + 90]
    if patterns.search(_PAST, before) or COMPARED.search(before):
        return False
    floor = patterns.search(r"\b(?:fees?|charges?|rates?|prices?) of (?:not|no) less than \(?$", before)
    if patterns.search(
        r"\b(?:estimated|anticipated|expected) (?:that|to)\b[^.;]{0,130}$"
        r"|\bfrom [$€£]\s?[\d.,]+ ?(?:million|thousand|billion)? to \W?$",
        text[max(0, place.start - 190) : place.start],
    ):
        return False
    if (NOT_BEFORE.search(before) and not floor) or NOT_AFTER.match(after) or TOTAL.match(after):
        return False
    if patterns.match(
        r"[\s)]*of (?:the|such|its|said)\b|[^.;]{0,60}\b(?:will|shall|does) not apply\b", after
    ):
        return False
    if patterns.search(r"\b(?:purchases|sales|turnover|revenues?|spend)\b[^.;]{0,40}$", before):
        return False
    raw = text[max(0, place.start - 110) : place.start]
    spelled = not re.search(r"\d", place.text) and re.search(r"[$€£\d][^)]{0,40}\([^)]*$", raw)
    if spelled and not PART_OF.search(raw):
        return False
    if patterns.search(r"\bper $|\b(?:not|never) (?:to )?exceed\b[^;]{0,400}$", text[: place.start][-420:]):
        return False
    if patterns.match(r"[^.;]{0,50}\b(?:previously|already) (?:been )?paid\b", after):
        return False
    if patterns.search(r"\b(?:late|overdue)\b|\binterest\b", text) and patterns.search(
        r"\b(?:fixed (?:sum|amount)|late (?:\w+ )?(?:fee|charge)|compensation) (?:of"
        r"|in the amount of)\b[^.;]{0,20}$",
        before,
    ):
        return False
    near = text[max(0, place.start - 200) : place.end + 120]
    if _BREACH.search(near) and not patterns.search(r"\b(?:fee|charge)s? of (?:\w+ )?\(?$", before):
        return False
    if patterns.search(r"\bat (?:a rate of )?$", before) and _FOR_EACH.match(after):
        return True
    clause = clause_at(text, place.start)
    around = text[max(clause.start, place.start - 240) : min(clause.end, place.end + 120)]
    if PAYS.search(around):
        return True
    if sentence.lead is not None and PAYS.search(sentence.lead.text):
        return True
    stem = text[: clause.start]
    return bool(PAYS.search(stem[-300:])) or introduced(context.sentences, sentence, place)
