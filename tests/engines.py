"""A fresh, migrated database for each test, on each engine: copies of one migrated template."""

import asyncio
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import asyncpg

from service.storage.database import Database
from service.storage.migrate import upgrade
from tests.postgres import locked, server_url

EngineName = Literal["sqlite-truncate", "sqlite-wal", "postgres"]
ENGINES: tuple[EngineName, ...] = ("sqlite-truncate", "sqlite-wal", "postgres")
SECRET_KEY = "a key for tests only, 32 characters or more"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """One test's own database. `journal` is auto on Postgres, which has none."""

    name: EngineName
    url: str
    journal: Literal["auto", "wal", "truncate"]

    def open(self) -> Database:
        return Database(url=self.url, journal=self.journal)

    def environment(self) -> dict[str, str]:
        """Settings for a process of its own that works on this database."""
        return {
            "DUALTRACK_DATABASE_URL": self.url,
            "DUALTRACK_SQLITE_JOURNAL": self.journal,
            "DUALTRACK_SECRET_KEY": SECRET_KEY,
        }


class Engines:
    """Makes the databases of one test process. `shared` is a folder that all processes of the run see."""

    def __init__(self, *, shared: Path, process: str) -> None:
        self._shared = shared
        self._process = process
        self._numbers = count(1)
        self._admin: _Admin | None = None

    @contextmanager
    def fresh(self, name: EngineName, folder: Path) -> Generator[Engine]:
        """A migrated database, gone after the block. SQLite files are made in `folder`."""
        if name == "postgres":
            with self._postgres() as url:
                yield Engine(name=name, url=url, journal="auto")
        else:
            path = folder / "dualtrack.db"
            shutil.copyfile(self._sqlite_template(), path)
            yield Engine(name=name, url=f"sqlite:///{path}", journal="wal" if name == "sqlite-wal" else "truncate")

    @contextmanager
    def copied(self, engine: Engine, folder: Path) -> Generator[Engine]:
        """Another database like that of an engine, which nobody has open, gone after the block."""
        if engine.name == "postgres":
            assert self._admin
            name = self._name()
            original = urlsplit(engine.url).path.removeprefix("/")
            with self._made(name, original):
                yield replace(engine, url=_with_database(engine.url, name))
        else:
            path = folder / "copied.db"
            shutil.copyfile(engine.url.removeprefix("sqlite:///"), path)
            yield replace(engine, url=f"sqlite:///{path}")

    def close(self) -> None:
        if self._admin:
            self._admin.close()

    def _sqlite_template(self) -> Path:
        path = self._shared / "template.db"
        if path.exists():
            return path
        with locked(self._shared / "template.lock"):
            if not path.exists():
                making = self._shared / "making.db"
                upgrade(f"sqlite:///{making}")
                making.rename(path)
        return path

    @contextmanager
    def _postgres(self) -> Generator[str]:
        server = server_url(self._shared)
        if self._admin is None:
            self._admin = _Admin(server)
            self._postgres_template(server)
        name = self._name()
        with self._made(name, self._prefix):
            yield _with_database(server, name)

    @contextmanager
    def _made(self, name: str, template: str) -> Generator[None]:
        assert self._admin
        self._admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        try:
            yield
        finally:
            self._admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _name(self) -> str:
        return f"{self._prefix}_{self._process}_{next(self._numbers)}"

    def _postgres_template(self, server: str) -> None:
        assert self._admin
        ready = self._shared / "template.postgres"
        with locked(self._shared / "template.lock"):
            if ready.exists():
                return
            self._admin.execute(f'CREATE DATABASE "{self._prefix}"')
            upgrade(_with_database(server, self._prefix))
            ready.touch()

    @property
    def _prefix(self) -> str:
        # A server that was given to us may serve other runs at the same time.
        return self._shared.name.replace("-", "_").lower()


def drop_template(shared: Path) -> None:
    """Leave nothing on a server that was given to us."""
    if (shared / "template.postgres").exists():
        admin = _Admin(server_url(shared))
        admin.execute(f'DROP DATABASE "{shared.name.replace("-", "_").lower()}" WITH (FORCE)')
        admin.close()


class _Admin:
    """One connection kept for making and dropping databases, on a loop of its own."""

    def __init__(self, server: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._connection = self._loop.run_until_complete(asyncpg.connect(server))

    def execute(self, statement: str) -> None:
        self._loop.run_until_complete(self._connection.execute(statement))

    def close(self) -> None:
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()


def _with_database(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{name}").geturl()
