"""How a definition is written down, read off the domain classes themselves.

A field of a definition is stated once, as an annotated dataclass field. The binder
(`documents.py`) and the published JSON Schemas both walk the shapes found here, so
a new field needs no second place. In a document a nullable field may be left out
(null), so may a tuple (empty) and a field with `Otherwise`; all others are required.
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Annotation of a text: how long it may be, the pattern that it matches as a whole, and how to say so."""

    longest: int
    pattern: str | None
    what: str


@dataclass(frozen=True, slots=True)
class Otherwise:
    """Annotation of a field: the value when the document leaves it out."""

    value: object


@dataclass(frozen=True, slots=True)
class Within:
    """Annotation of an integer: both bounds included."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class ByKey:
    """Annotation of a tuple of classes: the document writes it as `{first field: {the other fields}}`.

    Of a two-field class the entry is the second field itself. `plain` names the field that a longer class may
    be written as alone, for example `entry: "82000"` for `entry: {amount: "82000"}`.
    """

    plain: str | None = None


@dataclass(frozen=True, slots=True)
class Plain:
    """Annotation of a class: what is written without a mapping states this field alone."""

    field: str


@dataclass(frozen=True, slots=True)
class OneOrMany:
    """Annotation of a tuple: a single entry may be written without a list."""


@dataclass(frozen=True, slots=True)
class SourceForm:
    """Annotation of the field that keeps the document itself."""


KEY = Form(
    longest=64,
    pattern=r"[A-Za-z0-9][A-Za-z0-9._\-]*",
    what="a key of at most 64 letters, digits, dots, dashes and underscores that begins with a letter or a digit",
)
LABEL = Form(longest=64, pattern=r"\S(?:.*\S)?", what="a label of 1 to 64 characters on one line without outer spaces")
PROSE = Form(longest=8000, pattern=None, what="a text of at most 8000 characters")

Key = Annotated[str, KEY]
Label = Annotated[str, LABEL]
Prose = Annotated[str, PROSE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    within: Within


@dataclass(frozen=True, slots=True)
class Flag:
    pass


@dataclass(frozen=True, slots=True)
class Day:
    pass


@dataclass(frozen=True, slots=True)
class Amount:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    item: "Shape"
    bare: bool
    """Whether a single item may stand without a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapOf:
    """`build` is the class of one entry, `key` its first field, `rest` the others.

    One field in `rest` is written alone; of several, `plain` may be (None: never).
    """

    build: type
    key: "FieldShape"
    rest: tuple["FieldShape", ...]
    plain: "FieldShape | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`source_field` names the field that keeps the document, `plain` is what may be written alone, if there is one."""

    build: type
    fields: tuple["FieldShape", ...]
    source_field: str | None
    plain: "FieldShape | None"


Shape = Text | Choice | Whole | Flag | Day | Amount | ListOf | MapOf | Record


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShape:
    name: str
    shape: Shape
    description: str
    nullable: bool
    required: bool
    otherwise: object


@cache
def record_of(build: type, plain: str | None = None) -> Record:
    """The shape of a domain dataclass. Raises TypeError for an annotation that documents cannot hold.

    `plain` names the field that may be written alone. What the class computes itself is no part of a document.
    """
    hints = get_type_hints(build, include_extras=True)
    source_field = None
    found: list[FieldShape] = []
    for field in fields(build):
        if not field.init:
            continue
        hint, marks = _unwrapped(hints[field.name])
        if any(isinstance(mark, SourceForm) for mark in marks):
            source_field = field.name
        else:
            found.append(_field(field.name, hint, marks))
    alone = next((field for field in found if field.name == plain), None)
    return Record(build=build, fields=tuple(found), source_field=source_field, plain=alone)


def _field(name: str, hint: Any, marks: tuple[object, ...]) -> FieldShape:
    nullable = get_origin(hint) in (Union, types.UnionType)
    if nullable:
        (hint,) = [member for member in get_args(hint) if member is not type(None)]
        hint, inner = _unwrapped(hint)
        marks = marks + inner
    shape = _shape(hint, marks)
    defaults = [mark.value for mark in marks if isinstance(mark, Otherwise)]
    empty = () if isinstance(shape, ListOf | MapOf) else None
    return FieldShape(
        name=name,
        shape=shape,
        description=next((text for mark in marks if (text := getattr(mark, "description", None))), ""),
        nullable=nullable,
        required=not defaults and not nullable and empty is None,
        otherwise=defaults[0] if defaults else empty,
    )


def _shape(hint: Any, marks: tuple[object, ...]) -> Shape:
    hint, inner = _unwrapped(hint)
    marks = marks + inner
    if get_origin(hint) is tuple:
        return _many(get_args(hint)[0], marks)
    if get_origin(hint) is Literal:
        return Choice(values=get_args(hint))
    if isinstance(hint, type) and is_dataclass(hint):
        return record_of(hint, next((mark.field for mark in marks if isinstance(mark, Plain)), None))
    if hint is str:
        return Text(form=next((mark for mark in marks if isinstance(mark, Form)), PROSE))
    if hint is int:
        return Whole(within=next(mark for mark in marks if isinstance(mark, Within)))
    plain: Mapping[Any, Shape] = {bool: Flag(), date: Day(), Decimal: Amount()}
    if hint not in plain:
        raise TypeError(f"a definition cannot hold {hint!r}")
    return plain[hint]


def _many(item: Any, marks: tuple[object, ...]) -> ListOf | MapOf:
    shape = _shape(item, ())
    by_key = next((mark for mark in marks if isinstance(mark, ByKey)), None)
    if by_key is None:
        return ListOf(item=shape, bare=any(isinstance(mark, OneOrMany) for mark in marks))
    if not isinstance(shape, Record):
        raise TypeError(f"only a class can be written by key, not {item!r}")
    key, *rest = shape.fields
    plain = next((field for field in rest if field.name == by_key.plain or len(rest) == 1), None)
    return MapOf(build=shape.build, key=key, rest=tuple(rest), plain=plain)


def _unwrapped(hint: Any) -> tuple[Any, tuple[object, ...]]:
    if get_origin(hint) is Annotated:
        inner, *marks = get_args(hint)
        return inner, tuple(marks)
    return hint, ()
