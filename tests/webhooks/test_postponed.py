"""An event that its receiver cannot take yet: its lane waits, nothing is used up, and its owner is told once."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from service.storage.database import Database
from service.webhooks.endings import Endings
from service.webhooks.outcomes import decide
from service.webhooks.verdicts import judge
from service.webhooks.work import Head, Owned, Result
from tests.webhooks.crate import Crate
from tests.webhooks.depot import Depot, open_depot
from tests.webhooks.failing import heard, lanes, states, subscribe
from tests.webhooks.heads import answered
from tests.webhooks.post import Office, Sink, take_recorder

POSTPONE = {"webhook-delivery": "postpone"}
SOON = 0.00005
"""Scale of the schedule: a quarter of an hour is 45 ms."""


@pytest.fixture
async def office(database: Database) -> Office:
    return Office(database)


@pytest.fixture
async def sink() -> AsyncGenerator[Sink]:
    made = Sink()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def owner() -> AsyncGenerator[Sink]:
    made = Sink()
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        await made.office.subscribe("http://127.0.0.1:9/", event_types=("thing.happened",))
        yield made


async def test_only_its_lane_waits_however_long_and_it_is_told_once(office: Office, sink: Sink, owner: Sink) -> None:
    taken = False
    sink.answer = lambda event, times: (200, {}) if event[0] != "a" or taken else (423, POSTPONE)
    await subscribe(office, sink, owner, retry_schedule=(0.01,))
    async with office.dispatching(retry_scale=SOON) as running:
        await office.tell("a", "b")
        await office.tell("a", "b", "c")
        await owner.until(lambda: len(owner.got) == 1)
        await sink.until(lambda: len(sink.got) >= 3 + 6)
        assert sorted(sink.delivered) == ["b-1", "b-2", "c-1"]
        shown = await states(office)
        assert (shown["a-1"][0], shown["a-2"]) == ("retrying", ("pending", 0))
        assert shown["a-1"][1] >= 5, "more often than there are tries"
        assert await lanes(office) == {"a": 0}
        here = await office.endpoint()
        assert (here.state, here.fail_since, here.recent, here.not_before) == ("healthy", None, 0, 0)
        taken = True
        await sink.until(lambda: len(sink.delivered) == 5)
        await running.until("idle")
    assert sink.delivered[-2:] == ["a-1", "a-2"]
    (told,) = heard(owner)
    assert (told["type"], told["sequence"], told["data"]) == (
        "delivery.postponed",
        1,
        {
            "endpoint": {"id": "end_a"},
            "event": {"id": "a-1", "type": "thing.happened", "subject": "a"},
            "reason": None,
            "last_status": 423,
        },
    )
    tries = [(n, outcome) for event, n, _, outcome in await office.attempts() if event == "a-1"]
    assert tries == [(n, "postponed") for n in range(1, len(tries))] + [(len(tries), "delivered")]
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_one_order_for_all_waits_as_a_whole_and_as_long_as_is_asked(
    office: Office, sink: Sink, owner: Sink
) -> None:
    sink.answer = lambda event, times: (503, {**POSTPONE, "retry-after": "1"}) if not times else (200, {})
    await subscribe(office, sink, owner, ordering="strict")
    loop = asyncio.get_running_loop()
    async with office.dispatching(retry_scale=SOON) as running:
        await office.tell("a", "b")
        await sink.until(lambda: len(sink.got) == 1)
        first = loop.time()
        await sink.until(lambda: len(sink.got) == 2)
        assert loop.time() - first >= 0.9, "asked for, so neither scaled nor moved"
        await sink.until(lambda: len(sink.got) == 4)
        await running.until("idle")
    assert sink.got == [("a-1", 503), ("a-1", 200), ("b-1", 503), ("b-1", 200)]
    assert [one["data"]["event"]["id"] for one in heard(owner)] == ["a-1", "b-1"]
    assert (await office.endpoint()).state == "healthy"


async def test_in_a_batch_the_answer_names_what_waits(office: Office, owner: Sink) -> None:
    crate = Crate()
    await crate.start()
    crate.mood = lambda event, times: "postpone" if event == "a-2" and times < 3 else "ok"
    await subscribe(office, crate, owner, mode="batch", retry_schedule=(0.01,))
    async with office.dispatching(retry_scale=SOON) as running:
        told = await office.tell("a", "a", "a", "b")
        await crate.until(lambda: len(crate.took) == len(told))
        await running.until("idle")
    await crate.stop()
    assert sorted(crate.took[:2]) == ["a-1", "b-1"]
    assert crate.took[2:] == ["a-2", "a-3"]
    assert [one["data"]["event"]["id"] for one in heard(owner)] == ["a-2"]
    tries = [(event, n, outcome) for event, n, _, outcome in await office.attempts() if event[0] == "a"]
    waited = [(event, n, "postponed") for event in ("a-2", "a-3") for n in (1, 2, 3)]
    assert tries == sorted([("a-1", 1, "delivered"), *waited, ("a-2", 4, "delivered"), ("a-3", 4, "delivered")])
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_nothing_is_told_of_what_tells_of_endpoints(office: Office, sink: Sink, owner: Sink) -> None:
    sink.answer = lambda event, times: (423, POSTPONE) if not times else (200, {})
    owner.answer = lambda event, times: (423, POSTPONE) if times < 2 else (200, {})
    await subscribe(office, sink, owner)
    async with office.dispatching(retry_scale=SOON) as running:
        await office.tell("a")
        await owner.until(lambda: len(owner.delivered) == 1)
        await running.until("idle")
    assert len({event for event, _ in owner.got}) == 1
    assert await office.left() == {"queue": 0, "lane": 0}


# Killed in between, and what else may happen meanwhile.


def endings(depot: Depot, number: int = 1) -> Endings:
    async def recorder(tx: Any, events: int) -> tuple[int, int]:
        return await take_recorder(depot.database, tx, events)

    return Endings(
        depot.database,
        me="d1",
        take_recorder=recorder,
        new_event_id=lambda: f"evt_{number}",
        now_us=depot.store.now_us,
    )


def postponed(mine: Owned, head: Head) -> Result:
    came = answered(423, b"why", webhook_delivery="postpone")
    return judge(
        head,
        mine,
        came,
        decide(came, now_seconds=0),
        started_at=1_800_000_000_000_000,
        chance=0.5,
        scale=1.0,
        throttle_seconds=5.0,
        spared=False,
    ).result


async def told(depot: Depot) -> list[dict[str, Any]]:
    async with depot.database.read() as connection:
        rows = await connection.execute(text("SELECT bodies FROM event WHERE type = 'delivery.postponed' ORDER BY seq"))
        return [json.loads(json.loads(bodies)["v1"])["data"] for bodies in rows.scalars()]


async def test_killed_between_telling_and_recording_it_is_told_once(depot: Depot) -> None:
    await depot.office.tell("a", "a")
    (mine,) = await depot.own()
    head = await depot.only_head(mine)
    result = postponed(mine, head)
    assert [one.delay_us for one in (result, postponed(mine, replace(head, tries=96)))] == [900_000_000, 3_600_000_000]
    assert await endings(depot).postpone(result, reason="why") is True
    assert await depot.rows("lane", "subject_key, attempts, tries, visible_at") == [("a", 0, 0, 0)], "not recorded yet"
    # The next owner knows nothing of it: it sends the event again and is answered the same.
    again = postponed(mine, await depot.only_head(mine))
    assert await endings(depot, 2).postpone(again, reason="why") is False
    (one,) = (await depot.store.record("d1", [again])).recorded
    assert one.following is None
    assert await depot.rows("dlog", "event_seq, n, outcome, error_class, status") == [
        (1, 1, "postponed", "postponed", 423)
    ]
    ((lane, attempts, tries, visible_at),) = await depot.rows("lane", "subject_key, attempts, tries, visible_at")
    assert (lane, attempts, tries) == ("a", 0, 1)
    assert abs(visible_at - await depot.store.now_us() - 900_000_000) < 60_000_000
    assert await depot.rows("queue", "subject_key, pos") == [("a", 1), ("a", 2)]
    # Nor is it told when the event is sent once more, for which it is another delivery.
    await depot.replay(1, "rep_1")
    replayed = Head(**{**{name: getattr(head, name) for name in head.__slots__}, "pos": 4, "replay_id": "rep_1"})
    assert await endings(depot, 3).postpone(postponed(mine, replayed), reason="why") is False
    assert [(one["event"]["id"], one["reason"], one["last_status"]) for one in await told(depot)] == [
        ("a-1", "why", 423)
    ]


async def test_who_owns_it_no_more_and_what_was_dropped_meanwhile_tell_nothing(depot: Depot) -> None:
    await depot.office.tell("a", "b")
    (mine,) = await depot.own()
    a, b = await depot.claim(mine)
    async with depot.database.transaction() as tx:
        await tx.execute(text("DELETE FROM queue WHERE subject_key = 'a'"))
    assert await endings(depot).postpone(postponed(mine, a), reason=None) is False
    await depot.set_endpoint(epoch=2)
    assert await endings(depot).postpone(postponed(mine, b), reason=None) is False
    assert await told(depot) == []
    assert await depot.rows("dlog", "n") == []
