"""A sending office for tests: messages through the outbox, a receiver that answers to order, dispatchers."""

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage import recorder
from service.storage.database import Database
from service.webhooks import tables
from service.webhooks.addresses import parse_networks
from service.webhooks.dispatcher import Dispatcher
from service.webhooks.egress import EgressGuard
from service.webhooks.endpoints import create_endpoint
from service.webhooks.outbox import Message, Outbox
from service.webhooks.sealer import AesGcmSealer
from service.webhooks.subscriptions import Subscription
from service.webhooks.tokens import Courier
from service.webhooks.transport import AiohttpTransport, Transport
from service.webhooks.wake import EmbeddedWake, PostgresWake

SEALER = AesGcmSealer("a key for tests only, 32 characters or more")

Answer = Callable[[str, int], tuple[int, dict[str, str]]]
"""From (event id, how often it has come) to a status and headers."""


def always_ok(_event: str, _times: int) -> tuple[int, dict[str, str]]:
    return 200, {}


@dataclass(slots=True)
class Sink:
    """A receiver on 127.0.0.1. `got` holds (event id, status answered) in order of arrival.

    `asked` are the headers of each OPTIONS request, which are answered with the headers `allows`.
    """

    answer: Answer = always_ok
    got: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    allows: dict[str, str] = field(default_factory=dict[str, str])
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/hook", self._take)
        app.router.add_route("OPTIONS", "/hook", self._asked)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _asked(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.headers))
        return web.Response(status=200, headers=self.allows)

    async def _take(self, request: web.Request) -> web.Response:
        event = request.headers["webhook-id"]
        times = sum(1 for seen, _ in self.got if seen == event)
        status, headers = self.answer(event, times)
        self.got.append((event, status))
        self.requests.append((dict(request.headers), await request.read()))
        self.changed.set()
        return web.Response(status=status, headers=headers)

    @property
    def delivered(self) -> list[str]:
        """Ids answered with 2xx, in order."""
        return [event for event, status in self.got if 200 <= status < 300]

    async def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self.changed.clear()
                await self.changed.wait()


async def take_recorder(database: Database, tx: AsyncConnection, events: int) -> tuple[int, int]:
    taken = await recorder.take(database, tx, events=events)
    return taken.at, taken.last_position


@dataclass(slots=True)
class Office:
    """`told` counts the messages of each subject: its version numbers."""

    database: Database
    told: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))
    dispatchers: list[Dispatcher] = field(default_factory=list[Dispatcher])

    async def subscribe(self, url: str, public_id: str = "end_a", **chosen: Any) -> str:
        """Returns the secret. `event_types`, `filters`, `rendering` and the rest as in Subscription."""
        subscription = Subscription(
            url=url,
            description=None,
            rendering=chosen.pop("rendering", "v1"),
            event_types=chosen.pop("event_types", ("*",)),
            filters=chosen.pop("filters", {}),
            **chosen,
        )
        async with self.database.transaction() as tx:
            secret = await create_endpoint(
                tx,
                public_id=public_id,
                secret_id=f"sec_{public_id}",
                subscription=subscription,
                sealer=SEALER,
                created_by="key:a",
                now=1,
            )
        self.wake()
        return secret

    async def tell(
        self, *subjects: str, kind: str = "thing.happened", facets: dict[str, list[str]] | None = None
    ) -> list[str]:
        """One transaction that tells one event a subject; returns the ids `<subject>-<version>`."""
        ids: list[str] = []
        async with self.database.transaction() as tx:
            outbox = Outbox(tx)
            for subject in subjects:
                self.told[subject] += 1
                ids.append(f"{subject}-{self.told[subject]}")
                outbox.add(message(ids[-1], subject, self.told[subject], kind, facets or {}))
            await outbox.lock_lanes()
            at, last = await take_recorder(self.database, tx, outbox.count)
            await outbox.write(at=at, first_position=last - outbox.count + 1)
        self.wake()
        return ids

    def wake(self) -> None:
        for dispatcher in self.dispatchers:
            dispatcher.wake()

    async def left(self) -> dict[str, int]:
        """Rows still in the queue and the lanes."""
        async with self.database.read() as connection:
            return {
                table.name: (await connection.execute(select(func.count()).select_from(table))).scalar_one()
                for table in (tables.queue, tables.lane)
            }

    async def attempts(self) -> list[tuple[str, int, int | None, str]]:
        """(event id, try, status, outcome) of everything tried, by event and try."""
        log, event = tables.dlog, tables.event
        async with self.database.read() as connection:
            found = await connection.execute(
                select(event.c.id, log.c.n, log.c.status, log.c.outcome)
                .join(event, event.c.seq == log.c.event_seq)
                .order_by(log.c.event_seq, log.c.endpoint_id, log.c.n)
            )
            return [tuple(row) for row in found]  # type: ignore[misc]

    async def endpoint(self, public_id: str = "end_a") -> Any:
        async with self.database.read() as connection:
            found = await connection.execute(select(tables.endpoint).where(tables.endpoint.c.public_id == public_id))
            return found.one()

    @asynccontextmanager
    async def dispatching(
        self,
        *,
        name: str = "d1",
        retry_scale: float = 0.001,
        around: Callable[[Transport], Transport] = lambda transport: transport,
    ) -> AsyncGenerator["Running"]:
        """`around` makes of the way out what it is to be."""
        guard = EgressGuard(allow=parse_networks("127.0.0.1/32"))
        transport = AiohttpTransport(guard=guard, user_agent="dualtrack/test")
        running = Running()
        wake = EmbeddedWake() if self.database.dialect == "sqlite" else PostgresWake(self.database.plain_url)

        async def recorder_for(tx: AsyncConnection, events: int) -> tuple[int, int]:
            return await take_recorder(self.database, tx, events)

        count = iter(range(1_000_000))
        dispatcher = Dispatcher(
            connections=self.database,
            transport=around(Courier(transport)),
            sealer=SEALER,
            take_recorder=recorder_for,
            new_event_id=lambda: f"evt_{name}_{next(count)}",
            wake=wake,
            name=name,
            retry_scale=retry_scale,
            on_step=running.step,
        )
        self.dispatchers.append(dispatcher)
        task = asyncio.create_task(dispatcher.run())
        try:
            yield running
        finally:
            dispatcher.stop()
            await task
            self.dispatchers.remove(dispatcher)
            await transport.close()
            guard.close()


@dataclass(slots=True)
class Running:
    """What a dispatcher did, step by step."""

    steps: list[tuple[str, object]] = field(default_factory=list[tuple[str, object]])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def step(self, name: str, detail: object) -> None:
        self.steps.append((name, detail))
        self.changed.set()

    async def until(self, name: str, times: int = 1, seconds: float = 20) -> None:
        """Until the step was taken so often, counted from now."""
        begin = len(self.steps)
        async with asyncio.timeout(seconds):
            while sum(1 for step, _ in self.steps[begin:] if step == name) < times:
                self.changed.clear()
                await self.changed.wait()


def message(event: str, subject: str, version: int, kind: str, facets: dict[str, list[str]]) -> Message:
    body = {"id": event, "type": kind, "sequence": version}
    return Message(
        id=event,
        type=kind,
        subject=subject,
        version=version,
        facets=facets,
        render=lambda at: {
            "v1": json.dumps(body).encode(),
            "v1+pay": json.dumps({**body, "pay": "1.00"}).encode(),
        },
    )
