"""Engines, transactions and the clock: the one place of storage that knows which database it speaks to.

SQLite: one writer connection, every write transaction is BEGIN IMMEDIATE (a deferred one that reads and
then writes fails at once when another commit came between), synchronous FULL, no cache spill (a spilling
writer takes the exclusive lock early and starves every reader). Busy waiting happens in the connection's
own thread, never on the event loop. WAL only where the library has the fix of its reset bug.
Postgres: a pool; reads run in autocommit, one statement one snapshot, since every answer is bounded by the
recorder's instant and not by a snapshot.
"""

import fcntl
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO, Any, Literal

from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from service.domain.refusals import Unavailable
from service.storage import sqlite_connection
from service.storage.journals import Journal, journal_for
from service.storage.pools import in_use_and_most
from service.storage.postgres_engine import leads_through_pooler, postgres_engine
from service.storage.raw import PostgresReader, RawReader, SQLiteReader

Dialect = Literal["sqlite", "postgresql"]

BUSY_TIMEOUT_MS = 5_000
RETRYABLE = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the whole unit of work may run again."""

AWAY = ("08", "28", "3D000", "53300", "57P")
"""SQLSTATEs of a server that takes no connection of ours: broken off, not allowed in, no such database, full, down."""

DEFINITIONS_LOCK = 0x64756C74
"""Advisory lock: writers on people share it, an apply of definitions takes it alone."""
UPKEEP_LOCK = 0x64756C75
"""Advisory lock: of all processes, one at a time keeps house."""


class Database:
    """The database of one deployment.

    `raw` reads on the bare driver. `pool_size` counts the Postgres connections of both ways, at least 2.

    `clock` replaces the process clock by a function that returns microseconds since the epoch, UTC; it
    then also drives the recorder. Without it Postgres itself says what time it is. `pooled` says that `url` is
    that of a connection pooler; `direct_url` then goes past it.
    """

    def __init__(
        self,
        *,
        url: str,
        journal: Journal = "auto",
        pool_size: int = 10,
        clock: Callable[[], int] | None = None,
        pooled: bool = False,
        direct_url: str | None = None,
        connect_seconds: float = 60.0,
        wait_seconds: float = 5.0,
    ) -> None:
        self._url = driver_url(url)
        self._direct_url = driver_url(direct_url or url)
        self.dialect: Dialect = "sqlite" if self._url.get_backend_name() == "sqlite" else "postgresql"
        self._clock = clock
        self._process_lock: IO[str] | None = None
        self._journal_is_set = False
        if self.dialect == "sqlite":
            self.journal = journal_for(journal)
            self._writer = _sqlite_engine(self._url, journal=self.journal, writer=True)
            self._reader = _sqlite_engine(self._url, journal=self.journal, writer=False)
            self.raw: RawReader = SQLiteReader(Path(self._url.database or ""), ready=lambda: self._journal_is_set)
        else:
            self.journal = "none"
            # A hot read keeps its connection for a moment only: a third of them are enough.
            for_hot = max(1, pool_size // 3)
            self._writer = postgres_engine(
                self._url,
                pool_size=pool_size - for_hot,
                pooled=pooled,
                connect_seconds=connect_seconds,
                wait_seconds=wait_seconds,
            )
            self._reader = self._writer.execution_options(isolation_level="AUTOCOMMIT")
            self.raw = PostgresReader(_plain(self._url), size=for_hot, pooled=pooled)

    @property
    def path(self) -> Path | None:
        """The SQLite file; None on Postgres."""
        return Path(self._url.database or "") if self.dialect == "sqlite" else None

    @property
    def plain_url(self) -> str:
        """The address of the server itself as a driver takes it, password included: never for logs."""
        return _plain(self._direct_url)

    def now_us(self) -> int:
        """Microseconds since the epoch by the process, or by the clock given at construction."""
        return self._clock() if self._clock else time.time_ns() // 1000

    def monotonic(self) -> float:
        """Seconds by a clock that nobody sets, to tell how old something remembered is; never for the record."""
        return time.monotonic()

    def given_now(self) -> int | None:
        """The instant (µs) that statements are given; None where the database's own clock is to tell it."""
        return self.now_us() if self.dialect == "sqlite" or self._clock else None

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncConnection]:
        """A write transaction: committed when the block ends, rolled back when it raises.

        Raises Unavailable: `busy` when no connection or no write lock was to be had in time, `database-away` when
        the server does not answer. Then it is not known whether a commit that was under way took place.
        """
        with _unavailable():
            async with self._writer.connect() as connection:
                self._journal_is_set = True
                async with connection.begin():
                    yield connection

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A connection for reading; each statement sees what is committed when it starts.

        Raises Unavailable as `transaction` does, and `busy` where a replica gave a statement up to go on replaying.
        """
        with _unavailable(given_up=True):
            await self._set_journal()
            async with self._reader.connect() as connection:
                yield connection

    async def _set_journal(self) -> None:
        """Once, before the first reader: the journal of a SQLite file can be changed only while nobody reads it."""
        if self.dialect == "sqlite" and not self._journal_is_set:
            async with self._writer.connect():
                self._journal_is_set = True

    def connections(self) -> dict[str, tuple[int, int]]:
        """By pool, how many are in use and how many there may be; what reads on the bare driver has its own."""
        return in_use_and_most(self._writer, self._reader)

    async def pooler_at(self, which: Literal["address", "direct address"]) -> bool:
        """Whether a connection pooler answers there. Raises Unavailable when nobody does."""
        if self.dialect == "sqlite":
            return False
        with _unavailable():
            return await leads_through_pooler(self._url if which == "address" else self._direct_url)

    async def share_definitions(self, tx: AsyncConnection) -> None:
        """Keep definitions from changing until `tx` ends; other writers on people go on."""
        await self._advisory_lock(tx, "pg_advisory_xact_lock_shared", DEFINITIONS_LOCK)

    async def own_definitions(self, tx: AsyncConnection) -> None:
        """Keep everybody from deciding by definitions until `tx` ends."""
        await self._advisory_lock(tx, "pg_advisory_xact_lock", DEFINITIONS_LOCK)

    async def keep_house_alone(self, tx: AsyncConnection) -> None:
        """Wait until no other process keeps house, and keep others from it until `tx` ends."""
        await self._advisory_lock(tx, "pg_advisory_xact_lock", UPKEEP_LOCK)

    async def _advisory_lock(self, tx: AsyncConnection, function: str, number: int) -> None:
        # SQLite has one writer at a time, which is this lock.
        if self.dialect == "postgresql":
            await tx.execute(text(f"SELECT {function}({number})"))

    def hold_process_lock(self) -> bool:
        """Claim the SQLite file for this process as its server. False when another process serves it already."""
        if self.path is None or self._process_lock is not None:
            return True
        handle = open(f"{self.path}.lock", "w", encoding="ascii")  # noqa: SIM115 - held until the process ends
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return False
        self._process_lock = handle
        return True

    async def close(self) -> None:
        await self.raw.close()
        await self._reader.dispose()
        await self._writer.dispose()
        if self._process_lock is not None:
            self._process_lock.close()
            self._process_lock = None


def _plain(url: URL) -> str:
    """As a driver takes it, password included: never for logs."""
    return url.set(drivername=url.get_backend_name()).render_as_string(hide_password=False)


def driver_url(url: str) -> URL:
    """The address as SQLAlchemy wants it: `postgresql://…` goes to asyncpg, `sqlite:///file` to aiosqlite.

    Raises ValueError for another system and for an in-memory SQLite, which would lose what was accepted.
    """
    parsed = make_url(url)
    backend = parsed.get_backend_name()
    if backend in {"postgresql", "postgres"}:
        return parsed.set(drivername="postgresql+asyncpg")
    if backend != "sqlite":
        raise ValueError(f"the database must be sqlite:///path or postgresql://…, not {backend}")
    if parsed.database in {None, "", ":memory:"}:
        raise ValueError("an in-memory database keeps nothing: name a file, as in sqlite:///dualtrack.db")
    return parsed.set(drivername="sqlite+aiosqlite")


def is_retryable(error: BaseException) -> bool:
    """Whether the whole unit of work may be run again: Postgres lost a race, nothing was kept."""
    if not isinstance(error, DBAPIError):
        return False
    return getattr(error.orig, "sqlstate", None) in RETRYABLE


def is_busy(error: DBAPIError) -> bool:
    """Whether SQLite gave up waiting for another process's write lock."""
    return "database is locked" in str(error.orig)


@contextmanager
def _unavailable(*, given_up: bool = False) -> Generator[None]:
    """What the drivers raise when the database has no time or is not there, as what a caller can act on.

    `given_up`: so is what may run again as a whole. Writes are run again by who began them.
    """
    try:
        yield
    except PoolTimeout as error:
        raise _busy() from error
    except OSError as error:
        raise _away() from error
    except DBAPIError as error:
        if is_busy(error) or (given_up and is_retryable(error)):
            raise _busy() from error
        if error.connection_invalidated or str(getattr(error.orig, "sqlstate", "")).startswith(AWAY):
            raise _away() from error
        raise


def _away() -> Unavailable:
    return Unavailable(
        "database-away", "The database does not answer. Send it again when it does, under the same Idempotency-Key."
    )


def _busy() -> Unavailable:
    return Unavailable("busy", "The database had no room for this request in time. Send it again in a moment.")


def _sqlite_engine(url: URL, *, journal: str, writer: bool) -> AsyncEngine:
    async def open_file() -> Any:
        return await sqlite_connection.connect(url.database or "")

    engine = create_async_engine(
        url,
        pool_size=1 if writer else 4,
        max_overflow=0,
        pool_timeout=BUSY_TIMEOUT_MS / 1000,
        async_creator=open_file,
    )

    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA foreign_keys=ON")
        if writer:
            cursor.execute(f"PRAGMA journal_mode={journal}")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA cache_spill=OFF")
        else:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    def on_begin(connection: Any) -> None:
        if writer:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine.sync_engine, "connect", on_connect)
    event.listen(engine.sync_engine, "begin", on_begin)
    return engine
