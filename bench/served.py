"""The service as it is run: `dualtrack serve` in a process of its own, with the settings of a deployment."""

import json
import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.company import environment_for
from bench.machine import PYTHON, SERVING, start


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A server that listens. `said` is its first line; what it says afterwards is read from `process`."""

    url: str
    said: dict[str, Any]
    process: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        return self.process.pid


@contextmanager
def service(database: str, *, worker: bool) -> Generator[Served]:
    """The service on a database, with or without the worker beside it."""
    more = () if worker else ("--no-dispatcher",)
    with listening("service", "serve", *more, environment=environment_for(database)) as served:
        yield served


@contextmanager
def listening(
    *command: str,
    program: tuple[str, ...] = PYTHON,
    cores: set[int] = SERVING,
    environment: dict[str, str] | None = None,
    folder: Path | None = None,
) -> Generator[Served]:
    """A program that says where it listens in its first line, until the end of the block."""
    process = start(*program, *command, cores=cores, environment=environment, folder=folder)
    try:
        assert process.stdout
        first = process.stdout.readline()
        if not first:
            raise RuntimeError(f"{' '.join((*program, *command))} ended with {process.wait()} before it listened")
        said = json.loads(first)
        yield Served(url=said["url"], said=said, process=process)
    finally:
        _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        assert pipe
        pipe.close()
