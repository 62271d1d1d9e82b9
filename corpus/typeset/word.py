"""A contract as a Word document: heading styles, literal clause numbers, ruled tables, page fields."""

import io
import re
import zipfile
from datetime import UTC, datetime
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from corpus.typeset.source import Block, ContractSource

_INLINE = re.compile(r"(\*\*.+?\*\*|\*.+?\*)")
_SIDES = {"l": WD_ALIGN_PARAGRAPH.LEFT, "c": WD_ALIGN_PARAGRAPH.CENTER, "r": WD_ALIGN_PARAGRAPH.RIGHT}
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def docx_bytes(source: ContractSource) -> bytes:
    """The contract as a DOCX file, equal bytes for equal sources."""
    document = Document()
    _set_up(document, source)
    for block in source.blocks:
        _add(document, block)
    out = io.BytesIO()
    document.save(out)
    return _without_clock(out.getvalue())


def _set_up(document: Any, source: ContractSource) -> None:
    font = "Calibri" if source.style == "modern" else "Times New Roman"
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = font, Pt(10.5)
    normal.paragraph_format.space_after = Pt(5)
    for level in (1, 2, 3):
        style = document.styles[f"Heading {level}"]
        style.font.name, style.font.size = font, Pt(13 - level)
        style.font.color.rgb = RGBColor(0, 0, 0)
        style.element.rPr.rFonts.set(qn("w:asciiTheme"), font)
    section = document.sections[0]
    section.left_margin = section.right_margin = Cm(2.5)
    head = section.header.paragraphs[0]
    head.text = f"{source.document}\t\t{source.reference}"
    foot = section.footer.paragraphs[0]
    foot.text = f"{source.footer}\t\tPage "
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")
    about = document.core_properties
    about.title, about.author, about.comments = source.document, "", ""
    about.created = about.modified = _EPOCH.replace(tzinfo=None)


def _field(paragraph: Any, code: str) -> None:
    for kind in ("begin", None, "end"):
        run = paragraph.add_run()
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = code
        run._r.append(mark)


def _add(document: Any, block: Block) -> None:
    if block.kind == "pagebreak":
        document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    elif block.kind in ("table", "signatures"):
        _table(document, block)
    elif block.kind == "heading":
        document.add_heading(block.text, level=block.level)
    elif block.kind == "clause":
        _clause(document, block)
    elif block.kind in ("title", "centred"):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _inline(paragraph, block.text)
        if block.kind == "title":
            for run in paragraph.runs:
                run.bold, run.font.size = True, Pt(15)


def _clause(document: Any, block: Block) -> None:
    paragraph = document.add_paragraph()
    shape = paragraph.paragraph_format
    shape.left_indent = Cm(1.1 * (block.level + bool(block.marker)))
    if block.marker:
        shape.first_line_indent = Cm(-1.1)
        paragraph.add_run(("\u2022" if block.marker == "-" else block.marker) + "\t")
    _inline(paragraph, block.text)


def _table(document: Any, block: Block) -> None:
    ruled = block.kind == "table"
    if block.caption:
        document.add_paragraph().add_run(block.caption).bold = True
    table = document.add_table(rows=len(block.rows), cols=len(block.rows[0]))
    if ruled:
        table.style = "Table Grid"
    shares = block.widths or (1.0,) * len(block.rows[0])
    for number, row in enumerate(block.rows):
        for column, text in enumerate(row):
            cell = table.cell(number, column)
            cell.width = Cm(16 * shares[column] / sum(shares))
            paragraph = cell.paragraphs[0]
            _inline(paragraph, text)
            if ruled:
                paragraph.alignment = _SIDES[block.align[column]]
            if number == 0:
                for run in paragraph.runs:
                    run.bold = True
    document.add_paragraph()


def _inline(paragraph: Any, text: str) -> None:
    for part in filter(None, _INLINE.split(text)):
        run = paragraph.add_run(part.strip("*") if _INLINE.fullmatch(part) else part)
        if part.startswith("**"):
            run.bold = True
        elif _INLINE.fullmatch(part):
            run.italic = True


def _without_clock(data: bytes) -> bytes:
    """The same archive with fixed member times."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as held, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as kept:
        for name in held.namelist():
            member = zipfile.ZipInfo(name, date_time=_EPOCH.timetuple()[:6])
            kept.writestr(member, held.read(name), zipfile.ZIP_DEFLATED)
    return out.getvalue()
