"""A way to a database that the test can cut: what goes over it is passed on as it is."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Relay:
    """`url` is the database's address by way of the relay."""

    def __init__(self, database: str) -> None:
        parts = urlsplit(database)
        self._place = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._database = parts
        self._server: asyncio.Server | None = None
        self._port = 0
        self._under_way: set[asyncio.StreamWriter] = set()
        self._running: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        account = f"{self._database.username}@" if self._database.username else ""
        return self._database._replace(netloc=f"{account}127.0.0.1:{self._port}").geturl()

    async def mend(self) -> None:
        """Connections are taken, again under the same address."""
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Every connection ends at once and none is taken."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._under_way):
            writer.transport.abort()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, out = await asyncio.open_connection(*self._place)
        self._under_way |= {writer, out}
        task = asyncio.current_task()
        assert task
        self._running.add(task)
        try:
            await asyncio.gather(_pump(reader, out), _pump(back, writer))
        finally:
            self._under_way -= {writer, out}
            self._running.discard(task)


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    except OSError:
        pass
    finally:
        target.close()


@asynccontextmanager
async def a_relay(database: str) -> AsyncGenerator[Relay]:
    relay = Relay(database)
    await relay.mend()
    try:
        yield relay
    finally:
        await relay.cut()
