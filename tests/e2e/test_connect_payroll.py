"""What the page about payroll shows to type works: files of a pay period, and Gusto as far as it is simulated."""

import asyncio
import json
import re
import shlex
from collections.abc import Mapping
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from service.cli import connect, payroll
from service.house import migrate_database
from service.settings import Settings
from tests.builders import PAID
from tests.cli.desk import run
from tests.docs import blocks
from tests.engines import Engine
from tests.house.sources import ROOT
from tests.simulators.clock import Clock
from tests.simulators.gusto.company import Company
from tests.simulators.gusto.server import Gusto, running
from tests.stage import make_stage, publish

PAGE = "connect-payroll.md"
FILES, GUSTO = blocks(PAGE, "console")
COMMANDS = [connect.__name__, payroll.__name__]


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """With a database in which ada is paid by the month."""
    engine = Engine(name="sqlite-wal", url=f"sqlite:///{tmp_path}/dualtrack.db", journal="wal")
    migrate_database(Settings(database_url=engine.url))
    stage = make_stage(engine)
    try:
        await publish(stage, company=PAID)
        await stage.create("ada", gusto="e0000000-0000-4000-8000-000000004711")
        await stage.change({"ladder": "engineering", "level": "ic4", "zone": "nyc"}, "2026-06-10")
    finally:
        await stage.database.close()
    return tmp_path


async def test_req_08_the_file_of_a_period_is_taken_as_shown(folder: Path) -> None:
    told, table, lines = await typed(FILES, folder)
    assert "nobody -> engineering/ic4" in told
    assert json.loads(lines.splitlines()[-1])["end"]["count"] == 1
    rows = table.splitlines()
    assert (len(rows), rows[0].startswith("position,event,type,sequence,employee.id")) == (3, True)
    assert rows[1].split(",")[5:6] == ["ada"]
    told = set(re.findall(r"`(\w+)", what_a_row_says()))
    # Beside the line that ends it, every column is told.
    assert {name.partition(".")[0] for name in rows[0].split(",")} - told == {"end", "backfill", "changed"}


async def test_gusto_is_connected_mapped_and_tried_as_shown(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUALTRACK_EGRESS_ALLOW", "127.0.0.1/32")
    company = Company(clock=Clock(at=datetime.now(UTC)))
    company.hire("e0000000-0000-4000-8000-000000004711", "2024-03-01")
    settings, secret = (json.loads(text) for text in blocks(PAGE, "json"))
    # Periods as they are here, from long ago until long after now.
    months = [date(2025 + number // 12, number % 12 + 1, 1) for number in range(12 * 20)]
    lengths = [(after - before).days for before, after in pairwise(months)]
    company.schedule("2025-01-01", lengths, uuid=settings["calendars"]["monthly"])
    for period in company.periods:
        period.deadline = period.deadline.replace(hour=23)
    async with running(Gusto(company=company)) as gusto:
        written(folder / "gusto.json", {**settings, "base_url": gusto.origin, "company": company.uuid})
        written(folder / "gusto-secret.json", {**secret, "access_token": "token-of-a-test"})
        (folder / "gusto-mapping.yaml").write_text(blocks(PAGE, "yaml")[0])
        *_, checked = await typed(GUSTO, folder)
        assert "NOT" not in checked
        assert gusto.asked("GET", "pay_periods") != []
        assert company.written == []


async def typed(block: str, folder: Path) -> list[str]:
    """What each command of dualtrack says, without a process for each; where it is piped to is left out."""
    lines = [shlex.split(line.removeprefix("$ ")) for line in block.splitlines() if line.startswith("$ ")]
    engine = Engine(name="sqlite-wal", url=f"sqlite:///{folder}/dualtrack.db", journal="wal")
    found: list[str] = []
    for command, *words in lines:
        if command == "dualtrack":
            until = next((number for number, word in enumerate(words) if word in {">", "|"}), len(words))
            given = [str(folder / word) if (folder / word).exists() else word for word in words[:until]]
            said = await asyncio.to_thread(run, *given, engine=engine)
            assert said.code == 0, said
            found.append(said.out)
    return found


def written(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value))
    path.chmod(0o600)


def what_a_row_says() -> str:
    return (ROOT / "docs" / PAGE).read_text().partition("### What a row says")[2].partition("###")[0]
