"""Claiming and recording on every engine: what is read, what is written, and what is not."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from service.storage.database import Database
from service.webhooks.endpoints import delete_endpoint
from service.webhooks.store_days import make_days
from service.webhooks.work import BLOCKED_US, Group, Owned
from tests.webhooks.depot import Depot, open_depot, result

URL = "http://127.0.0.1:9/"
LANE = "subject_key, gen, attempts, tries"
DAY = 1_800_000_000 // 86_400


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        await made.office.subscribe(URL)
        yield made


async def owned(depot: Depot) -> Owned:
    (one,) = await depot.own()
    return one


async def test_a_claim_reads_the_head_of_each_due_lane_and_writes_nothing(depot: Depot) -> None:
    await depot.office.tell("a", "a", "b", "c", "d")
    await depot.set_lane(visible_at=2)
    async with depot.database.transaction() as tx:
        await tx.exec_driver_sql("UPDATE lane SET visible_at = 9000000000000000000 WHERE subject_key = 'c'")
        await tx.exec_driver_sql("UPDATE lane SET visible_at = 1, attempts = 2, tries = 3 WHERE subject_key = 'b'")
    mine = await owned(depot)
    before = await depot.rows("lane", f"{LANE}, visible_at")
    heads = await depot.claim(mine, busy=("d", "x"))
    assert [(h.event_id, h.lane, h.gen, h.attempts, h.tries, h.pos) for h in heads] == [
        ("b-1", "b", 1, 2, 3, 3),
        ("a-1", "a", 1, 0, 0, 1),
    ]
    assert heads[1].body == '{"id": "a-1", "type": "thing.happened", "sequence": 1}'
    assert (heads[1].endpoint_id, heads[1].event_type, heads[1].subject, heads[1].event_seq) == (
        mine.id,
        "thing.happened",
        "a",
        1,
    )
    assert [head.lane for head in await depot.claim(mine, limit=1)] == ["b"]
    assert await depot.rows("lane", f"{LANE}, visible_at") == before


@pytest.mark.parametrize(
    "values",
    [{"state": state} for state in ("paused", "disabled", "gone", "open")]
    + [{"not_before": 9_000_000_000_000_000_000}, {"owner": "d2"}],
)
async def test_nothing_is_claimed_for_an_endpoint_that_takes_nothing_from_me(
    depot: Depot, values: dict[str, object]
) -> None:
    await depot.office.tell("a")
    mine = await owned(depot)
    assert len(await depot.claim(mine)) == 1
    await depot.set_endpoint(**values)
    assert await depot.claim(mine) == []
    assert await depot.office.left() == {"queue": 1, "lane": 1}


async def test_the_body_is_that_of_the_rendering_as_it_is_now(depot: Depot) -> None:
    await depot.office.tell("a", "a")
    await depot.set_endpoint(rendering="v1+pay")
    mine = await owned(depot)
    head = await depot.only_head(mine)
    assert '"pay"' in head.body
    await depot.set_endpoint(rendering="v1")
    group = await depot.store.record("d1", [result(head)])
    following = group.recorded[0].following
    assert following
    assert '"pay"' not in following.body


async def test_a_success_passes_the_lane_on_and_the_last_one_drops_it(depot: Depot) -> None:
    await depot.office.tell("a", "a", "b")
    mine = await owned(depot)
    a, b = await depot.claim(mine)
    group = await depot.store.record("d1", [result(b), result(a)])
    assert group.again == []
    by_lane = {one.result.head.lane: one for one in group.recorded}
    assert by_lane["b"].following is None
    following = by_lane["a"].following
    assert following
    assert following == replace(
        a, gen=1, pos=2, event_seq=2, event_id="a-2", body=a.body.replace("a-1", "a-2").replace("1}", "2}")
    )
    assert await depot.rows("lane", LANE) == [("a", 1, 0, 0)]
    assert await depot.rows("queue", "subject_key, pos") == [("a", 2)]
    assert await depot.rows("dlog", "event_seq, day, n, outcome, status, duration_ms, ttfb_ms, ip, worker") == [
        (1, DAY, 1, "delivered", 200, 1.5, 1.25, "127.0.0.1", "d1"),
        (3, DAY, 1, "delivered", 200, 1.5, 1.25, "127.0.0.1", "d1"),
    ]
    assert (await depot.store.record("d1", [result(following)])).recorded[0].following is None
    assert await depot.office.left() == {"queue": 0, "lane": 0}


async def test_a_failure_keeps_the_head_and_puts_the_lane_off(depot: Depot) -> None:
    await depot.office.tell("a", "a")
    mine = await owned(depot)
    head = await depot.only_head(mine)
    begin = await depot.store.now_us()
    group = await depot.store.record("d1", [result(head, ok=False, delay_us=60_000_000)])
    assert (group.recorded[0].following, group.again) == (None, [])
    ((visible_at, first_fail_at),) = await depot.rows("lane", "visible_at, first_fail_at")
    assert begin + 60_000_000 <= visible_at <= begin + 70_000_000
    assert visible_at - first_fail_at == 60_000_000
    assert await depot.claim(mine) == []
    await depot.set_lane(visible_at=0)
    again = await depot.only_head(mine)
    assert again == replace(head, attempts=1, tries=1)
    await depot.store.record("d1", [result(again, ok=False, burns=False, delay_us=0)])
    assert await depot.only_head(mine) == replace(head, attempts=1, tries=2)
    assert await depot.rows("lane", "first_fail_at") == [(first_fail_at,)]
    assert await depot.rows("queue", "pos") == [(1,), (2,)]
    assert await depot.rows("dlog", "n, outcome, error_class") == [
        (1, "failed", "unavailable"),
        (2, "failed", "unavailable"),
    ]


async def test_a_blocked_lane_waits_for_ever(depot: Depot) -> None:
    await depot.office.tell("a")
    head = await depot.only_head(await owned(depot))
    await depot.store.record("d1", [result(head, ok=False, delay_us=None)])
    assert await depot.rows("lane", "visible_at") == [(BLOCKED_US,)]
    assert await depot.office.left() == {"queue": 1, "lane": 1}


async def test_recorded_twice_is_recorded_once(depot: Depot) -> None:
    await depot.office.tell("a", "a", "b")
    a, b = await depot.claim(await owned(depot))
    first = await depot.store.record("d1", [result(a), result(b)])
    again = await depot.store.record("d1", [result(a), result(b)])
    assert {one.result.head.lane for one in first.recorded} == {"a", "b"}
    assert [one.following and one.following.event_id for one in again.recorded] == ["a-2"]
    assert again.again == []
    assert await depot.rows("dlog", "event_seq") == [(1,), (3,)]
    assert await depot.office.left() == {"queue": 1, "lane": 1}


async def test_a_stale_owner_records_nothing(depot: Depot) -> None:
    await depot.office.tell("a", "b")
    a, b = await depot.claim(await owned(depot))
    before = await depot.rows("lane", LANE)
    await depot.set_endpoint(owner="d2", epoch=2)
    assert await depot.store.record("d1", [result(a)]) == Group(recorded=[], again=[])
    await depot.set_endpoint(owner="d1", epoch=3)
    # The same dispatcher, owning it anew: what it learnt before is as stale as another's.
    group = await depot.store.record("d1", [result(a, epoch=1), result(b, epoch=3), result(a, epoch=3, ok=False)])
    assert sorted((one.result.head.lane, one.result.epoch) for one in group.recorded) == [("a", 3), ("b", 3)]
    assert group.again == []
    assert before == [("a", 1, 0, 0), ("b", 1, 0, 0)]
    assert await depot.rows("lane", LANE) == [("a", 1, 1, 1)]
    assert await depot.rows("dlog", "event_seq, outcome") == [(1, "failed"), (2, "delivered")]


async def test_results_for_a_deleted_endpoint_are_for_nobody(depot: Depot) -> None:
    await depot.office.tell("a")
    head = await depot.only_head(await owned(depot))
    async with depot.database.transaction() as tx:
        assert await delete_endpoint(tx, "end_a") is True
    await depot.office.subscribe(URL, "end_b")
    await depot.own()
    await depot.office.tell("a")
    assert await depot.store.record("d1", [result(head)]) == Group(recorded=[], again=[])
    assert await depot.rows("dlog", "n") == []
    assert await depot.office.left() == {"queue": 1, "lane": 1}
    assert await depot.rows("endpoint", "id, public_id") == [(2, "end_b")]


async def test_a_change_of_the_endpoint_shows_in_what_is_recorded(depot: Depot) -> None:
    await depot.office.tell("a")
    head = await depot.only_head(await owned(depot))
    await depot.set_endpoint(revision=7, state="paused")
    assert [one.revision for one in (await depot.store.record("d1", [result(head)])).recorded] == [7]


async def test_a_look_tells_what_is_mine_due_and_free(depot: Depot) -> None:
    look = await depot.store.look("d1")
    assert (dict(look.mine), look.unowned) == ({}, True)
    mine = await owned(depot)
    look = await depot.store.look("d1")
    assert (dict(look.mine), look.unowned) == ({mine.id: (1, False)}, False)
    await depot.office.tell("a")
    assert dict((await depot.store.look("d1")).mine) == {mine.id: (1, True)}
    await depot.set_endpoint(not_before=9_000_000_000_000_000_000)
    assert dict((await depot.store.look("d1")).mine) == {mine.id: (1, False)}
    await depot.set_endpoint(state="paused")
    look = await depot.store.look("d1")
    assert (dict(look.mine), look.unowned) == ({}, False)


async def test_each_coming_day_has_a_partition_where_there_are_any(depot: Depot) -> None:
    for _ in range(2):
        async with depot.database.transaction() as tx:
            await make_days(tx, today=DAY - 1)
    await depot.office.tell("a")
    await depot.store.record("d1", [result(await depot.only_head(await owned(depot)))])
    table = f"dlog_{DAY}" if depot.database.dialect == "postgresql" else "dlog"
    assert await depot.rows(table, "day, event_seq") == [(DAY, 1)]
