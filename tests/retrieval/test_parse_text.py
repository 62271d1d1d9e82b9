"""Plain text, Markdown and HTML: what is kept, what is joined, which encodings are understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.parse import parse
from retrieval.parse.text import reflow

WRAPPED = """\
4.2 Payment. The Customer shall pay each correct invoice within thirty
(30) days after its receipt. Disputed amounts may be held back until
the dispute has been settled.
(a) Interest runs from the due date at a rate of eight per cent a year
and is invoiced at the end of each quarter to the address stated above.
5. TERM
5.1 This agreement runs for thirty-six months from the effective date,
                                   7

and ends without notice unless the parties have agreed on a renewal in
writing before the end of the term and have stated how long it will be.
"""


def test_lines_of_a_paragraph_are_joined_and_clauses_stay_apart() -> None:
    text = parse(WRAPPED.encode(), "a.txt").text
    assert "pay each correct invoice within thirty (30) days after its receipt." in text
    assert "\n(a) Interest runs" in text
    assert "\n5. TERM\n5.1 This agreement" in text


def test_plain_text_keeps_its_offsets() -> None:
    document = parse(WRAPPED.encode(), "a.txt")
    assert len(document.text) == len(WRAPPED)
    at = WRAPPED.index("thirty-six months")
    assert document.text[at : at + 17] == "thirty-six months"


def test_a_page_number_on_its_own_is_blanked() -> None:
    text = "The first half of a long sentence that goes on\n\n  12 \n\nand ends here.\n" * 3
    assert "12" not in parse(text.encode(), "a.txt").text


@given(st.text(alphabet=st.sampled_from("ab .\n\r\t\f1(|)A;-"), max_size=400))
def test_reflowing_never_moves_a_character(raw: str) -> None:
    text = reflow(raw)
    assert len(text) == len(raw)
    assert all(a == b or a.isspace() or b.isspace() for a, b in zip(raw, text, strict=True))


@pytest.mark.parametrize(
    "data",
    [
        "Gebühr – 5 €".encode(),
        "\ufeffGebühr – 5 €".encode(),
        "\ufeffGebühr – 5 €".encode("utf-16-le"),
        "Gebühr – 5 €".encode("utf-16-be"),
        "\ufeffGebühr – 5 €".encode("utf-32-le"),
        "Gebühr – 5 €".encode("cp1252"),
    ],
)
def test_encodings(data: bytes) -> None:
    document = parse(data, "a.txt")
    assert document.text == "Gebühr – 5 €"
    assert bool(document.problems) == (data == "Gebühr – 5 €".encode("cp1252"))


def test_tables_in_plain_text() -> None:
    document = parse(b"Targets:\n\n| P1 | 15 minutes |\n|----|----|\n| P2 | 1 hour |\n\nEnd", "a.txt")
    (table,) = document.tables
    cells = {(c.row, c.column): document.text[c.start : c.end] for c in table.cells}
    assert cells == {(0, 0): "P1", (0, 1): "15 minutes", (1, 0): "P2", (1, 1): "1 hour"}


MARKDOWN = """---
layout: post
---
# Service <span>Levels</span>

**1. Uptime.** The [Provider](https://example.com) keeps the service
available for *99.9%* of a month. See `Annex A`.

| Priority | Response |
|:---|---:|
| P1 | 15&#8203; minutes |
"""


def test_markdown_without_its_marks() -> None:
    document = parse(MARKDOWN.replace("&#8203;", "").encode(), "terms.md")
    assert document.text == (
        "# Service Levels\n\n"
        "1. Uptime. The Provider keeps the service available for 99.9% of a month. See Annex A.\n\n"
        "Priority | Response\nP1 | 15 minutes"
    )
    assert [document.text[c.start : c.end] for c in document.tables[0].cells] == [
        "Priority", "Response", "P1", "15 minutes",
    ]  # fmt: skip


def test_html() -> None:
    page = b"""<!DOCTYPE html><html><head><title>x</title><style>p{}</style></head>
    <body><h2>Fees &amp; terms</h2>
    <p>Net
    30 days.<br>No interest.</p><script>alert(1)</script>
    <table><tr><th>Tier</th><th>Credit</th></tr><tr><td>below 99.9%</td><td>5%</td></tr></table>
    <table><tr><td>Only layout</td></tr></table></body></html>"""
    document = parse(page, "a.bin")
    assert document.media_type == "text/html"
    assert document.text == (
        "## Fees & terms\n\nNet 30 days.\n\nNo interest.\n\nTier | Credit\nbelow 99.9% | 5%\n\nOnly layout"
    )
    assert len(document.tables) == 1
