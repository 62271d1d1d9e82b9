"""Shares that a formula or a division states: "multiplied by 5%", "shared as follows: 40% A, 60% B"."""

import re
from collections.abc import Iterator

from extraction import patterns
from extraction.quantities import REDACTED, Mention

_FACTOR = re.compile(
    r"\b(?:multipl(?:ied|ying)(?: it| them)? by|(?:the )?product of|times)[\s:]*(?:\([A-Za-z\d]{1,3}\)\s)?"
    r"(?:(?:an?|the)\s)?(?:annual\s|monthly\s)?(?:rate of\s|percentage of\s)?\W?$",
    re.IGNORECASE,
)
_MULTIPLIED = re.compile(
    r"\b(?:revenues?|net sales|gross sales|gross (?:margin|profit)|profits?|proceeds|receipts"
    r"|(?:daily|net) assets|receivables? balances?|commissionable|premiums?|gross margin per)\b",
    re.IGNORECASE,
)
_OWED = re.compile(
    r"\b(?:fees?|royalt\w+|commissions?|payments?|paid|payable|compensation"
    r"|revenue[- ]shar\w+|share)\b",
    re.IGNORECASE,
)
_NO_FACTOR = re.compile(
    r"\b(?:interest|credits?|discount|tax(?:es)?|shares of|downtime|availab\w+|liquidated|refund\w*"
    r"|fraction"
    r" of \w+ downtime)\b",
    re.IGNORECASE,
)


def is_factor(text: str, place: Mention, about: str) -> bool:
    """Is the figure what a base is multiplied by, to give a fee or a share? `about` is said above it."""
    before = text[max(0, place.start - 60) : place.start]
    if not _FACTOR.search(before) or patterns.match(r"\s?\)?\s?interest\b", text[place.end :]):
        return False
    if place.text.startswith("100") or "(100" in place.text:
        return False
    near = text[max(0, place.start - 260) : place.end + 130]
    if _NO_FACTOR.search(near) or not _MULTIPLIED.search(near):
        return False
    return bool(_OWED.search(text) or _OWED.search(about)) or "assets" in near.lower()


_DIVIDED = re.compile(
    r"\b(?:shared|split|divided|allocated|distributed|apportioned)\b[^.;%]{0,60}"
    r"\b(?:as follows|follow\w*)\b[^.;]{0,90}$",
    re.IGNORECASE,
)
_SUCH_AMOUNT = re.compile(
    r"\s?\)?\s(?:[^.;%]{0,80}\.,[^.;%]{0,40}\s)?of such (?:amount|excess|sum|difference)\b", re.IGNORECASE
)


def is_part(text: str, place: Mention) -> bool:
    """Is the figure one side's part of money that is divided ("proceeds shared as follows: 30% A, 70% B")?"""
    before, after = text[max(0, place.start - 170) : place.start], text[place.end : place.end + 90]
    divided = _DIVIDED.search(before)
    if divided is not None and re.match(r"\s?\)?\s?(?:to |for )?(?:the )?[A-Z]", after):
        return bool(
            patterns.search(
                r"\b(?:proceeds|revenues?|profits?|income|sales|receipts|earnings|margin)\b", before
            )
        )
    return bool(
        patterns.search(r"\b(?:shall|will|must) pay (?:an? )?$", before) and _SUCH_AMOUNT.match(after)
    )


_POINTS = re.compile(
    rf"{REDACTED}(?:\s?\(\s?{REDACTED}\s?(?=basis))?\s?\(?\s?(?:{REDACTED}\s)?basis points\b", re.IGNORECASE
)


def redacted_points(text: str) -> Iterator[Mention]:
    """Rates in basis points whose figure is blacked out or left open ("[ ] basis points")."""
    if "basis points" in text:
        for match in _POINTS.finditer(text):
            yield Mention(match.start(), match.end(), match.group())


_PLACE = r"(?:exhibit|schedule|annex|appendix|attachment)s? [\dA-Z\"'“(]"
_SHARE = (
    r"(?:royalt(?:y|ies)(?: (?:rates?|payments?|fees?))?|commissions?(?: rates?)?|revenue[- ]shar(?:es?"
    r"|ing)(?: \w+)?"
    r"|shares? of (?:the )?(?:\w+ )?(?:revenues?|profits?|proceeds|income)"
    r"|percentages? of (?:the |its )?(?:\w+ ){0,2}(?:revenues?|sales|profits?|proceeds|receipts))"
)
_ELSEWHERE = re.compile(
    rf"\b(?:pays?|paid|payable|receives?|remit|entitled to|earns?"
    rf"|retains?)\b[^.;]{{0,70}}?\b{_SHARE}\b[^.;]{{0,70}}?"
    r"\b(?:set (?:forth|out)|specified|stated|stipulated|provided|described|listed|shown|indicated"
    r"|calculated"
    rf"|determined|according to|in accordance with|based on|pursuant to)\b[^.;]{{0,60}}?\b{_PLACE}"
    rf"|^\W*(?:\(?[\w.]{{1,6}}\)? )?(?:The|Each|Such|All) (?:\w+ )?{_SHARE}\b[^.;,]{{0,60}}?"
    r" (?:is|are|shall be|will be) (?:as )?(?:set (?:forth|out)|specified|stated|stipulated|described"
    r"|listed|shown)"
    rf" (?:in|on) [^.;]{{0,30}}?{_PLACE}",
    re.IGNORECASE,
)
_NOT_OWED = re.compile(
    r"\b(?:no|not|without|minimum|continues? to pay)\b (?:[\w-]+ ){0,4}?(?:royalt|commission|share"
    r"|revenue|entitled)",
    re.IGNORECASE,
)


def stated_elsewhere(text: str) -> bool:
    """Is a royalty or commission owed whose share an exhibit or schedule states?"""
    lower = text.lower()
    if not any(word in lower for word in ("royalt", "commission", "shar", "percentage")):
        return False
    if not any(word in lower for word in ("exhibit", "schedule", "annex", "appendix", "attachment")):
        return False
    return _ELSEWHERE.search(text) is not None and not _NOT_OWED.search(text)
