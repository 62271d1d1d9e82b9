"""Limits in time whose figure is blacked out: "within [***] days", "no later than [***] after".

Lengths of a notice or a term, which no preposition announces, are in `redacted.redacted_lengths`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from extraction.quantities import REDACTED, Mention
from extraction.redacted import has_gap

_FIGURE = rf"(?:{REDACTED}|\[\W{{0,3}}\*+\W{{0,3}}\])"
_UNIT = r"(?:(?:business|working|calendar|consecutive|full)\s)?(?:days?|weeks?|months?|hours?|minutes?)"
_LIMIT = (
    r"(?:with ?in|(?:no|not|any) (?:event )?(?:later|more|longer) than|(?:not|never) (?:to )?exceed(?:ing)?"
    r"|beyond|in (?:under|less than)|less than|up to|at most|at the latest|at least|on or before"
    r"|on or prior to|by(?! the)|prior to)"
)
_GAP = re.compile(
    rf"\b{_LIMIT}\s(?:the |a |an |next |first |approximately |about |period of |maximum of |of |up to )*"
    rf"(?P<gap>{_FIGURE}(?:\s?\(?{_FIGURE}\)?){{0,2}}(?P<unit>\s?{_UNIT}\b)?)"
    r"(?=(?P<after>\s?\([^()]{0,30}\))?\s(?:after|from|following|upon|prior to|before|thereafter|or|unless"
    r"|of (?!the (?:total|units?|quantit|amount|price|volume|forecast|value|products?|orders?)"
    r"|such (?:units?|quant)"
    r"|its (?:annual|total|net|gross)))|[.,;)]|$)"
    rf"|\bwith\s(?P<bare>{_FIGURE})(?=\s(?:after|following)\s)"
    rf"|(?P<named>{_FIGURE}(?:\s?\(?{_FIGURE}\)?){{0,2}}\s?{_UNIT})\b",
    re.IGNORECASE,
)


def redacted_limits(text: str) -> tuple[Mention, ...]:
    """Every length of time of the text that is blacked out, with its unit where it has one."""
    return _limits(text) if has_gap(text) else ()


@lru_cache(maxsize=2_000)
def _limits(text: str) -> tuple[Mention, ...]:
    return tuple(_found(text))


def _found(text: str) -> Iterator[Mention]:
    for match in _GAP.finditer(text):
        name = next(n for n in ("gap", "bare", "named") if match[n])
        yield Mention(match.start(name), match.end(name), match[name])
