"""A folder of delimited files as a connector."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from obligations.document import Problem
from obligations.facts import Fact
from obligations.quantities import Frozen
from tools.files.columns import VENDOR, ColumnMap, TableMap, load_map
from tools.files.facts import Rows
from tools.files.rows import Table, digest, files_in
from tools.files.values import is_nothing
from tools.kit.errors import ConnectorError, Misconfigured, Skippable
from tools.kit.profile import Profile
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, unknown_kind

_BATCH = 500
_FACTS = {"ticket_log": "ticket"}

# Which roles together name a record, so that the same one in a later file is recognised.
_IDENTITY: dict[str, tuple[str, ...]] = {
    "ticket": ("number",),
    "ticket_log": ("number",),
    "outage": ("service", "started_at"),
    "invoice": ("party", "number"),
    "payment": ("party", "invoice", "paid_on", "amount"),
    "credit": ("party", "number"),
    "purchase_order": ("number",),
    "report_received": ("report", "contract", "party", "period"),
    "notice": ("subject", "contract", "party", "sent_on"),
}


class FilesSettings(Frozen):
    """Settings of a drop folder. `map` is a YAML file or the map itself."""

    kind: Literal["files"] = "files"
    name: str = Field(default="", pattern=r"^[a-z0-9_-]*$")
    folder: Path
    map: Path | ColumnMap


class Preview(Frozen):
    """What the first rows of a file would give."""

    file: str
    kind: str
    facts: tuple[Fact, ...]
    problems: tuple[Problem, ...]


class FilesDrop:
    """Reads the delimited files of a folder by a column map."""

    def __init__(self, folder: Path, column_map: ColumnMap | Path, name: str = "files") -> None:
        self.name = name or VENDOR
        self._folder = Path(folder)
        self._map = column_map if isinstance(column_map, ColumnMap) else load_map(Path(column_map))

    def check(self) -> Health:
        return probe(self.name, {table.file: _trial(self._folder, table) for table in self._map.tables})

    def discover(self) -> tuple[Stream, ...]:
        return tuple(
            Stream(
                kind=kind,
                label=kind.replace("_", " "),
                facts=(_FACTS.get(kind, kind),),
                watermark="content of each file",
            )
            for kind in self._map.kinds()
        )

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Rows of the files of one kind that are new or changed since the cursor, file by file.

        A file that cannot be read, or lacks a mapped column, becomes a problem and is tried again the
        next time. Raises Misconfigured for a table with open questions.
        """
        if kind not in self._map.kinds():
            raise unknown_kind(self.name, kind, self.discover())
        done = _done(cursor)
        for index, table in enumerate(self._map.tables):
            if table.kind != kind:
                continue
            _answered(table)
            for path in files_in(self._folder, table.file):
                key = f"{index}:{path.relative_to(self._folder).as_posix()}"
                mark = f"{digest(path)[:16]}:{_map_mark(table)}"
                if done.get(key) == mark:
                    continue
                held = json.dumps(done, sort_keys=True)
                try:
                    yield from self._batches(index, table, path, held)
                except ConnectorError as error:
                    yield Batch(records=(), cursor=held, problems=(error.problem(),))
                else:
                    done[key] = mark
        yield Batch(records=(), cursor=json.dumps(done, sort_keys=True))

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts of a row, or of all rows of a ticket's log; pure. Raises Skippable with file:line."""
        return Rows(self._map, self.name, raw).facts()

    def _batches(self, index: int, table: TableMap, path: Path, cursor: str) -> Iterator[Batch]:
        reader = TableReader(self._folder, table, path)
        records = reader.records(index)
        while True:
            some = tuple(islice(records, _BATCH))
            yield Batch(records=some, cursor=cursor, problems=reader.take_problems())
            if len(some) < _BATCH:
                return


class TableReader:
    """Reads one file by its table map into raw records."""

    def __init__(self, folder: Path, table: TableMap, path: Path) -> None:
        self._table = table
        self._name = path.relative_to(folder).as_posix()
        self._path = path
        self._rows = Table(path, table.encoding, table.delimiter, self._name)
        self._columns = self._positions(self._rows.header())
        self._told = 0

    def records(self, index: int) -> Iterator[RawRecord]:
        """Raw records: one row each, all rows of a ticket together for an event log."""
        changed_at = datetime.fromtimestamp(self._path.stat().st_mtime, tz=UTC)
        common = {"file": self._name, "table": index, "file_time": changed_at.isoformat()}
        for identity, rows in self._groups():
            yield RawRecord(kind=self._table.kind, id=identity, data={**common, "rows": rows})

    def take_problems(self) -> tuple[Problem, ...]:
        """The problems met since the last call."""
        new = tuple(self._rows.problems[self._told :])
        self._told += len(new)
        return new

    def _groups(self) -> Iterator[tuple[str, list[tuple[int, dict[str, str]]]]]:
        if self._table.kind != "ticket_log":
            for line, values in self._values():
                if not self._unpaid(values):
                    yield self._identity(values, line), [(line, values)]
        elif self._grouped():
            for number, rows in groupby(self._values(), key=lambda row: row[1].get("number", "")):
                yield number, list(rows)
        else:
            yield from self._collected().items()

    def _values(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Line number and mapped values of every good row."""
        constants = self._table.constants
        for line in self._rows.lines():
            yield line.number, {**constants, **{r: line.fields[at] for r, at in self._columns.items()}}

    def _grouped(self) -> bool:
        """Do the rows of each ticket stand together? Then they need not be held all at once."""
        at = self._columns["number"]
        quiet = Table(self._path, self._table.encoding, self._table.delimiter, self._name)
        seen: set[str] = set()
        last = None
        for line in quiet.lines():
            number = line.fields[at]
            if number != last and number in seen:
                return False
            seen.add(number)
            last = number
        return True

    def _collected(self) -> dict[str, list[tuple[int, dict[str, str]]]]:
        groups: dict[str, list[tuple[int, dict[str, str]]]] = {}
        for line, values in self._values():
            groups.setdefault(values.get("number", ""), []).append((line, values))
        return groups

    def _unpaid(self, values: dict[str, str]) -> bool:
        """A list of invoices read for its payments: rows without a payment day are no payments."""
        return self._table.kind == "payment" and is_nothing(values.get("paid_on", ""))

    def _identity(self, values: dict[str, str], line: int) -> str:
        stated = values.get("record", "").strip()
        parts = (values.get(role, "").strip() for role in _IDENTITY[self._table.kind])
        return stated or "/".join(part for part in parts if part) or f"{self._name}:{line}"

    def _positions(self, header: list[str]) -> dict[str, int]:
        """Where each mapped column stands. Raises Misconfigured for one that is missing or double."""
        for role, column in self._table.columns.items():
            if header.count(column) != 1:
                what = "has no column" if column not in header else "has twice the column"
                raise Misconfigured(
                    VENDOR,
                    f"{what} {column!r} (for {role})",
                    place=f"{self._name}:1",
                    remedy=f"Correct the map or the file; it has: {', '.join(header[:40])}.",
                )
        return {role: header.index(column) for role, column in self._table.columns.items()}


def preview(folder: Path, column_map: ColumnMap, rows: int = 5) -> tuple[Preview, ...]:
    """The facts and problems that the first records of each file would give; changes nothing."""
    drop = FilesDrop(folder, column_map)
    shown = []
    for index, table in enumerate(column_map.tables):
        if table.kind == "ignore":
            continue
        for path in files_in(folder, table.file):
            name = path.relative_to(folder).as_posix()
            facts: list[Fact] = []
            problems = [Problem(stage="map", what=ask, place=name) for ask in table.asks]
            try:
                reader = TableReader(folder, table, path)
                for raw in islice(reader.records(index), rows):
                    try:
                        facts += drop.to_facts(raw)
                    except Skippable as error:
                        problems.append(error.problem())
                problems += reader.take_problems()
            except ConnectorError as error:
                problems.append(error.problem("map"))
            shown.append(Preview(file=name, kind=table.kind, facts=tuple(facts), problems=tuple(problems)))
    return tuple(shown)


def _trial(folder: Path, table: TableMap) -> Any:
    def run() -> None:
        if table.kind == "ignore":
            return
        _answered(table)
        found = files_in(folder, table.file)
        if not found:
            raise Misconfigured(VENDOR, "no file matches", place=table.file, remedy="Correct `file`.")
        for path in found:
            TableReader(folder, table, path)

    return run


def _answered(table: TableMap) -> None:
    if table.asks:
        raise Misconfigured(
            VENDOR,
            "the column map has open questions: " + " ".join(table.asks),
            place=table.file,
            remedy="Answer them in the map and remove `asks`.",
        )


def _map_mark(table: TableMap) -> str:
    """Changes when the map of a table does, so that its files are read again."""
    return hashlib.sha256(table.model_dump_json(exclude={"evidence"}).encode()).hexdigest()[:8]


def _done(cursor: str | None) -> dict[str, str]:
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


PROFILE = Profile(
    kind="files",
    title="CSV and TSV files",
    area="files",
    settings=FilesSettings,
    make=lambda settings, _: FilesDrop(settings.folder, settings.map, settings.name),
    reads=("CSV and TSV files, also packed with gzip, by a column map",),
    proved=(("real system", "a public incident log of 101,045 rows, and own samples"),),
    http=False,
)
