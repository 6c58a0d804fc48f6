"""Finished answers about what is published, given again as they are.

What hangs on definitions, the company's date and the caller's scopes alone is kept in the same store as REST's, and
goes with it when anything is published. As there, `knownAt` is the instant at which the answer was made: nothing that
it shows has altered since.
"""

from collections.abc import Hashable, Mapping
from typing import Any

import orjson

from service.graphql.context import Ask
from service.graphql.documents import Document, Operation
from service.usecases.published import Edition, Editions, Kept, PublishedStore

PUBLISHED = frozenset(
    {"company", "grades", "ladders", "ladder", "level", "bandSets", "bands", "parity", "coverage", "definitions"}
)
"""Root fields from which nobody is reached: no person, no endpoint, no key."""

FinishedKey = tuple[Edition, Hashable]
"""The edition in force when it was asked for, and what was asked by which scopes."""


class KeptAnswers:
    """Bodies of whole answers without errors."""

    def __init__(self, *, editions: Editions, store: PublishedStore) -> None:
        self._editions = editions
        self._store = store

    async def key(
        self, document: Document, operation: Operation, variables: Mapping[str, Any], ask: Ask
    ) -> FinishedKey | None:
        """What tells this answer from all others, the caller's rights included. None: it is not to be kept."""
        if not operation.roots <= PUBLISHED:
            return None
        edition = self._editions.known() or await self._editions.current()
        given = orjson.dumps(dict(variables), option=orjson.OPT_SORT_KEYS) if variables else b""
        return edition, ("graphql", document.digest, operation.name, given, ask.actor.scopes)

    def get(self, key: FinishedKey) -> bytes | None:
        found = self._store.get(*key)
        return found.body if found else None

    def put(self, key: FinishedKey, body: bytes) -> None:
        # Headers are the transport's: they depend on what the request accepts.
        self._store.put(*key, Kept(body=body, tag=b"", headers=(), unchanged=()))
