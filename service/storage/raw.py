"""Reading on the bare driver, for the few statements that are asked a thousand times a second (`hot.py` lists them).

Connecting, one statement and giving back through SQLAlchemy took 700 to 800 us of CPU where the whole answer should
take 500. A statement here is one transaction of its own on a connection of its own, which only reads: nothing here
ever happens inside a transaction of SQLAlchemy's, so nothing can commit or be lost beside one.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from service.webhooks.driver import AWAY, Pool, open_reading_pool

WAIT_SECONDS = 5.0
"""How long a statement may wait for a connection and run."""
AGAIN_SECONDS = 1.0
"""How long nothing is tried after a pool could not be opened: whoever asks meanwhile should not wait for it."""

HOLD_UP_SECONDS = 0.02
"""How long a statement may run inline, where everybody else waits for it."""
_STEPS = 2_000
"""Instructions of SQLite's machine between two looks at the clock, some tens of microseconds."""


class Unready(Exception):
    """No answer this way now. The ordinary way has one, or says what is wrong."""


class RawReader(Protocol):
    async def row(self, statement: str, *parameters: object) -> Sequence[Any] | None:
        """The first row, None without one. Raises Unready."""
        ...

    async def rows(self, statement: str, *parameters: object) -> Sequence[Sequence[Any]]:
        """All rows. Raises Unready."""
        ...

    async def close(self) -> None: ...


class SQLiteReader:
    """Inline on the event loop: a point read takes 10 us, crossing to a thread and back ten times that.

    It never waits for a lock: a busy file is Unready at once, and so is a statement that would hold up everybody.
    `ready` says whether the file may be opened.
    """

    def __init__(self, path: Path, *, ready: Callable[[], bool]) -> None:
        self._path = path
        self._ready = ready
        self._connection: sqlite3.Connection | None = None
        self._until = 0.0

    async def row(self, statement: str, *parameters: object) -> Sequence[Any] | None:
        rows = await self.rows(statement, *parameters)
        return rows[0] if rows else None

    async def rows(self, statement: str, *parameters: object) -> Sequence[Sequence[Any]]:
        self._until = time.monotonic() + HOLD_UP_SECONDS
        try:
            connection = self._connection or self._open()
            # All rows are fetched: a statement that is not at its end would keep its snapshot.
            return connection.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise Unready from error

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if not self._ready():
            raise Unready
        self._connection = sqlite3.connect(self._path, isolation_level=None, timeout=0)
        self._connection.execute("PRAGMA query_only=ON")
        self._connection.set_progress_handler(lambda: time.monotonic() > self._until, _STEPS)
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
        rows = await self.rows(statement, *parameters)
        return rows[0] if rows else None

    async def rows(self, statement: str, *parameters: object) -> Sequence[Sequence[Any]]:
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                pool = self._pool or await self._open()
                # A record has names, and places like any row.
                return await pool.fetch(statement, *parameters)  # pyright: ignore[reportReturnType]
        except AWAY as error:
            raise Unready from error

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def _open(self) -> Pool:
        async with self._opening:
            if self._pool is None:
                if time.monotonic() < self._not_before:
                    raise Unready
                try:
                    self._pool = await open_reading_pool(
                        self._url, size=self._size, command_seconds=WAIT_SECONDS, keep_statements=not self._pooled
                    )
                except BaseException:
                    self._not_before = time.monotonic() + AGAIN_SECONDS
                    raise
            return self._pool
