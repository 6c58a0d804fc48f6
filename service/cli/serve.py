"""`dualtrack serve`: the service, and with it the worker unless told otherwise."""

import asyncio
import gc
import importlib
import json
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import structlog
import typer
import uvicorn
import uvloop
from fastapi import FastAPI

from service.cli import app
from service.cli.database.poolers import pooler_fault
from service.cli.processes.ending import told_to_end
from service.cli.processes.figures import telling_figures
from service.cli.processes.parent import Parent
from service.cli.processes.sockets import bound, metrics_socket, refuse
from service.domain.refusals import Unavailable
from service.house import House, Reaching, opened, sending, working
from service.logs import configure_logs
from service.middleware import wrap
from service.middleware.deadline import DeadlineProtocol
from service.middleware.rate_limit import Rate
from service.settings import MOST_PROCESSES, Settings, load_settings
from service.usecases.access import KeyRing
from service.usecases.system import readiness

_LOG = structlog.get_logger("dualtrack.serve")
DRAIN_SECONDS = 20
CLOSE_SECONDS = 10
"""How long a process may take beyond that to give back what it holds."""


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port, else DUALTRACK_PORT; 0 takes a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on, else DUALTRACK_HOST.")] = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, max=MOST_PROCESSES, help="Server processes, else DUALTRACK_PROCESSES. Postgres only."),
    ] = None,
    no_dispatcher: Annotated[bool, typer.Option("--no-dispatcher", help="Leave the worker to `dispatch`.")] = False,
    inherited: Annotated[int | None, typer.Option("--socket", hidden=True)] = None,
    parent: Annotated[int | None, typer.Option("--parent", hidden=True)] = None,
    spool: Annotated[Path | None, typer.Option("--spool", hidden=True)] = None,
    metrics: Annotated[int | None, typer.Option("--metrics-socket", hidden=True)] = None,
) -> None:
    """Serve requests until SIGTERM, then finish what is under way and exit 0. Exit code 2: it cannot start.

    With --processes above 1 so many processes share the socket, and the worker has one of its own.

    Example: dualtrack serve --port 8000
    """
    settings = load_settings()
    settings.required_secret_key()
    configure_logs(level=settings.log_level)
    if inherited is not None:
        listening = socket.socket(fileno=inherited)
        told = None if metrics is None else socket.socket(fileno=metrics)
        uvloop.run(_serve(settings, listening, with_worker=not no_dispatcher, parent=parent, spool=spool, metrics=told))
        return
    wanted = processes or settings.processes
    if wanted > 1 and settings.database_url.startswith("sqlite"):
        refuse(f"{settings.database_label} is served by one process. Use Postgres for {wanted}, or --processes 1.")
    listening = bound(
        host or settings.host, port if port is not None else settings.port, remedy="Choose another with --port."
    )
    if wanted > 1:
        raise typer.Exit(_with_children(settings, listening, servers=wanted, with_worker=not no_dispatcher))
    uvloop.run(_serve(settings, listening, with_worker=not no_dispatcher, metrics=metrics_socket(settings)))


def _with_children(settings: Settings, listening: socket.socket, *, servers: int, with_worker: bool) -> int:
    with _shared_folder() as spool:
        parent = Parent(
            listening,
            servers=servers,
            with_worker=with_worker,
            patience_seconds=DRAIN_SECONDS + CLOSE_SECONDS,
            spool=spool,
            metrics=metrics_socket(settings),
        )
        return asyncio.run(parent.run(served=lambda: _say_where(listening)))


@contextmanager
def _shared_folder() -> Generator[str | None]:
    """Where processes share their figures; None where nothing can be written, and then each tells its own."""
    try:
        folder = TemporaryDirectory(prefix="dualtrack-figures-", ignore_cleanup_errors=True)
    except OSError as error:
        _LOG.warning("figures are told of one process at a time: no temporary folder", error=type(error).__name__)
        yield None
        return
    with folder as name:
        yield name


async def _serve(
    settings: Settings,
    listening: socket.socket,
    *,
    with_worker: bool,
    parent: int | None = None,
    spool: Path | None = None,
    metrics: socket.socket | None = None,
) -> None:
    async with opened(settings, spool=spool) as house, sending(settings) as office:
        await _refuse_unusable(house)
        server = http_server(house, office, parent=parent)
        # What is made once and lives on need not be looked through whenever garbage is collected.
        gc.collect()
        gc.freeze()
        _say_where(listening)
        address, chosen = listening.getsockname()[:2]
        _LOG.info(
            "serving", host=address, port=chosen, database=settings.database_label, journal=house.database.journal
        )
        async with telling_figures(house, metrics):
            if with_worker:
                await _with_worker(house, office, server, listening)
            else:
                await _telling_others(house, server, listening)


def _say_where(listening: socket.socket) -> None:
    """The line for whoever started this."""
    address, port = listening.getsockname()[:2]
    typer.echo(json.dumps({"event": "listening", "url": f"http://{address}:{port}"}))


async def _telling_others(house: House, server: uvicorn.Server, listening: socket.socket) -> None:
    """Without a worker here, those of other processes are told of what this one commits."""
    await house.wake.start()
    try:
        await server.serve(sockets=[listening])
    finally:
        await house.wake.close()


def http_server(house: House, office: Reaching, *, parent: int | None = None) -> uvicorn.Server:
    """The server over all use cases, to be given a socket that is bound already. It ends when `parent` closes."""
    return server_over(_surfaces().create_app(house, office), house.settings, parent=parent)


def _surfaces() -> Any:
    """The module that makes the application, which is most of what is loaded: a parent of servers does without."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return importlib.import_module("service.app")
    finally:
        if was_enabled:
            gc.enable()


def server_over(app: FastAPI, settings: Settings, *, parent: int | None = None) -> uvicorn.Server:
    """The same over an application that is made already."""
    keys: KeyRing = app.state.office.keys
    rate = (
        Rate(amount=settings.quota[0], seconds=settings.quota[1], caller_of=keys.actor_of) if settings.quota else None
    )
    return _Server(
        parent,
        uvicorn.Config(
            wrap(
                app,
                hosts=settings.allowed_hosts,
                rate=rate,
                office=app.state.office,
                book=app.state.spool.book,
                spans=app.state.spans,
            ),
            http=DeadlineProtocol,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            date_header=True,
            access_log=False,
            log_config=None,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        ),
        before_drain=app.state.streams.end,
    )


class _Server(uvicorn.Server):
    """Ends on a signal by draining and nothing more: its own way raises the signal again, and we promise exit 0.

    Streams would never end by themselves: `before_drain` tells them to.
    """

    def __init__(self, parent: int | None, config: uvicorn.Config, *, before_drain: Callable[[], None]) -> None:
        super().__init__(config)
        self._parent = parent
        self._before_drain = before_drain

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before_drain()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        with told_to_end(lambda number: self.handle_exit(number, None), parent=self._parent):
            yield


async def _with_worker(house: House, office: Reaching, server: uvicorn.Server, listening: socket.socket) -> None:
    async with working(house, office) as worker:
        running = asyncio.create_task(worker.run())

        def end(_task: object) -> None:
            server.should_exit = True

        running.add_done_callback(end)
        await server.serve(sockets=[listening])
        worker.stop()
        await running


async def _refuse_unusable(house: House) -> None:
    """Exit with one clear line where serving would only fail later."""
    if not house.database.hold_process_lock():
        refuse(f"{house.settings.database_label} is served by another process. SQLite has one: stop that one first.")
    try:
        if fault := await pooler_fault(house):
            refuse(fault)
        if house.runtime.replica and await house.runtime.replica.is_foreign():
            refuse("DUALTRACK_DATABASE_READ_URL leads to a database that is no replica of DUALTRACK_DATABASE_URL's.")
        found = await readiness(house.runtime)
    except Unavailable:
        refuse(f"{house.settings.database_label} does not answer. Check that it runs and DUALTRACK_DATABASE_URL.")
    if not found.ready:
        refuse(
            f"the database is at revision {found.schema_revision or 'none'}, this release works with "
            f"{found.schema_head}: run `dualtrack migrate` first."
        )
