"""A connection for tests: events about people, fed to a sink that answers to order and remembers what it wrote."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from service.connectors.news import News
from service.connectors.sinks import Done, Sink, Sinks, Told
from service.rest.contract.events import event_example
from service.usecases.feeds import SCHEME
from service.webhooks.outbox import Message, Outbox
from service.webhooks.transport import Transport
from tests.webhooks.post import Office, take_recorder

CONNECTION = "con_a"
Mood = Callable[[str, int], Told | Exception | Awaitable[Told]]
"""From (event id, how often it has come) to what the sink says, raises or waits for."""


def done(_event: str, _times: int) -> Told:
    return Done(note="written")


@dataclass(slots=True)
class Ledger:
    """`came` holds every event that came, by id, `wrote` those that were done, both in order."""

    mood: Mood = done
    came: list[str] = field(default_factory=list[str])
    wrote: list[str] = field(default_factory=list[str])
    bodies: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self, news: News) -> Told:
        told = self.mood(news.id, self.came.count(news.id))
        self.came.append(news.id)
        self.bodies.setdefault(news.id, set()).add(json.dumps(news.body))
        self.changed.set()
        if isinstance(told, Exception):
            raise told
        answer = await told if isinstance(told, Awaitable) else told
        if isinstance(answer, Done):
            self.wrote.append(news.id)
            self.changed.set()
        return answer

    async def until(self, condition: Callable[[], bool], seconds: float = 20) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    def around(self, transport: Transport) -> Transport:
        """The way out of a process in which this is the sink of the connection."""

        async def opened(connection: str) -> Sink:
            assert connection == CONNECTION
            return self

        return Sinks(transport, opened)


async def connect(office: Office, **chosen: Any) -> None:
    """As connecting does it: an endpoint that blocks rather than give anything up."""
    await office.subscribe(
        f"{SCHEME}{CONNECTION}",
        event_types=("level.changed",),
        **{"on_exhausted": "block", "max_in_flight": 2, "timeout_ms": 30_000, **chosen},
    )


def body_of(event: str, person: str, sequence: int) -> dict[str, Any]:
    """An event as it is published, about this person."""
    body = event_example("level.changed")
    employee = {**body["data"]["employee"], "id": f"emp_{person}", "key": person}
    return {**body, "id": event, "sequence": sequence, "data": {**body["data"], "employee": employee}}


async def tell(office: Office, *people: str) -> list[str]:
    """One transaction that tells an event a person; returns the ids `<person>-<version>`."""
    ids: list[str] = []
    async with office.database.transaction() as tx:
        outbox = Outbox(tx)
        for person in people:
            office.told[person] += 1
            event = f"{person}-{office.told[person]}"
            text = json.dumps(body_of(event, person, office.told[person])).encode()
            ids.append(event)
            outbox.add(
                Message(
                    id=event,
                    type="level.changed",
                    subject=f"employee:emp_{person}",
                    version=office.told[person],
                    facets={},
                    render=lambda _at, text=text: {"v1": text, "v1+pay": text},
                )
            )
        await outbox.lock_lanes()
        at, last = await take_recorder(office.database, tx, outbox.count)
        await outbox.write(at=at, first_position=last - outbox.count + 1)
    office.wake()
    return ids
