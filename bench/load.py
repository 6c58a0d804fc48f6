"""Closed loops of requests over connections that stay open."""

import asyncio
import time
from collections.abc import Callable

from bench.harness import Sample, timed
from bench.machine import cpu_seconds
from bench.wire import Caller, connect, exchange


class Unanswered(Exception):
    """Something else than the answer that is measured came back."""


class Load:
    """Keeps `connections` busy for a while. `next_request` is asked for each request anew."""

    def __init__(self, url: str, *, connections: int, next_request: Callable[[], bytes], status: int = 200) -> None:
        self._url = url
        self._connections = connections
        self._next = next_request
        self._status = status
        self._sent_at: dict[Caller, float] = {}
        self._durations: list[float] = []
        self._until = 0.0
        self._wrong: str | None = None

    async def run(self, *, seconds: float, pid: int) -> Sample:
        """Raises Unanswered when another status comes back."""
        callers = [await connect(self._url, self._answered) for _ in range(self._connections)]
        self._durations = []
        self._done = asyncio.get_running_loop().create_future()
        used, begun = cpu_seconds(pid), time.perf_counter()
        self._until = begun + seconds
        for caller in callers:
            self._ask(caller)
        await self._done
        elapsed = time.perf_counter() - begun
        used = cpu_seconds(pid) - used
        for caller in callers:
            caller.close()
        if self._wrong:
            raise Unanswered(self._wrong)
        return timed(self._durations, seconds=elapsed, cpu_seconds=used)

    def _ask(self, caller: Caller) -> None:
        self._sent_at[caller] = time.perf_counter()
        caller.ask(self._next())

    def _answered(self, caller: Caller, status: int, body: bytes) -> None:
        now = time.perf_counter()
        self._durations.append(now - self._sent_at.pop(caller, now))
        if status != self._status:
            self._wrong = f"status {status}: {body[:200]!r}"
        if now < self._until and not self._wrong:
            self._ask(caller)
        elif not self._sent_at and not self._done.done():
            self._done.set_result(None)


async def fetch(url: str, request: bytes) -> bytes:
    """The body of one answer. Raises Unanswered when it is not 200."""
    status, body = await exchange(url, request)
    if status != 200:
        raise Unanswered(f"status {status}: {body[:200]!r}")
    return body
