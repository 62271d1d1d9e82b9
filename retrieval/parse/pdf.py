"""PDF: text with pdfium, tables with pdfplumber on pages that have ruled lines, scans through OCR."""

import io
import re
import time
from collections.abc import Iterator
from typing import Any

from obligations.document import Document, Problem
from retrieval.errors import Empty, Encrypted, OcrUnavailable, TooLarge, Unreadable
from retrieval.parse.canonical import Canonical
from retrieval.parse.layout import Grid, Line, Sheet, write
from retrieval.parse.limits import Limits

_MEDIA_TYPE = "application/pdf"
_FEWEST_CHARACTERS = 12
_FEWEST_UPRIGHTS = 2
_LOWEST_UPRIGHT = 6.0  # points
_SCAN_DPI = 200
# pdfium puts one of two marks, and no line break, where a line ends in a hyphen
_PRINTED_LINE = re.compile("[^\n\ufffe\x02]+[\ufffe\x02]?")
_NO_PAGES = re.compile(rb"/Count\s+0\b")
_A_PAGE = re.compile(rb"/Type\s*/Page\b")
_PATH, _IMAGE = 2, 3  # pdfium's numbers for kinds of page objects


def parse_pdf(data: bytes, name: str, limits: Limits) -> Document:
    """Read a PDF. Pages that cannot be read become Problems; a file without any text raises Empty."""
    builder = Canonical(name=name, limits=limits)
    pdf = _open(data, name)
    try:
        if len(pdf) > limits.max_pages:
            raise TooLarge(name, f"has {len(pdf):,} pages, more than the limit of {limits.max_pages:,}")
        sheets = _Pages(pdf, data, builder).read()
    finally:
        pdf.close()
    if b"%%EOF" not in data[-2048:]:
        builder.problems.append(
            _problem(
                "the file ends early; pages may be missing", name, "Fetch the file again from its source."
            )
        )
    write(sheets, builder)
    scanned = any(sheet.confidence is not None for sheet in sheets)
    if not "".join(builder.parts).strip() and builder.problems:
        first = builder.problems[0]
        raise Empty(name, f"no text could be read: {first.what} ({first.place})", remedy=first.remedy)
    return builder.document(data, _MEDIA_TYPE, scanned=scanned)


def _problem(what: str, place: str, remedy: str) -> Problem:
    return Problem(stage="parse", what=what, place=place, remedy=remedy)


def _open(data: bytes, name: str) -> Any:
    import pypdfium2

    make: Any = pypdfium2.PdfDocument
    try:
        pdf = make(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise Encrypted(name, "needs a password") from error
        if _NO_PAGES.search(data) and not _A_PAGE.search(data):
            raise Unreadable(name, "is a PDF without pages") from error
        raise Unreadable(name, f"is a damaged PDF ({error})") from error
    if not len(pdf):
        raise Unreadable(name, "is a PDF without pages")
    return pdf


class _Pages:
    """Reads the pages of one open PDF; knows when to stop."""

    def __init__(self, pdf: Any, data: bytes, builder: Canonical) -> None:
        self.pdf = pdf
        self.data = data
        self.builder = builder
        self.ends_at = time.monotonic() + builder.limits.max_seconds
        self.plumber: Any = None

    def read(self) -> list[Sheet]:
        sheets = []
        try:
            for number in range(1, len(self.pdf) + 1):
                if time.monotonic() > self.ends_at:
                    self._skip(f"reading stopped after {self.builder.limits.max_seconds:g} seconds", number)
                    break
                sheet = self._sheet(number)
                if sheet is not None:
                    sheets.append(sheet)
        finally:
            if self.plumber is not None:
                self.plumber.close()
        return sheets

    def _skip(self, what: str, number: int, remedy: str = "Look at this page in the file itself.") -> None:
        self.builder.problems.append(_problem(what, f"{self.builder.name}, page {number}", remedy))

    def _sheet(self, number: int) -> Sheet | None:
        import pypdfium2

        try:
            page = self.pdf[number - 1]
        except pypdfium2.PdfiumError as error:
            self._skip(f"the page cannot be read ({error})", number)
            return None
        try:
            lines = list(_lines(page))
            if sum(len(line.text.strip()) for line in lines) < _FEWEST_CHARACTERS and _has_picture(page):
                return self._scan(page, number)
            sheet = Sheet(number, float(page.get_height()), lines)
            if lines and _uprights(page) >= _FEWEST_UPRIGHTS and page.get_rotation() == 0:
                sheet.grids = self._grids(number)
            return sheet
        finally:
            page.close()

    def _scan(self, page: Any, number: int) -> Sheet | None:
        from retrieval.parse.scan import poor, read_page

        image = page.render(scale=_SCAN_DPI / 72, grayscale=True).to_pil()
        try:
            sheet = read_page(image, number, _SCAN_DPI)
        except OcrUnavailable as error:
            self._skip(str(error), number, error.remedy)
            return None
        self.builder.problems.extend(poor(sheet, self.builder.name))
        return sheet

    def _grids(self, number: int) -> list[Grid]:
        import pdfplumber

        if self.plumber is None:
            self.plumber = pdfplumber.open(io.BytesIO(self.data))
        page = self.plumber.pages[number - 1]
        grids = []
        for table in page.find_tables():
            rows = _without_empty_columns(table.extract())
            if len(rows) > 1 and max(map(len, rows)) > 1:
                x0, top, x1, bottom = table.bbox
                grids.append(Grid(rows, x0, top, x1, bottom))
        page.close()
        return grids


def _without_empty_columns(rows: list[list[str | None]]) -> tuple[tuple[str, ...], ...]:
    """Cells that another cell spans (None) are left out; columns without any text are dropped."""
    width = max((len(row) for row in rows), default=0)
    used = [n for n in range(width) if any(row[n] for row in rows if n < len(row))]
    return tuple(tuple(row[n] or "" for n in used if n < len(row) and row[n] is not None) for row in rows)


def _lines(page: Any) -> Iterator[Line]:
    """The lines of a page's text layer in the order of the file, y turned to grow downwards."""
    text_page = page.get_textpage()
    try:
        text = text_page.get_text_range()
        height = page.get_height()
        if len(text) != text_page.count_chars():
            yield from _lines_by_rectangle(text_page, height)
            return
        for part in _PRINTED_LINE.finditer(text):
            box = _box(text_page, text, part.start(), part.end())
            if box is not None:
                left, bottom, right, top = box
                yield Line(part[0].strip("\r\n"), left, height - top, right, height - bottom)
    finally:
        text_page.close()


def _box(text_page: Any, text: str, start: int, end: int) -> tuple[float, float, float, float] | None:
    """Union of the character boxes from the first to the last visible character of a line."""
    boxes = [text_page.get_charbox(i, loose=True) for i in range(start, end) if not text[i].isspace()]
    if not boxes:
        return None
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _lines_by_rectangle(text_page: Any, height: float) -> Iterator[Line]:
    """Where characters and text do not correspond one to one (letters outside the first plane)."""
    for index in range(text_page.count_rects()):
        left, bottom, right, top = text_page.get_rect(index)
        text = text_page.get_text_bounded(left, bottom, right, top).strip()
        if text:
            yield Line(text, left, height - top, right, height - bottom)


def _has_picture(page: Any) -> bool:
    return any(bool(obj.type == _IMAGE) for obj in page.get_objects(max_depth=3))


def _uprights(page: Any) -> int:
    """Number of drawn lines and boxes that stand upright: ruled tables have them, underlined words do not."""
    found = 0
    for shape in page.get_objects(max_depth=2):
        if shape.type == _PATH:
            _, bottom, _, top = shape.get_bounds()
            found += top - bottom > _LOWEST_UPRIGHT
    return found
