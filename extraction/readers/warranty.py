"""warranty: for how long the quality of what is delivered is promised."""

import re
from collections.abc import Iterator
from typing import Literal

from extraction.clauses import addresses_reader, clause_at, is_example, is_recital
from extraction.context import Context
from extraction.drafting import from_sentence
from extraction.model import Draft, Unread
from extraction.quantities import REDACTED, DurationMention, Mention, redacted_durations
from extraction.sentences import Sentence
from obligations.terms import Warranty

KIND = "warranty"
_RELEVANT = re.compile(r"warrant|guarant|defect|free (?:from|of)\b|conform|fails\b", re.IGNORECASE)
_WORTH = (
    *("warrant", "guarant", "defect", "free from", "free of", "conform", "fails", "without charge"),
    *("shelf life", "shelf-life"),
    *("no charge", "no cost", "no additional c", "merchantab", "workmanlike", "accordance with"),
)
_QUALITY = (
    r"(?:defect\w*|workmanship|materials?|conform\w*|specification\w*|quality|documentation|data sheet"
    r"|perform"
    r"|operate|function\w*|free (?:from|of)|merchantab\w*|properties|repair\w*|replac\w*|correct\w*)"
)
_WARRANTS = re.compile(
    rf"\bwarrant(?:s|ed|y|ies|ing)?\b(?! shares?\b)|\bguarant(?:ees?|eed)\b(?=[^;]{{0,400}}\b{_QUALITY})",
    re.IGNORECASE,
)
_NO_QUALITY = re.compile(
    r"\bexercis\w+|\bcommon stock\b|\bwarrants? (?:to purchase|certificate|agreement|holder)"
    r"|\b(?:grant|purchase|stock|a|such|any) warrants?\b(?! that)|\bshares? of\b|\bsurviv\w+|\bbankrupt\w*"
    r"|\bguarant(?:y|eed?) (?:minimum|payment|fee|royalt|amount|impression|circulation|obligation)"
    r"|\brepresentations (?:and|or) warranties\b[^;]{0,60}\b(?:are|shall|were|remain|made|will)\b"
    r"|\bcircumstances warrant|\bunder guarantee\b|\blimited by guarantee\b|\bindemn\w+|\brecords\b",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"[\s'-]{0,2}(?:(?:limited|standard|product|products|manufacturer'?s?|hardware|software|parts|written"
    r"|basic"
    r"|extended|full|express|original|labou?r|workmanship|repair|end[- ]user|quality|and|on-?site)\s){0,4}"
    r"(?:warrant(?:y|ies)|guarantees?)\b(?! claim)",
    re.IGNORECASE,
)
_NAMED_PERIOD = re.compile(
    r"\b(?:warranty|guarantee) (?:period|term|time|duration)\b(?!\s(?:in|of) (?:clause|section))[^.;,]{0,60}?"
    r"(?:\b(?:means?|mean|is|are|be|of|lasts?|runs?|for|ends?|ending|expires?|expiring|until|covers?|as"
    r"|begin\w*)\b"
    r"|[:=|])[^.;]{0,120}$",
    re.IGNORECASE,
)
_LASTS = re.compile(
    r"\b(?:warrant(?:y|ies)|guarantees?)\b[^.;]{0,160}\b(?:lasts?|continues?|extends?|expires?|valid"
    r"|effective|runs?"
    r"|in effect|in force|apply|applies|remains?|terminates?|ends?|is|are|be|of|limited to"
    r"|period)\b[^.;]{0,60}$",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"(?:\b(?:for|during|throughout|until|over|within|lasting|than|of|in)\b|[:(])\s?(?:(?:an?|the|at|least"
    r"|not|less|no"
    r"|than|period|term|duration|time|minimum|initial|full|total|first|of|longer|shorter|greater|later"
    r"|earlier"
    r"|lesser|for|up|to|and|or|either|\([a-z]+\)|a further)\s?,?\s?)*$",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\W{0,3}(?:\([^()]{0,40}\)\s)?(?:period\s|thereafter\s)?(?:,\s)?(?:counted |measured |commencing "
    r"|beginning "
    r"|starting |running )?(?:of|after|from|following|as (?:of|from)|on|upon|subsequent to|since)\b"
    r"(?P<words>[^;]{0,110})",
    re.IGNORECASE,
)
_SHOWS = re.compile(
    r"\b(?:defect\w*|fail\w*|non-?conform\w*|malfunction\w*|fault\w*|damage\w*|deficien\w+"
    r"|claim\w*)\b[^;]{0,170}$",
    re.IGNORECASE,
)
_MENDS = re.compile(
    r"\b(?:repair|replace|correct|remed(?:y|ied)|mend|make good|re-?perform|refund|rework|put right"
    r"|exchange|rescind)\w*",
    re.IGNORECASE,
)
_TELLS = re.compile(
    r"\b(?:notif\w+|notice|inform\w*|report(?:s|ed)?|claim\w*|reject\w*|inspect\w*|dispute\w*|return\w*"
    r"|advis\w+"
    r"|complain\w*|submit\w*)\b[^;,]{0,140}$",
    re.IGNORECASE,
)
_OTHER = re.compile(
    r"\bcur(?:e|ed|ing)\b|\bbreach\w*|\bfail(?:s|ed|ure)? to\b|\bnotices?\b|\binvoice\w*|\bpayable\b"
    r"|\brecords\b|\breimburse"
    r"|\bdepreciat|\bterminat|\binitiate|\bmaintain\b|\bterm of\b|\bobtain|\bagree upon|\bmake a payment"
    r"|\binsurance"
    r"|\bongoing\b|\bsupport services\b|\bconfidential|\bapprov\w+|\bstore[sd]?\b|\bguaranty\b",
    re.IGNORECASE,
)
_STARTS: tuple[tuple[Literal["delivery", "acceptance", "completion"], re.Pattern[str]], ...] = (
    ("acceptance", re.compile(r"\baccept(?:ance|ed)\b", re.IGNORECASE)),
    (
        "delivery",
        re.compile(
            r"\bdeliver\w*|\bshipment|\bshipped|\breceipt\b|\breceived\b|\bdispatch\w*|\bpurchased?\b"
            r"|\bsold\b|\bsale\b",
            re.IGNORECASE,
        ),
    ),
    ("completion", re.compile(r"\bcomplet\w+|\bperform(?:ed|ance)\b", re.IGNORECASE)),
)
_EVENT = re.compile(
    r"\b(?:the |its |such |each |date of |day of |first )*(?P<name>[a-z-]+(?: date)?)", re.IGNORECASE
)
_ITEM = re.compile(
    r"\bwarrants?(?: to [^,;]{2,60}?)?(?:,? (?:for|during|until)[^;]{3,90}?,?)? that(?:,? (?:for|during"
    r"|until)[^;]{3,90}?,)?"
    r" (?:(?:the|all|each|any|every|its|such|a|an)\s)*(?P<item>[A-Z]?[\w'-]+(?: [\w'-]+){0,3}?)"
    r"(?=\s(?:shall|will|is|are|furnished|delivered|supplied|provided|sold|to be|conforms?|performs?|does"
    r"|do|when"
    r"|hereunder|purchased|manufactured|works?|,|and|under|be|of)\b|,)"
    r"|\bwarrants? (?:all |the |each |its )*(?P<direct>[A-Z][\w-]*(?: [A-Z][\w-]*){0,2}) (?:to be|against"
    r"|for|free)\b"
    r"|^\W*(?:all |the |each |its )*(?P<passive>[A-Z][\w-]*(?: [A-Z][\w-]*){0,2}) (?:are|is|shall be|will "
    r"be) warranted\b"
)


def read(context: Context) -> Iterator[Draft | Unread]:
    """Lengths of time for which quality is promised; one that is blacked out is Unread."""
    for sentence in context.prose():
        text = sentence.text
        if (
            not any(piece in sentence.lower for piece in _WORTH)
            or is_example(text)
            or is_recital(text)
            or addresses_reader(text)
        ):
            continue
        found = [length for length in context.durations(sentence) if _lasts(sentence, length)]
        found = [
            length for length in found if length is found[0] or not _AT_MOST.search(text[: length.start])
        ]
        for number, length in enumerate(found):
            if not any(length.duration == earlier.duration for earlier in found[:number]):
                yield _draft(context, sentence, length)
        if not found and (gap := _gap(sentence)) is not None:
            yield Unread(kind=KIND, span=context.span(sentence), why=f"the length {gap.text!r} is left open")


_AT_MOST = re.compile(r"\b(?:not to exceed|no event (?:more|longer|later) than)\W{0,2}$", re.IGNORECASE)
"""A second length that only limits the first."""


def _gap(sentence: Sentence) -> Mention | None:
    """A warranty "for a period of [***] months", or for as long as the agreement or the goods last."""
    text = sentence.text
    if "*" in text or "_" in text or "[" in text:
        blanks = [_blank(m) for m in _BLANK.finditer(text)]
        gaps = (*redacted_durations(text), *(gap for gap, _ in blanks))
        sure = [gap for gap, carried in blanks if carried and not _NO_QUALITY.search(text)]
        if gap := next((gap for gap in gaps if gap in sure or _lasts(sentence, gap)), None):
            return gap
    if "term" not in sentence.lower and " li" not in sentence.lower and sentence.lead is None:
        return None
    whole = _WHOLE_TERM.search(text)
    if whole is None and sentence.lead is not None and _SOUND.search(text):
        whole = _WHOLE_TERM.search(sentence.lead.text)
        firm = _FIRM.search(text) and not _NO_QUALITY.search(text)
        return Mention(sentence.body, len(text), whole.group()) if whole and firm else None
    sound = _SOUND.search(text) if whole is not None else None
    if whole is None or sound is None or not _FIRM.search(text):
        return None
    first, last = min(whole.start(), sound.start()), max(whole.end(), sound.end())
    if last - first > 500 or _NO_QUALITY.search(text[max(0, first - 120) : last + 120]):
        return None
    return Mention(whole.start(), whole.end(), whole.group())


def _blank(match: re.Match[str]) -> tuple[Mention, bool]:
    """A length left open, and whether its own words say that a warranty lasts so long."""
    name = match.lastgroup or "gap"
    return Mention(match.start(name), match.end(name), match[name]), name != "gap"


_BLANK = re.compile(
    rf"\b(?:period|term) of (?P<gap>{REDACTED})(?=\s(?:from|after"
    rf"|following)\b)"
    rf"|\b(?:carr(?:y|ies)|bears?|ha(?:s|ve)|provides?|gives?|offers?|under|with) an? (?:[\w-]+ ){{0,3}}?"
    rf"(?:warranty|guarantee)(?: period)?(?: of| for)? (?P<carried>{REDACTED})"
    rf"|\b(?:warrant(?:y|ies)|guarantees?) (?:shall|will|is|are) (?:\w+ ){{0,4}}?(?:for|of"
    rf"|until) (?P<lasting>{REDACTED})"
    rf"|\bshelf[- ]life\b[^.;]{{0,60}}?\b(?:at least|not less than|no less than|minimum of|be"
    rf"|of) (?P<shelf>{REDACTED})",
    re.IGNORECASE,
)
_WHOLE_TERM = re.compile(
    r"\b(?:for|during|throughout|over) (?:the |its |their |this )?(?:(?:entire|full|whole|reasonable|stated"
    r"|remaining|initial) )*(?:term\b(?! of (?:the )?(?:warranty|license|lease))|shelf[- ]li(?:fe|ves)"
    r"|useful life"
    r"|life ?time)",
    re.IGNORECASE,
)
_SOUND = re.compile(
    r"\bfree (?:from|of) (?:any |all )?(?:(?:material|manufactur\w+|\w+ and \w+) )?defects?\b"
    r"|\bmerchantable\b"
    r"|\bworkmanlike\b|\b(?:operate|perform|conform|comply"
    r"|function)\w* (?:\w+ ){0,3}?(?:in (?:\w+ )?(?:accordance"
    r"|conformity|conformance) with|with|to) (?:the |its |their |all )?(?:\w+ ){0,2}?(?:specifications?"
    r"|documentation|standards? of quality)",
    re.IGNORECASE,
)
_FIRM = re.compile(r"\bwarrants?\b|\bguarantees?\b|\b(?:shall|will|must)\b", re.IGNORECASE)


def _lasts(sentence: Sentence, length: Mention) -> bool:
    """Is the length one for which quality is promised, not one for mending, telling or paying?"""
    text = sentence.text
    if isinstance(length, DurationMention) and (
        length.unit in ("minute", "hour", "second") or (length.unit == "day" and length.value < 10)
    ):
        return False
    clause = clause_at(text, length.start)
    start = clause.start if _RELEVANT.search(text[clause.start : length.start]) else 0
    before, after = text[start : length.start], text[length.end : length.end + 130]
    if re.match(r"\W{0,3}(?:\w+\W)?(?:prior|before|advance|notice|written)\b", after):
        return False
    around = text[max(0, length.start - 240) : length.end + 160]
    if _NO_QUALITY.search(around):
        return False
    if _ATTRIBUTE.match(after):
        told = _MENTIONED.search(before[-60:]) and not _MENDED.search(text)
        return not (told or _NOT_PROMISED.search(before[-90:]))
    if (named := _NAMED_PERIOD.search(before)) and not _OTHER.search(named.group()):
        return True
    if not (_FOR.search(before) or _COUNTED.match(after) or _LASTS.search(before[-60:])):
        return False
    return _promised(text, length, before, after)


_NOT_PROMISED = re.compile(
    r"\b(?:intends? to|permit\w* [^,;]{2,40} to|allow\w* [^,;]{2,40} to|may|wish(?:es)? to|elects? to)\s"
    r"(?:offer|provide|give|grant|extend|sell)\w*\s[^,;.]{0,30}$",
    re.IGNORECASE,
)
_MENTIONED = re.compile(
    r"\b(?:during|within|throughout|under|pursuant to|after|following|expir\w+ of|end of|in|part of) (?:the"
    r"|such|this"
    r"|that|said|its|any)\s?(?:[\w-]+\s){0,2}$",
    re.IGNORECASE,
)


_MENDED = re.compile(
    r"\b(?:shall|will|must|agrees? to)\b(?! not)[^.;]{0,80}?\b(?:repair|replace|correct|remedy|re-?perform"
    r"|make good)\b",
    re.IGNORECASE,
)
"""What the warranty makes somebody do; a warranty that is only mentioned makes nobody do it."""
_FREE = re.compile(
    r"\b(?:shall|will)\b[^.;]{0,60}?\b(?:provide|supply|furnish|repair|replace"
    r"|correct)\b[^.;]{0,60}?\b(?:without"
    r"(?: any| additional)? charge|free of charge|at no (?:additional )?(?:charge|cost))",
    re.IGNORECASE,
)
_FIXES = re.compile(
    r"\b(?:bug fixes|error corrections|fixes|patches|updates|corrections|repairs?|replacements?|replace"
    r"|correct"
    r"|defect\w*)\b",
    re.IGNORECASE,
)
_FOUND = re.compile(
    r"\bdefect\w*\b[^.;]{0,60}\b(?:discovered|found|detected|appears?|arises?|occurs?"
    r"|manifests?)\b[^.;]{0,50}$",
    re.IGNORECASE,
)
"""A defect that shows in that time; over months this is for how long quality is promised."""


def _is_long(length: Mention) -> bool:
    return isinstance(length, DurationMention) and (length.duration.months >= 3 or length.duration.days >= 90)


def _promised(text: str, length: Mention, before: str, after: str) -> bool:
    """ "warrants for 90 days that …", "defects that appear within a year of delivery will be repaired"."""
    counted = _COUNTED.match(after)
    starts = counted is not None and _start(counted["words"]) is not None
    limited = re.search(r"\b(?:within|in)\b[^;,]{0,30}$", before, re.IGNORECASE) is not None
    if _TELLS.search(before[-160:]):
        # A time to report defects is a warranty where it is long and runs from the delivery.
        return bool(starts and _is_long(length) and _SHOWS.search(before) and _MENDS.search(text))
    if limited:
        if starts and _FOUND.search(before[-120:]) and _is_long(length) and not _OTHER.search(before[-160:]):
            return True
        return bool(
            starts and _SHOWS.search(before) and _MENDS.search(text) and not _OTHER.search(before[-160:])
        )
    last = list(_WARRANTS.finditer(before))
    if last:
        between = before[last[-1].end() :]
        return (
            len(between) < 900
            and not _OTHER.search(between[-160:])
            and bool(re.search(_QUALITY, text, re.IGNORECASE) or _LASTS.search(before) or starts)
        )
    if (
        len(before) < 60
        and not _OTHER.search(before)
        and _WARRANTS.search(text[length.end : length.end + 260])
    ):
        return re.search(_QUALITY, text[length.end :], re.IGNORECASE) is not None
    if (
        starts
        and _is_long(length)
        and _FREE.search(after_all := text[length.end :])
        and _FIXES.search(after_all)
    ):
        return re.search(r"\bfor\b[^;,]{0,30}$", before, re.IGNORECASE) is not None
    return bool(
        starts
        and re.search(r"\bfor\b[^;,]{0,30}$", before, re.IGNORECASE)
        and not _OTHER.search(before)
        and re.search(r"\b(?:shall|will)\b[^;]{0,40}\b(?:conform|be free|remain free|perform in)", text)
    )


def _start(words: str) -> tuple[Literal["delivery", "acceptance", "completion", "event"], str] | None:
    """From what on the time runs: the start whose words come first."""
    places = [(m.start(), name) for name, pattern in _STARTS if (m := pattern.search(words))]
    if places and min(places)[0] < 60:
        return min(places)[1], ""
    event = re.search(
        r"\b(installation|commissioning|launch|production|manufactur\w+|go-?live|effective date"
        r"|commencement|activation|signing|closing|first use|end[- ]users?)\b",
        words,
        re.IGNORECASE,
    )
    return ("event", event.group().lower()) if event and event.start() < 60 else None


def _draft(context: Context, sentence: Sentence, length: DurationMention) -> Draft:
    text = sentence.text
    counted = _COUNTED.match(text[length.end : length.end + 130])
    start = _start(counted["words"]) if counted else None
    item = _item(text)
    told = next((d for d in context.durations(sentence) if d is not length and _is_told(text, d)), None)
    terms = Warranty(
        item=item,
        within=length.duration,
        starts=start[0] if start else None,
        event=start[1] or None if start else None,
        notice_within=told.duration if told else None,
        clock=("business" if told.business else "calendar") if told else None,
    )
    sketch = from_sentence(context, sentence, terms, length)
    sketch.key = (item or "").lower()
    sketch.debtor = context.roles.subject(sentence, length.start) or context.roles.provider
    return sketch.draft(context)


def _is_told(text: str, length: DurationMention) -> bool:
    """How soon a defect that was found has to be told."""
    before = text[max(0, length.start - 110) : length.start]
    return bool(
        re.search(
            r"\b(?:report|notif|tell|inform)\w*\b[^.;]{0,80}\bwithin\b[^.;,]{0,20}$", before, re.IGNORECASE
        )
    ) and bool(
        re.match(
            r"\W{0,3}(?:of|after|from)\b[^.;,]{0,40}\b(?:found|discover\w*|detect\w*|knowledge|aware)",
            text[length.end :],
        )
    )


def _item(text: str) -> str | None:
    found = _ITEM.search(text)
    if found is None:
        return None
    name = (found["item"] or found["direct"] or found["passive"]).strip()
    return (
        None
        if re.match(r"(?:it|they|this|that|there|he|she|its|for|upon|if|has|have)\b", name, re.IGNORECASE)
        else name
    )
