"""What the docs say is there, and what is there is in the docs."""

import re
import subprocess

import pytest
import yaml

from service.settings import Settings, variable
from tests.house.sources import ROOT, files, relative

CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text()
README = (ROOT / "README.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
DECISIONS = ROOT / "docs" / "decisions"
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))


@pytest.mark.parametrize("field", sorted(Settings.model_fields))
def test_each_setting_has_a_row(field: str) -> None:
    rows = [line for line in CONFIGURATION.splitlines() if line.startswith(f"| `{variable(field)}` |")]
    assert len(rows) == 1


def test_the_docs_name_no_setting_that_is_none() -> None:
    known = {variable(field) for field in Settings.model_fields}
    pages = [path for path in files() if path.suffix == ".md" or path.name == "Dockerfile"]
    named = {name for page in pages for name in re.findall(r"DUALTRACK_[A-Z_]*[A-Z]", page.read_text())}
    assert {name for name in named - known if not name.startswith(("DUALTRACK_TEST", "DUALTRACK_CLIENT"))} == set()


def test_defaults_in_the_docs_are_the_defaults() -> None:
    rows = dict(re.findall(r"^\| `(DUALTRACK_\w+)` \| `([^`]*)` \|", CONFIGURATION, flags=re.MULTILINE))
    for field, info in Settings.model_fields.items():
        if variable(field) in rows:
            assert str(info.default).removesuffix(".0") == rows[variable(field)]


def test_help_lists_every_target() -> None:
    answer = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = {line.split()[1] for line in answer.stdout.splitlines()}
    assert listed == TARGETS
    (phony,) = re.findall(r"^\.PHONY: (.*)$", MAKEFILE, flags=re.MULTILINE)
    assert set(phony.split()) == TARGETS


def test_commands_in_the_pages_exist() -> None:
    pages = [path for path in files() if path.suffix == ".md"]
    made = {name for page in pages for name in re.findall(r"^\s*`?make ([a-z-]+)", page.read_text(), flags=re.M)}
    assert {"demo", "test"} <= set(re.findall(r"^make ([a-z-]+)", README, flags=re.MULTILINE))
    assert made <= TARGETS
    commands = {path.stem.replace("_", "-") for path in (ROOT / "service" / "cli").glob("*.py")}
    said = {name for page in pages for name in re.findall(r"`dualtrack ([a-z-]+)", page.read_text())}
    assert said - commands == set()


def test_requests_that_pages_and_answers_name_exist() -> None:
    offered = {
        (method, re.compile(re.sub(r"\{\w+\}", "[^/]+", path)))
        for path, methods in yaml.load((ROOT / "openapi.yaml").read_text(), yaml.CSafeLoader)["paths"].items()
        for method in methods
    }
    pages = [path for path in files() if path.suffix == ".md" or relative(path).startswith("service/")]
    named = {
        (relative(page), method, path.rstrip("."))
        for page in pages
        if page.suffix in (".md", ".py")
        for method, path in re.findall(
            r"\b(GET|POST|PUT|PATCH|DELETE) (/v1/(?:\{[^}]*\}|<\w+>|[^\s`\"'?,;:)<>])*)", page.read_text()
        )
    }
    assert len(named) > 50
    assert [
        one for one in sorted(named) if not any(m == one[1].lower() and path.fullmatch(one[2]) for m, path in offered)
    ] == []


def test_the_readme_has_the_guess_rule() -> None:
    for word in ("domain/<noun>", "usecases/<noun>", "<surface>/<noun>", "storage/<noun>", "webhooks/", "connectors/"):
        assert word in README


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    pages = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    assert [int(name[:4]) for name in pages] == list(range(1, len(pages) + 1))
    assert re.findall(r"\]\(([0-9].*?\.md)\)", (DECISIONS / "README.md").read_text()) == pages
    for name in pages:
        text = (DECISIONS / name).read_text()
        assert text.startswith(f"# {int(name[:4])}. ")
        parts = re.findall(r"^## (.*)$", text, flags=re.MULTILINE)
        assert parts == ["Context", "Decision", "Consequences", "Alternatives", "Where"], name
        assert "- Good" in text
        assert "- Bad" in text


def test_paths_that_decisions_name_exist() -> None:
    for page in DECISIONS.glob("[0-9]*.md"):
        where = page.read_text().partition("## Where")[2]
        named = [word for word in re.findall(r"`([^`]+)`", where) if "/" in word or "." in word]
        assert [word for word in named if not (ROOT / word).exists()] == [], page.name


@pytest.mark.parametrize("page", [relative(path) for path in files() if path.suffix == ".md"])
def test_links_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", (ROOT / page).read_text())
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not ((ROOT / page).parent / target).exists()] == []


def test_the_changelog_knows_this_version_or_what_comes() -> None:
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text()


def test_what_always_holds_is_tried_by_tests_that_exist() -> None:
    rows = re.findall(r"^\| (\d+) \| .* \| (.*) \|$", (ROOT / "docs" / "timeline.md").read_text(), flags=re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 25))
    for number, tried in rows:
        named = re.findall(r"`(\S+\.py)::(test_\w+)`", tried)
        assert named, number
        for path, test in named:
            assert f"def {test}(" in (ROOT / path).read_text(), (number, test)


def test_each_row_of_the_decision_table_is_a_test_by_its_number() -> None:
    tests = "\n".join(path.read_text() for path in (ROOT / "tests" / "usecases").glob("test_*.py"))
    assert {int(number) for number in re.findall(r"def test_(?:row_)?(\d+)_", tests)} == set(range(1, 31))
