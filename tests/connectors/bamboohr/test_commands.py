"""What the page about connecting BambooHR shows to type, typed as it stands there beside a simulated account."""

import asyncio
import json
import shlex
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest

from service.cli import apply, connect, migrate, sync
from tests.cli.desk import Said, run
from tests.docs import blocks
from tests.engines import Engine
from tests.house.sources import ROOT
from tests.simulators.bamboohr.company import Company
from tests.simulators.bamboohr.server import Bamboo, running
from tests.simulators.clock import Clock

PAGE = "connect-bamboohr.md"
COMMANDS = [module.__name__ for module in (apply, connect, migrate, sync)]
"""They are commands once they are imported."""
MAY_SAY_NO = "|| test $? = 1"
SECRET, SETTINGS, TITLES = (json.loads(block) for block in blocks(PAGE, "json"))


@pytest.fixture
def elsewhere() -> Generator[Bamboo]:
    """An account beside this thread, in which commands run their own loops."""
    ready: Queue[Bamboo] = Queue()
    loop, over = asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        company = Company(clock=Clock(at=datetime.now(UTC)))
        async with running(Bamboo(company=company, api_keys={SECRET["api_key"]})) as made:
            ready.put(made)
            await over.wait()

    thread = Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    yield ready.get(timeout=20)
    loop.call_soon_threadsafe(over.set)
    thread.join(timeout=20)
    loop.close()


def test_its_commands_do_what_it_says_and_write_nothing(
    elsewhere: Bamboo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DUALTRACK_EGRESS_ALLOW", "127.0.0.1/32")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    here = {"base_url": elsewhere.base_url, "trusted_ca": elsewhere.authority}
    for name, value in (("bamboohr.json", here), ("secret.json", SECRET), ("titles.json", TITLES)):
        (tmp_path / name).write_text(json.dumps(value))
        (tmp_path / name).chmod(0o600)
    company = elsewhere.company
    company.hire("4711", "2024-03-01", jobTitle="Senior Engineer", department="Platform")
    company.hire("4712", "2024-03-01", jobTitle="Engineer", department="Platform")
    written = list(company.written)

    secret, *typed = [line.removeprefix("$ ") for block in blocks(PAGE, "console") for line in block.splitlines()]
    assert secret.startswith("export DUALTRACK_SECRET_KEY=")
    said = {line: told(line, tmp_path) for line in typed}
    assert [(line, one.code) for line, one in said.items() if one.code != (MAY_SAY_NO in line)] == []
    *_, checked, read, bands = said.values()
    # Only levels that the page does not map are missing.
    assert [line.partition(":")[0] for line in checked.lines if line.startswith("NOT")] == ["NOT  mapping"]
    assert read.lines[0] == "done (nothing is kept): 2 people read, 1 changes, 1 problems"
    assert "not-mapped bamboohr:4712" in read.out
    # Those are told by OAuth alone.
    assert bands.out.startswith("ALARM refused-there: these credentials lack the permission for pay_grades_and_bands")
    assert SECRET["api_key"] not in "".join(one.out + one.err for one in said.values())
    assert company.written == written and {how for how, *_ in elsewhere.requests} == {"GET"}


def told(line: str, folder: Path) -> Said:
    engine = Engine(name="sqlite-wal", url=f"sqlite:///{folder}/dualtrack.db", journal="wal")
    return run(*shlex.split(line.removesuffix(MAY_SAY_NO))[1:], engine=engine)
