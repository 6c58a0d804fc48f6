"""Connections beside the database: connected, tried out, mapped, read and disconnected, with nothing secret told."""

import asyncio
import json
import os
import signal
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from service.cli import connect, sync
from service.connectors.registry import KINDS as KNOWN
from tests.cli.desk import Said, on_stage, sqlite
from tests.cli.desk import run as run_plainly
from tests.connected import KINDS, TOKEN, Binder, a_binder
from tests.engines import Engine
from tests.stage import publish

COMMANDS = [connect.__name__, sync.__name__]
MAPPING = """\
entries:
  - {of: level, ours: engineering/ic3, theirs: Engineer}
  - {of: level, ours: engineering/ic4, theirs: Senior Engineer}
  - of: level
    ours: engineering/em3
    theirs: Manager
    to: 2030-01-01
  - {of: level, ours: engineering/ic3, theirs: Sr. Engineer, read_only: true}
"""
GRADES = [{"of": "grade", "ours": "4", "theirs": "[/red]IV"}]


@pytest.fixture
def binder() -> Generator[Binder]:
    KNOWN.update(KINDS)
    with a_binder() as made:
        yield made
    for name in KINDS:
        del KNOWN[name]


@pytest.fixture
def engine(sqlite_url: str) -> Engine:
    made = sqlite(sqlite_url)
    on_stage(made, publish)
    return made


def run(engine: Engine, *arguments: str | Path) -> Said:
    os.environ["DUALTRACK_EGRESS_ALLOW"] = "127.0.0.1/32"
    try:
        said = run_plainly(*arguments, engine=engine)
    finally:
        del os.environ["DUALTRACK_EGRESS_ALLOW"]
    assert TOKEN not in said.out + said.err
    return said


def written(folder: Path, name: str, value: Any, mode: int = 0o600) -> Path:
    path = folder / name
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    path.chmod(mode)
    return path


def connected(engine: Engine, binder: Binder, folder: Path, *more: str) -> Said:
    settings = written(folder, "settings.json", {"url": binder.url})
    secret = written(folder, "secret.json", {"token": TOKEN})
    return run(engine, "connect", "binder", "--key", "shelf", "--settings", settings, "--credentials", secret, *more)


def test_a_system_is_connected_tried_out_mapped_and_disconnected(
    engine: Engine, binder: Binder, tmp_path: Path
) -> None:
    made = connected(engine, binder, tmp_path, "--check")
    assert (made.code, made.err, made.lines[0].startswith("connected shelf (con_")) == (1, "", True)
    assert made.lines[1:3] == [
        "ok   credentials: they are accepted",
        "NOT  title Engineer: nothing of ours is called so there: map it",
    ]
    again = connected(engine, binder, tmp_path)
    assert (again.code, again.err.startswith("dualtrack: There is a connection shelf already.")) == (1, True)
    anew = connected(engine, binder, tmp_path, "--replace", "--json")
    assert (anew.code, json.loads(anew.out)["revision"]) == (0, 2)

    file = written(tmp_path, "mapping.yaml", MAPPING)
    tried = run(engine, "connect", "map", "shelf", file, "--dry-run")
    assert (tried.code, tried.lines[0]) == (0, "would be version 1 with 4 entries")
    done = run(engine, "connect", "map", "shelf", file)
    assert (done.code, done.err, done.lines[0]) == (0, "", "is version 1 with 4 entries")
    assert done.lines[1].startswith("without a name there: ")
    copied = tmp_path / "copy.yaml"
    assert run(engine, "connect", "map", "shelf", copied, "--export").out == f"wrote 4 entries to {copied}\n"
    assert run(engine, "connect", "map", "shelf", copied, "--export").code == 1
    shown = run(engine, "connect", "map", "shelf", "--export").out
    assert shown == copied.read_text() and shown.startswith("# Version 1.\nentries:\n- of: level\n")
    assert shown.count("read_only") == 1 and "  theirs: Sr. Engineer\n  read_only: true\n" in shown
    # What is left to be named is an entry once it is no comment.
    begun = written(
        tmp_path,
        "begun.yaml",
        shown.replace(
            '# - {of: level, ours: engineering/ic5, theirs: ""', "- {of: level, ours: engineering/ic5, theirs: Ace"
        ),
    )
    assert run(engine, "connect", "map", "shelf", begun, "--dry-run").lines[0] == "would be version 2 with 5 entries"
    assert run(engine, "connect", "map", "shelf", copied).lines[0] == "is version 2 with 4 entries"
    assert run(engine, "connect", "check", "shelf").code == 0

    (line,) = run(engine, "connect", "list").lines
    assert line.split("  ")[1:] == ["shelf", "binder", "healthy, 0 to write"]
    assert [one["key"] for one in json.loads(run(engine, "connect", "list", "--json").out)] == ["shelf"]
    assert run(engine, "connect", "delete", "shelf", "--dry-run").out.startswith("would disconnect con_")
    assert run(engine, "connect", "delete", "shelf").out.startswith("disconnected con_")
    gone = run(engine, "connect", "check", "shelf")
    assert (gone.code, gone.out, "There is no connection shelf" in gone.err) == (1, "", True)
    assert binder.written == []


def test_bands_are_compared_with_amounts(engine: Engine, binder: Binder, tmp_path: Path) -> None:
    connected(engine, binder, tmp_path)
    run(engine, "connect", "map", "shelf", written(tmp_path, "grades.json", {"entries": GRADES}))
    # A name that would be a colour, and a mistake, were it taken for markup.
    binder.bands = [{"name": "[/red]IV", "min": "40001.17", "mid": "44444.44"}]
    said = run(engine, "connect", "bands", "shelf")
    assert (said.code, said.err, said.lines[-1]) == (1, "", "1 differs, 11 not there")
    assert said.lines[1].split() == [
        *("differs", "[/red]IV", "4", "berlin", "EUR", "40001.17", "–", "44444.44", "–", "·"),
        *("40001.17", "–", "45003.29", "–", "49007.31"),
    ]
    report = json.loads(run(engine, "connect", "bands", "shelf", "--json").out)
    assert (report["drifts"][0]["ours"]["max"], len(report["drifts"])) == ("49007.31", 12)
    binder.failing = 403
    closed = run(engine, "connect", "bands", "shelf")
    assert (closed.code, closed.out) == (1, "ALARM refused-there: they answered 403: set the token anew\n")
    assert run(engine, "connect", "bands", "none").code == 1


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("entries:\n  - {of: level, ours: ic3, theirs: X}\n", "2:23", "a level is named ladder/level"),
        ("entries:\n  - {of: lvel, ours: a/b, theirs: X}\n", "2:10", "Input should be 'level'"),
        ("entries:\n  - of: level\n    ours: a/b\n    theirs: 5\n", "4:13", "valid string"),
        ("entries:\n  - {of: team, ours: a, theirs: X, from: soon}\n", "2:42", "soon"),
        ("entries:\n  - {of: team, ours: a, theirs: X}\n  - {of: team, ours: a, theirs: Y}\n", "3:5", "another name"),
        ("entries: [\n", "2:1", ""),
        ('{"entries": [], "extra": 1}', "1:17", "extra is no field here"),
        ("entires: []\n", "1:1", "entries is missing"),
        ("- {of: team, ours: a, theirs: X}\n", "1:1", "a mapping begins with entries"),
        ("entries: [engineering/ic3]\n", "1:11", "this is no entry"),
        ("entries:\n  - {of: team, our: a, theirs: X, ours: b}\n", "2:16", "did you mean ours?"),
    ],
)
def test_a_mapping_with_a_fault_is_told_by_its_place(
    engine: Engine, binder: Binder, tmp_path: Path, text: str, at: str, says: str
) -> None:
    connected(engine, binder, tmp_path)
    file = written(tmp_path, "mapping.yaml", text)
    said = run(engine, "connect", "map", "shelf", file)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"{file}:{at}") and says in said.err
    assert run(engine, "connect", "map", "shelf", "--export").out.startswith("# Version 0.\nentries: []\n# Without")


def test_files_that_cannot_be_used_are_told_without_what_stands_in_them(
    engine: Engine, binder: Binder, tmp_path: Path
) -> None:
    settings = written(tmp_path, "settings.json", {"url": binder.url})
    secret = written(tmp_path, "open.json", {"token": TOKEN}, 0o644)
    start = ("connect", "binder", "--settings", settings, "--key")
    seen = run(engine, *start, "shelf", "--credentials", secret)
    assert (seen.code, seen.err) == (0, f"dualtrack: {secret} can be read by others. chmod 600 {secret}\n")
    broken = written(tmp_path, "broken.json", f'{{"token": "{TOKEN}"')
    assert run(engine, *start, "b", "--credentials", broken).code == 2
    listed = written(tmp_path, "list.json", [TOKEN])
    assert run(engine, *start, "b", "--credentials", listed).code == 2
    assert run(engine, *start, "b", "--credentials", tmp_path / "none.json").code == 2
    wrong = written(tmp_path, "wrong.json", {"tokn": TOKEN})
    said = run(engine, *start, "b", "--credentials", wrong)
    assert (said.code, "/credentials/tokn" in said.err, "/credentials/token" in said.err) == (1, True, True)
    assert run(engine, *start, "no spaces", "--credentials", secret).code == 2
    unknown = run(engine, "connect", "folder", "--key", "b")
    assert (unknown.code, "There is no kind 'folder' of system. Known are" in unknown.err) == (1, True)
    assert len(run(engine, "connect", "list").lines) == 1


def test_people_are_taken_in_and_what_was_ended_goes_on(engine: Engine, binder: Binder, tmp_path: Path) -> None:
    connected(engine, binder, tmp_path)
    run(engine, "connect", "map", "shelf", written(tmp_path, "mapping.yaml", MAPPING))
    binder.sheets = {str(n): [{"from": "2026-01-01", "title": "Engineer"}] for n in range(3)}
    binder.sheets["3"] = [{"from": "2026-01-01", "title": "Wizard"}]
    dry = run(engine, "sync", "shelf", "--dry-run")
    assert (dry.code, dry.lines[0]) == (1, "done (nothing is kept): 4 people read, 3 changes, 1 problems")
    assert (
        "  problem not-mapped binder:3 sheet/3-2026-01-01: their level Wizard stands for nothing here on 2026-01-01: "
        "map it to a level of ours"
    ) in dry.lines

    binder.calls.clear()
    binder.open.clear()

    def end() -> None:
        asyncio.run(binder.until(lambda: bool(binder.calls)))
        os.kill(os.getpid(), signal.SIGTERM)

    ending = threading.Thread(target=end)
    ending.start()
    ended = run(engine, "sync", "shelf")
    ending.join()
    binder.open.set()
    assert (ended.code, ended.out) == (130, "")
    assert ended.err == ("dualtrack: ended before it was done. The same command goes on: what was done stays done.\n")
    assert "(interrupted)" in run(engine, "connect", "list").out
    done = json.loads(run(engine, "sync", "shelf", "--json").out)
    assert (done["state"], done["report"]["made"], done["report"]["complete"]) == ("done", 4, True)
    again = run(engine, "sync", "shelf")
    assert (again.code, again.lines[0]) == (0, "done: 0 people read, 0 changes, 0 problems")
    full = json.loads(run(engine, "sync", "shelf", "--full", "--json").out)["report"]
    assert (full["people"], full["unchanged"], full["changes"]) == (4, 3, [])
    assert run(engine, "sync", "nothing").code == 1
