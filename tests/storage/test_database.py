"""Transactions, waiting and the clock, on real files and a real server."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from service.domain.refusals import Unavailable
from service.storage import database as module
from service.storage.database import Database, driver_url, is_retryable
from service.storage.recorder import latest, reach, take
from tests.engines import Engine


@asynccontextmanager
async def turning() -> AsyncGenerator[asyncio.Event]:
    """Set once the event loop has turned two thousand times: so it did not stand still."""
    turned = asyncio.Event()
    loop = asyncio.get_running_loop()

    def turn(left: int) -> None:
        if left:
            loop.call_soon(turn, left - 1)
        else:
            turned.set()

    turn(2_000)
    yield turned


def other_connection(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)


@pytest.mark.parametrize("journal", ["truncate", "wal"])
async def test_waiting_for_another_writer_never_stalls_the_loop(sqlite_url: str, journal: str) -> None:
    database = Database(url=sqlite_url, journal=journal)  # type: ignore[arg-type]
    async with database.transaction() as tx:
        await tx.execute(text("UPDATE generation SET value = 1"))
    other = other_connection(sqlite_url)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE generation SET value = 2")

    async def write() -> int:
        async with database.transaction() as tx:
            return (await tx.execute(text("UPDATE generation SET value = value + 1 RETURNING value"))).scalar_one()

    async with turning() as turned:
        writing = asyncio.create_task(write())
        await turned.wait()
        assert not writing.done()
        other.execute("COMMIT")
        assert await writing == 3
    other.close()
    await database.close()


@pytest.mark.parametrize("journal", ["truncate", "wal"])
async def test_a_writer_larger_than_its_cache_lets_readers_read(sqlite_url: str, journal: str) -> None:
    """A spilling writer would take the exclusive lock long before its commit and keep every reader out."""
    database = Database(url=sqlite_url, journal=journal)  # type: ignore[arg-type]
    async with database.transaction() as tx:
        assert (await tx.execute(text("PRAGMA cache_spill"))).scalar_one() == 0
        await tx.execute(text("PRAGMA cache_size=10"))
        await tx.execute(text("CREATE TABLE large (body TEXT)"))
        await tx.execute(
            text(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                "INSERT INTO large SELECT hex(randomblob(1000)) FROM n"
            )
        )
        async with database.read() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM recorder"))).scalar_one() == 1
    async with database.read() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM large"))).scalar_one() == 3000
    await database.close()


async def test_a_lock_that_stays_is_answered_with_unavailable(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT_MS", 50)
    database = Database(url=sqlite_url, journal="truncate")
    other = other_connection(sqlite_url)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable) as caught:
        async with database.transaction():
            pass
    assert caught.value.code == "busy"
    other.close()
    await database.close()


@pytest.mark.parametrize("journal", ["truncate", "wal"])
async def test_what_is_committed_survives_power_loss(sqlite_url: str, journal: str) -> None:
    database = Database(url=sqlite_url, journal=journal)  # type: ignore[arg-type]
    async with database.transaction() as tx:
        found = [(await tx.execute(text(f"PRAGMA {name}"))).scalar_one() for name in ("journal_mode", "synchronous")]
    assert found == [journal, 2]
    await database.close()


async def test_readers_cannot_write(database: Database) -> None:
    if database.dialect == "sqlite":
        async with database.read() as connection:
            assert (await connection.execute(text("PRAGMA query_only"))).scalar_one() == 1
    async with database.read() as connection:
        assert await latest(connection) == 0


async def test_the_recorder_rises_whatever_the_clock_does(engine: Engine) -> None:
    times = iter([500, 400, 400, 700, 600])
    database = Database(url=engine.url, journal=engine.journal, clock=lambda: next(times))
    seen: list[tuple[int, int]] = []
    for events in (1, 2, 0, 3, 1):
        async with database.transaction() as tx:
            taken = await take(database, tx, events=events)
            seen.append((taken.at, taken.last_position))
    assert seen == [(500, 1), (501, 3), (502, 3), (700, 6), (701, 7)]
    await database.close()


async def test_reaching_an_instant_moves_the_recorder_there_and_never_back(engine: Engine) -> None:
    database = Database(url=engine.url, journal=engine.journal, clock=lambda: 100)
    await reach(database, 300)
    await reach(database, 200)
    async with database.read() as connection:
        assert await latest(connection) == 300
    await database.close()


async def test_without_a_clock_of_its_own_the_database_tells_the_time(database: Database) -> None:
    before = database.now_us()
    async with database.transaction() as tx:
        taken = await take(database, tx, events=0)
    # Two clocks of one machine, read a moment apart.
    assert abs(taken.at - before) < 5_000_000


async def test_a_second_server_on_the_same_file_is_told_apart(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    first, second = Database(url=url), Database(url=url)
    assert first.hold_process_lock() is True
    assert first.hold_process_lock() is True
    assert second.hold_process_lock() is False
    await first.close()
    assert second.hold_process_lock() is True
    await second.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://", "in-memory"),
        ("sqlite:///:memory:", "in-memory"),
        ("mysql://host/name", "not mysql"),
    ],
)
def test_databases_that_cannot_be_used(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        driver_url(url)


async def test_a_server_that_drops_us_is_away_and_then_back(postgres_url: str) -> None:
    database, other = Database(url=postgres_url), Database(url=postgres_url)

    async def dropped_midway() -> None:
        async with database.transaction() as tx:
            mine = (await tx.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            async with other.read() as connection:
                await connection.execute(text(f"SELECT pg_terminate_backend({mine})"))
            await tx.execute(text("UPDATE generation SET value = 9"))

    with pytest.raises(Unavailable) as caught:
        await dropped_midway()
    assert caught.value.code == "database-away"
    async with database.transaction() as tx:
        assert (await tx.execute(text("SELECT value FROM generation"))).scalar_one() == 0
    await database.close()
    await other.close()


async def test_a_server_that_is_not_there_is_away(tmp_path: Path) -> None:
    database = Database(url=f"postgresql://nobody@localhost/none?host={tmp_path}")
    for opened in (database.transaction, database.read):
        with pytest.raises(Unavailable) as caught:
            async with opened():
                pass
        assert caught.value.code == "database-away"
    await database.close()


async def test_the_journal_of_a_file_changes_although_the_first_thing_asked_is_a_read(tmp_path: Path) -> None:
    """A file made in one journal mode and served in the other: nobody may be reading while it changes."""
    url = f"sqlite:///{tmp_path}/kept.db"
    made = sqlite3.connect(tmp_path / "kept.db", isolation_level=None)
    made.execute("PRAGMA journal_mode=wal")
    made.execute("CREATE TABLE t (a)")
    made.close()
    database = Database(url=url, journal="truncate")
    try:
        async with database.read() as connection:
            await connection.execute(text("SELECT * FROM t"))
            async with database.transaction() as tx:
                await tx.execute(text("INSERT INTO t VALUES (1)"))
    finally:
        await database.close()
    # The file says which journal its readers have to expect: 1 is a rollback journal, 2 is WAL.
    assert (tmp_path / "kept.db").read_bytes()[18:20] == b"\x01\x01"


async def test_a_reading_that_was_given_up_may_be_asked_again(postgres_url: str) -> None:
    """What a replica says of a statement that is in the way of replaying; of a write it stays what it was."""
    database = Database(url=postgres_url)
    given_up = text("DO $$ BEGIN RAISE SQLSTATE '40001'; END $$")
    with pytest.raises(Unavailable) as caught:
        async with database.read() as connection:
            await connection.execute(given_up)
    assert caught.value.code == "busy"
    with pytest.raises(DBAPIError) as lost:
        async with database.transaction() as tx:
            await tx.execute(given_up)
    assert is_retryable(lost.value)
    await database.close()


async def test_a_server_itself_is_no_pooler(postgres_url: str, sqlite_url: str) -> None:
    for url in (postgres_url, sqlite_url):
        database = Database(url=url)
        assert await database.pooler_at("address") is False
        await database.close()
