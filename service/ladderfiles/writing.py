"""Company folders written to disk: whole or not at all, with the schemas that their first lines point to."""

import io
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.representer import SafeRepresenter

SCHEMAS = ("company", "ladder", "bands")
_SCHEMA_FOLDER = ".schemas"
_POINTER = re.compile(r"\A# yaml-language-server: \$schema=\S+\n")

# Folding long lines loses and adds spaces where several stand together, so nothing is folded.
_UNFOLDED = 2**31


class NotEmpty(Exception):
    """The folder holds something already."""


def write_folder(
    folder: Path,
    *,
    company: Mapping[str, Any],
    ladders: Sequence[Mapping[str, Any]],
    bands: Sequence[Mapping[str, Any]],
    schemas: Path,
) -> int:
    """Documents in source form as files. Returns how many definition files there are.

    Raises NotEmpty, OSError; nothing stands in `folder` then.
    """
    files = {"company.yaml": _text(company, "company.yaml", "company")}
    for document in ladders:
        file = f"ladders/{document['key']}.yaml"
        files[file] = _text(document, file, "ladder")
    for document in bands:
        file = f"bands/{document['key']}.yaml"
        files[file] = _text(document, file, "bands")
    _place(folder, files, schemas)
    return len(files)


def copy_folder(source: Path, folder: Path, *, schemas: Path) -> tuple[str, ...]:
    """The YAML files of a folder, pointed to schemas of their own. Returns their names. Raises as `write_folder`."""
    files: dict[str, str] = {}
    for path in sorted(source.rglob("*.yaml")):
        file = path.relative_to(source).as_posix()
        kind = "company" if file == "company.yaml" else "ladder" if file.startswith("ladders/") else "bands"
        files[file] = _POINTER.sub(_first_line(file, kind), path.read_text(encoding="utf-8"))
    _place(folder, files, schemas)
    return tuple(files)


def _place(folder: Path, files: Mapping[str, str], schemas: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotEmpty
    is_there = folder.is_dir()
    place = folder if is_there else folder.parent
    place.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=place))
    try:
        for file, text in files.items():
            (beside / file).parent.mkdir(exist_ok=True)
            (beside / file).write_text(text, encoding="utf-8")
        _copy_schemas(schemas, beside / _SCHEMA_FOLDER, SCHEMAS)
        if is_there:
            _move_entries(beside, folder)
        else:
            beside.chmod(0o777 & ~_umask())
            # A rename takes the place of an empty folder, and of nothing else.
            beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _move_entries(source: Path, target: Path) -> None:
    """A folder that was there stays itself: who may read it is its owner's choice, and somebody may work in it."""
    moved: list[Path] = []
    try:
        # Without company.yaml a folder is no company folder, so it comes last.
        for name in sorted(os.listdir(source), key="company.yaml".__eq__):
            (source / name).rename(target / name)
            moved.append(target / name)
        source.rmdir()
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        raise


def _copy_schemas(source: Path, target: Path, names: Iterable[str]) -> None:
    target.mkdir()
    for name in names:
        shutil.copyfile(source / f"{name}.schema.json", target / f"{name}.schema.json")


def _first_line(file: str, kind: str) -> str:
    up = "../" * file.count("/")
    return f"# yaml-language-server: $schema={up}{_SCHEMA_FOLDER}/{kind}.schema.json\n"


def yaml_text(document: Mapping[str, Any]) -> str:
    """A document as YAML, in the form that all files here have."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = _Representer
    yaml.default_flow_style = False
    yaml.width = _UNFOLDED
    yaml.allow_unicode = True
    yaml.sort_base_mapping_type_on_output = False  # pyright: ignore[reportAttributeAccessIssue] - keys stay in their order
    stream = io.StringIO()
    cast(Any, yaml).dump(dict(document), stream)
    return stream.getvalue()


def _text(document: Mapping[str, Any], file: str, kind: str) -> str:
    return _first_line(file, kind) + yaml_text(document)


class _Representer(SafeRepresenter):
    def text(self, text: str) -> Any:
        # A next line (U+0085) is a line end to what writes and none to what reads, unless it is escaped.
        quote = '"' if "\x85" in text else None
        return cast(Any, self).represent_scalar("tag:yaml.org,2002:str", text, style=quote)


cast(Any, _Representer).add_representer(str, _Representer.text)


def _umask() -> int:
    """The process's mask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
