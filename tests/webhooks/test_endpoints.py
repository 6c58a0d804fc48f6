"""Subscriptions: what is kept of them, what is shown, and what goes with them."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from service.storage.database import Database
from service.webhooks.endpoints import (
    change_endpoint,
    create_endpoint,
    delete_endpoint,
    find_endpoint,
    list_endpoints,
    take_test,
    withhold_pay,
)
from service.webhooks.sealer import Unsealable
from service.webhooks.subscriptions import Subscription
from tests.webhooks.depot import Depot, open_depot
from tests.webhooks.post import SEALER

CHOSEN = Subscription(
    url="https://example.com/hook",
    description="payroll",
    rendering="v1+pay",
    event_types=("a.b", "c"),
    filters={"team": ("x", "y")},
)


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        yield made


async def create(depot: Depot, public_id: str, *, created_by: str = "key:a", chosen: Subscription = CHOSEN) -> str:
    async with depot.database.transaction() as tx:
        return await create_endpoint(
            tx,
            public_id=public_id,
            secret_id=f"sec_{public_id}",
            subscription=chosen,
            sealer=SEALER,
            created_by=created_by,
            now=5,
        )


async def test_what_was_chosen_is_found_and_the_secret_is_kept_sealed(depot: Depot) -> None:
    secret = await create(depot, "end_a")
    async with depot.database.read() as connection:
        found = await find_endpoint(connection, "end_a")
        assert await find_endpoint(connection, "end_b") is None
    assert found
    assert (found.url, found.description, found.rendering) == ("https://example.com/hook", "payroll", "v1+pay")
    assert (found.event_types, found.filters) == (("a.b", "c"), {"team": ("x", "y")})
    assert (found.state, found.state_since, found.created_by, found.created_at) == ("healthy", 5, "key:a", 5)
    assert (found.revision, found.on_exhausted, found.not_before) == (1, "skip", 0)
    ((row, sealed),) = await depot.rows("endpoint_secret", "id, secret_enc")
    assert secret not in sealed
    assert SEALER.open(sealed, context=row) == secret.encode()
    with pytest.raises(Unsealable):
        SEALER.open(sealed, context="sec_end_b")


async def test_endpoints_are_listed_by_id(depot: Depot) -> None:
    for name in ("end_b", "end_a", "end_c"):
        await create(depot, name)
    async with depot.database.read() as connection:
        assert [one.id for one in await list_endpoints(connection)] == ["end_a", "end_b", "end_c"]
        assert [one.id for one in await list_endpoints(connection, place="end_a", limit=1)] == ["end_b"]
        back = await list_endpoints(connection, place="end_c", backward=True, limit=2)
        assert [one.id for one in back] == ["end_b", "end_a"]


async def test_a_change_of_state_begins_anew(depot: Depot) -> None:
    await create(depot, "end_a")
    await depot.set_endpoint(state="gone", state_reason="x", not_before=9, fail_since=9)
    async with depot.database.transaction() as tx:
        await change_endpoint(tx, "end_a", subscription=replace(CHOSEN, url="https://b/"), state="gone", now=7)
    assert await depot.rows("endpoint", "url, state, state_reason, state_since, not_before, fail_since, revision") == [
        ("https://b/", "gone", "x", 5, 0, 9, 2)
    ]
    async with depot.database.transaction() as tx:
        await change_endpoint(tx, "end_a", subscription=CHOSEN, state="healthy", now=8)
    assert await depot.rows("endpoint", "state, state_reason, state_since, not_before, fail_since, updated_at") == [
        ("healthy", None, 8, 0, None, 8)
    ]


async def test_everything_of_a_deleted_endpoint_goes_and_nothing_of_another(depot: Depot) -> None:
    for name in ("end_a", "end_b"):
        await create(depot, name, chosen=replace(CHOSEN, event_types=("*",), filters={}))
    await depot.office.tell("s", "t")
    async with depot.database.transaction() as tx:
        assert await delete_endpoint(tx, "end_a") is True
        assert await delete_endpoint(tx, "end_a") is False
    assert await depot.rows("queue", "endpoint_id, subject_key") == [(2, "s"), (2, "t")]
    assert await depot.rows("lane", "endpoint_id, subject_key") == [(2, "s"), (2, "t")]
    assert await depot.rows("endpoint_secret", "id") == [("sec_end_b",)]
    # Its number is not used again: what was tried for it is nobody else's history.
    async with depot.database.transaction() as tx:
        assert await delete_endpoint(tx, "end_b") is True
    await create(depot, "end_c")
    assert await depot.rows("endpoint", "id, public_id") == [(3, "end_c")]


async def test_pay_is_withheld_from_all_of_one_creator(depot: Depot) -> None:
    for name, creator in (("end_a", "key:a"), ("end_b", "key:b"), ("end_c", "key:a")):
        await create(depot, name, created_by=creator)
    async with depot.database.transaction() as tx:
        assert await withhold_pay(tx, "key:a", rendering="v1", now=9) == 2
        assert await withhold_pay(tx, "key:a", rendering="v1", now=9) == 0
    assert await depot.rows("endpoint", "public_id, rendering, revision") == [
        ("end_a", "v1", 2),
        ("end_b", "v1+pay", 1),
        ("end_c", "v1", 2),
    ]


async def test_tests_are_counted_by_everybody_together(depot: Depot) -> None:
    await create(depot, "end_a")
    now, gap = 1_800_000_000_000_000, 6_000_000

    async def taken(at: int) -> int | None:
        async with depot.database.transaction() as tx:
            return await take_test(tx, "end_a", now=at, gap_us=gap, most=3)

    assert [await taken(now) for _ in range(4)] == [None, None, None, gap]
    assert [await taken(now + gap), await taken(now + gap + 1)] == [None, gap - 1]
    assert [await taken(now + 100 * gap) for _ in range(4)] == [None, None, None, gap]
