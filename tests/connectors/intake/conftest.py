from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.connectors.intake.desk import Desk, at_desk
from tests.engines import Engine, Engines


@pytest.fixture
async def desk(engines: Engines, tmp_path: Path) -> AsyncGenerator[Desk]:
    """On one engine, for what is decided before any database is asked."""
    with engines.fresh("sqlite-wal", tmp_path) as engine:
        async with at_desk(engine) as made:
            yield made


@pytest.fixture
async def desk_everywhere(engine: Engine) -> AsyncGenerator[Desk]:
    async with at_desk(engine) as made:
        yield made
