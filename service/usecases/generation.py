"""Which generation is in force, told to every request: what a process remembers holds for one generation only.

SQLite says by itself whether anything was committed, so each request asks it. Replicas on Postgres read the number
four times a second in the background; when the last answer is older than a second, each request reads it. So what is
published or revoked is seen everywhere within a second, and in the process that did it at once.
"""

import asyncio
from contextvars import Context

from service.domain.refusals import Unavailable
from service.storage.database import Database
from service.storage.generation import InlineGeneration, current_generation

PERIOD_SECONDS = 0.25
TRUSTED_SECONDS = 1.0
"""An answer older than this says nothing about now."""


class GenerationWatch:
    """One for a process. It begins to watch when it is asked first and ends with `close`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._value = -1
        self._asked_at = float("-inf")
        self._raises = 0
        self._inline: InlineGeneration | None = None
        self._is_looked_up = False
        self._watching: asyncio.Task[None] | None = None

    def known(self) -> int | None:
        """The generation where that can be told at once; None: await `current`."""
        if self._inline is None:
            return self._value if self._database.monotonic() - self._asked_at < TRUSTED_SECONDS else None
        if not self._is_looked_up:
            value = self._inline.read()
            if value is None:
                return None
            self._value = value
            # Requests of one turn of the loop came in before it began: one look is after them all.
            self._is_looked_up = True
            asyncio.get_running_loop().call_soon(self._look_again)
        return self._value

    async def current(self) -> int:
        """Raises Unavailable when the database does not answer."""
        known = self.known()
        return known if known is not None else await self._ask()

    def raised(self, value: int) -> None:
        """This process has committed a write that raised the generation to `value`."""
        self._raises += 1
        self._value, self._asked_at = value, self._database.monotonic()
        self._is_looked_up = False

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self._inline is not None:
            self._inline.close()
            self._inline = None

    async def _ask(self) -> int:
        begun, raises = self._database.monotonic(), self._raises
        async with self._database.read() as connection:
            value = await current_generation(connection)
        # What was asked later, or raised here meanwhile, is newer.
        if raises == self._raises and begun >= self._asked_at:
            self._value, self._asked_at = value, begun
        self._begin()
        return self._value

    def _begin(self) -> None:
        """Once the database has answered for the first time: then its file is there, in its journal mode."""
        if self._database.path is not None:
            self._inline = self._inline or InlineGeneration(self._database.path)
        elif self._watching is None or self._watching.done():
            # In a context of its own: it outlives the request that happens to begin it.
            self._watching = asyncio.get_running_loop().create_task(self._watch(), context=Context())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(PERIOD_SECONDS)
            try:
                async with asyncio.timeout(TRUSTED_SECONDS):
                    await self._ask()
            except (Unavailable, TimeoutError):
                # Nobody is told: from now on each request asks for itself, and is told.
                continue

    def _look_again(self) -> None:
        self._is_looked_up = False
