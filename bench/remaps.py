"""A ladder version that puts everybody on a level on another one, against loading the same rows and nothing else."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import date, timedelta
from itertools import count
from statistics import median
from typing import Any

from bench.company import STANDINGS, furnish, settings_for
from bench.databases import Shelter
from bench.harness import Goal, Plan, Run, Sample, Size, interleave, report
from bench.loading import Taken, by_hand, timed_once
from service.domain.access import OPERATOR
from service.domain.ladders import ladder_from_document
from service.domain.refusals import Unavailable
from service.house import House, opened
from service.ladderfiles.folder import read_folder
from service.resources import folder
from service.usecases.definitions import apply_definitions
from service.usecases.folders import Folder

REMAPPED, LEAST, SMOKE_REMAPPED = 10_000, 10_000, 40
FIRST_DAY = date(2030, 1, 1)
MOST_SECONDS = 5.0
"""How long whoever records something waits at most before they are told to come again."""

SERVICE = "service: one apply"
LOADED = "by hand: the same rows, loaded"
GOALS = (Goal(name="remaps, by the target of a batch", target=SERVICE, limit=LOADED, value="rate", ratio=0.3),)
_STANDING = "FROM assignment WHERE level = '{level}' AND known_to IS NULL AND effective_to IS NULL"


async def measure(plan: Plan, place: Shelter) -> None:
    remapped = SMOKE_REMAPPED if plan.smoke else REMAPPED
    people = remapped * len(STANDINGS)
    plan.say(f"remaps, {place.engine}: {remapped:,} of {people:,} people go to another level in one apply")
    plan.require(Size(what="remaps a round", count=remapped, least=LEAST))
    async with AsyncExitStack() as stack:
        template = await stack.enter_async_context(place.database())
        await furnish(template, people=people)
        ours, theirs = [await stack.enter_async_context(place.database(like=template)) for _ in range(2)]
        house = await stack.enter_async_context(opened(settings_for(ours)))
        taken = Taken(ours, place.folder)
        waits: list[float] = []
        service = _service(house, remapped, taken, waits)
        # One round ahead, so that whoever begins a round has rows to load.
        await service()
        loaded = count()
        contenders = {SERVICE: service, LOADED: by_hand(theirs, remapped, taken, lambda: _altered(next(loaded)))}
        report(plan, await interleave(contenders, rounds=plan.rounds), GOALS)
        _judge(plan, waits)


def _judge(plan: Plan, waits: Sequence[float]) -> None:
    longest = median(waits)
    verdict = "worthless: smoke" if plan.smoke else "met" if longest <= MOST_SECONDS else "NOT met"
    plan.say(f"  longest that a writer waits beside it: {longest:.2f} s, to reach <= {MOST_SECONDS:g}: {verdict}")
    plan.say()


async def _waiting(house: House, until: asyncio.Event) -> float:
    """The longest time (s) in which another writer did not get what every change takes first."""
    longest, begun = 0.0, time.monotonic()
    while not until.is_set():
        # Whoever is told to come again goes on waiting.
        with suppress(Unavailable):
            async with house.database.transaction() as tx:
                await house.database.share_definitions(tx)
            longest = max(longest, time.monotonic() - begun)
            await asyncio.sleep(0.01)
            begun = time.monotonic()
    return longest


def _service(house: House, remapped: int, taken: Taken, waits: list[float]) -> Run:
    rounds = count()

    async def run() -> Sample:
        wanted = _folder(next(rounds))
        since = house.database.now_us()
        told: list[Any] = []

        async def work() -> None:
            told.append((await apply_definitions(house.runtime, OPERATOR, wanted, base="*")).answer)

        done = asyncio.Event()
        waiting = asyncio.create_task(_waiting(house, done))
        sample = await timed_once(work, remapped)
        done.set()
        waits.append(await waiting)
        people = sum(one["people"] for one in told[0]["remaps"])
        if people != remapped:
            raise RuntimeError(f"{people} of {remapped} people were put on another level")
        await taken.take(since)
        return sample

    return run


def _level(number: int) -> str:
    """The level after so many rounds."""
    return f"ic4-{number}" if number else "ic4"


def _folder(number: int) -> Folder:
    """The demo company with one level renamed once more, each time from a later day."""
    read = read_folder(folder("examples") / "demo")
    assert read.company is not None
    old, new = _level(number), _level(number + 1)
    ladders = dict(read.ladders)
    for pointer, ladder in read.ladders.items():
        if ladder.key == "engineering":
            document = json.loads(json.dumps(ladder.document, default=str).replace('"ic4"', f'"{new}"'))
            day = FIRST_DAY + timedelta(days=number)
            document |= {"version": f"r{number}", "effective_from": day.isoformat(), "maps": {old: new}}
            ladders[pointer] = ladder_from_document(document)
    return Folder(company=read.company, ladders=ladders, bandsets=read.bandsets)


def _altered(number: int) -> tuple[str, str]:
    standing = _STANDING.format(level=_level(number))
    counters = "revision = revision + 1, sequence = sequence + 1"
    return (
        f"UPDATE employee SET {counters} WHERE id IN (SELECT employee_id {standing})",
        f"UPDATE assignment SET known_to = known_from + 1 WHERE id IN (SELECT id {standing})",
    )
