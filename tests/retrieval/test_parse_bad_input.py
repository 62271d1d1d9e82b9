"""Files that cannot be read: each gives a named error, or a Document with Problems for what is missing."""

import io
import zipfile
from typing import Any

import pypdfium2
import pytest

from retrieval.errors import Empty, Encrypted, ParseError, TooLarge, Unreadable, Unsupported
from retrieval.parse import Limits, parse
from tests.retrieval.papers import LONG, lines_pdf, page_image, pdf, png, word


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in parts.items():
            packed.writestr(name, data)
    return out.getvalue()


def blank_pdf(pages: int) -> bytes:
    new: Any = pypdfium2.PdfDocument.new
    document = new()
    for _ in range(pages):
        document.new_page(200, 200)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


PDF = pdf([f"1. {LONG}", None, f"2. {LONG}"])
BAD: dict[str, tuple[bytes, type[ParseError], str]] = {
    "nothing": (b"", Empty, "empty"),
    "white space": (b" \n\t ", Empty, "empty"),
    "old Word": (b"\xd0\xcf\x11\xe0" + b"x" * 100, Unsupported, "old Office"),
    "RTF": (b"{\\rtf1 hello}", Unsupported, "RTF"),
    "gzip": (b"\x1f\x8b" + b"x" * 100, Unsupported, "gzip"),
    "spreadsheet": (archive({"xl/workbook.xml": b"<a/>"}), Unsupported, "spreadsheet"),
    "archive": (archive({"a.txt": b"hello"}), Unsupported, "archive"),
    "locked Word": (archive({"EncryptedPackage": b"x"}), Encrypted, "password"),
    "broken archive": (b"PK\x03\x04 this is no archive", Unreadable, "damaged"),
    "broken Word": (archive({"word/document.xml": b"<w:document"}), Unreadable, "damaged"),
    "bomb": (archive({"word/document.xml": b"0" * 30_000_000}), TooLarge, "times its size"),
    "no PDF inside": (b"%PDF-1.7\nthis is not a PDF", Unreadable, "damaged"),
    "half a PDF header": (PDF[:300], Unreadable, "damaged"),
    "pages without text": (blank_pdf(2), Empty, "no text"),
    "too many pages": (blank_pdf(2001), TooLarge, "2,001 pages"),
    "program": (b"\x7fELF" + bytes(range(256)) * 40, Unreadable, "text"),
    "noise": (bytes(range(1, 32)) * 50, Unreadable, "text"),
    "lying byte order mark": (b"\xef\xbb\xbf\xff\xfe\xfa", Unreadable, "utf-8"),
    "half an image": (png(page_image(["x"]))[:2000], Unreadable, "damaged image"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_named_error(case: str) -> None:
    data, error, says = BAD[case]
    with pytest.raises(error, match=says) as caught:
        parse(data, "file.bin")
    assert str(caught.value).startswith("file.bin: ")
    assert caught.value.remedy


def test_a_password() -> None:
    from reportlab.lib import pdfencrypt
    from reportlab.pdfgen import canvas as pdfgen

    encryption: Any = pdfencrypt.StandardEncryption
    new: Any = pdfgen.Canvas

    def locked(user: str) -> bytes:
        out = io.BytesIO()
        canvas = new(out, encrypt=encryption(user, ownerPassword="owner"))
        canvas.drawString(72, 700, "The secret agreement of the two parties.")
        canvas.save()
        return out.getvalue()

    with pytest.raises(Encrypted):
        parse(locked("secret"), "a.pdf")
    assert "secret agreement" in parse(locked(""), "a.pdf").text


def test_limits() -> None:
    with pytest.raises(TooLarge, match="bytes"):
        parse(b"x" * 101, "a.txt", Limits(max_bytes=100))
    with pytest.raises(TooLarge, match="characters"):
        parse(b"abc " * 50, "a.txt", Limits(max_text=100))
    with pytest.raises(TooLarge, match="characters"):
        parse(PDF, "a.pdf", Limits(max_text=100))
    with pytest.raises(TooLarge, match="unpacks to"):
        parse(word(lambda d: None), "a.docx", Limits(max_unpacked=1000))


def test_reading_stops_after_the_time_allowed() -> None:
    with pytest.raises(Empty, match="stopped"):
        parse(PDF, "a.pdf", Limits(max_seconds=0))


def test_a_truncated_pdf_gives_what_is_left_and_says_so() -> None:
    whole = lines_pdf([[f"Page {n} of a long agreement between two parties."] for n in range(1, 6)])
    document = parse(whole.replace(b"%%EOF", b""), "cut.pdf")
    assert "Page 5 of a long agreement" in document.text
    assert any("ends early" in problem.what for problem in document.problems)


def test_the_name_does_not_decide() -> None:
    assert parse(PDF, "contract.txt").media_type == "application/pdf"
    assert parse(b"Just text.", "contract.pdf").media_type == "text/plain"
