"""Scans: an image of a page to placed lines, by Tesseract where installed, else by the bundled models."""

import csv
import io
import shutil
import subprocess
from collections.abc import Callable, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from obligations.document import Document, Problem
from retrieval import ocr
from retrieval.errors import OcrUnavailable, TooLarge, Unreadable
from retrieval.parse.canonical import Canonical
from retrieval.parse.grid import ruled_tables
from retrieval.parse.layout import Grid, Line, Sheet, write
from retrieval.parse.limits import Limits

if TYPE_CHECKING:
    from PIL.Image import Image

_DEFAULT_DPI = 200
_MOST_PIXELS = 80_000_000
_MOST_SKEW = 3.0
_POOR = 0.75
_DOUBTFUL = 0.88
_POOR_FIGURE = 0.75
_TESSERACT_SECONDS = 120


def read_page(image: "Image", number: int, dpi: float) -> Sheet:
    """Read one scanned page; lines and tables are placed in points on the straightened page.

    The sheet's confidence is the mean of its words, weighted by length; 0 where nothing was read.
    Raises OcrUnavailable when neither Tesseract nor the models are installed.
    """
    straight = deskew(image.convert("L"))
    program = shutil.which("tesseract")
    read: Callable[[Image], list[ocr.Print]] = (
        (lambda page: _tesseract(program, page)) if program else _models
    )
    prints = read(straight)
    if prints and _confidence(prints) < _POOR:
        straight, prints = _turned(straight, prints, read)
    points = 72 / dpi
    grids = [_grid(table, prints, points) for table in ruled_tables(np.asarray(straight))]
    usual = median(piece.box.height for piece in prints) if prints else 0.0
    lines = [_line(row, usual, points) for row in _rows(prints)]
    return Sheet(
        number,
        straight.height * points,
        lines,
        grids=[grid for grid in grids if grid is not None],
        confidence=round(_confidence(prints), 3),
        doubtful=[
            p.text
            for p in prints
            if p.confidence < _DOUBTFUL or (p.figures < _POOR_FIGURE and any(map(str.isdigit, p.text)))
        ],
    )


def parse_image(data: bytes, name: str, limits: Limits) -> Document:
    """Read a PNG, JPEG or TIFF (of several pages) as a scan."""
    from PIL import Image, ImageSequence, UnidentifiedImageError

    builder = Canonical(name=name, limits=limits)
    try:
        image = Image.open(io.BytesIO(data))
        pages = getattr(image, "n_frames", 1)
        if pages > limits.max_pages:
            raise TooLarge(name, f"has {pages:,} pages, more than the limit of {limits.max_pages:,}")
        if image.width * image.height > _MOST_PIXELS:
            raise TooLarge(name, f"is {image.width:,} x {image.height:,} pixels")
        sheets = [
            read_page(frame, number, float(frame.info.get("dpi", (_DEFAULT_DPI,))[0]) or _DEFAULT_DPI)
            for number, frame in enumerate(ImageSequence.Iterator(image), start=1)
        ]
    except OcrUnavailable as error:
        raise Unreadable(name, str(error), remedy=error.remedy) from error
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise Unreadable(name, f"is a damaged image ({error})") from error
    for sheet in sheets:
        builder.problems.extend(poor(sheet, name))
    write(sheets, builder)
    return builder.document(data, f"image/{(image.format or 'png').lower()}", scanned=True)


def poor(sheet: Sheet, name: str) -> list[Problem]:
    """Problems for a page that was read badly and for single lines, so that a person looks at them."""
    place = f"{name}, page {sheet.number}"
    if sheet.confidence is not None and sheet.confidence < _POOR:
        what = f"the scan is hard to read (confidence {sheet.confidence:.2f})"
        return [Problem(stage="parse", what=what, place=place, remedy="Scan the page again at 300 dpi.")]
    return [
        Problem(
            stage="parse",
            what=f"a line is hard to read: {text!r}",
            place=place,
            remedy="Check this line against the original, figures above all.",
        )
        for text in sheet.doubtful
    ]


def deskew(image: "Image") -> "Image":
    """The page turned so that its lines are level (up to 3 degrees either way)."""
    from PIL import Image

    small = image.resize((max(1, image.width // 3), max(1, image.height // 3)), Image.Resampling.BOX)
    paper = int(np.median(np.asarray(small)))

    def sharpness(angle: float) -> float:
        turned = np.asarray(small.rotate(angle, Image.Resampling.NEAREST, fillcolor=paper), np.float32)
        return float(np.square(np.diff(turned.mean(axis=1))).sum())

    coarse = max(np.arange(-_MOST_SKEW, _MOST_SKEW + 0.1, 0.5), key=sharpness)
    best = float(max((coarse + step for step in np.arange(-0.4, 0.41, 0.1)), key=sharpness))
    if abs(best) < 0.05:
        return image
    return image.rotate(best, Image.Resampling.BICUBIC, fillcolor=paper)


def _turned(
    image: "Image", prints: list[ocr.Print], read: "Callable[[Image], list[ocr.Print]]"
) -> tuple["Image", list[ocr.Print]]:
    """A page that reads badly may lie on its side or head: the way round that reads best."""
    best = (image, prints)
    for angle in (180, 90, 270):
        turned = image.rotate(angle, expand=True, fillcolor=255)
        again = read(turned)
        if _confidence(again) * len(again) > 1.2 * _confidence(best[1]) * len(best[1]):
            best = (turned, again)
    return best


def _confidence(prints: Sequence[ocr.Print]) -> float:
    letters = sum(len(piece.text) for piece in prints)
    return sum(piece.confidence * len(piece.text) for piece in prints) / letters if letters else 0.0


def _models(image: "Image") -> list[ocr.Print]:
    page = np.asarray(image, np.uint8)
    return ocr.recognise(page, ocr.detect(page))


def _tesseract(program: str | None, image: "Image") -> list[ocr.Print]:
    """Lines from Tesseract's table of words."""
    page = io.BytesIO()
    image.save(page, "PNG")
    try:
        done = subprocess.run(  # noqa: S603 - the program was found on PATH, its arguments are fixed
            [str(program), "stdin", "stdout", "--psm", "3", "tsv"],
            input=page.getvalue(),
            capture_output=True,
            timeout=_TESSERACT_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise OcrUnavailable(f"Tesseract failed on this page ({error})") from error
    lines: dict[tuple[str, ...], list[dict[str, str]]] = {}
    table = csv.DictReader(
        io.StringIO(done.stdout.decode("utf-8", "replace")), delimiter="\t", quoting=csv.QUOTE_NONE
    )
    for row in table:
        if row.get("text", "").strip() and float(row["conf"]) >= 0:
            key = tuple(row[name] for name in ("page_num", "block_num", "par_num", "line_num"))
            lines.setdefault(key, []).append(row)
    return [_tesseract_line(words) for words in lines.values()]


def _tesseract_line(words: list[dict[str, str]]) -> ocr.Print:
    boxes = [[int(word[name]) for name in ("left", "top", "width", "height")] for word in words]
    box = ocr.Box(
        min(x for x, _, _, _ in boxes),
        min(y for _, y, _, _ in boxes),
        max(x + width for x, _, width, _ in boxes),
        max(y + height for _, y, _, height in boxes),
    )
    confidence = sum(float(word["conf"]) for word in words) / len(words) / 100
    return ocr.Print(" ".join(word["text"].strip() for word in words), confidence, box)


def _rows(prints: Sequence[ocr.Print]) -> list[list[ocr.Print]]:
    """Pieces on the same line together, lines from top to bottom, pieces from left to right."""
    rows: list[list[ocr.Print]] = []
    for piece in sorted(prints, key=lambda piece: piece.box.y0 + piece.box.y1):
        middle = (piece.box.y0 + piece.box.y1) / 2
        row = rows[-1] if rows else []
        if row and any(other.box.y0 < middle < other.box.y1 and _beside(piece, other) for other in row[-1:]):
            row.append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.box.x0) for row in rows]


def _beside(a: ocr.Print, b: ocr.Print) -> bool:
    low = min(a.box.height, b.box.height)
    level = abs((a.box.y0 + a.box.y1) - (b.box.y0 + b.box.y1)) < 1.0 * low
    return level and (a.box.x0 >= b.box.x1 - low or b.box.x0 >= a.box.x1 - low)


def _line(row: Sequence[ocr.Print], usual: float, points: float) -> Line:
    """Boxes of ordinary lines differ by a few pixels for no reason: those get the page's usual height."""
    top = min(piece.box.y0 for piece in row)
    bottom = max(piece.box.y1 for piece in row)
    if abs(bottom - top - usual) < 0.35 * usual:
        middle = (top + bottom) / 2
        top, bottom = round(middle - usual / 2), round(middle + usual / 2)
    return Line(
        " ".join(piece.text for piece in row),
        row[0].box.x0 * points,
        top * points,
        max(piece.box.x1 for piece in row) * points,
        bottom * points,
    )


def _grid(table: Any, prints: Sequence[ocr.Print], points: float) -> Grid | None:
    """A ruled table filled with the pieces whose middle lies in its cells; None if it stays empty."""
    rows = [["" for _ in table.columns[1:]] for _ in table.rows[1:]]
    for row in _rows(prints):
        for piece in row:
            x, y = (piece.box.x0 + piece.box.x1) / 2, (piece.box.y0 + piece.box.y1) / 2
            place = table.cell(x, y)
            if place is not None:
                rows[place[0]][place[1]] = f"{rows[place[0]][place[1]]} {piece.text}".strip()
    if sum(bool(cell) for row in rows for cell in row) < len(rows):
        return None
    x0, y0, x1, y1 = (edge * points for edge in table.bounds)
    return Grid(tuple(tuple(row) for row in rows if any(row)), x0, y0, x1, y1)
