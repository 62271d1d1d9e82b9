"""Reading `.hyper` files back with Tableau's own library."""

from pathlib import Path
from typing import Any

import tableauhyperapi as hyper


def rows_of(path: Path, table: str = "Extract") -> list[dict[str, Any]]:
    """The rows of a table of the schema Extract, in order of their first column."""
    telemetry = hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU
    with (
        hyper.HyperProcess(telemetry, parameters={"log_config": ""}) as process,
        hyper.Connection(process.endpoint, str(path)) as connection,
    ):
        name = hyper.TableName("Extract", table)
        columns = [c.name.unescaped for c in connection.catalog.get_table_definition(name).columns]
        found = connection.execute_list_query(f"SELECT * FROM {name} ORDER BY 1")
    return [dict(zip(columns, row, strict=True)) for row in found]
