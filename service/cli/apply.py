"""`dualtrack apply`: publish a company folder."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from service.app import opened
from service.cli import REFUSED, UNUSABLE, app
from service.domain.access import OPERATOR
from service.domain.findings import DocumentRejected
from service.domain.refusals import Refused
from service.ladderfiles.folder import Folder as Read
from service.ladderfiles.folder import read_folder
from service.settings import Settings, load_settings
from service.usecases.definitions import Folder, apply_definitions


@app.command()
def apply(folder: Annotated[Path, typer.Argument(help="Folder with company.yaml, ladders/ and bands/.")]) -> None:
    """Publish what is new in a company folder, all of it or nothing.

    Exit code 1: refused, with file, line and remedy of every finding; 2: there is no such folder.

    Example: dualtrack apply examples/demo
    """
    settings = load_settings()
    if not folder.is_dir():
        typer.echo(f"dualtrack: {folder} is no folder. Name one that holds company.yaml.", err=True)
        raise typer.Exit(UNUSABLE)
    read = read_folder(folder)
    for located in read.findings:
        typer.echo(str(located), err=True)
    if not read.is_usable or read.company is None:
        raise typer.Exit(REFUSED)
    wanted = Folder(company=read.company, ladders=read.ladders, bandsets=read.bandsets)
    try:
        answer = asyncio.run(_apply(settings, wanted))
    except DocumentRejected as rejected:
        _show(read, rejected)
        raise typer.Exit(REFUSED) from None
    except Refused as refused:
        typer.echo(f"dualtrack: {refused.code}: {refused.detail}", err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(_told(answer))


async def _apply(settings: Settings, folder: Folder) -> Any:
    async with opened(settings) as house:
        return (await apply_definitions(house.runtime, OPERATOR, folder)).answer


def _show(read: Read, rejected: DocumentRejected) -> None:
    for finding in rejected.findings:
        typer.echo(str(read.locate(finding)), err=True)


def _told(answer: Any) -> str:
    if answer["recorded_at"] is None:
        return "nothing new: all of it is published already"
    parts = [*(["the company"] if answer["company"] else []), *answer["ladders"], *answer["bands"]]
    return f"published {', '.join(parts)} at {answer['recorded_at']}"
