"""The hot read against the ordinary one: the same bytes, or nothing."""

import asyncio
import random
import sqlite3
from datetime import date
from itertools import product

import asyncpg
import orjson
import pytest

from service.domain.access import Actor, Scope
from service.domain.instants import parse_instant
from service.domain.refusals import Refused
from service.domain.wire import plain
from service.storage.raw import Unready
from service.usecases.assignment_bytes import assignment_bytes
from service.usecases.assignments import read_assignment
from service.usecases.employees import set_external_id
from tests.builders import BANDS, COMPANY, DESIGN, ENGINEERING
from tests.stage import HR, Stage, publish

HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "role": "engineer", "team": "core", "zone": "berlin"}
READER = Actor(id="key:reader", scopes=frozenset({Scope.ASSIGNMENTS_READ}))
NOBODY = Actor(id="key:nobody", scopes=frozenset({Scope.LADDERS_WRITE}))
DAYS = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 15), date(2026, 8, 1), date(2999, 12, 31)]


async def ordinary(
    stage: Stage, actor: Actor, who: str, job: str, day: date | None, known_at: int | None
) -> bytes | None:
    try:
        held = await read_assignment(stage.runtime, actor, who, job=job, effective_on=day, known_at=known_at)
    except Refused:
        return None
    return orjson.dumps(plain(held))


async def hot(stage: Stage, who: str = "ada", day: date | None = None, actor: Actor = READER) -> bytes | None:
    return await assignment_bytes(stage.runtime, actor, who, effective_on=day)


async def lived(stage: Stage) -> list[int]:
    """A history with everything in it that an answer says; returns instants of it."""
    instants: list[int] = []

    async def note(answer: dict[str, str]) -> None:
        instants.append(parse_instant(answer["recorded_at"]))
        stage.clock.us += 1_000_000

    await note(await stage.change(HIRE, "2026-01-01"))
    for system, value in (("zeta", "1"), ("a-b", 'Zo\u00eb \u2603 "q" \\'), ("workday", None), ("workday", "31001")):
        await set_external_id(stage.runtime, HR, "ada", system, value, expected="*")
        stage.clock.us += 1_000_000
    await note(await stage.change({"level": "em3", "step": "b", "title": "H\u00e9ad {x}"}, "2026-03-01"))
    await note(await stage.change({"ladder": "design", "level": "d2", "zone": None}, "2026-02-01", job="second"))
    await publish(
        stage,
        company={**COMPANY, "name": "Later"},
        ladders=({**ENGINEERING, "version": "2"}, DESIGN),
        bands=({**BANDS, "key": "x"},),
    )
    stage.clock.us += 1_000_000
    await note(await stage.change({"level": "em4", "title": None}, "2026-07-01"))
    await note(await stage.change(None, "2026-08-01"))
    return instants


async def test_the_same_bytes_for_every_day_and_instant(stage: Stage) -> None:
    instants = await lived(stage)
    known = [None, *(one + more for one in instants for more in (-1, 0, 1)), stage.clock.us - 1]
    people = [
        "ada",
        "workday:31001",
        "workday:21001",
        'a-b:Zo\u00eb \u2603 "q" \\',
        await own_id(stage),
        "nobody",
        "x:y",
    ]
    answered = refused = 0
    every = list(product(people, ("primary", "second"), [None, *DAYS], known))
    for who, job, day, instant in random.Random(5).sample(every, 240):
        # Pay and scope change what is shown and not what is found: they take turns.
        actor = (HR, READER, NOBODY)[(answered + refused) % 3]
        quick = await assignment_bytes(stage.runtime, actor, who, job=job, effective_on=day, known_at=instant)
        slow = await ordinary(stage, actor, who, job, day, instant)
        if quick is None:
            # Once more, after the ordinary way has loaded definitions and settled the instant.
            quick = await assignment_bytes(stage.runtime, actor, who, job=job, effective_on=day, known_at=instant)
        assert quick == slow, (who, job, day, instant, actor.id)
        answered, refused = answered + (slow is not None), refused + (slow is None)
    assert answered > 40 and refused > 100


async def own_id(stage: Stage) -> str:
    return (await read_assignment(stage.runtime, HR, "ada", effective_on=DAYS[1])).employee.id


async def test_what_it_does_not_know_is_left_to_the_ordinary_way(stage: Stage) -> None:
    await stage.change(HIRE, "2026-01-01")
    assert await hot(stage) is not None
    await publish(stage, ladders=({**ENGINEERING, "version": "2"}, DESIGN))
    # Definitions have moved on: not shown before they are read.
    assert await hot(stage) is None
    assert (await stage.assignment("2026-06-15")).ladder_version == "2"
    assert b'"ladder_version":"2"' in (await hot(stage) or b"")

    reached = parse_instant((await stage.assignment("2026-06-15")).known_at)
    stage.clock.us += 5_000_000
    ahead = await assignment_bytes(stage.runtime, READER, "ada", known_at=reached + 1)
    assert ahead is None
    settled = await stage.assignment("2026-06-15", known_at=reached + 1)
    again = await assignment_bytes(stage.runtime, READER, "ada", known_at=reached + 1)
    assert again is not None and settled.known_at in again.decode()
    assert await hot(stage, actor=NOBODY) is None


async def test_what_is_today_moves_with_the_clock(stage: Stage) -> None:
    await stage.change(HIRE, "2026-01-01")
    await stage.change({"level": "em3"}, "2026-06-16")
    assert b'"level":"ic3"' in (await hot(stage) or b"")
    stage.clock.move_to(date(2026, 6, 15), hour=22)
    # Midnight has passed where the company is.
    assert b'"level":"em3"' in (await hot(stage) or b"")


async def test_a_connection_that_is_lost_is_made_again(stage: Stage) -> None:
    await stage.change(HIRE, "2026-01-01")
    expected = await hot(stage)
    assert expected is not None
    if stage.database.dialect == "postgresql":
        killer = await asyncpg.connect(stage.database.plain_url)
        assert await killer.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%external_id x%'"
        )
        await killer.close()
        async with asyncio.timeout(20):
            # One read may meet the dead connection; it is left to the ordinary way.
            while await hot(stage) is None:
                pass
    else:
        assert stage.database.path
        locking = sqlite3.connect(stage.database.path, isolation_level=None, timeout=0)
        locking.execute("PRAGMA locking_mode=EXCLUSIVE")
        if stage.database.journal == "truncate":
            locking.execute("BEGIN EXCLUSIVE")
            # It waits for nobody: that would hold up everything else in the process.
            async with asyncio.timeout(1):
                with pytest.raises(Unready):
                    await stage.database.raw.row("SELECT 1 FROM recorder")
                assert await hot(stage) is None
        locking.close()
    assert await hot(stage) == expected


async def test_it_only_reads(stage: Stage) -> None:
    await stage.change(HIRE, "2026-01-01")
    assert await hot(stage) is not None
    writing = "UPDATE recorder SET at = at + 1 RETURNING at" if stage.database.dialect == "sqlite" else "SELECT nothing"
    with pytest.raises(Unready):
        await stage.database.raw.row(writing)
    await stage.database.close()
    # After closing it opens again as anything else does.
    assert await hot(stage) is not None
