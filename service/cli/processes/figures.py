"""The figures of one process: written for its siblings, and told on a port of their own where one is set."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn

from service.house import House
from service.middleware.deadline import DeadlineProtocol
from service.middleware.metrics_port import MetricsPort

_LOG = structlog.get_logger("dualtrack.metrics")
LAST_SECONDS = 5


@asynccontextmanager
async def telling_figures(house: House, listening: socket.socket | None) -> AsyncGenerator[None]:
    """Share and tell figures until the block ends; `listening` is the socket of the metrics port, None without one."""
    running = [asyncio.create_task(house.spool.run())]
    server = _server(house) if listening else None
    if server and listening:
        host, port = listening.getsockname()[:2]
        _LOG.info("metrics are told without a key", host=host, port=port)
        running.append(asyncio.create_task(server.serve(sockets=[listening])))
    try:
        yield
    finally:
        if server:
            server.should_exit = True
            await running.pop()
        running[0].cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _server(house: House) -> uvicorn.Server:
    return _Quiet(
        uvicorn.Config(
            MetricsPort(house.runtime, house.spool),
            http=DeadlineProtocol,
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=LAST_SECONDS,
        )
    )


class _Quiet(uvicorn.Server):
    """Signals are for the process, which ends this one."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield
