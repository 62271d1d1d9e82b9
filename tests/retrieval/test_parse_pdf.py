"""PDF: running text, tables, what repeats, what runs over a page, scans."""

import pytest

from obligations.document import Document
from retrieval.parse import parse
from retrieval.parse.layout import Line, Sheet, Words, drop_furniture, join
from tests.retrieval.papers import LONG, image_pdf, lines_pdf, page_image, pdf

TABLE = [
    ["Priority", "Response", "Resolution"],
    ["P1", "15 minutes", "8 hours"],
    ["P2", "1 hour", "10 hours"],
]


@pytest.fixture(scope="module")
def schedule() -> Document:
    return parse(
        pdf(
            [
                "Schedule 2",
                f"1.1 Report. {LONG}",
                "1.2 Targets are those of the table.",
                TABLE,
                None,
                f"1.3 {LONG}",
            ],
            header="Managed Services Agreement 2024-003",
            footer="Confidential - Page {page}",
        ),
        "schedule.pdf",
    )


def test_lines_become_paragraphs(schedule: Document) -> None:
    assert f"\n\n1.1 Report. {LONG}\n\n1.2 Targets" in schedule.text


def test_headers_and_page_numbers_are_left_out(schedule: Document) -> None:
    assert "Confidential" not in schedule.text
    assert "2024-003" not in schedule.text


def test_a_table_has_rows_and_cells(schedule: Document) -> None:
    (table,) = schedule.tables
    assert schedule.text[table.start : table.end] == "\n".join(" | ".join(row) for row in TABLE)
    assert [schedule.text[c.start : c.end] for c in table.cells] == [cell for row in TABLE for cell in row]
    assert table.page == 1


def test_pages_cover_the_text(schedule: Document) -> None:
    assert [page.number for page in schedule.pages] == [1, 2]
    assert schedule.pages[0].end == schedule.pages[1].start
    assert schedule.page_at(schedule.text.index("1.3")) == 2
    assert not schedule.scanned


def test_words_divided_at_a_line_end_are_made_whole() -> None:
    lines = [
        "The Provider shall notify each interrup-",
        "tion and every failure of a business-",
        "critical system, and the non-",
        "payment of fees. A business-critical system is one that is listed.",
    ]
    text = parse(lines_pdf([lines]), "a.pdf").text
    assert "each interruption and every failure of a business-critical system, and the non-payment of" in text


def test_a_paragraph_goes_on_after_a_page_end() -> None:
    first = ["9.1 The Supplier keeps the records of all services that it has rendered and"]
    second = ["of all payments for six years. Then it destroys them, in a manner that is safe."]
    document = parse(lines_pdf([first, second]), "a.pdf")
    assert "rendered and of all payments for six years." in document.text
    assert document.page_at(document.text.index("of all payments")) == 2


def test_a_reference_at_a_line_start_is_no_clause() -> None:
    lines = [
        "The fees follow from the price list, and interest is owed as stated in clause",
        "4.2 of the terms.",
    ]
    assert "as stated in clause 4.2 of the terms." in parse(lines_pdf([lines]), "a.pdf").text


def test_figures_in_furniture_differ_from_page_to_page() -> None:
    def sheet(number: int, body: str) -> Sheet:
        lines = [Line(f"Ref 77 / {number}", 50, 20, 200, 32), Line(body, 50, 400, 300, 412)]
        return Sheet(number, 800, [*lines, Line(f"- {number} -", 280, 780, 300, 790)])

    sheets = [sheet(n, f"Clause {n}") for n in (1, 2, 3)]
    drop_furniture(sheets)
    assert [[line.text for line in s.lines] for s in sheets] == [["Clause 1"], ["Clause 2"], ["Clause 3"]]


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [("obli-", "gation", "obligation"), ("self-", "insured", "self-insured"), ("P1-", "P3", "P1-P3")],
)
def test_hyphens(first: str, second: str, whole: str) -> None:
    assert join([Line(first, 0, 0, 9, 9), Line(second, 0, 12, 9, 21)], Words([])) == whole


def test_a_page_without_text_layer_is_read_from_its_picture() -> None:
    document = parse(
        image_pdf(page_image(["4.1 The Provider shall restore the service within four (4) hours."])), "s.pdf"
    )
    assert document.scanned
    assert document.text == "4.1 The Provider shall restore the service within four (4) hours."
    assert (document.pages[0].confidence or 0) > 0.9
