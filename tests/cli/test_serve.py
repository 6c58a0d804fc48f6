"""How `serve` starts, ends, and refuses to start: one clear line and exit code 2."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.engines import Engine
from tests.house.sources import ROOT

SECONDS = 60


def start(environment: Mapping[str, str], *arguments: str) -> "subprocess.Popen[str]":
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DUALTRACK_")}
    return subprocess.Popen(
        [sys.executable, "-m", "service", "serve", *arguments],
        cwd=ROOT,
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def refused(environment: Mapping[str, str], *arguments: str) -> str:
    """The one line it says, having exited with 2 and printed nothing for machines."""
    with start(environment, *arguments) as process:
        out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (2, ""), err
    told = [line for line in err.splitlines() if line.startswith("dualtrack: ")]
    assert len(told) == 1, err
    assert "Traceback" not in err
    return told[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_prints_where_it_listens_and_exits_0_when_told_to_end(engine: Engine, number: signal.Signals) -> None:
    with start(engine.environment(), "--port", "0") as process:
        assert process.stdout
        line = json.loads(process.stdout.readline())
        assert line["event"] == "listening"
        # Whoever reads the line may connect at once.
        with urllib.request.urlopen(f"{line['url']}/readyz", timeout=SECONDS) as answer:
            assert (answer.status, answer.read()) == (200, b"ready")
        process.send_signal(number)
        out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out) == (0, ""), err
    assert "Traceback" not in err
    assert all(json.loads(one) for one in err.splitlines())


def test_a_port_that_is_taken(sqlite_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refused({"DUALTRACK_DATABASE_URL": sqlite_url, "DUALTRACK_SECRET_KEY": "k" * 32}, "--port", port)
    assert f"cannot listen on 127.0.0.1 port {port}" in said
    assert "--port" in said


def test_a_database_that_is_not_migrated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new.db"
    said = refused({"DUALTRACK_DATABASE_URL": url, "DUALTRACK_SECRET_KEY": "k" * 32}, "--port", "0")
    assert "run `dualtrack migrate` first" in said


def test_no_secret_key(sqlite_url: str) -> None:
    said = refused({"DUALTRACK_DATABASE_URL": sqlite_url}, "--port", "0")
    assert "DUALTRACK_SECRET_KEY is not set" in said


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    url = f"postgresql://somebody:do-not-tell@127.0.0.1:{port}/nothing"
    said = refused({"DUALTRACK_DATABASE_URL": url, "DUALTRACK_SECRET_KEY": "k" * 32}, "--port", "0")
    assert f"127.0.0.1:{port}/nothing" in said
    assert "do-not-tell" not in said


def test_a_database_that_does_not_exist(postgres_url: str) -> None:
    url = f"{postgres_url}_missing"
    said = refused({"DUALTRACK_DATABASE_URL": url, "DUALTRACK_SECRET_KEY": "k" * 32}, "--port", "0")
    assert "_missing does not answer" in said


def test_several_processes_served_once(sqlite_url: str) -> None:
    environment = {"DUALTRACK_DATABASE_URL": sqlite_url, "DUALTRACK_SECRET_KEY": "k" * 32}
    for said in (
        refused(environment, "--port", "0", "--processes", "2"),
        refused({**environment, "DUALTRACK_PROCESSES": "2"}, "--port", "0"),
    ):
        assert said.endswith(" is served by one process. Use Postgres for 2, or --processes 1.")
        assert said.startswith("dualtrack: sqlite:///")
