"""A tenant as the suite of sinks needs it, and its mapping."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from service.domain.mappings import MappingEntry
from tests.connectors.bridge import Bridge, Segments
from tests.simulators.workday.server import Workday

NAMES = {"e2": "ENG_2", "ic3": "ENG_IC3", "em3": "ENG_M3", "ic4": "ENG_IC4", "em4": "ENG_M4", "ic5": "ENG_IC5"}
ENTRIES = (
    *(MappingEntry(of="level", ours=f"engineering/{ours}", theirs=theirs) for ours, theirs in NAMES.items()),
    MappingEntry(of="reason", ours="track_switch", theirs="SWITCH"),
    MappingEntry(of="reason", ours="promotion", theirs="PROMOTION"),
    MappingEntry(of="reason", ours="other", theirs="OTHER"),
)
SINCE = "2026-06-01"


def settings_for(made: Workday, **more: Any) -> dict[str, Any]:
    return {
        "host": made.host,
        "tenant": made.tenant.name,
        "version": "v26.1",
        "wsdl": {
            "staffing": "Staffing.wsdl",
            "human_resources": "Human_Resources.wsdl",
            "compensation": "Compensation.wsdl",
            "integrations": "Integrations.wsdl",
        },
        "trusted_ca": made.authority,
        **more,
    }


def credentials_for(made: Workday) -> dict[str, Any]:
    return {"username": made.tenant.user, "password": made.tenant.password}


@dataclass(slots=True, kw_only=True)
class WorkdayVendor:
    """A Vendor of the suite."""

    made: Workday
    folder: Path
    kind: str = "workday"
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    credentials: Mapping[str, Any] = field(default_factory=dict[str, Any])
    names: Mapping[str, str] = field(default_factory=lambda: NAMES)
    entries: tuple[MappingEntry, ...] = ENTRIES
    busy: str = "workday-event-in-progress"

    def hire(self, person: str) -> None:
        self.made.tenant.hire(person, "BASE", on=date(2020, 1, 1))

    def move_to(self, day: date) -> None:
        self.made.tenant.clock.move_to(day)

    def holds(self, person: str) -> Segments:
        rows = self.made.tenant.rows(person, f"P-{person}")
        return [(day.isoformat(), profile) for day, profile in rows if day.isoformat() >= SINCE]

    def doubled(self) -> list[Any]:
        """Live events of one worker and day."""
        live = [(worker, day) for worker, day, _, _ in self.made.tenant.live()]
        return [one for one in live if live.count(one) > 1]

    def writes(self, person: str) -> Segments:
        return [(day.isoformat(), value) for of, worker, day, value in self.made.tenant.written if worker == person]

    def block(self, person: str) -> None:
        self.made.tenant.busy.add(person)

    def free(self, person: str) -> None:
        self.made.tenant.busy.discard(person)

    def throttle(self, times: int) -> None:
        self.made.throttled += [(429, "0"), (503, None), (429, None)] * times

    def down(self, is_down: bool) -> None:
        self.made.down = is_down

    def break_writes(self, *, before: int = 0, after: int = 0) -> None:
        self.made.breaks += ["before"] * before + ["after"] * after


async def connect(bridge: Bridge, vendor: WorkdayVendor, *more: MappingEntry, **settings: Any) -> None:
    """With ada, who is 4711 there."""
    vendor.hire("4711")
    await bridge.connect(
        "workday",
        settings={**vendor.settings, **settings},
        credentials=vendor.credentials,
        entries=(*vendor.entries, *more),
    )
    await bridge.stage.create("ada", **{bridge.system: "4711"})


async def waits(bridge: Bridge, code: str) -> None:
    """Until somebody is told to do something by that code."""

    async def told() -> bool:
        return (423, code) in await bridge.refusals()

    await bridge.until(told)


def only(vendor: WorkdayVendor) -> Any:
    """The one event there."""
    (event,) = vendor.made.tenant.events.values()
    return event
