"""Deliveries as they are shown, put together from what is queued and what was tried."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from service.storage.database import Database
from service.webhooks.deliveries import (
    STATES,
    DeliveryKey,
    attempts_of,
    find_delivery,
    list_deliveries,
    parse_delivery_id,
)
from tests.webhooks.depot import Depot, open_depot, result


@pytest.fixture
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        await made.office.subscribe("http://127.0.0.1:9/")
        yield made


async def shown(depot: Depot, state=None, limit: int = 10, **where: Any) -> list[tuple[str, str, int]]:
    async with depot.database.read() as connection:
        found = await list_deliveries(connection, "end_a", state=state, limit=limit, **where)
    return [(one.event, one.state, one.attempts) for one in found]


async def test_each_delivery_has_one_state(depot: Depot) -> None:
    await depot.office.tell("a", "b", "c", "a")
    (mine,) = await depot.own()
    a, b, _ = await depot.claim(mine)
    await depot.store.record("d1", [result(a), result(b, ok=False, delay_us=None)])
    assert await shown(depot) == [
        ("a-2", "pending", 0),
        ("c-1", "pending", 0),
        ("b-1", "blocked", 1),
        ("a-1", "delivered", 1),
    ]
    async with depot.database.read() as connection:
        (blocked,) = await list_deliveries(connection, "end_a", state="blocked", limit=2)
    # It waits for somebody to decide, and is due at no instant.
    assert blocked.next_attempt_at is None
    assert await shown(depot, place=(3, ""), limit=1) == [("b-1", "blocked", 1)]
    assert await shown(depot, place=(3, ""), backward=True) == [("a-2", "pending", 0)]
    by_state = {state: [event for event, *_ in await shown(depot, state)] for state in STATES}
    some = {"pending": ["a-2", "c-1"], "blocked": ["b-1"], "delivered": ["a-1"]}
    assert by_state == {**{state: [] for state in STATES}, **some}
    for state in ("paused", "open", "half_open"):
        await depot.set_endpoint(state=state)
        assert [state for _, state, _ in await shown(depot)] == ["held", "held", "held", "delivered"]


async def test_a_delivery_is_found_by_its_id_with_all_it_was_tried(depot: Depot) -> None:
    await depot.office.tell("a")
    (mine,) = await depot.own()
    for ok in (False, True):
        await depot.store.record("d1", [result(await depot.only_head(mine), ok=ok, delay_us=0)])
    await depot.replay(1, "r1")
    async with depot.database.read() as connection:
        first, replay = await list_deliveries(connection, "end_a", state=None, limit=10)
        if first.state == "pending":
            first, replay = replay, first
        assert first.id != replay.id
        for one in (first, replay):
            key = parse_delivery_id(one.id)
            assert key
            assert await find_delivery(connection, key) == one
        assert (first.state, first.attempts, first.endpoint, first.sequence) == ("delivered", 2, "end_a", 1)
        assert (replay.state, replay.attempts) == ("pending", 0)
        keys = [DeliveryKey(endpoint=1, event_seq=1, replay_id=replayed) for replayed in ("", "r1")]
        all_tried = await attempts_of(connection, keys)
        assert list(all_tried) == keys[:1]
        tried = all_tried[keys[0]]
        assert [(one.n, one.status, one.outcome, one.error_class) for one in tried] == [
            (1, 500, "failed", "unavailable"),
            (2, 200, "delivered", None),
        ]
        assert await find_delivery(connection, DeliveryKey(endpoint=2, event_seq=1, replay_id="")) is None


def test_an_id_is_read_back_as_what_it_stands_for() -> None:
    for key in (
        DeliveryKey(endpoint=0, event_seq=0, replay_id=""),
        DeliveryKey(endpoint=2**31 - 1, event_seq=2**63 - 1, replay_id="rpl_Ä"),
    ):
        assert key.text.startswith("dlv_")
        assert parse_delivery_id(key.text) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "dlv_",
        "evt_WzEsMSwiIl0",
        "dlv_WzEsMV0",
        "dlv_!!",
        "dlv_WzEsMSwiIl0=",
        "dlv_WyIxIiwxLCIiXQ",
        "dlv_WzIxNDc0ODM2NDgsMSwiIl0",
        "dlv_W3RydWUsMSwiIl0",
        "dlv_bnVsbA",
        DeliveryKey(endpoint=1, event_seq=1, replay_id="\0").text,
    ],
)
def test_a_text_that_is_no_delivery_id(text: str) -> None:
    assert parse_delivery_id(text) is None
