"""Applying definitions to the database of the settings, or trying to."""

from typing import Any

import typer

from service.cli import REFUSED
from service.cli.database import migrated
from service.cli.folders.telling import visible
from service.domain.access import OPERATOR
from service.domain.findings import DocumentRejected
from service.domain.refusals import Refused, Unavailable
from service.ladderfiles.folder import Folder as Read
from service.settings import Settings
from service.usecases.definitions import apply_definitions
from service.usecases.folders import Folder


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
