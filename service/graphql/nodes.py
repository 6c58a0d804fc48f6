"""Types of the graph that are more than an answer: they have an id of their own, and lead on to others.

Their objects are `Seen`: an answer of a use case with the instant and the day it was asked for, which what it leads
to is asked for as well. So one query sees one state of the record.
"""
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# The library leaves parameters of its own types open.

from collections.abc import Callable
from datetime import date
from typing import Any, cast

import strawberry
from strawberry.types.field import StrawberryField

from service.graphql.context import Ask
from service.graphql.shapes import fields_of, shape_of


@strawberry.interface(description="Something with an id that names it among all others.")
class Node:
    id: strawberry.ID = strawberry.field(description="Its id.")


class Seen:
    """An answer in the graph. `ahead` holds values of fields that were loaded before they were reached."""

    __slots__ = ("ahead", "day", "instant", "shown")

    def __init__(self, shown: Any, *, instant: int | None = None, day: date | None = None) -> None:
        self.shown = shown
        self.instant = instant
        self.day = day
        self.ahead: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.shown, name)


def node_type(
    name: str,
    seen: type[Seen],
    shown: type,
    *,
    said: str,
    but: tuple[str, ...] = (),
    leads_to: dict[str, StrawberryField] | None = None,
    is_node: bool = True,
) -> Any:
    """The type of `seen` objects: the fields of the class `shown` but those named, and the fields it leads to."""

    def is_seen(cls: type, shown: Any, info: Any) -> bool:
        return isinstance(shown, seen)

    found = {**fields_of(shown, but=(*but, "id") if is_node else but), **(leads_to or {})}
    kinds = {key: field.type for key, field in found.items() if not field.base_resolver}
    body: dict[str, Any] = {"__annotations__": kinds, **found}
    if is_node:
        # Objects are those of the use cases, not of this class: the library has to be told which are meant.
        body["is_type_of"] = classmethod(is_seen)
    return strawberry.type(type(name, (Node,) if is_node else (), body), name=name, description=said)


def leads(resolver: Callable[..., Any], kind: Any, said: str, *, optional: bool = False) -> Any:
    """A field that asks for more; null only if it is `optional`."""
    return strawberry.field(resolver=resolver, graphql_type=kind | None if optional else kind, description=said)


def root(resolver: Callable[..., Any], kind: Any, said: str) -> Any:
    """A field of the query itself. It can be null, so that a refusal of one leaves the others what they are."""
    return leads(resolver, kind, said, optional=True)


def loader(ask: Ask, name: object, make: Callable[[], Any]) -> Any:
    """The loader of that name, one for each request: kept longer, it would hand one caller's answers to another."""
    if name not in ask.loaders:
        ask.loaders[name] = make()
    return ask.loaders[name]


def shown_as(shown: type, said: str) -> Any:
    """A field that the object has already, shown as that class is."""
    made = cast(StrawberryField, strawberry.field(description=said))
    made.type = shape_of(shown)
    return made
