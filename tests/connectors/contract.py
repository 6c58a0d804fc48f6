"""What every sink has to be able to do, told once: a vendor's tests subclass it and bring their simulator.

    class TestBambooHR(SinkContract):
        @pytest.fixture
        async def vendor(self) -> AsyncGenerator[Vendor]: ...

After every act the vendor's timeline is ours, no row was ever there twice, and nothing was written again that stood
there already.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest

from service.connectors.sinks import Done, Postponed
from service.domain.mappings import MappingEntry
from tests.connectors.bridge import Bridge
from tests.connectors.course import HIRED, Course, Vendor, changes_written, connected
from tests.engines import Engine
from tests.usecases.amending import correct, withdraw


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
        assert set(await once.refusals()) == {(423, vendor.busy)}
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

    async def test_a_row_is_that_of_the_change_of_its_day_whichever_event_it_was_written_with(
        self, once: Bridge, vendor: Vendor
    ) -> None:
        """What was recorded while an event waited is written with it. Reading people goes by whose row it is."""
        stage, course = once.stage, Course(once, vendor)
        await course.person("ada", "4711")
        vendor.block("4711")
        hired = await stage.change(HIRED)
        planned = await stage.change({"level": "ic4"}, "2026-08-01")
        vendor.free("4711")
        await course.stands()
        assert await changes_written(once, "ada") == {"2026-06-15": hired["id"], "2026-08-01": planned["id"]}
        # A correction that leaves the row as it was writes nothing, and the row is the correction's.
        before = vendor.writes("4711")
        corrected = await correct(stage, planned, to={"level": "ic4", "team": "web"})
        await course.stands()
        assert vendor.writes("4711") == before
        assert await changes_written(once, "ada") == {"2026-06-15": hired["id"], "2026-08-01": corrected["id"]}

    async def test_who_was_taken_for_somebody_else_gets_their_rows_and_the_other_loses_them(
        self, once: Bridge, vendor: Vendor
    ) -> None:
        stage, course = once.stage, Course(once, vendor)
        held = await course.wrongly("ada", "4712", rather="4711")
        vendor.block("4712")
        await course.is_rather("ada", "4711")
        await once.look_again()
        await once.until(once.refusals)
        assert set(await once.refusals()) == {(423, vendor.busy)}
        told = await once.write_last()
        assert isinstance(told, Postponed) and told.reason.startswith("under the id that they had before: ")
        assert (vendor.holds("4711"), vendor.holds("4712")) == ([], held)
        vendor.free("4712")
        vendor.break_writes(before=1, after=1)
        await course.stands()
        assert (vendor.holds("4711"), vendor.holds("4712")) == (held, [])
        count = len(vendor.writes("4711")), len(vendor.writes("4712"))
        for event in await stage.events():
            assert isinstance(await once.write_again(event), Done)
        # A release says nothing of where they stood: who has left keeps their rows.
        await course.is_rather("ada", None)
        await once.quiet()
        assert (len(vendor.writes("4711")), len(vendor.writes("4712"))) == count

    async def test_what_was_taken_back_is_made_anew_whatever_becomes_of_what_is_sent_again(
        self, once: Bridge, vendor: Vendor
    ) -> None:
        """Gone under one id and not yet there under the other, it is not forgotten. Nothing is sent again here."""
        course = Course(once, vendor)
        held = await course.wrongly("ada", "4712", rather="4711")
        await course.is_rather("ada", "4711")
        vendor.block("4711")
        assert isinstance(await once.write_last(), Postponed)
        assert (vendor.holds("4711"), vendor.holds("4712")) == ([], [])
        vendor.free("4711")
        for _ in range(2):
            assert isinstance(await once.write_last(), Done)
            assert vendor.holds("4711") == held
        count = len(vendor.writes("4711"))
        await course.stands()
        assert len(vendor.writes("4711")) == count

    async def test_an_id_that_is_set_twice_or_back_again_leaves_rows_where_it_ends(
        self, once: Bridge, vendor: Vendor
    ) -> None:
        stage, course = once.stage, Course(once, vendor)
        for there in ("4711", "4713"):
            vendor.hire(there)
        for key, there in (("ada", "4712"), ("bob", "4714")):
            await course.person(key, there)
            await stage.change(HIRED, employee=key)
        await course.stands()
        held = vendor.holds("4712")
        for there in ("4712", "4714"):
            vendor.block(there)
        await course.is_rather("ada", "4711")
        await course.is_rather("bob", "4711x")
        await once.look_again()
        await once.until(lambda: _more(once, 2))
        await course.is_rather("ada", "4713")
        await course.is_rather("bob", "4714")
        await once.look_again()
        for there in ("4712", "4714"):
            vendor.free(there)
        await course.stands()
        assert [vendor.holds(there) for there in ("4711", "4712", "4713", "4714")] == [[], [], held, held]

    async def test_two_who_were_taken_for_each_other_change_places(self, once: Bridge, vendor: Vendor) -> None:
        """One of them has to let go first, and meanwhile what they left there stands in the other's way."""
        stage, course = once.stage, Course(once, vendor)
        await course.person("ada", "4712")
        await course.person("bob", "4711")
        await stage.change(HIRED)
        await stage.change({**HIRED, "level": "em3"}, employee="bob")
        await stage.change(HIRED, "2026-09-01", employee="bob")
        await course.stands()
        await course.is_rather("ada", None)
        await course.is_rather("bob", "4712")
        await once.look_again()
        await once.until(lambda: vendor.holds("4711") == [])
        await course.is_rather("ada", "4711")
        await course.stands()

    async def test_what_was_written_by_a_name_that_is_only_read_by_now_is_ours_all_the_same(
        self, once: Bridge, vendor: Vendor
    ) -> None:
        stage, course = once.stage, Course(once, vendor)
        planned: dict[str, dict[str, Any]] = {}
        for key, there in (("ada", "4711"), ("bob", "4712"), ("cleo", "4713")):
            await course.person(key, there)
            await stage.change(HIRED, employee=key)
            planned[key] = await stage.change({"level": "ic4"}, "2026-09-01", employee=key)
        await course.stands()
        vendor.hire("4714")
        await once.map(*renamed(vendor, "ic4", "em4"))
        await withdraw(stage, "cancelled", planned["ada"])
        await correct(stage, planned["bob"], to={"level": "e2"})
        await course.stands(only=("ada", "bob"))
        await course.is_rather("cleo", "4714")
        await once.quiet()
        assert vendor.holds("4713") == []
        assert vendor.holds("4714")[-1] == ("2026-09-01", vendor.names["em4"])


def renamed(vendor: Vendor, level: str, other: str) -> list[MappingEntry]:
    """The vendor's entries where a level is called what another one was, and only read by the name it had."""
    ours = {one: f"engineering/{one}" for one in (level, other)}
    held = next(one for one in vendor.entries if one.ours == ours[level])
    rest = [one for one in vendor.entries if one.ours not in ours.values()]
    return [*rest, replace(held, read_only=True), replace(held, theirs=vendor.names[other])]


def planned_now(events: list[dict[str, Any]]) -> dict[str, Any]:
    """The change that stands after the last event of somebody."""
    return events[-1]["data"]["change"]


async def _more(bridge: Bridge, count: int) -> bool:
    return len(await bridge.refusals()) >= count
