"""A company at work while its processes are killed: people who insist on an answer, and whoever kills and restarts."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import httpx

from tests.e2e.house import PATIENCE_SECONDS, House, Program
from tests.e2e.people import HIRE, HIRED_ON, REQUEST_HEADERS

NOT_DONE = {502, 503}
"""Answers after which the same request is asked again: the database was away."""


@dataclass(slots=True, kw_only=True)
class Crew:
    """Processes that are killed one after another and started again at once. `roles` are their commands.

    `acknowledged` is every event whose act was answered, `progress` is set whenever it grows.
    """

    house: House
    roles: Sequence[tuple[str, ...]]
    chance: Random
    kills: int = 0
    running: list[Program] = field(default_factory=list[Program])
    acknowledged: set[str] = field(default_factory=set[str])
    statuses: Counter[int] = field(default_factory=Counter[int])
    progress: asyncio.Event = field(default_factory=asyncio.Event)
    _turned: asyncio.Event = field(default_factory=asyncio.Event)
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict[str, httpx.AsyncClient])

    async def start(self) -> None:
        self.running = [await self._start(role) for role in self.roles]

    async def kill(self, times: int, *, acts: tuple[int, int], seconds: float) -> None:
        """So often, each time after a random number of acts between the two, and up to a tenth of a second more.

        After that many seconds none is killed any more.
        """
        end = time.monotonic() + seconds
        while self.kills < times and (time.monotonic() < end or not self.kills):
            await self._until(len(self.acknowledged) + self.chance.randint(*acts))
            number = self.chance.randrange(len(self.running))
            assert await self.running[number].lives_on(self.chance.uniform(0, 0.1)), "it ended by itself"
            await self.running[number].killed()
            self.kills += 1
            if client := self._clients.pop(self.running[number].url, None):
                await client.aclose()
            self.running[number] = await self._start(self.roles[number])
            self._turned.set()

    async def _until(self, acknowledged: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.acknowledged) < acknowledged:
                self.progress.clear()
                await self.progress.wait()

    async def stop(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        for program in self.running:
            ended = await program.stopped()
            assert (ended.code, "Traceback" in ended.err) == (0, False), ended.err

    async def ask(self, path: str, body: object, key: str) -> httpx.Response:
        """Under a key of its own, until somebody answers; from whichever server there is."""
        while True:
            self._turned.clear()
            program = self.chance.choice([one for one in self.running if one.url])
            try:
                headers = {**REQUEST_HEADERS, "Idempotency-Key": key}
                answer = await self._client(program).post(path, json=body, headers=headers)
            except (httpx.TransportError, RuntimeError):
                # RuntimeError: its client was closed, since the server is dead.
                if program.struck and program in self.running:
                    await self._turned.wait()
                continue
            if answer.status_code not in NOT_DONE:
                return answer

    def _client(self, program: Program) -> httpx.AsyncClient:
        if program.url not in self._clients:
            self._clients[program.url] = self.house.client(program)
        return self._clients[program.url]

    async def _start(self, role: tuple[str, ...]) -> Program:
        if role[0] == "serve":
            return await self.house.serve(*role[1:])
        return await self.house.start(*role)


@dataclass(slots=True, kw_only=True)
class Clerk:
    """Acts at random on one person until told to end."""

    crew: Crew
    person: str
    chance: Random
    _asked: int = 0
    _month: int = 0
    _live: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])
    """Changes by id, and whether each is a plan."""

    async def work(self, ended: asyncio.Event) -> None:
        await self._ask(f"/v1/employees/{self.person}/changes", HIRE)
        while not ended.is_set():
            await self._act()

    async def _act(self) -> None:
        luck = self.chance.random()
        if luck < 0.6 or not self._live:
            planned = luck < 0.2
            if answer := await self._ask(f"/v1/employees/{self.person}/changes", self._change(planned=planned)):
                self._live.append((answer["id"], planned))
            return
        change, planned = self._live.pop()
        if luck < 0.8:
            how = "cancel" if planned else "rescind"
            await self._ask(f"/v1/changes/{change}/{how}", {"reason": "mistake"})
        elif answer := await self._ask(f"/v1/changes/{change}/correct", {"to": {"title": f"Right {self._asked}"}}):
            self._live.append((answer["id"], planned))

    def _change(self, *, planned: bool) -> dict[str, Any]:
        self._month += 1
        today = datetime.now(UTC).date()
        # The past has room for a few thousand acts, one day each.
        day = today + timedelta(days=30 + self._month) if planned else min(today, self._day())
        level = "em5" if self._month % 2 else "ic5"
        return {"effective_on": day.isoformat(), "to": {"level": level, "title": f"Title {self._asked}"}}

    def _day(self) -> date:
        return HIRED_ON + timedelta(days=self._month)

    async def _ask(self, path: str, body: object) -> dict[str, Any] | None:
        """The answer if it was done, None if a rule said no."""
        self._asked += 1
        answer = await self.crew.ask(path, body, f"{self.person}/{self._asked}")
        self.crew.statuses[answer.status_code] += 1
        if answer.status_code in (409, 422):
            return None
        assert answer.status_code in (200, 201), answer.text
        found = answer.json()
        self.crew.acknowledged |= {event["id"] for event in found["events"]}
        self.crew.progress.set()
        return found
