"""Workday's sink is held to what every sink has to be able to do."""

import pytest

from tests.connectors.bridge import Bridge
from tests.connectors.contract import SinkContract


class TestWorkday(SinkContract):
    @pytest.fixture
    async def bridge(self, connected: Bridge) -> Bridge:
        return connected
