"""The published contracts as files: what they must hold, how the committed ones differ, what releases promised."""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphql import build_schema, find_breaking_changes

from service.app import contract
from service.graphql.schema import schema
from service.graphql.sdl import sdl
from service.ladderfiles.schema import definition_schemas
from service.rest.contract.additions import contract_breaks, schema_breaks
from service.rest.contract.events import EVENT_TYPES, event_example, schema_file

RELEASED = "released"
"""The folder of what the last release published: `openapi.json`, and `schemas/` as it was."""
_MOST_LINES = 60
"""Lines of difference shown of one file."""


def contract_files() -> Mapping[str, bytes]:
    """Every generated file by its path in the repository."""
    return {"openapi.yaml": contract().yaml(), **_schema_files()}


def _schema_files() -> Mapping[str, bytes]:
    files = {"schemas/schema.graphql": sdl(schema)}
    for name, found in definition_schemas().items():
        files[f"schemas/{name}.schema.json"] = _written(found)
    for name in EVENT_TYPES:
        files[f"schemas/events/{name}.v1.schema.json"] = _written(schema_file(name))
        files[f"schemas/events/examples/{name}.v1.json"] = _written(event_example(name))
    return files


def write(root: Path) -> list[str]:
    """Write the files that differ and remove those that are not made any more. Returns their paths."""
    files = contract_files()
    changed = [name for name, content in files.items() if _read(root / name) != content]
    for name in changed:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(files[name])
    left = _left_over(root, files)
    for name in left:
        (root / name).unlink()
    return sorted([*changed, *left])


def differences(root: Path) -> list[str]:
    """A unified difference of each file that is not as the code makes it, cut after a screenful."""
    files = contract_files()
    found = [_difference(name, _read(root / name), content) for name, content in sorted(files.items())]
    gone = [f"--- {name}\nis made by nothing any more" for name in _left_over(root, files)]
    return [text for text in found if text] + gone


def release(root: Path) -> list[str]:
    """Keep the contracts of today as the ones that everything later must hold. Returns the paths that changed."""
    files = {f"{RELEASED}/{name}": content for name, content in _promises().items()}
    changed = [name for name, content in files.items() if _read(root / name) != content]
    for name in changed:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(files[name])
    return changed


def breaks(root: Path) -> list[str]:
    """What somebody who was built on the last release would notice of the contracts as the code makes them."""
    kept, today = root / RELEASED, _promises()
    names = sorted(path.relative_to(kept).as_posix() for path in kept.rglob("*.*"))
    if "openapi.json" not in names:
        return [f"{RELEASED}/openapi.json is missing: nothing says what was promised"]
    found: list[str] = []
    for name in names:
        before, after = (kept / name).read_text(), today.get(name)
        found += [f"{name} is gone"] if after is None else _breaks(name, before, after.decode())
    return found


def graphql_breaks(old: str, new: str) -> list[str]:
    """What clients of the GraphQL schema `old` would notice in `new`, each with its place."""
    # Taken as valid: both were made by a program, and directives of federation are declared elsewhere.
    before, after = (build_schema(text, assume_valid_sdl=True) for text in (old, new))
    return [change.description for change in find_breaking_changes(before, after)]


def _breaks(name: str, old: str, new: str) -> list[str]:
    if name.endswith(".graphql"):
        return [f"{name} {text}" for text in graphql_breaks(old, new)]
    before, after = json.loads(old), json.loads(new)
    if name == "openapi.json":
        return contract_breaks(before, after)
    return [f"{name} {text}" for text in schema_breaks(before, after, event="/events/" in name)]


def _promises() -> Mapping[str, bytes]:
    """What a release promises: everything that is published, but for the examples."""
    schemas = {name: content for name, content in _schema_files().items() if "/examples/" not in name}
    return {"openapi.json": _written(json.loads(contract().json()), indent=1), **schemas}


def _left_over(root: Path, files: Mapping[str, bytes]) -> list[str]:
    """Event schemas and examples that no type of event has."""
    present = {path.relative_to(root).as_posix() for path in (root / "schemas" / "events").rglob("*.json")}
    return sorted(present - files.keys())


def _difference(name: str, before: bytes | None, after: bytes) -> str:
    if before == after:
        return ""
    lines = list(
        difflib.unified_diff(
            (before or b"").decode(errors="replace").splitlines(),
            after.decode().splitlines(),
            fromfile=f"{name} as committed",
            tofile=f"{name} as the code makes it",
            lineterm="",
        )
    )
    more = [f"… {len(lines) - _MOST_LINES} more lines"] if len(lines) > _MOST_LINES else []
    return "\n".join(lines[:_MOST_LINES] + more)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _written(document: Any, *, indent: int = 2) -> bytes:
    return (json.dumps(document, indent=indent, ensure_ascii=False) + "\n").encode()
