"""Least quantities that orders set for themselves: the firm part of a forecast, the size of an order, what
was bought the year before, and what is missing from a minimum and has to be paid.

None of them needs a number: a promise whose figure is blacked out or follows from something else is a
`Volume` without an amount.
"""

import re
from collections.abc import Iterator

from extraction.clauses import in_condition, is_negated
from extraction.context import Context
from extraction.quantities import REDACTED, Mention
from extraction.redacted import redacted_percents
from extraction.sentences import Sentence
from extraction.volumes import Volume

_PLAN = (
    r"(?:forecasts?|projections?|(?:delivery|production|build|purchase|order|call-?off|rolling|supply"
    r"|procurement) (?:schedules?|plans?|estimates?))"
)
_BINDS = (
    r"(?:shall|will|must|is|are|be|being|becomes?|to)\s(?:(?:be|become|constitute|represent|form|create"
    r"|also|thereby|hereby|then|each|automatically|considered|deemed|treated|regarded|as|to|a|an|the"
    r"|legally|contractually|fully|irrevocably|unconditionally|mutually|Buyer's|Customer's|Purchaser's)\s)*"
    r"(?:binding|firm|non-?cancell?able|irrevocable|committed|fixed)\b"
    r"(?!\s(?:arbitration|pric\w+|fee|upon (?:the )?(?:parties'|successors)))"
)
_FIRM_FORECAST = re.compile(
    rf"\b{_PLAN}\b(?P<between>[^.;]{{0,170}}?)\b{_BINDS}"
    rf"|\b{_BINDS}[^.;]{{0,90}}?\b(?:part|portion|months?|quarters?|weeks?|days|%"
    rf"|per ?cent)\b[^.;]{{0,30}}?\bof"
    rf"\s(?:\w+\s){{0,3}}?{_PLAN}\b",
    re.IGNORECASE,
)
_UNFIRM = re.compile(
    r"\bnon-?\s?binding\b|\b(?:not|never|neither|nor|no longer|without)\b[^,;]{0,40}$|\bif\b|\bunless\b"
    r"|\buntil\b"
    r"|\bestimates? only\b|\bnon-\W?$|\bwhich will then\b|\borders?\b[^,;]{0,60}\b(?:exceed\w*"
    r"|within)\b[^,;]*$",
    re.IGNORECASE,
)


def firm_forecasts(context: Context, sentence: Sentence) -> Iterator[Volume]:
    """ "The first three months of each forecast shall be binding": what is forecast has to be bought."""
    lower = sentence.lower
    if not any(word in lower for word in ("binding", "firm", "cancel", "irrevocab", "committed", "fixed")):
        return
    text = sentence.text
    for match in _FIRM_FORECAST.finditer(text):
        start = max(0, match.start() - 110, text.rfind(". ", 0, match.start()) + 1)
        if _UNFIRM.search(match["between"] or "") or in_condition(text, match.start()):
            continue
        if _UNFIRM.search(text[max(start, match.start() - 90) : match.start()]):
            continue
        share = next((m for m in context.percents(sentence) if start <= m.start < match.end()), None)
        place = Mention(match.start(), match.end(), match.group())
        gap = any(start <= g.start < match.end() for g in redacted_percents(text))
        if share is not None and re.match(r"\W{0,3}of\b", text[share.end :]):
            yield Volume(share, "percent", share.value)
        else:
            yield Volume(place, "percent" if gap else "")
        return


_AS_BEFORE = re.compile(
    r"\b(?:not|no|never|neither) (?:be )?(?:less|lower|fewer|smaller|below) (?:than )?(?:that "
    r"|those )?(?:of |in |for "
    r"|the |its |their |such |a |an |\d+ ?% of )*(?:[\w-]+ ){0,6}?"
    r"(?:previous|prior|preceding|last|earlier|foregoing)(?: \w+)? (?:year|quarter|month|season)s?\b",
    re.IGNORECASE,
)
_BOUGHT = re.compile(
    r"\b(?:purchas\w+|orders?|ordered|buys?|bought|sales|sold|volumes?|quantit(?:y|ies)|royalt(?:y|ies)"
    r"|spend(?:ing)?|turnover|revenues?)\b",
    re.IGNORECASE,
)
_PRICED = re.compile(r"\bpric\w+|\bfees?\b|\bsalar|\binsur|\brates?\b|\bservice levels?\b", re.IGNORECASE)


def as_before(sentence: Sentence) -> Iterator[Volume]:
    """ "purchases shall not be less than those of the preceding year": a least quantity told by another."""
    if "than" not in sentence.lower and "below" not in sentence.lower:
        return
    text = sentence.text
    for match in _AS_BEFORE.finditer(text):
        near = text[max(0, match.start() - 130) : match.end()]
        if _BOUGHT.search(near) and not _PRICED.search(near) and not in_condition(text, match.start()):
            yield Volume(Mention(match.start(), match.end(), match.group()), "")
            return


_LACKS = re.compile(
    r"\b(?:fail\w*|(?:do|does|did|has|have|is|are) not|falls? (?:short|below)|(?:is|are|be|was|were) (?:less"
    r"|lower"
    r"|fewer|below)|less than|under|short of|event of (?:a|any) (?:shortfall|deficiency))\b",
    re.IGNORECASE,
)
_LEAST_OF = re.compile(
    r"\b(?:minimums?|MOQ|guarante\w+|commit(?:ted|ments?)|quotas?|targets?|take[- ]or[- ]pay"
    r"|royalt(?:y|ies)|required (?:quantit\w+|volumes?|purchases?|amounts?)|aggregate (?:value|quantity"
    r"|volume))\b",
    re.IGNORECASE,
)
_MAKES_UP = re.compile(
    r"\b(?:shall|will|must|agrees? to|(?:is|are|be) (?:required|obligated|obliged) to)\b[^.;]{0,60}?"
    r"\b(?:pay|reimburse|remit|make up|compensate|true[- ]up|make good|purchase|buy|deliver|provide|credit"
    r"|invoice[sd]?)"
    r"\b[^.;]{0,90}?\b(?:shortfall|deficiency|deficit|short[- ]?age|difference|shortage|undelivered"
    r"|unpurchased"
    r"|remaining (?:quantit\w+|impressions|balance))\b",
    re.IGNORECASE,
)
_OTHER_SHORTFALL = re.compile(
    r"\baudit\w*|\binspect\w+|\bunder-?(?:pa\w+|stat\w+|report\w+)|\bexamin\w+|\bliquidation|\binsur\w+"
    r"|\bescrow"
    r"|\bservice levels?\b|\breserve\b|\btax(?:es)?\b|\bexchange rate|\breconcil\w+",
    re.IGNORECASE,
)


def shortfalls(sentence: Sentence) -> Iterator[Volume]:
    """ "If purchases are less than the minimum, the Buyer shall pay the difference": the minimum is owed."""
    lower = sentence.lower
    if not any(word in lower for word in ("short", "defici", "difference", "remaining", "un")):
        return
    text = sentence.text
    made = _MAKES_UP.search(text)
    if made is None or _OTHER_SHORTFALL.search(text) or is_negated(text, made.start(), made.end()):
        return
    around = f"{text[max(0, made.start() - 300) : made.start()]} {text[made.end() : made.end() + 160]}"
    if _LACKS.search(around) and _LEAST_OF.search(text):
        yield Volume(Mention(made.start(), made.end(), made.group()), "")


_ORDER_SIZE = re.compile(
    r"\b(?:orders?|ordered|lots?|shipments?|batch(?:es)?|purchases?|releases?)\b[^.;]{0,120}?"
    r"\b(?:shall|must|will|is|are|be)\b[^.;]{0,60}?\b(?:(?:equal to or|equals? or) (?:greater|more|exceed\w*"
    r"|larger)"
    r"(?: than)?|(?:greater|more|larger) than or equal to|in (?:minimum |whole )?(?:quantities|lots|batches"
    r"|increments"
    r"|multiples) of(?: at least| not less than)?|at least|(?:not|no) (?:less|smaller|fewer) than"
    rf"|a minimum of)\s(?P<gap>{REDACTED})"
    r"(?!\s?(?:%|days?|months?|business|calendar|weeks?|hours?|years?|prior|before|after|in advance"
    r"|following|of lead|\())",
    re.IGNORECASE,
)


def order_sizes(sentence: Sentence) -> Iterator[Volume]:
    """ "Each order shall be for at least [***]": the least size of an order, its figure blacked out."""
    if "*" not in sentence.text and "_" not in sentence.text:
        return
    for match in _ORDER_SIZE.finditer(sentence.text):
        at, end = match.span("gap")
        if not in_condition(sentence.text, at):
            yield Volume(Mention(at, end, match["gap"]), "")
