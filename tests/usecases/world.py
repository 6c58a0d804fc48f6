"""Where random acts are carried out: one database for all examples, the people of each, and a copy made of events."""

import asyncio
import json
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from random import Random
from typing import Any, cast

from service.domain.dates import LATEST
from service.domain.refusals import NotFound
from service.domain.wire import plain
from service.storage.migrate import downgrade, upgrade
from service.usecases.digests import list_digests
from service.usecases.events import After, list_events
from service.usecases.paging import Window
from tests.docs import block_with, defined
from tests.engines import Engine
from tests.stage import HR, Stage, make_stage, publish
from tests.usecases.daily import Stated
from tests.usecases.test_migrating import ACTS

FIRST = date(2026, 6, 1)
START = date(2026, 6, 15)
LAST = date(2026, 7, 20)
MIRROR = defined(block_with("snapshots.md", "python", "def take("))
Answer = tuple[str, date, int, Any]


class World:
    """One database for all examples, which have a ladder and people each, and everything that was ever answered."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.loop = asyncio.new_event_loop()
        self.stage = make_stage(engine)
        self.numbers = count(1)
        self.answers: list[Answer] = []
        self.run(publish(self.stage))
        self.accepted = 0

    def run(self, doing: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(cast(Any, doing))

    def close(self) -> None:
        self.run(self.stage.database.close())
        self.loop.close()

    async def answer(self, stage: Stage, person: str, day: date, known_at: int) -> Any:
        try:
            return plain(await stage.assignment(day.isoformat(), known_at, person))
        except NotFound as error:
            return error.code

    async def ask_again(self) -> None:
        """All of it, of a service that has just started."""
        fresh = make_stage(self.engine)
        fresh.clock.us = self.stage.clock.us
        for person, day, known_at, answer in Random(1).sample(self.answers, min(len(self.answers), 400)):
            assert await self.answer(fresh, person, day, known_at) == answer
        await fresh.database.close()

    def migrate(self) -> None:
        """From the schema of the release that first had all of these acts to that of now."""
        self.run(self.stage.database.close())
        downgrade(self.engine.url, ACTS)
        upgrade(self.engine.url)

    async def digests_agree(self) -> int:
        """Of a copy made of all events ever told, as they may arrive; returns of how many people."""
        copy: dict[str, Any] = {}
        told: dict[str, list[Any]] = {}
        after: After = None
        while (page := await list_events(self.stage.runtime, HR, after=after, limit=200)).events:
            for one in page.events:
                body = json.loads(one.body)
                if "employee" in body["data"]:
                    told.setdefault(body["data"]["employee"]["id"], []).append(body)
            after = page.last
        seen = dict.fromkeys(told, 0)
        for body in arriving(told, Random(1)):
            # What is not behind the last one taken has been taken.
            if body["sequence"] > seen[body["data"]["employee"]["id"]]:
                seen[body["data"]["employee"]["id"]] = body["sequence"]
                MIRROR["take"](copy, body)
        window: Window | None = Window(limit=50)
        people = 0
        while window:
            found = await list_digests(self.stage.runtime, HR, window=window)
            rows = [plain(one) for one in found.part.items]
            assert rows == [MIRROR["row"](copy, row["employee"]) for row in rows]
            people += len(rows)
            window = Window(limit=50, place=found.part.after) if found.part.after else None
        return people


class Person:
    def __init__(self, name: str, employee: str) -> None:
        self.name, self.employee = name, employee
        self.live: list[Stated] = []
        self.orders = count(1)
        self.revision = 0
        self.events = 0
        self.mirror: dict[date, Any] = {}


def arriving(told: Mapping[str, Sequence[Any]], dice: Random) -> Iterator[Any]:
    """Each person's events in order, people in any, and now and then one that came before."""
    come = dict.fromkeys(told, 0)
    while waiting := [person for person, number in come.items() if number < len(told[person])]:
        person = dice.choice(waiting)
        yield told[person][come[person]]
        come[person] += 1
        if dice.random() < 0.3:
            yield told[person][dice.randrange(come[person])]


def mirrored(mirror: dict[date, Any], body: Any) -> None:
    """Replace the days that an event names: nothing else is known of it."""
    for part in (body["data"]["affected"] or {"timeline": []})["timeline"]:
        day, end = date.fromisoformat(part["from"]), date.fromisoformat(part["to"]) if part["to"] else LATEST
        while day < min(end, LAST + timedelta(days=1)):
            mirror[day] = part["assignment"]
            day += timedelta(days=1)
