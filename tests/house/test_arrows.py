"""The arrows between the parts are kept, and a wrong import would be seen."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.house.sources import ROOT

LINTER = Path(sys.executable).with_name("lint-imports")

# part, what it must not import, and the contract that must report it
PLANTED = [
    ("rest/planted.py", "service.storage.database", "Surfaces reach what is kept"),
    ("worker.py", "sqlalchemy", "Surfaces reach what is kept"),
    ("cli/planted.py", "sqlmodel", "Surfaces reach what is kept"),
    ("storage/planted.py", "service.usecases", "Imports go down the layers only"),
    ("rest/planted.py", "service.web", "Imports go down the layers only"),
    ("webhooks/planted.py", "service.settings", "The sender can be lifted out"),
    ("domain/planted.py", "starlette", "Rules know no framework"),
    ("domain/planted.py", "random", "Rules know no framework"),
    ("domain/planted.py", "service.logs", "Rules know no framework"),
]


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [LINTER, "--config", ROOT / "pyproject.toml", "--no-cache"], cwd=folder, capture_output=True, text=True
    )


def planted(folder: Path, *lines: tuple[str, str]) -> str:
    """What the linter says, and by its exit code complains, of the service with these lines at the ends of files."""
    shutil.copytree(ROOT / "service", folder / "service", ignore=shutil.ignore_patterns("__pycache__"))
    for place, line in lines:
        with (folder / "service" / place).open("a") as file:
            file.write(f"\n{line}\n")
    answer = lint(folder)
    assert answer.returncode == 1, answer.stderr
    return answer.stdout


def test_the_arrows_are_kept() -> None:
    answer = lint(ROOT)
    assert answer.returncode == 0, answer.stdout
    assert "0 broken" in answer.stdout


def test_every_wrong_import_is_reported_by_its_contract(tmp_path: Path) -> None:
    told = planted(tmp_path, *((place, f"import {name}") for place, name, _ in PLANTED))
    # Each begins with a name that is underlined.
    parts = re.split(r"\n(?=[^\n]+\n-{8,}\n)", told.partition("Broken contracts\n---")[2])
    for place, name, contract in PLANTED:
        assert any(line.startswith(contract) and line.endswith("BROKEN") for line in told.splitlines()), contract
        (part,) = [text for text in parts if text.startswith(contract)]
        assert f"service.{place.removesuffix('.py').replace('/', '.')} -> {name} " in part, (place, name, told)


def test_a_new_part_that_no_layer_names_is_refused(tmp_path: Path) -> None:
    assert "planted" in planted(tmp_path, ("planted.py", ""))
