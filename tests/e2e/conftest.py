"""Fixtures of the tests that run the service in processes of its own."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.house import NEARBY, House, a_house, furnish
from tests.e2e.receiver import Receiver, a_receiver
from tests.engines import Engine


@pytest.fixture
async def house(engine: Engine, tmp_path: Path) -> AsyncGenerator[House]:
    """The example company is published, nobody is known yet, and nothing runs."""
    async with _furnished(engine, tmp_path) as made:
        yield made


@pytest.fixture
async def sqlite_house(sqlite_url: str, tmp_path: Path) -> AsyncGenerator[House]:
    """For what Postgres has no counterpart of."""
    async with _furnished(Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate"), tmp_path) as made:
        yield made


@pytest.fixture
async def postgres_house(postgres_url: str, tmp_path: Path) -> AsyncGenerator[House]:
    """For what SQLite has no counterpart of."""
    async with _furnished(Engine(name="postgres", url=postgres_url, journal="auto"), tmp_path) as made:
        yield made


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    async with a_receiver() as made:
        yield made


@asynccontextmanager
async def _furnished(engine: Engine, folder: Path) -> AsyncGenerator[House]:
    async with a_house(folder, {**engine.environment(), **NEARBY}) as made:
        made.key = await furnish(engine)
        yield made
