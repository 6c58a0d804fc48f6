"""What connectors keep of their work, so that they go on where they stopped: each of these is an act of its own."""

import hashlib
from typing import cast

from sqlalchemy.exc import IntegrityError

from service.domain.access import Actor
from service.storage import connection_work
from service.storage.connection_work import Link
from service.usecases.act import Act, Body, Outcome, Runtime, act
from service.usecases.open_connections import OpenConnection, no_connection

RECEIPT_DAYS = 8
"""For how long a message of theirs is known again: longer than any system sends one again."""
_DAY_US = 86_400_000_000


async def links_of(
    runtime: Runtime, connection: OpenConnection, employee_id: str, *, place: str | None = None
) -> tuple[Link, ...]:
    """What stands there of a person, by job, place and day."""
    async with runtime.database.read() as reading:
        return await connection_work.links_of(reading, connection.id, employee_id, place=place)


async def keep_link(runtime: Runtime, connection: OpenConnection, link: Link) -> None:
    """Remember that something was written there; over what was remembered of the same person, job, place and day."""

    async def body(a: Act) -> None:
        await connection_work.keep_link(a.tx, connection.id, link, at=a.now)
        a.audit_detail.update(
            connection=connection.id, employee=link.employee_id, place=link.place, remote_id=link.remote_id
        )

    await _kept(runtime, "connections.written", connection, body)


async def forget_link(runtime: Runtime, connection: OpenConnection, link: Link) -> None:
    """What stood there was removed."""

    async def body(a: Act) -> None:
        await connection_work.drop_link(a.tx, connection.id, link)
        a.audit_detail.update(
            connection=connection.id, employee=link.employee_id, place=link.place, remote_id=link.remote_id
        )

    await act(runtime, "connections.removed", connection.actor, body)


async def cursor_of(runtime: Runtime, connection: OpenConnection, name: str) -> str | None:
    """How far something was read, in that system's own terms; None before anything was."""
    async with runtime.database.read() as reading:
        return await connection_work.read_cursor(reading, connection.id, name)


async def keep_cursor(runtime: Runtime, connection: OpenConnection, name: str, value: str) -> None:
    """Only after everything up to there is done."""

    async def body(a: Act) -> None:
        await connection_work.set_cursor(a.tx, connection.id, name, value, at=a.now)
        a.audit_detail.update(connection=connection.id, cursor=name)

    await _kept(runtime, "connections.read", connection, body)


async def was_seen(runtime: Runtime, connection: OpenConnection, message: bytes) -> bool:
    """Whether a message of theirs was dealt with before."""
    async with runtime.database.read() as reading:
        return await connection_work.was_received(reading, connection.id, _digest(message))


async def once(runtime: Runtime, connection: OpenConnection, message: bytes, *, actor: Actor | None = None) -> bool:
    """Remember that a message of theirs was dealt with; False when it was before."""

    async def body(a: Act) -> bool:
        a.audit_detail.update(connection=connection.id)
        return await connection_work.keep_receipt(
            a.tx,
            connection.id,
            _digest(message),
            at=a.now,
            forget_before=a.now - RECEIPT_DAYS * _DAY_US,
        )

    outcome = await _kept(runtime, "connections.received", connection, body, actor=actor)
    return cast(bool, outcome.answer)


async def _kept(
    runtime: Runtime, name: str, connection: OpenConnection, body: Body, *, actor: Actor | None = None
) -> Outcome:
    """Raises NotFound `no-such-connection` for one that was deleted while its connector was at work."""
    try:
        return await act(runtime, name, actor or connection.actor, body)
    except IntegrityError:
        raise no_connection(connection.key) from None


def _digest(message: bytes) -> str:
    return hashlib.sha256(message).hexdigest()
