"""The values a text states: dates, times, amounts, numbers, record numbers. Used to compare an answer
with its evidence, whichever way each of them is written."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache

from agent.numerals import MONTHS, TENS, UNITS, WEEKDAYS, either

_MONTH = rf"(?P<month>{either(MONTHS)})\.?"
_WEEKDAY = rf"(?:(?P<weekday>{either(WEEKDAYS)}),?\s+)?"
_DATE = re.compile(
    rf"\b{_WEEKDAY}(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.)?\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<year>\d{{4}}))?\b",
    re.I,
)
_DATE_US = re.compile(
    rf"\b{_WEEKDAY}{_MONTH}\s+(?P<day>[0-3]?\d)(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b", re.I
)
_ISO = re.compile(r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\d-])")
_MONTH_YEAR = re.compile(rf"\b{_MONTH}\s+(?P<year>\d{{4}})\b", re.I)
_ISO_MONTH = re.compile(r"(?<![\w-])(\d{4})-(0[1-9]|1[0-2])(?![\w-])")
_TIME = re.compile(
    r"(?<=[\sT(,])([01]?\d|2[0-4]):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?|^([01]?\d|2[0-4]):([0-5]\d)\b"
)
_ID = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z][A-Za-z]*[-_]?\w*(?:-\w+)*(?![\w])")
_MONEY = re.compile(
    r"(?:\b([A-Z]{3})|([€$£]))\s?(\d[\d,]*(?:\.\d+)?)|(\d[\d,]*(?:\.\d+)?)\s?(?:(EUR|USD|GBP)\b|([€$£]))"
)
_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP"}
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
_DIGIT_WORDS = either(list(UNITS)[1:10])
_NUMBER_WORD = re.compile(rf"\b(?:({either(TENS)})(?:[\s-]+({_DIGIT_WORDS}))?|({either(UNITS)}))\b", re.I)
_NOT_CURRENCIES = frozenset({"THE", "AND", "FOR", "SOW", "MSA", "SLA", "INC"})


@dataclass
class Values:
    """What a text states. `days` are day and month where no year is given; `wrong` are dates whose
    weekday or day does not exist."""

    dates: set[date] = field(default_factory=set)
    days: set[tuple[int, int]] = field(default_factory=set)
    months: set[tuple[int, int]] = field(default_factory=set)
    times: set[str] = field(default_factory=set)
    money: set[tuple[str, Decimal]] = field(default_factory=set)
    numbers: set[Decimal] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Values") -> None:
        for name in ("dates", "days", "months", "times", "money", "numbers", "ids"):
            getattr(self, name).update(getattr(other, name))


@lru_cache(maxsize=8192)
def values(text: str) -> Values:
    """Everything a text states, each piece read once, the most specific reading first. Do not change
    what it returns: the same text gives the same object."""
    found = Values()
    for pattern, take in _READERS:
        text = _each(pattern, text, take, found)
    return found


def _each(
    pattern: re.Pattern[str], text: str, take: Callable[[re.Match[str], Values], bool], found: Values
) -> str:
    """Hands every match to `take` and blanks those it accepts."""
    pieces, last = [], 0
    for match in pattern.finditer(text):
        if take(match, found):
            pieces += [text[last : match.start()], " " * len(match[0])]
            last = match.end()
    return "".join([*pieces, text[last:]])


def _worded(m: re.Match[str], found: Values) -> bool:
    month, day_number = MONTHS[m["month"].lower()], int(m["day"])
    if not m["year"]:
        found.days.add((month, day_number))
        return True
    try:
        on = date(int(m["year"]), month, day_number)
    except ValueError:
        found.wrong.append(m[0])
        return True
    if m["weekday"] and WEEKDAYS[on.weekday()] != m["weekday"].lower():
        found.wrong.append(m[0])
    found.dates.add(on)
    return True


def _iso(m: re.Match[str], found: Values) -> bool:
    try:
        found.dates.add(date(int(m[1]), int(m[2]), int(m[3])))
    except ValueError:
        found.wrong.append(m[0])
    return True


def _month(m: re.Match[str], found: Values) -> bool:
    found.months.add((int(m["year"]), MONTHS[m["month"].lower()]))
    return True


def _iso_month(m: re.Match[str], found: Values) -> bool:
    found.months.add((int(m[1]), int(m[2])))
    return True


def _time(m: re.Match[str], found: Values) -> bool:
    hour, minute = (m[1], m[2]) if m[1] else (m[3], m[4])
    found.times.add(f"{int(hour):02d}:{minute}")
    return True


def _id(m: re.Match[str], found: Values) -> bool:
    found.ids.add(m[0].casefold())
    return True


def number(text: str) -> Decimal:
    """A printed number without its thousands separators, trailing zeros gone."""
    return Decimal(text.replace(",", "")).normalize()


def _money(m: re.Match[str], found: Values) -> bool:
    code = m[1] or m[5] or _SIGNS.get(m[2] or m[6] or "", "")
    if code in _NOT_CURRENCIES:
        return False
    found.money.add((code, number((m[3] or m[4]).rstrip(","))))
    return True


def _number(m: re.Match[str], found: Values) -> bool:
    found.numbers.add(number(m[0].rstrip(",")))
    return True


def _word(m: re.Match[str], found: Values) -> bool:
    n = UNITS[m[3].lower()] if m[3] else TENS[m[1].lower()]
    n += UNITS[m[2].lower()] if m[2] else 0
    found.numbers.add(Decimal(n).normalize())
    return True


_READERS = (
    (_ISO, _iso),
    (_DATE, _worded),
    (_DATE_US, _worded),
    (_MONTH_YEAR, _month),
    (_ISO_MONTH, _iso_month),
    (_TIME, _time),
    (_ID, _id),
    (_MONEY, _money),
    (_NUMBER, _number),
    (_NUMBER_WORD, _word),
)
