"""What is installed has none of the holes we know of."""

import ast
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.house.sources import ROOT, python_files, tree

# The first version without a known hole, or the one whose behaviour was checked.
FLOORS = {
    "aiohttp": "3.14",
    "cryptography": "50.0.0",
    "fastapi": "0.165.0",  # text/plain taken for JSON (CVE-2021-32677), form parsing (CVE-2024-24762)
    "graphql-core": "3.3.2",  # slow validation (CVE-2026-75507, -75508)
    "h11": "0.16.0",  # chunk terminator (CVE-2025-43859)
    "httpx": "0.28.1",
    "pydantic": "2.14.3",
    "sqlalchemy": "2.1.9",
    "sqlmodel": "0.0.50",
    "starlette": "1.5.1",  # Host poisons the path (CVE-2026-48710), Range (CVE-2025-62727), form limits (-2026-54283)
    "strawberry-graphql": "0.327.2",  # websocket authentication (CVE-2026-35523), limiters (-47706, -47707)
    "uvicorn": "0.54.0",
}
# python-multipart parsed uploads wrongly four times, and nothing here takes forms; h2 takes duplicate Host headers.
ABSENT = {"python-multipart", "h2"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def core() -> set[str]:
    """Names of everything that installing dualtrack with Postgres brings."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return {normal(line.split("==")[0]) for line in lines if re.match(r"[A-Za-z0-9]", line)}


def closure() -> set[str]:
    """The same, followed through what the installed distributions say they need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    waiting = [Requirement(line) for line in project["dependencies"] + project["optional-dependencies"]["postgres"]]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        key = (normal(requirement.name), frozenset(requirement.extras))
        if key not in seen:
            seen.add(key)
            waiting += needs_of(requirement)
    return {name for name, _ in seen}


def needs_of(requirement: Requirement) -> list[Requirement]:
    needs = [Requirement(line) for line in metadata.requires(requirement.name) or []]
    extras = requirement.extras | {""}
    return [
        need for need in needs if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras)
    ]


@pytest.mark.parametrize("name", sorted(FLOORS))
def test_installed_versions_reach_their_floor(name: str) -> None:
    try:
        installed = metadata.version(name)
    except metadata.PackageNotFoundError:
        assert name not in core()
    else:
        assert Version(installed) >= Version(FLOORS[name])


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locked_versions_reach_their_floor(lock: str) -> None:
    pinned = dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), flags=re.MULTILINE))
    low = {name: version for name, version in pinned.items() if Version(version) < Version(FLOORS.get(name, "0"))}
    assert low == {}
    assert ABSENT & set(pinned) == set()


def test_what_installing_brings_lacks_what_must_not_be_there() -> None:
    assert ABSENT & closure() == set()
    assert {"fastapi", "starlette", "asyncpg", "anyio"} <= closure()
    assert closure() <= core()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_have_hashes_and_no_addresses(lock: str) -> None:
    text = (ROOT / lock).read_text()
    pins = re.findall(r"^[A-Za-z0-9._-]+==.*$", text, flags=re.MULTILINE)
    assert len(pins) > 40
    assert [pin for pin in pins if not pin.endswith("\\")] == []
    assert re.findall(r"://|--index-url|--find-links|--trusted-host| @ ", text) == []


def test_every_dependency_says_why_and_has_a_range() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    core_lines = text[text.index("dependencies = [") : text.index("[project.optional-dependencies]")].splitlines()
    lines = [line.strip() for line in core_lines if line.strip().startswith('"')]
    assert len(lines) > 20
    assert [line for line in lines if not re.fullmatch(r'"[a-z0-9.\[\]-]+>=[^"]+", *# .+', line)] == []


def test_the_lock_holds_every_dependency_at_a_version_in_its_range() -> None:
    pinned = dict(
        re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE)
    )
    for line in re.findall(r'^  "([a-z][^"]+)",', (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE):
        if ">=" not in line:
            continue
        requirement = Requirement(line)
        version = pinned.get(normal(requirement.name))
        assert version is None or version in requirement.specifier, line


# Used through another: uvicorn takes its loop and parser, SQLAlchemy its drivers, zoneinfo its zones by name.
BEHIND = {"aiosqlite", "asyncpg", "h11", "httptools", "pysqlite3", "tzdata", "uvloop"}
MODULES = {
    "graphql-core": "graphql",
    "prometheus-client": "prometheus_client",
    "strawberry-graphql": "strawberry",
    "pydantic-settings": "pydantic_settings",
    "ruamel-yaml": "ruamel",
    "typeid-python": "typeid",
}


def test_every_dependency_is_used() -> None:
    imported = {name for path in python_files("service") for name in top_imports(path)}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    names = {normal(Requirement(line).name) for line in project["dependencies"]} - BEHIND
    assert {name for name in names if MODULES.get(name, name) not in imported} == set()


def top_imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found
