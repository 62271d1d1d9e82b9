"""Chunks: nothing lost, named after their clause, of a size that can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obligations.document import Chunk, Document
from retrieval.chunk import SIZE, chunk
from retrieval.numbering import Marker, marker
from retrieval.parse import parse

LONG = " ".join(f"Sentence number {n} says what the parties owe each other." for n in range(60))
CONTRACT = f"""MASTER AGREEMENT

between A and B

1. Definitions

1.1 In this Agreement:

(a) "Day" means a day;

(b) "Fee" means:

(i) the price; and

(ii) the tax.

1.2 Words in Section 4.2 keep their sense.

4. Service Levels

4.1 Resolution. The Supplier shall resolve each P1 ticket in 8 hours.

4.2 {LONG}

Schedule 2 – Credits

1. Tiers

Tier | Credit
below 99.9% | 5%
below 99.5% | 10%

1.1 Credits are paid yearly.
"""


def chunks(text: str, name: str = "a.txt") -> tuple[Chunk, ...]:
    return chunk(parse(text.encode(), name))


def at(found: tuple[Chunk, ...], text: str) -> Chunk:
    return next(piece for piece in found if text in piece.text)


@pytest.mark.parametrize(
    ("text", "section", "path"),
    [
        ("between A and B", "MASTER AGREEMENT", ()),
        ("the price", "1.1", ("MASTER AGREEMENT", "1 Definitions")),
        ("keep their sense", "1.2", ("MASTER AGREEMENT", "1 Definitions")),
        ("each P1 ticket", "4.1 Resolution", ("MASTER AGREEMENT", "4 Service Levels")),
        ("below 99.5%", "1 Tiers", ("Schedule 2 Credits",)),
        ("paid yearly", "1.1", ("Schedule 2 Credits", "1 Tiers")),
    ],
)
def test_sections(text: str, section: str, path: tuple[str, ...]) -> None:
    found = at(chunks(CONTRACT), text)
    assert found.section == section or found.section.startswith(section + " ")
    assert found.path == path


def whole(document: Document, found: tuple[Chunk, ...]) -> bool:
    ends = [0, *(piece.end for piece in found)]
    starts = [*(piece.start for piece in found), len(document.text)]
    return all(not document.text[a:b].strip() for a, b in zip(ends, starts, strict=True))


def test_chunks_are_the_text() -> None:
    document = parse(CONTRACT.encode(), "a.txt")
    found = chunk(document)
    assert all(piece.text == document.text[piece.start : piece.end] for piece in found)
    assert whole(document, found)
    assert len({piece.id for piece in found}) == len(found)


def test_a_long_clause_is_cut_at_sentences() -> None:
    pieces = [piece for piece in chunks(CONTRACT) if "Sentence number" in piece.text]
    assert len(pieces) > 2
    assert all(len(piece.text) <= SIZE for piece in pieces)
    assert all(piece.text.endswith(".") for piece in pieces)
    assert {piece.section for piece in pieces} == {"4.2"}


def test_a_table_stays_in_one_piece_and_a_long_one_is_cut_at_rows() -> None:
    assert "Tier | Credit\nbelow 99.9% | 5%\nbelow 99.5% | 10%" in at(chunks(CONTRACT), "below 99.9%").text
    rows = "\n".join(f"item {n} | a description of the item that takes its room | EUR {n}" for n in range(80))
    for piece in chunks(f"1. Prices\n\n{rows}\n"):
        assert all(line.count("|") == 2 for line in piece.text.splitlines() if "|" in line)


def test_text_without_sentences_or_spaces() -> None:
    document = parse(("x" * 5000 + " " + "word " * 1000).encode(), "a.txt")
    assert whole(document, chunk(document))


def test_items_follow_their_letters() -> None:
    letters = "\n\n".join(f"({c}) item {c} of the list" for c in "abcdefghijk")
    found = chunks(f"1.1 List:\n\n{letters}\n")
    assert at(found, "item k").section == "1.1 List"
    long = "\n\n".join(f"({c}) {'word ' * 200}" for c in "ghij")
    last = chunks(f"1.1 List:\n\n{long}\n")[-1]
    assert (last.section, last.path) == ("1.1(j) List", ("1.1 List",))


@pytest.mark.parametrize(
    ("line", "section"),
    [
        ("1. Definitions", "1 Definitions"),
        ("12.3.1 The Supplier shall", "12.3.1"),
        ("3.2 Resolution. The Supplier shall resolve", "3.2 Resolution"),
        ("Section 4.2 Fees. All fees", "4.2 Fees"),
        ("ARTICLE IV – TERM", "Article IV TERM"),
        ("SCHEDULE 2", "Schedule 2"),
        ("Exhibit A: Price List", "Exhibit A Price List"),
        ("(iv) the invoice is correct;", "(iv)"),
        ("§ 7 Haftung", "7 Haftung"),
        ("## 3. Service Levels", "3 Service Levels"),
        ("## Fees", "Fees"),
        ("GOVERNING LAW", "GOVERNING LAW"),
    ],
)
def test_markers(line: str, section: str) -> None:
    found = marker(line)
    assert isinstance(found, Marker)
    assert found.section == section


@pytest.mark.parametrize(
    "line",
    [
        "Section 4.2 applies to all fees.",
        "Schedule 2, which is attached, applies.",
        "99.9 percent of the month",
        "1.5 times the usual rate",
        "31. Dezember 2026",
        "2024 was a good year",
        "1. Definitions . . . . . . . . . . 3",
        "The Supplier shall pay.",
        "P1 | 15 MINUTES",
        "",
    ],
)
def test_no_markers(line: str) -> None:
    assert marker(line) is None


@given(st.text(alphabet=st.sampled_from("aB1. (i)\n|#;:§x"), min_size=1, max_size=600))
def test_any_text_can_be_chunked(raw: str) -> None:
    document = Document(id="d" * 64, name="a", media_type="text/plain", text=raw)
    found = chunk(document)
    assert whole(document, found)
    assert all(piece.text == raw[piece.start : piece.end] and piece.text.strip() for piece in found)
