"""`dualtrack init`: a company folder to begin with."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli import REFUSED, app
from service.cli.folders.telling import visible
from service.ladderfiles.writing import NotEmpty, copy_folder
from service.resources import folder as shipped


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to make; it must not exist yet, or be empty.")],
) -> None:
    """Make a small commented company folder that lints clean and applies. Change it into yours.

    Beside it lie the JSON Schemas, so that editors complete and explain what is written.

    Exit code 1: the folder is not empty or cannot be written.

    Example: dualtrack init company
    """
    try:
        files = copy_folder(shipped("examples") / "template", folder, schemas=shipped("schemas"))
    except NotEmpty:
        typer.echo(f"dualtrack: {folder} is not empty. Name a folder that does not exist yet.", err=True)
        raise typer.Exit(REFUSED) from None
    except OSError as error:
        typer.echo(f"dualtrack: {folder} cannot be written ({error.strerror}).", err=True)
        raise typer.Exit(REFUSED) from None
    for file in files:
        typer.echo(visible(f"wrote {folder / file}"))
    typer.echo(visible(f"Next: dualtrack lint {folder}, then dualtrack apply {folder}"))
