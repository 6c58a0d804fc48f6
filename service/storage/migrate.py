"""Bringing a database to the schema of this release, and telling whether it is there."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.database import Database

_SCRIPTS = Path(__file__).parents[1] / "migrations"


def upgrade(database_url: str) -> None:
    """Bring the database to head, in one transaction: killed half-way it is as it was."""
    _in_transaction(database_url, lambda connection: command.upgrade(_config(connection), "head"))


def downgrade(database_url: str, revision: str) -> None:
    """Take the database back to a revision, `base` being an empty one. Loses what newer tables hold."""
    _in_transaction(database_url, lambda connection: command.downgrade(_config(connection), revision))


def head() -> str:
    """The revision this release works with."""
    found = ScriptDirectory(str(_SCRIPTS)).get_current_head()
    assert found is not None
    return found


async def revision_of(connection: AsyncConnection) -> str | None:
    """The revision a database is at; None for an empty one."""
    return await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config


def _in_transaction(database_url: str, work: Callable[[Connection], None]) -> None:
    async def run() -> None:
        database = Database(url=database_url)
        try:
            async with database.transaction() as tx:
                await tx.run_sync(work)
        finally:
            await database.close()

    # Alembic is synchronous and the drivers are not; a thread of its own works inside a running loop, too.
    with ThreadPoolExecutor(max_workers=1) as pool:
        pool.submit(lambda: asyncio.run(run())).result()
