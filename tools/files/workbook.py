"""Reading a workbook (XLSX) sheet by sheet, row by row, with numbers and dates as what they are.

A workbook is a zip of XML from outside: its size unpacked is looked at before anything is opened, and
parts that declare entities are refused. Formulas are not computed: what counts is the value that was
saved with them. Macros never run.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, BinaryIO

from obligations.currencies import CURRENCIES
from obligations.document import Problem
from tools.files.cells import Cell, Month, Number, Unusable, number
from tools.files.columns import VENDOR
from tools.files.limits import Limits, too_large
from tools.files.rows import Line
from tools.kit.errors import Fatal, Misconfigured

_MOST_PARTS = 5_000
_MOST_COLUMNS = 2_000
_HEAD_LINES = 20
_AGAIN = "Have the file saved again as an XLSX workbook."
_QUOTED = re.compile(r'"([^"]*)"')
_CURRENCY = re.compile(r"\[\$([^\]-]*)(?:-[^\]]*)?\]")
_SYMBOLS = {"€": "EUR", "£": "GBP"}


class Sheet:
    """One sheet of a workbook as rows of cells. `problems` stay empty: a cell cannot be misread."""

    def __init__(
        self, path: Path, sheet: str, name: str, header_line: int = 1, limits: Limits | None = None
    ) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self._limits = limits or Limits()
        self._file = name
        self._sheet = sheet
        self._header_line = header_line
        self._header: list[str] | None = None

    @property
    def name(self) -> str:
        """File and sheet; the sheet is known once the workbook was opened."""
        return f"{self._file}!{self._sheet}" if self._sheet else self._file

    def header(self) -> list[str]:
        """The column headers. Raises Misconfigured where there is no such sheet, or nothing in the row."""
        if self._header is None:
            self._header = self._read_header()
        return self._header

    def _read_header(self) -> list[str]:
        with self._rows(self._header_line, self._header_line) as rows:
            cells = [_shown(cell) for cell in next(rows, ())]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            place = f"{self.name}:{self._header_line}"
            raise Misconfigured(VENDOR, "the sheet has no header row", place=place)
        return cells

    def first_table(self) -> int:
        """The line that looks like the header: the first of the top ones with the most filled cells."""
        with self._rows(1, _HEAD_LINES) as rows:
            filled = [sum(bool(_shown(cell)) for cell in row) for row in rows]
        return 1 + filled.index(max(filled)) if any(filled) else 1

    def lines(self) -> Iterator[Line]:
        """Every row below the header that has anything in it. Raises Fatal for too many."""
        width = len(self.header())
        with self._rows(self._header_line + 1, None, width) as rows:
            for index, row in enumerate(rows):
                if index >= self._limits.rows:
                    raise too_large(f"more than {self._limits.rows:,} rows", self.name, "rows")
                cells = [_cell(cell) for cell in row]
                cells += [""] * (width - len(cells))
                if any(cell != "" for cell in cells):
                    yield Line(self._header_line + 1 + index, cells)

    @contextmanager
    def _rows(self, first: int, last: int | None, width: int = _MOST_COLUMNS) -> Iterator[Iterator[Any]]:
        with _opened(self.path, self._file, self._limits) as book, _reading(self.name):
            self._sheet = self._sheet or _only_sheet(book, self._file)
            if self._sheet not in book.sheetnames:
                raise Misconfigured(
                    VENDOR,
                    f"has no sheet {self._sheet!r}",
                    place=self._file,
                    remedy=f"It has: {', '.join(book.sheetnames[:20])}.",
                )
            sheet = book[self._sheet]
            if not hasattr(sheet, "reset_dimensions"):
                raise Misconfigured(VENDOR, "is a chart, not a sheet of rows", place=self.name)
            sheet.reset_dimensions()  # what the file claims about its size may be wrong
            yield sheet.iter_rows(min_row=first, max_row=last, max_col=width)


def sheets(path: Path, name: str, limits: Limits | None = None) -> list[str]:
    """The visible sheets of rows, in their order."""
    with _opened(path, name, limits or Limits()) as book:
        return _visible(book)


def _visible(book: Any) -> list[str]:
    return [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]


def _only_sheet(book: Any, name: str) -> str:
    found = _visible(book)
    if len(found) != 1:
        said = ", ".join(found[:20])
        raise Misconfigured(VENDOR, f"has {len(found)} sheets", place=name, remedy=f"Set `sheet` to: {said}.")
    return found[0]


@contextmanager
def _opened(path: Path, name: str, limits: Limits) -> Iterator[Any]:
    """The workbook, opened for reading row by row. Raises Fatal for one that is damaged or too large."""
    with _reading(name):
        safe(path, name, limits)
        book = library().load_workbook(path, read_only=True, data_only=True, keep_links=False)
    try:
        yield book
    finally:
        book.close()


@contextmanager
def _reading(place: str) -> Iterator[None]:
    """Whatever the library makes of broken XML while it reads is a damaged file."""
    try:
        yield
    except (Fatal, GeneratorExit):
        raise
    except OSError as error:
        raise Fatal(VENDOR, f"cannot be opened: {error.strerror}", place=place) from None
    except Exception as error:  # noqa: BLE001 - the library raises what it likes on a broken file
        what = f"the workbook is damaged ({type(error).__name__})"
        raise Fatal(VENDOR, what, place=place, remedy=_AGAIN) from None


def safe(source: Path | BinaryIO, name: str, limits: Limits) -> None:
    """Raises Fatal for a zip that would unpack to too much, or holds XML with declarations of its own."""
    with zipfile.ZipFile(source) as archive:
        parts = archive.infolist()
        if len(parts) > _MOST_PARTS:
            raise too_large(f"the workbook has {len(parts):,} parts", name, "workbook")
        size = sum(part.file_size for part in parts)
        if size > limits.workbook:
            raise too_large(f"the workbook unpacks to {size:,} bytes", name, "workbook")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as stream:
                    start = stream.read(2048).replace(b"\x00", b"")
                if b"<!DOCTYPE" in start or b"<!ENTITY" in start:
                    raise Fatal(VENDOR, "the workbook declares entities", place=name, remedy=_AGAIN)


def library() -> Any:
    """The library for workbooks, imported when the first one is opened."""
    import openpyxl

    return openpyxl


def _shown(cell: Any) -> str:
    value = cell.value
    return "" if value is None else " ".join(str(value).split())


def _cell(cell: Any) -> Cell:
    """A cell of the library as one of ours."""
    value = cell.value
    if value is None:
        return ""
    if getattr(cell, "data_type", "") == "e":
        return Unusable(f"the cell holds the error {str(value)[:20]}")
    if isinstance(value, bool):
        return value
    style = str(getattr(cell, "number_format", "") or "").partition(";")[0]
    if isinstance(value, int | float):
        return _number(value, style)
    if isinstance(value, datetime | date):
        plain = _QUOTED.sub("", style).lower()
        day = value.date() if isinstance(value, datetime) else value
        return Month(day) if "y" in plain and "m" in plain and "d" not in plain else value
    if isinstance(value, time):
        return value
    return str(value)


def _number(value: float, style: str) -> Cell:
    """A number as the cell shows it: percentages as such, leading zeros kept, the currency beside it."""
    found = number(value)
    if style.endswith("%"):
        return Number(found.value * 100, "%")
    if len(style) > 1 and set(style) == {"0"} and found.value == found.value.to_integral_value():
        return format(found.value, "f").zfill(len(style))
    beside = [*_CURRENCY.findall(style), *_QUOTED.findall(style), *(s for s in _SYMBOLS if s in style)]
    codes = {_SYMBOLS.get(text.strip(), text.strip()) for text in beside}
    known = sorted(code for code in codes if code in CURRENCIES)
    return Number(found.value, known[0]) if len(known) == 1 else found
