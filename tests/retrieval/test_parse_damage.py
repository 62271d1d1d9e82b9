"""Files that mislead: cut tables, tracked changes, hidden text, bombs. The rest is read, and it is told."""

import io
import sys
import time
import zipfile
from collections.abc import Callable
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from docx.document import Document as Word
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from obligations.document import Document
from retrieval import ocr
from retrieval.chunk import chunk
from retrieval.errors import Empty, TooLarge, Unreadable
from retrieval.parse import Limits, parse
from retrieval.parse.broken_tables import rejoin
from tests.retrieval.papers import LONG, image_pdf, lines_pdf, page_image, pdf, word

W = nsdecls("w")
HEAD = ["Priority", "Response", "Resolution"]
ROWS = [HEAD, *([f"P{n}", f"{n} minutes", f"{n} hours"] for n in range(1, 80))]


def long_table(repeat: int, rows: list[list[Any]] = ROWS) -> bytes:
    """A ruled table of several pages; its head printed on each of them or only on the first."""
    platypus: Any = import_module("reportlab.platypus")
    table = platypus.Table(rows, repeatRows=repeat, style=[("GRID", (0, 0), (-1, -1), 0.5, "black")])
    out = io.BytesIO()
    platypus.SimpleDocTemplate(out).build([table])
    return out.getvalue()


def cells(document: Document) -> list[list[str]]:
    (table,) = document.tables
    rows: list[list[str]] = [[] for _ in range(table.cells[-1].row + 1)]
    for cell in table.cells:
        rows[cell.row].append(document.text[cell.start : cell.end])
    return rows


@pytest.mark.parametrize("repeat", [0, 1])
def test_a_table_over_three_pages_is_one(repeat: int) -> None:
    document = parse(long_table(repeat), "a.pdf")
    assert len(document.pages) == 3
    assert cells(document) == ROWS


def test_a_row_cut_by_the_page_end_is_whole() -> None:
    before = [
        HEAD,
        *([f"P{n}", "one hour", "a day"] for n in range(38)),
        ["P9", "within one hour after the", "8 hours"],
    ]
    rest = [["", "call has come in", ""], ["P10", "one hour", "9 hours"]]
    upper, lower = rejoin(before, [HEAD, *rest])
    assert upper[-1] == ("P9", "within one hour after the call has come in", "8 hours")
    assert lower == [("P10", "one hour", "9 hours")]


def test_a_blank_first_cell_alone_does_not_join_rows() -> None:
    rows = [["P1", "By day", "4 hours"]], [["", "By night", "8 hours"]]
    assert rejoin(*rows) == ([tuple(rows[0][0])], [tuple(rows[1][0])])


def test_tables_with_text_between_them_stay_apart() -> None:
    document = parse(
        pdf([[HEAD, ["P1", "a", "b"]], None, "Targets at night:", [HEAD, ["P1", "c", "d"]]]), "a.pdf"
    )
    assert len(document.tables) == 2


@pytest.mark.parametrize("repeated", [True, False])
def test_a_word_table_over_two_pages_is_one(repeated: bool) -> None:
    def build(document: Word) -> None:
        for part in (ROWS[:3], [HEAD, *ROWS[3:5]] if repeated else ROWS[3:5]):
            table = document.add_table(rows=len(part), cols=3)
            for cell, text in zip(table._cells, chain.from_iterable(part), strict=True):
                cell.text = text
            if part[0] is ROWS[0] and part == ROWS[:3]:
                add(document, '<w:r><w:br w:type="page"/></w:r>')

    assert cells(parse(word(build), "a.docx")) == ROWS[:5]


def add(document: Word, inner: str) -> None:
    document.element.body.insert(-1, parse_xml(f"<w:p {W}>{inner}</w:p>"))


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


GONE = '<w:del w:id="1"><w:r><w:delText>gone</w:delText></w:r></w:del>'
MARK_GONE = '<w:pPr><w:rPr><w:del w:id="9"/></w:rPr></w:pPr>'


def tracked(document: Word) -> None:
    add(document, MARK_GONE + run("The fee is ") + GONE)
    add(document, MARK_GONE + GONE)
    add(document, GONE + run("EUR 100."))
    table = document.add_table(rows=3, cols=2)
    for number, cell in enumerate(table._cells):
        cell.text = f"cell {number}"
    table.rows[1]._tr.get_or_add_trPr().append(parse_xml(f'<w:del {W} w:id="5"/>'))
    add(document, MARK_GONE + run("Before a table."))
    other = document.add_table(rows=2, cols=2)
    for row in other.rows:
        row._tr.get_or_add_trPr().append(parse_xml(f'<w:del {W} w:id="5"/>'))
    add(document, run("After it."))


def test_deletions_across_paragraphs_and_rows() -> None:
    document = parse(word(tracked), "a.docx")
    assert document.text.split("\n\n") == [
        "The fee is EUR 100.",
        "cell 0 | cell 1\ncell 4 | cell 5",
        "Before a table.",
        "After it.",
    ]
    (problem,) = document.problems
    assert "tracked changes" in problem.what
    assert problem.place == "a.docx, near 'The fee is'"
    assert "Accept" in problem.remedy


def remarks(document: Word) -> None:
    paragraph = document.add_paragraph("The fee is EUR 100.")
    document.add_comment(paragraph.runs, text="Ask finance.", author="A")
    add(
        document,
        f"<w:r><w:rPr><w:vanish/></w:rPr><w:t>The fee is EUR 900.</w:t></w:r>{run('It is due at once.')}",
    )
    box = f"<w:txbxContent><w:p>{run('In the box.')}</w:p></w:txbxContent>"
    add(
        document,
        f'<w:r><w:pict><v:textbox xmlns:v="urn:schemas-microsoft-com:vml">{box}</v:textbox></w:pict></w:r>',
    )
    add(document, "")
    document.element.body.insert(-1, parse_xml(f"<w:altChunk {W}/>"))


def test_comments_hidden_text_boxes_and_embedded_documents() -> None:
    document = parse(word(remarks), "a.docx")
    assert document.text.split("\n\n") == ["The fee is EUR 100.", "It is due at once.", "In the box."]
    told = [problem.what for problem in document.problems]
    assert [next(w for w in ("hidden", "comments", "embedded") if w in what) for what in told] == [
        "hidden",
        "comments",
        "embedded",
    ]
    assert all(problem.place.startswith("a.docx") and problem.remedy for problem in document.problems)


def repacked(change: Callable[[bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """A Word document with its text part changed and parts added."""
    out = io.BytesIO()
    made = word(lambda document: add(document, run("hello")))
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == "word/document.xml" else old.read(name))
        for name, data in (extra or {}).items():
            new.writestr(name, data)
    return out.getvalue()


def with_doctype(declared: str) -> bytes:
    def change(part: bytes) -> bytes:
        head, rest = part.split(b"?>", 1)
        return head + b"?><!DOCTYPE w [" + declared.encode() + b"]>" + rest.replace(b"hello", b"a &z; b")

    return repacked(change)


def test_entities_are_refused() -> None:
    laughs = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(25)
    )
    for declared in (laughs, '<!ENTITY z SYSTEM "file:///etc/hostname">', '<!ENTITY z "words">'):
        with pytest.raises(Unreadable, match=r"a\.docx: "):
            parse(with_doctype(declared), "a.docx")


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    zeros = b"0" * 30_000_000
    with pytest.raises(TooLarge, match=r"word/media/a\.png unpacks to"):
        parse(repacked(bytes, {"word/media/a.png": zeros}), "a.docx")
    with pytest.raises(TooLarge, match="packed parts"):
        parse(repacked(bytes, {f"word/media/{n}.txt": b"" for n in range(10_001)}), "a.docx")
    many = {f"word/media/{n}.txt": b"0" * 900_000 for n in range(12)}
    with pytest.raises(TooLarge, match="unpacks to"):
        parse(repacked(bytes, many), "a.docx", Limits(max_unpacked=10_000_000))


def test_an_archive_inside_a_document_stays_packed() -> None:
    inner = repacked(bytes, {"word/media/a.png": b"0" * 30_000_000})
    assert parse(repacked(bytes, {"word/embeddings/inner.docx": inner}), "a.docx").text == "hello"


def test_an_empty_word_document() -> None:
    with pytest.raises(Empty, match=r"a\.docx: holds no text"):
        parse(word(lambda document: None), "a.docx")


def test_pdf_without_pages() -> None:
    data = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF"
    )
    with pytest.raises(Unreadable, match="PDF without pages"):
        parse(data, "a.pdf")


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9])
def test_a_cut_pdf_is_an_error_with_name_and_remedy(kept: float) -> None:
    whole = pdf([f"{n}. {LONG}" for n in range(1, 30)])
    with pytest.raises(Unreadable, match=r"a\.pdf: is a damaged PDF") as caught:
        parse(whole[: int(kept * len(whole))], "a.pdf")
    assert "Fetch the file again" in caught.value.remedy


def test_scans_without_ocr(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ocr._models.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(Empty, match="page 1") as caught:
        parse(image_pdf(page_image(["4.1 Payment"])), "scan.pdf")
    assert "Tesseract" in caught.value.remedy


def test_html_that_hides() -> None:
    page = (
        "<html><body><script>if (1 < 2) { say('<p>no</p>') }</script><style>p {color: red}</style>"
        "<p style='display: none'>The fee is EUR 900.<p>The fee is <span hidden>not </span>EUR 100.</p>"
        "<div style='visibility:hidden'>a<div>b</div>c</div><p style='font-size:0.9em'>Small print.</p>"
        "<noscript>Switch it on</noscript><p>End.</p></body></html>"
    )
    document = parse(page.encode(), "a.html")
    assert document.text.split("\n\n") == ["The fee is EUR 100.", "Small print.", "End."]
    (problem,) = document.problems
    assert problem.what == "text that the page hides was left out: 'The fee is EUR 900.' and 4 more"
    assert (problem.place, bool(problem.remedy)) == ("a.html", True)


def test_a_hidden_element_that_is_never_closed() -> None:
    document = parse(b"<html><body><p>Seen.</p><div hidden>Not seen.<p>Nor this.</p></body></html>", "a.html")
    assert document.text == "Seen."
    assert "never closed" in document.problems[-1].what


@pytest.mark.parametrize(
    "text", ["A | B\n---|---\n1 | 2\n3 | 4", "| A | B |\n|:--|--:|\n| 1 | 2 |\n| 3 | 4 |"]
)
def test_markdown_tables(text: str) -> None:
    document = parse(f"Targets:\n\n{text}\n\nEither A | B applies.".encode(), "a.md")
    assert cells(document) == [["A", "B"], ["1", "2"], ["3", "4"]]
    assert document.text.endswith("Either A | B applies.")


@pytest.mark.parametrize("words", ["word ", "x"])
def test_one_line_of_many_megabytes(words: str) -> None:
    data = words.encode() * (19_000_000 // len(words))
    started = time.process_time()
    chunks = chunk(parse(data, "a.txt"))
    assert time.process_time() - started < 30
    assert sum(len(c.text) - c.text.count(" ") for c in chunks) == len(data) - data.count(b" ")
    with pytest.raises(TooLarge, match="20,000,000"):
        parse(data * 2, "a.txt")


def test_hundreds_of_pages() -> None:
    page = [f"{n} The Supplier sends the Customer the report on its services." for n in range(30)]
    document = parse(lines_pdf([[f"{n}.1 Report {n}.", *page] for n in range(1, 301)]), "a.pdf")
    assert [p.number for p in document.pages] == list(range(1, 301))
    assert document.page_at(document.text.index("Report 250.")) == 250
