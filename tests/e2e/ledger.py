"""What was acknowledged to those who asked, and what came of it at those who were told: two books that must agree."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from random import Random

from aiohttp import web
from sqlalchemy import select

from service.storage import tables
from service.storage.database import Database
from service.webhooks import tables as post
from tests.e2e.house import PATIENCE_SECONDS

WITHDRAWN = {"change.cancelled": "cancelled", "change.rescinded": "rescinded"}
FAILS, THROTTLES = 0.04, 0.003
"""Parts of the requests that are answered 500, and 503 with a Retry-After of a second."""


@dataclass(slots=True)
class Told:
    """One endpoint's book. `done` is each person's last sequence that was answered with 2xx.

    `again` counts events answered with 2xx that had been answered so before: what a crash may cost.
    """

    url: str = ""
    again: int = 0
    bodies: dict[str, bytes] = field(default_factory=dict[str, bytes])
    answered: set[str] = field(default_factory=set[str])
    done: defaultdict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    out_of_order: list[tuple[str, int, int]] = field(default_factory=list[tuple[str, int, int]])
    altered: list[str] = field(default_factory=list[str])

    def arrive(self, event: str, person: str, sequence: int, body: bytes) -> None:
        digest = sha256(body).digest()
        if self.bodies.setdefault(event, digest) != digest:
            self.altered.append(event)
        # The head, or once more the one before it, whose answer nobody could record.
        if sequence not in (self.done[person], self.done[person] + 1):
            self.out_of_order.append((person, self.done[person], sequence))


@dataclass(slots=True)
class Receivers:
    """Answers most requests with 204, some with a failure."""

    chance: Random
    books: dict[str, Told] = field(default_factory=dict[str, Told])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.StreamResponse:
        book = self.books[request.path]
        body = await request.read()
        event = json.loads(body)
        person, sequence = event["data"]["employee"]["id"], event["sequence"]
        book.arrive(request.headers["webhook-id"], person, sequence, body)
        assert event["id"] == request.headers["webhook-id"]
        luck = self.chance.random()
        if luck < THROTTLES:
            return web.Response(status=503, headers={"Retry-After": "1"})
        if luck < FAILS:
            return web.Response(status=500)
        # Counted before it is sent: whoever hears of it may send the next one at once.
        # What is answered otherwise the second time is tried once more, and is no other duplicate.
        book.again += event["id"] in book.answered
        before = book.done[person]
        book.done[person] = max(before, sequence)
        book.answered.add(event["id"])
        self.changed.set()
        return web.Response(status=204)

    async def until_told(self, events: set[str]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not all(events <= book.answered for book in self.books.values()):
                self.changed.clear()
                await self.changed.wait()


@asynccontextmanager
async def receivers(count: int, chance: Random) -> AsyncGenerator[Receivers]:
    made = Receivers(chance)
    app = web.Application()
    app.router.add_post("/{any}", made.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        for number in range(count):
            url = f"http://127.0.0.1:{runner.addresses[0][1]}/endpoint-{number}"
            made.books[f"/endpoint-{number}"] = Told(url)
        yield made
    finally:
        await runner.cleanup()


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What the database holds, each set by what it is about: (change, what was done to it)."""

    acts: set[tuple[str, str]]
    told: set[tuple[str, str]]
    events: set[str]
    queued: int
    lanes: int


async def read_record(database: Database) -> Record:
    async with database.read() as connection:
        acts = {(row.id, "recorded") for row in await connection.execute(select(tables.change.c.id))}
        ends = await connection.execute(select(tables.change_end.c.change_id, tables.change_end.c.how))
        acts |= {(row.change_id, row.how) for row in ends if row.how in WITHDRAWN.values()}
        about = await connection.execute(
            select(post.event.c.id, post.event.c.type, post.event.c.bodies).where(
                post.event.c.subject_key.like("employee:%")
            )
        )
        events, told = set[str](), set[tuple[str, str]]()
        for row in about:
            events.add(row.id)
            change = json.loads(json.loads(row.bodies)["v1"])["data"]["change"]["id"]
            told.add((change, WITHDRAWN.get(row.type, "recorded")))
        queued = len((await connection.execute(select(post.queue.c.pos))).all())
        lanes = len((await connection.execute(select(post.lane.c.gen))).all())
    return Record(acts=acts, told=told, events=events, queued=queued, lanes=lanes)
