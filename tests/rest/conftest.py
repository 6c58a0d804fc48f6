from collections.abc import AsyncGenerator

import pytest

from tests.engines import Engine
from tests.rest.served import Served, serving


@pytest.fixture
async def served(engine: Engine) -> AsyncGenerator[Served]:
    """The service over the test company, on each engine in turn; nobody is employed yet."""
    async with serving(engine) as made:
        yield made


@pytest.fixture
async def on_sqlite(sqlite_url: str) -> AsyncGenerator[Served]:
    """The same for what no database has a part in."""
    async with serving(Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate")) as made:
        yield made
