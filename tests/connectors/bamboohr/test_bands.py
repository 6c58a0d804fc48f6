"""Levels & Bands there beside the bands here."""

from pathlib import Path
from typing import Any

import pytest

from service.connectors.bamboohr.bands import bands_in
from service.connectors.band_drifts import BandDriftReport, band_drift
from service.connectors.intake import Halted
from service.connectors.kinds import Checked
from service.connectors.registry import KINDS
from service.domain.access import Actor, Scope
from service.domain.refusals import Conflict, Forbidden
from service.usecases.open_connections import open_connection
from tests.connectors.bamboohr.account import account
from tests.connectors.bridge import Bridge, bridged
from tests.connectors.intake.desk import entry
from tests.engines import Engines
from tests.simulators.bamboohr.bands import Group, Level
from tests.stage import HR


def levels() -> list[Level]:
    """One as here, one that differs, one of no level, one in another currency, one that is not here."""
    pay = {"low": "30001.17", "middle": "35003.29", "high": "39007.31"}
    other = {"low": "40001.17", "middle": "45003.29", "high": "49007.30000000000000001"}
    return [
        Level(id=1, name="IC3", **pay, titles=[(1, "Senior Engineer")]),
        Level(id=2, name="IC4", **other, titles=[(2, "Staff Engineer")]),
        Level(id=3, name="IC9", **pay, titles=[(3, "Wizard")]),
        Level(id=4, name="Top", low="60001.17", middle="65003.29", high="69007.31", currency="USD"),
        Level(id=5, name="E1", **pay, currency="JPY", titles=[(4, "Junior Engineer")]),
    ]


async def checked(bridge: Bridge) -> dict[str, Checked]:
    connection = await open_connection(bridge.stage.runtime, bridge.sending.sealer, bridge.connection)
    return {one.name: one async for one in KINDS["bamboohr"].check(connection, bridge.tools)}


async def told(bridge: Bridge, connection: str | None = None, actor: Actor = HR) -> BandDriftReport:
    opened = await open_connection(bridge.stage.runtime, bridge.sending.sealer, connection or bridge.connection)
    return await band_drift(bridge.tools, opened, actor)


async def alarmed(bridge: Bridge) -> str:
    """The code of what stands in the way: then nothing is said to differ."""
    report = await told(bridge)
    assert (report.complete, report.counts, report.drifts) == (False, (), ())
    return ", ".join(one.code for one in report.alarms)


async def test_req_19_20_bands_are_compared_and_never_taken_over(engines: Engines, tmp_path: Path) -> None:
    with engines.fresh("sqlite-wal", tmp_path) as engine:
        async with bridged(engine, sends=False) as bridge, account() as there:
            oauth = {"client_id": "client-of-a-test", "client_secret": "secret-of-a-test"}
            entries = (*there.entries, entry("grade", "6", "Top"))
            await bridge.connect("bamboohr", settings=there.settings, credentials=oauth, entries=entries)
            there.bamboo.bands.groups = [Group(id=1, name="Engineering IC", levels=levels())]
            report = await told(bridge)
            assert (report.complete, report.alarms, report.connection) == (True, (), bridge.connection)
            assert [(one.code, one.theirs and one.theirs.name, one.grade) for one in report.drifts[:3]] == [
                ("differs", "Engineering IC / IC4", "4"),
                ("not-mapped", "Engineering IC / IC9", None),
                ("not-here", "Engineering IC / E1", "1"),
            ]
            differs = report.drifts[0]
            assert differs.theirs and differs.ours and differs.ours.zone == "berlin"
            assert (str(differs.theirs.max), str(differs.ours.max)) == ("49007.30000000000000001", "49007.31")
            assert {(one.grade, one.ours and one.ours.zone) for one in report.drifts[3:]} == {
                *((grade, "berlin") for grade in ("1", "2", "5", "6")),
                *((grade, "nyc") for grade in ("1", "2", "3", "4", "5")),
            }
            assert [(one.code, one.drifts) for one in report.counts] == [
                ("differs", 1),
                ("not-here", 1),
                ("not-mapped", 1),
                ("not-there", 9),
            ]
            assert "40001" not in repr(report)
            line = (await checked(bridge))["levels and bands"]
            assert line.ok is False
            assert line.text.startswith("Engineering IC / IC4 (differs), Engineering IC / IC9 (not-mapped), ")
            assert "grade 5 berlin (not-there) and 2 more: mend the mapping or the bands; " in line.text
            with pytest.raises(Forbidden):
                await told(bridge, actor=Actor(id="key:clerk", scopes=frozenset({Scope.ASSIGNMENTS_WRITE})))


async def test_what_they_cannot_tell_is_an_alarm_and_no_failure(engines: Engines, tmp_path: Path) -> None:
    with engines.fresh("sqlite-wal", tmp_path) as engine:
        async with bridged(engine, sends=False) as bridge, account() as there:
            oauth = {"client_id": "client-of-a-test", "client_secret": "secret-of-a-test"}
            await bridge.connect("bamboohr", settings=there.settings, credentials=oauth, entries=there.entries)
            # What is no text for a database or an answer, and an amount that nobody could write out.
            odd = Level(id=1, name="IC9\ud800", low="1e999999", middle="35003.29", high="39007.31")
            there.bamboo.bands.groups = [Group(id=1, name="Odd", levels=[odd])]
            seen = (await told(bridge)).drifts[0].theirs
            assert seen and (seen.name, seen.min, str(seen.mid)) == ("Odd / IC9\ufffd", None, "35003.29")
            there.bamboo.scopes.clear()
            line = (await checked(bridge))["levels and bands"]
            assert line.ok is True and line.text.startswith("not compared: ")
            assert await alarmed(bridge) == "refused-there"
            there.down(True)
            assert await alarmed(bridge) == "unreachable"
            there.down(False)
            there.bamboo.faults.retry_after = 3_600
            there.bamboo.faults.throttle.append("429")
            assert await alarmed(bridge) == "throttled"
            settings = {"company": "c0000000-0000-4000-8000-000000000001", "title": "ours"}
            await bridge.connect("gusto", settings=settings, credentials={"access_token": "none"}, key="payroll")
            with pytest.raises(Conflict, match="no-bands-there"):
                await told(bridge)


@pytest.mark.parametrize("answer", [{}, {"groups": {}}, {"groups": [{"levels": [{"payBand": [1]}]}]}])
def test_what_are_no_bands_is_not_read_as_none(answer: Any) -> None:
    with pytest.raises(Halted) as refused:
        bands_in(answer)
    assert refused.value.alarm.code == "unreadable-there"
