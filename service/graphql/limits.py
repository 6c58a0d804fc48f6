"""How much a document may ask for, measured before anything that costs more than reading it once.

Everything is measured through fragments: each definition once, then fragments after those they spread, so that
neither a cycle nor a fragment that is spread many times makes the measuring long.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

from service.graphql.faults import refused
from service.graphql.merging import check_merging

MOST_CHARACTERS = 16_384
MOST_TOKENS = 1_000
MOST_COMMENTS = 100
MOST_DEPTH = 12
MOST_ALIASES = 15
MOST_DIRECTIVES = 50
MOST_OPERATIONS = 20
MOST_INTROSPECTION_LISTS = 2
"""Lists within lists of introspection. What tools ask for has two; each more multiplies the answer by the schema."""

_INTROSPECTION = {"__schema", "__type"}
_INTROSPECTION_LISTS = {"fields", "interfaces", "possibleTypes", "inputFields"}


@dataclass(slots=True)
class Extent:
    """Of one definition: nested `depth`, `aliases` and what introspection it has, with all that it spreads."""

    depth: int = 0
    aliases: int = 0
    introspects: bool = False
    introspection_aliases: int = 0
    introspection_lists: int = 0
    directives: int = 0
    spreads: list[tuple[str, int, int]] = field(default_factory=list[tuple[str, int, int]])
    """Name, depth and introspection lists at the place of each."""

    def take_in(self, spread: "Extent", depth: int, lists: int) -> None:
        self.depth = max(self.depth, depth + spread.depth)
        self.aliases += spread.aliases
        self.introspects |= spread.introspects
        self.introspection_aliases += spread.introspection_aliases
        self.introspection_lists = max(self.introspection_lists, lists + spread.introspection_lists)


def check(document: DocumentNode) -> dict[str | None, bool]:
    """Whether each operation introspects, by its name. Raises RequestError for a document beyond a limit."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    if len(operations) > MOST_OPERATIONS:
        raise _too_wide("operations", MOST_OPERATIONS, len(operations), "Send those that are used.")
    extents = {name: _extent(one.selection_set, within=_on_introspection(one)) for name, one in fragments.items()}
    for name in inner_first({name: [one for one, *_ in extent.spreads] for name, extent in extents.items()}):
        _resolve(extents[name], extents)
    found: dict[str | None, bool] = {}
    for operation in operations:
        extent = _extent(operation.selection_set, within=False)
        extent.directives += len(operation.directives or ())
        _resolve(extent, extents)
        _refuse_beyond(extent)
        found[operation.name.value if operation.name else None] = extent.introspects
    for extent in extents.values():
        _refuse_beyond(extent)
    check_merging([one.selection_set for one in (*operations, *fragments.values())], fragments)
    return found


def inner_first(spreads: Mapping[str, list[str]]) -> list[str]:
    """Every fragment after those it spreads. Within a cycle, which validation refuses, the order means nothing."""
    order: list[str] = []
    seen: set[str] = set()
    for root in spreads:
        stack = [] if root in seen else [(root, iter(spreads[root]))]
        seen.add(root)
        while stack:
            name, inner = stack[-1]
            following = next((one for one in inner if one in spreads and one not in seen), None)
            if following is None:
                order.append(name)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(spreads[following])))
    return order


def spread_names(root: SelectionSetNode) -> list[str]:
    """Of the fragments that a selection spreads, at any depth."""
    return [name for name, *_ in _extent(root, within=False).spreads]


def _resolve(extent: Extent, fragments: Mapping[str, Extent]) -> None:
    for name, depth, lists in extent.spreads:
        if name in fragments and fragments[name] is not extent:
            extent.take_in(fragments[name], depth, lists)


def _extent(root: SelectionSetNode, *, within: bool) -> Extent:
    """Of one definition without its spreads. `within` means that all of it is introspection."""
    extent = Extent(introspects=within)
    stack = [(root, 0, within, 0)]
    while stack:
        selections, depth, inside, lists = stack.pop()
        for one in selections.selections:
            extent.directives += len(one.directives or ())
            if isinstance(one, FragmentSpreadNode):
                extent.spreads.append((one.name.value, depth, lists))
            elif isinstance(one, FieldNode):
                introspects = inside or one.name.value in _INTROSPECTION
                deeper = 0 if introspects else depth + 1
                inner = lists + (inside and one.name.value in _INTROSPECTION_LISTS)
                _count(extent, one, deeper, inside, inner)
                if one.selection_set:
                    stack.append((one.selection_set, deeper, introspects, inner))
            else:
                stack.append((one.selection_set, depth, inside, lists))  # pyright: ignore
    return extent


def _count(extent: Extent, one: FieldNode, depth: int, inside: bool, lists: int) -> None:
    name = one.name.value
    extent.depth = max(extent.depth, depth)
    extent.introspects |= name in _INTROSPECTION
    extent.introspection_lists = max(extent.introspection_lists, lists)
    if one.alias:
        extent.aliases += 1
        extent.introspection_aliases += inside or name == "__schema"


def _on_introspection(fragment: FragmentDefinitionNode) -> bool:
    return fragment.type_condition.name.value.startswith("__")


def _refuse_beyond(extent: Extent) -> None:
    if extent.depth > MOST_DEPTH:
        raise refused(
            "query-too-deep",
            f"Fields nest at most {MOST_DEPTH} deep here, these {extent.depth}. Ask in two queries, the second by id.",
            limit=MOST_DEPTH,
            requested=extent.depth,
        )
    if extent.introspection_lists > MOST_INTROSPECTION_LISTS:
        raise refused(
            "query-too-deep",
            f"Lists of introspection nest at most {MOST_INTROSPECTION_LISTS} deep here, these "
            f"{extent.introspection_lists}. Read /graphql/schema.graphql, or ask for each type by __type.",
            limit=MOST_INTROSPECTION_LISTS,
            requested=extent.introspection_lists,
        )
    if extent.aliases > MOST_ALIASES:
        raise _too_wide("aliases", MOST_ALIASES, extent.aliases, "Use lists and ids, or several queries.")
    if extent.introspection_aliases:
        raise _too_wide("aliases within introspection", 0, extent.introspection_aliases, "Ask for each field once.")
    if extent.directives > MOST_DIRECTIVES:
        raise _too_wide("directives", MOST_DIRECTIVES, extent.directives, "Put them on whole selections.")


def _too_wide(what: str, limit: int, requested: int, remedy: str) -> Exception:
    message = f"A query has at most {limit} {what} here, this one has {requested if requested < 10**9 else 'far more'}."
    return refused("query-too-wide", f"{message} {remedy}", limit=limit, requested=min(requested, 10**9))
