"""The simulated BambooHR as suites of connectors need it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.domain.mappings import MappingEntry
from tests.connectors.bridge import Segments
from tests.simulators.bamboohr.company import Company
from tests.simulators.bamboohr.faults import Throttle
from tests.simulators.bamboohr.server import Bamboo, running
from tests.simulators.clock import Clock

NAMES = {
    "e1": "Junior Engineer",
    "e2": "Engineer",
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

    bamboo: Bamboo
    kind: str = "bamboohr"
    settings: dict[str, Any]
    credentials: dict[str, Any]
    names: dict[str, str]
    entries: tuple[MappingEntry, ...]
    busy: str = "conflict-there"

    @property
    def company(self) -> Company:
        return self.bamboo.company

    def hire(self, person: str) -> None:
        self.company.hire(person, "2024-03-01", jobTitle="Engineer", department="Platform", location="Lisbon")

    def move_to(self, day: date) -> None:
        self.company.clock.move_to(day)

    def holds(self, person: str) -> Segments:
        return [one for one in self.company.timeline(person) if one[0] >= BEGUN]

    def doubled(self) -> list[Any]:
        return list(self.company.doubled)

    def writes(self, person: str) -> Segments:
        told = [one for one in self.company.written if one.employee == person and one.day >= BEGUN]
        return [(one.day, one.values.get("jobTitle") if one.how != "deleted" else None) for one in told]

    def block(self, person: str) -> None:
        self.bamboo.faults.pending.add(person)

    def free(self, person: str) -> None:
        self.bamboo.faults.pending.discard(person)

    def throttle(self, times: int) -> None:
        self.bamboo.faults.retry_after = 1
        forms: tuple[Throttle, ...] = ("429", "503", "inside")
        self.bamboo.faults.throttle.extend(forms * times)

    def down(self, is_down: bool) -> None:
        self.bamboo.faults.down = is_down

    def break_writes(self, *, before: int = 0, after: int = 0) -> None:
        self.bamboo.faults.break_before = before
        self.bamboo.faults.break_after = after


@asynccontextmanager
async def account(**settings: Any) -> AsyncGenerator[Account]:
    """`settings` beyond its address; its people are those that a test hires."""
    async with running(Bamboo(company=Company(clock=Clock()))) as bamboo:
        yield Account(
            bamboo=bamboo,
            settings={"base_url": bamboo.base_url, "trusted_ca": bamboo.authority, **settings},
            credentials={"api_key": "key-of-a-test"},
            names=NAMES,
            entries=tuple(
                MappingEntry(of="level", ours=f"engineering/{level}", theirs=name) for level, name in NAMES.items()
            ),
        )
