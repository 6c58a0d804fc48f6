"""Nothing grows beyond what fits on a screen or two."""

import ast
from pathlib import Path

import pytest

from tests.house.sources import python_files, relative, tree

FILE_LINES = 300
FUNCTION_LINES = 50
SOURCES = python_files("service", "tests", "bench")


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def test_files() -> None:
    sizes = {relative(path): len(path.read_text().splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in sizes.items() if lines > FILE_LINES} == {}


def test_functions() -> None:
    long = {
        f"{relative(path)}:{function.lineno} {function.name}": lines
        for path in SOURCES
        # A migration is one list of statements, and never changes.
        if not relative(path).startswith("service/migrations/versions/")
        for function in functions(path)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "misc", "manager"])
def test_no_catch_all_modules(name: str) -> None:
    assert [relative(path) for path in SOURCES if name in (path.stem, path.parent.name)] == []
