"""HTML: block elements become paragraphs, headings keep their level, tables become rows of cells."""

import re
from html.parser import HTMLParser

from obligations.document import Document
from retrieval.parse.canonical import Canonical
from retrieval.parse.limits import Limits

_SKIPPED = frozenset(("script", "style", "head", "template", "noscript", "nav", "svg"))
_BLOCKS = re.compile(
    "address|article|aside|blockquote|body|br|center|dd|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]"
    "|header|hr|html|li|main|ol|p|pre|section|table|tbody|td|tfoot|th|thead|tr|ul"
)
_HEADINGS = {f"h{n}": "#" * n + " " for n in range(1, 7)}


def html_document(raw: str, data: bytes, name: str, limits: Limits) -> Document:
    """A Document from HTML text; scripts and styles are dropped, `data` are the file's bytes."""
    reader = _Reader(Canonical(name=name, limits=limits))
    reader.feed(raw)
    reader.close()
    reader.flush()
    return reader.builder.document(data, "text/html")


class _Reader(HTMLParser):
    def __init__(self, builder: Canonical) -> None:
        super().__init__(convert_charrefs=True)
        self.builder = builder
        self.text: list[str] = []
        self.rows: list[list[str]] = []
        self.depth = 0
        self.skipping = ""
        self.prefix = ""
        self.in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.skipping:
            return
        if tag in _SKIPPED:
            self.flush()
            self.skipping = tag
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
            self.skipping = "" if tag == self.skipping else self.skipping
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
        if not self.skipping and (self.in_cell or not self.depth):
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

    def flush(self) -> None:
        text = " ".join("".join(self.text).split())
        if text:
            self.builder.paragraph(self.prefix + text)
        self.text, self.prefix = [], ""
