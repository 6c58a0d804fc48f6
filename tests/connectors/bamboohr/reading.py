"""A BambooHR whose people are read into the test company."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from service.connectors.intake import run
from service.connectors.registry import KINDS
from service.domain.intake_reports import IntakeReport
from service.usecases.open_connections import OpenConnection, open_connection
from tests.connectors.bamboohr.account import Account, account
from tests.connectors.bridge import Bridge, bridged
from tests.engines import Engine
from tests.stage import HR


@dataclass(slots=True, kw_only=True)
class Read:
    bridge: Bridge
    account: Account

    @property
    def company(self) -> Any:
        return self.account.company

    async def opened(self) -> OpenConnection:
        return await open_connection(self.bridge.stage.runtime, self.bridge.sending.sealer, self.bridge.connection)

    async def take(self, **how: Any) -> IntakeReport:
        opened = await self.opened()
        source = KINDS[opened.kind].source(opened, self.bridge.tools)
        assert source is not None
        return await run(self.bridge.tools, opened, source, **{"caller": HR, **how})

    async def levels(self, person: str) -> list[tuple[str, str | None]]:
        return await self.bridge.held(f"bamboohr:{person}", lambda one: one.level)

    def pass_time(self, seconds: float = 60) -> None:
        """On both clocks."""
        self.company.clock.advance(seconds=seconds)
        self.bridge.stage.clock.us += int(seconds * 1_000_000)


@asynccontextmanager
async def read_from(engine: Engine, **settings: Any) -> AsyncGenerator[Read]:
    async with bridged(engine) as bridge, account(**settings) as there:
        await bridge.connect(
            "bamboohr",
            settings=there.settings,
            credentials={**there.credentials, "webhook_keys": ("first",)},
            entries=there.entries,
        )
        yield Read(bridge=bridge, account=there)
