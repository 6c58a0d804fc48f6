"""The dispatcher end to end on every engine: real sockets, real databases, no sleeps."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from standardwebhooks import Webhook

from service.storage.database import Database
from service.webhooks.endpoints import delete_endpoint
from tests.webhooks.post import Office, Sink


@pytest.fixture
async def office(database: Database) -> Office:
    return Office(database)


@pytest.fixture
async def sink() -> AsyncGenerator[Sink]:
    made = Sink()
    await made.start()
    yield made
    await made.stop()


async def test_what_is_told_arrives_signed_and_leaves_nothing_behind(office: Office, sink: Sink) -> None:
    secret = await office.subscribe(sink.url)
    async with office.dispatching() as running:
        told = await office.tell("a", "b", "a")
        await sink.until(lambda: len(sink.delivered) == 3)
        await running.until("idle")
    assert sorted(sink.delivered) == sorted(told)
    assert [event for event in sink.delivered if event.startswith("a")] == ["a-1", "a-2"]
    for headers, body in sink.requests:
        Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
        assert b"pay" not in body
    assert await office.left() == {"queue": 0, "lane": 0}
    assert await office.attempts() == [(event, 1, 200, "delivered") for event in ("a-1", "b-1", "a-2")]


@pytest.mark.parametrize("status", [301, 404, 408, 500])
async def test_a_failure_is_tried_again_with_the_same_id_and_holds_up_only_its_lane(
    office: Office, sink: Sink, status: int
) -> None:
    sink.answer = lambda event, times: (status if event == "a-1" and times < 2 else 200, {"location": "/else"})
    await office.subscribe(sink.url, event_types=("thing.happened",))
    async with office.dispatching() as running:
        await office.tell("a", "a", "b")
        await sink.until(lambda: len(sink.delivered) == 3)
        await running.until("idle")
    assert [got for got in sink.got if got[0] != "b-1"] == [
        ("a-1", status),
        ("a-1", status),
        ("a-1", 200),
        ("a-2", 200),
    ]
    assert await office.left() == {"queue": 0, "lane": 0}
    assert [(n, outcome) for event, n, _, outcome in await office.attempts() if event == "a-1"] == [
        (1, "failed"),
        (2, "failed"),
        (3, "delivered"),
    ]


async def test_exhausted_is_dead_told_and_passed_by(office: Office, sink: Sink) -> None:
    sink.answer = lambda event, times: (404 if event == "a-1" else 200, {})
    await office.subscribe(sink.url, event_types=("thing.happened", "delivery.dead"))
    async with office.dispatching(retry_scale=0.00001) as running:
        await office.tell("a", "a")
        await sink.until(lambda: len(sink.delivered) == 2)
        await running.until("idle")
    assert [status for event, status in sink.got if event == "a-1"] == [404] * 10
    assert sorted(sink.delivered) == ["a-2", "evt_d1_1"], "evt_d1_0 tells that it is rejected: nobody asked"
    assert await office.left() == {"queue": 0, "lane": 0}
    assert [outcome for event, _, _, outcome in await office.attempts() if event == "a-1"] == [*["failed"] * 9, "dead"]


async def test_exhausted_may_block_its_lane_instead(office: Office, sink: Sink) -> None:
    sink.answer = lambda event, times: (404 if event == "a-1" else 200, {})
    await office.subscribe(sink.url, on_exhausted="block", event_types=("thing.happened",))
    async with office.dispatching(retry_scale=0.00001) as running:
        await office.tell("a", "a", "b")
        await sink.until(lambda: len(sink.got) == 11)
        await running.until("idle")
    assert sink.delivered == ["b-1"]
    assert await office.left() == {"queue": 2, "lane": 1}


async def test_gone_stops_the_endpoint_and_holds_its_events(office: Office, sink: Sink) -> None:
    other = Sink()
    await other.start()
    sink.answer = lambda event, times: (410, {})
    await office.subscribe(sink.url, max_in_flight=1)
    await office.subscribe(other.url, "end_b")
    async with office.dispatching() as running:
        await office.tell("a", "b")
        await other.until(lambda: len(other.delivered) == 3)
        await running.until("idle")
    await other.stop()
    assert len(sink.got) == 1
    assert (await office.endpoint()).state == "gone"
    assert {event for event in other.delivered if event.startswith("evt_")} == {"evt_d1_0"}
    assert await office.left() == {"queue": 3, "lane": 3}


async def test_a_throttled_endpoint_waits_and_burns_no_attempt(office: Office, sink: Sink) -> None:
    sink.answer = lambda event, times: (429, {"retry-after": "1"}) if times == 0 and event == "a-1" else (200, {})
    await office.subscribe(sink.url, max_in_flight=1)
    async with office.dispatching() as running:
        await office.tell("a", "b")
        await sink.until(lambda: len(sink.delivered) == 2)
        await running.until("idle")
    assert sink.got[0] == ("a-1", 429)
    log = [entry for entry in await office.attempts() if entry[0] == "a-1"]
    assert log == [("a-1", 1, 429, "throttled"), ("a-1", 2, 200, "delivered")]
    assert (await office.endpoint()).not_before > 0


async def test_a_long_queue_of_an_endpoint_that_takes_nothing_is_not_looked_for_all_the_time(
    office: Office, sink: Sink
) -> None:
    sink.answer = lambda event, times: (429, {"Retry-After": "1"}) if len(sink.got) < 2 else (200, {})
    await office.subscribe(sink.url, max_in_flight=2)
    told = await office.tell(*(f"p{number:02}" for number in range(60)))
    async with office.dispatching() as running:
        await sink.until(lambda: len(sink.delivered) == len(told))
        await running.until("idle")
    # Once it has come to rest, and again when the second is over; it was a thousand times.
    assert sum(step == "idle" for step, _ in running.steps) < 20


async def test_an_endpoint_that_hangs_delays_no_other(office: Office, sink: Sink) -> None:
    release = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await release.wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    await office.subscribe(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", "end_dead", timeout_ms=6_000)
    await office.subscribe(sink.url)
    async with office.dispatching():
        await office.tell(*(f"p{number}" for number in range(50)))
        await sink.until(lambda: len(sink.delivered) == 50, seconds=5)
        release.set()
    server.close()
    assert len(sink.got) == 50


async def test_only_what_is_asked_for_is_sent(office: Office, sink: Sink) -> None:
    await office.subscribe(sink.url, event_types=("x.y",), filters={"team": ("core", "web"), "track": ("ic",)})
    async with office.dispatching() as running:
        await office.tell("a", kind="x.z", facets={"team": ["core"], "track": ["ic"]})
        await office.tell("b", kind="x.y", facets={"team": ["core"], "track": ["manager"]})
        await office.tell("c", kind="x.y", facets={"team": ["web"], "track": ["ic", "manager"]})
        await sink.until(lambda: len(sink.got) == 1)
        await running.until("idle")
    assert sink.delivered == ["c-1"]


async def test_a_deleted_endpoint_gets_nothing_more(office: Office, sink: Sink) -> None:
    sink.answer = lambda event, times: (503, {"retry-after": "60"})
    await office.subscribe(sink.url, max_in_flight=1)
    async with office.dispatching() as running:
        await office.tell("a", "b", "c")
        await sink.until(lambda: len(sink.got) == 1)
        await running.until("idle")
        async with office.database.transaction() as tx:
            assert await delete_endpoint(tx, "end_a") is True
        office.wake()
        await office.tell("d")
        await running.until("idle", times=2)
    assert len(sink.got) == 1
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_stopping_records_what_is_under_way_and_gives_ownership_back(office: Office, sink: Sink) -> None:
    await office.subscribe(sink.url)
    async with office.dispatching():
        await office.tell(*(f"p{number}" for number in range(30)))
        await sink.until(lambda: len(sink.got) >= 1)
    assert (await office.endpoint()).owner is None
    log = await office.attempts()
    assert sorted(event for event, *_ in log) == sorted(sink.delivered)
    async with office.dispatching(name="d2"):
        await sink.until(lambda: len(sink.delivered) == 30)
    assert len(set(sink.delivered)) == len(sink.delivered) == 30


async def test_order_holds_for_a_busy_key(office: Office, sink: Sink) -> None:
    await office.subscribe(sink.url)
    async with office.dispatching():
        for _ in range(20):
            await office.tell("a", "a", "b")
        await sink.until(lambda: len(sink.delivered) == 60)
    assert [event for event in sink.delivered if event.startswith("a")] == [f"a-{number}" for number in range(1, 41)]
