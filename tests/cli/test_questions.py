"""Questions on the command line: chart, compare, parity and coverage, from the database and from a folder."""

import json
from pathlib import Path

import pytest

from service.cli import chart, compare, coverage, parity
from tests.cli.desk import run, sqlite
from tests.e2e.house import a_house
from tests.engines import Engine
from tests.house.sources import ROOT

COMMANDS = [module.__name__ for module in (chart, compare, coverage, parity)]
EXAMPLES = ROOT / "examples"


def applied(engine: Engine, folder: str = "demo") -> None:
    done = run("apply", EXAMPLES / folder, engine=engine)
    assert done.code == 0, done.err


def test_a_folder_is_drawn_without_a_database() -> None:
    drawn = run("chart", "software-engineering", "--folder", EXAMPLES / "google")

    rows = [line.rstrip() for line in drawn.out.splitlines()]
    assert drawn.code == 0
    assert rows[0] == "software-engineering 2026-11-01, bands none, fork 5"
    assert rows[3].split("  ")[0] == "11"
    assert "Senior Fellow (ic11)" in rows[3] and "unstated" in rows[3]
    assert "Fellow (ic10)" in rows[4] and "Engineering VP (manager10)" in rows[4] and "paired" in rows[4]
    assert "title not stated (level1)" in rows[13] and "″" in rows[13]
    assert len(rows) == 14


def test_levels_without_a_grade_stand_in_their_order_beside_nobody() -> None:
    drawn = json.loads(run("chart", "engineering", "--folder", EXAMPLES / "hubspot", "--json").out)

    keys = [level["key"] for row in drawn["rows"] for cell in row["cells"] for level in cell["levels"]]
    assert keys == ["software-engineer", "senior-1", "senior-2", "staff", "principal", "tech-lead"]
    assert {row["grade"] for row in drawn["rows"]} == {None}
    assert {row["pairing"] for row in drawn["rows"]} == {row["verdict"] for row in drawn["rows"]} == {None}


def test_a_ladder_without_levels_is_drawn_as_what_it_is() -> None:
    drawn = json.loads(run("chart", "chart", "--folder", EXAMPLES / "moz", "--json").out)

    assert (drawn["tracks"], drawn["rows"], drawn["fork"], drawn["band_set"]) == (["ic", "manager"], [], None, None)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    missing = run("chart", "sales", "--folder", EXAMPLES / "google")
    none = run("chart", "sales", "--folder", tmp_path / "none")

    assert (missing.code, missing.err.splitlines()[-1]) == (
        1,
        f"dualtrack: {EXAMPLES / 'google'} has no ladder sales; it has software-engineering.",
    )
    assert none.code == 2


def test_the_database_is_drawn_with_pay(engine: Engine) -> None:
    applied(engine)

    drawn = json.loads(run("chart", "marketing", "--json", engine=engine).out)
    narrowed = json.loads(run("chart", "marketing", "--zone", "de-berlin", "--json", engine=engine).out)
    from_folder = json.loads(run("chart", "marketing", "--folder", EXAMPLES / "demo", "--json").out)

    by_grade = {row["grade"]: row["verdict"] for row in drawn["rows"]}
    assert by_grade == {"1": None, "2": None, "3": None, "4": "equal", "5": "gap", "6": "equal", "7": "equal"}
    assert {row["grade"]: row["verdict"] for row in narrowed["rows"]}["5"] == "equal"
    assert drawn == from_folder
    assert run("chart", "sales", engine=engine).code == 1
    assert run("chart", "marketing", "--on", "2019-12-31", engine=engine).err.startswith(
        "dualtrack: no-ladder-in-force: "
    )


def test_two_levels_are_told_side_by_side(engine: Engine) -> None:
    applied(engine)

    told = run("compare", "engineering/ic5", "engineering/em5", engine=engine)

    lines = told.out.splitlines()
    assert told.code == 0
    assert lines[:2] == [
        "a  engineering/ic5  Staff Engineer, grade 5",
        "b  engineering/em5  Senior Engineering Manager, grade 5",
    ]
    assert "  a  Architecture board; Quarterly planning" in lines
    place = lines.index("moving from a to b")
    assert lines[place + 1 :] == [
        "  grade +0",
        "  another track, allowed both ways",
        "  steps are the same",
        "  band in de-berlin: not lower",
        "  band in us-ny: not lower",
    ]


def test_a_gap_is_told_both_ways(engine: Engine) -> None:
    applied(engine)

    down = run("compare", "marketing/mm5", "marketing/mic5", engine=engine).out.splitlines()
    up = run("compare", "marketing/mic5", "marketing/mm5", engine=engine).out.splitlines()

    assert "  band in us-ny: LOWER" in down
    assert "  band in us-ny: not lower" in up


@pytest.mark.parametrize(
    ("a", "b", "code"),
    [
        ("engineering/ic5", "engineering", "unlike-references"),
        ("engineering/ic5/x", "engineering/ic5", "invalid-reference"),
        ("engineering/ic99", "engineering/ic5", "no-such-level"),
        ("engineering@1", "engineering", "no-such-version"),
        ("sales", "engineering", "no-ladder-in-force"),
    ],
)
def test_what_cannot_be_compared_is_refused(sqlite_url: str, a: str, b: str, code: str) -> None:
    engine = sqlite(sqlite_url)
    applied(engine)

    refused = run("compare", a, b, engine=engine)

    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith(f"dualtrack: {code}: ")


def test_parity_shows_the_planted_gap_and_its_waiver(engine: Engine) -> None:
    applied(engine)

    told = run("parity", "--on", "2026-11-25", engine=engine)
    later = run("parity", "--on", "2027-07-01", engine=engine)

    (gap,) = [line.split() for line in told.out.splitlines() if " gap " in line and line.startswith("marketing")]
    assert gap[:6] == ["marketing", "5", "mic5", "mm5", "gap", "equal"]
    notes = [line for line in told.out.splitlines() if line.startswith("note ")]
    assert [line.split()[2] for line in notes] == ["DT104", "DT108"]
    assert all(" waived until 2027-06-30, " in line for line in notes)
    assert told.code == 0
    # The day the waivers end they are errors, and so is their being over.
    errors = [line.split()[2] for line in later.out.splitlines() if line.startswith("error ")]
    assert (later.code, errors) == (1, ["DT104", "DT108", "DT111", "DT111"])


def test_coverage_counts_roles_and_fails_on_a_gap(engine: Engine) -> None:
    applied(engine)

    told = run("coverage", engine=engine)

    counts = json.loads(run("coverage", "--json", engine=engine).out)
    assert told.code == 0
    assert told.out.splitlines()[-1] == (
        f"{counts['covered']} roles: {counts['covered']} covered, 0 waived, 0 gaps, 0 unknown"
    )
    assert {role["state"] for role in counts["roles"]} == {team["state"] for team in counts["teams"]} == {"covered"}


def test_a_role_without_a_dual_path_fails_the_command(engine: Engine) -> None:
    applied(engine, "hubspot")

    told = run("coverage", engine=engine)

    assert told.code == 1
    assert told.out.splitlines()[-1] == "2 roles: 0 covered, 0 waived, 2 gaps, 0 unknown"


def test_days_and_instants_are_read_strictly(sqlite_url: str) -> None:
    engine = sqlite(sqlite_url)
    applied(engine)

    assert run("parity", "--on", "tomorrow", engine=engine).code == 2
    assert run("parity", "--known-at", "2026-01-01", engine=engine).code == 2
    assert run("parity", "--known-at", "2020-01-01T00:00:00Z", engine=engine).err.startswith("dualtrack: no-company: ")
    assert run("parity", "--known-at", "2999-01-01T00:00:00Z", engine=engine).err.startswith(
        "dualtrack: known-at-in-future: "
    )


@pytest.mark.parametrize(
    "question",
    [["chart", "engineering"], ["compare", "a/b", "a/c"], ["parity"], ["coverage"]],
    ids=lambda words: words[0],
)
async def test_a_database_that_cannot_answer_is_told_in_one_line_and_with_2(
    question: list[str], tmp_path: Path
) -> None:
    # In processes of their own: what a command leaves to the program around it is part of what is told.
    async with a_house(tmp_path, sqlite(f"sqlite:///{tmp_path}/empty.db").environment()) as house:
        unmigrated = await house.run(*question)
        away = await house.run(*question, DUALTRACK_DATABASE_URL="postgresql://127.0.0.1:1/none")

    assert (unmigrated.code, unmigrated.out) == (2, "")
    assert unmigrated.err == ("dualtrack: the database is not at this release's schema: run `dualtrack migrate`.\n")
    assert (away.code, away.out) == (2, "")
    assert away.err.startswith("dualtrack: The database does not answer.") and away.err.count("\n") == 1
