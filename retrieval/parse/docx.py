"""DOCX: paragraphs with the numbers Word shows, tables in order, tracked changes in their final state."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from obligations.document import Document
from retrieval.errors import Encrypted, TooLarge, Unreadable, Unsupported
from retrieval.numbering import marker
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
    """The final text of a paragraph or run: insertions in, deletions out, text boxes left to themselves."""
    if element.tag in _GONE or element.tag == _W + "txbxContent":
        return ""
    if element.tag == _W + "t":
        return element.text or ""
    if element.tag in _MARKS:
        return _MARKS[element.tag]
    if element.tag in (_W + "footnoteReference", _W + "endnoteReference"):
        return ""
    return "".join(text_of(child) for child in element if isinstance(child.tag, str))


class _Body:
    """Writes the blocks of a document body in order."""

    def __init__(self, builder: Canonical, numbering: Numbering) -> None:
        self.builder = builder
        self.numbering = numbering
        self.carried = ""

    def blocks(self, holder: Any) -> None:
        for element in holder:
            if element.tag == _W + "p":
                self._paragraph(element)
            elif element.tag == _W + "tbl":
                self._table(element)
            elif element.tag in _BLOCK_HOLDERS:
                self.blocks(element)
        if holder.tag == _W + "body" and self.carried:
            self.builder.paragraph(self.carried)

    def _paragraph(self, paragraph: Any) -> None:
        text = self.carried + text_of(paragraph)
        self.carried = ""
        if _mark_deleted(paragraph):
            self.carried = text
            return
        if text.strip():
            label = self.numbering.label(paragraph)
            level = self.numbering.heading_level(paragraph)
            first, *rest = _split_breaks(text)
            self.builder.paragraph(_prefix(label, level, first) + first)
            for piece in rest:
                self.builder.paragraph(piece)
        for box in paragraph.iter(_W + "txbxContent"):
            if not any(parent.tag == _MC + "Fallback" for parent in box.iterancestors()):
                self.blocks(box)

    def _table(self, table: Any) -> None:
        rows = [self._row(row) for row in table.iter(_W + "tr") if _nearest(row, "tbl") is table]
        if len(rows) > 1 and max(map(len, rows), default=0) > 1:
            self.builder.table(rows)
        else:
            for row in rows:
                for cell in row:
                    self.builder.paragraph(cell)

    def _row(self, row: Any) -> list[str]:
        return [self._cell(cell) for cell in row.iter(_W + "tc") if _nearest(cell, "tr") is row]

    def _cell(self, cell: Any) -> str:
        pieces = []
        for paragraph in cell.iter(_W + "p"):
            text = text_of(paragraph)
            if text.strip():
                label = self.numbering.label(paragraph)
                pieces.append(f"{label} {text}" if label else text)
        return " ".join(pieces)


def _nearest(element: Any, tag: str) -> Any:
    return next((parent for parent in element.iterancestors() if parent.tag == _W + tag), None)


def _mark_deleted(paragraph: Any) -> bool:
    """The end of the paragraph was deleted by a tracked change: it runs on into the next."""
    return paragraph.find(f"{_W}pPr/{_W}rPr/{_W}del") is not None


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
