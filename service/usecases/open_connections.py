"""A connection with its secrets, for its connector alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.domain.access import Actor, Scope
from service.domain.refusals import Conflict, NotFound
from service.storage import connections
from service.storage.connections import ConnectionRecord
from service.usecases.act import Act, Runtime, act
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
    sealer: Sealer | None = field(default=None, repr=False, compare=False)

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
    return _opened(found, sealer)


def _opened(found: ConnectionRecord, sealer: Sealer) -> OpenConnection:
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
        sealer=sealer,
    )


async def renew_credentials(runtime: Runtime, connection: OpenConnection, credentials: Mapping[str, Any]) -> None:
    """Keep what the system gave for those that `connection` was opened with. Where others were set meanwhile, these
    stay: they are what somebody wants. Raises NotFound once the connection is deleted."""
    sealer = connection.sealer
    assert sealer is not None, "it was opened with one"
    plain = json.dumps(dict(credentials), ensure_ascii=False, separators=(",", ":"))
    sealed = sealer.seal(plain.encode(), context=f"{connection.id}/credentials")

    async def body(a: Act) -> None:
        found = await connections.find_connection(a.tx, connection.id, for_update=True)
        if found is None:
            raise no_connection(connection.id)
        is_same = _opened(found, sealer).credentials == connection.credentials
        if is_same:
            await connections.update_connection(a.tx, connection.id, credentials_enc=sealed, updated_at=a.now)
        a.audit_detail.update(connection=connection.id, kept=is_same)

    await act(runtime, "connections.renew", connection.actor, body)


async def reopen_connection(runtime: Runtime, connection: OpenConnection) -> OpenConnection:
    """As it is kept by now: another process may have renewed its credentials."""
    assert connection.sealer is not None, "it was opened with one"
    return await open_connection(runtime, connection.sealer, connection.id)


def no_connection(connection: str) -> NotFound:
    return NotFound("no-such-connection", f"There is no connection {connection[:60]}. Use its id (con_…) or its key.")
