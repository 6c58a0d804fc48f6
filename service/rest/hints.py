"""What a misspelt field was probably meant to be."""

import difflib
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def probable_field(shape: Any, path: Sequence[str]) -> str | None:
    """The declared field nearest to the last name of `path`, in the object that the names before it lead to."""
    names = _fields_at(shape, path[:-1])
    close = difflib.get_close_matches(path[-1], names, n=1, cutoff=0.6) if path else []
    return close[0] if close else None


def _fields_at(shape: Any, path: Sequence[str]) -> list[str]:
    model = _model_in(shape)
    for name in path:
        if name.isdigit():
            # A place in a list, whose objects are those of the list's field.
            continue
        field = _sent(model).get(name) if model else None
        model = _model_in(field.annotation) if field else None
    return list(_sent(model)) if model else []


def _sent(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Fields by the names under which they are sent."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
