"""A company beside a simulated Gusto, where what is written is asked for event by event."""

from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from tests.connectors.bridge import bridged
from tests.connectors.gusto.account import Account, account
from tests.connectors.gusto.beside import Beside
from tests.engines import Engine, Engines


@pytest.fixture
async def gusto() -> AsyncGenerator[Account]:
    async with account() as made:
        yield made


@pytest.fixture
def one_engine(engines: Engines, tmp_path: Path) -> Generator[Engine]:
    """What is kept here is tried on all engines by the suite of every sink."""
    with engines.fresh("sqlite-wal", tmp_path) as made:
        yield made


@pytest.fixture
async def beside(one_engine: Engine, gusto: Account) -> AsyncGenerator[Beside]:
    async with bridged(one_engine) as bridge:
        # The sender is left out: each event is written when a test says so.
        bridge.dispatcher.stop()
        yield Beside(bridge=bridge, gusto=gusto)
