"""Writing `.hyper` files: one table, as Tableau expects it in a published data source.

The library is an optional part of the installation; it runs a database process of its own for the time of
the writing, which opens no port to other machines and sends nothing home.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.kit.errors import Fatal, Misconfigured
from tools.tableau.tables import Row, Table

SCHEMA = "Extract"
ROWS = "Extract"
"""The one table of a data source with a single table."""
REMOVED = "Removed"
"""In an update: the keys of rows that are no more."""


def write(vendor: str, path: Path, table: Table, rows: Iterable[Row], removed: Sequence[str] = ()) -> int:
    """Write rows to a new file; how many. Raises Misconfigured without the library, Fatal for rows that the
    file does not take."""
    hyper = library(vendor)
    telemetry = hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU
    # Without a log: it would lie in the working folder and hold values.
    quiet = {"log_config": "", "default_database_version": "2"}
    try:
        with (
            hyper.HyperProcess(telemetry, parameters=quiet) as process,
            hyper.Connection(process.endpoint, str(path), hyper.CreateMode.CREATE_AND_REPLACE) as connection,
        ):
            connection.catalog.create_schema(SCHEMA)
            if removed:
                _insert(hyper, connection, REMOVED, ((table.key, "text"),), ((key,) for key in removed))
            return _insert(hyper, connection, ROWS, table.columns, rows)
    except (hyper.HyperException, ValueError, TypeError) as error:
        what = f"the rows of {table.name} cannot be written ({type(error).__name__})"
        raise Fatal(
            vendor, what, place=path.name, remedy="Look for a value that its column does not take."
        ) from None


def library(vendor: str) -> Any:
    """The library. Raises Misconfigured with the way to install it."""
    try:
        import tableauhyperapi
    except ImportError:
        raise Misconfigured(
            vendor,
            "a .hyper file needs tableauhyperapi, which is not installed",
            remedy="Install it with `pip install 'pacta[tableau]'`.",
        ) from None
    return tableauhyperapi


def _insert(hyper: Any, connection: Any, name: str, columns: Any, rows: Iterable[Row]) -> int:
    kinds = {
        "text": hyper.SqlType.text(),
        "number": hyper.SqlType.numeric(18, 4),
        "share": hyper.SqlType.double(),
        "day": hyper.SqlType.date(),
        "instant": hyper.SqlType.timestamp_tz(),
    }
    table = hyper.TableDefinition(
        hyper.TableName(SCHEMA, name),
        [
            hyper.TableDefinition.Column(
                column, kinds[kind], hyper.NOT_NULLABLE if index == 0 else hyper.NULLABLE
            )
            for index, (column, kind) in enumerate(columns)
        ],
    )
    connection.catalog.create_table(table)
    count = 0
    with hyper.Inserter(connection, table) as inserter:
        for row in rows:
            inserter.add_row([_value(hyper, value) for value in row])
            count += 1
        inserter.execute()
    return count


def _value(hyper: Any, value: Any) -> Any:
    """A value as the library takes it; an instant has to be one of its own."""
    if isinstance(value, datetime):
        at = value.astimezone(UTC)
        return hyper.Timestamp(
            at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, tzinfo=UTC
        )
    return value
