"""Periods in words: "per calendar month", "each quarter", "any 30 day period", "annually"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extraction.quantities import NUMBER_WORDS, number_value
from obligations.terms import Per

_UNIT_PER: dict[str, Per] = {
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
}
_ADVERBS: dict[str, Per] = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter",
    "semi-annually": "half_year",
    "semiannually": "half_year", "semi-annual": "half_year", "semiannual": "half_year",
    "half-yearly": "half_year",
    "bi-annual": "half_year", "biannual": "half_year", "biannually": "half_year", "bi-annually": "half_year",
    "annually": "year", "annual": "year", "yearly": "year",
}  # fmt: skip
_PERIOD = re.compile(
    rf"(?:\b(?:per|each|every|in any|in an?|in the|in one|over any|over an?|over the|for any|for the"
    rf"|during any|during an?|during the|any|an?|of the|such|that|said|the|full|of any|"
    rf"first|succeeding|following|preceding|previous|subsequent|next|contract|calendar|half|one|/)\s?)"
    rf"(?:(?P<n>\d{{1,3}}|{NUMBER_WORDS})(?:\s?\(\d{{1,3}}\))?[\s-])?(?:(?:given|single|full|complete"
    rf"|consecutive|rolling|contract|billing|service|fiscal|financial|accounting|"
    r"measurement|reporting|successive|such|other|of|the|licen[cs]e|agreement)\s){0,3}(?:calendar\s)?"
    r"(?P<half>half[ -])?(?P<unit>day|week|month|quarter|year(?! quarter))(?:'s)?(?:[\s-]period)?\b"
    rf"|\b(?P<adverb>{'|'.join(sorted(_ADVERBS, key=len, reverse=True))})\b"
    r"|\b(?P<twice>twice (?:a|per|each|every) (?:calendar )?year|every six (?:\(6\) )?months"
    r"|every 6 months|half[- ]year)\b"
    r"|\b(?:[A-Z]\w+ )?(?P<name>Quarter|Month|Year)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PeriodMention:
    start: int
    end: int
    per: Per


def period_mentions(text: str) -> Iterator[PeriodMention]:
    """Every period the text names; a run of about thirty days counts as a month."""
    for match in _PERIOD.finditer(text):
        per = _per(match)
        if per is not None:
            yield PeriodMention(match.start(), match.end(), per)


def _per(match: re.Match[str]) -> Per | None:
    if match["adverb"]:
        return _ADVERBS[match["adverb"].lower()]
    if match["twice"] or match["half"]:
        return "half_year"
    if match["name"]:
        return _UNIT_PER[match["name"].lower()]
    unit = match["unit"].lower()
    if (
        unit == "day"
        and not match["n"]
        and not re.match(r"(?:per|each|every|any|an?|in any|/)\b", match.group(), re.IGNORECASE)
    ):
        return None
    count = number_value(match["n"]) if match["n"] else None
    if count is None or count == 1:
        return _UNIT_PER[unit]
    days = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}[unit] * int(count)
    for per, low, high in (
        ("week", 6, 8),
        ("month", 28, 31),
        ("quarter", 84, 92),
        ("half_year", 180, 184),
        ("year", 360, 366),
    ):
        if low <= days <= high:
            return per  # type: ignore[return-value]
    return None


def period_near(text: str, start: int, end: int, limit: int | None = None) -> Per | None:
    """The period a quantity at `start..end` is measured over: the next one named, else the last before."""
    stop = len(text) if limit is None else limit
    mentions = list(period_mentions(text))
    after = next((m for m in mentions if end <= m.start < stop), None)
    before = [m for m in mentions if m.end <= start]
    if after is not None:
        return after.per
    return before[-1].per if before else None
