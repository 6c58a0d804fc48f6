"""Random acts while everything is killed again and again: what was acknowledged is told, once each is enough.

`make soak` kills forty times as often. The figures are in docs/reliability.md.
"""

import asyncio
import json
import os
import time
from random import Random

from service.storage.audit import first_broken_link
from service.storage.database import Database
from tests.e2e.crashing import Clerk, Crew
from tests.e2e.house import House
from tests.e2e.ledger import Receivers, read_record, receivers
from tests.e2e.people import introduce, names, subscribe
from tests.engines import Engine

SOAK = int(os.environ.get("DUALTRACK_TEST_SOAK", "1"))
KILLS = 2 * SOAK
PEOPLE = names(5)
ACTS = (4, 10) if SOAK == 1 else (5, 60)
"""Between two kills."""
SECONDS = 6.0 * SOAK if SOAK > 1 else 60.0
"""After which nothing is killed any more, however slow the machine."""
SERVER = ("serve", "--no-dispatcher")
TWO_OF_EACH: list[tuple[str, ...]] = [SERVER, SERVER, ("dispatch",), ("dispatch",)]


async def test_on_postgres_with_two_dispatchers(postgres_house: House, postgres_url: str) -> None:
    engine = Engine(name="postgres", url=postgres_url, journal="auto")
    await balance(postgres_house, engine, [SERVER, ("dispatch",), ("dispatch",)] if SOAK == 1 else TWO_OF_EACH)


async def test_on_sqlite_with_the_one_process_it_has(sqlite_house: House, sqlite_url: str) -> None:
    await balance(sqlite_house, Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate"), [("serve",)])


async def balance(house: House, engine: Engine, roles: list[tuple[str, ...]]) -> None:
    seed = int(os.environ.get("DUALTRACK_TEST_SEED", time.time_ns() % 1_000_000))
    begun = time.monotonic()
    async with receivers(2, Random(seed)) as told:
        crew = Crew(house=house, roles=roles, chance=Random(seed))
        await at_work(crew, told)
        acknowledged = crew.acknowledged
        database = engine.open()
        await settled(database, told, acknowledged)
        await crew.stop()
        record = await read_record(database)
        async with database.read() as connection:
            broken = await first_broken_link(connection)
        await database.close()
    figures = {
        "engine": engine.name,
        "seed": seed,
        "seconds": round(time.monotonic() - begun),
        "kills": crew.kills,
        "acknowledged and refused": {str(status): count for status, count in sorted(crew.statuses.items())},
        "events": len(record.events),
        "acknowledged and lost": len(acknowledged - record.events) + undelivered(told, acknowledged),
        "events without a change": len(record.told - record.acts),
        "changes without an event": len(record.acts - record.told),
        "order violations": sum(len(book.out_of_order) for book in told.books.values()),
        "other bytes under one id": sum(len(book.altered) for book in told.books.values()),
        "deliveries": sum(len(book.answered) for book in told.books.values()),
        "duplicates": sum(book.again for book in told.books.values()),
        "left in the queue": record.queued + record.lanes,
        "audit": broken,
    }
    print(json.dumps(figures))
    zero = ("acknowledged and lost", "events without a change", "changes without an event", "order violations")
    zero += ("other bytes under one id", "left in the queue")
    assert {name: figures[name] for name in zero} == dict.fromkeys(zero, 0), figures
    assert 1 <= crew.kills <= KILLS
    assert broken is None
    # Everything in the record arrived everywhere, also what was done but whose answer was cut off for ever.
    assert all(book.answered == record.events for book in told.books.values())
    # At most the heads that were under way when a process died, one a person and endpoint.
    assert 0 <= figures["duplicates"] <= crew.kills * len(PEOPLE) * len(told.books), figures


async def at_work(crew: Crew, told: Receivers) -> None:
    await crew.start()
    async with crew.house.client(crew.running[0]) as client:
        for book in told.books.values():
            await subscribe(client, book.url)
        await introduce(client, PEOPLE)
    ended = asyncio.Event()
    clerks = [Clerk(crew=crew, person=person, chance=Random(f"{person}{crew.chance.random()}")) for person in PEOPLE]
    async with asyncio.TaskGroup() as group:
        for clerk in clerks:
            group.create_task(clerk.work(ended))
        await crew.kill(KILLS, acts=ACTS, seconds=SECONDS)
        ended.set()


async def settled(database: Database, told: Receivers, acknowledged: set[str]) -> None:
    """Until everything in the record is delivered."""
    await told.until_told(acknowledged)
    await told.until_told((await read_record(database)).events)


def undelivered(told: Receivers, acknowledged: set[str]) -> int:
    return sum(len(acknowledged - book.answered) for book in told.books.values())
