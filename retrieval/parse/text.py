"""Plain text, Markdown and HTML.

Plain text keeps its length: a line break inside a paragraph becomes a space and a page number becomes
spaces, so that offsets into the canonical text are offsets into the decoded file as well.
"""

import re
from itertools import pairwise

from obligations.document import Cell, Document, Page, Problem, Table
from retrieval.errors import Empty, TooLarge, Unreadable
from retrieval.numbering import ends_sentence, marker, starts_clause
from retrieval.parse.canonical import document_id
from retrieval.parse.limits import Limits

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)
_PAGE_NUMBER = re.compile(
    r"[ \t]*(?:-+[ \t]*\d{1,4}[ \t]*-+|page[ \t]+\d{1,4}(?:[ \t]+of[ \t]+\d{1,4})?|\d{1,4}|<page>)[ \t]*",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*\|?[\s:|-]*-{2,}[\s:|-]*\|?\s*")
_SIGNS = ".,;:!?()-–—\"'/%。，、；：！？（）「」《》“”‘’؟،"
_PLAIN = " \r\n0123456789。，、"
_WRAP_WIDTH = 130
_MARKDOWN_NAME = (".md", ".markdown")


def decode(data: bytes, name: str) -> tuple[str, Problem | None]:
    """The text of a file in UTF-8, UTF-16, UTF-32 or Windows-1252, and a Problem where it is a guess.

    Raises Unreadable where the bytes are no text.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _strict(data[len(bom) :], encoding, name), None
    wide = _wide(data)
    if wide:
        return _strict(data, wide, name), None
    if b"\x00" in data:
        raise Unreadable(name, "is not text (it holds zero bytes)", remedy="Check the file's format.")
    try:
        text, sure = data.decode("utf-8"), True
    except UnicodeDecodeError:
        text, sure = data.decode("cp1252", errors="replace"), False
    control = sum(c < " " and c not in "\t\n\r\f\v" for c in text)
    if control > len(text) // 100 or text.count("�") > len(text) // 100:
        raise Unreadable(name, "is not text in an encoding we know", remedy="Save it as UTF-8.")
    if sure:
        return text, None
    return text, Problem(
        stage="parse",
        what="not UTF-8; read as Windows-1252",
        place=name,
        remedy="If letters look wrong, save the file as UTF-8 and read it again.",
    )


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(name, f"says it is {encoding} but is damaged at byte {error.start}") from error


def _wide(data: bytes) -> str | None:
    """UTF-16 without a byte order mark shows as zero bytes on every other place."""
    sample = data[:4000]
    if len(sample) < 4 or len(data) % 2:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 0.4 * len(sample) / 2 and even < 0.05 * len(sample):
        return "utf-16-le"
    if even > 0.4 * len(sample) / 2 and odd < 0.05 * len(sample):
        return "utf-16-be"
    return _wide_script(sample) if even or odd else None


def _wide_script(sample: bytes) -> str | None:
    """Scripts other than Latin hold few zero bytes: the right order shows spaces, line ends and figures."""
    found = []
    for encoding in ("utf-16-le", "utf-16-be"):
        text = sample.decode(encoding, errors="replace")
        readable = sum(char.isalnum() or char.isspace() or char in _SIGNS for char in text)
        plain = sum(char in _PLAIN for char in text)
        if readable > 0.9 * len(text) and plain:
            found.append((plain, encoding))
    return max(found)[1] if found else None


def parse_text(data: bytes, name: str, limits: Limits) -> Document:
    """Plain text, Markdown (by its name) or HTML (by its first tag)."""
    raw, problem = decode(data, name)
    if len(raw) > limits.max_text:
        raise TooLarge(name, f"holds {len(raw):,} characters, more than {limits.max_text:,}")
    if not raw.strip():
        raise Empty(name, "holds no text")
    if _HTML.match(raw[:5000]):
        from retrieval.parse.html import html_document

        document = html_document(raw, data, name, limits)
    elif name.lower().endswith(_MARKDOWN_NAME):
        from retrieval.parse.markdown import markdown_document

        document = markdown_document(raw, data, name, limits)
    else:
        document = _plain(raw, data, name)
    return document.model_copy(update={"problems": (*document.problems, problem)}) if problem else document


def _plain(raw: str, data: bytes, name: str) -> Document:
    text = reflow(raw)
    return Document(
        id=document_id(data),
        name=name,
        media_type="text/plain",
        text=text,
        pages=tuple(_form_feed_pages(raw)),
        tables=tuple(pipe_tables(text)),
    )


def _form_feed_pages(raw: str) -> list[Page]:
    if "\f" not in raw:
        return []
    cuts = [0, *(m.end() for m in re.finditer("\f", raw)), len(raw)]
    return [Page(number=i + 1, start=a, end=b) for i, (a, b) in enumerate(pairwise(cuts))]


def reflow(raw: str) -> str:
    """`raw` with the same length: breaks inside paragraphs become spaces, page numbers are blanked."""
    text = raw.replace("\r\n", " \n").replace("\r", "\n").replace("\f", "\n").replace("\v", "\n")
    lines = text.split("\n")
    _blank_page_numbers(lines)
    width = _wrap_width(lines)
    out = [lines[0]]
    filled = lines[0] if lines[0].strip() else ""
    gap = 0
    for line in lines[1:]:
        if not line.strip():
            out.append("\n" + line)
            gap += 1
            continue
        if filled and _continues(filled, line, gap, width):
            for back in range(len(out) - gap, len(out)):
                out[back] = out[back].replace("\n", " ")
            out.append(" " + line)
        else:
            out.append("\n" + line)
        filled, gap = line, 0
    return "".join(out)


def _blank_page_numbers(lines: list[str]) -> None:
    for i, line in enumerate(lines):
        if len(line) > 60 or not line.strip() or not _PAGE_NUMBER.fullmatch(line):
            continue
        before = i == 0 or not lines[i - 1].strip()
        after = i == len(lines) - 1 or not lines[i + 1].strip()
        if before and after:
            lines[i] = " " * len(line)


def _wrap_width(lines: list[str]) -> int | None:
    """The column at which a hard-wrapped text breaks its lines; None where paragraphs are one line."""
    lengths = sorted(len(line.rstrip()) for line in lines if line.strip())
    if len(lengths) < 8:
        return None
    widest = lengths[int(0.95 * (len(lengths) - 1))]
    return widest if 40 <= widest <= _WRAP_WIDTH else None


def _continues(line: str, following: str, gap: int, width: int | None) -> bool:
    """Does `following` go on with the paragraph of `line`, `gap` blank lines further?"""
    first = following.lstrip()
    if "|" in line or "|" in following or "\t" in line.strip() or re.search(r"\S {3,}\S", line.strip()):
        return False
    if starts_clause(following):
        return False
    if gap:
        broken_by_page = gap >= 2 and not ends_sentence(line) and len(line.strip()) > 40
        return broken_by_page and first[0].islower() and _unmarked(line)
    if width is None:
        return len(line.strip()) > 60 and not ends_sentence(line) and first[0].islower()
    found = marker(line)
    if found is not None and found.alone:
        return False
    return len(line.rstrip()) >= 0.6 * width and marker(following) is None


def _unmarked(line: str) -> bool:
    found = marker(line)
    return found is None or not found.alone


def pipe_tables(text: str) -> list[Table]:
    """Tables drawn with "|": at least two neighbouring lines with the same number of cells."""
    tables: list[Table] = []
    rows: list[tuple[int, str]] = []
    at = 0
    for line in [*text.split("\n"), ""]:
        if line.count("|") >= 1 and len(line) < 2000:
            rows.append((at, line))
        else:
            if len(rows) >= 2 and len(rows[0][1].strip().strip("|").split("|")) >= 2:
                tables.append(_pipe_table(rows))
            rows = []
        at += len(line) + 1
    return tables


def _pipe_table(rows: list[tuple[int, str]]) -> Table:
    cells: list[Cell] = []
    number = 0
    for start, line in rows:
        if _RULE.fullmatch(line):
            continue
        inner = line.strip()
        at = start + line.index(inner[0])
        if inner.startswith("|"):
            at, inner = at + 1, inner[1:]
        for column, cell in enumerate(inner.removesuffix("|").split("|")):
            left = at + len(cell) - len(cell.lstrip())
            end = max(left, at + len(cell.rstrip()))
            cells.append(Cell(row=number, column=column, start=min(left, end), end=end))
            at += len(cell) + 1
        number += 1
    last_start, last = rows[-1]
    return Table(start=rows[0][0], end=last_start + len(last), cells=tuple(cells))
