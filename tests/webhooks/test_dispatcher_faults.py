"""The database stalls or drops the dispatcher: nothing is lost, and nothing is sent by whoever may not send."""

import asyncio
from collections.abc import AsyncGenerator

import asyncpg
import pytest
from sqlalchemy import text

from service.storage.database import Database
from tests.webhooks.post import Office, Sink
from tests.webhooks.wire import Receiver, Serve, answer, header, silence


@pytest.fixture
async def office(postgres_url: str) -> AsyncGenerator[Office]:
    database = Database(url=postgres_url)
    yield Office(database)
    await database.close()


@pytest.fixture
async def sink() -> AsyncGenerator[Sink]:
    made = Sink()
    await made.start()
    yield made
    await made.stop()


async def test_what_is_under_way_is_broken_off_before_the_lease_ends(office: Office, serve: Serve) -> None:
    """Nobody else may send an event while an owner that has lost touch still does."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(receiver.requests) <= 2:
            await silence(reader, writer)
        writer.write(answer(200))

    receiver = Receiver(script)
    await office.subscribe(await serve(receiver), timeout_ms=15_000)
    async with office.dispatching() as running:
        await office.tell("a", "b")
        await running.until("claimed")
        async with office.database.transaction() as tx:
            # The renewal waits for this row, as it would for a database that answers no more.
            await tx.execute(text("SELECT id FROM endpoint FOR UPDATE"))
            async with asyncio.timeout(8):
                await receiver.closed.wait()
            in_time = text("SELECT owner_until > extract(epoch FROM clock_timestamp()) * 1e6 FROM endpoint")
            assert (await tx.execute(in_time)).scalar_one() is True
            assert await office.attempts() == []
        await running.until("recorded")
        await running.until("idle")
    sent = [header(head, "webhook-id") for head, _ in receiver.requests]
    assert [sorted(map(str, part)) for part in (sent[:2], sent[2:])] == [["a-1", "b-1"]] * 2
    assert await office.attempts() == [("a-1", 1, 200, "delivered"), ("b-1", 1, 200, "delivered")]
    assert await office.left() == {"queue": 0, "lane": 0}


async def test_connections_that_are_dropped_lose_and_double_nothing(
    office: Office, sink: Sink, postgres_url: str
) -> None:
    await office.subscribe(sink.url, max_in_flight=4)
    await office.tell(*(f"p{number}" for number in range(200)))
    killer = await asyncpg.connect(postgres_url)
    async with office.dispatching() as running:
        for wanted in (20, 80, 140):
            await sink.until(lambda wanted=wanted: len(sink.got) >= wanted)
            await killer.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        await sink.until(lambda: len(sink.got) >= 200)
        await running.until("idle")
    await killer.close()
    assert sorted(sink.delivered) == sorted(f"p{number}-1" for number in range(200))
    assert len(sink.got) == 200
    assert await office.left() == {"queue": 0, "lane": 0}
    assert {(n, outcome) for _, n, _, outcome in await office.attempts()} == {(1, "delivered")}


async def test_a_dispatcher_that_joins_gets_its_share_of_busy_endpoints(office: Office, sink: Sink) -> None:
    for name in ("end_a", "end_b"):
        await office.subscribe(sink.url, name, max_in_flight=2)
    told: list[str] = []
    shared = asyncio.Event()

    async def write() -> None:
        while not shared.is_set():
            told.extend(await office.tell("a", "b", "c"))
            await sink.until(lambda: len(sink.got) >= 2 * len(told) - 20)

    async with office.dispatching(name="d1"):
        writing = asyncio.create_task(write())
        await sink.until(lambda: len(sink.got) >= 20)
        async with office.dispatching(name="d2") as second:
            while not any(step == ("owned", [number]) for step in second.steps for number in (1, 2)):
                await second.until("owned")
            shared.set()
            await writing
            await sink.until(lambda: len(sink.delivered) == 2 * len(told))
            assert {(await office.endpoint(name)).owner for name in ("end_a", "end_b")} == {"d1", "d2"}
    assert sorted(sink.delivered) == sorted(told * 2)
    assert await office.left() == {"queue": 0, "lane": 0}
