"""Ways in which a queue of lanes loses events without a word: each wrong form shown to lose, ours shown not to.

On Postgres, where statements overlap; what depends on no overlap is shown on every engine.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from service.storage.database import Database
from service.webhooks.store_lanes import raise_lanes
from service.webhooks.work import Head, Owned
from tests.webhooks.depot import Depot, append, open_depot, result, until_waiting

URL = "http://127.0.0.1:9/"


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        await made.office.subscribe(URL)
        yield made


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncGenerator[Depot]:
    database = Database(url=postgres_url)
    async with open_depot(database) as made:
        await made.office.subscribe(URL)
        yield made
    await database.close()


async def head_of(depot: Depot) -> Head:
    (mine,) = await depot.own()
    return await depot.only_head(mine)


async def drain(depot: Depot, owned: Owned) -> list[tuple[str, str]]:
    """(event, replay) in the order in which a dispatcher would deliver them, until nothing is left to claim."""
    delivered: list[tuple[str, str]] = []
    while heads := await depot.claim(owned):
        for head in heads:
            current: Head | None = head
            while current:
                delivered.append((current.event_id, current.replay_id))
                group = await depot.store.record("d1", [result(current)])
                current = group.recorded[0].following
    return delivered


async def run(depot: Depot, statement: str) -> None:
    async with asyncio.timeout(10), depot.database.transaction() as tx:
        await tx.execute(text(statement))


@asynccontextmanager
async def rolled_back(depot: Depot) -> AsyncGenerator[AsyncConnection]:
    with contextlib.suppress(ZeroDivisionError):
        async with depot.database.transaction() as tx:
            yield tx
            raise ZeroDivisionError


async def orphans(depot: Depot) -> int:
    """Events that no lane leads to."""
    ((count,),) = await depot.rows(
        "queue q",
        "(SELECT count(*) FROM queue o WHERE NOT EXISTS (SELECT 1 FROM lane l "
        "WHERE l.endpoint_id = o.endpoint_id AND l.subject_key = o.subject_key))",
    )
    return count


# (a) A test for what is pending, inside the DELETE, keeps the snapshot of when the statement began.


async def test_loss_a_wrong_not_exists_pending_keeps_the_old_snapshot(postgres: Depot) -> None:
    await postgres.office.tell("a")
    async with postgres.appending("a"):
        dropping = asyncio.create_task(
            run(
                postgres,
                "WITH sent AS (DELETE FROM queue WHERE pos = 1) DELETE FROM lane l WHERE l.subject_key = 'a' AND NOT "
                "EXISTS (SELECT 1 FROM queue q WHERE q.subject_key = l.subject_key AND q.pos > 1)",
            )
        )
        await until_waiting(postgres.database)
    await dropping
    assert await postgres.office.left() == {"queue": 1, "lane": 0}
    assert await orphans(postgres) == 1


async def test_loss_a_a_lane_appended_to_meanwhile_stays(postgres: Depot) -> None:
    await postgres.office.tell("a")
    head = await head_of(postgres)
    async with postgres.appending("a"):
        group = await postgres.store.record("d1", [result(head)])
        assert (group.recorded, [one.head for one in group.again]) == ([], [head])
    (one,) = (await postgres.store.record("d1", group.again)).recorded
    assert one.following
    assert one.following.event_id == "a-2"
    assert await postgres.office.left() == {"queue": 1, "lane": 1}


async def test_loss_a_an_append_after_the_snapshot_keeps_the_lane_by_its_gen(postgres: Depot) -> None:
    """The statement sees nothing that follows, yet the lane's lock shows that somebody has appended."""
    await postgres.office.tell("a")
    head = await head_of(postgres)
    await postgres.office.tell("a")
    await run(postgres, "CREATE TABLE hidden AS SELECT * FROM queue WHERE pos = 2")
    await run(postgres, "DELETE FROM queue WHERE pos = 2")
    (one,) = (await postgres.store.record("d1", [result(head)])).recorded
    assert one.following is None
    assert await postgres.rows("lane", "subject_key, gen") == [("a", 2)]
    await run(postgres, "INSERT INTO queue SELECT * FROM hidden")
    (mine,) = await postgres.own()
    assert await drain(postgres, mine) == [("a-2", "")]


# (b) ON CONFLICT DO NOTHING neither waits for who is dropping the lane, nor leaves a mark that he would see.


async def test_loss_b_wrong_do_nothing_neither_waits_nor_marks(postgres: Depot) -> None:
    await postgres.office.tell("a")
    async with postgres.database.transaction() as tx:
        await tx.execute(text("DELETE FROM queue WHERE pos = 1"))
        await tx.execute(text("SELECT gen FROM lane WHERE subject_key = 'a' FOR UPDATE"))
        assert (await tx.execute(text("SELECT pos FROM queue WHERE subject_key = 'a'"))).all() == []
        await run(
            postgres,
            "WITH lane AS (INSERT INTO lane (endpoint_id, subject_key, gen, attempts, tries, visible_at) "
            "VALUES (1, 'a', 1, 0, 0, 0) ON CONFLICT DO NOTHING) "
            "INSERT INTO queue (endpoint_id, subject_key, pos, key_ver, event_seq, replay_id) "
            "VALUES (1, 'a', 2, 2, 2, '')",
        )
        await tx.execute(text("DELETE FROM lane WHERE subject_key = 'a' AND gen = 1"))
    assert await postgres.office.left() == {"queue": 1, "lane": 0}
    assert await orphans(postgres) == 1


async def test_loss_b_appending_waits_for_who_is_dropping_the_lane(postgres: Depot) -> None:
    await postgres.office.tell("a")

    async def tell() -> None:
        async with postgres.database.transaction() as tx:
            await append(postgres.office, tx, "a")

    async with postgres.database.transaction() as tx:
        await tx.execute(text("DELETE FROM queue WHERE pos = 1"))
        await tx.execute(text("SELECT gen FROM lane WHERE subject_key = 'a' FOR UPDATE"))
        telling = asyncio.create_task(tell())
        await until_waiting(postgres.database)
        await tx.execute(text("DELETE FROM lane WHERE subject_key = 'a' AND gen = 1"))
    await telling
    assert await postgres.rows("lane", "subject_key, gen") == [("a", 1)]
    (mine,) = await postgres.own()
    assert await drain(postgres, mine) == [("a-2", "")]


# (c) A lane that stores its last position is dropped too early once a replay of an old event has lowered it.


async def test_loss_c_wrong_stored_tail_is_lowered_by_a_replay(depot: Depot) -> None:
    await run(depot, "CREATE TABLE tailed (subject_key TEXT PRIMARY KEY, tail BIGINT)")
    for position in (1, 2, 1):
        await run(
            depot,
            f"INSERT INTO tailed VALUES ('a', {position}) ON CONFLICT (subject_key) DO UPDATE SET tail = excluded.tail",
        )
    await run(depot, "DELETE FROM tailed WHERE subject_key = 'a' AND tail <= 1")
    # Event 2 was never sent, and nothing leads to it any more.
    assert await depot.rows("tailed", "tail") == []


async def test_loss_c_a_replay_has_a_position_of_its_own_behind_all_others(depot: Depot) -> None:
    await depot.office.tell("a", "a")
    await depot.replay(1, "r1")
    await depot.office.tell("a")
    (mine,) = await depot.own()
    assert await drain(depot, mine) == [("a-1", ""), ("a-2", ""), ("a-1", "r1"), ("a-3", "")]
    assert await depot.office.left() == {"queue": 0, "lane": 0}
    assert await depot.rows("dlog", "event_seq, replay_id, n, outcome") == [
        (1, "", 1, "delivered"),
        (1, "r1", 1, "delivered"),
        (2, "", 1, "delivered"),
        (4, "", 1, "delivered"),
    ]


# (d) A replay marked as a status of the row that is under way vanishes with it, and leaves a lane without a head.


async def test_loss_d_wrong_status_of_the_head_is_swallowed(depot: Depot) -> None:
    await run(depot, "CREATE TABLE marked (pos BIGINT PRIMARY KEY, status TEXT)")
    await run(depot, "INSERT INTO marked VALUES (1, 'sending')")
    await run(depot, "UPDATE marked SET status = 'pending' WHERE pos = 1")
    await run(depot, "DELETE FROM marked WHERE pos = 1")
    assert await depot.rows("marked", "pos") == []


async def test_loss_d_a_replay_of_the_head_under_way_is_sent(depot: Depot) -> None:
    await depot.office.tell("a")
    head = await head_of(depot)
    await depot.replay(1, "r1")
    (one,) = (await depot.store.record("d1", [result(head)])).recorded
    assert one.following
    assert (one.following.event_id, one.following.replay_id, one.following.gen) == ("a-1", "r1", 2)
    await depot.store.record("d1", [result(one.following)])
    assert await depot.office.left() == {"queue": 0, "lane": 0}


async def test_loss_d_a_lane_without_a_head_is_claimed_once_and_goes(depot: Depot) -> None:
    await depot.office.tell("a", "b")
    await run(depot, "DELETE FROM queue WHERE subject_key = 'a'")
    (mine,) = await depot.own()
    assert [head.lane for head in await depot.claim(mine)] == ["b"]
    assert await depot.rows("lane", "subject_key") == [("b",)]


async def test_loss_d_a_lane_without_a_head_that_is_being_appended_to_stays(postgres: Depot) -> None:
    await postgres.office.tell("a")
    await run(postgres, "DELETE FROM queue")
    (mine,) = await postgres.own()
    async with postgres.appending("a"):
        claiming = asyncio.create_task(postgres.claim(mine))
        await until_waiting(postgres.database)
    assert await claiming == []
    assert await drain(postgres, mine) == [("a-2", "")]


# (e) SQLAlchemy begins a transaction with its own first statement: one on the raw driver before it is on its own.


async def test_loss_e_wrong_raw_statement_before_the_transaction_commits_on_its_own(postgres: Depot) -> None:
    async with rolled_back(postgres) as tx:
        raw = (await tx.get_raw_connection()).driver_connection
        assert raw
        await raw.execute("INSERT INTO dispatcher VALUES ('raw', 1)")
    assert await postgres.rows("dispatcher", "name") == [("raw",)]


async def test_loss_e_what_raises_lanes_is_part_of_the_transaction(depot: Depot) -> None:
    async with rolled_back(depot) as tx:
        assert await raise_lanes(tx, [(1, "a")]) == {(1, "a")}
    assert await depot.office.left() == {"queue": 0, "lane": 0}


# (f) Attempts belong to the head: left on the lane, the next event dies of its first failure.


async def test_loss_f_a_success_resets_the_attempts_of_its_lane(depot: Depot) -> None:
    await depot.office.tell("a", "a")
    await depot.set_lane(attempts=9, tries=12, first_fail_at=5)
    head = await head_of(depot)
    assert (head.attempts, head.tries) == (9, 12)
    (one,) = (await depot.store.record("d1", [result(head)])).recorded
    assert one.following
    assert (one.following.attempts, one.following.tries) == (0, 0)
    assert await depot.rows("lane", "attempts, tries, visible_at, first_fail_at") == [(0, 0, 0, None)]


async def test_loss_f_wrong_kept_attempts_let_the_next_event_die(depot: Depot) -> None:
    await depot.office.tell("a", "a")
    await depot.set_lane(attempts=9, tries=12)
    await run(depot, "DELETE FROM queue WHERE pos = 1")
    head = await head_of(depot)
    # Deleted without a reset: the second event is on its last try before its first.
    assert (head.event_id, head.attempts) == ("a-2", 9)
