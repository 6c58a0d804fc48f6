from collections.abc import AsyncGenerator

import pytest

from tests.engines import Engine
from tests.rest.served import Served, serving


@pytest.fixture
async def served(sqlite_url: str) -> AsyncGenerator[Served]:
    """The service over the test company; clients are told apart by their language, not by our engine."""
    async with serving(Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate")) as made:
        yield made
