"""The limit of everything that writes much: the rows that a round of the service wrote, loaded elsewhere by hand.

Nothing is decided there. What the service only alters is altered by statements of the benchmark's.
"""

import os
import sqlite3
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import asyncpg

from bench.harness import Run, Sample
from bench.machine import SERVING, cpu_seconds, pin

SINCE = {"change": "recorded_at", "assignment": "known_from", "event": "recorded_at", "audit": "recorded_at"}
"""Tables in which the record leaves rows, with the column that tells since when they are known."""


class Taken:
    """Rows that a round of the service wrote, in files, to be loaded elsewhere in the same order of rounds."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._rounds = 0
        self._loaded = 0

    async def take(self, since: int) -> None:
        for table in SINCE:
            if self._url.startswith("sqlite"):
                self._copy_sqlite(table, since)
            else:
                connection = await asyncpg.connect(self._url)
                query = f'SELECT * FROM "{table}" WHERE {SINCE[table]} > {since}'
                await connection.copy_from_query(query, output=self._file(table, self._rounds), format="binary")
                await connection.close()
        self._rounds += 1

    def next_file(self) -> Callable[[str], Path]:
        number, self._loaded = self._loaded, self._loaded + 1
        return lambda table: self._file(table, number)

    def _file(self, table: str, number: int) -> Path:
        return self._folder / f"taken-{number}-{table}"

    def _copy_sqlite(self, table: str, since: int) -> None:
        connection = sqlite3.connect(self._file(table, self._rounds), isolation_level=None)
        connection.execute("ATTACH ? AS ours", (self._url.removeprefix("sqlite:///"),))
        connection.execute(f'CREATE TABLE taken AS SELECT * FROM ours."{table}" WHERE {SINCE[table]} > {since}')
        connection.close()


def by_hand(url: str, count: int, taken: Taken, altering: Callable[[], Sequence[str]]) -> Run:
    """Load what the service wrote in the round of the same number; `altering` gives the statements before it."""
    load = _load_sqlite if url.startswith("sqlite") else _load_postgres

    async def run() -> Sample:
        files, statements = taken.next_file(), altering()
        return await timed_once(lambda: load(url, files, statements), count)

    return run


async def timed_once(work: Callable[[], Awaitable[None]], count: int) -> Sample:
    """One piece of work that does `count` things."""
    pin(SERVING)
    used, begun = cpu_seconds(os.getpid()), time.monotonic()
    await work()
    return Sample(count=count, seconds=time.monotonic() - begun, cpu_seconds=cpu_seconds(os.getpid()) - used)


async def _load_postgres(url: str, files: Callable[[str], Path], statements: Sequence[str]) -> None:
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        for statement in statements:
            await connection.execute(statement)
        for table in SINCE:
            await connection.copy_to_table(table, source=files(table), format="binary")
    await connection.close()


async def _load_sqlite(url: str, files: Callable[[str], Path], statements: Sequence[str]) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("BEGIN IMMEDIATE")
    for statement in statements:
        connection.execute(statement)
    for table in SINCE:
        taken = sqlite3.connect(files(table))
        rows = taken.execute("SELECT * FROM taken")
        marks = ", ".join("?" for _ in rows.description)
        connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
        taken.close()
    connection.execute("COMMIT")
    connection.close()
