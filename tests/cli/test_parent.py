"""What the parent does with processes that do not last and with such that do not end; small programs stand in."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from structlog.testing import capture_logs

from service.cli.processes import parent as module
from service.cli.processes.parent import Parent
from service.cli.serve import _shared_folder

SERVES = "import signal, sys; print('here', flush=True); signal.pause()"
STUBBORN = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); signal.pause()"
ENDS_WITH_3 = "import sys; sys.exit(3)"
AGAIN = "a process ended and is started again"


def programs(monkeypatch: pytest.MonkeyPatch, **code: str) -> None:
    """What runs in place of each command."""
    dispatched = "import sys; exec({'serve': %r, 'dispatch': %r}[sys.argv[1]])"
    monkeypatch.setattr(
        module,
        "_ourselves",
        lambda: [sys.executable, "-c", dispatched % (code.get("serve", SERVES), code.get("dispatch", SERVES))],
    )


async def run(*, servers: int, patience_seconds: float = 20.0, when: asyncio.Event) -> tuple[int, list[int]]:
    """The exit code, having been told to end `when`, and the processes there then were."""
    before = {one.pid for one in psutil.Process().children()}
    listening = socket.create_server(("127.0.0.1", 0))
    parent = Parent(listening, servers=servers, with_worker=True, patience_seconds=patience_seconds)
    running = asyncio.create_task(parent.run(served=lambda: None))
    await asyncio.wait([running, asyncio.create_task(when.wait())], return_when=asyncio.FIRST_COMPLETED)
    # Other tests of this process may have left it their nursery.
    pids = [one.pid for one in psutil.Process().children() if one.pid not in before]
    if not running.done():
        os.kill(os.getpid(), signal.SIGTERM)
    code = await running
    listening.close()
    return code, pids


async def test_one_that_does_not_last_is_started_later_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    programs(monkeypatch, dispatch=ENDS_WITH_3)
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module, "MOST_PAUSE_SECONDS", 0.04)
    before = {one.pid for one in psutil.Process().children()}
    enough = asyncio.Event()
    with capture_logs() as logs:
        asking = asyncio.create_task(run(servers=1, when=enough))
        async with asyncio.timeout(60):
            while len([line for line in logs if line["event"] == AGAIN]) < 5:
                await asyncio.wait([asking], timeout=0.01)
        enough.set()
        code, _ = await asking
    again = [line for line in logs if line["event"] == AGAIN][:5]
    assert [(line["worker"], line["status"]) for line in again] == [("dispatch", 3)] * 5
    assert [line["delay_seconds"] for line in again] == [0.01, 0.02, 0.04, 0.04, 0.04]
    assert code == 0 and {one.pid for one in psutil.Process().children()} <= before


async def test_one_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    programs(monkeypatch, serve=STUBBORN)
    served = asyncio.Event()
    monkeypatch.setattr(Parent, "_start", started_then(Parent._start, served))
    with capture_logs() as logs:
        code, pids = await run(servers=1, patience_seconds=1.0, when=served)
    assert code == 0 and [pid for pid in pids if psutil.pid_exists(pid)] == []
    assert [(line["event"], line.get("count")) for line in logs] == [
        ("ending", 2),
        ("processes do not end and are killed", 1),
    ]


def started_then(start, served: asyncio.Event):
    """Also notes that the worker, which is the last, was started."""

    async def noting(self, arguments, **more):
        process = await start(self, arguments, **more)
        if arguments[0] == "dispatch":
            served.set()
        return process

    return noting


async def test_a_first_one_that_cannot_start_ends_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for ending, code in ((ENDS_WITH_3, 3), ("import os; os.kill(os.getpid(), 9)", 1)):
        programs(monkeypatch, serve=ending)
        with capture_logs() as logs:
            assert await run(servers=3, when=asyncio.Event()) == (code, [])
        assert logs == []


def test_without_a_temporary_folder_processes_serve_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with _shared_folder() as folder:
        assert folder is not None and Path(folder).is_dir()
    assert not Path(folder).exists()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with _shared_folder() as folder:
        assert folder is None
