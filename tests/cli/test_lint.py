"""What `lint` says: text with a caret, JSON, exit codes, and nothing that steers a terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Said, run
from tests.house.sources import ROOT
from tests.ladderfiles.folders import COMPANY, write_folder

HOURLY = ("bands/2026.yaml", 'currency: USD, period: year, min: "90000"', 'currency: USD, period: hour, min: "45"')
GAP = ("ladders/engineering.yaml", "state: unpaired_by_design, reason: Nothing to lead.", "state: missing")


def waived(expires_on: str) -> tuple[str, str, str]:
    scope = '{ladder: engineering, grade: "3"}'
    waiver = f"waivers:\n  - {{rule: DT103, scope: {scope}, reason: Later., owner: Ann, expires_on: {expires_on}}}\n"
    return ("company.yaml", "parity: {policy: equal}\n", waiver)


def totals(said: Said) -> str:
    return said.lines[-1]


def marked(said: Said) -> list[tuple[str, int]]:
    """Of each finding the line that is shown and the place of the caret in it."""
    pairs = zip(said.lines, said.lines[1:], strict=False)
    return [(above[8:], below.index("^") - 8) for above, below in pairs if below.strip(" |") == "^"]


def test_a_clean_folder(tmp_path: Path) -> None:
    said = run("lint", write_folder(tmp_path))
    assert (said.code, said.out, said.err) == (0, "1 folder: 0 errors, 0 warnings, 0 notes\n", "")


def test_a_finding_is_told_with_its_line_a_caret_and_what_to_do(tmp_path: Path) -> None:
    write_folder(
        tmp_path,
        ("company.yaml", "timezone: Europe/Berlin", "timezone: 7"),
        ("ladders/engineering.yaml", "kind: manager", "kind: boss"),
    )
    said = run("lint", tmp_path)
    assert (said.code, said.err) == (1, "")
    assert said.lines == [
        f"{tmp_path}/company.yaml:2:11 error DT011 the number 7 does not belong here",
        "    2 | timezone: 7",
        "      |           ^",
        '      = put it in quotes: "7"',
        f"{tmp_path}/ladders/engineering.yaml:6:22 error DT013 'boss' is none of "
        "ic, manager, hybrid, executive, support",
        "    6 |   - {key: mgr, kind: boss}",
        "      |                      ^",
        "      = write one of ic, manager, hybrid, executive, support",
        "1 folder: 2 errors, 0 warnings, 0 notes",
    ]


@pytest.mark.parametrize(
    ("entry", "shown", "caret"),
    [
        pytest.param(
            "{key: de,\tretired:\t7, currency: EUR}", "  - {key: de, retired: 7, currency: EUR}", 23, id="tabs"
        ),
        pytest.param("{title: 北京, retired: 7}", "  - {title: 北京, retired: 7}", 27, id="letters two columns wide"),
        pytest.param("{title: e\u0301, retired: 7}", "  - {title: e\u0301, retired: 7}", 24, id="letters of no width"),
        pytest.param("{title: \ufeffé, retired: 7}", "  - {title: é, retired: 7}", 24, id="a byte order mark inside"),
        pytest.param("{title: a\u00a0b, retired: 7}", "  - {title: a b, retired: 7}", 26, id="a hard space"),
        pytest.param("{title: a\u2028b, retired: 7}", "  - {title: a b, retired: 7}", 26, id="a separator of lines"),
        pytest.param("{title: a\u0085b, retired: 7}", "  - {title: a b, retired: 7}", 26, id="a next line"),
    ],
)
def test_the_caret_stands_below_the_place(tmp_path: Path, entry: str, shown: str, caret: int) -> None:
    write_folder(tmp_path, ("company.yaml", "{key: de, currency: EUR}", entry))
    said = run("lint", tmp_path)
    assert said.code == 1
    assert (shown, caret) in marked(said)


def test_of_a_long_line_the_part_around_the_place_is_shown(tmp_path: Path) -> None:
    filled = f'{{key: de, retired: 7, currency: EUR, title: "{"x" * 60}", sum: "{"y" * 300}", end: 8}}'
    write_folder(tmp_path, ("company.yaml", "{key: de, currency: EUR}", filled))
    line = f"  - {filled}"
    first, middle, last = marked(run("lint", tmp_path))
    assert first == (line[:110], line.index("7"))
    begins = line.index("sum") + 1 - 55
    assert middle == (line[begins : begins + 110], 54)
    assert middle[0][middle[1] :].startswith('sum: "yyy')
    assert last == (line[-110:], 110 - len("end: 8}"))


def test_line_ends_of_every_system_are_counted_alike(tmp_path: Path) -> None:
    text = COMPANY.replace("Europe/Berlin", "7")
    for ending in ("\n", "\r\n", "\r"):
        folder = write_folder(tmp_path / repr(ending).strip("'\\"))
        (folder / "company.yaml").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", ending).encode())
        assert marked(run("lint", folder)) == [("timezone: 7", 10)]


def test_a_file_that_is_not_utf8_is_told_without_its_line(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "company.yaml").write_bytes(b"name: A\ntimezone: \xe4\x1b[31m\n")
    said = run("lint", tmp_path)
    assert said.code == 1
    assert said.lines == [
        f"{tmp_path}/company.yaml:2:11 error DT001 byte 0xe4 is not UTF-8",
        "      = save the file as UTF-8",
        "1 folder: 1 error, 0 warnings, 0 notes",
    ]


def test_what_never_ends_is_neither_read_nor_shown(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "bands" / "zero.yaml").symlink_to("/dev/zero")
    said = run("lint", tmp_path)
    assert said.code == 1
    assert [line.partition(" DT001 ")[0] for line in said.lines[:-1]] == [
        f"{tmp_path}/bands/zero.yaml:1:1 error",
        "      = put a file in its place",
    ]


def test_json_holds_every_finding_and_nothing_else(tmp_path: Path) -> None:
    write_folder(tmp_path, GAP, HOURLY, waived("2030-01-01"), ("company.yaml", "roles: [engineer]", "roles: [pilot]"))
    said = run("lint", tmp_path, "--json", "--on", "2029-12-31")
    assert (said.code, said.err) == (1, "")
    assert json.loads(said.out) == {
        "folders": [
            {
                "folder": str(tmp_path),
                "findings": [
                    {
                        "file": f"{tmp_path}/bands/2026.yaml",
                        "line": 13,
                        "column": 51,
                        "rule": "DT058",
                        "severity": "warning",
                        "pointer": "/bands/0/rows/2/period",
                        "text": "how many periods of one hour a year has is not stated, so its cost cannot be told",
                        "remedy": "add `periods_per_year: {hour: …}` to the set",
                        "waiver": None,
                    },
                    {
                        "file": f"{tmp_path}/company.yaml",
                        "line": 15,
                        "column": 27,
                        "rule": "DT025",
                        "severity": "error",
                        "pointer": "/company/teams/0/roles/0",
                        "text": "unknown role pilot",
                        "remedy": "define it, or use one of engineer",
                        "waiver": None,
                    },
                ],
            }
        ],
        "errors": 1,
        "warnings": 1,
        "notes": 0,
    }


def test_json_of_a_waived_gap_says_until_when_by_whom_and_why(tmp_path: Path) -> None:
    write_folder(tmp_path, GAP, waived("2030-01-01"))
    said = run("lint", tmp_path, "--json", "--on", "2029-12-31")
    found: Any = json.loads(said.out)
    (finding,) = found["folders"][0]["findings"]
    assert (said.code, found["errors"], found["warnings"], found["notes"]) == (0, 0, 0, 1)
    assert (finding["rule"], finding["severity"]) == ("DT103", "note")
    assert finding["waiver"] == "until 2030-01-01, Ann: Later."


def test_warnings_count_as_errors_when_asked_and_notes_never(tmp_path: Path) -> None:
    warned = write_folder(tmp_path / "warned", HOURLY)
    noted = write_folder(tmp_path / "noted", GAP, waived("2999-01-01"))
    for folder, told in ((warned, "1 warning, 0 notes"), (noted, "0 warnings, 1 note")):
        lenient, strict = run("lint", folder), run("lint", "--strict", folder)
        assert lenient.out == strict.out
        assert totals(strict) == f"1 folder: 0 errors, {told}"
        assert (lenient.code, strict.code) == (0, 1 if folder == warned else 0)


def test_a_waiver_holds_until_its_day(tmp_path: Path) -> None:
    write_folder(tmp_path, GAP, waived("2030-01-01"))
    before, after = (run("lint", tmp_path, "--on", day) for day in ("2029-12-31", "2030-01-01"))
    assert (before.code, totals(before)) == (0, "1 folder: 0 errors, 0 warnings, 1 note")
    assert before.lines[0].startswith(f"{tmp_path}/ladders/engineering.yaml:")
    assert " note DT103 " in before.lines[0]
    assert before.lines[4] == "      = waived until 2030-01-01, Ann: Later."
    assert (after.code, totals(after)) == (1, "1 folder: 2 errors, 0 warnings, 0 notes")
    assert [line.split()[2] for line in after.lines if " error " in line] == ["DT111", "DT103"]
    assert "waived until" not in after.out


@pytest.mark.parametrize(("expires_on", "code"), [("2001-01-01", 1), ("2999-12-31", 0)])
def test_without_a_day_today_decides(tmp_path: Path, expires_on: str, code: int) -> None:
    assert run("lint", write_folder(tmp_path, GAP, waived(expires_on))).code == code


def test_a_folder_of_folders_stands_for_those_in_it(tmp_path: Path) -> None:
    write_folder(tmp_path / "b", HOURLY)
    write_folder(tmp_path / "a", ("company.yaml", "timezone: Europe/Berlin", "timezone: 7"))
    (tmp_path / "neither").mkdir()
    said = run("lint", tmp_path)
    assert (said.code, totals(said)) == (1, "2 folders: 1 error, 1 warning, 0 notes")
    places = [line.split(":")[0] for line in said.lines if " DT" in line]
    assert places == [f"{tmp_path}/a/company.yaml", f"{tmp_path}/b/bands/2026.yaml"]
    # One that is a company folder itself stands for itself alone.
    write_folder(tmp_path)
    assert run("lint", tmp_path).out == "1 folder: 0 errors, 0 warnings, 0 notes\n"
    assert totals(run("lint", tmp_path / "b", tmp_path)) == "2 folders: 0 errors, 1 warning, 0 notes"


def test_a_folder_without_a_company_is_a_finding(tmp_path: Path) -> None:
    said = run("lint", tmp_path)
    assert said.code == 1
    assert said.lines[0] == f"{tmp_path}/company.yaml:1:1 error DT005 the folder has no company.yaml"


@pytest.mark.parametrize("name", ["nowhere", "x" * 300, "company.yaml"])
def test_no_such_folder_is_a_line_and_nothing_is_judged(tmp_path: Path, name: str) -> None:
    folder = write_folder(tmp_path)
    said = run("lint", folder, folder / name)
    assert (said.code, said.out) == (2, "")
    assert said.err == f"dualtrack: {folder / name} is no folder. Name one that holds company.yaml.\n"


@pytest.mark.parametrize("day", ["", "2026", "2026-02-30", "tomorrow"])
def test_a_day_that_is_none_is_unusable(tmp_path: Path, day: str) -> None:
    said = run("lint", write_folder(tmp_path), "--on", day)
    assert (said.code, said.out) == (2, "")
    assert "--on" in said.err and "Traceback" not in said.err


STEERING = """\
name: "\\e[31mred\\a\\x9b2J\\u202e"
"\\e[2J\\u202e": 1
"\\e[2J\\u202e": 2
timezone: 7 # \u202e\u009b31m
"""


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_nothing_in_a_file_steers_the_terminal(tmp_path: Path, form: list[str]) -> None:
    write_folder(tmp_path, GAP, waived("2999-01-01"))
    company = (tmp_path / "company.yaml").read_text().replace("Later.", '"a\\e[31m\\nb\\u2066"')
    (tmp_path / "company.yaml").write_text(company)
    broken = write_folder(tmp_path / "broken")
    (broken / "company.yaml").write_text(STEERING)
    (broken / "ladders" / os.fsdecode(b"a\x1b[31m\n\xff.yaml")).write_text("{}")
    said = run("lint", tmp_path, broken, *form)
    assert said.code == 1
    assert [letter for letter in said.out if not letter.isprintable() and letter != "\n"] == []
    if form:
        folders = json.loads(said.out)["folders"]
        assert folders[0]["findings"][0]["waiver"] == "until 2999-01-01, Ann: a\x1b[31m\nb\u2066"
    else:
        assert "      = waived until 2999-01-01, Ann: a\\x1b[31m\\nb\\u2066" in said.lines
        assert f"{broken}/ladders/a\\x1b[31m\\n\\udcff.yaml:1:1 error DT012 `key` is missing" in said.lines


def test_it_needs_neither_a_database_nor_what_the_service_is_made_of(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DUALTRACK_DATABASE_URL": "nonsense"}
    command = [sys.executable, "-X", "importtime", "-m", "service", "lint", str(folder)]
    ended = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, "1 folder: 0 errors, 0 warnings, 0 notes\n")
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "service.cli.folders.opening" in loaded
    assert loaded & {"service.app", "fastapi", "sqlalchemy", "aiohttp"} == set()
