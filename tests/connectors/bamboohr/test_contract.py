"""BambooHR by the suite that is every sink's."""

from collections.abc import AsyncGenerator

import pytest

from tests.connectors.bamboohr.account import Account, account
from tests.connectors.contract import SinkContract


class TestBambooHR(SinkContract):
    @pytest.fixture
    async def vendor(self) -> AsyncGenerator[Account]:
        async with account() as made:
            yield made
