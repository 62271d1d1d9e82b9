"""A store on SQLite and, the same tests, on a real PostgreSQL (from the `pgserver` package)."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from store import Store, open_store


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    import pgserver

    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'pacta.db'}"
    else:
        url = fresh_database(request.getfixturevalue("postgres"))
    opened = open_store(url)
    yield opened
    opened.close()


def fresh_database(server: str) -> str:
    """A new empty database on a PostgreSQL server; its URL."""
    import psycopg

    name = f"t{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload]
    return server.replace("/postgres?", f"/{name}?")
