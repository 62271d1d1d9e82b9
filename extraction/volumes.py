"""Quantities of goods and money as thresholds and least amounts: "500 units", "[***] Batches", "USD 40,000".

A `Volume` is a number of things or a sum of money at its place in flat text; its figure may be blacked out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from extraction.context import Context
from extraction.quantities import FIGURES, NUMBER_WORDS, REDACTED, Mention, number_value
from extraction.redacted import has_gap
from extraction.sentences import Sentence

_STOP = (
    r"(?:of|for|to|in|on|at|by|per|from|with|within|during|under|over|after|before|until|and|or|that|which"
    r"|who|each|every|a|an|the"
    r"|is|are|was|be|shall|will|must|may|as|than|if|when|where|worth|purchased|sold|ordered|delivered"
    r"|available|annually|monthly"
    r"|quarterly|yearly|weekly|daily|per cent|percent|into|across|through|throughout|then|such|any|this"
    r"|such|its|their|his|all|no|not"
    r"|has|have|whose|performed|manufactured|dedicated|total|minimum|more|less|up|only|between|against|via"
    r"|using|including|based"
    r"|containing|without|ending|commencing|beginning|following|due|provided|required|outstanding"
    r"|contemplated|described)"
)
_NOT_A_UNIT = re.compile(
    r"(?:business|working|calendar|consecutive|full|successive|additional|further|trading"
    r"|banking)?\s?(?:days?|months?|years?|weeks?"
    r"|minutes?|quarters?|seconds?|percent\w*|per|cent|dollars?|euros?|pounds?|usd|eur|gbp|degrees?|shares?"
    r"|votes?|directors?|members?"
    r"|times?|million|thousand|billion|hundred|inch\w*|pixels?|feet|st|nd|rd|th|am|pm|ppts?|points?|basis"
    r"|bps|patients?|subjects?|cases? of"
    r"|part(?:y|ies)|sections?|copies|copy|persons?|individuals?|arbitrators?|witness\w*|counterparts?|rule"
    r"|page(?! (?:views?|impressions?)\b)|version|bits?"
    r"|dpi|characters?|occasions?|instal\w*|anniversar\w+|annual|monthly|quarterly|calendar|contract"
    r"|business|fiscal|x|whole|half|third"
    r"|majority|thirds?|halves|fifths|quarters?|US\b|meetings?|representatives?|employees?|officers?"
    r"|minority|or|and|one|two|three)\b",
    re.IGNORECASE,
)
_LENGTH = rf"(?:{NUMBER_WORDS}\s)?\(?\d{{1,3}}\)?[- ](?:second|minute|hour|page|word)\s"
"""How long each thing is, between the number and its noun: "ten (10) thirty (30)-second spots"."""
_COUNT = re.compile(
    rf"(?<![\w.,$€£%-])(?P<number>{NUMBER_WORDS}(?:\s?\(\s?{FIGURES}\s?\))?"
    rf"|{FIGURES}(?:\s(?:hundred thousand|thousand|million)\b)?(?:\s?\(\s?(?:{NUMBER_WORDS}"
    rf"|{FIGURES})\s?\))?|{REDACTED}"
    rf"(?:\s?\({REDACTED}\))?)\s\(?[\"“]?(?:such\s|{_LENGTH})?(?P<noun>(?!{_STOP}\b)[A-Za-z][\w'®™-]*(?:\s(?!{_STOP}\b)[A-Za-z][\w'®™-]*){{0,3}})",
    re.IGNORECASE,
)
_GAP_MONEY = re.compile(
    rf"(?:(?P<code>US\$|USD|EUR|GBP|[$€£])\s?{REDACTED}|{REDACTED}\s(?:US )?(?P<name>dollars|euros?"
    rf"|pounds(?! of\b))(?:\s?\([$€£]?\s?{REDACTED}\))?"
    rf"|{REDACTED}\s?\((?P<mark>US\$|[$€£])\s?{REDACTED}\))",
    re.IGNORECASE,
)
_GAP_CODES = {
    "us$": "USD",
    "usd": "USD",
    "$": "USD",
    "dollars": "USD",
    "eur": "EUR",
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
}


@dataclass(frozen=True, slots=True)
class Volume:
    """A quantity: `unit` is a currency code or what is counted; `amount` is None where it is blacked out."""

    place: Mention
    unit: str
    amount: Decimal | None = None
    is_money: bool = False


def volumes(context: Context, sentence: Sentence) -> Iterator[Volume]:
    """Every sum of money and every number of things in a sentence, in the order of the text."""
    found = [Volume(m, m.currency, m.amount, is_money=True) for m in context.money(sentence)]
    text = sentence.text
    if has_gap(text):
        found += [
            Volume(
                Mention(g.start(), g.end(), g.group()),
                _GAP_CODES.get((g["code"] or g["name"] or g["mark"]).lower(), "GBP"),
                is_money=True,
            )
            for g in _GAP_MONEY.finditer(text)
        ]
    taken = [(v.place.start, v.place.end) for v in found]
    found += [v for v in counts(text) if not any(a < v.place.end and v.place.start < b for a, b in taken)]
    return iter(sorted(found, key=lambda v: v.place.start))


def counts(text: str) -> Iterator[Volume]:
    """Numbers of things: "one thousand five hundred (1,500) Order Lines", "[***] Units"."""
    for match in _COUNT.finditer(text):
        number, noun = match["number"], match["noun"]
        weight = noun.lower() == "pounds" and text.startswith(" of ", match.end())
        if (_NOT_A_UNIT.match(noun) and not weight) or (
            number.isdigit() and len(number) == 4 and number[:2] in ("19", "20")
        ):
            continue
        unit = "pounds" if weight else unit_of(noun) or _joined_unit(text, match.end())
        # "3.2 Earned Royalties" is a clause with its title.
        titled = re.fullmatch(r"\d{1,2}\.\d{1,2}", number) and noun[0].isupper()
        if unit is None or titled:
            continue
        blank = _BLANK.match(number) is not None
        amount = None if blank else _value(number)
        if amount is None and not blank:
            continue
        yield Volume(Mention(match.start(), match.end(), match.group()), unit, amount)


_BLANK = re.compile(REDACTED, re.IGNORECASE)
_PLURAL = re.compile(r"^[A-Za-z][\w'-]{2,}(?<!s)s$", re.IGNORECASE)
_AND_NOUN = re.compile(rf"\s(?:and|or)\s(?P<noun>(?:(?!{_STOP}\b)[A-Za-z][\w'-]*\s?){{1,4}})", re.IGNORECASE)


def _joined_unit(text: str, end: int) -> str | None:
    """The unit of "10,000 banner and button impressions": named after the second adjective."""
    following = _AND_NOUN.match(text, end)
    return unit_of(following["noun"].strip()) if following else None


_SCALE = re.compile(r"(?<=\d)\s(?P<scale>hundred thousand|thousand|million)\b", re.IGNORECASE)
_SCALES = {"thousand": 1000, "hundred thousand": 100_000, "million": 1_000_000}


def _value(number: str) -> Decimal | None:
    head, _, paren = number.partition("(")
    scale = _SCALE.search(head)
    value = number_value(head[: scale.start()] if scale else head.strip(), money=True)
    if value is not None and scale is not None:
        value *= _SCALES[scale["scale"].lower()]
    return value if value is not None else number_value(paren.strip(" )"), money=True)


def unit_of(noun: str) -> str | None:
    """The thing counted: a defined term whole ("Order Lines"), else one word ("official events": events)."""
    words = noun.split()
    if words[0].lower() == "unit":
        return "units"
    run = next((i for i, word in enumerate(words) if not word[:1].isupper()), len(words))
    if run and words[run - 1].lower().endswith("s") and run > 1:
        return " ".join(words[:run])
    place = next((i for i, word in enumerate(words) if _PLURAL.search(word)), None)
    if place is None:
        return "circulation" if "circulation" in words else None
    while place + 1 < len(words) and _PLURAL.search(words[place + 1]):
        place += 1
    if any(_NOT_A_UNIT.match(" ".join(words[i:])) for i in range(place + 1)):
        return None
    return "page views" if words[place - 1 : place + 1] == ["page", "views"] else words[place]
