"""The database that commands work on beside the server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import typer

from service.cli import UNUSABLE
from service.house import House, opened
from service.settings import Settings
from service.usecases.system import readiness


@asynccontextmanager
async def migrated(settings: Settings) -> AsyncGenerator[House]:
    """The use cases over a database that this release works with. Exits with 2 when it is not migrated."""
    async with opened(settings) as house:
        if not (await readiness(house.runtime)).ready:
            typer.echo("dualtrack: the database is not at this release's schema: run `dualtrack migrate`.", err=True)
            raise typer.Exit(UNUSABLE)
        yield house
