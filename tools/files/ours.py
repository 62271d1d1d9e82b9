"""Rows in files of ours, wherever these lie: what a file holds, and what it is with one row more.

Whoever opens such a file opens it in a spreadsheet, so no text from a contract or a ticket may become a
formula there. Everything here is bytes to bytes; a `Place` fetches them and puts them back.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Protocol

from pydantic import Field, field_validator

from obligations.facts import Source
from obligations.model import Action
from obligations.quantities import Frozen
from tools.files.limits import Limits
from tools.files.workbook import library, safe
from tools.kit import reference as ref
from tools.kit.errors import Fatal, Misconfigured
from tools.kit.payloads import Record, Scalar, payload, refused

TAKES = ("put_record",)
_BEGINS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(rf"(^|[,;|\t\r\n])(\s*)(?=[{_BEGINS}])")
_LONGEST = 32_767  # characters that a cell of a workbook holds
_ENCODING = "utf-8-sig"  # spreadsheets take a CSV file for another encoding without the mark


class OutTable(Frozen):
    """Where the records of an entity go. `columns` maps our fields to the headers of the file."""

    file: str = Field(pattern=r"\.(csv|xlsx)$")
    columns: dict[str, str] = Field(min_length=1)
    sheet: str = "Records"
    delimiter: str = Field(default=",", min_length=1, max_length=1)

    @field_validator("file")
    @classmethod
    def _inside(cls, name: str) -> str:
        if PurePath(name).is_absolute() or ".." in PurePath(name).parts:
            raise ValueError("file is a name within the folder")
        return name

    @property
    def is_workbook(self) -> bool:
        return self.file.endswith(".xlsx")


class OutSettings(Frozen):
    """Files of ours. `reference` is the header of the column that holds our reference."""

    tables: dict[str, OutTable] = Field(min_length=1)
    reference: str = "Reference"


class Place(Protocol):
    """Where the files lie. Its errors are the kit's, and name the file."""

    def held(self, table: OutTable) -> bytes | None:
        """What the file holds now; None where there is none."""

    def alone(self, table: OutTable) -> AbstractContextManager[None]:
        """Keeps other writers away from the file."""

    def put(self, table: OutTable, content: bytes) -> None:
        """`content` in the file's place at once: whoever reads sees the old one or the new one."""


class RowWriter:
    """Puts records into files, one row each."""

    def __init__(
        self,
        name: str,
        settings: OutSettings,
        reach: Callable[[], AbstractContextManager[Place]],
        limits: Limits | None = None,
    ) -> None:
        self.name = name
        self._out = settings
        self._reach = reach
        self._limits = limits or Limits()

    def find(self, reference: str, target: str = "") -> Source | None:
        """The row with our reference, in any of the files."""
        wanted = ref.checked(self.name, reference)
        with self._reach() as place:
            return self._found(place, wanted)

    def create(self, action: Action) -> Source:
        """Carry out a put_record; a row with its reference is returned, not repeated."""
        if action.verb not in TAKES:
            raise refused(self.name, action, TAKES, "a file only holds rows")
        wanted = ref.checked(self.name, action.reference)
        record = payload(self.name, action, Record)
        table = self._table(record)
        with self._reach() as place:
            # Looked for before the file is kept: what a lost writer left behind must not hide its row.
            found = self._found(place, wanted)
            if found is None:
                self._add(place, table, wanted, record.fields)
        return found or self._source(table, wanted)

    def _found(self, place: Place, wanted: str) -> Source | None:
        for table in self._out.tables.values():
            if wanted in self._references(table, place.held(table)):
                return self._source(table, wanted)
        return None

    def _add(self, place: Place, table: OutTable, wanted: str, fields: Mapping[str, Scalar]) -> None:
        with place.alone(table):
            held = place.held(table)
            if wanted not in self._references(table, held):
                with _whole(self.name, table.file):
                    content = self._with_row(table, held, wanted, fields)
                place.put(table, content)

    def _table(self, record: Record) -> OutTable:
        table = self._out.tables.get(record.entity)
        if table is None:
            known = ", ".join(self._out.tables)
            raise Misconfigured(
                self.name,
                f"no file takes {record.entity!r}",
                remedy=f"Map it under write.tables; there are: {known}.",
            )
        unknown = [field for field in record.fields if field not in table.columns]
        if unknown:
            raise Misconfigured(
                self.name,
                f"{table.file} has no column for {', '.join(unknown)}",
                remedy=f"Map it under write.tables.{record.entity}.columns.",
            )
        return table

    def _source(self, table: OutTable, reference: str) -> Source:
        return Source(
            system=self.name,
            record=f"{table.file}#{reference}",
            url=table.file,
            label=f"{reference} in {table.file}",
        )

    def _references(self, table: OutTable, held: bytes | None) -> set[str]:
        if held is None:
            return set()
        with _whole(self.name, table.file):
            if table.is_workbook:
                safe(io.BytesIO(held), table.file, self._limits)
            rows = _sheet_rows(held, table) if table.is_workbook else _csv_rows(held, table)
            try:
                header: list[str] = next(rows, [])
                if not held:
                    return set()
                at = self._at(table, header, self._out.reference)
                return {row[at] for row in rows if len(row) > at}
            finally:
                rows.close()

    def _with_row(
        self, table: OutTable, held: bytes | None, reference: str, fields: Mapping[str, Scalar]
    ) -> bytes:
        """What the file is with one row more."""
        values = {self._out.reference: reference}
        cells = {**values, **{table.columns[field]: value for field, value in fields.items()}}
        wanted = [self._out.reference, *table.columns.values()]
        how = self._with_sheet_row if table.is_workbook else self._with_csv_row
        return how(table, held, wanted, cells)

    def _with_csv_row(
        self, table: OutTable, held: bytes | None, wanted: list[str], cells: Mapping[str, Scalar]
    ) -> bytes:
        header = wanted
        new = io.StringIO()
        rows = csv.writer(new, delimiter=table.delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        if held:
            there = _csv_rows(held, table)
            header = next(there, [])
            there.close()
            for column in wanted:
                self._at(table, header, column)
            if not held.endswith(b"\n"):
                held += b"\r\n"
        else:
            rows.writerow([_plain(column) for column in header])
        rows.writerow([_plain(cells.get(column)) for column in header])
        return (held or b"") + new.getvalue().encode("utf-8" if held else _ENCODING)

    def _with_sheet_row(
        self, table: OutTable, held: bytes | None, wanted: list[str], cells: Mapping[str, Scalar]
    ) -> bytes:
        new = held is None
        book = library().Workbook() if new else library().load_workbook(io.BytesIO(held or b""))
        if table.sheet in book.sheetnames:
            sheet = book[table.sheet]
            header = [str(cell.value or "") for cell in sheet[1]]
            for column in wanted:
                self._at(table, header, column)
        else:
            sheet = book.active if new else book.create_sheet(table.sheet)
            sheet.title = table.sheet
            header = wanted
            _put_row(sheet, 1, list(header))
        _put_row(sheet, sheet.max_row + 1, [cells.get(column) for column in header])
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    def _at(self, table: OutTable, header: list[str], column: str) -> int:
        if header.count(column) != 1:
            raise Misconfigured(
                self.name,
                f"{table.file} has no single column {column!r}",
                place=table.file,
                remedy=f"Correct the file or the map; it has: {', '.join(header[:40])}.",
            )
        return header.index(column)


def defused(text: str) -> str:
    """`text` that no spreadsheet takes for a formula: an apostrophe before what one could begin with, at
    the start and after whatever some spreadsheet may split at."""
    return _FORMULA.sub(r"\1\2'", text)


def _plain(value: Scalar) -> str:
    """A value as text in a CSV file: dates as in ISO 8601, a point as decimal mark, yes and no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else defused(str(value))


def _put_row(sheet: Any, number: int, values: list[Scalar]) -> None:
    """A row of typed cells; a text stays a text whatever it begins with."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    for column, value in enumerate(values, 1):
        cell = sheet.cell(number, column)
        if isinstance(value, str):
            text = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
            if len(text) > _LONGEST:
                raise Fatal("files", f"a text of {len(text):,} characters does not fit a cell")
            cell.value = text
            cell.data_type = "s"
            cell.quotePrefix = True
        else:
            cell.value = value


def _csv_rows(held: bytes, table: OutTable) -> Any:
    with io.TextIOWrapper(io.BytesIO(held), encoding=_ENCODING, newline="") as stream:
        yield from csv.reader(stream, delimiter=table.delimiter)


def _sheet_rows(held: bytes, table: OutTable) -> Any:
    book = library().load_workbook(io.BytesIO(held), read_only=True)
    try:
        if table.sheet in book.sheetnames:
            for row in book[table.sheet].iter_rows(values_only=True):
                yield ["" if value is None else str(value) for value in row]
    finally:
        book.close()


@contextmanager
def _whole(vendor: str, place: str) -> Iterator[None]:
    """What a damaged file raises, as ours."""
    try:
        yield
    except (zipfile.BadZipFile, UnicodeDecodeError, csv.Error, KeyError) as error:
        what = f"is not as we left it ({type(error).__name__})"
        raise Fatal(vendor, what, place=place, remedy="Put the file aside; a new one is begun.") from None
