"""Four processes write about one person at once, by clocks that disagree (I5, I16, I17; Postgres alone has several)."""

import asyncio
import json
import sys
from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

from service.domain.instants import parse_instant
from service.domain.wire import plain
from service.storage import audit
from service.usecases.assignments import read_assignment, read_timeline
from tests.engines import Engine
from tests.house.sources import ROOT
from tests.stage import HR, Stage, make_stage, publish

HIRE = {"ladder": "engineering", "level": "ic3", "role": "engineer", "team": "core", "zone": "berlin"}
SKEWS = (0.0, 3.0, -3.0, 0.5)
ACTS = 13


async def start(url: str, skew: float) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.usecases.racer", url, str(skew), str(ACTS)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout and await process.stdout.readline() == b"ready\n"
    return process


async def result(process: asyncio.subprocess.Process) -> Any:
    out, _ = await process.communicate(b"go\n")
    assert process.returncode == 0
    return json.loads(out)


async def answers_meanwhile(stage: Stage, ended: asyncio.Event) -> list[tuple[int, Any]]:
    """What holds at the newest instant, asked again and again while the others write."""
    asked: list[tuple[int, Any]] = []
    while not ended.is_set():
        held = await read_assignment(stage.runtime, HR, "ada", effective_on=date(2999, 1, 1))
        asked.append((parse_instant(held.known_at), plain(held)))
    return asked


async def test_four_processes_at_once(postgres_url: str) -> None:
    stage = make_stage(Engine(name="postgres", url=postgres_url, journal="auto"))
    await publish(stage)
    for name in ("ada", "ben"):
        await stage.create(name)
        await stage.change(HIRE, "2026-01-01", employee=name)
    racers = await asyncio.gather(*(start(postgres_url, skew) for skew in SKEWS))
    ended = asyncio.Event()
    reading = asyncio.create_task(answers_meanwhile(stage, ended))
    results = await asyncio.gather(*(result(racer) for racer in racers))
    ended.set()

    # One winner for each revision; whoever lost was told so, and nothing else went wrong.
    acts = [act for one in results for act in one["acts"]]
    won = sorted((act for act in acts if "revision" in act), key=lambda act: act["revision"])
    assert {act["code"] for act in acts if "code" in act} <= {"revision-stale", "no-change"}
    assert [act["revision"] for act in won] == list(range(2, 2 + len(won)))
    assert all(act["revision"] == act["expected"] + 1 for act in won)
    assert len(won) >= ACTS
    assert all(before["recorded_at"] < after["recorded_at"] for before, after in pairwise(won))

    # One key a hundred times is one change, and a hundred times the same answer.
    same = [answer for one in results for answer in one["same"]]
    assert len(same) == 100 and all(answer == same[0] for answer in same)
    ben = await read_timeline(stage.runtime, HR, "ben")
    assert [part.assignment.title for part in ben.segments][-1] == "Wizard"
    told = Counter(event["data"]["employee"]["key"] for event in await stage.events())
    assert told == {"ada": 1 + len(won), "ben": 2}

    # Sequence and instant go on together, and what was answered during the race is answered still.
    events = [event for event in await stage.events() if event["data"]["employee"]["key"] == "ada"]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    assert all(before["timestamp"] < after["timestamp"] for before, after in pairwise(events))
    asked = await reading
    assert asked
    for known_at, answer in asked[:: max(1, len(asked) // 100)]:
        held = await read_assignment(stage.runtime, HR, "ada", effective_on=date(2999, 1, 1), known_at=known_at)
        assert plain(held) == answer
    async with stage.database.read() as connection:
        assert await audit.first_broken_link(connection) is None
    await stage.database.close()
