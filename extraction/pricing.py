"""For what a price is stated: a period ("per month"), a unit ("per user"), an event, or once."""

import re
from dataclasses import dataclass

from extraction.quantities import Mention
from obligations.terms.common import Per


@dataclass(frozen=True)
class Priced:
    """The period of a price and the unit it is for; `stated` tells that the text says either."""

    per: Per | None = None
    unit: str = ""
    stated: bool = False


_PERIODS: dict[str, Per] = {
    "day": "day", "week": "week", "month": "month", "mo": "month", "quarter": "quarter", "year": "year",
    "yr": "year", "annum": "year", "half-year": "half_year", "half year": "half_year", "season": "year",
    "occurrence": "event", "event": "event", "sale": "event", "transaction": "event", "incident": "event",
    "occasion": "event", "visit": "event", "request": "request", "instance": "event",
}  # fmt: skip
_ADVERBS: dict[str, Per] = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "annually": "year",
    "annual": "year", "yearly": "year", "semi-annually": "half_year", "semi-annual": "half_year",
    "semiannually": "half_year", "semiannual": "half_year", "half-yearly": "half_year",
}  # fmt: skip
_PERIOD = "|".join(sorted((re.escape(word) for word in _PERIODS), key=len, reverse=True))
_ADVERB = "|".join(sorted((re.escape(word) for word in _ADVERBS), key=len, reverse=True))
_PER = re.compile(
    rf"(?:\b(?:per|a|an|each|every|and|in any)\s|/\s?)(?:(?:full|calendar|contract|fiscal|such|single"
    rf"|given|service|license"
    rf"|lease|successive|consecutive|of the|membership|subscription|other|new"
    rf"|of)\s){{0,3}}(?P<period>{_PERIOD})s?\b(?!-)",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"(?:\s?\([^()]{2,40}\))?(?:[\s)(,*]|plus applicable taxes|USD|US\b|U\.S\.|CAD|CDN"
    r"|(?:in|ex)clu(?:sive of|ding) (?:\w+ ){0,3}(?:vat|tax(?:es)?|gst|duties),)*(?:(?:for"
    r"|of)\s)?(?:(?:per|each|for each|for every|an?|every)\s|/\s?)(?:(?:1|one|single|additional)\s)?"
    r"(?P<unit>[A-Za-z][\w-]*(?: (?!per\b|for\b|of\b|in\b|and\b|to\b|plus\b|or\b|that\b|which\b|will\b"
    r"|shall\b)[A-Za-z][\w-]*)?)",
    re.IGNORECASE,
)
_EACH = re.compile(r"[\s)]*(?:each|ea)\b\.?", re.IGNORECASE)
_AFTER_ADVERB = re.compile(rf"\b(?P<adverb>{_ADVERB})\b", re.IGNORECASE)
_PRICED_NOUN = re.compile(
    r"[\s,\"(]*(?:[\w'&/-]+[\s\")]+){0,5}?(?:fees?|charges?|rates?|rent|price|cost|payments?|retainer"
    r"|salary|subscription|basis"
    r"|compensation|instal+ments?|amount|sum|stipend|remuneration|royalt(?:y|ies)|premium|maintenance"
    r"|support|hosting)\b",
    re.IGNORECASE,
)
_ONCE = re.compile(
    r"\b(?:one[- ]time|once|lump[- ]sum|up-?front|non-?recurring|initial|set-?up|sign(?:ing|-?up)|total"
    r"|aggregate|sum of"
    r"|installation|activation|implementation|franchise fee|transfer fee|termination fee|purchase price"
    r"|access fee|deposit"
    r"|milestone|one payment|single payment|whole|paid-up)\b",
    re.IGNORECASE,
)
_ONCE_LISTED = re.compile(
    r"\b(?:one[- ]time|lump[- ]sum|up-?front|non-?recurring|set-?up|activation|installation"
    r"|implementation|licenses)\b",
    re.IGNORECASE,
)
_UNIT_PRICE = re.compile(
    r"\b(?:unit price|price per|price list|hourly|per hour|price of|rate of|prices?|rates?|pricing|each)\b",
    re.IGNORECASE,
)


def price_of(text: str, place: Mention, topic: str, *, listed: bool = False) -> Priced:
    """For what the price at `place` is, by the words after it, before it, and in the heading above."""
    after = text[place.end : place.end + 110]
    stop = re.search(
        r"[;$€£]|\.\s|, (?:and|or|but|which|with|payable|plus)\b|\bpayable\b|\bto be paid\b", after
    )
    near = after[: stop.start()] if stop else after
    unit = _UNIT.match(near)
    if match := _PER.search(near[:75]):
        period = _PERIODS[match["period"].lower()]
        named = "" if unit is None or unit["unit"].lower().rstrip("s") in _PERIODS else unit["unit"].lower()
        return Priced(period, named, True)
    before = _clause_before(text, place)
    if _EACH.match(near) and (matches := list(_AFTER_ADVERB.finditer(before[-40:]))):
        return Priced(_ADVERBS[matches[-1]["adverb"].lower()], "", True)
    if _EACH.match(near) or unit is not None:
        return Priced(None, unit["unit"].lower() if unit else "each", True)
    if (match := _AFTER_ADVERB.search(near[:40])) is not None:
        return Priced(_ADVERBS[match["adverb"].lower()], "", True)
    for match in reversed(list(_AFTER_ADVERB.finditer(before))):
        if _PRICED_NOUN.match(before, match.end()) or len(before) - match.end() < 12:
            return Priced(_ADVERBS[match["adverb"].lower()], "", True)
    if matches := list(_PER.finditer(before)):
        return Priced(_PERIODS[matches[-1]["period"].lower()], "", True)
    if re.search(r"\bper (?:hour|unit|user|page|mile|pound)|\bhourly\b", before, re.IGNORECASE):
        return Priced(None, "unit", True)
    once = _ONCE_LISTED if listed else _ONCE
    if once.search(before) or once.search(near[:50]):
        return Priced("once", "", True)
    return _by_topic(before, near, topic)


def _clause_before(text: str, place: Mention) -> str:
    """The words before a price, back to the last stop or the price before."""
    before = text[max(0, place.start - 170) : place.start]
    cut = max(before.rfind(". "), before.rfind("; "), *(before.rfind(sign) for sign in "$€£"))
    return before[cut + 1 :]


_TOPIC_RATE = re.compile(
    r"\b(?:(?P<day>day|daily|man-day) rates?|(?P<hour>hourly|hour rates?|per hour))\b", re.IGNORECASE
)


def _by_topic(before: str, near: str, topic: str) -> Priced:
    """The period that the column's title names, else the heading above it; the nearest words count."""
    for part in topic.split(" / "):
        if match := _TOPIC_RATE.search(part):
            return Priced("day" if match["day"] else None, "" if match["day"] else "hour", False)
        if match := _PER.search(part) or _AFTER_ADVERB.search(part):
            word = match.groupdict().get("period") or match.groupdict().get("adverb") or ""
            return Priced(_PERIODS.get(word.lower()) or _ADVERBS.get(word.lower()), "", False)
    return Priced(None, "", False)


_COLUMN = re.compile(
    rf"\b(?:(?P<once>one[- ]time|non-?recurring|initial (?:fee|charge)|set-?up)|(?P<adverb>{_ADVERB})"
    rf"|per (?P<period>{_PERIOD}))\b",
    re.IGNORECASE,
)


def column_prices(above: str) -> list[Priced]:
    """The periods that the heads above a list name, in the order of its columns."""
    heading = next((part for part in above.split(" / ") if _COLUMN.search(part)), "")
    found: list[Priced] = []
    for match in _COLUMN.finditer(heading):
        if match["once"]:
            found.append(Priced("once", "", True))
        elif match["adverb"]:
            found.append(Priced(_ADVERBS[match["adverb"].lower()], "", True))
        else:
            found.append(Priced(_PERIODS[match["period"].lower()], "", True))
    # A lone adverb that belongs to another noun ("the annual allowances below") heads no column.
    lone = list(_AFTER_ADVERB.finditer(heading)) if len(found) == 1 else []
    if lone and len(heading.split()) > 6 and not _PRICED_NOUN.match(heading, lone[0].end()):
        return []
    return found[:4]
