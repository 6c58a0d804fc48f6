"""`dualtrack sync`: people of a connected system, taken in beside the database."""

import json
import time
from typing import Annotated

import typer

from service.cli import REFUSED, app
from service.cli.connecting.telling import is_well, progress_text, sync_lines
from service.cli.connecting.working import run
from service.connectors.desk import ConnectionDesk
from service.connectors.readings import Reading
from service.domain.access import OPERATOR
from service.domain.intake_reports import IntakeReport
from service.domain.wire import plain
from service.house import House, Reaching
from service.usecases.connection_syncs import ShownSync

PROGRESS_SECONDS = 2.0
"""How often it is told how far it has come."""


@app.command()
def sync(
    connection: Annotated[str, typer.Argument(metavar="KEY", help="Key or id of the connection.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would come of it.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Read all of it again instead of what changed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")] = False,
) -> None:
    """Take in what changed in a connected system, the first time everything. Progress goes to standard error.

    It can be ended at any time, also by kill: the same command then finds done what was done.

    Exit code 0: all was taken in; 1: it was not, and each problem is told; 130: it was ended.

    Example: dualtrack sync hris --dry-run
    """

    async def work(_house: House, _office: Reaching, desk: ConnectionDesk) -> ShownSync:
        opened = await desk.opened(OPERATOR, connection)
        reading = Reading(desk.tools, opened, OPERATOR, dry_run=dry_run, everything=full)
        await reading.run(_Progress())
        return reading.shown

    told = run(work)
    if as_json:
        typer.echo(json.dumps(plain(told), ensure_ascii=False))
    else:
        typer.echo("\n".join(sync_lines(told)))
    if not is_well(told):
        raise typer.Exit(REFUSED)


class _Progress:
    def __init__(self) -> None:
        self._told_at = time.monotonic()

    def __call__(self, report: IntakeReport) -> None:
        if time.monotonic() - self._told_at >= PROGRESS_SECONDS:
            self._told_at = time.monotonic()
            typer.echo(progress_text(report), err=True)
