"""Word: numbers that are not in the text, tables in their place, tracked changes resolved."""

from copy import deepcopy

import pytest
from docx.document import Document as Word
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from retrieval.parse import parse
from retrieval.parse.docx_numbering import letters, roman, shown
from tests.retrieval.papers import word

ABSTRACT = f"""<w:abstractNum {nsdecls("w")} w:abstractNumId="77">
<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%3)"/></w:lvl>
<w:lvl w:ilvl="3"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl>
</w:abstractNum>"""
NUM = f'<w:num {nsdecls("w")} w:numId="77"><w:abstractNumId w:val="77"/></w:num>'


def numbered(document: Word, text: str, level: int) -> None:
    paragraph = document.add_paragraph(text)
    properties = paragraph._p.get_or_add_pPr()
    properties.append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="77"/></w:numPr>')
    )


def build(document: Word) -> None:
    numbering = document.part.numbering_part.element
    numbering.insert(0, parse_xml(ABSTRACT))
    numbering.append(parse_xml(NUM))
    document.add_heading("Master Agreement", 1)
    numbered(document, "Payment", 0)
    numbered(document, "Invoices are due in 30 days.", 1)
    numbered(document, "Late invoices bear interest.", 1)
    numbered(document, "simple", 2)
    numbered(document, "yearly", 2)
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["Tier", "Credit", "below 99.9%", "5%"], strict=True):
        cell.text = text
    numbered(document, "Term", 0)
    numbered(document, "Two years.", 1)
    numbered(document, "a bullet", 3)
    document.sections[0].header.paragraphs[0].text = "Confidential header"


def test_numbers_tables_and_headings() -> None:
    document = parse(word(build), "a.docx")
    assert document.text.split("\n\n") == [
        "# Master Agreement",
        "3. Payment",
        "3.1 Invoices are due in 30 days.",
        "3.2 Late invoices bear interest.",
        "(a) simple",
        "(b) yearly",
        "Tier | Credit\nbelow 99.9% | 5%",
        "4. Term",
        "4.1 Two years.",
        "a bullet",
    ]
    (table,) = document.tables
    assert [document.text[c.start : c.end] for c in table.cells] == ["Tier", "Credit", "below 99.9%", "5%"]


def changed(document: Word) -> None:
    paragraph = document.add_paragraph("Pay within ")
    for tag, text_tag, text in (("w:del", "w:delText", "thirty"), ("w:ins", "w:t", "sixty")):
        change = OxmlElement(tag)
        run = OxmlElement("w:r")
        piece = OxmlElement(text_tag)
        piece.text = text
        run.append(piece)
        change.append(run)
        paragraph._p.append(change)
    paragraph._p.append(deepcopy(document.add_paragraph(" days.").runs[0]._r))
    joined = document.add_paragraph("This paragraph")
    joined._p.get_or_add_pPr().append(parse_xml(f'<w:rPr {nsdecls("w")}><w:del w:id="1"/></w:rPr>'))
    document.add_paragraph(" was joined with the next.")


def test_tracked_changes_are_resolved() -> None:
    text = parse(word(changed), "a.docx").text
    assert "Pay within sixty days." in text
    assert "This paragraph was joined with the next." in text


def controlled(document: Word) -> None:
    control = OxmlElement("w:sdt")
    content = OxmlElement("w:sdtContent")
    control.append(content)
    content.append(document.add_paragraph("1. Inside a content control")._p)
    document.element.body.insert(0, control)
    nested = document.add_table(rows=2, cols=2)
    nested.cell(0, 0).text = "outer"
    inner = nested.cell(1, 1).add_table(rows=1, cols=1)
    inner.cell(0, 0).text = "inner"


def test_content_controls_and_nested_tables() -> None:
    text = parse(word(controlled), "a.docx").text
    assert text.startswith("1. Inside a content control")
    assert text.count("inner") == 1
    assert "outer | " in text


@pytest.mark.parametrize(
    ("number", "style", "text"),
    [
        (4, "upperRoman", "IV"),
        (28, "lowerLetter", "bb"),
        (3, "decimalZero", "03"),
        (9, "none", ""),
        (2, "ordinal", "2"),
    ],
)
def test_number_formats(number: int, style: str, text: str) -> None:
    assert shown(number, style) == text


def test_roman_and_letters() -> None:
    assert [roman(n) for n in (1, 9, 14, 40, 1999)] == ["i", "ix", "xiv", "xl", "mcmxcix"]
    assert [letters(n) for n in (1, 26, 27, 0)] == ["a", "z", "aa", ""]
    assert qn("w:p").endswith("}p")
