"""What is written into BambooHR, and what is said where it cannot be."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from service.connectors.sinks import Done, Failed, Postponed, Throttled, Told
from service.connectors.wire import Unreachable
from service.domain.mappings import MappingEntry
from service.storage.connection_tables import connection_link
from tests.connectors.bamboohr.account import Account
from tests.connectors.bamboohr.conftest import Connecting
from tests.connectors.bridge import Bridge
from tests.connectors.course import HIRED
from tests.simulators.bamboohr.faults import Throttle
from tests.usecases.amending import correct, withdraw


def code(told: Told) -> str:
    match told:
        case Postponed(code=found):
            return found
        case Failed(status=status):
            return str(status)
        case Throttled():
            return "throttled"
        case Done():
            return "done"


async def person(bridge: Bridge, vendor: Account, key: str = "ada", there: str = "4711") -> None:
    vendor.hire(there)
    await bridge.stage.create(key, bamboohr=there)


def jobs(vendor: Account, there: str = "4711") -> list[tuple[str, Any, Any]]:
    return [
        (str(row.values["date"]), row.values["jobTitle"], row.values["department"])
        for row in vendor.company.rows_of(there)
    ]


async def test_a_row_says_the_title_and_keeps_everything_else_of_the_row_before(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        await person(bridge, vendor)
        await bridge.stage.change(HIRED, "2026-07-01")
        told = await bridge.write_last()
        assert told == Done(note="create jobInfo 2026-07-01")
        assert jobs(vendor) == [("2024-03-01", "Engineer", "Platform"), ("2026-07-01", "Senior Engineer", "Platform")]
        assert vendor.company.rows_of("4711")[1].values["location"] == "Lisbon"
        assert vendor.company.lists["jobTitle"].has("Senior Engineer")
        made = vendor.company.rows_of("4711")[1]
        async with bridge.stage.database.read() as connection:
            kept = (await connection.execute(select(connection_link))).mappings().one()
        assert (kept["place"], kept["remote_id"], kept["effective_on"]) == ("jobInfo", str(made.id), date(2026, 7, 1))
        assert "Senior" not in str(dict(kept))
        # A title that is new there becomes an option of the list, once.
        await bridge.stage.change({"level": "ic4"}, "2026-08-01")
        assert code(await bridge.write_last()) == "done"
        assert len(vendor.bamboo.asked("PUT")) == 1
        assert vendor.company.lists["jobTitle"].has("Staff Engineer")


async def test_what_is_about_one_person_waits_with_its_reason(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        stage, company = bridge.stage, vendor.company
        await stage.create("eve")
        await stage.change(HIRED, employee="eve")
        assert code(await bridge.write_last()) == "no-external-id"
        await stage.create("eva", bamboohr="../4711")
        await stage.change(HIRED, employee="eva")
        assert code(await bridge.write_last()) == "no-external-id"
        await stage.create("gone", bamboohr="9999")
        await stage.change(HIRED, employee="gone")
        assert code(await bridge.write_last()) == "unknown-there"
        await person(bridge, vendor)
        await stage.change(HIRED)
        company.hire("4712", "2024-03-01", jobTitle="Engineer")
        company.add_row("4712", "jobInfo", {"date": "2026-06-15", "jobTitle": "Manager of others"})
        await stage.create("bob", bamboohr="4712")
        before = len(company.written)
        for trouble, expected in (
            (lambda: vendor.block("4711"), "conflict-there"),
            (lambda: (vendor.free("4711"), company.unreadable.add("jobInfo.location")), "field-hidden"),
            (lambda: (company.unreadable.clear(), company.unwritable.update(WHOLE_TABLE)), "403"),
            (lambda: company.unwritable.clear(), "done"),
        ):
            trouble()
            assert code(await bridge.write_last()) == expected
        assert len(company.written) == before + 1
        await stage.change(HIRED, employee="bob")
        told = await bridge.write_last()
        assert code(told) == "row-by-hand" and len(company.written) == before + 1
        vendor.bamboo.faults.no_schedule.add("4711")
        await stage.change({"level": "ic4"}, "2026-07-01")
        assert code(await bridge.write_last()) == "pay-schedule-needed-there"
        await bridge.map(*(one for one in vendor.entries if one.ours != "engineering/ic4"))
        assert code(await bridge.write_last()) == "level-not-mapped"


WHOLE_TABLE = {f"jobInfo.{name}" for name in ("date", "jobTitle", "department", "location", "division")}


async def test_a_title_that_is_no_option_and_cannot_become_one(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        await person(bridge, vendor)
        titles = vendor.company.lists["jobTitle"]
        await bridge.stage.change({**HIRED, "level": "ic4", "step": None})
        titles.editable = False
        assert code(await bridge.write_last()) == "title-not-in-list"
        option = vendor.company.add_option("jobTitle", "Staff Engineer", archived=True)
        assert code(await bridge.write_last()) == "title-archived"
        option.archived = False
        assert code(await bridge.write_last()) == "done"
        # It is put away while it is still taken for theirs: that is seen, and not believed a second time.
        await bridge.stage.change({"level": "ic5"}, "2026-07-01")
        titles.editable = True
        assert code(await bridge.write_last()) == "done"
        option.archived = True
        await bridge.stage.change({"level": "ic4"}, "2026-08-01")
        assert code(await bridge.write_last()) == "value-refused-there"
        assert code(await bridge.write_last()) == "title-archived"


async def test_fields_that_are_left_out_without_a_word_are_not_done(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        await person(bridge, vendor)
        vendor.company.unwritable |= {"jobInfo.jobTitle"}
        await bridge.stage.change(HIRED)
        told = await bridge.write_last()
        assert isinstance(told, Postponed) and told.code == "field-skipped" and "jobInfo.jobTitle" in told.reason
        vendor.company.unwritable = {"jobInfo.department"}
        assert code(await bridge.write_last()) == "done"
        assert jobs(vendor)[1] == ("2026-06-15", "Senior Engineer", "Platform")
        await bridge.stage.change({"level": "ic4"}, "2026-07-01")
        told = await bridge.write_last()
        assert isinstance(told, Postponed) and "jobInfo.department" in told.reason
        vendor.company.unwritable.clear()
        assert code(await bridge.write_last()) == "done"
        assert jobs(vendor)[2] == ("2026-07-01", "Staff Engineer", "Platform")
        assert vendor.doubled() == []


async def test_rows_that_are_not_given_up_there_are_not_taken_for_gone(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        await person(bridge, vendor)
        await bridge.stage.change(HIRED)
        assert code(await bridge.write_last()) == "done"
        planned = await bridge.stage.change({"level": "ic4"}, "2026-09-01")
        assert code(await bridge.write_last()) == "done"
        await withdraw(bridge.stage, "cancelled", planned)
        vendor.bamboo.faults.delete_refused = "It is in use"
        assert code(await bridge.write_last()) == "not-deleted-there"
        vendor.bamboo.faults.delete_refused = None
        assert code(await bridge.write_last()) == "done"
        assert len(jobs(vendor)) == 2
        # Of who was to come and does not, nothing is left.
        await person(bridge, vendor, "bob", "4712")
        planned = await bridge.stage.change(HIRED, "2026-11-01", employee="bob")
        assert code(await bridge.write_last()) == "done"
        assert len(jobs(vendor, "4712")) == 2
        await withdraw(bridge.stage, "cancelled", planned)
        assert await bridge.write_last() == Done(note="delete jobInfo 2026-11-01")
        assert len(jobs(vendor, "4712")) == 1


async def test_too_many_requests_in_whichever_form_are_throttling(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        await person(bridge, vendor)
        await bridge.stage.change(HIRED)
        faults = vendor.bamboo.faults
        forms: tuple[Throttle, ...] = ("429", "503", "inside")
        for form in forms:
            for wait in (7, None):
                faults.throttle, faults.retry_after = [form], wait
                assert await bridge.write_last() == Throttled(seconds=wait)
        faults.down = True
        with pytest.raises(Unreachable):
            await bridge.write_last()
        faults.down = False
        vendor.bamboo.api_keys.clear()
        told = await bridge.write_last()
        assert isinstance(told, Failed) and told.status == 401 and "key-of-a-test" not in told.reason
        assert jobs(vendor)[1:] == []


async def test_rows_by_hand_are_taken_over_or_altered_where_that_is_set(connecting: Connecting) -> None:
    async with connecting(overwrite=True) as (bridge, vendor):
        await person(bridge, vendor)
        company = vendor.company
        company.add_option("jobTitle", "Architect")
        company.add_row("4711", "jobInfo", {"date": "2026-06-15", "jobTitle": "Senior Engineer", "department": "R"})
        before = len(company.written)
        hired = await bridge.stage.change(HIRED)
        assert await bridge.write_last() == Done(note="adopt jobInfo 2026-06-15")
        assert len(company.written) == before
        company.add_row("4711", "jobInfo", {"date": "2026-09-01", "jobTitle": "Architect", "department": "X"})
        await bridge.stage.change({"level": "ic4"}, "2026-09-01")
        assert await bridge.write_last() == Done(note="update jobInfo 2026-09-01")
        assert jobs(vendor)[1:] == [("2026-06-15", "Senior Engineer", "R"), ("2026-09-01", "Staff Engineer", "X")]
        # The row of somebody else stays when what it was taken for goes to another day.
        await correct(bridge.stage, hired, on="2026-06-10")
        assert code(await bridge.write_last()) == "done"
        assert vendor.holds("4711") == [("2026-06-10", "Senior Engineer"), ("2026-09-01", "Staff Engineer")]


async def test_a_row_that_says_the_level_by_another_name_is_left_as_it_is(connecting: Connecting) -> None:
    """It came from there, or somebody types it so: it says the same. What is written is the one name."""
    async with connecting() as (bridge, vendor):
        await person(bridge, vendor)
        further = MappingEntry(of="level", ours="engineering/ic3", theirs="Sr. Engineer", read_only=True)
        await bridge.map(further, *vendor.entries)
        vendor.company.add_option("jobTitle", "Sr. Engineer")
        vendor.company.add_row("4711", "jobInfo", {"date": "2026-06-15", "jobTitle": "Sr. Engineer"})
        written = len(vendor.company.written)
        await bridge.stage.change(HIRED)
        assert await bridge.write_last() == Done(note="adopt jobInfo 2026-06-15")
        await bridge.stage.change({"level": "ic4"}, "2026-07-01")
        assert await bridge.write_last() == Done(note="create jobInfo 2026-07-01")
        assert vendor.holds("4711") == [("2026-06-15", "Sr. Engineer"), ("2026-07-01", "Staff Engineer")]
        assert len(vendor.company.written) == written + 1


async def test_on_the_day_nothing_of_a_later_one_is_written(connecting: Connecting) -> None:
    async with connecting(announce="on_the_day") as (bridge, vendor):
        await person(bridge, vendor)
        await bridge.stage.change(HIRED)
        assert code(await bridge.write_last()) == "done"
        await bridge.stage.change({"level": "ic4"}, "2026-07-01")
        assert await bridge.write_last() == Done(note="it stood there already")
        bridge.stage.clock.move_to(date(2026, 7, 1))
        await bridge.look()
        assert (await bridge.stage.events())[-1]["type"] == "level.changed"
        assert await bridge.write_last() == Done(note="create jobInfo 2026-07-01")


async def test_a_level_is_called_by_the_mapping_of_each_day_or_by_our_title(connecting: Connecting) -> None:
    async with connecting(title="ours") as (bridge, vendor):
        await person(bridge, vendor)
        await bridge.map(
            MappingEntry(of="level", ours="engineering/ic3", theirs="Engineer III", to=date(2026, 8, 1)),
            MappingEntry(of="level", ours="engineering/ic3", theirs="Senior Engineer", from_=date(2026, 8, 1)),
        )
        await bridge.stage.change(HIRED)
        assert code(await bridge.write_last()) == "done"
        await bridge.stage.change({"level": "ic4"}, "2026-10-01")
        assert code(await bridge.write_last()) == "done"
        assert vendor.holds("4711") == [
            ("2026-06-15", "Engineer III"),
            ("2026-08-01", "Senior Engineer"),
            ("2026-10-01", "IC4"),
        ]
        # Another job of the same person does not stand there, and an end is not ours to write.
        await bridge.stage.change({"ladder": "design", "level": "d3"}, job="second")
        assert code(await bridge.write_last()) == "done"
        await bridge.stage.change(None, "2026-12-01")
        assert code(await bridge.write_last()) == "done"
        assert len(jobs(vendor)) == 4
