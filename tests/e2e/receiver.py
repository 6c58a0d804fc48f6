"""A payroll system on 127.0.0.1 that notes what comes, and answers when and how the test says."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from aiohttp import web

from tests.e2e.house import PATIENCE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One request. `person` is the id of whom it is about."""

    id: str
    person: str
    sequence: int
    body: bytes
    headers: dict[str, str]
    """By lower-case name."""

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


def nothing(_arrival: Arrival) -> None:
    pass


@dataclass(slots=True, kw_only=True)
class Receiver:
    """`arrivals` is in order of arrival; while `opened` is clear, answers are held back.

    `after` runs as soon as an answer is with the operating system.
    """

    arrivals: list[Arrival] = field(default_factory=list[Arrival])
    answered: list[str] = field(default_factory=list[str])
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    after: Callable[[Arrival], None] = nothing
    status: int = 204
    url: str = ""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        event = json.loads(body)
        arrival = Arrival(
            id=request.headers["webhook-id"],
            person=event["data"]["employee"]["id"],
            sequence=event["sequence"],
            body=body,
            headers={name.lower(): value for name, value in request.headers.items()},
        )
        assert event["id"] == arrival.id
        self.arrivals.append(arrival)
        self._changed.set()
        await self.opened.wait()
        response = web.Response(status=self.status)
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:  # whoever asked was killed meanwhile
            return response
        self.answered.append(arrival.id)
        self.after(arrival)
        self._changed.set()
        return response

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def sequences(self) -> dict[str, list[int]]:
        """By person, in order of arrival; one that comes again at once, being the head, counts once."""
        people = dict.fromkeys(arrival.person for arrival in self.arrivals)
        return {
            person: [number for number, _ in groupby(one.sequence for one in self.arrivals if one.person == person)]
            for person in people
        }

    def bodies(self) -> dict[str, set[bytes]]:
        """By webhook-id, the different bodies it came with."""
        found: dict[str, set[bytes]] = {}
        for arrival in self.arrivals:
            found.setdefault(arrival.id, set()).add(arrival.body)
        return found


@asynccontextmanager
async def a_receiver() -> AsyncGenerator[Receiver]:
    receiver = Receiver()
    receiver.opened.set()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield receiver
    finally:
        receiver.opened.set()
        await runner.cleanup()
