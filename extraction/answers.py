"""By when something put before the other side is answered: approved, rejected, commented on, confirmed.

"The Licensor shall approve or reject each design within ten days after it has received it" is a promise of
an answer, and so is the acceptance or refusal of an order. What is left out: silence that counts as
consent, objections, invoices and disputes.
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
from extraction.quantities import DurationMention, Mention, redacted_durations
from extraction.sentences import Sentence

ANSWER = "answer"
"""What is to be done, as the terms of the duty call it."""

_WORTH = re.compile(
    r"approv|reject|comment|review|respon[ds]|answer|repl(?:y|ies)|feedback|accept|confirm|acknowledg"
    r"|declin|consent|whether|refus|withh|able\b|cannot",
    re.IGNORECASE,
)
_YES = r"(?:accept|approv|confirm|consent|grant|giv|agree|allow|acquir)\w*"
_NO = r"(?:reject|declin|refus|den(?:y|ies|ial)|disapprov|withh[eo]ld|disallow)\w*"
_EITHER = (
    rf"{_YES}(?: [\w']+){{0,4}}?,?(?: and/)? ?(?:or|/) (?:to )?(?:\w+ )?{_NO}\b"
    rf"|{_NO}(?: [\w']+){{0,3}}?,? or (?:to )?(?:\w+ )?{_YES}"
)
"""One of two: "accept or reject", "its approval or disapproval", "give or withhold"."""
_ORDERED = (
    r"(?:(?:its|the|each|any|such|all|every|an?|receipt|acceptance|availability|delivery|order) ?(?:of )?)"
    r"(?:[\w-]+ ){0,3}?(?:orders?|requests?|nominations?|quantit\w+|bookings?|reservations?|acceptance"
    r"|receipt|rejection|availability|deliver\w+ dates?|schedules?|instructions?|po)\b"
)
_SAYS = (
    r"(?:provid|giv|mak|furnish|return|deliver|submit|send|issu|communicat|notify|notifie|inform|advis|tell"
    r"|indicat|state|render)\w*"
)
_WORDS = (
    r"(?:comments?|feedback|(?:dis)?approvals?|consent|acceptance|rejection|an? (?:\w+ )?(?:answer|response"
    r"|reply)|acknowledge?ment|its decision|(?:such|its) review|confirmation of"
    r" (?:the |its |such |each |any )?(?:acceptance|receipt|(?:purchase )?order|po|availability))\b"
)
_ANSWER = (
    rf"{_EITHER}|(?:either\W{{1,3}}(?:\(?\w\)\s)?)(?:accept|approve|confirm)\b"
    r"|(?:dis)?approv(?:e|es|al)\b(?! of\b[^,;.]{0,40}\bis\b)|reject(?:s|ion)?\b"
    rf"|confirms?\b (?:(?:to \w+|in writing|by e?-?mail|promptly),? )*(?:{_ORDERED}|whether\b)"
    r"|acknowledges?\b(?! that| and agree)"
    rf"|{_SAYS} (?:(?!for\b|upon\b|after\b|subject\b)[\w']+ ){{0,5}}?{_WORDS}|comments? on\b"
    r"|review(?:s|ed)?\b|respond(?:s)?\b|answer(?:s)?\b|repl(?:y|ies)\b"
    r"|(?:consents?|comments|acceptance|confirmation|acknowledge?ment|decision|feedback)\b[^;,.]{0,60}?\b"
    r"(?:shall|will|must|ha(?:s|ve) to|is to|are to) be (?:\w+ly )?(?:given|provided|made|delivered|sent"
    r"|issued|returned|communicated|furnished|granted|notified)\b"
    r"|(?:notify|inform|advise|tell)\b[^,;.]{0,60}?\b(?:approv|reject|accept|decision|comments?|disapprov)\w*"
    r"|(?:notify|inform|advise|tell|indicate)\b[^;.]{0,80}?\bwhether\b"
)
_TELLS = r"(?:notify|inform|advise|tell)\b"
_OTHER = (
    r"submit(?:s|ted)?\b(?! (?:its |their |any |written )?comments)"
    r"|present(?:s|ed)?\b|distribut(?:es?|ed|ing|ion)\b|deliver(?:s|ed)?\b|pay(?:s|ment)?\b|invoic\w+"
    r"|ship(?:s|ped)?\b|execut\w+|sign(?:s|ed)?\b|return(?:s|ed)?\b|meet(?:s|ings?)?\b|cure(?:s|d)?\b"
    r"|terminat\w+|request(?:s|ed)? (?:in writing|that)\b|implement\w*|negotiat\w+|resolv\w+"
    r"|commenc\w+|complet\w+ (?:the|its|all|any)\b|refund\w*|replac\w+|provide\b"
)
_ACT = re.compile(rf"\b(?:(?P<answer>{_ANSWER})|(?P<says>{_TELLS})|(?P<other>{_OTHER}))", re.IGNORECASE)
_EITHER_WAY = re.compile(_EITHER, re.IGNORECASE)
_NOT_SO = re.compile(
    r"\binvoices?\b|\bdisput\w+|\bbreach\w*|\bdefault\w*"
    r"|\barbitrat\w+|\binfring\w+|\bappeal\w*|\b(?:the|its|such|draft) minutes\b|\bregulator\w*"
    r"|\bgovernment\w*|\bauthorit(?:y|ies)\b"
    r"|\bright of first\b|\bdata subject\b|\bsubpoena\b|\bmay (?:approve|reject|accept|object)\b"
    r"|\bobjects?\b|\bobtain\w*"
    r"|\bacceptance tests?\b|\bclaims?\b|\bsettle\w*",
    re.IGNORECASE,
)
_BARE_ORDER = re.compile(r"\bpurchase orders?\b|\bfirm orders?\b", re.IGNORECASE)
"""Approving an order is the buyer's own affair, unless it may be refused or is confirmed."""
_ORDER_ANSWERED = re.compile(
    rf"\b(?:{_EITHER}|confirm\w*|acknowledg\w+|accept(?:ance|s|ed)?\b|reject\w*|whether)\b", re.IGNORECASE
)
_CONSENTS = re.compile(
    r"\b(?:tacitly|deemed)\b(?!(?:(?!\bunless\b|\bif\b)[^.;]){0,40}\b(?:unappro|unaccept|disappro|not\b|reject|refus"
    r"|declin|denied|withheld))",
    re.IGNORECASE,
)
"""Silence that is taken for a yes."""
_FOR = re.compile(r"^[^,;]{0,80}\bfor (?:[\w']+ ){0,3}(?:approval|review|comments?)\b", re.IGNORECASE)
"""What is put forward for an answer is not the answer."""
_PUT_FORWARD = re.compile(r"\b(?:for|subject to|upon|after|following) (?:[\w']+ ){0,3}$", re.IGNORECASE)
_REACH = 200
"""Characters between the act and its limit, at most."""
_HAS = re.compile(
    r"\b(?:shall|will|must) (?:each )?(?:then )?have (?:up to |until |no more than |not more than |at most "
    r"|an? (?:further |additional )?(?:period|window) of |a maximum of )*$",
    re.IGNORECASE,
)
_IN_WHICH = re.compile(
    r"[^;.]{0,170}?\b(?:in which to|within which to|during which to|to)\s(?:(?:either|review and|consider"
    r" and|and|it and)\s)*",
    re.IGNORECASE,
)


_INTERRUPTS = re.compile(
    rf"{MODAL.pattern},?\s(?:[\w-]+ly,?\s)?(?:(?:but|and)\s)?(?:in (?:no|any) (?:event|case),?\s)?"
    r"(?:within|with in|no(?:t)? (?:event )?later than|in|by|on or before)\b[^,;]{0,30}$",
    re.IGNORECASE,
)
""" "shall, within five days, approve": the limit stands between the modal verb and what is to be done."""
_COUNTED = re.compile(
    r"(?:\s?\([^()]{0,40}\))?\W{0,2}(?:after|of|from|following|upon)\b[^,;]{0,200},", re.IGNORECASE
)
_WHAT = re.compile(
    r"[^;.]{0,110}?\b(?:whether\b|if (?:it|they|he|she)\b[^,;.]{0,30}\b(?:accept|approv|agree|reject)"
    r"|(?<=receipt of )[^;.]{0,90}\bif\b[^;.]{0,60}\b(?:cannot|unable|not (?:be )?able)\b"
    r"|\b(?:order|request|forecast|nomination|po)\b[^;.]{0,40}\bif\b[^;.]{0,60}\b(?:cannot|unable"
    r"|not (?:be )?able)\b"
    r"|(?:of|as to) (?:its|their|the|any|such) (?:\w+ )?(?:approval|acceptance"
    r"|rejection|decision|disapproval|consent|comments|acceptance)\b)",
    re.IGNORECASE,
)
""" "shall inform the Seller within ten days whether it will order": what is told stands after the limit."""


_BEING = re.compile(r"\bbe(?: \w+ly)? $")
_AS_VERB = re.compile(
    r"(?:\b(?:shall|will|must|to|and|or|either|then|also|\w+ly|should|be|\w)|[,:;)])\s?$", re.IGNORECASE
)


@dataclass(frozen=True)
class Answer:
    sentence: Sentence
    length: DurationMention


def answers(context: Context) -> Iterator[Answer]:
    """Every duty to answer within a time, at its limit."""
    for sentence in _worth_reading(context):
        for length in context.durations(sentence):
            if _due(context, sentence, length):
                yield Answer(sentence, length)
                break


def answers_blacked_out(context: Context) -> Iterator[Sentence]:
    """Duties to answer whose time is blacked out."""
    for sentence in _worth_reading(context):
        for gap in redacted_durations(sentence.text):
            length = DurationMention(gap.start, gap.end, gap.text)
            if _due(context, sentence, length):
                yield sentence
                break


def _worth_reading(context: Context) -> tuple[Sentence, ...]:
    return context.once("sentences with an answer", lambda: tuple(_told(context)))


def _told(context: Context) -> Iterator[Sentence]:
    for sentence in context.prose():
        text = sentence.text
        if not _WORTH.search(text) or is_example(text) or addresses_reader(text):
            continue
        if context.durations(sentence) or any(redacted_durations(text)):
            yield sentence


def _due(context: Context, sentence: Sentence, length: DurationMention) -> bool:
    if not (_is_limit(sentence.text, length) and _answered(sentence, length)):
        return _has_time(sentence, length) and not _silence_counts(context, sentence)
    clause = clause_at(sentence.text, length.start)
    either = _EITHER_WAY.search(sentence.text, clause.start, clause.end)
    return bool(either) or not _silence_counts(context, sentence)


def _silence_counts(context: Context, sentence: Sentence) -> bool:
    """Is silence taken for a yes, here or in the next sentence? Then the time is a window, not a duty."""
    if _CONSENTS.search(sentence.text):
        return True
    following = context.sentences[sentence.index + 1 : sentence.index + 2]
    return any(_CONSENTS.search(after.text) for after in following)


def _is_limit(text: str, length: DurationMention) -> bool:
    if _too_long(length) or not is_limit(text, length.start):
        return False
    if re.search(r"\b(?:less|fewer|earlier|sooner) than\W*$", text[max(0, length.start - 16) : length.start]):
        return False
    if re.match(r"\s?(?:prior|before|in advance|notice|written notice)\b", text[length.end :], re.IGNORECASE):
        return False
    clause = clause_at(text, length.start)
    negated = is_negated(text, clause.start, length.start) and not _WITHHELD.search(text, clause.start)
    return not (is_failure(text, length.start) or negated or _other_matter(text, length))


def _too_long(length: DurationMention) -> bool:
    """An answer takes days, or a month; a longer time is given for something else."""
    return length.unit in ("year", "quarter", "second") or (length.unit == "month" and length.value > 1)


def _other_matter(text: str, length: Mention) -> bool:
    """Is it an invoice, a dispute or an authority that is answered; or an order that nobody may refuse?"""
    near = text[max(0, length.start - 260) : length.end + 180]
    return bool(_NOT_SO.search(near)) or bool(_BARE_ORDER.search(near) and not _ORDER_ANSWERED.search(near))


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
    before = list(_acts(text, first, length.start))
    bound = led or bool(MODAL.search(text, clause.start, length.start))
    if bound and _INTERRUPTS.search(text[first : length.start]):
        counted = _COUNTED.match(text, length.end)
        return _follows(text, counted.end() if counted else length.end, clause.end)
    if before and bound:
        last = before[-1]
        if last["says"] and (told := _WHAT.match(text, length.end)) and not _FOR.search(told.group()):
            return True
        put_forward = any(act["other"] and _FOR.search(text[act.end() : length.start]) for act in before)
        return bool(last["answer"]) and not put_forward
    modal = MODAL.search(text, length.end, min(clause.end, length.end + _REACH))
    return modal is not None and _follows(text, modal.end(), modal.end() + 60)


def _acts(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """What is done in a stretch of text; what somebody has done to a thing ("orders submitted by") is not."""
    for act in _ACT.finditer(text, start, end):
        before = text[max(0, act.start() - 24) : act.start()]
        if act["other"] and act["other"].endswith(("ed", "t")) and not _BEING.search(before):
            continue
        if act["answer"] and act["answer"].lower() == "review" and not _AS_VERB.search(before):
            continue
        if act["answer"] and _PUT_FORWARD.search(text[max(0, act.start() - 40) : act.start()]):
            continue
        yield act


def _follows(text: str, start: int, end: int) -> bool:
    """Is an answer the first thing to be done after a limit or a modal verb?"""
    first = next(_acts(text, start, min(end, start + _REACH)), None)
    return first is not None and bool(first["answer"])


def _has_time(sentence: Sentence, length: DurationMention) -> bool:
    """ "shall have ten days from receipt to approve or reject it": a time in which the answer is due."""
    text = sentence.text
    if _too_long(length) or not _HAS.search(text[: length.start]):
        return False
    opened = _IN_WHICH.match(text, length.end)
    act = _ACT.match(text, opened.end()) if opened else None
    chosen = act is not None and bool(act["answer"] and _EITHER_WAY.search(act.group()))
    return chosen and not _other_matter(text, length)
