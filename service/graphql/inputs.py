"""Input types read off the models of `requests/`: the same fields, bounds and words as a body sent to REST."""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# The library leaves parameters of its own types open.

import types
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin

import strawberry
from pydantic import BaseModel, ValidationError
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from service.domain.refusals import FieldError, Invalid
from service.graphql.scalars import Json
from service.graphql.shapes import first_line
from service.requests.faults import said

Model = TypeVar("Model", bound=BaseModel)


@strawberry.input(description="A named text.")
class EntryInput:
    name: str = strawberry.field(description="The name.")
    value: str = strawberry.field(description="What it stands for.")


@strawberry.input(description="A name with several texts.")
class EntriesInput:
    name: str = strawberry.field(description="The name.")
    values: list[str] = strawberry.field(description="What it stands for.")


_MEMBERS = {
    "idempotency_key": "A key of your choice: the same request under it is done once.",
    "dry_run": "true answers alike and keeps nothing.",
}
_IF_MATCH = 'What this is based on: the revision, "7", or * for any.'


@cache
def input_of(name: str, body: type[BaseModel] | None, places: tuple[tuple[str, str], ...], guarded: bool) -> Any:
    """The one input of a mutation: what names its object (`places`: name, description), a body, and how to do it."""
    found: dict[str, StrawberryField] = {}
    for place, described in places:
        found[place] = _member(str, described)
    if body:
        found.update(_fields(body))
    if guarded:
        found["if_match"] = _member(str | None, _IF_MATCH, default=None)
    found["idempotency_key"] = _member(str | None, _MEMBERS["idempotency_key"], default=None)
    found["dry_run"] = _member(bool, _MEMBERS["dry_run"], default=False)
    said = first_line(body) if body else "What it is done to, and how."
    return _input(f"{name}Input", said, found)


def sent_as(value: Any, *, within: bool = False) -> Any:
    """An input as the JSON value that REST takes: what was left out is left out, entries are members.

    `within` another one: what a model is made of bears its names in JSON, the model itself is read by its fields.
    """
    if isinstance(value, EntryInput):
        return value.value
    if isinstance(value, EntriesInput):
        return value.values
    if isinstance(value, list):
        items = cast(list[Any], value)
        if items and isinstance(items[0], EntryInput | EntriesInput):
            return _members(items)
        return [sent_as(item, within=True) for item in items]
    definition = getattr(cast(Any, type(value)), "__strawberry_definition__", None)
    if definition is None:
        return value
    given = ((field.python_name, getattr(value, field.python_name)) for field in definition.fields)
    return {
        name.rstrip("_") if within else name: sent_as(held, within=True)
        for name, held in given
        if held is not strawberry.UNSET
    }


def _members(items: list[Any]) -> dict[str, Any]:
    names = [item.name for item in items]
    if len(set(names)) < len(names):
        raise Invalid("invalid-body", "A name is given twice. Name each once.")
    return {item.name: sent_as(item) for item in items}


def checked(model: type[Model], sent: dict[str, Any]) -> Model:
    """The model of what was sent. Raises Invalid `invalid-body` with each place, never with what stood there."""
    given: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name in sent:
            # An empty list of entries is an empty object there.
            is_map = sent[name] == [] and get_origin(_plain(field.annotation)) is dict
            given[field.alias or name] = {} if is_map else sent[name]
    try:
        return model.model_validate(given)
    except ValidationError as error:
        faults = tuple(
            FieldError(
                pointer="".join(f"/{part}" for part in one["loc"]),
                detail=said(one),
                code="missing" if one["type"] == "missing" else "invalid",
            )
            for one in error.errors(include_input=False, include_url=False)
        )
        told = "; ".join(f"{camel_pointer(fault.pointer)}: {fault.detail}" for fault in faults)
        raise Invalid("invalid-body", f"{told}.", errors=faults) from None


def camel_pointer(pointer: str) -> str:
    """A place as this surface names it: `/event_types/0` is `/eventTypes/0` here."""
    return "/".join(to_camel_case(part) for part in pointer.split("/"))


def _fields(model: type[BaseModel]) -> dict[str, StrawberryField]:
    return {
        name: _member(
            _kind(field.annotation) if field.is_required() else _kind(field.annotation) | None,
            field.description or "",
            # A word of the language cannot be a name in it: `from_` is `from` where it is sent.
            **({"name": field.alias} if field.alias else {}),
            # Left out and null are two things: the one leaves a fact, the other clears it.
            **({} if field.is_required() and not _nullable(field.annotation) else {"default": strawberry.UNSET}),
        )
        for name, field in model.model_fields.items()
    }


def _member(kind: Any, said: str, **more: Any) -> StrawberryField:
    made = cast(StrawberryField, strawberry.field(description=said, **more))
    made.type = kind
    return made


def _input(name: str, said: str, found: dict[str, StrawberryField]) -> Any:
    # Fields without a default come first, as Python wants it.
    order = sorted(found, key=lambda key: found[key].default is not found[key].default_factory)
    body = {"__annotations__": {key: found[key].type for key in order}, **found}
    return strawberry.input(type(name, (), body), name=name, description=said)


@cache
def _nested(model: type[BaseModel]) -> Any:
    return _input(f"{model.__name__.removesuffix('Body')}Input", first_line(model), _fields(model))


def _nullable(annotation: Any) -> bool:
    return type(None) in get_args(annotation)


def _plain(annotation: Any) -> Any:
    """Without the notes on it and without null."""
    if get_origin(annotation) is Annotated:
        return _plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return _plain(next(part for part in get_args(annotation) if part is not type(None)))
    return annotation


def _kind(annotation: Any) -> Any:
    plain = _plain(annotation)
    origin = get_origin(plain)
    kind: Any
    if origin is Literal:
        kind = str
    elif plain is Any:
        kind = Json
    elif origin is list:
        kind = list[_kind(get_args(plain)[0])]
    elif origin is dict:
        held = get_args(plain)[1]
        kind = Json if held is Any else list[EntriesInput if get_origin(held) is list else EntryInput]
    elif isinstance(plain, type) and issubclass(plain, BaseModel):
        kind = _nested(plain)
    elif isinstance(plain, type) and issubclass(plain, str):
        kind = str
    else:
        kind = plain
    return kind | None if _nullable(annotation) else kind
