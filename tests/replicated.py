"""Two servers, of which one replays what the other records, and stops and goes on as the test says."""

import asyncio
import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from service.storage.migrate import upgrade
from tests.postgres import REPLICATED, Cluster, end_server, start_again, start_cluster, start_replica

TEMPLATE = "migrated"
PATIENCE_SECONDS = 60.0


@dataclass(slots=True, kw_only=True)
class Pair:
    primary: Cluster
    replica: Cluster
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def stop_replica(self) -> None:
        end_server(self.replica.pid)

    def start_replica(self) -> None:
        self.replica = start_again(self.replica)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One test's migrated database: `url` on the primary, `read_url` on the replica."""

    url: str
    read_url: str

    async def pause(self) -> None:
        """From now on nothing arrives at the replica."""
        await self._replica("SELECT pg_wal_replay_pause()")
        await self._until("SELECT pg_get_wal_replay_pause_state() = 'paused'")

    async def go_on(self) -> None:
        await self._replica("SELECT pg_wal_replay_resume()")

    async def caught_up(self) -> None:
        """Until the replica has all that is recorded now."""
        server = await asyncpg.connect(self.url)
        position = await server.fetchval("SELECT pg_current_wal_insert_lsn()::text")
        await server.close()
        await self._until(f"SELECT pg_last_wal_replay_lsn() >= '{position}'")

    async def _until(self, condition: str) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self._replica(condition):
                pass

    async def _replica(self, question: str) -> object:
        server = await asyncpg.connect(urlsplit(self.read_url)._replace(path="/postgres").geturl())
        try:
            return await server.fetchval(question)
        finally:
            await server.close()


@contextmanager
def a_pair(folder: Path) -> Generator[Pair]:
    """`folder` is that of the run, directly below which servers can be."""
    primary = start_cluster(folder / f"primary-{os.getpid()}", REPLICATED)
    try:
        asyncio.run(_ask(primary.url, f"CREATE DATABASE {TEMPLATE}"))
        upgrade(_named(primary, TEMPLATE))
        pair = Pair(primary=primary, replica=start_replica(primary, folder / f"replica-{os.getpid()}"))
        try:
            yield pair
        finally:
            pair.stop_replica()
    finally:
        end_server(primary.pid)


@asynccontextmanager
async def a_copy(pair: Pair) -> AsyncGenerator[Copied]:
    name = f"copied_{next(pair._numbers)}"
    await _ask(pair.primary.url, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    copied = Copied(url=_named(pair.primary, name), read_url=_named(pair.replica, name))
    await copied.caught_up()
    try:
        yield copied
    finally:
        await copied.go_on()


async def _ask(url: str, statement: str) -> None:
    server = await asyncpg.connect(url)
    await server.execute(statement)
    await server.close()


def _named(cluster: Cluster, name: str) -> str:
    return urlsplit(cluster.url)._replace(path=f"/{name}").geturl()
