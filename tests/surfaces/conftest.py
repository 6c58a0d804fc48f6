from collections.abc import AsyncGenerator

import pytest

from tests.connected import KINDS
from tests.engines import Engine
from tests.rest.served import Served, serving


@pytest.fixture
async def served(engine: Engine) -> AsyncGenerator[Served]:
    """The service over the test company, on each engine in turn."""
    async with serving(engine, kinds=KINDS) as made:
        yield made
