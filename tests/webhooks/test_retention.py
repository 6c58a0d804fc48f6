"""What is kept for long enough goes, a bounded part at a time, and never what somebody still waits for."""

import json
import time
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import insert, text

from service.storage.database import Database
from service.storage.upkeep import keep_house
from service.webhooks import retention
from service.webhooks.feed import START, BodiesGone, read_feed
from service.webhooks.letters import Queued, drop_queued, keep_dead
from service.webhooks.retention import DAY_US, Retention
from service.webhooks.store_days import make_days
from service.webhooks.tables import dlog
from tests.webhooks.again import begin, counted, replaying, shown
from tests.webhooks.depot import Depot, open_depot, result

NOW = time.time_ns() // 1000
TODAY = NOW // DAY_US


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        await made.office.subscribe("http://127.0.0.1:9/")
        yield made


async def tried(depot: Depot, *tries: tuple[int, int]) -> None:
    """Attempts, each (position of the event, how many days ago)."""
    rows = [
        {
            "day": TODAY - ago,
            "endpoint_id": 1,
            "event_seq": seq,
            "replay_id": "",
            "n": 1,
            "started_at": (TODAY - ago) * DAY_US,
            "duration_ms": 1.0,
            "status": 500,
            "outcome": "failed",
            "response_head": "text",
            "worker": "d1",
        }
        for seq, ago in tries
    ]
    async with depot.database.transaction() as tx:
        await tx.execute(insert(dlog), rows)


async def make_partitions(depot: Depot, *ago: int) -> None:
    async with depot.database.transaction() as tx:
        for days in ago:
            await make_days(tx, today=TODAY - days - 1)


async def test_attempts_go_by_days_but_not_of_what_is_queued(depot: Depot) -> None:
    await depot.office.tell("a", "b")
    (mine,) = await depot.own()
    a, _ = sorted(await depot.claim(mine), key=lambda head: head.lane)
    await depot.store.record("d1", [result(a)])
    async with depot.database.transaction() as tx:
        await tx.execute(text("DELETE FROM dlog"))
    # Some in partitions of their days, some in none.
    await tried(depot, (1, 200), (2, 200))
    await make_partitions(depot, 120)
    await tried(depot, (1, 120), (2, 120), (1, 119), (1, 90), (2, 91))
    await keep_house(depot.database, Retention(attempt_days=90))
    assert sorted(await depot.rows("dlog", "event_seq, day")) == [
        (1, TODAY - 90),
        (2, TODAY - 200),
        (2, TODAY - 120),
        (2, TODAY - 91),
    ]
    if depot.database.dialect == "postgresql":
        names = await depot.rows("pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid", "c.relname")
        days = {int(name.removeprefix("dlog_")) for (name,) in names if name.removeprefix("dlog_").isdigit()}
        assert min(days) >= TODAY - 113
    await keep_house(depot.database, Retention(attempt_days=None))
    assert len(await depot.rows("dlog", "event_seq, day")) == 4


async def test_a_pass_is_bounded(depot: Depot) -> None:
    await tried(depot, *((seq, 100) for seq in range(1, 26)))
    counts: list[int] = []
    while not counts or counts[-1]:
        async with depot.database.transaction() as tx:
            counts.append(await retention.forget_attempts(tx, before=NOW - 90 * DAY_US, limit=10))
    assert counts == [10, 10, 5, 0]
    for seq in range(1, 26):
        async with depot.database.transaction() as tx:
            await keep_dead(tx, endpoint=1, event_seq=seq, replay_id="", attempts=1, reason="exhausted", at=1)
            if seq > 3:
                await tx.execute(text("UPDATE dead_letter SET state = 'dropped' WHERE event_seq = :seq"), {"seq": seq})
    counts = []
    while not counts or counts[-1]:
        async with depot.database.transaction() as tx:
            counts.append(await retention.forget_endings(tx, before=NOW, limit=20))
    assert counts == [20, 2, 0]
    assert await depot.rows("dead_letter", "event_seq, state") == [(1, "dead"), (2, "dead"), (3, "dead")]


async def test_bodies_go_but_not_those_that_are_waited_for(depot: Depot) -> None:
    await depot.office.tell("a", "b", "c", "d", "d")
    (mine,) = await depot.own()
    heads = {head.lane: head for head in await depot.claim(mine)}
    await depot.store.record("d1", [result(heads["a"]), result(heads["d"])])
    async with depot.database.transaction() as tx:
        await drop_queued(tx, [Queued(endpoint=1, lane="b", pos=2)], reason="x", by="y", at=1)
        await tx.execute(text("UPDATE dead_letter SET state = 'dead'"))
    position = (await depot.rows("recorder", "position"))[0][0]
    async with depot.database.transaction() as tx:
        await tx.execute(text("UPDATE event SET recorded_at = recorded_at - :us"), {"us": 500 * DAY_US})
    await keep_house(depot.database, Retention(body_days=400))
    emptied = [(1, "{}"), (4, "{}")]
    assert [row for row in await depot.rows("event", "seq, bodies") if row[1] == "{}"] == emptied
    assert position == 5
    async with depot.database.read() as connection:
        with pytest.raises(BodiesGone):
            await read_feed(connection, after=START, rendering="v1", types=None, subject=None, limit=10)
    selection, count = await counted(depot.office)
    assert (count.events, count.emptied) == (3, 2)
    # One whose body goes while it is looked at is not queued.
    await begin(depot.office)
    await replaying(depot.office).advance("rep_1")
    assert (await shown(depot.office)).queued == 3
    assert selection.until == 5


async def test_a_person_is_rewritten_everywhere_and_keeps_every_place(depot: Depot) -> None:
    await depot.office.tell("a", "b", "a")
    (mine,) = await depot.own()
    heads = sorted(await depot.claim(mine), key=lambda head: head.lane)
    await depot.store.record("d1", [result(head) for head in heads])
    async with depot.database.transaction() as tx:
        await tx.execute(text("UPDATE dlog SET response_head = 'thanks for Ada', response_headers = '{}'"))
    before = await depot.rows("event", "seq, id, type, subject_key, key_ver, recorded_at, facets")

    def blanked(rendering: str, body: bytes) -> bytes:
        return json.dumps({**json.loads(body), "who": None, "as": rendering}).encode()

    async with depot.database.transaction() as tx:
        assert await retention.rewrite(tx, "a", blanked) == 2
        assert await retention.rewrite(tx, "nobody", blanked) == 0
    assert await depot.rows("event", "seq, id, type, subject_key, key_ver, recorded_at, facets") == before
    for seq, bodies in await depot.rows("event", "seq, bodies"):
        for rendering, body in json.loads(bodies).items():
            assert json.loads(body).get("as") == (None if seq == 2 else rendering)
    kept = [(1, None, None), (2, "thanks for Ada", "{}")]
    assert await depot.rows("dlog", "event_seq, response_head, response_headers") == kept
    # What is still to be sent is sent as it is now.
    assert json.loads((await depot.only_head(mine)).body)["as"] == "v1"


async def test_texts_of_attempts_are_blanked_so_many_at_a_time(depot: Depot) -> None:
    await tried(depot, (1, 0), (1, 1), (2, 0), (3, 0))
    async with depot.database.transaction() as tx:
        assert await retention.expunge_attempts(tx, 1, event_seq=1, limit=10) == 2
        assert await retention.expunge_attempts(tx, 2, limit=10) == 0
        assert await retention.expunge_attempts(tx, 1, limit=1) == 1
        assert await retention.expunge_attempts(tx, 1, limit=10) == 1
    assert [text for _, text in await depot.rows("dlog", "event_seq, response_head")] == [None] * 4
