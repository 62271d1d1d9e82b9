"""Errors of retrieval.

PactaError
└── RetrievalError
    ├── ParseError          a file that cannot become a Document; names the file and the remedy
    │   ├── Unsupported     a format we do not read
    │   ├── Unreadable      damaged, or not what its first bytes claim
    │   ├── Encrypted       needs a password
    │   ├── Empty           holds no text
    │   └── TooLarge        over one of the limits (bytes, pages, characters, unpacked size)
    ├── NotOnPage           a passage or page that the original file does not show
    ├── OcrUnavailable      a scan, and neither Tesseract nor the OCR models are installed
    ├── ModelMissing        a trained model that belongs to the package is not there
    └── IndexError_         the search index
        ├── IndexLocked     another process is writing to it
        └── IndexMismatch   made by another schema version or embedding model
"""

from obligations.errors import PactaError


class RetrievalError(PactaError):
    """Root of what this package raises."""


class ParseError(RetrievalError):
    """A file that cannot become a Document. `name` is the file's name."""

    def __init__(self, name: str, what: str, *, remedy: str = "") -> None:
        super().__init__(f"{name}: {what}", remedy=remedy)
        self.name = name
        self.what = what


class Unsupported(ParseError):
    """A format we do not read."""

    remedy = "Save it as PDF, DOCX, text, Markdown or HTML and read it again."


class Unreadable(ParseError):
    """Damaged, or not what its first bytes claim."""

    remedy = "Fetch the file again from its source; if it still fails, print it to a new PDF."


class Encrypted(ParseError):
    """The file needs a password."""

    remedy = "Remove the password in the program that made it and read it again."


class Empty(ParseError):
    """The file holds no text."""

    remedy = "Check that the right file was exported."


class TooLarge(ParseError):
    """The file is over one of the limits."""

    remedy = "Split the file, or raise the limit if it is trusted."


class NotOnPage(RetrievalError):
    """A passage or a page that the original file does not show."""

    remedy = "Check start, end and page against the document; download the original to look at it."


class OcrUnavailable(RetrievalError):
    """A scan cannot be read on this machine."""

    remedy = "Install Tesseract, or the rapidocr-onnxruntime package, which carries the models."


class ModelMissing(RetrievalError):
    """A trained model that belongs to the package is not there, or is of another shape."""

    remedy = "Install the package again; retrieval/models/ belongs to it."


class IndexError_(RetrievalError):
    """Something is wrong with the search index."""


class IndexLocked(IndexError_):
    """Another process is writing to the index."""


class IndexMismatch(IndexError_):
    """The index was made by another schema version or embedding model."""

    remedy = "Run `pacta index --rebuild`: the index is made anew from the stored documents."
