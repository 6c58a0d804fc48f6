"""A release that comes later answers for what an earlier one recorded as that one did."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from service.domain.instants import parse_instant
from service.domain.refusals import NotFound
from service.storage import audit, tables
from service.storage.migrate import downgrade, upgrade
from service.usecases.assignments import read_timeline
from service.usecases.events import list_events
from tests.engines import Engine, Engines
from tests.stage import HR, Clock, Stage, make_stage, publish
from tests.usecases.amending import FUTURE, HIRE, LATER, PAST, correct, withdraw

ACTS = "0003"
"""The schema of the release that first had acts on changes."""
DAYS = ("2026-02-01", "2026-05-01", "2026-10-01", "2026-12-01")


async def test_answers_are_the_same_after_a_migration(engine: Engine) -> None:
    stage = make_stage(engine)
    await publish(stage)
    instants = await history(stage)
    before = await answers(stage, instants)
    clock = stage.clock
    await stage.database.close()

    downgrade(engine.url, ACTS)
    upgrade(engine.url)

    stage = make_stage(engine, clock)
    assert await answers(stage, instants) == before
    assert len({str(answer) for answer in before[0]}) > len(instants)
    async with stage.database.read() as connection:
        assert await audit.first_broken_link(connection) is None
    # What is recorded now stands beside it, and alters nothing of it.
    await stage.change({"level": "ic5"}, "2026-12-15")
    assert (await answers(stage, instants))[:2] == before[:2]
    assert (await stage.assignment("2026-12-15")).level == "ic5"
    await stage.database.close()


def test_a_backup_that_is_put_back_answers_as_it_was_taken(engine: Engine, engines: Engines, tmp_path: Path) -> None:
    clock, taken = Clock(), asyncio.run(recorded(engine, Clock()))
    with engines.copied(engine, tmp_path) as backup:
        asyncio.run(goes_on(engine, clock, taken))
        downgrade(backup.url, ACTS)
        upgrade(backup.url)
        asyncio.run(is_put_back(backup, clock, taken))


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Instants, what was answered for them, and where the record ended."""

    instants: list[int]
    answers: tuple[list[Any], ...]
    end: tuple[Any, ...]


async def recorded(engine: Engine, clock: Clock) -> Taken:
    stage = make_stage(engine, clock)
    await publish(stage)
    instants = await history(stage)
    taken = Taken(instants=instants, answers=await answers(stage, instants), end=await chain_end(stage))
    await stage.database.close()
    return taken


async def goes_on(engine: Engine, clock: Clock, taken: Taken) -> None:
    stage = make_stage(engine, clock)
    await stage.change({"level": "ic5"}, "2026-05-15")
    assert await chain_end(stage) != taken.end
    await stage.database.close()


async def is_put_back(backup: Engine, clock: Clock, taken: Taken) -> None:
    stage = make_stage(backup, clock)
    assert await answers(stage, taken.instants) == taken.answers
    assert await chain_end(stage) == taken.end
    await stage.change({"level": "ic5"}, "2026-12-15")
    assert (await answers(stage, taken.instants))[:2] == taken.answers[:2]
    async with stage.database.read() as connection:
        assert await audit.first_broken_link(connection) is None
    await stage.database.close()


async def chain_end(stage: Stage) -> tuple[Any, ...]:
    """The instant, the place and the link with which the record ends."""
    async with stage.database.read() as connection:
        return tuple((await connection.execute(select(tables.recorder))).one())


async def history(stage: Stage) -> list[int]:
    """Each kind of act; returns the instant of each."""
    await stage.create(workday="21001")
    hired = await stage.change(HIRE, "2026-01-01")
    raised = await stage.change({"level": "ic4"}, PAST)
    planned = await stage.change({"level": "em4"}, FUTURE)
    later = await stage.change({"team": "web"}, LATER)
    corrected = await correct(stage, raised, on="2026-04-01")
    cancelled = await withdraw(stage, "cancelled", planned)
    rescinded = await withdraw(stage, "rescinded", corrected)
    done = (hired, raised, planned, later, corrected, cancelled, rescinded)
    return [parse_instant(answer["recorded_at"]) for answer in done]


async def answers(stage: Stage, instants: list[int]) -> tuple[list[Any], list[Any], list[Any]]:
    """Of days as known at each instant, of the timeline as known then, and of the feed."""
    held: list[Any] = []
    for instant in instants:
        for day in DAYS:
            with suppress(NotFound):
                held.append(await stage.assignment(day, instant))
    timelines = [await read_timeline(stage.runtime, HR, "ada", known_at=instant) for instant in instants]
    page = await list_events(stage.runtime, HR, after=None, limit=100)
    return held, timelines, [event.body for event in page.events]
