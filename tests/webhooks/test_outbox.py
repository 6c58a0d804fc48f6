"""What a business transaction tells is kept with it, in order, for every endpoint that wants it."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from service.storage.database import Database
from service.webhooks.endpoints import delete_endpoint
from service.webhooks.outbox import Message, Outbox
from tests.webhooks.depot import Depot, append, open_depot, until_waiting
from tests.webhooks.post import message, take_recorder

URL = "http://127.0.0.1:9/"


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        yield made


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncGenerator[Depot]:
    database = Database(url=postgres_url)
    async with open_depot(database) as made:
        yield made
    await database.close()


async def test_events_take_successive_positions_and_a_row_for_each_endpoint(depot: Depot) -> None:
    await depot.office.subscribe(URL, "end_a")
    await depot.office.subscribe(URL, "end_b")
    await depot.office.tell("a", "b", "a")
    await depot.office.tell("a")
    assert await depot.rows("event", "seq, id, subject_key, key_ver") == [
        (1, "a-1", "a", 1),
        (2, "b-1", "b", 1),
        (3, "a-2", "a", 2),
        (4, "a-3", "a", 3),
    ]
    assert await depot.rows("queue", "endpoint_id, subject_key, pos, key_ver, event_seq, replay_id") == [
        (number, subject, pos, version, pos, "")
        for number in (1, 2)
        for subject, pos, version in (("a", 1, 1), ("a", 3, 2), ("a", 4, 3), ("b", 2, 1))
    ]
    assert await depot.rows("lane", "endpoint_id, subject_key, gen, attempts, tries, visible_at") == [
        (number, subject, gen, 0, 0, 0) for number in (1, 2) for subject, gen in (("a", 2), ("b", 1))
    ]


async def test_what_is_not_pushed_is_an_event_and_goes_nowhere(depot: Depot) -> None:
    await depot.office.subscribe(URL)
    for others in ((), (message("pushed", "b", 1, "t", {}),)):
        async with depot.database.transaction() as tx:
            outbox, taken_over = Outbox(tx), Outbox(tx)
            outbox.add(replace(message(f"kept-{len(others)}", "a", 1 + len(others), "t", {}), pushed=False))
            for other in others:
                taken_over.add(other)
            outbox.take_over(taken_over)
            await outbox.lock_lanes()
            at, last = await take_recorder(depot.database, tx, outbox.count)
            await outbox.write(at=at, first_position=last - outbox.count + 1)
    assert await depot.rows("event", "seq, id") == [(1, "kept-0"), (2, "kept-1"), (3, "pushed")]
    assert await depot.rows("queue", "subject_key, pos") == [("b", 3)]
    assert await depot.rows("lane", "subject_key") == [("b",)]


async def test_bodies_are_kept_byte_for_byte(depot: Depot) -> None:
    body = '{"b": 1,  "a":"Zoë \\u0000 \\"x\\" \U0001f600","n":1.50}'.encode()
    seen: list[int] = []

    def render(at: int) -> dict[str, bytes]:
        seen.append(at)
        return {"v1": body, "v1+pay": b"{}"}

    await depot.office.subscribe(URL)
    async with depot.database.transaction() as tx:
        outbox = Outbox(tx)
        outbox.add(
            Message(
                id="e1",
                type="t",
                subject="s",
                version=1,
                facets={"b": ["Ä"], "a": []},
                render=render,
                traceparent="00-x",
            )
        )
        await outbox.lock_lanes()
        at, last = await take_recorder(depot.database, tx, 1)
        await outbox.write(at=at, first_position=last)
    (owned,) = await depot.own()
    head = await depot.only_head(owned)
    assert (head.body.encode(), head.traceparent, head.event_id) == (body, "00-x", "e1")
    assert seen == [at]
    assert await depot.rows("event", "recorded_at, facets") == [(at, '{"b":["Ä"],"a":[]}')]
    assert [json.loads(bodies)["v1"].encode() for (bodies,) in await depot.rows("event", "bodies")] == [body]


async def test_rolled_back_nothing_is_told(depot: Depot) -> None:
    await depot.office.subscribe(URL)
    await depot.office.tell("a")
    before = [await depot.rows(*what) for what in (("event", "seq"), ("queue", "pos"), ("lane", "subject_key, gen"))]
    with pytest.raises(ZeroDivisionError):
        async with depot.appending("a", "b"):
            raise ZeroDivisionError
    after = [await depot.rows(*what) for what in (("event", "seq"), ("queue", "pos"), ("lane", "subject_key, gen"))]
    assert after == before == [[(1,)], [(1,)], [("a", 1)]]


async def test_without_messages_nothing_is_written(depot: Depot) -> None:
    await depot.office.subscribe(URL)
    async with depot.database.transaction() as tx:
        outbox = Outbox(tx)
        assert outbox.count == 0
        await outbox.lock_lanes()
        await outbox.write(at=1, first_position=1)
    assert await depot.rows("event", "seq") == await depot.rows("lane", "gen") == []


@pytest.mark.parametrize(
    ("event_types", "filters", "wanted"),
    [
        (("*",), {}, True),
        (("thing.happened",), {}, True),
        (("thing.other", "thing.happened"), {"team": ("core",)}, True),
        (("thing.other",), {}, False),
        ((), {}, False),
        (("*",), {"team": ("web", "ops")}, False),
        (("*",), {"team": ("core",), "track": ("ic",)}, False),
        (("*",), {"absent": ("core",)}, False),
    ],
)
async def test_who_is_told(
    depot: Depot, event_types: tuple[str, ...], filters: dict[str, object], wanted: bool
) -> None:
    await depot.office.subscribe(URL, event_types=event_types, filters=filters)
    await depot.office.tell("a", facets={"team": ["core", "data"], "track": ["manager"]})
    assert await depot.rows("event", "id") == [("a-1",)]
    assert await depot.rows("queue", "pos") == ([(1,)] if wanted else [])
    assert await depot.rows("lane", "gen") == ([(1,)] if wanted else [])


@pytest.mark.parametrize("state", ["paused", "disabled", "gone", "open"])
async def test_an_endpoint_that_takes_nothing_is_told_all_the_same(depot: Depot, state: str) -> None:
    await depot.office.subscribe(URL)
    await depot.set_endpoint(state=state)
    await depot.office.tell("a")
    assert await depot.office.left() == {"queue": 1, "lane": 1}
    assert [one.health.is_open for one in await depot.own()] == ([True] if state == "open" else [])


async def test_a_deletion_waits_for_who_is_appending_and_takes_that_too(postgres: Depot) -> None:
    await postgres.office.subscribe(URL)

    async def unsubscribe() -> bool:
        async with postgres.database.transaction() as tx:
            return await delete_endpoint(tx, "end_a")

    async with postgres.appending("a"):
        deleting = asyncio.create_task(unsubscribe())
        await until_waiting(postgres.database)
    assert await deleting is True
    assert await postgres.rows("event", "id") == [("a-1",)]
    assert await postgres.office.left() == {"queue": 0, "lane": 0}


async def test_appending_waits_for_a_deletion_and_leaves_nothing_for_what_is_gone(postgres: Depot) -> None:
    await postgres.office.subscribe(URL)

    async def tell() -> None:
        async with postgres.database.transaction() as tx:
            await append(postgres.office, tx, "a")

    async with postgres.database.transaction() as tx:
        assert await delete_endpoint(tx, "end_a") is True
        telling = asyncio.create_task(tell())
        await until_waiting(postgres.database)
    await telling
    assert await postgres.rows("event", "id") == [("a-1",)]
    assert await postgres.office.left() == {"queue": 0, "lane": 0}


async def test_transactions_that_cross_do_not_deadlock(postgres: Depot) -> None:
    for name in ("end_a", "end_b", "end_c"):
        await postgres.office.subscribe(URL, name)
    subjects = ["s1", "s2", "s3", "s4"]

    async def tell(turn: int) -> None:
        for _ in range(10):
            async with postgres.database.transaction() as tx:
                await append(postgres.office, tx, *(subjects[turn:] + subjects[:turn]))

    await asyncio.gather(*map(tell, range(4)))
    assert await postgres.rows("lane", "endpoint_id, subject_key, gen") == [
        (number, subject, 40) for number in (1, 2, 3) for subject in subjects
    ]
    assert [pos for (pos,) in await postgres.rows("event", "seq")] == list(range(1, 161))
