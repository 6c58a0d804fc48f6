"""Dropping what is queued: the row goes, its lane goes on, and what was under way says nothing of what follows."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from service.storage.database import Database
from service.webhooks.deliveries import find_delivery, list_deliveries, parse_delivery_id
from service.webhooks.endings import Endings
from service.webhooks.letters import Queued, drop_queued, hurry
from service.webhooks.work import BLOCKED_US
from tests.webhooks.depot import Depot, open_depot, result, until_waiting
from tests.webhooks.post import take_recorder


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        await made.office.subscribe("http://127.0.0.1:9/")
        yield made


async def drop(depot: Depot, *positions: tuple[str, int]) -> int:
    async with depot.database.transaction() as tx:
        entries = [Queued(endpoint=1, lane=lane, pos=pos) for lane, pos in positions]
        return await drop_queued(tx, entries, reason="by hand", by="key:a", at=7)


async def states(depot: Depot) -> list[tuple[str, str, int]]:
    async with depot.database.read() as connection:
        found = await list_deliveries(connection, "end_a", state=None, limit=50)
        for one in found:
            key = parse_delivery_id(one.id)
            assert key
            assert await find_delivery(connection, key) == one
    return [(one.event, one.state, one.attempts) for one in found]


async def test_blocked_is_a_state_and_dropping_ends_it(depot: Depot) -> None:
    await depot.office.tell("a", "a")
    (mine,) = await depot.own()
    head = await depot.only_head(mine)
    await depot.store.record("d1", [result(head, ok=False, delay_us=None)])
    assert await depot.rows("lane", "attempts, tries, visible_at") == [(1, 1, BLOCKED_US)]
    assert await states(depot) == [("a-2", "pending", 0), ("a-1", "blocked", 1)]
    async with depot.database.read() as connection:
        (one,) = await list_deliveries(connection, "end_a", state="blocked", limit=5)
        assert one.next_attempt_at is None
    assert await drop(depot, ("a", 1)) == 1
    assert await drop(depot, ("a", 1)) == 0
    assert await states(depot) == [("a-2", "pending", 0), ("a-1", "dropped", 1)]
    following = await depot.only_head(mine)
    assert (following.event_id, following.attempts, following.tries) == ("a-2", 0, 0)


async def test_dropping_one_that_waits_leaves_the_head_as_it_fails(depot: Depot) -> None:
    await depot.office.tell("a", "a", "a")
    (mine,) = await depot.own()
    await depot.store.record("d1", [result(await depot.only_head(mine), ok=False)])
    before = await depot.rows("lane", "gen, attempts, tries, visible_at")
    assert await drop(depot, ("a", 2)) == 1
    assert await depot.rows("lane", "gen, attempts, tries, visible_at") == before
    assert await states(depot) == [("a-3", "pending", 0), ("a-2", "dropped", 0), ("a-1", "retrying", 1)]
    async with depot.database.transaction() as tx:
        await hurry(tx, 1, "a")
    head = await depot.only_head(mine)
    assert (head.event_id, head.attempts, head.tries) == ("a-1", 1, 1)


@pytest.mark.parametrize("ok", [True, False])
async def test_what_was_under_way_when_it_was_dropped(depot: Depot, ok: bool) -> None:
    await depot.office.tell("a", "a")
    await depot.set_lane(attempts=8, tries=8)
    (mine,) = await depot.own()
    head = await depot.only_head(mine)
    await drop(depot, ("a", 1))
    (one,) = (await depot.store.record("d1", [result(head, ok=ok)])).recorded
    assert (one.following.event_id if one.following else None) == ("a-2" if ok else None)
    # The failure of what is gone puts nobody back.
    assert await depot.rows("lane", "attempts, tries, visible_at") == [(0, 0, 0)]
    assert await states(depot) == [("a-2", "pending", 0), ("a-1", "delivered" if ok else "dropped", 9 if ok else 8)]
    assert await depot.rows("dlog", "event_seq, n, outcome") == [(1, 9, "delivered" if ok else "failed")]


async def test_what_is_dropped_is_not_buried_as_well(depot: Depot) -> None:
    async def recorder(tx, events: int) -> tuple[int, int]:
        return await take_recorder(depot.database, tx, events)

    await depot.office.tell("a")
    (mine,) = await depot.own()
    head = await depot.only_head(mine)
    await drop(depot, ("a", 1))
    made = Endings(
        depot.database, me="d1", take_recorder=recorder, new_event_id=lambda: "evt_1", now_us=depot.store.now_us
    )
    assert await made.bury(result(head, ok=False), "exhausted") is False
    assert await states(depot) == [("a-1", "dropped", 0)]
    assert await depot.rows("event", "type") == [("thing.happened",)]


async def test_a_failure_that_overlaps_the_drop_puts_nobody_back(postgres_url: str) -> None:
    """Its statement has begun before the drop commits, and would put back what follows."""
    database = Database(url=postgres_url)
    async with open_depot(database) as postgres:
        await postgres.office.subscribe("http://127.0.0.1:9/")
        await postgres.office.tell("a", "a")
        await postgres.set_lane(attempts=8, tries=8)
        (mine,) = await postgres.own()
        head = await postgres.only_head(mine)
        async with database.transaction() as tx:
            await drop_queued(tx, [Queued(endpoint=1, lane="a", pos=1)], reason="x", by="key:a", at=7)
            # Whoever records meanwhile passes the lane over.
            group = await postgres.store.record("d1", [result(head, ok=False)])
            assert (group.recorded, len(group.again)) == ([], 1)
            appending = asyncio.create_task(postgres.office.tell("a"))
            await until_waiting(database)
        await appending
        await postgres.store.record("d1", group.again)
        assert await postgres.rows("lane", "gen, attempts, tries, visible_at") == [(2, 0, 0, 0)]
        assert (await postgres.only_head(mine)).event_id == "a-2"
    await database.close()


async def test_what_arrived_before_one_that_was_dropped_meanwhile_has_arrived(depot: Depot) -> None:
    """Of a batch the first was taken and the second refused for good, which somebody had dropped by then."""

    async def recorder(tx, events: int) -> tuple[int, int]:
        return await take_recorder(depot.database, tx, events)

    await depot.office.tell("a", "a", "a")
    await depot.set_endpoint(mode="batch")
    await depot.set_lane(attempts=2, tries=2)
    (mine,) = await depot.own()
    first, second, third = await depot.claim(mine)
    await drop(depot, ("a", 2))
    made = Endings(
        depot.database, me="d1", take_recorder=recorder, new_event_id=lambda: "evt_1", now_us=depot.store.now_us
    )
    refused = replace(result(second, ok=False), before=(first,), outcome="aborted")
    assert await made.bury(refused, "aborted") is False
    assert await depot.rows("lane", "attempts, tries") == [(0, 0)]
    assert await depot.rows("queue", "pos") == [(3,)]
    await depot.store.record("d1", [result(third)])
    assert await states(depot) == [("a-3", "delivered", 1), ("a-2", "dropped", 0), ("a-1", "delivered", 3)]
    assert await depot.office.left() == {"queue": 0, "lane": 0}
    assert await depot.rows("event", "type") == [("thing.happened",)] * 3


async def test_what_failed_behind_one_that_was_dropped_meanwhile_still_counts_its_tries(depot: Depot) -> None:
    """Else its next try would be taken for one that is recorded, and a delivery would be nowhere to be seen."""
    await depot.office.tell("a", "a")
    await depot.set_endpoint(mode="batch")
    (mine,) = await depot.own()
    first, second = await depot.claim(mine)
    await drop(depot, ("a", 1))
    await depot.store.record("d1", [replace(result(first, ok=False), rest=(second,))])
    assert await depot.rows("lane", "attempts, tries, visible_at, tried_to") == [(0, 0, 0, 2)]
    head = await depot.only_head(mine)
    assert (head.event_id, head.tries) == ("a-2", 1)
    await depot.store.record("d1", [result(head)])
    assert await states(depot) == [("a-2", "delivered", 2), ("a-1", "dropped", 0)]
