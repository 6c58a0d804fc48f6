"""GraphQL types read off the answers' own classes, so that a field is stated once for every surface.

A class of the domain or of a use case becomes a type with the same fields and the same descriptions; its objects
are served as they are. Answers of writes are plain JSON values (they may come from a stored answer), which are
read by the same types. A closed set of texts stays a String: a new value must not break anybody.
"""

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

import strawberry
from pydantic.fields import FieldInfo
from strawberry.types.field import StrawberryField

from service.graphql.scalars import Amount, Day, Json

_NAMES = {
    "Ladder": "LadderDefinition",
    "Level": "LevelDefinition",
    "Company": "CompanyDefinition",
    "Grade": "GradeDefinition",
    "ShownWaiver": "WaiverState",
    "Employee": "EmployeeRecord",
    "ShownEndpoint": "EndpointRecord",
    "ShownChange": "ChangeRecord",
    "ShownConnection": "ConnectionRecord",
    "StandingConnection": "Connection",
    "ShownMapping": "ConnectionMapping",
    "ShownLink": "ConnectionLink",
    "ShownCursor": "ConnectionCursor",
    "ShownSync": "ConnectionSync",
    "ShownBatch": "BatchRecord",
    "ShownEntry": "BatchRow",
    "ShownReplay": "ReplayRecord",
    "ShownReconciliation": "ReconciliationRecord",
    "ShownDelivery": "DeliveryRecord",
    "Assignment": "AssignmentFacts",
    "HeldAssignment": "Assignment",
}
"""Names that are not those of the classes: the short ones belong to the types of the graph."""
_NAMED: dict[str, type] = {}


@strawberry.type(description="A named text.")
class Entry:
    name: str = strawberry.field(description="The name.")
    value: str | None = strawberry.field(description="What it stands for.")


@strawberry.type(description="A name with several texts.")
class Entries:
    name: str = strawberry.field(description="The name.")
    values: list[str] = strawberry.field(description="What it stands for.")


def read(source: Any, name: str) -> Any:
    """A field of an object, or of the JSON value of one, where what is left out reads as None."""
    if type(source) is dict:
        return cast(dict[str, Any], source).get(name.rstrip("_"))
    return getattr(source, name)


def shape_of(shown: type) -> Any:
    """The GraphQL type of a dataclass, one for each class. Raises TypeError for a name that another class has."""
    name = _NAMES.get(shown.__name__, shown.__name__.removeprefix("Shown"))
    if _NAMED.setdefault(name, shown) is not shown:
        raise TypeError(f"{shown.__name__} and {_NAMED[name].__name__} would both be {name}: name one in _NAMES")
    return _made(shown, name)


@cache
def _made(shown: type, name: str) -> Any:
    found = fields_of(shown)
    body = {"__annotations__": {key: field.type for key, field in found.items()}, **found}
    return strawberry.type(type(name, (), body), name=name, description=first_line(shown))


@cache
def fields_of(shown: type, *, but: tuple[str, ...] = ()) -> dict[str, StrawberryField]:
    """The fields a type of the class has, by Python name; those named in `but` are left to the type itself."""
    hints = get_type_hints(shown, include_extras=True)
    found: dict[str, StrawberryField] = {}
    for field in fields(shown):
        if field.name in but or not field.init or field.metadata.get("source_form"):
            continue
        said = _description(hints[field.name], f"{shown.__name__}.{field.name}")
        name = "from" if field.name == "from_" else None
        made = cast(StrawberryField, strawberry.field(description=said, name=name))
        made.type = output(hints[field.name])
        found[field.name] = made
    return found


def output(hint: Any) -> Any:
    """The type that shows a value of a Python type."""
    origin = get_origin(hint)
    if origin is Annotated:
        return output(get_args(hint)[0])
    if origin is Literal:
        return str
    if origin in (Union, types.UnionType):
        inner = [output(part) for part in get_args(hint) if part is not type(None)]
        # A union of texts is one text.
        single = inner[0]
        return single | None if type(None) in get_args(hint) else single
    if origin in (tuple, list):
        return list[output(get_args(hint)[0])]
    if origin is Mapping and get_args(hint)[1] is Any:
        return Json
    if origin is Mapping:
        return list[Entries if get_origin(get_args(hint)[1]) is tuple else Entry]
    if is_dataclass(hint):
        return shape_of(cast(type, hint))
    return _LEAVES[hint]


_LEAVES: dict[Any, Any] = {
    str: str,
    int: int,
    float: float,
    bool: bool,
    date: Day,
    Decimal: Amount,
    # What can be anything can be null.
    Any: Json | None,
    object: Json | None,
}


def _description(hint: Any, where: str) -> str:
    """What the field's annotation says of it. Raises TypeError for a field that says nothing."""
    for note in reversed(get_args(hint)):
        if isinstance(note, FieldInfo) and note.description:
            return note.description
    raise TypeError(f"{where} says nothing of itself")


def first_line(shown: type) -> str:
    """What a class says of itself."""
    return (shown.__doc__ or "").partition("\n")[0]
