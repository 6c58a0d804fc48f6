"""What the page about payroll shows to type works: files of a pay period, and Gusto as far as it is simulated."""

import json
import re
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from service.house import migrate_database
from service.settings import Settings
from tests.builders import PAID
from tests.docs import blocks
from tests.e2e.test_readme import typed
from tests.engines import SECRET_KEY, Engine
from tests.house.sources import ROOT
from tests.simulators.gusto.company import Company
from tests.simulators.gusto.server import Gusto, running
from tests.stage import make_stage, publish

PAGE = "connect-payroll.md"
FILES, GUSTO = blocks(PAGE, "console")
HAS_CONNECT = (ROOT / "service" / "cli" / "connect.py").exists()


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
    await typed(FILES, folder)
    rows = (folder / "june.csv").read_text().splitlines()
    assert (len(rows), rows[0].startswith("position,event,type,sequence,employee.id")) == (3, True)
    assert rows[1].split(",")[5:6] == ["ada"]
    told = set(re.findall(r"`(\w+)", what_a_row_says()))
    # Beside the line that ends it, every column is told.
    assert {name.partition(".")[0] for name in rows[0].split(",")} - told == {"end", "backfill", "changed"}


@pytest.mark.skipif(not HAS_CONNECT, reason="connections have no command here")
async def test_gusto_is_connected_mapped_and_tried_as_shown(folder: Path) -> None:
    company = Company()
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
        given = f"$ export DUALTRACK_EGRESS_ALLOW=127.0.0.1/32 DUALTRACK_SECRET_KEY={SECRET_KEY}\n"
        await typed(given + GUSTO, folder)
        assert gusto.asked("GET", "pay_periods") != []
        assert company.written == []


def written(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value))


def what_a_row_says() -> str:
    return (ROOT / "docs" / PAGE).read_text().partition("### What a row says")[2].partition("###")[0]
