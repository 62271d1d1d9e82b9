"""Documents into chunks along the contract's own numbering.

A chunk is a clause with its sub-items, at most about `SIZE` characters; a longer clause is cut at its
items, then at sentence ends, a table at its rows. `chunk.text == document.text[start:end]` always.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from obligations.document import Chunk, Document
from retrieval.numbering import Marker, is_title, marker

SIZE = 1_200
_SMALL = 160
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:[A-Z]|No|Nos|Inc|Ltd|Corp|Co|Sec|Art|Mr|Ms|Dr|St|vs|etc|e\.g|i\.e|U\.S|approx|Abs|Nr|bzw|z\.B|ca))\.$"
)
# what follows a sentence is anything but a small letter: many scripts have no capitals; the full stops of
# Chinese and Japanese are followed by no space
_SENTENCE = re.compile(
    r"[.;:!?؟۔।][\"”’')\]]*\s+(?=[\"“‘'(\[]?(?P<next>[^\W_]|\())|[。！？；][\"”’')\]」』）]*\s*"
)
_INLINE = re.compile(
    r"(?<=[.;:])[\"”)]?\s+(?=(?:\d{1,2}\.\d{1,2}(?:\.\d{1,2})?\.?|Section \d{1,2}\.\d{1,2})\s+[A-Z\"“(])"
)
_INLINE_LEAST = 400
_NUMBERED = 5
_ROMAN = re.compile("x?(?:i{1,3}|iv|vi{0,3}|ix)|x")


@dataclass(frozen=True)
class _Unit:
    """A line or table of the text with the clause it belongs to.

    `heading` is True for a line that is nothing but a heading; `opens` when a clause starts here.
    """

    start: int
    end: int
    trail: tuple[Marker, ...]
    heading: bool = False
    opens: bool = False
    table: bool = False


def chunk(document: Document) -> tuple[Chunk, ...]:
    """The chunks of a document in reading order; together they hold all of its text but white space."""
    chunks = []
    starts = [page.start for page in document.pages]
    for units in _grouped(list(_units(document))):
        for start, end, trail in _cut(document.text, units):
            page = document.pages[max(bisect_right(starts, start) - 1, 0)].number if starts else None
            chunks.append(_chunk(document, (start, end), trail, page))
    return tuple(chunks)


def _chunk(document: Document, place: tuple[int, int], trail: Sequence[Marker], page: int | None) -> Chunk:
    start, end = place
    section, path = _named(trail)
    return Chunk(
        id=f"{document.id[:16]}:{start}-{end}",
        document_id=document.id,
        start=start,
        end=end,
        text=document.text[start:end],
        section=section,
        path=path,
        page=page,
    )


def _named(trail: Sequence[Marker]) -> tuple[str, tuple[str, ...]]:
    """Section label and the headings above it: items are named after their clause, "3.2(b)"."""
    if not trail:
        return "", ()
    above = [mark for mark in trail if mark.style != "paren"]
    items = [mark for mark in trail if mark.style == "paren"]
    path = [mark.section for mark in above]
    if not items:
        return path[-1], tuple(path[:-1])
    base = above[-1].label if above else ""
    label = base + "".join(item.label for item in items)
    return f"{label} {items[-1].title or (above[-1].title if above else '')}".strip(), tuple(path)


def _lines(document: Document) -> Iterator[tuple[int, int, bool]]:
    """(start, end, is a table) of every line that holds something; tables are one piece."""
    tables = sorted((table.start, table.end) for table in document.tables)
    at, text = 0, document.text
    for start, end in [*tables, (len(text), len(text))]:
        for match in re.finditer(r"[^\n]*\S[^\n]*", text[at:start]):
            yield from ((at + match.start() + a, at + match.start() + b, False) for a, b in _inline(match[0]))
        if end > start:
            yield start, end, True
        at = max(at, end)


def _inline(line: str) -> Iterator[tuple[int, int]]:
    """A long line may hold several numbered clauses one after the other."""
    cuts = [0]
    if len(line) > _INLINE_LEAST:
        cuts += [match.end() for match in _INLINE.finditer(line)]
    for start, end in zip(cuts, [*cuts[1:], len(line)], strict=True):
        piece = line[start:end]
        yield start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())


def _units(document: Document) -> Iterator[_Unit]:
    trail: list[Marker] = []
    lines = [line for line in _lines(document) if line[1] > line[0]]
    found = [None if is_table else marker(document.text[a:b]) for a, b, is_table in lines]
    if sum(mark is not None and mark.style == "decimal" for mark in found) < _NUMBERED:
        found = list(_with_plain_headings(document.text, lines, found))
    for (start, end, is_table), mark in zip(lines, found, strict=True):
        if mark is None:
            yield _Unit(start, end, tuple(trail), table=is_table)
            continue
        _descend(trail, mark)
        yield _Unit(start, end, tuple(trail), heading=_is_heading(mark), opens=mark.style != "paren")


def _with_plain_headings(
    text: str, lines: Sequence[tuple[int, int, bool]], found: Sequence[Marker | None]
) -> Iterator[Marker | None]:
    """In a contract without clause numbers a short capitalised line before a paragraph is its heading."""
    for index, ((start, end, is_table), mark) in enumerate(zip(lines, found, strict=True)):
        following = lines[index + 1] if index + 1 < len(lines) else (0, 0, False)
        long_enough = following[1] - following[0] > 2 * (end - start) or following[2]
        line = text[start:end]
        if mark or is_table or not long_enough or len(line) > 60 or ":" in line or not is_title(line):
            yield mark
        else:
            yield Marker("heading", "", line, 1.95, True)


def _is_heading(found: Marker) -> bool:
    return found.alone and found.style != "paren"


def _descend(trail: list[Marker], found: Marker) -> None:
    """Replace the clause at the same depth and everything below it."""
    if found.style == "paren":
        series = {mark.series for mark in trail}
        found = replace(found, series=_series(found.label, trail))
        if found.series in series:
            while trail.pop().series != found.series:
                pass
    else:
        while trail and (trail[-1].rank >= found.rank or _stranger(trail[-1], found)):
            trail.pop()
    trail.append(found)


def _stranger(above: Marker, found: Marker) -> bool:
    """ "4.8" is no parent of "5.1.2"."""
    return (
        above.style == "decimal"
        and found.style == "decimal"
        and not found.label.startswith(above.label + ".")
    )


def _series(label: str, trail: Sequence[Marker]) -> str:
    """ "(a)", "(i)", "(A)", "(1)": which series an item belongs to. "(i)" after "(h)" is a letter."""
    text = label.strip("()")
    if text.isdigit():
        return "1"
    if text.isupper():
        return "A"
    if not _ROMAN.fullmatch(text):
        return "a"
    before = [mark.label.strip("()") for mark in trail if mark.series == "a"]
    after_letter = len(text) == 1 and any(len(last) == 1 and ord(text) - ord(last) == 1 for last in before)
    return "a" if after_letter else "i"


def _grouped(units: Sequence[_Unit]) -> Iterator[list[_Unit]]:
    """Units of one chunk: headings stick to what follows, items and paragraphs to their clause."""
    group: list[_Unit] = []
    for unit in units:
        size = unit.end - group[0].start if group else 0
        if group and _separate(group, unit, size):
            yield group
            group = []
        group.append(unit)
    if group:
        yield group


def _separate(group: Sequence[_Unit], unit: _Unit, size: int) -> bool:
    if all(member.heading for member in group):
        return False
    return unit.opens or size > SIZE


def _cut(text: str, units: Sequence[_Unit]) -> Iterator[tuple[int, int, tuple[Marker, ...]]]:
    """Ranges of one group, none longer than SIZE where a sentence or row end allows it."""
    start, end = units[0].start, units[-1].end
    trail = _shared([unit.trail for unit in units if not unit.heading] or [units[-1].trail])
    if end - start <= SIZE:
        yield start, end, trail
        return
    last = units[-1]
    ends = (
        [m.end() for m in re.finditer("\n", text[start:end])]
        if last.table
        else list(_sentence_ends(text[start:end]))
    )
    pieces = -(-(end - start) // SIZE)
    aim, at = (end - start) / pieces, 0
    while end - start - at > SIZE:
        after = bisect_right(ends, at + SIZE)
        cut = min(
            ends[bisect_right(ends, at + _SMALL) : after], key=partial(_distance, at + aim), default=None
        )
        cut = cut or (ends[after] if after < len(ends) else None) or _space(text, start, at + SIZE)
        if cut is None or cut >= end - start - _SMALL:
            break
        yield start + at, start + at + len(text[start + at : start + cut].rstrip()), trail
        at = cut
    yield start + at, end, trail


def _shared(trails: Sequence[tuple[Marker, ...]]) -> tuple[Marker, ...]:
    """The clause that all parts of a chunk belong to: "3.2" for its items (a) to (d)."""
    first = trails[0]
    size = next(
        (i for i, mark in enumerate(first) if any(mark not in trail[i : i + 1] for trail in trails)), None
    )
    return first[:size]


def _distance(aim: float, offset: int) -> float:
    return abs(offset - aim)


def _space(text: str, start: int, near: int) -> int | None:
    """A sentence without end is cut at a space, counted from `start`; text without spaces is left whole."""
    found = text.rfind(" ", start + near - SIZE // 2, start + near)
    return found + 1 - start if found > 0 else None


def _sentence_ends(text: str) -> Iterator[int]:
    """Offsets at which a new sentence or line starts."""
    for match in re.finditer(rf"{_SENTENCE.pattern}|\n+", text):
        following = match["next"]
        if following and following.islower():
            continue
        if not _ABBREVIATIONS.search(text[max(0, match.start() - 8) : match.start() + 1]):
            yield match.end()
