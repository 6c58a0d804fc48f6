"""A SQLite connection for SQLAlchemy's asyncio dialect that crosses to its thread once a statement.

The dialect is written against aiosqlite, which crosses five times: to make a cursor, enter it, execute, fetch and
close. A use case of thirteen statements spent most of its time on that. What is here has the interface that the
dialect uses, on `sqlite3` itself: a statement is executed and fetched whole in one crossing, a cursor is nothing
but the answer. Waiting for a lock happens in the thread, never on the event loop.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


async def connect(database: str) -> "Connection":
    """Open a file in a thread of its own. Nothing begins a transaction but a statement that says so."""
    thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sqlite")
    try:
        # Closing without waiting may happen elsewhere; else only the thread uses it.
        made = await _in(thread, lambda: sqlite3.connect(database, isolation_level=None, check_same_thread=False))
    except BaseException:
        thread.shutdown(wait=False)
        raise
    return Connection(made, thread)


class Connection:
    """One connection and its thread; statements of it run one after the other."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._thread = thread

    def cursor(self) -> "Cursor":
        return Cursor(self)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with the connection in its thread. Raises sqlite3.ProgrammingError when it is closed."""
        connection = self._connection
        if connection is None:
            raise sqlite3.ProgrammingError("connection closed")
        return await _in(self._thread, lambda: work(connection))

    async def commit(self) -> None:
        await self.run(sqlite3.Connection.commit)

    async def rollback(self) -> None:
        await self.run(sqlite3.Connection.rollback)

    async def create_function(self, *args: Any, **options: Any) -> None:
        await self.run(lambda connection: connection.create_function(*args, **options))

    async def close(self) -> None:
        """Closing again does nothing."""
        if self._connection is not None:
            try:
                await self.run(sqlite3.Connection.close)
            finally:
                self._connection = None
                self._thread.shutdown(wait=False)

    def stop(self) -> None:
        """Close without waiting: the thread ends behind what it is doing."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._thread.submit(connection.close)
            self._thread.shutdown(wait=False)


class Cursor:
    """The answer of one statement, fetched whole."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, operation: str, parameters: Any = ()) -> "Cursor":
        def work(connection: sqlite3.Connection) -> None:
            self._take(connection.execute(operation, parameters))

        await self._connection.run(work)
        return self

    async def executemany(self, operation: str, parameters: Sequence[Any]) -> "Cursor":
        def work(connection: sqlite3.Connection) -> None:
            self._take(connection.executemany(operation, parameters))

        await self._connection.run(work)
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    def _take(self, done: sqlite3.Cursor) -> None:
        self.description = done.description
        self._rows = done.fetchall() if done.description else []
        self.rowcount = done.rowcount
        self.lastrowid = done.lastrowid
        done.close()


async def _in(thread: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(thread, work)
