"""Telling dispatchers of work: at once, nothing lost, and only those concerned."""

import asyncio
from collections.abc import AsyncGenerator

import asyncpg
import pytest

from service.webhooks.wake import CHANNEL, EmbeddedWake, PostgresWake


@pytest.fixture
async def listener(postgres_url: str) -> AsyncGenerator["asyncio.Queue[str]"]:
    """What anybody hears who listens."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(postgres_url)
    await connection.add_listener(CHANNEL, lambda *told: heard.put_nowait(told[3]))
    yield heard
    await connection.close()


@pytest.fixture
async def pair(postgres_url: str) -> AsyncGenerator[tuple[PostgresWake, PostgresWake]]:
    made = PostgresWake(postgres_url), PostgresWake(postgres_url)
    for wake in made:
        await wake.start()
        # The first thing a connection does is to have everything looked at.
        await woken(wake)
    yield made
    for wake in made:
        await wake.close()


async def woken(wake: EmbeddedWake) -> None:
    async with asyncio.timeout(10):
        await wake.wait(60)


async def test_a_wake_before_the_wait_is_not_lost_and_counts_once() -> None:
    wake = EmbeddedWake()
    wake.wake()
    wake.wake()
    await woken(wake)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await wake.wait(60)


async def test_a_wait_ends_by_itself() -> None:
    async with asyncio.timeout(10):
        await EmbeddedWake().wait(0.001)


async def test_every_process_hears_a_wake(pair: tuple[PostgresWake, PostgresWake]) -> None:
    first, second = pair
    first.wake()
    await woken(first)
    await woken(second)


async def test_a_nudge_stays_in_its_process(
    pair: tuple[PostgresWake, PostgresWake], listener: "asyncio.Queue[str]"
) -> None:
    first, second = pair
    first.nudge()
    await woken(first)
    second.wake()
    async with asyncio.timeout(10):
        await listener.get()
    # A nudge that had been told would have been heard before this.
    assert listener.empty()


async def test_whoever_listens_hears_every_wake_and_no_nudge(pair: tuple[PostgresWake, PostgresWake]) -> None:
    first, second = pair
    with second.listen() as one, second.listen() as other:
        second.nudge()
        await woken(second)
        for signal in (one, other):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.01):
                    await signal.wait(60)
        first.wake()
        async with asyncio.timeout(10):
            # Neither takes it from the other, nor from the dispatcher.
            await one.wait(60)
            await other.wait(60)
        await woken(second)


async def test_the_first_of_a_burst_is_told_at_once_and_the_rest_together(
    pair: tuple[PostgresWake, PostgresWake], listener: "asyncio.Queue[str]"
) -> None:
    first, _ = pair
    first.wake()
    async with asyncio.timeout(10):
        await listener.get()
    for _ in range(100):
        first.wake()
    async with asyncio.timeout(10):
        await listener.get()
    await first.close()
    assert listener.empty()


async def test_what_was_told_last_is_told_before_closing(
    pair: tuple[PostgresWake, PostgresWake], listener: "asyncio.Queue[str]"
) -> None:
    pair[0].wake()
    await pair[0].close()
    async with asyncio.timeout(10):
        await listener.get()


async def test_a_lost_connection_is_made_again(pair: tuple[PostgresWake, PostgresWake], postgres_url: str) -> None:
    first, second = pair
    killer = await asyncpg.connect(postgres_url)
    killed = await killer.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    )
    await killer.close()
    assert len(killed) == 2
    for wake in pair:
        await woken(wake)
    second.wake()
    await woken(second)
    await woken(first)
