"""Percentages, lengths of time and amounts whose figure is blacked out ("[***] percent", "$[***]")."""

import re
from collections.abc import Iterator

from extraction.quantities import (
    CURRENCY_CODE,
    CURRENCY_NAME,
    CURRENCY_SIGN,
    REDACTED,
    Mention,
    names_money,
    redacted_durations,
)

_REDACTED_PERCENT = re.compile(
    rf"(?:{REDACTED}|\[\s*[●%]+\s*\]|\bX{{2,3}}|\*+)\s?(?:\(\s?)?(?:%|percent\b|per\s?cent\b)"
    rf"(?:\s?\(\s?(?:{REDACTED}|\*+)\s?%?\s?\)(?:\s?%)?)?",
    re.IGNORECASE,
)


def redacted_percents(text: str) -> Iterator[Mention]:
    """Percentages whose figure is blacked out ("[***] percent ([***]%)")."""
    if "%" in text or "cent" in text.lower():
        for match in _REDACTED_PERCENT.finditer(text):
            yield Mention(match.start(), match.end(), match.group())


def has_gap(text: str) -> bool:
    """A cheap look before any pattern of redacted figures."""
    return "*" in text or "_" in text or "[" in text or "XXX" in text


_BARE_LENGTH = re.compile(
    rf"(?<![$€£%])(?P<gap>{REDACTED}(?:\s?\(\s?{REDACTED}\s?\))?)(?:'s?)?(?=\s(?:(?:prior|advance|previous"
    rf"|written|formal|full|or more|calendar|business|working)\s){{0,4}}(?:notice|notification|period|terms?"
    rf"|prior|before|after|following|from|of|in advance|to (?:\w+ )?(?:cure|remedy|correct|rectify)"
    rf"|thereafter|extensions?|renewals?)\b)",
    re.IGNORECASE,
)


def redacted_lengths(text: str) -> Iterator[Mention]:
    """Lengths of time blacked out with or without their unit ("upon [***] prior notice").

    Without a unit only the words around it tell a length from another figure: the caller must look at them.
    """
    if not has_gap(text):
        return
    seen: set[int] = set()
    for mention in redacted_durations(text):
        seen.add(mention.start)
        yield mention
    for match in _BARE_LENGTH.finditer(text):
        if match.start("gap") not in seen:
            yield Mention(match.start("gap"), match.end("gap"), match["gap"])


_REDACTED_MONEY = re.compile(
    rf"(?P<before>(?<![A-Za-z])(?:{CURRENCY_CODE}\s?{CURRENCY_SIGN}|{CURRENCY_SIGN}"
    rf"|{CURRENCY_CODE}))\s?(?:{REDACTED}|\*+|_{{2,}})"
    rf"(?:\s?(?:million|thousand|billion)\b)?|"
    rf"{REDACTED}\s(?:million\s|thousand\s)?(?:\(\s?{CURRENCY_SIGN}?\s?{REDACTED}\s?\)\s)?(?P<after>{CURRENCY_NAME})\b"
    rf"(?:\s?\(\s?{CURRENCY_SIGN}\s?{REDACTED}\s?\))?",
    re.IGNORECASE,
)


def redacted_money(text: str) -> Iterator[Mention]:
    """Amounts whose figure is blacked out ("$[***]")."""
    if has_gap(text) and names_money(text):
        for match in _REDACTED_MONEY.finditer(text):
            yield Mention(match.start(), match.end(), match.group())
