"""Clients that other people's generators make of the contract compile, without a warning, and read what is served."""

import asyncio
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from tests.house.sources import ROOT
from tests.rest.served import Served

HERE = Path(__file__).parent
CONTRACT = ROOT / "openapi.yaml"
NODE_MODULES = HERE / "node_modules"
PYTHON_CLIENTS = Path(sys.prefix) / "clients" / "bin"
STRICT = [
    "--strict",
    "--noEmitOnError",
    "--skipLibCheck",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--lib",
    "es2022,dom",
]
HIRE = {"ladder": "engineering", "level": "ic3", "step": "a", "zone": "berlin"}


async def ran(program: Path | str, *arguments: Path | str, folder: Path) -> str:
    """What it printed; it must end well and have nothing to remark."""
    path = os.pathsep.join([str(PYTHON_CLIENTS), os.environ["PATH"]])
    process = await asyncio.create_subprocess_exec(
        program,
        *map(str, arguments),
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(folder), "NO_COLOR": "1"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(120):
        told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()
    assert "warning" not in told.decode().lower(), told.decode()
    return told.decode()


async def furnished(served: Served) -> dict[str, Any]:
    """Somebody to be read; returns what every client must find."""
    await served.person("ada", workday="1")
    await served.change(HIRE, "2026-01-01")
    return {
        "level": "ic3",
        "title": "IC3",
        "step": "a",
        "since": "2026-01-01",
        "employee": "ada",
        "salary": True,
        "made": "grace",
    }


async def test_typescript(served: Served, tmp_path: Path) -> None:
    expected = await furnished(served)
    node = shutil.which("node")
    assert node and NODE_MODULES.is_dir(), "make conform installs what this needs, but for node"
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(HERE / "client.ts", tmp_path)
    binaries = NODE_MODULES / ".bin"

    # Not as api.d.ts: declarations of others are not checked, and this one is to be.
    await ran(binaries / "openapi-typescript", CONTRACT, "--output", "api.ts", folder=tmp_path)
    await ran(binaries / "tsc", *STRICT, "client.ts", folder=tmp_path)
    told = await ran(node, "client.js", served.url, await served.key("admin"), folder=tmp_path)

    codes = {"codes": ["no-employee", "unknown-parameter", "invalid-body"], "fault": "/scopes"}
    assert json.loads(told) == {**expected, **codes}
    assert (await served.get("/v1/employees/grace")).json()["external_ids"] == {"workday": "2"}


async def test_python(served: Served, tmp_path: Path) -> None:
    expected = await furnished(served)
    assert PYTHON_CLIENTS.is_dir(), "make conform installs what this needs"
    # It knows no lines and no tables; to a client they are text.
    (tmp_path / "config.yaml").write_text(
        "content_type_overrides: {application/x-ndjson: application/octet-stream, text/csv: application/octet-stream}\n"
    )
    # As JSON, which it reads in no time; the pages' tests hold that both say the same.
    (tmp_path / "openapi.json").write_bytes((await served.client.get("/openapi.json")).content)
    generate = ["generate", "--path", "openapi.json", "--output-path", "dualtrack_client", "--meta", "none"]
    generate += ["--config", "config.yaml"]

    await ran(PYTHON_CLIENTS / "openapi-python-client", *generate, "--fail-on-warning", folder=tmp_path)
    client = ["-W", "error", HERE / "client.py", served.url, await served.key("admin")]
    told = await ran(PYTHON_CLIENTS / "python", *client, folder=tmp_path)

    codes = {"codes": ["no-employee", "invalid-body"], "fault": "/scopes"}
    assert json.loads(told) == {**expected, **codes}
    assert (await served.get("/v1/employees/grace")).json()["external_ids"] == {"workday": "2"}
