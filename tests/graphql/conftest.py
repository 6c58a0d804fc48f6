from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.engines import Engines
from tests.graphql.served import Small, serving_small


@pytest.fixture
async def small(engines: Engines, tmp_path: Path) -> AsyncGenerator[Small]:
    """In development, over SQLite: the transport asks the database for keys and nothing else."""
    with engines.fresh("sqlite-truncate", tmp_path) as engine:
        async with serving_small(engine) as made:
            yield made
