"""The demo: it ends well only if every event arrived, it shows what the README says, and it leaves nothing."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.house import PATIENCE_SECONDS, House, a_house
from tests.house.sources import ROOT

PORT = 8000


@pytest.fixture
async def bare(tmp_path: Path) -> AsyncGenerator[House]:
    """Processes in an empty folder, whose temporary files lie beside it."""
    for name in ("here", "temporary"):
        (tmp_path / name).mkdir()
    async with a_house(tmp_path / "here", {"TMPDIR": str(tmp_path / "temporary")}) as made:
        yield made


async def test_the_report_says_what_came_and_what_was_kept(bare: House) -> None:
    ended = await bare.run("demo", "--once", "--json")
    assert (ended.code, ended.err) == (0, "")
    report = json.loads(ended.out)
    assert report["succeeded"] is True
    away, back = report["expected"]
    assert [(one["webhook_id"], one["status"]) for one in report["arrivals"]] == [(away, 503), (away, 204), (back, 204)]
    assert {(one["type"], one["verified"]) for one in report["arrivals"]} == {("track.switched", True)}
    first, again, last = (one["sequence"] for one in report["arrivals"])
    assert (again, last) == (first, first + 1)
    assert len(report["checks"]) == 4 and set(report["checks"].values()) == {True}
    assert left_behind(bare) == []


async def test_it_shows_what_the_readme_shows(bare: House) -> None:
    ended = await bare.run("demo", "--once")
    assert (ended.code, ended.err) == (0, "")
    assert comparable(ended.out) == comparable(shown_in_the_readme())
    assert len(ended.out.splitlines()) < 50
    assert left_behind(bare) == []


async def test_with_its_port_taken_it_takes_another_and_its_lines_work_when_pasted(bare: House) -> None:
    with await taken():
        program = await bare.start("demo")
        assert program.process.stdout
        lines: list[str] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not (lines and lines[-1].startswith("End with")):
                line = await program.process.stdout.readline()
                assert line, program.errors.read_text()
                lines.append(line.decode().rstrip("\n"))
        curls = [line.strip() for line in lines if line.strip().startswith("curl ")]
        (docs,) = [line.strip() for line in lines if line.endswith("/docs")]
        assert len(lines) < 50 and len(curls) == 3 and f":{PORT}/" not in docs
        answers = [json.loads(await pasted(curl)) for curl in curls]
        page = await pasted(f"curl -sf {docs}")
    assert [sorted(answer)[0] for answer in answers[:2]] == ["changes", "data"]
    assert answers[2]["effective_on"] == "2023-06-01" and "<html" in page
    program.process.send_signal(signal.SIGINT)
    ended = await program.ended()
    assert (ended.code, ended.err) == (0, "")
    assert left_behind(bare) == []


async def test_ctrl_c_in_a_terminal_ends_it_without_a_word(bare: House, tmp_path: Path) -> None:
    """A terminal tells all processes of the demo, its receiver too."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "service", "demo"),
        cwd=bare.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **bare.settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not (await process.stdout.readline()).startswith(b"End with"):
            assert process.returncode is None
        os.killpg(process.pid, signal.SIGINT)
        _, err = await process.communicate()
    assert (process.returncode, err.decode()) == (0, "")
    assert left_behind(bare) == []


async def taken() -> socket.socket:
    """The demo's own port, listened on. A demo of another test that has it is waited for."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            with suppress(OSError):
                return socket.create_server(("127.0.0.1", PORT))
            with suppress(OSError):
                reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
                # Ends when whoever is there closes the connection, at the latest by ending.
                await reader.read()
                writer.close()


async def pasted(line: str) -> str:
    process = await asyncio.create_subprocess_exec("bash", "-c", line, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, _ = await process.communicate()
    assert process.returncode == 0, line
    return out.decode()


def left_behind(house: House) -> list[Path]:
    """Files in the folder and among temporary ones, but for what the test itself keeps of each process."""
    return [path for path in house.folder.parent.rglob("*") if path.is_file() and not path.name.startswith("errors-")]


def shown_in_the_readme() -> str:
    blocks = re.findall(r"^```\n(.*?)^```$", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)
    (shown,) = [block for block in blocks if "track_switch" in block]
    return shown


def comparable(text: str) -> list[str]:
    """Without ids, days of the hour and blank lines at the ends."""
    text = re.sub(r"evt_\w+", "<event>", re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "<instant>", text))
    text = re.sub(r"^\d{4}-\d\d-\d\d(?=  )|(?<= on )\d{4}-\d\d-\d\d(?=\?)", "<day>", text, flags=re.MULTILINE)
    return [line.rstrip() for line in text.strip("\n").splitlines()]
