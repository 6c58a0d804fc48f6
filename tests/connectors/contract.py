"""What every sink has to be able to do, told once: a vendor's tests subclass it and bring their simulator.

    class TestBambooHR(SinkContract):
        @pytest.fixture
        async def vendor(self) -> AsyncGenerator[Vendor]: ...

After every act the vendor's timeline is ours, no row was ever there twice, and nothing was written again that stood
there already.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Protocol

import pytest

from service.connectors.sinks import Done
from service.domain.mappings import MappingEntry
from tests.connectors.bridge import Bridge, Segments, bridged
from tests.engines import Engine
from tests.usecases.amending import correct, withdraw

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


class SinkContract:
    """Needs a fixture `vendor`."""

    @pytest.fixture
    async def bridge(self, engine: Engine, vendor: Vendor) -> AsyncGenerator[Bridge]:
        """On each engine, for what is kept of the work."""
        async with connected(engine, vendor) as made:
            yield made

    @pytest.fixture
    async def once(self, sqlite_url: str, vendor: Vendor) -> AsyncGenerator[Bridge]:
        """On one engine, for what the sender makes of answers: that it does so on each is tried elsewhere."""
        engine = Engine(name="sqlite-truncate", url=sqlite_url, journal="truncate")
        async with connected(engine, vendor) as made:
            yield made

    async def test_req_06_it_becomes_what_holds_here_and_stays_so_when_all_is_sent_again(
        self, bridge: Bridge, vendor: Vendor
    ) -> None:
        """Started, switched, planned and then in effect, corrected, rescinded, cancelled; then all of it twice more."""
        stage, course = bridge.stage, Course(bridge, vendor)
        await course.person("ada", "4711")
        await stage.change(HIRED)
        await course.stands()
        switched = await stage.change({"level": "em3"}, "2026-06-16")
        await course.stands()
        planned = await stage.change({"level": "em4"}, "2026-09-01")
        await course.stands()
        await correct(stage, planned, to={"level": "ic3"}, on="2026-08-01")
        await course.stands()
        await course.day("2026-08-01")
        await course.stands()
        taken_back = await stage.change({"level": "e2"}, "2026-07-15")
        await course.stands()
        await withdraw(stage, "rescinded", taken_back)
        await course.stands()
        never = await stage.change({"level": "ic4"}, "2026-12-01")
        await course.stands()
        await withdraw(stage, "cancelled", never)
        await course.stands()
        await withdraw(stage, "rescinded", switched)
        await course.stands()
        count = len(vendor.writes("4711"))
        events = await stage.events()
        for event in [*events, *reversed(events)]:
            assert isinstance(await bridge.write_again(event), Done)
        assert len(vendor.writes("4711")) == count
        await course.stands()

    async def test_writes_that_break_off_are_neither_lost_nor_made_twice(self, once: Bridge, vendor: Vendor) -> None:
        """Killed before a row is made, after it and before it is known here, at each of several writes."""
        course = Course(once, vendor)
        await course.person("ada", "4711")
        vendor.break_writes(before=1, after=1)
        await once.stage.change(HIRED)
        await course.stands()
        vendor.break_writes(after=1)
        planned = await once.stage.change({"level": "ic4"}, "2026-09-01")
        await course.stands()
        vendor.break_writes(after=1)
        await correct(once.stage, planned, to={"level": "em3"}, on="2026-10-01")
        await course.stands()
        vendor.break_writes(before=1, after=1)
        await withdraw(once.stage, "cancelled", planned_now(await once.stage.events()))
        await course.stands()

    async def test_whoever_is_blocked_there_waits_and_nobody_else_does(self, once: Bridge, vendor: Vendor) -> None:
        stage, course = once.stage, Course(once, vendor)
        for key, there in (("ada", "4711"), ("bob", "4712")):
            await course.person(key, there)
        vendor.block("4711")
        await stage.change(HIRED)
        await stage.change({"level": "em3"}, "2026-07-01")
        await stage.change(HIRED, employee="bob")
        await once.until(lambda: vendor.holds("4712"))
        await once.until(once.refusals)
        assert vendor.holds("4711") == []
        assert {status for status, _head in await once.refusals()} == {423}
        vendor.free("4711")
        await course.stands()

    async def test_it_waits_for_who_wants_fewer_requests_or_is_away_for_a_day(
        self, once: Bridge, vendor: Vendor
    ) -> None:
        stage, course = once.stage, Course(once, vendor)
        await course.person("ada", "4711")
        vendor.throttle(1)
        await stage.change(HIRED)
        await course.stands()
        vendor.down(True)
        first = await stage.change({"level": "em3"}, "2026-06-16")
        await stage.change({"level": "em4"}, "2026-08-01")
        await course.day("2026-06-16")
        await correct(stage, first, to={"level": "e2"})
        refused = len(await once.refusals())
        await once.until(lambda: _more(once, refused + 4))
        assert len(vendor.holds("4711")) == 1
        vendor.down(False)
        await course.stands()


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

    async def day(self, day: str) -> None:
        """It is that day, here and there, and what was planned takes effect."""
        self._bridge.stage.clock.move_to(date.fromisoformat(day))
        self._vendor.move_to(date.fromisoformat(day))
        await self._bridge.look()

    async def stands(self) -> None:
        """Everybody's timeline there is theirs here, and was written once."""
        await self._bridge.quiet()
        names = self._vendor.names
        for key, there in self._people.items():
            ours = await self._bridge.held(key, lambda held: names.get(held.level))
            assert self._vendor.holds(there) == ours
            _refuse_repeated(self._vendor.writes(there))
        assert self._vendor.doubled() == []


def planned_now(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The change that stands after the last event of somebody."""
    return events[-1]["data"]["change"]


async def _more(bridge: Bridge, count: int) -> bool:
    return len(await bridge.refusals()) >= count


def _refuse_repeated(writes: Segments) -> None:
    """What stood there of a day was not written once more."""
    last: dict[str, str | None] = {}
    for day, name in writes:
        assert day not in last or last[day] != name, (day, name)
        last[day] = name
