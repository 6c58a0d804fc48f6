"""Trying a connection out tells what is wrong before anything is written, and writes nothing."""

from service.connectors.registry import KINDS
from service.usecases.open_connections import open_connection
from tests.connectors.bamboohr.conftest import Connecting
from tests.connectors.bridge import Bridge
from tests.connectors.course import HIRED

OAUTH = {"client_id": "client-of-a-test", "client_secret": "secret-of-a-test"}

NOBODY = "nobody here with an external id bamboohr has held the job: what would be written is not seen"


async def lines(bridge: Bridge) -> list[tuple[str, bool, str]]:
    connection = await open_connection(bridge.stage.runtime, bridge.sending.sealer, bridge.connection)
    return [(one.name, one.ok, one.text) async for one in KINDS["bamboohr"].check(connection, bridge.tools)]


async def test_it_tells_what_would_be_written_of_somebody(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        told = await lines(bridge)
        assert [name for name, _ok, _text in told] == [
            "credentials",
            "table jobInfo",
            "mapping",
            "titles",
            "one person",
        ]
        assert told[-1][2] == NOBODY
        vendor.hire("4711")
        await bridge.stage.create("ada", bamboohr="4711")
        await bridge.stage.change(HIRED)
        told = {name: (ok, text) for name, ok, text in await lines(bridge)}
        assert told["credentials"] == (True, "they are let in, and see 3 tables")
        assert told["mapping"][0] is False and "design/d2" in told["mapping"][1]
        assert told["titles"][0] is True and "Staff Engineer" in told["titles"][1]
        assert told["one person"] == (
            True,
            "ada, were all their days altered: would create a row of 2026-06-15 (department, jobTitle, location)",
        )
        vendor.company.lists["jobTitle"].editable = False
        vendor.company.unreadable.add("jobInfo.location")
        del vendor.company.tables["jobInfo"].fields["division"]
        told = {name: (ok, text) for name, ok, text in await lines(bridge)}
        assert told["titles"][0] is False and "may not edit" in told["titles"][1]
        assert told["one person"][0] is False and "location" in told["one person"][1]
        del vendor.company.tables["jobInfo"]
        assert (await lines(bridge))[1][:2] == ("table jobInfo", False)
        assert len(vendor.company.written) == 1
        assert {method for method, _path, _status in vendor.bamboo.requests} == {"GET"}
        vendor.bamboo.api_keys.clear()
        ((name, ok, text),) = await lines(bridge)
        assert (name, ok) == ("credentials", False) and "401" in text


async def test_by_oauth_a_token_is_taken_and_taken_anew_when_it_is_over(connecting: Connecting) -> None:
    async with connecting() as (bridge, vendor):
        bamboo = vendor.bamboo
        for key, credentials in (("own", OAUTH), ("theirs", {**OAUTH, "refresh_token": "refresh-of-a-test"})):
            await bridge.connect(
                vendor.kind, settings=vendor.settings, credentials=credentials, entries=vendor.entries, key=f"by-{key}"
            )
            assert (await lines(bridge))[0][1] is True
        vendor.hire("4711")
        await bridge.stage.create("ada", bamboohr="4711")
        await bridge.stage.change(HIRED)
        await bridge.write_last()
        assert len(bamboo.asked("POST", "token")) == 3
        # They end it before its time.
        bamboo.tokens.clear()
        await bridge.stage.change({"level": "ic4"}, "2026-07-01")
        await bridge.write_last()
        assert len(bamboo.asked("POST", "token")) == 4
        assert [title for _day, title in vendor.holds("4711")] == ["Senior Engineer", "Staff Engineer"]
        bamboo.clients.clear()
        bridge.stage.clock.us += 3_600_000_000
        told = repr(await bridge.write_last())
        assert "401" in told and "secret" not in told and "refresh" not in told
