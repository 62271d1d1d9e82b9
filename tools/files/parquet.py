"""Reading a Parquet file in batches of rows. The library for it is an optional part of the installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from obligations.document import Problem
from tools.files.cells import Cell, Unusable, number
from tools.files.columns import VENDOR
from tools.files.limits import Limits, too_large
from tools.files.rows import Line
from tools.kit.errors import Fatal, Misconfigured

_BATCH = 2_000
_AGAIN = "Have the file written again."


class Parquet:
    """One Parquet file as rows of cells; rows are counted from 1."""

    def __init__(self, path: Path, name: str, limits: Limits | None = None) -> None:
        """Raises Misconfigured where the library is not installed."""
        self.path = path
        self.name = name
        self.problems: list[Problem] = []
        self._limits = limits or Limits()
        _library(name)

    def header(self) -> list[str]:
        with self._opened() as file:
            return [str(field.name) for field in file.schema_arrow]

    def lines(self) -> Iterator[Line]:
        """Every row. Raises Fatal for a damaged file, or one beyond the limits."""
        with self._opened() as file:
            count = 0
            for batch in file.iter_batches(batch_size=_BATCH):
                columns = [_cells(_library(self.name), column) for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    count += 1
                    yield Line(count, list(cells))

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        library = _library(self.name)
        try:
            with library.parquet.ParquetFile(self.path) as file:
                self._within(file.metadata)
                yield file
        except OSError as error:
            raise Fatal(VENDOR, f"cannot be read: {error}", place=self.name, remedy=_AGAIN) from None
        except library.ArrowException as error:
            what = f"the Parquet file is damaged ({type(error).__name__})"
            raise Fatal(VENDOR, what, place=self.name, remedy=_AGAIN) from None

    def _within(self, metadata: Any) -> None:
        if metadata.num_rows > self._limits.rows:
            raise too_large(f"{metadata.num_rows:,} rows", self.name, "rows")
        size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
        if size > self._limits.unpacked:
            raise too_large(f"the file unpacks to {size:,} bytes", self.name, "unpacked")


def _library(name: str) -> Any:
    """The library. Raises Misconfigured with the way to install it."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise Misconfigured(
            VENDOR,
            "a Parquet file needs pyarrow, which is not installed",
            place=name,
            remedy="Install it with `pip install 'pacta[parquet]'`, or have the file sent as CSV.",
        ) from None
    return pyarrow


def _cells(pa: Any, column: Any) -> list[Cell]:
    """The values of a column, with the precision that its type has."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [Unusable(f"the column holds {kind}, not single values")] * len(column)
    if pa.types.is_timestamp(kind):
        # Python counts microseconds: what is finer is cut off.
        column = column.cast(pa.timestamp("us", kind.tz), safe=False)
    digits = 6 if pa.types.is_float16(kind) or pa.types.is_float32(kind) else 15
    return [_cell(value, digits) for value in column.to_pylist()]


def _cell(value: Any, digits: int) -> Cell:
    if value is None:
        return ""
    if isinstance(value, str | bool | date | time):
        return value
    if isinstance(value, float) and value != value:
        return ""
    if isinstance(value, int | float | Decimal):
        return number(value, digits)
    return Unusable(f"the cell holds a {type(value).__name__}")
