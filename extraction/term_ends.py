"""Ends of a term told by a length: "ends three years thereafter", "until the fifth anniversary".

Flat text in, mentions with flat indices out. Here the words themselves say that something ends; whose end it
is, the reader of the term decides.
"""

import re
from decimal import Decimal

from extraction.quantities import (
    NUMBER_WORDS,
    ORDINAL,
    DurationMention,
    durations,
    number_value,
    ordinal_value,
)

_ENDS = (
    r"\b(?:until|through|thru|till|up to|ends?|ending|expir(?:es?|ing|ation)|terminat(?:es?|ing)"
    r"|conclud(?:es?|ing)|for the (?:longer|shorter|greater|lesser) of"
    r"|continu(?:es?|ing) to|runs? to|(?:end|expiry|expiration|termination) date)\b"
)
_OTHER = re.compile(
    r"\b(?:notic\w+|notif\w+|renew\w*|extend(?:s|ed|ing)?|extension|thereafter|default|breach\w*|cure\w*"
    r"|surviv\w+|insolven\w+|unless|at least|not less than|fails?|ha(?:s|ve) not|within)\b",
    re.IGNORECASE,
)
"""Words between the end and its length that give the length to something else."""
OWN_DATE = (
    r"(?:the |such |said |this |its |that )?(?:(?:initial |original |first )?(?:[\w-]+ ){0,2}?(?:effective"
    r"|commencement|start|starting|execution|agreement|contract|signing|signature|closing|launch|term"
    r"|beginning|service)(?:'s)? (?:date|commencement)\b|(?:start|beginning|commencement|execution"
    r"|signing|signature|effectiveness) (?:hereof|thereof|of (?:this|the|such)\b)|date (?:hereof|thereof"
    r"|of (?:this|the (?:agreement|contract)|its|execution|signature|signing|such)|first (?:above "
    r"|hereinabove )?written|(?:stated |set forth |indicated |written )above|(?:up)?on which this)|date\b"
    r"|hereof\b)"
)
"""The day a contract of itself counts from; a length that counts from it outlives nothing."""
_COUNTED = re.compile(
    rf"\W{{0,2}}(?:thereafter|later|hence|therefrom|hereafter|(?:\w+ ){{0,2}}?(?:after|from and after|from"
    rf"|following|as of|as from|of) {OWN_DATE})",
    re.IGNORECASE,
)
_FROM_OWN = re.compile(
    rf"\W{{0,2}}(?:period )?(?:commencing |beginning |starting |running |counted )?(?:from and after|after"
    rf"|from|following|as from|as of|on|upon|with) {OWN_DATE}",
    re.IGNORECASE,
)
_NTH = rf"(?P<nth>{ORDINAL}|\d{{1,2}}\s?(?:s\s?t|n\s?d|r\s?d|t\s?h))(?:\s?\(\s?\w{{1,6}}\s?\w{{0,2}}\s?\))?"
_ANNIVERSARY = re.compile(
    rf"(?:{_NTH}[\s-]?(?:year(?:'s)?[\s-])?|(?P<years>\d{{1,2}}|{NUMBER_WORDS})(?:\s?\(\d{{1,2}}\))?[\s-]"
    rf"years?[\s-])(?:annual )?anniversary(?: date)?\b"
    rf"(?=\W*(?:$|[.,;)]|(?:of|from|after) {OWN_DATE}|of this|thereof|hereof|and|or|unless|\(the))",
    re.IGNORECASE,
)
_NTH_MONTH = re.compile(
    rf"\b(?:last day|end|close|conclusion|expir\w+) of the {_NTH} (?:full |consecutive |calendar )*"
    rf"(?P<unit>month|year) (?:after|following|from)\b",
    re.IGNORECASE,
)


def told_end(text: str, *, lead: bool = False) -> DurationMention | None:
    """The length of a term whose end a sentence tells; `lead` when words before a list say that it ends."""
    for length in durations(text):
        if (
            length.unit in ("month", "year")
            and _ended(text[: length.start], lead)
            and (
                _COUNTED.match(text, length.end)
                or re.search(r"\bexpiration of (?:the )?$", text[: length.start])
            )
        ):
            return length
    for found in (*_ANNIVERSARY.finditer(text), *_NTH_MONTH.finditer(text)):
        if _ended(text[: found.start()], lead) and (count := _count(found)):
            unit = found.groupdict().get("unit") or "year"
            return DurationMention(
                found.start(), found.end(), found.group(), value=Decimal(count), unit=unit.lower()
            )
    return None


def from_own_date(text: str, at: int) -> bool:
    """Is a length that ends at `at` counted from the date of the contract itself?"""
    return bool(_FROM_OWN.match(text, at))


def _count(found: re.Match[str]) -> int | None:
    if found["nth"]:
        return ordinal_value(re.sub(r"(?<=\d)\s|(?<=\d[a-z])\s", "", found["nth"]))
    years = number_value(found["years"])
    return int(years) if years else None


def _ended(before: str, lead: bool) -> bool:
    """Do the words before a length say that it is an end, and of nothing but the term?"""
    last = next(iter(reversed(list(re.finditer(_ENDS, before[-200:], re.IGNORECASE)))), None)
    if last is None:
        return lead and len(before) < 40
    return not _OTHER.search(before[-200:][last.end() :])
