"""Cases that other senders are tested by, where no test here had said them yet."""

import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy import update

from service.storage.database import Database
from service.webhooks.outbox import Message, Outbox
from service.webhooks.tables import endpoint
from tests.webhooks.crowd import a_crowd, in_order
from tests.webhooks.post import Office, Sink, take_recorder

AS_IT_IS = '{"z":1, "a" : {"b":[1.0,1e2,-0],"a":"\\u00e9é\\/"},\n "z":2}'
"""Odd order, a name twice, spaces, a newline, numbers and escapes of which there are others for the same."""


@asynccontextmanager
async def an_office(url: str) -> AsyncGenerator[tuple[Office, Sink]]:
    database, sink = Database(url=url), Sink()
    await sink.start()
    try:
        yield Office(database), sink
    finally:
        await sink.stop()
        await database.close()


async def test_a_body_arrives_byte_for_byte(sqlite_url: str, postgres_url: str) -> None:
    for url in (sqlite_url, postgres_url):
        async with an_office(url) as (office, sink):
            await office.subscribe(sink.url)
            async with office.database.transaction() as tx:
                outbox = Outbox(tx)
                outbox.add(
                    Message(
                        id="evt_1",
                        type="thing.happened",
                        subject="a",
                        version=1,
                        facets={},
                        render=lambda _at: {"v1": AS_IT_IS.encode(), "v1+pay": b"{}"},
                    )
                )
                await outbox.lock_lanes()
                at, last = await take_recorder(office.database, tx, 1)
                await outbox.write(at=at, first_position=last)
            async with office.dispatching():
                await sink.until(lambda sink=sink: len(sink.got) == 1)
            assert [body for _, body in sink.requests] == [AS_IT_IS.encode()]


async def test_an_empty_schedule_makes_the_first_failure_the_last(sqlite_url: str) -> None:
    async with an_office(sqlite_url) as (office, sink):
        sink.answer = lambda event, times: (500 if event == "a-1" else 200, {})
        await office.subscribe(sink.url, event_types=("thing.happened",))
        async with office.database.transaction() as tx:
            await tx.execute(update(endpoint).values(retry_schedule="[]"))
        async with office.dispatching() as running:
            await office.tell("a", "a")
            await sink.until(lambda: sink.delivered == ["a-2"])
            await running.until("idle")
        assert sink.got == [("a-1", 500), ("a-2", 200)]
        assert [entry for entry in await office.attempts() if entry[0] == "a-1"] == [("a-1", 1, 500, "dead")]
        assert await office.left() == {"queue": 0, "lane": 0}


async def test_many_senders_share_many_endpoints_and_nobody_is_told_twice(postgres_url: str) -> None:
    office = Office(Database(url=postgres_url))
    async with a_crowd(20) as crowd, AsyncExitStack() as stack:
        for number, member in enumerate(crowd.members):
            await office.subscribe(member.url, f"end_{number:02}")
        for number in range(4):
            await stack.enter_async_context(office.dispatching(name=f"d{number}"))
        told: list[str] = []
        for _ in range(10):
            told += await office.tell("a", "b")
        await crowd.until_told(told, crowd.members, seconds=60)
        for member in crowd.members:
            assert sorted(member.got) == sorted(told)
            assert in_order(member.got)
    assert await office.left() == {"queue": 0, "lane": 0}
    await office.database.close()


@pytest.mark.parametrize("hours", [-30, 30])
async def test_a_sender_whose_clock_is_wrong_sends_and_tries_again_as_soon(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Everything is due by the database's clock; only the signature's time is the sender's."""
    right = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: right() + hours * 3_600_000_000_000)
    async with an_office(postgres_url) as (office, sink):
        sink.answer = lambda event, times: (503, {"retry-after": "1"}) if times == 0 else (200, {})
        await office.subscribe(sink.url)
        async with office.dispatching() as running:
            await office.tell("a")
            await sink.until(lambda: len(sink.delivered) == 1)
            await running.until("idle")
        assert [status for _, status in sink.got] == [503, 200]
        assert await office.left() == {"queue": 0, "lane": 0}
        signed_at = int(sink.requests[0][0]["webhook-timestamp"])
        assert abs(signed_at - time.time_ns() // 1_000_000_000) < 60
