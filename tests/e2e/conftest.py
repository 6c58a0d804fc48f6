"""Fixtures of the tests that run the service in processes of its own."""

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.e2e.house import House, a_house, furnish
from tests.e2e.receiver import Receiver, a_receiver
from tests.engines import Engine


@pytest.fixture
async def house(engine: Engine, tmp_path: Path) -> AsyncGenerator[House]:
    """The example company is published, nobody is known yet, and nothing runs."""
    async with a_house(tmp_path, engine.environment()) as made:
        made.key = await furnish(engine)
        yield made


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    async with a_receiver() as made:
        yield made
