"""What the house tests read: the files of the repository, without what is made from them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SKIPPED = {
    ".git",
    ".venv",
    "node_modules",
    "__pycache__",
    "dist",
    "build",
    ".hypothesis",
    ".pytest_cache",
    ".ruff_cache",
}


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def files() -> tuple[Path, ...]:
    found: list[Path] = []
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.is_dir() and path.name not in SKIPPED and not path.name.endswith("_cache"):
                folders.append(path)
            elif path.is_file() and not path.name.endswith((".db", ".db-wal", ".db-shm", ".db-journal", ".db.lock")):
                found.append(path)
    return tuple(found)


def python_files(*folders: str) -> list[Path]:
    """The Python files under the named top folders."""
    return [path for path in files() if path.suffix == ".py" and relative(path).split("/")[0] in folders]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def calls(path: Path) -> list[tuple[int, str]]:
    """(line, dotted name) of everything the file calls, as far as a name can be read off."""
    return [(node.lineno, ast.unparse(node.func)) for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
