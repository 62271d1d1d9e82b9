"""Tables as grids: a head, rows of cells, and what each column is about.

Tables come from `Document.tables`, from lines whose cells are separated by " | ", and from lines whose
cells stand in columns of white space under a head that names service levels.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extraction.flat import Flat, flatten, plain
from extraction.sentences import Sentence
from obligations.document import Document, Table

_RULE = re.compile(r"^[\s|:+=-]+$")
_PIPE = re.compile(r"\s*\|\s*")
_GAP = re.compile(r"\s{2,}|\t+")
_HEAD_WORDS = re.compile(
    r"\b(?:priority|severity|availability|uptime|credit|response|resolution|restor\w+|target|report"
    r"|service level)\b",
    re.IGNORECASE,
)

COLUMN_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        (
            "credit",
            r"\bcredits?\b|\brebates?\b|\brefunds?\b|\bprice reduction|\bdeduction|\bpenalt"
            r"|\bcompensation|\bremedy\b",
        ),
        (
            "update",
            r"\bupdates?\b|\bprogress\b|\bcommunication|\bstatus (?:report|frequency)|\bfollow[- ]?up\b"
            r"|\binformed\b",
        ),
        ("escalation", r"\bescalat|\bnotif|\bafter \d+ ?%|\bmissing it\b"),
        (
            "workaround",
            r"\bwork-?\s?arounds?\b|\btemporary (?:fix|solution)|\bmake safe|\bmade safe|\bmitigat",
        ),
        (
            "resolution",
            r"\bresol(?:ve|ution|ved)|\brestor|\bfix\b|\brepair|\brectif|\brecover|\bsolution\b"
            r"|\bcorrect|\bcomplet|\bremed(?:y|ied)\b"
            r"|\breplace|\bclos(?:ed|ure)\b|\bcleared?\b",
        ),
        (
            "response",
            r"\brespon[sd]|\breact|\backnowledg|\battend|\bfirst (?:reply|contact|answer)"
            r"|\bcall[- ]?back|\breply\b|\banswer"
            r"|\binitial (?:contact|analysis|diagnos)|\bstart of work|\bon[- ]site\b|\bdiagnos",
        ),
        (
            "priority",
            r"\bpriorit|\bseverit|\burgency|\bclassif|\bincident (?:class|level|type|category)|\bfault "
            r"(?:class|category)|\bcategor|^class$|^level$|^sev\.?$",
        ),
        (
            "clock",
            r"\bclock\b|\bhours\b|\bcover(?:age|ed)?\b|\bcalendar\b|\bmeasured\b|\bservice window"
            r"|\btime base|\bcounted\b|\bwhen\b|\btimes? appl",
        ),
        (
            "availability",
            r"\bavailab|\bup-?\s?time|\bservice level|\bpercentage\b|\bachiev|\bperformance\b|\bSLA\b",
        ),
        ("service", r"\bservices?\b|\bsystem|\bapplication|\bcomponent|\bplatform|\bname\b"),
    )
)


@dataclass(frozen=True)
class Row:
    """One row: its cells, left to right, and the document range it covers."""

    cells: tuple[Flat, ...]
    start: int
    end: int

    @property
    def text(self) -> str:
        return " | ".join(cell.text for cell in self.cells)

    def cell(self, column: int) -> Flat | None:
        return self.cells[column] if 0 <= column < len(self.cells) else None


@dataclass(frozen=True)
class Grid:
    """A table. `head` is empty where the first row holds data already; `topic` is what precedes it."""

    head: tuple[str, ...]
    rows: tuple[Row, ...]
    start: int
    end: int
    section: str = ""
    topic: str = ""

    def columns(self, kind: str) -> tuple[int, ...]:
        """Numbers of the columns of a kind ("priority", "response", …)."""
        return tuple(number for number, title in enumerate(self.head) if column_kind(title) == kind)

    def column(self, kind: str) -> int | None:
        found = self.columns(kind)
        return found[0] if found else None


def column_kind(title: str) -> str:
    """What a column title is about; "" if unknown. The first pattern that fits decides."""
    short = " ".join(title.split())[:120]
    found = [name for name, pattern in COLUMN_KINDS if pattern.search(short)]
    if found[:1] == ["workaround"] and "resolution" in found:
        return "resolution"
    return found[0] if found else ""


def read_tables(document: Document, sentences: Sequence[Sentence]) -> tuple[Grid, ...]:
    """Every table of the document, in order."""
    text = plain(document.text)
    grids = [grid for table in document.tables if (grid := _from_cells(text, table, sentences))]
    covered = [(grid.start, grid.end) for grid in grids]
    grids += [grid for run in _runs(sentences, covered) if (grid := _from_rows(run, sentences))]
    covered = [(grid.start, grid.end) for grid in grids]
    grids += [grid for grid in _gapped(text, sentences) if not _overlaps(covered, grid.start, grid.end)]
    return tuple(sorted(grids, key=lambda grid: grid.start))


def _overlaps(ranges: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    return any(first < end and start < last for first, last in ranges)


def _from_cells(text: str, table: Table, sentences: Sequence[Sentence]) -> Grid | None:
    if not table.cells:
        return None
    rows: list[Row] = []
    for number in sorted({cell.row for cell in table.cells}):
        cells = sorted((cell for cell in table.cells if cell.row == number), key=lambda cell: cell.column)
        width = cells[-1].column + 1
        flats = [Flat("", cells[0].start, cells[0].start)] * width
        for cell in cells:
            flats[cell.column] = flatten(text, cell.start, cell.end)
        rows.append(Row(tuple(flats), min(c.start for c in cells), max(c.end for c in cells)))
    return _grid(rows, sentences)


def _runs(sentences: Sequence[Sentence], covered: Sequence[tuple[int, int]]) -> Iterator[list[Sentence]]:
    run: list[Sentence] = []
    for sentence in sentences:
        outside = sentence.form == "row" and "|" in sentence.text
        if outside and not _overlaps(covered, sentence.flat.start, sentence.flat.end):
            run.append(sentence)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _from_rows(run: Sequence[Sentence], sentences: Sequence[Sentence]) -> Grid | None:
    rows = [_split(sentence.flat) for sentence in run if not _RULE.match(sentence.text)]
    return _grid([row for row in rows if row.cells], sentences)


def _split(flat: Flat) -> Row:
    """Split a line at its pipes; a frame of outer pipes makes no cells."""
    cells: list[Flat] = []
    framed = len(flat.text) > 1 and flat.text.startswith("|") and flat.text.endswith("|")
    position, limit = (1, len(flat.text) - 1) if framed else (0, len(flat.text))
    bounds = [m.span() for m in _PIPE.finditer(flat.text, position, limit)] + [(limit, limit)]
    for begin, end in bounds:
        cells.append(_part(flat, position, begin))
        position = end
    return Row(tuple(cells), flat.start, flat.end)


def _part(flat: Flat, start: int, end: int) -> Flat:
    while start < end and flat.text[start] == " ":
        start += 1
    while end > start and flat.text[end - 1] == " ":
        end -= 1
    if start >= end:
        return Flat("", flat.at(start), flat.at(start))
    first, last = flat.span(start, end)
    return Flat(flat.text[start:end], first, last, tuple(flat.at(i) for i in range(start, end)))


def _gapped(text: str, sentences: Sequence[Sentence]) -> Iterator[Grid]:
    """Tables drawn with white space: a head of known words and at least two rows of as many cells."""
    position, run = 0, list[Row]()
    for line in text.splitlines(keepends=True):
        start, position = position, position + len(line)
        stripped = line.strip()
        if not stripped or _RULE.match(stripped):
            continue
        bounds = (
            [m.span() for m in _GAP.finditer(line.rstrip())] if "  " in stripped or "\t" in stripped else []
        )
        row = _gapped_row(text, start, line.rstrip(), bounds) if bounds and len(stripped) < 240 else None
        if row and run and len(row.cells) == len(run[0].cells):
            run.append(row)
            continue
        if len(run) >= 3 and (grid := _grid(run, sentences)):
            yield grid
        run = [row] if row and len(row.cells) >= 2 and _HEAD_WORDS.search(row.text) else []
    if len(run) >= 3 and (grid := _grid(run, sentences)):
        yield grid


def _gapped_row(text: str, start: int, line: str, bounds: Sequence[tuple[int, int]]) -> Row:
    cells, position = list[Flat](), 0
    for begin, end in [*bounds, (len(line), len(line))]:
        if line[position:begin].strip():
            cells.append(flatten(text, start + position, start + begin))
        position = end
    return Row(tuple(cells), cells[0].start, cells[-1].end)


def _grid(rows: Sequence[Row], sentences: Sequence[Sentence]) -> Grid | None:
    """Make a grid of rows, taking the first as head where it reads like one."""
    if not rows:
        return None
    before = _before(sentences, rows[0].start)
    head: tuple[str, ...] = ()
    body = list(rows)
    while len(body) > 2 and len(body[0].cells) > 0 and sum(bool(cell.text) for cell in body[0].cells) == 1:
        if sum(bool(cell.text) for cell in body[1].cells) == 1:
            break
        body = body[1:]
    first = body[0]
    if (
        len(body) > 1
        and len(first.cells) > 1
        and not any(_looks_like_data(cell.text) for cell in first.cells[1:])
    ):
        head, body = tuple(cell.text for cell in first.cells), body[1:]
        body = [row for row in body if tuple(cell.text for cell in row.cells) != head]
    if not body:
        return None
    section = before[-1].section if before else ""
    topic = " ".join([before[-1].topic, *(s.lower for s in before)]) if before else ""
    return Grid(head, tuple(body), rows[0].start, rows[-1].end, section, topic[-700:])


def _looks_like_data(text: str) -> bool:
    return bool(re.match(r"^[<>≥≤]?=?\s?\d", text)) or bool(
        re.search(r"\d\s?(?:%|minutes?|hours?|days?)", text)
    )


def _before(sentences: Sequence[Sentence], offset: int) -> list[Sentence]:
    """The two sentences before a table: its introduction and caption."""
    low, high = 0, len(sentences)
    while low < high:
        middle = (low + high) // 2
        if sentences[middle].flat.start < offset:
            low = middle + 1
        else:
            high = middle
    return [s for s in sentences[max(0, low - 2) : low] if s.form != "row"]
