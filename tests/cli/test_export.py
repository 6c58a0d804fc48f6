"""`export`: what is published comes back as files that say the same, or nothing is written at all."""

import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from service.ladderfiles.folder import read_folder
from service.resources import folder as shipped
from tests.cli.desk import NOTHING, counts, masked, published, run, sqlite, tree
from tests.e2e.house import DEMO
from tests.engines import Engine, Engines
from tests.ladderfiles.folders import BANDS, LADDER, WITH_FRAME, write_folder

TEMPLATE = shipped("examples") / "template"
LATER = BANDS.replace("2020-01-01", "2999-01-01").replace('"2026"', '"2999"')


def documents(folder: Path) -> tuple[object, ...]:
    """The domain objects that a clean folder holds, in the order of their keys."""
    read = read_folder(folder)
    assert read.findings == ()
    ladders = sorted(read.ladders.values(), key=lambda ladder: ladder.key)
    bands = sorted(read.bandsets.values(), key=lambda bands: bands.effective_from)
    return (read.company, *ladders, *bands)


@pytest.mark.parametrize("source", [DEMO, TEMPLATE], ids=["demo", "template"])
def test_plan_apply_and_export_are_a_round(engine: Engine, engines: Engines, tmp_path: Path, source: Path) -> None:
    plan, out = tmp_path / "plan.json", tmp_path / "out"
    planned = run("plan", source, "-o", plan, engine=engine)
    assert (planned.code, planned.err) == (2, "")
    assert published(engine)[0].company is None
    assert run("apply", plan, engine=engine).code == 0
    before, rows = published(engine), counts(engine)

    exported = run("export", out, engine=engine)
    files = [file for file in tree(out) if file.endswith(".yaml")]
    assert (exported.code, exported.out, exported.err) == (0, f"wrote {len(files)} files to {out}\n", "")
    assert documents(out) == documents(source)
    assert run("lint", "--strict", out).code == run("lint", "--strict", source).code == 0
    again = run("plan", out, engine=engine)
    assert (again.code, again.lines[-1], again.err) == (0, NOTHING, "")
    assert (published(engine), counts(engine)) == (before, rows)

    (tmp_path / "other").mkdir()
    with engines.fresh(engine.name, tmp_path / "other") as other:
        assert run("apply", out, engine=other).code == 0
        assert published(other)[0] == before[0]
        assert run("plan", source, engine=other).lines[-1] == NOTHING


def test_a_saved_plan_holds_for_exactly_what_was_published(engine: Engine, tmp_path: Path) -> None:
    assert run("apply", write_folder(tmp_path / "first"), engine=engine).code == 0
    plan = tmp_path / "plan.json"
    next_set = write_folder(tmp_path / "next", ("bands/2999.yaml", "", LATER))
    assert run("plan", next_set, "-o", plan, engine=engine).code == 2
    other = write_folder(tmp_path / "other", ("company.yaml", "name: Northwind Robotics", "name: North"))
    assert run("apply", other, engine=engine).code == 0
    before = published(engine), counts(engine)
    said = run("apply", plan, engine=engine)
    assert (said.code, said.out) == (1, "") and said.err.startswith("dualtrack: plan-stale: ")
    assert (published(engine), counts(engine)) == before


def test_of_each_ladder_the_latest_version_is_written_and_every_set_of_bands(sqlite_url: str, tmp_path: Path) -> None:
    engine, out = sqlite(sqlite_url), tmp_path / "out"
    assert run("apply", write_folder(tmp_path / "first", *WITH_FRAME), engine=engine).code == 0
    second = LADDER.replace('"1"\neffective_from: 2020-01-01', '"2"\neffective_from: 2999-01-01')
    folder = write_folder(
        tmp_path / "second",
        *WITH_FRAME,
        ("ladders/engineering.yaml", LADDER, second),
        ("bands/2999.yaml", "", LATER),
    )
    assert run("apply", folder, engine=engine).code == 0
    assert run("export", out, engine=engine).out == f"wrote 5 files to {out}\n"
    assert sorted(tree(out)) == [
        ".schemas/bands.schema.json",
        ".schemas/company.schema.json",
        ".schemas/ladder.schema.json",
        "bands/2026.yaml",
        "bands/2999.yaml",
        "company.yaml",
        "ladders/engineering.yaml",
        "ladders/frame.yaml",
    ]
    assert documents(out) == documents(folder)
    assert run("plan", out, engine=engine).lines[-1] == NOTHING


def test_first_lines_point_to_the_schemas_beside(sqlite_url: str, tmp_path: Path) -> None:
    engine, out = sqlite(sqlite_url), tmp_path / "out"
    assert run("apply", TEMPLATE, engine=engine).code == 0
    assert run("export", out, engine=engine).code == 0
    for file in out.rglob("*.yaml"):
        mark, _, pointer = file.read_text(encoding="utf-8").splitlines()[0].partition("$schema=")
        kind = {"company.yaml": "company", "engineering.yaml": "ladder", "2026.yaml": "bands"}[file.name]
        assert mark == "# yaml-language-server: "
        assert (file.parent / pointer).resolve() == out.resolve() / ".schemas" / f"{kind}.schema.json"
        assert (file.parent / pointer).read_bytes() == (shipped("schemas") / f"{kind}.schema.json").read_bytes()


def test_a_new_folder_follows_the_mask_and_one_that_was_there_stays_itself(sqlite_url: str, tmp_path: Path) -> None:
    engine = sqlite(sqlite_url)
    assert run("apply", TEMPLATE, engine=engine).code == 0
    with masked(0o027):
        assert run("export", tmp_path / "deep" / "new", engine=engine).code == 0
    assert stat.S_IMODE((tmp_path / "deep" / "new").stat().st_mode) == 0o750
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["new"]

    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(private)
    number = private.stat().st_ino
    assert run("export", tmp_path / "link", engine=engine).code == 0
    assert (stat.S_IMODE(private.stat().st_mode), private.stat().st_ino) == (0o700, number)
    assert tree(private) == tree(tmp_path / "deep" / "new")
    assert sorted(path.name for path in private.iterdir()) == [".schemas", "bands", "company.yaml", "ladders"]


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(sqlite_url: str, tmp_path: Path) -> None:
    engine, out = sqlite(sqlite_url), tmp_path / "out"
    assert run("apply", TEMPLATE, engine=engine).code == 0
    assert run("export", out, engine=engine).code == 0
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / ".hidden").write_text("mine")
    before = tree(tmp_path)
    for folder in (out, tmp_path / "file", tmp_path / "full"):
        said = run("export", folder, engine=engine)
        assert (said.code, said.out) == (1, "")
        assert said.err == f"dualtrack: {folder} is not empty. Name a folder that does not exist yet.\n"
    assert tree(tmp_path) == before


def test_a_place_that_cannot_be_written_is_told(sqlite_url: str, tmp_path: Path) -> None:
    engine = sqlite(sqlite_url)
    assert run("apply", TEMPLATE, engine=engine).code == 0
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    before = sorted(os.listdir(tmp_path))
    for name, why in [("file/out", "File exists"), ("x" * 300, "File name too long")]:
        said = run("export", tmp_path / name, engine=engine)
        assert (said.code, said.out) == (1, "")
        assert said.err == f"dualtrack: {tmp_path / name} cannot be written ({why}).\n"
    assert run("export", tmp_path / "dangling", engine=engine).code == 1
    assert sorted(os.listdir(tmp_path)) == before


def test_before_anything_is_published_nothing_is_written(sqlite_url: str, tmp_path: Path) -> None:
    said = run("export", tmp_path / "out", engine=sqlite(sqlite_url))
    assert (said.code, said.out) == (1, "")
    assert said.err == "dualtrack: nothing is published yet. Apply a folder first: dualtrack apply FOLDER\n"
    assert not (tmp_path / "out").exists()


def test_commands_before_migration_say_so_in_a_line_and_make_nothing(tmp_path: Path) -> None:
    engine = sqlite(f"sqlite:///{tmp_path}/new.db")
    for command, argument in [("plan", TEMPLATE), ("apply", TEMPLATE), ("export", tmp_path / "out")]:
        said = run(command, argument, engine=engine)
        assert (said.code, said.out) == (2, "")
        assert said.err == "dualtrack: the database is not at this release's schema: run `dualtrack migrate`.\n"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("journals", [("wal", "truncate"), ("truncate", "wal")], ids="-".join)
def test_the_journal_that_is_set_need_not_be_that_of_the_file(
    sqlite_url: str, tmp_path: Path, journals: tuple[Literal["wal", "truncate"], ...]
) -> None:
    first, second = (replace(sqlite(sqlite_url), journal=journal) for journal in journals)
    assert [run(command, TEMPLATE, engine=first).code for command in ("plan", "apply")] == [2, 0]
    assert [run(command, DEMO, engine=second).code for command in ("plan", "apply")] == [1, 1]
    assert [run(command, TEMPLATE, engine=second).code for command in ("plan", "apply")] == [0, 0]
    assert run("export", tmp_path / "out", engine=first).code == 0
