"""Notices of the agreement's own life: lengths of notice, and whether sending or receipt counts."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from extraction.context import Context
from extraction.patterns import search
from extraction.quantities import NUMBER_WORDS, DurationMention, number_value
from extraction.sentences import Sentence

Effect = Literal["dispatch", "receipt"] | None

_UNITLESS = re.compile(
    rf"\b(?P<n>{NUMBER_WORDS})\s?\(\s?(?P<again>\d{{1,3}})\s?\)\s(?=(?:prior |advance )?written notice)"
    rf"|(?<=less than )(?P<bare>\d{{2,3}}) (?=prior to (?:the|its|any) (?:\w+ ){{0,2}}(?:end|expir))",
    re.IGNORECASE,
)
_EFFECTIVE = re.compile(
    r"\bnotices?\b[^.;]{0,160}\b(?:effective|deemed (?:to (?:be|have been) )?(?:given|received|served"
    r"|delivered|made)|deemed given|takes? effect|valid|counts?|in time|timely|sufficient|decisive"
    r"|relevant|observed|kept|met)\b[^.;]{0,120}",
    re.IGNORECASE,
)


def unitless(text: str) -> Iterator[DurationMention]:
    """ "sixty (60) written notice", where the word for days was lost."""
    if "otice" not in text and "OTICE" not in text and "prior to" not in text.lower():
        return
    for match in _UNITLESS.finditer(text):
        value = number_value(match["again"] or match["bare"])
        if value:
            yield DurationMention(
                match.start(), match.end(), match.group().strip(), value=Decimal(value), unit="day"
            )


def effect_of_notice(context: Context, own: Sentence) -> tuple[Effect, Sentence | None]:
    """Whether sending or receipt counts: in the clause itself, else in the clause on notices."""
    if search(
        r"\b(?:must|shall|has to|have to|be) (?:be |have been |have )?(?:received?|reach(?:ed)?)\b"
        r"|\bnotice\b[^.;]{0,40}\b(?:is|was|has been) received\b|\breceives?\b[^.;]{0,40}\bnotice"
        r"|\breceipt of (?:such |the )?notice",
        own.text,
    ):
        return "receipt", None
    if search(
        r"\b(?:sent|dispatched|posted|mailed)\b[^.;]{0,60}\b(?:at least|not less|no later|before)",
        own.text,
    ):
        return "dispatch", None
    return context.once("effect of notices", lambda: _effect_of_notices(context))


def _effect_of_notices(context: Context) -> tuple[Effect, Sentence | None]:
    """The clause on notices, and whether it lets sending or receipt count."""
    for sentence in context.prose():
        match = _EFFECTIVE.search(sentence.text)
        if not match or search(r"\btermination (?:is|shall be) effective\b", match.group()):
            continue
        words = match.group()
        receipt = search(
            r"\b(?:up)?on (?:\w+ )?receipt|\bwhen (?:\w+ )?received|\breceived\b|\breceipt\b"
            r"|\bnotices? delivered\b",
            words,
        )
        dispatch = search(
            r"\b(?:when|upon|on|by) (?:\w+ )?(?:sent|sending|dispatch\w*|posted|posting|mailed"
            r"|mailing)\b|\bdispatch (?:is|shall)|\bdate (?:of|it is|on which it is) (?:sen[dt]\w*"
            r"|dispatch\w*|mail\w*)",
            words,
        )
        if receipt and not dispatch:
            return "receipt", sentence
        if dispatch and not receipt:
            return "dispatch", sentence
    return None, None
