"""Times for paying that run from the end of a period: "on the first business day after each month ends",
"on the last day of each quarter", "during the following month"."""

import re
from collections.abc import Iterator
from decimal import Decimal

from extraction import patterns
from extraction.actions import governing
from extraction.clauses import Clause, clause_at, is_failure
from extraction.payment_starts import Due
from extraction.quantities import ORDINAL, DurationMention, Mention, ordinal_value
from extraction.sentences import Sentence

AFTER_END = re.compile(
    rf"\b(?P<n>{ORDINAL})\s?(?:\(\s?\d{{1,2}}(?:st|nd|rd|th)?\s?\)\s?)?(?P<business>business |working )?"
    rf"(?:calendar )?days?\s(?:after|following|of|from|subsequent to)\s(?:the\s)?(?:end|close|last day)\sof\s"
    rf"(?:the\s|each\s|every\s|any\s|such\s|a\s)*(?:[\w-]+\s){{0,3}}?(?:month|quarter|year|period|week)s?\b",
    re.IGNORECASE,
)
_PERIOD_END = re.compile(
    r"\b(?:on or (?:before|prior to|about|around)|not? later th[ae]n|by|before|on|at"
    r"|prior to)\s(?:or before\s)?the\s"
    r"(?:last\s(?:business\s|working\s|calendar\s)?day|end)\sof\s(?:each|every|such|the|that)\s(?:such\s"
    r"|calendar\s|fiscal\s|contract\s)*(?:month|quarter|week|year)\b(?! of the term)",
    re.IGNORECASE,
)
_NEXT_PERIOD = re.compile(
    r"\b(?:during|in|within)\sthe\s(?:calendar\s|immediately\s)*(?:following|next|succeeding|subsequent)\s"
    r"(?:calendar\s|fiscal\s)?(?P<unit>month|quarter)\b(?! (?:of|in|after))",
    re.IGNORECASE,
)
_BEGINNING = re.compile(
    r"\b(?:at|on|by|before)\s(?:or before\s)?the\s(?:beginning|start|commencement)\sof\s(?:each|every|the"
    r"|such)\s(?:such\s|calendar\s|fiscal\s|contract\s|applicable\s|relevant\s)*(?:month|quarter)\b",
    re.IGNORECASE,
)
_NEXT_DAY = re.compile(
    r"\b(?:on|by|within|not? later th[ae]n|on or before)\s(?:the\s"
    r"|one\s)?(?:close of business on\s)?(?:the\s)?"
    r"(?:next|following|first|immediately following|next following|next succeeding)\s"
    r"(?:business|banking|working)\sday\b(?! (?:of|after|following|in)\b)",
    re.IGNORECASE,
)
NO_PAYDAY = (
    r"\b(?:deliver\w*|reports?|notice|terminat\w+|ship\w*|exercis\w+|issued|dated|effective|begin\w*"
    r"|expir\w+|end(?:s|ing|ed)?"
    r"|commenc\w+|options?|record)\b[^.;,]{0,60}$"
)


def dues_at_period_ends(sentence: Sentence) -> Iterator[Due]:
    """ "on the first business day after the end of each month", "on the last day of each month", "during the
    following month": times that run from the end of a period."""
    text = sentence.text
    for pattern in (AFTER_END, _PERIOD_END, _NEXT_PERIOD, _BEGINNING, _NEXT_DAY):
        for match in pattern.finditer(text):
            place = Mention(match.start(), match.end(), match.group())
            clause = clause_at(text, match.start())
            if not _pays_then(sentence, clause, place):
                continue
            due = Due(sentence, place, clause, starts="period_end")
            if pattern is AFTER_END:
                number = ordinal_value(match["n"].replace(" ", ""))
                if number is None or number < 1:
                    continue
                due.length = spelled(place, number, "day", business=bool(match["business"]))
            elif pattern is _BEGINNING:
                due.day, due.starts = 1, None
            elif pattern is _NEXT_DAY:
                if patterns.search(r"\b(?:not an?|is no|other than an?|holiday|weekend|Saturday)\b", text):
                    continue
                due.length, due.starts = spelled(place, 1, "day", business=True), "other"
            elif pattern is _NEXT_PERIOD:
                due.length = spelled(place, 1, match["unit"].lower(), business=False)
            yield due


def spelled(place: Mention, value: int, unit: str, *, business: bool) -> DurationMention:
    """A length of time that the text gives by an ordinal or by naming the next period."""
    named = f"business {unit}" if business else ""
    return DurationMention(
        place.start, place.end, place.text, value=Decimal(value), unit=unit, business=business,
        calendar_name=named,
    )  # fmt: skip


def _pays_then(sentence: Sentence, clause: Clause, place: Mention) -> bool:
    """Is paying what is done at that time: said right before it, or right after it ("on …, X shall pay")?"""
    text = sentence.text
    before = text[max(clause.start, place.start - 150) : place.start]
    after = text[place.end : min(clause.end, place.end + 120)]
    if is_failure(text, place.start) or patterns.search(NO_PAYDAY, before[-60:]):
        return False
    owed = patterns.search(
        r"\b(?:shall|will|must|is|are|agrees to|be|and)\s(?:\w+\s){0,3}?(?:pay|paid|payable|due|remit"
        r"|reimburse)\b(?! diligence)|\bpayable\b|\bpayments?\b[^.;,]{0,40}\b(?:made|due)\b",
        before,
    )
    if patterns.match(r"[^.,;]{0,40}?\s(?:is|are|shall|will)\b", after) and patterns.search(
        r"\b(?:payable|due|paid)(?: by (?:the )?\w+)?(?: to (?:the )?\w+)?\s$", before
    ):
        return bool(
            patterns.search(r"\b(?:is|are|be|become|becomes)\s(?:\w+\s){0,2}(?:payable|due|paid)\b", before)
        )
    if owed is not None:
        if patterns.search(
            r"\b(?:publish\w*|rates?|quot\w+|determin\w+|calculat\w+)\b", before[owed.end() :]
        ):
            return False
        action = governing(sentence, place)
        return action is None or action.name in ("pay", "last")
    return bool(
        patterns.match(r"[^.;]{0,60}\b(?:shall|will|must|agrees to)\s(?:\w+\s){0,2}?(?:pay|remit)\b", after)
    )
