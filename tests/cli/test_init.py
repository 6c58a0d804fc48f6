"""`init`: a company folder that lints clean, applies, and brings its own schemas."""

import os
import tempfile
from pathlib import Path

import pytest

from service.resources import folder as shipped
from tests.cli.desk import run, sqlite, tree

FILES = ["bands/2026.yaml", "company.yaml", "ladders/engineering.yaml"]
SCHEMAS = [f".schemas/{kind}.schema.json" for kind in ("bands", "company", "ladder")]


def test_it_makes_a_folder_that_lints_clean_and_applies(sqlite_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "company"
    said = run("init", folder)
    assert (said.code, said.err) == (0, "")
    assert said.lines == [
        *(f"wrote {folder}/{file}" for file in FILES),
        f"Next: dualtrack lint {folder}, then dualtrack apply {folder}",
    ]
    assert sorted(tree(folder)) == sorted([*SCHEMAS, *FILES])
    linted = run("lint", "--strict", folder)
    assert (linted.code, linted.out) == (0, "1 folder: 0 errors, 0 warnings, 0 notes\n")
    applied = run("apply", folder, engine=sqlite(sqlite_url))
    assert (applied.code, applied.err) == (0, "")
    assert applied.out.startswith("published the company, engineering@1, 2026 at ")


def test_its_first_lines_point_to_the_schemas_beside_and_the_rest_is_the_template(tmp_path: Path) -> None:
    folder, template = tmp_path / "company", shipped("examples") / "template"
    assert run("init", folder).code == 0
    pointers = ["../.schemas/bands.schema.json", ".schemas/company.schema.json", "../.schemas/ladder.schema.json"]
    for file, pointer in zip(FILES, pointers, strict=True):
        first, *rest = (folder / file).read_text(encoding="utf-8").splitlines()
        assert first == f"# yaml-language-server: $schema={pointer}"
        schema = (folder / file).parent / pointer
        assert schema.read_bytes() == (shipped("schemas") / schema.name).read_bytes()
        assert rest == (template / file).read_text(encoding="utf-8").splitlines()[1:]


def test_twice_is_refused_and_what_was_written_stays(tmp_path: Path) -> None:
    folder = tmp_path / "company"
    assert run("init", folder).code == 0
    (folder / "company.yaml").write_text("name: Mine\n")
    before = tree(tmp_path)
    said = run("init", folder)
    assert (said.code, said.out) == (1, "")
    assert said.err == f"dualtrack: {folder} is not empty. Name a folder that does not exist yet.\n"
    assert tree(tmp_path) == before


def test_the_folder_that_one_stands_in_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "company").mkdir()
    number = (tmp_path / "company").stat().st_ino
    monkeypatch.chdir(tmp_path / "company")
    said = run("init", ".")
    assert (said.code, said.err, said.lines[-1]) == (0, "", "Next: dualtrack lint ., then dualtrack apply .")
    assert (tmp_path / "company").stat().st_ino == number
    assert run("lint", ".").code == 0
    assert run("init", ".").code == 1


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    said = run("init", tmp_path / "file" / "company")
    assert (said.code, said.out) == (1, "")
    assert said.err == f"dualtrack: {tmp_path}/file/company cannot be written (File exists).\n"
    assert run("init", tmp_path / "file").err.startswith(f"dualtrack: {tmp_path}/file is not empty.")
    assert tree(tmp_path) == {"file": b"mine"}


def test_a_parent_that_may_not_be_written_is_told() -> None:
    user = os.geteuid()
    # Not below the test's own folder, which nobody else may enter.
    with tempfile.TemporaryDirectory() as name:
        parent = Path(name)
        parent.chmod(0o555)
        if user == 0:
            os.seteuid(65534)
        try:
            said = run("init", parent / "company")
        finally:
            os.seteuid(user)
        assert (said.code, said.out) == (1, "")
        assert said.err == f"dualtrack: {parent}/company cannot be written (Permission denied).\n"
        assert not any(parent.iterdir())


def test_a_folder_has_to_be_named() -> None:
    said = run("init")
    assert (said.code, said.out) == (2, "")
