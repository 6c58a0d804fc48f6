"""`dualtrack dispatch`: the worker alone, beside any number of services on the same Postgres."""

import socket
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from service.cli import UNUSABLE, app
from service.cli.database.poolers import pooler_fault
from service.cli.processes.ending import told_to_end
from service.cli.processes.figures import telling_figures
from service.cli.processes.sockets import metrics_socket
from service.domain.refusals import Unavailable
from service.house import opened, sending, working
from service.logs import configure_logs
from service.settings import Settings, load_settings
from service.usecases.system import readiness


@app.command()
def dispatch(
    parent: Annotated[int | None, typer.Option("--parent", hidden=True)] = None,
    spool: Annotated[Path | None, typer.Option("--spool", hidden=True)] = None,
) -> None:
    """Let planned changes take effect and send events until SIGTERM, then exit 0. Exit code 2: it cannot start.

    Example: dualtrack dispatch
    """
    settings = load_settings()
    settings.required_secret_key()
    configure_logs(level=settings.log_level)
    # With a parent the servers beside it tell its figures.
    metrics = None if parent is not None else metrics_socket(settings)
    uvloop.run(_dispatch(settings, parent, spool, metrics))


async def _dispatch(settings: Settings, parent: int | None, spool: Path | None, metrics: socket.socket | None) -> None:
    async with opened(settings, spool=spool) as house, sending(settings) as office, working(house, office) as worker:
        if not house.database.hold_process_lock():
            typer.echo("dualtrack: this SQLite file is served by another process, which sends too.", err=True)
            raise typer.Exit(UNUSABLE)
        try:
            if fault := await pooler_fault(house):
                typer.echo(f"dualtrack: {fault}", err=True)
                raise typer.Exit(UNUSABLE)
            ready = (await readiness(house.runtime)).ready
        except Unavailable:
            typer.echo(f"dualtrack: {settings.database_label} does not answer. Check that it runs.", err=True)
            raise typer.Exit(UNUSABLE) from None
        if not ready:
            typer.echo("dualtrack: the database is not at this release's schema: run `dualtrack migrate`.", err=True)
            raise typer.Exit(UNUSABLE)
        with told_to_end(lambda _number: worker.stop(), parent=parent):
            async with telling_figures(house, metrics):
                await worker.run()
