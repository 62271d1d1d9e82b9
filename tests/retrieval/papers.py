"""Small files made for the tests: PDF, DOCX, page images."""

import io
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as Word
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4

# reportlab declares no types
platypus: Any = import_module("reportlab.platypus")
styles: Any = import_module("reportlab.lib.styles")
pdfgen: Any = import_module("reportlab.pdfgen.canvas")

LONG = (
    "The Supplier shall send the Customer a report on the services of the month, with the incidents, their "
    "causes and the time that was needed for each of them, and with a forecast for the month that follows."
)


def pdf(story: Sequence[str | list[list[str]] | None], header: str = "", footer: str = "") -> bytes:
    """Paragraphs, tables (lists of rows) and page breaks (None); the footer may hold {page}."""
    style = styles.getSampleStyleSheet()["BodyText"]

    def furniture(canvas: Any, document: Any) -> None:
        canvas.drawString(72, A4[1] - 40, header)
        canvas.drawString(72, 30, footer.replace("{page}", str(document.page)))

    flow: list[Any] = []
    for piece in story:
        if piece is None:
            flow.append(platypus.PageBreak())
        elif isinstance(piece, str):
            flow.append(platypus.Paragraph(piece, style))
        else:
            flow.append(platypus.Table(piece, style=[("GRID", (0, 0), (-1, -1), 0.5, "black")]))
    out = io.BytesIO()
    platypus.SimpleDocTemplate(out, pagesize=A4).build(flow, onFirstPage=furniture, onLaterPages=furniture)
    return out.getvalue()


def lines_pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """Pages of lines set exactly as given, one below the other."""
    out = io.BytesIO()
    canvas = pdfgen.Canvas(out, pagesize=A4)
    for lines in pages:
        for number, line in enumerate(lines):
            canvas.drawString(72, 700 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def word(build: Callable[[Word], None]) -> bytes:
    document = docx.Document()
    build(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def font(size: int) -> ImageFont.FreeTypeFont:
    """A serif face: the system's, else the one that comes with reportlab."""
    import reportlab

    places = (
        Path("/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"),
        Path(reportlab.__file__).parent / "fonts" / "Vera.ttf",
    )
    return ImageFont.truetype(str(next(place for place in places if place.is_file())), size)


def page_image(lines: Sequence[str], size: int = 32, turn: float = 0.0) -> Image.Image:
    """A scanned page: black print on grey paper, a little turned."""
    image = Image.new("L", (1654, 1100), 244)
    draw = ImageDraw.Draw(image)
    for number, line in enumerate(lines):
        draw.text((150, 120 + number * round(1.6 * size)), line, fill=30, font=font(size))
    return image.rotate(turn, Image.Resampling.BICUBIC, fillcolor=244)


def image_pdf(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PDF", resolution=200)
    return out.getvalue()


def png(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(200, 200))
    return out.getvalue()
