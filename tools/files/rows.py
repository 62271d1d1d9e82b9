"""Reading delimited files row by row: encodings, byte order marks, delimiters, bad rows with their line."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from obligations.document import Problem
from tools.files.columns import VENDOR
from tools.kit.errors import Fatal, Misconfigured

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
DELIMITERS = (",", ";", "\t", "|")

_MAX_TEXT = 4_000_000_000  # characters of one file, unpacked: a packed file may unfold without end
_MAX_FIELD = 1_000_000
_UNDECODED = re.compile("[\\udc80-\\udcff]")  # what `surrogateescape` makes of bytes it cannot read
_AGAIN = "Have the file sent or saved again."
_WORKBOOK = b"PK\x03\x04"
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Line:
    """One row: where it begins and its fields in the order of the header."""

    number: int
    fields: list[str]


def files_in(folder: Path, pattern: str | None = None) -> list[Path]:
    """The delimited files of a folder (by glob), sorted by name. Links that lead out of it are left out."""
    if not folder.is_dir():
        raise Misconfigured(VENDOR, "there is no such folder", place=str(folder), remedy="Correct `folder`.")
    inside = folder.resolve()
    found = folder.glob(pattern) if pattern else (p for p in folder.rglob("*") if p.name.endswith(SUFFIXES))
    return sorted(p for p in found if p.is_file() and p.resolve().is_relative_to(inside))


def digest(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def encoding_of(path: Path) -> tuple[str, str]:
    """The encoding of a file and why: by its byte order mark, else UTF-8 if all of it is, else cp1252."""
    with _binary(path) as stream:
        start = stream.read(4)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name, "byte order mark"
    try:
        with _binary(path) as stream, io.TextIOWrapper(stream, encoding="utf-8") as text:
            while text.read(1 << 20):
                pass
    except UnicodeDecodeError as error:
        return "cp1252", f"not UTF-8 (byte {error.object[error.start]:#04x})"
    return "utf-8", "all of it is UTF-8"


def delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter under which the first lines have the most columns, the same number in each."""
    best, most = ",", 1
    for delimiter in DELIMITERS:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        if widths and min(widths) == max(widths) and widths[0] > most:
            best, most = delimiter, widths[0]
    return best


class Table:
    """One delimited file. `problems` grow while it is read."""

    def __init__(self, path: Path, encoding: str = "utf-8", delimiter: str = ",", name: str = "") -> None:
        self.path = path
        self.name = name or path.name
        self.problems: list[Problem] = []
        self._encoding = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding
        self._delimiter = delimiter
        try:
            "".encode(self._encoding)
        except LookupError:
            raise Misconfigured(VENDOR, f"there is no encoding {encoding!r}", place=self.name) from None

    def header(self) -> list[str]:
        """The column headers. Raises Misconfigured for an empty file."""
        with self._open() as lines:
            first = next(csv.reader(lines, delimiter=self._delimiter), None)
        if not first or not any(cell.strip() for cell in first):
            raise Misconfigured(VENDOR, "the file has no header row", place=f"{self.name}:1")
        return [cell.strip() for cell in first]

    def head(self, count: int) -> list[str]:
        """The first lines as they are, for finding the delimiter."""
        with self._open() as lines:
            return [line for _, line in zip(range(count), lines, strict=False)]

    def lines(self) -> Iterator[Line]:
        """Every good row after the header; a bad one becomes a problem with its line."""
        width = len(self.header())
        with self._open() as stream:
            reader = csv.reader(stream, delimiter=self._delimiter)
            next(reader)
            begins = reader.line_num + 1
            while True:
                try:
                    fields = next(reader, None)
                except csv.Error as error:
                    remedy = "Look for a quote that is not closed."
                    self._bad(begins, f"cannot be read further: {error}", remedy)
                    return
                if fields is None:
                    return
                line, begins = Line(begins, fields), reader.line_num + 1
                if any(field.strip() for field in fields) and self._good(line, width):
                    yield line

    def _good(self, line: Line, width: int) -> bool:
        """Whether the row has a value for each column; surplus empty fields at its end are dropped."""
        while len(line.fields) > width and not line.fields[-1].strip():
            line.fields.pop()
        if len(line.fields) != width:
            what = f"has {len(line.fields)} fields, the header {width}"
            self._bad(line.number, what, "Correct the row; quote fields that hold the delimiter.")
            return False
        whole = "".join(line.fields)
        if not whole.isascii() and _UNDECODED.search(whole):
            self._bad(line.number, f"is not {self._encoding}", "Set `encoding` in the map, or save as UTF-8.")
            return False
        return True

    def _bad(self, line: int, what: str, remedy: str) -> None:
        place = f"{self.name}:{line}"
        self.problems.append(Problem(stage="sync", what=f"the row {what}", place=place, remedy=remedy))

    @contextmanager
    def _open(self) -> Iterator[Iterator[str]]:
        csv.field_size_limit(_MAX_FIELD)
        errors = "strict" if "16" in self._encoding else "surrogateescape"
        with (
            _binary(self.path) as stream,
            io.TextIOWrapper(stream, encoding=self._encoding, errors=errors, newline="") as text,
        ):
            yield self._limited(text)

    def _limited(self, text: Iterable[str]) -> Iterator[str]:
        size = 0
        try:
            for line in text:
                size += len(line)
                if size > _MAX_TEXT:
                    raise Fatal(VENDOR, "the file is too large", place=self.name, remedy="Split it.")
                yield line
        except UnicodeDecodeError as error:
            raise Fatal(VENDOR, f"the file is damaged: {error}", place=self.name, remedy=_AGAIN) from None


@contextmanager
def _binary(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked where it is packed. Raises Misconfigured for a workbook."""
    try:
        with path.open("rb") as raw:
            start = raw.read(4)
    except OSError as error:
        raise Fatal(VENDOR, f"cannot be opened: {error.strerror}", place=path.name) from None
    if start == _WORKBOOK:
        raise Misconfigured(VENDOR, "is a workbook or zip file", place=path.name, remedy="Save it as CSV.")
    packed = start[:2] == b"\x1f\x8b"
    try:
        with gzip.open(path, "rb") if packed else path.open("rb") as stream:
            yield cast(IO[bytes], stream)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Fatal(VENDOR, f"the file is damaged: {error}", place=path.name, remedy=_AGAIN) from None
