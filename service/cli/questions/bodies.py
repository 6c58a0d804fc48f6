"""The body of a request put together on the command line, as REST takes it: from a file, and by names and values."""

import sys
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import typer
from pydantic import BaseModel, ValidationError

from service.cli import UNUSABLE
from service.domain.findings import token
from service.problems import SurfaceProblem
from service.strict_json import parse_json

Model = TypeVar("Model", bound=BaseModel)

Sets = Annotated[
    list[str] | None,
    typer.Option("--set", help="NAME=VALUE of a field as in REST. VALUE is JSON or a plain text; repeat for several."),
]
File = Annotated[
    Path | None, typer.Option("--file", help="Fields as one JSON object; - reads it from standard input. For secrets.")
]


def body_of(model: type[Model], *, file: Path | None, sets: list[str] | None, **given: Any) -> Model:
    """The file's fields, over them those of `sets`, over them what is `given` and not None.

    Tells what cannot be read, without what stood there, and exits with 2.
    """
    fields = {**_of_file(file), **dict(map(_pair, sets or ()))}
    fields |= {name: value for name, value in given.items() if value is not None}
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            place = "".join(token(step) for step in fault["loc"]).removeprefix("/")
            typer.echo(f"dualtrack: {place}: {fault['msg']}", err=True)
        raise typer.Exit(UNUSABLE) from None


def _of_file(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    try:
        found = parse_json(sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes())
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}", param_hint="--file") from None
    except SurfaceProblem as problem:
        raise typer.BadParameter(problem.detail, param_hint="--file") from None
    if not isinstance(found, dict):
        raise typer.BadParameter("it holds no JSON object", param_hint="--file")
    return cast(dict[str, Any], found)


def _pair(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise typer.BadParameter("write NAME=VALUE, as in mode=batch", param_hint="--set")
    try:
        return name, parse_json(value.encode())
    except SurfaceProblem:
        return name, value
