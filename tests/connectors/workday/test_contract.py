"""Workday's sink is held to what every sink has to be able to do."""

import pytest

from tests.connectors.bridge import Bridge
from tests.connectors.contract import SinkContract


class TestWorkday(SinkContract):
    @pytest.fixture
    async def bridge(self, connected: Bridge) -> Bridge:
        """On one engine: what is kept is the same for every sink, and its suite asks for it on each."""
        return connected

    @pytest.fixture
    async def once(self, connected: Bridge) -> Bridge:
        return connected
