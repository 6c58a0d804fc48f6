"""Connecting other firms' systems: how one gets there, what is fed to them, and what maps to what.

What settings and credentials of a kind have to look like, its connector knows: here they are kept.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.exc import IntegrityError

from service.domain.access import Actor, Scope, require
from service.domain.instants import instant_text
from service.domain.refusals import Conflict, FieldError, Invalid
from service.storage import connections
from service.storage.connections import ConnectionRecord
from service.usecases.act import Act, IdempotencyKey, Outcome, Runtime, act
from service.usecases.connection_feeds import ConnectionRequest, fed, fed_anew
from service.usecases.endpoints import Sending
from service.usecases.open_connections import no_connection
from service.usecases.paging import Part, Window, part
from service.usecases.revisions import Expected, check_revision
from service.webhooks import endpoints
from service.webhooks.sealer import Sealer


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownConnection:
    """A connection, without its credentials."""

    id: Annotated[str | None, Field(description="Id of the connection; null in a dry run.")]
    key: Annotated[str, Field(description="Your own key of it.")]
    kind: Annotated[str, Field(description="bamboohr, workday or gusto; kinds may be added.")]
    system: Annotated[str, Field(description="Under which system people's ids there are kept: system:value.")]
    settings: Annotated[Mapping[str, Any], Field(description="What was set, without secrets.")]
    endpoint: Annotated[
        str | None,
        Field(description="Endpoint that feeds it, with health and deliveries; null where nothing goes out."),
    ]
    created_at: Annotated[str, Field(description="Instant at which it was connected.")]
    updated_at: Annotated[str, Field(description="Instant of the last change of settings.")]
    revision: Annotated[int, Field(description="Raised by every change; the ETag.")]


async def create_connection(
    runtime: Runtime,
    sending: Sending,
    actor: Actor,
    request: ConnectionRequest,
    *,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Connect a system; the answer is a ShownConnection. With a feed, events flow to it from now on.

    Needs admin, and bands:read for a feed with pay, which admin includes. Raises Conflict `connection-exists`.
    """
    require(actor, Scope.ADMIN)

    async def body(a: Act) -> ShownConnection:
        if await connections.find_connection(a.tx, request.key):
            raise _taken(request.key)
        record = await _made(a, sending, request)
        await connections.insert_connection(a.tx, record)
        a.audit_detail.update(connection=record.id, key=record.key, kind=record.kind)
        return shown_connection(record)

    try:
        outcome = await act(runtime, "connections.create", actor, body, key=key, dry_run=dry_run)
    except IntegrityError:
        # Two connected under one key in the same moment; the unique index let one of them have it.
        raise _taken(request.key) from None
    return replace(outcome, answer={**outcome.answer, "id": None, "endpoint": None}) if dry_run else outcome


async def change_connection(
    runtime: Runtime,
    sending: Sending,
    actor: Actor,
    connection: str,
    request: ConnectionRequest,
    *,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Set settings and credentials anew; the answer is the ShownConnection. Key, kind and system stay.

    Where other events flow by its settings, they do from now on; where none do, what was still to be written is gone.

    Raises NotFound `no-such-connection`, Stale and Unguarded, Invalid `connection-fixed` for another kind.
    """
    require(actor, Scope.ADMIN)

    async def body(a: Act) -> ShownConnection:
        before = await _locked(a, connection, expected)
        for name in ("kind", "system", "key"):
            if getattr(before, name) != getattr(request, name):
                raise Invalid(
                    "connection-fixed",
                    f"{name} of a connection stays what it is. Delete it and connect another one.",
                    errors=(FieldError(pointer=f"/{name}", detail="it cannot be changed", code="connection-fixed"),),
                )
        await connections.update_connection(
            a.tx,
            before.id,
            settings=request.settings,
            credentials_enc=_sealed(request.credentials, before.id, sending.sealer),
            endpoint_id=await fed_anew(a, sending, before.id, before.endpoint_id, request),
            updated_at=a.now,
        )
        a.audit_detail.update(connection=before.id, key=before.key)
        found = await connections.find_connection(a.tx, before.id)
        assert found is not None
        return shown_connection(found)

    return await act(runtime, "connections.change", actor, body, key=key, dry_run=dry_run)


async def delete_connection(
    runtime: Runtime,
    actor: Actor,
    connection: str,
    *,
    expected: Expected,
    key: IdempotencyKey | None = None,
    dry_run: bool = False,
) -> Outcome:
    """Disconnect. What was still to be written there is dropped with its endpoint; what stands there stays."""
    require(actor, Scope.ADMIN)

    async def body(a: Act) -> dict[str, str]:
        before = await _locked(a, connection, expected)
        a.audit_detail.update(connection=before.id, key=before.key)
        await connections.delete_connection(a.tx, before.id)
        if before.endpoint_id:
            await endpoints.delete_endpoint(a.tx, before.endpoint_id)
        return {"id": before.id}

    return await act(runtime, "connections.delete", actor, body, key=key, dry_run=dry_run)


async def list_connections(runtime: Runtime, actor: Actor, *, window: Window) -> Part[ShownConnection]:
    """By id."""
    require(actor, Scope.ADMIN)
    async with runtime.database.read() as reading:
        found = await connections.list_connections(
            reading,
            place=window.place[0] if window.place else None,
            backward=window.backward,
            limit=window.limit + 1,
        )
    return part(found, window, lambda one: (one.id,)).each(shown_connection)


async def read_connection(runtime: Runtime, actor: Actor, connection: str) -> ShownConnection:
    """By id or key. Raises NotFound `no-such-connection`."""
    require(actor, Scope.ADMIN)
    async with runtime.database.read() as reading:
        found = await connections.find_connection(reading, connection)
    if found is None:
        raise no_connection(connection)
    return shown_connection(found)


async def locked_connection(a: Act, connection: str) -> ConnectionRecord:
    """One that stays as it is until the act ends. Raises NotFound `no-such-connection`."""
    return await _locked(a, connection, "*")


def _taken(key: str) -> Conflict:
    return Conflict(
        "connection-exists", f"There is a connection {key[:60]} already. Change that one, or use another key."
    )


async def _made(a: Act, sending: Sending, request: ConnectionRequest) -> ConnectionRecord:
    connection_id = a.runtime.new_id("con")
    return ConnectionRecord(
        id=connection_id,
        key=request.key,
        kind=request.kind,
        system=request.system,
        settings=request.settings,
        credentials_enc=_sealed(request.credentials, connection_id, sending.sealer),
        endpoint_id=await fed(a, sending, connection_id, request),
        created_by=a.actor.id,
        created_at=a.now,
        updated_at=a.now,
        revision=1,
    )


async def _locked(a: Act, connection: str, expected: Expected) -> ConnectionRecord:
    found = await connections.find_connection(a.tx, connection, for_update=True)
    if found is None:
        raise no_connection(connection)
    check_revision("connection", current=found.revision, expected=expected)
    return found


def _sealed(credentials: Mapping[str, Any], connection_id: str, sealer: Sealer) -> str:
    plain = json.dumps(dict(credentials), ensure_ascii=False, separators=(",", ":"))
    return sealer.seal(plain.encode(), context=f"{connection_id}/credentials")


def shown_connection(record: ConnectionRecord) -> ShownConnection:
    return ShownConnection(
        id=record.id,
        key=record.key,
        kind=record.kind,
        system=record.system,
        settings=record.settings,
        endpoint=record.endpoint_id,
        created_at=instant_text(record.created_at),
        updated_at=instant_text(record.updated_at),
        revision=record.revision,
    )
