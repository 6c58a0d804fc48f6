"""How processes that serve and send end: told to, struck down, and followed by another."""

import asyncio

import httpx
from sqlalchemy import select

from service.storage.database import Database
from service.webhooks.tables import endpoint
from tests.e2e.house import House
from tests.e2e.people import HIRE, change, introduce, names, steps_of, subscribe
from tests.e2e.receiver import Receiver

PEOPLE = names(6)
STEPS = steps_of(4)


async def test_sigterm_under_load_answers_what_is_under_way_and_exits_0(
    house: House, receiver: Receiver, database: Database
) -> None:
    """What was taken is answered, what was being sent is recorded, and the next process owns the endpoint at once."""
    serving = await house.serve()
    async with house.client(serving) as client:
        await subscribe(client, receiver.url)
        await introduce(client, PEOPLE)
        await change(client, PEOPLE[0], 0, HIRE)
        await receiver.until(lambda: len(receiver.answered) == 1)
        receiver.opened.clear()
        asked = [asyncio.create_task(change(client, person, 0, HIRE)) for person in PEOPLE[1:]]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        await receiver.until(lambda: len(receiver.arrivals) > 1)
        ending = asyncio.create_task(serving.stopped())
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert not ending.done()
        receiver.opened.set()
        ended = await ending
    assert (ended.code, ended.out, "Traceback" in ended.err) == (0, "", False)
    given = [answer for answer in answers if isinstance(answer, httpx.Response)]
    # All were on connections that the server had; none was cut off, and none was turned away.
    assert [answer.status_code for answer in given] == [201] * (len(PEOPLE) - 1), answers
    async with database.read() as connection:
        (owner,) = (await connection.execute(select(endpoint.c.owner))).scalars()
    assert owner is None
    sent = set(receiver.answered)
    assert len(receiver.arrivals) == len(sent)

    following = await house.start("dispatch")
    await receiver.until(lambda: len(receiver.answered) == len(PEOPLE))
    assert len(set(receiver.answered)) == len(receiver.arrivals) == len(PEOPLE)
    assert (await following.stopped()).code == 0


async def test_a_second_server_on_the_same_file_is_refused(sqlite_house: House) -> None:
    serving = await sqlite_house.serve()
    second, sender = await asyncio.gather(sqlite_house.run("serve", "--port", "0"), sqlite_house.run("dispatch"))
    assert (second.code, second.out, sender.code, sender.out) == (2, "", 2, "")
    assert second.err.startswith("dualtrack: sqlite:///") and "is served by another process" in second.err
    assert sender.err == "dualtrack: this SQLite file is served by another process, which sends too.\n"
    async with sqlite_house.client(serving) as client:
        assert (await client.get("/readyz")).status_code == 200


async def test_another_dispatcher_takes_over_from_one_that_is_killed(
    postgres_house: House, receiver: Receiver
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
    receiver.opened.set()
    loop = asyncio.get_running_loop()
    await first.killed()
    begun = loop.time()
    await receiver.until(lambda: len(receiver.answered) >= len(PEOPLE) * len(STEPS))
    assert loop.time() - begun < 15
    assert sorted(receiver.sequences().values()) == [list(range(1, len(STEPS) + 1))] * len(PEOPLE)
    assert second.process.returncode is None and held <= set(receiver.answered)
