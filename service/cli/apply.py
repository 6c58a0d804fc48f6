"""`dualtrack apply`: publish a company folder, or a saved plan."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli import app
from service.cli.folders.opening import usable_folder
from service.cli.folders.publishing import publish
from service.cli.folders.saved import load
from service.settings import load_settings


@app.command()
def apply(
    source: Annotated[
        Path, typer.Argument(help="Folder with company.yaml, ladders/ and bands/, or a plan saved by `plan -o`.")
    ],
) -> None:
    """Publish what is new in a company folder, all of it or nothing.

    A saved plan is refused when anything was published since it was made.

    Exit code 1: refused, with file, line and remedy of every finding; 2: there is no such folder or plan.

    Example: dualtrack apply examples/demo
    """
    settings = load_settings()
    if os.path.isfile(source):
        saved = load(source)
        answer = asyncio.run(publish(settings, saved.folder, base=saved.base, dry_run=False, read=None))
    else:
        read, wanted = usable_folder(source)
        answer = asyncio.run(publish(settings, wanted, base="*", dry_run=False, read=read))
    typer.echo(_told(answer))


def _told(answer: Any) -> str:
    if answer["recorded_at"] is None:
        return "nothing new: all of it is published already"
    parts = [*(["the company"] if answer["company"] else []), *answer["ladders"], *answer["bands"]]
    return f"published {', '.join(parts)} at {answer['recorded_at']}"
