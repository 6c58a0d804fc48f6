"""The schema in its own language, in one order whatever the order of the code."""

from functools import cache

import strawberry
from graphql import lexicographic_sort_schema, print_schema


@cache
def sdl(schema: strawberry.Schema) -> bytes:
    """What `schemas/schema.graphql` holds and /graphql/schema.graphql serves."""
    core = schema._schema  # pyright: ignore[reportPrivateUsage] - it has no other name
    return print_schema(lexicographic_sort_schema(core)).encode() + b"\n"
