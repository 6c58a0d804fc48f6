"""`dualtrack contracts`: writes or checks the files that are made from the code."""

from pathlib import Path
from typing import Annotated

import typer

from service import contracts as made
from service.cli import REFUSED, UNUSABLE, app


@app.command()
def contracts(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when a file differs.")] = False,
    root: Annotated[Path, typer.Option(help="The checkout to write into.")] = Path("."),
) -> None:
    """Write openapi.yaml and schemas/ from the code. Exit code 1: --check found a difference; 2: not a checkout.

    Example: dualtrack contracts --check
    """
    if not (root / "pyproject.toml").is_file():
        typer.echo(f"dualtrack: {root} is no checkout of dualtrack. Run this where pyproject.toml is.", err=True)
        raise typer.Exit(UNUSABLE)
    if not check:
        for name in made.write(root):
            typer.echo(f"wrote {name}")
        return
    found = made.differences(root)
    for text in found:
        typer.echo(text)
    if found:
        typer.echo("The files above are not as the code makes them. Run: make contracts", err=True)
        raise typer.Exit(REFUSED)
