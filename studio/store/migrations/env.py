"""Run by Alembic; the connection comes from studio.store.migrate, already in a transaction."""

from alembic import context

from studio.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
    transactional_ddl=True,
    compare_server_default=False,
)
context.run_migrations()
