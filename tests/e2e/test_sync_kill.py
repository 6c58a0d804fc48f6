"""SIGKILL in a first load from another firm's system: asked again it goes on, and ends as if nothing had been."""

import asyncio
import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.storage import connection_work, tables
from service.storage.batch_tables import change_batch
from service.storage.connection_tables import connection
from service.storage.database import Database
from service.usecases.connection_turns import TURN
from tests.e2e.house import NEARBY, PATIENCE_SECONDS, House, Program, a_house, furnish
from tests.engines import Engines
from tests.simulators.bamboohr.company import Company
from tests.simulators.bamboohr.server import Bamboo, running
from tests.simulators.clock import Clock

PEOPLE = 200
KEY = "key-of-a-test"
LEVELS = {"eng3": "Senior Engineer", "ic4": "Advanced Engineer"}
CONNECT = ("connect", "bamboohr", "--key", "hris", "--settings", "settings.json", "--credentials", "secret.json")
PART = 250
"""Rows that are written at once: this load has two parts."""


@pytest.fixture
async def bamboo() -> AsyncGenerator[Bamboo]:
    """Everybody was hired on one day and promoted on another."""
    company = Company(clock=Clock(at=datetime.now(UTC)))
    for number in range(PEOPLE):
        company.hire(str(number), "2024-03-01", jobTitle=LEVELS["eng3"])
        company.add_row(str(number), "jobInfo", {"date": "2025-03-01", "jobTitle": LEVELS["ic4"]})
    async with running(Bamboo(company=company, api_keys={KEY})) as made:
        yield made


async def connected(house: House, bamboo: Bamboo) -> None:
    titles = [{"of": "level", "ours": f"engineering/{ours}", "theirs": theirs} for ours, theirs in LEVELS.items()]
    files = {
        "settings.json": {"base_url": bamboo.base_url, "trusted_ca": bamboo.authority},
        "secret.json": {"api_key": KEY},
        "titles.json": {"entries": titles},
    }
    for name, held in files.items():
        (house.folder / name).write_text(json.dumps(held))
        (house.folder / name).chmod(0o600)
    for typed in (CONNECT, ("connect", "map", "hris", "titles.json")):
        said = await house.run(*typed)
        assert (said.code, said.err) == (0, "")


class Watched(list[tuple[str, str, int]]):
    """Requests, with word of the first one that is about jobs."""

    def __init__(self) -> None:
        super().__init__()
        self.of_jobs = asyncio.Event()

    def append(self, request: tuple[str, str, int], /) -> None:
        super().append(request)
        if "jobInfo" in request[1]:
            self.of_jobs.set()


async def killed_within_a_batch(syncing: Program, database: Database) -> int:
    """Killed as soon as a part is there, while others are not; returns how many rows are."""
    applied = select(change_batch.c.applied)
    async with asyncio.timeout(PATIENCE_SECONDS), database.read() as reading:
        while not (await reading.execute(applied)).scalar():
            pass
        await syncing.killed()
        return (await reading.execute(applied)).scalar_one()


async def turn_given_up(database: Database) -> None:
    """As after two minutes."""
    async with database.transaction() as tx:
        held = (await tx.execute(select(connection.c.id))).scalar_one()
        turn = json.loads(await connection_work.read_cursor(tx, held, TURN) or "")
        assert turn["holder"]
        await connection_work.set_cursor(tx, held, TURN, json.dumps({**turn, "until": 1}), at=1)


async def everything(database: Database) -> list[Any]:
    """What is recorded of everybody, by their id there."""
    names, rows = tables.external_id, tables.assignment
    shown = (names.c.value, rows.c.effective_from, rows.c.effective_to, rows.c.level)
    joined = names.join(rows, (names.c.employee_id == rows.c.employee_id) & rows.c.known_to.is_(None))
    async with database.read() as reading:
        found = await reading.execute(select(*shown).select_from(joined).order_by(*shown))
        return [tuple(row) for row in found]


async def synced(house: House) -> dict[str, Any]:
    said = await house.run("sync", "hris", "--json")
    return json.loads(said.out)


async def test_killed_twice_in_a_first_load(
    sqlite_house: House, sqlite_url: str, bamboo: Bamboo, engines: Engines, tmp_path: Path
) -> None:
    house, database = sqlite_house, Database(url=sqlite_url, journal="truncate")
    await connected(house, bamboo)
    bamboo.requests = watched = Watched()
    reading = await house.start("sync", "hris")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await watched.of_jobs.wait()
    await reading.killed()
    at_once = await synced(house)
    assert (at_once["state"], at_once["code"]) == ("failed", "intake-running")
    assert "given up after 120 s" in at_once["detail"]
    await turn_given_up(database)

    done = await killed_within_a_batch(await house.start("sync", "hris"), database)
    assert done >= PART
    await turn_given_up(database)
    report = (await synced(house))["report"]
    assert (report["complete"], report["problems"], report["alarms"]) == (True, [], [])
    assert (report["people"], report["made"] + report["unchanged"]) == (PEOPLE, PEOPLE)

    (tmp_path / "beside").mkdir()
    with engines.fresh("sqlite-wal", tmp_path / "beside") as other:
        await furnish(other)
        async with a_house(tmp_path / "beside", {**other.environment(), **NEARBY}) as undisturbed:
            await connected(undisturbed, bamboo)
            report = (await synced(undisturbed))["report"]
            assert (report["complete"], report["made"]) == (True, PEOPLE)
        beside = other.open()
        wanted = await everything(beside)
        await beside.close()
    assert len(wanted) == 2 * PEOPLE and await everything(database) == wanted
    await database.close()
    again = (await synced(house))["report"]
    assert (again["first_load"], again["changes"], again["made"]) == (False, [], 0)
