"""Alembic's entry: the connection comes from `service.storage.migrate`, the transaction is the caller's."""

from alembic import context

# Whichever file of tables is named last: all of them add to one MetaData.
from service.storage import batch_tables as storage_tables
from service.webhooks import tables as webhook_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[storage_tables.METADATA, webhook_tables.METADATA],
    compare_type=True,
)
context.run_migrations()
