"""Rows in files of ours: a CSV file or a sheet of a workbook for each entity, found again by reference.

Whoever opens such a file opens it in a spreadsheet, so no text from a contract or a ticket may become a
formula there. A file is replaced whole or not at all, and two writers wait for each other.
"""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator

from obligations.facts import Source
from obligations.model import Action
from obligations.quantities import Frozen
from tools.files.workbook import library
from tools.kit import reference as ref
from tools.kit.errors import Fatal, Misconfigured, Retryable, Unauthorised
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
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise ValueError("file is a name within the folder")
        return name


class WriteSettings(Frozen):
    """Files of ours. `reference` is the header of the column that holds our reference."""

    folder: Path
    tables: dict[str, OutTable] = Field(min_length=1)
    reference: str = "Reference"


class FilesWriter:
    """Puts records into files, one row each."""

    def __init__(self, name: str, settings: WriteSettings) -> None:
        self.name = name
        self.settings = settings

    def find(self, reference: str, target: str = "") -> Source | None:
        """The row with our reference, in any of the files."""
        wanted = ref.checked(self.name, reference)
        for table in self.settings.tables.values():
            with _told(self.name, table.file):
                if wanted in self._references(table):
                    return self._source(table, wanted)
        return None

    def create(self, action: Action) -> Source:
        """Carry out a put_record; a row with its reference is returned, not repeated."""
        if action.verb not in TAKES:
            raise refused(self.name, action, TAKES, "a file only holds rows")
        wanted = ref.checked(self.name, action.reference)
        record = payload(self.name, action, Record)
        table = self._table(record)
        with _told(self.name, table.file), _alone(self._path(table)):
            found = self.find(wanted)
            if found is None:
                self._append(table, wanted, record.fields)
        return found or self._source(table, wanted)

    def _table(self, record: Record) -> OutTable:
        table = self.settings.tables.get(record.entity)
        if table is None:
            known = ", ".join(self.settings.tables)
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

    def _path(self, table: OutTable) -> Path:
        return self.settings.folder / table.file

    def _source(self, table: OutTable, reference: str) -> Source:
        return Source(
            system=self.name,
            record=f"{table.file}#{reference}",
            url=table.file,
            label=f"{reference} in {table.file}",
        )

    def _references(self, table: OutTable) -> set[str]:
        path = self._path(table)
        if not path.exists():
            return set()
        rows = _sheet_rows(path, table) if path.suffix == ".xlsx" else _csv_rows(path, table)
        try:
            header: list[str] = next(rows, [])
            at = self._at(table, header, self.settings.reference)
            return {row[at] for row in rows if len(row) > at}
        finally:
            rows.close()

    def _append(self, table: OutTable, reference: str, fields: Mapping[str, Scalar]) -> None:
        path = self._path(table)
        values = {self.settings.reference: reference}
        cells = {**values, **{table.columns[field]: value for field, value in fields.items()}}
        wanted = [self.settings.reference, *table.columns.values()]
        if path.suffix == ".xlsx":
            self._append_sheet(path, table, wanted, cells)
        else:
            self._append_csv(path, table, wanted, cells)

    def _append_csv(
        self, path: Path, table: OutTable, wanted: list[str], cells: Mapping[str, Scalar]
    ) -> None:
        held = path.read_bytes() if path.exists() else b""
        header = wanted
        new = io.StringIO()
        rows = csv.writer(new, delimiter=table.delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        if held:
            there = _csv_rows(path, table)
            header = next(there, [])
            there.close()
            for column in wanted:
                self._at(table, header, column)
            if not held.endswith(b"\n"):
                held += b"\r\n"
        else:
            rows.writerow([_plain(column) for column in header])
        rows.writerow([_plain(cells.get(column)) for column in header])
        text = new.getvalue()
        _replace(path, held + text.encode("utf-8" if held else _ENCODING))

    def _append_sheet(
        self, path: Path, table: OutTable, wanted: list[str], cells: Mapping[str, Scalar]
    ) -> None:
        book = library().load_workbook(path) if path.exists() else library().Workbook()
        if table.sheet in book.sheetnames:
            sheet = book[table.sheet]
            header = [str(cell.value or "") for cell in sheet[1]]
            for column in wanted:
                self._at(table, header, column)
        else:
            sheet = book.create_sheet(table.sheet) if path.exists() else book.active
            sheet.title = table.sheet
            header = wanted
            _put_row(sheet, 1, list(header))
        _put_row(sheet, sheet.max_row + 1, [cells.get(column) for column in header])
        out = io.BytesIO()
        book.save(out)
        _replace(path, out.getvalue())

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


def _csv_rows(path: Path, table: OutTable) -> Any:
    with path.open(encoding=_ENCODING, newline="") as stream:
        yield from csv.reader(stream, delimiter=table.delimiter)


def _sheet_rows(path: Path, table: OutTable) -> Any:
    book = library().load_workbook(path, read_only=True)
    try:
        if table.sheet in book.sheetnames:
            for row in book[table.sheet].iter_rows(values_only=True):
                yield ["" if value is None else str(value) for value in row]
    finally:
        book.close()


def _replace(path: Path, content: bytes) -> None:
    """Put `content` in the file's place at once: whoever reads sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o640
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def _told(vendor: str, place: str) -> Iterator[None]:
    """What the disk or a damaged file raises, as ours. A file is replaced whole or not at all, so what
    failed was not written."""
    try:
        yield
    except PermissionError as error:
        remedy = "Give our user the right to read and write the folder."
        raise Unauthorised(
            vendor, f"may not be written: {error.strerror}", place=place, remedy=remedy
        ) from None
    except OSError as error:
        remedy = "It is tried again later; see that the folder is there and has room."
        raise Retryable(vendor, f"cannot be written: {error.strerror}", place=place, remedy=remedy) from None
    except (zipfile.BadZipFile, UnicodeDecodeError, csv.Error) as error:
        what = f"is not as we left it ({type(error).__name__})"
        raise Fatal(vendor, what, place=place, remedy="Put the file aside; a new one is begun.") from None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Only one writer of a file at a time, on this machine."""
    import fcntl

    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
