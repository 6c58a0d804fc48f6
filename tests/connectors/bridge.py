"""A company at work whose events go through the real sender into a connected system that is simulated."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service.connectors.kinds import Tools, asked
from service.connectors.news import news_of
from service.connectors.registry import KINDS, OpenSinks
from service.connectors.sinks import Sinks, Told
from service.connectors.wire import Wires
from service.domain.mappings import MappingEntry
from service.usecases.assignments import read_timeline
from service.usecases.changes import activate_due, employees_due
from service.usecases.connection_mappings import read_mapping, set_mapping
from service.usecases.connection_work import Link, links_of
from service.usecases.connections import create_connection
from service.usecases.employees import read_employee
from service.usecases.endpoints import Sending
from service.usecases.open_connections import open_connection
from service.webhooks import tables
from service.webhooks.addresses import parse_networks
from service.webhooks.dispatcher import Dispatcher
from service.webhooks.egress import EgressGuard
from service.webhooks.forms import Origin
from service.webhooks.replay_work import Replaying
from service.webhooks.sealer import AesGcmSealer
from service.webhooks.transport import AiohttpTransport
from service.webhooks.wake import EmbeddedWake, PostgresWake
from tests.engines import SECRET_KEY, Engine
from tests.stage import HR, Stage, make_stage, new_id, publish
from tests.webhooks.again import replaying_on
from tests.webhooks.post import Running, take_recorder

SCALE = 0.0001
"""Of the schedule of retries: a day of it is nine seconds."""
Segments = list[tuple[str, str | None]]
"""(day, what holds from then on) wherever it changes; None where nothing does."""


@dataclass(slots=True, kw_only=True)
class Bridge:
    """`running` is told what the sender does, step by step. `system` is that of the connection made last."""

    stage: Stage
    sending: Sending
    tools: Tools
    opened: OpenSinks
    dispatcher: Dispatcher
    running: Running
    connection: str = ""
    system: str = ""

    async def connect(
        self,
        kind: str,
        *,
        settings: Mapping[str, Any],
        credentials: Mapping[str, Any],
        entries: tuple[MappingEntry, ...] = (),
        key: str = "theirs",
    ) -> str:
        """Returns the connection's id. Its events flow from now on."""
        request = asked(KINDS, kind=kind, key=key, system=None, settings=settings, credentials=credentials)
        made = await create_connection(self.stage.runtime, self.sending, HR, request)
        self.connection, self.system = made.answer["id"], request.system
        await self.map(*entries)
        self.dispatcher.wake()
        return self.connection

    async def map(self, *entries: MappingEntry) -> None:
        version = (await read_mapping(self.stage.runtime, HR, self.connection)).version
        await set_mapping(self.stage.runtime, HR, self.connection, entries, expected=version)

    async def look(self) -> None:
        """What is due takes effect, as it does every few seconds."""
        for employee in await employees_due(self.stage.runtime):
            await activate_due(self.stage.runtime, employee)

    async def quiet(self) -> None:
        """Until everything that was told is written there."""
        await self.until(self._nothing_left)

    async def until(self, condition: Callable[[], Any], seconds: float = 30) -> None:
        """Looked at again after each step of the sender. A condition may be awaitable."""
        async with asyncio.timeout(seconds):
            while True:
                self.running.changed.clear()
                found = condition()
                if await found if asyncio.iscoroutine(found) else found:
                    return
                await self.running.changed.wait()

    async def write_again(self, event: Mapping[str, Any]) -> Told:
        """As when an event is sent a second time."""
        news = news_of(json.dumps(event).encode())
        assert news is not None
        return await (await self.opened(self.connection)).write(news)

    async def write_last(self) -> Told:
        """The event that was told last, as if it was its turn."""
        return await self.write_again((await self.stage.events())[-1])

    async def held(self, employee: str, called: Callable[[Any], str | None]) -> Segments:
        """A person's primary job as it is known here, each level by the name that `called` gives it."""
        timeline = await read_timeline(self.stage.runtime, HR, employee)
        found: Segments = []
        for number, one in enumerate(timeline.segments):
            name = called(one.assignment)
            if not found or found[-1][1] != name:
                found.append((one.effective_from.isoformat(), name))
            follows = timeline.segments[number + 1].effective_from if number + 1 < len(timeline.segments) else None
            if one.effective_to is not None and one.effective_to != follows:
                found.append((one.effective_to.isoformat(), None))
        return found

    async def refusals(self) -> list[tuple[int, str]]:
        """(status, first words) of every attempt that was not taken, by event and try."""
        log = tables.dlog
        async with self.stage.database.read() as connection:
            found = await connection.execute(
                select(log.c.status, log.c.response_head).where(log.c.outcome != "delivered").order_by(log.c.event_seq)
            )
            return [(row.status, (row.response_head or "").partition(":")[0]) for row in found]

    @property
    def replaying(self) -> Replaying:
        return replaying_on(self.stage.database, self.dispatcher.wake)

    async def look_again(self) -> bool:
        """What is to be sent again is queued, as it is every few seconds; whether all of it is."""
        for one in await self.replaying.running():
            await self.replaying.advance(one)
        return not await self.replaying.running()

    async def links(self, employee: str) -> tuple[Link, ...]:
        """What is kept of whom it was written for."""
        stage = self.stage
        opened = await open_connection(stage.runtime, self.sending.sealer, self.connection)
        found = await read_employee(stage.runtime, HR, employee)
        return await links_of(stage.runtime, opened, found.id or "")

    async def _nothing_left(self) -> bool:
        if not await self.look_again():
            return False
        async with self.stage.database.read() as connection:
            return (await connection.execute(select(func.count()).select_from(tables.queue))).scalar_one() == 0


@asynccontextmanager
async def bridged(engine: Engine, *, sends: bool = True, wsdl_folder: Path | None = None) -> AsyncGenerator[Bridge]:
    """Nobody is employed yet, and nothing is connected. Unless it `sends`, events are written by `write_again` only."""
    stage = make_stage(engine)
    guard = EgressGuard(allow=parse_networks("127.0.0.0/8"))
    transport = AiohttpTransport(guard=guard, user_agent="dualtrack/test")
    sealer, running, wires = AesGcmSealer(SECRET_KEY), Running(), Wires(guard, agent="dualtrack/test")
    wake = EmbeddedWake() if stage.database.dialect == "sqlite" else PostgresWake(stage.database.plain_url)
    stage.runtime = replace(stage.runtime, wake=wake.wake)
    tools = Tools(
        runtime=stage.runtime,
        wires=wires,
        now_seconds=lambda: stage.clock.us / 1_000_000,
        wsdl_folder=wsdl_folder,
        kinds=KINDS,
    )

    async def recorder_for(tx: AsyncConnection, events: int) -> tuple[int, int]:
        return await take_recorder(stage.database, tx, events)

    opened = OpenSinks(tools, sealer)
    dispatcher = Dispatcher(
        connections=stage.database,
        transport=Sinks(transport, opened),
        sealer=sealer,
        take_recorder=recorder_for,
        new_event_id=lambda: new_id("evt"),
        wake=wake,
        name="d1",
        retry_scale=SCALE,
        on_step=running.step,
    )
    await publish(stage)
    task = asyncio.create_task(dispatcher.run()) if sends else None
    try:
        yield Bridge(
            stage=stage,
            sending=Sending(guard=guard, sealer=sealer, transport=transport, origin=Origin(url="", agent="dualtrack")),
            tools=tools,
            opened=opened,
            dispatcher=dispatcher,
            running=running,
        )
    finally:
        dispatcher.stop()
        if task:
            await task
        await wires.close()
        await transport.close()
        guard.close()
        await stage.database.close()
