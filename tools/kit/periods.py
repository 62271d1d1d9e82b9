"""Service periods named in short texts: "2026-09", "09/2026", "Sep 2026", "2026-Q3", "2026-W40"."""

import re

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january", "januar"),
            ("feb", "february", "februar"),
            ("mar", "march", "mrz", "märz"),
            ("apr", "april"),
            ("may", "mai"),
            ("jun", "june", "juni"),
            ("jul", "july", "juli"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october", "okt", "oktober"),
            ("nov", "november"),
            ("dec", "december", "dez", "dezember"),
        ),
        1,
    )
    for name in names
}
_YEAR = r"(?P<year>20\d\d)"
_PATTERNS = (
    re.compile(rf"(?<!\d){_YEAR}-(?P<rest>W(?:0[1-9]|[1-4]\d|5[0-3])|Q[1-4])(?!\d)", re.IGNORECASE),
    re.compile(rf"\b(?P<rest>Q[1-4])[ /-]{_YEAR}(?!\d)", re.IGNORECASE),
    re.compile(rf"(?<![\d-]){_YEAR}[-/.](?P<month>0[1-9]|1[0-2])(?![\d-])"),
    re.compile(rf"(?<![\d./-])(?P<month>0?[1-9]|1[0-2])[-/.]{_YEAR}(?!\d)"),
    re.compile(rf"\b(?P<name>[^\W\d_]{{3,9}})\.?[ -]{_YEAR}(?!\d)"),
)


def period_in(text: str) -> str:
    """The period a text names, as "2026-09", "2026-Q3" or "2026-W40"; empty where it names none, or two
    different ones. A full date is no period."""
    found = {period for pattern in _PATTERNS for m in pattern.finditer(text) if (period := _read(m))}
    return found.pop() if len(found) == 1 else ""


def month_number(name: str) -> int:
    """1 to 12 for an English or German month, in full or short; 0 for any other word."""
    return _MONTHS.get(name.casefold(), 0)


def _read(match: re.Match[str]) -> str:
    parts = match.groupdict()
    if "rest" in parts:
        return f"{parts['year']}-{parts['rest'].upper()}"
    month = month_number(parts["name"]) if "name" in parts else int(parts["month"])
    return f"{parts['year']}-{month:02d}" if month else ""
