"""A company and a simulated BambooHR, connected; events are written one by one, as a test asks for it."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from tests.connectors.bamboohr.account import Account, account
from tests.connectors.bridge import Bridge, bridged
from tests.engines import Engine

Connecting = Callable[..., AbstractAsyncContextManager[tuple[Bridge, Account]]]


@pytest.fixture
def connecting(sqlite_url: str) -> Connecting:
    """Opens both with settings of a test; what the database does of it is tried by the suite of all sinks."""

    @asynccontextmanager
    async def connect(**settings: object) -> AsyncGenerator[tuple[Bridge, Account]]:
        engine = Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate")
        async with bridged(engine, sends=False) as bridge, account(**settings) as vendor:
            await bridge.connect(
                vendor.kind, settings=vendor.settings, credentials=vendor.credentials, entries=vendor.entries
            )
            yield bridge, vendor

    return connect
