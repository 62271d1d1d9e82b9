"""termination_notice: notice by which a side may end the agreement at any time without cause."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from extraction.clauses import Clause, clause_at, clauses
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.duties import actor, promising
from extraction.model import Draft, Unread
from extraction.notices import effect_of_notice, unitless
from extraction.quantities import ORDINAL, DurationMention, ordinal_value
from extraction.redacted import redacted_lengths
from extraction.sentences import Sentence
from obligations.quantities import Duration
from obligations.terms import TerminationNotice

KIND = "termination_notice"
_END_VERB = (
    r"(?:terminate|cancel|withdraw from|rescind|resign(?= (?:its|his|her|their|from|as|at|the|this"
    r"|hereunder|upon|and be|by giving|on)\b)|end(?= (?:the|this|its|it|his|on)\b)"
    r"|remove(?= the (?:\w+ ){0,2}(?:agent|manager|advis[eo]r|trustee|custodian|servicer|administrator"
    r"|operator)\b)"
    r"|discontinue (?=th(?:is|e) (?:agreement|contract|arrangement|services?)\b|its distribution))"
)
_ENDS = re.compile(
    rf"\b(?:may|can|rights? to|options? to|entitled to|ability to|elects? to|desires? to|wish(?:es)? to"
    rf"|able to|authority to|intention to|decision to|intent to|shall|will|to|has to|and)\b"
    rf"[^.;]{{0,140}}?\b{_END_VERB}\b"
    r"|\bbe (?:\w+ly |sooner |earlier )?(?:terminated|cancell?ed|ended|brought to an end)\b|\b(?:until"
    r"|unless)\b[^.;]{0,70}\bterminat\w+"
    r"|\bnotice of (?:such |its |the |any )?(?:termination|cancellation)|\b(?:this|the) \w+ (?:is "
    r"|are )?(?:cancellable|terminable)\b|\bcancellable at any time"
    r"|\b(?:shall|will|to) terminate\b|\bterminates (?:this|the) (?:agreement|contract)\b|\b"
    r"(?:termination|cancellation|withdrawal|resignation) (?:must|shall|may|has to|is to) be "
    r"(?:\w+ )?(?:exercised|notified|made|given|effected|communicated|declared|announced|by)\b|\b"
    r"termination (?:of (?:this|the) \w+ )?(?:without cause|by|requires|for convenience)\b"
    r"|^\W*(?:\(?\w{1,3}\)\s)?termination\b",
    re.IGNORECASE,
)
_END_OF = re.compile(r"\bend of\W*$", re.IGNORECASE)
_QUICK = re.compile(r"terminat|cancel|withdraw|rescind|resign|remove|discontinu|\bend\b|\bends\b")
_SAYS_NOTICE = re.compile(r"notice|notif|advance|warning|before|prior")
_NOTICED = re.compile(
    r"(?:\s?\([^()]{0,12}\))?\W{0,3}(?:days?'?\W|calendar |business |working |written |prior |advance "
    r"|advanced |previous |clear |or more |in |a |of |full |formal |'s? |at least ){0,6}?(?:notice"
    r"|notification|warning)\b"
    r"|\W{0,3}(?:or more )?in advance\b|\W{0,3}(?:prior to|before|preceding) (?:the )?(?:effective "
    r"|intended |proposed |desired )?(?:date (?:of|for) )?(?:such |the |its |any )?(?:effective date"
    r"|termination|cancellation|date of)",
    re.IGNORECASE,
)
_NOTICE_BEFORE = re.compile(
    r"\b(?:notice|notification)\W+(?:(?:in writing|thereof|of (?:such )?(?:termination|cancellation)"
    r"|to (?:the )?[\w' -]{2,40}?|given|advance)\W+){0,3}?(?:of|not less than|no less than|at least|least"
    r"|than)\W{0,2}(?:an? |the )?(?:at least |not less than |no less than )?$",
    re.IGNORECASE,
)
_NTH_DAY = re.compile(
    r"\b(?P<n>\d{1,3})(?:st|nd|rd|th) day (?:following|after)\b[^.;]{0,60}?\bnotice\b[^.;]{0,90}?\bterminat",
    re.IGNORECASE,
)
_RIGHT = re.compile(
    r"\b(?:may|can|shall have|has|have|reserves?|right|option|entitled|ability|until|unless|be terminated"
    r"|terminable|cancellable|requires?|at the option|is terminable|will have|shall terminate"
    r"|will terminate|by giving|by providing|either|any|each|party|desires?|elects?|electing|wishes"
    r"|exercised)\b",
    re.IGNORECASE,
)
_FREELY = re.compile(
    r"\b(?:without (?:any )?(?:\w+ ){0,2}?(?:cause|reasons?)|for (?:its |their |the )?(?:\w+ )?convenience"
    r"|(?:any|no|whatever)(?: or (?:for )?no)? reason|at will|for non-cause|non-cause|with or without cause"
    r"|no cause|sole discretion|unfettered discretion|without giving (?:any )?reasons?"
    r"|not for cause|other than for cause)\b",
    re.IGNORECASE,
)
_EVENT = re.compile(
    r"\b(?:if|in the event|in case|should|upon (?:the |a |any )?(?:\w+ ){0,2}?(?:occurrence|breach|default"
    r"|bankruptcy|insolvency|failure|change|material|sale|acquisition|death|termination|event)"
    r"|following (?:the |a |any )?(?:\w+ )?(?:breach|default|change|sale|failure|material|occurrence|event)"
    r"|as a result of|due to|because|by reason of|on account of|(?:for|with) \"?(?:good )?cause"
    r"|continuation of such|such condition|are acquired|occurrence of any|constitutes? an? |default under"
    r"|reinstat\w*|(?:material|substantial) breach|for breach|breaches|defaults|fails|force majeure"
    r"|where (?:the|a|any)|when (?:the|a|any)|is in breach|in breach of|adjudged|insolven\w+|bankrupt\w*"
    r"|uncured|infring\w*|unlawful|change of control|disability|incapacity|as a remedy|disagree\w*"
    r"|disapprov\w*|pursuant to (?:this )?(?:section|clause|paragraph|article) [\d.]+)\b",
    re.IGNORECASE,
)
_PAYS_FOR_IT = re.compile(
    r"\bif (?:it|he|she|they) (?:pays?|takes? over|buys?|compensates?|reimburses?)\b", re.IGNORECASE
)
_NOT_IF = re.compile(
    r"\bif (?:any|applicable)\s?(?=[,)])|\b(?:payable|accrued|due|owing|paid|payments|amounts) (?:\w+ ){0,3}?"
    r"pursuant to\b|"
    r"\b(?:even if|whether or not|only if|regardless (?:of )?(?:if|whether))\b"
    r"|\b(?:if|in the event(?: that)?|in case|should|when)\b[^,.;:]{0,50}\b(?:desires?|wish(?:es)?|elects?"
    r"|chooses?|decides?|wants?|intends?) to (?:terminate|cancel|end|withdraw)\b"
    r"(?![^,.;]{0,60}\b(?:for|because|due)\b)",
    re.IGNORECASE,
)
"""Conditions that are none; one who ends the agreement "if it wishes to" needs no cause."""
_OF_BREACH = re.compile(
    r"[^.;]{0,60}?\b(?:of|specifying|describing|to cure|setting forth|stating) (?:any |such |a |the |its "
    r"|said |an )*(?:\w+ )?(?:breach|default|failure|violation|nature|material)\b",
    re.IGNORECASE,
)
_TERM_END = re.compile(
    r"[^.;]{0,60}?\b(?:prior to|before|preceding|in advance of) (?:the )?(?:end|expir\w+|conclusion|close"
    r"|completion|commencement|beginning|start|renewal|anniversary|last day|then|termination date|each|any"
    r"|first)\b"
    r"|[^.;]{0,50}?\bof (?:its |their |an? |the )?(?:intent\w*|desire|election|decision) (?:not|to not|non)"
    r"|[^.;]{0,30}?\bof non-?renewal",
    re.IGNORECASE,
)
_RENEWS = re.compile(
    r"\b(?:renew\w*|extend\w*|extension|successive|additional (?:term|period|one)|prolong\w*)\b",
    re.IGNORECASE,
)
_OBJECT_ELSE = re.compile(
    r"\b(?:terminat\w+|cancel\w*|discontinue|withdraw\w*|end)\s(?:or \w+ )?(?:(?:any|the|such|an?|all|its"
    r"|each|that|outstanding|open|this|individual|particular|specific|your|his|her|their)"
    r"\s){0,3}(?:\w+ )?(?:purchase orders?|orders?|po|polic(?:y|ies)|insurance|shipments?|reservations?|"
    r"advertising fund|ad fund|sublicen[cs]es?|insertion order|product|products|registration|event|purchase"
    r"|credit|offer|access|employees?|personnel)\b",
    re.IGNORECASE,
)
_NOT_THIS = re.compile(
    r"\b(?:insurer|insurance|polic(?:y|ies)|certificates?|coverage|endorsement|carrier shall"
    r"|materially modif\w+|lease|stock plan)\b",
    re.IGNORECASE,
)
_NO_RIGHT = re.compile(
    r"\b(?:may|shall|will|can|must|does|do) not (?:\w+ )?(?:be )?(?:terminat|cancel|end)\w*|\b"
    r"neither party (?:may|shall)\b[^.;]{0,20}\bterminat"
    r"|\b(?:shall|will|agrees?) not (?:take any|to) (?:\w+ ){0,3}?(?:terminat|cancel)\w*"
    r"|\bupon (?:the |any )?(?:expir\w+ or )?termination of (?:the|an?|any) (?!parties)",
    re.IGNORECASE,
)
_TO = re.compile(
    r"\bto (?:the )?end of (?:the |any |an? |each )?(?:calendar |contract |current "
    r"|respective )?(?P<to>month|quarter|half[- ]year|year)\b|\b(?:at|as of|effective (?:at|on"
    r"|as of)) the end of (?:the |any |an? |each )?(?:calendar )?(?P<at>month|quarter|half[- ]year|year)\b",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(
    rf"\bafter the (?:end of the )?(?P<nth>{ORDINAL})(?:\s?\(\w+\))? (?:contract )?(?:year|anniversary)\b",
    re.IGNORECASE,
)
_HAS_RUN = re.compile(
    r"\b(?:has|have) (?:run|been in (?:force|effect)) (?:for )?(?:at least )?$|\bafter (?:the first )?$",
    re.IGNORECASE,
)
_PER: dict[str, Literal["month", "quarter", "half_year", "year"]] = {
    "month": "month",
    "quarter": "quarter",
    "half-year": "half_year",
    "half year": "half_year",
    "year": "year",
}


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every right to end the agreement by notice alone."""
    for sentence in promising(context):
        if not _SAYS_NOTICE.search(sentence.lower) or not (_QUICK.search(sentence.lower) or _led(sentence)):
            continue
        found = False
        lengths = [*context.durations(sentence), *unitless(sentence.text)]
        taken: set[tuple[int, str]] = set()
        for length in sorted(lengths, key=lambda d: d.start):
            clause = clause_at(sentence.text, length.start)
            if (clause.start, length.iso) in taken or not _is_notice(sentence, length, clause):
                continue
            taken.add((clause.start, length.iso))
            found = True
            yield _draft(context, sentence, length, clause)
        if not found:
            yield from _without_days(context, sentence)


def _led(sentence: Sentence) -> bool:
    return sentence.lead is not None and bool(_QUICK.search(sentence.lead.lower))


_NEXT_MONTH = re.compile(
    r"\b(?:last day|end|expir\w+) of the (?:calendar )?month (?:immediately )?"
    r"(?:following|after|succeeding) (?:the (?:calendar )?(?:month|one) |that )?(?:in|during) which\b"
    r"[^.;]{0,80}?\bnotice\b[^.;]{0,90}?\bterminat",
    re.IGNORECASE,
)
""" "until the end of the month after the one in which it gives notice of its wish to terminate"."""


def _without_days(context: Context, sentence: Sentence) -> Iterator[Draft | Unread]:
    """ "the 60th day following notice …", or a length that is blacked out."""
    text = sentence.text
    if (nth := _NTH_DAY.search(text)) and not _EVENT.search(text[max(0, nth.start() - 60) : nth.end()]):
        length = DurationMention(nth.start(), nth.end(), nth.group(), value=Decimal(nth["n"]), unit="day")
        yield _draft(context, sentence, length, clause_at(text, nth.start()))
        return
    if month := _NEXT_MONTH.search(text):
        length = DurationMention(month.start(), month.end(), month.group(), value=Decimal(1), unit="month")
        yield _draft(context, sentence, length, clause_at(text, month.start()))
        return
    for gap in redacted_lengths(text):
        length = DurationMention(gap.start, gap.end, gap.text, value=Decimal(30), unit="day")
        if _is_notice(sentence, length, clause_at(text, gap.start)):
            yield Unread(kind=KIND, span=context.span(sentence), why="the length of the notice is redacted")
            return


def _is_notice(sentence: Sentence, length: DurationMention, clause: Clause) -> bool:
    """Is the length the notice that ends the agreement, with no event needed?"""
    text = sentence.text
    if length.unit in ("second", "minute", "hour") or _END_OF.search(text[: length.start]):
        return False
    before, after = text[clause.start : length.start], text[length.end : clause.end]
    if not _NOTICED.match(after) and not _NOTICE_BEFORE.search(before[-110:]):
        return False
    if re.match(r"[^.;]{0,24}\bnotice period\b", after) and re.search(
        r"\b(?:the|such|said|that)\W+(?:\w+ )?$", before[-16:]
    ):
        return False
    if re.search(r"(?<!not )(?<!no )\bless than\W+(?:\w+ )?$", before[-24:]):
        return False
    if _OF_BREACH.match(after) or _NOT_THIS.search(before[-160:] + after[:90]) or _NO_RIGHT.search(before):
        return False
    lead = sentence.lead.text if sentence.lead is not None else ""
    scope = _scope(text, length, clause)
    stem = "" if _ENDS.search(scope) else _stem(text, clause, lead)
    said = f"{stem} {scope}"
    if (
        not _ENDS.search(said)
        or not (_RIGHT.search(said) or _RIGHT.search(lead))
        or _OBJECT_ELSE.search(said)
    ):
        return False
    free = _FREELY.search(scope) or _FREELY.search(stem[-160:])
    if _renewal(text, length, free=bool(free)):
        return False
    if free:
        return True
    if (
        _CONDITIONED.match(_NOT_IF.sub(" ", text[sentence.body : clause.start]))
        and ":" not in text[: clause.start]
    ):
        return False
    following = text[clause.end : clause.end + 200]
    if not after.rstrip().endswith((";", ".", "; or", "; and")) and re.match(
        r"(?:\(\w{1,3}\)|\d\))?\s?(?:if|in the event|should|upon|when|for)\b", following
    ):
        return bool(_FREELY.search(following))
    return not _event(scope) and not _event(_after_colon(stem))


_CONDITIONED = re.compile(r"\W*(?:[\w,]+\W+){0,5}?(?:if|in the event|should|when)\b", re.IGNORECASE)


def _scope(text: str, length: DurationMention, clause: Clause) -> str:
    """The words around a length that can make it depend on an event: its clause, within its own limb."""
    start = max(clause.start, length.start - 330)
    end = min(clause.end, length.end + 220)
    limb = re.split(r"\bprovided,? (?:that|however)\b", text[start : length.start])[-1]
    after = re.split(
        r"\bprovided,? (?:that|however)\b|\bin which (?:case|event)\b|\bexcept\b|\bunless\b",
        text[length.end : end],
    )[0]
    return f"{limb}{text[length.start : length.end]}{after}"


def _stem(text: str, clause: Clause, lead: str) -> str:
    """What introduces the clause: the words before an inline list, or the sentence that leads the list."""
    opening = text[clause.start : clause.start + 200]
    if _ENDS.search(opening):
        return opening
    if clause.start > 0:
        colon = text.rfind(":", 0, clause.start)
        first = text[: colon + 1] if colon > 0 else text[: clauses(text)[0].end]
        if _ENDS.search(first):
            return first[-330:]
    return lead[-330:]


def _after_colon(stem: str) -> str:
    """A stem that ends in "upon the occurrence of any of the following:" is no condition of one item."""
    return "" if stem.rstrip().endswith(":") else stem


def _event(words: str) -> bool:
    stripped = _PAYS_FOR_IT.sub(" ", _NOT_IF.sub(" ", words))
    return bool(_EVENT.search(stripped))


def _renewal(text: str, length: DurationMention, *, free: bool) -> bool:
    """Does the notice stop a renewal, being given before the end of the term?"""
    after = text[length.end : length.end + 170]
    before = text[max(0, length.start - 260) : length.start]
    if _TERM_END.match(after) and not (free and not _RENEWS.search(text)):
        return True
    stops = re.search(r"\bunless\b[^.;]{0,160}$", before, re.IGNORECASE)
    return bool(
        stops
        and _RENEWS.search(before)
        and not re.search(r"\b(?:earlier|sooner|until)\b", before[-160:], re.IGNORECASE)
    )


def _draft(context: Context, sentence: Sentence, length: DurationMention, clause: Clause) -> Draft:
    text = sentence.text
    effective, rule = effect_of_notice(context, sentence)
    calendar = context.definitions.calendar_named(length.text) if length.business else None
    terms = TerminationNotice(
        within=length.duration,
        to=_to(text[length.end : clause.end]),
        not_before=_not_before(context, sentence, length),
        effective=effective,
        clock="business" if length.business else "calendar",
        calendar=calendar.calendar if calendar else None,
    )
    sketch = from_sentence(context, sentence, terms, length)
    sketch.debtor = _who(context, sentence, length, clause)
    sketch.key = sketch.debtor
    if calendar is not None:
        sketch.basis.append(calendar.span)
    elif length.business:
        sketch.features.append("unknown_calendar")
    if rule is not None:
        sketch.basis.append(context.span(rule))
    if "day" not in length.text.lower() and length.unit == "day":
        sketch.features.append("ambiguous")
        sketch.notes.append("the unit of the notice is missing or told otherwise; days were taken")
    return sketch.draft(context)


def _to(after: str) -> Literal["any_day", "month", "quarter", "half_year", "year"]:
    match = _TO.search(after[:140])
    return _PER[(match["to"] or match["at"]).lower()] if match else "any_day"


def _not_before(context: Context, sentence: Sentence, notice: DurationMention) -> Duration | None:
    """The time that the agreement must have run before it can be ended."""
    if match := _NOT_BEFORE.search(sentence.text):
        years = ordinal_value(match["nth"])
        return Duration.model_validate(f"P{years}Y") if years and years > 0 else None
    for length in context.durations(sentence):
        if length is not notice and _HAS_RUN.search(sentence.text[max(0, length.start - 40) : length.start]):
            return length.duration if length.duration.in_days else None
    return None


def _who(context: Context, sentence: Sentence, length: DurationMention, clause: Clause) -> str:
    """The side that may end the agreement; empty where either may."""
    text = sentence.text
    by = re.compile(r"\bby (?:the )?").search(text, clause.start, min(len(text), length.end + 60))
    if by and (named := context.roles.mentions(text, by.end(), by.end() + 40)) and named[0][0] == by.end():
        return named[0][1]
    verb = _ENDS.search(text, clause.start, clause.end)
    return actor(context, sentence, verb.start() if verb and verb.start() < length.start else length.start)
