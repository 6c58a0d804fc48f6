"""A sender that was stopped past its lease speaks for nobody when it goes on."""

import asyncio
import signal

from sqlalchemy import select, text

from service.storage.database import Database
from service.webhooks import tables as post
from tests.e2e.house import PATIENCE_SECONDS, House
from tests.e2e.people import change, introduce, names, steps_of, subscribe
from tests.e2e.receiver import Receiver

PEOPLE = names(4)
STEPS = steps_of(2)


async def workers(database: Database) -> list[tuple[str, int, str]]:
    """(event, try, process) of everything recorded."""
    log, event = post.dlog, post.event
    async with database.read() as connection:
        found = await connection.execute(
            select(event.c.id, log.c.n, log.c.worker).join(event, event.c.seq == log.c.event_seq)
        )
        return [(row.id, row.n, row.worker.split("-")[-2]) for row in found]


async def until_alive(database: Database, *processes: int) -> None:
    """Until just these dispatchers say that they live."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            async with database.read() as connection:
                alive = text(
                    "SELECT name FROM dispatcher WHERE alive_until > extract(epoch FROM clock_timestamp()) * 1e6"
                )
                found = {name.split("-")[-2] for name in (await connection.execute(alive)).scalars()}
            if found == set(map(str, processes)):
                return


async def test_what_it_had_under_way_is_another_ones_by_then(
    postgres_house: House, postgres_url: str, receiver: Receiver
) -> None:
    database = Database(url=postgres_url)
    receiver.opened.clear()
    serving = await postgres_house.serve("--no-dispatcher")
    stopped = await postgres_house.start("dispatch")
    async with postgres_house.client(serving) as client:
        await subscribe(client, receiver.url)
        await introduce(client, PEOPLE)
        await asyncio.gather(*(change(client, person, 0, STEPS[0]) for person in PEOPLE))
        await receiver.until(lambda: len(receiver.arrivals) == len(PEOPLE))
        stopped.process.send_signal(signal.SIGSTOP)
        try:
            other = await postgres_house.start("dispatch")
            await receiver.until(lambda: len(receiver.arrivals) == 2 * len(PEOPLE))
            # Answers for both: those of the first lie in its sockets while it is stopped.
            receiver.opened.set()
            await receiver.until(lambda: len(receiver.answered) == 2 * len(PEOPLE))
            await until_alive(database, other.process.pid)
        finally:
            stopped.process.send_signal(signal.SIGCONT)
        await until_alive(database, stopped.process.pid, other.process.pid)
        await asyncio.gather(*(change(client, person, 1, STEPS[1]) for person in PEOPLE))
        await receiver.until(lambda: len(receiver.answered) == 3 * len(PEOPLE))
    # Both end, so all that either had to record is recorded.
    for program in (stopped, other):
        assert (await program.stopped()).code == 0
    recorded = await workers(database)
    await database.close()
    first = {arrival.id for arrival in receiver.arrivals if arrival.sequence == 1}
    assert len(first) == len(PEOPLE)
    assert sorted(entry for entry in recorded if entry[0] in first) == sorted(
        (event, 1, str(other.process.pid)) for event in first
    )
    assert [n for _, n, _ in recorded] == [1] * 2 * len(PEOPLE)
    assert sorted(receiver.sequences().values()) == [[1, 2]] * len(PEOPLE)
    assert {len(bodies) for bodies in receiver.bodies().values()} == {1}
