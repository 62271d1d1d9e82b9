"""Whether a text says a fact, however it writes it.

A case states facts in one fixed form; an answer may write them differently:

| a case writes | and is found in |
|---|---|
| `2026-11-13` | "Fri 13 Nov 2026", "November 13, 2026", "13 November" |
| `13:30` | "13:30 CET", "1:30 p.m." |
| `EUR 2,400.00` | "€2,400", "2400.00 EUR" |
| `99.74%` | "99.7427 %", "99.74 per cent" |
| `7 h`, `1 h 15 min`, `30 days`, `2 business days` | "7 h 00 min", "75 minutes", "thirty (30) days" |
| `44,700` | "44700", "44,700 minutes" |
| `Nordwind Hosting` | the same words, whatever their case and spacing |

A number is found where the text states it, or states it with more decimals that round to it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)(?!\d|,\d)"
_NUMBER = rf"(?<![\w.,]){_DIGITS}"
_CURRENCY = {
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "us$": "USD",
    "euro": "EUR",
    "euros": "EUR",
    "dollars": "USD",
}
_SIGN = r"eur|usd|gbp|us\$|€|\$|£"
_SMALL = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_WORDS = {word: str(number) for number, word in enumerate(_SMALL)}
_UNITS = (
    ("business_days", r"(?:business|working)[ -]days?"),
    ("years", r"years?"),
    ("months", r"months?"),
    ("weeks", r"weeks?"),
    ("days", r"days?"),
    ("hours", r"hours?|hrs?|h"),
    ("minutes", r"minutes?|mins?|min"),
    ("seconds", r"seconds?|secs?|s"),
)
_PART = re.compile(
    rf"(?<![\w.,:])\(?(\d+(?:,\d{{3}})*)\)?[ -]?(?:{'|'.join(f'(?P<{n}>{p})' for n, p in _UNITS)})(?![a-z])"
)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH},?(?: (\d{{4}}))?\b")
_MONTH_FIRST = re.compile(rf"\b{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?(?!\d|:)(?:,? (\d{{4}}))?\b")
_DOTTED = re.compile(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b")
_TIME = re.compile(r"\b(\d{1,2}):(\d{2})(?::\d{2})?(?: ?([ap])\.?m\b)?")
_MONEY = re.compile(rf"({_SIGN}) ?({_DIGITS})|({_NUMBER}) ?({_SIGN}|euros?|dollars)(?!\w)")
_PERCENT = re.compile(rf"({_NUMBER}) ?(?:%|per ?cent)")

Day = tuple[int | None, int, int]
Length = tuple[int, int, int, int]
"""Months, days, business days, seconds."""


@dataclass(frozen=True)
class Stated:
    """Everything measurable that a text states. Numbers keep their decimals."""

    plain: str
    days: frozenset[Day]
    times: frozenset[tuple[int, int]]
    money: frozenset[tuple[str, Decimal]]
    percents: frozenset[Decimal]
    lengths: frozenset[Length]
    numbers: frozenset[Decimal]


_TYPOGRAPHY = str.maketrans("“”„‘’‐‑‒–—−\u00a0\u202f", '"""\'\'------  ')


def plain(text: str) -> str:
    """Lower case, one space between words, straight quotes, plain hyphens."""
    return " ".join(text.translate(_TYPOGRAPHY).split()).casefold()


def stated(text: str) -> Stated:
    """What a text states, read once for all facts that are looked for in it."""
    said = plain(text)
    digits = _with_digits(said)
    return Stated(
        plain=said,
        days=frozenset(_days(said)),
        times=frozenset(_times(said)),
        money=frozenset(_money(said)),
        percents=frozenset(_decimal(m[1]) for m in _PERCENT.finditer(said)),
        lengths=frozenset(_lengths(digits)),
        numbers=frozenset(_decimal(m[0]) for m in re.finditer(_NUMBER, digits)),
    )


def says(text: Stated, fact: str) -> bool:
    """Whether the text states a fact written in one of the forms above."""
    wanted = stated(fact)
    whole = wanted.plain
    if _ISO.fullmatch(whole):
        year, month, day = next(_days(whole))
        return bool({(year, month, day), (None, month, day)} & text.days)
    if _TIME.fullmatch(whole):
        return bool(wanted.times & text.times)
    if _MONEY.fullmatch(whole):
        return any(c == d and _rounds(a, b) for c, b in wanted.money for d, a in text.money)
    if _PERCENT.fullmatch(whole):
        return any(_rounds(a, b) for b in wanted.percents for a in text.percents)
    if wanted.lengths and not re.sub(r"\band\b|[ ,]", "", _PART.sub("", _with_digits(whole))):
        return wanted.lengths <= text.lengths
    if re.fullmatch(_NUMBER, whole):
        return any(_rounds(a, b) for b in wanted.numbers for a in text.numbers)
    return bool(re.search(rf"(?<!\w){re.escape(whole)}(?!\w)", text.plain))


def _with_digits(text: str) -> str:
    """Small number words as digits, except where the digits follow in brackets anyway."""
    return re.sub(rf"\b({'|'.join(_WORDS)})\b(?! \(\d)", lambda m: _WORDS[m[1]], text)


def _rounds(said: Decimal, wanted: Decimal) -> bool:
    """`said` is `wanted`, or has more decimals and rounds to it."""
    if said == wanted:
        return True
    return _places(said) > _places(wanted) and said.quantize(_unit(wanted), ROUND_HALF_UP) == wanted


def _places(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def _unit(number: Decimal) -> Decimal:
    return Decimal(1).scaleb(-_places(number))


def _decimal(text: str) -> Decimal:
    return Decimal(text.replace(",", ""))


def _days(text: str) -> Iterator[Day]:
    for m in _ISO.finditer(text):
        yield int(m[1]), int(m[2]), int(m[3])
    for m in _DOTTED.finditer(text):
        yield int(m[3]), int(m[2]), int(m[1])
    for m in _DAY_FIRST.finditer(text):
        yield int(m[3]) if m[3] else None, _month(m[2]), int(m[1])
    for m in _MONTH_FIRST.finditer(text):
        yield int(m[3]) if m[3] else None, _month(m[1]), int(m[2])


def _month(name: str) -> int:
    return _MONTHS.index(name[:3]) + 1


def _times(text: str) -> Iterator[tuple[int, int]]:
    for m in _TIME.finditer(text):
        hour = int(m[1])
        if m[3]:
            hour = hour % 12 + (12 if m[3] == "p" else 0)
        yield hour, int(m[2])


def _money(text: str) -> Iterator[tuple[str, Decimal]]:
    for m in _MONEY.finditer(text):
        sign, number = (m[1], m[2]) if m[1] else (m[4], m[3])
        yield _CURRENCY.get(sign, sign.upper()), _decimal(number)


def _lengths(text: str) -> Iterator[Length]:
    """Lengths of time: parts that follow each other ("1 hour and 15 minutes") are one. With a comma
    between them they may be one or two ("1 h, 15 min over"), so each is given and both together."""
    text = re.sub(r"\b(\d+) ?h ?(\d{2})\b(?! ?m)", r"\1 h \2 min", text)
    runs: list[list[tuple[str, int]]] = []
    end: int | None = None
    for m in _PART.finditer(text):
        unit = next(name for name, _ in _UNITS if m[name])
        part = unit, int(m[1].replace(",", ""))
        between = None if end is None else text[end : m.start()]
        apart = text[m.start()] == "("  # "5 h (20 min left)" states two lengths
        joins = between is not None and not apart and re.fullmatch(r",? ?(?:and )?", between)
        if between is not None and joins and unit not in dict(runs[-1]):
            if "," in between:
                yield _length(dict(runs[-1]))
                yield _length(dict([part]))
            runs[-1].append(part)
        else:
            runs.append([part])
        end = m.end()
    yield from (_length(dict(run)) for run in runs)


def _length(parts: dict[str, int]) -> Length:
    months = parts.get("years", 0) * 12 + parts.get("months", 0)
    days = parts.get("weeks", 0) * 7 + parts.get("days", 0)
    seconds = parts.get("hours", 0) * 3600 + parts.get("minutes", 0) * 60 + parts.get("seconds", 0)
    return months, days, parts.get("business_days", 0), seconds
