"""`fields` and `expand`: a caller names what of an answer is wanted, and what is to be put into it."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import orjson
from fastapi import Query, Request

from service.problems import SurfaceProblem
from service.rest.contract.operations import OPERATIONS
from service.rest.members import Members, members_of

Tree = dict[str, "Tree"]
"""Names and, below each, names again; nothing below a name asks for all of it."""


async def fields_parameter(
    request: Request,
    fields: Annotated[
        str | None,
        Query(
            max_length=2000,
            description="Only these members, with commas, dotted for what lies deeper; of a list, those of its items.",
        ),
    ] = None,
) -> None:
    """Declares the parameter on every read, and refuses names that the answer cannot have."""
    if fields is None:
        return
    shape = OPERATIONS[request.scope["route"].operation_id].shape
    names = fields.split(",")
    for name in names:
        if shape is not None:
            _check(name, members_of(shape))
    request.state.fields = tuple(names)


def fields_of(request: Request) -> tuple[str, ...] | None:
    """The dotted names asked for; None for all."""
    return getattr(request.state, "fields", None)


def only_fields(request: Request, body: bytes) -> bytes:
    """An answer's JSON with nothing but the members asked for."""
    names = fields_of(request)
    if names is None:
        return body
    value = orjson.loads(body)
    tree = tree_of(names)
    if OPERATIONS[request.scope["route"].operation_id].listed:
        return orjson.dumps({**value, "data": [chosen(item, tree) for item in value["data"]]})
    return orjson.dumps(chosen(value, tree))


def tree_of(names: Iterable[str]) -> Tree:
    tree: Tree = {}
    # The shorter name first: it asks for all that lies below it.
    for name in sorted(names, key=lambda name: name.count(".")):
        *above, last = name.split(".")
        here: Tree | None = tree
        for part in above:
            if here.get(part) == {}:
                here = None
                break
            here = here.setdefault(part, {})
        if here is not None:
            here.setdefault(last, {})
    return tree


def chosen(value: Any, tree: Tree) -> Any:
    """What of a JSON value is asked for. What it leaves out for want of a right stays named in `redacted`."""
    if isinstance(value, list):
        return [chosen(item, tree) for item in value]  # pyright: ignore[reportUnknownVariableType] - JSON has no types
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, inner in value.items():  # pyright: ignore[reportUnknownVariableType]
        if name in tree:
            found[name] = chosen(inner, tree[name]) if tree[name] else inner
        elif name == "redacted" and not tree.keys().isdisjoint(inner):  # pyright: ignore[reportUnknownArgumentType]
            found[name] = inner
    return found


def expanded(text: str | None, allowed: Sequence[str]) -> frozenset[str]:
    """The expansions asked for. Raises SurfaceProblem `invalid-parameter`."""
    return frozenset(named("expand", text, allowed)) if text is not None else frozenset()


def named(parameter: str, text: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """Names with commas, each of those allowed and there once. Raises SurfaceProblem `invalid-parameter`."""
    names = tuple(text.split(","))
    for name in names:
        if name not in allowed:
            raise unknown_name(parameter, name, allowed)
    if len(set(names)) < len(names):
        raise unusable(parameter, f"{parameter} names the same twice. Name each once.")
    return names


def unknown_name(parameter: str, name: str, known: Sequence[str]) -> SurfaceProblem:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    meant = f"Did you mean {close[0]}? " if close else ""
    listed = f"{', '.join(known)}" if len(known) <= 40 else f"{', '.join(known[:40])} …"
    return unusable(parameter, f"{parameter} cannot name {name[:60]!r}. {meant}Known are {listed or 'none'}.")


def unusable(parameter: str, detail: str) -> SurfaceProblem:
    return SurfaceProblem(
        "invalid-parameter",
        detail,
        errors=[{"parameter": parameter, "detail": detail, "code": "invalid-parameter"}],
    )


def _check(name: str, members: Members) -> None:
    above = ""
    for part in name.split("."):
        inner = members.at(part) if part else None
        if inner is None:
            raise unknown_name("fields", above + part, [above + known for known in members.names])
        members, above = inner, f"{above}{part}."
