"""HTML: block elements become paragraphs, headings keep their level, tables become rows of cells."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from obligations.document import Document, Problem
from retrieval.parse.canonical import Canonical
from retrieval.parse.limits import Limits

_SKIPPED = frozenset(("script", "style", "head", "template", "noscript", "nav", "svg"))
_BLOCKS = re.compile(
    "address|article|aside|blockquote|body|br|center|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]"
    "|header|hr|html|li|main|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)"
    r"|(?:font-size|opacity)\s*:\s*0(?![.\d]*[1-9])",
    re.IGNORECASE,
)
_HEADINGS = {f"h{n}": "#" * n + " " for n in range(1, 7)}


def html_document(raw: str, data: bytes, name: str, limits: Limits) -> Document:
    """A Document from HTML text; `data` are the file's bytes.

    Scripts and styles are dropped, and so is what a browser would not show, with a Problem: nobody who
    signed the page has seen it. Only styles written on the element itself are looked at.
    """
    reader = _Reader(Canonical(name=name, limits=limits))
    reader.feed(raw)
    reader.close()
    reader.flush()
    reader.builder.problems.extend(reader.left_out())
    return reader.builder.document(data, "text/html")


class _Reader(HTMLParser):
    def __init__(self, builder: Canonical) -> None:
        super().__init__(convert_charrefs=True)
        self.builder = builder
        self.text: list[str] = []
        self.rows: list[list[str]] = []
        self.depth = 0
        self.skipping = ""
        self.open = 0
        self.unseen = False
        self.hidden: list[str] = []
        self.prefix = ""
        self.in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.skipping:
            # a paragraph ends where the next block starts, closed or not
            if self.skipping != "p" or not _BLOCKS.fullmatch(tag):
                self.open += tag == self.skipping
                return
            self.skipping = ""
        unseen = tag not in _VOID and _is_unseen(dict(attrs))
        if tag in _SKIPPED or unseen:
            if not self.depth and (tag in _SKIPPED or _BLOCKS.fullmatch(tag)):
                self.flush()
            self.skipping, self.open, self.unseen = tag, 1, unseen
            return
        block = _BLOCKS.fullmatch(tag)
        if block and not self.depth:
            self.flush()
            self.prefix = _HEADINGS.get(tag, "")
        elif block:
            self.text.append(" ")
        if tag == "table":
            self.depth += 1
        elif tag == "tr" and self.depth == 1:
            self._cell()
            self.rows.append([])
        elif tag in ("td", "th") and self.depth == 1:
            self._cell()
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if self.skipping:
            self.open -= tag == self.skipping
            if not self.open:
                self.skipping = ""
            return
        if tag in ("td", "th") and self.depth == 1:
            self._cell()
        elif tag == "table" and self.depth:
            self._cell()
            self.depth -= 1
            if not self.depth:
                self._table()
        elif _BLOCKS.fullmatch(tag) and not self.depth:
            self.flush()

    def handle_data(self, data: str) -> None:
        if self.skipping:
            if self.unseen and data.strip():
                self.hidden.append(" ".join(data.split()))
        elif self.in_cell or not self.depth:
            self.text.append(data)

    def _cell(self) -> None:
        if self.rows and self.in_cell:
            self.rows[-1].append(" ".join("".join(self.text).split()))
        self.text, self.in_cell = [], False

    def _table(self) -> None:
        """Layout tables of one column or one row are running text."""
        rows = [row for row in self.rows if any(row)]
        if len(rows) > 1 and max(map(len, rows)) > 1:
            self.builder.table(rows)
        else:
            for row in rows:
                self.builder.paragraph(" ".join(row))
        self.rows = []

    def left_out(self) -> Iterator[Problem]:
        """Problems for what the page hides, and for a hidden element that swallows the rest."""
        place = self.builder.name
        remedy = "Look at the source of the page, and ask its author which text holds."
        if self.hidden:
            more = f" and {len(self.hidden) - 1} more" if len(self.hidden) > 1 else ""
            what = f"text that the page hides was left out: {self.hidden[0][:80]!r}{more}"
            yield Problem(stage="parse", what=what, place=place, remedy=remedy)
        if self.skipping:
            what = f"a hidden <{self.skipping}> is never closed; what follows it was not read"
            yield Problem(stage="parse", what=what, place=place, remedy=remedy)

    def flush(self) -> None:
        text = " ".join("".join(self.text).split())
        if text:
            self.builder.paragraph(self.prefix + text)
        self.text, self.prefix = [], ""


def _is_unseen(attributes: dict[str, str | None]) -> bool:
    return "hidden" in attributes or bool(_INVISIBLE.search(attributes.get("style") or ""))
