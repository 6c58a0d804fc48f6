"""Seeing what is asked further down, so that one statement brings it for a whole list."""
# pyright: reportUnknownMemberType=false, reportUnknownParameterType=false, reportMissingTypeArgument=false
# The library leaves parameters of its own types open.

from typing import Any, cast

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, InlineFragmentNode, SelectionSetNode

from service.graphql.context import Asked


def selected(info: Asked, *path: str) -> list[FieldNode]:
    """Field nodes below this field that lie at one of the paths `path`, each written with dots: `edges.node.x`.

    Fields under a directive are left out: whether they are wanted is decided later.
    """
    raw = cast(Any, info)._raw_info
    found: list[FieldNode] = []
    for node in raw.field_nodes:
        for one in path:
            found += _below(node.selection_set, one.split("."), raw)
    return found


def _below(chosen: SelectionSetNode | None, path: list[str], raw: GraphQLResolveInfo) -> list[FieldNode]:
    found: list[FieldNode] = []
    for node in chosen.selections if chosen else ():
        if node.directives:
            continue
        match node:
            case FieldNode() if node.name.value == path[0]:
                found += _below(node.selection_set, path[1:], raw) if path[1:] else [node]
            case InlineFragmentNode():
                found += _below(node.selection_set, path, raw)
            case FragmentSpreadNode():
                found += _below(cast(Any, raw.fragments[node.name.value]).selection_set, path, raw)
            case _:
                pass
    return found
