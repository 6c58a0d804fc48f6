"""How `serve` starts, ends, and refuses to start: one clear line and exit code 2."""

import json
import signal
import socket
from pathlib import Path

import pytest

from tests.e2e.house import a_house
from tests.engines import SECRET_KEY, Engine

KEY = {"DUALTRACK_SECRET_KEY": SECRET_KEY}


async def refused(folder: Path, url: str, *arguments: str, **settings: str) -> str:
    """The one line it says, having exited with 2 and printed nothing for machines."""
    async with a_house(folder, {"DUALTRACK_DATABASE_URL": url}) as house:
        ended = await house.run("serve", "--port", "0", *arguments, **settings)
    assert (ended.code, ended.out) == (2, ""), ended.err
    told = [line for line in ended.err.splitlines() if line.startswith("dualtrack: ")]
    assert len(told) == 1, ended.err
    assert "Traceback" not in ended.err
    return told[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_prints_where_it_listens_and_exits_0_when_told_to_end(
    engine: Engine, tmp_path: Path, number: signal.Signals
) -> None:
    async with a_house(tmp_path, engine.environment()) as house:
        # The house reads the line and connects at once, as whoever starts it may.
        program = await house.serve()
        program.process.send_signal(number)
        ended = await program.ended()
    assert (ended.code, ended.out) == (0, ""), ended.err
    assert "Traceback" not in ended.err
    assert all(json.loads(one) for one in ended.err.splitlines())


async def test_a_port_that_is_taken(sqlite_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = await refused(tmp_path, sqlite_url, "--port", port, **KEY)
    assert f"cannot listen on 127.0.0.1 port {port}" in said
    assert "--port" in said


async def test_a_database_that_is_not_migrated(tmp_path: Path) -> None:
    said = await refused(tmp_path, f"sqlite:///{tmp_path}/new.db", **KEY)
    assert "run `dualtrack migrate` first" in said


async def test_no_secret_key(sqlite_url: str, tmp_path: Path) -> None:
    said = await refused(tmp_path, sqlite_url)
    assert "DUALTRACK_SECRET_KEY is not set" in said


async def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    # Bound but not listening: nobody else can have the port meanwhile.
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
        said = await refused(tmp_path, f"postgresql://somebody:do-not-tell@127.0.0.1:{port}/nothing", **KEY)
    assert f"127.0.0.1:{port}/nothing" in said
    assert "do-not-tell" not in said


async def test_a_database_that_does_not_exist(postgres_url: str, tmp_path: Path) -> None:
    said = await refused(tmp_path, f"{postgres_url}_missing", **KEY)
    assert "_missing does not answer" in said


async def test_several_processes_served_once(sqlite_url: str, tmp_path: Path) -> None:
    for said in (
        await refused(tmp_path, sqlite_url, "--processes", "2", **KEY),
        await refused(tmp_path, sqlite_url, **KEY, DUALTRACK_PROCESSES="2"),
    ):
        assert said.endswith(" is served by one process. Use Postgres for 2, or --processes 1.")
        assert said.startswith("dualtrack: sqlite:///")
