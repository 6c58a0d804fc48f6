"""Lanes of the three orders, and what is queued when an endpoint changes from one to another."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from service.storage.database import Database
from service.webhooks import lanes
from service.webhooks.endpoints import change_endpoint, find_endpoint
from service.webhooks.lanes import TooManyQueued, lane_of, move_lanes
from service.webhooks.subscriptions import Ordering, Subscription
from tests.webhooks.depot import Depot, append, open_depot, result, until_waiting
from tests.webhooks.post import Sink

URL = "http://127.0.0.1:9/"
ORDERINGS: tuple[Ordering, ...] = ("per_key", "strict", "none")
LANES = {
    "per_key": [("a", 1), ("a", 3), ("b", 2), ("b", 4)],
    "strict": [("*", 1), ("*", 2), ("*", 3), ("*", 4)],
    "none": [("#a-1", 1), ("#a-2", 3), ("#b-1", 2), ("#b-2", 4)],
}


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        yield made


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncGenerator[Depot]:
    database = Database(url=postgres_url)
    async with open_depot(database) as made:
        await made.office.subscribe(URL)
        yield made
    await database.close()


async def reorder(depot: Depot, ordering: Ordering) -> None:
    async with depot.database.transaction() as tx:
        before = await find_endpoint(tx, "end_a", for_update=True)
        assert before
        named = {name: getattr(before, name) for name in Subscription.__dataclass_fields__}
        chosen = Subscription(**{**named, "ordering": ordering})
        await change_endpoint(tx, "end_a", subscription=chosen, state=before.state, now=2)


def test_each_order_has_its_lane_and_none_is_taken_for_another() -> None:
    made = [lane_of(order, subject="employee:a", event_id="evt_1") for order in ORDERINGS]
    assert made == ["employee:a", "*", "#evt_1"]


@pytest.mark.parametrize("ordering", ORDERINGS)
async def test_events_take_the_lanes_of_the_order(depot: Depot, ordering: str) -> None:
    await depot.office.subscribe(URL, ordering=ordering)
    await depot.office.tell("a", "b")
    await depot.office.tell("a", "b")
    assert await depot.rows("queue", "subject_key, pos") == LANES[ordering]
    (mine,) = await depot.own()
    heads = await depot.claim(mine)
    assert sorted(head.lane for head in heads) == sorted({lane for lane, _ in LANES[ordering]})
    # Without order nobody waits: all of one person's events are read at once. Each is passed on by itself.
    if ordering == "none":
        a1, b1, a2, b2 = sorted(heads, key=lambda head: head.pos)
        group = await depot.store.record("d1", [result(a2), result(b1, ok=False)])
        assert [one.following for one in group.recorded] == [None, None]
        assert await depot.rows("lane", "subject_key, tries") == [("#a-1", 0), ("#b-1", 1), ("#b-2", 0)]
        await depot.store.record("d1", [result(a1), result(b2), result(replace(b1, tries=1))])
        assert await depot.office.left() == {"queue": 0, "lane": 0}


@pytest.mark.parametrize(
    ("before", "after"),
    [("per_key", "strict"), ("strict", "per_key"), ("per_key", "none"), ("none", "strict")],
)
async def test_what_is_queued_changes_lanes_and_nothing_is_lost(
    depot: Depot, before: Ordering, after: Ordering
) -> None:
    await depot.office.subscribe(URL, ordering=before)
    await depot.office.tell("a", "b")
    await depot.office.tell("a", "b")
    (mine,) = await depot.own()
    first = min(await depot.claim(mine), key=lambda head: head.pos)
    # a-1 has failed twice, and waits.
    for tries in range(2):
        await depot.store.record("d1", [result(replace(first, tries=tries, attempts=tries), ok=False)])
    ((late,),) = await depot.rows("lane", "max(visible_at)")
    await reorder(depot, after)
    assert await depot.rows("queue", "subject_key, pos") == LANES[after]
    lane = lane_of(after, subject="a", event_id="a-1")
    kept = {
        key: (tries, attempts, at)
        for key, tries, attempts, at in await depot.rows("lane", "subject_key, tries, attempts, visible_at")
    }
    assert set(kept) == {lane for lane, _ in LANES[after]}
    assert kept.pop(lane) == (2, 2, late)
    assert set(kept.values()) <= {(0, 0, 0)}
    await depot.set_lane(visible_at=0)
    sent: list[tuple[str, int]] = []
    while heads := await depot.claim((await depot.own())[0]):
        sent += [(head.event_id, head.tries) for head in heads]
        await depot.store.record("d1", [result(head) for head in heads])
    assert sorted(sent) == [("a-1", 2), ("a-2", 0), ("b-1", 0), ("b-2", 0)]
    assert await depot.office.left() == {"queue": 0, "lane": 0}
    assert {n for _, n, _, outcome in await depot.office.attempts() if outcome == "delivered"} == {1, 3}


async def test_a_result_of_before_drops_no_lane_of_after(depot: Depot) -> None:
    """The owner learns of the change only with its next look: what it hands in until then speaks of lanes that are
    no more, or of ones that are there again."""
    await depot.office.subscribe(URL)
    await depot.office.tell("a")
    (mine,) = await depot.own()
    head = await depot.only_head(mine)
    await reorder(depot, "strict")
    group = await depot.store.record("d1", [result(head)])
    assert (group.recorded, group.again) == ([], [])
    assert await depot.rows("queue", "subject_key, pos") == [("*", 1)]
    await reorder(depot, "per_key")
    await depot.office.tell("a")
    (one,) = (await depot.store.record("d1", [result(head)])).recorded
    assert one.following
    assert (one.following.event_id, one.revision) == ("a-2", 3)
    assert await depot.rows("lane", "subject_key") == [("a",)]


async def test_more_than_moves_at_once_is_refused_and_stays(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "MOST_MOVED", 1)
    await depot.office.subscribe(URL)
    await depot.office.tell("a", "b")
    with pytest.raises(TooManyQueued) as caught:
        await reorder(depot, "strict")
    assert caught.value.count == 2
    assert await depot.rows("queue", "subject_key, pos") == [("a", 1), ("b", 2)]
    assert (await depot.office.endpoint()).ordering == "per_key"


async def test_whoever_appends_while_the_order_changes_takes_the_new_lane(postgres: Depot) -> None:
    await postgres.office.tell("a")
    async with postgres.database.transaction() as tx:
        await move_lanes(tx, 1, ordering="strict")
        await tx.exec_driver_sql("UPDATE endpoint SET ordering = 'strict'")
        # It has read the order as it was, and waits for the endpoint.
        appending = asyncio.create_task(postgres.office.tell("a", "b"))
        await until_waiting(postgres.database)
    await appending
    assert await postgres.rows("queue", "subject_key, pos") == [("*", 1), ("*", 2), ("*", 3)]
    assert [key for (key,) in await postgres.rows("lane", "subject_key")] == ["*"]


async def test_a_change_waits_for_whoever_appends_and_moves_that_too(postgres: Depot) -> None:
    async with postgres.database.transaction() as tx:
        await append(postgres.office, tx, "a")
        changing = asyncio.create_task(reorder(postgres, "strict"))
        await until_waiting(postgres.database)
    await changing
    assert await postgres.rows("queue", "subject_key, pos") == [("*", 1)]
    assert [key for (key,) in await postgres.rows("lane", "subject_key")] == ["*"]


async def test_an_order_changed_under_way_loses_and_overtakes_nothing(postgres: Depot) -> None:
    """Events are told and sent all the while; the receiver fails now and then."""
    office, sink = postgres.office, Sink()
    await sink.start()
    sink.answer = lambda event, times: (500 if times == 0 and len(told) % 5 == 0 else 200, {})
    async with postgres.database.transaction() as tx:
        await tx.exec_driver_sql(f"UPDATE endpoint SET url = '{sink.url}', max_in_flight = 4")
    told: list[str] = []
    async with office.dispatching(retry_scale=0.0005) as running:
        for ordering in ("strict", "per_key", "strict", "per_key"):
            for _ in range(5):
                told += await office.tell("a", "b", "c", "a")
            await reorder(postgres, ordering)
            office.wake()
        await sink.until(lambda: set(sink.delivered) == set(told))
        await running.until("idle")
    await sink.stop()
    assert await office.left() == {"queue": 0, "lane": 0}
    for subject in "abc":
        first = list(dict.fromkeys(event for event in sink.delivered if event.startswith(subject)))
        assert first == [event for event in told if event.startswith(subject)]
