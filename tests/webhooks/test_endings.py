"""When an event is dead or an endpoint stops: told once, in the same transaction, and never about itself."""

import asyncio
import json
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import text

from service.storage.database import Database
from service.webhooks.endings import Endings
from service.webhooks.work import Head
from tests.webhooks.depot import Depot, open_depot, result
from tests.webhooks.post import Office, Sink, take_recorder


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
async def depot(database: Database) -> AsyncGenerator[Depot]:
    async with open_depot(database) as made:
        await made.office.subscribe("http://127.0.0.1:9/")
        yield made


def endings(depot: Depot) -> Endings:
    async def recorder(tx, events: int) -> tuple[int, int]:
        return await take_recorder(depot.database, tx, events)

    return Endings(
        depot.database,
        me="d1",
        take_recorder=recorder,
        new_event_id=lambda: "evt_1",
        now_us=depot.store.now_us,
    )


async def head_of(depot: Depot) -> Head:
    (mine,) = await depot.own()
    return await depot.only_head(mine)


async def test_burying_tells_and_passes_the_lane_on(depot: Depot) -> None:
    await depot.office.tell("a", "a")
    await depot.set_lane(attempts=9, tries=11)
    head = await head_of(depot)
    assert await endings(depot).bury(result(head, ok=False), "exhausted") is True
    assert await depot.rows("queue", "subject_key, pos, event_seq") == [("a", 2, 2), ("endpoint:end_a", 3, 3)]
    assert await depot.rows("lane", "subject_key, attempts, tries, visible_at") == [
        ("a", 0, 0, 0),
        ("endpoint:end_a", 0, 0, 0),
    ]
    assert await depot.rows("dlog", "event_seq, n, outcome, status") == [(1, 12, "dead", 500)]
    assert await depot.rows("event", "seq, type, subject_key, key_ver") == [
        (1, "thing.happened", "a", 1),
        (2, "thing.happened", "a", 2),
        (3, "delivery.dead", "endpoint:end_a", 1),
    ]
    async with depot.database.read() as connection:
        row = (await connection.execute(text("SELECT bodies, recorded_at FROM event WHERE seq = 3"))).one()
    bodies = json.loads(row.bodies)
    assert set(bodies) == {"v1", "v1+pay"}
    body = json.loads(bodies["v1"])
    assert (list(body), body["id"], body["type"], body["sequence"]) == (
        ["id", "type", "timestamp", "sequence", "data"],
        "evt_1",
        "delivery.dead",
        1,
    )
    assert len(body["timestamp"]) == len("2026-01-01T00:00:00.000000Z")
    assert body["timestamp"].endswith(f"{row.recorded_at % 1_000_000:06d}Z")
    assert body["data"] == {
        "endpoint": {"id": "end_a"},
        "event": {"id": "a-1", "type": "thing.happened"},
        "reason": "exhausted",
        "attempts": 12,
        "last_status": 500,
        "last_error": "unavailable",
    }


async def test_buried_twice_is_buried_once(depot: Depot) -> None:
    """A commit whose answer is lost is tried again."""
    await depot.office.tell("a")
    head = await head_of(depot)
    assert await endings(depot).bury(result(head, ok=False), "exhausted") is True
    assert await endings(depot).bury(result(head, ok=False), "exhausted") is False
    assert [kind for (kind,) in await depot.rows("event", "type")] == ["delivery.dead", "thing.happened"]
    assert await depot.rows("dlog", "n, outcome") == [(1, "dead")]


async def test_a_stale_owner_buries_and_stops_nothing(depot: Depot) -> None:
    await depot.office.tell("a")
    head = await head_of(depot)
    await depot.set_endpoint(epoch=2)
    assert await endings(depot).bury(result(head, ok=False), "exhausted") is False
    assert await endings(depot).stop(result(head, ok=False), "gone") is False
    assert await depot.rows("event", "type") == [("thing.happened",)]
    assert await depot.rows("endpoint", "state, event_ver") == [("healthy", 0)]
    assert await depot.office.left() == {"queue": 1, "lane": 1}


async def test_an_endpoint_stops_once_whatever_many_answers_say(depot: Depot) -> None:
    await depot.office.tell("a", "b")
    (mine,) = await depot.own()
    a, b = await depot.claim(mine)
    assert await endings(depot).stop(result(a, ok=False), "gone") is True
    assert await endings(depot).stop(result(b, ok=False), "gone") is False
    assert await depot.rows("endpoint", "state, revision, event_ver") == [("gone", 2, 1)]
    assert [kind for (kind,) in await depot.rows("event", "type")] == [
        "endpoint.disabled",
        "thing.happened",
        "thing.happened",
    ]


async def test_nothing_is_told_about_what_is_told_about_endpoints(office: Office, sink: Sink) -> None:
    """The receiver of operational events fails for ever: its dead deliveries are not reported to it."""
    other = Sink()
    await other.start()
    other.answer = lambda event, times: (404, {})
    sink.answer = lambda event, times: (404, {})
    await office.subscribe(sink.url, "end_a", event_types=("thing.happened",))
    await office.subscribe(other.url, "end_b", event_types=("delivery.dead",))
    async with office.dispatching(retry_scale=0.000001) as running:
        await office.tell("a")
        await other.until(lambda: len(other.got) == 10)
        await running.until("idle")
    await other.stop()
    assert other.got == [("evt_d1_1", 404)] * 10
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_many_answers_of_gone_at_once_are_one_event(office: Office, sink: Sink) -> None:
    other = Sink()
    await other.start()
    sink.answer = lambda event, times: (410, {})
    await office.subscribe(sink.url, "end_a", event_types=("thing.happened",), max_in_flight=16)
    await office.subscribe(other.url, "end_b", event_types=("endpoint.disabled",))
    async with office.dispatching() as running:
        await office.tell(*(f"s{number}" for number in range(16)))
        await other.until(lambda: bool(other.got))
        await running.until("idle", times=2)
    await other.stop()
    assert 1 <= len(sink.got) <= 16
    assert other.got == [("evt_d1_0", 200)]
    assert await office.left() == {"queue": 16, "lane": 16}


async def test_paused_while_under_way_it_is_not_sent_beside_itself(office: Office, sink: Sink) -> None:
    """Paused and resumed with an event under way: it ends as it began, and nothing goes out twice."""
    arrived, release = asyncio.Event(), asyncio.Event()
    received: list[bytes] = []

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        received.append(head[head.lower().index(b"webhook-id: ") :].split(b"\r\n")[0])
        arrived.set()
        await release.wait()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(slowly, "127.0.0.1", 0)
    await office.subscribe(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    async with office.dispatching() as running:
        await office.tell("a", "a")
        await arrived.wait()
        for state in ("paused", "healthy"):
            async with office.database.transaction() as tx:
                await tx.execute(text("UPDATE endpoint SET state = :state, revision = revision + 1"), {"state": state})
            office.wake()
            await running.until("owned")
        release.set()
        await running.until("idle")
    server.close()
    assert [line.split(b": ")[1] for line in received] == [b"a-1", b"a-2"]
    assert await office.attempts() == [("a-1", 1, 200, "delivered"), ("a-2", 1, 200, "delivered")]
