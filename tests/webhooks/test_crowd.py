"""Twenty endpoints, of which some are dead, hang or flap: the others are told as soon as ever, and nothing is lost."""

import json
import os
import time
from itertools import count, islice

from service.storage.database import Database
from tests.webhooks.crowd import Crowd, Member, a_closed_port, a_crowd, in_order
from tests.webhooks.post import Office

LONG = int(os.environ.get("DUALTRACK_TEST_SOAK", "1")) > 1
ENDPOINTS, IN_FLIGHT = 19, 4
BACKLOG = 50_000 if LONG else 400
"""Deliveries that wait when all of them come back."""
LIVE = 60 if LONG else 3
"""Events that are published one after another in each measured part."""
TIMEOUT_MS = 500
RETRY_SCALE = 0.001 if LONG else 0.0003
PATIENCE = 600.0 if LONG else 60.0
FLOOR = 0.1
"""Seconds below which a p99 is a matter of what else the machine does."""


async def live(office: Office, crowd: Crowd, numbers: "count[int]", healthy: list[Member]) -> float:
    """Publish one event after another, each when the healthy have the one before; their p99 in seconds."""
    told: list[str] = []
    for number in islice(numbers, LIVE):
        told += await publish(office, crowd, f"live{number % 7}")
        await crowd.until_told(told[-1:], healthy, seconds=PATIENCE)
    return crowd.p99(told, healthy)


async def publish(office: Office, crowd: Crowd, *subjects: str) -> list[str]:
    before = time.monotonic()
    told = await office.tell(*subjects)
    crowd.published |= dict.fromkeys(told, before)
    return told


async def test_on_sqlite_others_neither_wait_nor_lose(sqlite_url: str) -> None:
    await neither_wait_nor_lose(Database(url=sqlite_url, journal="truncate"))


async def test_on_postgres_others_neither_wait_nor_lose(postgres_url: str) -> None:
    await neither_wait_nor_lose(Database(url=postgres_url))


async def neither_wait_nor_lose(database: Database) -> None:
    """And those that return are not overrun."""
    office = Office(database)
    numbers = count()
    async with a_crowd(ENDPOINTS) as crowd, a_closed_port() as dead:
        for number, url in enumerate([*(member.url for member in crowd.members), dead]):
            await office.subscribe(
                url,
                f"end_{number:02}",
                event_types=("thing.happened",),
                max_in_flight=IN_FLIGHT,
                timeout_ms=TIMEOUT_MS,
            )
        slow, flapping, *others = crowd.members
        async with office.dispatching(retry_scale=RETRY_SCALE) as running:
            calm, troubled = list[float](), list[float]()
            # In turn, so that what else the machine does falls on both.
            for _ in range(2):
                calm.append(await live(office, crowd, numbers, others))
                crowd.set_mood("hangs", slow)
                crowd.set_mood("flaps", flapping)
                troubled.append(await live(office, crowd, numbers, others))
                crowd.set_mood("works", slow, flapping)
            told = await fall_and_return(office, crowd)
            await crowd.until_told(told, crowd.members, seconds=PATIENCE)
            await crowd.until_told(list(crowd.published), crowd.members, seconds=PATIENCE)
            figures = {
                "engine": office.database.dialect,
                "p99 undisturbed": round(min(calm), 4),
                "p99 beside dead, slow and flapping": round(min(troubled), 4),
                "backlog": len(told) * ENDPOINTS,
                "most requests at once": max(member.most for member in crowd.members),
            }
            print(json.dumps(figures))
            await running.until("owned")
    await database.close()
    assert min(troubled) <= 2 * max(min(calm), FLOOR), figures
    assert figures["most requests at once"] <= IN_FLIGHT
    for member in crowd.members:
        assert set(member.got) == set(crowd.published)
    for member in (flapping, *others):
        assert in_order(member.got), member.url


async def fall_and_return(office: Office, crowd: Crowd) -> list[str]:
    """Everybody is down while a backlog gathers, then everybody is back at once. Returns the backlog's events."""
    crowd.set_mood("is down", *crowd.members)
    before = [member.requests for member in crowd.members]
    told: list[str] = []
    keys = [f"back{number}" for number in range(max(20, BACKLOG // ENDPOINTS // 10))]
    while len(told) * ENDPOINTS < BACKLOG:
        told += await publish(office, crowd, *keys)
    tried = list(zip(crowd.members, before, strict=True))
    await crowd.until(lambda: all(one.requests >= seen + IN_FLIGHT for one, seen in tried), seconds=PATIENCE)
    for member in crowd.members:
        member.most = 0
    crowd.set_mood("works", *crowd.members)
    return told
