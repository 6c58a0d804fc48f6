"""How an endpoint is doing, told at a cost that does not grow with what is queued."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bench.capture import captured
from service.storage.database import Database
from service.webhooks.condition import COUNTED, Condition, Tally, conditions_of, count_states, queued_by_endpoint
from service.webhooks.deliveries import list_deliveries
from service.webhooks.work import FIRST_US
from tests.webhooks.depot import Depot, open_depot, result

DAY_US = 86_400_000_000
NOW = 1_800_000_000_000_000


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        await made.office.subscribe("http://127.0.0.1:9/")
        yield made


async def seen(depot: Depot, *, now: int = NOW) -> Condition:
    async with depot.database.read() as connection:
        return (await conditions_of(connection, ["end_a", "end_none"], now=now))["end_a"]


def counts(found: Condition) -> tuple[int, int, int, int]:
    one = found.backlog
    return one.pending, one.retrying, one.held, one.blocked


async def test_what_is_queued_and_how_the_latest_tries_went(depot: Depot) -> None:
    quiet = await seen(depot)
    assert (counts(quiet), quiet.oldest_at, quiet.durations, quiet.last_day.attempts) == ((0, 0, 0, 0), None, [], 0)

    await depot.office.tell("a", "b", "c", "d", "a")
    (mine,) = await depot.own()
    a, b, c, _ = await depot.claim(mine)
    tried = [
        replace(result(a), started_at=NOW - 10, duration_ms=4.0),
        replace(result(b, ok=False), started_at=NOW - DAY_US // 2, duration_ms=9.0),
        replace(result(c, ok=False, delay_us=None), started_at=NOW - 2 * DAY_US, duration_ms=7.0),
    ]
    await depot.store.record("d1", tried)
    found = await seen(depot)
    assert counts(found) == (2, 1, 0, 1)
    assert not found.backlog.capped
    assert found.durations == [4.0, 7.0, 9.0]
    assert len(found.delays) == 3
    assert (found.last_hour.attempts, found.last_hour.delivered) == (1, 1)
    assert (found.last_day.attempts, found.last_day.delivered) == (2, 1)
    (recorded,) = await depot.rows("event WHERE seq = 2", "recorded_at")
    assert found.oldest_at == recorded[0]

    # A replay is old by itself: it is queued, and says nothing of how long anything waits.
    await depot.replay(1, "r1")
    again = await seen(depot)
    assert (counts(again), again.oldest_at) == ((3, 1, 0, 1), recorded[0])
    await depot.set_endpoint(state="paused")
    assert counts(await seen(depot)) == (0, 0, 5, 0)


ROWS = 30_000
FILLED = {
    "event": """INSERT INTO event (seq, id, type, schema_ver, subject_key, key_ver, recorded_at, facets, bodies)
                SELECT i, 'e' || i, 'x', 1, 's' || i, 1, i, '{}', '{}' FROM n""",
    "queue": """INSERT INTO queue (endpoint_id, subject_key, pos, key_ver, event_seq, replay_id)
                SELECT 2, 's' || i, i, 1, i, '' FROM n""",
    "lane": """INSERT INTO lane (endpoint_id, subject_key, gen, attempts, tries, visible_at)
               SELECT 2, 's' || i, 1, 0, i % 3, CASE i % 3 WHEN 0 THEN 0 WHEN 1 THEN i ELSE 4611686018427387904 END
               FROM n""",
    "dlog": f"""INSERT INTO dlog (day, endpoint_id, event_seq, replay_id, n, started_at, duration_ms, outcome, worker)
                SELECT {NOW // DAY_US}, 2, i, '', 1, {NOW} - i, 1, 'delivered', 'd1' FROM n""",
}


async def fill(depot: Depot) -> None:
    """Queue ROWS events, each of its own person, for a second endpoint: all earlier than what the first one gets."""
    await depot.office.subscribe("http://127.0.0.1:9/", "end_b")
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS}) SELECT i FROM n"
    async with depot.database.transaction() as tx:
        for table, statement in FILLED.items():
            await tx.execute(text(statement.replace("FROM n", f"FROM ({numbers}) AS n")))
            await tx.execute(text(f"ANALYZE {table}"))
        await tx.execute(text(f"UPDATE recorder SET position = {ROWS}"))


def rows_read(plan: dict[str, Any]) -> int:
    """Rows that come out of a plan's scans, and those that they threw away."""
    inner = sum(rows_read(part) for part in plan.get("Plans", ()))
    seen = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return inner + int(plan["Actual Loops"] * seen) * ("Scan" in plan["Node Type"])


async def test_beside_a_long_queue_only_bounded_parts_are_read(depot: Depot) -> None:
    await fill(depot)
    await depot.office.tell("mine")
    async with depot.database.read() as connection:
        with captured() as issued:
            found = await conditions_of(connection, ["end_a", "end_b"], now=NOW)
        mine, other = found["end_a"], found["end_b"]
        assert (counts(mine), mine.backlog.capped) == ((1, 0, 0, 0), False)
        assert (other.backlog.total, other.backlog.capped) == (2 * COUNTED, True)
        assert (other.oldest_at, other.last_hour) == (1, Tally(attempts=COUNTED, delivered=COUNTED, capped=True))
        assert mine.oldest_at is not None and mine.oldest_at > ROWS
        assert await queued_by_endpoint(connection, most=1) == {"end_a": (mine.backlog, mine.oldest_at)}
        states = await count_states(connection)
        assert (states["healthy"], states["open"], sum(states.values())) == (2, 0, 2)
        assert len(issued) < 12
        for statement in issued:
            if depot.database.dialect == "postgresql":
                explained = f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement.text}"
                ((plan,),) = await connection.exec_driver_sql(explained, statement.parameters)
                assert rows_read(plan[0]["Plan"]) <= 3 * COUNTED + 10, statement.text
            else:
                found_by = await connection.exec_driver_sql(
                    f"EXPLAIN QUERY PLAN {statement.text}", statement.parameters
                )
                steps = [row.detail for row in found_by]
                assert [step for step in steps if "B-TREE FOR ORDER" in step] == []
                # Without an index, what was bounded before is read as a whole, and nothing else.
                scans = {
                    step.split()[1].split("_")[0] for step in steps if step.startswith("SCAN") and "INDEX" not in step
                }
                assert scans <= {"anon", "CONSTANT", "endpoint"}, statement.text


async def test_a_lane_that_is_new_is_pending_however_it_was_made(depot: Depot) -> None:
    """One that a replay made is due since an instant, and one taken for a probe since the first: neither was tried."""
    await depot.office.tell("a", "b", "c")
    await depot.set_lane(visible_at=7)
    assert counts(await seen(depot)) == (3, 0, 0, 0)
    await depot.set_lane(visible_at=FIRST_US)
    assert counts(await seen(depot)) == (3, 0, 0, 0)
    await depot.set_lane(tries=1)
    assert counts(await seen(depot)) == (0, 3, 0, 0)
    async with depot.database.read() as connection:
        listed = await list_deliveries(connection, "end_a", state="retrying", limit=5)
    assert [one.next_attempt_at for one in listed] == [0, 0, 0], "as soon as possible, and not in 1970"
    for state in ("open", "half_open"):
        await depot.set_endpoint(state=state)
        assert counts(await seen(depot)) == (0, 0, 3, 0)
        async with depot.database.read() as connection:
            assert len(await list_deliveries(connection, "end_a", state="held", limit=5)) == 3


async def test_what_is_being_passed_by_does_not_wait(depot: Depot) -> None:
    await depot.office.tell("a", "b", "c", "a", "d")
    (mine,) = await depot.own()
    a, b, c, _ = await depot.claim(mine)
    await depot.store.record("d1", [result(a, ok=False), result(b, ok=False), result(c, ok=False, delay_us=None)])
    assert counts(await seen(depot)) == (2, 2, 0, 1)
    for skip_to, wanted in (
        (1, (2, 1, 0, 1)),
        (2, (2, 0, 0, 1)),
        (3, (2, 0, 0, 0)),
        (4, (1, 0, 0, 0)),
        (5, (0, 0, 0, 0)),
    ):
        await depot.set_endpoint(skip_to=skip_to)
        assert counts(await seen(depot)) == wanted, skip_to
    await depot.set_endpoint(skip_to=3, state="paused")
    assert counts(await seen(depot)) == (0, 0, 2, 0)


async def test_what_was_passed_by_was_not_tried(depot: Depot) -> None:
    await depot.office.tell("a", "b")
    (mine,) = await depot.own()
    a, b = await depot.claim(mine)
    passed = replace(result(b, ok=False), started_at=NOW - 9, duration_ms=0.0, outcome="skipped")
    await depot.store.record("d1", [replace(result(a), started_at=NOW - 10, duration_ms=4.0), passed])
    found = await seen(depot)
    assert (found.durations, found.last_day) == ([4.0], Tally(attempts=1, delivered=1, capped=False))
