"""What tests of one connection do: connect, change somebody, and have the last event written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.connectors.kinds import Checked, asked
from service.connectors.registry import KINDS
from service.connectors.sinks import Done, Postponed, Told
from service.usecases.connections import change_connection
from service.usecases.open_connections import open_connection
from tests.connectors.bridge import Bridge
from tests.connectors.gusto.account import Account
from tests.stage import HR, Stage
from tests.usecases.amending import Withdrawing, withdraw

HIRE = {"ladder": "engineering", "level": "ic3", "zone": "nyc", "step": "a"}
PERSON = "e0000000-0000-4000-8000-000000004711"


@dataclass(slots=True, kw_only=True)
class Beside:
    bridge: Bridge
    gusto: Account

    @property
    def stage(self) -> Stage:
        return self.bridge.stage

    async def connect(
        self, *, credentials: Mapping[str, Any] | None = None, mapped: bool = True, **settings: Any
    ) -> None:
        """Ada stands at both, and nothing is written of her yet."""
        self.gusto.hire(PERSON)
        await self.bridge.connect(
            "gusto",
            settings={**self.gusto.settings, **settings},
            credentials=credentials or self.gusto.credentials,
            entries=self.gusto.entries if mapped else (),
        )
        await self.stage.create("ada", gusto=PERSON)

    async def set_to(self, **settings: Any) -> None:
        """The same connection, set anew."""
        request = asked(
            KINDS,
            kind="gusto",
            key="theirs",
            system=None,
            settings={**self.gusto.settings, **settings},
            credentials=self.gusto.credentials,
        )
        runtime, sending = self.stage.runtime, self.bridge.sending
        await change_connection(runtime, sending, HR, self.bridge.connection, request, expected="*")

    async def change(self, to: Mapping[str, str | None] | None, on: str) -> dict[str, Any]:
        return await self.stage.change(to, on)

    async def withdraw(self, how: Withdrawing, change: dict[str, Any]) -> None:
        await withdraw(self.stage, how, change)

    async def told(self, number: int = -1) -> Told:
        """What the sink says of an event, the last one unless said."""
        return await self.bridge.write_again((await self.stage.events())[number])

    async def note(self, number: int = -1) -> str:
        told = await self.told(number)
        assert isinstance(told, Done), told
        return told.note

    async def waits(self, number: int = -1) -> tuple[str, str]:
        """(code, reason) of what cannot be written yet."""
        told = await self.told(number)
        assert isinstance(told, Postponed), told
        return told.code, told.reason

    def rows(self) -> list[tuple[str, str, str, str]]:
        """(day, title, rate, unit) of all rows of her job, by day."""
        (job,) = self.gusto.company.jobs_of(PERSON)
        rows = sorted(job.compensations, key=lambda one: one.effective_date)
        return [(row.effective_date.isoformat(), row.title, row.rate, row.payment_unit) for row in rows]

    async def checked(self) -> dict[str, Checked]:
        """Lines of trying the connection out, by name."""
        runtime, sealer = self.stage.runtime, self.bridge.sending.sealer
        opened = await open_connection(runtime, sealer, self.bridge.connection)
        return {one.name: one async for one in KINDS["gusto"].check(opened, self.bridge.tools)}
