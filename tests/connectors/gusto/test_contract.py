"""Gusto by the suite that is every sink's."""

from collections.abc import AsyncGenerator

import pytest

from tests.connectors.contract import SinkContract
from tests.connectors.gusto.account import Account, account


class TestGusto(SinkContract):
    @pytest.fixture
    async def vendor(self) -> AsyncGenerator[Account]:
        async with account() as made:
            yield made
