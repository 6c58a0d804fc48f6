"""`dualtrack contracts`: writes or checks the files that are made from the code."""

from pathlib import Path
from typing import Annotated

import typer

from service import contracts as made
from service.cli import REFUSED, UNUSABLE, app


@app.command()
def contracts(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when a file differs or a release is broken.")
    ] = False,
    release: Annotated[
        bool, typer.Option("--release", help="Also keep them in released/: later ones may only add to them.")
    ] = False,
    root: Annotated[Path, typer.Option(help="The checkout to write into.")] = Path("."),
) -> None:
    """Write openapi.yaml and schemas/ from the code.

    Exit code 1: --check found a file that is not as the code makes it, or something that the last release promised
    and that is gone or changed; 2: not a checkout.

    Example: dualtrack contracts --check
    """
    if not (root / "pyproject.toml").is_file():
        typer.echo(f"dualtrack: {root} is no checkout of dualtrack. Run this where pyproject.toml is.", err=True)
        raise typer.Exit(UNUSABLE)
    if not check:
        for name in [*made.write(root), *(made.release(root) if release else [])]:
            typer.echo(f"wrote {name}")
        return
    drifted, broken = made.differences(root), made.breaks(root)
    for text in [*drifted, *broken]:
        typer.echo(text)
    if drifted:
        typer.echo("The files above are not as the code makes them. Run: make contracts", err=True)
    if broken:
        typer.echo("The last release promised what is named above. Add beside it, and leave it as it was.", err=True)
    if drifted or broken:
        raise typer.Exit(REFUSED)
