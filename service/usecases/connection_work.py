"""What connectors keep of their work, so that they go on where they stopped: each of these is an act of its own."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from sqlalchemy.exc import IntegrityError

from service.domain.access import Actor
from service.storage import connection_work, connections, employees
from service.storage.connection_work import Link
from service.usecases.act import Act, Body, Outcome, Runtime, act
from service.usecases.open_connections import OpenConnection, no_connection
from service.usecases.resending import send_again

RECEIPT_DAYS = 8
"""For how long a message of theirs is known again: longer than any system sends one again."""
OWED = "owed/"
"""How names begin under which it is kept, beside the cursors, what is still to be made anew of whom."""
_DAY_US = 86_400_000_000


UNDER = "there"
"""In `detail` of a link: which id the person had there when it was written. None is the one that they have."""


def is_to_go(link: Link, there: str) -> bool:
    """Whether a row of somebody who is not known by this id any more is still to be taken back there. One that was
    there before them stays."""
    return link.detail.get(UNDER) == there and not (link.detail.get("adopted") and not link.detail.get("altered"))


def is_under(link: Link, there: str | None) -> bool:
    """Whether what a link is about stands where a person is known by this id."""
    return link.detail.get(UNDER, there) == there


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


async def ids_now(runtime: Runtime, employee_id: str) -> Mapping[str, str]:
    """A person's ids by system, of which no replica is asked: what is written under one that was wrong is lost."""
    async with runtime.database.read() as reading:
        return await employees.external_ids(reading, employee_id, known_at=None)


async def leave_links(runtime: Runtime, connection: OpenConnection, links: Sequence[Link], there: str) -> None:
    """What a person had under the id `there`, which they have no more, was taken back there.

    Whoever has it by now is told of there once more: their rows may lean on those that are gone. Of the person's job it
    is remembered from which day on it is to stand elsewhere.
    """
    name = _owed(links[0].employee_id, links[0].job)

    async def body(a: Act) -> None:
        for link in links:
            await connection_work.drop_link(a.tx, connection.id, link)
        holder = await employees.external_id_holder(a.tx, connection.system, there)
        found = await connections.find_connection(a.tx, connection.id)
        if holder and found and all(link.employee_id != holder for link in links):
            await send_again(a, found, holder)
        if found:
            days = [link.effective_on.isoformat() for link in links]
            before = await connection_work.read_cursor(a.tx, connection.id, name)
            await connection_work.set_cursor(a.tx, connection.id, name, min([*days, before or days[0]]), at=a.now)
        a.audit_detail.update(
            connection=connection.id,
            employee=links[0].employee_id,
            place=links[0].place,
            remote_ids=[link.remote_id for link in links],
        )

    await act(runtime, "connections.removed", connection.actor, body)


async def owed_from(runtime: Runtime, connection: OpenConnection, employee_id: str, job: str) -> date | None:
    """The first day of a job that was taken back under another id, and does not stand under the one of now yet."""
    kept = await cursor_of(runtime, connection, _owed(employee_id, job))
    return date.fromisoformat(kept) if kept else None


async def settle(runtime: Runtime, connection: OpenConnection, employee_id: str, job: str) -> None:
    """It stands there now."""

    async def body(a: Act) -> None:
        await connection_work.drop_cursor(a.tx, connection.id, _owed(employee_id, job))
        a.audit_detail.update(connection=connection.id, employee=employee_id, job=job)

    await act(runtime, "connections.settled", connection.actor, body)


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


def _owed(employee_id: str, job: str) -> str:
    return f"{OWED}{employee_id}/{job}"


def _digest(message: bytes) -> str:
    return hashlib.sha256(message).hexdigest()
