"""cure_period: time to mend a breach, after notice of it, before the other side may terminate."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from extraction.clauses import clause_at
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.duties import clock_of, count_by, promising
from extraction.failings import CONSEQUENCE, fails_past_its_day, fails_still, other_failing
from extraction.model import Draft, Unread
from extraction.quantities import DurationMention
from extraction.redacted import redacted_lengths
from extraction.sentences import Sentence
from obligations.terms import CurePeriod

KIND = "cure_period"
_MENDS = (
    r"(?:cur(?:e|es|ed|ing)|remed(?:y|ied|ies|ying)|remediat\w+(?! plan)|rectif\w+|correct(?:s|ed|ing)?"
    r"|mend(?:s|ed)?|(?:corrective|remedial|curative) (?:actions?|measures?|steps)"
    r"|reinstat(?:e|es|ed)|ceas(?:e|es|ed)(?= (?:such|the|that|said|its|to be|so|and desist)\b)"
    r"|put(?:s|ting)? (?:\w+ ){0,4}?right|made good|make good|bring(?:s)? (?:\w+ ){0,4}?to an end"
    r"|come(?:s)? into compliance|discontinu\w+|ended|end(?= (?:the|such|a|its)\b))"
)
_CURE = re.compile(rf"\b{_MENDS}\b|\b(?:un(?:cured|remedied|corrected|paid))\b", re.IGNORECASE)
_QUICK = re.compile(
    r"cur(?:e|ing)|remed|rectif|correct|mend|put|good|compliance|discontinu|ended|uncured|unpaid|paid|made"
    r"|grace|continu|persist|remain|end |within|passage|notice"
)
_BREACH = re.compile(
    r"\b(?:breach\w*|default\w*|fail(?:s|ed|ures?|ing)?|violat\w+|non-?compliance|non-?performance"
    r"|non-?payment"
    r"|deficienc\w+|infring\w+|offen[cs]es?|infractions?|delinquen\w+|overdue|repudiat\w+|uncured"
    r"|(?:right|opportunity|chance|time) to (?:cure|remedy)|neglect\w*|refus\w+"
    r"|(?:do|does|did|has|have) not (?:comply|compl|pay|perform)\w*|shall not have (?:complied|paid"
    r"|performed)"
    r"|not (?:paid|made|performed)|good reason"
    r"|(?:condition|circumstance)s?(?= (?:constitut|giving rise|that)|\W*$))\b",
    re.IGNORECASE,
)
_UNMENDED = re.compile(
    r"\b(?:not|unless|never|without|un|fail(?:s|ed|ure|ing)?|refus\w+|neglect\w*|unable|hasn't|isn't"
    r"|doesn't)\b"
    rf"[^.;]{{0,110}}?\b{_MENDS}\b[^.;]{{0,190}}$"
    rf"|\b{_MENDS}\b[^.;]{{0,60}}?\bnot (?:been )?(?:taken|made|completed|effected|undertaken|begun"
    rf"|commenced)\b[^.;]{{0,60}}$",
    re.IGNORECASE,
)
_LASTS = re.compile(
    r"\b(?:uncured|unremedied|uncorrected|unpaid|continu(?:es?|ed|ing)(?: un\w+| to exist| thereafter)?"
    r"|persists?"
    r"|(?:remains?|remained|remaining) (?:un\w+|in (?:breach|default)|outstanding)|subsists?)\b"
    r"\W{0,3}(?:\w+ ){0,4}?"
    r"(?:(?:for|after|beyond|within|of|a|an|the|any|at|least|more|less|not|than|longer|in|excess|further"
    r"|period|continuous)\W{1,2}){0,8}$",
    re.IGNORECASE,
)
_FAILING = re.compile(
    r"\b(?:breach\w*|default\w*|fail(?:s|ed|ures?|ing)?|violat\w+|non-?compliance|non-?performance"
    r"|non-?payment|deficienc\w+"
    r"|uncured|unremedied|unpaid|overdue|infraction)\b[^.;]{0,160}$",
    re.IGNORECASE,
)
_HINDERED = re.compile(
    r"\b(?:force majeure|suspen\w+|inability|impossib\w+|act of god|prevent\w*|delay\w*|dispute|bankrupt\w*"
    r"|proceeding\w*|petition"
    r"|dismiss\w*|discharged|stayed|vacated|moratorium|strike)\b[^;]{0,150}$",
    re.IGNORECASE,
)
_GIVEN = re.compile(
    r"\b(?:has|have|had|having|given|gives?|giving|allow(?:s|ed|ing)?|afford(?:s|ed|ing)?|within|opportunity"
    r"|grace period|grant(?:s|ed)?"
    r"|receive[sd]?|period|time for remedy|entitled to|opportunity of|minimum of|be)\b"
    r"[^.;]{0,110}$",
    re.IGNORECASE,
)
_TO_MEND = re.compile(
    rf"[^.;]{{0,170}}?\b(?:(?:in|within|during) which (?:\w+ ){{0,3}}?(?:to|may|must|shall)|to|may"
    rf"|for(?: the)?|must|"
    rf"for it to)\s(?:\w+\s){{0,3}}?(?:{_MENDS}|cure|remedy)\b",
    re.IGNORECASE,
)
_CALLED = re.compile(
    rf"\b(?:(?:cure|grace|remedy|remedial) period|opportunity to {_MENDS})\b[^;]{{0,70}}?\b(?:is|be|of"
    rf"|shall equal)\W+(?:an? |at least |not less than |no less than )*$",
    re.IGNORECASE,
)
"""Where the time has a name of its own: "the cure period shall be", "an opportunity to cure of"."""
_ENDS_UNLESS = re.compile(
    rf"\W{{0,3}}(?:after|following|from)\b[^.;]{{0,80}}?\bnotice\b[^.;]{{0,140}}?\b(?:if|unless)\b"
    rf"[^.;]{{0,120}}?\b{_MENDS}\b"
    rf"|\W{{0,3}}(?:prior |written |advance )*notice\b[^.;]{{0,50}}?\bto {_MENDS}\b",
    re.IGNORECASE,
)
_MUST = re.compile(
    rf"\b(?:shall|must|will|agrees? to|required to|entitled to|may|is to)\b[^.;]{{0,80}}?\b{_MENDS}\b"
    rf"(?![^.;]{{0,40}}\bby (?:notify|giving|sending|written))"
    rf"[^.;]{{0,110}}?\b(?:within|in|no later than|not later than|in no event later than)\b"
    r"[^.;,]{0,40}$",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(?:such|said|that|the|this|these|those|same|aforesaid|foregoing|aforementioned|applicable)"
    r"\W+(?:\w+ )?$",
    re.IGNORECASE,
)
_NAMED_PERIOD = re.compile(
    r"\W{0,3}(?:\w+[ -]){0,2}?(?:notice |cure |grace |remedy )?period\b", re.IGNORECASE
)
_NOTICE_OF = re.compile(
    r"^\W{0,3}(?:\w+ ){0,3}?(?:written |prior |advance |business )*(?:notice|notification|demand|warning"
    r"|written request)\b",
    re.IGNORECASE,
)
_IN_THE_TIME = re.compile(
    rf"\b{_MENDS}\b[^.;]{{0,90}}?\b(?:within|during|by the end of|before the (?:end|expir\w+) of"
    rf"|prior to (?:the )?(?:end|expir\w+)"
    r"(?: of)?|in|before expiration of)\W(?:such|said|that|the|this|its)"
    r"\W(?:[\w()-]+\W{1,2}){0,5}?(?:period|time|days?|months?|notice)\b"
    rf"|\b(?:within|during|before the (?:end|expir\w+) of|prior to (?:the )?(?:end|expir\w+)(?: of)?)"
    rf"\W(?:such|said|that|the|this)\W"
    rf"(?:[\w()-]+\W{{1,2}}){{0,6}}?(?:period|time|days?|months?)\b[^.;]{{0,120}}?\b{_MENDS}\b",
    re.IGNORECASE,
)
_EXTENDS = re.compile(
    rf"\b(?:longer|additional|further|extended|extension|reasonable additional|more time)\b[^.;]{{0,90}}$"
    rf"|\b(?:cannot|can not|could not|incapable|unable|not (?:reasonably )?(?:capable|susceptible|possible"
    rf"|curable|practicable))\b"
    rf"[^.;]{{0,40}}?\b(?:{_MENDS}|cure|remedy)[^.;]{{0,30}}?\b(?:within|in|by)\W(?:\w+ ){{0,3}}$"
    r"|\bsuch (?:longer|other|shorter|additional) period[^.;]{0,70}$|\b(?:shall|will|must"
    r"|may) not exceed[^.;]{0,20}$"
    r"|\b(?:no|not) (?:event )?longer than[^.;]{0,20}$",
    re.IGNORECASE,
)
_PAYS = re.compile(
    r"\b(?:not|fail\w*|non-?payment|unless|default)\b[^.;]{0,120}?\b(?:paid|made|pay|payment|received)\b"
    r"(?![^.;]{0,60}\b(?:shall|may|will|must)\b)[^.;]{0,60}?\bwithin\W(?:\w+ ){0,2}$",
    re.IGNORECASE,
)
_AFTER_NOTICE = re.compile(
    r"\W{0,3}(?:\([^()]{0,40}\)\W)?(?:from|after|of|following|upon|once|when)\b[^.;]{0,110}?\b(?:notice"
    r"|notif\w+|demand|warning|reminder"
    r"|informed|advised|reminded|warned)\b",
    re.IGNORECASE,
)
_WARNED = re.compile(
    r"\b(?:un(?:paid|cured|remedied)|overdue|default|breach)\b[^.;]{0,140}\b(?:warn|remind|notif|notice)"
    r"\w*\b[^.;]{0,60}$",
    re.IGNORECASE,
)
_OTHER_LIMB = re.compile(
    r"(?:;|\bor\b|\bexcept\b|\bbut\b|\band\b|\bprovided\b|\(|,)[^.;]{0,110}$", re.IGNORECASE
)
_LIMB_AFTER = re.compile(
    r"[^.;]{0,60}?\b(?:in the case of|in case of|if|where|for|with respect to|when|as to|after|of"
    r"|in the event|otherwise)\b",
    re.IGNORECASE,
)
_LIMB_WORDS = re.compile(
    r"\b(?:payment|pay|monetary|non-?payment|breach\w*|default\w*|obligations?|failure|otherwise|notice"
    r"|sums|amounts|fees)\b",
    re.IGNORECASE,
)
_NOT_BREACH = re.compile(
    r"\b(?:bankruptcy|insolvency|receiver|petition|proceedings?|attachment|assignment for the benefit"
    r"|dismiss\w*"
    r"|stayed|discharged|defective|defects?|errors?|non-?conform\w*|nonconform\w*|title|survey"
    r"|bugs?)\b",
    re.IGNORECASE,
)
_PAYMENT = re.compile(
    r"\b(?:pay(?:s|ment|ments|able|ing)?|paid|monetary|non-?payment|invoices?|monies)\b", re.IGNORECASE
)
_RECEIPT = re.compile(r"\b(?:receipt|receiv\w+|receives)\b", re.IGNORECASE)


_STILL_FAILS = re.compile(
    r"\b(?:fail(?:s|ed|ures?)?|neglects?|refuses?|(?:does|do|did|has|have) not)\b"
    r"(?P<what>[^.;]{0,120}?)\bwithin\W+"
    r"(?:an? |a (?:further )?period of )?$",
    re.IGNORECASE,
)
_IS_TOLD = re.compile(
    r"\W{0,3}(?:\([^()]{0,40}\)\W)?(?:from|after|of|following|upon)\b[^.;]{0,70}?\b(?:notice|notif\w+|demand"
    r"|warning|reminder)\b[^.;]{0,260}?\b(?:terminat|cancel|suspen|rescind)\w*",
    re.IGNORECASE,
)
""" "fails to post the bond within ten days after a demand for it, the Bank may suspend …"."""
_PAST_DUE = re.compile(
    r"\W{0,3}(?:\([^()]{0,40}\)\W)?(?:after|of|following|from)\b[^.;,]{0,40}?\b(?:due date|payment period"
    r"|end of the (?:applicable |relevant |respective )?(?:month|quarter|period|year))\b[^.;]{0,200}?"
    r"\b(?:may|right|entitle|material breach|cause)\w*\b[^.;]{0,90}?\bterminat\w*",
    re.IGNORECASE,
)
_ENDS_IT = re.compile(r"\b(?:terminat|cancel)\w*[^.;]{0,190}$", re.IGNORECASE)
_OF_DEFAULT = re.compile(
    r"\W{0,3}(?:(?:prior|advance|after|following|from|having|given|giving|of|the|a|\w+'s) |written |receipt "
    r"|[A-Z]\w+ ){0,6}notice (?:to (?:\w+ ){1,4}?)?of (?:any |such |the |its |said "
    r"|an? |alleged |existence |of ){0,4}(?:material )?(?:default|breach)\b"
    r"(?!,? (?:by|of) (?:the )?(?:contract )?warrant)",
)
_AT_MOST = re.compile(
    r"\bin no event (?:shall|will|may) (?:the|such|any|said) (?:\w+ )?(?:cure |remedy |grace )?"
    r"period (?:\w+ )?exceed\W*$",
    re.IGNORECASE,
)
_NONE_LEFT = re.compile(
    r"\bwithout (?:any |a )?(?:further|additional) (?:cure|grace) period\b", re.IGNORECASE
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Every time to mend a breach, one for each length the text gives."""
    last: tuple[int, str] | None = None
    for sentence in promising(context):
        if not _QUICK.search(sentence.lower) or not (_BREACH.search(sentence.text) or _led(sentence)):
            continue
        taken: list[tuple[int, str]] = []
        ended = 0
        for length in context.durations(sentence):
            if not _is_cure(context, sentence, length, bool(taken)):
                continue
            clause = clause_at(sentence.text, length.start).start
            again = (clause, length.iso) in taken and length.start - ended < _BESIDE
            if again or (_refers(sentence, length) and _known(taken, last, sentence, length)):
                continue
            taken.append((clause, length.iso))
            ended = length.end
            yield _draft(context, sentence, length)
        if taken:
            last = (sentence.index, taken[-1][1])
        else:
            yield from _redacted(context, sentence)


_BESIDE = 260
"""The same length so close after another one speaks of the same breach."""


def _led(sentence: Sentence) -> bool:
    return sentence.lead is not None and bool(_BREACH.search(sentence.lead.text))


def _known(
    taken: list[tuple[int, str]], last: tuple[int, str] | None, sentence: Sentence, length: DurationMention
) -> bool:
    """Was the length that the text refers back to read already, here or shortly before?"""
    if any(iso == length.iso for _, iso in taken):
        return True
    return last is not None and last[1] == length.iso and sentence.index - last[0] <= 4


def _refers(sentence: Sentence, length: DurationMention) -> bool:
    return bool(_REFERS.search(sentence.text[max(0, length.start - 24) : length.start])) and bool(
        _NAMED_PERIOD.match(sentence.text, length.end)
        or re.search(
            r"\b(?:such|said|that|same)\W+(?:\w+ )?$", sentence.text[max(0, length.start - 24) : length.start]
        )
    )


def _redacted(context: Context, sentence: Sentence) -> Iterator[Unread]:
    for gap in redacted_lengths(sentence.text):
        length = DurationMention(gap.start, gap.end, gap.text, value=Decimal(30), unit="day")
        if _REFERS.search(sentence.text[max(0, gap.start - 24) : gap.start]) and _NAMED_PERIOD.match(
            sentence.text, gap.end
        ):
            continue
        if _is_cure(context, sentence, length, found=False):
            yield Unread(
                kind=KIND, span=context.span(sentence), why="the time to mend the breach is redacted"
            )
            return


def _is_cure(context: Context, sentence: Sentence, length: DurationMention, found: bool) -> bool:
    """Is the length a time in which a breach may be mended?"""
    text = sentence.text
    if length.unit in ("second", "minute") or length.unit == "year":
        return False
    before = text[max(0, length.start - 330) : length.start]
    after = text[length.end : length.end + 340]
    if _AT_MOST.search(before) and (_CURE.search(text) or "cur" in _previous(context, sentence)):
        return True
    if _NONE_LEFT.search(before):
        return False
    if _EXTENDS.search(before[-150:]) and not _TO_MEND.match(after[:60]):
        return False
    if re.match(
        r"\W{0,3}(?:after|following|of) (?:the |its |such )?(?:delivery|acceptance|installation|shipment)\b"
        r"(?! (?:\w+ ){0,3}?of (?:\w+ ){0,3}?notice)",
        after,
    ):
        return False
    if found and _limb(before, after):
        return True
    if "force majeure" in sentence.topic or not _of_breach(text, length, sentence):
        return False
    if _states(before, after):
        return True
    if _HINDERED.search(before):
        return False
    lead = sentence.lead.text if sentence.lead is not None else ""
    if fails_past_its_day(before, after) and _TERMINATES.search(f"{lead} {text}"):
        return True
    return _ends_all(context, sentence) and fails_still(before, after)


def _states(before: str, after: str) -> bool:
    """Do the words around a length say that a breach must be mended in it?"""
    if _UNMENDED.search(before) and re.search(
        r"\b(?:within|in|for|after|by|during|before|later than|of|exceed(?:ing)?|than|least|period|expir\w+"
        r"|prior to|until)\b\W*(?:[\w'()]+\W+){0,5}$",
        before[-70:],
    ):
        return True
    if (lasts := _LASTS.search(before)) and _FAILING.search(before[: lasts.end()]):
        return not _HINDERED.search(before)
    if _RIGHT_TO_MEND.match(after) or _CHANCE.search(before):
        return True
    if (_GIVEN.search(before) and _TO_MEND.match(after)) or _CALLED.search(before):
        return True
    if _ENDS_UNLESS.match(after):
        return True
    if _MUST.search(before):
        return True
    if _NOTICE_OF.match(after) and _IN_THE_TIME.search(after):
        return True
    if _NOTICE_OF.match(after) and re.search(
        rf"\bunless\b[^.;]{{0,80}}\b{_MENDS}\b|\bif (?:\w+ ){{0,6}}?not {_MENDS}\b", after
    ):
        return True
    if _WARNED.search(before) and re.match(r"\W{0,3}(?:before|earlier|previously|beforehand)\b", after):
        return True
    if _PAYS.search(before) and _AFTER_NOTICE.match(after):
        return True
    if (still := _STILL_FAILS.search(before)) and (_IS_TOLD.match(after) or _PAST_DUE.match(after)):
        return not _HINDERED.search(before) and not other_failing(still["what"])
    return bool(_ENDS_IT.search(before) and _OF_DEFAULT.match(after))


_RIGHT_TO_MEND = re.compile(
    rf"\W{{0,3}}(?:\w+ ){{0,2}}?(?:right|opportunity|period|chance|time) to {_MENDS}\b", re.IGNORECASE
)
_CHANCE = re.compile(
    rf"\b(?:right|opportunity|chance) to {_MENDS}\b[^.;]{{0,70}}?\b(?:within|for|during|of)\W+"
    r"(?:(?:an?|the|at|least|period|of)\W+){0,4}$",
    re.IGNORECASE,
)
""" "a 30-day right to cure", "the opportunity to cure any default within 30 days"."""
_TERMINATES = re.compile(r"\b(?:terminat|cancel|rescind|event of default|right to end)\w*", re.IGNORECASE)


def _ends_all(context: Context, sentence: Sentence) -> bool:
    """Does the sentence, what introduces it or its heading speak of an end, a default or another sanction?"""
    lead = sentence.lead.text if sentence.lead is not None else ""
    said = f"{lead} {sentence.text} {sentence.topic} {_previous(context, sentence)}"
    return bool(CONSEQUENCE.search(said))


def _previous(context: Context, sentence: Sentence) -> str:
    """The words of the sentence before, in small letters."""
    return context.sentences[sentence.index - 1].lower if sentence.index else ""


def _limb(before: str, after: str) -> bool:
    """A second figure beside one that was read: "or within ten days in the case of non-payment"."""
    if not _OTHER_LIMB.search(before[-130:]):
        return False
    near = before[-130:] + " … " + after[:90]
    if re.match(r"\W{0,3}(?:prior|advance|written notice of termination)\b", after) or _EXTENDS.search(
        before[-120:]
    ):
        return False
    if re.search(
        r"\b(?:terminat\w+|invoice|dispute|dismiss\w*|stayed|consecutive|bankrupt\w*)\b",
        before[-90:] + after[:40],
        re.IGNORECASE,
    ):
        return False
    return (
        bool(_LIMB_AFTER.match(after))
        and bool(_LIMB_WORDS.search(near))
        and bool(re.search(r"\b(?:pay\w*|monetary|other|otherwise)\b", near, re.IGNORECASE))
    )


def _of_breach(text: str, length: DurationMention, sentence: Sentence) -> bool:
    """Is it a breach of the agreement that is mended, and not a fault, a lien or a proceeding?"""
    around = text[max(0, length.start - 520) : length.end + 200]
    if not _BREACH.search(around) and not _led(sentence):
        return False
    near = text[max(0, length.start - 130) : length.end + 70]
    if re.search(
        r"\b(?:dismissed|discharged|vacated|stayed|bonded)\b[^.;]{0,60}$", near[:130], re.IGNORECASE
    ):
        return False
    if _NOT_BREACH.search(near) and not re.search(
        r"\b(?:breach\w*|default\w*|material|violat\w+|obligations?)\b", near, re.IGNORECASE
    ):
        return False
    ahead = re.match(r"\W{0,3}(?:consecutive )?(?:prior|before)\b", text[length.end : length.end + 20])
    return not ahead or bool(_OF_DEFAULT.match(text, length.end) or _ENDS_UNLESS.match(text, length.end))


def _draft(context: Context, sentence: Sentence, length: DurationMention) -> Draft:
    text = sentence.text
    clock, named = clock_of(context, length)
    clause = clause_at(text, length.start)
    after = text[length.end : length.end + 110]
    terms = CurePeriod(
        within=length.duration,
        clock=clock,
        calendar=named.calendar if named else None,
        counts_from=_counts_from(after),
        breach=_breach(text[clause.start : clause.end]),
    )
    sketch = from_sentence(context, sentence, terms, length)
    sketch.key = terms.breach or ""
    sketch.debtor = context.roles.payer if terms.breach else ""
    count_by(sketch, clock, named)
    return sketch.draft(context)


def _counts_from(after: str) -> Literal["dispatch", "receipt"] | None:
    """From receipt or from sending, where the words after the length say so."""
    said = re.match(r"[^.;]{0,30}?\b(?:of|after|from|following|upon)\b[^.;]{0,60}", after)
    if said is None:
        return None
    if _RECEIPT.search(said.group()):
        return "receipt"
    if re.search(r"\b(?:dispatch|sending|sent|mailing|mailed)\b", said.group(), re.IGNORECASE):
        return "dispatch"
    return None


def _breach(clause: str) -> str | None:
    """ "non-payment" where the clause speaks of paying only; any breach otherwise."""
    if _PAYMENT.search(clause) and not re.search(
        r"\b(?:material\w*|breach\w*|violat\w+|any (?:of|other))\b", clause, re.IGNORECASE
    ):
        return "non-payment"
    return None
