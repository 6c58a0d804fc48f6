"""Migrated databases for one run, on a disk and with every commit flushed to it, as in production."""

import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import asyncpg

from bench.harness import Plan
from bench.machine import REST, pin
from service.storage.journals import safest_journal
from service.storage.migrate import upgrade
from tests import postgres

EngineName = Literal["sqlite", "postgres"]
DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "512MB",
    "checkpoint_timeout": "15min",
}
"""What differs from the server of the tests, whose commits wait for no disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelter:
    """A place for databases of one engine. `server` is a Postgres address, or None for SQLite."""

    folder: Path
    server: str | None

    @property
    def engine(self) -> EngineName:
        return "sqlite" if self.server is None else "postgres"

    @asynccontextmanager
    async def database(self, *, like: str | None = None) -> AsyncGenerator[str]:
        """The address of a database that is gone after the block: a migrated one, or a copy of `like`.

        Nobody may be connected to `like`.
        """
        name = f"dualtrack_bench_{secrets.token_hex(6)}"
        if self.server is None:
            path = self.folder / f"{name}.db"
            if like:
                shutil.copyfile(like.removeprefix("sqlite:///"), path)
            url = f"sqlite:///{path}"
            if not like:
                upgrade(url)
            yield url
            return
        template = f'TEMPLATE "{urlsplit(like).path[1:]}"' if like else ""
        await _execute(self.server, f'CREATE DATABASE "{name}" {template}')
        url = urlsplit(self.server)._replace(path=f"/{name}").geturl()
        try:
            if not like:
                upgrade(url)
            yield url
        finally:
            await _execute(self.server, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def shelter(engine: EngineName) -> Generator[Shelter]:
    """A folder on a disk, and on Postgres a server in it unless DUALTRACK_TEST_POSTGRES_URL names one."""
    folder = Path(tempfile.mkdtemp(prefix="dualtrack-bench-"))
    before = os.sched_getaffinity(0)
    try:
        if engine == "sqlite":
            yield Shelter(folder=folder, server=None)
        else:
            postgres.CONFIGURATION.update(DURABLE)
            # The server and all its processes stay where this process is when it starts them.
            pin(REST)
            server = postgres.server_url(folder)
            pin(before)
            yield Shelter(folder=folder, server=server)
    finally:
        pin(before)
        postgres.stop_server(folder)
        shutil.rmtree(folder)


async def describe(plan: Plan, place: Shelter) -> None:
    """Print what the engine is and whether its commits wait for the disk."""
    if place.server is None:
        plan.say(f"sqlite: journal {safest_journal()}, synchronous FULL")
        return
    connection = await asyncpg.connect(place.server)
    version = await connection.fetchval("SHOW server_version")
    names = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    found = [f"{name} {await connection.fetchval(f'SHOW {name}')}" for name in names]
    await connection.close()
    plan.say(f"PostgreSQL {version}: {', '.join(found)}")


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute(statement)
    await connection.close()
