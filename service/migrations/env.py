"""Alembic's entry: the connection comes from `service.storage.migrate`, the transaction is the caller's."""

from alembic import context

# Whichever files of tables are named: all of them add to one MetaData.
from service.storage import overlay_tables
from service.webhooks import tables_replay as webhook_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[overlay_tables.METADATA, webhook_tables.METADATA],
    compare_type=True,
)
context.run_migrations()
