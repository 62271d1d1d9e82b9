"""Quantities that somebody has to reach although no word says "at least".

A firm purchase ("shall purchase 200 Pumps"), exposures that are promised ("will deliver 10,000 impressions"),
time that is devoted ("four days per month"), and a least quantity that is left to another place.
"""

import re
from collections.abc import Iterator

from extraction.clauses import MODAL, clause_at, in_condition, is_negated
from extraction.context import Context
from extraction.sentences import Sentence
from extraction.volumes import Volume

_BINDS = (
    r"(?:shall|will|must|(?:hereby )?(?:agrees?|commits?|undertakes?|covenants?|guarantees?) to"
    r"|(?:is|are|be) (?:\w+ )?(?:required|obliged|obligated|bound|committed) to)"
)
_BUY = r"(?:purchas\w+|buy|order|take|procure|acquire|sell)"
_FIRM = re.compile(
    rf"\b{_BINDS} (?:hereby |also |initially |\w+ly )?{_BUY}(?:"
    r" (?:and (?:pay for|take|accept|sell)|from|in|for|during"
    r"|an?|the|its|total|of|initial|additional|further|first|opening|order|each|every|calendar|contract"
    r"|month|quarter|year|[A-Z][\w.&'-]*),?){0,9} $"
)
_LISTS = re.compile(
    rf"\b{_BINDS} (?:\w+ ){{0,2}}?{_BUY}\b[^;]*(?:as follows|following(?: [\w-]+){{0,4}}|:)\W*$",
    re.IGNORECASE,
)
_OPENS_ITEM = re.compile(
    r"(?:^|, (?:an additional |a further |another )?|: )(?:\(?[\w.]{1,6}[.)]\s)?"
    r"(?:an additional |a further )?$"
)
_NOT_MORE = re.compile(
    r"\b(?:up to|no(?:t)? more than|(?:not|never) (?:to )?exceed\w*|maximum(?: of)?|most|fewer than"
    r"|less than"
    r"|first|next|every|each|per|than)\s(?:\w+\s)?$",
    re.IGNORECASE,
)
_EXPOSURE = re.compile(
    r"(?:impressions|click-?\s?throughs?|clicks|page-?\s?views|exposures|spots|insertions|placements"
    r"|banners"
    r"|mailings|e-?mails|newsletters|advertisements|announcements|visitors|registrations|leads"
    r"|circulation)$",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    rf"\b{_BINDS}\b[^.;]{{0,90}}?\b(?:deliver|provide|run|serve|display|guarantee|generate"
    r"|make available)\b[^.;]{0,70}$"
    r"|\bguarantee[sd]?\b[^.;]{0,90}$",
    re.IGNORECASE,
)

_EFFORTS = re.compile(r"\befforts\b|\bendeavou?rs?\b|\bexpects?\b|\btargets?\b", re.IGNORECASE)


def is_firm(sentence: Sentence, volume: Volume) -> bool:
    """Has the quantity to be bought, sold or shown as it stands, without "at least"?"""
    text, at = sentence.text, volume.place.start
    before = text[max(0, at - 170) : at]
    if volume.is_money or volume.unit.lower() in ("hours", "days") or _NOT_MORE.search(before):
        return False
    if volume.amount is not None and volume.amount < 2:
        return False
    if sentence.lead is not None and _LISTS.search(sentence.lead.text[-400:]):
        return bool(_OPENS_ITEM.search(text[sentence.body : at]))
    if in_condition(text, at):
        return False
    if is_negated(text, clause_at(text, at).start, at):
        return False
    if _EXPOSURE.search(volume.unit):
        return bool(_SHOWN.search(before)) and not _EFFORTS.search(before)
    return bool(_FIRM.search(before))


_CHAINED = re.compile(
    r"[^.;]{0,90}(?:,|;|\band\b)(?: and| then)?(?: at least| not less than| a minimum of| of)?"
    r"(?: \(?\w{1,3}\))? "
    r"(?:[A-Za-z -]{3,60}\()?$"
)
_OF_PERIOD = re.compile(
    r"[^.;,]{0,50}?(?:\b(?:year|month|quarter|thereafter|anniversary|annum)s?\b|/(?:year|month))",
    re.IGNORECASE,
)


def is_next(text: str, last: Volume, volume: Volume) -> bool:
    """Does the quantity go on with the one before: "$10,000 in the first year and $20,000 in the second"?"""
    if volume.unit != last.unit or not _OF_PERIOD.match(text, volume.place.end):
        return False
    between = text[last.place.end : volume.place.start]
    return bool(_CHAINED.fullmatch(between)) and bool(_OF_PERIOD.match(between))


_WORK = re.compile(
    r"\b(?:devot\w+|dedicat\w+|spend|work|(?:make|making) (?:\w+ ){1,3}?available|be available|contribut\w+"
    r"|perform(?:s|ing)?|render(?:s|ing)?"
    r"|provid(?:e|es|ing) (?:\w+ ){0,4}?(?:services|work|consult\w+|training))\b[^.;]{0,110}$",
    re.IGNORECASE,
)
_PER_PERIOD = re.compile(
    r"\W{0,2}(?:(?:of (?:\w+ ){1,3}|on average,? |on site )?(?:per|each|every|a|in each|in any"
    r"|during each)) "
    r"(?:calendar |contract |full )?(?:week|month|quarter|year)\b",
    re.IGNORECASE,
)


def work_time(context: Context, sentence: Sentence) -> Iterator[Volume]:
    """Days or hours of work that are promised for every week, month or year."""
    text = sentence.text
    for length in context.durations(sentence):
        if length.unit not in ("day", "hour") or not _PER_PERIOD.match(text, length.end):
            continue
        before = text[max(0, length.start - 170) : length.start]
        if not _WORK.search(before) or _NOT_MORE.search(before) or in_condition(text, length.start):
            continue
        clause = clause_at(text, length.start)
        if is_negated(text, clause.start, length.start) or not MODAL.search(text, 0, length.start):
            continue
        yield Volume(length, f"{length.unit}s", length.value)


_ELSEWHERE = re.compile(
    rf"\b(?:{_BINDS}|guarantees?(?: to)?)\b[^.;]{{0,60}}?\b(?:purchas\w+|buy|order|sell|meet|achieve"
    rf"|attain|pay"
    r"|deliver|provide|maintain|satisfy)\b[^.;]{0,50}?\b(?:minimum (?:[\w-]+ ){0,2}?(?:quantit(?:y|ies)"
    r"|volumes?"
    r"|purchases?|orders?|sales|amounts?|performance|requirements?|commitments?|royalt(?:y|ies)|quotas?)\b"
    r"|least quantit\w+|(?:sales|purchase|annual|quarterly) (?:quotas?|milestones?)\b(?! (?:payments?"
    r"|events?))"
    r"|impressions? totals?\b"
    r"|guaranteed (?:\w+ )?(?:impressions|quantit\w+|volumes?|purchases))"
    r"|\bexclusiv[^.;]{0,120}\bsubject to\b[^.;]{0,50}\bachiev\w+ the (?:\w+ )?(?:milestones?|quotas?"
    r"|targets?|minimum)",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:set (?:forth|out)|specified|listed|stated|shown|agreed|agree|described|provided)\b[^.;]{0,60}"
    r"\b(?:exhibit|schedule|annex|appendix|attachment|part(?:y|ies))\b",
    re.IGNORECASE,
)
_NO_QUANTITY = re.compile(
    r"\binsur\w+|\blimitation|\bfail\w*|\bnot (?:be )?(?:required|obliged|obligated)"
    r"|\bpurchase orders?\b|\bstandards?\b",
    re.IGNORECASE,
)


def left_elsewhere(sentence: Sentence) -> re.Match[str] | None:
    """ "shall purchase the minimum quantities that the parties agree": a firm promise without its figure."""
    text = sentence.text
    found = _ELSEWHERE.search(text)
    if found is None or in_condition(text, found.start()):
        return None
    if _NO_QUANTITY.search(text, max(0, found.start() - 150), found.end() + 90):
        return None
    return None if is_negated(text, max(0, found.start() - 60), found.end()) else found


def points_elsewhere(sentence: Sentence) -> bool:
    """Does the sentence say where the quantity stands or who will agree on it?"""
    return _PLACE.search(sentence.text) is not None
