"""Answers that last: server-sent events and reads that wait, ended by whoever of the two sides leaves first.

Nothing piles up: the next event is asked for when the one before it is written, and who does not read is left.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.problems import SurfaceProblem

T = TypeVar("T")

MEDIA = "text/event-stream"
HEARTBEAT_SECONDS = 15.0
WRITE_SECONDS = 30.0
"""How long a caller may leave unread what is written to it, before it is left."""
LAST_WRITE_SECONDS = 1.0
"""The same for the last words of a process that ends."""
MOST_FOR_A_KEY = 8
_HEARTBEAT = b":\n\n"


class Streams:
    """Every stream, and every read that waits, of this process that is open."""

    def __init__(
        self,
        *,
        most_for_a_key: int = MOST_FOR_A_KEY,
        heartbeat: float = HEARTBEAT_SECONDS,
        write_seconds: float = WRITE_SECONDS,
    ) -> None:
        self.heartbeat = heartbeat
        self.write_seconds = write_seconds
        self.ending = asyncio.Event()
        self._most = most_for_a_key
        self._open: Counter[str] = Counter()

    def end(self) -> None:
        """Tell every stream to complete, so that the process can end; streams that begin later complete at once."""
        self.ending.set()

    def enter(self, key: str) -> None:
        """Raises SurfaceProblem `too-many-subscriptions`."""
        if self._open[key] >= self._most:
            raise SurfaceProblem(
                "too-many-subscriptions",
                f"A key has at most {self._most} streams and waiting reads open here. Close one first, or ask for more "
                "in one.",
                headers={"Retry-After": "5"},
            )
        self._open[key] += 1

    def leave(self, key: str) -> None:
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]

    @contextmanager
    def waiting(self, key: str) -> Generator[None]:
        """A read that waits takes the place of a stream. Raises as `enter`."""
        self.enter(key)
        try:
            yield
        finally:
            self.leave(key)

    @property
    def count(self) -> int:
        """How many are open now."""
        return self._open.total()


class EventStream(Response):
    """`results` are events as they are written; `goodbye` is written where the stream ends as it should.

    `still_allowed` is asked at each heartbeat: a key that was revoked meanwhile ends its streams. `on_failure` writes
    what is told of a source that breaks.
    """

    media_type = MEDIA
    charset = "utf-8"

    def __init__(
        self,
        results: AsyncGenerator[bytes],
        streams: Streams,
        *,
        still_allowed: Callable[[], Awaitable[bool]],
        on_end: Callable[[], None],
        on_failure: Callable[[BaseException], bytes],
        hello: bytes = _HEARTBEAT,
        goodbye: bytes = b"",
    ) -> None:
        super().__init__(headers={"Cache-Control": "private, no-store", "X-Accel-Buffering": "no", "Vary": "Accept"})
        del self.headers["content-length"]
        self._results = results
        self._streams = streams
        self._still_allowed = still_allowed
        self._on_end = on_end
        self._on_failure = on_failure
        self._hello = hello
        self._goodbye = goodbye

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Three tasks beside this one, which may be cancelled at any moment and then has to end them.
        gone = asyncio.create_task(left(receive))
        ending = asyncio.create_task(self._streams.ending.wait())
        telling = asyncio.create_task(self._tell(send, ending))
        try:
            await asyncio.wait({gone, telling, ending}, return_when=asyncio.FIRST_COMPLETED)
            if ending.done() and not gone.done():
                # Whoever does not read keeps no process from ending.
                await asyncio.wait({gone, telling}, timeout=LAST_WRITE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                await telling
        finally:
            await _end(gone, ending, telling)
            await self._results.aclose()
            self._on_end()

    async def _tell(self, send: Send, ending: "asyncio.Task[Any]") -> None:
        async def write(part: bytes, *, more: bool = True) -> None:
            async with asyncio.timeout(self._streams.write_seconds):
                await send({"type": "http.response.body", "body": part, "more_body": more})

        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        try:
            await write(self._hello)
            await self._tell_events(write, ending)
            await write(self._goodbye, more=False)
        except TimeoutError:
            # It does not read. What it has not got it asks for when it comes back.
            return

    async def _tell_events(self, write: Callable[[bytes], Awaitable[None]], ending: "asyncio.Task[Any]") -> None:
        """Until the source ends, the process does, or the caller may not read any more."""
        now = asyncio.get_running_loop().time
        beat = now() + self._streams.heartbeat
        following = asyncio.create_task(self._next())
        try:
            while True:
                wait_for = max(beat - now(), 0)
                await asyncio.wait({following, ending}, timeout=wait_for, return_when=asyncio.FIRST_COMPLETED)
                if following.done():
                    event = following.result()
                    if event is None:
                        return
                    await write(event)
                    following = asyncio.create_task(self._next())
                if ending.done():
                    return
                if now() >= beat:
                    if not await self._still_allowed():
                        return
                    await write(_HEARTBEAT)
                    beat = now() + self._streams.heartbeat
        finally:
            await _end(following)

    async def _next(self) -> bytes | None:
        """The next event; None after the last."""
        result = await asyncio.gather(anext(self._results, None), return_exceptions=True)
        match result[0]:
            case Exception() as error:
                return self._on_failure(error)
            case BaseException() as ended:
                raise ended
            case event:
                return event


async def unless_left(work: Coroutine[Any, Any, T], receive: Receive, streams: Streams) -> T | None:
    """What the work gives; None when the caller leaves first, or the process is to end."""
    working = asyncio.create_task(work)
    gone = asyncio.create_task(left(receive))
    ending = asyncio.create_task(streams.ending.wait())
    try:
        await asyncio.wait({working, gone, ending}, return_when=asyncio.FIRST_COMPLETED)
        return await working if working.done() else None
    finally:
        await _end(working, gone, ending)


async def left(receive: Receive) -> None:
    """Returns when the caller has gone. Its body was read before."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
