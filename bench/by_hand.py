"""The limit of a receipt: the statements of a write on the driver itself, then the POST, in one process."""

import sqlite3
from collections.abc import Sequence
from typing import Any, Protocol

import asyncpg
import orjson

from bench.capture import Statement
from service.storage.journals import safest_journal


class Writer(Protocol):
    async def write(self, statements: Sequence[Statement]) -> None:
        """All of them in one transaction."""
        ...

    async def close(self) -> None: ...


class PostgresWriter:
    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def write(self, statements: Sequence[Statement]) -> None:
        async with self._connection.transaction():
            for one in statements:
                if one.many:
                    await self._connection.executemany(one.text, one.rows)
                else:
                    await self._connection.fetch(one.text, *one.parameters)

    async def close(self) -> None:
        await self._connection.close()


class SQLiteWriter:
    """As durable as the service: the same journal, every commit flushed."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in (f"journal_mode={safest_journal()}", "synchronous=FULL", "foreign_keys=ON", "cache_spill=OFF"):
            self._connection.execute(f"PRAGMA {pragma}")

    async def write(self, statements: Sequence[Statement]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for one in statements:
            for row in one.rows:
                self._connection.execute(one.text, tuple(row)).fetchall()
        self._connection.execute("COMMIT")

    async def close(self) -> None:
        self._connection.close()


async def open_writer(url: str) -> Writer:
    if url.startswith("sqlite"):
        return SQLiteWriter(url.removeprefix("sqlite:///"))
    return PostgresWriter(await asyncpg.connect(url))


def event_of(statements: Sequence[Statement]) -> tuple[str, bytes]:
    """Id and body of the one event that the statements write."""
    for one in statements:
        if one.text.startswith("INSERT INTO event "):
            columns = one.text.partition("(")[2].partition(")")[0].split(", ")
            (row,) = one.rows
            found = dict(zip(columns, row, strict=True))
            return str(found["id"]), orjson.loads(str(found["bodies"]))["v1"].encode()
    raise LookupError("the statements write no event")
