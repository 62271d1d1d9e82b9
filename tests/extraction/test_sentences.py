"""Sentences, items, rows and headings, with offsets that quote the document exactly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.flat import flatten, plain
from extraction.sentences import LONGEST, segment, span_of
from obligations.document import Chunk
from tests.extraction.conftest import document


def texts(text: str) -> list[str]:
    return [s.text for s in segment(document(text))]


def test_abbreviations_and_numbers_do_not_end_a_sentence() -> None:
    found = texts(
        "Cirrus Ledger, Inc. shall pay under Sec. 4.2 within 30 days. The fee is EUR 1.5 million. It is due."
    )
    assert len(found) == 3
    assert found[0].endswith("30 days.")


def test_a_paragraph_may_be_wrapped_over_lines() -> None:
    (one,) = segment(document("The Supplier shall respond\n  within two hours\n  of the call."))
    assert one.text == "The Supplier shall respond within two hours of the call."


def test_a_page_break_does_not_cut_a_sentence() -> None:
    text = (
        "The Supplier shall deliver the monthly report to the Customer without undue delay "
        "and\n\n12\n\nwithin ten days."
    )
    assert texts(text)[-1].endswith("and within ten days.") or len(texts(text)) == 1


def test_numbering_is_not_part_of_the_promise() -> None:
    (one,) = segment(document("4.2 The Customer shall pay within 30 days."))
    assert one.start == 4
    assert one.section == ""


def test_items_know_the_words_that_introduce_them() -> None:
    found = segment(
        document("The Supplier shall:\n\n(a) answer within one hour; and\n\n(b) mend within one day.")
    )
    items = [s for s in found if s.item]
    assert len(items) == 2
    assert all(item.lead is not None and item.lead.text == "The Supplier shall:" for item in items)


def test_table_lines_are_rows() -> None:
    found = segment(document("Targets\n\nPriority | Response\nP1 | 15 minutes\n"))
    assert [s.form for s in found if "|" in s.text] == ["row", "row"]


def test_a_percentage_at_the_start_of_a_line_is_no_numbering() -> None:
    (one,) = segment(document("99.9 % of the time the platform is up."))
    assert one.body == 0


def test_sections_come_from_the_chunks() -> None:
    text = "Payment\n\nThe Customer shall pay within 30 days."
    given_document = document(text)
    chunk = Chunk(
        id="c",
        document_id=given_document.id,
        start=0,
        end=len(text),
        text=text,
        section="10.3 Payment",
        path=("10",),
    )
    found = segment(given_document, (chunk,))
    assert {s.section for s in found} == {"10.3 Payment"}
    assert "payment" in found[-1].topic


def test_a_sentence_without_end_is_cut() -> None:
    found = segment(document("word " * 4000))
    assert len(found) > 3
    assert max(s.flat.end - s.flat.start for s in found) <= LONGEST + 1


def test_spans_quote_the_document() -> None:
    given_document = document("  “Support  Hours” means\n Monday – Friday.  ")
    (one,) = segment(given_document)
    span = span_of(given_document, one.start, one.end)
    assert span.quote == given_document.text[span.start : span.end]
    assert one.text == '"Support Hours" means Monday - Friday.'


@pytest.mark.parametrize("text", ["", "   \n\n  ", "\f"])
def test_nothing_gives_nothing(text: str) -> None:
    assert segment(document(text)) == ()


@given(st.text(alphabet="abc “”’–\n\t .;1|*", max_size=120))
def test_flat_text_leads_back_to_the_document(text: str) -> None:
    whole = plain(text)
    flat = flatten(whole, 0, len(text))
    assert len(whole) == len(text)
    for index, character in enumerate(flat.text):
        if character != " ":
            assert whole[flat.at(index)] == character
            assert flat.index(flat.at(index)) == index


@given(st.text(alphabet='Ab1 .;:|\n("”–', max_size=200))
def test_sentences_never_overlap_and_keep_their_order(text: str) -> None:
    found = segment(document(text))
    ends = 0
    for sentence in found:
        assert sentence.flat.start >= ends
        ends = sentence.flat.end
