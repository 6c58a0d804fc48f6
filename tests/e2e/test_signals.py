"""How processes that serve and send end: told to, struck down, and followed by another."""

import asyncio

from sqlalchemy import select

from service.storage.database import Database
from service.webhooks import tables
from service.webhooks.dispatcher import LEASE_SECONDS, RENEW_SECONDS
from tests.e2e.house import PATIENCE_SECONDS, House, Program
from tests.e2e.people import change, introduce, names, steps_of, subscribe
from tests.e2e.receiver import Receiver

PEOPLE = names(6)
STEPS = steps_of(4)
LOADED_SECONDS = 5.0
"""How much longer everything may take on a machine that does other things, too."""


async def test_sigterm_under_load_answers_what_is_under_way_and_exits_0(
    house: House, receiver: Receiver, database: Database
) -> None:
    """What was taken is answered, what was being sent is recorded, and the next process owns the endpoint at once."""
    serving = await house.serve()
    receiver.opened.clear()
    async with house.client(serving) as client:
        await subscribe(client, receiver.url)
        await introduce(client, PEOPLE)
        await asyncio.gather(*(change(client, person, 0, STEPS[0]) for person in PEOPLE))
        await receiver.until(lambda: len(receiver.arrivals) == len(PEOPLE))
        held = [arrival.id for arrival in receiver.arrivals]
        asked = [asyncio.create_task(change(client, person, 1, STEPS[1])) for person in PEOPLE]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        ending = asyncio.create_task(serving.stopped())
        answers = await asyncio.gather(*asked)
        assert not ending.done()
        receiver.opened.set()
        ended = await ending
    assert (ended.code, ended.out, "Traceback" in ended.err) == (0, "", False)
    assert [answer.status_code for answer in answers] == [201] * len(PEOPLE)
    # Whatever it had begun it ended: all that came was answered, recorded, and does not come again.
    assert {one.id for one in receiver.arrivals} == set(receiver.answered) and set(held) <= set(receiver.answered)
    async with database.read() as connection:
        assert list((await connection.execute(select(tables.endpoint.c.owner))).scalars()) == [None]

    await house.serve()
    await receiver.until(lambda: len(receiver.answered) == len(PEOPLE) * 2)
    assert sorted(receiver.sequences().values()) == [[1, 2]] * len(PEOPLE)
    assert len(receiver.arrivals) == len(PEOPLE) * 2


async def test_a_second_server_on_the_same_file_is_refused(sqlite_house: House) -> None:
    serving = await sqlite_house.serve()
    second, sender = await asyncio.gather(sqlite_house.run("serve", "--port", "0"), sqlite_house.run("dispatch"))
    assert (second.code, second.out, sender.code, sender.out) == (2, "", 2, "")
    assert second.err.startswith("dualtrack: sqlite:///") and "is served by another process" in second.err
    assert sender.err == "dualtrack: this SQLite file is served by another process, which sends too.\n"
    async with sqlite_house.client(serving) as client:
        assert (await client.get("/readyz")).status_code == 200


async def test_another_dispatcher_takes_over_from_one_that_is_killed(
    postgres_house: House, postgres_url: str, receiver: Receiver
) -> None:
    """Within the lease of five seconds; what the first had not heard an answer to comes again, and nothing is lost."""
    house = postgres_house
    receiver.opened.clear()
    serving, first = await asyncio.gather(house.serve("--no-dispatcher"), house.start("dispatch"))
    async with house.client(serving) as client:
        await subscribe(client, receiver.url)
        await introduce(client, PEOPLE)
        for number, body in enumerate(STEPS):
            await asyncio.gather(*(change(client, person, number, body) for person in PEOPLE))
    await receiver.until(lambda: len(receiver.arrivals) == len(PEOPLE))
    held = {arrival.id for arrival in receiver.arrivals}
    second = await house.start("dispatch")
    await known(postgres_url, second)
    assert len(receiver.arrivals) == len(PEOPLE)
    await first.killed()
    receiver.opened.set()
    now = asyncio.get_running_loop().time
    begun = now()
    await receiver.until(lambda: len(receiver.arrivals) > len(PEOPLE))
    assert now() - begun < LEASE_SECONDS["postgresql"] + RENEW_SECONDS["postgresql"] + LOADED_SECONDS
    await receiver.until(lambda: len(receiver.answered) == len(PEOPLE) * len(STEPS))
    assert sorted(receiver.sequences().values()) == [list(range(1, len(STEPS) + 1))] * len(PEOPLE)
    assert {arrival.id for arrival in receiver.arrivals[: len(PEOPLE)]} == held
    assert len(receiver.arrivals) == len(PEOPLE) * (len(STEPS) + 1)
    ended = await second.stopped()
    assert (ended.code, ended.out, "Traceback" in ended.err) == (0, "", False)


async def known(url: str, program: Program) -> None:
    """Until the dispatcher counts among the living, which it is asked about as often as need be."""
    living = select(tables.dispatcher.c.name).where(tables.dispatcher.c.name.contains(f"-{program.process.pid}-"))
    database = Database(url=url)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                async with database.read() as connection:
                    if (await connection.execute(living)).first():
                        return
                assert await program.lives_on(0.05), program.errors.read_text()
    finally:
        await database.close()
