"""Which core does what, what a process has used, and what all of it ran on."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psutil

from service.sqlite_library import library_version

CORES = sorted(os.sched_getaffinity(0))
SERVING = {CORES[0]}
"""The core of what is measured."""
REST = set(CORES[1:]) or SERVING
"""The cores of the load, the sink and Postgres."""
PACKAGES = (
    *("fastapi", "starlette", "uvicorn", "uvloop", "httptools", "pydantic", "sqlalchemy", "asyncpg", "aiosqlite"),
    *("aiohttp", "orjson"),
)


def pin(cores: set[int]) -> None:
    """Keep this process, and those it starts, on some cores."""
    os.sched_setaffinity(0, cores)


def cpu_seconds(pid: int) -> float:
    """What all threads of a process have used so far."""
    used = psutil.Process(pid).cpu_times()
    return used.user + used.system


PYTHON = (sys.executable, "-m")
"""What runs a program of ours."""


def start(
    *command: str, cores: set[int], environment: dict[str, str] | None = None, folder: Path | None = None
) -> "subprocess.Popen[bytes]":
    """A program on some cores; its standard input and output are pipes, its log is thrown away."""
    before = os.sched_getaffinity(0)
    pin(cores)
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
    finally:
        pin(before)


def versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    machine = f"{len(CORES)} cores, {platform.machine()}"
    return f"Python {platform.python_version()}, SQLite {library_version()}, {packages}; {machine}"
