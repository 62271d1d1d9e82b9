"""Where a passage stands on the pages of its original file, and a picture of the page with it marked.

Computed on demand from the stored bytes; the text of a page is compared by its letters and figures alone,
so that white space, ligatures, divided words and the bars of table rows make no difference.
"""

import io
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from obligations.document import Document
from retrieval.errors import NotOnPage, Unsupported

_PDF = "application/pdf"
_SCAN_DPI = 200
_PICTURE_DPI = 110
_MOST_SIDE = 3_000
_MARK = (255, 214, 0, 110)
_FEWEST_LETTERS = 12


@dataclass(frozen=True, slots=True)
class Box:
    """One line of a passage on a page, in points; as in PDF, y grows upwards from the foot of the page."""

    page: int
    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True)
class _Letter:
    text: str
    left: float
    bottom: float
    right: float
    top: float


def boxes(data: bytes, document: Document, start: int, end: int) -> tuple[Box, ...]:
    """The boxes of `document.text[start:end]`, one for each line of print, in reading order.

    `data` are the bytes that `document` was read from. Empty where the words cannot be found again.
    Raises Unsupported for a file without pages (Word, text, HTML) and for a picture that is no PDF.
    """
    found: list[Box] = []
    with _opened(data, document) as pdf:
        for page in document.pages:
            first, last = max(start, page.start), min(end, page.end)
            if first >= last:
                continue
            letters = _letters(pdf, page.number)
            for part in _passages(letters, document.text, (page.start, first, last)):
                found.extend(_lines(part, page.number))
    return tuple(found)


def picture(data: bytes, document: Document, page: int, marked: Sequence[Box]) -> bytes:
    """The page as PNG with the boxes that stand on it marked; at most 3,000 pixels a side.

    Raises Unsupported as `boxes` does, and NotOnPage for a page that the file does not have.
    """
    from PIL import Image, ImageDraw

    with _opened(data, document) as pdf:
        if not 1 <= page <= len(pdf):
            raise NotOnPage(f"{document.name} has {len(pdf)} pages, no page {page}")
        sheet = pdf[page - 1]
        scale = min(_PICTURE_DPI / 72, _MOST_SIDE / max(sheet.get_width(), sheet.get_height(), 1))
        height = sheet.get_height()
        image = sheet.render(scale=scale).to_pil().convert("RGBA")
    layer = Image.new("RGBA", image.size, (0, 0, 0, 0))
    draw = ImageDraw.Draw(layer)
    for box in marked:
        if box.page == page:
            corners = (box.left - 1, height - box.top - 1, box.right + 1, height - box.bottom + 1)
            draw.rectangle([scale * edge for edge in corners], fill=_MARK)
    out = io.BytesIO()
    Image.alpha_composite(image, layer).convert("RGB").save(out, "PNG", optimize=True)
    return out.getvalue()


def _opened(data: bytes, document: Document) -> Any:
    if document.media_type != _PDF:
        remedy = "Open the original; only PDF files have pages that can be shown."
        raise Unsupported(document.name, f"has no PDF pages ({document.media_type})", remedy=remedy)
    import pypdfium2

    make: Any = pypdfium2.PdfDocument
    return make(data)


def _letters(pdf: Any, number: int) -> list[_Letter]:
    """The letters and figures of a page in the order of the file, each with its box."""
    page = pdf[number - 1]
    text_page = page.get_textpage()
    found = list(_printed(text_page))
    return found if len(found) >= _FEWEST_LETTERS else list(_scanned(page, number)) or found


def _printed(text_page: Any) -> Iterator[_Letter]:
    pdfium: Any = import_module("pypdfium2.raw")  # its names are made when it is loaded
    for index in range(text_page.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text_page, index)
        even = _even(chr(code)) if 0 < code < 0xD800 or 0xE000 <= code < 0x110000 else ""
        if even:
            yield _Letter(even, *text_page.get_charbox(index, loose=True))


def _scanned(page: Any, number: int) -> Iterator[_Letter]:
    """OCR gives a box for each line; its letters are taken to be equally wide."""
    from retrieval.errors import OcrUnavailable
    from retrieval.parse.scan import read_page

    try:
        sheet = read_page(page.render(scale=_SCAN_DPI / 72, grayscale=True).to_pil(), number, _SCAN_DPI)
    except OcrUnavailable:
        return
    for line in sheet.lines:
        width = (line.x1 - line.x0) / max(len(line.text), 1)
        for place, char in enumerate(line.text):
            even = _even(char)
            if even:
                left = line.x0 + place * width
                yield _Letter(even, left, sheet.height - line.bottom, left + width, sheet.height - line.top)


def _even(text: str) -> str:
    """Letters and figures only, ligatures taken apart, without case."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum())


def _passages(letters: Sequence[_Letter], text: str, place: tuple[int, int, int]) -> Iterator[list[_Letter]]:
    """The letters of the passage; piece by piece where the file sets the cells of a table in another order.

    `place`: where the page starts in the text, where the passage starts on it, where it ends.
    """
    page_start, first, last = place
    whole = _found(letters, _even(text[first:last]), _even(text[page_start:first]))
    if whole is not None:
        yield whole
        return
    at = first
    for piece in text[first:last].replace("|", "\n").split("\n"):
        wanted = _even(piece)
        part = _found(letters, wanted, _even(text[page_start:at])) if wanted else None
        if part is not None:
            yield part
        at += len(piece) + 1


def _found(letters: Sequence[_Letter], wanted: str, before: str) -> list[_Letter] | None:
    """The letters of the occurrence of `wanted` that has as many others before it as in the text."""
    if not wanted:
        return None
    joined = "".join(letter.text for letter in letters)
    owners = [index for index, letter in enumerate(letters) for _ in letter.text]
    places = list(_occurrences(joined, wanted))
    if not places:
        return None
    at = places[min(sum(1 for _ in _occurrences(before, wanted)), len(places) - 1)]
    return list(letters[owners[at] : owners[at + len(wanted) - 1] + 1])


def _occurrences(text: str, wanted: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + 1)


def _lines(letters: Sequence[_Letter], page: int) -> Iterator[Box]:
    """Letters side by side become one box; a letter further down, or back at the left, starts another."""
    line: list[_Letter] = []
    for letter in letters:
        middle = (letter.bottom + letter.top) / 2
        if line and not (line[-1].bottom <= middle <= line[-1].top and letter.left > line[-1].left - 1):
            yield _around(line, page)
            line = []
        line.append(letter)
    if line:
        yield _around(line, page)


def _around(line: Sequence[_Letter], page: int) -> Box:
    left, right = min(piece.left for piece in line), max(piece.right for piece in line)
    bottom, top = min(piece.bottom for piece in line), max(piece.top for piece in line)
    return Box(page, *(round(edge, 2) for edge in (left, bottom, right, top)))
