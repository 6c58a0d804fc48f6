"""Order per key and exactly one 2xx each, whatever fails, as long as nothing is killed: by property.

Receivers fail at random, endpoints are paused and resumed, dispatchers come and go, writers go on meanwhile.
"""

import asyncio
import os
import random
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from service.storage.database import Database
from service.webhooks.endpoints import delete_endpoint
from service.webhooks.tables import endpoint
from tests.webhooks.post import Office, Sink

SUBJECTS = ("a", "b", "c")
FAILURES = (500, 502, 408, 404, 301)
NUMBERS = count(1)
SETTINGS = settings(
    max_examples=60 if "DUALTRACK_TEST_SOAK" in os.environ else 6,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

tell = st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=6)
steps = st.lists(st.one_of(tell, st.sampled_from(("pause", "resume", "exchange"))), min_size=3, max_size=12)


@dataclass(slots=True, kw_only=True)
class Trial:
    """One example: two endpoints, some dispatchers, and what each receiver must have got in the end."""

    office: Office
    sinks: list[Sink]
    names: list[str]
    told: list[str] = field(default_factory=list[str])
    stack: dict[str, AsyncExitStack] = field(default_factory=dict[str, AsyncExitStack])

    async def start(self, dispatchers: int) -> None:
        for _ in range(dispatchers):
            name = f"d{next(NUMBERS)}"
            self.stack[name] = AsyncExitStack()
            await self.stack[name].enter_async_context(self.office.dispatching(name=name, retry_scale=0.00005))

    async def exchange(self) -> None:
        """Stop the dispatcher that runs longest and start another: before it where there may be two at a time."""
        stopped = self.stack.pop(next(iter(self.stack)))
        if self.office.database.dialect == "sqlite":
            await stopped.aclose()
            await self.start(1)
        else:
            await self.start(1)
            await stopped.aclose()

    async def set_state(self, state: str) -> None:
        async with self.office.database.transaction() as tx:
            await tx.execute(
                update(endpoint)
                .where(endpoint.c.public_id == self.names[0])
                .values(state=state, revision=endpoint.c.revision + 1)
            )
        self.office.wake()

    async def take(self, step: "list[str] | str") -> None:
        if isinstance(step, list):
            self.told += await self.office.tell(*step)
        elif step == "exchange":
            await self.exchange()
        else:
            await self.set_state("paused" if step == "pause" else "healthy")

    def check(self) -> None:
        for sink in self.sinks:
            assert sorted(sink.delivered) == sorted(self.told), "each once, none more"
            for subject in SUBJECTS:
                got = [event for event, _ in sink.got if event.startswith(f"{subject}-")]
                expected = [event for event in self.told if event.startswith(f"{subject}-")]
                assert [event for i, event in enumerate(got) if i == 0 or got[i - 1] != event] == expected
                delivered = [event for event in sink.delivered if event.startswith(f"{subject}-")]
                assert delivered == expected


@asynccontextmanager
async def trial(database: Database, seed: int, dispatchers: int) -> AsyncGenerator[Trial]:
    made = Trial(office=Office(database), sinks=[Sink(), Sink()], names=[f"end_{next(NUMBERS)}" for _ in range(2)])
    made.office.told = defaultdict(lambda: seed * 1_000)
    for number, (sink, name) in enumerate(zip(made.sinks, made.names, strict=True)):
        await sink.start()
        sink.answer = failing(seed * 2 + number)
        await made.office.subscribe(sink.url, name, event_types=("thing.happened",))
    try:
        await made.start(dispatchers)
        yield made
    finally:
        for stack in made.stack.values():
            await stack.aclose()
        async with database.transaction() as tx:
            for name in made.names:
                await delete_endpoint(tx, name)
        for sink in made.sinks:
            await sink.stop()


def failing(seed: int):
    """Each event fails up to twice, as the seed says."""

    def answer(event: str, times: int) -> tuple[int, dict[str, str]]:
        chance = random.Random(f"{seed} {event}")
        if times < chance.choice((0, 0, 0, 1, 1, 2)):
            return chance.choice(FAILURES), {}
        return 200, {}

    return answer


async def hold(database: Database, plan: "list[list[str] | str]", *, dispatchers: int) -> None:
    async with trial(database, next(NUMBERS), dispatchers) as running:
        for step in plan:
            await running.take(step)
        await running.set_state("healthy")
        for sink in running.sinks:
            await sink.until(lambda sink=sink: len(sink.delivered) >= len(running.told), seconds=30)
    running.check()
    assert await running.office.left() == {"queue": 0, "lane": 0}


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncGenerator[Database]:
    opened = Database(url=postgres_url)
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncGenerator[Database]:
    opened = Database(url=sqlite_url)
    yield opened
    await opened.close()


@given(plan=steps)
@SETTINGS
async def test_order_holds_with_several_dispatchers(postgres: Database, plan: "list[list[str] | str]") -> None:
    await hold(postgres, plan, dispatchers=2)


@given(plan=steps)
@SETTINGS
async def test_order_holds_in_one_process(sqlite: Database, plan: "list[list[str] | str]") -> None:
    await hold(sqlite, plan, dispatchers=1)


async def test_order_holds_while_many_write(postgres: Database) -> None:
    async with trial(postgres, next(NUMBERS), 2) as running:

        async def write(subject: str) -> None:
            for _ in range(30):
                running.told += await running.office.tell(subject)

        await asyncio.gather(*map(write, SUBJECTS), running.exchange(), running.exchange())
        for sink in running.sinks:
            await sink.until(lambda sink=sink: len(sink.delivered) >= 90, seconds=30)
    running.check()
    assert await running.office.left() == {"queue": 0, "lane": 0}
