"""What the page on connecting Workday shows, done as it is shown, against the simulated tenant."""

import json
import re
import shlex
from typing import Any

import pytest

from service.connectors.kinds import asked
from service.connectors.registry import KINDS
from service.connectors.workday import client, definitions, places, processes, rows, sink, standing
from service.connectors.workday.kind import WorkdaySettings
from service.domain.mappings import mapping_of
from service.rest.report_rows import AssignmentEntry, LevelEntry
from service.usecases.open_connections import open_connection
from tests.connectors.bridge import Bridge
from tests.connectors.workday.at_work import WorkdayVendor
from tests.docs import blocks
from tests.house.sources import ROOT

PAGE = "connect-workday.md"
TEXT = (ROOT / "docs" / PAGE).read_text()
SETTINGS, CREDENTIALS, MAPPING, READING = (json.loads(block) for block in blocks(PAGE, "json"))


def at(vendor: WorkdayVendor, settings: dict[str, Any]) -> dict[str, Any]:
    """The same, of the tenant that answers here."""
    return {**settings, "host": vendor.made.host, "trusted_ca": vendor.made.authority}


async def test_its_files_connect_map_and_check_and_a_change_arrives(bridge: Bridge, vendor: WorkdayVendor) -> None:
    tenant = vendor.made.tenant
    vendor.hire("21001")
    credentials = {**CREDENTIALS, "password": tenant.password}
    entries = mapping_of(MAPPING).entries
    await bridge.connect("workday", settings=at(vendor, SETTINGS), credentials=credentials, entries=entries)
    opened = await open_connection(bridge.stage.runtime, bridge.sending.sealer, bridge.connection)
    checked = {one.name: one async for one in KINDS["workday"].check(opened, bridge.tools)}
    assert [name for name, one in checked.items() if not one.ok] == ["levels"]
    await bridge.stage.create("ada", workday="21001")
    await bridge.stage.change({"ladder": "engineering", "level": "ic3", "zone": "berlin"})
    await bridge.stage.change({"level": "em3"}, "2026-09-01")
    await bridge.quiet()
    assert [value for _, _, value, _ in tenant.live()] == ["ENG_IC3", "ENG_M3"]
    assert [value for _, _, value, _ in tenant.live("compensation")] == ["G3|G3_BERLIN"]


async def test_the_report_it_sets_up_is_read(bridge: Bridge, vendor: WorkdayVendor) -> None:
    vendor.hire("21001")
    credentials = {**CREDENTIALS, "password": vendor.made.tenant.password}
    request = asked(KINDS, kind="workday", key="w", system=None, settings=at(vendor, READING), credentials=credentials)
    assert request.feed is None
    await bridge.connect("workday", settings=at(vendor, READING), credentials=credentials)
    opened = await open_connection(bridge.stage.runtime, bridge.sending.sealer, bridge.connection)
    source = KINDS["workday"].source(opened, bridge.tools)
    assert source is not None
    assert [(one.level, str(one.effective_on)) async for one in source.claims(None)] == [("BASE", "2020-01-01")]


def test_its_commands_name_files_it_shows_and_services_there_are() -> None:
    commands = [line for block in blocks(PAGE, "sh") for line in block.splitlines()]
    known = {f"{name}.wsdl" for name in ("Staffing", "Human_Resources", "Compensation", "Integrations")}
    assert set(re.findall(r"/(\w+\.wsdl)", " ".join(commands))) == known == set(SETTINGS["wsdl"].values())
    shown = {"settings.json", "credentials.json", "mapping.json"}
    words = {word for line in commands for word in shlex.split(line) if word.endswith(".json")}
    assert words == shown and all(f"`{name}`" in TEXT for name in shown)


def test_every_setting_and_column_and_code_is_on_the_page() -> None:
    for name in (
        *WorkdaySettings.model_fields,
        *AssignmentEntry.__dataclass_fields__,
        *LevelEntry.__dataclass_fields__,
    ):
        assert f"`{name}`" in TEXT, name
    sources = "".join((ROOT / str(module.__file__)).read_text() for module in (client, definitions, places, processes))
    sources += "".join((ROOT / str(module.__file__)).read_text() for module in (rows, sink, standing))
    codes = set(re.findall(r'"(workday-[a-z-]+|person-unmapped)"', sources))
    assert len(codes) > 15
    assert {code for code in codes if f"`{code}`" not in TEXT} <= {"workday-no-report"}


@pytest.mark.parametrize("name", ["wsdl_folder"])
def test_what_it_takes_is_a_setting(name: str) -> None:
    assert f"DUALTRACK_{name.upper()}" in (ROOT / "docs" / "configuration.md").read_text()
