"""Reading on the bare driver, for the few statements that are asked a thousand times a second (`hot.py` lists them).

Connecting, one statement and giving back through SQLAlchemy took 700 to 800 us of CPU where the whole answer should
take 500. A statement here is one transaction of its own on a connection of its own, which only reads: nothing here
ever happens inside a transaction of SQLAlchemy's, so nothing can commit or be lost beside one.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from service.webhooks.driver import AWAY, Pool, open_reading_pool

WAIT_SECONDS = 5.0
"""How long a statement may wait for a connection and run."""
AGAIN_SECONDS = 1.0
"""How long nothing is tried after a pool could not be opened: whoever asks meanwhile should not wait for it."""


class Unready(Exception):
    """No answer this way now. The ordinary way has one, or says what is wrong."""


class RawReader(Protocol):
    async def row(self, statement: str, *parameters: object) -> Sequence[Any] | None:
        """The first row, None without one. Raises Unready."""
        ...

    async def close(self) -> None: ...


class SQLiteReader:
    """Inline on the event loop: a point read takes 10 us, crossing to a thread and back ten times that.

    It never waits for a lock: a busy file is Unready at once. `ready` says whether the file may be opened.
    """

    def __init__(self, path: Path, *, ready: Callable[[], bool]) -> None:
        self._path = path
        self._ready = ready
        self._connection: sqlite3.Connection | None = None

    async def row(self, statement: str, *parameters: object) -> Sequence[Any] | None:
        try:
            connection = self._connection or self._open()
            # All rows are fetched: a statement that is not at its end would keep its snapshot.
            rows = connection.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise Unready from error
        return rows[0] if rows else None

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if not self._ready():
            raise Unready
        self._connection = sqlite3.connect(self._path, isolation_level=None, timeout=0)
        self._connection.execute("PRAGMA query_only=ON")
        return self._connection


class PostgresReader:
    """A pool of asyncpg's own. `size` is how many connections it holds at most; none before the first statement.

    `pooled`: the address is that of a connection pooler, behind which no statement may keep a name.
    """

    def __init__(self, url: str, *, size: int, pooled: bool) -> None:
        self._url = url
        self._pooled = pooled
        self._size = size
        self._pool: Pool | None = None
        self._opening = asyncio.Lock()
        self._not_before = 0.0

    async def row(self, statement: str, *parameters: object) -> Sequence[Any] | None:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                pool = self._pool or await self._open()
                rows = await pool.fetch(statement, *parameters)
        except AWAY as error:
            raise Unready from error
        # A record has names, and places like any row.
        return rows[0] if rows else None  # pyright: ignore[reportReturnType]

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def _open(self) -> Pool:
        time = asyncio.get_running_loop().time
        async with self._opening:
            if self._pool is None:
                if time() < self._not_before:
                    raise Unready
                try:
                    self._pool = await open_reading_pool(
                        self._url, size=self._size, command_seconds=WAIT_SECONDS, keep_statements=not self._pooled
                    )
                except BaseException:
                    self._not_before = time() + AGAIN_SECONDS
                    raise
            return self._pool
