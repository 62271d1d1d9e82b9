"""Words for numbers, months and weekdays, in English and, for months, in German."""

_MONTH_NAMES = (
    "january jan januar",
    "february feb februar",
    "march mar märz maerz",
    "april apr",
    "may mai",
    "june jun juni",
    "july jul juli",
    "august aug",
    "september sept sep",
    "october oct oktober okt",
    "november nov",
    "december dec dezember dez",
)
_SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_LARGE = "twenty thirty forty fifty sixty seventy eighty ninety"

MONTHS: dict[str, int] = {name: n for n, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
"""Name or abbreviation, in lower case -> number of the month."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

UNITS: dict[str, int] = {word: n for n, word in enumerate(_SMALL.split())}
TENS: dict[str, int] = {word: n * 10 for n, word in enumerate(_LARGE.split(), 2)}
NUMBERS: dict[str, int] = {**UNITS, **TENS}
"""Number words up to nineteen, and the tens."""


def either(words: "dict[str, int] | tuple[str, ...] | list[str]") -> str:
    """A regular expression for any of the words, longest first."""
    return "|".join(sorted(words, key=len, reverse=True))
