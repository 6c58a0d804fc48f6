"""A streaming replica that answers readings in the primary's place, and when it does not.

A replica replays commits in their order on the primary, and the recorder's row is the last that each of them
takes. So what a replica shows up to its own recorder's instant is all there is up to there, as on the primary.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from service.domain.refusals import Unavailable
from service.storage import migrate, recorder
from service.storage.database import Database
from service.storage.definitions import DefinitionsShelf

_LOG = structlog.get_logger("dualtrack.replica")
ANSWER_SECONDS = 2.0
"""A replica that takes longer to say how far it is counts as away."""
AWAY_SECONDS = 5.0
"""How long nobody asks a replica that was away."""
WAIT_SECONDS = 2.0
"""How long a reading waits for the replica to reach its instant."""
_FIRST_PAUSE_SECONDS = 0.005
_MOST_PAUSE_SECONDS = 0.1

_IDENTITY = text(
    "SELECT (SELECT system_identifier FROM pg_control_system()),"
    " (SELECT oid::bigint FROM pg_database WHERE datname = current_database())"
)


class Replica:
    """Closed by `close`. `shelf` keeps definitions as the replica has them, which may be older ones."""

    def __init__(self, primary: Database, *, url: str, pool_size: int, pooled: bool) -> None:
        self.shelf = DefinitionsShelf()
        self._primary = primary
        self._database = Database(
            url=url, pool_size=pool_size, pooled=pooled, connect_seconds=ANSWER_SECONDS, wait_seconds=ANSWER_SECONDS
        )
        self._fit = False
        self._away_until = 0.0
        self._why_away: str | None = None
        self._missed: int | None = None

    async def enter(
        self, stack: AsyncExitStack, *, known_at: int | None, settle: Callable[[], Awaitable[None]]
    ) -> AsyncConnection | None:
        """A connection, kept by `stack`, that shows all that was recorded by `known_at` (µs); None: ask the primary.

        Without `known_at` it shows whatever has arrived. `settle` makes the instant final on the primary. It is
        awaited once, and only when the replica is not there yet; what it raises is raised.
        """
        now = asyncio.get_running_loop().time
        deadline: float | None = None
        pause = _FIRST_PAUSE_SECONDS
        while opened := await self._open():
            own, connection, at = opened
            if known_at is None or at >= known_at:
                stack.push_async_exit(own)
                return connection
            await own.aclose()
            if deadline is None:
                await settle()
                deadline = now() + self._patience(at)
            if now() >= deadline:
                self._missed = self._missed or known_at
                return None
            await asyncio.sleep(pause)
            pause = min(2 * pause, _MOST_PAUSE_SECONDS)
        return None

    @property
    def ready(self) -> Database | None:
        """Where statements can be asked at once; None while it has not shown, or no longer shows, that it is fit."""
        return self._database if self._fit else None

    async def reached(self) -> int | None:
        """The instant (µs) up to which everything has arrived; None while the replica is away."""
        opened = await self._open()
        if opened is None:
            return None
        own, _, at = opened
        await own.aclose()
        return at

    async def is_foreign(self) -> bool:
        """Whether the address leads to another database than the primary's. False while one of them is away."""
        try:
            async with self._database.read() as connection:
                return not await self._is_of_the_primary(connection)
        except Unavailable:
            return False

    async def is_behind_pooler(self) -> bool:
        """False also while nobody answers there."""
        try:
            return await self._database.pooler_at("address")
        except Unavailable:
            return False

    async def close(self) -> None:
        await self._database.close()

    def _patience(self, at: int) -> float:
        """Once a reading has waited in vain, none waits until the replica has reached what that one wanted."""
        if self._missed is not None and at >= self._missed:
            self._missed = None
        return WAIT_SECONDS if self._missed is None else 0.0

    async def _open(self) -> tuple[AsyncExitStack, AsyncConnection, int] | None:
        """A connection and how far the replica is, on that very connection: behind one address there may be several."""
        if asyncio.get_running_loop().time() < self._away_until:
            return None
        async with AsyncExitStack() as own:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    connection = await own.enter_async_context(self._database.read())
                    if not self._fit and (why := await self._unfit(connection)):
                        return self._note_away(why)
                    at = await recorder.latest(connection)
            except Unavailable as error:
                # No room there is no fault of the replica: this one reading goes to the primary.
                return None if error.code == "busy" else self._note_away("it does not answer")
            except (TimeoutError, OSError, DBAPIError):
                return self._note_away("it does not answer")
            self._note_back()
            return own.pop_all(), connection, at
        raise AssertionError("the block returns or raises")

    async def _unfit(self, connection: AsyncConnection) -> str | None:
        """Asked each time the replica comes back: why it cannot answer, None when it can."""
        if not await self._is_of_the_primary(connection):
            return "it is no replica of this database"
        if await migrate.revision_of(connection) != migrate.head():
            return "the schema of this release has not arrived"
        return None

    async def _is_of_the_primary(self, connection: AsyncConnection) -> bool:
        mine = (await connection.execute(_IDENTITY)).one()
        async with self._primary.read() as other:
            return (await other.execute(_IDENTITY)).one() == mine

    def _note_away(self, why: str) -> None:
        self._fit = False
        self._away_until = asyncio.get_running_loop().time() + AWAY_SECONDS
        if why != self._why_away:
            _LOG.warning("the read replica is not asked, the primary answers", reason=why)
        self._why_away = why

    def _note_back(self) -> None:
        self._fit = True
        if self._why_away is not None:
            _LOG.info("the read replica answers again")
        self._why_away = None
