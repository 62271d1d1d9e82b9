"""renewal_notice: how long before the end notice must be given to stop a renewal, or to take one."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from extraction.clauses import addresses_reader, is_example, is_recital
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft, Unread
from extraction.notices import effect_of_notice, unitless
from extraction.patterns import search
from extraction.quantities import DurationMention, durations, number_value
from extraction.readers.renewal import RENEWS
from extraction.redacted import redacted_lengths
from extraction.sentences import Sentence
from obligations.terms import RenewalNotice

KIND = "renewal_notice"
_NOTICE = re.compile(
    r"\bnotic\w+|\bnotif\w+|\binform\w*|\badvis\w+|\bdeclin\w+|\belect\w*|\bterminat\w+|\bcancel\w*"
    r"|\bobject\w*|\bwritten (?:request|statement)|\bgives?\b|\brequest\w*|\bagree\w*|\brescind\w*"
    r"|\bsays? so\b|\btells?\b|\bdeclares?\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"^(?:,? (?:and|but|n?or) (?:not |no )?(?:sooner|earlier|more|greater) than [^,.;]{3,30},?)?\W{0,3}"
    r"(?:(?:calendar|written|advance|prior|clear|full|notice|of|in|in writing|or more|\w+'s|days'?"
    r"|business|each|a|the|a written)\W+){0,6}?"
    r"(?:prior|before|in advance|preceding|ahead|previous|advance|notice|written notice|prior to"
    r"|(?:of|from) the (?:end|expir))\b",
    re.IGNORECASE,
)
_THE_END = re.compile(
    r"\b(?:end|expir\w+|conclusion|termination|completion|close|lapse|last day|anniversary|renewal"
    r"(?: date| term| period)?|commencement|beginning|start|renewed|renew)\b[^.;]{0,70}"
    r"\b(?:term|period|agreement|contract|thereof|hereof|extension|renewal|year|date|expire|sow"
    r"|subscription|order|licen[cs]e|month)\b|\b(?:expir\w+|anniversary|renewal date|renewal|term end"
    r"|end date)\b|\bdue to expire\b|\b(?:before|until) it (?:ends|expires)\b|\bwould (?:otherwise )?"
    r"(?:expire|end|renew)|\b(?:end|ends) of\b|\b(?:then|such) (?:current )?(?:term|period)",
    re.IGNORECASE,
)
_NOT_GONE_ON = re.compile(
    r"\bif\b[^.;]{0,240}\b(?:has|have) not (?:been )?(?:renewed|extended|executed|entered|agreed|signed)\b",
    re.IGNORECASE,
)
"""What holds if no renewal came about; a notice in it stops none."""
_STOPS = re.compile(
    r"\bnon-?\s?renew\w*|\bnot (?:to )?(?:be )?(?:renew\w*|extend\w*)|\bintent\w*|\bdecline\w*"
    r"|\bopts? out|\bunless\b|\bprevent (?:an |the |such )?(?:renew\w*|extension)|\bnot w(?:ish|ant)"
    r"|\bdoes not (?:want|intend)|\bterminat\w+|\bcancel\w*|\brenew\w*|\bextend|\bextension|\bexercis\w+",
    re.IGNORECASE,
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """The notice that stops or takes a renewal; a notice to end at any time is none."""
    previous: Sentence | None = None
    for sentence in context.sentences:
        if sentence.form == "heading":
            continue
        if is_example(sentence.text) or is_recital(sentence.text) or addresses_reader(sentence.text):
            continue
        for length in (*context.durations(sentence), *unitless(sentence.text)):
            if not _is_notice(sentence, length, previous):
                continue
            yield _draft(context, sentence, length, previous)
            break
        else:
            yield from _redacted(context, sentence, previous)
        previous = sentence


def _redacted(context: Context, sentence: Sentence, previous: Sentence | None) -> Iterator[Unread]:
    """A notice to stop a renewal whose length is blacked out."""
    for gap in redacted_lengths(sentence.text):
        length = DurationMention(gap.start, gap.end, gap.text, value=Decimal(1), unit="day")
        if _is_notice(sentence, length, previous):
            yield Unread(kind=KIND, span=context.span(sentence), why="the length of the notice is redacted")
            return


def _is_notice(sentence: Sentence, length: DurationMention, previous: Sentence | None) -> bool:
    """A length "before the end of the term", in a clause on renewal."""
    text = sentence.text
    if length.unit in ("hour", "minute", "second") or (length.unit == "year" and length.value != 1):
        return False
    after = text[length.end : length.end + 170]
    before = text[max(0, length.start - 230) : length.start]
    if not _is_before_the_end(text, length, before, after):
        return False
    own = RENEWS.search(text) or search(r"\bnon-?renewal", text) or _ends_the_term(before, after)
    carried = previous is not None and RENEWS.search(previous.text) and sentence.index - previous.index <= 2
    topical = re.search(r"\brenew|\bextension\b", sentence.topic)
    if not (own or carried or topical) or _is_of_something_else(text, before, after):
        return False
    if not own and search(r"\breports?\b|\bpay\w*|\bdeliver\w*|\bforecast", text):
        return False
    return bool(_STOPS.search(text) or carried)


def _is_before_the_end(text: str, length: DurationMention, before: str, after: str) -> bool:
    """Whether the length runs up to the end of a term, and is the least that a notice must keep."""
    ahead = _BEFORE.match(after)
    if not ahead or not _NOTICE.search(before + after):
        return False
    if _FROM_END.match(after) and not search(
        r"\b(?:at least|(?:no|not) (?:less|later|fewer) than)\W*$", before[-30:]
    ):
        return False
    if _WITHIN_OF.match(after) and not _OF_A_TERM.match(after):
        return False
    if search(r"\b(?:said|such)\W*$", before[-8:]):
        return False
    if (search(r"notice$", ahead.group()) or _ADVANCE_NOTICE.match(after)) and not (
        _TO_THE_END.search(after[:90])
        or _NOT_TO_RENEW.search(before + after[:120])
        or _stops_at_once(text, length)
    ):
        return False
    if search(r"\b(?:n?or|not|no) (?:sooner|earlier|more|greater) than\W*$", before[-26:]) and not _least(
        text, length
    ):
        return False
    return bool(_THE_END.search(after) or search(r"\b(?:renew|extension|expir)\w*\b", before))


def _is_of_something_else(text: str, before: str, after: str) -> bool:
    """A notice about insurance, prices or talks, or one that ends the agreement at any time."""
    if search(r"\bnegotiat\w+", before[-170:] + after):
        return True
    if search(r"\binsur\w+|\bpolic(?:y|ies)\b|\bcancellation,? non-?renewal|\bcertificates?\b", text):
        return True
    if _NOT_GONE_ON.search(text) or search(r"^[^.;]{0,40}\b(?:advance )?notice period\b", after):
        return True
    if _AT_ANY_TIME.search(before[-190:] if "chang" in before else before[-120:]):
        return True
    return bool(_OF_A_CHANGE.match(after))


_TO_THE_END = re.compile(
    r"\b(?:before|prior to|end of (?:the|its|each|any|such)[\w\s-]{0,24}(?:term|period"
    r"|contract year|agreement|subscription))\b",
    re.IGNORECASE,
)
_AT_ANY_TIME = re.compile(
    r"\bat any time\b|\bfor (?:any reason|convenience)|\bwithout cause\b|\bincrease\w*|\bpric\w+"
    r"|\bfees? (?:for|increase)|\bchang\w+ (?:\w+ ){0,5}(?:charges|fees|rates)",
    re.IGNORECASE,
)
_OF_A_CHANGE = re.compile(
    r"\W{0,2}(?:\w+\W+){0,4}?notice (?:of|for) (?:any |an? |the |such )?(?:\w+ )?(?:rate|price|fee"
    r"|chang|increas|modif|adjust|mainten)",
    re.IGNORECASE,
)
_ADVANCE_NOTICE = re.compile(
    r"\W{0,3}(?:[\w']+\W+){0,3}?(?:prior|advance|previous)\W+(?:written\W+)?notice\b", re.IGNORECASE
)
_FROM_END = re.compile(r"\W{0,3}from the (?:end|expir)", re.IGNORECASE)
"""Mostly what comes after the end; "at least … from the end of the term" is before it."""
_WITHIN_OF = re.compile(r"\W{0,3}of the (?:end|expir)", re.IGNORECASE)
_NOT_TO_RENEW = re.compile(
    r"\bnon-?\s?renew\w*|\bnot (?:to )?(?:be )?(?:renew|extend)\w*|\bintent\w*|\b(?:not|declin\w*) to"
    r"|\b(?:renew|extend)\w*[^.;]{0,120}\bunless\b|\bexercis\w+|\boption\b|\bto (?:renew|extend)\b",
    re.IGNORECASE,
)
_OF_A_TERM = re.compile(
    r"[^.;]{0,40}?\b(?:prior to|before|preceding|in advance of|of) (?:the )?(?:end|expir\w+|conclusion"
    r"|completion)"
    r" of (?:the |its |any |each |such |that )*(?:relevant|then[- ]current|applicable|current|initial"
    r"|original"
    r"|renewal|first|respective|term|period)\b",
    re.IGNORECASE,
)
_NOTICE_TO_END = re.compile(
    r"\bnotice (?:in writing )?(?:of|to|that)\b[^.;]{0,60}\b(?:terminat\w+|cancel\w*|non-?renew\w*|not)\b"
    r"|\b(?:terminat\w+|cancel\w*)\b[^.;]{0,90}\bnotice\b"
    r"|\brequests? (?:for )?(?:termination|cancellation)\b",
    re.IGNORECASE,
)


def _ends_the_term(before: str, after: str) -> bool:
    """ "notice of termination 90 days before the end of the then-current term": it stops a renewal."""
    return bool(_OF_A_TERM.match(after) and _NOTICE_TO_END.search(before))


_UNLESS = re.compile(
    r"\bautomatic\w*\b[^.;]{0,200}\b(?:unless|until)\b[^.;]{0,140}\b(?:terminat\w+|cancel\w*|notic\w+"
    r"|notif\w+|giv(?:es?|ing|en)|serv(?:es?|ing|ed)|provid\w+|deliver\w*)"
    r"\b[^.;]{0,60}$",
    re.IGNORECASE,
)


def _stops_at_once(text: str, length: DurationMention) -> bool:
    """ "renews automatically unless terminated upon 60 days' notice": the end of the term is meant."""
    return bool(_UNLESS.search(text[max(0, length.start - 420) : length.start]))


def _draft(context: Context, sentence: Sentence, length: DurationMention, previous: Sentence | None) -> Draft:
    text = sentence.text
    least = _least(text, length)
    earliest = length if least else _earliest(context, sentence, length)
    calendar = context.definitions.calendar_named(length.text) if length.business else None
    effective, rule = effect_of_notice(context, sentence)
    if (
        calendar is None
        and rule is not None
        and search(r"\bnot (?:be )?an? (?:business|working) day", rule.text)
    ):
        calendar = context.definitions.calendar_named(rule.text)
    after = text[length.end : length.end + 150]
    terms = RenewalNotice(
        within=(least or length).duration,
        at_most=earliest.duration if earliest else None,
        counts_to=_counts_to(after),
        clear_days=bool(search(r"\bclear (?:\w+ )?days?", text)),
        effective=effective,
        clock="business" if length.business else "calendar",
        calendar=calendar.calendar if calendar else None,
    )
    sketch = from_sentence(context, sentence, terms, length)
    if calendar is not None:
        sketch.basis.append(calendar.span)
    elif length.business:
        sketch.features.append("unknown_calendar")
    if rule is not None:
        sketch.basis.append(context.span(rule))
    if previous is not None and not RENEWS.search(text) and RENEWS.search(previous.text):
        sketch.basis.append(context.span(previous))
    return sketch.draft(context)


def _counts_to(after: str) -> Literal["term_end", "renewal_date"]:
    """Notice counts to the end of the term unless the text names the start of the renewal."""
    renewal = search(
        r"\b(?:renewal date|(?:commencement|beginning|start|first day) of (?:the |any |each |such |a "
        r"|next )*(?:renewal|extension|new|next)|date (?:of|on which)[^.;]{0,40}\brenew|anniversary"
        r"|next renewal|automatic renewal|(?:the |such |any |each )renewal(?! term| period))\b",
        after,
    )
    end = search(r"\b(?:end|expir\w+|conclusion|last day|termination|completion)\b", after)
    return "renewal_date" if renewal and (end is None or renewal.start() < end.start()) else "term_end"


_LEAST = re.compile(
    r"\b(?:not |no )?(?:less|later|fewer) than (?P<n>\w+(?:[ -]\w+)?(?: ?\(\d+\))?),? (?:and|but|nor"
    r"|or) (?:not |no )?(?:more|earlier|greater|sooner) than\W*$",
    re.IGNORECASE,
)


def _least(text: str, length: DurationMention) -> DurationMention | None:
    """ "not less than 60 and not more than 120 days": the figure that shares the unit of the later one."""
    match = _LEAST.search(text[max(0, length.start - 90) : length.start])
    value = number_value(re.sub(r"\s?\(\d+\)", "", match["n"])) if match else None
    return next(iter(durations(f"{value} {length.unit}s")), None) if value else None


def _earliest(context: Context, sentence: Sentence, length: DurationMention) -> DurationMention | None:
    """ "not more than 120 and not less than 60 days": the limit on the early side."""
    text = sentence.text
    numbers = search(
        r"\b(?:not |no )?(?:more|earlier|greater) than (?P<n>\w+(?:[ -]\w+)?(?: ?\(\d+\))?)(?: (?:days?"
        r"|months?))?(?:'|,)?(?: prior| before)?,? (?:and|but|nor|or) (?:not |no )?(?:less|later"
        r"|fewer) than $",
        text[max(0, length.start - 90) : length.start],
    )
    for other in context.durations(sentence):
        if other is length or abs(other.start - length.start) > 110:
            continue
        before = text[max(0, other.start - 40) : other.start]
        if search(r"\b(?:not|no|n?or) (?:more|earlier|greater|sooner) than\W*$", before):
            return other
    if numbers:
        value = number_value(re.sub(r"\(\d+\)", "", numbers["n"]).strip())
        if value:
            return next(iter(durations(f"{value} {length.unit}s")), None)
    return None
