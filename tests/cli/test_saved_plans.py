"""Saved plans: `plan -o` writes them for their owner alone, `apply` publishes them as long as they hold."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import NOTHING, counts, hire, masked, published, run, sqlite
from tests.engines import Engine
from tests.ladderfiles.folders import BANDS, LADDER, write_folder

RENAMED = ("company.yaml", "name: Northwind Robotics", "name: North")
NEXT_SET = ("bands/2999.yaml", "", BANDS.replace("2020-01-01", "2999-01-01").replace('"2026"', '"2999"'))


@pytest.fixture
def engine(sqlite_url: str) -> Engine:
    return sqlite(sqlite_url)


def saved(engine: Engine, tmp_path: Path, *edits: tuple[str, str, str]) -> Path:
    """A plan of the folder, which is gone once the plan is saved."""
    folder, file = write_folder(tmp_path / "planned", *edits), tmp_path / "plan.json"
    said = run("plan", folder, "-o", file, engine=engine)
    assert (said.code, said.err) == (2, "")
    for path in [*folder.rglob("*.yaml")]:
        path.unlink()
    return file


def entries(folder: Path) -> list[str]:
    """What lies in a folder beside the database."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("dualtrack.db"))


def unreadable(engine: Engine, file: Path) -> None:
    before = published(engine), counts(engine)
    said = run("apply", file, engine=engine)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"dualtrack: {file} is no saved plan. Make one with `dualtrack plan FOLDER -o FILE`.\n"
    assert (published(engine), counts(engine)) == before


def test_a_saved_plan_is_for_its_owner_alone_and_publishes(engine: Engine, tmp_path: Path) -> None:
    with masked(0):
        file = saved(engine, tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    assert sorted(document) == ["base", "definitions", "format", "plan"]
    assert (document["format"], document["base"]) == ("dualtrack-plan/1", document["plan"]["base"])
    assert published(engine)[0].company is None

    applied = run("apply", file, engine=engine)
    assert (applied.code, applied.err) == (0, "")
    assert applied.out.startswith("published the company, engineering@1, 2026 at ")
    again = run("plan", write_folder(tmp_path / "again"), engine=engine)
    assert (again.code, again.lines[-1]) == (0, NOTHING)
    assert entries(tmp_path) == ["again", "plan.json", "planned"]


def test_a_file_in_its_place_is_replaced_whole_and_becomes_private(engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text("x" * 1_000_000)
    file.chmod(0o644)
    assert saved(engine, tmp_path) == file
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["format"] == "dualtrack-plan/1"


def test_a_saved_plan_with_nothing_in_it_publishes_nothing(engine: Engine, tmp_path: Path) -> None:
    folder, file = write_folder(tmp_path / "first"), tmp_path / "plan.json"
    assert run("apply", folder, engine=engine).code == 0
    assert run("plan", folder, "-o", file, engine=engine).code == 0
    before = published(engine)
    said = run("apply", file, engine=engine)
    assert (said.code, said.out) == (0, "nothing new: all of it is published already\n")
    assert published(engine) == before


def test_after_another_publication_a_saved_plan_is_refused_and_nothing_alters(engine: Engine, tmp_path: Path) -> None:
    assert run("apply", write_folder(tmp_path / "first"), engine=engine).code == 0
    file = saved(engine, tmp_path, NEXT_SET)
    assert run("apply", write_folder(tmp_path / "other", RENAMED), engine=engine).code == 0
    database = Path(engine.url.removeprefix("sqlite:///"))
    before = published(engine), counts(engine), database.read_bytes()
    said = run("apply", file, engine=engine)
    assert (said.code, said.out) == (1, "")
    assert said.err == (
        "dualtrack: plan-stale: More was published since this was planned. Plan again, look at it, then apply.\n"
    )
    assert database.read_bytes() == before[2]
    assert (published(engine), counts(engine)) == before[:2]


def test_people_may_move_between_planning_and_applying(engine: Engine, tmp_path: Path) -> None:
    assert run("apply", write_folder(tmp_path / "first"), engine=engine).code == 0
    file = saved(engine, tmp_path, NEXT_SET)
    hire(engine, ada={"ladder": "engineering", "level": "eng1", "zone": "de"})
    assert run("apply", file, engine=engine).out.startswith("published 2999 at ")


def test_a_plan_that_people_stand_in_the_way_of_is_refused(engine: Engine, tmp_path: Path) -> None:
    assert run("apply", write_folder(tmp_path / "first"), engine=engine).code == 0
    regraded = LADDER.replace('"1"\neffective_from: 2020-01-01', '"2"\neffective_from: 2999-01-01')
    regraded = regraded.replace("key: em4,", "key: gone,")
    file = saved(engine, tmp_path, ("ladders/engineering.yaml", LADDER, regraded))
    hire(engine, ada={"ladder": "engineering", "level": "em4", "zone": "de"})
    before = published(engine), counts(engine)
    said = run("apply", file, engine=engine)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("dualtrack: people-unmapped: Version 2 of engineering leaves out or regrades em4, ")
    assert (published(engine), counts(engine)) == before


def test_a_file_that_is_cut_short_is_no_plan(engine: Engine, tmp_path: Path) -> None:
    file = saved(engine, tmp_path)
    content = file.read_bytes()
    for length in (0, 1, len(content) // 2, len(content) - 1):
        file.write_bytes(content[:length])
        unreadable(engine, file)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("format", "dualtrack-plan/2"),
        ("format", None),
        ("base", "*"),
        ("base", None),
        ("base", 7),
        ("definitions", []),
        ("definitions", "all"),
        ("definitions", None),
        ("company", None),
        ("company", []),
        ("ladders", {}),
        ("ladders", "none"),
        ("bands", None),
        ("bands", 1),
    ],
)
def test_a_file_whose_parts_are_not_those_of_a_plan_is_none(
    engine: Engine, tmp_path: Path, place: str, value: object
) -> None:
    file = saved(engine, tmp_path)
    document: dict[str, Any] = json.loads(file.read_text())
    holder = document if place in document else document["definitions"]
    holder[place] = value
    file.write_text(json.dumps(document))
    unreadable(engine, file)
    del holder[place]
    file.write_text(json.dumps(document))
    unreadable(engine, file)


@pytest.mark.parametrize(
    "content", [b"[]", b"null", b"7", b'"plan"', b"{}", b"\xff", b"\xef\xbb\xbf{}", b"[" * 100_000, b"9" * 5000]
)
def test_other_files_are_no_plans(engine: Engine, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(content)
    unreadable(engine, file)


def test_definitions_with_faults_in_a_plan_are_refused_by_pointer(engine: Engine, tmp_path: Path) -> None:
    file = saved(engine, tmp_path)
    document: dict[str, Any] = json.loads(file.read_text())
    document["definitions"]["company"]["timezone"] = 7
    document["definitions"]["ladders"][0]["\x1b[2J"] = 1
    file.write_text(json.dumps(document))
    said = run("apply", file, engine=engine)
    assert (said.code, said.out) == (1, "")
    first, second = said.err.splitlines()
    assert first == f'{file}:/company/timezone DT011 the number 7 does not belong here: put it in quotes: "7"'
    assert second.startswith(f"{file}:/ladders/0/\\x1b[2J DT010 unknown key `\\x1b[2J`: remove it")
    assert published(engine)[0].company is None


def test_definitions_that_do_not_hang_together_are_refused_by_pointer(engine: Engine, tmp_path: Path) -> None:
    file = saved(engine, tmp_path)
    document: dict[str, Any] = json.loads(file.read_text())
    document["definitions"]["ladders"][0]["levels"][0]["grade"] = "77"
    file.write_text(json.dumps(document))
    before = counts(engine)
    said = run("apply", file, engine=engine)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("/ladders/0/levels/0/grade DT021 unknown grade 77: ")
    assert published(engine)[0].company is None and counts(engine) == before


def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left_there(engine: Engine, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "company")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    names = {
        "folder": "it is no regular file",
        "link": "it is no regular file",
        "company/company.yaml/plan": "Not a directory",
        "nowhere/plan": "No such file or directory",
        "x" * 300: "File name too long",
    }
    before = entries(tmp_path)
    for name, why in names.items():
        said = run("plan", folder, "-o", tmp_path / name, engine=engine)
        assert (said.code, said.out) == (1, "")
        assert said.err == f"dualtrack: {tmp_path / name} cannot be written ({why}).\n"
    for name in (".", "/"):
        said = run("plan", folder, "-o", name, engine=engine)
        assert (said.code, said.err) == (1, f"dualtrack: {name} cannot be written (it is no regular file).\n")
    assert entries(tmp_path) == before == ["company", "folder", "link"]
    assert not any((tmp_path / "folder").iterdir())
