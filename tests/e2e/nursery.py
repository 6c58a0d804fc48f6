"""Processes of the service that begin with everything imported.

Starting Python and importing the service takes three seconds of CPU, which a hundred tests would pay each. A nursery
imports it once and forks for each command: what comes of it is a process like any other, with its own settings,
folder and output, that is signalled and killed by its id. What a shell starts, and what the service starts itself,
begin from nothing.
"""

import asyncio
import atexit
import gc
import importlib
import json
import os
import pkgutil
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.house.sources import ROOT

_MOST = 1 << 20


@dataclass(slots=True, kw_only=True)
class Child:
    """A process of the nursery, as `asyncio.subprocess.Process` would show it."""

    pid: int
    stdout: asyncio.StreamReader
    _ending: "asyncio.Task[int]" = field(repr=False)

    @property
    def returncode(self) -> int | None:
        return self._ending.result() if self._ending.done() else None

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def wait(self) -> int:
        return await asyncio.shield(self._ending)

    async def communicate(self) -> tuple[bytes, None]:
        out = await self.stdout.read()
        await self.wait()
        return out, None


@dataclass(frozen=True, slots=True)
class Nursery:
    """`place` is the Unix socket at which it is asked."""

    place: Path

    async def child(
        self, arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], errors: int
    ) -> Child:
        """Start `python -m service ARGUMENTS`; `errors` is the descriptor of its standard error."""
        reading, writing = os.pipe()
        asking = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        asking.connect(str(self.place))
        job = {"arguments": list(arguments), "folder": str(folder), "environment": dict(environment)}
        socket.send_fds(asking, [json.dumps(job).encode() + b"\n"], [writing, errors])
        os.close(writing)
        told, link = await asyncio.open_unix_connection(sock=asking)
        pid = int(await told.readline())
        loop = asyncio.get_running_loop()
        out = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(out), os.fdopen(reading, "rb"))

        async def ended() -> int:
            try:
                return int(await told.readline())
            finally:
                link.close()

        return Child(pid=pid, stdout=out, _ending=asyncio.create_task(ended()))


@cache
def nursery() -> Nursery:
    """That of this process, which ends with it."""
    place = Path(tempfile.mkdtemp(prefix="dualtrack-nursery-")) / "socket"
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.nursery", str(place)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
    )

    def end() -> None:
        running.terminate()
        running.wait()
        shutil.rmtree(place.parent)

    atexit.register(end)
    assert running.stdout
    with running.stdout as said:
        assert said.readline() == b"ready\n"
    return Nursery(place)


def _keep(place: str) -> dict[str, Any]:
    """Fork for whoever asks. Returns only in the child, with what it is to be."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(place)
    listening.listen(16)
    print("ready", flush=True)
    waiting: dict[int, socket.socket] = {}
    looks = selectors.DefaultSelector()
    looks.register(listening, selectors.EVENT_READ)
    # A child's end wakes the loop.
    woken, wakes = os.pipe2(os.O_NONBLOCK)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
    looks.register(woken, selectors.EVENT_READ)
    while True:
        for key, _ in looks.select():
            if key.fileobj is not listening:
                os.read(woken, 4096)
                _tell_ended(waiting)
                continue
            asking, _ = listening.accept()
            text, descriptors, _, _ = socket.recv_fds(asking, _MOST, 2)
            while not text.endswith(b"\n"):
                text += asking.recv(_MOST)
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                looks.close()
                for one in (listening, asking, *waiting.values()):
                    one.close()
                for one in (woken, wakes):
                    os.close(one)
                return {**json.loads(text), "descriptors": descriptors}
            for one in descriptors:
                os.close(one)
            waiting[pid] = asking
            asking.sendall(f"{pid}\n".encode())


def _tell_ended(waiting: dict[int, socket.socket]) -> None:
    for pid in list(waiting):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with waiting.pop(pid) as asking, suppress(OSError):
                # Whoever asked may be gone.
                asking.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _become(job: dict[str, Any]) -> None:
    out, errors = job["descriptors"]
    os.dup2(out, 1)
    os.dup2(errors, 2)
    os.close(out)
    os.close(errors)
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["environment"])
    sys.argv = ["dualtrack", *job["arguments"]]


if __name__ == "__main__":
    from service import __main__ as program
    from service import cli

    for module in pkgutil.iter_modules(cli.__path__):
        importlib.import_module(f"{cli.__name__}.{module.name}")
    # What `serve` loads once it serves.
    importlib.import_module("service.app")
    gc.collect()
    gc.freeze()
    # The child goes on here: it ends as a program does, with all that is to be done at exit.
    _become(_keep(sys.argv[1]))
    program.main()
