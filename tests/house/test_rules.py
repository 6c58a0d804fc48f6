"""Rules of the code that no linter knows, each with its reason."""

import ast
import re
from collections import Counter

import pytest

from service.sqlite_library import library_version, wal_safe
from tests.conftest import COUNTS, EITHER
from tests.engines import ENGINES
from tests.house.sources import ROOT, calls, files, python_files, relative, tree

# Everything else would leave half-written requests behind (the transaction is one place's business).
MAY_COMMIT = re.compile(r"service/(usecases/act|storage/database|webhooks/store\w*)\.py")
# Time comes in as an argument: tests need no frozen clock, and a request has one now.
CLOCKS = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
    "time.monotonic",
}
# Loops that must outlive any one failure; each counts what it caught.
MAY_CATCH_ALL = re.compile(r"service/(worker|webhooks/\w+|connectors/\w+|graphql/projection)\.py")


def test_only_the_frame_of_a_write_commits() -> None:
    found = [
        f"{relative(path)}:{line}"
        for path in python_files("service")
        if not MAY_COMMIT.fullmatch(relative(path))
        for line, name in calls(path)
        if name.endswith(".commit")
    ]
    assert found == []


@pytest.mark.parametrize("folder", ["service/domain", "service/usecases"])
def test_rules_and_acts_read_no_clock(folder: str) -> None:
    found = [
        f"{relative(path)}:{line} {name}"
        for path in python_files("service")
        if relative(path).startswith(folder)
        for line, name in calls(path)
        if any(name == clock or name.endswith(f".{clock}") for clock in CLOCKS)
    ]
    assert found == []


def test_broad_excepts_are_where_loops_must_go_on() -> None:
    found = [
        f"{relative(path)}:{node.lineno}"
        for path in python_files("service")
        if not MAY_CATCH_ALL.fullmatch(relative(path))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and swallows_all(node)
    ]
    assert found == []


def swallows_all(handler: ast.ExceptHandler) -> bool:
    broad = handler.type is None or ast.unparse(handler.type) in {"Exception", "BaseException"}
    return broad and not any(isinstance(node, ast.Raise) for node in ast.walk(handler))


def test_tests_do_not_sleep() -> None:
    found = [
        f"{relative(path)}:{line}"
        for path in python_files("tests")
        # Waits for another program, which has no event to give.
        if relative(path) != "tests/postgres.py"
        for line, name in calls(path)
        if name in {"time.sleep", "asyncio.sleep", "sleep", "anyio.sleep"}
    ]
    assert found == []


def test_nothing_is_left_for_later() -> None:
    later = re.compile(r"\b(TODO|FIXME|XXX|HACK|NotImplementedError|for now)\b")
    found = [
        f"{relative(path)}:{number}"
        for path in python_files("service", "bench")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if later.search(line)
    ]
    assert found == []


def test_no_machine_and_no_index_is_named() -> None:
    # Assembled, so that this file does not hold what it looks for.
    hosts = ["pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "crates" + ".io", "proxy.golang" + ".org"]
    places = ["/ro" + "ot/", "/ho" + "me/", "/work" + "/", "/Us" + "ers/"]
    needle = re.compile("|".join(re.escape(word) for word in hosts + places))
    found = [
        f"{relative(path)}:{number}"
        for path in files()
        if path.suffix not in {".png", ".ico", ".woff2"}
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if needle.search(line)
    ]
    assert found == []


def test_each_engine_runs_the_same_number_of_tests(request: pytest.FixtureRequest) -> None:
    counts: Counter[str] = request.config.stash[COUNTS]
    assert set(counts) <= {*ENGINES, EITHER}
    assert {counts[journal] + counts[EITHER] for journal in ("sqlite-truncate", "sqlite-wal")} == {counts["postgres"]}


def test_wal_is_really_tested() -> None:
    assert wal_safe(library_version())


def test_one_of_each() -> None:
    """A newcomer meets one Postgres driver, one command line library, one YAML library."""
    text = (ROOT / "requirements.lock").read_text()
    for unwanted in (
        "psycopg",
        "psycopg2",
        "click-default-group",
        "argparse",
        "pyyaml",
        "jinja2",
    ):
        assert f"\n{unwanted}==" not in text
