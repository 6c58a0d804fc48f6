"""SIGKILL of a process at the points where others lose something: nothing acknowledged is lost, order is kept."""

import asyncio
from typing import Any

import httpx
from sqlalchemy import func, select

from service.storage import tables
from service.storage.audit import first_broken_link
from service.storage.database import Database
from service.webhooks import tables as post
from tests.e2e.house import House, Program
from tests.e2e.people import change, introduce, names, steps_of, subscribe
from tests.e2e.receiver import Arrival, Receiver

PEOPLE = names(6)
STEPS = steps_of(5)
TOLD = list(range(1, len(STEPS) + 1))


async def test_killed_during_a_burst_of_changes_before_anything_is_sent(
    house: House, receiver: Receiver, database: Database
) -> None:
    """Between commit and send: what was answered is there and is sent by the next process, what was not is not half."""
    serving = await house.serve("--no-dispatcher")
    answers: dict[tuple[str, int], httpx.Response] = {}
    async with house.client(serving) as client:
        await subscribe(client, receiver.url)
        await introduce(client, PEOPLE)

        async def burst(person: str) -> None:
            for number, body in enumerate(STEPS):
                answers[person, number] = await change(client, person, number, body)
                if len(answers) == len(PEOPLE) * 2:
                    serving.strike()

        ends = await asyncio.gather(*(burst(person) for person in PEOPLE), return_exceptions=True)
    await serving.killed()
    assert {type(end) for end in ends if end} <= {httpx.ReadError, httpx.ConnectError, httpx.RemoteProtocolError}
    assert len(PEOPLE) * 2 <= len(answers) < len(PEOPLE) * len(STEPS)
    assert {answer.status_code for answer in answers.values()} == {201}
    assert receiver.arrivals == []
    before = await kept(database)
    # A request may have been done whose answer was cut off: at most the one that each person had under way.
    assert len(answers) <= before["change"] <= len(answers) + len(PEOPLE)
    assert before["event"] == before["queue"] == before["change"] == before["idempotency"]

    async with house.client(await house.serve()) as client:
        for person in PEOPLE:
            for number, body in enumerate(STEPS):
                again = await change(client, person, number, body)
                assert again.status_code == 201, again.text
                if first := answers.get((person, number)):
                    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")
        ids = {person: (await client.get(f"/v1/employees/{person}")).json() for person in PEOPLE}
    await receiver.until(lambda: len(receiver.answered) >= len(PEOPLE) * len(STEPS))
    assert {person["revision"] for person in ids.values()} == {len(STEPS)}
    assert receiver.sequences() == {person["id"]: TOLD for person in ids.values()} and nothing_twice(receiver)
    await assert_all_is_there_once(database)


async def test_killed_while_a_receiver_has_not_answered(house: House, receiver: Receiver, database: Database) -> None:
    """Between send and response: the same events come again under the same ids, and nobody's next one before."""
    receiver.opened.clear()
    serving = await house.serve()
    async with house.client(serving) as client:
        await subscribe(client, receiver.url)
        await introduce(client, PEOPLE)
        for number, body in enumerate(STEPS):
            await asyncio.gather(*(change(client, person, number, body) for person in PEOPLE))
    await receiver.until(lambda: len(receiver.arrivals) == len(PEOPLE))
    held = [arrival.id for arrival in receiver.arrivals]
    assert {arrival.sequence for arrival in receiver.arrivals} == {1}
    await serving.killed()
    receiver.opened.set()

    await house.start("dispatch")
    await receiver.until(lambda: len(receiver.answered) == len(PEOPLE) * len(STEPS))
    again = [arrival.id for arrival in receiver.arrivals[len(held) :]]
    assert receiver.answered == again and len(set(again)) == len(again)
    assert {arrival.id for arrival in receiver.arrivals[len(held) :] if arrival.sequence == 1} == set(held)
    assert sorted(receiver.sequences().values()) == [TOLD] * len(PEOPLE)
    assert {len(bodies) for bodies in receiver.bodies().values()} == {1}
    await assert_all_is_there_once(database)


async def test_killed_between_response_and_record_under_load(
    house: House, receiver: Receiver, database: Database
) -> None:
    """The receiver answers and the process is gone at once, again and again, while changes keep coming."""
    load = Load(house, receiver, kill_after={5, 16})
    receiver.after = load.answered
    await load.run()
    await receiver.until(lambda: set(load.told) <= set(receiver.answered))
    assert load.kills == 2
    assert set(receiver.answered) == set(load.told)
    assert set(load.told.values()) == {(person, number) for person in PEOPLE for number in TOLD}
    assert sorted(receiver.sequences().values()) == [TOLD] * len(PEOPLE)
    assert {len(bodies) for bodies in receiver.bodies().values()} == {1}
    # What came twice came twice because of a kill: at most the heads that were under way then.
    assert len(receiver.arrivals) - len(load.told) <= load.kills * len(PEOPLE)
    await assert_all_is_there_once(database)


class Load:
    """Everybody's changes one after another, asked for until they are answered, by whichever server is there.

    `told` is the events by id: (person's key, sequence). The server is killed when so many answers were given to
    it for the first time.
    """

    def __init__(self, house: House, receiver: Receiver, *, kill_after: set[int]) -> None:
        self.told: dict[str, tuple[str, int]] = {}
        self.kills = 0
        self._house = house
        self._receiver = receiver
        self._kill_after = kill_after
        self._seen: set[str] = set()
        self._serving: Program | None = None
        self._turned = asyncio.Event()

    def answered(self, arrival: Arrival) -> None:
        self._seen.add(arrival.id)
        if self._serving and len(self._seen) in self._kill_after:
            self._kill_after.discard(len(self._seen))
            self.kills += 1
            self._serving.strike()

    async def run(self) -> None:
        self._serving = await self._house.serve()
        async with self._house.client(self._serving) as client:
            await subscribe(client, self._receiver.url)
            await introduce(client, PEOPLE)
        keeper = asyncio.create_task(self._keep_serving())
        await asyncio.gather(*(self._work(person) for person in PEOPLE))
        await self._receiver.until(lambda: set(self.told) <= self._seen and not self._kill_after)
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)

    async def _keep_serving(self) -> None:
        while True:
            assert self._serving
            await self._serving.process.wait()
            self._serving = await self._house.serve()
            self._turned.set()

    async def _work(self, person: str) -> None:
        for number, body in enumerate(STEPS):
            answer = await self._insist(person, number, body)
            assert answer.status_code == 201, answer.text
            assert answer.json()["revision"] == number + 1
            for event in answer.json()["events"]:
                self.told[event["id"]] = (person, event["sequence"])

    async def _insist(self, person: str, number: int, body: dict[str, Any]) -> httpx.Response:
        while True:
            serving = self._serving
            assert serving
            self._turned.clear()
            try:
                async with self._house.client(serving) as client:
                    return await change(client, person, number, body)
            except httpx.TransportError:
                while self._serving is serving:
                    await self._turned.wait()


def nothing_twice(receiver: Receiver) -> bool:
    return len({arrival.id for arrival in receiver.arrivals}) == len(receiver.arrivals)


async def kept(database: Database) -> dict[str, int]:
    """Rows, of events those about people: the definitions told some of their own."""
    counts = {
        "change": select(func.count()).select_from(tables.change),
        "idempotency": select(func.count()).select_from(tables.idempotency),
        "event": select(func.count()).select_from(post.event).where(post.event.c.subject_key.like("employee:%")),
        "queue": select(func.count()).select_from(post.queue),
    }
    async with database.read() as connection:
        return {name: (await connection.execute(count)).scalar_one() for name, count in counts.items()}


async def assert_all_is_there_once(database: Database) -> None:
    """One change and one event a request, and a chain that verifies."""
    found = await kept(database)
    requests = len(PEOPLE) * len(STEPS)
    assert [found[name] for name in ("change", "idempotency", "event")] == [requests] * 3
    async with database.read() as connection:
        assert await first_broken_link(connection) is None
