"""How much work it is to find out whether fields of one name can be one field, bounded before it is done.

The validation compares each mention of a field with each other mention at the same place, through fragments, and
again within what they select: its time grows with the square of the mentions.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode

from service.graphql.faults import refused

MOST_SELECTIONS = 2_500
MOST_PAIRS = 5_000
_DEEPEST = 24
"""Further down it is a cycle of fragments, which validation refuses, or beyond the depth that is allowed."""


def check_merging(roots: Iterable[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]) -> None:
    """Raises RequestError for a document that mentions the same fields too often."""
    selections = pairs = 0
    waiting = [([root], 1) for root in roots]
    while waiting:
        merged, depth = waiting.pop()
        mentions: Counter[str] = Counter()
        inner: dict[str, list[SelectionSetNode]] = {}
        for one in _fields(merged, fragments):
            selections += 1
            if selections > MOST_SELECTIONS:
                raise _too_wide("selections, through fragments", MOST_SELECTIONS)
            name = one.alias.value if one.alias else one.name.value
            pairs += mentions[name]
            mentions[name] += 1
            if pairs > MOST_PAIRS:
                raise _too_wide("pairs of mentions of one field", MOST_PAIRS)
            if one.selection_set and depth < _DEEPEST:
                inner.setdefault(name, []).append(one.selection_set)
        waiting += [(sets, depth + 1) for sets in inner.values()]


def _fields(merged: list[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]) -> Iterable[FieldNode]:
    """Of selections that apply at one place; a fragment that is spread there twice applies once."""
    spread: set[str] = set()
    waiting = list(merged)
    while waiting:
        for one in waiting.pop().selections:
            if isinstance(one, FieldNode):
                yield one
            elif not isinstance(one, FragmentSpreadNode):
                waiting.append(one.selection_set)  # pyright: ignore
            elif one.name.value in fragments and one.name.value not in spread:
                spread.add(one.name.value)
                waiting.append(fragments[one.name.value].selection_set)


def _too_wide(what: str, limit: int) -> Exception:
    message = f"A document has at most {limit} {what} here, this one more. Mention each field once, or ask in two."
    return refused("query-too-wide", message, limit=limit)
