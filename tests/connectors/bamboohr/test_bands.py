"""Levels & Bands there beside the bands here."""

from decimal import Decimal
from pathlib import Path

import pytest

from service.connectors.bamboohr.bands import band_drift
from service.connectors.intake import Halted
from service.connectors.kinds import Checked
from service.connectors.registry import KINDS
from service.domain.access import Actor, Scope
from service.domain.refusals import Forbidden
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


async def test_req_19_20_bands_are_compared_and_never_taken_over(engines: Engines, tmp_path: Path) -> None:
    with engines.fresh("sqlite-wal", tmp_path) as engine:
        async with bridged(engine) as bridge, account() as there:
            oauth = {"client_id": "client-of-a-test", "client_secret": "secret-of-a-test"}
            entries = (*there.entries, entry("grade", "6", "Top"))
            await bridge.connect("bamboohr", settings=there.settings, credentials=oauth, entries=entries)
            there.bamboo.bands.groups = [Group(id=1, name="Engineering IC", levels=levels())]
            opened = await open_connection(bridge.stage.runtime, bridge.sending.sealer, bridge.connection)
            found = await band_drift(bridge.tools, opened, HR)
            told = [(one.code, one.theirs, one.grade, one.zone) for one in found]
            assert told[:3] == [
                ("differs", "Engineering IC / IC4", "4", "berlin"),
                ("not-mapped", "Engineering IC / IC9", None, None),
                ("not-here", "Engineering IC / E1", "1", None),
            ]
            assert found[0].their_amounts == (
                Decimal("40001.17"),
                Decimal("45003.29"),
                Decimal("49007.30000000000000001"),
            )
            assert found[0].our_amounts == (Decimal("40001.17"), Decimal("45003.29"), Decimal("49007.31"))
            assert {(one.grade, one.zone) for one in found[3:]} == {
                *((grade, "berlin") for grade in ("1", "2", "5", "6")),
                *((grade, "nyc") for grade in ("1", "2", "3", "4", "5")),
            }
            assert {one.code for one in found[3:]} == {"not-there"}
            assert "40001" not in repr(found)
            with pytest.raises(Forbidden):
                await band_drift(
                    bridge.tools, opened, Actor(id="key:clerk", scopes=frozenset({Scope.ASSIGNMENTS_WRITE}))
                )
            line = (await checked(bridge))["levels and bands"]
            assert line.ok is False
            assert line.text.startswith("Engineering IC / IC4 (differs), Engineering IC / IC9 (not-mapped), ")
            assert line.text.endswith("grade 5 berlin (not-there) and 2 more: mend the mapping or the bands")
            there.bamboo.scopes.clear()
            line = (await checked(bridge))["levels and bands"]
            assert line.ok is True and line.text.startswith("not compared: ")
            with pytest.raises(Halted) as refused:
                await band_drift(bridge.tools, opened, HR)
            assert refused.value.alarm.code == "refused-there"
