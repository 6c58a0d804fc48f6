"""Answers as server-sent events: one request, one subscription, ended by whoever of the two leaves first."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from service.graphql.faults import Json
from service.problems import SurfaceProblem

HEARTBEAT_SECONDS = 15.0
MOST_FOR_A_KEY = 8
_COMPLETE = b"event: complete\ndata:\n\n"
_HEARTBEAT = b":\n\n"


class Streams:
    """Every stream of this process that is open."""

    def __init__(self, *, most_for_a_key: int = MOST_FOR_A_KEY, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        self.heartbeat = heartbeat
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
                f"A key has at most {self._most} subscriptions open here. Close one first, or ask for more in one.",
                headers={"Retry-After": "5"},
            )
        self._open[key] += 1

    def leave(self, key: str) -> None:
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]

    @property
    def count(self) -> int:
        """How many are open now."""
        return self._open.total()


class EventStream(Response):
    """`still_allowed` is asked at each heartbeat: a key that was revoked meanwhile ends its streams."""

    media_type = "text/event-stream"
    charset = "utf-8"

    def __init__(
        self,
        results: AsyncGenerator[Json],
        streams: Streams,
        *,
        still_allowed: Callable[[], Awaitable[bool]],
        on_end: Callable[[], None],
        on_failure: Callable[[BaseException], Json],
    ) -> None:
        super().__init__(headers={"Cache-Control": "private, no-store", "X-Accel-Buffering": "no", "Vary": "Accept"})
        del self.headers["content-length"]
        self._results = results
        self._streams = streams
        self._still_allowed = still_allowed
        self._on_end = on_end
        self._on_failure = on_failure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Three tasks beside this one, which may be cancelled at any moment and then has to end them.
        left = asyncio.create_task(_left(receive))
        ending = asyncio.create_task(self._streams.ending.wait())
        telling = asyncio.create_task(self._tell(send, ending))
        try:
            await asyncio.wait({left, telling}, return_when=asyncio.FIRST_COMPLETED)
            if telling.done():
                await telling
        finally:
            await _end(left, ending, telling)
            await self._results.aclose()
            self._on_end()

    async def _tell(self, send: Send, ending: "asyncio.Task[Any]") -> None:
        async def write(part: bytes, *, more: bool = True) -> None:
            await send({"type": "http.response.body", "body": part, "more_body": more})

        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await write(_HEARTBEAT)
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
                        break
                    await write(event)
                    following = asyncio.create_task(self._next())
                if ending.done():
                    break
                if now() >= beat:
                    if not await self._still_allowed():
                        break
                    await write(_HEARTBEAT)
                    beat = now() + self._streams.heartbeat
            await write(_COMPLETE, more=False)
        finally:
            await _end(following)

    async def _next(self) -> bytes | None:
        """The next event as it is written; None after the last."""
        result = await asyncio.gather(anext(self._results, None), return_exceptions=True)
        match result[0]:
            case None:
                return None
            case Exception() as error:
                return _event(self._on_failure(error))
            case BaseException() as ended:
                raise ended
            case answer:
                return _event(answer)


async def _left(receive: Receive) -> None:
    """Returns when the caller has gone. Its body was read before."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(*tasks: "asyncio.Task[Any]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _event(answer: Json) -> bytes:
    return b"event: next\ndata: " + orjson.dumps(answer) + b"\n\n"
