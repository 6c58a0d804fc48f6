"""Workday's sink is held to what every sink has to be able to do."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from tests.connectors.bridge import Bridge, bridged
from tests.connectors.contract import SinkContract
from tests.connectors.workday.at_work import WorkdayVendor
from tests.engines import Engine


class TestWorkday(SinkContract):
    @pytest.fixture
    async def bridge(self, engine: Engine, vendor: WorkdayVendor) -> AsyncGenerator[Bridge]:
        async with bridged(engine) as made:
            knows = replace(made.tools, wsdl_folder=vendor.folder)
            made.tools = made.opened._tools = knows
            await made.connect(
                vendor.kind, settings=vendor.settings, credentials=vendor.credentials, entries=vendor.entries
            )
            yield made
