"""Telling the dispatcher that there is work, at once after the commit that made it, and whoever reads along.

Never inside a business transaction: NOTIFY takes a lock of the whole cluster at commit. The first wake goes out
at once, only what follows within five milliseconds is gathered: waiting for the end of a burst made the first
delivery several times later. A wake that is lost costs at most the dispatcher's idle pause.
"""

import asyncio
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from service.webhooks.driver import AWAY, connect

CHANNEL = "dualtrack_wake"
GATHER_SECONDS = 0.005
RECONNECT_SECONDS = 1.0
LAST_SECONDS = 0.5


class Signal:
    """Set while nobody waits, it is not lost: the next `wait` returns at once. For one waiter, who clears it."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def set(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            pass
        self._event.clear()


@contextmanager
def deaf() -> Generator[Signal]:
    """A signal that nobody sets: whoever waits for it looks again when his time is over."""
    yield Signal()


class Wake(Protocol):
    """A wake that comes while nobody waits is not lost: the next `wait` returns at once."""

    def wake(self) -> None:
        """Tell every dispatcher."""
        ...

    def nudge(self) -> None:
        """Tell the dispatcher of this process only, of what concerns nobody else."""
        ...

    def listen(self) -> AbstractContextManager[Signal]:
        """Hear every wake beside the dispatcher, of this process and of others."""
        ...

    async def start(self) -> None: ...

    async def wait(self, seconds: float) -> None: ...

    async def close(self) -> None: ...


class EmbeddedWake:
    """Service and dispatcher in one process."""

    def __init__(self) -> None:
        self._signal = Signal()
        self._listeners: set[Signal] = set()

    def wake(self) -> None:
        self._tell_all()

    def nudge(self) -> None:
        self._signal.set()

    @contextmanager
    def listen(self) -> Generator[Signal]:
        """A signal of the caller's own, set by every wake until the block ends; nudges are none of its business."""
        signal = Signal()
        self._listeners.add(signal)
        try:
            yield signal
        finally:
            self._listeners.discard(signal)

    def _tell_all(self) -> None:
        self.nudge()
        for signal in self._listeners:
            signal.set()

    async def start(self) -> None:
        """Nothing to connect to."""

    async def wait(self, seconds: float) -> None:
        await self._signal.wait(seconds)

    async def close(self) -> None:
        """Nothing to close."""


class PostgresWake(EmbeddedWake):
    """Any number of processes: each listens on a connection of its own and notifies on the same.

    `url` goes past a connection pooler, whose transactions would lose the LISTEN. Without the connection the
    dispatcher polls; it is made again in the background.
    """

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        self._keeper: asyncio.Task[None] | None = None
        self._pending = asyncio.Event()
        self._told = asyncio.Event()
        self._told.set()

    def wake(self) -> None:
        super().wake()
        self._pending.set()
        self._told.clear()

    async def start(self) -> None:
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep())

    async def close(self) -> None:
        if self._keeper is not None:
            await self._tell_the_last()
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None

    async def _tell_the_last(self) -> None:
        try:
            async with asyncio.timeout(LAST_SECONDS):
                await self._told.wait()
        except TimeoutError:
            # The server is away. Whoever is to be told finds it at the end of his pause.
            pass

    async def _keep(self) -> None:
        while True:
            try:
                connection = await connect(self._url)
            except AWAY:
                await asyncio.sleep(RECONNECT_SECONDS)
                continue
            try:
                await self._serve(connection)
            except AWAY:
                # It is made again. Until then the dispatcher's own pause finds what is due.
                pass
            finally:
                connection.terminate()

    async def _serve(self, connection: Any) -> None:
        """Hear others, and tell them: the leading edge at once, the rest of a burst together."""
        await connection.add_listener(CHANNEL, self._heard)
        connection.add_termination_listener(self._ended)
        # What was told while nobody listened is looked for.
        self._tell_all()
        while True:
            await self._pending.wait()
            self._pending.clear()
            await connection.execute(f"NOTIFY {CHANNEL}")
            self._told.set()
            await asyncio.sleep(GATHER_SECONDS)

    def _ended(self, _connection: object) -> None:
        self._pending.set()

    def _heard(self, _connection: object, _process: int, _channel: str, _payload: str) -> None:
        self._tell_all()
