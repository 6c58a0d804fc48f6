"""A server on a socket within the process of a test."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import uvicorn


def bound() -> tuple[socket.socket, str]:
    """A listening socket of loopback, and the URL it has."""
    # By its protocol asyncio knows it for TCP and has answers sent at once: else each waits 40 ms for the client.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(128)
    return listening, f"http://127.0.0.1:{listening.getsockname()[1]}"


def calling(url: str, *, seconds: float) -> httpx.AsyncClient:
    """A client of what listens there. It loads no certificates, which takes longer than most tests."""
    return httpx.AsyncClient(base_url=url, trust_env=False, timeout=seconds, verify=False)


@asynccontextmanager
async def running(server: uvicorn.Server, listening: socket.socket) -> AsyncGenerator[None]:
    """Serve until the block ends, or what is in it sets `should_exit`.

    `Server.serve` would do, but for the two tenths of a second that it takes to notice its end and to wait for
    clients; hundreds of tests have none left by then. How a process ends is tested with processes.
    """
    config = server.config
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[listening])
    serving = asyncio.create_task(_until_told(server))
    try:
        yield
    finally:
        if server.should_exit or server.server_state.tasks:
            server.should_exit = True
            await serving
        serving.cancel()
        for connection in list(server.server_state.connections):
            connection.shutdown()
        for one in server.servers:
            one.close()
            await one.wait_closed()


async def _until_told(server: uvicorn.Server) -> None:
    await server.main_loop()
    await server.shutdown()
