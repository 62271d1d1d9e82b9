"""Reading the files of a shelf by a column map: what is new or changed, file by file, row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Protocol

from obligations.document import Problem
from tools.files.cells import as_text
from tools.files.columns import VENDOR, ColumnMap, TableMap
from tools.files.kinds import KINDS
from tools.files.limits import Limits, too_large
from tools.files.open import open_table
from tools.files.rows import Source, digest, files_in
from tools.files.values import is_nothing
from tools.kit.errors import ConnectorError, Misconfigured, Retryable
from tools.kit.verbs import Batch, RawRecord, Stream

_BATCH = 500

Values = dict[str, str]


@dataclass(frozen=True)
class Item:
    """A file of a shelf: its name within the folder, and a mark that changes when its content does."""

    name: str
    mark: str


class Shelf(Protocol):
    """Where files lie. Raises ConnectorError where they cannot be listed or fetched."""

    def items(self, pattern: str) -> Iterable[Item]:
        """The files that match a pattern within the folder, in order of their names."""

    def fetch(self, item: Item) -> Path:
        """The file on this machine, to be read."""


class Folder:
    """A folder of this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def items(self, pattern: str) -> Iterator[Item]:
        for path in files_in(self._path, pattern):
            yield Item(path.relative_to(self._path).as_posix(), digest(path)[:16])

    def fetch(self, item: Item) -> Path:
        return self._path / item.name


def streams(column_map: ColumnMap, watermark: str) -> tuple[Stream, ...]:
    """The kinds that a map reads."""
    return tuple(
        Stream(kind=kind, label=kind.replace("_", " "), facts=(KINDS[kind].fact,), watermark=watermark)
        for kind in column_map.kinds()
    )


def read_shelf(
    shelf: Shelf, column_map: ColumnMap, kind: str, cursor: str | None, limits: Limits
) -> Iterator[Batch]:
    """Batches of the files of one kind that are new or changed since the cursor.

    A file that cannot be read, or lacks a mapped column, becomes a problem and is tried again the next
    time. Raises Misconfigured for a table with open questions, Retryable where the shelf is out of reach.
    """
    done = done_files(cursor)
    for index, table in enumerate(column_map.tables):
        if table.kind != kind:
            continue
        answered(table)
        for item in shelf.items(table.file):
            key, mark = file_key(index, item), file_mark(table, item)
            if done.get(key) == mark:
                continue
            held = json.dumps(done, sort_keys=True)
            try:
                reader = TableReader(table, shelf.fetch(item), item.name, limits)
                yield from _batches(reader, index, held)
            except Retryable:
                raise
            except ConnectorError as error:
                yield Batch(records=(), cursor=held, problems=(error.problem(),))
            else:
                done[key] = mark
    yield Batch(records=(), cursor=json.dumps(done, sort_keys=True))


def _batches(reader: TableReader, index: int, cursor: str) -> Iterator[Batch]:
    records = reader.records(index)
    while True:
        some = tuple(islice(records, _BATCH))
        yield Batch(records=some, cursor=cursor, problems=reader.take_problems())
        if len(some) < _BATCH:
            return


class TableReader:
    """Reads one file by its table map into raw records."""

    def __init__(self, table: TableMap, path: Path, name: str, limits: Limits | None = None) -> None:
        """`name` is the file's name within its folder. Raises Misconfigured for a missing column."""
        self._table = table
        self._kind = KINDS[table.kind]
        self._path = path
        self._limits = limits or Limits()
        self._file = name
        self._rows = self._open()
        self._columns = self._positions(self._rows.header())
        self._told = 0
        self._unusable: list[Problem] = []

    def records(self, index: int) -> Iterator[RawRecord]:
        """Raw records: one row each, all rows of a record together where it has several."""
        changed_at = datetime.fromtimestamp(self._path.stat().st_mtime, tz=UTC)
        common = {"file": self._rows.name, "table": index, "file_time": changed_at.isoformat()}
        for identity, rows in self._groups():
            yield RawRecord(kind=self._table.kind, id=identity, data={**common, "rows": rows})

    def take_problems(self) -> tuple[Problem, ...]:
        """The problems met since the last call."""
        new = tuple(self._rows.problems[self._told :])
        self._told += len(new)
        unusable, self._unusable = self._unusable, []
        return (*new, *unusable)

    def _open(self) -> Source:
        size = self._path.stat().st_size
        if size > self._limits.file:
            raise too_large(f"the file has {size:,} bytes", self._file, "file")
        return open_table(self._path, self._table, self._file, self._limits)

    def _groups(self) -> Iterator[tuple[str, list[tuple[int, Values]]]]:
        if not self._kind.grouped:
            for line, values in self._values():
                if not self._unpaid(values):
                    yield self._identity(values, line), [(line, values)]
        elif self._together():
            for identity, rows in groupby(self._values(), key=lambda row: self._identity(row[1], row[0])):
                yield identity, list(rows)
        else:
            yield from self._collected().items()

    def _values(self, quiet: bool = False) -> Iterator[tuple[int, Values]]:
        """Line number and mapped values of every good row; `quiet`: of a second look at the file."""
        roles = self._kind.roles
        rows = self._open() if quiet else self._rows
        for line in rows.lines():
            values = dict(self._table.constants)
            role = ""
            try:
                for role, at in self._columns.items():
                    cell = line.fields[at]
                    if isinstance(cell, str):
                        values[role] = cell
                    else:
                        period = roles.get(role, "text").startswith("period")
                        values[role] = as_text(cell, self._table.decimal, period)
            except ValueError as error:
                if not quiet:
                    self._bad(line.number, f"{role} ({self._table.columns[role]}): {error}")
                continue
            yield line.number, values

    def _bad(self, line: int, what: str) -> None:
        place = f"{self._rows.name}:{line}"
        self._unusable.append(Problem(stage="sync", what=what, place=place, remedy="Correct the cell."))

    def _together(self) -> bool:
        """Do the rows of each record stand together? Then they need not be held all at once."""
        seen: set[str] = set()
        last = None
        for line, values in self._values(quiet=True):
            identity = self._identity(values, line)
            if identity != last and identity in seen:
                return False
            seen.add(identity)
            last = identity
        return True

    def _collected(self) -> dict[str, list[tuple[int, Values]]]:
        groups: dict[str, list[tuple[int, Values]]] = {}
        for line, values in self._values():
            groups.setdefault(self._identity(values, line), []).append((line, values))
        return groups

    def _unpaid(self, values: Values) -> bool:
        """A list of invoices read for its payments: rows without a payment day are no payments."""
        return self._table.kind == "payment" and is_nothing(values.get("paid_on", ""))

    def _identity(self, values: Values, line: int) -> str:
        stated = values.get("record", "").strip()
        parts = (values.get(role, "").strip() for role in self._kind.identity)
        return stated or "/".join(part for part in parts if part) or f"{self._rows.name}:{line}"

    def _positions(self, header: list[str]) -> dict[str, int]:
        """Where each mapped column stands. Raises Misconfigured for one that is missing or double."""
        for role, column in self._table.columns.items():
            if header.count(column) != 1:
                what = "has no column" if column not in header else "has twice the column"
                raise Misconfigured(
                    VENDOR,
                    f"{what} {column!r} (for {role})",
                    place=f"{self._rows.name}:{self._table.header_line}",
                    remedy=f"Correct the map or the file; it has: {', '.join(header[:40])}.",
                )
        return {role: header.index(column) for role, column in self._table.columns.items()}


def answered(table: TableMap) -> None:
    """Raises Misconfigured for a table with open questions."""
    if table.asks:
        raise Misconfigured(
            VENDOR,
            "the column map has open questions: " + " ".join(table.asks),
            place=table.file,
            remedy="Answer them in the map and remove `asks`.",
        )


def file_key(index: int, item: Item) -> str:
    """The key of a file in a cursor: by which table of the map it is read."""
    return f"{index}:{item.name}"


def file_mark(table: TableMap, item: Item) -> str:
    """Changes when the file does, or its table of the map: then it is read again."""
    seen = hashlib.sha256(table.model_dump_json(exclude={"evidence"}).encode()).hexdigest()[:8]
    return f"{item.mark}:{seen}"


def done_files(cursor: str | None) -> dict[str, str]:
    """Files read before, with the mark of their content. Misconfigured for a damaged watermark."""
    if not cursor:
        return {}
    try:
        held = json.loads(cursor)
    except ValueError:
        held = None
    if not isinstance(held, dict):
        remedy = "Reset it to read everything again."
        raise Misconfigured(VENDOR, "the stored watermark is damaged", remedy=remedy)
    return {str(key): str(mark) for key, mark in held.items()}
