"""Twenty receivers on one address of which some misbehave, and how long each event took to reach the others."""

import asyncio
import socket
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

Mood = Literal["works", "hangs", "flaps", "is down"]


@dataclass(slots=True, kw_only=True)
class Member:
    """One receiver. `got` is what it answered with 2xx in order, `at` when each event came first.

    `most` is how many requests were here at the same time.
    """

    url: str
    mood: Mood = "works"
    got: list[str] = field(default_factory=list[str])
    at: dict[str, float] = field(default_factory=dict[str, float])
    requests: int = 0
    here: int = 0
    most: int = 0


@dataclass(slots=True, kw_only=True)
class Crowd:
    members: list[Member] = field(default_factory=list[Member])
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    published: dict[str, float] = field(default_factory=dict[str, float])
    _mended: asyncio.Event = field(default_factory=asyncio.Event)

    def set_mood(self, mood: Mood, *members: Member) -> None:
        """What hangs meanwhile is let go."""
        for member in members:
            member.mood = mood
        self._mended.set()
        self._mended = asyncio.Event()

    async def until(self, condition: Callable[[], bool], *, seconds: float) -> None:
        """Looked at whenever a request has come."""
        async with asyncio.timeout(seconds):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    async def until_told(self, events: Iterable[str], members: list[Member], *, seconds: float) -> None:
        wanted = set(events)
        await self.until(lambda: all(wanted <= member.at.keys() for member in members), seconds=seconds)

    def p99(self, events: list[str], members: list[Member]) -> float:
        """Seconds from before an event was published until a member had it."""
        took = sorted(member.at[event] - self.published[event] for member in members for event in events)
        return took[int(0.99 * len(took))]

    async def take(self, request: web.Request) -> web.StreamResponse:
        member = self.members[int(request.match_info["number"])]
        member.requests += 1
        member.here += 1
        member.most = max(member.most, member.here)
        self.changed.set()
        try:
            return await self._answer(member, request)
        finally:
            member.here -= 1

    async def _answer(self, member: Member, request: web.Request) -> web.StreamResponse:
        event = request.headers["webhook-id"]
        await request.read()
        if member.mood == "hangs":
            await self._mended.wait()
        if member.mood != "works" and (member.mood == "is down" or member.requests % 2):
            return web.Response(status=500)
        # Long enough for others to come meanwhile.
        held = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(0.003, held.set_result, None)
        await held
        member.at.setdefault(event, time.monotonic())
        member.got.append(event)
        self.changed.set()
        return web.Response(status=204)


@asynccontextmanager
async def a_crowd(count: int) -> AsyncGenerator[Crowd]:
    crowd = Crowd()
    app = web.Application()
    app.router.add_post("/{number}", crowd.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        place = f"http://127.0.0.1:{runner.addresses[0][1]}"
        crowd.members = [Member(url=f"{place}/{number}") for number in range(count)]
        yield crowd
    finally:
        crowd.set_mood("works")
        await runner.cleanup()


@asynccontextmanager
async def a_closed_port() -> AsyncGenerator[str]:
    """A URL that refuses every connection, held so that nobody else listens there."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}/"


def in_order(got: list[str]) -> bool:
    """Each key's versions rise by one from the first. Ids are `<key>-<version>`.

    The last one may come again: on a machine that is busy enough an answer is later than its deadline.
    """
    last: defaultdict[str, int] = defaultdict(int)
    for event in got:
        key, _, text = event.rpartition("-")
        version = int(text)
        if version not in (last[key], last[key] + 1) or not version:
            return False
        last[key] = version
    return True
