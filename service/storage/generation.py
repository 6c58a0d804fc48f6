"""The generation: one number that definitions and keys raise. Whoever remembers either compares it before each use."""

import sqlite3
from pathlib import Path

from sqlalchemy import BigInteger, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.tables import generation

_RAISE = update(generation).values(value=generation.c.value + literal(1, BigInteger)).returning(generation.c.value)
_CURRENT = select(generation.c.value)


async def raise_generation(tx: AsyncConnection) -> int:
    """Tell every replica that what it remembers of definitions and keys is old, once `tx` commits."""
    return (await tx.execute(_RAISE)).scalar_one()


async def current_generation(connection: AsyncConnection) -> int:
    return (await connection.execute(_CURRENT)).scalar_one()


class InlineGeneration:
    """Reads the number in a SQLite file where the caller is, on no other thread: that takes microseconds.

    The connection is nobody else's, so its `data_version` moves with every commit to the file, those of this process
    too. The number itself is read only then.
    """

    def __init__(self, path: Path) -> None:
        # It never waits for a lock: whoever calls holds up everybody.
        self._connection = sqlite3.connect(path, timeout=0, isolation_level=None)
        self._connection.execute("PRAGMA query_only=ON")
        self._version: int | None = None
        self._value = -1

    def read(self) -> int | None:
        """The number as committed last; None while the file is locked for a commit, or cannot be read."""
        try:
            (version,) = self._connection.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                # The version is read before the number: what is committed between them moves it again.
                (self._value,) = self._connection.execute("SELECT value FROM generation").fetchone()
                self._version = version
        except sqlite3.Error:
            self._version = None
            return None
        return self._value

    def close(self) -> None:
        self._connection.close()
