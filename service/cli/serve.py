"""`dualtrack serve`: the service, and with it the worker unless told otherwise."""

import asyncio
import gc
import json
import signal
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import structlog
import typer
import uvicorn
import uvloop

from service.app import House, create_app, opened, sending, working
from service.cli import UNUSABLE, app
from service.domain.refusals import Unavailable
from service.logs import configure_logs
from service.middleware import wrap
from service.middleware.deadline import DeadlineProtocol
from service.settings import Settings, load_settings
from service.usecases.endpoints import Sending
from service.usecases.system import readiness

_LOG = structlog.get_logger("dualtrack.serve")
DRAIN_SECONDS = 20
MOST_CONNECTIONS = 2_000


@app.command()
def serve(
    port: Annotated[int | None, typer.Option(help="Port, else DUALTRACK_PORT; 0 takes a free one.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on, else DUALTRACK_HOST.")] = None,
    no_dispatcher: Annotated[bool, typer.Option("--no-dispatcher", help="Leave the worker to `dispatch`.")] = False,
) -> None:
    """Serve requests until SIGTERM, then finish what is under way and exit 0. Exit code 2: it cannot start.

    Example: dualtrack serve --port 8000
    """
    settings = load_settings()
    settings.required_secret_key()
    configure_logs(level=settings.log_level)
    listening = _bound(host or settings.host, port if port is not None else settings.port)
    uvloop.run(_serve(settings, listening, with_worker=not no_dispatcher))


async def _serve(settings: Settings, listening: socket.socket, *, with_worker: bool) -> None:
    async with opened(settings) as house, sending(settings) as office:
        await _refuse_unusable(house)
        server = http_server(house, office)
        # What is made once and lives on need not be looked through whenever garbage is collected.
        gc.collect()
        gc.freeze()
        address, chosen = listening.getsockname()[:2]
        typer.echo(json.dumps({"event": "listening", "url": f"http://{address}:{chosen}"}))
        _LOG.info(
            "serving", host=address, port=chosen, database=settings.database_label, journal=house.database.journal
        )
        if with_worker:
            await _with_worker(house, office, server, listening)
        else:
            await _telling_others(house, server, listening)


async def _telling_others(house: House, server: uvicorn.Server, listening: socket.socket) -> None:
    """Without a worker here, those of other processes are told of what this one commits."""
    await house.wake.start()
    try:
        await server.serve(sockets=[listening])
    finally:
        await house.wake.close()


def http_server(house: House, office: Sending) -> uvicorn.Server:
    """The server over all use cases, to be given a socket that is bound already."""
    surface = create_app(house, office)
    return _Server(
        uvicorn.Config(
            wrap(surface, hosts=house.settings.allowed_hosts, office=surface.state.office),
            http=DeadlineProtocol,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            date_header=True,
            access_log=False,
            log_config=None,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
    )


class _Server(uvicorn.Server):
    """Ends on a signal by draining and nothing more: its own way raises the signal again, and we promise exit 0."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        caught = (signal.SIGTERM, signal.SIGINT)
        for number in caught:
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in caught:
                loop.remove_signal_handler(number)


async def _with_worker(house: House, office: Sending, server: uvicorn.Server, listening: socket.socket) -> None:
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
        _refuse(f"{house.settings.database_label} is served by another process. SQLite has one: stop that one first.")
    try:
        found = await readiness(house.runtime)
    except Unavailable:
        _refuse(f"{house.settings.database_label} does not answer. Check that it runs and DUALTRACK_DATABASE_URL.")
    if not found.ready:
        _refuse(
            f"the database is at revision {found.schema_revision or 'none'}, this release works with "
            f"{found.schema_head}: run `dualtrack migrate` first."
        )


def _bound(host: str, port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # Whoever reads the address may connect at once, before the server takes the socket over.
        listening.listen(2048)
    except OSError as error:
        _refuse(f"cannot listen on {host} port {port}: {error.strerror}. Choose another with --port.")
    return listening


def _refuse(why: str) -> NoReturn:
    typer.echo(f"dualtrack: {why}", err=True)
    raise typer.Exit(UNUSABLE)
