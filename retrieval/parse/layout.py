"""From placed lines to paragraphs: what repeats on every page is dropped, the rest reflowed.

A line knows its box on the page (points, y grows downwards). The same code serves text layers and OCR.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from retrieval.numbering import ends_sentence, marker, starts_clause
from retrieval.parse.broken_tables import rejoin, repeated_rows
from retrieval.parse.canonical import Canonical

_PAGE_NUMBER = re.compile(
    r"(?:[-–—|]\s*)?(?:page|seite|p\.)?\s*(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|von|/)\s*\d{1,4})?(?:\s*[-–—|])?",
    re.IGNORECASE,
)
_LEADERS = re.compile(r"(?:\s?\.){4,}|\u2026{2,}|_{5,}")
_WORD = re.compile(r"\w+(?:-\w+)*")
_EDGE = 0.12
_ENOUGH = 6
_ALIKE = 85
_SAME_EDGE = 6.0  # points
_USUAL_PITCH = 1.25
_COMPOUNDS = re.compile("non|self|third|half|cross|year|well|follow|best|good|high|long", re.IGNORECASE)
_HYPHENS = ("-", "\u00ad", "\u2010", "\ufffe", "\x02")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of print. `size` is its height in points."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def size(self) -> float:
        return self.bottom - self.top


@dataclass(frozen=True, slots=True)
class Grid:
    """A table and where it stands. `continues` the one before it, which the end of a page has cut."""

    rows: tuple[tuple[str, ...], ...]
    x0: float
    top: float
    x1: float
    bottom: float
    continues: bool = False

    def holds(self, line: Line) -> bool:
        middle = (line.top + line.bottom) / 2
        return (
            self.top - 1 <= middle <= self.bottom + 1
            and self.x0 - 2 <= (line.x0 + line.x1) / 2 <= self.x1 + 2
        )


@dataclass
class Sheet:
    """A page as read: its lines in reading order, its tables, its height in points.

    Scanned pages have a confidence, 0..1, and the texts of lines that are in doubt.
    """

    number: int
    height: float
    lines: list[Line]
    grids: list[Grid] = field(default_factory=list)
    confidence: float | None = None
    doubtful: list[str] = field(default_factory=list)


def drop_furniture(sheets: Sequence[Sheet]) -> None:
    """Remove headers, footers and page numbers: what stands at a page's edge and repeats, but for figures."""
    seen: Counter[str] = Counter()
    for sheet in sheets:
        seen.update({_shape(line.text) for line in sheet.lines if _at_edge(line, sheet)})
    if any(sheet.confidence is not None for sheet in sheets):
        _pool(seen)
    needed = max(2, round(0.4 * len(sheets)))
    for sheet in sheets:
        sheet.lines = [
            line
            for line in sheet.lines
            if not (
                _at_edge(line, sheet)
                and (_PAGE_NUMBER.fullmatch(line.text.strip()) or seen[_shape(line.text)] >= needed)
            )
        ]


def _pool(seen: Counter[str]) -> None:
    """OCR reads the same header a little differently on each page: alike texts share their counts."""
    from rapidfuzz.fuzz import ratio

    counted = dict(seen)
    for text in counted:
        seen[text] = sum(count for other, count in counted.items() if ratio(text, other) >= _ALIKE)


def _at_edge(line: Line, sheet: Sheet) -> bool:
    return line.bottom < _EDGE * sheet.height or line.top > (1 - _EDGE) * sheet.height


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", "".join(text.split()).casefold())


def write(sheets: Sequence[Sheet], builder: Canonical) -> None:
    """Write pages into the canonical text as paragraphs and tables; a paragraph may run over a page end."""
    drop_furniture(sheets)
    _rejoin_tables(sheets)
    words = Words(sheets)
    usual = _pitch([step for sheet in sheets for step in _steps(sheet.lines)], _USUAL_PITCH)
    last: Line | None = None
    before = 0.0
    for sheet in sheets:
        builder.page(sheet.number, sheet.confidence)
        pitch, right = _pitch(_steps(sheet.lines), usual), _right_margin(sheet.lines)
        for item in _in_order(sheet):
            if isinstance(item, Grid):
                if item.continues:
                    builder.more_rows(item.rows)
                else:
                    builder.table(item.rows, sheet.number)
                last = None
                continue
            paragraphs = list(_paragraphs(item, pitch, right))
            for index, lines in enumerate(paragraphs):
                text = join(lines, words)
                if index == 0 and last is not None and _runs_on(last, lines[0], before):
                    builder.continuation(text)
                else:
                    builder.paragraph(text)
            last, before = paragraphs[-1][-1], right


def _rejoin_tables(sheets: Sequence[Sheet]) -> None:
    """Mark tables that go on from the page before; rows cut in two become whole on the first page."""
    head: Sequence[Sequence[str]] = ()
    for before, after in pairwise(sheets):
        upper = next(reversed(list(_in_order(before))), None)
        lower = next(_in_order(after), None)
        if not (isinstance(upper, Grid) and isinstance(lower, Grid) and _same_columns(upper, lower)):
            continue
        head = head if upper.continues else upper.rows
        repeated = repeated_rows(head, lower.rows)
        rows, rest = rejoin(upper.rows, lower.rows[repeated:])
        before.grids = [replace(g, rows=tuple(rows)) if g is upper else g for g in before.grids]
        after.grids = [replace(g, rows=tuple(rest), continues=True) if g is lower else g for g in after.grids]


def _same_columns(one: Grid, other: Grid) -> bool:
    apart = max(abs(one.x0 - other.x0), abs(one.x1 - other.x1))
    return apart < _SAME_EDGE and max(map(len, one.rows), default=0) == max(map(len, other.rows), default=0)


def _in_order(sheet: Sheet) -> Iterator[Grid | list[Line]]:
    """Tables and the runs of lines between them, in the order of the page."""
    grids = sorted(sheet.grids, key=lambda grid: (grid.top, grid.x0))
    free = [line for line in sheet.lines if not any(grid.holds(line) for grid in grids)]
    for grid in grids:
        above = [line for line in free if line.top < grid.top]
        free = [line for line in free if line.top >= grid.top]
        if above:
            yield above
        yield grid
    if free:
        yield free


def _steps(lines: Sequence[Line]) -> list[float]:
    """Distances, in line heights, between lines of which the second surely goes on with the first."""
    return [
        (b.top - a.top) / a.size
        for a, b in pairwise(lines)
        if 0.8 * a.size < b.top - a.top < 4 * a.size and b.text[:1].islower() and not ends_sentence(a.text)
    ]


def _pitch(steps: Sequence[float], usual: float) -> float:
    """The distance of lines inside a paragraph, in line heights."""
    return median(steps) if len(steps) >= _ENOUGH else usual


def _right_margin(lines: Sequence[Line]) -> float:
    edges = sorted(line.x1 for line in lines)
    return edges[int(0.9 * (len(edges) - 1))] if edges else 0.0


def _paragraphs(lines: Sequence[Line], pitch: float, right: float) -> Iterator[list[Line]]:
    current = [lines[0]]
    for line in lines[1:]:
        if _breaks(current, line, pitch, right):
            yield current
            current = []
        current.append(line)
    yield current


def _breaks(current: Sequence[Line], line: Line, pitch: float, right: float) -> bool:
    """Does `line` start a new paragraph after `current`?"""
    last = current[-1]
    if line.top < last.top - last.size:
        return True  # a new column
    if abs(line.top - last.top) < 0.5 * last.size:
        return False  # the same line, set in two pieces
    gap = line.top - last.top
    if gap > 1.25 * pitch * last.size:
        return True
    if abs(line.size - last.size) > 0.25 * max(line.size, last.size) or _LEADERS.search(last.text):
        return True
    if _reference_wraps(last.text, line.text) or (last.text.endswith(_HYPHENS) and line.text[:1].islower()):
        return False
    if _room_for(line, last, right) or (gap > 1.12 * pitch * last.size and ends_sentence(last.text)):
        return True
    return starts_clause(line.text) and (_ends_item(last.text) or line.x0 < last.x0 - 4)


def _room_for(line: Line, last: Line, right: float) -> bool:
    """The first word of `line` would have fitted behind `last`: the break was meant."""
    word = len(line.text.split()[0]) + 2
    return right - last.x1 > word * (line.x1 - line.x0) / max(len(line.text), 1) + 0.03 * right


def _ends_item(text: str) -> bool:
    return ends_sentence(text) or bool(re.search(r"[,;]\s*(?:and|or|und|oder)\s*$", text))


def _reference_wraps(text: str, following: str) -> bool:
    """The line breaks inside a reference: "… as set out in Section" / "4.2 above"."""
    if re.search(r"\b(?:section|clause|schedule|article|paragraph|exhibit|annex)s?\s*$", text, re.IGNORECASE):
        return True
    return bool(re.search(r"\d\s*(?:,|and|or|to)\s*$", text) and re.match(r"\s*\d", following))


def _runs_on(last: Line, first: Line, right: float) -> bool:
    """A paragraph cut by the end of a page goes on."""
    if (
        _room_for(first, last, right)
        or _ends_item(last.text)
        or starts_clause(first.text)
        or _LEADERS.search(last.text)
    ):
        return False
    found = marker(last.text)
    if (found is not None and found.alone) or abs(first.size - last.size) > 0.15 * last.size:
        return False
    return marker(first.text) is None


class Words:
    """The words a document prints inside its lines: they tell how a word cut at a line's end is spelt."""

    def __init__(self, sheets: Sequence[Sheet]) -> None:
        self.seen = {
            word.casefold() for sheet in sheets for line in sheet.lines for word in _WORD.findall(line.text)
        }

    def keeps_hyphen(self, first: str, second: str) -> bool:
        """ "obli", "gation" -> False; "non", "payment" -> True; "P1", "P3" -> True."""
        if not second[:1].islower() or not first[-1:].isalpha() or "-" in first:
            return True
        whole, hyphened = (first + second).casefold(), f"{first}-{second}".casefold()
        if (whole in self.seen) != (hyphened in self.seen):
            return hyphened in self.seen
        return bool(_COMPOUNDS.fullmatch(first))


def join(lines: Sequence[Line], words: Words) -> str:
    """Lines of one paragraph as running text; a word divided at a line's end is made whole."""
    text = ""
    for line in lines:
        piece = " ".join(line.text.split())
        if not text:
            text = piece
        elif text.endswith(_HYPHENS) and re.search(r"\w.$", text):
            first = re.split(r"[\s(]", text[:-1])[-1]
            second = re.split(r"[\s.,;:)]", piece, maxsplit=1)[0]
            text = text[:-1] + ("-" if words.keeps_hyphen(first, second) else "") + piece
        else:
            text += " " + piece
    return text.replace("\ufffe", "-").replace("\x02", "-").replace("\u00ad", "")
