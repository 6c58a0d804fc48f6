"""The published contracts as files: what they must hold, and how the committed ones differ."""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from service.app import contract
from service.graphql.schema import schema
from service.graphql.sdl import sdl
from service.ladderfiles.schema import definition_schemas
from service.rest.contract.events import EVENT_TYPES, event_example, schema_file

_MOST_LINES = 60
"""Lines of difference shown of one file."""


def contract_files() -> Mapping[str, bytes]:
    """Every generated file by its path in the repository."""
    files = {"openapi.yaml": contract().yaml(), "schemas/schema.graphql": sdl(schema)}
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


def _written(document: Any) -> bytes:
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
