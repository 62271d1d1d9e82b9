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
from itertools import islice
from pathlib import Path
from typing import IO, Literal, Protocol, cast

from obligations.document import Problem
from tools.files.cells import Cell
from tools.files.columns import VENDOR
from tools.files.limits import Limits, too_large
from tools.kit.errors import Fatal, Misconfigured

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".xlsx", ".xlsm", ".parquet")
DELIMITERS = (",", ";", "\t", "|")

_MAX_FIELD = 1_000_000
_UNDECODED = re.compile("[\\udc80-\\udcff]")  # what `surrogateescape` makes of bytes it cannot read
_AGAIN = "Have the file sent or saved again."
_FORMATS = {b"PK\x03\x04": "workbook", b"PAR1": "parquet", b"\xd0\xcf\x11\xe0": "old workbook"}
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Line:
    """One row: where it begins and its cells in the order of the header."""

    number: int
    fields: list[Cell]


Format = Literal["text", "workbook", "parquet"]


def format_of(path: Path, name: str) -> Format:
    """What a file is, by its first bytes. Raises Misconfigured for an old or protected workbook."""
    try:
        with path.open("rb") as raw:
            found = _FORMATS.get(raw.read(4), "text")
    except OSError as error:
        raise Fatal(VENDOR, f"cannot be opened: {error.strerror}", place=name) from None
    if found == "old workbook":
        remedy = "Save it as an XLSX workbook without a password."
        raise Misconfigured(VENDOR, "is an old or protected workbook", place=name, remedy=remedy)
    return "workbook" if found == "workbook" else "parquet" if found == "parquet" else "text"


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


class Source(Protocol):
    """A file, or a sheet of one, as a header and rows of cells."""

    problems: list[Problem]

    @property
    def name(self) -> str:
        """How people find it: the file within the folder, and the sheet."""

    def header(self) -> list[str]: ...

    def lines(self) -> Iterator[Line]: ...


class Table:
    """One delimited file. `problems` grow while it is read."""

    def __init__(
        self,
        path: Path,
        encoding: str = "utf-8",
        delimiter: str = ",",
        name: str = "",
        *,
        header_line: int = 1,
        limits: Limits | None = None,
    ) -> None:
        self.path = path
        self._header_line = header_line
        self._limits = limits or Limits()
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
            rows = csv.reader(islice(lines, self._header_line - 1, None), delimiter=self._delimiter)
            first = next(rows, None)
        if not first or not any(cell.strip() for cell in first):
            place = f"{self.name}:{self._header_line}"
            raise Misconfigured(VENDOR, "the file has no header row", place=place)
        return [cell.strip() for cell in first]

    def head(self, count: int) -> list[str]:
        """The first lines as they are, for finding the delimiter."""
        with self._open() as lines:
            return [line for _, line in zip(range(count), lines, strict=False)]

    def lines(self) -> Iterator[Line]:
        """Every good row after the header; a bad one becomes a problem with its line."""
        width = len(self.header())
        above = self._header_line - 1
        with self._open() as stream:
            reader = csv.reader(islice(stream, above, None), delimiter=self._delimiter)
            next(reader)
            begins, count = above + reader.line_num + 1, 0
            while True:
                try:
                    fields = next(reader, None)
                except csv.Error as error:
                    remedy = "Look for a quote that is not closed."
                    self._bad(begins, f"cannot be read further: {error}", remedy)
                    return
                if fields is None:
                    return
                number, begins = begins, above + reader.line_num + 1
                if any(field.strip() for field in fields) and self._good(number, fields, width):
                    if (count := count + 1) > self._limits.rows:
                        raise too_large(f"more than {self._limits.rows:,} rows", self.name, "rows")
                    yield Line(number, [*fields])

    def _good(self, number: int, fields: list[str], width: int) -> bool:
        """Whether the row has a value for each column; surplus empty fields at its end are dropped."""
        while len(fields) > width and not fields[-1].strip():
            fields.pop()
        if len(fields) != width:
            what = f"has {len(fields)} fields, the header {width}"
            self._bad(number, what, "Correct the row; quote fields that hold the delimiter.")
            return False
        whole = "".join(fields)
        if not whole.isascii() and _UNDECODED.search(whole):
            self._bad(number, f"is not {self._encoding}", "Set `encoding` in the map, or save as UTF-8.")
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
                if size > self._limits.unpacked:
                    raise too_large("the file is too large", self.name, "unpacked")
                yield line
        except UnicodeDecodeError as error:
            raise Fatal(VENDOR, f"the file is damaged: {error}", place=self.name, remedy=_AGAIN) from None


@contextmanager
def _binary(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked where it is packed."""
    try:
        with path.open("rb") as raw:
            start = raw.read(4)
    except OSError as error:
        raise Fatal(VENDOR, f"cannot be opened: {error.strerror}", place=path.name) from None
    packed = start[:2] == b"\x1f\x8b"
    try:
        with gzip.open(path, "rb") if packed else path.open("rb") as stream:
            yield cast(IO[bytes], stream)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Fatal(VENDOR, f"the file is damaged: {error}", place=path.name, remedy=_AGAIN) from None
