"""`dualtrack plan`: what applying a folder would change, whom it touches and what it costs at the least."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from service.cli import REFUSED, UNUSABLE, app
from service.cli.folders.opening import usable_folder
from service.cli.folders.publishing import publish
from service.cli.folders.saved import save
from service.cli.folders.telling import json_text, plan_lines
from service.settings import load_settings


@app.command()
def plan(
    folder: Annotated[Path, typer.Argument(help="Folder with company.yaml, ladders/ and bands/.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Save the plan for `dualtrack apply`.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The plan as one JSON document.")] = False,
) -> None:
    """Show what `apply` would publish: + comes, - goes, ~ becomes something else. Nothing is kept.

    Exit code 0: nothing to publish; 2: changes are pending, or there is no such folder; 1: refused.

    Example: dualtrack plan examples/demo -o plan.json
    """
    settings = load_settings()
    read, wanted = usable_folder(folder)
    found = asyncio.run(publish(settings, wanted, base=None, dry_run=True, read=read))
    if output is not None:
        try:
            save(output, wanted, found)
        except OSError as error:
            typer.echo(f"dualtrack: {output} cannot be written ({error.strerror}).", err=True)
            raise typer.Exit(REFUSED) from None
    typer.echo(json_text(found) if as_json else "\n".join(plan_lines(found, read)))
    if found["company"] or found["ladders"] or found["bands"]:
        raise typer.Exit(UNUSABLE)
