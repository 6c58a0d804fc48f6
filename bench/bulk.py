"""Many changes in one batch, validated, with events and audit, against loading the same rows and nothing else."""

import os
import sqlite3
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date, timedelta
from pathlib import Path

import asyncpg

from bench.company import employee_id, furnish, settings_for
from bench.databases import Shelter
from bench.harness import Goal, Plan, Run, Sample, Size, interleave, report
from bench.machine import SERVING, cpu_seconds, pin
from service.domain.access import OPERATOR
from service.house import House, opened
from service.usecases.batch_decisions import apply_batch
from service.usecases.batch_rows import BatchRow
from service.usecases.batch_views import read_batch
from service.usecases.batch_work import advance_batch
from service.usecases.batches import BatchRequest, add_rows, create_batch
from service.usecases.changes import PRIMARY, ChangeRequest

CHANGES = int(os.environ.get("BENCH_CHANGES", "100000"))
LEAST, SMOKE_CHANGES = 100_000, 600
SENT_AT_ONCE = 50_000
FIRST_DAY = date(2021, 1, 1)
TABLES = ("change", "assignment", "event", "audit")
"""Where a batch leaves rows. What it only alters is altered by hand as well."""
SINCE = {"change": "recorded_at", "assignment": "known_from", "event": "recorded_at", "audit": "recorded_at"}

SERVICE = "service: a partial batch"
LOADED = "by hand: the same rows, loaded"
GOALS = (Goal(name="bulk", target=SERVICE, limit=LOADED, value="rate", ratio=0.3),)


async def measure(plan: Plan, place: Shelter) -> None:
    changes = SMOKE_CHANGES if plan.smoke else CHANGES
    plan.say(f"bulk, {place.engine}: {changes:,} changes of as many people, applied from a stored batch")
    plan.require(Size(what="changes a round", count=changes, least=LEAST))
    async with AsyncExitStack() as stack:
        template = await stack.enter_async_context(place.database())
        await furnish(template, people=changes)
        ours, theirs = [await stack.enter_async_context(place.database(like=template)) for _ in range(2)]
        house = await stack.enter_async_context(opened(settings_for(ours)))
        taken = _Taken(ours, place.folder)
        service = _service(house, changes, taken)
        # One round ahead, so that whoever begins a round has rows to load.
        await service()
        contenders = {SERVICE: service, LOADED: _by_hand(theirs, changes, taken)}
        report(plan, await interleave(contenders, rounds=plan.rounds), GOALS)


class _Taken:
    """Rows that a round of the service wrote, in files, to be loaded elsewhere in the same order of rounds."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._rounds = 0
        self._loaded = 0

    async def take(self, since: int) -> None:
        for table in TABLES:
            if self._url.startswith("sqlite"):
                self._copy_sqlite(table, since)
            else:
                connection = await asyncpg.connect(self._url)
                query = f'SELECT * FROM "{table}" WHERE {SINCE[table]} > {since}'
                await connection.copy_from_query(query, output=self._file(table, self._rounds), format="binary")
                await connection.close()
        self._rounds += 1

    def next_file(self) -> Callable[[str], Path]:
        number, self._loaded = self._loaded, self._loaded + 1
        return lambda table: self._file(table, number)

    def _file(self, table: str, number: int) -> Path:
        return self._folder / f"bulk-{number}-{table}"

    def _copy_sqlite(self, table: str, since: int) -> None:
        connection = sqlite3.connect(self._file(table, self._rounds), isolation_level=None)
        connection.execute("ATTACH ? AS ours", (self._url.removeprefix("sqlite:///"),))
        connection.execute(f'CREATE TABLE taken AS SELECT * FROM ours."{table}" WHERE {SINCE[table]} > {since}')
        connection.close()


def _service(house: House, changes: int, taken: _Taken) -> Run:
    rounds = 0

    async def run() -> Sample:
        nonlocal rounds
        since = house.database.now_us()
        batch = await _stored(house, changes, FIRST_DAY + timedelta(days=rounds))
        rounds += 1
        await apply_batch(house.runtime, OPERATOR, batch)

        async def work() -> None:
            while await advance_batch(house.runtime, batch):
                pass

        sample = await _timed(work, changes)
        done = await read_batch(house.runtime, OPERATOR, batch)
        if done.applied != changes:
            raise RuntimeError(f"{done.applied} of {changes} rows were applied")
        await taken.take(since)
        return sample

    return run


async def _stored(house: House, changes: int, day: date) -> str:
    """A batch in parts, as it comes over the wire: one with everything would be judged first."""
    request = BatchRequest(mode="partial", backfill=False, complete=False, rows=())
    batch = (await create_batch(house.runtime, OPERATOR, request, key=None)).answer["id"]
    change = ChangeRequest(
        effective_on=day, job=PRIMARY, to={"title": f"Since {day}"}, reason="bulk", comment=None, override=None
    )
    for first in range(0, changes, SENT_AT_ONCE):
        last = min(changes, first + SENT_AT_ONCE)
        rows = [
            BatchRow(number=number - first + 1, employee=employee_id(number), change=change)
            for number in range(first, last)
        ]
        part = BatchRequest(mode="partial", backfill=False, complete=last == changes, rows=rows)
        await add_rows(house.runtime, OPERATOR, batch, part, key=None)
    return batch


def _by_hand(url: str, changes: int, taken: _Taken) -> Run:
    load = _load_sqlite if url.startswith("sqlite") else _load_postgres

    async def run() -> Sample:
        files = taken.next_file()
        return await _timed(lambda: load(url, files), changes)

    return run


async def _timed(work: Callable[[], Awaitable[None]], changes: int) -> Sample:
    pin(SERVING)
    used, begun = cpu_seconds(os.getpid()), time.monotonic()
    await work()
    return Sample(count=changes, seconds=time.monotonic() - begun, cpu_seconds=cpu_seconds(os.getpid()) - used)


_CLOSED = "UPDATE assignment SET known_to = known_from + 1 WHERE known_to IS NULL AND effective_to IS NULL"
_COUNTED = "UPDATE employee SET revision = revision + 1, sequence = sequence + 1"


async def _load_postgres(url: str, files: Callable[[str], Path]) -> None:
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute(_CLOSED)
        await connection.execute(_COUNTED)
        for table in TABLES:
            await connection.copy_to_table(table, source=files(table), format="binary")
    await connection.close()


async def _load_sqlite(url: str, files: Callable[[str], Path]) -> None:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(_CLOSED)
    connection.execute(_COUNTED)
    for table in TABLES:
        taken = sqlite3.connect(files(table))
        rows = taken.execute("SELECT * FROM taken")
        marks = ", ".join("?" for _ in rows.description)
        connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', rows)
        taken.close()
    connection.execute("COMMIT")
    connection.close()
