import io
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from tests.engines import Engine, Engines
from tests.rest.logbook import logging_to_a_stream
from tests.rest.served import Served, serving


@pytest.fixture
async def served(engine: Engine) -> AsyncGenerator[Served]:
    """The service over the test company, on each engine in turn; nobody is employed yet."""
    async with serving(engine) as made:
        yield made


@pytest.fixture
def one_engine(engines: Engines, tmp_path: Path) -> Generator[Engine]:
    """A database for what is decided before any is asked."""
    with engines.fresh("sqlite-wal", tmp_path) as made:
        yield made


@pytest.fixture
async def served_once(one_engine: Engine) -> AsyncGenerator[Served]:
    async with serving(one_engine) as made:
        yield made


@pytest.fixture
def logged() -> Generator[io.StringIO]:
    with logging_to_a_stream() as stream:
        yield stream
