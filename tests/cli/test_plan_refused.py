"""What `plan` and `apply` refuse, and what they leave alone."""

import json
from pathlib import Path

import pytest

from tests.cli.desk import counts, published, run
from tests.engines import Engine
from tests.ladderfiles.folders import FILES, write_folder


def test_nothing_in_a_definition_steers_the_terminal(staffed: Engine, tmp_path: Path) -> None:
    name = '"A\\e[31m\\u202e\\x9b"'
    folder = write_folder(tmp_path / "next", ("company.yaml", "name: Northwind Robotics", f"name: {name}"))
    for form in ([], ["--json"]):
        said = run("plan", folder, *form, engine=staffed)
        assert said.code == 2
        assert [letter for letter in said.out if not letter.isprintable() and letter != "\n"] == []
    assert json.loads(said.out)["documents"][0]["differences"][0]["after"] == "A\x1b[31m\u202e\x9b"


def test_a_folder_with_errors_is_refused_by_place_and_nothing_is_asked(plain_sqlite: Engine, tmp_path: Path) -> None:
    before = counts(plain_sqlite)
    folder = write_folder(tmp_path, ("ladders/engineering.yaml", "kind: manager", 'kind: "\\e[31mboss"'))
    for command in ("plan", "apply"):
        said = run(command, folder, engine=plain_sqlite)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("ladders/engineering.yaml:6:22 DT013 '\\x1b[31mboss' is none of ic, manager")
    assert counts(plain_sqlite) == before and published(plain_sqlite)[0].company is None


def test_what_contradicts_what_is_published_is_refused_by_place(staffed: Engine, tmp_path: Path) -> None:
    before = published(staffed)
    folder = write_folder(tmp_path / "next", ("bands/2026.yaml", 'min: "50000"', 'min: "50001"'))
    for command in ("plan", "apply"):
        said = run(command, folder, engine=staffed)
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith("bands/2026.yaml:1:6 DT041 band set 2026 is published and cannot be changed: ")
    gone = write_folder(tmp_path / "gone", ("company.yaml", "  - {key: at, currency: EUR}\n", ""))
    assert run("plan", gone, engine=staffed).err.startswith("company.yaml:9:3 DT042 ")
    assert published(staffed) == before


@pytest.mark.parametrize("command", ["plan", "apply"])
@pytest.mark.parametrize("name", ["nowhere", "x" * 300])
def test_no_such_folder(plain_sqlite: Engine, tmp_path: Path, command: str, name: str) -> None:
    said = run(command, tmp_path / name, engine=plain_sqlite)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"dualtrack: {tmp_path / name} is no folder. Name one that holds company.yaml.\n"


def test_the_files_of_the_folder_are_left_as_they_are(staffed: Engine, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "next", ("company.yaml", "name: Northwind Robotics", "name: North"))
    assert run("plan", folder, engine=staffed).code == 2
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*")) == sorted(FILES)
