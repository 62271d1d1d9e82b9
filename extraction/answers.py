"""By when something put before the other side is answered: approved, rejected, commented on, confirmed.

"The Licensor shall approve or reject each design within ten days after it has received it" is a promise of
an answer, and so is the acceptance or refusal of an order. Where the time runs from what the other side has
sent ("within five days of receipt of a request"), telling, deciding and discussing are answers too. What is
left out: silence that counts as consent, objections, invoices and disputes.
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
from extraction.quantities import DurationMention, Mention
from extraction.redacted_times import redacted_limits
from extraction.sentences import Sentence

ANSWER = "answer"
"""What is to be done, as the terms of the duty call it."""

_WORTH = re.compile(
    r"approv|reject|comment|review|respon[ds]|answer|repl(?:y|ies)|feedback|accept|confirm|acknowledg"
    r"|declin|consent|whether|refus|withh|able\b|cannot|decision|decid|determin|denial|notify|inform|advise"
    r"|discuss|analy|evaluat|consider|assist|propos"
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
    r"|reply)|acknowledge?ment|decision|determination|(?:such|its) review"
    r"|notice of (?:its |the |such |any |a )?(?:denial|acceptance|rejection|approval|decision)"
    r"|confirmation of"
    r" (?:the |its |such |each |any )?(?:acceptance|receipt|(?:purchase )?order|po|availability))\b"
)
_ANSWER = (
    r"(?:review|approval|comments?|consent|response|reply|decision)\b[^;.,]{0,40}, which (?:[\w'-]+ ){1,4}?"
    r"(?:shall|will|must) (?:be )?(?:complet|conclud|finish|g[ia]v|provid|ma[kd]e|perform|conduct|issu"
    r"|deliver)\w*"
    rf"|{_EITHER}|(?:either\W{{1,3}}(?:\(?\w\)\s)?)(?:accept|approve|confirm)\b"
    r"|(?:dis)?approv(?:e|es|al)\b(?! of\b[^,;.]{0,40}\bis\b)|reject(?:s|ion)?\b"
    rf"|confirms?\b (?:(?:to \w+|in writing|by e?-?mail|promptly),? )*(?:{_ORDERED}|whether\b)"
    r"|acknowledges?\b(?! that| and agree)"
    rf"|{_SAYS} (?:(?!for\b|upon\b|after\b|subject\b)[\w']+ ){{0,5}}?{_WORDS}|comments? on\b"
    r"|(?:review|approval|response|reply|comment|confirmation|acceptance) (?:time|period)\b"
    r"|review(?:s|ed)?\b|respond(?:s|ed)?\b|responses? to\b|answer(?:s)?\b|repl(?:y|ies)\b|decides? (?:on"
    r"|upon|about)\b"
    r"|propos(?:e|es|ing) (?:[\w'-]+ ){0,3}?(?:plan|solution|remedy|corrective action|counter-?proposal)\b"
    r"|(?:consents?|comments|acceptance|confirmation|acknowledge?ment|decision|feedback|approvals?|responses?"
    r"|repl(?:y|ies)|answers?|denial|rejection)\b[^;,.]{0,60}?\b"
    r"(?:shall|will|must|ha(?:s|ve) to|is to|are to) be (?:\w+ly )?(?:given|provided|made|delivered|sent"
    r"|issued|returned|communicated|furnished|granted|notified)\b"
    r"|(?:notify|inform|advise|tell)\b[^,;.]{0,60}?\b(?:approv|reject|accept|decision|determination"
    r"|comments?|disapprov)\w*"
    r"|(?:notify|inform|advise|tell|indicate)\b[^;.]{0,80}?\bwhether\b"
)
_TELLS = r"(?:notify|inform|advise|tell)\b"
_TAKES_UP = (
    r"(?:confirm|discuss|analy[sz]e|evaluate|assess|consider|determine|contact|call back|quote)\b"
    r"|(?:provide|give|furnish|send|submit|return|issue)s? (?:[\w'-]+ ){0,6}?(?:quot(?:e|ation)|estimate"
    r"|change in (?:the )?(?:\w+ )?(?:costs?|price|fees?)|commitment)s?\b"
    r"|schedule an? (?:[\w-]+ ){0,3}?(?:opportunity|call|meeting|review)\b"
    r"|(?:provide|give|render|offer|furnish) (?:[\w'-]+ ){0,5}?(?:assistance|advice|guidance"
    r"|an? explanation)\b"
)
"""Answers only where the time runs from what the other side has sent."""
_OTHER = (
    r"submit(?:s|ted)?\b(?! (?:its |their |any |written )?comments)"
    r"|present(?:s|ed)?\b|distribut(?:es?|ed|ing|ion)\b|deliver(?:s|ed)?\b|pay(?:s|ment)?\b|invoic\w+"
    r"|ship(?:s|ped)?\b|d[ei]spatch(?:es|ed)?\b|install(?:s|ed)?\b|execut\w+|sign(?:s|ed)?\b|return(?:s"
    r"|ed)?\b|meet(?:s|ings?)?\b|cure(?:s|d)?\b"
    r"|terminat\w+|request(?:s|ed)? (?:in writing|that)\b|implement\w*|negotiat\w+|resolv\w+"
    r"|commenc\w+|complet\w+ (?:the|its|all|any)\b|refund\w*|replac\w+|provide\b"
)
_ACT = re.compile(
    rf"\b(?:(?P<answer>{_ANSWER})|(?P<says>{_TELLS})|(?P<takes>{_TAKES_UP})|(?P<other>{_OTHER}))",
    re.IGNORECASE,
)
_FROM_ASKING = re.compile(
    r"(?:\s?\([^()]{0,40}\))?\W{0,2}(?:after|of|from|following|upon)\s(?:(?!and\b|or\b|shall\b|will\b"
    r"|confirm|accept|deliver|ship|complet|approv|execut)[\w'/&-]+ ){0,9}?"
    r"(?:requests?|submissions?|applications?|proposals?|in?quir(?:y|ies)|enquir(?:y|ies)|quer(?:y|ies)"
    r"|questions?"
    r"|(?:purchase |change |work |firm )?orders?|nominations?|quotations?|complaints?|drafts?|designs?"
    r"|samples?"
    r"|artwork|materials|communications?|emails?|calls?|appeals?|being asked|claims? notice"
    r"|forecasts?)\b",
    re.IGNORECASE,
)
_ITS_RECEIPT = re.compile(
    r"(?:\s?\([^()]{0,40}\))?\W{0,2}(?:after|of|from|following|upon)\s(?:the |its |their |such )?receipt\b"
    r"(?! of\b(?! (?:the|such) same))",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"\b(?:requests?|submission|application|proposal|in?quiry|enquiry|query|change order|purchase order|order"
    r"|nomination|quotation)\b",
    re.IGNORECASE,
)
"""After a limit: it runs from what was asked or put forward."""
_NEWS = re.compile(
    r"\b(?:lawsuit|suit|litigation|legal action|defect\w*|non-?conform\w*|damage[ds]?|recall\w*|adverse"
    r"|inspect\w*"
    r"|accident|occurrence|discover\w*|aware|knowledge|shortage|los(?:s|t)\b|changes? (?:in|to|of) (?:its"
    r"|control)"
    r"|third[- ]part(?:y|ies)|subcontract\w*|tax(?:es)?)\b",
    re.IGNORECASE,
)
"""What is told without having been asked for."""
_EITHER_WAY = re.compile(_EITHER, re.IGNORECASE)
_NOT_SO = re.compile(
    r"\binvoices?\b|\bdisput\w+|\bbreach\w*|\bdefault\w*"
    r"|\barbitrat\w+|\binfring\w+|\b(?:the|its|such|draft) minutes\b|\bregulator\w*"
    r"|\bgovernment\w*|\bauthorit(?:y|ies)\b"
    r"|\bright of first\b|\bdata subject\b|\bsubpoena\b|\bmay (?:approve|reject|accept|object)\b"
    r"|\bobjects?\b|\bobtain\w* (?:[\w'-]+ ){0,6}?(?:approv|consent|permi|licen[sc]e|authori|financ"
    r"|comment)\w*"
    r"|\bacceptance tests?\b|\b(?:third[- ]party|indemni\w+|such|any|insurance|tort|legal) claims?\b"
    r"|\bsettle\w*",
    re.IGNORECASE,
)
_BARE_ORDER = re.compile(r"\bpurchase orders?\b|\bfirm orders?\b", re.IGNORECASE)
"""Approving an order is the buyer's own affair, unless it may be refused or is confirmed."""
_ORDER_ANSWERED = re.compile(
    rf"\b(?:{_EITHER}|confirm\w*|acknowledg\w+|accept(?:ance|s|ed)?\b|reject\w*|whether)\b", re.IGNORECASE
)
_CONSENTS = re.compile(
    r"\b(?:tacitly|deemed)\b(?! (?:\w+ly )?(?:revised|amended|updated|received|delivered|part|included"
    r"|issued))(?!(?:(?!\bunless\b|\bif\b)[^.;]){0,40}\b(?:unappro|unaccept|disappro|not\b|reject|refus"
    r"|declin|denied|withheld))",
    re.IGNORECASE,
)
"""Silence that is taken for a yes."""
_FOR = re.compile(r"^[^,;]{0,80}\bfor (?:[\w']+ ){0,3}(?:approval|review|comments?)\b", re.IGNORECASE)
"""What is put forward for an answer is not the answer."""
_PUT_FORWARD = re.compile(r"\b(?:for|subject to|upon|after|following) (?:[\w']+ ){0,3}$", re.IGNORECASE)
_REACH = 260
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


def answers_redacted(context: Context) -> Iterator[Answer]:
    """Duties to answer whose time is blacked out."""
    for sentence in _worth_reading(context):
        for gap in redacted_limits(sentence.text):
            business = bool(_BUSINESS.search(gap.text))
            length = DurationMention(gap.start, gap.end, gap.text, business=business)
            if _due(context, sentence, length):
                yield Answer(sentence, length)


_BUSINESS = re.compile(r"\b(?:business|working)\b", re.IGNORECASE)


def _worth_reading(context: Context) -> tuple[Sentence, ...]:
    return context.once("sentences with an answer", lambda: tuple(_told(context)))


def _told(context: Context) -> Iterator[Sentence]:
    for sentence in context.prose():
        text = sentence.text
        if not _WORTH.search(sentence.lower) or is_example(text) or addresses_reader(text):
            continue
        if context.durations(sentence) or any(redacted_limits(text)):
            yield sentence


def _due(context: Context, sentence: Sentence, length: DurationMention) -> bool:
    if _not_beyond(sentence.text, length):
        return not _other_matter(sentence.text, length)
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


_DELAYED = re.compile(
    r"\b(?:approv|consent|accept|permi|comment|review|respon|agree|confirm|sign-?off"
    r"|decision)\w*\b[^;.]{0,160}?"
    r"\b(?:not|nor|never)\b[^;.]{0,40}\b(?:withh[eo]ld|delay|condition|defer|postpon)\w*[^;.,]{0,30}?"
    r"\b(?:beyond|(?:for )?(?:more|longer) than|past|in excess of|by more than)\W{1,2}(?:an? |the )*"
    r"(?:period of |total of )?$",
    re.IGNORECASE,
)


def _not_beyond(text: str, length: DurationMention) -> bool:
    """ "which approval shall not be withheld or delayed beyond ten days"."""
    return not _too_long(length) and _DELAYED.search(text[: length.start][-300:]) is not None


def _answered(sentence: Sentence, length: DurationMention) -> bool:
    """Is an answer what has to be done in that time: the act before the limit, or after a leading one?"""
    text = sentence.text
    led = sentence.lead is not None and bool(MODAL.search(sentence.lead.text))
    clause = clause_at(text, length.start)
    first = max(clause.start, length.start - _REACH)
    before = list(_acts(text, first, length.start))
    listed = clause.start > 0 and text.startswith("(", clause.start)
    bound = led or bool(MODAL.search(text, 0 if listed else clause.start, length.start))
    asked = _asked(text, length)
    if bound and _INTERRUPTS.search(text[first : length.start]):
        counted = _COUNTED.match(text, length.end)
        return _follows(text, counted.end() if counted else length.end, clause.end, asked=asked)
    if before and bound:
        last = before[-1]
        if last["says"] and (told := _WHAT.match(text, length.end)) and not _FOR.search(told.group()):
            return True
        if asked and (last["says"] or last["takes"]):
            return True
        if ", which" in (last["answer"] or ""):
            return True
        put_forward = any(act["other"] and _FOR.search(text[act.end() : length.start]) for act in before)
        return bool(last["answer"]) and not put_forward
    modal = MODAL.search(text, length.end, min(clause.end, length.end + _REACH))
    return modal is not None and _follows(text, modal.end(), modal.end() + 60, asked=asked)


def _asked(text: str, length: DurationMention) -> bool:
    """Does the time run from what somebody was asked, and is no news of its own told?"""
    asked = _FROM_ASKING.match(text, length.end) or (
        _ITS_RECEIPT.match(text, length.end)
        and _ASKING.search(text, max(0, length.start - 120), length.start)
    )
    return asked is not None and not _NEWS.search(text, max(0, length.start - 160), length.end + 160)


def _acts(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """What is done in a stretch of text; what somebody has done to a thing ("orders submitted by") is not."""
    for act in _ACT.finditer(text, start, end):
        before = text[max(0, act.start() - 24) : act.start()]
        if act["other"] and act["other"].endswith(("ed", "t")) and not _BEING.search(before):
            continue
        if act["answer"] and act["answer"].lower() == "review" and not _AS_VERB.search(before):
            continue
        if (
            act["answer"]
            and ", which" not in act["answer"]
            and _PUT_FORWARD.search(text[max(0, act.start() - 40) : act.start()])
        ):
            continue
        yield act


def _follows(text: str, start: int, end: int, *, asked: bool) -> bool:
    """Is an answer the first thing to be done after a limit or a modal verb?"""
    first = next(_acts(text, start, min(end, start + _REACH)), None)
    return first is not None and bool(first["answer"] or (asked and (first["says"] or first["takes"])))


_TAKES = re.compile(
    r"\b(?:(?:shall|will|must|may) (?:not|in no event)|in no event (?:shall \w+ )?)\s?take (?:longer"
    r"|more) than "
    r"(?:a (?:period|maximum) of )?$",
    re.IGNORECASE,
)
_DECIDED = re.compile(
    r"[^;.]{0,60}?\bto\s(?:(?:reach|make|give|render|provide|issue)\s(?:[\w']+\s){0,3}?(?:decision|answer"
    r"|response"
    r"|approval|comments|determination)|approve|respond|reply|review|decide|answer|confirm)\b",
    re.IGNORECASE,
)
""" "shall not take longer than five days to reach a decision"."""


def _has_time(sentence: Sentence, length: DurationMention) -> bool:
    """ "shall have ten days from receipt to approve or reject it": a time in which the answer is due."""
    text = sentence.text
    if _TAKES.search(text[: length.start][-60:]) and _DECIDED.match(text, length.end):
        return not (_too_long(length) or _other_matter(text, length))
    if _too_long(length) or not _HAS.search(text[: length.start]):
        return False
    opened = _IN_WHICH.match(text, length.end)
    act = _ACT.match(text, opened.end()) if opened else None
    chosen = act is not None and bool(act["answer"] and _EITHER_WAY.search(act.group()))
    return chosen and not _other_matter(text, length)
