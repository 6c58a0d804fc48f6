"""Every command explains itself."""

import importlib

import pytest

from service.cli import app
from tests.cli.desk import run
from tests.house.sources import ROOT

FILES = sorted(path.stem for path in (ROOT / "service" / "cli").glob("[a-z]*.py"))
for file in FILES:
    importlib.import_module(f"service.cli.{file}")
COMMANDS = [file.replace("_", "-") for file in FILES]


def test_every_file_is_a_command() -> None:
    listed = run("--help").out

    assert len(COMMANDS) > 10 and app.info.name == "dualtrack"
    assert [name for name in COMMANDS if f" {name} " not in listed] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_its_help_can_be_shown(command: str) -> None:
    said = run(command, "--help")

    assert (said.code, said.err) == (0, "")
    assert "Usage" in said.out
