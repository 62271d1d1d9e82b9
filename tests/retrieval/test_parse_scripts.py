"""Scripts other than Latin: reading order, exact offsets, sentences cut where they end."""

import io
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from retrieval.chunk import SIZE, chunk
from retrieval.parse import parse

HEBREW = "1. התשלום\n\nהלקוח ישלם את החשבונית בתוך 30 ימים. הספק ישלח דוח מדי חודש."
CHINESE = "第一条 付款\n\n甲方应在收到发票后30天内付款。\n\n第二条 期限\n\n本协议有效期为两年。"
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


@pytest.mark.parametrize("text", [HEBREW, CHINESE])
def test_text_is_kept_as_written_with_exact_offsets(text: str) -> None:
    document = parse(text.encode(), "a.txt")
    assert document.text == text
    assert all(text[c.start : c.end] == c.text for c in chunk(document))
    assert "".join("".join(c.text.split()) for c in chunk(document)) == "".join(text.split())


def test_chinese_articles_are_clauses() -> None:
    assert [c.section for c in chunk(parse(CHINESE.encode(), "a.txt"))] == ["第一条 付款", "第二条 期限"]


@pytest.mark.parametrize(
    "sentence", ["甲方应在收到发票后30天内付款。", "הלקוח ישלם את החשבונית בתוך 30 ימים. "]
)
def test_long_clauses_are_cut_at_sentence_ends(sentence: str) -> None:
    chunks = chunk(parse((sentence * 300).strip().encode(), "a.txt"))
    assert len(chunks) > 3
    assert all(len(c.text) <= SIZE and c.text.endswith(sentence.strip()[-1]) for c in chunks)


def test_an_abbreviation_before_a_small_letter_ends_no_sentence() -> None:
    text = "Поставщик платит по ст. первой договора и по ст. второй договора всегда и везде " * 40
    assert all(not c.text.endswith("ст.") for c in chunk(parse(text.encode(), "a.txt")))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("text", ["1. Fees\n\nThe Customer pays EUR 100 – at once.", CHINESE])
def test_wide_text(text: str, encoding: str) -> None:
    data = text.encode(encoding)
    if encoding == "utf-32" and not data.startswith(b"\xff\xfe\x00\x00"):
        data = b"\xff\xfe\x00\x00" + text.encode("utf-32-le")
    assert parse(data, "a.txt").text == text


@pytest.mark.skipif(not FONT.is_file(), reason="needs a font with Hebrew letters")
def test_hebrew_in_a_pdf_is_in_logical_order() -> None:
    metrics: Any = import_module("reportlab.pdfbase.pdfmetrics")
    fonts: Any = import_module("reportlab.pdfbase.ttfonts")
    canvas_of: Any = import_module("reportlab.pdfgen.canvas")
    metrics.registerFont(fonts.TTFont("Hebrew", str(FONT)))
    out = io.BytesIO()
    canvas = canvas_of.Canvas(out)
    canvas.setFont("Hebrew", 12)
    # a page holds the glyphs from left to right, so the line is drawn back to front
    canvas.drawRightString(500, 700, "הלקוח ישלם את החשבונית"[::-1])
    canvas.save()
    assert parse(out.getvalue(), "a.pdf").text == "הלקוח ישלם את החשבונית"
