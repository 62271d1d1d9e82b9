"""Opening a file as rows of cells, whatever it is."""

from __future__ import annotations

from pathlib import Path

from tools.files.columns import TableMap
from tools.files.limits import Limits
from tools.files.rows import Source, Table, format_of


def open_table(path: Path, table: TableMap, name: str, limits: Limits | None = None) -> Source:
    """The rows of a file by its table map; the file's first bytes say what it is.

    Raises Misconfigured or Fatal where it cannot be opened.
    """
    found = format_of(path, name)
    if found == "workbook":
        from tools.files.workbook import Sheet

        return Sheet(path, table.sheet, name, table.header_line, limits)
    if found == "parquet":
        from tools.files.parquet import Parquet

        return Parquet(path, name, limits)
    return Table(path, table.encoding, table.delimiter, name, header_line=table.header_line, limits=limits)
