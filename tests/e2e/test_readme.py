"""What the README shows to type works, typed as it stands there."""

import asyncio
import json
import os
import re
import signal
import sys
from pathlib import Path

import httpx
import pytest

from tests.e2e.house import PATIENCE_SECONDS
from tests.house.sources import ROOT

README = (ROOT / "README.md").read_text()
CONSOLES = re.findall(r"^```console\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def test_the_first_block_is_the_two_commands_and_both_exist() -> None:
    (first,) = re.findall(r"^```\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)[:1]
    targets = [re.match(r"make ([a-z-]+)", line) for line in first.splitlines()]
    assert [target and target[1] for target in targets] == ["demo", "test"]
    makefile = (ROOT / "Makefile").read_text()
    assert all(f"\n{target[1]}: " in makefile for target in targets if target)


def test_there_is_something_to_type() -> None:
    assert CONSOLES != []


@pytest.mark.parametrize("block", CONSOLES)
async def test_what_is_shown_to_type_works(block: str, tmp_path: Path) -> None:
    await typed(block, tmp_path)


async def typed(block: str, folder: Path) -> None:
    """Line after line in one shell. What runs until it is stopped comes last, answers, and ends with 0 on SIGTERM."""
    lines = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    assert lines != []
    lasting = [line for line in lines if re.match(r"dualtrack (serve|dispatch)\b", line)]
    assert lasting in ([], lines[-1:])
    script = ["set -eu", *lines[: len(lines) - len(lasting)]]
    # Another port, since this machine's own may be taken.
    script += [f"exec {re.sub(r'--port [0-9]+', '--port 0', line)}" for line in lasting]
    process = await shell("\n".join(script), folder)
    assert process.stdout
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            if lasting:
                await answers_and_is_stopped(process, process.stdout)
            _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert process.returncode == 0, errors.decode()


async def answers_and_is_stopped(process: asyncio.subprocess.Process, lines: asyncio.StreamReader) -> None:
    async for line in lines:
        if line.startswith(b'{"event": "listening"'):
            url = json.loads(line)["url"]
            break
    else:
        return
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_SECONDS, trust_env=False) as client:
        assert (await client.get("/readyz")).text == "ready"
    os.kill(process.pid, signal.SIGTERM)


async def shell(script: str, folder: Path) -> asyncio.subprocess.Process:
    """A shell in a folder with the examples, where `dualtrack` is this checkout's."""
    commands = folder / "commands"
    commands.mkdir()
    command = commands / "dualtrack"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m service "$@"\n')
    command.chmod(0o755)
    (folder / "examples").symlink_to(ROOT / "examples")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DUALTRACK_")}
    return await asyncio.create_subprocess_exec(
        *("bash", "-c", script),
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT), "PATH": f"{commands}:{kept['PATH']}"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
