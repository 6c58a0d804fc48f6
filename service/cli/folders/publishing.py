"""Applying definitions to the database of the settings, or trying to."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import typer

from service.app import House, opened
from service.cli import REFUSED, UNUSABLE
from service.cli.folders.telling import visible
from service.domain.access import OPERATOR
from service.domain.findings import DocumentRejected
from service.domain.refusals import Refused, Unavailable
from service.ladderfiles.folder import Folder as Read
from service.settings import Settings
from service.usecases.definitions import apply_definitions
from service.usecases.folders import Folder
from service.usecases.system import readiness


@asynccontextmanager
async def migrated(settings: Settings) -> AsyncGenerator[House]:
    """The use cases over a database that this release works with. Exits with 2 when it is not migrated."""
    # Opened for the look alone: while a reader is open, SQLite does not let a writer set the journal mode.
    async with opened(settings) as house:
        ready = (await readiness(house.runtime)).ready
    if not ready:
        typer.echo("dualtrack: the database is not at this release's schema: run `dualtrack migrate`.", err=True)
        raise typer.Exit(UNUSABLE)
    async with opened(settings) as house:
        yield house


async def publish(settings: Settings, folder: Folder, *, base: str | None, dry_run: bool, read: Read | None) -> Any:
    """The JSON value of an Applied. Tells why and exits with 1 when it is refused. Raises Unavailable.

    `read` is where the folder was read from, so that findings name files; None for a saved plan.
    """
    try:
        async with migrated(settings) as house:
            outcome = await apply_definitions(house.runtime, OPERATOR, folder, base=base, dry_run=dry_run)
    except DocumentRejected as rejected:
        for finding in rejected.findings:
            place = str(read.locate(finding)) if read else f"{finding.pointer} {finding.rule} {finding.message}"
            typer.echo(visible(place), err=True)
        raise typer.Exit(REFUSED) from None
    except Unavailable:
        raise
    except Refused as refused:
        typer.echo(f"dualtrack: {refused.code}: {refused.detail}", err=True)
        raise typer.Exit(REFUSED) from None
    return outcome.answer
