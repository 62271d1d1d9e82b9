"""DOCX: paragraphs with the numbers Word shows, tables in order, tracked changes in their final state."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from obligations.document import Document, Problem
from retrieval.errors import Encrypted, TooLarge, Unreadable, Unsupported
from retrieval.numbering import marker
from retrieval.parse.broken_tables import rejoin, repeated_rows
from retrieval.parse.canonical import Canonical
from retrieval.parse.docx_numbering import Numbering
from retrieval.parse.limits import Limits

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_GONE = frozenset(
    (_W + "del", _W + "moveFrom", _W + "instrText", _W + "delText", _MC + "Fallback", _W + "rPr")
)
_MARKS = {
    _W + "tab": "\t",
    _W + "br": "\n",
    _W + "cr": "\n",
    _W + "noBreakHyphen": "-",
    _W + "softHyphen": "",
}
_MOST_XML = 100_000_000
_BLOCK_HOLDERS = frozenset(
    _W + tag for tag in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "body", "txbxContent")
)
_MOST_ENTRIES = 10_000
_SMALL = 1_000_000


def parse_docx(data: bytes, name: str, limits: Limits) -> Document:
    """Read a Word document. Headers and footers live in parts of their own and are left out."""
    _check_archive(data, name, limits)
    builder = Canonical(name=name, limits=limits)
    body, numbering, notes = _open(data, name)
    builder.problems.extend(left_out(body, name))
    _Body(builder, numbering).blocks(body)
    for label, text in notes:
        builder.paragraph(f"[{label}] {text}")
    return builder.document(data, _MEDIA_TYPE)


def _check_archive(data: bytes, name: str, limits: Limits) -> None:
    """Refuse what unpacks to far more than it is, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Unreadable(name, f"is a damaged archive ({error})") from error
    if len(entries) > _MOST_ENTRIES:
        raise TooLarge(name, f"holds {len(entries):,} packed parts, more than {_MOST_ENTRIES:,}")
    for entry in entries:
        ratio = entry.file_size / max(entry.compress_size, 1)
        if entry.file_size > _SMALL and ratio > limits.max_ratio:
            raise TooLarge(name, f"part {entry.filename} unpacks to {ratio:.0f} times its size")
        if entry.filename.endswith((".xml", ".rels")) and entry.file_size > _MOST_XML:
            raise TooLarge(name, f"part {entry.filename} holds {entry.file_size:,} bytes of XML")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.max_unpacked:
        raise TooLarge(name, f"unpacks to {unpacked:,} bytes, more than {limits.max_unpacked:,}")
    if "word/document.xml" not in names:
        _refuse(names, name)


def _refuse(names: set[str], name: str) -> None:
    if "EncryptedPackage" in names or "EncryptionInfo" in names:
        raise Encrypted(name, "needs a password")
    what = "a spreadsheet" if "xl/workbook.xml" in names else "an archive without a Word document in it"
    raise Unsupported(name, f"is {what}")


def _open(data: bytes, name: str) -> tuple[Any, Numbering, list[tuple[str, str]]]:
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    # a damaged part shows as lxml's XMLSyntaxError, which is a SyntaxError
    try:
        document = docx.Document(io.BytesIO(data))
        body = document.element.body
        numbering = Numbering(document)
        notes = list(_notes(document))
    except (SyntaxError, PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError, EOFError) as error:
        raise Unreadable(name, f"is a damaged Word document ({error})") from error
    if body.getroottree().docinfo.doctype:
        # Word writes none; entities could hide text, swell it, or point to files of this machine
        raise Unreadable(
            name,
            "declares XML entities, which no Word document does",
            remedy="Open it in Word and save it again; be wary of where it came from.",
        )
    return body, numbering, notes


def _notes(document: Any) -> Iterator[tuple[str, str]]:
    """Footnotes and endnotes, in the order of their numbers, to stand at the end of the text."""
    from docx.oxml.parser import parse_xml

    for part in document.part.package.iter_parts():
        kind = str(part.partname).rsplit("/", 1)[-1].removesuffix("s.xml")
        if kind not in ("footnote", "endnote"):
            continue
        root = parse_xml(part.blob)
        for note in root.findall(f"{_W}{kind}"):
            if note.get(_W + "type") is None:
                text = " ".join(text_of(p) for p in note.iter(_W + "p"))
                if text.strip():
                    yield f"{kind} {note.get(_W + 'id')}", text


def text_of(element: Any) -> str:
    """The final text of a paragraph or run: insertions in, deletions out, text boxes left to themselves.

    What Word is told to hide is left out as well; `left_out` says so.
    """
    if element.tag in _GONE or element.tag == _W + "txbxContent" or _is_hidden(element):
        return ""
    if element.tag == _W + "t":
        return element.text or ""
    if element.tag in _MARKS:
        return _MARKS[element.tag]
    if element.tag in (_W + "footnoteReference", _W + "endnoteReference"):
        return ""
    return "".join(text_of(child) for child in element if isinstance(child.tag, str))


def _is_hidden(run: Any) -> bool:
    mark = run.find(f"{_W}rPr/{_W}vanish") if run.tag == _W + "r" else None
    return mark is not None and mark.get(_W + "val") not in ("0", "false")


def _is_deleted_row(row: Any) -> bool:
    return row.find(f"{_W}trPr/{_W}del") is not None


def left_out(body: Any, name: str) -> Iterator[Problem]:
    """Problems for what a reader of the printed page would see otherwise than we do, or not at all."""
    changes = sum(1 for _ in body.iter(_W + "del", _W + "ins", _W + "moveFrom", _W + "moveTo"))
    if changes:
        yield _problem(
            f"holds {changes} tracked changes; it was read as if all were accepted",
            _place(body, (_W + "del", _W + "ins", _W + "moveFrom", _W + "moveTo"), name),
            "Accept or reject them in Word, and read the file again.",
        )
    hidden = [run for run in body.iter(_W + "r") if _is_hidden(run)]
    if any(_hidden_text(run).strip() for run in hidden):
        words = " ".join("".join(map(_hidden_text, hidden)).split())
        yield _problem(
            f"hidden text was left out: {words[:80]!r}",
            name,
            "Show hidden text in Word, and ask the author whether it belongs to the contract.",
        )
    comments = sum(1 for _ in body.iter(_W + "commentReference"))
    if comments:
        yield _problem(
            f"holds {comments} comments; they are no part of the contract and were left out",
            _place(body, (_W + "commentReference",), name),
            "Read them in Word if they matter.",
        )
    if any(True for _ in body.iter(_W + "altChunk")):
        yield _problem(
            "an embedded document was not read",
            _place(body, (_W + "altChunk",), name),
            "Open the file in Word and save it again: that makes it part of the text.",
        )


def _hidden_text(run: Any) -> str:
    return "".join(piece.text or "" for piece in run.iter(_W + "t"))


def _problem(what: str, place: str, remedy: str) -> Problem:
    return Problem(stage="parse", what=what, place=place, remedy=remedy)


def _place(body: Any, tags: tuple[str, ...], name: str) -> str:
    """The file and the words of the first paragraph that holds one of these elements."""
    first = next(iter(body.iter(*tags)), None)
    while first is not None and first.tag not in (_W + "p", _W + "tr"):
        first = first.getparent()
    words = " ".join(text_of(first).split())[:60] if first is not None else ""
    return f"{name}, near {words!r}" if words else name


class _Body:
    """Writes the blocks of a document body in order."""

    def __init__(self, builder: Canonical, numbering: Numbering) -> None:
        self.builder = builder
        self.numbering = numbering
        self.carried = ""
        self.rows: list[tuple[str, ...]] = []
        self.new_page = False

    def blocks(self, holder: Any) -> None:
        for element in holder:
            if element.tag == _W + "p":
                self._paragraph(element)
            elif element.tag == _W + "tbl":
                self._table(element)
            elif element.tag in _BLOCK_HOLDERS:
                self.blocks(element)
        if holder.tag == _W + "body":
            self._close_table()
            self.builder.paragraph(self.carried)

    def _paragraph(self, paragraph: Any) -> None:
        text = self.carried + text_of(paragraph)
        self.carried = ""
        self.new_page |= _breaks_page(paragraph)
        if _mark_deleted(paragraph):
            self.carried = text
        elif text.strip():
            self._close_table()
            label = self.numbering.label(paragraph)
            level = self.numbering.heading_level(paragraph)
            first, *rest = _split_breaks(text)
            self.builder.paragraph(_prefix(label, level, first) + first)
            for piece in rest:
                self.builder.paragraph(piece)
        for box in paragraph.iter(_W + "txbxContent"):
            if not _in_fallback(box):
                self._close_table()
                self.blocks(box)

    def _table(self, table: Any) -> None:
        # text before a table never runs on into it, whatever became of its paragraph mark
        if self.carried.strip():
            self._close_table()
            self.builder.paragraph(self.carried)
            self.carried = ""
        rows = [
            self._row(row)
            for row in table.iter(_W + "tr")
            if _nearest(row, "tbl") is table and not _is_deleted_row(row)
        ]
        if len(rows) > 1 and max(map(len, rows), default=0) > 1:
            self._add_rows(rows)
        else:
            self._close_table()
            for row in rows:
                for cell in row:
                    self.builder.paragraph(cell)

    def _add_rows(self, rows: list[tuple[str, ...]]) -> None:
        """Hold a table back until it is known that the next page does not go on with it."""
        width = max(map(len, self.rows), default=0)
        same = width == max(map(len, rows)) and (self.new_page or repeated_rows(self.rows, rows) > 0)
        if same:
            above, below = rejoin(self.rows, rows)
            self.rows = [*above, *below]
        else:
            self._close_table()
            self.rows = rows
        self.new_page = False

    def _close_table(self) -> None:
        self.builder.table(self.rows)
        self.rows, self.new_page = [], False

    def _row(self, row: Any) -> tuple[str, ...]:
        return tuple(
            self._cell(cell)
            for cell in row.iter(_W + "tc")
            if _nearest(cell, "tr") is row and cell.find(f"{_W}tcPr/{_W}cellDel") is None
        )

    def _cell(self, cell: Any) -> str:
        pieces = []
        for paragraph in cell.iter(_W + "p"):
            text = text_of(paragraph)
            if text.strip() and not _in_fallback(paragraph):
                label = self.numbering.label(paragraph)
                pieces.append(f"{label} {text}" if label else text)
        return " ".join(pieces)


def _nearest(element: Any, tag: str) -> Any:
    return next((parent for parent in element.iterancestors() if parent.tag == _W + tag), None)


def _mark_deleted(paragraph: Any) -> bool:
    """The end of the paragraph was deleted by a tracked change: it runs on into the next."""
    mark = paragraph.find(f"{_W}pPr/{_W}rPr")
    return mark is not None and any(mark.find(_W + tag) is not None for tag in ("del", "moveFrom"))


def _in_fallback(element: Any) -> bool:
    """Word stores a drawing twice, once for old programs."""
    return any(parent.tag == _MC + "Fallback" for parent in element.iterancestors())


def _breaks_page(paragraph: Any) -> bool:
    return (
        paragraph.find(f"{_W}pPr/{_W}pageBreakBefore") is not None
        or any(mark.get(_W + "type") == "page" for mark in paragraph.iter(_W + "br"))
        or any(True for _ in paragraph.iter(_W + "lastRenderedPageBreak"))
    )


def _split_breaks(text: str) -> list[str]:
    """A line break typed inside a paragraph separates only where the next line starts a clause."""
    pieces = [""]
    for line in text.split("\n"):
        if pieces[-1].strip() and marker(line) is not None:
            pieces.append(line)
        else:
            pieces[-1] += " " + line
    return [piece for piece in pieces if piece.strip()] or [""]


def _prefix(label: str, level: int | None, text: str) -> str:
    """The number Word shows; a heading style without number or capitals is marked like in Markdown."""
    if label:
        return label + " "
    return "#" * min(level, 6) + " " if level and marker(text) is None else ""
