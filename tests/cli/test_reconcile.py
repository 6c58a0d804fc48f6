"""`dualtrack reconcile`: what docs/reconcile.md shows is what it says, and what it refuses."""

import json
import re
import shlex
from pathlib import Path

import pytest

from service.cli import reconcile
from service.usecases.employees import set_external_id
from tests.cli.desk import Said, hire, on_stage, run
from tests.docs import block_with, blocks
from tests.e2e.house import DEMO
from tests.engines import Engine
from tests.stage import HR, Stage

PAGE = "reconcile.md"
COMMAND = reconcile.__name__.rpartition(".")[2]


@pytest.fixture
def papers(plain_sqlite: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The demo company with one person, and beside it the files that the page shows."""
    assert run("apply", DEMO, engine=plain_sqlite).code == 0
    hire(plain_sqlite, ada={"ladder": "engineering", "level": "ic4", "zone": "de-berlin"})

    async def name(stage: Stage) -> None:
        await set_external_id(stage.runtime, HR, "ada", "bamboohr", "4711", expected="*")

    on_stage(plain_sqlite, name)
    (tmp_path / "people.csv").write_text(blocks(PAGE, "csv")[0])
    (tmp_path / "columns.json").write_text(block_with(PAGE, "json", "effective_on"))
    (tmp_path / "mapping.json").write_text(block_with(PAGE, "json", "theirs"))
    monkeypatch.chdir(tmp_path)
    return plain_sqlite


def shown(command: str, engine: Engine) -> Said:
    name, *arguments = shlex.split(command)
    assert name == "dualtrack"
    return run(*arguments, engine=engine)


def plain(text: str) -> list[str]:
    """Lines without colours, trailing blanks and what of an id differs each time."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return [re.sub(r"\b(rec|bat)_[0-9a-z]{26}", r"\1_…", line).rstrip() for line in text.strip().splitlines()]


def test_what_the_page_shows_is_what_is_said(papers: Engine) -> None:
    commands, answers = blocks(PAGE, "sh"), blocks(PAGE, "text")
    assert len(commands) == len(answers) == 2
    for command, answer in zip(commands, answers, strict=True):
        said = shown(command, papers)
        assert (said.code, said.err) == (1, "")
        assert plain(said.out) == plain(answer)


def test_as_json_and_when_both_agree(papers: Engine) -> None:
    words = ("--system", "bamboohr", "--columns", "columns.json", "--mapping", "mapping.json")
    said = run(COMMAND, "people.csv", *words, "--json", engine=papers)
    document = json.loads(said.out)
    assert said.code == 1 and document["mending"] is None
    kinds = [one["kind"] for one in document["drifts"]]
    assert kinds == ["wrong_level", "missing_here", "unknown_code", "missing_here"]
    Path("people.csv").write_text("Employee #,Job Title,Since,Left\n4711,Senior Engineer,2021-01-01,\n")
    said = run(COMMAND, "people.csv", *words, engine=papers)
    assert (said.code, plain(said.out)[2:]) == (0, ["Both sides agree.", "Kept as rec_…."])
    Path("report.json").write_text('{"Report_Entry": [{"Employee_ID": 9, "Job_Profile_ID": "engineering/ic4"}]}')
    said = run(COMMAND, "report.json", "--system", "workday", "--complete", engine=papers)
    assert said.code == 1 and "missing there" in said.out and "ada" in said.out


def test_what_cannot_be_read_is_said_by_row_and_column(papers: Engine) -> None:
    words = ("--system", "bamboohr", "--columns", "columns.json")
    Path("people.csv").write_text("Employee #,Job Title,Since,Left\n=1,A,2026-01-01,\n2,B,01.02.2026,\n")
    bad = run(COMMAND, "people.csv", *words, engine=papers)
    assert (bad.code, bad.out) == (2, "")
    assert bad.err == (
        "dualtrack: Row 1, column Employee #: begins like a formula: send values alone.\n"
        "Row 2, column Since: is no date of the form YYYY-MM-DD.\n"
    )
    Path("latin.csv").write_bytes("Employee #\nAndré\n".encode("latin-1"))
    Path("odd.json").write_text("{")
    tried = [
        run(COMMAND, "latin.csv", *words, engine=papers),
        run(COMMAND, "nothing.csv", *words, engine=papers),
        run(COMMAND, "people.csv", "--system", "bamboohr", engine=papers),
        run(COMMAND, "odd.json", "--system", "other", engine=papers),
        run(COMMAND, "odd.json", "--system", "gusto", engine=papers),
        run(COMMAND, "people.csv", *words, "--as-of", "soon", engine=papers),
    ]
    assert [one.code for one in tried] == [2] * 6
    assert all(one.out == "" and one.err.startswith("dualtrack: ") for one in tried)
    refused = run(COMMAND, "people.csv", "--system", "bamboohr", "--connection", "none", engine=papers)
    assert refused.code == 2
