"""What the README of each example says that lint finds there is what lint finds, to the letter."""

import re
from datetime import date

import pytest
from typer.testing import CliRunner

from service.cli import DONE, app
from service.cli import lint as command
from tests.examples.folders import EXAMPLES, NAMES, example

assert command
DAY = date(2026, 11, 25)
WAIVED_UNTIL = date(2027, 6, 30)
SECTION = re.compile(r"## What lint says\n\n(?P<sentence>(?:[^`#|\n][^`\n]*\n){1,2})\n```\n(?P<block>[^`]*)```\n")
NOTHING = "nothing"


def promised(name: str) -> tuple[str, list[str]]:
    """The sentence of the README, and the lines of its block."""
    text = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    assert text.count("\n## What lint says\n") == 1
    section = SECTION.fullmatch(text[text.index("## What lint says\n") :])
    assert section, "the last section of the README is a sentence and a block, and nothing else"
    return section["sentence"], section["block"].splitlines()


def found(name: str, day: date) -> list[str]:
    """The first line of each finding as lint prints it, paths relative to the folder."""
    return [
        f"{at.file}:{at.line}:{at.column} {finding.severity} {finding.rule} {finding.text}"
        for finding, at in ((located.finding, located.position) for located in example(name).judge(day))
    ]


@pytest.mark.parametrize("name", NAMES)
def test_lint_says_what_the_readme_promises_and_nothing_else(name: str) -> None:
    sentence, lines = promised(name)

    assert found(name, DAY) == ([] if lines == [NOTHING] else lines)
    assert sentence.endswith(".\n")


@pytest.mark.parametrize("name", NAMES)
def test_no_example_has_an_error_or_a_warning(name: str) -> None:
    folder = example(name)

    assert folder.is_usable
    assert {located.finding.severity for located in folder.judge(DAY)} <= {"note"}


def test_the_command_prints_these_lines_of_all_folders() -> None:
    answer = CliRunner().invoke(app, ["lint", "--on", DAY.isoformat(), *(str(EXAMPLES / name) for name in NAMES)])
    told = [line for line in answer.output.splitlines() if line.startswith(f"{EXAMPLES}/")]
    lines = [f"{EXAMPLES / name}/{line}" for name in NAMES for line in promised(name)[1] if line != NOTHING]

    assert told == lines
    assert answer.output.splitlines()[-1] == f"{len(NAMES)} folders: 0 errors, 0 warnings, {len(lines)} notes"
    assert answer.exit_code == DONE


def test_only_the_demo_changes_with_the_day_and_on_the_one_it_names() -> None:
    sentence, _ = promised("demo")
    before, from_then_on = date(2027, 6, 29), WAIVED_UNTIL

    assert re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", sentence) == [WAIVED_UNTIL.isoformat()]
    assert [name for name in NAMES if found(name, before) != found(name, DAY)] == []
    assert [name for name in NAMES if found(name, from_then_on) != found(name, DAY)] == ["demo"]
    errors = [
        located.finding.rule for located in example("demo").judge(from_then_on) if located.finding.severity == "error"
    ]
    assert errors == ["DT104", "DT111", "DT111", "DT108"]


def test_the_table_of_examples_lists_each_folder_once_and_every_readme_has_a_title() -> None:
    text = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(.+?)\]\((.+?)\) \| (.+?) \| (.+?) \|$", text, flags=re.MULTILINE)

    assert sorted(label for label, *_ in rows) == list(NAMES)
    assert [(label, target) for label, target, *_ in rows if label != target] == []
    assert len({what for *_, what, _ in rows}) == len({shown for *_, shown in rows}) == len(NAMES)
    for name in NAMES:
        assert (EXAMPLES / name / "README.md").read_text(encoding="utf-8").startswith("# ")
