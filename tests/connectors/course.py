"""A vendor as suites of sinks need it, and people whose course is followed there."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Protocol

from service.domain.mappings import MappingEntry
from service.usecases.employees import set_external_id
from tests.connectors.bridge import Bridge, Segments, bridged
from tests.engines import Engine
from tests.stage import HR

HIRED = {"ladder": "engineering", "level": "ic3", "role": "engineer", "team": "core", "zone": "berlin", "step": "a"}


class Vendor(Protocol):
    """A simulated system as the suite needs it. People are named by their id there.

    `names` are what levels of the ladder engineering are called there, e2, ic3, em3, ic4 and em4 among them, each its
    own; `entries` all of the mapping. What is broken is broken for writes, and reading goes on.
    """

    kind: str
    settings: Mapping[str, Any]
    credentials: Mapping[str, Any]
    names: Mapping[str, str]
    entries: tuple[MappingEntry, ...]
    busy: str
    """The code by which whoever is blocked waits."""

    def hire(self, person: str) -> None:
        """They exist there, and hold nothing from 2026-06-01 on that the suite would find."""
        ...

    def move_to(self, day: date) -> None:
        """Their clock goes on to a day, and what is due there happens."""
        ...

    def holds(self, person: str) -> Segments:
        """What they hold from 2026-06-01 on by day, one entry wherever the name changes, the future included."""
        ...

    def doubled(self) -> list[Any]:
        """Rows that were ever there twice."""
        ...

    def writes(self, person: str) -> Segments:
        """(day, name or None where it was removed) of everything that was written, as it came."""
        ...

    def block(self, person: str) -> None:
        """Whatever is written of them is refused until `free`: something is under way there."""
        ...

    def free(self, person: str) -> None: ...

    def throttle(self, times: int) -> None:
        """The next requests are answered with that they come too often, in each form there is."""
        ...

    def down(self, is_down: bool) -> None:
        """Nothing there answers at all."""
        ...

    def break_writes(self, *, before: int = 0, after: int = 0) -> None:
        """The next writes break off, some before they are carried out and then some after it, unanswered."""
        ...


@asynccontextmanager
async def connected(engine: Engine, vendor: Vendor) -> AsyncGenerator[Bridge]:
    async with bridged(engine) as made:
        await made.connect(
            vendor.kind, settings=vendor.settings, credentials=vendor.credentials, entries=vendor.entries
        )
        yield made


class Course:
    """People of a test, what held of them after each act, and whether the vendor agrees."""

    def __init__(self, bridge: Bridge, vendor: Vendor) -> None:
        self._bridge, self._vendor = bridge, vendor
        self._people: dict[str, str] = {}

    async def person(self, key: str, there: str) -> None:
        self._vendor.hire(there)
        self._people[key] = there
        await self._bridge.stage.create(key, **{self._bridge.system: there})

    async def wrongly(self, key: str, there: str, *, rather: str) -> Segments:
        """Somebody is taken for another there, hired and promoted: what that other holds by it."""
        await self.person(key, there)
        self._vendor.hire(rather)
        await self._bridge.stage.change(HIRED, employee=key)
        await self._bridge.stage.change({"level": "ic4"}, "2026-09-01", employee=key)
        await self.stands()
        return self._vendor.holds(there)

    async def is_rather(self, key: str, there: str | None) -> None:
        """Somebody's id there was wrong, or is released."""
        await set_external_id(self._bridge.stage.runtime, HR, key, self._bridge.system, there, expected="*")
        if there is not None:
            self._people[key] = there

    async def day(self, day: str) -> None:
        """It is that day, here and there, and what was planned takes effect."""
        self._bridge.stage.clock.move_to(date.fromisoformat(day))
        self._vendor.move_to(date.fromisoformat(day))
        await self._bridge.look()

    async def stands(self, *, only: Sequence[str] | None = None) -> None:
        """Everybody's timeline there is theirs here, and was written once; or that of some people `only`."""
        await self._bridge.quiet()
        names = self._vendor.names
        for key, there in self._people.items():
            if only is not None and key not in only:
                continue
            ours = await self._bridge.held(key, lambda held: names.get(held.level))
            assert self._vendor.holds(there) == ours
            _refuse_repeated(self._vendor.writes(there))
        assert self._vendor.doubled() == []


async def changes_written(bridge: Bridge, employee: str) -> dict[str, str | None]:
    """By day the change that a row there is kept to be of."""
    return {one.effective_on.isoformat(): one.change_id for one in await bridge.links(employee)}


def _refuse_repeated(writes: Segments) -> None:
    """What stood there of a day was not written once more."""
    last: dict[str, str | None] = {}
    for day, name in writes:
        assert day not in last or last[day] != name, (day, name)
        last[day] = name
