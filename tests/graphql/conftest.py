from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.engines import Engine, Engines
from tests.graphql.served import Small, serving_small
from tests.rest.served import Served, serving


@pytest.fixture
async def small(engines: Engines, tmp_path: Path) -> AsyncGenerator[Small]:
    """In development, over SQLite: the transport asks the database for keys and nothing else."""
    with engines.fresh("sqlite-truncate", tmp_path) as engine:
        async with serving_small(engine) as made:
            yield made


@pytest.fixture
async def served(engine: Engine) -> AsyncGenerator[Served]:
    """The service over the test company, on each engine in turn."""
    async with serving(engine) as made:
        yield made
