"""The connection that SQLAlchemy's asyncio dialect is given: one crossing to its thread for each statement."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from service.storage.sqlite_connection import Connection, connect


class Counted(Connection):
    """Counts what is done in the thread, and in which."""

    def __init__(self, made: Connection) -> None:
        self.__dict__.update(made.__dict__)
        self.threads: list[str] = []

    async def run(self, work):  # type: ignore[no-untyped-def]
        def noted(connection: sqlite3.Connection):  # type: ignore[no-untyped-def]
            self.threads.append(threading.current_thread().name)
            return work(connection)

        return await super().run(noted)


async def opened(folder: Path) -> Counted:
    return Counted(await connect(str(folder / "x.db")))


async def test_a_statement_and_its_rows_take_one_crossing_in_a_thread_of_their_own(tmp_path: Path) -> None:
    connection = await opened(tmp_path)
    cursor = connection.cursor()
    async with asyncio.timeout(5):
        await cursor.execute("SELECT column1, column2 FROM (VALUES (?, 'a'), (2, 'b'))", (1,))
        rows = await cursor.fetchall()
        assert [column[0] for column in cursor.description] == ["column1", "column2"]
        await cursor.close()

    assert rows == [(1, "a"), (2, "b")]
    assert len(connection.threads) == 1
    assert connection.threads[0].startswith("sqlite") and connection.threads[0] != threading.current_thread().name
    await connection.close()


async def test_what_a_write_did_is_told(tmp_path: Path) -> None:
    connection = await opened(tmp_path)
    cursor = connection.cursor()
    await cursor.execute("CREATE TABLE t (i INTEGER PRIMARY KEY, a)")
    await cursor.executemany("INSERT INTO t (a) VALUES (?)", [("x",), ("y",)])
    await cursor.execute("UPDATE t SET a = 'z'")
    assert (cursor.rowcount, cursor.description) == (2, None)
    await cursor.execute("INSERT INTO t (a) VALUES ('w')")
    assert cursor.lastrowid == 3
    assert await cursor.fetchall() == []
    await connection.close()


async def test_nothing_is_kept_without_commit_once_a_transaction_began(tmp_path: Path) -> None:
    connection = await opened(tmp_path)
    cursor = connection.cursor()
    await cursor.execute("CREATE TABLE t (a)")
    await cursor.execute("BEGIN IMMEDIATE")
    await cursor.execute("INSERT INTO t VALUES (1)")
    await connection.rollback()
    await cursor.execute("BEGIN IMMEDIATE")
    await cursor.execute("INSERT INTO t VALUES (2)")
    await connection.commit()
    await cursor.execute("SELECT a FROM t")
    assert await cursor.fetchall() == [(2,)]
    await connection.close()


async def test_a_closed_connection_says_so_and_closing_again_does_nothing(tmp_path: Path) -> None:
    connection = await opened(tmp_path)
    await connection.close()
    await connection.close()
    connection.stop()
    with pytest.raises(sqlite3.ProgrammingError, match="connection closed"):
        await connection.cursor().execute("SELECT 1")


async def test_stopping_lets_go_of_the_file(tmp_path: Path) -> None:
    connection = await opened(tmp_path)
    await connection.cursor().execute("BEGIN EXCLUSIVE")
    connection.stop()
    other = sqlite3.connect(tmp_path / "x.db", timeout=5, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    other.execute("ROLLBACK")
    other.close()


async def test_a_file_that_cannot_be_opened_is_an_error_and_leaves_no_thread(tmp_path: Path) -> None:
    before = {thread.ident for thread in threading.enumerate()}
    with pytest.raises(sqlite3.OperationalError):
        await connect(str(tmp_path / "none" / "x.db"))
    for thread in threading.enumerate():
        if thread.ident not in before:
            thread.join(timeout=5)
            assert not thread.is_alive()
