"""The door of the parsers: looks at the first bytes, not at the file name, and picks the reader."""

from obligations.document import Document
from retrieval.errors import Empty, TooLarge, Unsupported
from retrieval.parse.limits import Limits

_REFUSED = (
    (b"\xd0\xcf\x11\xe0", "an old Office file (.doc, .xls)", "Open it in Word and save it as DOCX or PDF."),
    (b"{\\rtf", "an RTF file", "Open it in Word and save it as DOCX or PDF."),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and read the files inside."),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it and read the files inside."),
    (b"Rar!", "a RAR archive", "Unpack it and read the files inside."),
)
_IMAGES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")


def parse(data: bytes, name: str, limits: Limits | None = None) -> Document:
    """Read a contract file: PDF, DOCX, image of a page, text, Markdown or HTML.

    `name` is shown in messages and kept; it never decides the format, except that a text named `.md`
    or `.markdown` is read as Markdown. For plain text every offset of `Document.text` is also an offset
    of the decoded file.

    Raises Unsupported, Unreadable, Encrypted, Empty or TooLarge (all ParseError). What could be read
    only in part becomes a Document with `problems`.
    """
    limits = limits or Limits()
    if len(data) > limits.max_bytes:
        raise TooLarge(name, f"is {len(data):,} bytes, more than the limit of {limits.max_bytes:,}")
    if not data.strip(b"\x00 \t\r\n"):
        raise Empty(name, "is empty")
    for magic, what, remedy in _REFUSED:
        if data.startswith(magic):
            raise Unsupported(name, f"is {what}", remedy=remedy)
    if b"%PDF-" in data[:1024]:
        from retrieval.parse.pdf import parse_pdf

        return parse_pdf(data, name, limits)
    if data.startswith(b"PK\x03\x04") or data.startswith(b"PK\x05\x06"):
        from retrieval.parse.docx import parse_docx

        return parse_docx(data, name, limits)
    if data.startswith(_IMAGES):
        from retrieval.parse.scan import parse_image

        return parse_image(data, name, limits)
    from retrieval.parse.text import parse_text

    return parse_text(data, name, limits)
