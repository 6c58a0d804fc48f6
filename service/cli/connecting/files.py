"""Files of settings, credentials and mappings. What stands in a file of credentials is never told, not even in part."""

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import typer
from pydantic import BaseModel, ValidationError

from service.cli import REFUSED, UNUSABLE
from service.cli.folders.telling import finding_lines, visible
from service.domain.findings import Finding, token
from service.domain.mappings import MappingEntry
from service.domain.refusals import FieldError, Invalid
from service.ladderfiles.positions import LocatedFinding, PositionMap
from service.ladderfiles.yaml_document import parse_yaml
from service.problems import SurfaceProblem
from service.requests.connections import NewMapping
from service.rest.hints import probable_field
from service.strict_json import parse_json

MOST_BYTES = 5_000_000
FROM_INPUT = "-"
_RULE = "mapping"
Model = TypeVar("Model", bound=BaseModel)


def json_object(path: str | None, option: str) -> dict[str, Any]:
    """The JSON object of a file, {} for None. Exits with 2 for one that cannot be read or is none."""
    if path is None:
        return {}
    try:
        value = parse_json(_bytes(path, option))
    except SurfaceProblem as problem:
        raise _unusable(option, f"{path}: {_only_where(problem)}") from None
    if not isinstance(value, dict):
        raise _unusable(option, f"{path} holds no JSON object")
    return cast(dict[str, Any], value)


def credentials(path: str | None) -> dict[str, Any]:
    """The same of what is secret; `-` is standard input. A file that others can read is warned of."""
    if path is not None and path != FROM_INPUT:
        try:
            found = os.stat(path)
        except OSError:
            found = None
        if found and stat.S_ISREG(found.st_mode) and found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            typer.echo(f"dualtrack: {path} can be read by others. chmod 600 {path}", err=True)
    return json_object(path, "--credentials")


def checked(model: type[Model], given: dict[str, Any]) -> Model:
    """Exits with 2 for what does not fit, told without what stands there."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        for one in error.errors(include_input=False, include_url=False):
            typer.echo(f"dualtrack: {'/'.join(map(str, one['loc']))}: {one['msg']}", err=True)
        raise typer.Exit(UNUSABLE) from None


class MappingFile:
    """A mapping in a file, YAML or JSON, and where each part of it stands."""

    def __init__(self, path: Path) -> None:
        self._folder = path.parent
        self._positions = PositionMap(file=path.name, keys={}, values={})
        self.entries = self._read(path)

    def refuse(self, errors: tuple[FieldError, ...]) -> typer.Exit:
        """Tells each fault at its place; what to raise then."""
        self.tell([self._finding(one.pointer, one.detail) for one in errors])
        return typer.Exit(REFUSED)

    def tell(self, findings: list[Finding]) -> None:
        """Each with file, line and column, on standard error."""
        for line in finding_lines((self._positions.locate(one) for one in findings), self._folder):
            typer.echo(line, err=True)

    def _read(self, path: Path) -> tuple[MappingEntry, ...]:
        try:
            text = _bytes(str(path), "FILE").decode("utf-8-sig")
        except UnicodeDecodeError:
            raise _unusable("FILE", f"{path} is not UTF-8") from None
        parsed = parse_yaml(text, file=path.name)
        self._positions = parsed.positions
        if not parsed.is_yaml or parsed.findings:
            self._refuse_unread(parsed.findings)
        try:
            return NewMapping.model_validate(parsed.value).asked()
        except ValidationError as error:
            self.tell([_misshapen(one) for one in error.errors(include_input=False, include_url=False)])
            raise typer.Exit(REFUSED) from None
        except Invalid as invalid:
            raise self.refuse(invalid.errors) from None

    def _refuse_unread(self, findings: tuple[LocatedFinding, ...]) -> None:
        for line in finding_lines(findings, self._folder):
            typer.echo(line, err=True)
        raise typer.Exit(REFUSED)

    @staticmethod
    def _finding(pointer: str, detail: str) -> Finding:
        text, _, remedy = detail.rpartition(": ")
        return Finding(rule=_RULE, pointer=pointer, text=text or detail, remedy=remedy if text else "mend it there")


def _misshapen(one: Mapping[str, Any]) -> Finding:
    """A place of a mapping that has another form than it needs."""
    path = [str(step) for step in one["loc"]]
    rule, text, remedy = _RULE, str(one["msg"]), "mend it there"
    match one["type"]:
        case "extra_forbidden":
            meant = probable_field(NewMapping, path)
            rule, text = "unknown-field", f"{path[-1]} is no field here"
            remedy = f"did you mean {meant}?" if meant else "remove it"
        case "missing":
            text, remedy = f"{path[-1]} is missing", "write it"
        case "model_type" if path:
            text, remedy = "this is no entry", "write {of: level, ours: engineering/ic5, theirs: Staff Engineer}"
        case "model_type":
            text, remedy = "a mapping begins with entries", "write entries: and below it a list of them"
        case _:
            pass
    return Finding(rule=rule, pointer="".join(map(token, path)), text=text, remedy=remedy)


def _bytes(path: str, option: str) -> bytes:
    try:
        if path == FROM_INPUT:
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with open(path, "rb") as file:
                content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise _unusable(option, f"{path} cannot be read ({error.strerror})") from None
    if len(content) > MOST_BYTES:
        raise _unusable(option, f"{path} is larger than {MOST_BYTES} bytes")
    return content


def _only_where(problem: SurfaceProblem) -> str:
    """Of what is wrong with a document only what says nothing of what stands in it."""
    return "it is no JSON" if problem.code == "malformed-json" else "it would be read differently by others"


def _unusable(option: str, why: str) -> typer.Exit:
    typer.echo(f"dualtrack: {option}: {visible(why)}", err=True)
    return typer.Exit(UNUSABLE)
