"""Days as contracts write them: printed dates, and days told from another day.

Flat text in, mentions with flat indices out. A date whose order cannot be known ("03/04/2024") is read
month first in a document of the United States and day first elsewhere, and says `ambiguous`.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from extraction.quantities import (
    NUMBER_WORDS,
    ORDINAL,
    DurationMention,
    Mention,
    durations,
    number_value,
    ordinal_value,
)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar", "february feb februar", "march mar märz", "april apr", "may mai",
            "june jun juni",
            "july jul juli", "august aug", "september sept sep", "october oct oktober", "november nov",
            "december dec dezember",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = rf"(?:\d{{1,2}}\s?(?:s\s?t|n\s?d|r\s?d|t\s?h)?|{ORDINAL})"
_DATE = re.compile(
    rf"(?P<iso>\b(?:19|20)\d\d-\d\d-\d\d\b)"
    rf"|(?<![A-Za-z])(?P<m1>{_MONTH})\s?(?P<d1>\d{{1,2}})\s?(?:s\s?t|n\s?d|r\s?d|t\s?h)?\s?,?\s?(?P<y1>"
    rf"(?:19|20)\d\d)\b"
    rf"|\b(?P<d2>{_DAY})\s?(?:day\s)?(?:(?:of|in)\s)?(?P<m2>{_MONTH})\s?,?\s?(?:in the year\s|(?:day )?of\s)?"
    rf"(?P<y2>(?:19|20)\d\d)\b"
    rf"|(?<![\d./])(?P<d3>\d{{1,2}})\.\s?(?P<m3>\d{{1,2}})\.\s?(?P<y3>(?:19|20)\d\d)\b"
    rf"|(?<![\d./-])(?P<a4>\d{{1,2}})[/-](?P<b4>\d{{1,2}})[/-](?P<y4>(?:19|20)\d\d|\d\d)(?![\d/-])"
    rf"|(?<![\w./-])(?P<d5>\d{{1,2}})\s?[-./]\s?(?P<m5>{_MONTH})\s?[-./]?\s?(?P<y5>(?:19|20)\d\d"
    rf"|(?<=[-./])\d\d)(?![\d/-])"
    rf"|(?<![\w./-])(?P<m6>{_MONTH})-(?P<d6>\d{{1,2}})-(?P<y6>(?:19|20)\d\d)(?![\d/-])",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d{2}")


@dataclass(frozen=True, slots=True)
class DateMention(Mention):
    day: date = date.min
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class RelativeDate(Mention):
    """A day told from another: `after` an `anchor` ("the Effective Date")."""

    after: DurationMention | None = None
    anchor: str = ""


@lru_cache(maxsize=4096)
def dates(text: str, *, month_first: bool = False) -> tuple[DateMention, ...]:
    """Every printed date. Impossible ones (31 June) are left out."""
    return tuple(_dates(text, month_first)) if _DIGITS.search(text) else ()


def _dates(text: str, month_first: bool) -> Iterator[DateMention]:
    for match in _DATE.finditer(text):
        found = _read(match, month_first)
        if found is None:
            continue
        day, ambiguous = found
        yield DateMention(match.start(), match.end(), match.group(), day=day, ambiguous=ambiguous)


def _read(match: re.Match[str], month_first: bool) -> tuple[date, bool] | None:
    ambiguous = False
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"]), False
        if match["y1"]:
            return date(int(match["y1"]), _month(match["m1"]), int(match["d1"])), False
        if match["y2"]:
            day = ordinal_value(match["d2"].replace(" ", "")) or ordinal_value(match["d2"])
            year, month = int(match["y2"]), _month(match["m2"])
            if day == -1:
                day = monthrange(year, month)[1]
            return (date(year, month, day), False) if day and day > 0 else None
        if match["y3"]:
            return date(int(match["y3"]), int(match["m3"]), int(match["d3"])), False
        for n in ("5", "6"):
            if match[f"y{n}"]:
                return date(_year(match[f"y{n}"]), _month(match[f"m{n}"]), int(match[f"d{n}"])), False
        first, second = int(match["a4"]), int(match["b4"])
        ambiguous = first <= 12 and second <= 12 and first != second
        month, day = (first, second) if (second > 12 or (month_first and first <= 12)) else (second, first)
        return date(_year(match["y4"]), month, day), ambiguous
    except ValueError:
        return None


def _month(name: str) -> int:
    return _MONTHS[name.lower().rstrip(".")]


def _year(digits: str) -> int:
    year = int(digits)
    return year if year > 99 else (1900 if year >= 50 else 2000) + year


_QUARTERS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "last": 4, "final": 4}
_PERIOD = re.compile(
    r"\b(?P<end>(?:the )?(?:end|close|last day) of (?:the )?)?"
    r"(?:(?:Q(?P<q1>[1-4])|(?P<q2>[1-4])\s?Q|(?P<q3>first|second|third|fourth|last|final|[1-4]\s?(?:st|nd|rd|th))"
    r" (?:calendar |fiscal )?quarter)(?:[\s,/'-]|of |in |the |year |calendar |fiscal |FY){0,4}"
    r"(?P<y1>(?:19|20)\d\d|(?<=[Qq'/])\d\d)"
    rf"|(?P<month>{_MONTH}),?\s(?:of )?(?P<y2>(?:19|20)\d\d)"
    r"|(?:(?:the )?(?:calendar |fiscal )?year )?(?P<y3>(?:19|20)\d\d))(?![\d/-])",
    re.IGNORECASE,
)
_DAY_BEFORE = re.compile(r"(?:\d(?:st|nd|rd|th)?|\bday)(?: day)?(?: of)?[\s./-]*$", re.IGNORECASE)
_PERIOD_WORDS = re.compile(
    r"(?<=[A-Za-z]\s)(?:19|20)\d\d|(?<=[A-Za-z.],\s)(?:19|20)\d\d|(?<=\.\s)(?:19|20)\d\d|uarter|Q[1-4]|[1-4]\s?Q"
)


@lru_cache(maxsize=4096)
def period_ends(text: str) -> tuple[DateMention, ...]:
    """The last day of each printed quarter, month or year: "Q3 2019", "end of June 2001", "May 2020".

    A year alone counts only as "the end of 2014". What is a whole date is left to `dates`.
    """
    return tuple(_period_ends(text)) if _PERIOD_WORDS.search(text) else ()


def _period_ends(text: str) -> Iterator[DateMention]:
    for match in _PERIOD.finditer(text):
        if match["y1"]:
            said = match["q1"] or match["q2"] or match["q3"].lower()
            quarter = _QUARTERS.get(said) or int(said[0])
            year, month = _year(match["y1"]), 3 * quarter
        elif match["month"]:
            if match["month"] == "may" or _DAY_BEFORE.search(text[: match.start()][-20:]):
                continue
            year, month = int(match["y2"]), _month(match["month"])
        elif match["end"]:
            year, month = int(match["y3"]), 12
        else:
            continue
        day = date(year, month, monthrange(year, month)[1])
        yield DateMention(match.start(), match.end(), match.group(), day=day, ambiguous=not match["end"])


_AFTER = re.compile(
    r"\s?(?:'\s)?(?:period\s|term\s)?(?:commencing\s|beginning\s|starting\s|measured\s|running\s)?"
    r"(?:after|from|following|of|on|as of|with effect from|from and after|upon)\s(?:the\s)?"
    r"(?P<anchor>(?:effective|commencement|start|signature|signing|execution|launch|service|closing"
    r"|delivery|first)[\w\s]{0,30}?"
    r"(?:date|day)|date (?:of|hereof)[\w\s]{0,40}|date first[\w\s]{0,20}|(?:execution|signature|signing)"
    r"(?: hereof| of this \w+)?)",
    re.IGNORECASE,
)
_ANNIVERSARY = re.compile(
    rf"\b(?:(?P<nth>{ORDINAL}|\d{{1,2}}\s?(?:s\s?t|n\s?d|r\s?d|t\s?h))"
    rf"\s?(?:\(\s?\d{{1,2}}\s?(?:s\s?t|n\s?d|r\s?d|t\s?h)\s?\)\s?)?(?:year[\s-])?"
    rf"|(?P<years>\d{{1,2}}|{NUMBER_WORDS})(?:\s?\(\d{{1,2}}\))?[\s-]year[\s-])anniversary "
    rf"(?:date )?(?:of|from)\s(?:the\s)?"
    r"(?P<anchor>[\w\s]{3,40}?(?:date|hereof|agreement|execution))",
    re.IGNORECASE,
)


def relative_dates(text: str) -> Iterator[RelativeDate]:
    """Days told from another day: "three years after the Effective Date", "the fifth anniversary of …"."""
    for length in durations(text):
        if match := _AFTER.match(text, length.end):
            yield RelativeDate(
                length.start,
                match.end(),
                text[length.start : match.end()],
                after=length,
                anchor=match["anchor"],
            )
    for match in _ANNIVERSARY.finditer(text):
        nth = match["nth"] and re.sub(r"(?<=\d)\s|(?<=\d[a-z])\s", "", match["nth"])
        years = ordinal_value(nth) if nth else number_value(match["years"])
        if years and years > 0:
            spelled = f"{years} years"
            length = next(iter(durations(spelled)))
            yield RelativeDate(
                match.start(), match.end(), match.group(), after=length, anchor=match["anchor"]
            )
