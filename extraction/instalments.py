"""Instalments: equal parts of a price with the days they fall due, and parts told by their order.

"In four instalments of $500 on March 1, June 1, September 1 and December 1, 2024" names one amount and a
list of days; "the second instalment is due upon delivery" names an event and leaves the amount to the words
before. Each part is a payment of its own, and a price that is only cut into parts is not owed on top.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from extraction import patterns
from extraction.dates import dates
from extraction.quantities import REDACTED, Mention
from extraction.sentences import Sentence

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_DAY = re.compile(
    rf"\b(?P<month>{'|'.join(_MONTHS)})\b(?:\s(?P<day>\d{{1,2}})(?!\d)(?:st|nd|rd|th)?)?(?:,?\s(?P<year>\d{{4}}))?"
    r"|\b(?P<figures>\d{1,2}/\d{1,2}/\d{2,4})\b",
    re.IGNORECASE,
)
_REACH = 300
_SEVERAL = 3
"""From so many days on each is told as a payment of its own."""


@dataclass(frozen=True)
class ListedDay:
    """One day of a list as it is printed; `day` where its year is known, `dated` where a year is printed."""

    words: str
    day: date | None
    dated: bool


def listed_days(text: str, place: Mention, *, month_first: bool) -> list[ListedDay]:
    """The days listed after an amount; one without a year is in the year of the next that prints one."""
    after = re.split(r"[;$€£]|\.\s(?=[A-Z])", text[place.end : place.end + _REACH])[0]
    found = list(_DAY.finditer(after))
    first_of = re.search(r"\bfirst day of\b", after) is not None
    days: list[ListedDay] = []
    for number, match in enumerate(found):
        if match["figures"]:
            read = next(iter(dates(match["figures"], month_first=month_first)), None)
            days.append(ListedDay(match.group(), read.day if read else None, True))
            continue
        nearest = [m["year"] for m in [*found[number:], *reversed(found[:number])] if m["year"]]
        day = match["day"] or ("1" if first_of else None)
        known = _day(nearest[0], match["month"], day) if nearest and day else None
        days.append(ListedDay(match.group(), known, match["year"] is not None))
    return days


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), _MONTHS.index(month.lower()) + 1, int(day))
    except ValueError:
        return None


PART_OF = re.compile(
    r"\b(?:instal+ments?|payments) (?:of|in the amount of)(?: \(?[\w ]{0,20})?$", re.IGNORECASE
)


_ON_DAYS = re.compile(
    rf"[\s)]*(?:\([^()]{{3,80}}\) ?)?(?:each ?)?(?:(?:due|payable|to be paid|paid) )?(?:on|by)"
    rf"(?: or before| each of)? (?={'|'.join(_MONTHS)})",
    re.IGNORECASE,
)
"""An amount and right after it the days on which it is paid again and again."""


def equal_parts(text: str, places: Sequence[Mention], *, month_first: bool) -> list[Mention]:
    """Amounts of equal parts that are due on days listed after them."""
    return [
        place
        for place in places
        if (
            PART_OF.search(text[: place.start][-70:])
            and len(listed_days(text, place, month_first=month_first)) >= 2
        )
        or (
            _ON_DAYS.match(text, place.end)
            and len(listed_days(text, place, month_first=month_first)) >= _SEVERAL
        )
    ]


def told_apart(days: Sequence[ListedDay]) -> list[tuple[str, date | None]]:
    """The payments of a list of days, each by its words and its day."""
    if len(days) >= _SEVERAL:
        return [(each.words, each.day) for each in days]
    return [(", ".join(each.words for each in days), None)]


_NTH = r"first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|final|last|initial"
_NTH_PART = re.compile(
    rf"\b(?:the|such|its|each) (?:{_NTH}) (?:such |of (?:the|such|these|those) (?:\w+ ){{0,2}})?"
    rf"(?:(?:equal|quarterly|annual|monthly|yearly) )?instal+ments?\b(?P<between>[^.;$€£]{{0,60}}?)"
    rf"\b(?:due|payable|paid|made|invoiced)\b(?P<when>[^.;$€£]{{3,160}}?)"
    rf"(?=,? (?:and |with )*the (?:{_NTH}) |[.;]|$)",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\b(?:on|upon|at|within|after|following|before|prior to|by|no later than|not later than|when|once)\b",
    re.IGNORECASE,
)
_AMOUNTS_OF_PARTS = re.compile(
    rf"\binstal+ments? (?:of|in the amount of) (?:[$€£]\s?)?(?P<gap>{REDACTED})", re.IGNORECASE
)


@dataclass(frozen=True)
class NthPart:
    """ "The second instalment is due upon delivery": its flat range and what makes it due."""

    place: Mention
    event: str


def nth_parts(text: str) -> Iterator[NthPart]:
    """Parts told by their order, with the event that makes each due; one with its own amount is none."""
    if "nstal" not in text:
        return
    for match in _NTH_PART.finditer(text):
        amount = re.match(r"\s(?:of|in the amount of)\b", match["between"])
        if amount is None and _WHEN.search(match["when"][:40]):
            yield NthPart(Mention(match.start(), match.end(), match.group()), match["when"].strip())


_IN_PARTS = re.compile(
    rf"\b(?:paid|payable|due|made|invoiced)\b[^.;]{{0,40}}\b(?:in|by) (?:an? |the following )?"
    rf"(?:[\w-]+|{REDACTED})? ?(?:\(\d+\) )?"
    r"(?:(?:equal|consecutive|successive|monthly|quarterly|annual|separate) ){0,3}instal+ments?\b",
    re.IGNORECASE,
)
_OPENS = re.compile(r"(?:\W*\(?\w{1,3}[).])?\W*(?:such|the|this|that|these|said|it|payment)\b", re.IGNORECASE)
_AMOUNT = re.compile(rf"[^.]{{0,90}}?(?:[$€£]|{REDACTED}|\b[A-Z]{{3}}\s?\d|\d[,.]\d{{3}})")


def cut_into_parts(sentences: Sequence[Sentence], sentence: Sentence) -> bool:
    """Does the next sentence say in which instalments, with their amounts, a price of this one is paid?"""
    following = sentences[sentence.index + 1] if sentence.index + 1 < len(sentences) else None
    if following is None or "nstal" not in following.text:
        return False
    said = _IN_PARTS.search(following.text)
    if said is None or _OPENS.match(following.text) is None:
        return False
    return _AMOUNT.match(following.text, said.end()) is not None


def counted_parts(before: str) -> bool:
    """ "In two monthly instalments, …": so many parts, so that the amounts after them do not recur."""
    return (
        PART_OF.search(before) is None
        and patterns.search(
            r"\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|\d{1,2})\)? (?:(?:equal|consecutive"
            r"|monthly|quarterly|annual|yearly) ){0,3}instal+ments?\b[^.;]{0,120}$",
            before,
        )
        is not None
    )


def redacted_parts(text: str) -> list[Mention]:
    """The blacked-out amount of parts without a currency ("instalments of [***]")."""
    if "nstal" not in text:
        return []
    return [Mention(m.start("gap"), m.end("gap"), m["gap"]) for m in _AMOUNTS_OF_PARTS.finditer(text)]


_INTRODUCES = re.compile(
    r"\b(?:pay(?:s|able|ments?)?|paid|draw|fees?|charged?|invoiced?|consideration|compensation)\b[^.]{0,160}?"
    r"\b(?:as follows|following (?:[\w-]+ ){0,3}?(?:schedule|payments?|instal+ments?|milestones?|amounts?)"
    r"|payment schedule|schedule of payments|set (?:forth|out) below)\b",
    re.IGNORECASE,
)
_ITEM = re.compile(
    r"[^\w$€£]*(?:\(?(?:\d{1,2}(?:\.\d{1,2})*|[a-z]|[ivx]{1,4})[.)]+\s*)?"
    r"(?:(?:an?|the) (?:\w+ ){0,3}?(?:amount|sum) (?:of|equal to)\s)?[\w\s,-]{0,60}?\(?$",
    re.IGNORECASE,
)
_SUM_OF = re.compile(r"\W*(?:an?|the) (?:\w+ ){0,2}(?:amount|sum) (?:of|equal to)\b", re.IGNORECASE)
_ITEM_REACH = 4


def introduced(sentences: Sequence[Sentence], sentence: Sentence, place: Mention) -> bool:
    """Does the amount open an item of a list that the sentences before announce as payments?

    Filings run such lists together, so that an item is a sentence of its own without a word of paying.
    """
    text = sentence.text
    if patterns.search(r"\bas follows\b[^.;]{0,220}$", text[: place.start]):
        earlier = sentences[max(0, sentence.index - 1) : sentence.index]
        return any(patterns.search(r"\bpay(?:s|ments?)?\b", each.text) for each in earlier)
    start = max(text.rfind(mark, 0, place.start) + len(mark) for mark in ("; ", ". ", ") ("))
    start = start if start > 2 else 0
    numbered = re.match(r"\W*\(?(?:\d{1,2}(?:\.\d{1,2})*|[a-z]|[ivx]{1,4})[.)]", text)
    opens = _ITEM.match(text[start : place.start]) is not None or _ITEM.match(text[: place.start]) is not None
    if not opens or not (numbered or place.start < 12 or _SUM_OF.match(text)):
        return False
    before = sentences[max(0, sentence.index - _ITEM_REACH) : sentence.index]
    return any(_INTRODUCES.search(each.text) for each in before)
