"""The arrows between the parts are kept, and a wrong import would be seen."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")

# part, a wrong import, and the contract that must report it
PLANTED = [
    ("rest/planted.py", "import service.storage.database", "Surfaces reach what is kept"),
    ("worker.py", "import sqlalchemy", "Surfaces reach what is kept"),
    ("cli/planted.py", "from sqlmodel import SQLModel", "Surfaces reach what is kept"),
    ("storage/planted.py", "import service.usecases", "Imports go down the layers only"),
    ("rest/planted.py", "import service.web", "Imports go down the layers only"),
    ("planted.py", "", "Imports go down the layers only"),
    ("webhooks/planted.py", "import service.settings", "The sender can be lifted out"),
    ("domain/planted.py", "import starlette.requests", "Rules know no framework"),
    ("domain/planted.py", "import random", "Rules know no framework"),
    ("domain/planted.py", "import service.logs", "Rules know no framework"),
]


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LINTER, "--config", ROOT / "pyproject.toml", "--no-cache"], cwd=folder, capture_output=True, text=True
    )


def test_the_arrows_are_kept() -> None:
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout
    assert "0 broken" in answer.stdout


@pytest.mark.parametrize(("place", "line", "contract"), PLANTED)
def test_a_wrong_import_is_reported(place: str, line: str, contract: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "service", tmp_path / "service", ignore=shutil.ignore_patterns("__pycache__"))
    planted = tmp_path / "service" / place
    with planted.open("a") as file:
        file.write(f"\n{line}\n")
    answer = lint(tmp_path)
    broken = [text.strip() for text in answer.stdout.splitlines() if text.strip().endswith("BROKEN")]
    if line:
        assert answer.returncode == 1
        assert any(text.startswith(contract) for text in broken), answer.stdout
        assert f"service.{place.removesuffix('.py').replace('/', '.')}" in answer.stdout
    else:
        # A new part that no layer names is refused before anything else is looked at.
        assert answer.returncode != 0
        assert "planted" in answer.stdout
