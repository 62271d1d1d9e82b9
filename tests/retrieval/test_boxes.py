"""From a passage back to the page: boxes on the words, a picture with the words marked."""

import io

import pytest
from PIL import Image

from obligations.document import Document
from retrieval.boxes import Box, boxes, picture
from retrieval.errors import NotOnPage, Unsupported
from retrieval.parse import parse
from tests.retrieval.papers import LONG, image_pdf, lines_pdf, page_image, pdf


def boxes_of(data: bytes, document: Document, quote: str) -> tuple[Box, ...]:
    start = document.text.index(quote)
    return boxes(data, document, start, start + len(quote))


def test_a_box_for_each_line_though_a_word_is_divided() -> None:
    data = lines_pdf(
        [["Before.", "The Provider shall notify each interrup-", "tion of the service.", "After."]]
    )
    document = parse(data, "a.pdf")
    first, second = boxes_of(data, document, "notify each interruption of")
    # lines stand at 700 - 14 n points, 72 from the left
    assert first.page == second.page == 1
    assert first.bottom <= 686 <= first.top
    assert second.bottom <= 672 <= second.top
    assert first.left > 150 > second.right > 72
    assert abs(second.left - 72) < 1.5


def test_the_second_of_two_equal_passages() -> None:
    data = lines_pdf([["Fees are due.", "1. Fees are due."], ["Fees are due."]])
    document = parse(data, "a.pdf")
    places = [i for i in range(len(document.text)) if document.text.startswith("Fees are due", i)]
    found = [boxes(data, document, at, at + 12)[0] for at in places]
    assert [box.page for box in found] == [1, 1, 2]
    assert found[0].bottom > found[1].top - 5
    assert found[1].left > found[0].left


def test_a_row_of_a_table() -> None:
    data = pdf(["Targets", [["Priority", "Response"], ["P1", "15 minutes"]], LONG])
    document = parse(data, "a.pdf")
    found = boxes_of(data, document, "P1 | 15 minutes")
    assert found
    assert max(box.top for box in found) - min(box.bottom for box in found) < 20


def test_a_passage_over_two_pages() -> None:
    first = ["9.1 The Supplier keeps the records of all services that it has rendered and"]
    data = lines_pdf([first, ["of all payments for six years."]])
    document = parse(data, "a.pdf")
    assert [box.page for box in boxes_of(data, document, "rendered and of all payments")] == [1, 2]


def test_a_scan() -> None:
    lines = ["4.1 The Provider shall restore the service", "within four hours after the first call."]
    data = image_pdf(page_image(lines))
    document = parse(data, "s.pdf")
    (box,) = boxes_of(data, document, "four hours")
    # drawn 150 pixels from the left and 120 + 51 from the top, at 200 dpi on a page of 1100 pixels
    height = 1100 * 72 / 200
    assert box.bottom < height - 187 * 72 / 200 < box.top
    assert 54 < box.left < box.right < 54 + 300


def test_the_picture_has_the_words_marked() -> None:
    data = lines_pdf([["The fee is EUR 100."], ["Nothing here."]])
    document = parse(data, "a.pdf")
    found = boxes_of(data, document, "EUR 100")
    marked = Image.open(io.BytesIO(picture(data, document, 1, found)))
    scale = 110 / 72
    box = found[0]
    spot = (round(scale * (box.left - 0.5)), round(marked.height - scale * (box.bottom + box.top) / 2))
    assert marked.format == "PNG"
    colour = marked.getpixel(spot)
    assert isinstance(colour, tuple)
    assert colour[2] < 200 < colour[0]
    plain = Image.open(io.BytesIO(picture(data, document, 2, found)))
    assert plain.convert("L").getextrema()[1] == 255
    assert plain.getcolors() is None or all(
        c[0] == c[2] for _, c in plain.getcolors() or [] if isinstance(c, tuple)
    )
    with pytest.raises(NotOnPage, match="no page 3"):
        picture(data, document, 3, found)


def test_a_file_without_pages() -> None:
    document = parse(b"The fee is EUR 100.", "a.txt")
    with pytest.raises(Unsupported, match=r"a\.txt"):
        boxes(b"The fee is EUR 100.", document, 0, 5)
