"""Numbers, durations, percentages and money as contracts write them, with the place of each.

All functions take flat text (see `extraction.flat`) and give mentions whose `start` and `end` are flat
indices. Words and figures may stand together, "thirty (30) days"; where they disagree the words count,
as courts read them, and the mention says `conflict`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from pydantic import ValidationError

from extraction import patterns
from obligations.quantities import Duration, Money

_UNITS = {
    word: value
    for value, word in enumerate(
        [
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
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_ODD: dict[str, int | Decimal] = {
    "fourty": 40,
    "ninty": 90,
    "twelth": 12,
    "a": 1,
    "an": 1,
    "another": 1,
    "half": Decimal("0.5"),
    "both": 2,
}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        start=1,
    )
} | {"thirtieth": 30, "last": -1}

_WORD = "(?:" + "|".join(sorted([*_UNITS, *_TENS, *_SCALES, "fourty", "ninty"], key=len, reverse=True)) + ")"
NUMBER_WORDS = rf"(?:{_WORD}(?:(?:\s+and\s+|[\s-]\s?){_WORD}){{0,7}})"
FIGURES = r"(?:\d{1,3}(?:[,.' ]\d{3})+(?:[.,]\d{1,4})?(?![\d])|\d+(?:[.,]\d+)?)"
REDACTED = (
    r"(?:\[\s*[*•●·†_x…. ]+\s*\]|\{\s*\*[*\s]*\}|\[redacted\]|\*{3,}|\*(?:\s\*){2,}|_{3,}"
    r"|\b(?-i:X{4,})\b)"
)
"""A figure blacked out or left open."""


@dataclass(frozen=True, slots=True)
class Mention:
    """Something measurable at `start..end` of the flat text it was found in."""

    start: int
    end: int
    text: str
    conflict: bool = False


@dataclass(frozen=True, slots=True)
class DurationMention(Mention):
    """`value` of `unit`; `business` when it counts business days or support hours; `iso` is its text."""

    value: Decimal = Decimal(0)
    unit: str = "day"
    business: bool = False
    calendar_name: str = ""

    @property
    def duration(self) -> Duration:
        return Duration.model_validate(self.iso)

    @property
    def iso(self) -> str:
        return iso_duration(self.value, self.unit)

    @property
    def meant(self) -> bool:
        """Whether a promise can have it: a length beyond the calendar is something else."""
        try:
            return bool(self.duration.iso)
        except ValidationError:
            return False


@dataclass(frozen=True, slots=True)
class PercentMention(Mention):
    value: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class MoneyMention(Mention):
    amount: Decimal = Decimal(0)
    currency: str = ""

    @property
    def money(self) -> Money:
        return Money(amount=self.amount, currency=self.currency)


def words_value(words: str) -> Decimal | None:
    """The number that words say: "one hundred and twenty" is 120; None if they say none."""
    total, current, seen = Decimal(0), Decimal(0), False
    for word in re.split(r"[\s-]+", words.lower().strip()):
        if word == "and":
            continue
        if word in _UNITS or word in _TENS or word in _ODD:
            current += Decimal(_UNITS.get(word, _TENS.get(word, _ODD.get(word, 0))))
            seen = True
        elif word == "hundred":
            current = (current or Decimal(1)) * 100
            seen = True
        elif word in _SCALES:
            total += (current or Decimal(1)) * _SCALES[word]
            current, seen = Decimal(0), True
        else:
            return None
    return total + current if seen else None


def figures_value(figures: str, *, money: bool = False) -> Decimal | None:
    """The number that figures say, in English or continental style ("1,234.5", "1.234,50", "1 000").

    A single separator with three digits after it groups thousands when `money` is set or it is a comma;
    otherwise it is the decimal point.
    """
    text = figures.replace(" ", "").replace("'", "")
    comma, point = text.rfind(","), text.rfind(".")
    if comma >= 0 and point >= 0:
        decimal_mark = "," if comma > point else "."
        text = text.replace("." if decimal_mark == "," else ",", "").replace(decimal_mark, ".")
    elif comma >= 0 or point >= 0:
        mark = "," if comma >= 0 else "."
        head, *groups = text.split(mark)
        thousands = all(len(group) == 3 for group in groups) and head.strip("0") != ""
        if len(groups) > 1 and len(groups[-1]) == 2 and all(len(group) == 3 for group in groups[:-1]):
            text = f"{head}{''.join(groups[:-1])}.{groups[-1]}"
        elif len(groups) > 1 or (thousands and (money or mark == ",")):
            text = text.replace(mark, "")
        else:
            text = text.replace(mark, ".")
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def number_value(text: str, *, money: bool = False) -> Decimal | None:
    """The value of a number written in figures or in words."""
    stripped = text.strip(" ()")
    return figures_value(stripped, money=money) if stripped[:1].isdigit() else words_value(stripped)


def ordinal_value(text: str) -> int | None:
    """1 for "1st" or "first", 21 for "twenty-first", -1 for "last"; None if it is no ordinal."""
    lower = text.lower().strip()
    if match := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", lower):
        return int(match.group(1))
    if lower in _ORDINALS:
        return _ORDINALS[lower]
    tens, _, unit = lower.replace("-", " ").partition(" ")
    if tens in _TENS and _ORDINALS.get(unit, 99) < 10:
        return _TENS[tens] + _ORDINALS[unit]
    return None


ORDINAL = (
    r"(?:\d{1,2}\s?(?:s\s?t|n\s?d|r\s?d|t\s?h)\b|(?:twenty|thirty)-?\s?(?:first|second|third|fourth"
    r"|fifth|sixth"
    r"|seventh|eighth|"
    r"ninth)|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|"
    r"fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth|last)"
)

_NUMBER = (
    rf"(?:(?P<words>\b{NUMBER_WORDS}|\b(?:an?|one|another)(?=[\s-](?:full\s|single\s|calendar\s"
    rf"|further\s|additional\s)?(?:UNIT)\b))|(?P<figures>(?<![\d.,$€£])(?<!PT){FIGURES}))"
)
_UNIT = (
    r"(?:minutes?|mins?|hours?|hrs?|hourly|h(?![\w-])|business\s?days?|working\s?days?|weekdays?|days?|"
    r"weeks?|fortnights?|months?|quarters?|years?|seconds?|secs?)"
)
_QUALIFIER = (
    r"(?:(?P<kind>business|working|banking|trading|support|service|office|week|clock|calendar"
    r"|consecutive|continuous|"
    r"successive|additional|further|full|clear|complete|elapsed|contract|natural|whole|solid)[\s-]?"
    r"(?:and\s)?)"
)
_DURATION = re.compile(
    _NUMBER.replace("UNIT", "business|working|" + _UNIT)
    + rf"(?:\s{{0,2}}\(\s?(?:(?P<paren>{FIGURES}|{NUMBER_WORDS})|[Il]|\[?[*•●_ ]{{1,7}}\]?)\s?\))?"
    + r"\]?[\s-]{0,2}(?P<half>and (?:a|one) half\s)?"
    + rf"{_QUALIFIER}?(?:{_QUALIFIER.replace('?P<kind>', '?P<kind2>')})?(?P<unit>{_UNIT})"
    + rf"(?![A-Za-z])(?:'?s?\b'?)?(?:\s?\(\s?(?P<after>{FIGURES})\s?\))?",
    re.IGNORECASE,
)
_NO_LENGTH = re.compile(
    r"(?:\bhalf\s|(?:\d\)?|\w)\s?\b(?:hours?|hrs?|times|days?|x|once|twice)\s)$", re.IGNORECASE
)
_ANY_UNIT = re.compile(
    r"day|month|year|week|hour|minut|quarter|hr|min\b|mins|fortnight|sec|\d\s?h|P[T\d]", re.IGNORECASE
)
_UNDERLINED = re.compile(r"(?<!_)_(?=\w(?<!_))|(?<=\w)(?<!_)_(?!_)")
"""Marks of underlining around a word ("_sixty_ (_60_) days"); blanks to fill in are longer."""
_REMEMBERED = 4096
_HALF = re.compile(r"\b(?:half an|one[\s-]half|half-?an?|half a) ?(?P<unit>hour|day|year)\b", re.IGNORECASE)
_ISO = re.compile(
    r"(?<![\w.])P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?(?!\w)"
)
_UNIT_NAMES = (
    ("min", "minute"),
    ("business", "day"),
    ("working", "day"),
    ("weekday", "day"),
    ("sec", "second"),
    ("h", "hour"),
    ("d", "day"),
    ("w", "week"),
    ("f", "fortnight"),
    ("mo", "month"),
    ("q", "quarter"),
    ("y", "year"),
)
_BUSINESS = frozenset({"business", "working", "banking", "trading", "support", "service", "office", "week"})
_ISO_LETTER = {"day": "D", "week": "W", "month": "M", "year": "Y"}
_SMALLER = {"year": ("month", 12), "hour": ("minute", 60), "minute": ("second", 60), "week": ("day", 7)}


def iso_duration(value: Decimal, unit: str) -> str:
    """ISO 8601 text of a value and a unit; fractions go down one unit (1.5 hours is PT90M)."""
    if unit in ("quarter", "fortnight"):
        value, unit = (value * 3, "month") if unit == "quarter" else (value * 2, "week")
    while value != value.to_integral_value() and unit in _SMALLER:
        smaller, factor = _SMALLER[unit]
        value, unit = value * factor, smaller
    if value != value.to_integral_value() and unit == "day":
        value, unit = value * 24, "hour"
    count = int(value.to_integral_value())
    if unit in _ISO_LETTER:
        return f"P{count}{_ISO_LETTER[unit]}"
    return f"PT{count}{unit[0].upper()}"


@lru_cache(maxsize=_REMEMBERED)
def durations(text: str) -> tuple[DurationMention, ...]:
    """Every length of time in the text; "24 x 7" and "24 hours a day" are none, nor is one that no promise
    can have ("5000 years")."""
    if not _ANY_UNIT.search(text):
        return ()
    if "_" in text:
        text = _UNDERLINED.sub(" ", text)
    return tuple(d for d in _durations(text) if d.meant)


def _durations(text: str) -> Iterator[DurationMention]:
    for match in _DURATION.finditer(text):
        tail = text[match.end() : match.end() + 16].lower()
        unit = next(name for prefix, name in _UNIT_NAMES if match["unit"].lower().startswith(prefix))
        if re.match(r"\s?(?:a|per|each|every|/)\s?(?:day|week)\b|\s?[x/]\s?(?:7|24)|-?old\b", tail):
            continue
        if match["words"] and _NO_LENGTH.search(text[max(0, match.start() - 12) : match.start()]):
            continue
        if unit == "day" and re.match(r"\s?(?:a|per|each|every|/)\s?(?:week|year)\b", tail):
            continue
        value, conflict = _value(match["words"], match["figures"], match["paren"] or match["after"])
        if value is None:
            continue
        if match["half"]:
            value += Decimal("0.5")
        kinds = {(match["kind"] or "").lower(), (match["kind2"] or "").lower()}
        unit_says = patterns.match(r"business|working|week(?=day)", match["unit"])
        named = (kinds & _BUSINESS) or ({unit_says.group().lower()} if unit_says else set())
        yield DurationMention(
            start=match.start(),
            end=match.end(),
            text=match.group(),
            conflict=conflict,
            value=value,
            unit=unit,
            business=bool(named),
            calendar_name=f"{next(iter(named))} {unit}" if named else "",
        )
    for match in _HALF.finditer(text):
        unit, half = match["unit"].lower(), Decimal("0.5")
        yield DurationMention(match.start(), match.end(), match.group(), value=half, unit=unit)
    for match in _ISO.finditer(text):
        yield from _iso_mention(match)


def _iso_mention(match: re.Match[str]) -> Iterator[DurationMention]:
    parts = re.fullmatch(r"P(?:(\d+)([YMWD]))?(?:T(\d+)([HMS]))?", match.group())
    if not parts:
        return
    names = (
        {"Y": "year", "M": "month", "W": "week", "D": "day"}
        if parts[1]
        else {"H": "hour", "M": "minute", "S": "second"}
    )
    yield DurationMention(
        start=match.start(),
        end=match.end(),
        text=match.group(),
        value=Decimal(parts[1] or parts[3]),
        unit=names[parts[2] or parts[4]],
    )


def _value(words: str | None, figures: str | None, paren: str | None) -> tuple[Decimal | None, bool]:
    """The value of a number said once or twice, and whether the two disagree."""
    said = words or figures
    if said is None:
        return None, False
    value = Decimal(1) if said.lower() in ("a", "an", "another") else number_value(said)
    again = number_value(paren) if paren else None
    if value is None or again is None or value == again:
        return (again if value is None else value), False
    in_words = value if words else again
    return in_words, True


_MIXED = r"(?:\d{1,3}(?:\s?-\s?|\s)[1lI]\s?/\s?[2-8](?!\d)|\d{1,3}[\s-]?[½¼¾])"
_OF_HUNDRED = r"(?:%|percent\b|per\s?cent\b)"
_PERCENT = re.compile(
    rf"(?:(?P<words>\b(?:one[\s-]half of one|{NUMBER_WORDS} and (?:a|one)[\s-](?:half|quarter)|{NUMBER_WORDS}"
    rf"(?:\s(?:and|point)\s(?:one|two|three|four|five|six|seven|eight|nine)(?:[\s-](?:tenths?|nine"
    rf"|five))?)?))"
    rf"(?:\s?(?:percent|per\s?cent))?\s?\(\s?(?P<paren>{_MIXED}|{FIGURES}|[Il])\s?(?:%|percent"
    rf"|per\s?cent)\s?\)"
    rf"(?:\s?(?:percent|per\s?cent|%))?"
    rf"|\b(?P<spelled>{NUMBER_WORDS}(?: and (?:a|one)[\s-](?:half|quarter))?)"
    rf"\s?\(\s?(?P<again>{_MIXED}|{FIGURES})\s?\)\s?{_OF_HUNDRED}"
    rf"|(?<![\d.,/])(?P<mixed>{_MIXED})\s?(?:%|percent\b|per\s?cent\b)"
    rf"|(?P<figures>(?<![\d.,/]){FIGURES})\s?(?:\(\s?{NUMBER_WORDS}\s?\)\s?)?(?:%|percent\b|per\s?cent\b"
    rf"|pct\b)"
    rf"|\(\s?(?P<framed>{FIGURES})\s?\)\s?{_OF_HUNDRED}"
    rf"|(?P<halves>\b(?:{NUMBER_WORDS} and )?(?:a|one)[\s-]half (?:of one )?(?:a )?"
    rf"(?:percent\b|per\s?cent\b))"
    rf"|(?P<plain>\b{NUMBER_WORDS})\s(?:percent\b|per\s?cent\b))",
    re.IGNORECASE,
)


@lru_cache(maxsize=_REMEMBERED)
def percents(text: str) -> tuple[PercentMention, ...]:
    """Every percentage: "99.9%", "99,95 %", "two percent (2%)", "five per cent"."""
    return tuple(_percents(text)) if _ANY_PERCENT.search(text) else ()


def _percents(text: str) -> Iterator[PercentMention]:
    for match in _PERCENT.finditer(text):
        said = match["paren"] or match["again"] or match["mixed"] or match["figures"] or match["framed"]
        said = said or match["halves"] or match["plain"]
        value = _percent_value(said)
        if value is None:
            continue
        words = words_value(match["words"] or match["spelled"] or "")
        conflict = (
            words is not None
            and words != value
            and words == words.to_integral_value()
            and value == int(value)
        )
        if conflict and words is not None:
            value = words
        yield PercentMention(match.start(), match.end(), match.group(), conflict, value)


_ANY_PERCENT = re.compile(r"%|per ?cent|pct", re.IGNORECASE)


_FRACTIONS = {"½": Decimal("0.5"), "¼": Decimal("0.25"), "¾": Decimal("0.75")}


def _percent_value(said: str) -> Decimal | None:
    """Percentages never group thousands below 1000: "99.985" and "99,985" are decimals; "1-1/2" is 1.5."""
    if said in ("I", "l"):
        return Decimal(1)
    if mixed := re.fullmatch(r"(\d{1,3})[\s-]*([1lI])\s?/\s?(\d)", said):
        return Decimal(mixed[1]) + Decimal(1) / Decimal(mixed[3])
    if said[-1:] in _FRACTIONS:
        return Decimal(said[:-1].strip(" -") or 0) + _FRACTIONS[said[-1]]
    if said[:1].isdigit():
        text = said.replace(" ", "").replace(",", ".")
        return Decimal(text) if text.count(".") <= 1 else figures_value(said)
    halved = re.match(r"(?:(?P<whole>.+?) and )?(?:a|one)[\s-]half\b", said, re.IGNORECASE)
    if halved:
        return Decimal("0.5") + (words_value(halved["whole"] or "zero") or 0)
    return words_value(said)


_SYMBOLS = {
    "US$": "USD", "U.S.$": "USD", "USD$": "USD", "C$": "CAD", "CA$": "CAD", "CAD$": "CAD", "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD", "S$": "SGD", "HK$": "HKD", "R$": "BRL", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY",
    "₹": "INR", "CDN$": "CAD", "CND$": "CAD",
    "RS.": "INR", "RMB": "CNY", "ZŁ": "PLN", "₩": "KRW", "₪": "ILS", "FR.": "CHF", "SFR.": "CHF",
}  # fmt: skip
_CODES = [
    "EUR",
    "USD",
    "GBP",
    "CHF",
    "SEK",
    "NOK",
    "DKK",
    "PLN",
    "CZK",
    "HUF",
    "RON",
    "BGN",
    "JPY",
    "CNY",
    "INR",
    "CAD",
    "AUD",
    "NZD",
    "SGD",
    "HKD",
    "KRW",
    "BRL",
    "MXN",
    "ZAR",
    "ILS",
    "TRY",
    "AED",
    "SAR",
    "THB",
    "MYR",
    "IDR",
    "PHP",
    "TWD",
    "RUB",
    "UAH",
    "ISK",
]
_NAMES = {
    "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "us dollar": "USD", "us dollars": "USD",
    "u.s. dollar": "USD", "u.s. dollars": "USD", "united states dollars": "USD", "canadian dollars": "CAD",
    "australian dollars": "AUD", "pound sterling": "GBP", "pounds sterling": "GBP", "pounds": "GBP",
    "sterling": "GBP", "swiss francs": "CHF", "swedish kronor": "SEK", "zloty": "PLN", "zlotys": "PLN",
    "yen": "JPY",
    "renminbi": "CNY", "yuan": "CNY", "rupees": "INR", "rand": "ZAR",
}  # fmt: skip
CURRENCY_SIGN = "(?:" + "|".join(re.escape(s) for s in sorted(_SYMBOLS, key=len, reverse=True)) + ")"
CURRENCY_CODE = "(?:" + "|".join(_CODES) + ")"
CURRENCY_NAME = "(?:" + "|".join(re.escape(n) for n in sorted(_NAMES, key=len, reverse=True)) + ")"


def _amount(number: str, scale: str) -> str:
    return (
        rf"(?P<{number}>{FIGURES}|\.\d{{2,4}}(?!\d))(?:,-|\.-)?"
        rf"(?:\s?(?P<{scale}>thousand|million|billion|mn|bn|mio|m|k)\b\.?)?"
    )


_IN_FIGURES = (
    rf"(?P<before>(?<![A-Za-z])(?:{CURRENCY_CODE}\s?{CURRENCY_SIGN}|{CURRENCY_SIGN}|{CURRENCY_CODE}|Euros?(?=\s\d)))"
    rf"\s?{_amount('a1', 's1')}"
    rf"(?:\s?\(?(?P<other>(?:CAD|CDN|CND|AUD|NZD|HKD|SGD)\b))?"
    rf"|(?<![\w.,/]){_amount('a2', 's2')}\s?(?P<after>{CURRENCY_CODE}\b|RMB\b|€|£|zł|{CURRENCY_NAME}\b)"
)
_IN_WORDS = (
    rf"\b(?P<before2>{CURRENCY_CODE}|RMB)\s(?:{NUMBER_WORDS})\s?\(\s?{CURRENCY_SIGN}?\s?(?P<a4>{FIGURES})\s?\)"
    rf"|\b(?P<words>{NUMBER_WORDS})\s(?:\(\s?{CURRENCY_SIGN}?\s?(?P<a3>{FIGURES})\s?\)\s)?(?P<name>{CURRENCY_NAME})\b"
    rf"(?!\s?\(\s?(?:U\.?S\.?\s?)?{CURRENCY_SIGN})"
)
_MONEY = re.compile(rf"{_IN_WORDS}|{_IN_FIGURES}", re.IGNORECASE)
_MONEY_IN_FIGURES = re.compile(_IN_FIGURES, re.IGNORECASE)
_SPELLED = re.compile(
    r"hundred|thousand|million|billion|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twel"
    r"|teen|ty\b",
    re.IGNORECASE,
)
_MONEY_WORDS = (
    "dollar", "euro", "pound", "sterling", "franc", "kron", "zł", "zlot", " yen", "renminbi", "yuan", "rupee",
    " rand", "rs.", "rmb", "fr.", "eur ", "usd", "gbp",
)  # fmt: skip
_MONEY_SIGNS = re.compile("[$€£¥₹₩₪]|" + "|".join(_CODES))
_SCALE = {
    "thousand": 1_000, "k": 1_000, "million": 1_000_000, "mn": 1_000_000, "mio": 1_000_000, "m": 1_000_000,
    "billion": 1_000_000_000, "bn": 1_000_000_000,
}  # fmt: skip


@lru_cache(maxsize=_REMEMBERED)
def money(text: str) -> tuple[MoneyMention, ...]:
    """Every amount with its currency; an amount without one is no money."""
    return tuple(_money(text)) if names_money(text) else ()


def names_money(text: str) -> bool:
    """A cheap look for a sign, a code in capitals or the name of a currency."""
    if _MONEY_SIGNS.search(text):
        return True
    lower = text.lower()
    return any(word in lower for word in _MONEY_WORDS)


def _money(text: str) -> Iterator[MoneyMention]:
    """Numbers in words cost time to look for; a text without their usual words is read by its figures."""
    for match in (_MONEY if _SPELLED.search(text) else _MONEY_IN_FIGURES).finditer(text):
        groups = match.groupdict()
        said = groups["a1"] or groups["a2"] or groups.get("a3") or groups.get("a4")
        amount = figures_value(said, money=True) if said else words_value(groups["words"])
        before = groups["other"] or groups["before"] or groups.get("before2")
        currency = _currency(before or groups["after"] or groups["name"])
        if amount is None or currency is None:
            continue
        scale = (groups["s1"] or groups["s2"] or "").lower()
        yield MoneyMention(
            start=match.start(),
            end=match.end(),
            text=match.group(),
            amount=amount * _SCALE.get(scale, 1),
            currency=currency,
        )


def _currency(said: str) -> str | None:
    upper = said.upper().replace(" ", "")
    if upper in ("CDN", "CND"):
        return "CAD"
    if upper in _SYMBOLS:
        return _SYMBOLS[upper]
    if upper[:3] in _CODES and (len(upper) == 3 or not upper[3:].isalpha()):
        return upper[:3]
    return _NAMES.get(" ".join(said.lower().split()))


_REDACTED_DURATION = re.compile(
    rf"{REDACTED}(?:\s?\({REDACTED}\))?\s?(?:(?:business|working|calendar)\s)?(?:days?|hours?|months?"
    rf"|years?|minutes?|weeks?)\b|(?<=within ){REDACTED}",
    re.IGNORECASE,
)


def redacted_durations(text: str) -> Iterator[Mention]:
    """Lengths of time whose figure is blacked out ("within [***] days")."""
    for match in _REDACTED_DURATION.finditer(text):
        yield Mention(match.start(), match.end(), match.group())
