"""Alembic's entry: runs the versions on the engine that `store.open.migrate` hands over."""

from alembic import context

from store.schema import metadata

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
