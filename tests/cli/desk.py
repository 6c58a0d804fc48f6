"""The commands about company folders, run in this process on the database of the test."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from typer.testing import CliRunner

from service.cli import app, apply, export, init, lint, plan
from service.domain.access import OPERATOR
from service.usecases.definitions import AllDefinitions, read_definitions
from tests.e2e.house import inside
from tests.engines import Engine
from tests.stage import Stage, make_stage

COMMANDS = [module.__name__ for module in (apply, export, init, lint, plan)]

T = TypeVar("T")

NOTHING = "Nothing to publish: all of it is published already."


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def run(*arguments: str | Path, engine: Engine | None = None) -> Said:
    """A command as a terminal would see it: colours and other steering characters are left in."""
    settings = engine.environment() if engine else {}
    ended = CliRunner().invoke(app, [str(argument) for argument in arguments], env=settings, color=True)
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    return Said(code=ended.exit_code, out=ended.stdout, err=ended.stderr)


def on_stage(engine: Engine, act: Callable[[Stage], Awaitable[T]]) -> T:
    """What the use cases do, on the database that the commands work on."""

    async def play() -> T:
        stage = make_stage(engine)
        try:
            return await act(stage)
        finally:
            await stage.database.close()

    return asyncio.run(play())


def hire(engine: Engine, **people: dict[str, str]) -> None:
    """People by key, since 2021."""

    async def act(stage: Stage) -> None:
        for key, place in people.items():
            await stage.create(key)
            await stage.change(place, "2021-01-01", employee=key)

    on_stage(engine, act)


def counts(engine: Engine) -> dict[str, int]:
    return on_stage(engine, lambda stage: stage.counts())


def published(engine: Engine) -> tuple[AllDefinitions, str]:
    """Everything that is published, and the base that names it."""

    async def read() -> Any:
        async with inside(engine) as house:
            return await read_definitions(house.runtime, OPERATOR)

    return asyncio.run(read())


def sqlite(url: str) -> Engine:
    return Engine(name="sqlite-truncate", url=url, journal="truncate")


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder, by its name."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextlib.contextmanager
def masked(mask: int) -> Generator[None]:
    """With another umask."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)
