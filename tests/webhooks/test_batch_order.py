"""Batches keep each key's order and give each event exactly one 2xx, whatever fails: by property.

Receivers refuse whole batches, single events and for good; endpoints pause, dispatchers come and go, old events are
replayed, writers go on meanwhile.
"""

import os
import random
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from service.storage.database import Database
from service.webhooks import tables
from service.webhooks.endpoints import delete_endpoint
from service.webhooks.lanes import lane_of
from service.webhooks.store_lanes import raise_lanes
from tests.webhooks.crate import Crate, Whim
from tests.webhooks.post import Office, take_recorder
from tests.webhooks.test_order import NUMBERS, SUBJECTS, Trial

SETTINGS = settings(
    max_examples=4 * int(os.environ.get("DUALTRACK_TEST_SOAK", "1")),
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
ORDERINGS = ("per_key", "strict", "none")

tell = st.lists(st.sampled_from(SUBJECTS), min_size=1, max_size=12)
steps = st.lists(st.one_of(tell, st.sampled_from(("pause", "resume", "exchange", "replay"))), min_size=3, max_size=10)
chosen = st.fixed_dictionaries(
    {
        "ordering": st.sampled_from(ORDERINGS),
        "batch_max": st.sampled_from((1, 3, 50)),
        "batch_bytes": st.sampled_from((1_024, 300, 1_000_000)),
        "linger_ms": st.sampled_from((0, 0, 20)),
        "max_in_flight": st.sampled_from((1, 4)),
    }
)


@dataclass(slots=True, kw_only=True)
class Batches(Trial):
    """`expected` counts how often each receiver must take an event, or refuse it for good."""

    orderings: list[str]
    replays: int = 0
    replayed: list[str] = field(default_factory=list[str])

    @property
    def crates(self) -> list[Crate]:
        return cast(list[Crate], self.sinks)

    async def take(self, step: "list[str] | str") -> None:
        if step != "replay":
            await super(Batches, self).take(step)
        elif self.told:
            await self.replay(random.Random(len(self.told)).choice(self.told))

    async def replay(self, event_id: str) -> None:
        """Queue an old event again for the first endpoint, at a position of its own."""
        self.replays += 1
        self.replayed.append(event_id)
        async with self.office.database.transaction() as tx:
            event = (await tx.execute(select(tables.event).where(tables.event.c.id == event_id))).one()
            to = (await tx.execute(select(tables.endpoint).where(tables.endpoint.c.public_id == self.names[0]))).one()
            lane = lane_of(to.ordering, subject=event.subject_key, event_id=event_id)
            await raise_lanes(tx, [(to.id, lane)])
            _, pos = await take_recorder(self.office.database, tx, 1)
            row = {"endpoint_id": to.id, "subject_key": lane, "pos": pos, "key_ver": 1, "event_seq": event.seq}
            await tx.execute(insert(tables.queue).values(**row, replay_id=f"rpl_{self.replays}"))
        self.office.wake()

    def done(self, number: int) -> bool:
        crate = self.crates[number]
        return len(crate.took) + len(crate.dead) >= len(self.told) + (self.replays if number == 0 else 0)

    def check(self) -> None:
        for number, crate in enumerate(self.crates):
            wanted = Counter([*self.told, *(self.replayed if number == 0 else [])])
            assert Counter([*crate.took, *crate.dead]) == wanted, "each once, none more"
            for subject in SUBJECTS if self.orderings[number] != "none" else ():
                taken = list(dict.fromkeys(event for event in crate.took if event.startswith(f"{subject}-")))
                assert taken == sorted(taken, key=self.told.index)
            if self.orderings[number] == "strict":
                assert list(dict.fromkeys(crate.took)) == sorted(set(crate.took), key=self.told.index)


def moody(seed: int) -> Any:
    """Each event is refused up to twice, alone or with its batch, or for good, as the seed says."""

    def mood(event: str, times: int) -> Whim:
        chance = random.Random(f"{seed} {event}")
        if times < chance.choice((0, 0, 0, 1, 1, 2)):
            return chance.choice((500, 408, 400, 413, 422, 404, "retry"))
        return chance.choice(("ok",) * 9 + ("reject",))

    return mood


@asynccontextmanager
async def batches(database: Database, choices: list[dict[str, Any]], *, dispatchers: int) -> AsyncGenerator[Batches]:
    seed = next(NUMBERS)
    made = Batches(
        office=Office(database),
        sinks=[Crate(), Crate()],
        names=[f"end_{next(NUMBERS)}" for _ in range(2)],
        orderings=[choice["ordering"] for choice in choices],
    )
    made.office.told = defaultdict(lambda: seed * 1_000)
    for number, (crate, name) in enumerate(zip(made.crates, made.names, strict=True)):
        await crate.start()
        crate.ordering = choices[number]["ordering"]
        crate.mood = moody(seed * 2 + number)
        await made.office.subscribe(crate.url, name, mode="batch", event_types=("thing.happened",), **choices[number])
    try:
        await made.start(dispatchers)
        yield made
    finally:
        for stack in made.stack.values():
            await stack.aclose()
        async with database.transaction() as tx:
            for name in made.names:
                await delete_endpoint(tx, name)
        for crate in made.crates:
            await crate.stop()


async def hold(
    database: Database, plan: "list[list[str] | str]", choices: list[dict[str, Any]], *, dispatchers: int
) -> None:
    async with batches(database, choices, dispatchers=dispatchers) as running:
        for step in plan:
            await running.take(step)
        await running.set_state("healthy")
        for number, crate in enumerate(running.crates):
            await crate.until(lambda number=number: running.done(number), seconds=30)
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


@given(plan=steps, choices=st.lists(chosen, min_size=2, max_size=2))
@SETTINGS
async def test_batches_hold_with_several_dispatchers(
    postgres: Database, plan: "list[list[str] | str]", choices: list[dict[str, Any]]
) -> None:
    await hold(postgres, plan, choices, dispatchers=2)


@given(plan=steps, choices=st.lists(chosen, min_size=2, max_size=2))
@SETTINGS
async def test_batches_hold_in_one_process(
    sqlite: Database, plan: "list[list[str] | str]", choices: list[dict[str, Any]]
) -> None:
    await hold(sqlite, plan, choices, dispatchers=1)
