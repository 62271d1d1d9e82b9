"""A folder of files as a connector: CSV, workbooks, Parquet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

from pydantic import Field

from obligations.document import Problem
from obligations.facts import Fact
from obligations.quantities import Frozen
from tools.files.columns import IGNORE, VENDOR, ColumnMap, TableMap, load_map
from tools.files.facts import Rows
from tools.files.limits import Limits
from tools.files.rows import files_in
from tools.files.shelf import Folder, TableReader, answered, read_shelf, streams
from tools.files.write import FilesWriter, WriteSettings
from tools.kit.errors import ConnectorError, Misconfigured, Skippable
from tools.kit.profile import Profile
from tools.kit.verbs import Batch, Health, RawRecord, Stream, probe, unknown_kind


class FilesSettings(Frozen):
    """Settings of a drop folder. `map` is a YAML file or the map itself; `write` names files of ours."""

    kind: Literal["files"] = "files"
    name: str = Field(default="", pattern=r"^[a-z0-9_-]*$")
    folder: Path
    map: Path | ColumnMap
    limits: Limits = Limits()
    write: WriteSettings | None = None


class Preview(Frozen):
    """What the first rows of a file would give."""

    file: str
    kind: str
    facts: tuple[Fact, ...]
    problems: tuple[Problem, ...]


class FilesDrop:
    """Reads the files of a folder by a column map."""

    def __init__(
        self,
        folder: Path,
        column_map: ColumnMap | Path,
        name: str = VENDOR,
        limits: Limits | None = None,
        write: WriteSettings | None = None,
    ) -> None:
        self.name = name or VENDOR
        self._folder = Path(folder)
        self._map = column_map if isinstance(column_map, ColumnMap) else load_map(Path(column_map))
        self._limits = limits or Limits()
        self._write = write

    def check(self) -> Health:
        return probe(self.name, {_title(table): self._trial(table) for table in self._map.tables})

    def discover(self) -> tuple[Stream, ...]:
        return streams(self._map, "content of each file")

    def read(self, kind: str, cursor: str | None) -> Iterator[Batch]:
        """Rows of the files of one kind that are new or changed since the cursor, file by file.

        A file that cannot be read, or lacks a mapped column, becomes a problem and is tried again the
        next time. Raises Misconfigured for a table with open questions.
        """
        if kind not in self._map.kinds():
            raise unknown_kind(self.name, kind, self.discover())
        yield from read_shelf(Folder(self._folder), self._map, kind, cursor, self._limits)

    def to_facts(self, raw: RawRecord) -> tuple[Fact, ...]:
        """The facts of a row, or of all rows of one record; pure. Raises Skippable with file:line."""
        return Rows(self._map, self.name, raw).facts()

    def writer(self) -> FilesWriter:
        """Raises Misconfigured where the settings name no files of ours."""
        if self._write is None:
            remedy = "Set `write` to the folder and the tables that may be written."
            raise Misconfigured(self.name, "no file is ours to write", remedy=remedy)
        return FilesWriter(self.name, self._write, self._limits)

    def _trial(self, table: TableMap) -> Callable[[], None]:
        def run() -> None:
            if table.kind == IGNORE:
                return
            answered(table)
            found = files_in(self._folder, table.file)
            if not found:
                raise Misconfigured(VENDOR, "no file matches", place=table.file, remedy="Correct `file`.")
            for path in found:
                TableReader(table, path, path.relative_to(self._folder).as_posix(), self._limits)

        return run


def preview(folder: Path, column_map: ColumnMap, rows: int = 5) -> tuple[Preview, ...]:
    """The facts and problems that the first records of each file would give; changes nothing."""
    drop = FilesDrop(folder, column_map)
    shown = []
    for index, table in enumerate(column_map.tables):
        if table.kind == IGNORE:
            continue
        for path in files_in(folder, table.file):
            name = path.relative_to(folder).as_posix()
            title = f"{name}!{table.sheet}" if table.sheet else name
            facts: list[Fact] = []
            problems = [Problem(stage="map", what=ask, place=title) for ask in table.asks]
            try:
                reader = TableReader(table, path, name)
                for raw in islice(reader.records(index), rows):
                    try:
                        facts += drop.to_facts(raw)
                    except Skippable as error:
                        problems.append(error.problem())
                problems += reader.take_problems()
            except ConnectorError as error:
                problems.append(error.problem("map"))
            shown.append(Preview(file=title, kind=table.kind, facts=tuple(facts), problems=tuple(problems)))
    return tuple(shown)


def _title(table: TableMap) -> str:
    return f"{table.file}!{table.sheet}" if table.sheet else table.file


def _make(settings: FilesSettings, _: object) -> FilesDrop:
    return FilesDrop(settings.folder, settings.map, settings.name, settings.limits, settings.write)


PROFILE = Profile(
    kind="files",
    title="Files in a folder",
    area="files",
    settings=FilesSettings,
    make=_make,
    reads=("CSV and TSV files (also packed with gzip), XLSX workbooks and Parquet files by a column map",),
    writes=("rows in CSV files and XLSX workbooks of ours",),
    proved=(
        ("real system", "a public incident log of 101,045 rows; own CSV files, workbooks and Parquet files"),
    ),
    http=False,
)
