"""Terms that stand in a line or a definition instead of a sentence about the agreement.

"Termination Date: 31 March 2027" on a cover sheet, '"Brand License Term" means the period … ending two years
thereafter', "the license to show the film shall expire on 30 June". Flat text in, what was found out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from extraction.dates import DateMention, dates
from extraction.quantities import DurationMention, Mention, durations
from extraction.sentences import NUMBERING
from extraction.term_ends import told_end


@dataclass(frozen=True)
class Line:
    """A term read in a line: its length or its last day, and where they stand."""

    length: DurationMention | None
    due_on: date | None
    places: tuple[Mention, ...]


_WHOSE = (
    r"(?:(?:the|this|initial|original|contract|agreement|licen[cs]e|service|subscription|lease|sow) ){0,2}"
)
_END_KEY = re.compile(
    rf"\W*{_WHOSE}(?:(?:termination|expiration|expiry|ending|end) date|(?:contract|agreement|term|licen[cs]e"
    rf"|lease|sow) (?:ends?|expires?|expiry|expiration|termination)(?: date| on)?"
    rf"|(?:expiration|end|expiry) of (?:the |this )?(?:term|contract|agreement|licen[cs]e))"
    rf"\s?(?:\([^()]{{1,30}}\)\s?)?[:=|.–-]{{0,2}}\s?$",
    re.IGNORECASE,
)
_OTHER_KEY = re.compile(r"\b(?:sell[- ]?off|offer|option|notice|warranty|trial|quote)\b", re.IGNORECASE)
_LONGEST_LINE = 110
_THEN = re.compile(
    r"\W{1,3}(?:commenc\w+|beginning|starting|effective)(?: date| on| from)?\W{1,3}", re.IGNORECASE
)
_TERM_KEY = re.compile(
    r"\b(?:licen[cs]e|initial|contract|agreement|service)? ?(?:[Tt]erm|TERM|[Dd]uration)\b[^.;]{0,60}$"
)
_DEFINES = re.compile(
    r"\"(?P<name>[^\"]{0,50}\bTerm|(?:Contract|License|Licence|Agreement|Service|Delivery|Initial) Period)\""
    r"\W{0,2}(?:shall |will )?(?:means?|is|be)\b(?: the)? ?(?:period|term|time)?",
    re.IGNORECASE,
)
_OTHER_TERM = re.compile(
    r"\b(?:royalt\w+|renewal|extension|extended|restrict\w+|payment|warranty|insurance|patent|support|loan|lock"
    r"|standstill|option|transition|non-\w+|confidential\w*)\b",
    re.IGNORECASE,
)
_RIGHT_ENDS = re.compile(
    r"\b(?:licen[cs]es?(?: granted)?|rights? and licen[cs]e|term of (?:the )?(?:exclusivity|licen[cs]e))\b"
    r"(?! (?:fee|agreement))[^.;]{0,90}?\b(?:shall|will) (?:automatically )?(?:expire|terminate|end)s?"
    r"(?: on)?\W+$",
    re.IGNORECASE,
)
_NOT_AFTER = re.compile(
    r"\s(?:after|following|from) (?:the |its |any |such )?(?:\w+ )?(?:notice|receipt|breach|termination"
    r"|expir\w+)",
    re.IGNORECASE,
)


def term_lines(text: str, *, month_first: bool) -> Iterator[Line]:
    """Every term that a line, a definition or the end of a licence states."""
    low = text.lower()
    if not any(word in low for word in ("term", "expir", " end", "duration", "licen")):
        return
    if line := _keyed(text, month_first) or _commencing(text, month_first) or _defined(text, month_first):
        yield line
        return
    yield from _licences(text, month_first)


def _keyed(text: str, month_first: bool) -> Line | None:
    """ "Contract end: 1 April 2028": a key, its day, and hardly a word more."""
    numbered = NUMBERING.match(text)
    line = text[numbered.end() if numbered else 0 :]
    if len(line) > _LONGEST_LINE or _OTHER_KEY.search(line):
        return None
    shift = len(text) - len(line)
    for day in dates(text, month_first=month_first)[:2]:
        if day.start >= shift and _END_KEY.fullmatch(text, shift, day.start):
            return Line(None, day.day, (day,))
    return None


def _commencing(text: str, month_first: bool) -> Line | None:
    """ "License Term: … 2 years Commencing: 15 May 2021"."""
    for length in durations(text):
        then = _THEN.match(text, length.end)
        if then is None or length.unit not in ("month", "year"):
            continue
        starts = any(day.start == then.end() for day in dates(text, month_first=month_first))
        if starts and _TERM_KEY.search(text[max(0, length.start - 90) : length.start]):
            return Line(length, None, (length,))
    return None


def _defined(text: str, month_first: bool) -> Line | None:
    """'"Brand License Term" means the period commencing … and ending 18 months thereafter'."""
    defined = _DEFINES.search(text)
    if defined is None or _OTHER_TERM.search(defined["name"]):
        return None
    body = text[defined.end() : defined.end() + 330]
    if (told := told_end(body)) is not None and told.start < 200:
        return Line(told, None, (_moved(told, defined.end()),))
    for day in dates(body, month_first=month_first):
        if re.search(
            r"\b(?:until|ending|ends|through|to|expir\w+|-)\s(?:on |and including )*$", body[: day.start]
        ):
            return Line(None, day.day, (_moved(day, defined.end()),))
    return None


def _licences(text: str, month_first: bool) -> Iterator[Line]:
    """A licence, or its exclusivity, that ends on a day or a length of time after an event."""
    found: list[DateMention | DurationMention] = [*dates(text, month_first=month_first)]
    found += [d for d in durations(text) if d.unit in ("month", "year")]
    for place in sorted(found, key=lambda p: p.start):
        if not _RIGHT_ENDS.search(text[max(0, place.start - 190) : place.start]):
            continue
        if isinstance(place, DateMention):
            yield Line(None, place.day, (place,))
        elif re.match(r"\s(?:after|following|from)\b", text[place.end :]) and not _NOT_AFTER.match(
            text, place.end
        ):
            yield Line(place, None, (place,))


def _moved(place: Mention, by: int) -> Mention:
    return Mention(place.start + by, place.end + by, place.text)
