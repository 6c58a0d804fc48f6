"""Filters by the labels of an event, which mean the same wherever they are set."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

Filters = Mapping[str, AbstractSet[str]]
"""By facet, values of which one must occur. Without any, every event passes."""


def passes(filters: Filters, facets: Mapping[str, Sequence[str]]) -> bool:
    """Whether each facet named has a value in common with what the event is labelled with."""
    return all(not values.isdisjoint(facets.get(name, ())) for name, values in filters.items())
