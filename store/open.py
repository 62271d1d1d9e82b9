"""Opening the store: SQLite (WAL) for one machine, PostgreSQL scaled out; migrations by Alembic."""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from store import schema
from store.access import Access
from store.actions import Actions
from store.contracts import Contracts
from store.errors import StoreError
from store.models import Models
from store.operations import Operations
from store.parties import Parties
from store.prompts import Prompts

MIGRATIONS = Path(__file__).parent / "migrations"


class Store(Parties, Contracts, Operations, Actions, Prompts, Models, Access):
    """Everything the product keeps. Reads take a scope; writes take who and when, and are audited."""

    def close(self) -> None:
        self.engine.dispose()


def _sqlite_pragmas(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where store.base says, not before
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(
            url, poolclass=QueuePool, connect_args={"check_same_thread": False}, json_serializer=schema.encode
        )
        event.listen(engine, "connect", _sqlite_pragmas)
        return engine
    address = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return create_engine(address, pool_pre_ping=True, json_serializer=schema.encode)


def migrate(url: str, to: str = "head") -> None:
    """Bring the database to a schema, the newest one unless told."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine = _engine(url)
    command.upgrade(config, to)
    engine.dispose()


def _version(engine: Engine) -> str | None:
    with engine.connect() as tx:
        if not inspect(tx).has_table("alembic_version"):
            return None
        return tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def open_store(url: str) -> Store:
    """The store at an SQLAlchemy URL, its schema brought up to date.

    Raises StoreError naming the address without its password when the database cannot be reached.
    """
    engine = _engine(url)
    try:
        if _version(engine) != schema.HEAD:
            migrate(url)
        with engine.connect() as tx:
            if tx.execute(select(schema.revision.c.id)).first() is None:
                tx.execute(insert(schema.revision).values(id=1, number=0))
                tx.commit()
    except OperationalError as error:
        where = engine.url.render_as_string(hide_password=True)
        raise StoreError(
            f"cannot open the database {where}: {error.orig}",
            remedy="check PACTA_DATABASE_URL and PACTA_HOME",
        ) from error
    return Store(engine)
