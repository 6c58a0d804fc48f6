"""The simulated Gusto as suites of connectors need it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.domain.mappings import MappingEntry
from tests.connectors.bridge import Segments
from tests.simulators.clock import Clock
from tests.simulators.gusto.company import Company
from tests.simulators.gusto.server import Gusto, running

NAMES = {
    "e1": "Junior Engineer",
    "e2": "Engineer II",
    "ic3": "Senior Engineer",
    "em3": "Engineering Manager",
    "ic4": "Staff Engineer",
    "em4": "Senior Engineering Manager",
    "ic5": "Principal Engineer",
}
BEGUN = "2026-06-01"


@dataclass(slots=True, kw_only=True)
class Account:
    """A Vendor of the contract."""

    gusto: Gusto
    kind: str = "gusto"
    settings: dict[str, Any]
    credentials: dict[str, Any]
    names: dict[str, str]
    entries: tuple[MappingEntry, ...]
    busy: str = "refused-there"

    @property
    def company(self) -> Company:
        return self.gusto.company

    def hire(self, person: str) -> None:
        self.company.hire(person, "2024-03-01", title="Engineer")

    def move_to(self, day: date) -> None:
        self.company.clock.move_to(day)

    def holds(self, person: str) -> Segments:
        return [one for one in self.company.timeline(person) if one[0] >= BEGUN]

    def doubled(self) -> list[Any]:
        return list(self.company.doubled)

    def writes(self, person: str) -> Segments:
        return [(one.day.isoformat(), one.title) for one in self.company.written if one.employee == person]

    def block(self, person: str) -> None:
        self.gusto.faults.blocked.add(person)

    def free(self, person: str) -> None:
        self.gusto.faults.blocked.discard(person)

    def throttle(self, times: int) -> None:
        for _ in range(times):
            self.gusto.faults.throttle.extend((429, 503))

    def down(self, is_down: bool) -> None:
        self.gusto.faults.down = is_down

    def break_writes(self, *, before: int = 0, after: int = 0) -> None:
        self.gusto.faults.break_before = before
        self.gusto.faults.break_after = after


@asynccontextmanager
async def account(**settings: Any) -> AsyncGenerator[Account]:
    """`settings` beyond its address; its people are those that a test hires."""
    async with running(Gusto(company=Company(clock=Clock()))) as gusto:
        yield Account(
            gusto=gusto,
            settings={"base_url": gusto.origin, "company": gusto.company.uuid, **settings},
            credentials={"access_token": "token-of-a-test"},
            names=NAMES,
            entries=tuple(
                MappingEntry(of="level", ours=f"engineering/{level}", theirs=name) for level, name in NAMES.items()
            ),
        )
