from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from tests.engines import Engine, Engines
from tests.graphql.served import Small, serving_small
from tests.rest.served import Served, serving


@pytest.fixture
def sqlite(engines: Engines, tmp_path: Path) -> Generator[Engine]:
    """The transport asks the database for keys and nothing else: one engine is enough."""
    with engines.fresh("sqlite-truncate", tmp_path) as engine:
        yield engine


@pytest.fixture
async def served(engine: Engine) -> AsyncGenerator[Served]:
    """The service over the test company, on each engine in turn."""
    async with serving(engine) as made:
        yield made


@pytest.fixture
async def served_once(sqlite: Engine) -> AsyncGenerator[Served]:
    async with serving(sqlite) as made:
        yield made


@pytest.fixture
async def small(sqlite: Engine) -> AsyncGenerator[Small]:
    """In development."""
    async with serving_small(sqlite) as made:
        yield made


@pytest.fixture
async def small_impatient(sqlite: Engine) -> AsyncGenerator[Small]:
    async with serving_small(sqlite, seconds=0.2) as made:
        yield made
