"""A connection with its secrets, for its connector alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.domain.access import Actor, Scope
from service.domain.refusals import Conflict, NotFound
from service.storage import connections
from service.usecases.act import Runtime
from service.webhooks.sealer import Sealer, Unsealable


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConnection:
    """A connection as its connector works with it."""

    id: str
    key: str
    kind: str
    system: str
    settings: Mapping[str, Any]
    revision: int
    credentials: Mapping[str, Any] = field(repr=False)

    @property
    def actor(self) -> Actor:
        """In whose name its connector writes."""
        return Actor(id=f"connection:{self.key}", scopes=frozenset({Scope.ASSIGNMENTS_WRITE}))


async def open_connection(runtime: Runtime, sealer: Sealer, connection: str) -> OpenConnection:
    """For its connector alone: what is asked here is answered with secrets. By id or key.

    Raises NotFound `no-such-connection`, Conflict `not-openable`.
    """
    async with runtime.database.read() as reading:
        found = await connections.find_connection(reading, connection)
    if found is None:
        raise no_connection(connection)
    try:
        opened = sealer.open(found.credentials_enc, context=f"{found.id}/credentials")
    except Unsealable:
        raise Conflict(
            "not-openable",
            "The credentials were sealed with another DUALTRACK_SECRET_KEY. Set them anew.",
        ) from None
    return OpenConnection(
        id=found.id,
        key=found.key,
        kind=found.kind,
        system=found.system,
        settings=found.settings,
        revision=found.revision,
        credentials=json.loads(opened),
    )


def no_connection(connection: str) -> NotFound:
    return NotFound("no-such-connection", f"There is no connection {connection[:60]}. Use its id (con_…) or its key.")
