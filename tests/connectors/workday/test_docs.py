"""What the page on connecting Workday shows, done as it is shown, against the simulated tenant."""

import asyncio
import json
import re
import shlex
from collections.abc import Generator
from datetime import date
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

import pytest

from service.cli import connect, sync
from service.connectors.registry import KINDS
from service.connectors.workday import client, definitions, places, processes, rows, sink, standing
from service.connectors.workday.settings import Settings
from service.domain.mappings import mapping_of
from service.rest.report_rows import AssignmentEntry, LevelEntry
from service.usecases.open_connections import open_connection
from tests.cli.desk import on_stage, run
from tests.connectors.bridge import Bridge
from tests.connectors.workday.at_work import WorkdayVendor
from tests.docs import blocks
from tests.engines import Engine
from tests.house.sources import ROOT
from tests.simulators.workday.server import Workday, workday
from tests.stage import publish

PAGE = "connect-workday.md"
COMMANDS = [connect.__name__, sync.__name__]
"""They are commands once they are imported."""
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


@pytest.fixture
def elsewhere() -> Generator[Workday]:
    """A tenant beside this thread, in which commands run their own loops."""
    ready: Queue[Workday] = Queue()
    loop, over = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with workday() as made:
            ready.put(made)
            await over.wait()

    thread = Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    yield ready.get(timeout=20)
    loop.call_soon_threadsafe(over.set)
    thread.join(timeout=20)
    loop.close()


def test_its_commands_do_what_it_says(
    engine: Engine, elsewhere: Workday, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_stage(engine, publish)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUALTRACK_EGRESS_ALLOW", "127.0.0.1/32")
    monkeypatch.setenv("DUALTRACK_WSDL_FOLDER", str(tmp_path))
    elsewhere.write_wsdls(tmp_path)
    elsewhere.tenant.hire("21001", "ENG_IC3", on=date(2020, 1, 1))
    here = {"host": elsewhere.host, "trusted_ca": elsewhere.authority}
    password = {"password": elsewhere.tenant.password}
    for name, value in (
        ("settings.json", SETTINGS | here),
        ("reading.json", READING | here),
        ("credentials.json", CREDENTIALS | password),
        ("mapping.json", MAPPING),
    ):
        (tmp_path / name).write_text(json.dumps(value))
        (tmp_path / name).chmod(0o600)
    commands = [line for block in blocks(PAGE, "sh") for line in block.splitlines() if line.startswith("dualtrack ")]
    said = [run(*shlex.split(line)[1:], engine=engine) for line in commands]
    # Only levels that the page does not map are missing.
    assert [one.code for one in said] == [0, 0, 1, 0, 0, 0], said
    assert [line for line in said[2].lines if line.startswith("NOT")] == [
        line for line in said[2].lines if line.startswith("NOT  levels")
    ]
    assert said[-1].lines[0] == "done (nothing is kept): 1 people read, 1 changes, 0 problems"
    told = "".join(one.out + one.err for one in said)
    assert elsewhere.tenant.password not in told
    assert {"Change_Job", "Request_Compensation_Change"}.isdisjoint(elsewhere.asked)


def test_its_commands_name_files_it_shows_and_services_there_are() -> None:
    commands = [line for block in blocks(PAGE, "sh") for line in block.splitlines()]
    known = {f"{name}.wsdl" for name in ("Staffing", "Human_Resources", "Compensation", "Integrations")}
    assert set(re.findall(r"/(\w+\.wsdl)", " ".join(commands))) == known == set(SETTINGS["wsdl"].values())
    shown = {"settings.json", "credentials.json", "mapping.json", "reading.json"}
    words = {word for line in commands for word in shlex.split(line) if word.endswith(".json")}
    assert words == shown and all(f"`{name}`" in TEXT for name in shown)


def test_every_setting_and_column_and_code_is_on_the_page() -> None:
    for name in (
        *Settings.model_fields,
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
