"""A contract as PDF pages: running head and foot, hanging numbers, ruled tables, contents.

Uses the standard PDF fonts, so that nothing is embedded and the bytes depend on no installed font;
their character set is Windows-1252, and another character in a source is an error. Streams are left
uncompressed and the document has no clock in it: equal sources give equal bytes.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

from corpus.typeset.errors import SourceError
from corpus.typeset.source import Block, ContractSource, plain

_ALIGN = {"l": TA_LEFT, "c": TA_CENTER, "r": TA_RIGHT}
# A clause up to this many characters is not broken over two pages, as word processors set them.
_KEEP_WHOLE = 900


@dataclass(frozen=True)
class Look:
    """The looks of a house style: page, fonts, sizes in points, colour of headings and rules."""

    page: tuple[float, float]
    font: str
    bold: str
    size: float
    leading: float
    align: int
    ink: colors.Color
    shade: colors.Color
    capitals: bool = False


_BLACK, _GREY = colors.black, colors.HexColor("#e6e6e6")
LOOKS = {
    "classic": Look(A4, "Times-Roman", "Times-Bold", 10.5, 13.4, TA_JUSTIFY, _BLACK, _GREY),
    "modern": Look(
        A4,
        "Helvetica",
        "Helvetica-Bold",
        9.3,
        12.6,
        TA_LEFT,
        colors.HexColor("#1d3a5f"),
        colors.HexColor("#dde6f0"),
    ),
    "us": Look(LETTER, "Times-Roman", "Times-Bold", 11, 13.6, TA_JUSTIFY, _BLACK, _GREY, capitals=True),
}


def pdf_bytes(source: ContractSource) -> bytes:
    """The contract as a PDF file. SourceError for a character the standard fonts do not have."""
    _check_characters(source)
    pages = _build(source, total=0)[1]
    return _build(source, total=pages)[0]


def inline(text: str) -> str:
    """Inline marks as reportlab's markup."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"\*(.+?)\*", r"<i>\1</i>", re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", safe))


def _check_characters(source: ContractSource) -> None:
    for block in source.blocks:
        for text in (block.text, block.caption, *(cell for row in block.rows for cell in row)):
            try:
                text.encode("cp1252")
            except UnicodeEncodeError as error:
                bad = text[error.start : error.end]
                raise SourceError(
                    f"{source.key}: {bad!r} in {text[:60]!r} is not in the PDF fonts; write it otherwise"
                ) from error


def _build(source: ContractSource, total: int) -> tuple[bytes, int]:
    look = LOOKS[source.style]
    out = io.BytesIO()
    document = _Pages(out, source, look, total)
    document.multiBuild(list(_story(source, look, document.width)))
    return out.getvalue(), document.page


class _Pages(BaseDocTemplate):  # type: ignore[misc]
    def __init__(self, out: io.BytesIO, source: ContractSource, look: Look, total: int) -> None:
        super().__init__(
            out,
            pagesize=look.page,
            leftMargin=25 * mm,
            rightMargin=24 * mm,
            topMargin=27 * mm,
            bottomMargin=25 * mm,
            title=source.document,
            author="",
            invariant=1,
            pageCompression=0,
        )
        self._source, self._look, self._total = source, look, total
        frame = Frame(self.leftMargin, self.bottomMargin, self.width, self.height, 0, 0, 0, 0)
        self.addPageTemplates(PageTemplate(frames=[frame], onPage=self._head, onPageEnd=self._foot))

    def _head(self, canvas: Any, _document: BaseDocTemplate) -> None:
        top = self._look.page[1] - 17 * mm
        self._running_line(canvas, top, top - 2 * mm, self._source.document, self._source.reference)

    def _foot(self, canvas: Any, _document: BaseDocTemplate) -> None:
        number = f"Page {canvas.getPageNumber()} of {self._total}"
        self._running_line(canvas, 13 * mm, 17 * mm, self._source.footer, number)

    def _running_line(self, canvas: Any, base: float, rule: float, left: str, right: str) -> None:
        start, end = self.leftMargin, self.leftMargin + self.width
        canvas.saveState()
        canvas.setFont(self._look.font, 8)
        canvas.setStrokeColor(self._look.ink)
        canvas.setLineWidth(0.4)
        canvas.line(start, rule, end, rule)
        canvas.drawString(start, base, left)
        canvas.drawRightString(end, base, right)
        canvas.restoreState()

    def afterFlowable(self, flowable: Flowable) -> None:
        if getattr(flowable, "contents_entry", None):
            self.notify("TOCEntry", (0, flowable.contents_entry, self.page))


def _story(source: ContractSource, look: Look, width: float) -> Iterator[Flowable]:
    if any(block.kind == "contents" for block in source.blocks):
        yield Spacer(1, 50 * mm)  # a contract with contents has a cover page
    for block in source.blocks:
        if block.kind == "contents":
            yield from _contents(look)
        elif block.kind == "pagebreak":
            yield PageBreak()
        elif block.kind == "table":
            yield from _table(block, look, width)
        elif block.kind == "signatures":
            yield _signatures(block, look, width)
        elif block.kind == "clause":
            yield _clause(block, look)
        else:
            yield from _heading(block, look)


def _heading(block: Block, look: Look) -> Iterator[Flowable]:
    if block.kind == "title":
        style = _style(look, size=look.size + 6, bold=True, align=TA_CENTER, before=10, after=8)
        yield Paragraph(inline(block.text), style)
        return
    if block.kind == "centred":
        yield Paragraph(inline(block.text), _style(look, align=TA_CENTER, before=2, after=4))
        return
    bigger, before = {1: (1.3, 11), 2: (0.4, 7), 3: (0, 5)}[block.level]
    style = _style(look, size=look.size + bigger, bold=True, align=TA_LEFT, before=before, after=3.5)
    style.keepWithNext = 1
    text = block.text.upper() if look.capitals and block.level == 1 else block.text
    heading = Paragraph(inline(text), style)
    if block.level == 1:
        heading.contents_entry = plain(text)
    yield CondPageBreak(22 * mm)
    yield heading


def _clause(block: Block, look: Look) -> Flowable:
    step = 10 * mm
    left = step * (block.level + bool(block.marker))
    style = _style(look, after=4.6)
    style.leftIndent, style.bulletIndent = left, left - step
    style.bulletFontName, style.bulletFontSize = look.font, look.size
    marker = "\u2022" if block.marker == "-" else block.marker
    paragraph = Paragraph(inline(block.text), style, bulletText=marker or None)
    return KeepTogether([paragraph]) if len(block.text) <= _KEEP_WHOLE else paragraph


def _table(block: Block, look: Look, width: float) -> Iterator[Flowable]:
    shares = [share * width / sum(block.widths) for share in block.widths]
    rows = [
        [
            Paragraph(inline(cell), _cell(look, head=number == 0, align=side))
            for cell, side in zip(row, block.align, strict=True)
        ]
        for number, row in enumerate(block.rows)
    ]
    table = Table(rows, colWidths=shares, repeatRows=1, spaceBefore=3, spaceAfter=8)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, look.ink),
                ("BACKGROUND", (0, 0), (-1, 0), look.shade),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    if block.caption:
        style = _style(look, size=look.size - 0.8, bold=True, align=TA_LEFT, before=4, after=3)
        style.keepWithNext = 1
        yield Paragraph(inline(block.caption), style)
    yield table


def _cell(look: Look, head: bool, align: str) -> ParagraphStyle:
    style = _style(look, size=look.size - 0.9, bold=head, align=_ALIGN[align], after=0)
    style.leading = look.leading - 1.6
    return style


def _signatures(block: Block, look: Look, width: float) -> Flowable:
    rows = []
    for number, row in enumerate(block.rows):
        style = _style(look, bold=number == 0, align=TA_LEFT, after=2)
        rows.append([Paragraph(inline(cell), style) for cell in row])
    table = Table(rows, colWidths=[width / len(block.rows[0])] * len(block.rows[0]), spaceBefore=8)
    table.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return KeepTogether([Spacer(1, 4), table])


def _contents(look: Look) -> Iterator[Flowable]:
    contents = TableOfContents()
    contents.dotsMinLevel = 0
    contents.levelStyles = [_style(look, align=TA_LEFT, after=2)]
    yield PageBreak()
    yield Paragraph("Contents", _style(look, size=look.size + 1.3, bold=True, align=TA_LEFT, after=6))
    yield contents
    yield PageBreak()


def _style(
    look: Look,
    *,
    size: float | None = None,
    bold: bool = False,
    align: int | None = None,
    before: float = 0,
    after: float = 0,
) -> ParagraphStyle:
    size = size or look.size
    return ParagraphStyle(
        "",
        fontName=look.bold if bold else look.font,
        fontSize=size,
        leading=size * look.leading / look.size,
        alignment=look.align if align is None else align,
        textColor=look.ink if bold else _BLACK,
        spaceBefore=before,
        spaceAfter=after,
        allowWidows=0,
        allowOrphans=0,
    )
