"""One dispatcher owns an endpoint at a time, and who must wait for whom in the database does, or does not."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import text

from service.storage.database import Database
from tests.webhooks.depot import LEASE_US, Depot, open_depot, result, until_waiting

URL = "http://127.0.0.1:9/"


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncGenerator[Depot]:
    database = Database(url=postgres_url)
    async with open_depot(database) as made:
        await made.office.subscribe(URL)
        yield made
    await database.close()


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncGenerator[Depot]:
    database = Database(url=sqlite_url)
    async with open_depot(database) as made:
        await made.office.subscribe(URL)
        yield made
    await database.close()


async def test_endpoints_are_shared_by_those_that_live(postgres: Depot) -> None:
    for name in ("end_b", "end_c"):
        await postgres.office.subscribe(URL, name)
    assert [one.id for one in await postgres.own("d1")] == [1, 2, 3]
    assert await postgres.own("d2") == []
    now = await postgres.store.now_us()
    # An endpoint with something under way is not given back: it is not among the idle.
    assert [one.id for one in await postgres.ownership("d1").renew(now=now, idle=(2, 3))] == [1, 3]
    assert [(one.id, one.epoch) for one in await postgres.own("d2")] == [(2, 2)]
    assert await postgres.rows("endpoint", "id, owner, epoch") == [(1, "d1", 1), (2, "d2", 2), (3, "d1", 1)]


async def test_a_lease_is_taken_over_when_it_has_run_out_and_not_before(postgres: Depot) -> None:
    await postgres.own("d1")
    assert await postgres.own("d2", later_us=LEASE_US - 1_000_000) == []
    (one,) = await postgres.own("d2", later_us=LEASE_US + 1_000_000)
    assert one.epoch == 2
    assert await postgres.own("d1") == []
    assert await postgres.rows("endpoint", "owner, epoch") == [("d2", 2)]


async def test_an_owner_that_was_late_goes_on_under_the_same_epoch(postgres: Depot) -> None:
    await postgres.own("d1")
    (one,) = await postgres.own("d1", later_us=3 * LEASE_US)
    assert one.epoch == 1


async def test_given_back_is_free_at_once(postgres: Depot) -> None:
    await postgres.own("d1")
    await postgres.ownership("d1").give_back()
    assert await postgres.rows("dispatcher", "name") == []
    assert [(one.id, one.epoch) for one in await postgres.own("d2")] == [(1, 2)]


async def test_without_taking_only_mine_is_renewed(postgres: Depot) -> None:
    await postgres.own("d1")
    await postgres.office.subscribe(URL, "end_b")
    assert [one.id for one in await postgres.own("d1", take=False)] == [1]
    assert [owner for (owner,) in await postgres.rows("endpoint", "owner") if owner] == ["d1"]


async def test_a_process_that_starts_served_once_takes_what_a_killed_one_had(sqlite: Depot) -> None:
    await sqlite.own("d1")
    assert [(one.id, one.epoch) for one in await sqlite.own("d2")] == [(1, 2)]


async def test_it_takes_all_of_them_however_many_were_killed_before(sqlite: Depot) -> None:
    """One that was killed says for a minute that it lives, and nobody is left to send what would be its share."""
    for name in ("end_b", "end_c"):
        await sqlite.office.subscribe(URL, name)
    for name in ("d1", "d2", "d3"):
        assert [one.id for one in await sqlite.own(name)] == [1, 2, 3]
    assert await sqlite.rows("dispatcher", "name") == [("d3",)]


async def test_an_endpoint_that_takes_nothing_is_owned_and_not_offered(postgres: Depot) -> None:
    await postgres.set_endpoint(state="paused")
    assert await postgres.own("d1") == []
    assert await postgres.rows("endpoint", "owner") == [("d1",)]


async def test_expired_secrets_do_not_sign(postgres: Depot) -> None:
    now = await postgres.store.now_us()
    async with postgres.database.transaction() as tx:
        for name, created, expires in (("old", 1, now - 1), ("other", 2, now + 10**9), ("new", 3, None)):
            await tx.execute(
                text(
                    "INSERT INTO endpoint_secret (id, endpoint_id, kind, secret_enc, created_at, expires_at) "
                    "VALUES (:id, 1, 'hmac', :id, :created, :expires)"
                ),
                {"id": name, "created": created, "expires": expires},
            )
    (one,) = await postgres.own()
    assert [kept.id for kept in one.secrets] == ["new", "other", "sec_end_a"]


async def test_a_renewal_waits_for_results_being_recorded_and_loses_nothing(postgres: Depot) -> None:
    await postgres.own("d1")
    async with postgres.database.transaction() as tx:
        await tx.execute(text("SELECT id FROM endpoint FOR SHARE"))
        renewing = asyncio.create_task(postgres.own("d1"))
        await until_waiting(postgres.database)
    assert [one.id for one in await renewing] == [1]


async def test_a_lane_held_by_a_writer_is_offered_again_and_keeps_no_other(postgres: Depot) -> None:
    await postgres.office.tell("a", "b")
    (mine,) = await postgres.own()
    a, b = await postgres.claim(mine)
    async with postgres.appending("a"):
        async with asyncio.timeout(5):
            group = await postgres.store.record("d1", [result(a), result(b)])
        assert [one.result.head.lane for one in group.recorded] == ["b"]
        assert [one.head.lane for one in group.again] == ["a"]
        assert await postgres.rows("dlog", "event_seq") == [(2,)]
    (one,) = (await postgres.store.record("d1", group.again)).recorded
    assert one.following
    assert (one.following.event_id, one.following.gen) == ("a-2", 2)
    assert await postgres.rows("dlog", "event_seq") == [(1,), (2,)]


async def test_an_endpoint_held_by_a_writer_keeps_no_other(postgres: Depot) -> None:
    await postgres.office.subscribe(URL, "end_b")
    await postgres.office.tell("a")
    first, second = await postgres.own()
    heads = [await postgres.only_head(first), await postgres.only_head(second)]
    async with postgres.database.transaction() as tx:
        await tx.execute(text("UPDATE endpoint SET description = 'x' WHERE id = 1"))
        async with asyncio.timeout(5):
            group = await postgres.store.record("d1", [result(head) for head in heads])
    assert [one.result.head.endpoint_id for one in group.recorded] == [2]
    assert [one.head.endpoint_id for one in group.again] == [1]


async def test_appending_neither_waits_for_a_renewal_nor_keeps_it(postgres: Depot) -> None:
    async with postgres.database.transaction() as tx:
        await tx.execute(text("SELECT id FROM endpoint FOR NO KEY UPDATE"))
        async with asyncio.timeout(5):
            await postgres.office.tell("a")
    async with postgres.appending("b"):
        async with asyncio.timeout(5):
            assert [one.id for one in await postgres.own()] == [1]
