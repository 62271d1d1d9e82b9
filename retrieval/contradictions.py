"""Where a document contradicts or repeats itself in its frame: its effective date, its clause numbers.

Nothing is decided here: each finding becomes a Problem that names all the places, for a person to settle.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from obligations.document import Chunk, Document, Problem

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = "|".join(_MONTHS)
_DAY = (
    rf"(?:(?:{_MONTH})\s+\d{{1,2}},?\s+\d{{4}}|\d{{1,2}}\.?\s+(?:{_MONTH}),?\s+\d{{4}}"
    r"|\d{4}-\d{2}-\d{2})"
)
# the effective date of an amendment or of another agreement is another date
_EFFECTIVE = re.compile(
    rf"(?<!amendment )(?<!order )(?<!renewal )(?<!price )\beffective\s+date[\"”']?\)?\s*"
    rf"(?:means|is|shall\s+be|:|\|)\s*(?:the\s+)?(?P<after>{_DAY})"
    rf"|\bthis\s+(?:\w+\s+){{0,3}}agreement\b[^.;]{{0,60}}?\beffective\s+(?:as\s+of|on|from)\s+(?P<of>{_DAY})"
    rf"|(?P<before>{_DAY})\s*\((?:the\s+)?[\"“']effective\s+date[\"”']\)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:\d{1,3}(?:\.\d{1,3})+|(?:Article|Schedule|Exhibit|Annex) \S+)(?=\s|$)")
_LEAST_TEXT = 80
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Clause:
    number: str
    part: str
    place: str
    text: str


def contradictions(document: Document, chunks: Sequence[Chunk]) -> tuple[Problem, ...]:
    """Problems for two effective dates, for a clause that stands twice and a number that is used twice."""
    return (*_effective_dates(document, chunks), *_clauses_twice(document, chunks))


def _effective_dates(document: Document, chunks: Sequence[Chunk]) -> Iterator[Problem]:
    stated: dict[str, list[str]] = defaultdict(list)
    shown: dict[str, str] = {}
    for match in _EFFECTIVE.finditer(document.text):
        words = match["after"] or match["of"] or match["before"]
        day = _iso(words)
        shown.setdefault(day, " ".join(words.split()))
        stated[day].append(_place(document, chunks, match.start()))
    if len(stated) > 1:
        told = "; ".join(f"{shown[day]} ({', '.join(dict.fromkeys(stated[day]))})" for day in stated)
        yield Problem(
            stage="parse",
            what=f"states {len(stated)} different effective dates: {told}",
            place="; ".join(dict.fromkeys(place for places in stated.values() for place in places)),
            remedy="Decide which of them holds and enter it; none was chosen.",
        )


def _iso(words: str) -> str:
    """One form for the same day: "March 1, 2026", "1 March 2026" and "2026-03-01"."""
    if words[:4].isdigit():
        return words
    name = next(word for word in re.findall(r"[a-z]+", words.lower()) if word in _MONTHS)
    day, year = (int(figure) for figure in re.findall(r"\d+", words))
    return f"{year:04d}-{_MONTHS.index(name) + 1:02d}-{day:02d}"


def _place(document: Document, chunks: Sequence[Chunk], offset: int) -> str:
    """Section and page of an offset, as far as there are any, else the file."""
    section = next((c.section for c in chunks if c.start <= offset < c.end), "")
    page = document.page_at(offset)
    return ", ".join(part for part in (section, f"page {page}" if page else "") if part) or document.name


def _clauses_twice(document: Document, chunks: Sequence[Chunk]) -> Iterator[Problem]:
    by_text: dict[str, list[_Clause]] = defaultdict(list)
    by_number: dict[tuple[str, str], list[_Clause]] = defaultdict(list)
    for clause in _clauses(document, chunks):
        by_number[clause.part, clause.number].append(clause)
        if len(clause.text) >= _LEAST_TEXT:
            by_text[clause.text].append(clause)
    twice = [found for found in by_text.values() if len(found) > 1]
    told = {id(clause) for found in twice for clause in found}
    yield from _limited("the same clause stands more than once", twice, "Check whether one is a leftover.")
    several = [[c for c in found if id(c) not in told] for found in by_number.values() if len(found) > 1]
    yield from _limited(
        "one number is used for different clauses",
        [found for found in several if len(found) > 1],
        "Check which clause a reference to this number means.",
    )


def _clauses(document: Document, chunks: Sequence[Chunk]) -> Iterator[_Clause]:
    """Numbered clauses, each from its first chunk; a clause that is cut has several chunks in a row."""
    for chunk in chunks:
        found = _NUMBER.match(chunk.section)
        opening = _opening(found[0], chunk.text) if found else None
        if found and opening:
            part = next((name for name in chunk.path if not name[:1].isdigit()), "")
            place = f"{chunk.section}, page {chunk.page}" if chunk.page else chunk.section
            yield _Clause(found[0], part, place, " ".join(chunk.text[opening.end() :].casefold().split()))


def _opening(number: str, text: str) -> re.Match[str] | None:
    """Where the chunk's line starts with the number; the rest of a long clause has no such line."""
    return re.search(rf"^\W*(?:section |clause )?{re.escape(number)}\b", text, re.I | re.M)


def _limited(what: str, groups: Sequence[Sequence[_Clause]], remedy: str) -> Iterator[Problem]:
    """One problem for each group, up to a handful; a text numbered anew throughout gives one more in sum."""
    for group in groups[:_MOST_NAMED]:
        numbers = ", ".join(dict.fromkeys(clause.number for clause in group))
        places = "; ".join(f"{clause.place}" for clause in group[:4])
        yield Problem(stage="parse", what=f"{what}: {numbers}", place=places, remedy=remedy)
    if len(groups) > _MOST_NAMED:
        left = len(groups) - _MOST_NAMED
        places = "; ".join(group[0].place for group in groups[_MOST_NAMED : _MOST_NAMED + 10])
        yield Problem(stage="parse", what=f"{what}: {left} more", place=places, remedy=remedy)
