"""`dualtrack migrate`: bring the database to this release's schema."""

import asyncio
from typing import Annotated

import typer

from service.cli import REFUSED, app
from service.house import migrate_database, opened
from service.settings import Settings, load_settings
from service.usecases.system import Readiness, readiness


@app.command()
def migrate(
    check: Annotated[bool, typer.Option("--check", help="Only say whether there is something to do.")] = False,
) -> None:
    """Bring the database to this release's schema, in one transaction. With --check, exit code 1: it is not there.

    Example: dualtrack migrate --check
    """
    settings = load_settings()
    if not check:
        migrate_database(settings)
    found = asyncio.run(_look(settings))
    if found.ready:
        typer.echo(f"{settings.database_label} is at revision {found.schema_head}")
        return
    typer.echo(f"{settings.database_label} is at {found.schema_revision or 'no revision'}, not at {found.schema_head}")
    raise typer.Exit(REFUSED)


async def _look(settings: Settings) -> Readiness:
    async with opened(settings) as house:
        return await readiness(house.runtime)
