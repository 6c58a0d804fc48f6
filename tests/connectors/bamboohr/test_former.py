"""Rows in BambooHR under an id that was somebody else's: which of them go, and which wait for somebody to look."""

from sqlalchemy import update

from service.connectors.sinks import Done, Postponed
from service.storage.connection_tables import connection_link
from service.usecases.employees import set_external_id
from tests.connectors.bamboohr.account import Account
from tests.connectors.bamboohr.conftest import Connecting
from tests.connectors.bridge import Bridge
from tests.connectors.course import HIRED
from tests.stage import HR


async def taken_for_4712(bridge: Bridge, vendor: Account) -> None:
    for there in ("4711", "4712"):
        vendor.hire(there)
    await bridge.stage.create("ada", bamboohr="4712")


async def is_4711(bridge: Bridge) -> None:
    await set_external_id(bridge.stage.runtime, HR, "ada", "bamboohr", "4711", expected="*")


async def test_a_row_that_was_altered_by_hand_waits_until_it_is_set_right(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        await taken_for_4712(bridge, vendor)
        company = vendor.company
        await bridge.stage.change(HIRED)
        assert isinstance(await bridge.write_last(), Done)
        company.add_option("jobTitle", "Architect")
        row = company.rows_of("4712")[1]
        company.update_row(row, "jobInfo", {"jobTitle": "Architect"})
        await is_4711(bridge)
        assert await bridge.write_last() == Postponed(
            code="former-id-row",
            reason="under the id that they had before: the row of 2026-06-15 in jobInfo was written for this person, "
            "and altered since: remove it there, or have overwrite set, by which it is removed",
        )
        assert vendor.holds("4711") == []
        company.delete_row(row, "jobInfo")
        assert await bridge.write_last() == Done(note="create jobInfo 2026-06-15")


async def test_a_row_that_was_altered_by_hand_goes_where_such_rows_may_be_altered(connecting: Connecting) -> None:
    async with connecting(overwrite=True) as (bridge, vendor):
        await taken_for_4712(bridge, vendor)
        await bridge.stage.change(HIRED)
        assert isinstance(await bridge.write_last(), Done)
        vendor.company.add_option("jobTitle", "Architect")
        vendor.company.update_row(vendor.company.rows_of("4712")[1], "jobInfo", {"jobTitle": "Architect"})
        await is_4711(bridge)
        done = await bridge.write_last()
        assert done == Done(note="take back jobInfo 2026-06-15, create jobInfo 2026-06-15")
        assert vendor.holds("4712") == []


async def test_rows_of_somebody_else_stay_and_what_we_made_of_them_is_told(connecting: Connecting) -> None:
    async with connecting(overwrite=True) as (bridge, vendor):
        await taken_for_4712(bridge, vendor)
        company = vendor.company
        for title in ("Senior Engineer", "Architect"):
            company.add_option("jobTitle", title)
        company.add_row("4712", "jobInfo", {"date": "2026-06-15", "jobTitle": "Senior Engineer"})
        company.add_row("4712", "jobInfo", {"date": "2026-09-01", "jobTitle": "Architect"})
        await bridge.stage.change(HIRED)
        await bridge.stage.change({"level": "ic4"}, "2026-09-01")
        for event in await bridge.stage.events():
            assert isinstance(await bridge.write_again(event), Done)
        await is_4711(bridge)
        told = await bridge.write_last()
        assert isinstance(told, Postponed) and told.code == "former-id-row"
        assert "the row of 2026-09-01 in jobInfo was somebody else's, and was altered for this person" in told.reason
        company.update_row(company.rows_of("4712")[2], "jobInfo", {"jobTitle": "Architect"})
        assert await bridge.write_last() == Done(note="create jobInfo 2026-06-15, create jobInfo 2026-09-01")
        assert vendor.holds("4712") == [("2026-06-15", "Senior Engineer"), ("2026-09-01", "Architect")]
        assert vendor.holds("4711") == [("2026-06-15", "Senior Engineer"), ("2026-09-01", "Staff Engineer")]


async def test_of_whom_they_know_no_more_nothing_is_taken_back(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        await taken_for_4712(bridge, vendor)
        await bridge.stage.change(HIRED)
        assert isinstance(await bridge.write_last(), Done)
        vendor.company.dismiss("4712")
        await is_4711(bridge)
        assert await bridge.write_last() == Done(note="create jobInfo 2026-06-15")


async def test_what_was_kept_without_an_id_is_taken_for_that_of_the_id_of_now(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        await taken_for_4712(bridge, vendor)
        await bridge.stage.change(HIRED)
        assert isinstance(await bridge.write_last(), Done)
        async with bridge.stage.database.transaction() as tx:
            await tx.execute(update(connection_link).values(detail='{"adopted": false}'))
        await is_4711(bridge)
        assert isinstance(await bridge.write_last(), Done)
        assert vendor.holds("4712") == vendor.holds("4711") == [("2026-06-15", "Senior Engineer")]
