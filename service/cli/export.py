"""`dualtrack export`: write what is published as a company folder."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from service.cli import REFUSED, app
from service.cli.database import migrated
from service.cli.folders.telling import visible
from service.domain.access import OPERATOR
from service.ladderfiles.writing import NotEmpty, write_folder
from service.resources import folder as shipped
from service.settings import Settings, load_settings
from service.usecases.definitions import AllDefinitions, read_definitions


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write; it must not exist yet, or be empty.")],
) -> None:
    """Write the published definitions as files: the latest version of each ladder and every band set.

    Applying them again changes nothing. Comments of the files that were applied are not kept.

    Exit code 1: nothing is published, or the folder is not empty.

    Example: dualtrack export company
    """
    found = asyncio.run(_read(load_settings()))
    if found.company is None:
        typer.echo("dualtrack: nothing is published yet. Apply a folder first: dualtrack apply FOLDER", err=True)
        raise typer.Exit(REFUSED)
    try:
        count = write_folder(
            folder, company=found.company, ladders=found.ladders, bands=found.bands, schemas=shipped("schemas")
        )
    except NotEmpty:
        typer.echo(f"dualtrack: {folder} is not empty. Name a folder that does not exist yet.", err=True)
        raise typer.Exit(REFUSED) from None
    except OSError as error:
        typer.echo(f"dualtrack: {folder} cannot be written ({error.strerror}).", err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(visible(f"wrote {count} files to {folder}"))


async def _read(settings: Settings) -> AllDefinitions:
    async with migrated(settings) as house:
        found, _ = await read_definitions(house.runtime, OPERATOR)
        return found
