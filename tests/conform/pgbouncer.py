"""PgBouncer in front of the tests' Postgres: the one that is installed, else Debian's package unpacked beside us."""

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.e2e.house import PATIENCE_SECONDS
from tests.house.sources import ROOT
from tests.postgres import free_port, locked, other_account

UNPACKED = Path(__file__).parent / ".pgbouncer"
RARE_LIBRARIES = re.compile(r"\blib(?:event|c-?ares)[\w.-]*")
"""Of what the package depends on, what a small system lacks. The names differ from release to release."""
PAGE = (ROOT / "docs" / "deploying.md").read_text()
SHOWN = dict(re.findall(r"^(\w+) = (.*)$", PAGE.partition("[pgbouncer]\n")[2].partition("```")[0], flags=re.MULTILINE))
"""The pooler's settings as they are recommended; what belongs to one machine is replaced."""
REMEDY = "PgBouncer is not installed and its package cannot be fetched. Install it: apt-get install pgbouncer"


@asynccontextmanager
async def a_bouncer(server: str, folder: Path, *, connections: int) -> AsyncGenerator[str]:
    """A pooler in transaction mode; yields the address of the same database through it.

    `connections` are all it opens to a database, whoever asks: the fewer, the more they change hands.
    """
    program, environment = _found()
    to, port, account = urlsplit(server), free_port(), other_account()
    settings = {
        **SHOWN,
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "any",
        "auth_file": "",
        "default_pool_size": connections,
        **({"user": account.pw_name} if account else {}),
    }
    lines = ["[databases]", f"* = host={to.hostname} port={to.port} user={to.username}", "[pgbouncer]"]
    ini = folder / "pgbouncer.ini"
    ini.write_text("\n".join([*lines, *(f"{name} = {value}" for name, value in settings.items()), ""]))
    ini.chmod(0o644)
    process = await asyncio.create_subprocess_exec(
        program, ini, env=environment, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr
    said: list[str] = []
    up = asyncio.Event()
    listening = asyncio.create_task(_listen(process.stderr, said, up))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await up.wait()
        assert process.returncode is None and f"listening on 127.0.0.1:{port}" in "".join(said), "".join(said)
        yield to._replace(netloc=f"{to.username}@127.0.0.1:{port}").geturl()
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.gather(process.wait(), listening)


async def _listen(stderr: asyncio.StreamReader, said: list[str], up: asyncio.Event) -> None:
    async for line in stderr:
        said.append(line.decode())
        if "process up" in said[-1]:
            up.set()
    # Also when it has ended without ever being up.
    up.set()


def _found() -> tuple[str, Mapping[str, str]]:
    """The program and the environment it runs in."""
    usual = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    if installed := shutil.which("pgbouncer", path=usual):
        return installed, os.environ
    with locked(UNPACKED.with_suffix(".lock")):
        program = UNPACKED / "usr" / "sbin" / "pgbouncer"
        if not program.exists():
            _unpack()
    libraries = {str(path.parent) for path in UNPACKED.glob("**/*.so.*")}
    return str(program), {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(sorted(libraries))}


def _unpack() -> None:
    """Into a folder of the tests, which takes no rights. apt's lists are fetched there too where there are none."""
    shutil.rmtree(UNPACKED, ignore_errors=True)
    packages, lists = UNPACKED / "packages", UNPACKED / "lists"
    for folder in (packages, lists / "partial"):
        folder.mkdir(parents=True)
    apt = ["apt-get", "-o", f"Dir::Cache={packages}", "-o", "APT::Sandbox::User="]
    if _run(packages, *apt, "download", "pgbouncer") is None:
        apt += ["-o", f"Dir::State::lists={lists}"]
        _must(packages, *apt, "update")
        _must(packages, *apt, "download", "pgbouncer")
    (package,) = packages.glob("pgbouncer*.deb")
    needed = RARE_LIBRARIES.findall(_must(packages, "dpkg-deb", "-f", package, "Depends"))
    _must(packages, *apt, "download", *needed)
    for one in packages.glob("*.deb"):
        _must(packages, "dpkg-deb", "-x", one, UNPACKED)


def _must(folder: Path, *command: str | Path) -> str:
    output = _run(folder, *command)
    assert output is not None, REMEDY
    return output


def _run(folder: Path, *command: str | Path) -> str | None:
    """What it prints; None when it fails or is not there."""
    try:
        return subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, check=True
        ).stdout.decode()
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
