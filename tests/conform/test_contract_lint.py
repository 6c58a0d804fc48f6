"""The published contract has nothing that other people's linters would mend: no error and no warning."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from tests.house.sources import ROOT

HERE = Path(__file__).parent
CONTRACT = ROOT / "openapi.yaml"
QUIET = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def ran(program: str, *arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    assert shutil.which("node"), "node is not installed: make conform needs it"
    return subprocess.run(
        [HERE / "node_modules" / ".bin" / program, *arguments],
        cwd=folder,
        env=QUIET,
        capture_output=True,
        text=True,
        check=False,
    )


def redocly(contract: Path, folder: Path) -> dict[str, int]:
    answer = ran("redocly", "lint", "--extends", "recommended-strict", "--format", "json", contract, folder=folder)
    return json.loads(answer.stdout)["totals"]


def spectral(contract: Path, folder: Path) -> list[str]:
    ruleset = folder / "ruleset.yaml"
    ruleset.write_text('extends: ["spectral:oas"]\n')
    answer = ran("spectral", "lint", "--quiet", "--format", "json", "--ruleset", ruleset, contract, folder=folder)
    return [found["code"] for found in json.loads(answer.stdout)]


def test_redocly_recommended_strict_finds_nothing(tmp_path: Path) -> None:
    assert redocly(CONTRACT, tmp_path) == {"errors": 0, "warnings": 0, "ignored": 0}


def test_spectral_finds_nothing(tmp_path: Path) -> None:
    assert spectral(CONTRACT, tmp_path) == []


def test_both_would_find_what_is_wrong(tmp_path: Path) -> None:
    """In a small contract: reading the whole one takes them seconds each."""
    spoiled = tmp_path / "openapi.json"
    operation = {"operationId": "read", "responses": {"200": {"description": "It is there."}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Spoiled", "version": "1"},
        "paths": {path: {"get": operation} for path in ("/one", "/two")},
    }
    spoiled.write_text(json.dumps(document))

    assert redocly(spoiled, tmp_path)["errors"] > 0
    assert "operation-operationId-unique" in spectral(spoiled, tmp_path)
