"""Carrying out actions on a `.hyper` file with Tableau's own database, as the server does."""

from pathlib import Path
from typing import Any

QUIET = {"log_config": ""}


class ActionFailed(Exception):
    """An action that cannot be carried out; the text says why."""


def tables(path: Path) -> dict[str, list[str]]:
    """The tables of a file with their columns, by "schema.table". ActionFailed for a file that is none."""
    hyper = _library()
    try:
        with _process(hyper) as process, hyper.Connection(process.endpoint, str(path)) as connection:
            return _tables(connection)
    except hyper.HyperException as error:
        raise ActionFailed(f"the file is no extract: {error.main_message}") from None


def apply(target: Path, payload: Path | None, actions: list[dict[str, Any]]) -> None:
    """All actions in one transaction: insert, upsert, delete, replace."""
    hyper = _library()
    with _process(hyper) as process, hyper.Connection(process.endpoint) as connection:
        try:
            connection.catalog.attach_database(str(target), "target")
            if payload is not None:
                connection.catalog.attach_database(str(payload), "source")
            connection.execute_command("BEGIN")
            for action in actions:
                for command in _commands(hyper, connection, action):
                    connection.execute_command(command)
            connection.execute_command("COMMIT")
        except (hyper.HyperException, KeyError) as error:
            raise ActionFailed(str(error).splitlines()[0][:200]) from None


def _commands(hyper: Any, connection: Any, action: dict[str, Any]) -> list[str]:
    """An action as SQL."""
    kind = action.get("action")
    if kind not in ("insert", "upsert", "delete", "replace"):
        raise ActionFailed(f"unknown action {kind!r}")
    source = hyper.TableName("source", action.get("source-schema", "Extract"), action["source-table"])
    target = hyper.TableName("target", action.get("target-schema", "Extract"), action["target-table"])
    insert = f"INSERT INTO {target} {_same_columns(connection, source, target, kind)}"
    if kind == "insert":
        return [insert]
    if kind == "replace":
        return [f"DELETE FROM {target}", insert]  # noqa: S608 - quoted by the library
    found = f"SELECT 1 FROM {source} AS s WHERE {_where(hyper, target, action)}"  # noqa: S608 - as above
    matching = f"DELETE FROM {target} WHERE EXISTS ({found})"  # noqa: S608 - as above
    return [matching] if kind == "delete" else [matching, insert]


def _where(hyper: Any, target: Any, action: dict[str, Any]) -> str:
    """A condition; only equality, alone or joined by "and"."""
    condition = action.get("condition")
    if not isinstance(condition, dict):
        raise ActionFailed(f"{action.get('action')} needs a condition")
    parts = condition.get("args", []) if condition.get("op") == "and" else [condition]
    said = []
    for part in parts:
        if part.get("op") != "eq" or not part.get("source-col") or not part.get("target-col"):
            raise ActionFailed("a condition has op eq, source-col and target-col")
        source, aim = hyper.Name(part["source-col"]), hyper.Name(part["target-col"])
        said.append(f"s.{source} = {target}.{aim}")
    if not said:
        raise ActionFailed("the condition is empty")
    return " AND ".join(said)


def _same_columns(connection: Any, source: Any, target: Any, kind: str) -> str:
    """The source's rows in the order of the target's columns; both have to have the same ones."""
    if kind == "delete":
        return ""
    held = [column.name for column in connection.catalog.get_table_definition(target).columns]
    given = [column.name for column in connection.catalog.get_table_definition(source).columns]
    if {str(name) for name in held} != {str(name) for name in given}:
        raise ActionFailed("the columns of the source and of the target differ")
    return f"SELECT {', '.join(str(name) for name in held)} FROM {source}"  # noqa: S608 - quoted


def _tables(connection: Any) -> dict[str, list[str]]:
    found = {}
    for schema in connection.catalog.get_schema_names():
        for table in connection.catalog.get_table_names(schema):
            columns = connection.catalog.get_table_definition(table).columns
            name = f"{schema.name.unescaped}.{table.name.unescaped}"
            found[name] = [column.name.unescaped for column in columns]
    return found


def _process(hyper: Any) -> Any:
    return hyper.HyperProcess(hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters=QUIET)


def _library() -> Any:
    import tableauhyperapi

    return tableauhyperapi
