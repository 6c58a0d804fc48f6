"""Alembic's entry: the connection comes from `service.storage.migrate`, the transaction is the caller's."""

from alembic import context

# Only their MetaData is named: a migration says itself what it does.
from service.storage import overlay_tables
from service.webhooks import columns

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[overlay_tables.METADATA, columns.METADATA],
    compare_type=True,
)
context.run_migrations()
