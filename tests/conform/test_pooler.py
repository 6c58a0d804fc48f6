"""Behind PgBouncer in transaction mode the service answers as without it, to the byte, and events arrive."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime
from pathlib import Path

import asyncpg
import pytest

from tests.conform.pgbouncer import a_bouncer
from tests.e2e.house import NEARBY, a_house, furnish
from tests.e2e.people import change, introduce, names, steps_of, subscribe
from tests.e2e.receiver import a_receiver
from tests.e2e.script import Script, run
from tests.e2e.test_deploying import CONSOLES, PRIMARY
from tests.e2e.test_readme import typed
from tests.e2e.test_same_answers import HERE
from tests.engines import Engine

CONNECTIONS = 3
"""Fewer than there are processes times their own: every transaction may get another server connection."""
PEOPLE = names(8)
STEPS = steps_of(4)


@pytest.fixture
async def pooled(postgres_url: str, tmp_path: Path) -> AsyncGenerator[dict[str, str]]:
    """Settings of a service whose database is behind the pooler."""
    async with a_bouncer(postgres_url, tmp_path, connections=CONNECTIONS) as url:
        direct = Engine(name="postgres", url=postgres_url, journal="auto").environment()
        yield {
            **direct,
            **NEARBY,
            "DUALTRACK_DATABASE_URL": url,
            "DUALTRACK_DATABASE_POOLER": "transaction",
            "DUALTRACK_DATABASE_LISTEN_URL": postgres_url,
        }


async def told(settings: dict[str, str], folder: Path, key: str, *options: str) -> Script:
    async with a_house(folder, settings) as house, a_receiver() as receiver:
        house.key = key
        async with house.client(await house.serve(*options)) as client:
            script = Script(client=client, receiver=receiver, today=datetime.now(HERE).date())
            await run(script)
        assert {(await program.stopped()).code for program in house.programs} == {0}
        return script


async def test_a_script_of_requests_is_answered_alike(
    pooled: dict[str, str], postgres_url: str, sqlite_url: str, tmp_path: Path
) -> None:
    file = Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate")
    mine = await told({**file.environment(), **NEARBY}, tmp_path, await furnish(file))
    key = await furnish(Engine(name="postgres", url=postgres_url, journal="auto"))
    theirs = await told(pooled, tmp_path, key, "--processes", "2")
    for without, behind in zip(mine.lines, theirs.lines, strict=True):
        assert without == behind


async def test_many_at_once_lose_nothing_and_leave_nothing(
    pooled: dict[str, str], postgres_url: str, tmp_path: Path
) -> None:
    """Each change is asked for twice at the same time, with readers between; then the pooler's connections are bare."""
    async with a_house(tmp_path, pooled) as house, a_receiver() as receiver:
        house.key = await furnish(Engine(name="postgres", url=postgres_url, journal="auto"))
        serving = await house.serve("--processes", "2")
        async with house.client(serving) as client:
            await subscribe(client, receiver.url)
            await introduce(client, PEOPLE)
            for number, body in enumerate(STEPS):
                asked = [change(client, person, number, body) for person in PEOPLE * 2]
                read = [client.get(f"/v1/employees/{person}/timeline") for person in PEOPLE]
                answers, seen = await asyncio.gather(asyncio.gather(*asked), asyncio.gather(*read))
                assert [answer.status_code for answer in answers] == [201] * len(PEOPLE) * 2, answers[0].text
                for one, same in zip(answers[: len(PEOPLE)], answers[len(PEOPLE) :], strict=True):
                    assert one.content == same.content
                    assert {"true"} <= {each.headers.get("idempotent-replayed") for each in (one, same)}
                assert [answer.status_code for answer in seen] == [200] * len(PEOPLE)
            await receiver.until(lambda: len(receiver.answered) == len(PEOPLE) * len(STEPS))
        assert sorted(receiver.sequences().values()) == [list(range(1, len(STEPS) + 1))] * len(PEOPLE)
        assert len({arrival.id for arrival in receiver.arrivals}) == len(receiver.arrivals)
        assert await left_behind(pooled["DUALTRACK_DATABASE_URL"]) == [(0, 0)] * CONNECTIONS
        ended = await serving.stopped()
    assert (ended.code, "Traceback" in ended.err) == (0, False), ended.err


async def test_a_pooler_that_was_not_told_of_is_noticed(pooled: dict[str, str], tmp_path: Path) -> None:
    """And so is one behind the address that is to go past it; each before anything is asked of the database."""
    without = {"DUALTRACK_DATABASE_POOLER": "none"}
    through = {"DUALTRACK_DATABASE_LISTEN_URL": pooled["DUALTRACK_DATABASE_URL"]}
    async with a_house(tmp_path, pooled) as house:
        serve, dispatch, listen, migrated = await asyncio.gather(
            house.run("serve", "--port", "0", **without),
            house.run("dispatch", **without),
            house.run("serve", "--port", "0", **through),
            house.run("migrate", "--check"),
        )
    for ended, says in (
        (serve, "dualtrack: DUALTRACK_DATABASE_URL leads through a connection pooler: set DUALTRACK_DATABASE_POOLER"),
        (dispatch, "dualtrack: DUALTRACK_DATABASE_URL leads through a connection pooler: set"),
        (listen, "dualtrack: DUALTRACK_DATABASE_LISTEN_URL leads through a connection pooler: set it to the address"),
    ):
        assert (ended.code, ended.out) == (2, "") and ended.err.startswith(says), ended.err
        assert ended.err.count("\n") == 1
    assert migrated.code == 0, migrated.err


async def test_what_is_shown_to_type_works(pooled: dict[str, str], tmp_path: Path) -> None:
    (block,) = [block for block in CONSOLES if "pooler" in block]
    pooler = "postgresql://dualtrack:secret@pooler.example.com:6432/dualtrack"
    through = block.replace(pooler, pooled["DUALTRACK_DATABASE_URL"])
    await typed(through.replace(PRIMARY, pooled["DUALTRACK_DATABASE_LISTEN_URL"]), tmp_path)


async def left_behind(url: str) -> list[tuple[int, int]]:
    """Of each server connection of the pooler: statements that are still prepared, locks that are still held."""
    count = """SELECT (SELECT count(*) FROM pg_prepared_statements),
                      (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"""
    clients = [await asyncpg.connect(url, statement_cache_size=0) for _ in range(CONNECTIONS)]
    try:
        # Each in a transaction of its own at the same time, so that each has another server connection.
        for client in clients:
            await client.execute("BEGIN")
        return [tuple(await client.fetchrow(count)) for client in clients]
    finally:
        for client in clients:
            client.terminate()
